"""`sha256:<hex>` of bytes, values and files."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

import jsonschema
import msgspec
import pytest

from worldbase import digest, strictjson

ABC = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
"""FIPS 180-2, appendix B.1."""


@pytest.mark.parametrize("data", [b"abc", memoryview(b"xabcx")[1:4]], ids=["bytes", "view"])
def test_bytes_have_the_published_digest(data: bytes | memoryview) -> None:
    assert digest.of_bytes(data) == ABC


def test_layout_and_key_order_do_not_change_the_digest_of_a_value() -> None:
    one = strictjson.parse(b'{"a": [1.0, 2], "b": "\\u00e9"}')
    other = strictjson.parse('{"b":"é",\n"a":[1,2.0]}'.encode())
    assert digest.of_value(one) == digest.of_value(other)


@pytest.mark.parametrize("changed", [b'{"a": [2, 1]}', b'{"a": [1, 2], "b": null}', b'{"A": [1, 2]}'])
def test_content_does_change_it(changed: bytes) -> None:
    assert digest.of_value(strictjson.parse(changed)) != digest.of_value({"a": [1, 2]})


@pytest.mark.parametrize("size", [0, 1, 2**20 - 1, 2**20, 2**20 + 1], ids=str)
def test_a_file_has_the_digest_of_its_bytes(tmp_path: Path, size: int) -> None:
    data = bytes(index * 7 % 251 for index in range(1000)) * (size // 1000 + 1)
    path = tmp_path / "data"
    path.write_bytes(data[:size])
    assert digest.of_file(path) == f"sha256:{hashlib.sha256(data[:size]).hexdigest()}"


@pytest.mark.parametrize("count", [0, 1, 2, 64, 65, 200])
def test_many_files_have_their_digests_in_order(tmp_path: Path, count: int) -> None:
    paths = [tmp_path / f"{number}" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_text(str(number), encoding="ascii")
    assert digest.of_files(paths) == [digest.of_bytes(str(number).encode()) for number in range(count)]


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        (ABC, True),
        ("sha256:" + "0" * 64, True),
        (ABC.upper(), False),
        (ABC[:-1], False),
        (ABC + "0", False),
        (ABC + "\n", False),
        ("\n" + ABC, False),
        (ABC.removeprefix("sha256:"), False),
        ("sha512:" + ABC.removeprefix("sha256:"), False),
        (ABC[:-1] + "g", False),
        (ABC[:-1] + "\N{ARABIC-INDIC DIGIT ONE}", False),
        ("", False),
    ],
)
def test_only_the_one_form_is_a_digest_to_program_documents_and_schema_alike(text: str, holds: bool) -> None:
    assert digest.is_digest(text) is holds
    assert accepts_in_document(text) is holds
    assert jsonschema.Draft202012Validator({"pattern": digest.PATTERN}).is_valid(text) is holds


def accepts_in_document(text: str) -> bool:
    try:
        msgspec.convert(text, Annotated[str, msgspec.Meta(pattern=digest.PATTERN)])
    except msgspec.ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    ("text", "holds"),
    [("sha256:" + "0" * 64, True), ("sha256:" + "f" * 64, True), (ABC, False), ("sha256:" + "0" * 65, False)],
)
def test_a_digit_64_times_means_not_bound_yet(text: str, holds: bool) -> None:
    assert digest.is_placeholder(text) is holds
    assert digest.is_placeholder(text + "\n") is False
