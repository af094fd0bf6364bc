"""Decisions that hold whenever somebody stopped: e-values over complete blocks.

A block is one episode of each planned task, so its mean has the same expectation however far the run got. Against each
side of the tested hypothesis stands a test martingale; that it ever reaches 1/alpha while that side is true has a
probability of at most alpha (Ville 1939). So the claim is decided by the highest value at any look, whatever made the
run end.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from msgspec import UNSET

from worldbase.document import significant
from worldflux.audit.rules.v1.given import Given
from worldflux.documents.claim import ExpectedMetric
from worldflux.documents.evidence import Interval, PValue, Reason, SequentialDecision
from worldflux.stats.critical_counts import exact
from worldflux.stats.verdicts import Direction, Hypothesis

if TYPE_CHECKING:
    from worldflux.stats.sequential import EProcess


@dataclass(frozen=True, slots=True)
class Path:
    """The two e-processes of a claim at their looks: for the claim, and against it.

    Attributes:
        looks: Numbers of blocks.
        support: log e for the claim at each look; of several hypotheses, the least.
        refute: log e against it; of several hypotheses, the greatest.
    """

    looks: tuple[int, ...]
    support: tuple[float, ...]
    refute: tuple[float, ...]
    needed: float

    def decision(self) -> tuple[Literal["supported", "refuted"] | None, int | None]:
        """The first side to reach what is needed, and at which block."""
        for look, support, refute in zip(self.looks, self.support, self.refute, strict=True):
            if support >= self.needed:
                return "supported", look
            if refute >= self.needed:
                return "refuted", look
        return None, None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the e-values say of one metric."""

    found: Literal["supported", "refuted"] | None
    trials: int
    interval: Interval
    target: Literal["shown", "not_shown", "contradicted"]
    k_crit: int | None
    k_refute: int | None
    p_value: PValue
    decision: SequentialDecision
    reasons: list[Reason]


def decide(metric: ExpectedMetric, hypotheses: list[Hypothesis], given: Given) -> Outcome | Reason:
    """Decide a metric from complete blocks, or say why nothing can be decided from them."""
    if given.estimand == "task_population" or metric.task is not UNSET:
        message = "A run that ended early is decided over blocks of all listed tasks; for this metric there are none."
        return Reason(code="short_of_plan", message=message)
    path = path_of(hypotheses, given)
    found, block = path.decision()
    tasks = len(given.audit_input.tasks)
    trials = len(given.blocks) * tasks
    best = max(path.support, default=0.0)
    worst = max(path.refute, default=0.0)
    return Outcome(
        found=found,
        trials=trials,
        interval=interval(given, float(1 - 2 * exact(given.rule.alpha))),
        target=_target(hypotheses, given),
        k_crit=_fewest(hypotheses[0], trials) if tasks == 1 and len(hypotheses) == 1 else None,
        k_refute=_fewest(_reversed(hypotheses[0]), trials) if tasks == 1 and len(hypotheses) == 1 else None,
        p_value=PValue(method="e_value", value=significant(min(1.0, math.exp(-max(0.0, best))))),
        decision=SequentialDecision(
            blocks=len(given.blocks),
            log_e_support=significant(best),
            log_e_refute=significant(worst),
            log_e_needed=significant(path.needed),
            decided_at=block,
        ),
        reasons=[*_standing(given), _reason(found, block, best, worst, path.needed, tasks, len(given.blocks))],
    )


def path_of(hypotheses: list[Hypothesis], given: Given) -> Path:
    """Both e-processes at the looks that the protocol's rule allows, or at the default ones."""
    from worldflux.stats.sequential import checkpoint_schedule

    blocks, rule = len(given.blocks), given.protocol.execution.stopping_rule
    looks = checkpoint_schedule(blocks)
    if rule is not UNSET:
        looks = tuple(range(rule.min_blocks, blocks + 1, rule.check_every))
    support = [_process(one, one.direction, given, looks) for one in hypotheses]
    refute = [_process(one, _opposite(one.direction), given, looks) for one in hypotheses]
    return Path(
        looks=looks,
        support=tuple(min(values) for values in zip(*(each.log_e for each in support), strict=True)),
        refute=tuple(max(values) for values in zip(*(each.log_e for each in refute), strict=True)),
        needed=-math.log(given.rule.alpha),
    )


