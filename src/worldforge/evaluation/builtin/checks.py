"""What a trial measured against what it allows: a pass is every check, a score how near all of them came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from worldforge.evaluation.context import EvaluationContext
from worldforge.evaluation.outcome import ScenarioOutcome

_HOPELESS: Final = 10.0
"""An error of so many tolerances scores as little as any larger one."""


class Check(NamedTuple):
    """One thing that is measured.

    Attributes:
        name: The metric; the unit is part of it.
        error: How far off, at least 0; None where it could not be measured, which fails.
        tolerance: How far off it may be; 0 for what is either so or not.
    """

    name: str
    error: float | None
    tolerance: float

    @property
    def passed(self) -> bool:
        """Whether the error is within the tolerance."""
        return self.error is not None and self.error <= self.tolerance

    @property
    def nearness(self) -> float:
        """1 within the tolerance, and from there down to 0 at ten times that."""
        if self.error is None or self.passed:
            return float(self.passed)
        if self.tolerance == 0:
            return 0.0
        return max(0.0, 1 - (self.error / self.tolerance - 1) / (_HOPELESS - 1))


def holds(name: str, fact: bool) -> Check:
    """A check of something that is either so or not."""
    return Check(name, 0.0 if fact else 1.0, 0.0)


def judged(context: EvaluationContext, checks: Sequence[Check], **more: Any) -> ScenarioOutcome:
    """The outcome of a trial: passed where every check is, scored by the mean of their nearness.

    Args:
        context: The trial.
        checks: What was measured. Facts become booleans in the metrics, errors stand beside what they may be.
        **more: Other metrics.
    """
    metrics: dict[str, Any] = {}
    for check in checks:
        if check.tolerance == 0:
            metrics[check.name] = check.passed
        else:
            metrics[check.name] = check.error
            metrics[f"{check.name}_allowed"] = check.tolerance
    return context.outcome(
        score=sum(check.nearness for check in checks) / len(checks),
        passed=all(check.passed for check in checks),
        metrics={**metrics, **more},
    )
