"""Packages that between them have every part that is computed again."""

from __future__ import annotations

import contextlib
import json
import random
from pathlib import Path

from tests.worldflux import results
from tests.worldflux.auditing import Bench, bench
from tests.worldflux.verify.recomputing import Files, files_of
from worldbase.console import Progress
from worldflux.audit.run import AuditRequest, audit


def _outcomes(seed: int, number: int) -> list[bool]:
    drawn = random.Random(seed)
    return [drawn.random() < 0.7 for _ in range(number)]


def _audited(
    place: Bench, inputs: list[Path], facts: list[str], *, savi: bool = False, ppi: Path | None = None
) -> Files:
    request = AuditRequest("lerobot", inputs, place.claim, place.protocol, place.output, facts, savi=savi, ppi=ppi)
    audit(request, lambda label, total, size: contextlib.nullcontext(Progress()))
    return files_of(place.output)


def tasks_package(folder: Path) -> Files:
    """Three tasks in two runs, one beyond its plan and one task short: blocks, shared starts and `stopping.json`."""
    place = bench(
        folder,
        tasks=[f"libero_spatial/{number}" for number in range(3)],
        seeds=[0, 1],
        episodes=20,
        benchmark="LIBERO",
    )
    inputs = [
        results.write(
            folder / f"run-{run}" / "eval_info.json",
            results.layout_b(
                {("libero_spatial", task): _outcomes(10 * run + task, 24 - 9 * run * (task == 2)) for task in range(3)},
                videos=2,
            ),
        )
        for run in range(2)
    ]
    facts = ["1:start_seed=0", "2:start_seed=1000", "evaluator_version=0.4.3", "batch_size=10", "benchmark_version=1"]
    return _audited(place, inputs, [*facts, "episode_order=interleaved"], savi=True)


def pairs_package(folder: Path) -> Files:
    """One task with recorded seeds that overlap between two runs, a score, and `ppi.json`."""
    metrics = [
        {"name": "success_rate", "operator": ">=", "value": 0.6, "unit": "ratio"},
        {"name": "avg_max_reward", "operator": ">=", "value": 0.5, "unit": "reward"},
    ]
    place = bench(folder, f"claim.expected_metrics={json.dumps(metrics)}", seeds=[0, 1], episodes=40)
    runs = [_outcomes(7, 40), _outcomes(8, 40)]
    inputs = [
        results.write(folder / f"run-{run}" / "eval_info.json", results.layout_a(successes, start_seed=1000 + 25 * run))
        for run, successes in enumerate(runs)
    ]
    ppi = folder / "pairs.json"
    real = [*runs[0], *runs[1]]
    simulated = {"real": real, "paired_simulation": _outcomes(9, 80), "simulation": _outcomes(11, 300)}
    ppi.write_text(json.dumps({"schema_version": "worldflux.ppi_input.v0_draft", **simulated}))
    return _audited(place, inputs, [], ppi=ppi)


def unlisted_package(folder: Path) -> Files:
    """Two tasks of which the registry knows nothing; the second has no episode."""
    place = bench(folder, tasks=["own suite", "another"], episodes=10, benchmark="Nobody's")
    result = results.write(folder / "run" / "eval_info.json", results.layout_b({("own suite", 0): _outcomes(3, 10)}))
    return _audited(place, [result], [])
