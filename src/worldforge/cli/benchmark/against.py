"""`worldforge benchmark ... --against RUN`: what an earlier run measured, measured again in turns with this one."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import click
import msgspec

from worldbase.console import progress
from worldbase.errors import UsageError
from worldforge.benchmark.in_turns.interleaved import MIN_EFFECT, ROUNDS, measure_in_turns, verdict
from worldforge.benchmark.in_turns.worker_process import Side
from worldforge.benchmark.inputs import BenchmarkInputs
from worldforge.benchmark.report import BenchmarkReport
from worldforge.benchmark.verdicts import Against, AgainstOperation, overall
from worldforge.errors import ComparisonRefusedError
from worldforge.runs.preserved import open_run


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What an earlier run measured; the command line takes from it what it does not say itself.

    Attributes:
        run_id: Its id.
        report: Its report.
        inputs: What it was run with.
    """

    run_id: str
    report: BenchmarkReport
    inputs: BenchmarkInputs

    @property
    def providers(self) -> list[str]:
        """Its providers, in order."""
        return self.report.run_metadata.providers

    @property
    def operations(self) -> list[str]:
        """Its operations, of all providers, in order."""
        return list(dict.fromkeys(result.operation for result in self.report.results))


class _Match(NamedTuple):
    """Two providers that are measured in turns, and for which operations."""

    provider: str
    baseline_provider: str
    operations: list[str]


def open_baseline(run: str, *, workspace: Path) -> Baseline:
    """Open the run that `--against` names.

    Args:
        run: Its folder, a file of it, or its id in the workspace.
        workspace: Where a run with that id is looked for.

    Raises:
        ComparisonRefusedError: `against.not_a_benchmark`.
        WorldForgeError: It cannot be opened, or its inputs are not those of this harness.
    """
    opened = open_run(run, workspace=workspace)
    if not isinstance(opened.report, BenchmarkReport) or not opened.report.results:
        raise ComparisonRefusedError(
            f"the run {opened.run_id} holds no results of a benchmark (its kind is {opened.kind!r:.40})",
            code="against.not_a_benchmark",
            hint="Name a run that `worldforge benchmark` finished.",
        )
    inputs = BenchmarkInputs.from_dict(opened.report.run_metadata.inputs, file=f"{opened.run_id}/{opened.report_path}")
    return Baseline(run_id=opened.run_id, report=opened.report, inputs=inputs)


def run_against(
    baseline: Baseline,
    report: BenchmarkReport,
    inputs: BenchmarkInputs,
    *,
    python: str | None = None,
    environment: Sequence[str] = (),
    rounds: int = ROUNDS,
    timeout: float = 300.0,
    min_effect: float = MIN_EFFECT,
    quiet: bool = False,
) -> BenchmarkReport:
    """Measure the operations of both in turns, and return the report with `against` filled in.

    Args:
        baseline: What `open_baseline` returned.
        report: This run's report, already measured as usual.
        inputs: This run's inputs.
        python: Interpreter of the earlier run's side (`--against-python`); this one where not given.
        environment: `NAME=VALUE` for its environment (`--against-env`).
        rounds: Rounds for each operation (`--rounds`).
        timeout: Seconds that a worker may take to start, and for a batch of calls.
        min_effect: A smaller change counts as none (`--min-effect`).
        quiet: Whether to show no progress.

    Raises:
        UsageError: `against.environment` or `against.min_effect`.
        ComparisonRefusedError: `against.inputs_differ` or `against.operations_differ`.
        EnvironmentMissingError: `against.worker_failed` or `against.worker_silent`.
    """
    variables = _variables(environment)
    _check_min_effect(min_effect)
    _refuse_other_inputs(baseline, inputs)
    matches = _matches(baseline, report)
    here = python is None and not variables
    if here and not quiet and all(match.provider == match.baseline_provider for match in matches):
        click.echo("Both sides are this program; --against-python or --against-env make one differ.", err=True)
    operations: list[AgainstOperation] = []
    total = rounds * sum(len(match.operations) for match in matches)
    with progress("Measuring in turns", total, worth_showing=not quiet) as shown:
        for match in matches:
            sides = _sides(match, inputs, python or sys.executable, variables)
            measured = measure_in_turns(
                *sides, match.operations, rounds=rounds, timeout=timeout, on_round=lambda: shown.advance(1)
            )
            operations += [
                verdict(
                    measured[operation],
                    operation=operation,
                    provider=match.provider,
                    baseline_provider=match.baseline_provider,
                    min_effect=min_effect,
                )
                for operation in match.operations
            ]
    against = Against(
        run_id=baseline.run_id,
        status=overall(operation.status for operation in operations),
        min_effect=min_effect,
        operations=operations,
    )
    return msgspec.structs.replace(report, against=against)


