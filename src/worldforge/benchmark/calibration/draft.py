"""Budgets drafted from reports that were kept.

Several reports are combined so that each of them would have kept the draft: of latencies the worst upper bound of their
intervals counts, of counts the highest, of success rates and throughputs the lowest. Nothing here replaces a budget
that is in force: a draft that is looser than it says so, and a person decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import Final, Literal, NamedTuple, get_args

from msgspec import UNSET

from worldbase.errors import UsageError
from worldforge.benchmark.budgets import ANY, LoadedBudgets
from worldforge.benchmark.calibration.document import (
    BaselineContext,
    Calibration,
    Change,
    CurrentBudget,
    Diff,
    SourceEntry,
)
from worldforge.benchmark.report import BenchmarkReport, BenchmarkResult, Budget
from worldforge.provenance import Machine

UNKNOWN: Final = "unknown"
MIXED: Final = "mixed"
DEFAULT_RATIONALE: Final = "calibrated from preserved baseline reports"
MOST_HEADROOM: Final = 10.0

Metric = Literal[
    "min_success_rate",
    "max_error_count",
    "max_retry_count",
    "max_average_latency_ms",
    "max_p95_latency_ms",
    "min_throughput_per_second",
]
METRICS: Final[tuple[Metric, ...]] = get_args(Metric)

# Latencies keep four significant digits: one of a microsecond is not rounded to a tenth of one.
_UP: Final = Context(prec=4, rounding=ROUND_CEILING)
_DOWN: Final = Context(prec=4, rounding=ROUND_FLOOR)
_RATE: Final = Decimal("0.0001")


class SourceReport(NamedTuple):
    """A report with the name and the `sha256:` digest of the file that it came from."""

    name: str
    sha256: str
    report: BenchmarkReport


class _Baseline(NamedTuple):
    """What the reports show of one operation, combined: metric -> the worst, None where nothing was measured."""

    provider: str
    operation: str
    observed: dict[Metric, float | None]


def calibrate(
    reports: Sequence[SourceReport],
    *,
    generated_at: str,
    current: LoadedBudgets | None = None,
    headroom_ratio: float = 0.25,
    rationale: str = DEFAULT_RATIONALE,
    machine_class: str | None = None,
    allow_mixed_machines: bool = False,
) -> Calibration:
    """Draft budgets from reports.

    Args:
        reports: At least one.
        generated_at: UTC.
        current: The budgets in force.
        headroom_ratio: From 0 to 10: 0.25 allows latencies a quarter above the worst that was seen.
        rationale: Why; every row carries it.
        machine_class: What the caller calls the machine; kept beside what the reports say.
        allow_mixed_machines: Whether one draft may stand for several classes of machines.

    Raises:
        UsageError: `calibration.no_report`, `calibration.argument`, `calibration.mixed_machines`,
            `calibration.mixed_inputs`.
    """
    _require(reports, headroom_ratio, rationale)
    context = _context(reports, machine_class, allow_mixed=allow_mixed_machines)
    baselines = list(_baselines(reports))
    in_force = current.budgets if current else ()
    drafts = [_draft(baseline, headroom_ratio) for baseline in baselines]
    kept = [budget for budget in in_force if not any(_applies(budget, baseline) for baseline in baselines)]
    diffs = [diff for pair in zip(baselines, drafts, strict=True) for diff in _diffs(*pair, in_force, rationale)]
    diffs += [diff for budget in in_force for diff in _uncovered(budget, baselines, rationale)]
    return Calibration(
        generated_at=generated_at,
        source_reports=[_entry(source) for source in reports],
        baseline_context=context,
        headroom_ratio=headroom_ratio,
        current_budget=CurrentBudget(path=current.name, sha256=f"sha256:{current.sha256}") if current else None,
        candidate_budgets=[*drafts, *kept],
        diffs=diffs,
        review_required=any(diff.review_required for diff in diffs),
        rationale=rationale,
    )


def _require(reports: Sequence[SourceReport], headroom_ratio: float, rationale: str) -> None:
    if not reports:
        raise UsageError(
            "there is no report to calibrate from",
            code="calibration.no_report",
            hint="Give --report, several times for several reports.",
        )
    if not 0 <= headroom_ratio <= MOST_HEADROOM or not rationale.strip():
        raise UsageError(
            "the headroom ratio is not from 0 to 10, or the rationale is blank",
            code="calibration.argument",
            hint="Give for example: --headroom-ratio 0.25 --rationale 'new release of the provider'",
        )


def _context(reports: Sequence[SourceReport], declared: str | None, *, allow_mixed: bool) -> BaselineContext:
    machines = [_machine(source.report) for source in reports]
    classes = sorted({machine.machine_class if machine else UNKNOWN for machine in machines})
    if len(classes) > 1 and not allow_mixed:
        raise UsageError(
            f"the reports were measured on machines of {len(classes)} classes: {', '.join(classes)}",
            code="calibration.mixed_machines",
            hint="Calibrate each by itself, or pass --allow-mixed-machines.",
        )
    origins = [source.report.provenance for source in reports]
    return BaselineContext(
        machine_class=classes[0] if len(classes) == 1 else MIXED,
        machine_classes=classes,
        declared_machine_class=declared,
        python=sorted({machine.python for machine in machines if machine}),
        worldforge_versions=sorted({origin.worldforge_version for origin in origins if origin is not UNSET}),
        sample_count=sum(result.iterations for source in reports for result in source.report.results),
    )


def _baselines(reports: Sequence[SourceReport]) -> Iterator[_Baseline]:
    """What each operation of each provider shows, in the order in which they first come."""
    found: dict[tuple[str, str], list[tuple[str | None, BenchmarkResult]]] = {}
    for source in reports:
        for result in source.report.results:
            found.setdefault((result.provider, result.operation), []).append((_input_digest(source.report), result))
    for (provider, operation), measured in found.items():
        if len({digest for digest, _ in measured if digest is not None}) > 1:
            raise UsageError(
                f"the reports measure {provider}/{operation} with different inputs",
                code="calibration.mixed_inputs",
                hint="Give reports of one input fixture; `worldforge runs compare` shows the digests.",
            )
        yield _Baseline(provider, operation, _worst([result for _, result in measured]))


def _worst(results: Sequence[BenchmarkResult]) -> dict[Metric, float | None]:
    return {
        "min_success_rate": min(result.success_count / max(result.iterations, 1) for result in results),
        "max_error_count": max(result.error_count for result in results),
        "max_retry_count": max(result.retry_count for result in results),
        "max_average_latency_ms": _highest(_upper(result, "average_latency_ms") for result in results),
        "max_p95_latency_ms": _highest(_upper(result, "p95_latency_ms") for result in results),
        "min_throughput_per_second": min(result.throughput_per_second for result in results),
    }


def _upper(result: BenchmarkResult, name: str) -> float | None:
    """The upper bound of a latency's interval; the latency where it has none."""
    point: float | None = getattr(result, name)
    bounds = None if result.intervals is UNSET else result.intervals.get(name)
    return point if bounds is None or point is None else max(point, bounds[1])


