"""What a person waits for who asks `worldforge`: help, presets, the quickest benchmark, and a thousand kept runs.

The runs are written by the code that keeps every run: one real benchmark of `mock`, and for each run its numbers scaled
by another factor, so that no two of them have a file in common.

The published wheel of the harness whose formats these are has `--help` and `benchmark`, but none of the commands about
runs: `--reference FOLDER/bin/worldforge` measures these two in turns with ours. For the others stands what its checkout
took once, on such a machine.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from bench.measure import WORLDFORGE, Measurement, interleaved, median_of, run, verdict
from worldforge.benchmark.envelope import timing_digest
from worldforge.benchmark.harness import ProviderBenchmarkHarness
from worldforge.benchmark.report import BenchmarkReport, BenchmarkResult, Block
from worldforge.forge.facade import WorldForge
from worldforge.provenance import Provenance
from worldforge.runs.benchmark_run import keep_benchmark
from worldforge.runs.workspace import RunWorkspace

RUNS: Final = 1000
REPEATS: Final = 5
START_REPEATS: Final = 15
ITERATIONS: Final = 40
# `--help` and `--list-presets` may take three bare interpreters and this much more.
TARGET_FACTOR: Final = 3.0
TARGET_EXTRA: Final = 0.060
TARGET_SMOKE: Final = 2.0

BARE: Final = "python -c pass"
HELP: Final = "worldforge --help"
PRESETS: Final = "worldforge benchmark --list-presets"
SMOKE: Final = "worldforge benchmark --preset mock-smoke"
OLD_HELP: Final = "reference: --help"
OLD_SMOKE: Final = "reference: benchmark, 5 iterations"

COMPARE: Final = "runs compare, json"
BUNDLE: Final = "generate_evidence_bundle.py"
LIST: Final = "runs list"
INDEX: Final = "runs index, json"
TARGETS: Final = {COMPARE: 1.0, BUNDLE: 3.0}
OF_THE_REFERENCE: Final = {COMPARE: 6.75, BUNDLE: 16.0, LIST: 0.31, INDEX: 0.53}

_BUNDLE_SCRIPT: Final = Path(__file__).resolve().parent.parent / "scripts" / "generate_evidence_bundle.py"


def thousand_runs(workspace: Path, count: int) -> None:
    """Keep a benchmark many times, with other numbers each time."""
    report = ProviderBenchmarkHarness(forge=WorldForge()).run("mock", iterations=ITERATIONS)
    argv = ["worldforge", "benchmark", "--provider", "mock", "--iterations", str(ITERATIONS)]
    for number in range(count):
        scaled = _scaled(report, 1 + number / count)
        with RunWorkspace.create(
            workspace,
            kind="benchmark",
            argv=argv,
            provider="mock",
            operation=",".join(result.operation for result in report.results),
            input_summary={"iterations": ITERATIONS},
        ) as kept:
            keep_benchmark(kept, scaled)


def _scaled(report: BenchmarkReport, factor: float) -> BenchmarkReport:
    results = [_scaled_result(result, factor) for result in report.results]
    origin = report.provenance
    assert isinstance(origin, Provenance)
    origin = msgspec.structs.replace(origin, timing_digest=timing_digest(results))
    return msgspec.structs.replace(report, results=results, provenance=origin)


def _scaled_result(result: BenchmarkResult, factor: float) -> BenchmarkResult:
    changes: dict[str, Any] = {
        name: value * factor
        for name in result.__struct_fields__
        if name.endswith("_ms") and isinstance(value := getattr(result, name), float)
    }
    if isinstance(result.blocks, list):
        changes["blocks"] = [_scaled_block(block, factor) for block in result.blocks]
    return msgspec.structs.replace(result, **changes, throughput_per_second=result.throughput_per_second / factor)


def _scaled_block(block: Block, factor: float) -> Block:
    numbers = {name: getattr(block, name) for name in ("mean_ms", "p50_ms", "p95_ms")}
    return msgspec.structs.replace(
        block, **{name: None if number is None else number * factor for name, number in numbers.items()}
    )


def start_up(folder: Path, repeats: int, reference: str | None) -> str:
    """Measure what is asked without any run, and return the lines to print."""
    bytecode = folder / "bytecode"
    commands: dict[str, list[str | Path]] = {
        BARE: [sys.executable, "-c", "pass"],
        HELP: [WORLDFORGE, "--help"],
        PRESETS: [WORLDFORGE, "benchmark", "--list-presets"],
        SMOKE: [WORLDFORGE, "benchmark", "--preset", "mock-smoke", "--format", "json", "--quiet"],
    }
    if reference is not None:
        commands[OLD_HELP] = [reference, "--help"]
        mock = ["benchmark", "--provider", "mock", "--operation", "predict", "--iterations", "5", "--format", "json"]
        commands[OLD_SMOKE] = [reference, *mock]
    taken = interleaved({name: partial(run, command, bytecode) for name, command in commands.items()}, repeats)
    medians = {name: median_of(measurements) for name, measurements in taken.items()}
    bare, help_, presets, smoke = (medians[name].wall for name in (BARE, HELP, PRESETS, SMOKE))
    allowed = TARGET_FACTOR * bare + TARGET_EXTRA
    return (
        f"start-up of worldforge, median of {repeats}, load {os.getloadavg()[0]:.1f}\n"
        f"  {'':42}   wall    cpu ms\n"
        + "".join(_milliseconds(name, row) for name, row in medians.items())
        + f"  --help          {help_ * 1000:.0f} ms, allowed {allowed * 1000:.0f} ms: {verdict(help_ <= allowed)}\n"
        f"  --list-presets  {presets * 1000:.0f} ms, allowed {allowed * 1000:.0f} ms: {verdict(presets <= allowed)}\n"
        f"  mock-smoke      {smoke * 1000:.0f} ms, allowed {TARGET_SMOKE * allowed * 1000:.0f} ms: "
        f"{verdict(smoke <= TARGET_SMOKE * allowed)}   ({smoke / help_:.2f}x --help)\n"
    )


def _milliseconds(name: str, row: Measurement) -> str:
    return f"  {name:42} {row.wall * 1000:6.0f} {row.cpu * 1000:7.0f}\n"


def kept_runs(folder: Path, count: int, repeats: int) -> str:
    """Measure the commands about runs, and return the lines to print."""
    workspace = folder / "workspace"
    thousand_runs(workspace, count)
    runs = sorted((workspace / "runs").iterdir())
    target = folder / "bundle"
    commands: dict[str, list[str | Path]] = {
        COMPARE: [WORLDFORGE, "runs", "compare", *runs, "--format", "json"],
        BUNDLE: [sys.executable, _BUNDLE_SCRIPT, "--workspace-dir", workspace, "--output", target, "--overwrite"],
        LIST: [WORLDFORGE, "runs", "list", "--workspace-dir", workspace],
        INDEX: [WORLDFORGE, "runs", "index", "--workspace-dir", workspace, "--format", "json"],
    }
    measures = {name: partial(run, command, folder / "bytecode") for name, command in commands.items()}
    medians = {name: median_of(measurements) for name, measurements in interleaved(measures, repeats).items()}
    size = sum(path.stat().st_size for path in workspace.rglob("*") if path.is_file())
    return (
        f"{count:,} runs of {size / count / 1000:.0f} kB, median of {repeats}, load {os.getloadavg()[0]:.1f}\n"
        f"  {'':32} wall s   cpu s  reference's checkout\n"
        + "".join(_seconds(name, row) for name, row in medians.items())
    )


def _seconds(name: str, row: Measurement) -> str:
    target = f"   target {TARGETS[name]:g} s: {verdict(row.wall < TARGETS[name])}" if name in TARGETS else ""
    return f"  {name:32} {row.wall:6.2f} {row.cpu:7.2f} {OF_THE_REFERENCE[name]:10.2f}{target}\n"


def main(arguments: list[str]) -> None:
    """Measure what `worldforge` takes to answer."""
    parser = argparse.ArgumentParser(prog="python -m bench runs", description=main.__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--reference", metavar="COMMAND", help="Another `worldforge`, to measure beside.")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="worldforge-bench-") as name:
        os.chdir(name)  # reports of the quick benchmark are kept under .worldforge/ here
        print(start_up(Path(name), max(START_REPEATS, options.repeats), options.reference), flush=True)
        print(kept_runs(Path(name), options.runs, options.repeats), flush=True)
