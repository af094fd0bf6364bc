"""Schemas are published, current, and agree with what is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from tests.support import REPO
from tests.worldforge.runs.kept import honest_report, kept
from worldforge.benchmark.report import GateReport
from worldforge.runs.index import index
from worldforge.runs.manifest import MANIFEST
from worldforge.runs.verify import verify_run
from worldforge.workflows import published


@pytest.mark.parametrize("name", published.PUBLISHED)
def test_the_committed_schema_is_current(name: str) -> None:
    committed = (REPO / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")
    assert committed == json.dumps(published.schema(name), indent=2) + "\n", "run `just schemas`"


def test_no_schema_is_committed_that_is_not_published() -> None:
    committed = {path.name.removesuffix(".schema.json") for path in (REPO / "schemas").glob("worldforge.*.schema.json")}
    assert committed == set(published.PUBLISHED)


@pytest.mark.parametrize("name", published.PUBLISHED)
def test_each_schema_is_a_valid_schema_that_says_what_it_is_of(name: str) -> None:
    schema = published.schema(name)
    Draft202012Validator.check_schema(schema)
    assert schema["description"]
    assert schema["$id"] == f"urn:{name}"


def _is_valid(value: Any, noun: str) -> bool:
    name = next(name for name in published.PUBLISHED if name.split(".")[1] == noun)
    return Draft202012Validator(published.schema(name)).is_valid(value)


def test_what_is_written_is_valid(tmp_path: Path) -> None:
    run = kept(tmp_path)
    gate = GateReport(passed=True, budget_count=1, checked_result_count=1, violation_count=0, budgets=[], violations=[])
    report = json.loads(honest_report().to_json())
    written = {
        "run_manifest": json.loads((run / MANIFEST).read_text()),
        "benchmark_report": report,
        "provenance": report["provenance"],
        "gate": msgspec.to_builtins(gate),
        "run_index": msgspec.to_builtins(index(tmp_path)),
        "run_verification": msgspec.to_builtins(verify_run(run)),
    }
    assert [noun for noun, value in written.items() if not _is_valid(value, noun)] == []


@pytest.mark.parametrize(
    ("noun", "whole", "shorter", "misspelt"),
    [
        (
            "benchmark_inputs",
            {"inputs": {"prediction_steps": 2}, "metadata": {}},
            {"prediction_steps": 2},
            {"prediction_step": 2},
        ),
        (
            "budgets",
            {"budgets": [{"max_error_count": 0}]},
            [{"max_error_count": 0}],
            [{"max_errors": 0}],
        ),
    ],
    ids=["inputs", "budgets"],
)
def test_both_forms_are_valid_and_a_misspelt_one_is_not(noun: str, whole: Any, shorter: Any, misspelt: Any) -> None:
    assert (_is_valid(whole, noun), _is_valid(shorter, noun), _is_valid(misspelt, noun)) == (True, True, False)
