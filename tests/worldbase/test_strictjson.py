"""JSON that two readers could read differently is refused, with every fault at once and where it stands."""

from __future__ import annotations

import io
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from worldbase import strictjson
from worldbase.errors import InputError, Where
from worldbase.strictjson import Masked

Read = Callable[[bytes], Any]


def refusal(data: bytes, **limits: int) -> InputError:
    with pytest.raises(InputError) as caught:
        strictjson.parse(data, file="f.json", **limits)
    return caught.value


def faults(data: bytes) -> list[tuple[str, str | None]]:
    return [(problem.code, problem.where.pointer) for problem in refusal(data).problems]


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"null", None),
        (b"true", True),
        (b' {"a": [1, "b", {}]}\r\n\t', {"a": [1, "b", {}]}),
        (b'"\\ud83e\\udd16 \xe2\x82\xac"', "\U0001f916 €"),
        (b'{"a": 1, "A": 2, "": 3}', {"a": 1, "A": 2, "": 3}),
        (b'[{"a": 1}, {"a": 2}]', [{"a": 1}, {"a": 2}]),
        (b'"NaN"', "NaN"),
    ],
    ids=[
        "null",
        "true",
        "layout",
        "surrogate pair",
        "keys that differ in case",
        "one key in two objects",
        "NaN as text",
    ],
)
def test_what_every_reader_reads_alike_passes(data: bytes, value: Any) -> None:
    assert strictjson.parse(data) == value


@pytest.mark.parametrize(
    ("token", "value"),
    [
        ("0.80", 0.8),
        ("1.0", 1.0),
        ("1e2", 100.0),
        ("1E+2", 100.0),
        ("-0.5", -0.5),
        ("0.1", 0.1),
        ("5e-324", 5e-324),
        ("1.7976931348623157e308", 1.7976931348623157e308),
        ("-0", 0),
        ("9007199254740991", 2**53 - 1),
        ("-9007199254740991", -(2**53) + 1),
    ],
)
def test_numbers_that_a_double_carries_pass(token: str, value: float) -> None:
    read = strictjson.parse(token.encode())
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("token", "code"),
    [
        pytest.param("NaN", "json.not_finite", id="NaN"),
        pytest.param("Infinity", "json.not_finite", id="Infinity"),
        pytest.param("-Infinity", "json.not_finite", id="-Infinity"),
        pytest.param("1e999", "json.overflow", id="overflow"),
        pytest.param("-1e999", "json.overflow", id="negative overflow"),
        pytest.param("0.1000000000000000055", "json.inexact", id="more digits than a double has"),
        pytest.param("1e-400", "json.inexact", id="underflow to zero"),
        pytest.param("0e99999999999999999999", "json.inexact", id="exponent that no decimal holds"),
        pytest.param("9007199254740993.0", "json.inexact", id="fraction beyond 2^53"),
        pytest.param("0." + "1" * 100_000, "json.inexact", id="a hundred thousand digits"),
        pytest.param("9007199254740992", "json.integer_range", id="2^53"),
        pytest.param("-9007199254740992", "json.integer_range", id="-2^53"),
        pytest.param("1" * 5_000, "json.integer_range", id="5,000 digits"),
    ],
)
def test_numbers_that_readers_disagree_on_are_refused_where_they_stand(token: str, code: str) -> None:
    error = refusal(f'{{"rate": [0, {token}]}}'.encode())
    assert (error.code, error.where) == (code, Where("f.json", "/rate/1"))
    assert len(error.message) < 120


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        (b'{"a": 1, "a": 1}', "/a"),
        (b'{"a": {"b": [0, {"c": 1, "c": 2}]}}', "/a/b/1/c"),
        (b'{"a/b~c": 1, "a/b~c": 2}', "/a~1b~0c"),
        (b'{"\\u0061": 1, "a": 2}', "/a"),
        (b'{"": 1, "": 2}', "/"),
    ],
    ids=["top", "nested", "escaped pointer", "once as an escape", "empty key"],
)
def test_a_key_that_comes_twice_is_refused_with_its_pointer(data: bytes, pointer: str) -> None:
    assert faults(data) == [("json.duplicate_key", pointer)]


