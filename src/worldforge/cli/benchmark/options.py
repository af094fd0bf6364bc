"""What the command line of `worldforge benchmark` says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

FORMATS: Final = ("markdown", "json", "csv", "html")
WORKSPACE: Final = Path(".worldforge")
SET_BY_A_PRESET: Final = ("providers", "operations", "iterations", "concurrency", "input_file", "budget_file")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """One field an option, as `--help` explains them.

    Attributes:
        given: Names of the fields that stand on the command line, which no default does.
    """

    providers: tuple[str, ...]
    operations: tuple[str, ...]
    iterations: int
    concurrency: int
    warmup: int
    rate: float | None
    timeout: float
    input_file: Path | None
    budget_file: Path | None
    preset: str | None
    preset_file: Path | None
    list_presets: bool
    show_preset: str | None
    against: str | None
    against_python: str | None
    against_env: tuple[str, ...]
    rounds: int
    min_effect: float
    fail_on: str | None
    output_format: str
    output: Path | None
    rerun: Path | None
    run_workspace: Path | None
    state_dir: Path
    quiet: bool
    given: frozenset[str] = frozenset()

    @property
    def workspace(self) -> Path:
        """Where reports are kept, and runs where that was asked for."""
        return self.run_workspace or WORKSPACE


def flag_of(name: str) -> str:
    """The flag that stands for a field."""
    singular = {"providers": "provider", "operations": "operation"}.get(name, name)
    return f"--{singular.replace('_', '-')}"
