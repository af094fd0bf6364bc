"""What a scenario is given."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from worldforge.evaluation.outcome import ScenarioOutcome
from worldforge.values import Action, ActionPolicyResult, ActionScoreResult, EmbeddingResult, PredictionPayload

if TYPE_CHECKING:
    from worldforge.forge.facade import WorldForge
    from worldforge.forge.world import World


@dataclass(frozen=True)
class EvaluationContext:
    """One trial of one scenario with one provider.

    Attributes:
        forge: Where the provider is registered.
        provider: Its name.
        suite_id: The suite.
        suite: The suite's title.
        scenario: The scenario's name.
        trial: Which trial, from 0.
        seed: Seed of this trial; equal for every provider, so that providers meet the same situations.
        seconds: What the trial itself timed, by name; see `timed`.
    """

    forge: WorldForge
    provider: str
    suite_id: str
    suite: str
    scenario: str
    trial: int = 0
    seed: int = 0
    seconds: dict[str, float] = field(default_factory=dict, compare=False)

    @cached_property
    def world(self) -> World:
        """A new, empty world of this trial; it is not kept on disk."""
        from worldforge.forge.world import World

        return World(id=f"{self.scenario}-{self.trial}", name=self.scenario, provider=self.provider)

    @cached_property
    def random(self) -> random.Random:
        """Random numbers of this trial: equal seeds give equal numbers."""
        return random.Random(self.seed)  # noqa: S311 - situations are drawn, not secrets

    def outcome(self, *, score: float, passed: bool, metrics: dict[str, Any] | None = None) -> ScenarioOutcome:
        """Say what the trial came to.

        Args:
            score: In [0, 1].
            passed: Whether the contract was kept; a real boolean.
            metrics: JSON object with string keys and finite numbers.

        Raises:
            WorldForgeError: Anything else.
        """
        return ScenarioOutcome(score, passed, {} if metrics is None else metrics)

    @contextmanager
    def timed(self, part: str) -> Iterator[None]:
        """Report how long a part of the trial took, in `timings`.

        Metrics are the wrong place for that: they decide whether two runs came to the same results.
        """
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[part] = self.seconds.get(part, 0.0) + time.perf_counter() - begun

    def predict(self, world_state: dict[str, Any], action: Action, steps: int = 1) -> PredictionPayload:
        """Ask the provider for a prediction."""
        return self.forge.predict(world_state, action, steps, provider=self.provider)

    def embed(self, text: str) -> EmbeddingResult:
        """Ask the provider for an embedding."""
        return self.forge.embed(self.provider, text=text)

    def score_actions(self, *, info: dict[str, Any], action_candidates: Any) -> ActionScoreResult:
        """Ask the provider for the scores of candidates."""
        return self.forge.score_actions(self.provider, info=info, action_candidates=action_candidates)

    def select_actions(self, *, info: dict[str, Any]) -> ActionPolicyResult:
        """Ask the provider for actions."""
        return self.forge.select_actions(self.provider, info=info)
