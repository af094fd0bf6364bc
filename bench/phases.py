"""One audit that says how its CPU time divides: `python -m bench.phases FILE audit run lerobot ...`.

The libraries that an audit imports are imported first, so that their price, the same for one episode and for a million,
stands apart. Everything from the last counted episode to the end of the process's work is called statistics here,
although the writing of the package's documents is in it.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any


def main(output: str, arguments: list[str]) -> None:
    """Run the command and write the CPU seconds of its parts."""
    before = time.process_time()
    import numpy  # noqa: F401
    import scipy.special  # noqa: F401

    imported = time.process_time()
    from worldflux.audit import run
    from worldflux.audit.rules import v1 as rules
    from worldflux.cli import cli

    counted = _timed(run, "write_streams")
    stopping = _timed(rules, "stopping_of")
    cli(arguments, standalone_mode=False)
    ended = time.process_time()
    parts = {
        "libraries": imported - before,
        "audit": ended - imported,
        "statistics": ended - counted["ended"],
        "e_process": stopping["ended"] - stopping["started"],
    }
    Path(output).write_text(json.dumps(parts))


def _timed(module: Any, name: str) -> dict[str, float]:
    """Have a function note when it was last called and when it returned."""
    function, noted = getattr(module, name), {}

    def timed(*arguments: Any, **options: Any) -> Any:
        noted["started"] = time.process_time()
        result = function(*arguments, **options)
        noted["ended"] = time.process_time()
        return result

    setattr(module, name, timed)
    return noted


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
