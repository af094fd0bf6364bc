"""Laws of the values that go into providers and come out of them."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.property.values import json_values
from worldbase import digest
from worldforge import Action, ActionScoreResult, PredictionPayload, WorldForgeError
from worldforge.providers.scene import copied
from worldforge.values.json_values import require_json

NOT_JSON = st.sampled_from([math.nan, math.inf, -math.inf, (1,), {1: 2}, {None: 1}, b"x", 2**53, "\ud800", object()])


@given(json_values())
def test_every_json_value_gets_through_and_has_a_digest(value: Any) -> None:
    assert require_json(value, "it") is value
    assert digest.is_digest(digest.of_value(value))


@given(json_values(NOT_JSON))
def test_what_gets_through_is_the_same_after_json(value: Any) -> None:
    try:
        require_json(value, "it")
    except WorldForgeError:
        return
    assert json.loads(json.dumps(value, allow_nan=False)) == value


@given(json_values(), NOT_JSON, st.lists(st.sampled_from(["list", "dict"]), max_size=8))
def test_one_fault_anywhere_is_found_and_its_place_leads_to_it(good: Any, fault: Any, way: list[str]) -> None:
    value, pointer = fault, ""
    for turn in way:
        value = [good, value] if turn == "list" else {"a/b": good, "~": value}
        pointer = ("/1" if turn == "list" else "/~0") + pointer
    with pytest.raises(WorldForgeError) as caught:
        require_json(value, "it")
    assert caught.value.message.startswith(f"it at {pointer}: " if pointer else "it: ")


@given(json_values())
def test_a_copy_is_equal_and_shares_nothing_that_can_be_changed(value: Any) -> None:
    twin = copied(value)
    assert twin == value
    assert isinstance(value, list | dict) == (twin is not value) or not isinstance(value, list | dict)


@given(st.text(min_size=1).filter(str.strip), st.dictionaries(st.text(max_size=5), json_values(), max_size=4))
def test_an_action_is_the_same_after_json(kind: str, parameters: dict[str, Any]) -> None:
    action = Action(kind, parameters)
    assert Action.from_dict(json.loads(json.dumps(action.to_dict()))) == action


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1), st.booleans())
def test_scores_are_made_with_their_best_index_and_with_no_other(scores: list[float], lower: bool) -> None:
    best = min(scores) if lower else max(scores)
    for index, score in enumerate(scores):
        if score == best:
            assert ActionScoreResult("p", tuple(scores), index, lower).best_index == index
        else:
            with pytest.raises(WorldForgeError):
                ActionScoreResult("p", tuple(scores), index, lower)


@given(st.floats(), st.floats())
def test_a_prediction_is_made_exactly_where_its_numbers_are_shares(confidence: float, physics: float) -> None:
    is_fine = all(math.isfinite(number) and 0 <= number <= 1 for number in (confidence, physics))
    try:
        PredictionPayload({}, confidence, physics)
    except WorldForgeError:
        assert not is_fine
    else:
        assert is_fine