def _sides(match: _Match, inputs: BenchmarkInputs, python: str, variables: Mapping[str, str]) -> tuple[Side, Side]:
    value = inputs.to_dict()
    earlier = Side(
        label="the earlier side",
        provider=match.baseline_provider,
        inputs=value,
        python=python,
        environment=variables,
    )
    return earlier, Side(label="this side", provider=match.provider, inputs=value)


def _variables(environment: Sequence[str]) -> dict[str, str]:
    variables = {}
    for text in environment:
        name, found, value = text.partition("=")
        if not found or not name or "\0" in text:
            raise UsageError(
                f"--against-env takes NAME=VALUE, and {name[:40]!r} is none",
                code="against.environment",
                hint="For example: --against-env OMP_NUM_THREADS=1",
            )
        variables[name] = value
    return variables


def _check_min_effect(min_effect: float) -> None:
    if not (math.isfinite(min_effect) and 0 < min_effect <= 10):
        raise UsageError(
            f"--min-effect {min_effect:g} is not above 0 and at most 10",
            code="against.min_effect",
            hint="0.03 stands for 3%.",
        )


def _refuse_other_inputs(baseline: Baseline, inputs: BenchmarkInputs) -> None:
    before, after = baseline.inputs.digest(), inputs.digest()
    if before != after:
        raise ComparisonRefusedError(
            f"the inputs differ: {before} in {baseline.run_id}, {after} here",
            code="against.inputs_differ",
            hint="Leave --input-file out to use those of the earlier run.",
        )


def _matches(baseline: Baseline, report: BenchmarkReport) -> list[_Match]:
    here, there = _operations_of(report), _operations_of(baseline.report)
    named = {operation for operations in here.values() for operation in operations}
    if named != set(baseline.operations):
        raise ComparisonRefusedError(
            f"the operations differ: {', '.join(baseline.operations)} in {baseline.run_id}, "
            f"{', '.join(sorted(named))} here",
            code="against.operations_differ",
            hint="Leave --operation out to measure those of the earlier run.",
        )
    return [match for provider in here for match in _counterparts(provider, here[provider], there, baseline.run_id)]


def _counterparts(
    provider: str, operations: Sequence[str], there: Mapping[str, Sequence[str]], run_id: str
) -> Iterator[_Match]:
    """Who of the earlier run is held against a provider: the same one, or the only one that has the operation."""
    found: dict[str, list[str]] = {}
    for operation in operations:
        having = [name for name, others in there.items() if operation in others]
        if provider not in having and len(having) != 1:
            raise ComparisonRefusedError(
                f"{provider} has no counterpart for {operation} in {run_id}, which has {', '.join(having)}",
                code="against.provider_unclear",
                hint="Measure the same providers as the earlier run, or a run of one provider with another.",
            )
        found.setdefault(provider if provider in having else having[0], []).append(operation)
    for name, shared in found.items():
        yield _Match(provider, name, shared)


def _operations_of(report: BenchmarkReport) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for result in report.results:
        found.setdefault(result.provider, []).append(result.operation)
    return found
