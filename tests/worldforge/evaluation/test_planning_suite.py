"""The suite `planning` says what an oracle is worth: honest ones pass, all others fail."""

from __future__ import annotations

import json
import math
import random
from typing import Any

import pytest

from tests.worldforge.evaluation.fakes import Oracle, Scores, forge_with
from worldforge.evaluation import EvaluationReport, EvaluationSuite
from worldforge.evaluation.builtin import planning
from worldforge.evaluation.builtin.tabletop import CLEARANCE, Leg, Table, distance_to_segment, turned

SCENARIOS = ["object-relocation", "object-neighbor-placement", "object-swap", "object-spawn"]


def distances(info: dict[str, Any], candidates: list[Any]) -> list[float]:
    target = info["goal"]["target"]
    places = [[action["parameters"]["target"][axis] for axis in "xyz"] for action, *_ in candidates]
    return [math.dist(target, place) for place in places]


def report_of(scores: Scores, *, lower_is_better: bool = True, trials: int = 1) -> EvaluationReport:
    oracle = Oracle(scores, lower_is_better=lower_is_better)
    return EvaluationSuite.from_builtin("planning").run_report("oracle", forge_with(oracle), trials=trials)


def passed(report: EvaluationReport) -> list[bool]:
    return [result.passed for result in report.results]


def test_mock_passes_every_scenario_in_every_situation() -> None:
    report = EvaluationSuite.from_builtin("planning").run_report("mock", forge_with(), trials=25)
    assert [result.scenario for result in report.results] == SCENARIOS
    assert [result.passed_trial_count for result in report.results] == [25] * 4
    assert all(result.score == 1.0 for result in report.results)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_the_unit_of_the_costs_does_not_matter(scale: float) -> None:
    assert passed(report_of(lambda info, each: [scale * cost for cost in distances(info, each)])) == [True] * 4


def test_an_oracle_may_count_upwards() -> None:
    upwards = report_of(lambda info, each: [-cost for cost in distances(info, each)], lower_is_better=False)
    assert passed(upwards) == [True] * 4


def noisy(info: dict[str, Any], candidates: list[Any]) -> list[float]:
    source = random.Random(len(candidates))
    return [cost + source.gauss(0, 5) for cost in distances(info, candidates)]


ADVERSARIES: dict[str, Scores] = {
    "constant": lambda info, each: [1.0] * len(each),
    "reversed": lambda info, each: [-cost for cost in distances(info, each)],
    "noisy": noisy,
    "by-order": lambda info, each: [float(index) for index, _ in enumerate(each)],
    "another-goal": lambda info, each: distances({"goal": {"target": [0.9, 0.9, 0.0]}}, each),
    "not-a-number": lambda info, each: [math.nan] * len(each),
    "infinite": lambda info, each: [math.inf] * len(each),
    "too-few": lambda info, each: distances(info, each)[:-1],
    "too-many": lambda info, each: [*distances(info, each), 0.0],
}


@pytest.mark.parametrize("name", ADVERSARIES)
def test_an_oracle_that_is_no_oracle_fails_everything(name: str) -> None:
    report = report_of(ADVERSARIES[name], trials=3)
    assert passed(report) == [False] * 4
    assert report.provider_summaries[0].pass_rate == 0
    assert report.gallery().case_count == 4


@pytest.mark.parametrize(
    ("name", "code"),
    [("too-few", "scores"), ("not-a-number", "finite"), ("too-many", "scores"), ("infinite", "finite")],
)
def test_what_an_oracle_did_wrong_is_told(name: str, code: str) -> None:
    for case in report_of(ADVERSARIES[name]).gallery().cases:
        assert code in case.error.message  # type: ignore[union-attr]


def test_an_oracle_that_turns_round_is_told() -> None:
    class Turning(Oracle):
        def score_actions(self, *, info: dict[str, Any], action_candidates: Any) -> Any:
            self._lower_is_better = not self._lower_is_better
            return super().score_actions(info=info, action_candidates=action_candidates)

    report = EvaluationSuite.from_builtin("planning").run_report("oracle", forge_with(Turning(distances)))
    assert passed(report) == [False] * 4
    assert all("once that" in case.error.message for case in report.gallery().cases)  # type: ignore[union-attr]