def _process(one: Hypothesis, direction: Direction, given: Given, looks: tuple[int, ...]) -> EProcess:
    from worldflux.stats.sequential import e_process

    return e_process(
        given.blocks,
        tasks=len(given.audit_input.tasks),
        value=float(one.threshold),
        direction=direction,
        alpha=one.alpha,
        checkpoints=looks,
    )


def _opposite(direction: Direction) -> Direction:
    return "below" if direction == "above" else "above"


def interval(given: Given, confidence: float) -> Interval:
    """Bounds of the mean rate that hold at every stopping time."""
    from worldflux.stats.sequential import block_confidence_sequence

    lower, upper = block_confidence_sequence(given.blocks, tasks=len(given.audit_input.tasks), confidence=confidence)
    return Interval(
        method="confidence_sequence",
        confidence=significant(confidence),
        lower=significant(lower),
        upper=significant(upper),
    )


def _target(hypotheses: list[Hypothesis], given: Given) -> Literal["shown", "not_shown", "contradicted"]:
    at_target = [one.against(one.target) for one in hypotheses]
    if len(hypotheses) > 1 or not 0 < at_target[0].threshold < 1:
        return "not_shown"
    found, _ = path_of(at_target, given).decision()
    return {"supported": "shown", "refuted": "contradicted", None: "not_shown"}[found]  # type: ignore[return-value]


def _reversed(one: Hypothesis) -> Hypothesis:
    return Hypothesis(_opposite(one.direction), one.target, one.threshold, one.margin, one.alpha)


def _fewest(one: Hypothesis, trials: int) -> int:
    """Fewest (`below`: most) successes among so many trials of one task whose e-value is enough."""
    from worldflux.stats.sequential import log_e_above

    value = float(one.threshold if one.direction == "above" else 1 - one.threshold)
    low, high = -1, trials + 1
    while high - low > 1:
        middle = (low + high) // 2
        if middle > trials * value and log_e_above(middle, trials, value) >= -math.log(one.alpha):
            high = middle
        else:
            low = middle
    return high if one.direction == "above" else trials - high


def _standing(given: Given) -> list[Reason]:
    denominator = given.ledger.denominator
    if not denominator.not_run:
        return []
    reasons = [
        Reason(
            code="short_of_plan",
            message=f"{denominator.not_run:,} of {denominator.planned:,} planned episodes were never run; the decision "
            "is one that holds whenever somebody stopped.",
        )
    ]
    if given.stops_by_rule:
        message = "The protocol's stopping rule, an e-process over complete blocks, allows an early end."
        return [*reasons, Reason(code="stopping.planned", message=message)]
    message = "The protocol plans no early end, so the test that the plan would have had is not used."
    return [*reasons, Reason(code="stopping.unplanned", message=message)]


def _reason(
    found: str | None, block: int | None, best: float, worst: float, needed: float, tasks: int, blocks: int
) -> Reason:
    unit = "episodes" if tasks == 1 else f"blocks of {tasks:,} tasks"
    if found is None:
        return Reason(
            code="decision.e_value_between",
            message=f"Over {blocks:,} complete {unit} the e-value for the claim is at most {_e(best)} and the one "
            f"against it at most {_e(worst)}; either would decide from {_e(needed)} on.",
        )
    value = best if found == "supported" else worst
    side = "for" if found == "supported" else "against"
    return Reason(
        code="decision.e_value_supported" if found == "supported" else "decision.e_value_refuted",
        message=f"After {block:,} of {blocks:,} complete {unit} the e-value {side} the claim reached {_e(needed)}; "
        f"its highest value is {_e(value)}.",
    )


def _e(log_value: float) -> str:
    """An e-value from its logarithm: 1.4, 20, 1,370, 10^7."""
    if log_value > math.log(1e6):
        return f"10^{log_value / math.log(10):.0f}"
    value = math.exp(log_value)
    return f"{value:.3g}" if value < 100 else f"{value:,.0f}"