def _highest(latencies: Iterable[float | None]) -> float | None:
    """The highest; None where a report measured none, since then no threshold can hold for it."""
    known = list(latencies)
    measured = [latency for latency in known if latency is not None]
    return max(measured) if len(measured) == len(known) else None


def _draft(baseline: _Baseline, headroom: float) -> Budget:
    """The thresholds that the baseline keeps, rounded towards keeping them."""
    observed = baseline.observed
    rate, throughput = observed["min_success_rate"] or 0.0, observed["min_throughput_per_second"] or 0.0
    return Budget(
        provider=baseline.provider,
        operation=baseline.operation,
        min_success_rate=float(Decimal(rate).quantize(_RATE, rounding=ROUND_FLOOR)),
        max_error_count=int(observed["max_error_count"] or 0),
        max_retry_count=int(observed["max_retry_count"] or 0),
        max_average_latency_ms=_with_headroom(observed["max_average_latency_ms"], headroom),
        max_p95_latency_ms=_with_headroom(observed["max_p95_latency_ms"], headroom),
        min_throughput_per_second=float(_DOWN.create_decimal_from_float(throughput / (1 + headroom))),
    )


def _with_headroom(latency: float | None, headroom: float) -> float | None:
    return None if latency is None else float(_UP.create_decimal_from_float(latency * (1 + headroom)))


def _diffs(baseline: _Baseline, draft: Budget, in_force: Sequence[Budget], rationale: str) -> Iterator[Diff]:
    for metric in METRICS:
        old = _strictest(metric, [budget for budget in in_force if _applies(budget, baseline)])
        new: float | None = getattr(draft, metric)
        if old is None and new is None:
            continue
        change = _change(metric, old, new)
        yield Diff(
            provider=baseline.provider,
            operation=baseline.operation,
            metric=metric,
            old_threshold=old,
            candidate_threshold=new,
            observed_baseline=baseline.observed[metric],
            change=change,
            review_required=change in ("looser", "dropped"),
            rationale=rationale,
        )


def _uncovered(budget: Budget, baselines: Sequence[_Baseline], rationale: str) -> Iterator[Diff]:
    """Budgets in force that nothing was measured for, and those that held for more than was measured."""
    matched = any(_applies(budget, baseline) for baseline in baselines)
    if matched and budget.provider is not None and budget.operation is not None:
        return
    for metric in METRICS:
        old: float | None = getattr(budget, metric)
        if old is not None:
            yield Diff(
                provider=budget.provider or ANY,
                operation=budget.operation or ANY,
                metric=metric,
                old_threshold=old,
                candidate_threshold=None if matched else old,
                observed_baseline=None,
                change="dropped" if matched else "not_measured",
                review_required=True,
                rationale=(
                    f"{rationale}; the draft names each operation that was measured, and guards no other"
                    if matched
                    else f"{rationale}; nothing was measured for it, so that it is kept as it is"
                ),
            )


def _applies(budget: Budget, baseline: _Baseline) -> bool:
    return budget.provider in (None, baseline.provider) and budget.operation in (None, baseline.operation)


def _strictest(metric: Metric, budgets: Iterable[Budget]) -> float | None:
    thresholds: list[float] = [found for budget in budgets if (found := getattr(budget, metric)) is not None]
    if not thresholds:
        return None
    return max(thresholds) if metric.startswith("min_") else min(thresholds)


def _change(metric: Metric, old: float | None, new: float | None) -> Change:
    if old is None:
        return "new"
    if new is None:
        return "dropped"
    if old == new:
        return "unchanged"
    return "looser" if (new < old) == metric.startswith("min_") else "tighter"


def _entry(source: SourceReport) -> SourceEntry:
    origin = source.report.provenance
    return SourceEntry(
        path=source.name,
        sha256=source.sha256,
        created_at=None if origin is UNSET else origin.created_at,
        command=[] if origin is UNSET else origin.command,
        iterations=source.report.run_metadata.iterations,
        input_digest=_input_digest(source.report),
        machine=_machine(source.report),
    )


def _machine(report: BenchmarkReport) -> Machine | None:
    origin = report.provenance
    return None if origin is UNSET or origin.machine is UNSET else origin.machine


def _input_digest(report: BenchmarkReport) -> str | None:
    if report.provenance is not UNSET and report.provenance.input_digest is not None:
        return report.provenance.input_digest
    file = report.run_metadata.input_file
    return None if file is UNSET else f"sha256:{file.sha256}"
