"""The quick way past the sanitiser leads nowhere that the sanitiser itself would not have led."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from worldbase.redact import is_clean
from worldbase.redaction.familiar import Familiar
from worldbase.redaction.shapes import shape_of

CORPUS = json.loads((Path(__file__).parents[1] / "fixtures" / "redaction" / "planted.json").read_text(encoding="utf-8"))
PLANTED = [base64.b64decode(entry["text_b64"]).decode() for entry in CORPUS["planted"]]
BENIGN = [base64.b64decode(entry["text_b64"]).decode() for entry in CORPUS["benign"]]

# What makes lines depend on each other, and what numbers may stand beside.
STARTERS = (
    *("secrets:", "  db: hunter2x9", "[credentials]", "password: |", "  s3cr3tPassw0rd", "token: >-", "api_key = |"),
    *("-----BEGIN PRIVATE KEY-----", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC", "-----END PRIVATE KEY-----"),
    *("user | token | node", "host,password,rate", "USER NODE STATE", "alice | a1b2c3d4e5f6 | gpu-7"),
    *("machine example.org login", "robot password", "s3cr3tPassw0rd1", "default login x passwd"),
    *(
        "name: HF_TOKEN",
        "value: q7Zk2p9X",
        '{"name": "HF_TOKEN",',
        '"value": "q7Zk2p9X"}',
        "<password",
        'x="1">abc</password>',
    ),
    *("sshpass host", "-p hunter2x", "mysql -u root", "-phunter2x", "connect to", "8.8.8.8", "host:", "172.20.0.1:22"),
    *("Linux 12 6.1", "Linux node7 6.1.0", "Host 12", "Nov 21 03:03:55 box7 sshd[1]: x", 'user "12"', "user 'a1'"),
    *("- sig: ", "password is ", "pin: 1234", "pin: 12", "otp=123456", "token 12345678.5", "basic 12345678", "a]12.3"),
    *("/runs/20261121T030355Z-fd5ae738/x.json", "/home/ada/x", "topic ", "/foo/bar", "192.168.", "1.2", "::1234.5"),
    *(
        "node ",
        "gpu7",
        "run by ",
        "w0rker",
        "id: ",
        "sha256:" + "ab12" * 16,
        "2026-11-21T03:03:55Z",
        "localhost",
        ":8080",
    ),
)
NUMBERS = st.one_of(
    st.integers(0, 10**9).map(str),
    st.floats(0, 1e6, allow_nan=False).map(repr),
    st.decimals(0, 10**5, places=3).map(str),
    st.sampled_from(["1234", "12", "0.5", "-3.25", "1e-05", "30,808", "20261121T030355Z-fd5ae738"]),
)
FRAGMENTS = st.one_of(
    st.sampled_from(STARTERS),
    NUMBERS,
    st.sampled_from([line for text in PLANTED + BENIGN for line in text.split("\n")]),
)
JOINTS = st.sampled_from(
    ["\n", "\n", " ", ", ", ",", '"', "'", "|", " | ", ": ", "=", "<", ">", "}", "]", "\r\n", "\t", "\\n", ""]
)
TEXTS = st.lists(st.tuples(FRAGMENTS, JOINTS), min_size=1, max_size=12).map(
    lambda pieces: "".join(fragment + joint for fragment, joint in pieces)
)
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(0, 10**9), st.floats(allow_nan=False), FRAGMENTS)
NAMES = st.sampled_from(
    [
        "name",
        "key",
        "value",
        "token",
        "password",
        "pin_code",
        "otp",
        "host",
        "node",
        "user",
        "sha256",
        "secrets",
        "digests",
        "a",
        "b",
    ]
)
VALUES = st.recursive(
    LEAVES,
    lambda inside: st.one_of(
        st.lists(inside, max_size=4), st.dictionaries(st.one_of(NAMES, FRAGMENTS), inside, max_size=4)
    ),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def familiar() -> Familiar:
    """One for all examples: what it learns from one of them is what it might let pass in the next."""
    return Familiar()


@settings(max_examples=500)
@given(text=TEXTS)
@example(text="password: |\n  s3cr3tPassw0rd\n")
@example(text="user | token\n--- | ---\nalice | a1b2c3d4e5f6\n")
@example(text='user "12"')
@example(text="::1234.5")
@example(text="host:\n8.8.8.8\n")
def test_a_familiar_text_is_clean(familiar: Familiar, text: str) -> None:
    if familiar.is_familiar_text(text):
        assert is_clean(text)


@settings(max_examples=500)
@given(value=VALUES, indent=st.sampled_from([None, 2]), is_ascii=st.booleans())
@example(value={"password": [1234, 5]}, indent=None, is_ascii=True)
@example(value=[{"name": "HF_TOKEN", "value": "q7Zk2p9X"}], indent=2, is_ascii=True)
def test_a_familiar_document_is_clean(familiar: Familiar, value: Any, indent: int | None, is_ascii: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=is_ascii)
    if familiar.is_familiar_document(text):
        assert is_clean(text)


@settings(max_examples=300)
@given(
    values=st.lists(st.dictionaries(NAMES, LEAVES, max_size=3), max_size=4), end=st.sampled_from(["", "\n", "\u2028\n"])
)
def test_familiar_lines_of_documents_are_clean(familiar: Familiar, values: list[Any], end: str) -> None:
    text = "".join(json.dumps(value, ensure_ascii=False) + (end or "\n") for value in values)
    if familiar.are_familiar_documents(text):
        assert is_clean(text)


@settings(max_examples=500)
@given(text=TEXTS)
def test_a_text_is_clean_where_its_shape_is(text: str) -> None:
    if is_clean(shape_of(text)):
        assert is_clean(text)


@pytest.mark.parametrize("text", ["# Report\n\n| a | 0.25 |\n", "plain words\n", "p95 412.5 ms of 1,024 calls\n"])
def test_harmless_texts_are_familiar(text: str) -> None:
    assert Familiar().is_familiar_text(text)


def test_numbers_digests_ids_and_times_do_not_make_a_text_unfamiliar() -> None:
    texts = [
        f"run 20261121T03035{n}Z-{n:08x} at 2026-11-21T03:03:5{n}Z took {n}.25 ms for {n + 10} calls sha256:{n:064x}\n"
        for n in range(1, 9)
    ]
    assert len(set(map(shape_of, texts))) == 1
    assert len(set(map(shape_of, ["1", "12", "123", "1234"]))) == 4


def test_an_object_with_a_repeated_name_is_never_familiar() -> None:
    assert not Familiar().is_familiar_document('{"a": "/home/ada/secret", "a": "x"}')
    assert Familiar().is_familiar_document('{"a": "x", "b": 1234}')
    assert not Familiar().is_familiar_document('{"password": 1234}')
