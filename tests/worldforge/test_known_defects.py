"""Faults that were measured in a harness of the same kind; each has a test that shows that ours does not have it.

The numbers in the names' comments are those that were measured there.
"""

from __future__ import annotations

import gc
import itertools
import json
import os
import random
import re
import sys
import threading
import tracemalloc
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.command import inside, worldforge
from tests.support import REPO
from tests.worldforge.benchmark.fakes import MS, FakeClock, Scripted, forever, harness_over, measured, raises, takes
from tests.worldforge.benchmark.reports import sample_report, sample_result
from tests.worldforge.runs.kept import kept
from worldforge import (
    Action,
    ActionScoreResult,
    BaseProvider,
    BenchmarkInputs,
    EmbeddingResult,
    ProviderBenchmarkHarness,
    ProviderCapabilities,
    WorldForge,
)
from worldforge.benchmark.calibration.draft import calibrate
from worldforge.benchmark.calibration.files import read_report
from worldforge.benchmark.change.noise import ratio_of_medians, status_of
from worldforge.benchmark.report import Block
from worldforge.providers.observed import emit
from worldforge.testing.runtime_profiles import provider_profile_skip_reason

RUN = "benchmark --provider mock --operation embed --iterations 3 --run-workspace .worldforge"


@pytest.fixture
def here(tmp_path: Path) -> Any:
    """An empty folder to work in."""
    with inside(tmp_path):
        yield tmp_path


def runs(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / ".worldforge" / "runs").iterdir() if path.is_dir())


def typed(line: str, code: int = 0) -> str:
    outcome = worldforge(line)
    assert outcome.code == code, outcome.err
    return outcome.out


# Every latency was max(0.1 ms, measured): an operation of 30 us read exactly 0.1 ms at every percentile.
def test_no_floor_under_a_latency() -> None:
    result = measured([takes(0.003)] * 5, 5)
    assert (result.min_latency_ms, result.p50_latency_ms, result.p95_latency_ms) == pytest.approx([0.003] * 3, rel=2e-3)


# p50, p95 and the smallest all read 0.1 ms while the same row claimed 33,000 calls a second.
def test_no_row_contradicts_itself() -> None:
    result = measured([takes(milliseconds) for milliseconds in (0.03, 0.02, 0.05, 0.03)], 4)
    assert result.average_latency_ms is not None
    assert result.throughput_per_second <= 1000 / result.average_latency_ms * (1 + 1e-9)


# 478 of 650 us of a "latency" were spent on making what the provider was asked about.
def test_no_set_up_in_a_latency() -> None:
    class SlowToLookAt(EmbeddingResult):
        """Time passes whenever it is read, which is what checking it does."""

        clock = FakeClock()

        def __getattribute__(self, name: str) -> Any:
            SlowToLookAt.clock.advance(500 * MS)
            return super().__getattribute__(name)

    slow = SlowToLookAt("scripted", "v1", (0.0,))

    def step(provider: Scripted) -> EmbeddingResult:
        SlowToLookAt.clock = provider.clock
        provider.clock.advance(MS)
        return slow

    result = measured(forever(step), 3)
    assert (result.success_count, result.max_latency_ms) == (3, 1.0)


# An error of another kind than three expected ones ended the run, and everything measured before was lost.
@pytest.mark.parametrize(
    "error",
    [RuntimeError("x"), KeyError("x"), MemoryError(), RecursionError(), SystemExit(3)],
    ids=lambda e: type(e).__name__,
)
def test_no_exception_loses_the_run(error: BaseException) -> None:
    result = measured([takes(1), raises(error), takes(1)], 3)
    assert (result.success_count, result.error_count) == (2, 1)


# Two runs over one forge each counted 4,000 events for 2,000 calls and left a handler behind.
def test_no_run_hears_of_another() -> None:
    ready = threading.Barrier(2)

    class Retrying(BaseProvider):
        name = "retrying"
        capabilities = ProviderCapabilities(embed=True)

        def embed(self, *, text: str) -> EmbeddingResult:
            ready.wait(timeout=30)
            emit(self, "embed", "retry", attempt=1, max_attempts=2)
            return EmbeddingResult(self.name, "v1", (0.0,))

    forge, reports = WorldForge(), []
    forge.register_provider(provider := Retrying())

    def run() -> None:
        reports.append(ProviderBenchmarkHarness(forge=forge).run("retrying", iterations=20, warmup=0))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [report.results[0].retry_count for report in reports] == [20, 20]
    assert provider.event_handler is None