def test_an_oracle_that_changes_the_candidates_gains_nothing() -> None:
    def at_the_goal(info: dict[str, Any], candidates: list[Any]) -> list[float]:
        for [action] in candidates:
            action["parameters"]["target"] = dict(zip("xyz", info["goal"]["target"], strict=True))
        return [0.0] * len(candidates)

    assert passed(report_of(at_the_goal)) == [False] * 4


def test_a_pass_is_more_than_the_hosts_constraints() -> None:
    """With an oracle that prefers nothing, plans keep every constraint, and none of them passes."""
    for result in report_of(ADVERSARIES["constant"], trials=5).results:
        assert result.passed_trial_count == 0
        assert result.metrics["clearance_kept"] is True
        assert result.metrics["stayed_on_table"] is True


def test_the_gallery_names_fixtures_as_the_public_page_does() -> None:
    cases = report_of(ADVERSARIES["constant"]).gallery().cases
    assert sorted(case.fixture_id for case in cases) == sorted(f"evaluation:planning:{name}" for name in SCENARIOS)
    assert all(case.expected_contract_notes.strip() for case in cases)


def test_the_four_ask_for_different_things() -> None:
    """How often the oracle is asked, how often something moves, and whether the goal itself may be reached."""
    oracle = Oracle(distances)
    asked = []

    def count(info: dict[str, Any], candidates: list[Any]) -> list[float]:
        asked.append((len(candidates), json.dumps(info.get("object_id"))))
        return distances(info, candidates)

    report = EvaluationSuite.from_builtin("planning").run_report("counting", forge_with(Oracle(count, name="counting")))
    assert oracle.calls == 0
    moves = {result.scenario: result.metrics["action_count"] for result in report.results}
    assert moves["object-swap"] == 3
    assert moves["object-relocation"] >= 2
    assert [moves["object-neighbor-placement"], moves["object-spawn"]] == [1, 1]
    assert {name for _, name in asked} == {'"cube"', '"first"', '"second"', "null"}
    final = {result.scenario: result.metrics["final_iteration_cost"] for result in report.results}
    assert final["object-relocation"] < 0.04 < final["object-neighbor-placement"]
    assert final["object-spawn"] > 0.04


def test_the_goal_of_the_relocation_cannot_be_reached_straight_on() -> None:
    for seed in range(50):
        turn = turned(random.Random(seed))
        start, middle, goal = turn.place(-0.5, 0), turn.place(0, 0), turn.place(0.5, 0)
        assert distance_to_segment(middle, start, goal) < 0.2


def test_a_table_remembers_how_near_a_move_came() -> None:
    table = Table({"a": (0.0, 0.0, 0.0), "b": (1.0, 0.05, 0.0)}, {"b": 0.1})
    assert table.gap_on_the_way(Leg("a", (0.0, 0.0, 0.0), (2.0, 0.0, 0.0))) == pytest.approx(0.05 - 0.17)
    table.move("a", (0.5, 0.0, 0.0))
    assert table.smallest_gap == pytest.approx(math.hypot(0.5, 0.05) - 0.17)
    table.move("a", (0.0, 0.0, 0.0))
    assert table.smallest_gap < math.hypot(1.0, 0.05)
    assert [leg.end for leg in table.legs] == [(0.5, 0.0, 0.0), (0.0, 0.0, 0.0)]
    assert table.world_state()["scene"]["objects"]["b"]["pose"]["position"]["x"] == 1.0


def test_distances_to_a_segment() -> None:
    begin, end = (0.0, 0.0, 0.0), (2.0, 0.0, 0.0)
    assert distance_to_segment((1.0, 3.0, 9.0), begin, end) == 3.0
    assert distance_to_segment((-3.0, 4.0, 0.0), begin, end) == 5.0
    assert distance_to_segment((5.0, 4.0, 0.0), begin, end) == 5.0
    assert distance_to_segment((3.0, 4.0, 0.0), begin, begin) == 5.0


def test_the_clearance_is_less_than_what_plans_keep() -> None:
    assert planning.NEAR > 0
    assert 0 < CLEARANCE < planning.NEAR * 2
