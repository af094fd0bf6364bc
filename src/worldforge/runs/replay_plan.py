"""What a run was run with, read back from the run and checked against what its report says."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec import UNSET, UnsetType

from worldbase.errors import Where
from worldforge.benchmark.budgets import LoadedBudgets, parse_budgets
from worldforge.benchmark.inputs import BenchmarkInputs, LoadedInputs, parse_inputs
from worldforge.benchmark.report import BenchmarkReport, InputFile
from worldforge.errors import WorldForgeError
from worldforge.runs import folder
from worldforge.runs.benchmark_run import BUDGETS, INPUTS
from worldforge.runs.preserved import PreservedRun


@dataclass(frozen=True, slots=True)
class ReplayPlan:
    """What is run again.

    Attributes:
        source: The run.
        report: Its report.
        inputs: With what.
        loaded_inputs: The run's copy of them, where it holds one.
        budgets: Its budgets, where it had some.
    """

    source: PreservedRun
    report: BenchmarkReport
    inputs: BenchmarkInputs
    loaded_inputs: LoadedInputs | None
    budgets: LoadedBudgets | None

    @property
    def operations(self) -> list[str]:
        """All that were measured, of any provider, in order."""
        return list(dict.fromkeys(result.operation for result in self.report.results))

    @property
    def providers(self) -> list[str]:
        """Whom it measured, in order."""
        return list(dict.fromkeys(result.provider for result in self.report.results))

    @property
    def call_count(self) -> int:
        """Calls that are going to be measured."""
        return len(self.report.results) * self.report.run_metadata.iterations


def plan_replay(source: PreservedRun) -> ReplayPlan:
    """Read what a run was run with.

    Raises:
        WorldForgeError: `run.not_replayable` for what is no benchmark or left no result; `run.inputs_changed`.
        InputError: A file of the run cannot be read as what it is.
    """
    report = source.report
    if not isinstance(report, BenchmarkReport) or not report.results:
        raise WorldForgeError(
            "only a benchmark with results can be run again",
            code="run.not_replayable",
            where=Where(source.run_id),
            hint="See `worldforge runs show` for what the run is.",
        )
    loaded = _loaded(source, INPUTS, parse_inputs) if source.manifest else None
    budgets = _loaded(source, BUDGETS, parse_budgets) if source.manifest else None
    inputs = BenchmarkInputs.from_dict(report.run_metadata.inputs) if loaded is None else loaded.inputs
    _require_unchanged(source, report, inputs, loaded, budgets)
    return ReplayPlan(source, report, inputs, loaded, budgets)


def commands(plan: ReplayPlan, *, workspace: Path) -> list[str]:
    """The command lines that do the same; one for each set of operations that providers were measured with."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for provider in plan.providers:
        selected = tuple(result.operation for result in plan.report.results if result.provider == provider)
        groups.setdefault(selected, []).append(provider)
    return [
        shlex.join(["worldforge", "benchmark", *_flags(plan, providers, operations), "--run-workspace", str(workspace)])
        for operations, providers in groups.items()
    ]


def _loaded(source: PreservedRun, relative: str, parse: Callable[..., Any]) -> Any:
    data = folder.read(source.path, relative)
    return None if data is None else parse(data, name=relative.rpartition("/")[2])


def _require_unchanged(
    source: PreservedRun,
    report: BenchmarkReport,
    inputs: BenchmarkInputs,
    loaded: LoadedInputs | None,
    budgets: LoadedBudgets | None,
) -> None:
    """Refuse to call something a replay that is run with other inputs or budgets than the report says."""
    asked, origin = report.run_metadata, report.provenance
    if not _is_same_file(asked.input_file, loaded):
        raise _changed(source, INPUTS)
    if not _is_same_file(asked.budget_file, budgets):
        raise _changed(source, BUDGETS)
    # Older envelopes digest their inputs in another way.
    if origin is not UNSET and origin.timing_digest is not UNSET and origin.input_digest != inputs.digest():
        raise _changed(source, INPUTS)


def _is_same_file(named: InputFile | UnsetType, loaded: LoadedInputs | LoadedBudgets | None) -> bool:
    return named is UNSET or loaded is None or named.sha256 == loaded.sha256


def _changed(source: PreservedRun, relative: str) -> WorldForgeError:
    return WorldForgeError(
        "the file is not the one that the report was made with",
        code="run.inputs_changed",
        where=Where(f"{source.run_id}/{relative}"),
        hint="See `worldforge runs verify`; restore the file, or run `worldforge benchmark` with the new one.",
    )


def _flags(plan: ReplayPlan, providers: Sequence[str], operations: Sequence[str]) -> Iterator[str]:
    asked = plan.report.run_metadata
    for flag, values in (("--provider", providers), ("--operation", operations)):
        for value in values:
            yield from (flag, value)
    numbers = {
        "--iterations": asked.iterations,
        "--concurrency": asked.concurrency,
        "--warmup": asked.warmup,
        "--rate": asked.rate_per_second,
        "--timeout": asked.timeout_seconds,
    }
    for flag, number in numbers.items():
        if isinstance(number, int | float):
            yield from (flag, str(number).removesuffix(".0"))
    if plan.loaded_inputs is not None:
        yield from ("--input-file", str(plan.source.path / INPUTS))
    if plan.budgets is not None:
        yield from ("--budget-file", str(plan.source.path / BUDGETS))
