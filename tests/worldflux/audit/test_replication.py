"""A second package read as a reproduction: same conditions first, then within how many points."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tests.worldflux.audit.comparisons import compared, first, pusht
from worldflux.stats import comparison

KNOWN = ("max_steps=300", "n_action_steps=1", "simulator_version=1", "benchmark_version=1", "evaluator_version=0.3.3")
SHA = f"checkpoint_sha256=sha256:{'a' * 64}"


def _gate(left: Path, right: Path) -> dict[str, str]:
    found = compared(left, right, replicate=True)
    assert found.replication is not None
    return {condition.name: condition.status for condition in found.replication.gate}


def test_it_is_reproduced_within_the_farther_end_of_the_interval(tmp_path: Path) -> None:
    left = pusht(tmp_path / "left", first(160, 200), run_info=KNOWN)
    right = pusht(tmp_path / "right", first(154, 200), starts=[5000], run_info=KNOWN)
    found = compared(left, right, replicate=True)
    expected = comparison.compare(160, 200, 154, 200)
    assert found.replication is not None
    assert found.replication.within_points == pytest.approx(math.ceil(-1000 * expected.lower) / 10)
    assert found.headline.startswith(f"Reproduced within {found.replication.within_points:g} points. 160/200 against")
    assert found.replication.is_within is None


def test_within_is_two_one_sided_tests_and_so_less_than_the_whole_interval(tmp_path: Path) -> None:
    left = pusht(tmp_path / "left", first(160, 200), run_info=KNOWN)
    right = pusht(tmp_path / "right", first(154, 200), starts=[5000], run_info=KNOWN)
    limit = -100 * comparison.compare(160, 200, 154, 200, alpha=0.1).lower
    whole = compared(left, right, replicate=True).replication
    assert whole is not None
    assert limit < (whole.within_points or 0)
    for asked, answer in ((limit + 0.01, True), (limit - 0.01, False)):
        found = compared(left, right, replicate=True, within=asked).replication
        assert found is not None
        assert (found.is_within, found.asked_points) == (answer, asked)


def test_what_is_known_and_the_same_passes_and_what_is_unknown_is_said(tmp_path: Path) -> None:
    left, right = (
        pusht(tmp_path / "l", first(30, 40), run_info=KNOWN),
        pusht(tmp_path / "r", first(31, 40), run_info=KNOWN),
    )
    assert set(_gate(left, right).values()) == {"same"}
    bare = pusht(tmp_path / "bare", first(29, 40))
    gate = _gate(left, bare)
    assert gate["max_steps"] == gate["n_action_steps"] == gate["simulator_version"] == "unknown"
    assert compared(left, bare, replicate=True).verdict == "no_difference_shown"


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("max_steps", "max_steps=250"),
        ("n_action_steps", "n_action_steps=10"),
        ("simulator_version", "simulator_version=2"),
    ],
)
def test_what_is_known_to_differ_is_no_reproduction(name: str, change: str, tmp_path: Path) -> None:
    left = pusht(tmp_path / "left", first(30, 40), run_info=KNOWN)
    right = pusht(tmp_path / "right", first(30, 40), run_info=(*KNOWN, change))
    assert compared(left, right).verdict == "no_difference_shown"
    found = compared(left, right, replicate=True, within=50.0)
    assert found.verdict == "not_comparable"
    assert [reason.code for reason in found.not_comparable] == ["not_comparable.gate"]
    assert f"the same {name}" in found.headline
    assert found.replication is not None
    assert (found.replication.within_points, found.replication.is_within) == (None, False)


def test_another_version_of_the_evaluator_is_a_warning_only(tmp_path: Path) -> None:
    left = pusht(tmp_path / "left", first(30, 40), run_info=KNOWN)
    right = pusht(tmp_path / "right", first(30, 40), run_info=(*KNOWN, "evaluator_version=0.3.2"))
    found = compared(left, right, replicate=True)
    assert found.verdict == "no_difference_shown"
    assert "comparison.evaluator_version_differs" in [finding.code for finding in found.findings]


def test_a_checkpoint_is_the_same_by_its_weights_and_else_by_its_address(tmp_path: Path) -> None:
    other = ("protocol.model_runtime.checkpoint_uri=local:other", "claim.subject.checkpoint_uri=local:other")
    left = pusht(tmp_path / "left", first(30, 40), run_info=[SHA])
    elsewhere = pusht(tmp_path / "elsewhere", first(30, 40), settings=other, run_info=[SHA])
    unproven = pusht(tmp_path / "unproven", first(30, 40), settings=other)
    retrained = pusht(tmp_path / "retrained", first(30, 40), run_info=[SHA.replace("a" * 64, "b" * 64)])
    revisions = [pusht(tmp_path / own, first(30, 40), run_info=[f"policy_revision={own}"]) for own in ("old", "new")]
    assert _gate(revisions[0], revisions[1])["checkpoint"] == "differs"
    assert _gate(left, pusht(tmp_path / "bare", first(30, 40)))["checkpoint"] == "same"
    assert _gate(left, elsewhere)["checkpoint"] == "same"
    assert _gate(left, unproven)["checkpoint"] == "unknown"
    assert _gate(left, retrained)["checkpoint"] == "differs"
