"""Suites: the public page's snippets, the registry, trials, failures, determinism."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.worldforge.evaluation.fakes import failing, forge_with, passing, raising, suite_of
from worldbase.intervals import wilson
from worldforge import WorldForge, WorldForgeError
from worldforge.errors import CapabilityError, UnknownProviderError
from worldforge.evaluation import (
    EvaluationContext,
    EvaluationReport,
    EvaluationResult,
    EvaluationScenario,
    EvaluationSuite,
    ReportContext,
)
from worldforge.evaluation.outcome import OutcomeError
from worldforge.providers.contract import BaseProvider, ProviderCapabilities
from worldforge.values import EmbeddingResult, ProviderEvent


@pytest.fixture
def forge() -> WorldForge:
    return WorldForge(discover_entry_points=False)


@pytest.fixture(autouse=True)
def registered_as_before() -> Iterator[None]:
    yield
    for name in EvaluationSuite.registered_names():
        EvaluationSuite.unregister(name)


def test_the_first_snippet_of_the_public_page_runs(forge: WorldForge) -> None:
    suite = EvaluationSuite.from_builtin("planning")
    report = suite.run_report(["mock"], forge=forge)
    assert report.results[0].passed
    assert json.loads(report.to_json())["suite_id"] == "planning"


def test_the_custom_suite_of_the_public_page_runs(forge: WorldForge) -> None:
    def check_empty_world(context: EvaluationContext) -> Any:
        object_count = context.world.object_count
        return context.outcome(
            score=1.0,
            passed=object_count == 0,
            metrics={"object_count": object_count},
        )

    suite = EvaluationSuite.custom(
        suite_id="custom-empty-world",
        name="Custom Empty World Evaluation",
        suite_version="custom-empty-world:1",
        claim_boundary=("This custom suite is a deterministic checkout example, not a model-quality claim."),
        scenarios=[
            EvaluationScenario.from_callable(
                name="empty-world-readable",
                description="Checks that a new world can be inspected.",
                evaluator=check_empty_world,
            )
        ],
    )
    EvaluationSuite.register("custom-empty-world", lambda: suite, replace=True)
    report = EvaluationSuite.from_registered("custom-empty-world").run_report("mock", forge=forge)
    assert report.provenance.suite_version == "custom-empty-world:1"  # type: ignore[union-attr]
    assert json.loads(report.artifacts()["failure_gallery.json"])["cases"] == []


def test_a_registered_name_is_taken_until_it_is_replaced(forge: WorldForge) -> None:
    EvaluationSuite.register("mine", lambda: suite_of(passing))
    with pytest.raises(WorldForgeError) as taken:
        EvaluationSuite.register("mine", lambda: suite_of(failing))
    assert taken.value.code == "suite.name_taken"
    EvaluationSuite.register("mine", lambda: suite_of(failing), replace=True)
    assert not EvaluationSuite.from_registered("mine").run_report("mock", forge).results[0].passed
    EvaluationSuite.unregister("mine")
    EvaluationSuite.unregister("mine")
    assert EvaluationSuite.registered_names() == ()


@pytest.mark.parametrize("name", EvaluationSuite.builtin_names())
def test_the_name_of_a_built_in_suite_is_never_free(name: str) -> None:
    with pytest.raises(WorldForgeError) as refused:
        EvaluationSuite.register(name, lambda: suite_of(passing), replace=True)
    assert refused.value.code == "suite.name_taken"


def test_what_is_registered_has_to_make_a_suite() -> None:
    with pytest.raises(WorldForgeError) as refused:
        EvaluationSuite.register("mine", suite_of(passing))  # type: ignore[arg-type]
    assert refused.value.code == "suite.factory"
    EvaluationSuite.register("number", lambda: 3)  # type: ignore[arg-type, return-value]
    EvaluationSuite.register("broken", lambda: 1 / 0)  # type: ignore[arg-type, return-value]
    for name, code in (("number", "suite.not_a_suite"), ("broken", "suite.factory_failed")):
        with pytest.raises(WorldForgeError) as found:
            EvaluationSuite.from_registered(name)
        assert found.value.code == code


def test_an_unknown_suite_is_told_with_the_nearest_name() -> None:
    for find in (EvaluationSuite.from_builtin, EvaluationSuite.from_registered, EvaluationSuite.named):
        with pytest.raises(WorldForgeError) as unknown:
            find("plannning")
        assert unknown.value.code == "suite.unknown"
        assert unknown.value.exit_code == 2
        assert "'planning'" in str(unknown.value.hint)


def test_a_built_in_suite_is_not_a_registered_one() -> None:
    with pytest.raises(WorldForgeError) as refused:
        EvaluationSuite.from_registered("planning")
    assert "from_builtin" in str(refused.value.hint)


def test_a_suite_needs_scenarios_of_different_names() -> None:
    scenario = EvaluationScenario.from_callable(name="same", description="-", evaluator=passing)
    for scenarios in ([], [scenario, scenario], [passing]):
        with pytest.raises(WorldForgeError) as refused:
            EvaluationSuite.custom(suite_id="x", name="X", scenarios=scenarios)  # type: ignore[arg-type]
        assert refused.value.code == "suite.scenarios"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": " "}, "value.not_text"),
        ({"description": ""}, "value.not_text"),
        ({"evaluator": 3}, "scenario.evaluator"),
        ({"required_capabilities": ["fly"]}, "capability.unknown"),
        ({"required_pass_rate": 0.0}, "value.out_of_range"),
        ({"required_pass_rate": 1.01}, "value.out_of_range"),
    ],
)
def test_a_scenario_that_does_not_hold_is_refused(changes: dict[str, Any], code: str) -> None:
    fields: dict[str, Any] = {"name": "a", "description": "b", "evaluator": passing}
    with pytest.raises(WorldForgeError) as refused:
        EvaluationScenario.from_callable(**{**fields, **changes})
    assert refused.value.code == code


def test_capabilities_are_checked_before_anything_runs() -> None:
    ran: list[str] = []

    class Deaf(BaseProvider):
        name = "deaf"
        capabilities = ProviderCapabilities(predict=True)

    suite = suite_of(lambda context: ran.append("ran"), required_capabilities=["embed", "score"])
    with pytest.raises(CapabilityError) as refused:
        suite.run_report(["mock", "deaf"], forge_with(Deaf()))
    assert refused.value.code == "suite.capability"
    assert isinstance(refused.value, WorldForgeError)
    assert "deaf lacks embed" in refused.value.message
    assert "deaf lacks score" in refused.value.message
    assert "mock" not in refused.value.message
    assert ran == []


def test_an_unknown_provider_is_refused(forge: WorldForge) -> None:
    with pytest.raises(UnknownProviderError):
        suite_of(passing).run_report(["mock", "moc"], forge)
    for nobody in ([], [3]):
        with pytest.raises(WorldForgeError) as refused:
            suite_of(passing).run_report(nobody, forge)  # type: ignore[arg-type]
        assert refused.value.code == "suite.no_provider"


def test_an_exception_is_a_failed_case_and_the_rest_of_the_report_stays(forge: WorldForge) -> None:
    report = suite_of(passing, raising, passing).run_report("mock", forge)
    assert [result.passed for result in report.results] == [True, False, True]
    lost = report.results[1]
    assert (lost.score, lost.error_count, lost.metrics) == (0.0, 1, {})
    case = report.gallery().cases[0]
    assert (case.error.kind, case.error.message) == ("RuntimeError", "the model is not there")  # type: ignore[union-attr]


@pytest.mark.parametrize("error", [SystemExit(3), MemoryError(), AssertionError("no"), WorldForgeError("mine")])
def test_whatever_a_scenario_raises_is_a_failed_case(forge: WorldForge, error: BaseException) -> None:
    def stop(context: EvaluationContext) -> Any:
        raise error

    [result] = suite_of(stop).run_report("mock", forge, timeout=60).results
    assert (result.error_count, result.passed) == (1, False)


def test_an_interrupt_ends_everything(forge: WorldForge) -> None:
    def interrupted(context: EvaluationContext) -> Any:
        raise KeyboardInterrupt

    for timeout in (None, 60.0):
        with pytest.raises(KeyboardInterrupt):
            suite_of(interrupted).run_report("mock", forge, timeout=timeout)


@pytest.mark.parametrize(
    "returned",
    [None, 1.0, (1.0, True, {}), [1.0, True], {"score": 1.0}, {"score": 1.0, "passed": True, "metric": {}}, object()],
)
def test_what_is_no_outcome_is_the_authors_mistake(forge: WorldForge, returned: Any) -> None:
    with pytest.raises(WorldForgeError) as refused:
        suite_of(lambda context: returned).run_report("mock", forge)
    assert refused.value.code == "outcome.invalid"
    assert "'first'" in refused.value.message


def test_a_json_object_and_a_result_are_outcomes_too(forge: WorldForge) -> None:
    def as_object(context: EvaluationContext) -> Any:
        return {"score": 0.5, "passed": True, "metrics": {"a": [1, None]}}

    def as_result(context: EvaluationContext) -> Any:
        return EvaluationResult(
            suite_id=context.suite_id,
            suite=context.suite,
            scenario=context.scenario,
            provider=context.provider,
            score=0.75,
            passed=True,
        )

    results = suite_of(as_object, as_result).run_report("mock", forge).results
    assert [(result.score, result.passed) for result in results] == [(0.5, True), (0.75, True)]
    assert results[0].metrics == {"a": [1, None]}


@pytest.mark.parametrize("field", ["suite_id", "suite", "scenario", "provider"])
def test_a_result_of_something_else_is_refused(forge: WorldForge, field: str) -> None:
    def of_another(context: EvaluationContext) -> Any:
        fields = {name: getattr(context, name) for name in ("suite_id", "suite", "scenario", "provider")}
        return EvaluationResult(**{**fields, field: "another"}, score=1.0, passed=True)

    with pytest.raises(OutcomeError) as refused:
        suite_of(of_another).run_report("mock", forge)
    assert refused.value.code == "outcome.of_another"


def test_trials_get_seeds_in_a_row_and_the_same_for_every_provider(forge: WorldForge) -> None:
    seen: list[tuple[str, int, int, float]] = []

    def note(context: EvaluationContext) -> Any:
        seen.append((context.provider, context.trial, context.seed, context.random.random()))
        return context.outcome(score=1.0, passed=True)

    suite_of(note).run_report(["mock", "mujoco", "mock"], forge, trials=3, seed=7)
    mock, mujoco = seen[:3], seen[3:]
    assert [(trial, seed) for _, trial, seed, _ in mock] == [(0, 7), (1, 8), (2, 9)]
    assert [entry[1:] for entry in mock] == [entry[1:] for entry in mujoco]
    assert len({entry[3] for entry in mock}) == 3


@pytest.mark.parametrize(("required", "passes"), [(1.0, False), (0.6, False), (0.5, True), (0.1, True)])
def test_a_scenario_passes_by_the_share_of_its_trials(forge: WorldForge, required: float, passes: bool) -> None:
    suite = suite_of(
        lambda context: context.outcome(
            score=context.trial / 10, passed=context.trial % 2 == 0, metrics={"even": context.trial % 2 == 0, "n": 3}
        ),
        required_pass_rate=required,
    )
    [result] = suite.run_report("mock", forge, trials=10).results
    assert result.passed is passes
    assert (result.trial_count, result.passed_trial_count, result.error_count) == (10, 5, 0)
    assert result.pass_interval == list(wilson(5, 10, 0.95))
    assert result.score == pytest.approx(0.45)
    assert result.metrics == {"even": pytest.approx(0.5), "n": 3}


def test_metrics_that_differ_and_are_no_numbers_stay_with_their_trials(forge: WorldForge) -> None:
    suite = suite_of(
        lambda context: context.outcome(
            score=1.0, passed=True, metrics={"word": f"w{context.trial}", "same": "s", "huge": 1.7e308, "now": None}
        )
    )
    [result] = suite.run_report("mock", forge, trials=4).results
    assert result.metrics == {"same": "s", "huge": 1.7e308, "now": None}
    assert [trial.metrics["word"] for trial in result.trials] == ["w0", "w1", "w2", "w3"]  # type: ignore[union-attr]


def test_a_metric_that_some_trials_lack_is_not_averaged(forge: WorldForge) -> None:
    suite = suite_of(
        lambda context: context.outcome(
            score=1.0, passed=True, metrics={"n": 1.0} if context.trial else {"n": 2.0, "m": 1}
        )
    )
    [result] = suite.run_report("mock", forge, trials=2).results
    assert result.metrics == {"n": 1.5}


def test_a_trial_that_takes_too_long_has_failed_and_the_next_goes_on(forge: WorldForge) -> None:
    never = threading.Event()

    def stuck(context: EvaluationContext) -> Any:
        if context.trial == 1:
            never.wait()
        return passing(context)

    made: list[int] = []
    report = suite_of(stuck, passing).run_report("mock", forge, trials=3, timeout=0.5, on_trial=lambda: made.append(1))
    never.set()
    [stuck_result, other] = report.results
    assert [trial.passed for trial in stuck_result.trials] == [True, False, True]  # type: ignore[union-attr]
    [error] = [trial.error for trial in stuck_result.trials if trial.error]  # type: ignore[union-attr]
    assert (error.kind, error.message) == ("TimeoutError", "no outcome within 0.5 s")
    assert other.passed
    assert len(made) == 6


def test_what_a_trial_left_behind_still_does_is_heard_no_more() -> None:
    go_on, ended = threading.Event(), threading.Event()

    class Talkative(BaseProvider):
        name = "talkative"
        capabilities = ProviderCapabilities(embed=True)

        def embed(self, *, text: str) -> EmbeddingResult:
            return EmbeddingResult(self.name, "m", (1.0,))

    def late(context: EvaluationContext) -> Any:
        context.embed("before")
        go_on.wait()
        context.embed("after")
        ended.set()

    heard: list[ProviderEvent] = []
    report = suite_of(late).run_report("talkative", forge_with(Talkative()), timeout=0.5, on_event=heard.append)
    go_on.set()
    assert ended.wait(10)
    assert report.provenance.event_count == len(heard) == 1  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"trials": 0}, "value.not_a_count"),
        ({"trials": True}, "value.not_a_count"),
        ({"seed": -1}, "value.not_a_count"),
        ({"timeout": 0.0}, "value.out_of_range"),
        ({"timeout": float("nan")}, "value.not_a_number"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(forge: WorldForge, arguments: dict[str, Any], code: str) -> None:
    with pytest.raises(WorldForgeError) as refused:
        suite_of(passing).run_report("mock", forge, **arguments)
    assert refused.value.code == code


def test_two_runs_have_the_same_digests_and_other_timings(forge: WorldForge) -> None:
    for name in EvaluationSuite.builtin_names():
        first, second = (
            EvaluationSuite.from_builtin(name).run_report("mock", forge, trials=2, seed=3).provenance for _ in "ab"
        )
        assert first.result_digest == second.result_digest  # type: ignore[union-attr]
        assert first.input_digest == second.input_digest  # type: ignore[union-attr]
        assert first.timing_digest != second.timing_digest  # type: ignore[union-attr]


def test_what_is_asked_for_changes_the_input_digest(forge: WorldForge) -> None:
    def digest_of(**arguments: Any) -> Any:
        return suite_of(passing).run_report("mock", forge, **arguments).provenance.input_digest  # type: ignore[union-attr]

    assert len({digest_of(), digest_of(trials=2), digest_of(seed=1)}) == 3


def test_the_envelope_says_who_was_asked_for_what(forge: WorldForge) -> None:
    reference = {"id": "d", "sha256": "sha256:0"}
    context = ReportContext(
        command=("worldforge", "eval", "--api-key", "hunter2hunter2"), dataset_manifests=(reference,), notes="a note"
    )
    report = EvaluationSuite.from_builtin("physics").run_report("mock", forge, context=context)
    origin = report.provenance
    assert isinstance(report, EvaluationReport)
    assert origin.kind == "evaluation"  # type: ignore[union-attr]
    assert origin.schema_version == 2  # type: ignore[union-attr]
    assert origin.capabilities == ["predict"]  # type: ignore[union-attr]
    assert origin.runtime_manifests == {"mock": "mock:schema-1"}  # type: ignore[union-attr]
    assert origin.dataset_manifests == [reference]  # type: ignore[union-attr]
    assert origin.notes == "a note"  # type: ignore[union-attr]
    assert origin.event_count > 5  # type: ignore[union-attr]
    assert "hunter2" not in " ".join(origin.command)  # type: ignore[union-attr]


def test_events_are_counted_and_handed_on(forge: WorldForge) -> None:
    heard: list[ProviderEvent] = []

    def embedding_twice(context: EvaluationContext) -> Any:
        context.embed("a")
        context.embed("b")
        return passing(context)

    report = suite_of(embedding_twice).run_report("mock", forge, trials=2, on_event=heard.append)
    assert report.provenance.event_count == len(heard) == 4  # type: ignore[union-attr]
    assert {event.operation for event in heard} == {"embed"}


def test_a_scenario_times_its_parts_beside_its_metrics(forge: WorldForge) -> None:
    def timed(context: EvaluationContext) -> Any:
        with context.timed("solver"):
            context.embed("a")
        return passing(context)

    report = suite_of(timed).run_report("mock", forge, trials=3)
    [timing] = report.timings  # type: ignore[misc]
    assert set(timing.parts_ms) == {"solver"}
    assert 0 < timing.provider_ms <= timing.total_ms
    assert report.results[0].metrics == {"count": 1}


def test_nothing_is_written_to_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    suite_of(passing).run_report("mock", WorldForge(), trials=2)
    assert list(tmp_path.iterdir()) == []
