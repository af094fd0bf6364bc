"""Run the comparisons: `python -m bench [NAME ...]`; all of them where none is named.

With a single name, options go to it: `python -m bench audit --layout B --episodes 100000`.
"""

from __future__ import annotations

import sys
from typing import Final

from bench import audit, evaluation, harness, hashing, plans, regression, runs, sources, startup, statistics, verify

COMPARISONS: Final = {
    "audit": audit.main,
    "evaluation": evaluation.main,
    "harness": harness.main,
    "hashing": hashing.main,
    "plans": plans.main,
    "regression": regression.main,
    "runs": runs.main,
    "sources": sources.main,
    "startup": startup.main,
    "statistics": statistics.main,
    "verify": verify.main,
}


def main(arguments: list[str]) -> None:
    """Run what is named, in the order given."""
    names = [argument for argument in arguments if not argument.startswith("-")]
    if len(names) != len(arguments) and arguments[0] in COMPARISONS:
        COMPARISONS[arguments[0]](arguments[1:])
        return
    unknown = [name for name in arguments if name not in COMPARISONS]
    if unknown:
        sys.exit(f"{__doc__}\nNames: {', '.join(COMPARISONS)}")
    for name in names or COMPARISONS:
        COMPARISONS[name]([])


if __name__ == "__main__":
    main(sys.argv[1:])
