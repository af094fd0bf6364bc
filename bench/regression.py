"""Whether a slower provider is found, and an equal one is not, by whole commands in processes of their own.

Pairs of runs by `worldforge benchmark --run-workspace` and `worldforge runs compare --mode regression`: identical ones,
and ones whose latency doubled. Then `worldforge benchmark --against`: identical sides, and one that is 10% slower.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from bench.burner import FACTOR
from bench.measure import verdict

WORLDFORGE: Final = str(Path(sys.executable).with_name("worldforge"))
PAIRS: Final = 20
ITERATIONS: Final = (5, 20, 200, 1000)
DOUBLED: Final = 2.0
SLIGHTLY: Final = 1.1
CALLED: Final = ("regressed", "improved")
# Of 20: at most one identical pair may be called changed, and at least 18 of the slower ones have to be found.
MOST_CALLED: Final = 1
FEWEST_FOUND: Final = 18

_ROOT: Final = Path(__file__).resolve().parents[1]


class Laboratory:
    """A folder with a workspace, in which the provider `burner` is installed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        installed = folder / "site" / "burner-1.dist-info"
        installed.mkdir(parents=True)
        (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: burner\nVersion: 1\n")
        (installed / "entry_points.txt").write_text("[worldforge.providers]\nburner = bench.burner:BurnerProvider\n")

    def run(self, iterations: int, factor: float = 1.0) -> str:
        """Run a benchmark into the workspace and return the id of the run."""
        before = set(self._runs())
        self._worldforge("benchmark", "--provider", "burner", *_calls(iterations), *self._kept(), factor=factor)
        (run_id,) = set(self._runs()) - before
        return run_id

    def compared(self, baseline: str, candidate: str) -> str:
        """What `runs compare --mode regression` says of two runs."""
        options = ("--mode", "regression", "--workspace-dir", "w", "--format", "json")
        said = json.loads(self._worldforge("runs", "compare", baseline, candidate, *options))
        return str(said["regression_summary"]["status"])

    def against(self, baseline: str, factor: float) -> dict[str, Any]:
        """What `benchmark --against` says of the only operation."""
        options = ("--against", baseline, "--against-env", f"{FACTOR}=1", "--format", "json")
        said = json.loads(self._worldforge("benchmark", *options, *self._kept(), factor=factor))
        found: dict[str, Any] = said["against"]["operations"][0]
        return found

    def _kept(self) -> tuple[str, ...]:
        return "--run-workspace", "w"

    def _runs(self) -> list[str]:
        runs = self._folder / "w" / "runs"
        return [path.name for path in runs.iterdir()] if runs.is_dir() else []

    def _worldforge(self, *arguments: str, factor: float = 1.0) -> str:
        paths = os.pathsep.join([str(self._folder / "site"), str(_ROOT)])
        done = subprocess.run(
            [WORLDFORGE, *arguments],
            cwd=self._folder,
            env={**os.environ, "PYTHONPATH": paths, FACTOR: str(factor)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.exit(f"worldforge {' '.join(arguments)} failed:\n{done.stderr}")
        return done.stdout


def _calls(iterations: int) -> tuple[str, ...]:
    return "--operation", "embed", "--iterations", str(iterations)


def _apart(laboratory: Laboratory, iterations: int, pairs: int) -> str:
    """Runs one after the other, each in a process of its own."""

    def one(factor: float) -> str:
        return laboratory.compared(laboratory.run(iterations), laboratory.run(iterations, factor))

    return _both(f"two runs of {iterations} calls", one, DOUBLED, pairs)


def _in_turns(laboratory: Laboratory, pairs: int) -> str:
    baseline = laboratory.run(200)
    ratios: dict[float, list[float]] = {1.0: [], SLIGHTLY: []}
    begun = time.perf_counter()

    def one(factor: float) -> str:
        found = laboratory.against(baseline, factor)
        ratios[factor].append(found["ratio_p50"])
        return str(found["status"])

    lines = _both("in turns (--against)", one, SLIGHTLY, pairs)
    spread = ", ".join(f"{min(values):.3f} to {max(values):.3f}" for values in ratios.values())
    each = (time.perf_counter() - begun) / (2 * pairs)
    return f"{lines}  ratios that were found: {spread}; {each:.1f} s each\n"


def _both(title: str, one: Callable[[float], str], slower: float, pairs: int) -> str:
    identical = Counter(one(1.0) for _ in range(pairs))
    changed = Counter(one(slower) for _ in range(pairs))
    called, found = sum(identical[status] for status in CALLED), changed["regressed"]
    allowed, wanted = MOST_CALLED * pairs // PAIRS, FEWEST_FOUND * pairs // PAIRS
    return (
        f"  {title:26} identical   {_shown(identical):48} at most {allowed} called: {verdict(called <= allowed)}\n"
        f"  {'':26} {slower:g}x slower {_shown(changed):47} at least {wanted} found: {verdict(found >= wanted)}\n"
    )


def _shown(statuses: Counter[str]) -> str:
    return ", ".join(f"{count} {status.replace('_', ' ')}" for status, count in sorted(statuses.items()))


def main(arguments: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench regression", description=__doc__)
    parser.add_argument("--pairs", type=int, default=PAIRS, help="pairs of each sort (default: %(default)s)")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        laboratory = Laboratory(Path(folder))
        print(f"verdicts on a provider of about 0.1 ms, {chosen.pairs} pairs each; load {os.getloadavg()[0]:.1f}")
        for iterations in ITERATIONS:
            print(_apart(laboratory, iterations, chosen.pairs), end="", flush=True)
        print(_in_turns(laboratory, chosen.pairs), end="", flush=True)
        print(f"  load at the end {os.getloadavg()[0]:.1f}")
