"""`worldforge benchmark --against`: which sides it measures, what it refuses, how it answers."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest

from tests.command import Outcome, inside, worldforge
from tests.worldforge.benchmark.reports import older_report
from tests.worldforge.runs.compared import benchmark as kept_benchmark
from tests.worldforge.runs.compared import evaluation
from worldbase.errors import EnvironmentMissingError, UsageError
from worldforge.benchmark.in_turns import interleaved
from worldforge.benchmark.in_turns.worker_process import Side
from worldforge.benchmark.in_turns.worker_protocol import Batch
from worldforge.cli.benchmark.against import open_baseline, run_against


class FakeWorker:
    """Takes a microsecond on the earlier side, and as long as the test says on this one."""

    sides: ClassVar[list[Side]] = []
    slower: ClassVar[dict[str, float]] = {}

    def __init__(self, told: Side, *, timeout: float) -> None:
        self._label = told.label
        FakeWorker.sides.append(told)

    def __enter__(self) -> FakeWorker:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def prepare(self, operations: list[str]) -> None:
        return

    def await_ready(self) -> None:
        return

    def measure(self, operation: str, nanoseconds: int) -> Batch:
        factor = self.slower.get(operation, 1.0) if self._label == "this side" else 1.0
        return Batch(median_ns=1000 * factor, calls=5)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder to work in, with workers that measure nothing."""
    FakeWorker.sides.clear()
    FakeWorker.slower.clear()
    monkeypatch.setattr(interleaved, "Worker", FakeWorker)
    with inside(tmp_path):
        yield tmp_path


@pytest.fixture
def run(here: Path) -> str:
    """Id of a run of `predict` and `embed`."""
    done = worldforge(
        "benchmark --provider mock --operation predict --operation embed --iterations 7 --run-workspace .worldforge"
    )
    assert done.code == 0
    (folder,) = (here / ".worldforge" / "runs").iterdir()
    return folder.name


def against(run: str, more: str = "", output_format: str = "json") -> Outcome:
    return worldforge(f"benchmark --against {run} --rounds 24 --format {output_format} {more}")


def test_what_the_command_line_does_not_say_is_as_it_was(run: str) -> None:
    said = json.loads(against(run).out)
    assert (said["run_metadata"]["providers"], said["run_metadata"]["iterations"]) == (["mock"], 7)
    assert [result["operation"] for result in said["results"]] == ["predict", "embed"]
    assert (said["against"]["run_id"], said["against"]["status"]) == (run, "unchanged")
    assert [each["operation"] for each in said["against"]["operations"]] == ["predict", "embed"]
    assert {side.provider for side in FakeWorker.sides} == {"mock"}


def test_an_operation_that_is_slower_makes_it_fail_where_it_is_told_to(run: str) -> None:
    FakeWorker.slower["embed"] = 1.1
    assert against(run).code == 0
    failing = against(run, "--fail-on regressed")
    assert (failing.code, "benchmark.regressed" in failing.err) == (1, True)
    predict, embed = json.loads(failing.out)["against"]["operations"]
    assert (predict["status"], embed["status"], embed["ratio_p50"]) == ("unchanged", "regressed", 1.1)
    assert against(run, "--fail-on regressed --min-effect 0.2").code == 0


def test_it_can_be_told_to_look_at_less(run: str) -> None:
    assert json.loads(against(run, "--min-effect 0.5").out)["against"]["min_effect"] == 0.5


def test_every_format_says_it(run: str) -> None:
    FakeWorker.slower["embed"] = 1.1
    assert "1.100" in against(run, output_format="markdown").out
    assert "1.100" in against(run, output_format="html").out
    rows = list(csv.DictReader(io.StringIO(against(run, output_format="csv").out)))
    assert "regressed" in rows[1].values()


def test_the_report_is_kept_with_it(run: str, here: Path) -> None:
    against(run)
    kept = [json.loads(path.read_bytes()) for path in (here / ".worldforge" / "reports").iterdir()]
    assert sorted("against" in each for each in kept) == [False, True]


def test_the_earlier_side_has_its_own_interpreter_and_environment(run: str, here: Path) -> None:
    against(run, "--against-python /opt/old/bin/python --against-env A=1 --against-env B=x=y")
    earlier = [side for side in FakeWorker.sides if side.label == "the earlier side"]
    others = [side for side in FakeWorker.sides if side.label == "this side"]
    assert {side.python for side in earlier} == {"/opt/old/bin/python"}
    assert earlier[0].environment == {"A": "1", "B": "x=y"}
    assert others[0].environment == {}
    assert others[0].python != "/opt/old/bin/python"


