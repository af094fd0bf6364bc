"""`worldflux power`: a claimed rate in, a number of episodes out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.command import worldflux


def _report(line: str) -> dict[str, Any]:
    outcome = worldflux(f"power {line} --format json")
    assert outcome.code == 0, outcome.err
    report: dict[str, Any] = json.loads(outcome.out)
    return report


def test_without_a_plan_it_says_how_many_episodes() -> None:
    report = _report("--value 0.8 --margin 0.05")
    assert report["n_for_80"] == 463
    assert (report["n"], report["at_claim"], report["mde"], report["attained_size"]) == (None,) * 4
    assert report["warnings"] == []


def test_a_weak_plan_is_warned_of() -> None:
    report = _report("--value 0.8 --margin 0.05 --n 150")
    assert report["at_claim"] == pytest.approx(0.387, abs=5e-4)
    assert report["mde"] == pytest.approx(0.8353, abs=5e-5)
    assert report["attained_size"] == pytest.approx(0.0417, abs=5e-5)
    assert (report["k_crit"], report["value"], report["threshold"]) == (122, 0.8, 0.75)
    (warning,) = report["warnings"]
    assert warning == (
        "weak design: if the true rate is 0.80, 150 episodes support the claim with a chance of 0.387, below 0.8; "
        "plan 463 episodes"
    )


def test_the_curve_leads_up_to_one_and_a_half_times_what_is_needed() -> None:
    curve = _report("--value 0.8 --margin 0.05 --n 150")["curve"]
    assert [point["n"] for point in curve] == [120, 150, 230, 350, 463, 690]
    assert [point["k_crit"] for point in curve] == [99, 122, 184, 277, 363, 537]
    assert [point["power"] >= 0.8 for point in curve] == [False] * 4 + [True] * 2


def test_the_text_is_a_table_and_advice() -> None:
    text = worldflux("power --value 0.8 --margin 0.05 --n 150").out
    assert text.startswith("Claimed: a success rate at least 0.80.\nTested against 0.75 by the exact binomial test")
    assert "Attained size with 150 episodes: 0.0417." in text
    assert "     150  122 or more             0.387  0.836 or more         ######## planned\n" in text
    assert "     463  363 or more             0.821  0.799 or more         ################ enough\n" in text
    assert "warning: weak design" in text
    assert text.endswith(
        "Plan 463 episodes instead of 150, before anything has run. "
        "150 are likely to show only a true rate of 0.836 or more.\n"
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--value 0.8 --margin 0.05", "Plan 463 episodes or more: from there on"),
        ("--value 0.8 --margin 0.05 --n 1500", "1,500 episodes will do; 463 would be enough."),
        ("--value 0.8 --margin 0.05 --n 442", "442 episodes happen to do, a few more may not; from 463 episodes on"),
        ("--value 0.8 --margin 0.05 --n 10", "Plan 463 episodes instead of 10, before anything has run.\n"),
        ("--value 0.8 --margin 0.0001", "More than 10,000,000 episodes would be needed."),
        ("--value 0.8 --margin 0.05 --at 0.7 --n 50", "True rate: 0.70.\n"),
        ("--value 0.8 --margin 0.05 --method wilson", "Plan 453 episodes or more"),
        ("--value 0.8 --margin 0.05 --method wilson", "by the Wilson bound"),
        ("--value 0.8 --at 0.85", "Plan 398 episodes or more"),
        ("--value 0.1 --margin 0.05 --operator '<='", "at most 0.10.\nTested against 0.15"),
        ("--value 0.1 --margin 0.05 --operator '<='", "35 or fewer"),
        ("--value 0.8 --margin 0.05 --operator '=='", "Tested against 0.75 and 0.85"),
        ("--value 0.8 --margin 0.05 --operator '=='", "445 to 469"),
        ("--value 0.8 --margin 0.05 --operator '==' --n 150", "none"),
    ],
)
def test_what_it_says(line: str, said: str) -> None:
    outcome = worldflux(f"power {line}")
    assert outcome.code == 0, outcome.err
    assert said in outcome.out


@pytest.mark.parametrize("method", ["exact", "wilson", "jeffreys", "agresti_coull"])
def test_every_method_that_is_offered_is_computed(method: str) -> None:
    report = _report(f"--value 0.8 --margin 0.05 --n 463 --method {method}")
    assert report["method"] == {"exact": "clopper_pearson"}.get(method, method)
    assert 440 <= report["n_for_80"] <= 463
    assert report["at_claim"] >= 0.8


def test_a_chance_just_short_of_the_desired_one_does_not_read_as_reached() -> None:
    """At a true rate of 0.79855 the power of 463 episodes is 0.79985, which rounds to 0.800."""
    text = worldflux("power --value 0.8 --margin 0.05 --at 0.79855 --n 463").out
    assert " 0.799 " in text
    assert "warning" in text


def test_markdown_is_a_table() -> None:
    text = worldflux("power --value 0.8 --margin 0.05 --n 150 --format markdown").out
    assert "| ---: | --- | ---: | --- |\n" in text
    assert "| 150 | 122 or more | 0.387 | 0.836 or more |\n" in text
    assert "**Warning:** weak design" in text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--value 0.8", "(--at), or a margin above 0 (--margin)"),
        ("--value 80 --margin 5", "80 percent is 0.8"),
        ("--value 0.8 --margin 0.8", "no number of episodes can test"),
        ("--value 0.8 --margin nan", "stats.argument"),
        ("--value nan --margin 0.1", "stats.argument"),
        ("--value 0.8 --margin 0.1 --at inf", "stats.argument"),
        ("--value 0.8 --margin 0.1 --alpha nan", "alpha"),
        ("--value 0.8 --margin 0.1 --alpha 0.5", "alpha"),
        ("--value 0.8 --margin 0.1 --n 0", "--n"),
        ("--value 0.8 --margin 0.1 --method wald", "--method"),
        ("--margin 0.1", "--value"),
    ],
)
def test_questions_that_make_no_sense(line: str, said: str) -> None:
    outcome = worldflux(f"power {line}")
    assert outcome.code == 2
    assert said in outcome.err
    assert "Traceback" not in outcome.err
    assert outcome.out == ""
