"""Replays: the same inputs, budgets and numbers again, and what happened otherwise."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.worldforge.runs.kept import kept, started
from tests.worldforge.runs.test_preserved import older_run
from worldforge.benchmark.budgets import check_budgets, parse_budgets
from worldforge.benchmark.harness import ProviderBenchmarkHarness, ReportContext
from worldforge.benchmark.inputs import parse_inputs
from worldforge.benchmark.report import InputFile
from worldforge.errors import ProviderError, UnknownProviderError, WorldForgeError
from worldforge.forge.facade import WorldForge
from worldforge.providers.contract import BaseProvider, ProviderCapabilities
from worldforge.runs.benchmark_run import keep_benchmark
from worldforge.runs.preserved import open_run
from worldforge.runs.replay import replay, replay_text
from worldforge.runs.replay_plan import commands, plan_replay
from worldforge.runs.verify import verify_run
from worldforge.values.results import EmbeddingResult

INPUTS = b'{"inputs": {"embedding_text": "a red cube", "prediction_steps": 3}, "metadata": {"run": "test"}}'
BUDGETS = b'{"budgets": [{"provider": "mock", "max_error_count": 0}]}'


class Moody(BaseProvider):
    """Embeds until it is told not to."""

    name = "moody"
    capabilities = ProviderCapabilities(embed=True)
    fails = False

    def embed(self, *, text: str) -> EmbeddingResult:
        if self.fails:
            raise ProviderError("not today")
        return EmbeddingResult(provider="moody", model="m", vector=(1.0,))


def measured(root: Path, forge: WorldForge, providers: str = "mock", **more: Any) -> Path:
    """A run that was measured here, with a file of inputs and one of budgets."""
    inputs, budgets = parse_inputs(INPUTS, name="my-inputs.json"), parse_budgets(BUDGETS, name="my-budget.json")
    with started(root) as run:
        report = ProviderBenchmarkHarness(forge=forge).run(
            providers,
            iterations=4,
            inputs=inputs.inputs,
            warmup=2,
            context=ReportContext(
                input_file=InputFile(path=inputs.name, sha256=inputs.sha256, metadata=inputs.metadata),
                budget_file=InputFile(path=budgets.name, sha256=budgets.sha256),
                preset="my-preset",
            ),
            **more,
        )
        keep_benchmark(run, report, inputs=INPUTS, budgets=BUDGETS, gate=check_budgets(report, budgets.budgets))
    return run.path


def test_a_replay_of_a_deterministic_provider_has_the_same_outcome(tmp_path: Path) -> None:
    forge = WorldForge()
    run = measured(tmp_path, forge)
    calls: list[None] = []
    plan = plan_replay(open_run(run))
    done = replay(
        plan,
        forge,
        workspace=tmp_path,
        argv=["worldforge", "runs", "replay", run.name],
        on_call=lambda: calls.append(None),
    )
    assert (done.outcome, done.changes, done.replay_of) == ("equal", [], run.name)
    assert len(calls) == plan.call_count
    again = open_run(tmp_path / done.path)
    assert again.manifest is not None
    assert (again.manifest.replay_of, again.manifest.status) == (run.name, "completed")
    first, second = plan.report, again.report
    for field in ("inputs", "input_file", "budget_file", "preset", "warmup", "iterations", "selected_operations"):
        assert getattr(second.run_metadata, field) == getattr(first.run_metadata, field), field  # type: ignore[union-attr]
    assert (tmp_path / done.path / "inputs" / "inputs.json").read_bytes() == INPUTS
    assert (tmp_path / done.path / "inputs" / "budget.json").read_bytes() == BUDGETS
    assert done.gate is not None
    assert done.gate.passed
    assert verify_run(tmp_path / done.path).conclusion == "intact"
    assert (tmp_path / "reports" / f"benchmark-{done.run_id}.json").is_file()
    assert "--mode regression" in replay_text(done, workspace=tmp_path, source=run)


def test_a_provider_that_fails_now_is_told(tmp_path: Path) -> None:
    forge, moody = WorldForge(), Moody()
    forge.register_provider(moody)
    run = measured(tmp_path, forge, "moody")
    moody.fails = True
    done = replay(plan_replay(open_run(run)), forge, workspace=tmp_path, argv=["worldforge"])
    assert done.outcome == "differs"
    changes = {change.field: (change.before, change.now) for change in done.changes}
    assert changes["success_count"] == (4, 0)
    assert changes["error_count"] == (0, 4)
    assert "something else happened" in replay_text(done, workspace=tmp_path, source=run)


def test_a_replay_of_an_older_report_cannot_say_whether_the_same_happened(tmp_path: Path) -> None:
    forge = WorldForge()
    done = replay(
        plan_replay(open_run(older_run(tmp_path))),
        forge,
        workspace=tmp_path,
        argv=["worldforge"],
    )
    assert done.outcome == "unknown"


def test_a_provider_that_is_not_here_is_said_before_a_run_is_made(tmp_path: Path) -> None:
    forge = WorldForge()
    forge.register_provider(Moody())
    plan = plan_replay(open_run(measured(tmp_path, forge, "moody")))
    with pytest.raises(UnknownProviderError):
        replay(plan, WorldForge(), workspace=tmp_path, argv=["worldforge"])
    assert len(list((tmp_path / "runs").iterdir())) == 1


def test_the_command_that_does_the_same_is_told(tmp_path: Path) -> None:
    run = measured(tmp_path, WorldForge(), rate=200.0)
    (command,) = commands(plan_replay(open_run(run)), workspace=Path("w s"))
    words = shlex.split(command)
    assert words[:4] == ["worldforge", "benchmark", "--provider", "mock"]
    asked = dict(zip(words[2::2], words[3::2], strict=True))
    assert asked["--iterations"] == "4"
    assert asked["--warmup"] == "2"
    assert asked["--rate"] == "200"
    assert "--timeout" not in asked
    assert asked["--input-file"] == str(run / "inputs" / "inputs.json")
    assert asked["--budget-file"] == str(run / "inputs" / "budget.json")
    assert asked["--run-workspace"] == "w s"


def test_providers_with_different_operations_get_a_command_each(tmp_path: Path) -> None:
    forge = WorldForge()
    forge.register_provider(Moody())
    with started(tmp_path) as run:
        report = ProviderBenchmarkHarness(forge=forge).run(["mock", "moody"], iterations=1)
        keep_benchmark(run, report)
    told = commands(plan_replay(open_run(run.path)), workspace=tmp_path)
    assert len(told) == 2
    assert "--provider moody --operation embed --iterations 1" in told[1]


@pytest.mark.parametrize("changed", ["inputs/inputs.json", "inputs/budget.json"])
def test_inputs_that_are_not_those_of_the_report_are_refused(tmp_path: Path, changed: str) -> None:
    run = measured(tmp_path, WorldForge())
    value = json.loads((run / changed).read_bytes())
    (run / changed).write_text(json.dumps({**value, "metadata": {"run": "another"}}))
    with pytest.raises(WorldForgeError) as refused:
        plan_replay(open_run(run))
    assert refused.value.code == "run.inputs_changed"
    assert changed in str(refused.value.where)


def test_default_inputs_that_were_changed_are_refused(tmp_path: Path) -> None:
    with started(tmp_path) as run:
        keep_benchmark(run, ProviderBenchmarkHarness(forge=WorldForge()).run("mock", iterations=1))
    (run.path / "inputs" / "inputs.json").write_text('{"embedding_text": "another"}')
    with pytest.raises(WorldForgeError) as refused:
        plan_replay(open_run(run.path))
    assert refused.value.code == "run.inputs_changed"


def test_what_is_no_benchmark_or_has_no_result_is_refused(tmp_path: Path) -> None:
    with started(tmp_path, kind="demo_showcase") as run:
        run.write("summary", "results/summary.json", "{}")
        run.finish("passed", result_summary={})
    report = msgspec.structs.replace(ProviderBenchmarkHarness(forge=WorldForge()).run("mock", iterations=1), results=[])
    for path in (run.path, kept(tmp_path, report)):
        with pytest.raises(WorldForgeError) as refused:
            plan_replay(open_run(path))
        assert refused.value.code == "run.not_replayable"
