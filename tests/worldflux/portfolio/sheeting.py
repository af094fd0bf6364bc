"""Plans that were written, and the run sheets of them."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from tests.worldflux.portfolio.planning_cases import request_of, small
from worldflux.documents.plan import PlanChoices
from worldflux.portfolio.plan_files import FrozenPlan, load_plan, write_plan
from worldflux.portfolio.planning import PlanRequest

FORBIDDEN: Final = r"(?i)\b(pass(es|ed|ing)?|certif\w*|deployab\w*|approv\w*)\b"
"""Words that would make a run sheet sound like a verdict."""

Row = dict[str, str]


def frozen_plan(folder: Path, request: PlanRequest | None = None) -> FrozenPlan:
    """A plan as it is read: four episodes of three tasks of a contract, unless another one is asked for."""
    path = folder / "plan.json"
    write_plan(request or small(), path)
    return load_plan(path)


def libero(**changes: Any) -> PlanRequest:
    """Two tasks along each axis of the probes that go with LIBERO, two episodes of each."""
    return request_of(choices=PlanChoices(probes=[], tasks_per_axis=2, episodes_per_task=2), **changes)


def fill_in(table: Path, fill: Callable[[int, Row], None]) -> list[Row]:
    """Fill a table in, as somebody in a spreadsheet would, and return its rows."""
    with table.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    for number, row in enumerate(rows):
        fill(number, row)
    with table.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return rows
