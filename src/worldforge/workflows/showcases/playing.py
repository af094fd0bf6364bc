"""Playing a showcase: its folder, its run, its summary."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from worldbase.document import dump
from worldbase.errors import StorageError, UsageError, Where
from worldbase.files import write_atomic
from worldforge.runs.preserved import SUMMARY
from worldforge.runs.workspace import RunWorkspace
from worldforge.workflows.showcases.catalogue import Showcase
from worldforge.workflows.showcases.documents import ShowcaseSummary
from worldforge.workflows.showcases.stage import Ending, Stage
from worldforge.workflows.showcases.walkthrough import walkthrough_markdown

MARKER: Final = "showcase.json"
KIND: Final = "demo_showcase"


@dataclass(frozen=True, slots=True)
class Played:
    """A showcase that was played: its folder, the folder of its own run, and its summary."""

    folder: Path
    run: Path
    summary: ShowcaseSummary


def play(showcase: Showcase, workspace: Path, *, overwrite: bool = False, argv: Sequence[str] = ()) -> Played:
    """Play a showcase in `<workspace>/<its name>/`, which is a workspace with runs.

    Args:
        showcase: Which one.
        workspace: Where all showcases are.
        overwrite: Whether what earlier plays of it left is removed first; else another run is added.
        argv: The command, as it was typed.

    Raises:
        UsageError: `showcase.foreign_folder`.
        StorageError: `file.unwritable`, `showcase.not_removed`.
    """
    folder = workspace / showcase.name
    if overwrite:
        _remove(folder)
    with RunWorkspace.create(
        folder,
        kind=KIND,
        argv=argv,
        provider=",".join(showcase.providers),
        operation=showcase.name,
        input_summary={"showcase": showcase.name, "capabilities": list(showcase.capabilities)},
    ) as run:
        write_atomic(folder / MARKER, msgspec.json.encode({"showcase": showcase.name}) + b"\n")
        stage = Stage(folder, run, argv)
        summary = _told(showcase, stage, showcase.play()(stage))
        run.write("walkthrough", "reports/walkthrough.md", walkthrough_markdown(summary))
        run.write("summary", SUMMARY, dump(summary))
        run.finish("completed", result_summary=_short(summary), event_count=stage.event_count)
    return Played(folder, run.path, summary)


def _told(showcase: Showcase, stage: Stage, ending: Ending) -> ShowcaseSummary:
    return ShowcaseSummary(
        showcase=showcase.name,
        title=showcase.title,
        summary=ending.summary,
        claim_boundary=ending.claim_boundary,
        safe_to_attach=stage.is_clean,
        steps=stage.steps,
        signals=ending.signals,
        runs=stage.runs,
        next_commands=stage.next_commands,
        files={**stage.files, "walkthrough": "reports/walkthrough.md"},
    )


def _short(summary: ShowcaseSummary) -> dict[str, Any]:
    return {"summary": summary.summary, "safe_to_attach": summary.safe_to_attach, **summary.signals}


def _remove(folder: Path) -> None:
    """Remove what earlier plays left; a folder that none of them made is nobody's to remove."""
    if not folder.exists() and not folder.is_symlink():
        return
    if folder.is_symlink() or not (folder / MARKER).is_file():
        raise UsageError(
            "a folder stands where the showcase plays, and no showcase made it",
            code="showcase.foreign_folder",
            where=Where(folder.name),
            hint="Choose another --workspace-dir, or move the folder away.",
        )
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise StorageError(
            f"what earlier plays left cannot be removed: {error.strerror}",
            code="showcase.not_removed",
            where=Where(folder.name),
            hint="Check the folder's permissions, or choose another --workspace-dir.",
        ) from None
