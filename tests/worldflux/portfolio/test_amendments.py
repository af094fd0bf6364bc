"""Amendments: new plans that name the old one."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import UNSET

from tests.worldflux.portfolio.planning_cases import contract_of, frame_of, request_of, small
from tests.worldflux.portfolio.probing import profile_of
from worldflux.documents.plan import Plan, PlanChoices, PlannedRate
from worldflux.errors import PlanError
from worldflux.portfolio import amendments
from worldflux.portfolio.amendments import Changes, amended
from worldflux.portfolio.planning import plan_of
from worldflux.portfolio.seed_sources import SeedRequest, commit, seed_of

SALT = "0f" * 32


def amend(plan: Plan, **changes: Any) -> Plan:
    return plan_of(amended(plan, Changes(**changes), "the gripper was replaced")).plan


def test_what_is_not_named_stays_as_it_was() -> None:
    before = plan_of(small(rate=PlannedRate(value=0.7, margin=0.1, alpha=0.01), infra_error="failure")).plan
    after = amend(before, contracts=(contract_of(episodes=9),))
    assert (after.profile, after.seed, after.choices) == (before.profile, before.seed, before.choices)
    assert (after.planned_rate, after.denominator_policy) == (before.planned_rate, before.denominator_policy)
    assert [probe.episodes_per_task for probe in after.probes] == [9]


def test_an_amendment_names_the_plan_and_the_reason() -> None:
    before = plan_of(request_of()).plan
    after = amend(before, choices=PlanChoices(probes=[], tasks_per_axis=3))
    assert after.amendment is not UNSET
    assert (after.amendment.amends, after.amendment.reason) == (before.digest, "the gripper was replaced")
    assert after.id != before.id


def test_an_amendment_of_an_amendment_names_the_last_one() -> None:
    plan = plan_of(request_of()).plan
    for episodes in (3, 4):
        following = amend(plan, choices=PlanChoices(probes=[], episodes_per_task=episodes))
        assert following.amendment is not UNSET
        assert following.amendment.amends == plan.digest
        plan = following


def test_more_episodes_keep_the_cells_that_were_there() -> None:
    before = plan_of(request_of()).plan
    after = amend(before, choices=PlanChoices(probes=[], episodes_per_task=12))
    assert isinstance(before.cells, list)
    assert isinstance(after.cells, list)
    assert {(c.probe, c.task, c.axis, c.episode_index, c.seed) for c in before.cells} < {
        (c.probe, c.task, c.axis, c.episode_index, c.seed) for c in after.cells
    }


@pytest.mark.parametrize("changes", [{}, {"infra_error": "lost"}, {"profile": profile_of()}])
def test_an_amendment_that_amends_nothing(changes: dict[str, Any]) -> None:
    with pytest.raises(PlanError) as caught:
        amend(plan_of(request_of()).plan, **changes)
    assert caught.value.code == "plan.nothing_amended"


def test_another_registry_is_a_change(monkeypatch: pytest.MonkeyPatch) -> None:
    before = plan_of(request_of()).plan
    monkeypatch.setattr(amendments, "registry_digest", lambda: "sha256:" + "00" * 32)
    assert amended(before, Changes(), "a newer registry").amendment is not None


def test_a_seed_that_is_known_can_be_fitted_with_a_profile() -> None:
    """The salts are known by now; whoever amends the profile may have tried some until the seeds pleased."""
    mixed = SeedRequest("commit_reveal", SALT, commitment=commit(SALT, frame_of()), reviewer_salt="r" * 20)
    before = plan_of(request_of(seed=seed_of(mixed, frame_of()))).plan
    assert before.seed.grade == "mixed_with_reviewer"
    assert amend(before, choices=PlanChoices(probes=[], tasks_per_axis=3)).seed.grade == "mixed_with_reviewer"
    assert amend(before, profile=profile_of(claim_intent="other")).seed.grade == "chosen_by_operator"
    assert amend(before, contracts=(contract_of(),)).seed.grade == "chosen_by_operator"


def test_another_seed_is_checked_and_graded_anew() -> None:
    before = plan_of(request_of()).plan
    after = amend(before, seed=SeedRequest("operator_supplied", "77"))
    assert (after.seed.value, after.seed.grade) == ("77", "chosen_by_operator")
    with pytest.raises(PlanError):
        amend(before, seed=SeedRequest("commit_reveal", SALT))
