"""What one trial of a scenario came to, checked where it is said."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from worldforge.errors import WorldForgeError
from worldforge.values.json_values import require_json, require_number


class OutcomeError(WorldForgeError):
    """A scenario returned what is no outcome: its author's mistake, and no failure of the provider."""


@dataclass(frozen=True, slots=True)
class ScenarioOutcome:
    """The outcome of one trial.

    Attributes:
        score: In [0, 1].
        passed: Whether the contract was kept; True or False, nothing that only counts as such.
        metrics: JSON object with string keys and finite numbers.

    Raises:
        OutcomeError: `outcome.invalid`.
    """

    score: float
    passed: bool
    metrics: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "score", require_number(self.score, "the score", low=0, high=1))
            require_json(self.metrics, "metrics")
            msgspec.json.encode(self.metrics)
        except WorldForgeError as error:
            raise _invalid(error.message) from None
        except UnicodeEncodeError:
            raise _invalid("a text in the metrics holds a lone surrogate, which UTF-8 cannot carry") from None
        if not isinstance(self.passed, bool):
            raise _invalid(f"passed is {self.passed!r:.40}, not True or False")
        if not isinstance(self.metrics, dict):
            raise _invalid(f"metrics are a {type(self.metrics).__name__}, not an object")

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> ScenarioOutcome:
        """Read the JSON form, `{"score": ..., "passed": ..., "metrics": {...}}`.

        Raises:
            OutcomeError: `outcome.invalid`, also for a key that is missing or unknown.
        """
        if unknown := sorted(map(str, set(value) - {"score", "passed", "metrics"})):
            raise _invalid(f"unknown keys: {', '.join(unknown)[:80]}")
        if missing := [key for key in ("score", "passed") if key not in value]:
            raise _invalid(f"missing: {', '.join(missing)}")
        return cls(value["score"], value["passed"], value.get("metrics", {}))


def _invalid(message: str) -> OutcomeError:
    return OutcomeError(
        f"a scenario's outcome cannot be used: {message}",
        code="outcome.invalid",
        hint="Return context.outcome(score=..., passed=..., metrics={...}).",
    )
