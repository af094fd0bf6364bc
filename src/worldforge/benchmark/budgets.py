"""Budgets: thresholds that a benchmark has to keep, and the gate that says whether it did."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal, NamedTuple

import msgspec

from worldbase import strictjson
from worldbase.document import Document, convert
from worldbase.errors import InputError, Problem, Where
from worldbase.redact import redact_value
from worldforge.benchmark.report import BenchmarkReport, BenchmarkResult, Budget, BudgetViolation, GateReport

ANY: Final = "*"
_IN_LIST: Final = "/budgets"

Condition = Literal["<=", ">="]

# Threshold of a budget -> what it is held against, and what has to hold.
_CHECKS: Final[dict[str, tuple[str, Condition]]] = {
    "min_success_rate": ("success_rate", ">="),
    "max_error_count": ("error_count", "<="),
    "max_retry_count": ("retry_count", "<="),
    "max_average_latency_ms": ("average_latency_ms", "<="),
    "max_p95_latency_ms": ("p95_latency_ms", "<="),
    "min_throughput_per_second": ("throughput_per_second", ">="),
}


class BudgetsDocument(Document, frozen=True, kw_only=True):
    """A file of budgets. A bare list of budgets is the same without metadata.

    Attributes:
        budgets: At least one.
        metadata: What the file says of itself.
    """

    schema_name: ClassVar[str] = "worldforge.budgets.v1"
    shown_by: ClassVar[str] = "worldforge"

    budgets: Annotated[list[Budget], msgspec.Meta(min_length=1)]
    metadata: dict[str, Any] = msgspec.field(default_factory=dict)

    def problems(self, file: str) -> Iterator[Problem]:
        """Yield budgets that allow everything, and selectors that can match nothing."""
        for index, budget in enumerate(self.budgets):
            pointer = f"{_IN_LIST}/{index}"
            if all(getattr(budget, threshold) is None for threshold in _CHECKS):
                message = f"the budget has no threshold; known: {', '.join(_CHECKS)}"
                yield Problem("budget.no_threshold", message, Where(file, pointer))
            for selector in ("provider", "operation"):
                if getattr(budget, selector) is not None and not getattr(budget, selector).strip():
                    message = "a blank selector matches nothing; leave it out to match everything"
                    yield Problem("budget.blank_selector", message, Where(file, f"{pointer}/{selector}"))


class LoadedBudgets(NamedTuple):
    """Budgets with the file that they came from.

    Attributes:
        budgets: In the order of the file.
        metadata: What the file says of itself, redacted.
        name: Name of the file, without its folders.
        sha256: Raw hex digest of its bytes.
        data: Its bytes.
    """

    budgets: tuple[Budget, ...]
    metadata: dict[str, Any]
    name: str
    sha256: str
    data: bytes


def load_budgets(path: Path) -> LoadedBudgets:
    """Read a file of budgets.

    Raises:
        InputError: What `parse_budgets` raises; `file.missing` or `file.unreadable`.
    """
    return parse_budgets(strictjson.read_bytes(path), name=path.name, file=str(path))


def parse_budgets(data: bytes, *, name: str, file: str | None = None) -> LoadedBudgets:
    """Read budgets from the bytes of a file: a list that is not empty, or `{"budgets": [...], "metadata": {...}}`.

    Args:
        data: The bytes.
        name: Name of the file, without its folders.
        file: What messages call it; the name where not given.

    Raises:
        InputError: `document.invalid` with one problem per fault: unknown keys, numbers out of range, a budget without
            a threshold; or what `strictjson.parse` raises, for NaN among others.
    """
    shown = name if file is None else file
    value = strictjson.parse(data, file=shown)
    listed = isinstance(value, list)
    try:
        document = convert({"budgets": value} if listed else value, BudgetsDocument, file=shown)
    except InputError as error:
        raise _as_in_the_list(error) if listed else error from None
    digest = hashlib.sha256(data).hexdigest()
    return LoadedBudgets(
        tuple(document.budgets), document.metadata and redact_value(document.metadata), name, digest, data
    )


def check_budgets(report: BenchmarkReport, budgets: Sequence[Budget]) -> GateReport:
    """Hold a report against budgets.

    Every budget applies to every result that its selector matches. A budget that matches none is violated, and so is a
    threshold for which nothing was measured, such as a latency where no call succeeded.
    """
    violations: list[BudgetViolation] = []
    checked: set[tuple[str, str]] = set()
    for budget in budgets:
        matching = [result for result in report.results if _matches(budget, result)]
        checked.update((result.provider, result.operation) for result in matching)
        violations += [violation for result in matching for violation in _violations(budget, result)]
        if not matching:
            violations.append(_unmatched(budget))
    return GateReport(
        passed=not violations,
        budget_count=len(budgets),
        checked_result_count=len(checked),
        violation_count=len(violations),
        budgets=list(budgets),
        violations=violations,
    )


def selector(budget: Budget) -> str:
    """What a budget applies to, such as `mock/predict`, `mock/*` or `*/*`."""
    return f"{budget.provider or ANY}/{budget.operation or ANY}"


def _as_in_the_list(error: InputError) -> InputError:
    """The same error with the places of a file that is the list itself."""
    return InputError(
        error.message,
        code=error.code,
        where=_place_in_the_list(error.where) if error.where else None,
        hint=error.hint,
        problems=[problem._replace(where=_place_in_the_list(problem.where)) for problem in error.problems],
    )


def _place_in_the_list(where: Where) -> Where:
    return where._replace(pointer=where.pointer.removeprefix(_IN_LIST)) if where.pointer else where


def _matches(budget: Budget, result: BenchmarkResult) -> bool:
    return budget.provider in (None, ANY, result.provider) and budget.operation in (None, ANY, result.operation)


def _violations(budget: Budget, result: BenchmarkResult) -> Iterator[BudgetViolation]:
    for name, (metric, condition) in _CHECKS.items():
        threshold = getattr(budget, name)
        if threshold is None:
            continue
        observed = _observed(result, metric)
        if observed is None or (observed < threshold if condition == ">=" else observed > threshold):
            yield BudgetViolation(
                provider=result.provider,
                operation=result.operation,
                metric=metric,
                observed=observed,
                threshold=threshold,
                condition=condition,
                budget_selector=selector(budget),
            )


def _observed(result: BenchmarkResult, metric: str) -> float | None:
    if metric == "success_rate":
        return result.success_count / result.iterations if result.iterations else None
    observed: float | None = getattr(result, metric)
    return observed


def _unmatched(budget: Budget) -> BudgetViolation:
    return BudgetViolation(
        provider=budget.provider or ANY,
        operation=budget.operation or ANY,
        metric="matching_results",
        observed=0,
        threshold=1,
        condition=">=",
        budget_selector=selector(budget),
    )
