"""Indices of runs as text, Markdown and CSV."""

from __future__ import annotations

from worldbase.document import dump
from worldbase.tables import csv_table, markdown_cell, markdown_table, text_table
from worldforge.runs.index import IndexedRun, RunIndex

_HEADER = ("run", "kind", "state", "provider", "operation", "gate", "errors")
_CSV_HEADER = (
    *("run_id", "created_at", "kind", "status", "provider", "operation", "budget_passed", "result_count"),
    *("error_count", "event_count", "artifacts", "replay_of", "path", "command", "fault"),
)
_ERRORS = 6


def as_text(found: RunIndex, output_format: str) -> str:
    """The index in one of the formats `text`, `json`, `markdown` and `csv`, as a file holds it."""
    match output_format:
        case "json":
            return dump(found).decode()
        case "markdown":
            return index_markdown(found) + "\n"
        case "csv":
            return index_csv(found)
        case _:
            return index_text(found)


def index_text(found: RunIndex) -> str:
    """One line per run, and why some cannot be read."""
    if not found.runs:
        return "No runs.\n"
    faults = [f"  {run.run_id}: {run.fault}\n" for run in found.runs if run.fault]
    told = f"\nCannot be read:\n{''.join(faults)}" if faults else ""
    return text_table(_HEADER, [_row(run) for run in found.runs], right=[_ERRORS]) + told


def index_markdown(found: RunIndex) -> str:
    """The same as a Markdown table."""
    rows = [[markdown_cell(cell) if cell else "" for cell in _row(run)] for run in found.runs]
    asked = ", ".join(f"{name} {markdown_cell(value)}" for name, value in found.filters.items())
    count = f"{found.run_count} run{'' if found.run_count == 1 else 's'}"
    return (
        f"# Runs\n\n{count}{f', where {asked}' if asked else ''}.\n\n" + markdown_table(_HEADER, rows, right=[_ERRORS])
    ).rstrip()


def index_csv(found: RunIndex) -> str:
    """One row per run (RFC 4180)."""
    return csv_table(_CSV_HEADER, [_csv_row(run) for run in found.runs])


def _row(run: IndexedRun) -> list[str]:
    return [
        run.run_id,
        run.kind or "-",
        run.state,
        run.provider or "-",
        run.operation or "-",
        _gate(run.budget_passed),
        "-" if run.error_count is None else str(run.error_count),
    ]


def _gate(passed: bool | None) -> str:
    return "-" if passed is None else "passed" if passed else "failed"


def _csv_row(run: IndexedRun) -> list[str]:
    counts = [run.result_count, run.error_count, run.event_count]
    return [
        *(run.run_id, run.created_at, run.kind, run.state, run.provider, run.operation),
        "" if run.budget_passed is None else str(run.budget_passed).lower(),
        *("" if count is None else str(count) for count in counts),
        " ".join(run.artifacts),
        run.replay_of or "",
        run.path,
        run.command,
        run.fault or "",
    ]
