"""A benchmark run again, from the run's own inputs, budgets and numbers: does the same happen?

What happened (calls, errors, retries) is compared by the digest that both envelopes carry. How long it took is not: two
processes differ in that by nature, and comparing it takes a noise model.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
from msgspec import UNSET

from worldbase.redact import redact_text
from worldbase.tables import text_table
from worldforge.benchmark.budgets import check_budgets
from worldforge.benchmark.envelope import OUTCOMES, ReportContext
from worldforge.benchmark.harness import ProviderBenchmarkHarness
from worldforge.benchmark.measuring.selection import select
from worldforge.benchmark.report import BenchmarkReport, BenchmarkResult, GateReport
from worldforge.forge.facade import WorldForge
from worldforge.runs.benchmark_run import keep_benchmark
from worldforge.runs.kept_report import keep_report
from worldforge.runs.replay_plan import ReplayPlan
from worldforge.runs.workspace import RUNS, RunWorkspace

Outcome = Literal["equal", "differs", "unknown"]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened otherwise than before; null where there is no such result."""

    provider: str
    operation: str
    field: str
    before: Any
    now: Any


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """A replay that has been run.

    Attributes:
        run_id: The new run.
        replay_of: The run that it repeats.
        path: Folder of the new run, relative to the workspace.
        outcome: Whether the same happened, by `result_digest`; `unknown` where the older run has none of this form.
        changes: What happened otherwise.
        gate: What the run's budgets say now; null where it had none.
    """

    run_id: str
    replay_of: str
    path: str
    outcome: Outcome
    changes: list[Change]
    gate: GateReport | None


def replay(
    plan: ReplayPlan,
    forge: WorldForge,
    *,
    workspace: Path,
    argv: Sequence[str],
    on_call: Callable[[], None] = lambda: None,
) -> Replayed:
    """Run a benchmark again, into a new run.

    Args:
        plan: What to run.
        forge: Where the providers are.
        workspace: Where the new run goes.
        argv: The command, for the record.
        on_call: Told of every call that was measured.

    Raises:
        UnknownProviderError: A provider is not here.
        CapabilityError: A provider has none of the operations any more.
        StorageError: `file.unwritable`.
    """
    asked = plan.report.run_metadata
    # Whatever cannot be measured is refused before a run is made for it.
    select(forge, plan.providers, plan.operations, intersect=True)
    with RunWorkspace.create(
        workspace,
        kind="benchmark",
        argv=argv,
        provider=",".join(plan.providers),
        operation=",".join(plan.operations),
        input_summary=_summary(plan),
        replay_of=plan.source.run_id,
    ) as run:
        report = ProviderBenchmarkHarness(forge=forge).run(
            plan.providers,
            plan.operations,
            asked.iterations,
            asked.concurrency,
            plan.inputs,
            warmup=_or(asked.warmup, 1),
            rate=_or(asked.rate_per_second, None),
            timeout=_or(asked.timeout_seconds, None),
            intersect_operations=True,
            on_sample=lambda _: on_call(),
            on_event=run.event,
            context=_context(plan, argv),
        )
        gate = None if plan.budgets is None else check_budgets(report, plan.budgets.budgets)
        keep_report(workspace, report, run.run_id)
        keep_benchmark(
            run,
            report,
            inputs=plan.loaded_inputs.data if plan.loaded_inputs else None,
            budgets=plan.budgets.data if plan.budgets else None,
            gate=gate,
        )
    changes = list(_changes(plan.report.results, report.results))
    return Replayed(
        run_id=run.run_id,
        replay_of=redact_text(plan.source.run_id),
        path=f"{RUNS}/{run.run_id}",
        outcome=_outcome(plan.report, report),
        changes=changes,
        gate=gate,
    )


def replay_text(replayed: Replayed, *, workspace: Path, source: Path) -> str:
    """What a replay found, for people."""
    rows = [
        [change.provider, change.operation, change.field, str(change.before), str(change.now)]
        for change in replayed.changes
    ]
    table = text_table(("provider", "operation", "what", "before", "now"), rows) if rows else ""
    gate = "" if replayed.gate is None else f"The budgets {'hold' if replayed.gate.passed else 'do NOT hold'}.\n"
    compare = ["worldforge", "runs", "compare", str(source), str(workspace / replayed.path), "--mode", "regression"]
    return (
        f"{replayed.run_id} repeats {replayed.replay_of}: {_SAID[replayed.outcome]}\n{table}{gate}"
        f"Timings are compared by: {shlex.join(compare)}\n"
    )


_SAID: Final[dict[Outcome, str]] = {
    "equal": "the same happened",
    "differs": "something else happened",
    "unknown": "whether the same happened cannot be said, for the older report has no digest of outcomes",
}


def _summary(plan: ReplayPlan) -> dict[str, Any]:
    asked = plan.report.run_metadata
    return {
        "providers": plan.providers,
        "operations": plan.operations,
        "iterations": asked.iterations,
        "concurrency": asked.concurrency,
        "warmup": _or(asked.warmup, 1),
        "rate_per_second": _or(asked.rate_per_second, None),
        "timeout_seconds": _or(asked.timeout_seconds, None),
        "preset": _or(asked.preset, None),
        "replay_of": plan.source.run_id,
    }


def _context(plan: ReplayPlan, argv: Sequence[str]) -> ReportContext:
    asked = plan.report.run_metadata
    return ReportContext(
        command=tuple(argv),
        input_file=_or(asked.input_file, None),
        budget_file=_or(asked.budget_file, None),
        preset=_or(asked.preset, None),
        notes=f"Replay of {plan.source.run_id}",
    )


def _or(value: Any, default: Any) -> Any:
    return default if value is UNSET else value


def _outcome(before: BenchmarkReport, now: BenchmarkReport) -> Outcome:
    old, new = before.provenance, now.provenance
    if old is UNSET or new is UNSET or old.timing_digest is UNSET:
        return "unknown"
    return "equal" if old.result_digest == new.result_digest else "differs"


def _changes(before: Sequence[BenchmarkResult], now: Sequence[BenchmarkResult]) -> Iterator[Change]:
    old = {(result.provider, result.operation): result for result in before}
    new = {(result.provider, result.operation): result for result in now}
    for provider, operation in dict.fromkeys([*old, *new]):
        first, second = old.get((provider, operation)), new.get((provider, operation))
        for field in OUTCOMES:
            pair = _field(first, field), _field(second, field)
            if UNSET not in pair and pair[0] != pair[1]:
                yield Change(
                    provider=redact_text(provider),
                    operation=redact_text(operation),
                    field=field,
                    before=pair[0],
                    now=pair[1],
                )


def _field(result: BenchmarkResult | None, name: str) -> Any:
    return None if result is None else getattr(result, name)
