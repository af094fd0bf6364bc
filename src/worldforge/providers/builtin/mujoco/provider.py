"""The provider: actions in, physics, results out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from typing import Any, Final

from worldforge.errors import WorldForgeError
from worldforge.providers import scene
from worldforge.providers.builtin.mujoco.bodies import Body, bodies_of, bounded, write_back
from worldforge.providers.builtin.mujoco.candidates import Task, Waypoint, centre_of, task_of, waypoints_of
from worldforge.providers.builtin.mujoco.quality import confidence, physics_score
from worldforge.providers.builtin.mujoco.simulation import TIME_STEP, Move, library, simulate
from worldforge.providers.contract import (
    BaseProvider,
    LifecycleResult,
    ProviderCapabilities,
    ProviderHealth,
    ProviderProfileSpec,
)
from worldforge.providers.requests import check_prediction, check_scoring
from worldforge.values import Action, ActionScoreResult, PredictionPayload
from worldforge.values.json_values import require_number

CONTROL_PERIOD: Final = 0.25
"""Seconds of one step of `predict`; a multiple of twice the integrator's step."""
MOST_STEPS: Final = 2_400
"""Steps of one prediction at most: ten minutes of simulated time."""
_SCORE_STEP: Final = 2 * TIME_STEP  # a cost is not read to the last micrometre
_LONGEST_LEG: Final = 40  # control periods that one action of a candidate takes at most


class MujocoProvider(BaseProvider):
    """Rigid bodies over a plane, simulated.

    `predict` carries out one action for `steps` control periods of 0.25 s: `move_to` takes an object along a straight
    line at `speed` m/s and holds it at its target, `spawn_object` adds a box, `noop` lets time pass. The state that
    comes back has rotations and velocities. `physics_score` and `confidence` are explained in `quality`.

    `score_actions` carries out each candidate, giving every action the time to arrive, and returns how far the object
    then is from the goal, in metres.
    """

    name = "mujoco"
    capabilities = ProviderCapabilities(predict=True, score=True)
    profile_spec = ProviderProfileSpec(
        description="Rigid bodies over a plane, in the MuJoCo simulator.",
        package="mujoco",
        implementation_status="beta",
        deterministic=True,
        supported_modalities=("state", "actions"),
        notes=("Every object is a box of even density.", "Equal on one machine and version, not between machines."),
    )
    runtime_manifest = "mujoco:schema-1"

    def configured(self) -> bool:
        """Whether the library is installed; it is not imported."""
        return _is_installed()

    def health(self) -> ProviderHealth:
        """Whether the library is installed."""
        if not _is_installed():
            return ProviderHealth(False, "the library mujoco is not installed (extra mujoco)")
        return ProviderHealth(True, "the library mujoco is installed")

    def warmup(self) -> LifecycleResult:
        """Import the library."""
        return LifecycleResult("ready", f"mujoco {library().__version__}")

    def predict(self, world_state: dict[str, Any], action: Action, steps: int = 1) -> PredictionPayload:
        """Simulate `steps` control periods of an action.

        Raises:
            WorldForgeError: The state or the action cannot be used.
            ProviderError: `provider.not_installed` or `provider.diverged`.
        """
        check_prediction(world_state, action, steps)
        if steps > MOST_STEPS:
            raise WorldForgeError(
                f"{steps} steps are {steps * CONTROL_PERIOD:.0f} s of simulated time",
                code="request.too_many_steps",
                hint=f"Ask for at most {MOST_STEPS} steps, and go on from the state that comes back.",
            )
        state = scene.copied(world_state)
        move = _begin(state, action)
        bodies = bodies_of(state)
        fine = simulate(bodies, move, steps * CONTROL_PERIOD)
        coarse = simulate(bodies, move, steps * CONTROL_PERIOD, time_step=2 * TIME_STEP)
        objects = scene.objects_of(state)
        for body in fine.bodies:
            write_back(objects[body.name], body)
        scene.advance(state, steps)
        return PredictionPayload(
            state=state,
            confidence=confidence(fine, coarse),
            physics_score=physics_score(bodies, fine, moved=move is not None),
            metadata={
                "action": action.kind,
                "seconds": steps * CONTROL_PERIOD,
                "deepest_overlap_m": fine.deepest_overlap,
                "energy_gained_j": fine.energy_gained,
            },
        )

    def score_actions(self, *, info: dict[str, Any], action_candidates: Any) -> ActionScoreResult:
        """Simulate each candidate and give its distance to the goal in metres; see `candidates` for what is read.

        Raises:
            WorldForgeError: The task or a candidate cannot be used.
            ProviderError: `provider.not_installed` or `provider.diverged`.
        """
        check_scoring(info, action_candidates)
        task = task_of(info)
        costs = [_cost(task, waypoints) for waypoints in waypoints_of(action_candidates)]
        return ActionScoreResult(
            provider=self.name,
            scores=tuple(costs),
            best_index=costs.index(min(costs)),
            lower_is_better=True,
            metadata={"cost_basis": "simulated-distance", "unit": "m"},
        )


@cache
def _is_installed() -> bool:
    return find_spec("mujoco") is not None


def _begin(state: dict[str, Any], action: Action) -> Move | None:
    """Do the part of an action that takes no time, in a state that is the caller's own."""
    match action.kind:
        case "move_to":
            name = scene.moved_object(state, action)
            target = bounded(scene.point(action.parameters.get("target"), "/action/parameters/target"), "the target")
            speed = require_number(action.parameters.get("speed", 1.0), "speed", low=0, high=1e3)
            index = list(scene.objects_of(state)).index(name)
            return Move(index, bodies_of(state)[index].centre_at(target), speed)
        case "spawn_object":
            scene.put_object(state, *scene.spawned(state, action))
        case "noop":
            pass
        case _:
            raise WorldForgeError(
                f"the provider 'mujoco' does not know the action {action.kind!r:.60}",
                code="action.unsupported",
                hint="It knows move_to, spawn_object and noop.",
            )
    return None


def _cost(task: Task, waypoints: Sequence[Waypoint]) -> float:
    bodies: Sequence[Body] = task.bodies
    for waypoint in waypoints:
        bodies = _carried_out(bodies, task.index, waypoint)
    return math.dist(bodies[task.index].position, task.goal)


def _carried_out(bodies: Sequence[Body], index: int, waypoint: Waypoint) -> Sequence[Body]:
    """Where everything is once an action had the time to arrive, and one control period to come to rest."""
    target = centre_of(waypoint, bodies[index])
    if target is None:
        return simulate(bodies, None, CONTROL_PERIOD, time_step=_SCORE_STEP).bodies
    periods = math.ceil(math.dist(bodies[index].centre, target) / (waypoint.speed * CONTROL_PERIOD)) + 1
    move = Move(index, target, waypoint.speed)
    return simulate(bodies, move, min(periods, _LONGEST_LEG) * CONTROL_PERIOD, time_step=_SCORE_STEP).bodies
