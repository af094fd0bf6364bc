"""Laws of digests."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.values import json_values
from worldbase import digest, strictjson


@given(st.binary(max_size=200))
def test_every_digest_has_the_one_form_and_says_sha256(data: bytes) -> None:
    text = digest.of_bytes(data)
    assert digest.is_digest(text)
    assert re.search(digest.PATTERN, text)
    assert bytes.fromhex(text.removeprefix("sha256:")) == hashlib.sha256(data).digest()
    assert not digest.is_placeholder(text)


@given(json_values(), st.sampled_from([None, 2]), st.booleans(), st.booleans())
def test_layout_does_not_change_the_digest_of_a_value(
    value: Any, indent: int | None, ascii_only: bool, sort_keys: bool
) -> None:
    written = json.dumps(value, indent=indent, ensure_ascii=ascii_only, sort_keys=sort_keys)
    assert digest.of_value(strictjson.parse(written.encode())) == digest.of_value(value)


@settings(max_examples=20)
@given(st.lists(st.binary(max_size=30), max_size=150))
def test_many_files_have_the_digests_of_each_in_order(contents: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / str(number) for number in range(len(contents))]
        for path, content in zip(paths, contents, strict=True):
            path.write_bytes(content)
        assert digest.of_files(paths) == [digest.of_bytes(content) for content in contents]


@given(st.text("sha256:0123456789abcdefABCDEF \n", max_size=80) | st.from_regex(digest.PATTERN))
def test_program_and_pattern_agree_on_what_is_a_digest(text: str) -> None:
    assert digest.is_digest(text) == bool(re.fullmatch(r"sha256:[0-9a-f]{64}", text))
    assert bool(re.search(digest.PATTERN, text)) == digest.is_digest(text)
