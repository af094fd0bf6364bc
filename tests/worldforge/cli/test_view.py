"""`worldforge view` as a command: what it needs, and a real terminal to draw on."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
from importlib import util
from pathlib import Path

import pytest

from tests.command import worldforge
from tests.support import REPO
from tests.worldforge.view.workspaces import CANDIDATE, EVALUATION, sample_workspace
from worldbase.errors import UsageError
from worldforge.cli import view as view_module

_PATIENCE_SECONDS = 60


class Terminal:
    """`worldforge view` in a terminal of its own, with stdout in a pipe."""

    def __init__(self, *arguments: str, folder: Path, **environment: str) -> None:
        self._master, slave = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "worldforge", "view", *arguments],
            cwd=folder,
            stdin=slave,
            stderr=slave,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(REPO / "src"), "TERM": "xterm-256color", **environment},
        )
        os.close(slave)
        self.drawn = b""

    def wait_for(self, text: bytes) -> None:
        """Read what is drawn until a text is among it."""
        while text not in self.drawn:
            ready, _, _ = select.select([self._master], [], [], _PATIENCE_SECONDS)
            assert ready, self.drawn[-2000:]
            self.drawn += os.read(self._master, 65536)

    def press(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._master, keys)

    def leave(self) -> tuple[int, str]:
        """Read the rest; the exit code and what was printed."""
        self.wait_for(b"\x1b[?1049l")
        out, _ = self._process.communicate(timeout=_PATIENCE_SECONDS)
        os.close(self._master)
        return self._process.returncode, out.decode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    sample_workspace(tmp_path / ".worldforge")
    return tmp_path


@pytest.mark.slow
def test_a_path_goes_to_stdout_while_the_terminal_is_drawn_on(folder: Path) -> None:
    terminal = Terminal(folder=folder)
    terminal.wait_for(CANDIDATE.encode())
    terminal.press(b"j")
    terminal.wait_for(EVALUATION.encode())
    terminal.press(b"o")
    assert terminal.leave() == (0, f".worldforge/runs/{EVALUATION}\n")


@pytest.mark.slow
def test_without_colour_nothing_is_drawn_in_one(folder: Path) -> None:
    terminal = Terminal(CANDIDATE, folder=folder, NO_COLOR="1", COLORTERM="truecolor")
    terminal.wait_for(b"450.3")
    terminal.press(b"q")
    assert terminal.leave() == (0, "")
    colours = [colour.split(b"m")[0].split(b";") for colour in terminal.drawn.split(b"8;2;")[1:]]
    assert len(colours) > 20
    assert all(len(set(colour[:3])) == 1 for colour in colours), "red, green and blue are the same: a grey"


def test_without_a_terminal_it_names_the_commands_that_print() -> None:
    outcome = worldforge("view")
    assert (outcome.code, outcome.out) == (2, "")
    assert "[view.no_terminal]" in outcome.err
    assert "`worldforge runs list`" in outcome.err


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view_module, "_require_terminal", lambda: None)


@pytest.mark.usefixtures("terminal")
def test_without_textual_it_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view_module, "find_spec", lambda name: None if name == "textual" else util.find_spec(name))
    outcome = worldforge("view")
    assert outcome.code == 4
    assert "[view.no_textual]" in outcome.err
    assert "worldflux[tui]" in outcome.err


@pytest.mark.usefixtures("terminal")
def test_a_run_that_is_not_there_is_an_error_before_anything_is_drawn(folder: Path) -> None:
    outcome = worldforge("view nothing --workspace-dir", folder / ".worldforge")
    assert (outcome.code, outcome.out) == (3, "")
    assert "[run.unknown]" in outcome.err


def test_a_dumb_terminal_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    class Tty:
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Tty())
    monkeypatch.setattr(sys, "stderr", Tty())
    monkeypatch.setenv("TERM", "xterm")
    view_module._require_terminal()
    monkeypatch.setenv("TERM", "dumb")
    with pytest.raises(UsageError) as refused:
        view_module._require_terminal()
    assert refused.value.code == "view.no_terminal"
