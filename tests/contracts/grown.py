"""Input of any size, and input with a secret in every text, for sources that read a form that anybody can write."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.worldflux.results import layout_b


def many_lerobot_episodes(folder: Path, count: int) -> Path:
    path = folder / "eval_info.json"
    result = layout_b({("pusht", 0): [index % 3 == 0 for index in range(count)]})
    path.write_text(json.dumps(result))
    return path


def many_table_rows(folder: Path, count: int) -> Path:
    path = folder / "trials.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(("run", "task", "episode_index", "success", "seed"))
        rows.writerows(
            ("baseline", f"task {i // 1000}", i % 1000, "true" if i % 3 else "false", i) for i in range(count)
        )
    return _with_mapping(path, "run", "task", "episode_index", "success", "seed")


def _with_mapping(table: Path, *names: str) -> Path:
    """Say beside a table that each of these columns is what its name says."""
    mapping = {"schema_version": "worldflux.column_mapping.v0_draft", "columns": {name: name for name in names}}
    table.with_name(f"{table.name}.columns.json").write_text(json.dumps(mapping))
    return table


def planted_table(folder: Path, text: str) -> Path:
    path = folder / "trials.csv"
    names = ("run", "task", "episode_index", "success", "instruction", "failure_detail", "operator")
    with path.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow((*names, text))
        rows.writerow(("baseline", text, 0, "false", text, text, text, text))
    return _with_mapping(path, *names)


def many_openpi_episodes(folder: Path, count: int) -> Path:
    path = folder / "libero.log"
    path.write_text("".join(_log(count, "INFO:root:", "")))
    return path


def planted_openpi_log(folder: Path, text: str) -> Path:
    path = folder / "libero.log"
    path.write_text("".join(_log(3, "INFO:root:", f"ERROR:root:Caught exception: {text}\n")))
    return path


def many_openvla_episodes(folder: Path, count: int) -> Path:
    path = folder / "EVAL-libero_spatial-openvla-2026_11_21-03_00_48.txt"
    path.write_text("".join(_log(count, "", "")))
    return path


def planted_openvla_log(folder: Path, text: str) -> Path:
    path = folder / "EVAL-libero_spatial-openvla-2026_11_21-03_00_48.txt"
    path.write_text("".join(_log(3, "", f"Episode error: {text}\n")))
    return path


def _log(count: int, prefix: str, on_failure: str) -> Iterator[str]:
    """The lines that openpi and the OpenVLA family print."""
    successes = 0
    yield f"{prefix}Task suite: libero_spatial\n"
    for number in range(1, count + 1):
        success = number % 3 != 0
        successes += success
        yield (
            f"{prefix}\nTask: pick up the black bowl between the plate and the ramekin and place it on the plate\n"
            f"{prefix}Starting episode {number}...\n{'' if success else on_failure}{prefix}Success: {success}\n"
            f"{prefix}# episodes completed so far: {number}\n"
            f"{prefix}# successes: {successes} ({successes / number * 100:.1f}%)\n"
        )


def many_lbm_scenarios(folder: Path, count: int) -> Path:
    return _lbm_results(folder, [_scenario(index, index % 3 != 0) for index in range(count)])


def _scenario(index: int, success: bool) -> dict[str, Any]:
    message = None if success else 'The object "fell".\n'
    fate = {"is_pending": False, "total_time": 19.97, "is_success": success, "failure_message": message}
    return {"skill_type": f"skill_{index // 1000}", "scenario_index": index, **fate}


def _lbm_results(folder: Path, scenarios: list[dict[str, Any]]) -> Path:
    successes, count = sum(scenario["is_success"] for scenario in scenarios), len(scenarios)
    head = {"num_processes": 1, "elapsed_time": 1.5, "num_requested_evaluations": count, "num_evaluated": count}
    result = {**head, "num_success": successes, "success_rate": successes / count, "evaluations": scenarios}
    path = folder / "results-2026-11-21T03:00:02.250+00:00.json"
    path.write_text(json.dumps(result, indent=2))
    return path


def planted_lbm_results(folder: Path, text: str) -> Path:
    broken = {
        "skill_type": "pick_and_place_box",
        "scenario_index": 0,
        "is_pending": False,
        "total_time": None,
        "is_success": False,
        "failure_message": f"Traceback (most recent call last):\n  File {text}\nRuntimeError: {text}\n",
    }
    return _lbm_results(folder, [broken])


def many_trials(folder: Path, count: int) -> Path:
    path = folder / "trial_sheet.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(("task", "trial", "success", "progress", "operator", "notes"))
        rows.writerows(
            (f"task {i // 1000}", i % 1000 + 1, "y" if i % 3 else "n", i % 101, "A", f"n{i}") for i in range(count)
        )
    return path


def many_scores(folder: Path, count: int) -> Path:
    dimension = "audit_completeness"
    trials = [
        {"scenario": f"s{i // 1000}", "dimension": dimension, "trial": i % 1000 + 1, "score": i % 11 / 10}
        for i in range(count)
    ]
    path = folder / "governance_sheet.json"
    path.write_text(json.dumps({"schema_version": "worldflux.governance_sheet.v0_draft", "trials": trials}))
    return path


def many_videos(folder: Path, count: int) -> Path:
    scoring = {"scorer": "critic", "metric": "share", "higher_is_better": True, "score_scale": 1}
    videos = [{"sample": f"s{i // 1000}", "outcome": "scored", "seed": i, "score": i % 11 / 10} for i in range(count)]
    path = folder / "video_scores.json"
    path.write_text(
        json.dumps({"schema_version": "worldflux.video_scores.v0_draft", "scoring": scoring, "videos": videos})
    )
    return path


def planted_trials(folder: Path, text: str) -> Path:
    path = folder / "trial_sheet.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(("task", "trial", "success", "operator", "prompt_mode", "instruction", "notes", text))
        rows.writerow((text, 1, "n", text, text, text, text, text))
        rows.writerow((text, 2, "y", text, text, text, text, text))
    return path


def planted_scores(folder: Path, text: str) -> Path:
    path = folder / "governance_sheet.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(("scenario", "dimension", "trial", "score", "perturbation", "notes", text))
        rows.writerow((text, "recovery_success", 1, 0.5, text, text, text))
    return path


def planted_videos(folder: Path, text: str) -> Path:
    scoring = {"scorer": text, "metric": text, "higher_is_better": False, "generator": text}
    videos = [{"sample": text, "outcome": "unknown", "video": text, "reason": text}]
    path = folder / "video_scores.json"
    path.write_text(
        json.dumps({"schema_version": "worldflux.video_scores.v0_draft", "scoring": scoring, "videos": videos})
    )
    return path


def many_worldforge_trials(folder: Path, count: int) -> Path:
    trials = [
        {"trial": index, "seed": index, "score": 0.5, "passed": index % 3 > 0, "metrics": {"final_distance_m": 0.04}}
        for index in range(count)
    ]
    return _worldforge_report(folder, trials)


def planted_worldforge_trials(folder: Path, text: str) -> Path:
    error = {"kind": text, "message": text}
    trials = [
        {"trial": 0, "seed": 0, "score": 0.0, "passed": False, "error": error},
        {"trial": 1, "seed": 1, "score": 1.0, "passed": True, "metrics": {text: 1.0, "said": text}},
    ]
    return _worldforge_report(folder, trials, text)


def _worldforge_report(folder: Path, trials: list[dict[str, Any]], text: str = "pushing") -> Path:
    scenario = {"scenario": text, "environment": text, "trials": trials, "episode_kind": "task_success"}
    report = {
        "suite_id": text,
        "claim_boundary": text,
        "results": [{"provider": text, "score": 0.5, "passed": True, "suite_id": text, **scenario}],
        "provenance": {"worldforge_version": text, "suite_version": text, "notes": text},
    }
    path = folder / "report.json"
    path.write_text(json.dumps(report))
    return path
