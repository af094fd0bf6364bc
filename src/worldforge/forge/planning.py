"""Model-predictive control over a `score` capability: sample sequences of actions, score them, narrow down, execute.

See `worldforge.forge.sampling` for the two optimisers and their sources. In both, the best sequence so far is scored
again in every iteration, so that what a plan reports as its best never gets worse from one iteration to the next.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from worldforge.errors import ProviderError
from worldforge.forge.planner_config import PlannerConfig
from worldforge.forge.sampling import Plan, Sampler, Scored
from worldforge.values import Action
from worldforge.values.json_values import require_count, require_number

if TYPE_CHECKING:
    from worldforge.forge.facade import WorldForge

__all__ = ["LatentMPCController", "MPCStepResult", "PlannerConfig"]

Constraint: TypeAlias = Callable[[Sequence[Action]], float]
"""How far a sequence of actions breaks what the host demands, at least 0; 0 where it keeps it."""

Encode: TypeAlias = Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]
"""(observation, goal) -> the `info` that the provider scores by."""

Decode: TypeAlias = Callable[[dict[str, float]], Action]
"""Parameters by name -> the action that has them."""


@dataclass(frozen=True, slots=True)
class MPCStepResult:
    """One plan.

    Attributes:
        actions: The `execute_k` actions to execute now.
        best_score: Score of the best sequence, as the provider gives it.
        lower_is_better: Whether that score is a cost.
        candidate_count: Sequences that were scored.
        iteration_best_scores: The best cost after each iteration, turned so that less is better. It never rises, but
            where a better one broke the host's constraints.
        violation: How far the best sequence breaks the host's constraints; 0 where it keeps them.
        elapsed_ms: What the plan took, the provider's calls included.
        metadata: JSON object: optimiser, provider, settings, costs and violations; nothing that depends on the clock.
    """

    actions: tuple[Action, ...]
    best_score: float
    lower_is_better: bool
    candidate_count: int
    iteration_best_scores: tuple[float, ...]
    violation: float
    elapsed_ms: float
    metadata: dict[str, Any]


class LatentMPCController:
    """Plans by sampling, scoring and refitting; each iteration is one call of the provider.

    Args:
        forge: Where the provider is registered.
        provider: Name of a provider with the capability `score`.
        config: Settings.
        encode: Makes the provider's `info`; `{"observation": ..., "goal": ...}` by default.
        decode: Makes the actions; by default those of `config.action_kind` with the parameters as they are.
        constraint: What the host demands of a sequence; a sequence that breaks it is only taken where none keeps it.

    Example:
        >>> from worldforge import WorldForge
        >>> controller = LatentMPCController(WorldForge(), "mock", PlannerConfig(num_samples=48))
        >>> plan = controller.plan_step({"point": [0.0, 0.0, 0.0]}, {"target": [0.4, 0.5, 0.0]})
        >>> plan.best_score < 0.1
        True
    """

    def __init__(
        self,
        forge: WorldForge,
        provider: str,
        config: PlannerConfig | None = None,
        *,
        encode: Encode | None = None,
        decode: Decode | None = None,
        constraint: Constraint | None = None,
    ) -> None:
        self._forge = forge
        self._provider = provider
        self._config = config or PlannerConfig()
        self._encode = encode or _observation_and_goal
        self._decode = decode or (lambda parameters: Action(self._config.action_kind, parameters))
        self._constraint = constraint
        self._names = tuple(self._config.action_parameter_bounds)
        self._sampler = Sampler(self._config)
        self.reset()

    def reset(self) -> None:
        """Forget the last plan and the provider's direction, and start the random numbers anew."""
        self._random = random.Random(self._config.seed)  # noqa: S311 - samples, not secrets
        self._warm: Plan | None = None
        self._lower_is_better: bool | None = None

    def plan_step(self, observation_info: dict[str, Any], goal_info: dict[str, Any]) -> MPCStepResult:
        """Plan once.

        Args:
            observation_info: JSON object.
            goal_info: JSON object.

        Raises:
            ProviderError: The provider failed; `planning.score_count` where it gave another number of scores than there
                were candidates; `planning.direction` where it changed its mind about whether lower is better.
        """
        begun = time.perf_counter()
        info = self._encode(observation_info, goal_info)
        gaussian = self._sampler.start(self._warm if self._config.warm_start else None)
        bests: list[Scored] = []
        for _ in range(self._config.num_iterations):
            best = bests[-1].plan if bests else None
            ranked = self._ranked(info, self._sampler.draw(gaussian, best, self._random))
            bests.append(min([ranked[0], *bests[-1:]], key=_rank))
            gaussian = self._sampler.refit(ranked, gaussian)
        self._warm = self._rest_of(bests[-1].plan)
        return self._result(bests, (time.perf_counter() - begun) * 1000)

    def control(
        self,
        observe: Callable[[], dict[str, Any]],
        execute: Callable[[Action], None],
        goal_info: dict[str, Any],
        *,
        plans: int,
        done: Callable[[], bool] = lambda: False,
    ) -> list[MPCStepResult]:
        """Plan, execute `execute_k` actions, observe again: a receding horizon.

        Args:
            observe: Gives the observation.
            execute: Executes one action.
            goal_info: JSON object.
            plans: How many plans at most, at least 1.
            done: Whether that is enough; asked after each plan was executed.

        Returns:
            One result for each plan.

        Raises:
            ProviderError: See `plan_step`.
        """
        results = []
        for _ in range(require_count(plans, "plans", low=1)):
            result = self.plan_step(observe(), goal_info)
            for action in result.actions:
                execute(action)
            results.append(result)
            if done():
                break
        return results

    def _ranked(self, info: dict[str, Any], plans: Sequence[Plan]) -> list[Scored]:
        """Score all plans in one call; the best comes first."""
        sequences = [self._actions(plan) for plan in plans]
        # Before the provider has seen the actions: what is demanded of them is none of its business.
        violations = [self._violation(actions) for actions in sequences]
        candidates = [[action.to_dict() for action in actions] for actions in sequences]
        answer = self._forge.score_actions(self._provider, info=info, action_candidates=candidates)
        self._require_answer(len(answer.scores), len(candidates), answer.lower_is_better)
        sign = 1.0 if answer.lower_is_better else -1.0
        scored = [
            Scored(violation, sign * score, plan)
            for violation, score, plan in zip(violations, answer.scores, plans, strict=True)
        ]
        return sorted(scored, key=_rank)

    def _violation(self, actions: Sequence[Action]) -> float:
        if self._constraint is None:
            return 0.0
        return require_number(self._constraint(actions), "what a constraint returns", low=0)

    def _require_answer(self, scores: int, candidates: int, lower_is_better: bool) -> None:
        if scores != candidates:
            raise ProviderError(
                f"{self._provider!r} gave {scores} scores for {candidates} candidates",
                code="planning.score_count",
                hint="A score provider gives one score for each candidate on the first axis.",
            )
        if self._lower_is_better not in (None, lower_is_better):
            raise ProviderError(
                f"{self._provider!r} said once that lower is better and once that it is not",
                code="planning.direction",
                hint="A provider's direction is fixed.",
            )
        self._lower_is_better = lower_is_better

    def _rest_of(self, plan: Plan) -> Plan:
        """What is left of a plan once its first actions are executed, its last one repeated."""
        done = self._config.execute_k
        return (*plan[done:], *[plan[-1]] * done)

    def _actions(self, plan: Plan) -> list[Action]:
        return [self._decode(dict(zip(self._names, step, strict=True))) for step in plan]

    def _result(self, bests: Sequence[Scored], elapsed_ms: float) -> MPCStepResult:
        config, best = self._config, bests[-1]
        lower_is_better = bool(self._lower_is_better)
        costs = [each.cost for each in bests]
        return MPCStepResult(
            actions=tuple(self._actions(best.plan)[: config.execute_k]),
            best_score=best.cost if lower_is_better else -best.cost,
            lower_is_better=lower_is_better,
            candidate_count=config.num_samples * config.num_iterations,
            iteration_best_scores=tuple(costs),
            violation=best.violation,
            elapsed_ms=elapsed_ms,
            metadata={
                "planning_mode": "latent-mpc",
                "control_mode": "mpc",
                "optimizer": config.optimizer,
                "score_provider": self._provider,
                "config": config.to_dict(),
                "iteration_costs": costs,
                "iteration_violations": [each.violation for each in bests],
            },
        )


def _rank(scored: Scored) -> tuple[float, float]:
    return scored.violation, scored.cost


def _observation_and_goal(observation: dict[str, Any], goal: dict[str, Any]) -> dict[str, Any]:
    return {"observation": observation, "goal": goal}
