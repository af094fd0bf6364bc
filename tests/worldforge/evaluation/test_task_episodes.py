"""Suites that declare their trials to be episodes of a simulated task, and that bring the policy that runs them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from tests.command import inside, worldforge
from tests.support import REPO
from worldforge.errors import UnknownProviderError, WorldForgeError
from worldforge.evaluation import EvaluationContext, EvaluationScenario, EvaluationSuite, ScenarioOutcome
from worldforge.evaluation.report import EvaluationReport
from worldforge.forge.facade import WorldForge
from worldforge.providers.contract import BaseProvider, ProviderCapabilities
from worldforge.values import EmbeddingResult

REACH: Final = REPO / "examples" / "reach" / "suite.py"
TASK: Final[dict[str, Any]] = {"measures": "task_success", "environment": "pushing-v1"}


class Own(BaseProvider):
    """A provider that comes with a suite."""

    name = "own"
    capabilities = ProviderCapabilities(embed=True)

    def __init__(self, says: float = 1.0) -> None:
        super().__init__()
        self.says = says

    def embed(self, *, text: str) -> EmbeddingResult:
        """What it was made to say."""
        return EmbeddingResult(self.name, "own", (self.says,))


def ask(context: EvaluationContext) -> ScenarioOutcome:
    said = context.embed("cube").vector[0] if context.provider == "own" else 1.0
    return context.outcome(score=said, passed=said == 1.0)


def suite_of(*, providers: Any = (), **options: Any) -> EvaluationSuite:
    scenario = EvaluationScenario.from_callable(name="push", description="Push it.", evaluator=ask, **options)
    return EvaluationSuite.custom(suite_id="pushing", name="Pushing", scenarios=[scenario], providers=providers)


def test_the_declaration_stands_in_the_result_and_without_it_nothing_does() -> None:
    declared, plain = (suite_of(**options).run_report("mock", WorldForge()) for options in (TASK, {}))
    result, without = (json.loads(report.to_json())["results"][0] for report in (declared, plain))
    assert (result["episode_kind"], result["environment"]) == ("task_success", "pushing-v1")
    assert without == {key: value for key, value in result.items() if key not in ("episode_kind", "environment")}
    read = EvaluationReport.from_json(declared.to_json())
    assert (read.results[0].episode_kind, read.results[0].environment) == ("task_success", "pushing-v1")


def test_people_read_of_the_declaration_too() -> None:
    declared, plain = (suite_of(**options).run_report("mock", WorldForge()) for options in (TASK, {}))
    for text in (declared.to_markdown(), declared.to_html()):
        assert "each trial of push is one of pushing" in text
    assert "as the suite declares" not in plain.to_markdown() + plain.to_html()


def test_what_a_suite_declares_is_part_of_what_it_asks() -> None:
    digests = {
        suite_of(**options).run_report("mock", WorldForge()).provenance.input_digest  # type: ignore[union-attr]
        for options in ({}, TASK, {**TASK, "environment": "pushing-v2"})
    }
    assert len(digests) == 3


def test_whom_it_asks_is_not() -> None:
    first, second = (
        suite_of(providers=[Own()]).run_report(name, WorldForge()).provenance.input_digest  # type: ignore[union-attr]
        for name in ("mock", "own")
    )
    assert first == second


@pytest.mark.parametrize(
    "options",
    [
        {"measures": "task_success"},
        {"environment": "pushing-v1"},
        {"measures": "task_success", "environment": ""},
        {"measures": "progress", "environment": "pushing-v1"},
    ],
)
def test_half_a_declaration_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(WorldForgeError) as refused:
        suite_of(**options)
    assert refused.value.code == "scenario.measures"


def test_an_environment_goes_through_the_sanitiser() -> None:
    scenario = suite_of(**{**TASK, "environment": "pushing in /home/anna/worlds"}).scenarios[0]
    assert "anna" not in scenario.environment


def test_a_provider_that_comes_with_the_suite_is_there_when_it_is_asked_for() -> None:
    forge = WorldForge()
    report = suite_of(providers=[Own()], required_capabilities=["embed"]).run_report("own", forge)
    assert report.results[0].passed
    assert "own" in forge.providers()


def test_one_that_nobody_asks_for_is_not_registered() -> None:
    forge = WorldForge()
    suite_of(providers=[Own()]).run_report("mock", forge)
    with pytest.raises(UnknownProviderError):
        forge.capabilities_of("own")


def test_the_forges_own_provider_of_that_name_is_kept() -> None:
    forge = WorldForge()
    forge.register_provider(Own(says=0.5))
    suite = suite_of(providers=[Own()])
    assert [suite.run_report("own", forge).results[0].score for _ in "ab"] == [0.5, 0.5]


def test_a_provider_without_a_name_is_refused() -> None:
    with pytest.raises(WorldForgeError) as refused:
        suite_of(providers=[object()])
    assert refused.value.code == "suite.scenarios"


def test_the_example_runs_and_is_the_same_each_time(tmp_path: Path) -> None:
    pytest.importorskip("mujoco")
    line = f"eval --suite {REACH} --provider reach-ik --trials 12 --seed 0 --format json"
    with inside(tmp_path):
        first, second = (json.loads(worldforge(line).out) for _ in "ab")
        later = json.loads(worldforge(line.replace("--seed 0", "--seed 6")).out)
    assert first["results"] == second["results"]
    assert {result["episode_kind"] for result in first["results"]} == {"task_success"}
    near, near_later = (report["results"][0]["trials"] for report in (first, later))
    assert [trial["score"] for trial in near[6:]] == [trial["score"] for trial in near_later[:6]]
    assert 0 < sum(trial["passed"] for trial in near) < 12
