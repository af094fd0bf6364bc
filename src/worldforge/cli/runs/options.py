"""What the commands of `worldforge runs` share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def workspace_option(function: F) -> F:
    """Add `--workspace-dir`."""
    return click.option(
        "--workspace-dir",
        "workspace",
        type=click.Path(file_okay=False, path_type=Path),
        default=".worldforge",
        show_default=True,
        help="Folder that holds runs/.",
    )(function)


def tell_missing(workspace: Path) -> None:
    """Say on stderr that there is no such workspace: an empty list may come from a misspelt name."""
    from worldbase.tables import visible

    if not (workspace / "runs").is_dir():
        click.echo(f"{visible(str(workspace))} holds no runs/", err=True)
