"""Plans: complete, the same from the same, and another digest for another plan."""

from __future__ import annotations

from collections import Counter, defaultdict

import msgspec
import pytest
from msgspec import UNSET

from tests.worldflux.portfolio.planning_cases import contract_of, number, request_of, small
from tests.worldflux.portfolio.probing import profile_of
from worldbase import digest, document
from worldflux.documents.plan import MOST_INLINE, Amendment, Plan, PlanChoices, PlannedRate
from worldflux.portfolio.planning import digest_of, plan_of
from worldflux.stats.power_analysis import power


@pytest.fixture(autouse=True)
def _same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")


def test_the_same_inputs_give_the_same_bytes() -> None:
    first, second = (document.dump(plan_of(request_of(contracts=(contract_of(),))).plan) for _ in range(2))
    assert first == second


def test_a_plan_is_a_valid_document() -> None:
    plan = plan_of(request_of(contracts=(contract_of(),))).plan
    assert document.parse(document.dump(plan), Plan).document == plan


def test_the_digest_is_over_everything_but_itself() -> None:
    plan = plan_of(request_of()).plan
    value = msgspec.to_builtins(plan)
    assert value.pop("digest") == plan.digest == digest.of_value(value)


def test_every_task_has_each_episode_once_with_its_seed() -> None:
    plan = plan_of(request_of(contracts=(contract_of(),))).plan
    assert plan.cells is not UNSET
    by_probe: defaultdict[str, Counter[tuple[str, str, int]]] = defaultdict(Counter)
    for cell in plan.cells:
        by_probe[cell.probe][cell.task, cell.axis, cell.episode_index] += 1
    for probe in plan.probes:
        counts = by_probe[probe.id]
        assert set(counts.values()) == {1}
        assert len(counts) == probe.cells
        assert {index for _, _, index in counts} == set(range(probe.episodes_per_task))
        seeds = {cell.seed - cell.episode_index for cell in plan.cells if cell.probe == probe.id}
        assert seeds == {probe.start_seed}
    assert plan.planned == len(plan.cells) == sum(probe.cells for probe in plan.probes)


def test_every_task_appears_before_any_comes_again() -> None:
    plan = plan_of(
        small(contracts=(contract_of(tasks=20, episodes=3), contract_of(tasks=5, episodes=2, probe_id="b")))
    ).plan
    assert plan.cells is not UNSET
    assert [cell.episode_index for cell in plan.cells] == [0] * 25 + [1] * 25 + [2] * 20
    first, second = plan.cells[:25], plan.cells[25:50]
    assert [cell.task for cell in first] != [cell.task for cell in second]
    assert [cell.task for cell in first] != sorted(cell.task for cell in first)


def test_another_seed_gives_other_tasks_seeds_and_order() -> None:
    one, other = (plan_of(request_of(seed=number(seed))).plan for seed in (1234, 1235))
    assert one.probes[0].tasks != other.probes[0].tasks
    assert one.probes[0].start_seed != other.probes[0].start_seed
    assert one.cells != other.cells


def test_a_profile_that_differs_in_one_word_gives_other_seeds() -> None:
    one, other = (
        plan_of(request_of(profile=profile_of(claim_intent=intent))).plan for intent in ("evidence", "Evidence")
    )
    assert one.probes[0].start_seed != other.probes[0].start_seed


def test_power_is_that_of_the_exact_test() -> None:
    plan = plan_of(request_of()).plan
    for probe in plan.probes:
        wanted = power(0.8, 0.05, n=probe.cells)
        assert probe.power is not None
        assert probe.power.at_claim == pytest.approx(wanted.at_claim, rel=1e-11)
        assert (probe.power.n, probe.power.n_for_80) == (probe.cells, wanted.n_for_80)


def test_without_a_margin_there_is_no_power() -> None:
    plan = plan_of(request_of(rate=PlannedRate(value=0.8, margin=0.0, alpha=0.05))).plan
    assert {probe.power for probe in plan.probes} == {None}


def test_a_large_plan_names_its_stream() -> None:
    work = plan_of(small(contracts=(contract_of(tasks=101, episodes=100),)), stream_name="p.cells.jsonl")
    stream = work.plan.cell_stream
    assert work.plan.cells is UNSET
    assert stream is not UNSET
    assert (stream.path, stream.count) == ("p.cells.jsonl", 10_100)
    assert stream.sha256 == digest.of_pieces(work.lines())
    assert sum(1 for _ in work.cells()) == 10_100


def test_the_largest_plan_that_stays_inline() -> None:
    plan = plan_of(small(contracts=(contract_of(tasks=100, episodes=100),))).plan
    assert plan.cells is not UNSET
    assert len(plan.cells) == MOST_INLINE


@pytest.mark.parametrize(
    "change",
    [
        {"seed": number(1235)},
        {"profile": profile_of(policy_id="another", simulator_family="own-bench")},
        {"contracts": (contract_of(task_owner="somebody else"),)},
        {"contracts": (contract_of(episodes=5),)},
        {"choices": PlanChoices(probes=[], episodes_per_task=9)},
        {"rate": PlannedRate(value=0.8, margin=0.04, alpha=0.05)},
        {"infra_error": "failure"},
        {"amendment": Amendment(amends="sha256:" + "00" * 32, reason="why")},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_is_frozen_shows_in_digest_and_id(change: dict[str, object]) -> None:
    before, after = plan_of(small()).plan, plan_of(small(**change)).plan
    assert (before.digest, before.id) != (after.digest, after.id)
    assert before.digest != after.digest
    assert before.id != after.id


def test_the_time_shows_in_the_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    before = plan_of(small()).plan
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000001")
    assert plan_of(small()).plan.digest != before.digest


def test_what_is_not_known_is_asked() -> None:
    exposure = {"possible_benchmark_families": ["libero"], "caveats": ["no manifest"]}
    profile = profile_of(training_exposure=exposure, reset_policy="manual_reset", metric_contract="score_per_episode")
    asked = "\n".join(plan_of(request_of(profile=profile, contracts=(contract_of(),))).plan.missing_evidence_questions)
    for expected in (
        "trained on data of libero",
        "the score of libero-pro, libero-plus cannot tell generalisation from memory",
        '"no manifest"',
        "Which checkpoint of a_policy",
        "no calibration between simulator and robot",
        "set up by hand",
        "From which score on",
        "The operator could choose the seed",
        "customer-tabletop plans 12 episodes",
        "was not verified",
        "Does it place the cup in 9 of 10 tries?",
    ):
        assert expected in asked


def test_what_is_known_is_not_asked() -> None:
    profile = profile_of(checkpoint_uri="hf://a/b@1", real_to_sim_calibration="calibration-v1")
    asked = "\n".join(plan_of(request_of(profile=profile)).plan.missing_evidence_questions)
    assert "Which checkpoint" not in asked
    assert "no calibration" not in asked
    assert "What was the policy trained on" in asked


def test_digest_of_a_plan_that_was_changed_is_another() -> None:
    plan = plan_of(small()).plan
    assert digest_of(msgspec.structs.replace(plan, planned=plan.planned + 1)) != plan.digest
