"""The right package read as a reproduction of the left one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from worldflux.audit.comparing import wording
from worldflux.audit.comparing.conditions import GATE
from worldflux.audit.comparing.effects import ALPHA, Design
from worldflux.audit.comparing.shapes import Condition, Replication
from worldflux.documents.evidence import Reason
from worldflux.stats.comparison import Comparison


def gate_of(conditions: Sequence[Condition]) -> list[Condition]:
    """The conditions that a reproduction has to share, in order."""
    by_name = {condition.name: condition for condition in conditions}
    return [by_name[name] for name in GATE]


def bars(gate: Sequence[Condition]) -> Iterator[Reason]:
    """What is known to differ is no reproduction; what is unknown is shown and bars nothing."""
    for condition in gate:
        if condition.status == "differs":
            yield Reason(
                code="not_comparable.gate",
                message=f"A reproduction needs the same {condition.name}; it is {condition.left} on the left and "
                f"{condition.right} on the right.",
            )


def replication(
    gate: list[Condition], design: Design | None, compared: Comparison | None, asked_points: float | None
) -> Replication:
    """Say within how many points the result was reproduced.

    Within how many points: the end of the 95% interval that lies farther from 0, rounded up to a tenth. Whether it is
    within what was asked: two one-sided tests (Schuirmann 1987, Journal of Pharmacokinetics and Biopharmaceutics 15,
    657-680), here as the interval of confidence 1 - 2 alpha lying wholly inside.

    Args:
        gate: What has to be the same.
        design: How the two sides are compared; None where they are not comparable.
        compared: The comparison.
        asked_points: The margin of `--within`.
    """
    if design is None or compared is None:
        return Replication(gate, None, asked_points, None if asked_points is None else False)
    within = wording.points_at_least(_farther_end(compared))
    if asked_points is None:
        return Replication(gate, within, None, None)
    return Replication(gate, within, asked_points, 100 * _farther_end(design.compare(2 * ALPHA)) < asked_points)


def _farther_end(compared: Comparison) -> float:
    return max(abs(compared.lower), abs(compared.upper))
