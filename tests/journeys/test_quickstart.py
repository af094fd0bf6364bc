"""The Audit Quickstart, typed as it is printed.

Only the path of the user's own result file is another one; commands that come with later parts join here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.command import inside, worldflux
from tests.support import FIXTURES, shared_data

RESULT = "/tmp/lerobot_run_001/eval_info.json"


def write_libero_spatial(path: Path, successes_per_task: list[int], episodes: int) -> None:
    """A result in the layout of LeRobot 0.6 for the ten tasks of LIBERO-Spatial."""

    def block(outcomes: list[bool]) -> dict[str, Any]:
        mean = sum(outcomes) / len(outcomes)
        shared: dict[str, Any] = {"video_paths": [], "predicted_video_paths": []}
        return {
            "avg_sum_reward": mean,
            "avg_max_reward": mean,
            "pc_success": 100 * mean,
            "n_episodes": len(outcomes),
            **shared,
        }

    lists = [[index < successes for index in range(episodes)] for successes in successes_per_task]
    everything = [outcome for outcomes in lists for outcome in outcomes]
    info = {
        "per_task": [
            {
                "task_group": "libero_spatial",
                "task_id": task,
                "metrics": {
                    "sum_rewards": [float(outcome) for outcome in outcomes],
                    "max_rewards": [float(outcome) for outcome in outcomes],
                    "successes": outcomes,
                    "video_paths": [],
                    "predicted_video_paths": [],
                },
            }
            for task, outcomes in enumerate(lists)
        ],
        "per_group": {"libero_spatial": block(everything)},
        "overall": {**block(everything), "eval_s": 1.0, "eval_ep_s": 0.002},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(info, indent=2))


def typed(text: str, folder: Path) -> None:
    """Type one command of the quickstart."""
    words = " ".join(text.replace("\\\n", " ").replace(RESULT, str(folder / "eval_info.json")).split())
    outcome = worldflux(words.removeprefix("worldflux "))
    assert outcome.code == 0, outcome.err


AUDIT = f"""
worldflux audit run lerobot \\
  --from {RESULT} \\
  --claim claim_pkg/claim.json \\
  --protocol claim_pkg/protocol.json \\
  --output evidence_pkg/
"""

MEMBERS = (
    "claim.json, protocol.json, evidence.json, evidence.md, audit_input.json, audit_provenance.json, "
    "episode_results.jsonl, raw_evidence_manifest.json, failure_evidence_index.jsonl, "
    "failure_replay_manifest.jsonl, and artifact_manifest.json"
)


def members_of_the_quickstart() -> set[str]:
    return set(MEMBERS.replace(" and ", " ").replace(" ", "").split(","))


def test_from_a_template_to_inspect(tmp_path: Path) -> None:
    write_libero_spatial(tmp_path / "eval_info.json", [44] * 10, 50)
    with inside(tmp_path):
        typed("worldflux claim create --template openpi-libero --output claim_pkg/", tmp_path)
        typed(AUDIT, tmp_path)
        typed("worldflux evidence inspect evidence_pkg/", tmp_path)
    package = tmp_path / "evidence_pkg"
    assert {path.name for path in package.iterdir()} == members_of_the_quickstart()
    evidence = json.loads((package / "evidence.json").read_bytes())
    assert (evidence["denominator"]["planned"], evidence["denominator"]["success"]) == (1500, 440)
    assert (evidence["verdict"], evidence["protocol"]["binding"]) == ("supported", "bound")
    assert evidence["denominator"]["not_run"] == 1000


def test_with_the_documents_that_the_quickstart_prints(tmp_path: Path) -> None:
    write_libero_spatial(tmp_path / "eval_info.json", [45] * 10, 50)
    (tmp_path / "claim_pkg").mkdir()
    for name in ("claim.json", "protocol.json"):
        (tmp_path / "claim_pkg" / name).write_bytes((FIXTURES / "seeds" / name).read_bytes())
    with inside(tmp_path):
        typed(AUDIT, tmp_path)
    evidence = json.loads((tmp_path / "evidence_pkg" / "evidence.json").read_bytes())
    assert evidence["protocol"]["binding"] == "placeholder"
    assert "placeholder" in (tmp_path / "evidence_pkg" / "evidence.md").read_text()
    assert (tmp_path / "evidence_pkg" / "claim.json").read_bytes() == (FIXTURES / "seeds" / "claim.json").read_bytes()


def test_two_packages_are_compared(tmp_path: Path) -> None:
    with inside(tmp_path):
        typed("worldflux claim create --template openpi-libero --output claim_pkg/", tmp_path)
        for side, successes in (("left", 45), ("right", 25)):
            write_libero_spatial(tmp_path / "eval_info.json", [successes] * 10, 50)
            typed(AUDIT.replace("evidence_pkg/", side), tmp_path)
        outcome = worldflux("evidence diff left/evidence.json right/evidence.json")
    assert outcome.code == 0
    assert "Same claim, same protocol." in outcome.out
    assert "45/50  25/50  -0.400" in outcome.out


def test_three_start_seeds_are_three_froms(tmp_path: Path) -> None:
    options = []
    for number, successes in enumerate((45, 44, 43), start=1):
        write_libero_spatial(tmp_path / str(number) / "eval_info.json", [successes] * 10, 50)
        options += ["--from", tmp_path / str(number), "--run-info", f"{number}:start_seed={1000 * number}"]
    with inside(tmp_path):
        typed("worldflux claim create --template lerobot-libero --output claim_pkg/", tmp_path)
        outcome = worldflux(
            "audit run lerobot --claim claim_pkg/claim.json --protocol claim_pkg/protocol.json --output out "
            "--run-info evaluator_version=0.6.1 --run-info batch_size=50 --require supported",
            *options,
        )
    assert outcome.code == 0, outcome.err
    evidence = json.loads((tmp_path / "out" / "evidence.json").read_bytes())
    assert (evidence["denominator"]["success"], evidence["denominator"]["planned"]) == (1320, 1500)
    assert [part["key"] for part in evidence["slices"]["by_seed"]] == ["1000", "2000", "3000"]
    assert evidence["metrics"][0]["flags"] == ["asymptotic", "robust", "starts_repeated"]
    (finding,) = (finding for finding in evidence["findings"] if finding["code"] == "starts.repeated")
    assert "1,500 trials of 10 task(s) started from 500 initial states only" in finding["message"]


@pytest.mark.parametrize("quantisation", ["fp16_trt"])
def test_a_public_smolvla_run_on_libero_spatial(quantisation: str, tmp_path: Path) -> None:
    result = shared_data(
        f"third-party/lerobot-public/rafiqul713_smolvla-libero-onnx/results/{quantisation}/libero_spatial/eval_info.json"
    )
    with inside(tmp_path):
        typed("worldflux claim create --template openpi-libero --output claim_pkg/", tmp_path)
        outcome = worldflux(AUDIT.replace("\\\n", " ").removeprefix("\nworldflux ").replace(RESULT, str(result)))
    assert outcome.code == 0, outcome.err
    evidence = json.loads((tmp_path / "evidence_pkg" / "evidence.json").read_bytes())
    assert (evidence["denominator"]["success"], evidence["denominator"]["failure"]) == (41, 59)
    assert "short_of_plan" in [reason["code"] for reason in evidence["reasons"]]
    assert "protocol.evaluator_differs" in [finding["code"] for finding in evidence["findings"]]
