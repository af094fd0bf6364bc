"""The capability `predict`: a world model says what an action will do."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from worldforge.values import Action, PredictionPayload


@runtime_checkable
class Predictor(Protocol):
    """Predicts the state of a world after an action."""

    name: str

    def predict(self, world_state: dict[str, Any], action: Action, steps: int = 1) -> PredictionPayload:
        """Predict the state after `steps` steps of an action.

        Args:
            world_state: JSON object; it is not changed.
            action: The action.
            steps: Number of steps, at least 1.

        Raises:
            ProviderError: The model could not be asked.
        """
        ...
