"""Run a suite, keep what it leaves, print its report."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, chdir, contextmanager, nullcontext, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

import click

from worldbase.console import echo_report
from worldbase.errors import AnswerIsNoError, Problem, UsageError
from worldforge.cli.eval.options import Options
from worldforge.evaluation import registry, suite_files
from worldforge.evaluation.envelope import ReportContext
from worldforge.evaluation.gate import EvaluationGate, GateMiss, check_gate
from worldforge.evaluation.report import EvaluationReport
from worldforge.evaluation.suite import EvaluationSuite
from worldforge.forge.facade import WorldForge
from worldforge.runs.kept_evaluation import keep_evaluation_report
from worldforge.runs.manifest import new_run_id

if TYPE_CHECKING:
    from worldforge.cli.benchmark.meter import Meter
    from worldforge.evaluation.dataset_manifest import CheckedManifest
    from worldforge.runs.workspace import RunWorkspace


def list_suites() -> None:
    """Print the names of suites, one a line."""
    for name in registry.known_names():
        click.echo(name)


def evaluate(options: Options) -> None:
    """Do what `worldforge eval` was asked for.

    Raises:
        AnswerIsNoError: `eval.gate_failed`, after everything was kept and printed.
    """
    name = _asked_for(options)
    with _apart():
        notes = _notes(name)
        suite = EvaluationSuite.named(name)
    manifests = _manifests(options.dataset_manifests)
    forge = WorldForge(options.state_dir)
    # Whatever cannot be evaluated is refused before a run is made for it.
    suite.require(options.providers, forge)
    with _workspace(suite, options) if options.run_workspace else nullcontext() as run:
        with _apart():
            report = _run(suite, notes, manifests, forge, options, run)
        gate = _gate(report, options)
        _keep(report, gate, manifests, options, run)
    _echo(report, options)
    _answer(gate)


@contextmanager
def _apart() -> Iterator[None]:
    """Run foreign code: what it prints is no part of the report, and it comes back to the folder that it began in."""
    with chdir(Path.cwd()), redirect_stdout(sys.stderr):
        yield


def _notes(name: str) -> str | None:
    file = suite_files.suite_file(name)
    return None if file is None else suite_files.described(file)


def _asked_for(options: Options) -> str:
    if options.suite is None or not options.providers:
        missing = "--suite" if options.suite is None else "--provider"
        raise UsageError(
            f"{missing} is missing",
            code="eval.nothing_to_do",
            hint="For example: worldforge eval --suite planning --provider mock",
        )
    return options.suite


def _manifests(paths: Sequence[Path]) -> list[CheckedManifest]:
    if not paths:
        return []
    from worldforge.evaluation.dataset_manifest import check_manifest

    return [check_manifest(path, root=Path.cwd()) for path in paths]


def _workspace(suite: EvaluationSuite, options: Options) -> RunWorkspace:
    from worldforge.runs.workspace import RunWorkspace

    providers = list(dict.fromkeys(options.providers))
    return RunWorkspace.create(
        options.workspace,
        kind="eval",
        argv=_argv(),
        provider=",".join(providers),
        operation=suite.suite_id,
        input_summary={
            "suite_id": suite.suite_id,
            "suite_version": suite.suite_version,
            "providers": providers,
            "trials": options.trials,
            "seed": options.seed,
            "timeout_seconds": options.timeout,
            "dataset_manifests": [path.name for path in options.dataset_manifests],
        },
    )


def _run(
    suite: EvaluationSuite,
    notes: str | None,
    manifests: Sequence[CheckedManifest],
    forge: WorldForge,
    options: Options,
    run: RunWorkspace | None,
) -> EvaluationReport:
    providers = list(dict.fromkeys(options.providers))
    total = len(providers) * len(suite.scenarios) * options.trials
    with _meter(total, options) as meter:
        return suite.run_report(
            providers,
            forge,
            trials=options.trials,
            seed=options.seed,
            timeout=options.timeout,
            on_trial=None if meter is None else meter.take,
            on_event=None if run is None else run.event,
            context=ReportContext(
                command=_argv(),
                dataset_manifests=tuple(manifest.reference.to_dict() for manifest in manifests),
                notes=notes,
            ),
        )


def _meter(total: int, options: Options) -> AbstractContextManager[Meter | None]:
    if options.quiet or not sys.stderr.isatty():
        return nullcontext()
    from worldforge.cli.benchmark.meter import Meter

    return Meter(total, label="Evaluating")


def _gate(report: EvaluationReport, options: Options) -> EvaluationGate | None:
    if not options.require_pass and options.min_score is None:
        return None
    return check_gate(report, require_pass=options.require_pass, min_score=options.min_score)


def _keep(
    report: EvaluationReport,
    gate: EvaluationGate | None,
    manifests: Sequence[CheckedManifest],
    options: Options,
    run: RunWorkspace | None,
) -> None:
    kept = keep_evaluation_report(options.workspace, report, run.run_id if run else new_run_id())
    if run is not None:
        from worldforge.runs.evaluation_run import keep_evaluation

        keep_evaluation(run, report, dataset_manifests=[manifest.data for manifest in manifests], gate=gate)
    if not options.quiet:
        click.echo(f"Report: {kept}" if run is None else f"Run: {run.path}\nReport: {kept}", err=True)


def _echo(report: EvaluationReport, options: Options) -> None:
    texts = {
        "markdown": report.to_markdown,
        "json": report.to_json,
        "csv": report.to_csv,
        "html": report.to_html,
    }
    if options.output is not None:
        from worldbase.files import write_atomic

        write_atomic(options.output, texts[options.output_format]().encode())
        if not options.quiet:
            click.echo(f"Written: {options.output}", err=True)
    elif options.quiet:
        return
    elif options.output_format == "json":
        echo_report("json", report, text=str)
    else:
        click.echo(texts[options.output_format](), nl=False)


def _answer(gate: EvaluationGate | None) -> None:
    if gate is not None and not gate.passed:
        raise AnswerIsNoError(
            f"the gate failed: {len(gate.misses)} miss{'' if len(gate.misses) == 1 else 'es'}",
            code="eval.gate_failed",
            hint="The failure gallery of the report says what was expected and what came.",
            problems=[_problem(miss) for miss in gate.misses],
        )


def _problem(miss: GateMiss) -> Problem:
    if miss.scenario is None:
        message = f"{miss.provider}: the average score is {miss.observed:.4g}, below {miss.threshold:g}"
        return Problem("eval.score_too_low", message)
    return Problem("eval.scenario_failed", f"{miss.provider}: {miss.scenario} failed")


def _argv() -> tuple[str, ...]:
    return ("worldforge", *sys.argv[1:])
