"""The capability `policy`: actions for an observation."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from worldforge.values import ActionPolicyResult


@runtime_checkable
class Policy(Protocol):
    """Selects actions."""

    name: str

    def select_actions(self, *, info: dict[str, Any]) -> ActionPolicyResult:
        """Select at least one action.

        Args:
            info: JSON object with `observation` and the policy's own options; it is not changed.

        Raises:
            ProviderError: The policy could not be asked.
        """
        ...
