"""Somebody who follows a page from top to bottom: types its commands, runs its Python, compares what it shows."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.command import worldflux, worldforge
from tests.pages import Block
from tests.support import REPO
from worldflux.sources.registry import SOURCES

SHELL: Final = ("console", "bash", "sh")
TOOLS: Final = ("cat", "cmp", "cp", "head", "ls", "mkdir", "node", "sed", "sha256sum")
"""Programs that a page may use besides ours; they run as they are."""

OURS: Final = {"worldflux": worldflux, "worldforge": worldforge}
NOT_RUN: Final = (
    "pip install uv",  # fetches
    "git clone <private-worldflux-checkout-url>",
    "cd WorldFlux",
    "uv sync --extra dev --extra cloud",
    "uv pip install --index-url <private-index-url> worldflux",
    "$EDITOR ",  # a person types
    "uv run worldforge view",  # a person looks
    "uv run --extra dev just ",  # the test suite itself
)
_INSTALL: Final = re.compile(r"uv pip install --editable (?P<project>[a-z0-9-]+)/")

_ULID: Final = re.compile(r"\b([a-z]{3})_[0-7][0-9A-HJKMNP-TV-Z]{25}\b")
_DIGEST: Final = re.compile(r"\bsha256:[0-9a-f]{64}\b")
_HEX_64: Final = re.compile(r"(?<![.\w])[0-9a-f]{64}(?!\w)")  # a key id, or a digest without its name
_HEX_16: Final = re.compile(r"(?<![.\w])[0-9a-f]{16}(?!\w)")  # the beginning of a key id
_REVIEWER: Final = re.compile(r"\breviewer-[0-9a-f]{8}\b")
_TIME: Final = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_RUN_ID: Final = re.compile(r"\b\d{8}T\d{6}Z-[0-9a-f]{8}\b")
_KINDS: Final = (
    (r"\1_…", _ULID),
    ("sha256:…", _DIGEST),
    ("(64 hex digits)", _HEX_64),
    ("(16 hex digits)", _HEX_16),
    ("reviewer-…", _REVIEWER),
    ("(time)", _TIME),
    ("(run id)", _RUN_ID),
)
_NUMBER: Final = re.compile(r"(?<![\w.])(?:\\?[-+])?[\d,]*\d(?:\\?\.\d+)?(?:e[-+]?\d+)?(?![\w.]*\w)")
_OF_PLUGINS: Final = ("outside_tally", "worldforge_")
"""How the names of modules begin that a page may install."""
_ASSIGNMENT: Final = re.compile(r"(?P<name>[A-Z][A-Z0-9_]*)=(?P<value>.*)")
_PRINTED_FOLDER: Final = "/tmp/lerobot_run_"  # where the quickstart's reader keeps results
_PRINTED_HOME: Final = "~/.config/worldflux"  # where a reader's own keys and trust files lie


class Reader:
    """Follows one page in one folder, which is also the working directory; `said` is what was printed last."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said = ""
        self.real_ids: dict[str, str] = {}

    def follow(self, block: Block) -> None:
        """Do what a block says."""
        if block.mark.startswith("file: "):
            path = self.folder / block.mark.removeprefix("file: ")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
            forget_modules()  # it may be one of a plugin that was used before
        elif block.mark in ("output", "output measured"):
            self.compare(block, whole=True)
        elif block.language in SHELL:
            self.type_in(block)
        elif block.language == "python":
            self.execute(block)

    def type_in(self, block: Block) -> None:
        """Type the commands of a block, one after the other."""
        lines = block.text.replace("\\\n", " ").splitlines()
        commands = [part for line in lines if line and not line.startswith("#") for part in line.split(" && ")]
        expected = int(block.mark.removeprefix("exit ")) if block.mark else 0
        self.said = ""
        for number, command in enumerate(commands, start=1):
            code = self.run(command.strip(), block)
            wanted = expected if number == len(commands) else 0
            assert code == wanted, f"{block.place}: {command!r} left with {code}, not {wanted}\n{self.said}"

    def run(self, command: str, block: Block) -> int:
        """Run one command and return its exit code."""
        if command.startswith(NOT_RUN):
            return 0
        if installed := _INSTALL.fullmatch(command):
            return self.install(self.folder / installed["project"])
        for printed, real in self.real_ids.items():
            command = command.replace(printed, real)
        words = shlex.split(command.replace(_PRINTED_FOLDER, self.kept_folder))
        with pytest.MonkeyPatch.context() as patch:
            while assigned := _ASSIGNMENT.fullmatch(words[0]):
                patch.setenv(assigned["name"], assigned["value"])
                words = words[1:]
            if words[:2] == ["uv", "run"]:
                words = words[2:]
            if words[0] in OURS:
                return self.ask_us(words)
            if words[0] == "python" and words[1].startswith("scripts/"):
                words = [sys.executable, str(REPO / words[1]), *words[2:]]
                return self.ask(words)
        assert words[0] in TOOLS, f"{block.place}: nobody knows how to run {command!r}"
        return self.ask(words)

    def ask(self, words: list[str]) -> int:
        """Run another program."""
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        self.said += done.stdout + done.stderr
        return done.returncode

    def ask_us(self, words: list[str]) -> int:
        """Run one of our commands in process; `> FILE` at its end keeps what it prints."""
        target = words[-1] if words[-2:-1] == [">"] else ""
        program, *arguments = words[:-2] if target else words
        outcome = OURS[program](shlex.join(arguments))
        if target:
            (self.folder / target).write_text(outcome.out, encoding="utf-8")
        self.said += outcome.err if target else outcome.out + outcome.err
        return outcome.code

    def execute(self, block: Block) -> None:
        """Run a Python block on its own."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(block.text, block.place, "exec"), {"__name__": "__main__"})
        self.said = out.getvalue()

    def install(self, project: Path) -> int:
        """Do what an editable installation does: make the package importable and its entry points known."""
        named = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        info = project / "src" / f"{named['name'].replace('-', '_')}-{named['version']}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {named['name']}\nVersion: {named['version']}\n")
        lines = [
            line
            for group, entries in named["entry-points"].items()
            for line in (f"[{group}]", *(f"{name} = {target}" for name, target in entries.items()))
        ]
        (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
        sys.path.insert(0, str(info.parent))
        forget_plugins()
        return 0

    @property
    def kept_folder(self) -> str:
        """Where the results of the quickstart's reader really are."""
        return f"{self.folder}/lerobot_run_"

    def compare(self, block: Block, *, whole: bool) -> None:
        """Compare what a block shows with what was printed; where not `whole`, it may be a part of it."""
        said = self.said.replace(self.kept_folder, _PRINTED_FOLDER)
        if home := os.environ.get("WORLDFLUX_HOME"):
            said = said.replace(home, _PRINTED_HOME)
        measured = block.mark == "output measured"
        is_real = is_shown(by_kind(block.text, measured=measured), by_kind(said, measured=measured), whole=whole)
        assert is_real, f"{block.place} shows something else than\n\n{self.said}"
        self.learn(block.text)

    def learn(self, shown: str) -> None:
        """Take the run ids that a page shows for those that its reader sees in their place."""
        printed, real = (list(dict.fromkeys(_RUN_ID.findall(text))) for text in (shown, self.said))
        if len(printed) == len(real):
            self.real_ids.update(zip(printed, real, strict=True))


