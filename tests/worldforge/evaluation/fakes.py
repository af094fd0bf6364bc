"""Providers and suites whose behaviour a test decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from worldforge.evaluation import EvaluationContext, EvaluationScenario, EvaluationSuite
from worldforge.forge.facade import WorldForge
from worldforge.providers.contract import BaseProvider, ProviderCapabilities
from worldforge.values import Action, ActionScoreResult, PredictionPayload

Scores = Callable[[dict[str, Any], list[Any]], list[float]]


class Oracle(BaseProvider):
    """Scores candidates by a function of info and candidates."""

    capabilities = ProviderCapabilities(score=True)

    def __init__(self, scores: Scores, *, name: str = "oracle", lower_is_better: bool = True) -> None:
        super().__init__()
        self.name = name
        self.calls = 0
        self._scores = scores
        self._lower_is_better = lower_is_better

    def score_actions(self, *, info: dict[str, Any], action_candidates: Any) -> ActionScoreResult:
        self.calls += 1
        scores = self._scores(info, action_candidates)
        best = min(scores) if self._lower_is_better else max(scores)
        return ActionScoreResult(self.name, tuple(scores), scores.index(best), self._lower_is_better)


class Dynamics(BaseProvider):
    """Predicts by a function of state, action and steps."""

    name = "dynamics"
    capabilities = ProviderCapabilities(predict=True)

    def __init__(self, predict: Callable[[dict[str, Any], Action, int], PredictionPayload]) -> None:
        super().__init__()
        self._predict = predict

    def predict(self, world_state: dict[str, Any], action: Action, steps: int = 1) -> PredictionPayload:
        return self._predict(world_state, action, steps)


def forge_with(*providers: BaseProvider) -> WorldForge:
    forge = WorldForge(discover_entry_points=False)
    for provider in providers:
        forge.register_provider(provider)
    return forge


def suite_of(*evaluators: Callable[[EvaluationContext], Any], **scenario: Any) -> EvaluationSuite:
    """A suite with a scenario for each evaluator: `first`, `second`, ..."""
    names = ("first", "second", "third", "fourth")
    return EvaluationSuite.custom(
        suite_id="checks",
        name="Checks",
        scenarios=[
            EvaluationScenario.from_callable(name=name, description=f"The {name}.", evaluator=evaluator, **scenario)
            for name, evaluator in zip(names, evaluators, strict=False)
        ],
    )


def passing(context: EvaluationContext) -> Any:
    return context.outcome(score=1.0, passed=True, metrics={"count": 1})


def failing(context: EvaluationContext) -> Any:
    return context.outcome(score=0.25, passed=False, metrics={"count": 0})


def raising(context: EvaluationContext) -> Any:
    raise RuntimeError("the model is not there")
