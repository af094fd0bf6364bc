"""A result that does not hold together cannot be made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from worldforge import (
    Action,
    ActionPolicyResult,
    ActionScoreResult,
    EmbeddingResult,
    PredictionPayload,
    WorldForgeError,
)

NAN = float("nan")


def prediction(**changes: Any) -> PredictionPayload:
    return PredictionPayload(**{"state": {}, "confidence": 0.5, "physics_score": 0.5, **changes})


def scores(**changes: Any) -> ActionScoreResult:
    return ActionScoreResult(**{"provider": "p", "scores": (1.0, 0.5), "best_index": 1, **changes})


def selection(**changes: Any) -> ActionPolicyResult:
    return ActionPolicyResult(**{"provider": "p", "actions": (Action.noop(),), **changes})


@pytest.mark.parametrize(
    ("make", "changes", "code"),
    [
        (prediction, {"state": []}, "result.invalid"),
        (prediction, {"state": {"x": NAN}}, "value.not_json"),
        (prediction, {"confidence": 1.01}, "value.out_of_range"),
        (prediction, {"confidence": True}, "value.not_a_number"),
        (prediction, {"physics_score": NAN}, "value.not_a_number"),
        (prediction, {"frames": ("text",)}, "result.invalid"),
        (prediction, {"latency_ms": -1}, "value.out_of_range"),
        (scores, {"scores": ()}, "result.invalid"),
        (scores, {"scores": np.array([1.0, 0.5])}, "result.invalid"),
        (scores, {"scores": (1.0, NAN)}, "result.invalid"),
        (scores, {"scores": (1.0, True)}, "result.invalid"),
        (scores, {"scores": (1.0, 10**400)}, "result.invalid"),
        (scores, {"best_index": 0}, "result.invalid"),
        (scores, {"best_index": 2}, "result.invalid"),
        (scores, {"best_index": True}, "result.invalid"),
        (scores, {"lower_is_better": False}, "result.invalid"),
        (scores, {"lower_is_better": 1}, "result.invalid"),
        (scores, {"provider": ""}, "value.not_text"),
        (scores, {"metadata": {"a": (1,)}}, "value.not_json"),
        (selection, {"actions": ()}, "result.invalid"),
        (selection, {"actions": ({"type": "noop"},)}, "result.invalid"),
        (selection, {"action_candidates": ((1,),)}, "result.invalid"),
        (selection, {"action_horizon": 0}, "value.out_of_range"),
        (selection, {"raw_actions": np.zeros(2)}, "value.not_json"),
    ],
)
def test_what_does_not_hold_together_is_refused(make: Callable[..., Any], changes: Any, code: str) -> None:
    with pytest.raises(WorldForgeError) as caught:
        make(**changes)
    assert caught.value.code == code


def test_the_best_of_values_is_the_highest() -> None:
    assert scores(lower_is_better=False, best_index=0).best_index == 0


def test_one_of_several_best_scores_will_do() -> None:
    assert scores(scores=(0.5, 0.5, 1.0), best_index=1).best_index == 1


def test_lists_become_tuples_of_floats() -> None:
    vector: Any = [1, 2.5]
    assert EmbeddingResult("p", "m", vector).vector == (1.0, 2.5)
    assert selection(actions=[Action.noop()]).actions == (Action.noop(),)
