"""A writer killed at any moment leaves the old folder whole or the new one whole, and a live one is left in peace."""

from __future__ import annotations

import itertools
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeAlias

import pytest

from tests.hostile.staged_writer import MEMBERS
from worldbase import files

SCRIPT: Final = Path(__file__).with_name("staged_writer.py")
OLD: Final = {"a.json": "old", "only-old.txt": "old", "deep/c.txt": "old"}
NEXT: Final = {"a.json": "next"}
Members: TypeAlias = dict[str, str]


def put(folder: Path, members: Members) -> None:
    for name, text in members.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def content(folder: Path) -> Members | None:
    """All members, or None where there is no folder."""
    if not folder.exists():
        return None
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in found}


def write_next(target: Path) -> None:
    with files.StagedFolder(target, overwrite=True) as staged:
        put(staged.path, NEXT)
        staged.commit()


def killed_at(step: int, task: str, target: Path) -> bool:
    """Run the task in a process that is killed at a step; False where it was done before."""
    done = subprocess.run([sys.executable, SCRIPT, task, target, "kill", str(step)], check=False, capture_output=True)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()
    return done.returncode != 0


@contextmanager
def paused_at(step: int, target: Path) -> Iterator[subprocess.Popen[str]]:
    """A live writer that waits at a step."""
    with subprocess.Popen(
        [sys.executable, SCRIPT, "write", target, "pause", str(step)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        if process.poll() is None:
            process.kill()


def resume(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Let a paused writer go on to its end."""
    _, told = process.communicate("go\n")
    return process.returncode, told


def is_paused(process: subprocess.Popen[str]) -> bool:
    """Wait until the writer waits or has ended."""
    assert process.stdout is not None
    return process.stdout.readline() == "paused\n"


def phases(states: list[Members | None]) -> list[Members | None]:
    """The states in order, each as often as it began anew."""
    return [state for state, _ in itertools.groupby(states)]


@pytest.mark.parametrize("before", [None, OLD], ids=["fresh", "replacing"])
def test_killed_at_any_step_the_old_folder_or_the_new_one_is_there_whole(
    tmp_path: Path, before: Members | None
) -> None:
    found: list[Members | None] = []
    recovered: list[Members | None] = []
    for step in itertools.count(1):
        room = tmp_path / str(step)
        room.mkdir()
        target = room / "package"
        put(target, before or {})
        if not killed_at(step, "write", target):
            break
        found.append(content(target))
        files.recover(target)
        recovered.append(content(target))
        write_next(target)
        assert content(room) == {"package/a.json": "next"}
        assert [path.name for path in room.iterdir()] == ["package"]
    assert content(target) == MEMBERS
    assert len(found) > 10
    # Nothing lies between old and new but the moment between two renames, and that one is recovered from.
    assert phases(found) == ([OLD, None, MEMBERS] if before else [None])
    assert phases(recovered) == ([OLD, MEMBERS] if before else [None])


def test_killed_while_recovering_the_next_recovery_ends_it(tmp_path: Path) -> None:
    for step in itertools.count(1):
        room = tmp_path / str(step)
        target = room / "package"
        put(room / ".package.staging-x", MEMBERS)
        put(room / ".package.replaced-x", OLD)
        record = {"staging": ".package.staging-x", "replaced": ".package.replaced-x"}
        put(room, {".package.replacing.json": json.dumps(record)})
        if not killed_at(step, "recover", target):
            break
        assert content(target) in (MEMBERS, None)
        files.recover(target)
        assert content(target) == MEMBERS
        assert [path.name for path in room.iterdir()] == ["package"]
    assert step > 5


def test_what_is_left_of_a_killed_writer_goes_with_the_next_one(tmp_path: Path) -> None:
    target = tmp_path / "package"
    assert killed_at(6, "write", target)
    leftovers = [path.name for path in tmp_path.iterdir()]
    assert len(leftovers) == 1
    assert leftovers[0].startswith(".package.staging-")
    with files.StagedFolder(target) as staged:
        assert [path.name for path in tmp_path.iterdir()] == [staged.path.name]


def test_a_live_writers_folder_is_not_taken_for_a_leftover(tmp_path: Path) -> None:
    target = tmp_path / "package"
    with paused_at(6, target) as writer:
        assert is_paused(writer)
        (lives,) = tmp_path.iterdir()
        write_next(target)
        assert lives.is_dir()
        assert content(target) == NEXT
        assert resume(writer) == (0, "")
    assert content(tmp_path) == {f"package/{name}": text for name, text in MEMBERS.items()}


def test_recovering_beside_a_live_writer_disturbs_it_at_no_step(tmp_path: Path) -> None:
    for step in itertools.count(1):
        target = tmp_path / "package"
        put(target, OLD)
        with paused_at(step, target) as writer:
            live = is_paused(writer)
            if live:
                files.recover(target)
                assert content(target) in (OLD, MEMBERS, None)
            assert resume(writer) == (0, "")
        assert content(target) == MEMBERS
        assert [path.name for path in tmp_path.iterdir()] == ["package"]
        shutil.rmtree(target)
        if not live:
            break
    assert step > 12
