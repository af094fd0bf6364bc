"""The text of an issue about one run: what was done, what should have come of it, and what came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from worldbase.tables import markdown
from worldforge.runs.bundling.evidence_manifest import EVIDENCE_MANIFEST, BundledFile, RunEntry

_TRIAGE: Final = (
    ("interrupted", "Look at logs/events.jsonl: its last line says which call was under way."),
    (
        "unreadable",
        "Run `worldforge runs verify` on the run: its manifest cannot be read, and this says which files changed.",
    ),
    ("running", "Wait for the run to end, then make the bundle again."),
)
_OF_BUDGETS: Final = (
    "Run `worldforge runs replay` on the same machine: a threshold that is missed twice is a regression, or a budget "
    "that was set on another machine."
)
_OF_ERRORS: Final = "Run `worldforge provider contract` on the provider, then read the errors in reports/report.json."
_OF_NOTHING: Final = "Run `worldforge runs replay` and compare: nothing in this run says that it failed."


def first_triage_step(run: RunEntry) -> str:
    """Where to look first, by what the run says of itself."""
    for status, step in _TRIAGE:
        if run.status == status:
            return step
    if run.observed_failure is None:
        return _OF_NOTHING
    return _OF_BUDGETS if "threshold" in run.observed_failure or "budget" in run.observed_failure else _OF_ERRORS


def issue_markdown(run: RunEntry, files: Sequence[BundledFile], *, safe_to_attach: bool) -> str:
    """The issue as Markdown. Everything that came from the run is shown literally."""
    return "".join(f"{line}\n" for line in _lines(run, files, safe_to_attach=safe_to_attach))


def _lines(run: RunEntry, files: Sequence[BundledFile], *, safe_to_attach: bool) -> Iterator[str]:
    yield f"# Run {markdown(run.run_id)}: {markdown(run.status)}"
    yield ""
    yield f"- Kind: {_shown(run.kind)}"
    yield f"- Provider: {_shown(run.provider)}"
    yield f"- Operation: {_shown(run.operation)}"
    for heading, text in (
        ("Command", run.command),
        ("Expected signal", run.expected_signal),
        ("Observed failure", run.observed_failure or run.skip_reason or "none: the run says that it went well"),
    ):
        yield from ("", f"## {heading}", "", _shown(text))
    yield from ("", "## Safe to attach", "", *_safety(files, safe_to_attach=safe_to_attach))
    yield from ("", "## First triage step", "", first_triage_step(run))


def _shown(text: str) -> str:
    return markdown(text) if text else "–"


def _safety(files: Sequence[BundledFile], *, safe_to_attach: bool) -> Iterator[str]:
    rewritten = sum(file.rewritten for file in files)
    replaced = (
        f"Secrets, host paths or names were replaced in {rewritten}" if rewritten else "Nothing had to be replaced"
    )
    if safe_to_attach:
        yield f"Yes: every file in this bundle was checked as it was written. {replaced}; see `{EVIDENCE_MANIFEST}`."
    else:
        yield "**No.** What was needed could not be copied, or not be made clean. Look before attaching anything."
    left_out = [file for file in files if not file.included]
    if left_out:
        yield from ("", "Left on the machine:", "")
        yield from (f"- {markdown(file.source)}: {markdown(file.reason or '')}" for file in left_out)
