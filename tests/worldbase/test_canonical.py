"""One byte string per value: RFC 8785."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support import shared_data
from worldbase.canonical import canonical_bytes
from worldbase.errors import InputError

VECTORS = ("arrays", "french", "structures", "values")


@pytest.mark.parametrize("name", VECTORS)
def test_the_public_vectors_come_out_byte_for_byte(name: str) -> None:
    folder = shared_data("third-party/jcs/testdata")
    # Not `strictjson`: one of the numbers has more digits than a double, which a strict reader refuses.
    value = json.loads((folder / "input" / f"{name}.json").read_bytes())
    expected = bytes.fromhex((folder / "outhex" / f"{name}.txt").read_text(encoding="ascii"))
    assert canonical_bytes(value) == expected
    assert expected == (folder / "output" / f"{name}.json").read_bytes()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param({"b": 1, "a": [True, False, None]}, b'{"a":[true,false,null],"b":1}', id="keys are sorted"),
        pytest.param(
            {"\ufb33": 1, "\U0001f600": 2}, '{"\U0001f600":2,"\ufb33":1}'.encode(), id="keys are sorted as UTF-16"
        ),
        pytest.param(1.0, b"1", id="whole numbers have no point"),
        pytest.param(-0.0, b"0", id="zero has no sign"),
        pytest.param(1e21, b"1e+21", id="large"),
        pytest.param(1e20, b"100000000000000000000", id="not yet large"),
        pytest.param(1e-7, b"1e-7", id="small"),
        pytest.param(0.000001, b"0.000001", id="not yet small"),
        pytest.param(2**53 - 1, b"9007199254740991", id="largest safe integer"),
        pytest.param('\x00\n"\\/\x7f€', b'"\\u0000\\n\\"\\\\/\x7f\xe2\x82\xac"', id="escapes"),
        pytest.param("e\u0301", b'"e\xcc\x81"', id="text is not normalised"),
    ],
)
def test_values_have_the_form_of_the_rfc(value: Any, expected: bytes) -> None:
    assert canonical_bytes(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        [float("-inf")],
        2**53,
        {"a": "\ud800"},
        {"\ud800": 1},
        {1: "number as key"},
        {"bytes": b"x"},
        {"a set"},
    ],
    ids=["nan", "inf", "-inf", "2^53", "surrogate", "surrogate key", "number as key", "bytes", "set"],
)
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(InputError) as caught:
        canonical_bytes(value)
    assert caught.value.code == "canonical.value"
    str(caught.value).encode("utf-8")
