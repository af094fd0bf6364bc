"""What a suite is: scenarios with a version and a claim boundary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from worldforge.capabilities.names import CAPABILITIES, Capability
from worldforge.errors import WorldForgeError
from worldforge.evaluation.documents import CLAIM_BOUNDARY, METRIC_SEMANTICS, SUITE_VERSION
from worldforge.evaluation.scenario import EvaluationScenario
from worldforge.evaluation.wording import carried

_TEXTS = ("suite_id", "name", "suite_version", "claim_boundary", "metric_semantics")


@dataclass(frozen=True, slots=True)
class SuiteDefinition:
    """A list of scenarios under one id and version.

    Attributes:
        suite_id: Such as `planning`.
        name: Title.
        scenarios: At least one; their names differ.
        suite_version: The author's own, bumped when inputs, metrics or the meaning of a pass change.
        claim_boundary: What a report of this suite does not show.
        metric_semantics: What its numbers mean.
        providers: Implementations that come with the suite, such as the reference policy of a task: what
            `WorldForge.register` takes. One that is asked for by its name, and that the forge does not know, is
            registered there.
    """

    suite_id: str
    name: str
    scenarios: tuple[EvaluationScenario, ...]
    suite_version: str = SUITE_VERSION
    claim_boundary: str = CLAIM_BOUNDARY
    metric_semantics: str = METRIC_SEMANTICS
    providers: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        for field in _TEXTS:
            object.__setattr__(self, field, carried(getattr(self, field), f"a suite's {field}"))
        object.__setattr__(self, "scenarios", tuple(self.scenarios))
        object.__setattr__(self, "providers", tuple(self.providers))
        if not all(isinstance(scenario, EvaluationScenario) for scenario in self.scenarios):
            raise _unusable(self.suite_id, "holds what is no EvaluationScenario")
        if not all(isinstance(getattr(provider, "name", None), str) for provider in self.providers):
            raise _unusable(self.suite_id, "brings a provider without a name")
        names = [scenario.name for scenario in self.scenarios]
        if not names:
            raise _unusable(self.suite_id, "has no scenarios")
        if len(set(names)) != len(names):
            raise _unusable(self.suite_id, "has two scenarios of one name")

    @property
    def required_capabilities(self) -> tuple[Capability, ...]:
        """What a provider needs to have, in the order of `CAPABILITIES`."""
        wanted = {name for scenario in self.scenarios for name in scenario.required_capabilities}
        return tuple(name for name in CAPABILITIES if name in wanted)

    def described(self, *, trials: int, seed: int) -> dict[str, Any]:
        """What the suite asks, whomever it asks, as a JSON value: equal descriptions ask the same."""
        return {
            "suite_id": self.suite_id,
            "suite": self.name,
            "suite_version": self.suite_version,
            "scenarios": [
                {
                    "name": scenario.name,
                    "description": scenario.description,
                    "contract": scenario.contract,
                    "required_capabilities": list(scenario.required_capabilities),
                    "required_pass_rate": scenario.required_pass_rate,
                    **_episodes(scenario),
                }
                for scenario in self.scenarios
            ],
            "trials": trials,
            "seed": seed,
        }


def _episodes(scenario: EvaluationScenario) -> dict[str, str]:
    """What a scenario declares of its trials; nothing where they are no episodes."""
    if scenario.measures != "task_success":
        return {}
    return {"episode_kind": scenario.measures, "environment": scenario.environment}


def _unusable(suite_id: str, reason: str) -> WorldForgeError:
    return WorldForgeError(
        f"the suite {suite_id!r} {reason}",
        code="suite.scenarios",
        hint="Give at least one EvaluationScenario, and each a name of its own; a provider has a name, too.",
    )
