"""Two packages compared: what bars a comparison, what it says, and what has to be read with it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import msgspec
import pytest
from scipy import stats

from tests.worldflux.audit.comparisons import alone, codes, compared, first, message, pusht, tasks
from worldflux.audit.comparing.compare import compare
from worldflux.audit.comparing.effects import Design, is_decided_by_lost
from worldflux.audit.comparing.sides import read_side
from worldflux.stats import comparison
from worldflux.stats.comparison import Counts, PairCounts

_PLANNED_BOTH = ('protocol.benchmark.task_list=["a/0", "b/0"]',)
POPULATION = ("protocol.execution.estimand=task_population",)


def _bars(left: Path, right: Path) -> list[str]:
    found = compared(left, right)
    assert (found.verdict, found.effect) == ("not_comparable", None)
    assert all(reason.message in found.headline for reason in found.not_comparable)
    assert all(task.p_value is None for task in found.tasks)
    return [reason.code.removeprefix("not_comparable.") for reason in found.not_comparable]


def _audit_input(folder: Path) -> dict[str, dict[str, list[dict[str, object]]]]:
    return json.loads((folder / "audit_input.json").read_bytes())  # type: ignore[no-any-return]


class TestBars:
    def test_a_file_on_both_sides_is_one_result(self, tmp_path: Path) -> None:
        left = pusht(tmp_path / "left", first(30, 40))
        assert _bars(left, left) == ["same_input"]
        shutil.copytree(left, tmp_path / "copy")
        found = compared(left, tmp_path / "copy")
        assert found.inputs.shared == [entry["sha256"] for entry in _audit_input(left)["run"]["inputs"]]
        assert "1 input file(s) of both sides are the same bytes" in found.headline

    def test_one_evidence_is_one_result_even_without_its_files(self, tmp_path: Path) -> None:
        side = alone(pusht(tmp_path / "left", first(30, 40)))
        (reason,) = compare(side, side).not_comparable
        assert (reason.code, "the same evidence" in reason.message) == ("not_comparable.same_input", True)

    def test_another_benchmark(self, tmp_path: Path) -> None:
        left = tasks(tmp_path / "left", {"a": first(5, 10)}, benchmark="LIBERO")
        assert _bars(left, tasks(tmp_path / "right", {"a": first(5, 10)}, benchmark="own")) == ["different_benchmark"]

    def test_a_benchmark_under_another_name_is_the_same(self, tmp_path: Path) -> None:
        left = tasks(tmp_path / "left", {"a": first(5, 10)}, benchmark="Meta-World")
        right = tasks(tmp_path / "right", {"a": first(5, 10)}, benchmark="metaworld")
        assert compared(left, right).verdict == "no_difference_shown"

    def test_other_tasks_leave_the_common_ones_for_information(self, tmp_path: Path) -> None:
        left = tasks(tmp_path / "left", {"a": first(28, 30), "b": first(20, 30), "c": first(1, 30)})
        right = tasks(tmp_path / "right", {"a": first(12, 30), "b": first(10, 30), "d": first(1, 30)})
        assert _bars(left, right) == ["different_tasks"]
        found = compared(left, right)
        assert "2 task(s) are on both sides; only on the left: c/0; only on the right: d/0." in found.headline
        assert found.on_common_tasks is not None
        assert found.on_common_tasks.difference == pytest.approx((22 - 48) / 60)
        changes = {task.task: (task.left, task.right, task.rate_change) for task in found.tasks}
        assert changes["c/0"] == ((1, 30), None, None)
        assert changes["d/0"] == (None, (1, 30), None)

    def test_a_claim_about_something_else_than_success(self, tmp_path: Path) -> None:
        other = ("claim.expected_metrics.0.name=avg_sum_reward", "claim.expected_metrics.0.unit=reward")
        left = pusht(tmp_path / "left", first(30, 40))
        assert _bars(left, pusht(tmp_path / "right", first(20, 40), settings=other)) == ["different_metric"]

    def test_another_estimand(self, tmp_path: Path) -> None:
        rates = {name: first(10, 20) for name in "abcdef"}
        left, right = tasks(tmp_path / "left", rates), tasks(tmp_path / "right", rates, settings=POPULATION)
        assert _bars(left, right) == ["different_estimand"]

    def test_four_tasks_say_nothing_of_a_population(self, tmp_path: Path) -> None:
        left, right = (
            tasks(tmp_path / name, {task: first(10, 20) for task in "abcd"}, settings=POPULATION)
            for name in ("left", "right")
        )
        assert _bars(left, right) == ["few_tasks"]

    def test_nothing_that_both_ran(self, tmp_path: Path) -> None:
        left = tasks(tmp_path / "left", {"a": first(5, 10)}, settings=_PLANNED_BOTH)
        right = tasks(tmp_path / "right", {"b": first(5, 10)}, settings=_PLANNED_BOTH)
        assert _bars(left, right) == ["no_trials"]


class TestEffects:
    def test_even_tasks_are_pooled(self, tmp_path: Path) -> None:
        left = tasks(tmp_path / "left", {"a": first(28, 30), "b": first(20, 30)})
        right = tasks(tmp_path / "right", {"a": first(12, 30), "b": first(20, 30)})
        found = compared(left, right)
        assert found.verdict == "regressed"
        assert found.effect is not None
        expected = comparison.compare(48, 60, 32, 60)
        assert (found.effect.p_value, found.effect.lower) == pytest.approx((expected.p_value, expected.lower))
        assert found.headline.startswith("48/60 against 32/60: 26.7 points lower, 95% interval -")
        assert [task.rate_change for task in found.tasks] == pytest.approx([-16 / 30, 0])
        first_task, second_task = found.tasks
        assert first_task.p_value is not None
        assert first_task.p_adjusted == pytest.approx(2 * first_task.p_value)
        assert second_task.p_value == second_task.p_adjusted == pytest.approx(1)

    def test_uneven_tasks_weigh_the_same_and_a_change_of_sign_is_said(self, tmp_path: Path) -> None:
        left = tasks(tmp_path / "left", {"easy": first(88, 100), "hard": first(3, 20)})
        right = tasks(tmp_path / "right", {"easy": first(19, 20), "hard": first(30, 100)})
        found = compared(left, right)
        assert found.effect is not None
        assert found.effect.aggregation == "equal_task_weights"
        expected = comparison.compare_tasks([(Counts(88, 100), Counts(19, 20)), (Counts(3, 20), Counts(30, 100))])
        assert found.effect.difference == pytest.approx(expected.difference)
        assert found.effect.difference > 0
        assert "every task weighing the same" in found.headline
        assert "comparison.aggregation_sensitive" in codes(found)

    def test_tasks_that_stand_for_others_are_the_observations(self, tmp_path: Path) -> None:
        rates = {task: (10 + 3 * number, 25 - 4 * number) for number, task in enumerate("abcdef")}
        left = tasks(tmp_path / "left", {task: first(own[0], 30) for task, own in rates.items()}, settings=POPULATION)
        right = tasks(tmp_path / "right", {task: first(own[1], 30) for task, own in rates.items()}, settings=POPULATION)
        found = compared(left, right)
        assert found.effect is not None
        expected = comparison.compare_population([(Counts(a, 30), Counts(b, 30)) for a, b in rates.values()])
        assert (found.effect.aggregation, found.effect.method) == ("task_population", "task_t")
        assert found.effect.p_value == pytest.approx(expected.p_value)

    def test_without_a_difference_the_sentence_says_what_would_have_shown(self, tmp_path: Path) -> None:
        found = compared(pusht(tmp_path / "left", first(17, 20)), pusht(tmp_path / "right", first(14, 20), starts=[0]))
        assert found.verdict == "no_difference_shown"
        assert found.headline.endswith("with 20 each, only 34.8 points or more would have shown.")


class TestFindings:
    def test_lost_episodes_that_could_undo_a_difference_undo_the_verdict(self, tmp_path: Path) -> None:
        left, right = pusht(tmp_path / "left", first(36, 40)), pusht(tmp_path / "right", first(28, 40))
        assert compare(alone(left), alone(right)).verdict == "regressed"
        found = compare(alone(left), alone(right, lost=4, planned=44))
        assert found.verdict == "no_difference_shown"
        assert "4 on the right would undo it" in message(found, "comparison.lost_decide")
        assert found.effect is not None
        assert found.effect.p_value < 0.05
        assert compare(alone(left), alone(right, lost=1, planned=41)).verdict == "regressed"

    @pytest.mark.parametrize(("lost", "decide"), [((0, 0), False), ((1, 0), False), ((1, 1), True), ((0, 2), True)])
    def test_in_pairs_each_lost_episode_is_one_more_the_other_way(self, lost: tuple[int, int], decide: bool) -> None:
        table = PairCounts(both=25, left_only=9, right_only=0, neither=6)
        design = Design([(Counts(34, 40), Counts(25, 40))], 0, table, "pairs")
        assert stats.binomtest(1, 10).pvalue < 0.05 < stats.binomtest(2, 11).pvalue
        assert is_decided_by_lost(design, design.compare(), *lost) is decide
        mirrored = Design([(Counts(25, 40), Counts(34, 40))], 0, table._replace(left_only=0, right_only=9), "pairs")
        assert is_decided_by_lost(mirrored, mirrored.compare(), *lost) is decide

    def test_a_run_that_was_stopped_is_named(self, tmp_path: Path) -> None:
        left, right = pusht(tmp_path / "left", first(36, 40)), pusht(tmp_path / "right", first(29, 38), episodes=40)
        found = compared(left, right)
        assert (found.pairing.paired, found.pairing.left_unmatched) == (True, 2)
        assert "The right side was stopped 2 episodes short" in message(found, "comparison.short_of_plan")

    def test_a_task_that_only_one_side_ran_takes_no_part(self, tmp_path: Path) -> None:
        left = tasks(tmp_path / "left", {"a": first(28, 30), "b": first(20, 30)})
        right = tasks(tmp_path / "right", {"a": first(20, 30)}, settings=_PLANNED_BOTH)
        found = compared(left, right)
        assert "1 task(s) have no success or failure" in message(found, "comparison.task_without_trials")
        assert found.effect is not None
        assert found.effect.difference == pytest.approx(-8 / 30)
        assert [task.p_value is None for task in found.tasks] == [False, True]

    def test_states_that_stand_for_several_episodes_are_named(self, tmp_path: Path) -> None:
        left = pusht(tmp_path / "left", first(15, 20), first(14, 20), starts=[1000, 1010])
        found = compared(left, pusht(tmp_path / "right", first(30, 40)))
        assert "the left side share initial states" in message(found, "comparison.starts_repeated")

    def test_errors_on_one_side(self, tmp_path: Path) -> None:
        left, right = pusht(tmp_path / "left", first(36, 40)), pusht(tmp_path / "right", first(28, 40))
        found = compare(alone(left), alone(right, lost=10, infra_error=10, planned=50))
        assert "0 of 40 on the left, 10 of 50 on the right" in message(found, "comparison.errors_one_sided")
        balanced = compare(alone(left, lost=9, planned=49), alone(right, lost=10, planned=50))
        assert "comparison.errors_one_sided" not in codes(balanced)

    @pytest.mark.parametrize(
        ("settings", "run_info", "code"),
        [
            (("protocol.execution.max_steps_per_episode=999",), (), "max_steps_differs"),
            (("protocol.execution.n_action_steps=7",), (), None),
            ((), ("max_steps=250",), "max_steps_differs"),
            ((), ("n_action_steps=10",), "n_action_steps_differs"),
            ((), ("simulator_version=2",), "simulator_version_differs"),
            ((), ("evaluator_version=0.6.1",), "evaluator_version_differs"),
            (("protocol.benchmark.version=v2",), (), "benchmark_version_differs"),
            (('protocol.execution.denominator_policy={"infra_error":"failure"}',), (), "infra_error_differs"),
        ],
        ids=str,
    )
    def test_what_can_move_a_rate_by_itself_is_named(
        self, settings: tuple[str, ...], run_info: tuple[str, ...], code: str | None, tmp_path: Path
    ) -> None:
        known = (
            ("max_steps=300", "n_action_steps=1", "simulator_version=1", "evaluator_version=0.3.3") if run_info else ()
        )
        left = pusht(tmp_path / "left", first(30, 40), run_info=known)
        right = pusht(tmp_path / "right", first(29, 40), settings=settings, run_info=(*known, *run_info))
        found = [own for own in codes(compared(left, right)) if own.endswith("_differs")]
        assert found == ([f"comparison.{code}"] if code else [])

    def test_the_same_seeds_mean_one_thing_for_one_policy_and_another_for_two(self, tmp_path: Path) -> None:
        other = ("protocol.model_runtime.checkpoint_uri=local:other", "claim.subject.checkpoint_uri=local:other")
        left = pusht(tmp_path / "left", first(30, 40))
        again = compared(left, pusht(tmp_path / "again", first(29, 40), starts=[1010]))
        assert again.inputs.shared_seeds == 30
        assert "30 common environment seeds" in message(again, "comparison.seeds_repeated")
        two = compared(left, pusht(tmp_path / "other", first(29, 40), settings=other))
        assert "40 common environment seeds" in message(two, "comparison.seeds_shared")
        apart = compared(left, pusht(tmp_path / "apart", first(29, 40), starts=[5000]))
        assert apart.inputs.shared_seeds == 0
        assert not [code for code in codes(apart) if "seeds" in code]

    def test_overlapping_runs_of_one_side_are_counted_once(self, tmp_path: Path) -> None:
        left = pusht(tmp_path / "left", first(9, 20), first(8, 20), starts=[1000, 1010])
        right = pusht(tmp_path / "right", first(20, 40), starts=[1005])
        assert compared(left, right).inputs.shared_seeds == 25


class TestMembers:
    @pytest.mark.parametrize("member", ["protocol.json", "audit_input.json", "episode_results.jsonl"])
    def test_a_member_of_another_package_is_not_used(self, member: str, tmp_path: Path) -> None:
        left, right = pusht(tmp_path / "left", first(30, 40)), pusht(tmp_path / "right", first(20, 40))
        stranger = pusht(tmp_path / "stranger", first(25, 40))
        shutil.copyfile(stranger / member, left / member)
        found = compared(left, right)
        assert member in message(found, "comparison.member_differs")
        side = read_side(left)
        assert {"protocol.json": side.protocol, "audit_input.json": side.audit_input}.get(member) is None
        assert side.episodes is None or member == "protocol.json"
        assert [task.left for task in found.tasks] == [(30, 40)]

    def test_a_whole_package_has_no_such_finding(self, tmp_path: Path) -> None:
        side = read_side(pusht(tmp_path / "left", first(30, 40)))
        assert side.foreign == ()
        assert None not in (side.protocol, side.audit_input, side.episodes)


def test_the_report_can_be_read_back_as_json(tmp_path: Path) -> None:
    found = compared(pusht(tmp_path / "left", first(30, 40)), pusht(tmp_path / "right", first(29, 40)))
    read = json.loads(msgspec.json.encode(found))
    assert list(read) == list(found.__struct_fields__)
    assert read["effect"]["difference"] == -0.025