def test_a_key_that_comes_three_times_is_one_problem() -> None:
    assert faults(b'{"a": 1, "a": 2, "a": 3, "b": 0}') == [("json.duplicate_key", "/a")]


@pytest.mark.parametrize(
    "mark", [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\x00\x00"], ids=["utf-8", "16 le", "16 be", "32 le"]
)
def test_a_byte_order_mark_is_refused(mark: bytes) -> None:
    assert refusal(mark + b"{}").code == "json.bom"


def test_bytes_that_are_not_utf8_are_refused_with_their_line() -> None:
    error = refusal(b'{\n"a": 1,\n"b": "\xff"}')
    assert (error.code, error.where) == ("json.encoding", Where("f.json", line=3))


@pytest.mark.parametrize("data", [b'"\xed\xa0\x80"', b'"\xc0\xaf"'], ids=["encoded surrogate", "overlong slash"])
def test_ill_formed_utf8_is_refused(data: bytes) -> None:
    assert refusal(data).code == "json.encoding"


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        (b'{"a": "\\ud800"}', "/a"),
        (b'["\\udfff\\ud800"]', "/0"),
        (b'{"k\\ud800": 1}', r"/k\ud800"),
        (b'{"k\\ud800": {"b": "\\udc00"}}', r"/k\ud800"),
    ],
    ids=["value", "pair in the wrong order", "key", "below a key"],
)
def test_a_lone_surrogate_is_refused_and_its_pointer_can_be_printed(data: bytes, pointer: str) -> None:
    error = refusal(data)
    assert error.problems[0].code == "json.surrogate"
    assert error.problems[0].where.pointer == pointer
    str(error).encode("utf-8")


def test_what_stands_below_a_key_with_a_surrogate_can_be_printed_too() -> None:
    error = refusal(b'{"\\ud800": NaN, "\\ud800": NaN, "b\\ud800": [NaN]}')
    assert {problem.code for problem in error.problems} == {
        "json.duplicate_key",
        "json.surrogate",
        "json.not_finite",
    }
    "\n".join(map(str, error.problems)).encode("utf-8")


@pytest.mark.parametrize(
    ("data", "line"),
    [(b"{}\n{}", 2), (b"{},", 1), (b'{"a": 1}\x00', 1), (b"1 2", 1)],
    ids=["second document", "comma", "NUL", "second number"],
)
def test_bytes_after_the_end_are_refused(data: bytes, line: int) -> None:
    error = refusal(data)
    assert (error.code, error.where) == ("json.trailing", Where("f.json", line=line))


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"", 1),
        (b"\n\n", 3),
        (b'{\n"a": 1,}', 2),
        (b"{'a': 1}", 1),
        (b'"a\nb"', 1),
        (b'"\\x41"', 1),
        (b"01", 1),
        (b".5", 1),
        (b"[1,]", 1),
        (b"// no\n1", 1),
        (b"version https://git-lfs.example/spec/v1\n", 1),
    ],
    ids=[
        "nothing",
        "white space",
        "comma before a brace",
        "single quotes",
        "line break in a string",
        "unknown escape",
        "leading zero",
        "no digit before the point",
        "comma before a bracket",
        "comment",
        "not JSON at all",
    ],
)
def test_what_is_not_json_is_refused_with_its_line(data: bytes, line: int) -> None:
    error = refusal(data)
    assert error.code in ("json.syntax", "json.trailing")
    assert error.where == Where("f.json", line=line)


def test_nesting_passes_down_to_the_limit_and_not_below() -> None:
    limit = strictjson.MAX_DEPTH
    strictjson.parse(b"[" * limit + b"]" * limit)
    error = refusal(b"[" * (limit + 1) + b"]" * (limit + 1))
    assert (error.code, error.where) == ("json.depth", Where("f.json", "/0" * limit))


