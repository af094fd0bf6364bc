"""A plan, a run sheet and a packet of many cells, by the commands that a person types, against a minute each.

The evidence is the run sheet's own table, filled in (an episode in a thousand is left out) and imported. Before
anything is timed, the packet has to account for every cell.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

from bench.measure import MIB, WORLDFLUX, Measurement, interleaved, median_of, run, verdict

CELLS: Final = 1_000_000
TASKS: Final = 1000
REPEATS: Final = 3
TARGET_SECONDS: Final = 60
TARGET_MEMORY: Final = 100 * MIB
EXAMPLES: Final = Path(__file__).resolve().parent.parent / "examples"
PROBE: Final = "customer-tabletop"
START: Final = "start"

# The libraries that the commands load, and nothing of the project.
_IMPORTS: Final = (
    "import click, msgspec, rfc8785, ulid, numpy, scipy.special; from cryptography.hazmat.primitives import hashes"
)
_LEFT_OUT: Final = 1000


def plan_of(folder: Path) -> list[str | Path]:
    """The command that plans."""
    pair: list[str | Path] = ["--profile", folder / "profile.json", "--custom-eval-contract", folder / "contract.json"]
    seed = ["--seed", "1234", "--seed-source", "operator_supplied"]
    return [
        *(WORLDFLUX, "eval-portfolio", "plan", "--quiet", "--overwrite"),
        *(*pair, *seed, "--output", folder / "plan.json"),
    ]


def sheet_of(folder: Path, table: str) -> list[str | Path]:
    """The command that writes the run sheet, with the table to fill in."""
    sheet: list[str | Path] = ["--output", folder / "run_sheet.md", "--run-sheet-json", folder / "run_sheet.json"]
    return [
        *(WORLDFLUX, "eval-portfolio", "render-run-sheet", "--quiet", "--overwrite"),
        *("--plan", folder / "plan.json", *sheet, "--csv", folder / table / "run_sheet.csv"),
    ]


def packet_of(folder: Path) -> list[str | Path]:
    """The command that holds the evidence against the plan."""
    return [
        *(WORLDFLUX, "eval-portfolio", "packet", "--quiet", "--overwrite", "--plan", folder / "plan.json"),
        *("--audit-input", f"{PROBE}={folder / 'audit_input.json'}"),
        *("--output", folder / "packet.md", "--packet-json", folder / "packet.json"),
    ]


def prepare(folder: Path, cells: int, bytecode: Path) -> None:
    """Plan once, fill in the table, import it, and make the packet; the process ends where a cell is not told of.

    Raises:
        SystemExit: The packet does not account for every cell.
    """
    _write_inputs(folder, cells)
    run(plan_of(folder), bytecode)
    run(sheet_of(folder, "week"), bytecode)
    lost = _fill_in(folder / "week" / "run_sheet.csv")
    _import(folder)
    run(packet_of(folder), bytecode)
    found = _read(folder / "packet.json")["conformance"]
    if (found["planned"], found["missing"]) != (cells, lost):
        sys.exit(f"the packet is wrong: {found}")


def _write_inputs(folder: Path, cells: int) -> None:
    profile = _read(EXAMPLES / "eval-profile.json") | {"simulator_family": "own-bench"}
    contract = _read(EXAMPLES / "custom-eval-contract.json") | {
        "probe_id": PROBE,
        "tasks": [{"task": f"task-{number:04}"} for number in range(TASKS)],
        "episodes_per_task": cells // TASKS,
    }
    for name, value in (("profile.json", profile), ("contract.json", contract)):
        (folder / name).write_text(json.dumps(value), encoding="utf-8")


def _fill_in(path: Path) -> int:
    """Fill in the table, and say how many rows were left out."""
    filled, left_out = path.with_suffix(".filled"), 0
    with path.open(newline="") as table, filled.open("w", newline="") as written:
        rows, writer = csv.reader(table), csv.writer(written)
        header = next(rows)
        writer.writerow(header)
        outcome, planned, used, ended = map(header.index, ("outcome", "planned_seed", "seed_used", "ended_at"))
        for number, row in enumerate(rows):
            if number % _LEFT_OUT == 0:
                left_out += 1
                continue
            row[outcome] = "success" if number % 5 else "failure"
            row[used], row[ended] = row[planned], "2026-11-23T09:00Z"
            writer.writerow(row)
    filled.replace(path)
    return left_out


def _import(folder: Path) -> None:
    look = [WORLDFLUX, "audit", "import", "run-folder", "--from", str(folder / "week")]
    told = subprocess.run([*look, "--dry-run", "--format", "json"], capture_output=True, check=True).stdout
    (candidate,) = json.loads(told)["candidates"]
    output = ["--select-run", candidate["candidate_id"], "--output", str(folder / "audit_input.json"), "--quiet"]
    subprocess.run([*look, *output], check=True)


def _read(path: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(path.read_bytes())
    return value


def compare(folder: Path, cells: int, bytecode: Path, repeats: int) -> str:
    """Measure the three commands and return the lines to print."""
    commands: dict[str, list[str | Path]] = {
        "plan": plan_of(folder),
        "render-run-sheet": sheet_of(folder, "again"),
        "packet": packet_of(folder),
        START: [sys.executable, "-c", _IMPORTS],
    }
    variants: dict[str, Callable[[], Measurement]] = {
        name: partial(run, command, bytecode, sample_memory=True) for name, command in commands.items()
    }
    medians = {name: median_of(taken) for name, taken in interleaved(variants, repeats).items()}
    ours = {name: row for name, row in medians.items() if name != START}
    slowest = max(row.wall for row in ours.values())
    memory = max(row.anonymous for row in ours.values()) - medians[START].anonymous
    rows = "".join(
        f"  {name:24} {row.wall:6.2f} {row.cpu:7.2f} {row.anonymous / MIB:12.1f}\n" for name, row in medians.items()
    )
    return (
        f"{cells:,} planned cells of {TASKS:,} tasks, median of {repeats}, "
        f"load {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores\n"
        f"  {'':24} wall s   cpu s  RssAnon MiB\n{rows}"
        f"  slowest                  {slowest:.1f} s   target {TARGET_SECONDS} s: {verdict(slowest < TARGET_SECONDS)}\n"
        f"  anonymous memory         {memory / MIB:.0f} MiB above start   "
        f"target {TARGET_MEMORY // MIB} MiB: {verdict(memory <= TARGET_MEMORY)}\n"
    )


def main(arguments: list[str]) -> None:
    """Measure plans and packets."""
    parser = argparse.ArgumentParser(prog="python -m bench plans", description=main.__doc__)
    parser.add_argument("--cells", type=int, default=CELLS)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    options = parser.parse_args(arguments)
    cells = options.cells // TASKS * TASKS
    with tempfile.TemporaryDirectory(prefix="worldflux-bench-") as name:
        folder = Path(name)
        prepare(folder, cells, folder / "bytecode")
        print(compare(folder, cells, folder / "bytecode", options.repeats), flush=True)
