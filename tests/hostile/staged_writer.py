"""A process that writes or recovers a folder, and stops at the N-th step that changes the disk.

Called as `python staged_writer.py write|recover TARGET kill|pause N`. To be killed is to be killed by SIGKILL: no
handler runs and nothing is cleaned up. To pause is to print a line and wait for one.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from worldbase import files

MEMBERS: Final = {"a.json": "new " * 1000, "b.jsonl": "new", "deep/c.txt": "new"}
_CHANGES: Final = frozenset(
    ["os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "os.truncate", "shutil.rmtree", "tempfile.mkdtemp"]
)
_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Steps:
    """Counts what is about to change the disk; the interpreter announces it by audit events."""

    def __init__(self, stop_at: int, stop: Callable[[], None]) -> None:
        self._left = stop_at
        self._stop = stop

    def heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Take an audit event."""
        if event in _CHANGES or (event == "open" and arguments[2] & _WRITING):
            self.taken()

    def taken(self) -> None:
        """Count a step."""
        self._left -= 1
        if self._left == 0:
            self._stop()


def kill() -> None:
    """Die at once."""
    os.kill(os.getpid(), signal.SIGKILL)


def pause() -> None:
    """Wait for a word from the parent."""
    sys.stdout.write("paused\n")
    sys.stdout.flush()
    sys.stdin.readline()


def write(target: Path, steps: Steps) -> None:
    """Write the members, each in two halves."""
    with files.StagedFolder(target, overwrite=True) as staged:
        (staged.path / "deep").mkdir()
        for name, text in MEMBERS.items():
            with (staged.path / name).open("w", encoding="utf-8") as stream:
                stream.write(text[: len(text) // 2])
                stream.flush()
                steps.taken()
                stream.write(text[len(text) // 2 :])
        staged.commit()


def main(task: str, target: Path, stop: str, stop_at: int) -> None:
    """Do the task and stop on the way."""
    steps = Steps(stop_at, {"kill": kill, "pause": pause}[stop])
    sys.addaudithook(steps.heard)
    if task == "write":
        write(target, steps)
    else:
        files.recover(target)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
