"""Whole packages counted and computed again: from every source, from real runs, with all that can be asked for."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import pytest

from tests.contracts.source_cases import CASES
from tests.support import FIXTURES
from tests.worldflux.auditing import bench
from tests.worldflux.verify.elsewhere.numbers_in_node import Case, compute, mismatches, package_case, reach_of, rows_of
from tests.worldflux.verify.packages import pairs_package, tasks_package, unlisted_package
from tests.worldflux.verify.recomputing import Files, files_of
from worldbase.console import Progress
from worldbase.strictjson import pointer_join
from worldflux.audit.run import AuditRequest, audit
from worldflux.benchmarks.registry import benchmarks, normalised
from worldflux.claims.drafting import draft
from worldflux.package import layout
from worldflux.testing.source_contract import SourceCase

RUNS: Final = FIXTURES / "lerobot-runs"
METAWORLD: Final = [
    RUNS / f"metaworld_noisyexpert0.5_hard+veryhard_s{seed}" / "eval_info.json" for seed in (1000, 2000)
]
PUSHT: Final = [RUNS / f"pusht_diffusion_random_s{seed}" / "eval_info.json" for seed in (1000, 2000, 3000)]
LARGEST_DIFFERENCE: Final = 1e-9


def _audited(request: AuditRequest) -> Files:
    audit(request, lambda label, total, size: contextlib.nullcontext(Progress()))
    return files_of(request.output)


def _of_source(name: str, folder: Path) -> Files:
    made = CASES[name]
    folder.mkdir()
    case = made if isinstance(made, SourceCase) else made(folder)
    settings = [f"protocol.benchmark.task_list={json.dumps(list(case.expected))}", *case.settings]
    drafted = draft("generic", settings)
    claim, protocol = folder / "claim.json", folder / "protocol.json"
    claim.write_bytes(drafted.claim)
    protocol.write_bytes(drafted.protocol)
    inputs = list(case.inputs)
    return _audited(AuditRequest(case.source, inputs, claim, protocol, folder / "package", case.run_info))


def _pusht(folder: Path, *settings: str, seeds: tuple[int, ...] = (1000, 2000, 3000)) -> Files:
    place = bench(folder, "protocol.execution.seed_semantics=start_seed", *settings, seeds=seeds, episodes=50)
    given = PUSHT[: len(seeds)]
    return _audited(AuditRequest("lerobot", given, place.claim, place.protocol, place.output))


def _metaworld(folder: Path) -> Files:
    place = bench(folder, tasks=["hard", "very_hard"], seeds=[0, 1], episodes=20, benchmark="MetaWorld")
    return _audited(AuditRequest("lerobot", METAWORLD, place.claim, place.protocol, place.output, savi=True))


def _episode_seeds(folder: Path) -> Files:
    semantics = "protocol.execution.seed_semantics=episode_seed"
    place = bench(folder, semantics, seeds=[*range(1000, 1030), *range(1040, 1060)], episodes=1)
    facts = ["start_seed=1000"]
    return _audited(AuditRequest("lerobot", PUSHT[:1], place.claim, place.protocol, place.output, facts))


MADE: Final[Mapping[str, Callable[[Path], Files]]] = {
    **{f"source {name}": lambda folder, name=name: _of_source(name, folder) for name in CASES},  # type: ignore[misc]
    "tasks": tasks_package,
    "pairs": pairs_package,
    "unlisted": unlisted_package,
    "pusht": _pusht,
    "pusht, short": lambda folder: _pusht(folder, seeds=(1000, 2000, 3000, 4000)),
    "pusht, by rule": lambda folder: _pusht(folder, 'protocol.execution.stopping_rule={"method": "e_process"}'),
    "metaworld": _metaworld,
    "episode seeds": _episode_seeds,
}


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Files]:
    folder = tmp_path_factory.mktemp("packages")
    return {name: make(folder / str(number)) for number, (name, make) in enumerate(MADE.items())}


@pytest.fixture(scope="module")
def answers(packages: Mapping[str, Files]) -> dict[str, list[dict[str, Any]]]:
    return dict(zip(packages, rows_of([package_case(files) for files in packages.values()]), strict=True))


@pytest.mark.parametrize("name", MADE)
def test_a_package_follows_from_its_episodes(name: str, answers: dict[str, list[dict[str, Any]]]) -> None:
    rows = answers[name]
    assert mismatches(rows) == []
    assert {row["status"] for row in rows} == {"recomputed"}


def test_numbers_differ_by_rounding_at_most(answers: dict[str, list[dict[str, Any]]]) -> None:
    reach = reach_of(list(answers.values()))
    assert reach.largest <= LARGEST_DIFFERENCE, reach.at


def test_what_is_asked_for_is_among_them(packages: Mapping[str, Files]) -> None:
    assert {layout.STOPPING, layout.PPI} <= {name for files in packages.values() for name in files}
    starts = [json.loads(files[layout.AUDIT_INPUT])["repeated_starts"] for files in packages.values()]
    assert any(starts)


def test_every_number_that_is_changed_is_found_and_no_other(packages: Mapping[str, Files]) -> None:
    case = package_case(packages["tasks"])
    forged, pointers = zip(*_each_changed(case), strict=True)
    for rows, pointer in zip(rows_of(list(forged)), pointers, strict=True):
        assert [row["pointer"] for row in mismatches(rows)] == [pointer]


def _each_changed(case: Case) -> Iterator[tuple[Case, str]]:
    """The case with one leaf of the evidence changed by as little as matters; those that nothing follows from aside."""
    free = {"/id", "/created_at", "/render", "/claim/hash", "/protocol/hash", "/schema_version"}
    for pointer, path, value in _leaves(case["evidence"], "", []):
        if pointer in free:
            continue
        forged = copy.deepcopy(case)
        forged["episodes"] = None
        part = forged["evidence"]
        for step in path[:-1]:
            part = part[step]
        part[path[-1]] = _changed(value)
        yield forged, pointer


def _changed(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, float):
        return value * (1 + 3e-9) or 1e-9
    return value + 1 if isinstance(value, int) else "" if value is None else f"{value} "


def _leaves(value: Any, pointer: str, path: list[Any]) -> Iterator[tuple[str, list[Any], Any]]:
    if not isinstance(value, (dict, list)):
        yield pointer, path, value
        return
    for key, part in value.items() if isinstance(value, dict) else enumerate(value):
        yield from _leaves(part, pointer_join(pointer, key), [*path, key])


def test_counts_are_attested_where_the_episodes_are_withheld(packages: Mapping[str, Files]) -> None:
    case = package_case(packages["tasks"])
    (rows,) = rows_of([{**case, "episodes": None}])
    attested = {row["pointer"] for row in rows if row["status"] == "attested"}
    assert {"/metrics/0/successes", "/metrics/0/trials", "/slices/by_task/0/trials", "/denominator/lost"} <= attested
    recomputed = {row["pointer"] for row in rows if row["status"] == "recomputed"}
    assert {"/metrics/0/interval/lower", "/metrics/0/verdict", "/denominator/planned", "/verdict"} <= recomputed
    assert all(row["reason"] for row in rows if row["status"] == "attested")
    assert mismatches(rows) == []


def test_parts_that_only_one_side_has_are_found(packages: Mapping[str, Files]) -> None:
    case = package_case(packages["tasks"])
    more, fewer = copy.deepcopy(case), copy.deepcopy(case)
    more["evidence"]["reasons"].append({"code": "decision.supported", "message": "Trust me."})
    more["evidence"]["metrics"][0]["flags"] = []
    del fewer["evidence"]["slices"]["by_seed"][1]
    found = [[row["pointer"] for row in mismatches(rows)] for rows in rows_of([more, fewer])]
    flags = len(case["evidence"]["metrics"][0]["flags"])
    places = [f"/metrics/0/flags/{number}" for number in range(flags)]
    assert found == [[f"/reasons/{len(case['evidence']['reasons'])}", *places], ["/slices/by_seed/1"]]


_COUNT_AGAIN: Final = """
    return given.map(({ episodes, auditInputText, protocol }) => {
      const auditInput = JSON.parse(auditInputText);
      const lines = episodes.split("\\n").filter((line) => line).map((line) => JSON.parse(line));
      try {
        const counted = WorldfluxNumbers.cellsOf(lines, auditInput, protocol);
        return WorldfluxNumbers.compareCells(auditInput, counted).map(({ pointer }) => pointer);
      } catch (error) {
        if (!(error instanceof NumbersError)) throw error;
        return error.message;
      }
    });
