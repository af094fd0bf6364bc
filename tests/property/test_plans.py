"""Laws of plans."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from tests.worldflux.portfolio.planning_cases import contract_of, number, small
from tests.worldflux.portfolio.probing import profile_of
from worldbase import digest
from worldflux.documents.plan import Plan, PlanChoices, PlannedRate
from worldflux.portfolio.planning import digest_of, plan_of
from worldflux.portfolio.rederivation import check

SHAPES = st.tuples(st.integers(1, 6), st.integers(1, 6))
SEEDS = st.integers(0, 10**78 - 1)


def made(shapes: list[tuple[int, int]], seed: int, **more: Any) -> Plan:
    contracts = tuple(contract_of(*shape, probe_id=f"own-{index}") for index, shape in enumerate(shapes))
    return plan_of(small(contracts=contracts, seed=number(seed), **more)).plan


@given(st.lists(SHAPES, min_size=1, max_size=4), SEEDS)
@settings(max_examples=40)
def test_every_planned_cell_stands_there_once(shapes: list[tuple[int, int]], seed: int) -> None:
    plan = made(shapes, seed)
    assert plan.cells is not UNSET
    cells = Counter((cell.probe, cell.task, cell.axis, cell.episode_index) for cell in plan.cells)
    assert plan.planned == sum(tasks * episodes for tasks, episodes in shapes) == len(plan.cells) == len(cells)


@given(st.lists(SHAPES, min_size=1, max_size=3), SEEDS)
@settings(max_examples=25)
def test_the_same_inputs_give_the_same_plan(shapes: list[tuple[int, int]], seed: int) -> None:
    one, other = made(shapes, seed), made(shapes, seed)
    assert one.cells == other.cells
    fixed = {"id": one.id, "created_at": one.created_at, "digest": one.digest}
    assert msgspec.structs.replace(other, **fixed) == one


@given(st.lists(SHAPES, min_size=1, max_size=3), SEEDS)
@settings(max_examples=25)
def test_a_plan_follows_from_its_own_seed(shapes: list[tuple[int, int]], seed: int) -> None:
    plan = made(shapes, seed)
    check(plan, lambda: iter(plan.cells or []), file="plan.json")


@given(SEEDS, SEEDS)
@settings(max_examples=25)
def test_episodes_of_a_task_have_consecutive_seeds(seed: int, other: int) -> None:
    for plan in (made([(3, 5)], seed), made([(3, 5)], other)):
        for cell in plan.cells or []:
            assert cell.seed == plan.probes[0].start_seed + cell.episode_index


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if isinstance(value, dict):
        return [found for name, entry in value.items() for found in _paths(entry, (*path, name))]
    if isinstance(value, list):
        return [found for index, entry in enumerate(value) for found in _paths(entry, (*path, index))]
    return [path]


_VALUE: dict[str, Any] = msgspec.to_builtins(
    made([(2, 2)], 5, profile=profile_of(simulator_family="own-bench", checkpoint_uri="hf://a/b"))
)
_LEAVES = [path for path in _paths(_VALUE) if path != ("digest",)]


def _changed(leaf: Any) -> Any:
    if isinstance(leaf, bool) or leaf is None:
        return not leaf
    return leaf + 1 if isinstance(leaf, (int, float)) else f"{leaf}x"


@given(st.sampled_from(_LEAVES))
@settings(max_examples=len(_LEAVES))
def test_whatever_leaf_is_changed_the_digest_is_another(path: tuple[str | int, ...]) -> None:
    value = msgspec.json.decode(msgspec.json.encode(_VALUE))
    parent = value
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = _changed(parent[path[-1]])
    del value["digest"]
    assert digest.of_value(value) != _VALUE["digest"]


@given(
    st.floats(0.3, 1).map(lambda value: round(value, 3)),
    st.floats(0.01, 0.2).map(lambda value: round(value, 3)),
    st.sampled_from(["lost", "failure", "excluded_predeclared"]),
    st.integers(1, 9),
)
@settings(max_examples=25)
def test_choices_that_are_frozen_do_not_touch_the_seeds(value: float, margin: float, policy: str, k: int) -> None:
    """Nobody gets other seeds or another order by playing with what is not the seed, the profile or the contracts."""
    plain = made([(3, 3)], 9)
    other = made(
        [(3, 3)],
        9,
        rate=PlannedRate(value=value, margin=margin, alpha=0.05),
        infra_error=policy,
        choices=PlanChoices(probes=[], tasks_per_axis=k),
    )
    assert other.cells == plain.cells
    assert digest_of(other) == other.digest != plain.digest
