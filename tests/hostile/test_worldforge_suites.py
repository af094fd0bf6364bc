"""Suites and providers that lie, hang, leave, print and wander off: the report stays, and stays true."""

from __future__ import annotations

import csv
import io
import math
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.command import inside, worldforge
from tests.worldforge.evaluation.fakes import Dynamics, forge_with, passing, suite_of
from worldforge import WorldForge
from worldforge.evaluation import EvaluationContext, EvaluationReport, EvaluationSuite, ScenarioOutcome, shifts
from worldforge.evaluation.outcome import OutcomeError
from worldforge.values import Action, PredictionPayload


class LyingNumber(float):
    """0.5 for whoever compares, something else for whoever takes it."""

    told = math.nan

    def __float__(self) -> float:
        return self.told

    def __lt__(self, other: object) -> bool:
        return False

    __gt__ = __lt__


class Large(LyingNumber):
    told = 17.0


class Unchecked(ScenarioOutcome):
    """An outcome that was never looked at."""

    __slots__ = ()

    def __post_init__(self) -> None:
        pass


class Text(str):
    """A text that is none of JSON's."""

    __slots__ = ()


def changed_later(context: EvaluationContext) -> Any:
    metrics: dict[str, Any] = {}
    outcome = context.outcome(score=1.0, passed=True, metrics=metrics)
    metrics["loss"] = math.nan
    return outcome


def turned(context: EvaluationContext) -> Any:
    outcome = context.outcome(score=1.0, passed=True)
    object.__setattr__(outcome, "score", 17.0)
    return outcome


LIES: dict[str, Callable[[EvaluationContext], Any]] = {
    "nan-that-compares-well": lambda context: context.outcome(score=LyingNumber(0.5), passed=True),
    "17-that-compares-well": lambda context: context.outcome(score=Large(0.5), passed=True),
    "unchecked-subclass": lambda context: Unchecked(17.0, True, {}),
    "unchecked-metrics": lambda context: Unchecked(1.0, True, {"a": object()}),
    "changed-after-the-check": changed_later,
    "turned-after-the-check": turned,
    "dict-subclass": lambda context: context.outcome(score=1.0, passed=True, metrics=type("D", (dict,), {})()),
    "text-subclass": lambda context: context.outcome(score=1.0, passed=True, metrics={"a": Text("b")}),
    "key-subclass": lambda context: context.outcome(score=1.0, passed=True, metrics={Text("a"): 1}),
    "float-subclass": lambda context: context.outcome(score=1.0, passed=True, metrics={"a": LyingNumber(1)}),
    "true-by-name": lambda context: context.outcome(score=1.0, passed="True"),  # type: ignore[arg-type]
    "another-class": lambda context: type("ScenarioOutcome", (), {"score": 1.0, "passed": True, "metrics": {}})(),
}


@pytest.mark.parametrize("name", LIES)
def test_an_outcome_that_lies_about_itself_is_none(name: str) -> None:
    with pytest.raises(OutcomeError) as refused:
        suite_of(LIES[name]).run_report("mock", WorldForge())
    assert refused.value.code == "outcome.invalid"


def test_metrics_that_are_kept_and_changed_do_not_change_the_report() -> None:
    kept: list[Any] = []

    def growing(context: EvaluationContext) -> Any:
        outcome = context.outcome(score=1.0, passed=True, metrics={"seen": kept})
        kept.append(context.trial)
        return outcome

    [result] = suite_of(growing).run_report("mock", WorldForge(), trials=3).results
    kept.append(object())
    assert isinstance(result.trials, list)
    assert [trial.metrics["seen"] for trial in result.trials] == [[0], [0, 1], [0, 1, 2]]


class CancelledError(BaseException):
    """What asynchronous runtimes and extension modules raise: no Exception."""


@pytest.mark.parametrize("error", [CancelledError("cancelled"), GeneratorExit(), SystemExit(0)])
@pytest.mark.parametrize("timeout", [None, 60.0])
def test_whatever_is_raised_fails_the_trial_alone(error: BaseException, timeout: float | None) -> None:
    def raising(context: EvaluationContext) -> Any:
        raise error

    report = suite_of(raising, passing).run_report("mock", WorldForge(), timeout=timeout)
    assert [result.passed for result in report.results] == [False, True]
    assert [case.error.kind for case in report.gallery().cases] == [type(error).__name__]  # type: ignore[union-attr]


