"""`worldflux audit verify` against the `audit run` that made the package, and against `worldflux --help`.

The package is audited, signed and verified by the commands that a person types. Before anything is timed, the
verification has to pass: exit code 0, every gate.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from bench.audit import Case, prepare
from bench.measure import MIB, WORLDFLUX, Measurement, interleaved, median_of, run, verdict

EPISODES: Final = 1_000_000
SMALL: Final = 10_000
REPEATS: Final = 5
SMALL_REPEATS: Final = 15
TARGET_OF_AUDIT: Final = 1.5
TARGET_OF_HELP: Final = 10.0
TARGET_MEMORY: Final = 100 * MIB

VERIFY: Final = "worldflux audit verify"
AUDIT: Final = "worldflux audit run"
HELP: Final = "worldflux --help"
START: Final = "start"

# The libraries that `audit verify` loads, and nothing of the project.
_IMPORTS: Final = (
    "import click, msgspec, rfc8785, ulid, numpy, scipy.special; "
    "from cryptography.hazmat.primitives import serialization"
)


def signed(folder: Path, episodes: int, bytecode: Path) -> Case:
    """Audit, sign and verify once; the process ends where the package does not verify."""
    folder.mkdir()
    case = prepare("A", folder, episodes)
    run(case.audit_command(), bytecode)
    run([WORLDFLUX, "audit", "sign", "--quiet", case.package], bytecode)
    run(_verify(case), bytecode)
    return case


def _verify(case: Case) -> list[str | Path]:
    return [WORLDFLUX, "audit", "verify", "--quiet", "--no-state", case.package]


def compare_with_audit(case: Case, bytecode: Path, repeats: int) -> str:
    """Measure a big package and return the lines to print."""
    again = case.folder / "again"

    def audit() -> Measurement:
        shutil.rmtree(again, ignore_errors=True)
        command = [again if part == case.package else part for part in case.audit_command()]
        return run(command, bytecode, sample_memory=True)

    variants: dict[str, Callable[[], Measurement]] = {
        VERIFY: partial(run, _verify(case), bytecode, sample_memory=True),
        AUDIT: audit,
        START: partial(run, [sys.executable, "-c", _IMPORTS], bytecode, sample_memory=True),
    }
    taken = interleaved(variants, repeats)
    medians = {name: median_of(measurements) for name, measurements in taken.items()}
    ratio = medians[VERIFY].wall / medians[AUDIT].wall
    memory = medians[VERIFY].anonymous - medians[START].anonymous
    per_turn = sorted(ours.wall / audit.wall for ours, audit in zip(taken[VERIFY], taken[AUDIT], strict=True))
    return (
        f"verification of {case.episodes:,} episodes, layout A, median of {repeats}, "
        f"load {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores\n"
        f"  {'':24} wall s   cpu s  RssAnon MiB\n"
        + "".join(
            f"  {name:24} {row.wall:6.2f} {row.cpu:7.2f} {row.anonymous / MIB:12.1f}\n" for name, row in medians.items()
        )
        + f"  of the audit's time      {ratio:.2f}x   target {TARGET_OF_AUDIT:g}x: "
        f"{verdict(ratio <= TARGET_OF_AUDIT)} (turn by turn {per_turn[0]:.2f} to {per_turn[-1]:.2f})\n"
        f"  anonymous memory         {memory / MIB:.0f} MiB above start   "
        f"target {TARGET_MEMORY // MIB} MiB: {verdict(memory <= TARGET_MEMORY)}\n"
    )


def compare_with_help(case: Case, bytecode: Path, repeats: int) -> str:
    """Measure a small package and return the lines to print."""
    commands: dict[str, list[str | Path]] = {HELP: [WORLDFLUX, "--help"], VERIFY: _verify(case)}
    taken = interleaved({name: partial(run, command, bytecode) for name, command in commands.items()}, repeats)
    medians = {name: median_of(measurements) for name, measurements in taken.items()}
    ratio = medians[VERIFY].wall / medians[HELP].wall
    judged = verdict(ratio < TARGET_OF_HELP)
    rows = "".join(f"  {name:24} {row.wall * 1000:6.0f} {row.cpu * 1000:7.0f}\n" for name, row in medians.items())
    return (
        f"verification of {case.episodes:,} episodes, median of {repeats}\n"
        f"  {'':24}   wall  cpu ms\n{rows}"
        f"  of the time of --help    {ratio:.1f}x   target under {TARGET_OF_HELP:g}x: {judged}\n"
    )


def main(arguments: list[str]) -> None:
    """Measure verification."""
    parser = argparse.ArgumentParser(prog="python -m bench verify", description=main.__doc__)
    parser.add_argument("--episodes", type=int, default=EPISODES)
    parser.add_argument("--small", type=int, default=SMALL)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="worldflux-bench-") as name:
        folder = Path(name)
        os.environ["WORLDFLUX_HOME"] = str(folder / "home")  # a key of its own, and nobody's state
        bytecode = folder / "bytecode"
        small = signed(folder / "small", options.small, bytecode)
        print(compare_with_help(small, bytecode, max(options.repeats, SMALL_REPEATS)), flush=True)
        big = signed(folder / "big", options.episodes, bytecode)
        print(compare_with_audit(big, bytecode, options.repeats), flush=True)
