"""Pairs of small packages to compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Final

import msgspec

from tests.worldflux.auditing import bench
from tests.worldflux.results import layout_a, layout_b, write
from worldflux.audit.comparing.compare import compare
from worldflux.audit.comparing.shapes import Difference
from worldflux.audit.comparing.sides import Side, read_side
from worldflux.documents.evidence import Evidence

Outcomes = Sequence[bool]

_NUMBERS: Final = count()


def pattern(text: str) -> list[bool]:
    """Outcomes written as a text: `1` is a success."""
    return [letter == "1" for letter in text]


def first(successes: int, trials: int) -> list[bool]:
    """Outcomes of which the first ones are successes."""
    return [index < successes for index in range(trials)]


def pusht(
    folder: Path,
    *runs: Outcomes,
    starts: Sequence[int | None] = (1000, 2000, 3000),
    episodes: int = 0,
    settings: Sequence[str] = (),
    run_info: Sequence[str] = (),
) -> Path:
    """Audit runs of one task whose episodes carry environment seeds; no two calls give the same bytes."""
    place = bench(folder, *settings, seeds=range(len(runs)), episodes=episodes or len(runs[0]))
    inputs = []
    for number, (outcomes, start) in enumerate(zip(runs, starts, strict=False)):
        result = layout_a(outcomes, start_seed=start)
        result["aggregated"]["eval_s"] = 100.5 + next(_NUMBERS)
        inputs.append(write(folder / f"run{number}" / "eval_info.json", result))
    return place.audit(*inputs, run_info=run_info).folder


def tasks(
    folder: Path,
    outcomes: Mapping[str, Outcomes],
    *,
    episodes: int = 0,
    benchmark: str = "bench",
    settings: Sequence[str] = (),
) -> Path:
    """Audit one run of several tasks whose initial states nobody knows."""
    planned = episodes or max(map(len, outcomes.values()))
    place = bench(folder, *settings, tasks=[f"{name}/0" for name in outcomes], episodes=planned, benchmark=benchmark)
    result = layout_b({(name, 0): own for name, own in outcomes.items()})
    result["overall"]["eval_s"] = 100.5 + next(_NUMBERS)
    return place.audit(write(folder / "run" / "eval_info.json", result)).folder


def compared(left: Path, right: Path, **options: object) -> Difference:
    """Compare two packages."""
    return compare(read_side(left), read_side(right), **options)  # type: ignore[arg-type]


def alone(path: Path, **lost: int) -> Side:
    """The evidence of a package without its members, with some numbers of its denominator replaced."""
    evidence: Evidence = read_side(path).evidence
    denominator = msgspec.structs.replace(evidence.denominator, **lost)
    return Side(msgspec.structs.replace(evidence, denominator=denominator), None, None, None, ())


def codes(difference: Difference) -> list[str]:
    """Codes of the findings."""
    return [finding.code for finding in difference.findings]


def message(difference: Difference, code: str) -> str:
    """The message of the only finding with this code."""
    (found,) = (finding.message for finding in difference.findings if finding.code == code)
    return found
