"""What a report looks like in each of its forms, and what older reports are read as."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from msgspec import UNSET

from tests.conftest import Golden
from tests.worldforge.evaluation.fakes import failing, forge_with, passing, raising, suite_of
from worldbase.errors import WorldError
from worldforge.evaluation import EvaluationReport, EvaluationSuite
from worldforge.evaluation.gallery import preview

ARTIFACTS = ["json", "markdown", "csv", "html", "failure_gallery.json", "failure_gallery.md"]


@pytest.fixture
def mixed(monkeypatch: pytest.MonkeyPatch) -> EvaluationReport:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1780000000")
    return suite_of(passing, failing, raising).run_report(["mock", "mujoco"], forge_with())


@pytest.fixture
def clean() -> EvaluationReport:
    return suite_of(passing).run_report("mock", forge_with())


def settled(text: str) -> str:
    """A report without what no two runs share."""
    text = re.sub(r"sha256:[0-9a-f]{64}", "sha256:…", text)
    text = re.sub(r"\d+\.\d, provider \d+\.\d", "0.0, provider 0.0", text)
    return re.sub(r"(- WorldForge: ).*", r"\1…", text)


def test_the_keys_are_those_of_the_public_page(clean: EvaluationReport, mixed: EvaluationReport) -> None:
    keys = {"suite_id", "suite", "claim_boundary", "metric_semantics", "provider_summaries", "results", "provenance"}
    assert set(clean.to_dict()) == keys | {"timings"}
    assert set(mixed.to_dict()) == keys | {"timings", "failure_gallery"}
    for result in mixed.to_dict()["results"]:
        assert {"suite_id", "suite", "scenario", "provider", "score", "passed", "metrics"} <= set(result)
    summary = mixed.to_dict()["provider_summaries"][0]
    assert summary == {
        "provider": "mock",
        "average_score": pytest.approx(1.25 / 3),
        "scenario_count": 3,
        "passed_scenario_count": 1,
        "failed_scenario_count": 2,
        "pass_rate": pytest.approx(1 / 3),
    }


def test_the_provenance_has_every_field_of_the_public_page(clean: EvaluationReport) -> None:
    fields = (
        "schema_version kind suite_id suite_version worldforge_version created_at command providers capabilities "
        "runtime_manifests dataset_manifests input_digest result_digest event_count claim_boundary metric_semantics "
        "notes"
    )
    assert set(fields.split()) <= set(clean.to_dict()["provenance"])


def test_the_gallery_is_an_artifact_even_where_nothing_failed(clean: EvaluationReport) -> None:
    artifacts = clean.artifacts()
    assert list(artifacts) == ARTIFACTS
    gallery = json.loads(artifacts["failure_gallery.json"])
    assert (gallery["schema_version"], gallery["case_count"], gallery["cases"]) == (1, 0, [])
    assert gallery["source_result_digest"] == clean.to_dict()["provenance"]["result_digest"]
    assert "No scenario failed." in artifacts["failure_gallery.md"]


def test_the_gallery_in_the_report_is_the_artifact(mixed: EvaluationReport) -> None:
    inside = mixed.to_dict()["failure_gallery"]
    assert inside == json.loads(mixed.artifacts()["failure_gallery.json"])
    assert [case["scenario"] for case in inside["cases"]] == ["third", "second"] * 2
    worst = inside["cases"][0]
    assert worst["fixture_id"] == "evaluation:checks:third"
    assert worst["passed"] is False
    assert worst["expected_contract_notes"] == "The third."
    assert worst["error"] == {"kind": "RuntimeError", "message": "the model is not there"}
    assert len(worst["triage_steps"]) == 3
    assert inside["cases"][1]["observed_result"] == "score=0.25; passed=false; metric keys: count"
    assert inside["cases"][1]["metrics_preview"] == {"count": 0}


def test_the_gallery_shows_the_worst_ten_of_each_provider() -> None:
    from worldforge.evaluation import EvaluationScenario

    def score_of(number: int) -> Any:
        return lambda context: context.outcome(score=number / 100, passed=False)

    scenarios = [
        EvaluationScenario.from_callable(name=f"s{number:02}", description="-", evaluator=score_of(number))
        for number in range(15)
    ]
    suite = EvaluationSuite.custom(suite_id="many", name="Many", scenarios=scenarios)
    gallery = suite.run_report("mock", forge_with()).gallery()
    assert [case.scenario for case in gallery.cases] == [f"s{number:02}" for number in range(10)]
    assert gallery.case_count == 10


def test_a_preview_is_small() -> None:
    shown = preview(
        {
            "a": 1,
            "b": [1, 2],
            "c": list(range(9)),
            "d": [[1.0]],
            "tensor_of_pixels": [1, 2],
            "deep": {"er": {"est": 1}, "list": [1]},
            "text": "x " * 500,
            "texts": ["y " * 500],
            **{f"z{number}": number for number in range(9)},
        }
    )
    assert len(shown) == 13
    assert shown["_omitted_key_count"] == 5
    assert shown["b"] == [1, 2]
    assert shown["c"] == {"type": "array", "item_count": 9, "nested": False}
    assert shown["d"] == {"type": "array", "item_count": 1, "nested": True}
    assert shown["tensor_of_pixels"] == {"type": "array", "item_count": 2, "nested": False}
    assert shown["deep"] == {
        "er": {"type": "object", "key_count": 1},
        "list": {"type": "array", "item_count": 1, "nested": False},
    }
    assert len(shown["text"]) < 200
    assert len(shown["texts"][0]) < 200


def test_markdown(mixed: EvaluationReport, golden: Golden) -> None:
    golden("worldforge/evaluation.md", settled(mixed.to_markdown()))


def test_the_gallery_as_markdown(mixed: EvaluationReport, golden: Golden) -> None:
    golden("worldforge/failure-gallery.md", settled(mixed.artifacts()["failure_gallery.md"]))


def test_csv_has_the_columns_of_earlier_versions(mixed: EvaluationReport) -> None:
    rows = list(csv.DictReader(io.StringIO(mixed.to_csv())))
    assert list(rows[0]) == ["suite_id", "suite", "provider", "scenario", "score", "passed", "metrics_json"]
    assert rows[1] == {
        "suite_id": "checks",
        "suite": "Checks",
        "provider": "mock",
        "scenario": "second",
        "score": "0.2500",
        "passed": "false",
        "metrics_json": '{"count": 0}',
    }
    assert len(rows) == 6


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"src", "href", "action"}]


def test_the_page_is_one_file_without_scripts(mixed: EvaluationReport) -> None:
    page = _Page(mixed.to_html())
    assert "script" not in page.tags
    assert page.links == []
    assert page.tags.count("meter") == 6
    assert "default-src 'none'" in mixed.to_html()
    assert "fail</span>" in mixed.to_html()


def test_what_is_in_a_report_stays_text_in_every_form() -> None:
    hostile = "<script>alert(1)</script> | `x` [a](https://e.example) \u202e \x1b[31m =cmd()"

    def evaluate(context: Any) -> Any:
        return context.outcome(score=0.0, passed=False, metrics={"=1+1": hostile})

    report = suite_of(evaluate, contract=hostile).run_report("mock", forge_with())
    for form in ("markdown", "csv", "html", "failure_gallery.md"):
        text = report.artifacts()[form]
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert "<script>" not in report.to_html()
    assert "<script>" not in report.to_markdown().replace("\\<script>", "")


def old_report(**changes: Any) -> str:
    report = {
        "suite_id": "planning",
        "suite": "Planning Evaluation Suite",
        "claim_boundary": "Nothing of robots.",
        "metric_semantics": "Scores.",
        "provider_summaries": [
            {
                "provider": "mock",
                "average_score": 0.5,
                "scenario_count": 1,
                "passed_scenario_count": 0,
                "failed_scenario_count": 1,
                "pass_rate": 0.0,
            }
        ],
        "results": [
            {
                "suite_id": "planning",
                "suite": "Planning Evaluation Suite",
                "scenario": "object-swap",
                "provider": "mock",
                "score": 0.5,
                "passed": False,
                "metrics": {"action_count": 2},
            }
        ],
        "workflow_trace": {"steps": []},
    }
    return json.dumps({**report, **changes})


def test_a_report_without_provenance_is_read_and_shown_in_every_form() -> None:
    report = EvaluationReport.from_json(old_report())
    assert report.provenance is UNSET
    assert report.results[0].trials is UNSET
    artifacts = report.artifacts()
    assert "Provenance" not in artifacts["markdown"]
    assert "object-swap" in artifacts["html"]
    gallery = json.loads(artifacts["failure_gallery.json"])
    assert gallery["source_input_digest"] is None
    assert gallery["cases"][0]["fixture_id"] == "evaluation:planning:object-swap"
    assert "failure_gallery" not in json.loads(artifacts["json"])


def test_a_report_of_another_harness_is_read() -> None:
    folder = Path(__file__).parents[2] / "fixtures" / "sources" / "worldforge"
    found = sorted(folder.rglob("report.json"))
    assert found
    for path in found:
        report = EvaluationReport.from_json(path.read_bytes(), file=path.name)
        assert report.results
        assert EvaluationReport.from_json(report.to_json()).to_json() == report.to_json()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "null",
        "\ufeff{}",
        '{"suite_id": NaN}',
        old_report(results=[{"scenario": "a"}]),
        old_report(results="none"),
        old_report(provenance={"kind": "evaluation"}),
        "[" * 10_000,
    ],
)
def test_what_is_no_report_is_refused_with_an_error_of_ours(text: str) -> None:
    with pytest.raises(WorldError) as refused:
        EvaluationReport.from_json(text, file="report.json")
    assert refused.value.exit_code == 3
    assert refused.value.where is not None


def test_what_somebody_else_left_in_a_report_is_taken_out_when_it_is_read() -> None:
    report = EvaluationReport.from_json(old_report(suite="at /home/alice/ckpt.pt with ghp_Zq8vT2mN4kLr7XwB1cYd5HfJ9s"))
    assert "alice" not in report.to_markdown()
    assert "Zq8vT2mN4k" not in report.to_json()
