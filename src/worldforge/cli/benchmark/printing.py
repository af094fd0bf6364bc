"""A benchmark's report on stdout, or in the file that `--output` names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click

from worldbase.console import echo_report
from worldforge.benchmark.report import BenchmarkReport, GateReport
from worldforge.cli.benchmark.options import Options
from worldforge.cli.benchmark.work import Skipped, Work


def echo(report: BenchmarkReport, gate: GateReport | None, work: Work, options: Options) -> None:
    """Print the report, with the gate where there is one.

    JSON is the report alone, or an object of it, the gate and the preset where there are any; CSV is the violations
    alone where there is a gate.
    """
    _echo(
        options,
        _as_json(report, gate, work),
        {
            "markdown": lambda: _markdown(report, gate),
            "csv": lambda: _csv(report, gate),
            "html": lambda: _html(report, gate),
        },
    )


def echo_skipped(skipped: Skipped, options: Options) -> None:
    """Print that a preset cannot run on this host, and why."""
    _echo(
        options,
        {"preset": skipped.preset, "status": "skipped", "reason": skipped.reason},
        {
            "markdown": lambda: _skipped_markdown(skipped),
            "csv": lambda: _skipped_csv(skipped),
            "html": lambda: _skipped_html(skipped),
        },
    )


def _echo(options: Options, value: Any, texts: Mapping[str, Callable[[], str]]) -> None:
    if options.output is not None:
        _write(options, value, texts)
    elif options.quiet:
        return
    elif options.output_format == "json":
        echo_report("json", value, text=str)
    else:
        click.echo(texts[options.output_format](), nl=False)


def _write(options: Options, value: Any, texts: Mapping[str, Callable[[], str]]) -> None:
    from worldbase.document import dump
    from worldbase.files import write_atomic

    assert options.output is not None  # noqa: S101 - asked by the caller
    data = dump(value) if options.output_format == "json" else texts[options.output_format]().encode()
    write_atomic(options.output, data)
    if not options.quiet:
        click.echo(f"Written: {options.output}", err=True)


def _as_json(report: BenchmarkReport, gate: GateReport | None, work: Work) -> Any:
    if gate is None and work.preset is None:
        return report
    parts = {"benchmark": report, "gate": gate, "preset": work.preset}
    return {name: part for name, part in parts.items() if part is not None}


def _markdown(report: BenchmarkReport, gate: GateReport | None) -> str:
    from worldforge.benchmark.render import gate_markdown

    return report.to_markdown() if gate is None else f"{report.to_markdown()}\n{gate_markdown(gate)}"


def _csv(report: BenchmarkReport, gate: GateReport | None) -> str:
    from worldforge.benchmark.render import gate_csv

    return report.to_csv() if gate is None else gate_csv(gate)


def _html(report: BenchmarkReport, gate: GateReport | None) -> str:
    from worldforge.benchmark.page import report_html

    return report_html(report, gate=gate)


def _skipped_markdown(skipped: Skipped) -> str:
    from worldbase.tables import markdown

    return f"# Benchmark Preset {markdown(skipped.preset)}\n\n**Skipped**: {markdown(skipped.reason)}.\n"


def _skipped_csv(skipped: Skipped) -> str:
    from worldbase.tables import csv_table

    return csv_table(("preset", "status", "reason"), [[skipped.preset, "skipped", skipped.reason]])


def _skipped_html(skipped: Skipped) -> str:
    from worldforge.pages.pieces import page, paragraph

    title = f"Benchmark Preset {skipped.preset}"
    return page(title, [paragraph(f"Skipped: {skipped.reason}.", kind="verdict")])
