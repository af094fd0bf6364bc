"""Plans on disk: written whole, refused where they are not as they were frozen."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from tests.worldflux.portfolio.planning_cases import contract_of, request_of, small
from worldbase import digest
from worldbase.errors import InputError, UsageError
from worldflux.documents.plan import Plan
from worldflux.errors import PlanError
from worldflux.portfolio import plan_files
from worldflux.portfolio.plan_files import load_plan, write_plan
from worldflux.portfolio.planning import plan_of

Edit = Callable[[dict[str, Any]], None]


def edited(path: Path, edit: Edit, *, sealed_again: bool = False) -> Path:
    """A plan that somebody edited, and whose digest they may have computed again."""
    value = json.loads(path.read_bytes())
    edit(value)
    if sealed_again:
        del value["digest"]
        value["digest"] = digest.of_value(value)
    path.write_text(json.dumps(value))
    return path


def refusal(path: Path) -> PlanError:
    with pytest.raises(PlanError) as caught:
        load_plan(path)
    assert caught.value.exit_code == 3
    assert caught.value.hint
    return caught.value


def streamed(folder: Path) -> Path:
    write_plan(small(contracts=(contract_of(tasks=101, episodes=100),)), folder / "plan.json")
    return folder / "plan.json"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_plan(request_of(contracts=(contract_of(),)), tmp_path / "plan.json")
    return tmp_path / "plan.json"


def test_what_is_written_is_read(tmp_path: Path) -> None:
    made = write_plan(small(), tmp_path / "plan.json")
    frozen = load_plan(tmp_path / "plan.json")
    assert frozen.plan == made
    assert list(frozen.cells()) == made.cells
    assert [file.name for file in tmp_path.iterdir()] == ["plan.json"]


def test_a_stream_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = streamed(tmp_path)
    frozen = load_plan(path)
    assert frozen.plan.cells is UNSET
    cells = list(frozen.cells())
    assert cells == list(plan_of(small(contracts=(contract_of(tasks=101, episodes=100),))).cells())
    assert sorted(file.name for file in tmp_path.iterdir()) == ["plan.cells.jsonl", "plan.json"]


def test_layout_and_order_of_keys_are_nobodys_business(path: Path) -> None:
    value = json.loads(path.read_bytes())
    path.write_text(json.dumps(dict(reversed(value.items()))))
    assert load_plan(path).plan.digest == value["digest"]


def swap_seeds(value: dict[str, Any]) -> None:
    first = value["cells"][0]
    other = next(cell for cell in value["cells"] if cell["seed"] != first["seed"])
    first["seed"], other["seed"] = other["seed"], first["seed"]


def leave_one_out(value: dict[str, Any]) -> None:
    value["cells"].pop()
    value["planned"] -= 1


EDITS: dict[str, tuple[Edit, str]] = {
    "another seed of a cell": (lambda plan: plan["cells"][0].update(seed=1), "plan.not_derived"),
    "another start seed": (lambda plan: plan["probes"][0].update(start_seed=1), "plan.not_derived"),
    "another seed": (lambda plan: plan["seed"].update(value="1"), "plan.not_derived"),
    "a seed that is none": (lambda plan: plan["seed"].update(value="one"), "plan.seed"),
    "a task in the place of another": (lambda plan: plan["cells"][0].update(task="easy"), "plan.not_derived"),
    "a cell left out": (leave_one_out, "plan.not_derived"),
    "another order": (lambda plan: plan["cells"].reverse(), "plan.not_derived"),
    "another profile": (lambda plan: plan["profile"]["document"].update(policy_id="b"), "plan.not_derived"),
    "another contract": (lambda plan: plan["probes"][2]["contract"].update(task_owner="b"), "plan.not_derived"),
    "a contract less": (lambda plan: plan["probes"][2].pop("contract"), "plan.not_derived"),
    "a better grade": (lambda plan: plan["seed"].update(grade="mixed_with_beacon"), "plan.grade"),
    "fewer tasks drawn": (lambda plan: plan["choices"].update(tasks_per_axis=1), "plan.not_derived"),
    "a probe twice": (lambda plan: plan["probes"].append(plan["probes"][2]), "plan.not_derived"),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edited_plan_is_refused(path: Path, name: str) -> None:
    error = refusal(edited(path, EDITS[name][0]))
    assert error.code == "plan.altered"
    assert "amend" in str(error.hint)


@pytest.mark.parametrize("name", EDITS)
def test_a_digest_that_was_computed_again_does_not_help(path: Path, name: str) -> None:
    edit, code = EDITS[name]
    assert refusal(edited(path, edit, sealed_again=True)).code == code


def test_what_no_seed_decides_is_left_to_the_freeze(path: Path) -> None:
    """The planned rate follows from nothing: whoever changes it and seals again is caught by the freeze alone."""
    before = load_plan(path).plan
    edited(path, lambda plan: plan["planned_rate"].update(value=0.79), sealed_again=True)
    assert load_plan(path).plan.digest != before.digest


def test_a_stream_that_was_changed(tmp_path: Path) -> None:
    path = streamed(tmp_path)
    cells = tmp_path / "plan.cells.jsonl"
    cells.write_bytes(cells.read_bytes().replace(b'"episode_index":99', b'"episode_index":98', 1))
    assert refusal(path).code in ("plan.altered", "plan.not_derived")


def test_a_stream_with_a_line_more(tmp_path: Path) -> None:
    path = streamed(tmp_path)
    cells = tmp_path / "plan.cells.jsonl"
    cells.write_bytes(cells.read_bytes() + cells.read_bytes().splitlines(keepends=True)[-1])
    assert refusal(path).code in ("plan.altered", "plan.not_derived")


def test_a_stream_that_changes_after_the_plan_was_read(tmp_path: Path) -> None:
    frozen = load_plan(streamed(tmp_path))
    cells = tmp_path / "plan.cells.jsonl"
    cells.write_bytes(b"".join(cells.read_bytes().splitlines(keepends=True)[:-1]))
    with pytest.raises(PlanError, match="not those that the plan froze"):
        list(frozen.cells())


def test_a_line_that_is_no_cell(tmp_path: Path) -> None:
    frozen = load_plan(streamed(tmp_path))
    (tmp_path / "plan.cells.jsonl").write_bytes(b"{}\n")
    with pytest.raises(PlanError) as caught:
        list(frozen.cells())
    assert (caught.value.code, str(caught.value.where)) == ("plan.altered", "plan.cells.jsonl:1")


def test_a_stream_that_is_not_there(tmp_path: Path) -> None:
    path = streamed(tmp_path)
    (tmp_path / "plan.cells.jsonl").unlink()
    assert refusal(path).code == "plan.cells_missing"


@pytest.mark.parametrize("put", [lambda path: path.symlink_to("elsewhere"), os.mkfifo, os.mkdir])
def test_a_stream_that_is_no_file(tmp_path: Path, put: Callable[[Path], None]) -> None:
    path = streamed(tmp_path)
    cells = tmp_path / "plan.cells.jsonl"
    cells.rename(tmp_path / "elsewhere")
    put(cells)
    assert refusal(path).code == "plan.cells_missing"


@pytest.mark.parametrize("name", ["../plan.cells.jsonl", "/etc/hostname", "sub/cells.jsonl", "a\u202eb"])
def test_a_stream_somewhere_else(tmp_path: Path, name: str) -> None:
    path = edited(streamed(tmp_path), lambda plan: plan["cell_stream"].update(path=name), sealed_again=True)
    with pytest.raises(InputError) as caught:
        load_plan(path)
    assert caught.value.code == "path.unsafe"


def test_a_plan_that_stands_is_not_replaced_by_chance(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(UsageError) as caught:
        write_plan(small(), path)
    assert caught.value.code == "output.exists"
    assert path.read_bytes() == before
    write_plan(small(), path, overwrite=True)
    assert path.read_bytes() != before


def test_a_name_that_some_systems_do_not_take(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        write_plan(small(contracts=(contract_of(tasks=101, episodes=100),)), tmp_path / "con.json")
    assert caught.value.code == "output.name"
    assert not list(tmp_path.iterdir())


def test_cells_that_stand_are_not_replaced_by_chance(tmp_path: Path) -> None:
    (tmp_path / "plan.cells.jsonl").write_text("mine")
    with pytest.raises(UsageError):
        streamed(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["plan.cells.jsonl"]


def test_an_older_registry_is_no_reason_to_refuse(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its tasks cannot be drawn again here; seeds and order still follow from the plan alone."""
    from worldflux.portfolio import rederivation

    monkeypatch.setattr(rederivation, "registry_digest", lambda: "sha256:" + "00" * 32)
    assert load_plan(path).plan.planned > 0
    edited(path, swap_seeds)
    assert refusal(path).code == "plan.altered"


@pytest.mark.slow
def test_a_million_cells(tmp_path: Path) -> None:
    made = write_plan(small(contracts=(contract_of(tasks=1000, episodes=1000),)), tmp_path / "plan.json")
    frozen = load_plan(tmp_path / "plan.json")
    assert made.planned == 1_000_000
    assert sum(1 for _ in frozen.cells()) == 1_000_000


def test_nothing_of_a_stream_is_kept_in_memory(tmp_path: Path) -> None:
    import tracemalloc

    path = streamed(tmp_path)
    tracemalloc.start()
    try:
        for _ in plan_files._streamed(path, _stream_of(path)):
            pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 900_000 < (tmp_path / "plan.cells.jsonl").stat().st_size


def _stream_of(path: Path) -> Any:
    return msgspec.json.decode(path.read_bytes(), type=Plan).cell_stream