# All samples and futures were kept: about 2 KB for each iteration.
def test_no_memory_for_each_iteration() -> None:
    def held(iterations: int) -> int:
        clock = FakeClock()
        random_ms = random.Random(1)
        steps = (takes(random_ms.uniform(0.01, 0.05)) for _ in itertools.count())
        harness = harness_over(Scripted(steps, clock), clock=clock)
        gc.collect()
        tracemalloc.start()
        report = harness.run("scripted", iterations=iterations)
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert report.results[0].success_count == iterations
        return size

    assert held(30_000) - held(1_000) < 200_000


# Providers were measured at the same time, in threads of one interpreter.
def test_no_two_providers_are_measured_at_once() -> None:
    under_way: list[str] = []
    overlaps: list[tuple[str, ...]] = []

    def provider(title: str) -> BaseProvider:
        class Noting(BaseProvider):
            name = title
            capabilities = ProviderCapabilities(embed=True)

            def embed(self, *, text: str) -> EmbeddingResult:
                under_way.append(title)
                if len(set(under_way)) > 1:
                    overlaps.append(tuple(under_way))
                under_way.remove(title)
                return EmbeddingResult(title, "v1", (0.0,))

        return Noting()

    forge = WorldForge()
    for title in ("one", "two", "three"):
        forge.register_provider(provider(title))
    ProviderBenchmarkHarness(forge=forge).run(["one", "two", "three"], iterations=50, concurrency=4)
    assert overlaps == []


# 12 identical runs: 91 of 132 ordered pairs were "regressed", 41 "improved", none "unchanged".
def test_no_verdict_on_noise() -> None:
    draws = random.Random(20261121)

    def run() -> list[float]:
        # A process of its own is up to 8% off for all of its life, and every block 5% more.
        level = draws.lognormvariate(0, 0.08)
        return [level * draws.lognormvariate(0, 0.05) for _ in range(20)]

    found = [status_of(bounds, 0.25) for _ in range(200) if (bounds := ratio_of_medians(run(), run()))]
    assert len(found) == 200
    assert sum(status in ("regressed", "improved") for status in found) <= 10
    doubled = [ratio_of_medians(run(), [2 * value for value in run()]) for _ in range(100)]
    assert sum(bounds is not None and status_of(bounds, 0.25) == "regressed" for bounds in doubled) >= 90


# A regression comparison always left with 0.
def test_no_regression_without_an_exit_code(here: Path) -> None:
    slow = sample_report(results=[_slower(sample_result(), 3.0)])
    fast = sample_report(results=[sample_result()])
    baseline, candidate = kept(here / ".worldforge", fast), kept(here / ".worldforge", slow)
    line = f"runs compare {baseline} {candidate} --mode regression --format json"
    assert json.loads(typed(line))["regression_summary"]["status"] == "regressed"
    typed(f"{line} --fail-on regressed", code=1)


def _slower(result: Any, factor: float) -> Any:
    def scaled(value: float | None) -> float | None:
        return None if value is None else value * factor

    blocks = [
        Block(
            count=block.count, mean_ms=scaled(block.mean_ms), p50_ms=scaled(block.p50_ms), p95_ms=scaled(block.p95_ms)
        )
        for block in result.blocks
    ]
    names = [name for name in result.__struct_fields__ if name.endswith("_latency_ms")]
    changes = {name: scaled(getattr(result, name)) for name in names}
    return msgspec.structs.replace(result, blocks=blocks, **changes)


# The command printed its report and kept nothing, unless a workspace was asked for.
def test_no_report_is_only_printed(here: Path) -> None:
    typed("benchmark --provider mock --operation embed --iterations 3")
    (kept,) = (here / ".worldforge" / "reports").iterdir()
    assert json.loads(kept.read_bytes())["results"][0]["success_count"] == 3


# The gate was not kept, and neither were the inputs and the budgets that it was about.
def test_no_run_without_what_it_was_run_with(here: Path) -> None:
    for name in ("benchmark-inputs.json", "benchmark-budget.json"):
        (here / name).write_bytes((REPO / "examples" / name).read_bytes())
    line = "benchmark --provider mock --operation predict --iterations 3 --run-workspace .worldforge"
    typed(f"{line} --input-file benchmark-inputs.json --budget-file benchmark-budget.json")
    (run,) = runs(here)
    copies = {path.read_bytes() for path in (run / "inputs").iterdir()}
    assert {(here / name).read_bytes() for name in ("benchmark-inputs.json", "benchmark-budget.json")} <= copies
    assert any("gate" in path.name for path in (run / "reports").iterdir())