"""


@lru_cache(maxsize=1)
def _line_changes() -> dict[str, Callable[[list[str]], list[str]]]:
    def flipped(lines: list[str]) -> list[str]:
        first = json.loads(lines[0])
        first["outcome"] = "failure" if first["outcome"] == "success" else "success"
        return [json.dumps(first), *lines[1:]]

    def raised(lines: list[str]) -> list[str]:
        first = json.loads(lines[0])
        first["sum_reward"] += 1e-6
        return [json.dumps(first), *lines[1:]]

    return {
        "as it is": list,
        "backwards": lambda lines: lines[::-1],
        "flipped": flipped,
        "raised": raised,
        "without the last": lambda lines: lines[:-1],
        "the first twice": lambda lines: [lines[0], *lines],
    }


def test_every_changed_line_changes_what_is_counted(packages: Mapping[str, Files]) -> None:
    case = package_case(packages["tasks"])
    lines = case["episodes"].splitlines()
    given = [{**case, "episodes": "\n".join(change(lines))} for change in _line_changes().values()]
    found = dict(zip(_line_changes(), compute(_COUNT_AGAIN, given), strict=True))
    assert found["as it is"] == found["backwards"] == []
    assert {"/cells/0/counts/success", "/cells/0/counts/failure"} <= set(found["flipped"])
    assert "/cells/0/sums/sum_reward/sum" in found["raised"]
    assert found["without the last"]
    assert "comes twice" in found["the first twice"]


def test_cells_that_no_episodes_can_give_are_refused(packages: Mapping[str, Files]) -> None:
    changes: list[tuple[str, Callable[[Any], None]]] = [
        ("/episodes/count", lambda given: given["cells"][0]["counts"].update(success=1000)),
        ("/cells/0", lambda given: given["cells"][0].update(planned=19)),
        ("/cells/1", lambda given: given["cells"].insert(0, given["cells"][0])),
        ("/cells/0", lambda given: given["cells"][0]["sums"]["sum_reward"].update(count=99)),
        ("/blocks", lambda given: given["blocks"].pop()),
        ("/blocks/0", lambda given: given["blocks"][0].update(complete=21)),
        ("/blocks/0", lambda given: given["blocks"][0].update(successes="3 3 4 3")),
        ("/repeated_starts/0", lambda given: given["repeated_starts"][0].update(sum=99.0)),
        ("/repeated_starts", lambda given: given["repeated_starts"].append(given["repeated_starts"][0])),
        ("/episodes/count", lambda given: given["episodes"].update(count=1)),
        ("/duplicate", lambda given: given.update(duplicate=1)),
        ("/tasks", lambda given: given["tasks"].append(given["tasks"][0])),
        ("/run/runs/0/in_plan", lambda given: given["run"]["runs"][0].update(in_plan=False)),
        ("/missing_evidence", lambda given: given["missing_evidence"].remove("plan_precedence")),
    ]
    case, given = package_case(packages["tasks"]), []
    for _, change in changes:
        audit_input = json.loads(case["auditInputText"])
        change(audit_input)
        given.append({**case, "auditInputText": json.dumps(audit_input)})
    body = """
        return given.map((each) => {
          try {
            WorldfluxNumbers.recompute({ ...each, auditInput: JSON.parse(each.auditInputText) });
            return "accepted";
          } catch (error) {
            if (!(error instanceof NumbersError)) throw error;
            return error.message;
          }
        });
    """
    for (pointer, _), message in zip(changes, compute(body, given), strict=True):
        assert message.startswith(f"audit_input.json{pointer}: ")


def test_the_stored_states_are_those_of_the_registry() -> None:
    known = {
        normalised(name): identity.stored_states
        for benchmark in benchmarks()
        for name in (benchmark.benchmark, *benchmark.aliases)
        for identity in benchmark.start_identity.values()
        if identity.stored_states
    }
    assert compute("return STORED_STATES;", None) == known
