"""How far a simulated prediction is to be believed: two numbers in [0, 1], both from residuals that were measured."""

from __future__ import annotations

import math
from collections.abc import Sequence

from worldforge.providers.builtin.mujoco.bodies import Body
from worldforge.providers.builtin.mujoco.simulation import GRAVITY, Outcome


def physics_score(before: Sequence[Body], outcome: Outcome, *, moved: bool) -> float:
    """1 minus the worst of what physics does not allow, each as a share of what would be absurd.

    - Overlap: how deep bodies ever were in each other or in the ground, over the smallest half extent of any of them.
    - Energy out of nowhere: what the bodies gained, over what they had (their kinetic energy, and what it takes to
      lift each by half its height); not asked where a hand did work on them.
    - Slip: how far the moved body is from the hand that holds it, over the same half extent.
    """
    if not before:
        return 1.0
    smallest = _smallest_half_extent(before)
    overlap = outcome.deepest_overlap / smallest
    gain = 0.0 if moved else max(outcome.energy_gained, 0.0) / _energy_scale(before)
    slip = outcome.distance_to_hand / smallest
    return 1 - min(1.0, max(overlap, gain, slip))


def confidence(fine: Outcome, coarse: Outcome) -> float:
    """1 minus the error of the integrator, as a share of the smallest half extent.

    The error is estimated by doubling the time step: it is the largest distance between where a body gets to with
    either. Contacts that depend on the last micrometre show in it.
    """
    if not fine.bodies:
        return 1.0
    pairs = zip(fine.bodies, coarse.bodies, strict=True)
    error = max(math.dist(one.centre, other.centre) for one, other in pairs)
    return 1 - min(1.0, error / _smallest_half_extent(fine.bodies))


def _smallest_half_extent(bodies: Sequence[Body]) -> float:
    return min(extent for body in bodies for extent in body.shape.half_extents)


def _energy_scale(bodies: Sequence[Body]) -> float:
    return sum(
        body.shape.mass * (math.hypot(*body.linear) ** 2 / 2 + GRAVITY * body.shape.half_extents[2]) for body in bodies
    )
