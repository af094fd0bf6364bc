"""Bundles of runs, made whole: one run for an issue, or many as evidence.

Everything in a bundle went through the one sanitiser, its own pages too, and what a page says of a run was read from
the copies. The folder appears when all of it is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from worldbase import clock
from worldbase.document import dump
from worldbase.errors import Where
from worldbase.files import StagedFolder
from worldbase.redact import redact_text
from worldforge.errors import WorldForgeError
from worldforge.runs.bundling.copying import Copied, copy_runs
from worldforge.runs.bundling.evidence_manifest import (
    EVIDENCE_MANIFEST,
    ISSUE_HTML,
    ISSUE_MARKDOWN,
    SUMMARY_HTML,
    SUMMARY_MARKDOWN,
    EvidenceManifest,
)
from worldforge.runs.bundling.issue import first_triage_step, issue_markdown
from worldforge.runs.bundling.staging import Staging
from worldforge.runs.bundling.summary import issue_html, summary_html, summary_markdown
from worldforge.runs.manifest import RUN_ID
from worldforge.runs.preserved import find_run
from worldforge.runs.workspace import RUNS

ISSUE_BUNDLES: Final = "issue-bundles"
EVIDENCE_BUNDLES: Final = "evidence-bundles"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that was made: its folder and its manifest."""

    path: Path
    manifest: EvidenceManifest


def bundle_issue(run: str, workspace: Path, *, output: Path | None = None, overwrite: bool = False) -> Bundle:
    """Make the bundle of one run, with the text of an issue.

    Args:
        run: Its id, or the path of its folder.
        workspace: Where a run with that id is; the bundle goes to `<workspace>/issue-bundles/<run-id>/`.
        output: Another place for it.
        overwrite: Whether a bundle that stands there is replaced.

    Raises:
        WorldForgeError: `run.unknown`, `bundle.not_a_run`.
        UsageError: `output.exists`, `output.not_a_folder`.
        StorageError: `file.unwritable`.
    """
    path = find_run(run, workspace=workspace).absolute()
    if not RUN_ID.match(path.name) or not path.is_dir() or path.is_symlink():
        raise WorldForgeError(
            "what was given is no folder of a run, or a link to one",
            code="bundle.not_a_run",
            where=Where(path.name),
            hint="Give the id of a run: `worldforge runs list` shows them.",
        )
    target = output or workspace / ISSUE_BUNDLES / path.name
    return _bundle([path], workspace, target, overwrite=overwrite, is_issue=True)


def bundle_workspace(
    workspace: Path, *, run_ids: Sequence[str] = (), output: Path | None = None, overwrite: bool = False
) -> Bundle:
    """Make the bundle of many runs.

    Args:
        workspace: Where the runs are; the bundle goes to `<workspace>/evidence-bundles/<time>/`.
        run_ids: Which of them; all where none is named.
        output: Another place for it.
        overwrite: Whether a bundle that stands there is replaced.

    Raises:
        WorldForgeError: `run.unknown`, `bundle.not_a_run`, `bundle.no_runs`.
        UsageError: `output.exists`, `output.not_a_folder`.
        StorageError: `file.unwritable`.
    """
    if run_ids:
        runs = [find_run(run_id, workspace=workspace) for run_id in dict.fromkeys(run_ids) if _is_id(run_id)]
    else:
        runs = sorted(path for path in (workspace / RUNS).glob("*") if RUN_ID.match(path.name))
    if not runs:
        raise WorldForgeError(
            "there is no run to make a bundle of",
            code="bundle.no_runs",
            where=Where(RUNS),
            hint="Keep one first: worldforge benchmark --provider mock --run-workspace .worldforge",
        )
    target = output or workspace / EVIDENCE_BUNDLES / clock.timestamp().replace("-", "").replace(":", "")
    return _bundle(runs, workspace, target, overwrite=overwrite, is_issue=False)


def _is_id(run_id: str) -> bool:
    if not RUN_ID.match(run_id):
        raise WorldForgeError(
            f"{run_id[:80]!r} is no run id",
            code="bundle.not_a_run",
            hint="`worldforge runs list` shows the ids of a workspace.",
        )
    return True


def _bundle(runs: Sequence[Path], workspace: Path, target: Path, *, overwrite: bool, is_issue: bool) -> Bundle:
    with StagedFolder(target, overwrite=overwrite, holds=EVIDENCE_MANIFEST) as staged:
        copied = copy_runs(staged.path, runs)
        manifest = _with_pages(Staging(staged.path), _manifest(copied, workspace), is_issue=is_issue)
        staged.commit()
    return Bundle(target, manifest)


def _manifest(copied: Copied, workspace: Path) -> EvidenceManifest:
    included = sum(file.included for file in copied.files)
    return EvidenceManifest(
        generated_at=clock.timestamp(),
        source_workspace=redact_text(workspace.resolve().name),
        run_count=len(copied.runs),
        runs=copied.runs,
        files=copied.files,
        fixture_digests=sorted(copied.fixtures),
        included_count=included,
        excluded_count=len(copied.files) - included,
        rewritten_count=sum(file.rewritten for file in copied.files),
        safe_to_attach=copied.is_safe,
    )


def _with_pages(staging: Staging, manifest: EvidenceManifest, *, is_issue: bool) -> EvidenceManifest:
    """Write the pages and then the manifest, which says whether the pages were clean too."""
    staging.write_page(SUMMARY_MARKDOWN, summary_markdown(manifest))
    staging.write_page(SUMMARY_HTML, summary_html(manifest))
    if is_issue:
        [run] = manifest.runs
        text = issue_markdown(run, manifest.files, safe_to_attach=manifest.safe_to_attach)
        written = staging.write_page(ISSUE_MARKDOWN, text)
        staging.write_page(ISSUE_HTML, issue_html(manifest))
        manifest = msgspec.structs.replace(
            manifest, bundle_kind="issue-run", issue_template=written, first_triage_step=first_triage_step(run)
        )
    manifest = msgspec.structs.replace(manifest, safe_to_attach=manifest.safe_to_attach and staging.is_clean)
    written = staging.write_page(EVIDENCE_MANIFEST, dump(manifest).decode())
    return msgspec.json.decode(written, type=EvidenceManifest) if written else manifest
