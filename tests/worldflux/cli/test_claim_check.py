"""`worldflux claim check`: what the plan can show of each promised rate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.command import Outcome, worldflux


class Pair:
    """A claim and its protocol in a folder."""

    def __init__(self, folder: Path, template: str, *settings: str) -> None:
        chosen = [word for setting in settings for word in ("--set", setting)]
        created = worldflux(f"claim create --quiet --template {template} --output", folder / "pkg", *chosen)
        assert created.code == 0, created.err
        self.claim, self.protocol = folder / "pkg" / "claim.json", folder / "pkg" / "protocol.json"

    def check(self, *options: object) -> Outcome:
        """Check the two."""
        outcome = worldflux("claim check", self.claim, self.protocol, *options)
        assert outcome.code == 0, outcome.err
        return outcome

    def report(self, *options: object) -> dict[str, Any]:
        """What a script sees of it."""
        report: dict[str, Any] = json.loads(self.check("--format", "json", *options).out)
        return report


def test_a_plan_that_is_large_enough(tmp_path: Path) -> None:
    pair = Pair(tmp_path, "lerobot-libero")
    (metric,) = pair.report()["metrics"]
    power = metric["power"]
    assert (metric["name"], metric["operator"], metric["value"]) == ("success_rate", ">=", 0.8)
    assert (power["n"], power["n_for_80"], power["method"]) == (1500, 463, "clopper_pearson")
    assert power["at_claim"] == pytest.approx(0.9987, abs=5e-5)
    assert power["mde"] == pytest.approx(0.7774, abs=5e-5)
    text = pair.check().out
    line = "0.999 at the claimed 0.80 against 0.75 (n = 1,500); 463 episodes would do; detects 0.778 or more"
    assert f"  power     {line}\n" in text
    assert "weak design" not in text


def test_a_weak_plan_is_warned_of(tmp_path: Path) -> None:
    pair = Pair(tmp_path, "lerobot-pusht")
    text = pair.check().out
    assert "power     0.387 at the claimed 0.80 against 0.75 (n = 150); 463 episodes give 0.8 and more" in text
    assert "warning: weak design: if the true rate is 0.80, 150 episodes support the claim" in text
    assert [warning for warning in pair.report()["warnings"] if warning.startswith("weak design")]


@pytest.mark.parametrize(("method", "needed"), [("exact", 463), ("wilson", 453), ("declared", 453)])
def test_the_method_can_be_chosen(tmp_path: Path, method: str, needed: int) -> None:
    (metric,) = Pair(tmp_path, "lerobot-pusht").report("--method", method)["metrics"]
    assert metric["power"]["n_for_80"] == needed


def test_the_claim_alone_says_how_many_episodes(tmp_path: Path) -> None:
    pair = Pair(tmp_path, "lerobot-pusht")
    outcome = worldflux("claim check", pair.claim)
    assert "  power     463 episodes give 0.8 and more at the claimed 0.80 against 0.75\n" in outcome.out
    (metric,) = json.loads(worldflux("claim check --format json", pair.claim).out)["metrics"]
    assert (metric["power"]["n_for_80"], metric["power"]["n"], metric["power"]["at_claim"]) == (463, None, None)


def test_percent_is_read_as_such(tmp_path: Path) -> None:
    settings = ("value=80", 'unit="percent"')
    fields = [f"claim.expected_metrics.0.{setting}" for setting in settings]
    (metric,) = Pair(tmp_path, "lerobot-libero", *fields, "claim.decision_rule.margin=5").report()["metrics"]
    assert (metric["value"], metric["power"]["at"], metric["power"]["threshold"]) == (80, 0.8, 0.75)
    assert (metric["power"]["n_for_80"], metric["power"]["margin"]) == (463, 0.05)


class TestMarginNought:
    def test_it_says_that_power_at_is_missing(self, tmp_path: Path) -> None:
        pair = Pair(tmp_path, "lerobot-libero", "claim.decision_rule.margin=0")
        (metric,) = pair.report()["metrics"]
        assert (metric["power"]["at_claim"], metric["power"]["n_for_80"]) == (None, None)
        assert metric["power"]["mde"] == pytest.approx(0.8252, abs=5e-5)
        text = pair.check().out
        assert "power     not defined at the claimed 0.80 against 0.80 (n = 1,500)" in text
        assert "state decision_rule.power_at or a margin; detects 0.826 or more" in text

    def test_the_claim_alone_says_so_too(self, tmp_path: Path) -> None:
        pair = Pair(tmp_path, "lerobot-libero", "claim.decision_rule.margin=0")
        assert "state decision_rule.power_at" in worldflux("claim check", pair.claim).out

    def test_power_at_mends_it(self, tmp_path: Path) -> None:
        rule = ("claim.decision_rule.margin=0", "claim.decision_rule.power_at=0.85")
        pair = Pair(tmp_path, "lerobot-libero", *rule)
        assert "at a true 0.85 against 0.80 (n = 1,500); 398 episodes would do" in pair.check().out


def test_a_baseline_raises_the_bar(tmp_path: Path) -> None:
    baseline = 'claim.decision_rule.baseline={"value": 0.9, "source": "a table"}'
    pair = Pair(tmp_path, "lerobot-libero", baseline, "claim.decision_rule.power_at=0.9")
    (metric,) = pair.report()["metrics"]
    assert (metric["power"]["threshold"], metric["power"]["at"]) == (0.85, 0.9)


def test_a_claim_that_falls_short_of_its_baseline_cannot_be_planned(tmp_path: Path) -> None:
    baseline = 'claim.decision_rule.baseline={"value": 0.9, "source": "a table"}'
    text = Pair(tmp_path, "lerobot-libero", baseline).check().out
    assert "a true rate of 0.8 is not what is claimed" in text
    assert "weak design" in text


def test_several_metrics_are_named_and_other_metrics_have_no_power(tmp_path: Path) -> None:
    metrics = [
        {"name": "success_rate", "operator": ">=", "value": 0.8, "unit": "ratio"},
        {"name": "success_rate", "operator": ">=", "value": 0.8, "unit": "ratio", "task": "libero_spatial/0"},
        {"name": "avg_sum_reward", "operator": ">=", "value": 3.0, "unit": "reward"},
    ]
    pair = Pair(tmp_path, "lerobot-libero", f"claim.expected_metrics={json.dumps(metrics)}")
    everything, one_task, reward = pair.report()["metrics"]
    assert (everything["power"]["n"], one_task["power"]["n"], reward["power"]) == (1500, 150, None)
    assert one_task["task"] == "libero_spatial/0"
    text = pair.check().out
    assert "power     success_rate: 0.999 at" in text
    assert "power     success_rate of libero_spatial/0: 0.387 at" in text
    assert "warning: success_rate of libero_spatial/0: weak design" in text


@pytest.mark.parametrize(
    ("setting", "warned"),
    [
        ("claim.expected_metrics.0.task=nowhere", "no power: The plan has no task nowhere."),
        ("claim.decision_rule.margin=0.8", "no power: The value and the margin leave the threshold"),
        ('protocol.execution.estimand="task_population"', "for a population of tasks"),
        ('protocol.execution.stopping_rule={"method": "e_process"}', "the stopping rule decides by e-values"),
    ],
)
def test_what_else_a_reader_has_to_know(setting: str, warned: str, tmp_path: Path) -> None:
    assert any(warned in warning for warning in Pair(tmp_path, "lerobot-libero", setting).report()["warnings"])
