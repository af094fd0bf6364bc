"""Two providers: one as a class, one as a function that wraps a bare object."""

from __future__ import annotations

from typing import Any

from worldforge.providers.contract import BaseProvider, ProviderCapabilities, ProviderProfileSpec
from worldforge.providers.implementations import provider_of
from worldforge.providers.requests import check_scoring, check_selection
from worldforge.values import Action, ActionPolicyResult, ActionScoreResult, EventHandler


class TallyDistance(BaseProvider):
    """Prefers what stays near the origin."""

    name = "tally-distance"
    capabilities = ProviderCapabilities(score=True)
    profile_spec = ProviderProfileSpec(description="Distance from the origin.", deterministic=True)

    def score_actions(self, *, info: dict[str, Any], action_candidates: Any) -> ActionScoreResult:
        """Give the sum of all absolute numbers in each candidate."""
        check_scoring(info, action_candidates)
        costs = [_sum(candidate) for candidate in action_candidates]
        return ActionScoreResult(self.name, tuple(costs), costs.index(min(costs)))


class Still:
    """A policy that never moves."""

    name = "tally-policy"
    profile = ProviderProfileSpec(description="Never moves.", deterministic=True)

    def select_actions(self, *, info: dict[str, Any]) -> ActionPolicyResult:
        """Do nothing."""
        check_selection(info)
        return ActionPolicyResult(self.name, (Action.noop(),))


def make_policy(event_handler: EventHandler | None = None) -> BaseProvider:
    """What the entry point names."""
    return provider_of(Still(), event_handler=event_handler)


def _sum(value: Any) -> float:
    if isinstance(value, list):
        return sum(map(_sum, value))
    return abs(float(value)) if isinstance(value, int | float) else 0.0
