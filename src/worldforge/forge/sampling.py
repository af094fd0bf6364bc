"""A Gaussian over sequences of actions, and the two ways in which it is narrowed down.

The cross-entropy method refits it to the best samples (Rubinstein 1999, Methodology and Computing in Applied
Probability 1, 127-190; for control: Chua et al. 2018, NeurIPS 31, section 5). Model-predictive path integral control
refits it to all samples, weighted by exp(-cost / temperature) (Williams et al. 2017, ICRA, 1714-1721); the temperature
counts in standard deviations of the costs, so that it does not depend on the provider's unit. In both, the standard
deviation is refitted too, and never falls below `min_std`.

Samples that break the host's constraints rank behind those that keep them, and among themselves by how much they break
them (Deb 2000, Computer Methods in Applied Mechanics and Engineering 186, 311-338). So no weight between a constraint
and a provider's cost has to be chosen.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

from worldforge.forge.planner_config import PlannerConfig

Plan: TypeAlias = tuple[tuple[float, ...], ...]
"""A sequence of actions as numbers, shape (horizon, parameters)."""


class Scored(NamedTuple):
    """A sample and what became of it; smaller is better.

    Attributes:
        violation: How far it breaks the host's constraints; 0 where it keeps them.
        cost: The provider's score, turned so that less is better.
        plan: The sample.
    """

    violation: float
    cost: float
    plan: Plan


class Gaussian(NamedTuple):
    """Independent normal distributions, cut at the bounds.

    Attributes:
        mean: Shape (horizon, parameters).
        std: The same shape.
    """

    mean: Plan
    std: Plan


class Sampler:
    """Draws from a Gaussian and refits it, as the settings say."""

    def __init__(self, config: PlannerConfig) -> None:
        self._config = config

    def start(self, mean: Plan | None) -> Gaussian:
        """The distribution that a plan starts from: around a mean, or the middle of the bounds."""
        bounds = list(self._config.action_parameter_bounds.values())
        middle = tuple((low + high) / 2 for low, high in bounds)
        spread = tuple(min(self._config.init_std, (high - low) / 2) for low, high in bounds)
        horizon = self._config.horizon
        return Gaussian(mean or (middle,) * horizon, (spread,) * horizon)

    def draw(self, gaussian: Gaussian, best: Plan | None, source: random.Random) -> list[Plan]:
        """Samples of one iteration; the best plan so far and the mean are worth as much as any."""
        kept = [gaussian.mean] if best is None else [best, gaussian.mean]
        count = self._config.num_samples
        return [*kept, *(self._sample(gaussian, source) for _ in range(count - len(kept)))][:count]

    def refit(self, ranked: Sequence[Scored], old: Gaussian) -> Gaussian:
        """The distribution that fits the samples, which come best first; smoothed with the old one."""
        chosen, weights = self._weighted(ranked)
        total = math.fsum(weights)
        mean, std = [], []
        for step in range(self._config.horizon):
            columns = list(zip(*(each.plan[step] for each in chosen), strict=True))
            centres = tuple(_dot(weights, column) / total for column in columns)
            spreads = (
                math.sqrt(_dot(weights, [(value - centre) ** 2 for value in column]) / total)
                for centre, column in zip(centres, columns, strict=True)
            )
            mean.append(self._smoothed(centres, old.mean[step]))
            std.append(tuple(max(spread, self._config.min_std) for spread in self._smoothed(spreads, old.std[step])))
        return Gaussian(tuple(mean), tuple(std))

    def _smoothed(self, new: Iterable[float], old: Iterable[float]) -> tuple[float, ...]:
        kept = self._config.smoothing
        return tuple((1 - kept) * value + kept * before for value, before in zip(new, old, strict=True))

    def _sample(self, gaussian: Gaussian, source: random.Random) -> Plan:
        gauss = source.gauss
        bounds = self._config.action_parameter_bounds.values()
        return tuple(
            tuple(
                min(max(gauss(centre, spread), low), high)
                for centre, spread, (low, high) in zip(centres, spreads, bounds, strict=True)
            )
            for centres, spreads in zip(gaussian.mean, gaussian.std, strict=True)
        )

    def _weighted(self, ranked: Sequence[Scored]) -> tuple[Sequence[Scored], list[float]]:
        if self._config.optimizer == "cem":
            elites = ranked[: self._config.num_elites]
            return elites, [1.0] * len(elites)
        kept = [each for each in ranked if each.violation == 0]
        chosen, losses = (kept, [each.cost for each in kept]) if kept else (ranked, [each.violation for each in ranked])
        middle = math.fsum(losses) / len(losses)
        spread = math.sqrt(math.fsum((loss - middle) ** 2 for loss in losses) / len(losses))
        scale = self._config.temperature * spread or 1.0
        return chosen, [math.exp((losses[0] - loss) / scale) for loss in losses]


def _dot(weights: Sequence[float], values: Sequence[float]) -> float:
    return sum(weight * value for weight, value in zip(weights, values, strict=True))
