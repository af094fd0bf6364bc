"""The benchmarking page, typed in from top to bottom: every command, every snippet, every file that it names."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.command import Outcome, inside, worldforge
from tests.support import REPO
from worldforge import (
    Action,
    ActionPolicyResult,
    ActionScoreResult,
    BaseProvider,
    BenchmarkInputs,
    ProviderBenchmarkHarness,
    ProviderCapabilities,
    WorldForge,
)

REPORTED: Final = {"claim_boundary", "metric_semantics", "run_metadata", "results", "provenance"}
ENVELOPE: Final = {
    "schema_version",
    "kind",
    "suite_id",
    "suite_version",
    "worldforge_version",
    "created_at",
    "command",
    "providers",
    "capabilities",
    "runtime_manifests",
    "input_digest",
    "result_digest",
    "budget_file",
    "event_count",
    "claim_boundary",
    "metric_semantics",
    "notes",
}
DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}\Z")


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Path]:
    """What the page's reader stands in: a checkout with examples, scripts and sources, and nothing run yet."""
    for name in ("examples", "scripts", "src"):
        (tmp_path / name).symlink_to(REPO / name)
    with inside(tmp_path):
        yield tmp_path


def ok(line: str) -> Outcome:
    outcome = worldforge(line)
    assert outcome.code == 0, outcome.err
    return outcome


def script(line: str) -> subprocess.CompletedProcess[str]:
    """Type `uv run python LINE`."""
    return subprocess.run([sys.executable, *line.split()], capture_output=True, text=True, check=False)


def run_ids(checkout: Path) -> list[str]:
    return sorted(path.name for path in (checkout / ".worldforge" / "runs").iterdir() if path.is_dir())


class LeWorldModel(BaseProvider):
    """Stands for a cost model's runtime."""

    name = "leworldmodel"
    capabilities = ProviderCapabilities(score=True)

    def score_actions(self, *, info: dict[str, Any], action_candidates: Any) -> ActionScoreResult:
        scores = [float(index) for index, _ in enumerate(action_candidates)]
        return ActionScoreResult(self.name, tuple(scores), 0)


class LeRobot(BaseProvider):
    """Stands for a policy's runtime."""

    name = "lerobot"
    capabilities = ProviderCapabilities(policy=True)

    def select_actions(self, *, info: dict[str, Any]) -> ActionPolicyResult:
        return ActionPolicyResult(self.name, (Action.noop(),), action_horizon=1)


def test_the_first_snippet() -> None:
    forge = WorldForge()
    harness = ProviderBenchmarkHarness(forge=forge)
    report = harness.run(
        ["mock"],
        operations=["predict", "embed"],
        iterations=5,
        concurrency=2,
    )
    assert [(result.provider, result.operation) for result in report.results] == [
        ("mock", "predict"),
        ("mock", "embed"),
    ]
    for result in report.results:
        assert (result.success_count, result.error_count, result.iterations, result.concurrency) == (5, 0, 5, 2)
    assert "| mock | predict |" in report.to_markdown()


def test_the_second_snippet_with_runtimes_that_stand_for_the_real_ones() -> None:
    forge = WorldForge()
    forge.register_provider(LeWorldModel())
    forge.register_provider(LeRobot())
    inputs = BenchmarkInputs(
        score_info={
            "pixels": [[[[0.0]]]],
            "goal": [[[0.3, 0.5, 0.0]]],
            "action": [[[0.0, 0.5, 0.0]]],
        },
        score_action_candidates=[[[[0.0, 0.5, 0.0]], [[0.3, 0.5, 0.0]]]],
        policy_info={
            "observation": {
                "state": {"cube": [0.0, 0.5, 0.0]},
                "language": "move the cube",
            },
            "mode": "select_action",
        },
    )
    report = ProviderBenchmarkHarness(forge=forge).run(
        ["leworldmodel", "lerobot"],
        iterations=3,
        inputs=inputs,
    )
    assert [(result.provider, result.operation, result.success_count) for result in report.results] == [
        ("leworldmodel", "score", 3),
        ("lerobot", "policy", 3),
    ]


