"""Laws of the strict reader."""

from __future__ import annotations

import io
import json
import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.property.values import json_values
from worldbase import strictjson
from worldbase.errors import InputError

BROKEN = st.one_of(
    st.binary(max_size=40),
    st.text('{}[]",:\\u019eE+-. \ntrfalsn\ud800', max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")),
)


@given(json_values(), st.sampled_from([None, 1, 4]), st.booleans())
def test_what_python_writes_is_read_back(value: Any, indent: int | None, ascii_only: bool) -> None:
    data = json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode()
    assert strictjson.parse(data) == value


def refusal(data: bytes) -> InputError | None:
    try:
        strictjson.parse(data, file="f")
    except InputError as error:
        return error
    return None


@given(BROKEN)
@example(b'{"a":1,"a":2}')
@example(b"\x00")
def test_any_bytes_are_read_as_every_reader_reads_them_or_refused(data: bytes) -> None:
    error = refusal(data)
    if error is None:
        assert strictjson.parse(data) == json.loads(data)
    else:
        assert error.code.startswith("json.")
        assert error.where is not None
        assert error.where.file == "f"
        str(error).encode("utf-8")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_shortest_form_of_every_double_passes(number: float) -> None:
    read = strictjson.parse(repr(number).encode())
    assert read == number
    assert math.copysign(1, read) == math.copysign(1, number)


@given(st.decimals(allow_nan=False, allow_infinity=False), st.integers(-400, 400))
@example(Decimal("0.1000000000000000055"), 0)
@example(Decimal("0.80"), 2)
def test_a_number_passes_if_and_only_if_its_double_says_the_same(mantissa: Decimal, exponent: int) -> None:
    token = f"{mantissa:f}e{exponent}"
    carried = float(token)
    error = refusal(token.encode())
    if math.isinf(carried):
        assert error is not None
        assert error.code == "json.overflow"
    elif Fraction(repr(carried)) == Fraction(mantissa) * Fraction(10) ** exponent:
        assert error is None
        assert strictjson.parse(token.encode()) == carried
    else:
        assert error is not None
        assert error.code == "json.inexact"


@given(st.integers(-(2**60), 2**60) | st.integers(2**53 - 3, 2**53 + 3))
def test_an_integer_passes_if_and_only_if_doubles_skip_none_before_it(number: int) -> None:
    if abs(number) < 2**53:
        assert strictjson.parse(str(number).encode()) == number
    else:
        with pytest.raises(InputError) as caught:
            strictjson.parse(str(number).encode())
        assert caught.value.code == "json.integer_range"


@given(st.dictionaries(st.text(max_size=5), json_values(), min_size=1), st.data())
def test_a_key_that_comes_twice_is_found_wherever_it_stands(fields: dict[str, Any], data: st.DataObject) -> None:
    repeated = data.draw(st.sampled_from(list(fields)))
    members = [*fields.items(), (repeated, None)]
    order = data.draw(st.permutations(members))
    inner = "{" + ", ".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in order) + "}"
    text = f'[0, {{"deep": {inner}}}]'.encode()
    pointer = strictjson.pointer_join("/1/deep", repeated)
    with pytest.raises(InputError) as caught:
        strictjson.parse(text)
    assert [(problem.code, problem.where.pointer) for problem in caught.value.problems] == [
        ("json.duplicate_key", pointer)
    ]
    assert strictjson.first_duplicate_key(text) == pointer


@given(st.lists(st.text(max_size=4) | st.integers(0, 9), max_size=5))
def test_a_pointer_leads_back_to_its_tokens(tokens: list[str | int]) -> None:
    pointer = ""
    for token in tokens:
        pointer = strictjson.pointer_join(pointer, token)
    read = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    assert read == [str(token) for token in tokens]


TOKENS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def with_nonfinite() -> st.SearchStrategy[Any]:
    return json_values(leaves=st.sampled_from(list(TOKENS.values())) | st.text('NaInfty"\\ -', max_size=12))


def nulled(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list):
        return [nulled(child) for child in value]
    if isinstance(value, dict):
        return {key: nulled(child) for key, child in value.items()}
    return value


def found(value: Any) -> int:
    if isinstance(value, dict):
        return sum(map(found, value.values()))
    if isinstance(value, list):
        return sum(map(found, value))
    return isinstance(value, float) and not math.isfinite(value)


@given(with_nonfinite(), st.sampled_from([None, 0, 2]))
def test_masking_changes_bare_tokens_and_nothing_else(value: Any, indent: int | None) -> None:
    source = json.dumps(value, indent=indent).encode()
    target = io.BytesIO()
    masked = strictjson.mask_nonfinite(io.BytesIO(source), target)
    assert strictjson.parse(target.getvalue()) == nulled(value)
    assert len(masked) == found(value)
    lines = source.decode().split("\n")
    assert all(entry.token in TOKENS and entry.token in lines[entry.line - 1] for entry in masked)