def test_two_equal_sides_are_mentioned(run: str) -> None:
    assert "Both sides are this program" in against(run).err
    assert "Both sides are this program" not in against(run, "--against-env A=1").err
    assert against(run, "--quiet").err == ""


def test_other_inputs_are_refused(run: str, here: Path) -> None:
    (here / "inputs.json").write_text('{"embedding_text": "another"}')
    outcome = against(run, "--input-file inputs.json")
    assert (outcome.code, outcome.out, "against.inputs_differ" in outcome.err) == (2, "", True)


def test_other_operations_are_refused(run: str) -> None:
    outcome = against(run, "--operation embed")
    assert (outcome.code, "against.operations_differ" in outcome.err) == (2, True)


@pytest.mark.parametrize("variable", ["A", "=x", "", "A\0=1"], ids=ascii)
def test_a_variable_is_a_name_and_a_value(run: str, variable: str) -> None:
    outcome = worldforge(f"benchmark --against {run} --against-env", variable)
    assert (outcome.code, "against.environment" in outcome.err) == (2, True)


@pytest.mark.parametrize("effect", ["0", "-0.1", "nan", "inf", "11"])
def test_the_smallest_effect_is_checked(run: str, effect: str) -> None:
    outcome = against(run, f"--min-effect {effect}")
    assert (outcome.code, outcome.out, "min-effect" in outcome.err) == (2, "", True)
    baseline = open_baseline(run, workspace=Path(".worldforge"))
    with pytest.raises(UsageError, match="min-effect"):
        run_against(baseline, baseline.report, baseline.inputs, min_effect=float(effect))


def test_a_run_without_a_benchmark_is_refused(here: Path) -> None:
    outcome = against(str(evaluation(here)))
    assert (outcome.code, "against.not_a_benchmark" in outcome.err) == (2, True)


def test_inputs_of_another_harness_are_one_clear_error(here: Path) -> None:
    older = msgspec.structs.replace(older_report().run_metadata, inputs={"generation_prompt": "a cube"})
    run = kept_benchmark(here, msgspec.structs.replace(older_report(), run_metadata=older))
    outcome = against(str(run))
    assert (outcome.code, outcome.out) == (3, "")
    assert "benchmark.inputs.unsupported" in outcome.err


def test_a_run_that_is_not_there_is_named() -> None:
    outcome = against("20260101T000000Z-00000000")
    assert (outcome.code, "run.unknown" in outcome.err) == (3, True)


def test_several_providers_stand_each_against_itself(run: str, here: Path) -> None:
    path = here / ".worldforge" / "runs" / run / "reports" / "report.json"
    said = json.loads(path.read_bytes())
    said["results"] += [{**result, "provider": "other"} for result in said["results"]]
    path.write_text(json.dumps(said))
    operations = json.loads(against(run, "--provider mock").out)["against"]["operations"]
    assert {each["baseline_provider"] for each in operations} == {"mock"}
    for result in said["results"]:
        result["provider"] = {"mock": "third"}.get(result["provider"], result["provider"])
    path.write_text(json.dumps(said))
    outcome = against(run, "--provider mock")
    assert (outcome.code, "against.provider_unclear" in outcome.err) == (2, True)


def test_a_worker_that_fails_leaves_with_four(run: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing(FakeWorker):
        def await_ready(self) -> None:
            raise EnvironmentMissingError("the worker ended", code="against.worker_failed")

    monkeypatch.setattr(interleaved, "Worker", Failing)
    outcome = against(run)
    assert (outcome.code, outcome.out, "against.worker_failed" in outcome.err) == (4, "", True)


def test_another_provider_may_stand_against_the_only_one(run: str, here: Path) -> None:
    def renamed(value: Any) -> Any:
        return json.loads(json.dumps(value).replace('"mock"', '"older"'))

    path = here / ".worldforge" / "runs" / run / "reports" / "report.json"
    path.write_text(json.dumps(renamed(json.loads(path.read_bytes()))))
    operations = json.loads(against(run, "--provider mock").out)["against"]["operations"]
    assert [(each["provider"], each["baseline_provider"]) for each in operations] == [("mock", "older")] * 2
