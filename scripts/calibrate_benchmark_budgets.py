"""Draft benchmark budgets from reports that were kept; never replaces a budget that is in force.

Run as ``uv run python scripts/calibrate_benchmark_budgets.py --report .worldforge/reports/benchmark-<run-id>.json``.
"""

from __future__ import annotations

from pathlib import Path

import click

from worldbase import clock
from worldbase.console import run
from worldbase.tables import visible
from worldforge.benchmark.budgets import load_budgets
from worldforge.benchmark.calibration.draft import DEFAULT_RATIONALE, calibrate
from worldforge.benchmark.calibration.files import read_report, refuse_output, write_calibration

_DEFAULT_OUTPUT = Path(".worldforge/benchmark-calibration")


@click.command()
@click.option(
    "--report", "reports", multiple=True, type=click.Path(path_type=Path), help="A report in JSON. Repeatable."
)
@click.option("--current-budget", type=click.Path(path_type=Path), help="The budgets in force, to compare with.")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="Folder for the three files.  [default: .worldforge/benchmark-calibration/TIME]",
)
@click.option(
    "--machine-class",
    envvar="WORLDFORGE_MACHINE_CLASS",
    show_envvar=True,
    help="What you call the machine; recorded beside what the reports measured.",
)
@click.option("--headroom-ratio", type=float, default=0.25, show_default=True, help="From 0 to 10.")
@click.option("--rationale", default=DEFAULT_RATIONALE, show_default=True, help="Why; every row carries it.")
@click.option("--allow-mixed-machines", is_flag=True, help="Combine reports of machines of different classes.")
@click.option("--overwrite", is_flag=True, help="Replace what stands at --output.")
def main(
    reports: tuple[Path, ...],
    current_budget: Path | None,
    output: Path | None,
    machine_class: str | None,
    headroom_ratio: float,
    rationale: str,
    allow_mixed_machines: bool,
    overwrite: bool,
) -> None:
    """Draft budgets that every given report keeps, and say how they differ from those in force."""
    moment = clock.timestamp()
    target = output or _DEFAULT_OUTPUT / moment.replace("-", "").replace(":", "")
    refuse_output(target, [*reports, *([current_budget] if current_budget else [])])
    calibration = calibrate(
        [read_report(path) for path in reports],
        generated_at=moment,
        current=load_budgets(current_budget) if current_budget else None,
        headroom_ratio=headroom_ratio,
        rationale=rationale,
        machine_class=machine_class,
        allow_mixed_machines=allow_mixed_machines,
    )
    written = write_calibration(calibration, target, overwrite=overwrite)
    click.echo(
        f"{visible(str(target))}: {len(written.candidate_budgets)} budgets from {len(reports)} report(s)"
        f"{'; REVIEW REQUIRED: something would be guarded less' if written.review_required else ''}"
    )


if __name__ == "__main__":
    run(main, "calibrate_benchmark_budgets.py")
