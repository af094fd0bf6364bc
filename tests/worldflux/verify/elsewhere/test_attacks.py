"""Attacks on which the two verifiers once disagreed, and odd arguments of the one in Node."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.forgeries import Change, by_author, edited, replaced, signature
from tests.support import REPO
from tests.tampering import AUTHOR
from tests.worldflux.signed_packages import trust_author, verified
from tests.worldflux.verify.elsewhere.node import Asked, ask, reports, run
from worldflux.package import archive
from worldflux.package.archive_content import silent

VECTORS: Final = REPO / "tests" / "vectors"
TRUSTED: Final = VECTORS / "trusted.json"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    archive.unpack(VECTORS / "good.tar.gz", tmp_path / "package", silent)
    return tmp_path / "package"


def nested(levels: int) -> Callable[[dict[str, Any]], object]:
    """Add a field that DSSE does not know to an envelope, nested so deep."""

    def change(envelope: dict[str, Any]) -> None:
        value: Any = 1
        for _ in range(levels):
            value = [value]
        envelope["unknown"] = value

    return change


def linked(folder: Path) -> None:
    os.link(folder / AUTHOR, folder / "signatures" / "reviewer-01234567.dsse.json")


def no_trailing_newline(name: str) -> Change:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes().rstrip(b"\n"))


ATTACKS: Final[dict[str, tuple[int, Change]]] = {
    "deep unknown field of an envelope": (15, signature(nested(20))),
    "the deepest unknown field that passes": (0, signature(nested(15))),
    "envelope of seventeen megabytes": (15, signature(lambda envelope: envelope.update(unknown="x" * (17 << 20)))),
    "a signature file with two names": (10, linked),
    "a blank in the failure index": (18, by_author(replaced("failure_evidence_index.jsonl", "{", "{ "))),
    "a blank in the replay lines": (18, by_author(replaced("failure_replay_manifest.jsonl", ":", ": "))),
    "an end of file in the failure index": (18, by_author(no_trailing_newline("failure_evidence_index.jsonl"))),
    "a place of a finding left out of the input": (
        0,
        by_author(edited("audit_input.json", lambda value: value["findings"][0].pop("where"))),
    ),
    "a place of a finding left out of the evidence": (
        18,
        by_author(edited("evidence.json", lambda value: value["findings"][0].pop("where"))),
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_both_say_the_same(package: Path, name: str) -> None:
    exit_code, change = ATTACKS[name]
    change(package)
    trusted = trust_author(package.parent)
    (theirs,) = reports([Asked(package, trusted)])
    assert (verified(package, trusted=trusted).exit_code, theirs["exit_code"]) == (exit_code, exit_code)


def test_a_share_that_withholds_no_episodes_is_counted_again(package: Path) -> None:
    (package / "raw_evidence_manifest.json").unlink()
    (theirs,) = reports([Asked(package, trust_author(package.parent), profile="share")])
    assert (theirs["exit_code"], theirs["package"]["level"]) == (0, "episodes")


@pytest.mark.parametrize(
    "expected", [["__proto__=x"], ["constructor=x"], [f"package=sha256:{'0' * 64}", f"package=sha256:{'1' * 64}"]]
)
def test_an_expectation_is_never_passed_over(expected: list[str]) -> None:
    options = [word for text in expected for word in ("--expect", text)]
    assert run(VECTORS / "good.tar.gz", "--trusted-signer-config", TRUSTED, *options).returncode == 2


def test_a_trust_file_of_nothing_is_no_missing_trust_file(tmp_path: Path) -> None:
    (tmp_path / "trusted.json").write_text("null")
    assert run(VECTORS / "good.tar.gz", "--trusted-signer-config", tmp_path / "trusted.json").returncode == 3


def test_a_name_that_is_no_text_ends_in_a_report(package: Path) -> None:
    (Path(os.fsdecode(os.fsencode(package) + b"/\xff"))).write_bytes(b"")
    done = run(package, "--trusted-signer-config", TRUSTED)
    assert (done.returncode, done.stderr) == (10, "")


def test_a_pipe_in_place_of_a_package_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert run(tmp_path / "pipe").returncode == 2


@settings(max_examples=5, deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=50, max_size=50))
def test_numbers_are_written_as_audits_write_them(numbers: list[float]) -> None:
    numbers += [0.0, -0.0, 1e15, 1e16, 9.5e-6, 1e-5, 1e-6, 5e-324, 123456789012345680.0, 1.7976931348623157e308]
    written = [msgspec.json.encode(number).decode() for number in numbers]
    raw = base64.b64encode(msgspec.json.encode(numbers)).decode()
    body = 'return V.parseJson(new Uint8Array(Buffer.from(given, "base64")), "numbers").map(V.floatText);'
    assert ask(body, raw) == written
