"""The page of a plan."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.conftest import Golden
from tests.worldflux.portfolio.planning_cases import contract_of, frame_of, request_of, small
from tests.worldflux.portfolio.probing import profile_of
from worldflux.documents.plan import Amendment, PlannedRate
from worldflux.portfolio.planning import BOUNDARY, PlanRequest, plan_of
from worldflux.portfolio.rederivation import assignments_of
from worldflux.portfolio.render.plan import markdown
from worldflux.portfolio.seed_sources import SeedRequest, commit, seed_of

SALT = "0f" * 32


@pytest.fixture(autouse=True)
def _same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")


def page(request: PlanRequest, **more: Any) -> str:
    work = plan_of(request)
    return markdown(work.plan, assignments_of(work.plan, work.cells()), more.get("grade", work.plan.seed.grade))


def test_the_page(golden: Golden) -> None:
    exposure = {"possible_benchmark_families": ["own-bench"], "caveats": ["no manifest"]}
    profile = profile_of(simulator_family="own-bench", training_exposure=exposure)
    contracts = (contract_of(listed=[{"task": "cup"}, {"task": "plate", "axis": "light"}]),)
    golden("plan.md", _without_registry(page(small(profile=profile, contracts=contracts))))


def _without_registry(text: str) -> str:
    """The registry's own digest and the reasons for what it leaves out change with every probe that is added."""
    text = re.sub(r"(probes to choose from \| )[^\n]*", r"\1...", text)
    text = re.sub(r"(## What is left out\n\n)(- [^\n]*\n)+", r"\1...\n", text)
    return re.sub(r"sha256:[0-9a-f]{64}|pln_[0-9A-Z]{26}|\b\d{7,10}\b", "...", text)


@pytest.mark.parametrize("request_", [request_of(), small(contracts=(contract_of(tasks=101, episodes=100),))])
def test_every_page_says_what_it_is(request_: PlanRequest) -> None:
    text = page(request_)
    assert text.startswith("**LOCAL_PRIVATE**\n")
    assert text.rstrip().endswith("**LOCAL_PRIVATE**")
    assert BOUNDARY in text
    assert not re.search(r"\b(pass(ed|es)?|certif\w*|deployable|approved)\b", text, re.IGNORECASE)


def test_all_that_is_left_out_stands_there_with_its_reason() -> None:
    work = plan_of(request_of())
    text = page(request_of())
    assert len(work.plan.excluded) > 5
    assert all(f"- {probe.id}: " in text for probe in work.plan.excluded)


def test_a_stream_is_named() -> None:
    text = page(small(contracts=(contract_of(tasks=101, episodes=100),)))
    assert "| cells | 10,100 in plan.cells.jsonl, `sha256:" in text
    assert "and 61 more" in text


def test_an_amendment_stands_at_the_top() -> None:
    amendment = Amendment(amends="sha256:" + "00" * 32, reason="a *new* gripper")
    text = page(small(amendment=amendment))
    assert f"**This plan amends `{amendment.amends}`:** a \\*new\\* gripper" in text.split("##")[0]


def test_a_grade_that_nothing_here_shows_is_taken_back() -> None:
    request = SeedRequest("commit_reveal", SALT, commitment=commit(SALT, frame_of()), reviewer_salt="r" * 20)
    seed = seed_of(request, frame_of())
    assert "| so | a reviewer added to it" in page(request_of(seed=seed))
    taken_back = page(request_of(seed=seed), grade="chosen_by_operator")
    assert "| so | the operator could have chosen it |" in taken_back
    assert "nothing that is trusted here shows it" in taken_back


def test_names_cannot_break_out() -> None:
    hostile = "x | y\n\n# Approved <script>"
    text = page(small(contracts=(contract_of(task_owner=hostile, acceptance_question=hostile),)))
    assert "<script>" not in text.replace("\\<script>", "")
    assert "\n# Approved" not in text


def test_without_a_margin_there_is_nothing_to_compute() -> None:
    text = page(small(rate=PlannedRate(value=0.8, margin=0.0, alpha=0.05)))
    assert "No margin is planned below 0.8" in text