def test_the_commands_of_the_first_part(checkout: Path) -> None:
    assert "mock" in ok("benchmark --provider mock --iterations 5").out
    report = json.loads(ok("benchmark --provider mock --operation predict --format json").out)
    assert set(report) >= REPORTED
    assert set(report["provenance"]) >= ENVELOPE
    assert report["provenance"]["schema_version"] == 2
    assert report["provenance"]["command"][:2] == ["worldforge", "benchmark"]
    assert DIGEST.match(report["provenance"]["input_digest"])
    assert DIGEST.match(report["provenance"]["result_digest"])
    assert "| mock | embed |" in ok("benchmark --provider mock --operation embed --format markdown").out
    line = "benchmark --provider mock --operation embed --input-file examples/benchmark-inputs.json"
    ok(line)
    kept = [json.loads(path.read_bytes()) for path in sorted((checkout / ".worldforge" / "reports").iterdir())]
    assert len(kept) == 4
    named = [report["run_metadata"]["input_file"] for report in kept if "input_file" in report["run_metadata"]]
    assert [(entry["path"], entry["metadata"]) for entry in named] == [
        ("benchmark-inputs.json", {"run": "release-smoke"})
    ]


def test_a_run_workspace_and_its_comparison(checkout: Path) -> None:
    for _ in range(2):
        ok("benchmark --provider mock --operation predict --iterations 5 --run-workspace .worldforge")
    baseline, candidate = run_ids(checkout)
    run = checkout / ".worldforge" / "runs" / baseline
    for name in ("run_manifest.json", "results/summary.json", *(f"reports/report.{kind}" for kind in KINDS)):
        assert (run / name).is_file(), name
    pair = f"runs compare .worldforge/runs/{baseline} .worldforge/runs/{candidate}"
    table = ok(f"{pair} --format markdown").out
    assert table.index("oundary") < table.index(baseline)
    told = worldforge(f"{pair} --mode regression --format html --output .worldforge/runs/regression-comparison.html")
    assert told.code == 0, told.err
    assert (checkout / ".worldforge/runs/regression-comparison.html").read_text().startswith("<!doctype html>")
    ok(f"{pair} --format csv --output .worldforge/runs/benchmark-comparison.csv")
    rows = list(csv.DictReader((checkout / ".worldforge/runs/benchmark-comparison.csv").read_text().splitlines()))
    assert [row["run_id"] for row in rows] == [baseline, candidate]
    assert all("delta_average_latency_ms" in row for row in rows)
    summary = json.loads(ok(f"{pair} --mode regression --format json").out)["regression_summary"]
    assert summary["status"] in {"regressed", "improved", "unchanged", "cannot_decide"}


KINDS: Final = ("json", "md", "csv", "html")


@pytest.mark.parametrize("form", ["", "/run_manifest.json", "/reports/report.json"])
def test_a_run_is_named_by_folder_manifest_or_report(checkout: Path, form: str) -> None:
    for _ in range(2):
        ok("benchmark --provider mock --operation embed --run-workspace .worldforge")
    paths = " ".join(f".worldforge/runs/{run_id}{form}" for run_id in run_ids(checkout))
    payload = json.loads(ok(f"runs compare {paths} --format json").out)
    assert payload["run_count"] == 2
    assert str(checkout) not in json.dumps(payload)


def test_a_budget_that_holds_and_one_that_fails(checkout: Path) -> None:
    line = "benchmark --provider mock --operation predict --iterations 5 --format json --budget-file"
    told = json.loads(ok(f"{line} examples/benchmark-budget.json").out)
    assert set(told) == {"benchmark", "gate"}
    assert told["gate"]["passed"] is True
    assert DIGEST.match(told["benchmark"]["provenance"]["budget_file"]["sha256"])
    (checkout / "strict.json").write_text(
        json.dumps({"budgets": [{"provider": "mock", "max_p95_latency_ms": 0.0}, {"provider": "nobody"} | SUCCESS]})
    )
    failed = worldforge(f"{line} strict.json")
    assert failed.code == 1
    violations = json.loads(failed.out)["gate"]["violations"]
    assert [(entry["metric"], entry["budget_selector"]) for entry in violations] == [
        ("p95_latency_ms", "mock/*"),
        ("matching_results", "nobody/*"),
    ]
    table = worldforge(f"{line.replace('--format json', '--format csv')} strict.json")
    assert table.code == 1
    assert [row["metric"] for row in csv.DictReader(io.StringIO(table.out))] == ["p95_latency_ms", "matching_results"]


SUCCESS: Final = {"min_success_rate": 1.0}


