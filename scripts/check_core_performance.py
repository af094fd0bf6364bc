"""Time the paths that have to stay cheap in a clean checkout; exits 1 where one takes longer than its budget.

Run as ``uv run python scripts/check_core_performance.py --workspace-dir .worldforge/core-performance``.
"""

from __future__ import annotations

from pathlib import Path

import click

from worldbase.console import run
from worldbase.files import write_atomic
from worldbase.tables import text_table
from worldforge.workflows.core_performance import (
    DEFAULT_BUDGETS,
    CorePerformance,
    load_core_budgets,
    measure_core_paths,
)


@click.command()
@click.option("--budget-file", type=click.Path(path_type=Path), help="JSON object: name of a path -> milliseconds.")
@click.option("--output", type=click.Path(path_type=Path), help="Write the report here instead of printing it.")
@click.option(
    "--workspace-dir",
    "workspace",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep what the paths leave behind here.  [default: a temporary folder]",
)
def main(budget_file: Path | None, output: Path | None, workspace: Path | None) -> None:
    """Time world persistence, input loading, provider diagnostics, bundles and report rendering."""
    budgets = load_core_budgets(budget_file) if budget_file else DEFAULT_BUDGETS
    report = measure_core_paths(budgets=budgets, workspace=workspace)
    if output is None:
        click.echo(report.to_json(), nl=False)
    else:
        write_atomic(output, report.to_json().encode())
        click.echo(_table(report), nl=False)
    if not report.passed:
        click.get_current_context().exit(1)


def _table(report: CorePerformance) -> str:
    rows = [
        [
            result.name,
            f"{result.duration_ms:.2f}",
            "–" if result.budget_ms is None else f"{result.budget_ms:g}",
            "passed" if result.passed else "FAILED",
        ]
        for result in report.results
    ]
    return text_table(("path", "median ms", "budget ms", ""), rows, right=(1, 2))


if __name__ == "__main__":
    run(main, "check_core_performance.py")
