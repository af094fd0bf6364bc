"""The capability `score`: a cost, or a value, of each candidate."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from worldforge.values import ActionScoreResult


@runtime_checkable
class Cost(Protocol):
    """Scores candidate actions in a situation."""

    name: str

    def score_actions(self, *, info: dict[str, Any], action_candidates: Any) -> ActionScoreResult:
        """Give one finite score to each candidate.

        Args:
            info: JSON object: observation, goal and whatever the model reads; it is not changed.
            action_candidates: The candidates, JSON-native; the first axis counts what the model takes for one batch
                entry or one candidate, as its own contract says. It is not changed.

        Raises:
            ProviderError: The model could not be asked.
        """
        ...
