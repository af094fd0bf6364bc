"""`worldforge negotiate`: who can carry a workflow on this machine, and why the others cannot."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.command import worldforge


def negotiated(words: str) -> tuple[int, dict[str, Any]]:
    outcome = worldforge(f"negotiate {words} --format json")
    return outcome.code, json.loads(outcome.out)


def test_the_workflows_are_listed_with_what_they_require() -> None:
    code, found = negotiated("--list")
    assert code == 0
    needs = {each["workflow"]: (each["all_of"], each["any_of"]) for each in found["workflows"]}
    assert needs["planning"] == (["score"], [])
    assert needs["closed-loop"] == (["policy", "predict"], [])
    assert needs["benchmark"] == ([], ["predict", "embed", "score", "policy"])
    assert "policy and predict" in worldforge("negotiate --list").out


def test_a_workflow_that_can_be_carried() -> None:
    code, found = negotiated("--workflow planning --provider mock --provider lerobot")
    assert (code, found["satisfied"], found["alone"]) == (0, True, ["mock"])
    assert found["combinations"] == [{"score": "mock"}]
    (rejected,) = found["rejections"]
    assert (rejected["provider"], rejected["reason"]) == ("lerobot", "not_shipped")
    assert "can be carried" in worldforge("negotiate --workflow planning").out


def test_a_workflow_that_nobody_can_carry_exits_with_1_and_says_why() -> None:
    code, found = negotiated("--workflow closed-loop --provider mock --provider nobody")
    assert (code, found["satisfied"], found["combination_count"]) == (1, False, 0)
    assert found["choices"] == {"policy": [], "predict": ["mock"]}
    assert {each["provider"]: each["reason"] for each in found["rejections"]} == {
        "mock": "capability_missing",
        "nobody": "unknown",
    }
    text = worldforge("negotiate --workflow closed-loop --provider mock --provider nobody").out
    assert "CANNOT BE CARRIED" in text
    assert "it lacks policy" in text


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ("", 2, "negotiate.usage"),
        ("--list --workflow planning", 2, "negotiate.usage"),
        ("--workflow planing", 2, "Did you mean 'planning'?"),
    ],
)
def test_what_makes_no_sense_is_refused(words: str, code: int, told: str) -> None:
    outcome = worldforge(f"negotiate {words}")
    assert outcome.code == code
    assert told in outcome.err
    assert outcome.out == ""