def test_a_provider_that_is_cancelled_has_failed() -> None:
    def cancelled(state: dict[str, Any], action: Action, steps: int) -> PredictionPayload:
        raise CancelledError

    report = EvaluationSuite.from_builtin("physics").run_report("dynamics", forge_with(Dynamics(cancelled)))
    assert [result.error_count for result in report.results] == [1] * 5
    assert report.provenance.event_count == 5  # type: ignore[union-attr]


def test_what_a_scenario_writes_into_its_times_does_not_lose_the_report() -> None:
    def scribbling(context: EvaluationContext) -> Any:
        context.seconds.update({"nan": math.nan, "text": "long", "": 1.0, 3: 1.0, "fine": 0.5})  # type: ignore[dict-item]
        return context.outcome(score=1.0, passed=True)

    report = suite_of(scribbling).run_report("mock", WorldForge())
    assert report.timings[0].parts_ms == {"fine": 500.0}  # type: ignore[index]


def test_trials_that_never_end_do_not_take_every_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shifts, "MOST_LEFT_BEHIND", 3)
    end = threading.Event()

    def hanging(context: EvaluationContext) -> Any:
        end.wait(60)
        return context.outcome(score=1.0, passed=True)

    try:
        before = threading.active_count()
        [result] = suite_of(hanging).run_report("mock", WorldForge(), trials=50, timeout=0.01).results
        assert threading.active_count() - before <= 3
    finally:
        end.set()
    assert isinstance(result.trials, list)
    assert [trial.error.kind for trial in result.trials if trial.error] == ["TimeoutError"] * 3 + ["NotRun"] * 47


def test_an_interrupt_ends_the_trials_that_run_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    first, go_on, seen = threading.Event(), threading.Event(), []

    def slow(context: EvaluationContext) -> Any:
        seen.append(context.trial)
        first.set()
        go_on.wait(60)
        return context.outcome(score=1.0, passed=True)

    workers: list[threading.Thread] = []

    def interrupted(self: threading.Thread, timeout: float | None = None) -> None:
        workers.append(self)
        assert first.wait(60)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "join", interrupted)
        with pytest.raises(KeyboardInterrupt):
            suite_of(slow).run_report("mock", WorldForge(), trials=5, timeout=60)
    go_on.set()
    workers[0].join(60)
    assert seen == [0]


def test_a_message_with_an_address_in_memory_is_the_same_in_every_process() -> None:
    def raising(context: EvaluationContext) -> Any:
        raise ValueError(f"no such thing: {object()!r}")

    digests = {
        report.provenance.result_digest  # type: ignore[union-attr]
        for report in (suite_of(raising).run_report("mock", WorldForge()) for _ in range(3))
    }
    assert len(digests) == 1


DIGEST = """
import sys; sys.path.insert(0, sys.argv[1])
from worldforge import WorldForge
from worldforge.evaluation import EvaluationScenario, EvaluationSuite
def shaken(context):
    names = {"alpha", "beta", "gamma", "delta"}
    return context.outcome(score=context.random.random(), passed=True, metrics={name: len(name) for name in names})
own = EvaluationSuite.custom(suite_id="s", name="S", scenarios=[
    EvaluationScenario.from_callable(name="a", description="b", evaluator=shaken)])
for suite in (own, EvaluationSuite.from_builtin("planning"), EvaluationSuite.from_builtin("physics")):
    report = suite.run_report("mock", WorldForge(), trials=3)
    print(report.provenance.input_digest, report.provenance.result_digest)
"""


def test_digests_are_equal_in_every_process_and_hash_seed() -> None:
    said = {
        subprocess.run(
            [sys.executable, "-c", DIGEST, "."],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4711")
    }
    assert len(said) == 1
    assert said.pop().count("sha256:") == 6


MARKUP = "<script>alert(1)</script>|`*[x](javascript:y)\n# h\n=cmd()"


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs).get("href")))


