"""What a provider may be asked. A provider calls the check of a capability first, and can then rely on its input."""

from __future__ import annotations

from typing import Any

from worldforge.errors import WorldForgeError
from worldforge.providers.scene import require_state
from worldforge.values import Action
from worldforge.values.json_values import require_count, require_json, require_text


def check_prediction(world_state: Any, action: Any, steps: Any) -> None:
    """A JSON object, an `Action` and at least one step.

    Raises:
        WorldForgeError: What is wrong.
    """
    require_state(world_state)
    if not isinstance(action, Action):
        raise WorldForgeError(
            f"the action is a {type(action).__name__}, not an Action",
            code="action.invalid",
            hint="Make one with Action.move_to, Action.spawn_object, Action.noop or Action.from_dict.",
        )
    require_count(steps, "steps", low=1)


def check_embedding(text: Any) -> None:
    """A text that is not blank.

    Raises:
        WorldForgeError: `value.not_text`.
    """
    require_text(text, "the text to embed")


def check_scoring(info: Any, action_candidates: Any) -> None:
    """A JSON object that is not empty, and a list of at least one candidate.

    Raises:
        WorldForgeError: `request.empty_info`, `request.no_candidates` or `value.not_json`.
    """
    _check_info(info)
    if not isinstance(action_candidates, list) or not action_candidates:
        raise WorldForgeError(
            f"action_candidates is {action_candidates!r:.60}, not a list of candidates",
            code="request.no_candidates",
            hint="Give a list with at least one candidate.",
        )
    require_json(action_candidates, "action_candidates")


def check_selection(info: Any) -> None:
    """A JSON object that is not empty.

    Raises:
        WorldForgeError: `request.empty_info` or `value.not_json`.
    """
    _check_info(info)


def check_plan(observation: Any, goal: Any) -> None:
    """Two JSON objects that are not empty.

    Raises:
        WorldForgeError: `request.empty_info` or `value.not_json`.
    """
    _check_info(observation, "observation")
    _check_info(goal, "goal")


def _check_info(info: Any, what: str = "info") -> None:
    if not isinstance(info, dict) or not info:
        raise WorldForgeError(
            f"{what} is {info!r:.60}, not an object with something in it",
            code="request.empty_info",
            hint="Give a dict of JSON values, such as the observation and the goal.",
        )
    require_json(info, what)
