"""`worldflux stats vectors`: which reference values are met, and which are not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.command import worldflux
from tests.support import FIXTURES

FILE = FIXTURES / "statistics" / "vectors.json"
GOOD = {"id": "good", "function": "mcnemar_exact", "input": {"b": 3, "c": 12}, "expected": 0.03515625, "tol": 1e-9}


def _file(folder: Path, *changes: dict[str, Any]) -> Path:
    path = folder / "mine.json"
    path.write_text(json.dumps({"vectors": [{**GOOD, **change} for change in changes]}))
    return path


@pytest.mark.slow
def test_our_own_file_is_met() -> None:
    outcome = worldflux("stats vectors --format json", FILE)
    report = json.loads(outcome.out)
    assert (outcome.code, outcome.err) == (0, "")
    assert (report["ok"], report["matched"], report["of"], report["not_shipped"]) == (True, 230, 230, 8)
    assert report["failing"] == []
    assert {"function": "wilson", "matched": 26, "of": 26, "failing": [], "status": "ok"} in report["functions"]


def test_what_fails_is_named_and_the_answer_is_no(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        {},
        {"id": "off", "expected": 0.0351},
        {"id": "new", "function": "bayes_factor"},
        {"id": "theirs", "function": "step_nmax200"},
    )
    outcome = worldflux("stats vectors", path)
    assert outcome.code == 1
    assert outcome.out == (
        "function       matched  of  failing\n"
        "mcnemar_exact        1   2  1\n"
        "bayes_factor         0   1  1\n"
        "step_nmax200         -   1  not shipped\n"
        "\n"
        "Failing vectors\n"
        "  mcnemar_exact: off\n"
        "  bayes_factor: new\n"
        "\n"
        "1 of 3 vectors match; 1 of functions that are not shipped.\n"
    )
    assert "2 of 4 vectors do not match  [vectors.mismatch]" in outcome.err


def test_every_failing_id_is_shown_however_many_there_are(tmp_path: Path) -> None:
    ids = [f"wrong-{number:03}" for number in range(100)]
    path = _file(tmp_path, *({"id": one, "expected": 0.5} for one in ids))
    for form in ("text", "markdown", "json"):
        outcome = worldflux("stats vectors", path, "--format", form)
        assert outcome.code == 1
        assert all(one in outcome.out for one in ids)


def test_what_was_not_shipped_on_purpose_fails_nothing(tmp_path: Path) -> None:
    path = _file(tmp_path, {"function": "savi_two_sample"})
    outcome = worldflux("stats vectors", path)
    assert outcome.code == 0
    assert "not shipped" in outcome.out


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("{", "json.syntax", "mine.json"),
        ("[]", "vectors.invalid", "mine.json"),
        ('{"vectors": 3}', "vectors.invalid", "mine.json at /vectors"),
        ('{"vectors": [{"id": "a"}]}', "vectors.invalid", "mine.json at /vectors/0/function"),
        ('{"vectors": [], "vectors": []}', "json.duplicate_key", "mine.json at /vectors"),
    ],
)
def test_a_malformed_file_is_one_clear_error(text: str, code: str, place: str, tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text(text)
    outcome = worldflux("stats vectors", tmp_path / "mine.json")
    assert (outcome.code, outcome.out) == (3, "")
    assert code in outcome.err
    assert f"in: {place}" in outcome.err
    assert outcome.err.count("error: ") == 1


def test_names_of_a_strange_file_move_no_cursor(tmp_path: Path) -> None:
    path = _file(tmp_path, {"id": "a\u001b[2J", "function": "x\ny"})
    for form in ("text", "markdown", "json"):
        shown = worldflux("stats vectors", path, "--format", form)
        assert shown.code == 1
        assert "\x1b" not in shown.out
        assert "x\ny" not in shown.out


def test_a_missing_file() -> None:
    outcome = worldflux("stats vectors missing.json")
    assert (outcome.code, "file.missing" in outcome.err) == (3, True)
