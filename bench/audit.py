"""`worldflux audit run lerobot` against the reference: throughput and memory, for each layout.

Before anything is timed, the output of both is compared line by line: a ratio between programs that do not do the same
work says nothing.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.generate import EPISODES, GROUP_B, START_SEED, TASK_A, TASKS_B, Layout, generate
from bench.measure import MIB, WORLDFLUX, Measurement, interleaved, median_of, run, verdict
from worldflux.claims.drafting import draft

TARGET_RATIO: Final = 5.0
TARGET_MEMORY: Final = 100 * MIB
REPEATS: Final = 5

OURS: Final = "worldflux audit run"
REFERENCE: Final = "reference"
START: Final = "start"
REFERENCE_START: Final = "reference's start"

# The libraries that `audit run` loads, and nothing of the project.
_IMPORTS: Final = "import click, msgspec, rfc8785, ulid, numpy, scipy.special"
_REFERENCE_IMPORTS: Final = "import argparse, dataclasses, hashlib, json, pathlib, statistics"


@dataclass(frozen=True)
class Case:
    """One generated file with its claim, ready to be audited."""

    layout: Layout
    folder: Path
    episodes: int

    @property
    def source(self) -> Path:
        return self.folder / f"layout_{self.layout}" / "eval_info.json"

    @property
    def package(self) -> Path:
        return self.folder / f"package_{self.layout}"

    @property
    def reference_output(self) -> Path:
        return self.folder / f"reference_{self.layout}"

    def audit_command(self) -> list[str | Path]:
        claim = self.folder / f"claim_{self.layout}"
        return [
            *(WORLDFLUX, "audit", "run", "lerobot", "--quiet", "--from", self.source, "--output", self.package),
            *("--claim", claim / "claim.json", "--protocol", claim / "protocol.json"),
            *("--run-info", f"start_seed={START_SEED}"),
        ]

    def reference_command(self) -> list[str | Path]:
        return [
            *(sys.executable, "-m", "bench.reference", self.source, "--output", self.reference_output),
            *("--task", TASK_A, "--run-seed", str(START_SEED), "--start-seed", str(START_SEED)),
        ]


def prepare(layout: Layout, folder: Path, episodes: int) -> Case:
    """Write the result file, and a claim and a protocol that plan exactly its episodes."""
    case = Case(layout, folder, episodes)
    case.source.parent.mkdir()
    generate(layout, case.source, episodes)
    template, suite, tasks = ("pusht", TASK_A.partition("/")[0], 1) if layout == "A" else ("libero", GROUP_B, TASKS_B)
    drafted = draft(
        f"lerobot-{template}",
        [
            f"protocol.execution.seeds=[{START_SEED}]",
            f"protocol.execution.episodes_per_task={episodes // tasks}",
            f'protocol.benchmark.task_list=["{suite}"]',
        ],
    )
    claim = folder / f"claim_{layout}"
    claim.mkdir()
    (claim / "claim.json").write_bytes(drafted.claim)
    (claim / "protocol.json").write_bytes(drafted.protocol)
    return case


def verify(case: Case, bytecode: Path) -> None:
    """Run both once and compare what they wrote; end the process where it differs."""
    run(case.audit_command(), bytecode)
    compared = subprocess.run([*case.reference_command(), "--verify", case.package], check=False)
    if compared.returncode:
        sys.exit("the reference and worldflux do not say the same; nothing was measured")


def compare(case: Case, bytecode: Path, repeats: int) -> str:
    """Measure one layout and return the lines to print."""

    def into(output: Path, command: list[str | Path]) -> Callable[[], Measurement]:
        def measure() -> Measurement:
            shutil.rmtree(output, ignore_errors=True)
            return run(command, bytecode, sample_memory=True)

        return measure

    taken = interleaved(
        {
            OURS: into(case.package, case.audit_command()),
            REFERENCE: into(case.reference_output, case.reference_command()),
            START: lambda: run([sys.executable, "-c", _IMPORTS], bytecode, sample_memory=True),
            REFERENCE_START: lambda: run([sys.executable, "-c", _REFERENCE_IMPORTS], bytecode),
        },
        repeats,
    )
    return _report(case, {name: median_of(measurements) for name, measurements in taken.items()}, taken)


def _report(case: Case, medians: dict[str, Measurement], taken: dict[str, list[Measurement]]) -> str:
    ours, reference = medians[OURS], medians[REFERENCE]
    start, reference_start = medians[START], medians[REFERENCE_START]
    net, reference_net = ours.wall - start.wall, reference.wall - reference_start.wall
    cpu_ratio = (reference.cpu - reference_start.cpu) / (ours.cpu - start.cpu)
    pairs = zip(taken[REFERENCE], taken[OURS], strict=True)
    per_turn = sorted(theirs.wall / mine.wall for theirs, mine in pairs)
    memory = ours.anonymous - start.anonymous
    table = "".join(
        f"  {name:20} {median.wall:7.2f} {median.cpu:7.2f} {_mib(median.anonymous)} {_mib(median.resident)}\n"
        for name, median in medians.items()
    )
    return (
        f"layout {case.layout}, {case.episodes:,} episodes, {case.source.stat().st_size / 1e6:.0f} MB, "
        f"median of {len(per_turn)}, load {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores\n"
        f"  {'':20} wall s   cpu s  RssAnon   VmHWM MiB\n{table}"
        f"  episodes/s net of start  {case.episodes / net:,.0f} against {case.episodes / reference_net:,.0f}\n"
        f"  ratio net of start       {reference_net / net:.2f}x   "
        f"target {TARGET_RATIO:g}x: {verdict(reference_net / net >= TARGET_RATIO)} (of cpu time {cpu_ratio:.2f}x)\n"
        f"  ratio of whole processes {reference.wall / ours.wall:.2f}x   "
        f"(turn by turn {per_turn[0]:.2f} to {per_turn[-1]:.2f})\n"
        f"  anonymous memory         {memory / MIB:.0f} MiB above start   "
        f"target {TARGET_MEMORY // MIB} MiB: {verdict(memory <= TARGET_MEMORY)}\n"
    )


def _mib(size: int) -> str:
    return f"{size / MIB:9.1f}" if size else f"{'-':>9}"


def main(arguments: list[str]) -> None:
    """Measure both layouts."""
    parser = argparse.ArgumentParser(prog="python -m bench audit", description=main.__doc__)
    parser.add_argument("--episodes", type=int, default=EPISODES)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--layout", choices=["A", "B"], action="append")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="worldflux-bench-") as name:
        folder = Path(name)
        for layout in options.layout or ("A", "B"):
            case = prepare(layout, folder, options.episodes)
            verify(case, folder / "bytecode")
            print(compare(case, folder / "bytecode", options.repeats), flush=True)
