"""Is it known which initial state each episode had, and does no state stand for two episodes?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from worldflux.benchmarks.registry import StartIdentity, find_benchmark


class Starts(NamedTuple):
    """Whether the episodes are known to start from distinct states, and why, or why not."""

    verified: bool
    note: str


def starts_of(
    benchmark_name: str,
    harness: str,
    facts: Mapping[str, Any],
    *,
    seeds_known: bool,
    runs: int,
    episodes_per_task: int,
) -> Starts:
    """Tell whether the episodes of an evaluation started from distinct, known states.

    Args:
        benchmark_name: As the protocol names it.
        harness: The evaluator.
        facts: What is known about the evaluator.
        seeds_known: Whether every episode's environment seed is recorded or derived.
        runs: Number of runs.
        episodes_per_task: Episodes of a task in one run.
    """
    benchmark = find_benchmark(benchmark_name)
    identity = benchmark.start_identity.get(harness) if benchmark else None
    if identity is None:
        return Starts(False, "The registry does not say what identifies a start here.")
    faults = _faults(identity, facts, seeds_known, runs, episodes_per_task)
    return Starts(not faults, " ".join([*faults, identity.note]))


def _faults(
    identity: StartIdentity, facts: Mapping[str, Any], seeds_known: bool, runs: int, episodes_per_task: int
) -> list[str]:
    lacking = [name for name in identity.needs if name not in facts]
    if identity.seed_moves_start and not seeds_known:
        lacking.append("environment_seeds")
    if lacking:
        return [f"Unknown: {', '.join(lacking)}."]
    faults = []
    if runs > 1 and not identity.seed_moves_start:
        faults.append(f"The {runs} runs start from the same states.")
    one_wave = identity.sound_in_one_wave and facts.get("batch_size", 0) >= episodes_per_task
    if not one_wave and _version(facts.get("evaluator_version", "")) < _version(identity.sound_from_version):
        faults.append("This version repeats states when a task takes more than one batch.")
    return faults


def _version(text: str) -> tuple[int, ...]:
    """Leading numbers of a version; none for a name such as `local`, which is older than everything."""
    numbers = re.match(r"\d+(?:\.\d+)*", text)
    return tuple(map(int, numbers[0].split("."))) if numbers else ()
