"""A process that signs copies of a package and is killed on the way, at one step that changes the disk after the other.

Called as `python signing_writer.py PACKAGE ROOMS`. Copy N lies in the folder N of ROOMS and its signer is killed by
SIGKILL at step N; the last one is not killed. To be quick, all signers are children of one process that has loaded
and checked everything.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from itertools import count
from pathlib import Path
from typing import Any

from tests.hostile.staged_writer import Steps, kill
from tests.tampering import REVIEWER_KEY
from tests.worldflux.signed_packages import quiet, signer
from worldflux.verify.contents import CheckedPackage, check
from worldflux.verify.sign import sign, statements_of


class LinkingSteps(Steps):
    """The same, and hard links count too."""

    def heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Take an audit event."""
        if event == "os.link":
            self.taken()
        super().heard(event, arguments)


def sign_until(checked: CheckedPackage, step: int) -> None:
    """Sign, and die at a step."""
    sys.addaudithook(LinkingSteps(step, kill).heard)
    sign(checked, signer(REVIEWER_KEY), statements=statements_of(checked), stamp=lambda signature: signature)


def is_killed(package: Path, step: int) -> bool:
    """Sign in a child that is killed at a step; False where it was done before."""
    checked = check(package, quiet)
    child = os.fork()
    if child == 0:
        sign_until(checked, step)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.waitstatus_to_exitcode(status) == 0
    return False


def main(package: Path, rooms: Path) -> None:
    """Sign copies until one is signed to the end."""
    for step in count(1):
        copy = rooms / str(step) / "package"
        shutil.copytree(package, copy)
        if not is_killed(copy, step):
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