def test_the_depth_limit_can_be_set_and_is_named() -> None:
    strictjson.parse(b'{"a": [1]}', max_depth=2)
    error = refusal(b'{"a": [[]]}', max_depth=2)
    assert error.code == "json.depth"
    assert "deeper than 2 levels" in error.message


@pytest.mark.parametrize("read", [strictjson.parse, strictjson.first_duplicate_key], ids=["parse", "duplicate keys"])
@pytest.mark.parametrize(
    "data",
    [b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 100_000],
    ids=["open brackets", "brackets", "open objects"],
)
def test_a_hundred_thousand_levels_are_refused_not_a_crash(read: Read, data: bytes) -> None:
    with pytest.raises(InputError) as caught:
        read(data)
    assert caught.value.code == "json.depth"


def test_the_size_limit_counts_bytes() -> None:
    strictjson.parse(b'"\xe2\x82\xac"', max_bytes=5)
    assert refusal(b'"\xe2\x82\xac"', max_bytes=4).code == "json.size"


def test_a_document_that_is_too_large_is_not_even_decoded() -> None:
    assert refusal(b"\xff" * 11, max_bytes=10).code == "json.size"


def test_all_problems_come_at_once() -> None:
    data = b"""{
        "rate": NaN,
        "margin": 0.1000000000000000055,
        "seeds": [1, 9007199254740992, 1e999],
        "twice": 1,
        "twice": {"id": 1, "id": 2},
        "name": "\\udc00"
    }"""
    assert sorted(faults(data)) == [
        ("json.duplicate_key", "/twice"),
        ("json.duplicate_key", "/twice/id"),
        ("json.inexact", "/margin"),
        ("json.integer_range", "/seeds/1"),
        ("json.not_finite", "/rate"),
        ("json.overflow", "/seeds/2"),
        ("json.surrogate", "/name"),
    ]
    error = refusal(data)
    assert error.code == "json.strict"
    assert error.message.startswith("7 ")


