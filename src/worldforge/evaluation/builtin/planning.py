"""The suite `planning`: four objectives on a table, solved by sampling over a provider's `score`.

The provider is asked one thing only: how good a candidate move is for a goal. The host plans with it
(`LatentMPCController`), states its own constraints, makes the moves on its own table, and judges what came of them.
Nothing that the provider says of itself counts: one that scores badly, the wrong way round or at random ends somewhere
else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

from worldforge.evaluation.builtin.checks import Check, holds, judged
from worldforge.evaluation.builtin.tabletop import (
    CLEARANCE,
    HALF_SIZE,
    ON_SURFACE,
    RADIUS,
    Leg,
    Point,
    Table,
    distance_on_table,
    distance_to_segment,
    is_on_table,
    short_of,
    turned,
)
from worldforge.evaluation.context import EvaluationContext
from worldforge.evaluation.outcome import ScenarioOutcome
from worldforge.evaluation.scenario import EvaluationScenario, Evaluator
from worldforge.evaluation.suite import EvaluationSuite
from worldforge.evaluation.wording import OwnText
from worldforge.forge.planning import Constraint, LatentMPCController, MPCStepResult, PlannerConfig
from worldforge.values import Action

NEAR: Final = 0.04
"""Metres by which a goal may be missed."""
_RESERVE: Final = 0.01
"""Metres by which plans keep farther away than is demanded."""
_MOST_MOVES: Final = 4
_REACH: Final = HALF_SIZE - RADIUS
_OBSTACLE: Final = 0.2
_SECTOR: Final = 45.0
"""Degrees to either side of a direction that still count as that side."""

Place = Callable[[Point], float]
"""How far a place breaks what is demanded of it."""


def relocate(context: EvaluationContext) -> ScenarioOutcome:
    """Bring a cube behind an obstacle, in several moves around it."""
    turn = turned(context.random)
    table = Table({"cube": turn.place(-0.5, 0), "obstacle": turn.place(0, 0)}, {"obstacle": _OBSTACLE})
    goal = turn.place(0.5, 0)
    controller = _controller(context, table, "cube", _on_free_ways(table, "cube"))
    with context.timed("solver"):
        plans = controller.control(
            lambda: _observation(table, "cube"),
            lambda action: table.move("cube", _place_of(action)),
            _goal(goal),
            plans=_MOST_MOVES,
            done=lambda: distance_on_table(table.places["cube"], goal) <= NEAR / 2,
        )
    error = distance_on_table(table.places["cube"], goal)
    return judged(context, [Check("target_error_m", error, NEAR), *_kept(table)], **_told(table, plans))


def place_beside(context: EvaluationContext) -> ScenarioOutcome:
    """Put a cube right beside another, on a given side, where a third one leaves little room."""
    turn = turned(context.random)
    neighbour, side = turn.place(0.1, 0.1), turn.direction(0)
    table = Table({"cube": turn.place(0.7, 0.4), "neighbour": neighbour, "third": turn.place(0.36, 0.3)})

    def broken_by(place: Point) -> float:
        missing = short_of(table.gap_at("cube", place), CLEARANCE + _RESERVE)
        return missing + max(0.0, _angle(neighbour, place, side) - _SECTOR + 1) / 180

    plan = _plan(context, table, "cube", neighbour, _of_place(broken_by))
    table.add("cube", _place_of(plan.actions[0]))
    place = table.places["cube"]
    gap = distance_on_table(place, neighbour) - 2 * RADIUS
    checks = [
        Check("gap_beyond_clearance_m", max(0.0, gap - CLEARANCE), NEAR),
        holds("on_the_right_side", _angle(neighbour, place, side) <= _SECTOR),
        *_kept(table),
    ]
    return judged(context, checks, **_told(table, [plan], moves=1))


def swap(context: EvaluationContext) -> ScenarioOutcome:
    """Let two cubes change places: one waits in a free place, out of the way of the other."""
    turn = turned(context.random)
    table = Table({"first": turn.place(-0.4, 0), "second": turn.place(0.4, 0)})
    goal_of_first, goal_of_second = table.places["second"], table.places["first"]

    def in_the_way(place: Point) -> float:
        way = distance_to_segment(place, table.places["second"], goal_of_second) - 2 * RADIUS
        return short_of(way, CLEARANCE + 2 * _RESERVE)

    aside = _with(_on_free_ways(table, "first"), _of_place(in_the_way))
    plans = []
    for name, goal, constraint in (
        ("first", goal_of_first, aside),
        ("second", goal_of_second, _on_free_ways(table, "second")),
        ("first", goal_of_first, _on_free_ways(table, "first")),
    ):
        plans.append(_plan(context, table, name, goal, constraint))
        table.move(name, _place_of(plans[-1].actions[0]))
    errors = (
        distance_on_table(table.places["first"], goal_of_first),
        distance_on_table(table.places["second"], goal_of_second),
    )
    checks = [
        Check("first_target_error_m", errors[0], NEAR),
        Check("second_target_error_m", errors[1], NEAR),
        *_kept(table),
    ]
    return judged(context, checks, **_told(table, plans))


def spawn(context: EvaluationContext) -> ScenarioOutcome:
    """Put a new cube as near as there is room to a place that is taken, with others around it."""
    turn = turned(context.random)
    ring = [turn.direction(degrees) for degrees in range(0, 240, 60)]
    wanted = turn.place(0.1, -0.1)
    around = {f"ring-{number}": (wanted[0] + 0.24 * x, wanted[1] + 0.24 * y, 0.0) for number, (x, y) in enumerate(ring)}
    table = Table({"middle": wanted, **around})

    def broken_by(place: Point) -> float:
        return short_of(table.gap_at("new", place), CLEARANCE + _RESERVE)

    before = dict(table.places)
    plan = _plan(context, table, "new", wanted, _of_place(broken_by))
    table.add("new", _place_of(plan.actions[0]))
    # Nothing can be nearer than beside what stands there.
    excess = distance_on_table(table.places["new"], wanted) - (2 * RADIUS + CLEARANCE)
    checks = [
        Check("distance_beyond_nearest_m", max(0.0, excess), NEAR),
        holds("others_untouched", {name: table.places[name] for name in before} == before),
        *_kept(table),
    ]
    return judged(context, checks, **_told(table, [plan], moves=1))


def suite() -> EvaluationSuite:
    """The suite."""
    return EvaluationSuite.custom(
        suite_id="planning",
        name="Planning",
        suite_version=OwnText("planning:1"),
        scenarios=[
            _scenario(
                "object-relocation",
                relocate,
                "Brings an object to a goal behind an obstacle, in at most four moves.",
                f"The object ends within {NEAR} m of the goal, no move comes nearer than {CLEARANCE} m to the "
                "obstacle, and every move ends on the table. Candidates nearer to the goal have to score better.",
            ),
            _scenario(
                "object-neighbor-placement",
                place_beside,
                "Places an object right beside another, on a given side, next to a third.",
                f"The gap to the neighbour is {CLEARANCE} to {CLEARANCE + NEAR} m, on the side that was asked for, and "
                f"no other object is nearer than {CLEARANCE} m. The goal is the neighbour's own place: only the host's "
                "constraints keep the object off it.",
            ),
            _scenario(
                "object-swap",
                swap,
                "Swaps two objects in three moves, with one waiting out of the other's way.",
                f"Both objects end within {NEAR} m of each other's first place, and on no move do they come nearer "
                f"than {CLEARANCE} m to each other.",
            ),
            _scenario(
                "object-spawn",
                spawn,
                "Puts a new object as near as possible to a place that is taken, among others.",
                f"The new object stands on the table, {CLEARANCE} m off all others, and at most {NEAR} m farther from "
                "the wanted place than it has to. No other object moves.",
            ),
        ],
        claim_boundary=OwnText(
            "Checks that a provider's scores lead a planner to stated goals on a drawn table, where moves succeed by "
            "definition. It shows nothing of physical fidelity, safety or the performance of a robot."
        ),
        metric_semantics=OwnText(
            "A trial passes when every error is within its tolerance and every constraint held, both measured on the "
            "moves that were chosen. Its score is the mean over these checks: 1 within the tolerance, falling to 0 at "
            "ten times it. Lengths are metres; costs are in the provider's own unit."
        ),
    )


def _scenario(name: str, evaluator: Evaluator, description: str, contract: str) -> EvaluationScenario:
    return EvaluationScenario(name, OwnText(description), evaluator, ("score",), OwnText(contract))


def _plan(context: EvaluationContext, table: Table, name: str, goal: Point, constraint: Constraint) -> MPCStepResult:
    controller = _controller(context, table, name, constraint)
    with context.timed("solver"):
        return controller.plan_step(_observation(table, name), _goal(goal))


def _controller(context: EvaluationContext, table: Table, name: str, constraint: Constraint) -> LatentMPCController:
    config = PlannerConfig(
        num_samples=48,
        num_iterations=10,
        num_elites=6,
        init_std=0.9,
        min_std=0.005,
        smoothing=0.5,
        seed=context.seed,
        action_kind="move_to",
        action_parameter_bounds={"x": (-_REACH, _REACH), "y": (-_REACH, _REACH), "z": (0.0, ON_SURFACE)},
    )

    def encode(observation: dict[str, Any], goal: dict[str, Any]) -> dict[str, Any]:
        known = {"world_state": table.world_state(), "object_id": name} if name in table.places else {}
        return {"observation": observation, "goal": goal, **known}

    def decode(parameters: dict[str, float]) -> Action:
        return Action.move_to(**parameters, object_id=name)

    return LatentMPCController(
        context.forge, context.provider, config, encode=encode, decode=decode, constraint=constraint
    )


def _observation(table: Table, name: str) -> dict[str, Any]:
    return {"point": list(table.places.get(name, (0.0, 0.0, 0.0)))}


def _goal(place: Point) -> dict[str, Any]:
    return {"target": list(place)}


def _place_of(action: Action) -> Point:
    target = action.parameters["target"]
    return target["x"], target["y"], target["z"]


def _of_place(broken_by: Place) -> Constraint:
    """A constraint on where the first action leads."""
    return lambda actions: broken_by(_place_of(actions[0]))


def _on_free_ways(table: Table, name: str) -> Constraint:
    """A constraint that keeps a move of an object clear of all others."""

    def broken_by(place: Point) -> float:
        leg = Leg(name, table.places[name], place)
        return short_of(table.gap_on_the_way(leg), min(CLEARANCE + _RESERVE, table.gap_at(name, leg.begin)))

    return _of_place(broken_by)


def _with(*constraints: Constraint) -> Constraint:
    return lambda actions: math.fsum(constraint(actions) for constraint in constraints)


def _angle(origin: Point, place: Point, side: tuple[float, float]) -> float:
    """Degrees between a side and where a place lies, seen from an origin."""
    x, y = place[0] - origin[0], place[1] - origin[1]
    return math.degrees(abs(math.atan2(side[0] * y - side[1] * x, side[0] * x + side[1] * y)))


def _kept(table: Table) -> list[Check]:
    ends = [*(leg.end for leg in table.legs), *table.places.values()]
    return [
        holds("clearance_kept", table.smallest_gap >= CLEARANCE),
        holds("stayed_on_table", all(is_on_table(place) for place in ends)),
    ]


def _told(table: Table, plans: Sequence[MPCStepResult], *, moves: int | None = None) -> dict[str, Any]:
    """What is worth knowing of the plans; costs are those of the last one."""
    costs = plans[-1].iteration_best_scores
    return {
        "action_count": len(table.legs) if moves is None else moves,
        "smallest_gap_m": table.smallest_gap,
        "candidate_count": sum(plan.candidate_count for plan in plans),
        "best_score": plans[-1].best_score,
        "first_iteration_cost": costs[0],
        "final_iteration_cost": costs[-1],
        "cost_reduction": costs[0] - costs[-1],
    }