def test_presets(checkout: Path) -> None:
    listing = ok("benchmark --list-presets").out
    for name in ("mock-smoke", "parser-overhead", "prepared-host", "release-evidence"):
        assert name in listing
    assert "remote-media-dryrun" not in listing
    assert "fail-on-violation" in ok("benchmark --show-preset release-evidence").out
    ok("benchmark --preset mock-smoke")
    skipped = json.loads(ok("benchmark --preset prepared-host --format json").out)
    assert (skipped["preset"], skipped["status"]) == ("prepared-host", "skipped")
    told = json.loads(ok("benchmark --preset release-evidence --format json --run-workspace .worldforge").out)
    assert {"benchmark", "gate", "preset"} <= set(told)


def test_calibration_of_budgets(checkout: Path) -> None:
    ok("benchmark --preset release-evidence --format json --run-workspace .worldforge")
    (report,) = (checkout / ".worldforge" / "reports").glob("benchmark-*.json")
    current = "src/worldforge/benchmark_presets/_data/budget-release-evidence.json"
    before = (checkout / current).read_bytes()
    output = checkout / ".worldforge/benchmark-calibration/release-evidence-candidate"
    done = script(
        f"scripts/calibrate_benchmark_budgets.py --report {report.relative_to(checkout)} --current-budget {current} "
        "--output .worldforge/benchmark-calibration/release-evidence-candidate --machine-class macos-arm64-local"
    )
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in output.iterdir()) == [
        "budget-calibration.json",
        "budget-calibration.md",
        "candidate-budgets.json",
    ]
    told = json.loads((output / "budget-calibration.json").read_bytes())
    wanted = {"provider", "operation", "old_threshold", "candidate_threshold", "observed_baseline", "rationale"}
    assert told["diffs"]
    assert all(wanted <= set(row) for row in told["diffs"])
    assert (checkout / current).read_bytes() == before
    candidate = (output / "candidate-budgets.json").relative_to(checkout)
    line = f"benchmark --provider mock --operation predict --iterations 10 --format json --budget-file {candidate}"
    outcome = worldforge(line)
    # Whether this machine is as quick now as it was a moment ago is not the question: the file loads.
    assert outcome.code in (0, 1), outcome.err
    assert json.loads(outcome.out)["gate"]["budget_count"] > 0


def test_the_core_performance_guard(checkout: Path) -> None:
    done = script(
        "scripts/check_core_performance.py --workspace-dir .worldforge/core-performance "
        "--output .worldforge/core-performance/core-performance.json"
    )
    assert done.returncode in (0, 1), done.stderr  # a test asserts no time
    report = json.loads((checkout / ".worldforge/core-performance/core-performance.json").read_bytes())
    assert [row["name"] for row in report["results"]] == [
        "world_persistence",
        "benchmark_fixture_loading",
        "provider_catalog_diagnostics",
        "evidence_bundle_creation",
        "report_rendering",
    ]
    for row in report["results"]:
        assert row["passed"] is (row["duration_ms"] <= row["budget_ms"])
        assert (checkout / ".worldforge/core-performance" / row["artifact_path"]).exists()
    assert report["passed"] is all(row["passed"] for row in report["results"])
    assert (done.returncode == 0) is report["passed"]


def test_bundles(checkout: Path) -> None:
    ok("benchmark --preset mock-smoke --run-workspace .worldforge")
    (run_id,) = run_ids(checkout)
    template = ok(f"runs bundle {run_id}").out
    assert run_id in template
    bundle = checkout / ".worldforge" / "issue-bundles" / run_id
    manifest = json.loads((bundle / "evidence_manifest.json").read_bytes())
    assert manifest["safe_to_attach"] is True
    assert (bundle / "issue.md").is_file()
    done = script("scripts/generate_evidence_bundle.py --workspace-dir .worldforge")
    assert done.returncode == 0, done.stderr
    (folder,) = (checkout / ".worldforge" / "evidence-bundles").iterdir()
    assert {"evidence_manifest.json", "summary.md"} <= {path.name for path in folder.iterdir()}


def test_the_example_inputs_are_those_of_the_page(checkout: Path) -> None:
    inputs = json.loads((checkout / "examples" / "benchmark-inputs.json").read_bytes())
    assert inputs["metadata"] == {"run": "release-smoke"}
    assert set(inputs["inputs"]) == {
        "prediction_action",
        "prediction_steps",
        "embedding_text",
        "score_info",
        "score_action_candidates",
        "policy_info",
    }
