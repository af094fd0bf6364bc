"""Each flag is raised by what it warns of, and by nothing else."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import pytest

from tests.worldforge.benchmark.fakes import forever, measured, takes
from worldforge import BenchmarkInputs, EmbeddingResult, WorldForge
from worldforge.benchmark.flags import MEANINGS
from worldforge.benchmark.harness import ProviderBenchmarkHarness
from worldforge.benchmark.machine import machine
from worldforge.benchmark.measuring.symptoms import Observations, has_drift, symptoms
from worldforge.providers import BaseProvider, ProviderCapabilities

from msgspec.structs import replace as changed  # isort: skip

QUIET = changed(machine(), load_average=0.1, usable_cpus=4)
FINE = Observations(
    successes=1000,
    p50=1e6,
    most=2_000_000,
    block_medians=[1e6] * 20,
    clock_overhead=50.0,
    concurrency=1,
    cores_used=1.0,
    machine=QUIET,
)


def test_a_quiet_run_has_no_flag() -> None:
    assert symptoms(FINE) == []


@pytest.mark.parametrize(
    ("change", "flag"),
    [
        ({"p50": 999.0, "most": 2000}, "near_clock_resolution"),
        ({"most": 10_000_001}, "outliers"),
        ({"block_medians": [1e6 + 2e4 * place for place in range(20)]}, "drift"),
        ({"successes": 99}, "p99_undersampled"),
        ({"is_input_changed": True}, "input_mutated"),
        ({"is_interrupted": True}, "interrupted"),
        ({"concurrency": 4, "cores_used": 1.02}, "one_core"),
        ({"machine": changed(QUIET, load_average=4.5)}, "load_high"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_flag_has_its_cause(change: dict[str, Any], flag: str) -> None:
    assert symptoms(replace(FINE, **change)) == [flag]
    assert flag in MEANINGS


@pytest.mark.parametrize(
    "change",
    [
        {"p50": 1000.0, "most": 2000},
        {"most": 10_000_000},
        {"block_medians": [1e6 + 2e3 * place for place in range(20)]},
        {"block_medians": [1e6 * (1 + place % 2) for place in range(20)]},
        {"block_medians": [1e6, 5e6, 9e6]},
        {"successes": 100},
        {"concurrency": 4, "cores_used": 2.5},
        {"concurrency": 4, "cores_used": 0.3},
        {"concurrency": 4, "cores_used": 1.0, "machine": changed(QUIET, usable_cpus=1)},
        {"machine": changed(QUIET, load_average=4.0)},
        {"machine": changed(QUIET, load_average=None)},
    ],
    ids=repr,
)
def test_what_is_below_the_threshold_raises_no_flag(change: dict[str, Any]) -> None:
    assert symptoms(replace(FINE, **change)) == []


def test_few_samples_cannot_show_percentiles() -> None:
    assert symptoms(replace(FINE, successes=19)) == ["p95_undersampled", "p99_undersampled"]


def test_without_a_success_nothing_is_said_of_latencies() -> None:
    assert symptoms(replace(FINE, successes=0, p50=None, most=None)) == []


def test_a_fall_is_a_drift_too() -> None:
    assert has_drift([20.0 - place for place in range(12)])
    assert not has_drift([5.0] * 12)
    assert not has_drift([])


def test_the_flags_of_a_run_come_from_what_it_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getloadavg", lambda: (500.0, 0.0, 0.0))
    result = measured([takes(1 + place) for place in range(30)], 30)
    assert set(result.flags or ()) >= {"load_high", "drift", "p99_undersampled"}
    assert "p95_undersampled" not in (result.flags or ())
    spike = measured([takes(200 if place == 50 else 1) for place in range(100)], 100)
    assert "outliers" in (spike.flags or ())
    assert "drift" not in (spike.flags or ())


class Meddler(BaseProvider):
    """Changes what it is given."""

    name = "meddler"
    capabilities = ProviderCapabilities(embed=True, policy=True, predict=True, score=True)

    def predict(self, world_state: dict[str, Any], action: Any, steps: int = 1) -> Any:
        world_state["scene"]["objects"].clear()

    def select_actions(self, *, info: dict[str, Any]) -> Any:
        info["observation"]["self"] = {1, 2}

    def score_actions(self, *, info: dict[str, Any], action_candidates: Any) -> Any:
        action_candidates.append(info)
        info["me"] = info

    def embed(self, *, text: str) -> EmbeddingResult:
        return EmbeddingResult(self.name, "m", (1.0,))


def test_a_provider_that_changes_its_inputs_is_flagged_and_spoils_no_other() -> None:
    forge = WorldForge(discover_entry_points=False)
    forge.register_provider(Meddler())
    inputs = BenchmarkInputs()
    report = ProviderBenchmarkHarness(forge=forge).run(["meddler", "mock"], iterations=2, inputs=inputs)
    flagged = {f"{each.provider}/{each.operation}": "input_mutated" in (each.flags or ()) for each in report.results}
    assert flagged == {
        "meddler/predict": True,
        "meddler/embed": False,
        "meddler/score": True,
        "meddler/policy": True,
        "mock/predict": False,
        "mock/embed": False,
        "mock/score": False,
    }
    assert inputs == BenchmarkInputs()
    assert report.run_metadata.inputs == BenchmarkInputs().to_dict()


def test_workers_that_share_one_core_are_flagged_only_where_there_are_workers() -> None:
    assert "one_core" not in (measured(forever(takes(1)), 5).flags or ())
