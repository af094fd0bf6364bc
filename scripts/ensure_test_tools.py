"""Make sure that what the tests need beside Python packages is on this machine.

One row of ``NEEDS`` a tool. Where this runs as root and Debian's package tool is there, a missing one is
installed; elsewhere the missing ones are named with the command that brings them, and the exit status is 4
(environment missing), so that nobody takes a skipped test for a passed one.

Run as ``just prepare``; ``just test`` does so first.
"""

from __future__ import annotations

import ctypes.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

EXIT_ENVIRONMENT_MISSING = 4


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that the tests need.

    Attributes:
        name: What people call it.
        package: Debian's package that brings it.
        why: Which tests need it.
        present: Whether it is here, asked anew at each call.
    """

    name: str
    package: str
    why: str
    present: Callable[[], bool]


def command(name: str) -> Callable[[], bool]:
    """Return a probe for a command on the PATH."""
    return lambda: shutil.which(name) is not None


def library(name: str) -> Callable[[], bool]:
    """Return a probe for a shared library, named without ``lib`` and suffix."""
    return lambda: ctypes.util.find_library(name) is not None


# Adding a tool is adding a row.
NEEDS: tuple[Need, ...] = (
    Need("git", "git", "repository and installation tests read the tracked files", command("git")),
    Need("openssl", "openssl", "the local time-stamping authority answers with it", command("openssl")),
    Need("node", "nodejs", "the second verifier runs in it", command("node")),
    Need("chromium", "chromium", "the second verifier runs in a real browser", command("chromium")),
    Need("unshare", "util-linux", "verification is tested with the network cut", command("unshare")),
    Need("the C library", "libc6", "numpy, scipy and msgspec are compiled against it", library("c")),
)


def main() -> int:
    """Install what is missing where that is possible, else name it."""
    missing = absent(NEEDS)
    if missing and can_install():
        install(missing)
        missing = absent(missing)
    for need in missing:
        print(f"missing: {need.name} ({need.why})", file=sys.stderr)
    if missing:
        packages = " ".join(need.package for need in missing)
        print(f"On Debian or Ubuntu: sudo apt-get install {packages}", file=sys.stderr)
        return EXIT_ENVIRONMENT_MISSING
    print("tools: " + ", ".join(need.name for need in NEEDS))
    return 0


def absent(needs: Sequence[Need]) -> tuple[Need, ...]:
    """Return the needs that are not met."""
    return tuple(need for need in needs if not need.present())


def can_install() -> bool:
    """Tell whether this process may install Debian packages."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(needs: Sequence[Need]) -> None:
    """Install the packages of some needs; a failure shows in the probe that follows."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    packages = [need.package for need in needs]
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
        subprocess.run(["apt-get", *arguments], env=environment, stdin=subprocess.DEVNULL, check=False)


if __name__ == "__main__":
    sys.exit(main())