def marked_up() -> EvaluationReport:
    def failing(context: EvaluationContext) -> Any:
        with context.timed(MARKUP):
            return context.outcome(score=0.0, passed=False, metrics={MARKUP: MARKUP})

    def raising(context: EvaluationContext) -> Any:
        raise type("<b>", (Exception,), {})(MARKUP)

    suite = EvaluationSuite.custom(
        suite_id=MARKUP,
        name=MARKUP,
        suite_version=MARKUP,
        claim_boundary=MARKUP,
        metric_semantics=MARKUP,
        scenarios=list(_scenarios(failing, raising)),
    )
    return suite.run_report("mock", WorldForge())


def _scenarios(*evaluators: Callable[[EvaluationContext], Any]) -> Iterator[Any]:
    for number, evaluator in enumerate(evaluators):
        [scenario] = suite_of(evaluator).scenarios
        yield type(scenario)(f"={MARKUP}{number}", MARKUP, evaluator, (), MARKUP)


def test_markup_in_every_text_of_a_suite_stays_text() -> None:
    artifacts = marked_up().artifacts()
    tags = Tags()
    tags.feed(artifacts["html"])
    assert not {"script", "b", "img"} & {tag for tag, _ in tags.seen}
    for name in ("markdown", "failure_gallery.md"):
        assert not re.search(r"(?<!\\)<script|(?<!\\)\]\(javascript|^# h|(?<!\\)`", artifacts[name], re.MULTILINE)
    rows = list(csv.reader(io.StringIO(artifacts["csv"])))
    assert {len(row) for row in rows} == {7}
    assert not [cell for row in rows[1:] for cell in row if cell.startswith(("=", "+", "-", "@"))]


def textbook_wilson(passed: int, count: int) -> tuple[float, float]:
    z, p = 1.959963984540054, passed / count
    middle = (p + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(p * (1 - p) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return middle - half, middle + half


@pytest.mark.parametrize(("passed", "count"), [(0, 1), (1, 1), (0, 50), (50, 50), (7, 23), (999, 1000)])
def test_the_interval_of_the_trials_is_wilsons(passed: int, count: int) -> None:
    def some(context: EvaluationContext) -> Any:
        return context.outcome(score=1.0, passed=context.trial < passed)

    [result] = suite_of(some).run_report("mock", WorldForge(), trials=count).results
    assert result.pass_interval == pytest.approx(textbook_wilson(passed, count), abs=1e-12)


REFUSED = {
    "--trials": ["0", "-1", "1000001", "1e3"],
    "--min-score": ["nan", "1.1", "-inf"],
    "--timeout": ["nan", "0", "inf"],
    "--seed": ["-1", "9007199254740991"],
}


@pytest.mark.parametrize("option", [f"{name} {value}" for name, values in REFUSED.items() for value in values])
def test_a_number_that_makes_no_sense_is_refused(tmp_path: Path, option: str) -> None:
    with inside(tmp_path):
        assert worldforge(f"eval --suite physics --provider mock {option}").code == 2
    assert list(tmp_path.iterdir()) == []


def clock_that_says(seconds: Any) -> Dynamics:
    """Moves nothing, and says that so much time went by."""

    def predict(state: dict[str, Any], action: Action, steps: int) -> PredictionPayload:
        return PredictionPayload(state, 1.0, 1.0, (), {"seconds": seconds})

    return Dynamics(predict)


@pytest.mark.parametrize(
    "seconds", [0, 0.0, -1.0, 5e-324, 1e-9, 0.25, 1e150, 1e308, math.nan, math.inf, True, "1", 10**400]
)
def test_a_provider_that_lies_about_time_fails_every_check_of_dynamics(seconds: Any) -> None:
    report = EvaluationSuite.from_builtin("physics").run_report("dynamics", forge_with(clock_that_says(seconds)))
    dynamics = {"object-conservation", "object-contact", "free-fall"}
    assert {result.scenario for result in report.results if not result.passed} >= dynamics
