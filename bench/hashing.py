"""`worldbase.digest.of_files` against the hashing of model-signing: a tree of 10,000 files of 100 KB.

Both hash the same tree by SHA-256 and are asked for the digest of every file; before anything is timed, the digests are
compared file by file. model-signing is in the extra `bench`.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from bench.measure import Measurement, interleaved, median_of, run, verdict

FILES: Final = 10_000
BYTES: Final = 100_000
TARGET: Final = 2.0
REPEATS: Final = 5
_FILES_IN_FOLDER: Final = 500

OURS: Final = "worldbase.digest.of_files"
THEIRS: Final = "model-signing"
OUR_START: Final = "worldbase's start"
THEIR_START: Final = "model-signing's start"


def write_tree(folder: Path, files: int, size: int) -> None:
    """Write files of random bytes, some hundred in each folder."""
    drawn = random.Random(0)
    for number in range(files):
        place = folder / f"{number // _FILES_IN_FOLDER:03}"
        place.mkdir(exist_ok=True)
        (place / f"{number:05}.bin").write_bytes(drawn.randbytes(size))


def by_worldbase(folder: Path) -> dict[str, str]:
    """Hexadecimal digest of each file by its path in the tree."""
    from worldbase import digest

    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    digests = digest.of_files(paths)
    return {
        path.relative_to(folder).as_posix(): value.removeprefix("sha256:")
        for path, value in zip(paths, digests, strict=True)
    }


def by_model_signing(folder: Path) -> dict[str, str]:
    """The same by model-signing as it is configured by default: file by file, SHA-256, as many workers as it likes."""
    from model_signing import hashing  # type: ignore[import-not-found, import-untyped, unused-ignore]

    manifest = hashing.Config().use_file_serialization(hashing_algorithm="sha256").hash(folder)
    return {entry.identifier: entry.digest.digest_hex for entry in manifest.resource_descriptors()}


HASHING: Final[dict[str, Callable[[Path], dict[str, str]]]] = {OURS: by_worldbase, THEIRS: by_model_signing}


def require_same_digests(folder: Path) -> None:
    """End the process where the two do not give the same digests of the same files."""
    found = [
        json.loads(subprocess.run([*_command(name, folder), "--print"], check=True, capture_output=True).stdout)
        for name in HASHING
    ]
    if found[0] != found[1] or not found[0]:
        sys.exit("worldbase and model-signing do not give the same digests; nothing was measured")


def _command(name: str, folder: Path) -> list[str | Path]:
    return [sys.executable, "-m", "bench.hashing", "--only", name, "--tree", folder]


def compare(folder: Path, bytecode: Path, files: int, repeats: int) -> str:
    """Measure both on a tree and return the lines to print."""
    starts = {OUR_START: "import worldbase.digest", THEIR_START: "import model_signing.hashing"}
    taken = interleaved(
        {
            **{name: partial(run, _command(name, folder), bytecode) for name in HASHING},
            **{name: partial(run, [sys.executable, "-c", code], bytecode) for name, code in starts.items()},
        },
        repeats,
    )
    return _report(files, {name: median_of(measurements) for name, measurements in taken.items()}, taken)


def _report(files: int, medians: dict[str, Measurement], taken: dict[str, list[Measurement]]) -> str:
    rows = "".join(f"  {name:28} {row.wall:6.2f} {row.cpu:7.2f}\n" for name, row in medians.items())
    net = (medians[THEIRS].wall - medians[THEIR_START].wall) / (medians[OURS].wall - medians[OUR_START].wall)
    per_turn = sorted(theirs.wall / ours.wall for theirs, ours in zip(taken[THEIRS], taken[OURS], strict=True))
    return (
        f"hashing {files:,} files of {BYTES:,} bytes, read from the page cache, median of {len(per_turn)}, "
        f"load {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores\n"
        f"  {'':28} wall s  cpu s\n{rows}"
        f"  ratio net of start       {net:.2f}x   target {TARGET:g}x: {verdict(net >= TARGET)}\n"
        f"  ratio of whole processes {medians[THEIRS].wall / medians[OURS].wall:.2f}x   "
        f"(turn by turn {per_turn[0]:.2f} to {per_turn[-1]:.2f})\n"
    )


def main(arguments: list[str]) -> None:
    """Measure hashing, or hash one tree for a measurement."""
    parser = argparse.ArgumentParser(prog="python -m bench hashing", description=main.__doc__)
    parser.add_argument("--files", type=int, default=FILES)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--only", choices=list(HASHING), help=argparse.SUPPRESS)
    parser.add_argument("--tree", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--print", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.only:
        digests = HASHING[options.only](options.tree)
        if options.print:
            print(json.dumps(digests))
        return
    if importlib.util.find_spec("model_signing") is None:
        print("hashing: model-signing is not installed (extra `bench`); nothing was measured\n")
        return
    with tempfile.TemporaryDirectory(prefix="worldflux-bench-") as name:
        tree = Path(name) / "tree"
        tree.mkdir()
        write_tree(tree, options.files, BYTES)
        require_same_digests(tree)
        print(compare(tree, Path(name) / "bytecode", options.files, options.repeats), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
