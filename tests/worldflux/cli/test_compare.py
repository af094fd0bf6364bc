"""`worldflux compare`: fractions in, one sentence and its numbers out."""

from __future__ import annotations

import json

import pytest

from tests.command import worldflux


def test_two_fractions_are_one_sentence_and_its_numbers() -> None:
    outcome = worldflux("compare 17/20 14/20")
    assert outcome.code == 0
    first_line, *rest = outcome.out.splitlines()
    assert first_line == (
        "17/20 against 14/20: 15 points lower, 95% interval -39 to +11.1: no difference shown; "
        "with 20 each, only 34.8 points or more would have shown."
    )
    assert "1  17/20  85.0%  64.0% to 94.8%" in rest
    assert "test        p = 0.287, two-sided (Boschloo's exact test)" in rest


def test_json_carries_ratios() -> None:
    report = json.loads(worldflux("compare 45/50 30/50 --alpha 0.1 --format json").out)
    assert report["effect"]["verdict"] == "regressed"
    assert report["effect"]["difference"] == -0.3
    assert report["effect"]["confidence"] == 0.9
    assert report["pairs"] is None
    assert [rate["estimate"] for rate in report["rates"]] == [0.9, 0.6]
    assert 0.2 < report["effect"]["smallest_visible"] < 0.3


def test_both_ways_of_giving_pairs_are_the_same() -> None:
    one, other = worldflux("compare 17/20 14/20 --paired 5,2"), worldflux("compare --pairs 12,5,2,1")
    assert one == other
    assert "12 both, 5 first only, 2 second only, 1 neither" in one.out
    assert "McNemar's exact test" in one.out
    assert "McNemar's mid-p test" in worldflux("compare --pairs 12,5,2,1 --mid-p").out


def test_three_and_more_are_lettered_and_corrected() -> None:
    report = json.loads(worldflux("compare 30/50 45/50 41/50 44/50 --format json").out)
    assert [rate["letters"] for rate in report["rates"]] == ["b", "a", "ab", "a"]
    assert len(report["couples"]) == 6
    assert all(couple["p_adjusted"] >= couple["p_value"] for couple in report["couples"])
    shown = [(couple["first"], couple["second"]) for couple in report["couples"] if couple["verdict"] == "improved"]
    assert shown == [(1, 2), (1, 4)]
    assert "2 of 6 differences shown" in worldflux("compare 30/50 45/50 41/50 44/50").out


def test_markdown() -> None:
    assert "| 1 | 17/20 | 85.0% | 64.0% to 94.8% |" in worldflux("compare 17/20 14/20 --format markdown").out
    assert "| 1 to 2 | improved |" in worldflux("compare 30/50 45/50 44/50 --format markdown").out


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("85% 14/20", "compare.fraction", "'85%' is not a number of successes"),
        ("21/20 14/20", "compare.fraction", "'21/20'"),
        ("0/0 14/20", "compare.fraction", "'0/0'"),
        ("17/20/3 14/20", "compare.fraction", "'17/20/3'"),
        ("१७/20 14/20", "compare.fraction", "is not a number of successes"),
        ("", "compare.fraction", "0 rate(s)"),
        ("17/20", "compare.fraction", "1 rate(s)"),
        (" ".join(["1/2"] * 21), "compare.fraction", "21 rate(s)"),
        ("17/20 14/20 --paired 9,2", "compare.pairs", "do not go with"),
        ("17/20 14/21 --paired 5,2", "compare.pairs", "do not go with"),
        ("17/20 14/20 --paired 18,15", "compare.pairs", "do not go with"),
        ("17/20 14/20 --paired 5", "compare.pairs", "'5' is not 2 whole numbers"),
        ("17/20 14/20 --pairs 12,5,2,1", "compare.pairs", "one of two ways"),
        ("--paired 5,2", "compare.pairs", "one of two ways"),
        ("--pairs 12,5,2", "compare.pairs", "is not 4 whole numbers"),
        ("--pairs 0,0,0,0", "compare.pairs", "no pair"),
        ("17/20 14/20 --mid-p", "compare.pairs", "--mid-p is for pairs"),
    ],
)
def test_what_cannot_be_compared_is_one_clear_error(line: str, code: str, said: str) -> None:
    outcome = worldflux(f"compare {line}")
    assert (outcome.code, outcome.out) == (2, "")
    assert f"[{code}]" in outcome.err
    assert said in outcome.err
    assert "next:" in outcome.err
