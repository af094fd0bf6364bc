"""What the statistics take: intervals of many cells, memory and time of an audit's statistics, e-values at checkpoints.

Times are CPU times, as other work on the machine stretches them less than wall times; both sides of each ratio are
measured in turns.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from bench.audit import Case, prepare
from bench.generate import EPISODES, Layout
from bench.measure import MIB, run, verdict
from worldflux.stats.intervals import intervals

CELLS: Final = 10_000
TRIALS: Final = 200
TIMES_MORE: Final = 10
REPEATS: Final = 5
TARGET_WILSON: Final = 1_000.0
TARGET_MEMORY: Final = 1.10
TARGET_STATISTICS: Final = 0.05
TARGET_E_PROCESS: Final = 0.10

_CALLS: Final = 50


def wilson(cells: int, repeats: int) -> str:
    """`intervals` of many cells against a loop over statsmodels, after both have given the same numbers."""
    import numpy as np
    from statsmodels.stats.proportion import proportion_confint  # type: ignore[import-untyped]

    successes = np.random.default_rng(0).integers(0, TRIALS + 1, cells)
    trials = np.full(cells, TRIALS)
    pairs = list(zip(successes.tolist(), trials.tolist(), strict=True))

    def ours() -> Any:
        return intervals(successes, trials, method="wilson")

    def theirs() -> Any:
        return [proportion_confint(count, size, alpha=0.05, method="wilson") for count, size in pairs]

    if not np.allclose(np.transpose(ours()), theirs(), rtol=0, atol=1e-12):
        sys.exit("statsmodels and worldflux do not give the same intervals; nothing was measured")
    taken = [(_cpu(ours, _CALLS), _cpu(theirs, 1)) for _ in range(repeats)]
    fast, slow = (statistics.median(column) for column in zip(*taken, strict=True))
    return (
        f"Wilson intervals of {cells:,} cells, median of {repeats}\n"
        f"  intervals(...)           {fast * 1e6:12,.0f} us\n"
        f"  loop over statsmodels    {slow * 1e6:12,.0f} us\n"
        f"  ratio                    {slow / fast:12,.0f}x   target {TARGET_WILSON:,.0f}x: "
        f"{verdict(slow / fast >= TARGET_WILSON)}\n"
    )


def _cpu(work: Callable[[], object], calls: int) -> float:
    started = time.process_time()
    for _ in range(calls):
        work()
    return (time.process_time() - started) / calls


def memory(layout: Layout, folder: Path, episodes: int) -> str:
    """Highest anonymous memory of an audit, and of one of ten times as many episodes."""
    peaks = []
    for count in (episodes, episodes * TIMES_MORE):
        case = _case(layout, folder, count)
        run(case.audit_command(), folder / "bytecode", sample_memory=True)
        shutil.rmtree(case.package)
        peaks.append(run(case.audit_command(), folder / "bytecode", sample_memory=True).anonymous)
        shutil.rmtree(case.folder)
    ratio = peaks[1] / peaks[0]
    return (
        f"memory, layout {layout}: {episodes:,} episodes {peaks[0] / MIB:.0f} MiB, {episodes * TIMES_MORE:,} episodes "
        f"{peaks[1] / MIB:.0f} MiB, {(peaks[1] - peaks[0]) / episodes / (TIMES_MORE - 1):.1f} bytes per episode more\n"
        f"  ratio                    {ratio:12.2f}x   target {TARGET_MEMORY:g}x: {verdict(ratio <= TARGET_MEMORY)}\n"
    )


def shares(layout: Layout, folder: Path, episodes: int, repeats: int) -> str:
    """What part of an audit's CPU time its statistics take, and what part the path of the e-values (`--savi`)."""
    case = _case(layout, folder, episodes)
    turns = [(_phases(case, savi=False), _phases(case, savi=True)) for _ in range(repeats + 1)]
    shutil.rmtree(case.folder)
    # The first turn warmed caches up.
    plain, savi = (_medians(column) for column in zip(*turns[1:], strict=True))
    libraries = plain["libraries"]
    share, extra = plain["statistics"] / plain["audit"], savi["e_process"] / savi["audit"]
    whole = (plain["statistics"] + libraries) / (plain["audit"] + libraries)
    return (
        f"time, layout {layout}, {episodes:,} episodes, median of {repeats}, CPU ms\n"
        f"  audit                    {plain['audit'] * 1000:12.0f}   and {libraries * 1000:.0f} for the import of "
        "numpy and scipy.special\n"
        f"  after the last episode   {plain['statistics'] * 1000:12.0f}   {share:.1%} of the audit   "
        f"target {TARGET_STATISTICS:.0%}: {verdict(share <= TARGET_STATISTICS)} ({whole:.1%} with that import)\n"
        f"  path of the e-values     {savi['e_process'] * 1000:12.0f}   {extra:.1%} of the audit   "
        f"target {TARGET_E_PROCESS:.0%}: {verdict(extra <= TARGET_E_PROCESS)}\n"
    )


def _medians(taken: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(parts[name] for parts in taken) for name in taken[0]}


def _phases(case: Case, *, savi: bool) -> dict[str, float]:
    """CPU seconds of the parts of one audit, in a process of its own."""
    shutil.rmtree(case.package, ignore_errors=True)
    output = case.folder / "phases.json"
    arguments = [*map(str, case.audit_command()[1:]), *(["--savi"] if savi else [])]
    command = [sys.executable, "-m", "bench.phases", str(output), *arguments]
    environment = os.environ | {"PYTHONPYCACHEPREFIX": str(case.folder.parent / "bytecode")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    parts: dict[str, float] = json.loads(output.read_text())
    return parts


def _case(layout: Layout, folder: Path, episodes: int) -> Case:
    place = folder / f"{layout}{episodes}"
    place.mkdir()
    return prepare(layout, place, episodes)


def main(arguments: list[str]) -> None:
    """Measure intervals, memory and time."""
    parser = argparse.ArgumentParser(prog="python -m bench statistics", description=main.__doc__)
    parser.add_argument("--cells", type=int, default=CELLS)
    parser.add_argument("--episodes", type=int, default=EPISODES)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--layout", choices=["A", "B"], action="append")
    options = parser.parse_args(arguments)
    print(f"load {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores")
    print(wilson(options.cells, options.repeats), flush=True)
    with tempfile.TemporaryDirectory(prefix="worldflux-bench-") as name:
        for layout in options.layout or ("A", "B"):
            print(shares(layout, Path(name), options.episodes, options.repeats), flush=True)
            print(memory(layout, Path(name), options.episodes), flush=True)