def by_kind(text: str, *, measured: bool = False) -> list[str]:
    """Lines with every id, digest, key and time replaced by its kind, and columns two blanks apart.

    Where they are `measured`, so is every number.
    """
    for kind, pattern in _KINDS:
        text = pattern.sub(kind, text)
    if measured:
        text = _NUMBER.sub("(number)", text)
    return [re.sub(r" {2,}", "  ", line).rstrip() for line in text.strip("\n").splitlines()]


def is_shown(shown: list[str], said: list[str], *, whole: bool) -> bool:
    """Whether the lines shown are the lines said; `...` stands for any number of them."""
    pattern = "".join(r"(?:.*\n)*?" if line == "..." else re.escape(line) + r"\n" for line in shown)
    found = (re.fullmatch if whole else re.search)(pattern, "".join(f"{line}\n" for line in said))
    return found is not None


def forget_plugins() -> None:
    """Look for plugins anew."""
    importlib.invalidate_caches()
    vars(SOURCES).pop("_entries", None)


def forget_modules() -> None:
    """Import plugins anew."""
    for name in [name for name in sys.modules if name.startswith(_OF_PLUGINS)]:
        del sys.modules[name]


@contextlib.contextmanager
def as_before() -> Iterator[None]:
    """Undo what installing a plugin does to this process."""
    paths = list(sys.path)
    try:
        yield
    finally:
        sys.path[:] = paths
        forget_modules()
        forget_plugins()
