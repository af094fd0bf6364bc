"""`budget-calibration.md`: the calibration for whoever reviews it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Final

from worldbase.tables import markdown, markdown_cell, markdown_table
from worldforge.benchmark.calibration.document import Calibration, Diff, SourceEntry

_DIFF_COLUMNS: Final = (
    "provider",
    "operation",
    "metric",
    "old",
    "candidate",
    "observed",
    "change",
    "review",
    "rationale",
)
_FIRST_STEP: Final = (
    "Compare the digest of each source report with the report that was kept, then run the same command again on the "
    "same class of machine. A threshold may be loosened for an intended change of workload, provider, dependencies or "
    "machine, and never to hide a regression."
)


def calibration_markdown(calibration: Calibration) -> str:
    """The calibration as Markdown; everything that came from a file or a caller is shown literally."""
    return "".join(f"{line}\n" for line in _lines(calibration))


def _lines(calibration: Calibration) -> Iterator[str]:
    yield from ("# Budget calibration", "", calibration.claim_boundary, "", calibration.combination, "")
    if calibration.review_required:
        yield from ("**Review required**: something that is guarded now would be guarded less.", "")
    yield from (f"- {name}: {markdown(text)}" for name, text in _context(calibration))
    yield from ("", "## Source reports", "")
    for source in calibration.source_reports:
        yield from (
            f"- {name}: {markdown(text)}" if not indent else f"  - {name}: {markdown(text)}"
            for indent, name, text in _source(source)
        )
    yield from ("", "## Thresholds", "")
    rows = [_row(diff) for diff in calibration.diffs]
    yield markdown_table(_DIFF_COLUMNS, rows, right=(3, 4, 5)).rstrip("\n")
    yield from ("", "## First triage step", "", _FIRST_STEP)


def _context(calibration: Calibration) -> Iterator[tuple[str, str]]:
    context = calibration.baseline_context
    yield "Made", calibration.generated_at
    yield "Machine class, as measured", ", ".join(context.machine_classes)
    yield "Machine class, as declared", context.declared_machine_class or "not declared"
    yield "Python", ", ".join(context.python) or "not recorded"
    yield "WorldForge", ", ".join(context.worldforge_versions) or "not recorded"
    yield "Calls in all reports", str(context.sample_count)
    yield "Headroom", f"{calibration.headroom_ratio:.4g}"
    current = calibration.current_budget
    yield "Budgets in force", f"{current.path} ({current.sha256})" if current else "none given"
    yield "Rationale", calibration.rationale


def _source(source: SourceEntry) -> Iterator[tuple[bool, str, str]]:
    yield False, "Report", source.path
    yield True, "Digest", source.sha256
    yield True, "Measured", source.created_at or "not recorded"
    yield True, "Command", shlex.join(source.command) or "not recorded"
    yield True, "Calls per operation", str(source.iterations)
    yield True, "Inputs", source.input_digest or "not recorded"
    if source.machine:
        yield True, "Machine", f"{source.machine.machine_class}, {source.machine.python}"


def _row(diff: Diff) -> list[str]:
    numbers = (diff.old_threshold, diff.candidate_threshold, diff.observed_baseline)
    return [
        markdown_cell(diff.provider),
        markdown_cell(diff.operation),
        markdown_cell(diff.metric),
        *("–" if number is None else f"{number:.6g}" for number in numbers),
        markdown_cell(diff.change),
        "**required**" if diff.review_required else "no",
        markdown_cell(diff.rationale),
    ]
