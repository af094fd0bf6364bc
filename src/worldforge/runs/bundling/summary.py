"""`summary.md` and `summary.html`: what is in a bundle, for whoever opens it first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from worldbase.tables import markdown, markdown_cell, markdown_table
from worldforge.pages.pieces import boundary, facts_table, page, paragraph, section, table
from worldforge.runs.bundling.evidence_manifest import EvidenceManifest, RunEntry
from worldforge.runs.bundling.issue import first_triage_step

BOUNDARY: Final = (
    "Copies of runs, for discussing them. They show what these runs recorded on one machine; they are no ranking and "
    "no claim about physical fidelity, safety or performance elsewhere."
)
_RUN_COLUMNS: Final = ("run", "kind", "status", "provider", "operation", "observed failure")
_LEFT_OUT_COLUMNS: Final = ("reason", "files")


def summary_markdown(manifest: EvidenceManifest) -> str:
    """The summary as Markdown; everything that came from a run is shown literally."""
    return "".join(f"{line}\n" for line in _markdown_lines(manifest))


def summary_html(manifest: EvidenceManifest) -> str:
    """The summary as one self-contained page."""
    runs = table(_RUN_COLUMNS, [_run_row(run) for run in manifest.runs], caption="The runs of this bundle")
    body = [boundary(BOUNDARY), facts_table(_facts(manifest), caption="The bundle"), section("Runs", [runs])]
    if rows := _left_out(manifest):
        body.append(section("Left out", [table(_LEFT_OUT_COLUMNS, rows, caption="Why, and how many", numbers=(1,))]))
    return page(_title(manifest), body)


def issue_html(manifest: EvidenceManifest) -> str:
    """The issue of the bundle's one run as a page."""
    [run] = manifest.runs
    failure = run.observed_failure or run.skip_reason or "none: the run says that it went well"
    parts = [
        ("Command", run.command),
        ("Expected signal", run.expected_signal),
        ("Observed failure", failure),
        ("Safe to attach", _safety(manifest)),
        ("First triage step", first_triage_step(run).replace("`", "")),
    ]
    sections = [section(heading, [paragraph(text or "–")]) for heading, text in parts]
    return page(f"Run {run.run_id}: {run.status}", [boundary(BOUNDARY), *sections])


def _markdown_lines(manifest: EvidenceManifest) -> Iterator[str]:
    yield from (f"# {_title(manifest)}", "", BOUNDARY, "")
    yield from (f"- {name}: {markdown(text)}" for name, text in _facts(manifest))
    yield from ("", "## Runs", "")
    rows = [[markdown_cell(cell) for cell in _run_row(run)] for run in manifest.runs]
    yield markdown_table(_RUN_COLUMNS, rows).rstrip("\n")
    if left_out := _left_out(manifest):
        cells = [[markdown_cell(cell) for cell in row] for row in left_out]
        yield from ("", "## Left out", "", markdown_table(_LEFT_OUT_COLUMNS, cells, right=(1,)).rstrip("\n"))


def _title(manifest: EvidenceManifest) -> str:
    return f"Evidence bundle of {manifest.run_count} run{'' if manifest.run_count == 1 else 's'}"


def _facts(manifest: EvidenceManifest) -> list[tuple[str, str]]:
    return [
        ("Made", manifest.generated_at),
        ("Workspace", manifest.source_workspace),
        ("Files", f"{manifest.included_count} copied, {manifest.excluded_count} left out"),
        ("Rewritten", f"{manifest.rewritten_count} of the copies, since secrets, host paths or names had to go"),
        ("Inputs", ", ".join(manifest.fixture_digests) or "no digest recorded"),
        ("Safe to attach", _safety(manifest)),
    ]


def _safety(manifest: EvidenceManifest) -> str:
    if manifest.safe_to_attach:
        return "yes: every file was checked as it was written"
    return "no: what was needed could not be copied or not be made clean; look before attaching anything"


def _run_row(run: RunEntry) -> list[str]:
    failure = run.observed_failure or run.skip_reason or "; ".join(run.validation_errors) or "–"
    return [run.run_id, run.kind or "–", run.status, run.provider or "–", run.operation or "–", failure]


def _left_out(manifest: EvidenceManifest) -> list[list[str]]:
    reasons = Counter(file.reason or "" for file in manifest.files if not file.included)
    return [[reason, str(count)] for reason, count in sorted(reasons.items())]
