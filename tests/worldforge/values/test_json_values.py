"""Only what JSON can carry gets through, and the message names the place of what does not."""

from __future__ import annotations

import enum
from typing import Any

import numpy as np
import pytest

from worldforge.errors import WorldForgeError
from worldforge.values.json_values import require_count, require_json, require_number, require_text


class Word(enum.StrEnum):
    CUBE = "cube"


def deep(levels: int) -> Any:
    value: Any = 0
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"a": [1, float("nan")]}, "at /a/1: nan is not finite"),
        ({"a/b": {"c": float("-inf")}}, "at /a~1b/c: -inf is not finite"),
        ([(1, 2)], "at /0: a tuple is not JSON"),
        ({"a": {1: 2}}, "at /a: the key 1 is no text"),
        ({"a": 2**53}, "at /a: an integer beyond 2^53-1 is not exact"),
        ({"a": -(10**400)}, "at /a: an integer beyond 2^53-1 is not exact"),
        (["\ud800"], "at /0: a lone surrogate is no text"),
        ({"\udfff": 1}, "the key '\\udfff' is no text"),
        (np.float64(1.0), "a float64 is not JSON"),
        ([True, np.True_], "at /1: a bool is not JSON"),
        (Word.CUBE, "a Word is not JSON"),
        (b"bytes", "a bytes is not JSON"),
        (deep(65), "it is nested too deeply"),
    ],
    ids=[
        *("nan", "infinity", "tuple", "key", "integer", "huge", "surrogate", "surrogate-key"),
        *("numpy", "numpy-bool", "enum", "bytes", "deep"),
    ],
)
def test_what_json_cannot_carry_is_refused_with_its_place(value: Any, told: str) -> None:
    with pytest.raises(WorldForgeError) as caught:
        require_json(value, "metadata")
    assert caught.value.code == "value.not_json"
    assert caught.value.message.endswith(told)


def test_a_value_that_json_carries_comes_back_itself() -> None:
    value = {"a": [None, True, -1, 2**53 - 1, 0.5, "é", {}], "b": deep(60)}
    assert require_json(value, "metadata") is value


@pytest.mark.parametrize("value", [True, None, "1", float("nan"), float("inf"), 10**400], ids=repr)
def test_what_is_no_finite_number_is_refused(value: Any) -> None:
    with pytest.raises(WorldForgeError) as caught:
        require_number(value, "speed")
    assert caught.value.code == "value.not_a_number"


@pytest.mark.parametrize(("value", "told"), [(-0.1, "[0, 1]"), (1.5, "[0, 1]")])
def test_a_number_out_of_range_is_told_the_range(value: float, told: str) -> None:
    with pytest.raises(WorldForgeError) as caught:
        require_number(value, "confidence", low=0, high=1)
    assert caught.value.code == "value.out_of_range"
    assert caught.value.message.endswith(told)


@pytest.mark.parametrize("value", [True, 0, -1, 1.0, "1", None], ids=repr)
def test_what_is_no_count_is_refused(value: Any) -> None:
    with pytest.raises(WorldForgeError) as caught:
        require_count(value, "steps", low=1)
    assert caught.value.code == "value.not_a_count"


@pytest.mark.parametrize("value", ["", " \n", None, 3], ids=repr)
def test_what_is_no_text_is_refused(value: Any) -> None:
    with pytest.raises(WorldForgeError) as caught:
        require_text(value, "name")
    assert caught.value.code == "value.not_text"
