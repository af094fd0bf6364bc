"""What goes into providers and comes out of them: frozen values that are checked when they are made."""

from worldforge.values.action import Action
from worldforge.values.events import EventHandler, ProviderEvent
from worldforge.values.json_values import JSONValue
from worldforge.values.results import ActionPolicyResult, ActionScoreResult, EmbeddingResult, PredictionPayload

__all__ = [
    "Action",
    "ActionPolicyResult",
    "ActionScoreResult",
    "EmbeddingResult",
    "EventHandler",
    "JSONValue",
    "PredictionPayload",
    "ProviderEvent",
]
