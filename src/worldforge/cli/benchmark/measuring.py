"""Run a benchmark, keep what it leaves, print its report."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Final

import click

from worldbase.console import foreign_output
from worldbase.errors import AnswerIsNoError, UsageError
from worldforge.benchmark.budgets import check_budgets
from worldforge.benchmark.harness import BenchmarkInterruptedError, ProviderBenchmarkHarness, ReportContext
from worldforge.benchmark.measuring.selection import Selection, select
from worldforge.benchmark.report import BenchmarkReport, GateReport
from worldforge.benchmark.verdicts import Against
from worldforge.cli.benchmark import printing
from worldforge.cli.benchmark.meter import Meter, is_watched
from worldforge.cli.benchmark.options import Options, flag_of
from worldforge.cli.benchmark.work import Skipped, Work, chosen_work, work_against
from worldforge.forge.facade import WorldForge
from worldforge.runs.kept_report import keep_report, new_run_id

if TYPE_CHECKING:
    from worldforge.cli.benchmark.against import Baseline
    from worldforge.integrations.rerun import RerunArtifactLogger
    from worldforge.runs.workspace import RunWorkspace

_INTERRUPTED: Final = 130
_OF_AGAINST: Final = ("against_python", "against_env", "rounds", "min_effect", "fail_on")


def measure(options: Options) -> None:
    """Do what `worldforge benchmark` was asked for.

    Raises:
        AnswerIsNoError: `benchmark.gate_failed` or `benchmark.regressed`, after everything was kept and printed.
    """
    _refuse_contradictions(options)
    recording = _recording(options)
    forge = WorldForge(options.state_dir)
    work = _work(options, forge)
    if isinstance(work, Skipped):
        _skip(work, options)
        return
    report, gate = _done(work, options, forge)
    if recording is not None:
        recording.log_benchmark_report(report)
    printing.echo(report, gate, work, options)
    _answer(report, gate, options)


@foreign_output()
def _done(work: Work, options: Options, forge: WorldForge) -> tuple[BenchmarkReport, GateReport | None]:
    """Measure and keep, in a run of its own where that was asked for."""
    for reason in work.left_out if not options.quiet else ():
        click.echo(f"Left out: {reason}", err=True)
    # Whatever cannot be measured is refused before a run is made for it.
    selection = select(forge, work.providers, work.operations, intersect=work.intersect)
    with _workspace(work, selection, options) if options.run_workspace else nullcontext() as run:
        return _measured(work, selection, options, forge, run)


def _refuse_contradictions(options: Options) -> None:
    if options.against is None:
        if given := [flag_of(name) for name in _OF_AGAINST if name in options.given]:
            raise UsageError(
                f"{', '.join(given)} without --against",
                code="benchmark.without_against",
                hint="Name the earlier run with --against RUN.",
            )
    elif options.preset is not None or options.preset_file is not None:
        raise UsageError(
            "a preset and --against are both given",
            code="benchmark.preset_against",
            hint="Leave the preset out: the earlier run says what was measured and with which inputs.",
        )


def _recording(options: Options) -> RerunArtifactLogger | None:
    """Made before anything is measured, so that a library that is missing is said at once."""
    if options.rerun is None:
        return None
    from worldforge.integrations.rerun import RerunArtifactLogger

    return RerunArtifactLogger(options.rerun)


@foreign_output()
def _work(options: Options, forge: WorldForge) -> Work | Skipped:
    if options.against is None:
        return chosen_work(options, forge)
    from worldforge.cli.benchmark.against import open_baseline

    return work_against(options, open_baseline(options.against, workspace=options.workspace))


def _workspace(work: Work, selection: Selection, options: Options) -> RunWorkspace:
    from worldforge.runs.workspace import RunWorkspace

    operations = dict.fromkeys(operation for chosen in selection.selected.values() for operation in chosen)
    return RunWorkspace.create(
        options.workspace,
        kind="benchmark",
        argv=_argv(),
        provider=",".join(selection.selected),
        operation=",".join(operations),
        input_summary=work.summary(options),
    )


def _measured(
    work: Work, selection: Selection, options: Options, forge: WorldForge, run: RunWorkspace | None
) -> tuple[BenchmarkReport, GateReport | None]:
    """Measure and keep; an interrupted run keeps what it has, and ends the command."""
    report: BenchmarkReport | None = None
    try:
        report = _run(work, selection, options, forge, run)
        if work.baseline is not None:
            report = _against(work.baseline, report, work, options)
    except KeyboardInterrupt as interrupt:
        by_then = interrupt.report if isinstance(interrupt, BenchmarkInterruptedError) else report
        if by_then is None:
            raise
        _keep(by_then, None, work, options, run, interrupted=True)
        click.echo("Interrupted; what was measured by then is kept.", err=True)
        raise click.exceptions.Exit(_INTERRUPTED) from None
    gate = check_budgets(report, work.budgets.budgets) if work.budgets else None
    _keep(report, gate, work, options, run)
    return report, gate


def _run(
    work: Work, selection: Selection, options: Options, forge: WorldForge, run: RunWorkspace | None
) -> BenchmarkReport:
    calls = work.iterations * sum(len(chosen) for chosen in selection.selected.values())
    with Meter(calls) if is_watched(quiet=options.quiet) else nullcontext() as meter:
        return ProviderBenchmarkHarness(forge=forge).run(
            work.providers,
            work.operations,
            work.iterations,
            work.concurrency,
            work.inputs,
            warmup=options.warmup,
            rate=options.rate,
            timeout=options.timeout,
            intersect_operations=work.intersect,
            on_sample=None if meter is None else meter.take,
            on_event=None if run is None else run.event,
            context=ReportContext(
                command=_argv(),
                input_file=work.input_file,
                budget_file=work.budget_file,
                preset=work.preset,
                notes="; ".join(work.left_out) or None,
            ),
        )


def _against(baseline: Baseline, report: BenchmarkReport, work: Work, options: Options) -> BenchmarkReport:
    from worldforge.cli.benchmark.against import run_against

    return run_against(
        baseline,
        report,
        work.inputs,
        python=options.against_python,
        environment=options.against_env,
        rounds=options.rounds,
        timeout=options.timeout,
        min_effect=options.min_effect,
        quiet=options.quiet,
    )


def _keep(
    report: BenchmarkReport,
    gate: GateReport | None,
    work: Work,
    options: Options,
    run: RunWorkspace | None,
    *,
    interrupted: bool = False,
) -> None:
    kept = keep_report(options.workspace, report, run.run_id if run else new_run_id())
    if run is not None:
        from worldforge.runs.benchmark_run import keep_benchmark

        keep_benchmark(
            run,
            report,
            inputs=work.loaded_inputs.data if work.loaded_inputs else None,
            budgets=work.budgets.data if work.budgets else None,
            gate=gate,
            interrupted=interrupted,
        )
    if not options.quiet:
        click.echo(f"Report: {kept}" if run is None else f"Run: {run.path}\nReport: {kept}", err=True)


def _skip(skipped: Skipped, options: Options) -> None:
    if options.run_workspace is not None:
        from worldforge.runs.workspace import RunWorkspace

        with RunWorkspace.create(
            options.workspace,
            kind="benchmark",
            argv=_argv(),
            provider="",
            operation="",
            input_summary={"preset": skipped.preset},
        ) as run:
            run.finish("skipped", result_summary={"reason": skipped.reason})
    printing.echo_skipped(skipped, options)


def _answer(report: BenchmarkReport, gate: GateReport | None, options: Options) -> None:
    if gate is not None and not gate.passed:
        raise AnswerIsNoError(
            f"the budget gate failed with {gate.violation_count} violation(s)",
            code="benchmark.gate_failed",
            hint="Look at the violations above. Mend what became slower before a budget is changed.",
        )
    if isinstance(report.against, Against) and report.against.status == options.fail_on:
        raise AnswerIsNoError(
            f"this is slower than {options.against}",
            code="benchmark.regressed",
            hint="The ratios and their intervals are in the report.",
        )


def _argv() -> tuple[str, ...]:
    return ("worldforge", *sys.argv[1:])
