"""One thing that a suite checks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Self, get_args

from worldforge.capabilities import require_capability
from worldforge.capabilities.names import Capability
from worldforge.errors import WorldForgeError
from worldforge.evaluation.context import EvaluationContext
from worldforge.evaluation.wording import carried
from worldforge.values.json_values import require_number

Measure = Literal["contract", "task_success"]
Evaluator = Callable[[EvaluationContext], Any]
"""Returns a `ScenarioOutcome`, an `EvaluationResult`, or a JSON object with `score`, `passed` and `metrics`."""

_MEASURES: Final = get_args(Measure)


@dataclass(frozen=True, slots=True)
class EvaluationScenario:
    """A scenario of a suite.

    Attributes:
        name: Such as `object-relocation`; unique in its suite. Secrets and host paths in it are replaced at once, as
            in every text of a suite: all of them go into reports.
        description: What is checked, in a sentence.
        evaluator: Runs one trial.
        required_capabilities: What the provider needs to have.
        contract: What is expected of a provider, for whoever reads a failure; the description where it is empty.
        required_pass_rate: Share of the trials that have to pass for the scenario to pass, in (0, 1].
        measures: `task_success` where each trial is one episode of a real task in a simulator, and passing it is the
            task's success: only such trials may become a success rate. `contract` for everything else.
        environment: Which simulator task that is, with its version, such as `mujoco-reach-v1`; for `task_success` only.
    """

    name: str
    description: str
    evaluator: Evaluator
    required_capabilities: tuple[Capability, ...] = ()
    contract: str = ""
    required_pass_rate: float = 1.0
    measures: Measure = "contract"
    environment: str = ""

    def __post_init__(self) -> None:
        texts = {
            "name": carried(self.name, "a scenario's name"),
            "description": carried(self.description, f"the description of {self.name!r}"),
            "contract": carried(self.contract or self.description, f"the contract of {self.name!r}"),
            "environment": carried(self.environment, f"the environment of {self.name!r}") if self.environment else "",
        }
        self._require_whole_declaration()
        if not callable(self.evaluator):
            raise WorldForgeError(
                f"the evaluator of {self.name!r} cannot be called",
                code="scenario.evaluator",
                hint="Give a function that takes an EvaluationContext.",
            )
        wanted = tuple(require_capability(name) for name in self.required_capabilities)
        rate = require_number(self.required_pass_rate, f"the pass rate that {self.name!r} requires", low=1e-9, high=1)
        for name, value in (*texts.items(), ("required_capabilities", wanted), ("required_pass_rate", rate)):
            object.__setattr__(self, name, value)

    @classmethod
    def from_callable(
        cls,
        *,
        name: str,
        description: str,
        evaluator: Evaluator,
        required_capabilities: Sequence[str] = (),
        contract: str = "",
        required_pass_rate: float = 1.0,
        measures: Measure = "contract",
        environment: str = "",
    ) -> Self:
        """Make a scenario of a function.

        Raises:
            WorldForgeError: A text is blank, the evaluator cannot be called, a capability is unknown, the pass rate
                is not in (0, 1], or `scenario.measures`: episodes without an environment, or the other way round.
        """
        wanted = tuple(require_capability(capability) for capability in required_capabilities)
        return cls(name, description, evaluator, wanted, contract, required_pass_rate, measures, environment)

    def _require_whole_declaration(self) -> None:
        if self.measures not in _MEASURES or (self.measures == "task_success") != bool(self.environment):
            raise WorldForgeError(
                f"{self.name!r} measures {self.measures!r:.40} in the environment {self.environment!r:.40}",
                code="scenario.measures",
                hint='Give both measures="task_success" and environment="...", or neither.',
            )
