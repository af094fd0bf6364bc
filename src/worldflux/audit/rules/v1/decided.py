"""What deciding one metric gives, whatever the metric."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from worldflux.documents.claim import ExpectedMetric
from worldflux.documents.evidence import MetricEvidence, Reason, Verdict
from worldflux.stats.verdicts import DESIRED_POWER, Hypothesis

DESCRIPTIVE_CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True)
class Decided:
    """A metric's evidence with the reasons for its verdict.

    Attributes:
        hypotheses: What was tested; none where nothing could be.
        observed_verdict: The verdict had lost episodes been left out.
        counts_as: What the metric brings to the claim's verdict, where that is not its own verdict.
    """

    metric: ExpectedMetric
    evidence: MetricEvidence
    hypotheses: list[Hypothesis]
    reasons: list[Reason]
    observed_verdict: Verdict
    flags: list[str] = field(default_factory=list)
    counts_as: Verdict | None = None


def undecided(power: float | None) -> Verdict:
    """What is left when neither side is reached: the plan was too small to expect anything else, or it was not."""
    return "underpowered" if power is not None and power < DESIRED_POWER else "inconclusive"


def verdict_of(found: Literal["supported", "refuted"] | None, power: float | None) -> Verdict:
    """The verdict of a decision that may have been reached."""
    return found or undecided(power)
