"""Which probes a plan takes, and which tasks."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import pytest
from scipy.stats import chi2

from tests.worldflux.portfolio.planning_cases import contract_of, request_of
from tests.worldflux.portfolio.probing import probe_of, profile_of
from worldbase import document
from worldflux.documents.plan import Plan, PlanChoices
from worldflux.documents.profile import EvalProfile
from worldflux.errors import PlanError
from worldflux.portfolio.derivation import Stream
from worldflux.portfolio.planning import plan_of
from worldflux.portfolio.probes.registry import probes, simulator_families, task_keys
from worldflux.portfolio.selection import MOST_CELLS, Selection, drawn, select

STREAM: Final = Stream(b"1234", "sha256:" + "11" * 32, "sha256:" + "22" * 32)
NOTHING_ASKED: Final = PlanChoices(probes=[])


def selected(profile: EvalProfile | None = None, *contracts: Any, choices: PlanChoices = NOTHING_ASKED) -> Selection:
    return select(profile or profile_of(), contracts, choices, STREAM)


def ids(selection: Selection) -> list[str]:
    return [probe.id for probe in selection.chosen]


def refusal(*given: Any, **more: Any) -> str:
    with pytest.raises(PlanError) as caught:
        selected(*given, **more)
    assert caught.value.hint
    return caught.value.code


def test_libero_always_takes_libero_pro_and_libero_plus() -> None:
    assert ids(selected()) == ["libero-pro", "libero-plus"]


def test_they_go_with_libero_whatever_else_the_profile_says() -> None:
    odd = profile_of(embodiment_class="quadruped", gripper_control="none", language_input=False)
    assert ids(selected(odd)) == ["libero-pro", "libero-plus"]
    assert any("embodiment_class" in caution for caution in selected(odd).chosen[0].cautions)


def test_every_probe_is_chosen_or_left_out_with_reasons() -> None:
    selection = selected()
    assert {*ids(selection), *(probe.id for probe in selection.excluded)} == {probe.id for probe in probes()}
    assert all(probe.reasons for probe in selection.excluded)


def test_a_probe_that_fits_is_added_when_it_is_asked_for() -> None:
    left_out = {probe.id: probe.reasons for probe in selected().excluded}
    assert left_out["libero"] == ["it fits, but was not asked for: --probe libero adds it"]
    assert "libero" in ids(selected(choices=PlanChoices(probes=["LIBERO"])))


@pytest.mark.parametrize("simulator", simulator_families())
def test_a_plan_for_every_simulator_is_a_valid_document(simulator: str) -> None:
    """Names, families and axes of the registry are such as a plan can hold."""
    names = [probe.id for probe in probes() if simulator in probe.simulators]
    robots = {name: probe_of(name).embodiments[0] for name in names}
    profile = profile_of(simulator_family=simulator, embodiment_class=robots[names[0]], degrees_of_freedom=14)
    plan = plan_of(request_of(profile=profile)).plan
    assert document.parse(document.dump(plan), Plan).document == plan
    assert names[0] in [probe.id for probe in plan.probes]


def test_where_no_probe_goes_with_the_simulator_all_that_fit_are_taken() -> None:
    assert ids(selected(profile_of(simulator_family="simpler-env"))) == ["simpler-env"]


def test_a_contract_adds_its_probe_with_every_task() -> None:
    own = selected(profile_of(), contract_of(tasks=5, episodes=7)).chosen[-1]
    assert (own.id, own.episodes, own.cells) == ("customer-tabletop", 7, 35)
    assert [pair.task for pair in own.pairs] == [f"task-{number}" for number in range(5)]
    assert own.contract is not None


def test_a_contract_takes_the_place_of_the_template() -> None:
    assert "custom" in [probe.id for probe in selected().excluded]
    assert "custom" not in [probe.id for probe in selected(profile_of(), contract_of()).excluded]


def test_so_many_tasks_are_drawn_of_each_axis() -> None:
    pro = selected(choices=PlanChoices(probes=[], tasks_per_axis=3)).chosen[0]
    assert Counter(pair.axis for pair in pro.pairs) == dict.fromkeys(
        ["object", "position", "semantic", "task", "environment"], 3
    )


def test_more_tasks_than_there_are_is_all_of_them() -> None:
    pro = selected(choices=PlanChoices(probes=[], tasks_per_axis=1_000_000)).chosen[0]
    assert list(pro.pairs) == list(task_keys(probe_of("libero-pro")))


def test_episodes_are_as_asked_where_tasks_have_more_than_one_start() -> None:
    pro, plus = selected(choices=PlanChoices(probes=[], episodes_per_task=7)).chosen
    assert (pro.episodes, plus.episodes) == (7, probe_of("libero-plus").episodes_per_task)


def test_axes_that_need_language_are_left_out_for_a_policy_without() -> None:
    pro = selected(profile_of(language_input=False)).chosen[0]
    assert "semantic" not in {pair.axis for pair in pro.pairs}
    assert any("left out: " in caution for caution in pro.cautions)


def test_the_choice_is_uniform_over_the_eligible_tasks() -> None:
    """Chi-square over 2,000 fixed seeds: how often each of the 40 tasks of one axis is drawn."""
    probe, draws, k = probe_of("libero-pro"), 2000, 10
    n = len(task_keys(probe).of_axis("position"))
    counts = Counter(
        pair.task
        for seed in range(draws)
        for pair in drawn(probe, "position", k, Stream(str(seed).encode(), "sha256:a", "sha256:b"))
    )
    expected = draws * k / n
    # Tasks of one sample exclude one another, which shrinks the variance by (1 - k/n) n/(n-1).
    spread = expected * (1 - k / n) * n / (n - 1)
    statistic = sum((count - expected) ** 2 for count in counts.values()) / spread
    assert len(counts) == n == 40
    assert chi2.sf(statistic, n - 1) > 0.001


def test_what_cannot_be_selected() -> None:
    assert refusal(choices=PlanChoices(probes=["libera"])) == "plan.unknown_probe"
    assert refusal(choices=PlanChoices(probes=["custom"])) == "plan.unknown_probe"
    assert refusal(choices=PlanChoices(probes=["calvin"])) == "plan.unfit_probe"
    assert refusal(profile_of(simulator_family="own-bench")) == "plan.no_probe"


@pytest.mark.parametrize("name", ["libero-pro", "LIBERO_PRO", "simpler-env"])
def test_a_contract_may_not_take_the_name_of_a_known_probe(name: str) -> None:
    assert refusal(profile_of(), contract_of(probe_id=name)) == "plan.probe_twice"


def test_two_contracts_of_one_name() -> None:
    assert refusal(profile_of(), contract_of(), contract_of(tasks=2)) == "plan.probe_twice"


def test_a_contract_that_names_a_task_twice() -> None:
    listed = [{"task": "a"}, {"task": "b", "axis": "light"}]
    assert refusal(profile_of(), contract_of(listed=[*listed, {"task": "a"}])) == "plan.task_twice"
    along_two_axes = contract_of(listed=[*listed, {"task": "a", "axis": "light"}])
    assert [tuple(pair) for pair in selected(profile_of(), along_two_axes).chosen[-1].pairs] == [
        ("a", "custom"),
        ("b", "light"),
        ("a", "light"),
    ]


def test_more_cells_than_a_plan_holds() -> None:
    assert refusal(profile_of(), contract_of(tasks=11, episodes=1_000_000)) == "plan.too_large"
    assert MOST_CELLS == 10_000_000
