"""Findings that an author leaves out, changes or invents: both programs compute the same ones again."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from tests.tampering import AUTHOR_KEY, edit_json, rehash, resign
from tests.worldflux import results
from tests.worldflux.auditing import bench
from tests.worldflux.signed_packages import signed, trust_author, verified
from tests.worldflux.verify.elsewhere.node import Asked, ask, reports
from worldbase import document
from worldflux.audit.forensic_findings import concentrated_errors, dispersion_findings
from worldflux.documents.audit_input import Cell, OutcomeCounts
from worldflux.documents.evidence import Evidence
from worldflux.package import layout
from worldflux.package.render.v1 import markdown

TASKS: Final = [f"libero_spatial/{number}" for number in range(3)]
MIXED: Final = [index % 3 != 0 for index in range(24)]
Edit = Callable[[dict[str, Any], dict[str, Any]], None]


def run_of(folder: Path, outcomes: dict[int, list[bool]]) -> Path:
    """One run; its duration tells it from every other, whose bytes may not be the same."""
    written = results.layout_b({("libero_spatial", task): successes for task, successes in outcomes.items()})
    written["overall"]["eval_s"] = len(folder.name) + sum(map(ord, folder.name))
    results.write(folder / "eval_info.json", written)
    return folder


def copied(folder: Path) -> Path:
    """Two runs that are the same, of two tasks that are the same, from overlapping seeds; a third task is missing."""
    place = bench(folder, tasks=TASKS, seeds=[0, 1], episodes=20, benchmark="LIBERO")
    runs = [run_of(folder / f"run-{number}", {0: MIXED, 1: MIXED}) for number in range(2)]
    place.audit(*runs, run_info=["1:start_seed=0", "2:start_seed=10", "max_steps=7", "checkpoint_uri=hf://another/one"])
    return place.output


def uneven(folder: Path) -> Path:
    """Five runs that differ a lot, tasks with fewer episodes, nothing known of the starts."""
    place = bench(folder, tasks=TASKS, seeds=list(range(5)), episodes=20, benchmark="LIBERO")
    runs = [
        run_of(folder / f"run-{run}", {task: [index < 4 * run for index in range(20 - task)] for task in range(3)})
        for run in range(5)
    ]
    place.audit(*runs)
    return place.output


def dropped(member: dict[str, Any], finding: dict[str, Any]) -> None:
    member["findings"].remove(finding)


def reworded(member: dict[str, Any], finding: dict[str, Any]) -> None:
    member["findings"][member["findings"].index(finding)] = finding | {"message": f"{finding['message']} It is small."}


def softened(member: dict[str, Any], finding: dict[str, Any]) -> None:
    other = "info" if finding["severity"] != "info" else "warning"
    member["findings"][member["findings"].index(finding)] = finding | {"severity": other}


def doubled(member: dict[str, Any], finding: dict[str, Any]) -> None:
    member["findings"].append(finding)


EDITS: Final[tuple[Edit, ...]] = (dropped, reworded, softened, doubled)
FOLLOWING: Final = {
    "copied": {
        "outcomes.identical",
        "outcomes.identical_tasks",
        "plan.out_of_protocol",
        "plan.task_absent",
        "protocol.checkpoint_differs",
        "protocol.evaluator_differs",
        "protocol.max_steps_differs",
        "seed.overlap",
        "starts.unverified",
    },
    "uneven": {"forensics.overdispersed", "plan.unequal_counts", "starts.unverified", "protocol.evaluator_differs"},
}
"""Findings of the two packages that follow from the package alone."""


@pytest.mark.parametrize("make", [copied, uneven])
def test_no_finding_that_follows_can_be_touched(make: Callable[[Path], Path], tmp_path: Path) -> None:
    package = make(tmp_path / "work")
    signed(package)
    findings = json.loads((package / layout.AUDIT_INPUT).read_bytes())["findings"]
    trusted = trust_author(tmp_path)
    asked = {"untouched": Asked(package, trusted)}
    for number, finding in enumerate(findings):
        for edit in EDITS:
            name = f"{number} {finding['code']} {edit.__name__}"
            asked[name] = Asked(_edited(package, tmp_path / name, edit, finding), trusted)
    ours = {name: verified(one.path, trusted=trusted).exit_code for name, one in asked.items()}
    theirs = {name: report["exit_code"] for name, report in zip(asked, reports(list(asked.values())), strict=True)}
    assert ours.pop("untouched") == theirs.pop("untouched") == 0
    assert ours == theirs
    refused = {name.split()[1] for name, code in theirs.items() if code == 18}
    assert refused == FOLLOWING[make.__name__]
    assert set(theirs.values()) == {0, 18}


def _edited(package: Path, target: Path, edit: Edit, finding: dict[str, Any]) -> Path:
    """A copy in which the author touches a finding, and puts everything else right."""
    shutil.copytree(package, target)
    for name in (layout.AUDIT_INPUT, layout.EVIDENCE):
        edit_json(target / name, lambda member: edit(member, finding))
    evidence = document.load(target / layout.EVIDENCE, Evidence).document
    (target / layout.REPORT).write_text(markdown(evidence), encoding="utf-8")
    rehash(target)
    resign(target, AUTHOR_KEY)
    return target


def cells_of(source: random.Random) -> list[Cell]:
    """Cells of a few tasks in a few runs: alike, unlike, or with errors that gather."""
    runs, tasks = source.choice([1, 2, 4, 5, 8, 30]), source.choice([1, 2, 5])
    episodes, rate = source.choice([2, 20, 50, 400]), source.random()
    spread, errors = source.choice([0.0, 0.02, 0.3]), source.choice([0.0, 0.02, 0.3])
    cells = []
    for run in range(runs):
        for task in range(tasks):
            success = max(0, min(episodes, round(episodes * (rate + spread * source.uniform(-1, 1)))))
            crashed = sum(source.random() < errors for _ in range(episodes)) if source.random() < 0.3 else 0
            counts = OutcomeCounts(success=success, failure=episodes - success, infra_error=crashed)
            cells.append(Cell(task=f"t/{task}", seed=run, counts=counts, planned=episodes, gaps=0, sums={}))
    return [cell for cell in cells if source.random() < 0.97]


def test_forensic_statistics() -> None:
    source = random.Random(4)
    tables = [cells_of(source) for _ in range(400)]
    body = """
        const told = ({ code, severity, message }) => [code, severity, message];
        return given.map((cells) => V.forensicFindings({ cells }).map(told));
    """
    theirs = ask(body, msgspec.to_builtins(tables))
    ours = [
        [
            [each.code, each.severity, each.message]
            for each in (*dispersion_findings(cells), *concentrated_errors(cells))
        ]
        for cells in tables
    ]
    assert theirs == ours
    assert {code for found in ours for code, *_ in found} == {
        "forensics.underdispersed",
        "forensics.overdispersed",
        "forensics.errors_concentrated",
    }
