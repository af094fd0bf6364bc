"""Secrets, host paths and names are planted wherever a suite or a provider can put a text; none may come out."""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.command import inside, worldforge
from tests.worldforge.evaluation.fakes import forge_with
from worldforge import WorldForge, WorldForgeError
from worldforge.errors import ProviderError
from worldforge.evaluation import (
    EvaluationContext,
    EvaluationReport,
    EvaluationScenario,
    EvaluationSuite,
    ReportContext,
)
from worldforge.providers.contract import BaseProvider, ProviderCapabilities
from worldforge.providers.observed import emit
from worldforge.runs.evaluation_run import keep_evaluation
from worldforge.runs.workspace import RunWorkspace
from worldforge.values import EmbeddingResult

CORPUS = json.loads((Path(__file__).parents[1] / "fixtures" / "redaction" / "planted.json").read_text(encoding="utf-8"))


@functools.cache
def planted() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Id -> text, and what of it may not survive."""
    return {
        entry["id"]: (decoded(entry["text_b64"]), tuple(map(decoded, entry["must_not_survive_b64"])))
        for entry in CORPUS["planted"]
    }


def decoded(text: str) -> str:
    return base64.b64decode(text).decode()


class Talkative(BaseProvider):
    """Says a text in its events and in its error."""

    name = "talkative"
    capabilities = ProviderCapabilities(embed=True)

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def embed(self, *, text: str) -> EmbeddingResult:
        emit(self, "embed", "retry", message=self.text, target=self.text, metadata={"note": self.text})
        if text == "fail":
            raise ProviderError(self.text)
        if text == "break":
            raise RuntimeError(self.text)
        return EmbeddingResult(self.name, "m", (1.0,))


def suite_saying(text: str) -> EvaluationSuite:
    """A suite whose every text is this one, and whose scenarios fail in every way."""

    def in_metrics(context: EvaluationContext) -> Any:
        context.embed("fine")
        metrics = {"note": text, "list": [text], "deep": {"er": text}, "api_key": text, text[:80]: 1}
        return context.outcome(score=0.0, passed=False, metrics=metrics)

    def by_provider(context: EvaluationContext) -> Any:
        context.embed("fail")

    def by_foreign_code(context: EvaluationContext) -> Any:
        context.embed("break")

    def by_author(context: EvaluationContext) -> Any:
        with context.timed(text):
            raise ValueError(text)

    evaluators: dict[str, Callable[[EvaluationContext], Any]] = {
        text: in_metrics,
        "by-provider": by_provider,
        "by-foreign-code": by_foreign_code,
        "by-author": by_author,
    }
    return EvaluationSuite.custom(
        suite_id=text,
        name=text,
        suite_version=text,
        claim_boundary=text,
        metric_semantics=text,
        scenarios=[
            EvaluationScenario.from_callable(
                name=name, description=text, contract=text, evaluator=evaluator, required_capabilities=["embed"]
            )
            for name, evaluator in evaluators.items()
        ],
    )


def leaks_in(texts: dict[str, str], gone: tuple[str, ...]) -> list[tuple[str, str]]:
    # JSON writes some characters as escapes; what a secret is made of is not among them but for the quotes.
    return [
        (name, part) for name, text in texts.items() for part in gone if part in text or json.dumps(part)[1:-1] in text
    ]


def left_behind(folder: Path) -> dict[str, str]:
    found = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path.name: path.read_text(errors="replace") for path in found}


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(planted()))
def test_what_is_planted_in_every_text_gets_into_no_artifact(tmp_path: Path, name: str) -> None:
    text, gone = planted()[name]
    suite = suite_saying(text)
    context = ReportContext(command=("worldforge", "eval", "--note", text), notes=text)
    provider = Talkative(text)
    with RunWorkspace.create(
        tmp_path,
        kind="eval",
        argv=["worldforge", text],
        provider="talkative",
        operation=suite.suite_id,
        input_summary={},
    ) as run:
        report = suite.run_report("talkative", forge_with(provider), trials=2, on_event=run.event, context=context)
        keep_evaluation(run, report)
    assert report.gallery().case_count == 4
    assert not leaks_in(report.artifacts(), gone)
    assert not leaks_in(left_behind(tmp_path), gone)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(planted())[::7])
def test_what_is_planted_in_an_older_report_is_taken_out(name: str) -> None:
    text, gone = planted()[name]
    result = {"scenario": text, "provider": "mock", "suite_id": "s", "suite": text, "score": 0.0, "passed": False}
    summary = {
        "provider": "mock",
        "average_score": 0.0,
        "scenario_count": 1,
        "passed_scenario_count": 0,
        "failed_scenario_count": 1,
        "pass_rate": 0.0,
    }
    value = {
        "suite_id": "s",
        "suite": text,
        "claim_boundary": text,
        "provider_summaries": [summary],
        "results": [{**result, "metrics": {"note": text, "token": text}}],
    }
    report = EvaluationReport.from_json(json.dumps(value))
    assert not leaks_in(report.artifacts(), gone)


def test_what_is_no_outcome_does_not_say_what_it_holds() -> None:
    secret = "ghp_Zq8vT2mN4kLr7XwB1cYd5HfJ9sPgA3eUoK6i"

    def evaluate(context: EvaluationContext) -> Any:
        return context.outcome(score=1.0, passed=True, metrics={"a": object(), "b": secret})

    scenario = EvaluationScenario.from_callable(name="a", description="b", evaluator=evaluate)
    suite = EvaluationSuite.custom(suite_id="s", name="S", scenarios=[scenario])
    with pytest.raises(WorldForgeError) as refused:
        suite.run_report("mock", WorldForge())
    assert secret not in str(refused.value)


@pytest.mark.parametrize(
    "text", ["\ud800", "a\ud800b", "\x00", "\x1b[2J", "\u202egnp.exe", "\u2028", "x" * 1_000_000, "\ufeff"]
)
def test_odd_texts_in_names_and_errors_still_make_a_report(text: str) -> None:
    def evaluate(context: EvaluationContext) -> Any:
        raise RuntimeError(text)

    scenario = EvaluationScenario.from_callable(name=f"a{text}", description=f"b{text}", evaluator=evaluate)
    report = EvaluationSuite.custom(suite_id="s", name=f"S{text}", scenarios=[scenario]).run_report(
        "mock", WorldForge()
    )
    for name, artifact in report.artifacts().items():
        artifact.encode()
        if not name.endswith("json"):
            assert not {"\x00", "\x1b", "\u202e", "\u2028"} & set(artifact)


def test_an_error_that_cannot_be_told_is_a_failed_trial_too() -> None:
    class MuteError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    def evaluate(context: EvaluationContext) -> Any:
        raise MuteError

    scenario = EvaluationScenario.from_callable(name="a", description="b", evaluator=evaluate)
    [result] = (
        EvaluationSuite.custom(suite_id="s", name="S", scenarios=[scenario]).run_report("mock", WorldForge()).results
    )
    assert (result.passed, result.error_count) == (False, 1)


def test_two_names_that_become_one_are_refused() -> None:
    names = [f"at /home/{person}/x" for person in ("alice", "bob")]
    scenarios = [
        EvaluationScenario.from_callable(name=name, description="-", evaluator=lambda context: None) for name in names
    ]
    if scenarios[0].name != scenarios[1].name:
        pytest.fail("the sanitiser tells the two apart; choose other names")
    with pytest.raises(WorldForgeError) as refused:
        EvaluationSuite.custom(suite_id="s", name="S", scenarios=scenarios)
    assert refused.value.code == "suite.scenarios"


SUITES = {
    "raises": "raise RuntimeError('at /home/alice/key ghp_Zq8vT2mN4kLr7XwB1cYd5HfJ9sPgA3eUoK6i')",
    "exits": "import sys; sys.exit(0)",
    "syntax": "suite = (",
    "nothing": "other = 3",
    "number": "suite = 3",
    "class": "from worldforge.evaluation import EvaluationSuite as suite",
    "null": "\x00",
    "factory": "def suite():\n    raise KeyError('x')",
    "wants": "def suite(one):\n    return one",
}


@pytest.mark.parametrize("name", SUITES)
def test_a_file_that_makes_no_suite_ends_in_one_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "mine.py").write_text(SUITES[name])
    with inside(tmp_path):
        outcome = worldforge("eval --suite mine.py --provider mock")
    assert outcome.code == 3
    assert outcome.err.startswith("error: ")
    assert "Traceback" not in outcome.err
    assert "alice" not in outcome.err
    assert "Zq8vT2mN4k" not in outcome.err
    assert not (tmp_path / ".worldforge").exists()


def test_a_folder_and_a_missing_file_are_no_suites(tmp_path: Path) -> None:
    (tmp_path / "folder.py").mkdir()
    with inside(tmp_path):
        for name in ("folder.py", "missing.py", "missing.py:suite"):
            assert worldforge(f"eval --suite {name} --provider mock").code == 3


def test_a_report_names_the_file_of_its_suite_and_no_folder(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from worldforge.evaluation import *\n"
        "suite = EvaluationSuite.custom(suite_id='s', name='S', scenarios=[EvaluationScenario.from_callable("
        "name='a', description='b', evaluator=lambda context: context.outcome(score=1.0, passed=True))])\n"
    )
    with inside(tmp_path):
        outcome = worldforge("eval --suite mine.py --provider mock --format json")
    assert outcome.code == 0
    report = json.loads(outcome.out)
    assert report["provenance"]["notes"].startswith("suite file mine.py sha256:")
    assert str(tmp_path) not in outcome.out