# Manifests were written in place and rewritten; a kill could leave half of one.
def test_no_manifest_in_halves(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from worldforge.runs.workspace import RunWorkspace

    run = RunWorkspace.create(here, kind="benchmark", argv=[], provider="mock", operation="embed", input_summary={})
    with run:
        before = (run.path / "run_manifest.json").read_bytes()

        def dies(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(os, "fsync", dies)
        with pytest.raises(KeyboardInterrupt):
            run.finish("completed", result_summary={}, event_count=0)
        assert (run.path / "run_manifest.json").read_bytes() == before
        monkeypatch.undo()


# Of several reports the last one decided the candidate budgets.
def test_no_calibration_by_the_last_report(here: Path) -> None:
    for name, factor in (("quick", 1.0), ("slow", 4.0)):
        (here / f"{name}.json").write_text(sample_report(results=[_slower(sample_result(), factor)]).to_json())

    def thresholds(*names: str) -> list[Any]:
        reports = [read_report(here / f"{name}.json") for name in names]
        return calibrate(reports, generated_at="2026-11-21T00:00:00Z").candidate_budgets

    both = thresholds("quick", "slow")
    assert both == thresholds("slow", "quick")
    observed = sample_result().p95_latency_ms
    assert observed is not None
    assert both[0].max_p95_latency_ms > 4 * observed


# The preset for prepared hosts failed for every provider that only scores, or only selects actions.
def test_no_preset_that_cannot_run(monkeypatch: pytest.MonkeyPatch) -> None:
    assert provider_profile_skip_reason("leworldmodel") is not None
    monkeypatch.setenv("LEWORLDMODEL_POLICY", "pusht/lewm")
    assert provider_profile_skip_reason("leworldmodel") is None

    class Scoring(BaseProvider):
        name = "leworldmodel"
        capabilities = ProviderCapabilities(score=True)

        def score_actions(self, *, info: dict[str, Any], action_candidates: Any) -> ActionScoreResult:
            return ActionScoreResult(self.name, (0.0,) * len(action_candidates), 0)

    forge = WorldForge()
    forge.register_provider(Scoring())
    report = ProviderBenchmarkHarness(forge=forge).run(
        ["leworldmodel"], ["score", "policy"], 2, intersect_operations=True
    )
    assert [result.operation for result in report.results] == ["score"]


# The same budget at another path was refused as another budget.
def test_no_budget_is_another_because_of_its_folder(here: Path) -> None:
    content = (REPO / "examples" / "benchmark-budget.json").read_bytes()
    for folder in ("a", "b"):
        (here / folder).mkdir()
        (here / folder / "budget.json").write_bytes(content)
        line = "benchmark --provider mock --operation predict --iterations 3 --run-workspace .worldforge"
        typed(f"{line} --budget-file {folder}/budget.json")
    baseline, candidate = runs(here)
    assert json.loads(typed(f"runs compare {baseline} {candidate} --format json"))["run_count"] == 2


# Comparisons, reports and bundles held absolute paths of the host; the bundle said safe_to_attach all the same.
def test_no_host_path_in_anything_that_is_written(here: Path) -> None:
    inputs = here / "inputs.json"
    inputs.write_bytes((REPO / "examples" / "benchmark-inputs.json").read_bytes())
    for _ in range(2):
        typed(f"{RUN} --input-file {inputs}")
    baseline, candidate = runs(here)
    said = typed(f"runs compare {baseline} {candidate} --format json")
    typed(f"runs bundle {baseline.name}")
    written = [path for path in (here / ".worldforge").rglob("*") if path.is_file()]
    assert len(written) > 20
    assert [path for path in written if str(here).encode() in path.read_bytes()] == []
    assert str(here) not in said


# A file with the mere word "password" was left out of a bundle, and one left out made the bundle unsafe.
def test_no_file_is_dropped_for_a_word(here: Path) -> None:
    inputs = json.loads((REPO / "examples" / "benchmark-inputs.json").read_bytes())
    inputs["inputs"]["embedding_text"] = "the robot types a password on the keypad"
    (here / "inputs.json").write_text(json.dumps(inputs))
    typed(f"{RUN} --input-file inputs.json")
    (run,) = runs(here)
    typed(f"runs bundle {run.name}")
    bundle = here / ".worldforge" / "issue-bundles" / run.name
    manifest = json.loads((bundle / "evidence_manifest.json").read_bytes())
    assert (manifest["safe_to_attach"], manifest["excluded_count"]) == (True, 0)
    assert any(b"keypad" in path.read_bytes() for path in bundle.rglob("*.json"))


# Digests of presets and of files followed three rules, and the same bytes got different digests.
def test_no_second_rule_for_digests(here: Path) -> None:
    typed("benchmark --preset mock-smoke --run-workspace .worldforge")
    (preset,) = runs(here)
    report = json.loads((preset / "reports" / "report.json").read_bytes())
    (here / "inputs.json").write_bytes(next((preset / "inputs").glob("inputs*.json")).read_bytes())
    line = "benchmark --provider mock --operation predict --operation embed --format json --input-file inputs.json"
    by_file = json.loads(typed(line))
    assert by_file["run_metadata"]["input_file"]["sha256"] == report["run_metadata"]["input_file"]["sha256"]
    assert by_file["provenance"]["input_digest"] == report["provenance"]["input_digest"]
    assert re.fullmatch("[0-9a-f]{64}", by_file["run_metadata"]["input_file"]["sha256"])


# The result digest held the timings, so that no benchmark ever reproduced.
def test_no_timing_in_the_digest_of_results(here: Path) -> None:
    first, second = (json.loads(typed(f"{RUN} --format json"))["provenance"] for _ in range(2))
    assert first["result_digest"] == second["result_digest"]
    assert first["timing_digest"] != second["timing_digest"]


# The command in the provenance lacked the input, the budget, the format and the workspace.
def test_no_option_is_missing_from_the_command(here: Path) -> None:
    (here / "inputs.json").write_bytes((REPO / "examples" / "benchmark-inputs.json").read_bytes())
    report = json.loads(typed(f"{RUN} --format json --input-file inputs.json"))
    assert report["provenance"]["command"] == [
        "worldforge",
        *RUN.split(),
        "--format",
        "json",
        "--input-file",
        "inputs.json",
    ]


# Calibration recorded the Python and the system of the process that calibrated.
def test_no_machine_but_the_measured_one(here: Path) -> None:
    report = json.loads(typed(f"{RUN} --format json"))
    machine = report["provenance"]["machine"]
    assert f"{sys.version_info.major}.{sys.version_info.minor}" in machine["python"]
    assert machine["machine_class"]


# p95 and p99 of five calls were printed as if they were percentiles.
def test_no_percentile_that_the_sample_cannot_show_goes_unsaid() -> None:
    result = measured([takes(1)] * 5, 5)
    assert isinstance(result.flags, list)
    assert {"p95_undersampled", "p99_undersampled"} <= set(result.flags)


# Eight concurrent calls of a pure Python provider raised p95 by 30 to 40 times, without a word about the interpreter.
def test_no_open_loop_hides_the_queue() -> None:
    clock = FakeClock()
    provider = Scripted([takes(100), *[takes(1)] * 9], clock)
    report = harness_over(provider, clock=clock).run("scripted", iterations=10, warmup=0, rate=100)
    result = report.results[0]
    # Calls that were due while the first one took 100 ms have waited, and their latency says so.
    assert result.p50_latency_ms is not None
    assert result.p50_latency_ms > 10


# A mutated input made later calls measure another question.
def test_no_changed_input_goes_unsaid() -> None:
    class Changing(BaseProvider):
        name = "changing"
        capabilities = ProviderCapabilities(score=True)

        def score_actions(self, *, info: dict[str, Any], action_candidates: Any) -> ActionScoreResult:
            info["seen"] = True
            return ActionScoreResult(self.name, (0.0,) * len(action_candidates), 0)

    forge = WorldForge()
    forge.register_provider(Changing())
    inputs = BenchmarkInputs(score_info={"goal": 1.0}, score_action_candidates=[[Action.noop().to_dict()]])
    result = ProviderBenchmarkHarness(forge=forge).run("changing", iterations=2, inputs=inputs).results[0]
    assert isinstance(result.flags, list)
    assert "input_mutated" in result.flags
