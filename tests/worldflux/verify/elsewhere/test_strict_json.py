"""Two readers, one judgement: the JavaScript reader and the Python reader take and refuse the same documents."""

from __future__ import annotations

import json
import random
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.values import json_values
from tests.support import shared_data
from tests.worldflux.verify.elsewhere.node import ask
from worldbase import strictjson
from worldbase.canonical import canonical_bytes
from worldbase.errors import InputError

BY_HAND: Final = [
    *(b"", b" ", b"null", b"true ", b"nul", b"tru", b"[truefalse]", b"[1,]", b'{"a":1,}', b"[1 2]", b'{"a" 1}', b"]"),
    *(b'{"a":1,"a":2}', b'{"a":{"b":1,"b":1}}', b'{"__proto__":1}', b'{"__proto__":1,"__proto__":2}'),
    *(b'{"constructor":{}}', b'{"1":1,"0":2}', b'{"":0}', b"{'a':1}", b"{a:1}", b"// c\n1", b"+1", b".5", b"5.", b"01"),
    *(
        b"NaN",
        b"[Infinity]",
        b"[-Infinity]",
        b"-NaN",
        b"[NaN,]",
        b"1e999",
        b"-1e400",
        b"1e-400",
        b"0e99999999999999999999",
    ),
    *(b"9007199254740991", b"9007199254740992", b"-9007199254740991", b"-9007199254740992", b"1" * 400),
    *(b"0.1", b"0.10", b"1.0", b"100.00", b"1e5", b"1E+5", b"1e0000000000000000000005", b"-0", b"-0.0", b"0.00e-5"),
    *(b"0.1000000000000000055511151231257827", b"0.30000000000000004", b"0.300000000000000044", b"1e22", b"1e23"),
    *(b"5e-324", b"4.9e-324", b"2.2250738585072014e-308", b"1.7976931348623157e308", b"1.7976931348623159e308"),
    *(b"123456789012345678e0", b"0.0000001", b"1e-7", b"1_000", b"0x10", b"-", b"1e", b"1e+", b"--1"),
    *(b'"\\ud800"', b'"\\ud83d\\ude00"', b'"\\ude00\\ud83d"', b'"\xed\xa0\x80"', b'{"\\ud800":1}', b'"\\u12g4"'),
    *(b'"\\u0000"', b'"a\nb"', b'"\x1f"', b'"\x7f"', b'"\\x41"', b'"\\"', b'"', b'"\\', b'"\\u', b'"\xe2\x80\xa8"'),
    *(
        b"\xef\xbb\xbf{}",
        b"\xff\xfe{}",
        b"\xfe\xff{}",
        b'"\xff"',
        b'"\xc0\x80"',
        b"\xc2\xa0[]",
        b"\x0b[]",
        b"\x00",
        b"[]\x00",
    ),
    *(b"[" * 64 + b"]" * 64, b"[" * 65 + b"]" * 65, b'{"a":' * 64 + b"1" + b"}" * 64, b'{"a":' * 65 + b"1" + b"}" * 65),
    *(b"[" * 100_000, b"{} x", b"[]]", b"[1]\n\n", b"[1e15,1e16,1e17,1e21,123456789e-5]"),
]
ALPHABET: Final = b'{}[]",:0123456789.eE+-\\utrfnalse \n\xff\xc3\xa9\xed'


def ours(documents: list[bytes]) -> list[Any]:
    """The value of each, as JSON in a list of one; `None` where it is refused."""
    answers: list[Any] = []
    for data in documents:
        try:
            answers.append([strictjson.parse(data)])
        except InputError:
            answers.append(None)
    return answers


def theirs(documents: list[bytes]) -> list[Any]:
    body = """
        return given.map((hex) => {
          try {
            return JSON.stringify([V.parseJson(new Uint8Array(Buffer.from(hex, "hex")), "document")]);
          } catch (error) {
            if (!(error instanceof V.GateFailure) || error.gate !== "json") throw error;
            return null;
          }
        });
    """
    answers = ask(body, [data.hex() for data in documents])
    # JavaScript writes whole numbers beyond 2^53 without an exponent; they are the same doubles.
    return [answer if answer is None else json.loads(answer, parse_int=float) for answer in answers]


def spoilt(seed: int, count: int) -> list[bytes]:
    """Documents with one to three bytes changed, left out or put in."""
    source = random.Random(seed)
    seeds = [data for data in BY_HAND if len(data) < 500]
    seeds += [
        b'{"a": [1, 2.5, "x\\u00e9", true, null], "b": {"c": -0.0, "d": 1e10}}',
        b'[0.1,{"k":"v"},"\\ud83d\\ude00"]',
    ]
    documents = []
    for _ in range(count):
        data = bytearray(source.choice(seeds))
        for _ in range(source.randint(1, 3)):
            place = source.randint(0, len(data))
            end = place + source.randint(0, 1)
            data[place:end] = bytes(source.choices(ALPHABET, k=source.randint(0, 1)))
        documents.append(bytes(data))
    return documents


def test_both_judge_every_document_alike() -> None:
    documents = [*BY_HAND, *spoilt(5, 6000)]
    pairs = list(zip(documents, ours(documents), theirs(documents), strict=True))
    assert [data[:60] for data, python, javascript in pairs if python != javascript] == []
    taken = sum(python is not None for _, python, _ in pairs)
    assert 500 < taken < len(pairs) - 500


@settings(max_examples=8, deadline=None)
@given(st.lists(json_values(), min_size=20, max_size=60))
def test_what_python_writes_is_read_back(values: list[Any]) -> None:
    documents = [json.dumps(value).encode() for value in values]
    assert theirs(documents) == ours(documents)


def canonical(documents: list[bytes]) -> list[str]:
    body = (
        'return given.map((hex) => V.canonicalJson(V.parseJson(new Uint8Array(Buffer.from(hex, "hex")), "document")));'
    )
    answers: list[str] = ask(body, [data.hex() for data in documents])
    return answers


@settings(max_examples=8, deadline=None)
@given(st.lists(json_values(), min_size=20, max_size=60))
def test_both_have_the_same_canonical_form(values: list[Any]) -> None:
    expected = [canonical_bytes(value).decode() for value in values]
    assert canonical([json.dumps(value).encode() for value in values]) == expected


def test_rfc_8785_vectors() -> None:
    folder = shared_data("third-party/jcs/testdata")
    inputs = sorted((folder / "input").iterdir())
    # The vectors hold numbers that the strict reader refuses; `JSON.parse` reads what the scheme is to write.
    body = 'return given.map((hex) => V.canonicalJson(JSON.parse(Buffer.from(hex, "hex").toString("utf-8"))));'
    written = ask(body, [path.read_bytes().hex() for path in inputs])
    expected = [(folder / "output" / path.name).read_text(encoding="utf-8").strip() for path in inputs]
    assert len(expected) >= 4
    assert written == expected
