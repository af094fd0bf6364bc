"""The command line of worldforge: its helps, and what it does not load before it has to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from tests.command import worldforge
from tests.conftest import Golden
from worldforge.cli import cli

NEVER_AT_START = [
    "asyncio",
    "cryptography",
    "httpx",
    "importlib.metadata",
    "jsonschema",
    "msgspec",
    "mujoco",
    "numpy",
    "rerun",
    "rich",
    "scipy",
    "ssl",
    "statistics",
]
COMMANDS = [
    "",
    "benchmark",
    "eval",
    "dataset-manifest",
    "dataset-manifest check",
    "dataset-manifest create",
    "runs",
    "runs list",
    "runs show",
    "runs verify",
    "runs replay",
    "runs compare",
    "runs bundle",
    "runs index",
    "runs prune",
    "view",
    "provider",
    "provider list",
    "provider info",
    "provider health",
    "provider contract",
    "provider scaffold",
    "negotiate",
    "schema",
    "schema list",
    "schema show",
    "doctor",
    "completion",
]
RUN = """
import sys
before = set(sys.modules)
from worldforge.cli import main
sys.argv = ["worldforge", *sys.argv[1:]]
try:
    main()
except SystemExit as left:
    assert left.code == 0, left.code
sys.stderr.write("loaded: " + " ".join(sorted(set(sys.modules) - before)))
"""


def loaded_by(arguments: list[str], folder: Path) -> set[str]:
    """Modules that a command loads, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, *arguments], capture_output=True, text=True, check=False, cwd=folder
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.rpartition("loaded: ")[2].split())


def every_command(group: click.Command, name: str = "") -> list[str]:
    if not isinstance(group, click.Group):
        return [name]
    context = click.Context(group)
    children = [(child, group.get_command(context, child)) for child in group.list_commands(context)]
    return [name] + [
        found for child, command in children if command for found in every_command(command, f"{name} {child}".strip())
    ]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command or "worldforge")
def test_help_texts(command: str, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = worldforge(f"{command} --help")
    assert shown.code == 0
    golden(f"help/worldforge{'-' if command else ''}{command.replace(' ', '-')}.txt", shown.out)


def test_every_command_has_its_help_pinned_here() -> None:
    assert every_command(cli) == COMMANDS


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        (["--help"], []),
        (["--version"], []),
        (["benchmark", "--help"], []),
        (["benchmark", "--list-presets"], ["msgspec"]),
        (["benchmark", "--preset", "mock-smoke"], ["msgspec"]),
        (["benchmark", "--preset", "mock-smoke", "--format", "json"], ["msgspec"]),
        (["benchmark", "--provider", "mock", "--format", "csv"], ["msgspec"]),
    ],
    ids=" ".join,
)
def test_what_is_not_needed_is_not_loaded(arguments: list[str], needed: list[str], tmp_path: Path) -> None:
    assert loaded_by(arguments, tmp_path) & set(NEVER_AT_START) == set(needed)


def test_presets_are_listed_without_a_provider_being_loaded(tmp_path: Path) -> None:
    loaded = loaded_by(["benchmark", "--list-presets"], tmp_path)
    assert "worldforge.benchmark_presets.catalogue" in loaded
    assert [name for name in loaded if name.startswith("worldforge.providers.builtin.")] == []
