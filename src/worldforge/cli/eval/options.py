"""What the command line of `worldforge eval` says."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

FORMATS: Final = ("markdown", "json", "csv", "html")
WORKSPACE: Final = Path(".worldforge")


class Options(NamedTuple):
    """The options as given; each is explained by its help."""

    suite: str | None
    list_suites: bool
    providers: tuple[str, ...]
    trials: int
    seed: int
    timeout: float
    dataset_manifests: tuple[Path, ...]
    require_pass: bool
    min_score: float | None
    output_format: str
    output: Path | None
    run_workspace: Path | None
    state_dir: Path
    quiet: bool

    @property
    def workspace(self) -> Path:
        """Where reports and runs are kept."""
        return self.run_workspace or WORKSPACE