class TestReadingAFile:
    def test_a_file_is_parsed(self, tmp_path: Path) -> None:
        path = tmp_path / "a.json"
        path.write_bytes(b'{"a": 1}')
        assert strictjson.load(path) == {"a": 1}

    def test_messages_say_the_given_name_instead_of_the_path(self, tmp_path: Path) -> None:
        path = tmp_path / "secret-place.json"
        path.write_bytes(b"NaN")
        with pytest.raises(InputError) as caught:
            strictjson.load(path, file="claim.json")
        assert caught.value.where == Where("claim.json", "")
        assert "secret-place" not in str(caught.value)

    def test_a_missing_file_says_so(self, tmp_path: Path) -> None:
        with pytest.raises(InputError) as caught:
            strictjson.load(tmp_path / "gone.json", file="gone.json")
        assert (caught.value.code, caught.value.where) == ("file.missing", Where("gone.json"))

    @pytest.mark.parametrize("name", [".", "nul\0byte", "lone\ud800surrogate"], ids=["folder", "NUL", "surrogate"])
    def test_what_cannot_be_opened_is_refused(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(InputError) as caught:
            strictjson.read_bytes(tmp_path / name, file="it")
        assert caught.value.code == "file.unreadable"

    def test_reading_stops_at_the_limit(self, tmp_path: Path) -> None:
        path = tmp_path / "large.json"
        path.touch()
        os.truncate(path, 20_000_000)
        tracemalloc.start()
        try:
            with pytest.raises(InputError) as caught:
                strictjson.read_bytes(path, max_bytes=1000)
            assert tracemalloc.get_traced_memory()[1] < 2_000_000
        finally:
            tracemalloc.stop()
        assert caught.value.code == "json.size"

    def test_a_file_of_just_the_limit_passes(self, tmp_path: Path) -> None:
        path = tmp_path / "full.json"
        path.write_bytes(b" " * 999 + b"1")
        assert strictjson.load(path, max_bytes=1000) == 1


def mask(text: bytes) -> tuple[bytes, list[Masked]]:
    target = io.BytesIO()
    masked = strictjson.mask_nonfinite(io.BytesIO(text), target)
    return target.getvalue(), masked


class TestMasking:
    def test_each_token_becomes_null_and_is_named_with_its_line(self) -> None:
        text, masked = mask(b'{\n"a": NaN, "b": -Infinity,\n"c": [1,\nInfinity]}\n')
        assert text == b'{\n"a": null, "b": null,\n"c": [1,\nnull]}\n'
        assert masked == [Masked("NaN", 2), Masked("-Infinity", 2), Masked("Infinity", 4)]

    @pytest.mark.parametrize(
        "text",
        [
            b'{"a": "NaN", "NaN": "-Infinity"}',
            b'["say \\"NaN\\" twice", "\\\\", "Infinity"]',
            b'["ends in a backslash \\\\"]',
            b'["NaN \\" NaN"]',
            b"[1, 2.5, null, true]",
            b"[NaNs, xNaN, NaN1, Infinity_]",
            b'"NaN that never ends',
            b'"NaN that never ends \\',
            b"",
        ],
        ids=[
            "texts and keys",
            "escaped quotes",
            "escaped backslash",
            "one escaped quote",
            "nothing to mask",
            "longer words",
            "open string",
            "open escape",
            "empty",
        ],
    )
    def test_everything_else_stays_byte_for_byte(self, text: bytes) -> None:
        assert mask(text) == (text, [])

    def test_a_token_between_texts_is_found(self) -> None:
        assert mask(b'["\\\\",NaN,"\\""]')[0] == b'["\\\\",null,"\\""]'

    def test_bytes_that_are_no_text_pass_through(self) -> None:
        assert mask(b'["\xff\x00", NaN]') == (b'["\xff\x00", null]', [Masked("NaN", 1)])

    def test_a_very_long_text_costs_little_memory(self) -> None:
        text = b'["N' + b"a" * 2_000_000 + b'", NaN]'
        tracemalloc.start()
        try:
            assert len(mask(text)[1]) == 1
            assert tracemalloc.get_traced_memory()[1] < 10 * len(text)
        finally:
            tracemalloc.stop()


class TestFirstDuplicateKey:
    @pytest.mark.parametrize(
        ("data", "pointer"),
        [
            (b'{"a": 1, "b": {"a": 2}}', None),
            (b'{"a": 1, "a": 2}', "/a"),
            (b'[{"a": [{"b": 1, "b": 2, "c": 3, "c": 4}]}]', "/0/a/0/b"),
            (b'{"a": NaN, "b": 1e999, "c": 0.1000000000000000055}', None),
            (b'{"n": ' + b"1" * 5_000 + b', "a": 1, "a": 2}', "/a"),
        ],
        ids=["none", "top", "nested", "numbers are not judged", "5,000 digits"],
    )
    def test_only_keys_are_judged(self, data: bytes, pointer: str | None) -> None:
        assert strictjson.first_duplicate_key(data) == pointer

    @pytest.mark.parametrize(
        ("data", "code"),
        [(b"{", "json.syntax"), (b'{"a": "\xff"}', "json.encoding"), (b"{} {}", "json.trailing")],
        ids=["cut off", "not UTF-8", "trailing"],
    )
    def test_what_is_not_json_is_refused(self, data: bytes, code: str) -> None:
        with pytest.raises(InputError) as caught:
            strictjson.first_duplicate_key(data, file="f.json")
        assert caught.value.code == code
        assert caught.value.where is not None
        assert caught.value.where.file == "f.json"


@pytest.mark.parametrize(
    ("token", "joined"),
    [("a", "/x/a"), (0, "/x/0"), ("a/b", "/x/a~1b"), ("a~b", "/x/a~0b"), ("~1", "/x/~01"), ("", "/x/"), ("ü", "/x/ü")],
)
def test_pointers_follow_rfc_6901(token: str | int, joined: str) -> None:
    assert strictjson.pointer_join("/x", token) == joined
