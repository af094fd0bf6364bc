"""Laws of the canonical form."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.property.values import SAFE, json_values
from worldbase import strictjson
from worldbase.canonical import canonical_bytes


def holds_a_large_whole_float(value: Any) -> bool:
    """Whether there is one: RFC 8785 writes 1e16 as an integer literal, which a strict reader refuses beyond 2^53-1."""
    if isinstance(value, dict):
        return any(map(holds_a_large_whole_float, value.values()))
    if isinstance(value, list):
        return any(map(holds_a_large_whole_float, value))
    return isinstance(value, float) and SAFE < abs(value) < 1e21


@given(json_values())
def test_the_canonical_form_means_the_same(value: Any) -> None:
    # Integers are read as doubles, because a canonical number is one: 1e16 is written 10000000000000000.
    assert json.loads(canonical_bytes(value), parse_int=float) == value


@given(json_values())
def test_the_canonical_form_of_the_canonical_form_is_itself(value: Any) -> None:
    assume(not holds_a_large_whole_float(value))
    form = canonical_bytes(value)
    assert canonical_bytes(strictjson.parse(form)) == form


@given(st.dictionaries(st.text(max_size=6), json_values(), max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_keys_does_not_matter(value: dict[str, Any], chance: Any) -> None:
    items = list(value.items())
    chance.shuffle(items)
    assert canonical_bytes(dict(items)) == canonical_bytes(value)


ALIKE = json_values(st.sampled_from([0, 0.0, -0.0, 1, 1.0, True, False, None, "", "1", 1e15, 10**15, 1e21, "\u00e9"]))


@given(ALIKE, ALIKE)
@example(1, True)
@example({"a": 1.0}, {"a": 1})
@example(10**15, 1e15)
@example("\u00e9", "e\u0301")
def test_values_have_the_same_form_if_and_only_if_they_are_equal(one: Any, other: Any) -> None:
    assert (canonical_bytes(one) == canonical_bytes(other)) == (told_apart(one) == told_apart(other))


def told_apart(value: Any) -> Any:
    """The value in a form that Python compares as JSON does: true is not 1, and 1.0 is."""
    if isinstance(value, dict):
        return {key: told_apart(child) for key, child in value.items()}
    if isinstance(value, list):
        return [told_apart(child) for child in value]
    return (type(value) is bool, value)
