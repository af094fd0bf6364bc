"""What measuring costs: the harness's own time for each call, and the memory that it needs for a million of them.

Overhead is the wall time of a whole run, summing up included, over a provider whose `embed` returns a result that is
there already, less a bare loop over the same calls. The reference is the published wheel of the harness whose format
this is, run on its own mock provider in an environment of its own; where it cannot be installed, figures that were
taken of it before stand in its place, and the output says so.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final, NamedTuple

from bench.measure import MIB, verdict

REPEATS: Final = 5
CALLS: Final = 200_000
WORKERS: Final = 8
FEW: Final = 1_000
MANY: Final = 1_000_000

TARGET_SERIAL: Final = 3.0
TARGET_CONCURRENT: Final = 8.0
TARGET_GROWTH: Final = 2 * MIB

REFERENCE: Final = "worldforge-ai==0.5.0"
REFERENCE_PYTHON: Final = "3.13"
REFERENCE_CALLS: Final = 10_000
# Taken of the same wheel, 2 cores, CPython 3.13: microseconds of wall time for each call, the call included.
KNOWN_REFERENCE: Final = "31 to 42 us a call, serial (figures taken before; latencies below 100 us read as 100 us)"

_OF_REFERENCE: Final = """
import json, sys, tempfile, time
from worldforge import ProviderBenchmarkHarness, WorldForge
from worldforge.providers import MockProvider
calls, workers = int(sys.argv[1]), int(sys.argv[2])
harness = ProviderBenchmarkHarness(forge=WorldForge(state_dir=tempfile.mkdtemp()))
harness.run(["mock"], operations=["embed"], iterations=100)
begun = time.perf_counter()
report = harness.run(["mock"], operations=["embed"], iterations=calls, concurrency=workers)
wall = time.perf_counter() - begun
embed = MockProvider().embed
begun = time.perf_counter()
for _ in range(calls):
    embed(text="benchmark cube state")
bare = time.perf_counter() - begun
print(json.dumps([(wall - bare) / calls * 1e6, bare / calls * 1e6, report.results[0].p50_latency_ms]))
"""


class Taken(NamedTuple):
    """What one process took: microseconds of overhead for each call, and anonymous bytes at its end."""

    overhead_us: float
    anonymous: int


def take(calls: int, workers: int) -> Taken:
    """Measure in this process."""
    from worldforge import EmbeddingResult, ProviderBenchmarkHarness, WorldForge
    from worldforge.providers import BaseProvider, ProviderCapabilities

    prepared = EmbeddingResult("prepared", "prepared-v1", (0.5, 0.25))

    class Prepared(BaseProvider):
        name = "prepared"
        capabilities = ProviderCapabilities(embed=True)

        def embed(self, *, text: str) -> EmbeddingResult:
            return prepared

    forge = WorldForge(discover_entry_points=False)
    provider = Prepared()
    forge.register_provider(provider)
    harness = ProviderBenchmarkHarness(forge=forge)
    harness.run("prepared", ["embed"], 100, workers)
    begun = time.perf_counter()
    report = harness.run("prepared", ["embed"], calls, workers)
    wall = time.perf_counter() - begun
    anonymous = _anonymous()
    assert report.results[0].success_count == calls
    begun = time.perf_counter()
    for _ in range(calls):
        provider.embed(text="benchmark cube state")
    bare = time.perf_counter() - begun
    return Taken((wall - bare) / calls * 1e6, anonymous)


def _anonymous() -> int:
    found = re.search(r"^RssAnon:\s*(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"), re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024


def _in_a_process(calls: int, workers: int) -> Taken:
    command = [sys.executable, "-m", "bench", "harness", "--one", str(calls), str(workers)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Taken(*json.loads(done.stdout))


def _overheads(repeats: int) -> dict[int, float]:
    """Median overhead by number of workers, in microseconds, from processes in turns."""
    taken: dict[int, list[float]] = {1: [], WORKERS: []}
    for _ in range(repeats):
        for workers, found in taken.items():
            found.append(_in_a_process(CALLS, workers).overhead_us)
    return {workers: statistics.median(found) for workers, found in taken.items()}


def _growths(repeats: int) -> dict[int, int]:
    """Median growth of anonymous memory from few calls to many, by number of workers."""
    grown: dict[int, list[int]] = {1: [], WORKERS: []}
    for _ in range(repeats):
        for workers, found in grown.items():
            found.append(_in_a_process(MANY, workers).anonymous - _in_a_process(FEW, workers).anonymous)
    return {workers: int(statistics.median(found)) for workers, found in grown.items()}


def _reference_python() -> str | None:
    """An interpreter that the wheel can be installed for, without downloading one."""
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    versions = sorted((Path.home() / ".pyenv" / "versions").glob(f"{REFERENCE_PYTHON}.*/bin"), reverse=True)
    for folder in (*folders, *versions):
        program = folder / f"python{REFERENCE_PYTHON}"
        if (
            program.exists()
            and subprocess.run([program, "--version"], capture_output=True, check=False).returncode == 0
        ):
            return str(program)
    return None


def _reference(workers: int) -> tuple[float, float, float] | None:
    """The reference's overhead and its bare call in microseconds, and the median that it reports in milliseconds."""
    python, uv = _reference_python(), shutil.which("uv")
    if python is None or uv is None:
        return None
    with tempfile.TemporaryDirectory(prefix="worldflux-bench-") as folder:
        script = Path(folder) / "reference.py"
        script.write_text(_OF_REFERENCE, encoding="utf-8")
        environment = ["uv", "run", "--quiet", "--no-project", "--isolated", "--python", python, "--with", REFERENCE]
        command = [uv, *environment[1:], "python", str(script), str(REFERENCE_CALLS), str(workers)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    if done.returncode:
        return None
    overhead, bare, median = json.loads(done.stdout)
    return overhead, bare, median


def _reference_lines() -> str:
    lines = []
    for workers in (1, WORKERS):
        found = _reference(workers)
        if found is None:
            return f"  reference: {REFERENCE} cannot be installed here; {KNOWN_REFERENCE}\n"
        overhead, bare, median = found
        lines.append(
            f"  reference {REFERENCE}, {workers} at once: {overhead:.1f} us beside a call of {bare:.1f} us; "
            f"its report says p50 = {median:g} ms\n"
        )
    return "".join(lines)


def compare(repeats: int, *, memory: bool) -> str:
    """Measure everything and return the lines to print."""
    overheads = _overheads(repeats)
    lines = [f"harness, {CALLS:,} calls that return at once, median of {repeats} processes\n"]
    for workers, target in ((1, TARGET_SERIAL), (WORKERS, TARGET_CONCURRENT)):
        found = overheads[workers]
        lines.append(
            f"  overhead, {workers} at once: {found:.2f} us a call   target {target:g} us: {verdict(found <= target)}\n"
        )
    if memory:
        for workers, grown in _growths(repeats).items():
            lines.append(
                f"  memory from {FEW:,} to {MANY:,} calls, {workers} at once: {grown / MIB:+.2f} MiB   "
                f"target {TARGET_GROWTH / MIB:g} MiB: {verdict(grown <= TARGET_GROWTH)}\n"
            )
    return "".join([*lines, _reference_lines()])


def main(arguments: list[str]) -> None:
    """Measure the harness."""
    parser = argparse.ArgumentParser(prog="python -m bench harness", description=main.__doc__)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--no-memory", action="store_true", help="leave out the runs of a million calls")
    parser.add_argument("--one", nargs=2, type=int, metavar=("CALLS", "WORKERS"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        print(json.dumps(take(*options.one)))
        return
    print(compare(options.repeats, memory=not options.no_memory))
