"""Whatever is changed, and however carefully: a number, a word or an outcome that does not follow is refused."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.worldflux.verify.packages import pairs_package, tasks_package
from tests.worldflux.verify.recomputing import (
    Files,
    changed_at,
    edited,
    is_number,
    lines_of,
    members_of,
    places_of,
    refusal,
    shared,
    with_episodes,
)
from worldbase.console import Progress
from worldbase.document import Loaded
from worldflux.package import layout
from worldflux.verify.compare_numbers import Comparison
from worldflux.verify.recompute import Members
from worldflux.verify.recount import recounted

LAWS: Final = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
PARTS: Final = ("cells", "blocks", "repeated_starts")
"""Parts of the audit input that hold nothing but what follows."""
TAKEN_AS_STORED: Final = {"/id", "/created_at", "/rules", "/render", "/schema_version"}


@pytest.fixture(scope="module", params=[tasks_package, pairs_package], ids=["tasks", "pairs"])
def files(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Files:
    make: Callable[[Path], Files] = request.param
    return make(tmp_path_factory.mktemp("package") / "place")


@pytest.fixture(scope="module")
def members(files: Files) -> Members:
    return members_of(files)


def again(members: Members, files: Files) -> Members:
    """The same members with the episodes at their start."""
    return replace(members, episodes=io.BytesIO(files[layout.EPISODES]))


def with_evidence(members: Members, value: Any) -> Members:
    """Evidence whose value was changed behind the back of its schema, so that nothing but the numbers can tell."""
    stored = members.evidence
    return replace(members, evidence=Loaded(stored.document, value, stored.digest, stored.data))


changes: Final = st.one_of(
    st.integers(1, 1000).map(lambda step: lambda number: number + step),
    st.integers(1, 1000).map(lambda step: lambda number: number - step),
    st.sampled_from([1e-6, -1e-6, 1e-8, 0.5]).map(
        lambda part: lambda number: number * (1 + part) if isinstance(number, float) and number else number + 1
    ),
)


@LAWS
@given(data=st.data())
def test_no_number_of_the_evidence_can_be_changed(data: st.DataObject, files: Files, members: Members) -> None:
    value = members.evidence.value
    pointer = data.draw(st.sampled_from(list(places_of(value, is_number))))
    forged = changed_at(value, pointer, data.draw(changes))
    withheld = data.draw(st.booleans())
    given_members = shared(members) if withheld else again(members, files)
    error = refusal(with_evidence(given_members, forged))
    assert (error.code, error.exit_code) == ("recomputation.evidence", 18)
    assert error.where is not None
    assert (error.where.file, error.where.pointer) == (layout.EVIDENCE, pointer)
    assert len(error.problems) == 1


@LAWS
@given(data=st.data())
def test_no_word_of_the_evidence_can_be_changed(data: st.DataObject, files: Files, members: Members) -> None:
    value = members.evidence.value
    places = [place for place in places_of(value, lambda found: isinstance(found, str)) if place not in TAKEN_AS_STORED]
    pointer = data.draw(st.sampled_from(places))
    error = refusal(with_evidence(again(members, files), changed_at(value, pointer, lambda text: f"{text} ")))
    assert error.where is not None
    assert (error.code, error.where.pointer) == ("recomputation.evidence", pointer)


@LAWS
@given(data=st.data())
def test_no_number_of_the_cells_can_be_changed(data: st.DataObject, files: Files) -> None:
    value = json.loads(files[layout.AUDIT_INPUT])
    places = [place for part in PARTS for place in places_of(value[part], is_number, f"/{part}")]
    pointer = data.draw(st.sampled_from(places))
    step = data.draw(st.integers(1, 1000))
    forged = edited(
        files, layout.AUDIT_INPUT, lambda whole: whole.update(changed_at(whole, pointer, lambda n: n + step))
    )
    error = refusal(members_of(forged))
    assert error.where is not None
    assert error.code in ("recomputation.cells", "recomputation.plan")  # an edited run seed is another run
    assert pointer in {problem.where.pointer for problem in error.problems}


@LAWS
@given(data=st.data())
def test_no_outcome_can_be_turned_round(data: st.DataObject, files: Files) -> None:
    """Even where the forger writes the failures anew from the episodes that he turned."""
    lines = lines_of(files)
    number = data.draw(st.integers(0, len(lines) - 1))
    record = json.loads(lines[number])
    won = record["outcome"] == "success"
    record.update(outcome="failure" if won else "success", success=not won)
    lines[number] = msgspec.json.encode(record) + b"\n"
    forged = members_of(with_episodes(files, b"".join(lines)))
    assert forged.episodes is not None
    rewritten = recounted(forged.episodes, forged.audit_input.document.run.inputs, Progress())
    forged.episodes.seek(0)
    forged = replace(forged, failures=rewritten.failures, replays=rewritten.replays)
    error = refusal(forged)
    assert error.code == "recomputation.cells"
    assert "recomputation.failures" not in {problem.code for problem in error.problems}


@LAWS
@given(data=st.data())
def test_no_byte_of_the_report_can_be_changed(data: st.DataObject, files: Files, members: Members) -> None:
    report = files[layout.REPORT]
    position = data.draw(st.integers(0, len(report) - 1))
    changed = bytes([report[position] ^ data.draw(st.integers(1, 255))])
    forged = replace(again(members, files), report=report[:position] + changed + report[position + 1 :])
    assert refusal(forged).code == "recomputation.report"


def nested(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaves,
        lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=2), children, max_size=3),
        max_leaves=8,
    )


words: Final = st.none() | st.booleans() | st.text(max_size=3)
numbers: Final = st.integers(-5, 5) | st.floats(-5, 5)


def differing(stored: Any, recomputed: Any) -> int:
    comparison = Comparison()
    comparison.compare(stored, recomputed, code="recomputation.evidence", file="x")
    return comparison.differing


@given(nested(words | numbers))
def test_a_value_differs_from_itself_in_nothing(value: Any) -> None:
    assert differing(value, json.loads(json.dumps(value))) == 0


@given(nested(words), nested(words))
def test_values_without_numbers_are_the_same_or_differ(left: Any, right: Any) -> None:
    assert (differing(left, right) == 0) == (left == right)


def test_true_is_no_one() -> None:
    assert differing(True, 1) == differing(1, True) == differing(False, 0.0) == 1
    assert differing(None, 0) == differing("1", 1) == 1


def test_a_whole_number_may_be_written_without_its_fraction_and_not_the_reverse() -> None:
    assert differing(1, 1.0) == 0
    assert differing(1.0, 1) == 1


@pytest.mark.parametrize(
    ("pointer", "stored", "recomputed", "same"),
    [
        ("/metrics/0/estimate", 0.5, 0.5 * (1 + 9e-10), True),
        ("/metrics/0/estimate", 0.5, 0.5 * (1 + 2e-9), False),
        ("/metrics/0/power/at_claim", 0.0, 1.6e-15, True),
        ("/metrics/0/power/at_claim", 0.0, 2e-13, False),
        ("/metrics/0/p_value/value", 1e-40, 1e-16, False),
        ("/metrics/0/sequential/log_e_support", 0.0, 9e-9, True),
        ("/metrics/0/sequential/log_e_support", 0.0, 2e-8, False),
    ],
)
def test_how_far_a_number_may_be_off(pointer: str, stored: float, recomputed: float, same: bool) -> None:
    comparison = Comparison()
    comparison.compare(stored, recomputed, code="recomputation.evidence", file="evidence.json", pointer=pointer)
    assert (comparison.differing == 0) == same
