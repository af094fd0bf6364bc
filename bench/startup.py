"""What a person waits for who only asks: `worldflux --help`, and `worldflux evidence inspect` of a small package.

`claim check` and the audit of a small file are shown beside them, without a target.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Final

from bench.audit import prepare
from bench.measure import WORLDFLUX, interleaved, median_of, run, verdict

REPEATS: Final = 15
EPISODES: Final = 500
# `--help` may take three bare interpreters and this much more.
TARGET_FACTOR: Final = 3.0
TARGET_EXTRA: Final = 0.060
TARGET_INSPECT: Final = 2.5

BARE: Final = "python -c pass"
HELP: Final = "worldflux --help"
INSPECT: Final = "worldflux evidence inspect"
CHECK: Final = "worldflux claim check"
AUDIT: Final = "worldflux audit run"


def compare(folder: Path, repeats: int) -> str:
    """Measure the commands in turns and return the lines to print."""
    bytecode = folder / "bytecode"
    case = prepare("B", folder, EPISODES)
    run(case.audit_command(), bytecode)
    commands: dict[str, list[str | Path]] = {
        BARE: [sys.executable, "-c", "pass"],
        HELP: [WORLDFLUX, "--help"],
        INSPECT: [WORLDFLUX, "evidence", "inspect", case.package],
        CHECK: [WORLDFLUX, "claim", "check", *(folder / "claim_B" / name for name in ("claim.json", "protocol.json"))],
        AUDIT: [*case.audit_command(), "--overwrite"],
    }
    taken = interleaved({name: partial(run, command, bytecode) for name, command in commands.items()}, repeats)
    medians = {name: median_of(measurements) for name, measurements in taken.items()}
    bare, help_, inspect = (medians[name].wall for name in (BARE, HELP, INSPECT))
    allowed = TARGET_FACTOR * bare + TARGET_EXTRA
    rows = "".join(f"  {name:28} {row.wall * 1000:6.0f} {row.cpu * 1000:6.0f}\n" for name, row in medians.items())
    return (
        f"start-up, package of {EPISODES} episodes, median of {repeats}\n"
        f"  {'':28}   wall    cpu ms\n{rows}"
        f"  --help   {help_ * 1000:.0f} ms, {help_ / bare:.1f}x bare   "
        f"target {TARGET_FACTOR:g}x bare + {TARGET_EXTRA * 1000:.0f} ms = {allowed * 1000:.0f} ms: "
        f"{verdict(help_ <= allowed)}\n"
        f"  inspect  {inspect / help_:.2f}x --help   "
        f"target {TARGET_INSPECT:g}x: {verdict(inspect <= TARGET_INSPECT * help_)}\n"
    )


def main(arguments: list[str]) -> None:
    """Measure start-up."""
    parser = argparse.ArgumentParser(prog="python -m bench startup", description=main.__doc__)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="worldflux-bench-") as name:
        print(compare(Path(name), options.repeats))
