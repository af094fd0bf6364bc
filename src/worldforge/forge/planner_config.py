"""Settings of a controller that plans by sampling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from worldforge.errors import WorldForgeError
from worldforge.values.json_values import require_count, require_number, require_text

_COUNTS = ("horizon", "num_samples", "num_iterations", "num_elites", "execute_k")
_POSITIVE = ("init_std", "min_std", "temperature")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannerConfig:
    """Settings of a controller.

    Attributes:
        horizon: Actions in a sequence.
        num_samples: Sequences scored in each iteration.
        num_iterations: Iterations of one plan.
        num_elites: Best sequences that the cross-entropy method refits to, at most `num_samples`.
        execute_k: Actions that are executed before the next plan, at most `horizon`.
        init_std: Standard deviation at the start, in the parameters' units; at most half of a parameter's range.
        min_std: Standard deviation that is never gone below, at most `init_std`.
        seed: Equal seeds give equal plans; None draws differently every time.
        action_kind: Kind of the actions that are planned.
        action_parameter_bounds: Parameter -> (low, high); its order is the order of the numbers.
        optimizer: `cem` or `mppi`.
        temperature: Of MPPI, in units of the standard deviation of an iteration's costs.
        smoothing: Share of the old distribution that a refit keeps, in [0, 1): more finds narrow ways, later.
        warm_start: Whether a plan starts from the rest of the last one.
    """

    horizon: int = 1
    num_samples: int = 64
    num_iterations: int = 4
    num_elites: int = 8
    execute_k: int = 1
    init_std: float = 1.0
    min_std: float = 1e-3
    seed: int | None = 0
    action_kind: str = "latent_action"
    action_parameter_bounds: Mapping[str, tuple[float, float]] = field(
        default_factory=lambda: {"x": (-1.0, 1.0), "y": (-1.0, 1.0), "z": (-1.0, 1.0)}
    )
    optimizer: Literal["cem", "mppi"] = "cem"
    temperature: float = 0.1
    smoothing: float = 0.0
    warm_start: bool = True

    def __post_init__(self) -> None:
        for name in _COUNTS:
            require_count(getattr(self, name), name, low=1)
        for name in _POSITIVE:
            require_number(getattr(self, name), name, low=1e-12)
        if self.seed is not None:
            require_count(self.seed, "seed")
        require_text(self.action_kind, "action_kind")
        _require(self.num_elites <= self.num_samples, "num_elites is at most num_samples")
        _require(self.execute_k <= self.horizon, "execute_k is at most horizon")
        _require(self.min_std <= self.init_std, "min_std is at most init_std")
        require_number(self.smoothing, "smoothing", low=0, high=0.999)
        _require(self.optimizer in ("cem", "mppi"), "the optimizer is 'cem' or 'mppi'")
        _require(bool(self.action_parameter_bounds), "at least one parameter has bounds")
        for name, bounds in self.action_parameter_bounds.items():
            _require(_rises(name, bounds), f"the bounds of {name!r} are two numbers, the lower one first")

    def to_dict(self) -> dict[str, Any]:
        """The settings as a JSON object."""
        bounds = {name: list(each) for name, each in self.action_parameter_bounds.items()}
        return {
            **{name: getattr(self, name) for name in (*_COUNTS, *_POSITIVE)},
            "seed": self.seed,
            "action_kind": self.action_kind,
            "action_parameter_bounds": bounds,
            "optimizer": self.optimizer,
            "smoothing": self.smoothing,
            "warm_start": self.warm_start,
        }


def _rises(name: str, bounds: Any) -> bool:
    if not isinstance(bounds, tuple | list) or len(bounds) != 2:
        return False
    low, high = bounds
    return require_number(low, name) < require_number(high, name)


def _require(holds: bool, rule: str) -> None:
    if not holds:
        raise WorldForgeError(
            f"the planner's settings cannot be used: {rule}",
            code="planning.config",
            hint="See the docstring of PlannerConfig.",
        )
