"""Negotiation: who can carry a workflow, alone or together, and why the others cannot."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldforge.capabilities import CAPABILITIES
from worldforge.capabilities.names import Capability
from worldforge.capabilities.requirements import (
    MOST_COMBINATIONS,
    WORKFLOWS,
    Negotiation,
    Offer,
    Requirements,
    Workflow,
    negotiate,
    workflow,
)
from worldforge.errors import CapabilityError

CLOSED_LOOP = workflow("closed-loop")
MODEL = Offer("model", capabilities=("predict",))
POLICY = Offer("policy", capabilities=("policy",))
BOTH = Offer("both", capabilities=("predict", "policy"))
UNSET = Offer("unset", "not_configured", ("policy",), "missing POLICY_HOST")
BROKEN = Offer("broken", "broken", (), "ImportError: no such library")


def reasons(found: Negotiation) -> dict[str, tuple[str, str]]:
    return {each.provider: (each.reason, each.detail) for each in found.rejections}


def test_a_provider_that_has_everything_is_enough_alone() -> None:
    found = negotiate(CLOSED_LOOP, [BOTH])
    assert found.alone == ("both",)
    assert found.combinations == ((("policy", "both"), ("predict", "both")),)
    assert found.rejections == ()


def test_two_providers_share_what_neither_can_do_alone() -> None:
    found = negotiate(CLOSED_LOOP, [MODEL, POLICY])
    assert found.satisfied
    assert found.alone == ()
    assert found.combinations == ((("policy", "policy"), ("predict", "model")),)
    assert reasons(found) == {
        "model": ("capability_missing", "it lacks policy"),
        "policy": ("capability_missing", "it lacks predict"),
    }


def test_who_cannot_be_called_counts_for_nothing() -> None:
    found = negotiate(CLOSED_LOOP, [MODEL, UNSET, BROKEN])
    assert not found.satisfied
    assert found.choices == (("policy", ()), ("predict", ("model",)))
    assert reasons(found)["unset"] == ("not_configured", "missing POLICY_HOST")
    assert reasons(found)["broken"] == ("broken", "ImportError: no such library")


def test_only_who_was_asked_for_is_considered_and_an_unknown_name_is_said() -> None:
    found = negotiate(CLOSED_LOOP, [MODEL, POLICY, BOTH], asked=("model", "nobody", "nobody"))
    assert not found.satisfied
    assert reasons(found) == {
        "model": ("capability_missing", "it lacks policy"),
        "nobody": ("unknown", "no provider has this name"),
    }


def test_one_of_several_is_enough_where_the_workflow_says_so() -> None:
    found = negotiate(workflow("benchmark"), [MODEL, Offer("planner", capabilities=("plan",))])
    assert found.alone == ("model",)
    assert found.combinations == ((("predict", "model"),),)
    assert reasons(found) == {"planner": ("capability_missing", "it has none of predict, embed, score, policy")}


def test_many_combinations_are_counted_and_not_listed() -> None:
    offers = [Offer(f"p{number}", capabilities=("predict", "policy")) for number in range(100)]
    found = negotiate(CLOSED_LOOP, offers)
    assert found.combination_count == 10_000
    assert len(found.combinations) == MOST_COMBINATIONS


@pytest.mark.parametrize("known", WORKFLOWS, ids=lambda known: known.name)
def test_every_workflow_can_be_carried_by_somebody_who_can_do_everything(known: Workflow) -> None:
    assert workflow(known.name) is known
    assert negotiate(known, [Offer("all", capabilities=CAPABILITIES)]).alone == ("all",)
    assert not negotiate(known, [Offer("none")]).satisfied


def test_a_misspelt_workflow_is_answered_with_the_nearest() -> None:
    with pytest.raises(CapabilityError) as refused:
        workflow("planing")
    assert (refused.value.code, refused.value.exit_code) == ("workflow.unknown", 2)
    assert "Did you mean 'planning'?" in str(refused.value.hint)


@pytest.mark.parametrize(
    ("needs", "said"),
    [
        (Requirements(all_of=("predict",)), "predict"),
        (Requirements(any_of=("predict", "embed")), "predict or embed"),
        (Requirements(all_of=("policy",), any_of=("predict", "embed")), "policy and (predict or embed)"),
        (Requirements(all_of=("policy", "predict"), any_of=("embed",)), "policy and predict and embed"),
    ],
)
def test_requirements_can_be_read(needs: Requirements, said: str) -> None:
    assert needs.describe() == said


capabilities = st.lists(st.sampled_from(CAPABILITIES), unique=True).map(tuple)


@given(all_of=capabilities, any_of=capabilities, offers=st.lists(st.tuples(capabilities, st.booleans()), max_size=4))
def test_combinations_are_exactly_those_that_meet_the_requirements(
    all_of: tuple[Capability, ...], any_of: tuple[Capability, ...], offers: list[tuple[tuple[Capability, ...], bool]]
) -> None:
    needs = Requirements(all_of, tuple(each for each in any_of if each not in all_of))
    given_ = [
        Offer(f"p{number}", "ready" if is_there else "not_configured", offered)
        for number, (offered, is_there) in enumerate(offers)
    ]
    found = negotiate(Workflow("any", "Anything.", needs), given_)
    usable = {offer.provider: offer.capabilities for offer in given_ if offer.availability == "ready"}
    assert found.satisfied == needs.met_by(itertools.chain.from_iterable(usable.values()))
    assert len(found.combinations) == min(found.combination_count, MOST_COMBINATIONS)
    for combination in found.combinations:
        assert needs.met_by([capability for capability, _ in combination])
        assert all(capability in usable[provider] for capability, provider in combination)
    assert {*found.alone, *(each.provider for each in found.rejections)} == {offer.provider for offer in given_}
