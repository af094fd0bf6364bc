"""The capability `plan`: a workflow of the facade over other capabilities; it is not benchmarked by itself."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from worldforge.values import ActionPolicyResult


@runtime_checkable
class Planner(Protocol):
    """Finds actions that lead from an observation to a goal."""

    name: str

    def plan(self, *, observation: dict[str, Any], goal: dict[str, Any]) -> ActionPolicyResult:
        """Plan at least one action.

        Args:
            observation: JSON object; it is not changed.
            goal: JSON object; it is not changed.

        Raises:
            ProviderError: No plan could be made.
        """
        ...
