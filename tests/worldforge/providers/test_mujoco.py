"""The provider `mujoco` against what mechanics says on paper."""

from __future__ import annotations

import builtins
import copy
import math
import threading
from importlib.util import find_spec
from typing import Any

import pytest

from tests.support import REPO
from worldforge import Action, PredictionPayload, ProviderError, WorldForgeError
from worldforge.benchmark.inputs import BenchmarkInputs
from worldforge.providers.builtin.mujoco import MujocoProvider, simulation
from worldforge.providers.builtin.mujoco.provider import CONTROL_PERIOD, MOST_STEPS
from worldforge.providers.builtin.mujoco.simulation import GRAVITY

pytestmark = pytest.mark.skipif(find_spec("mujoco") is None, reason="the extra mujoco is not installed")

HALF = 0.025  # of the default cube


def thing(x: float, y: float, z: float, **more: Any) -> dict[str, Any]:
    return {"pose": {"position": {"x": x, "y": y, "z": z}}, **more}


def world(**objects: dict[str, Any]) -> dict[str, Any]:
    return {"scene": {"objects": objects}}


def vector(x: float, y: float, z: float) -> dict[str, float]:
    return {"x": x, "y": y, "z": z}


def box(x: float, y: float, z: float) -> dict[str, Any]:
    return {"min": vector(0, 0, 0), "max": vector(x, y, z)}


def where(result: PredictionPayload, name: str = "cube") -> tuple[float, float, float]:
    position = result.state["scene"]["objects"][name]["pose"]["position"]
    return position["x"], position["y"], position["z"]


def linear(result: PredictionPayload, name: str = "cube") -> tuple[float, float, float]:
    velocity = result.state["scene"]["objects"][name]["velocity"]["linear"]
    return velocity["x"], velocity["y"], velocity["z"]


@pytest.fixture
def mujoco() -> MujocoProvider:
    return MujocoProvider()


def test_free_fall_is_that_of_the_formula(mujoco: MujocoProvider) -> None:
    result = mujoco.predict(world(cube=thing(0, 0, 1)), Action.noop(), 1)
    assert where(result)[2] == pytest.approx(1 - GRAVITY * CONTROL_PERIOD**2 / 2, abs=1e-12)
    assert linear(result) == pytest.approx((0, 0, -GRAVITY * CONTROL_PERIOD), abs=1e-12)
    assert result.physics_score == pytest.approx(1.0, abs=1e-9)
    assert result.confidence == pytest.approx(1.0, abs=1e-9)


def test_a_throw_is_a_parabola_whatever_spins(mujoco: MujocoProvider) -> None:
    thrown = thing(0, 0, 5, velocity={"linear": vector(1, -2, 3), "angular": vector(0, 0, 4)})
    result = mujoco.predict(world(cube=thrown), Action.noop(), 2)
    t = 2 * CONTROL_PERIOD
    assert where(result) == pytest.approx((t, -2 * t, 5 + 3 * t - GRAVITY * t**2 / 2), abs=1e-9)
    rotation = result.state["scene"]["objects"]["cube"]["pose"]["rotation"]
    assert (rotation["w"], rotation["z"]) == pytest.approx((math.cos(2 * t), math.sin(2 * t)), abs=1e-6)


def test_angular_velocity_is_in_the_axes_of_the_world(mujoco: MujocoProvider) -> None:
    lying = {"w": math.sqrt(0.5), "x": math.sqrt(0.5), "y": 0.0, "z": 0.0}  # the body's y points up
    spinning = thing(0, 0, 5, velocity={"angular": vector(0, 0, 2)})
    spinning["pose"]["rotation"] = lying
    after = mujoco.predict(world(cube=spinning), Action.noop(), 1).state["scene"]["objects"]["cube"]
    assert after["velocity"]["angular"] == pytest.approx(vector(0, 0, 2), abs=1e-6)
    half = 2 * CONTROL_PERIOD / 2
    turned = {  # a turn about the world's z axis, after the first one
        "w": math.cos(half) * lying["w"],
        "x": math.cos(half) * lying["x"],
        "y": math.sin(half) * lying["x"],
        "z": math.sin(half) * lying["w"],
    }
    assert after["pose"]["rotation"] == pytest.approx(turned, abs=1e-6)


def test_an_object_at_rest_stays_there(mujoco: MujocoProvider) -> None:
    result = mujoco.predict(world(cube=thing(0.1, 0.2, 0)), Action.noop(), 8)
    assert where(result) == pytest.approx((0.1, 0.2, 0), abs=5e-4)
    assert linear(result) == pytest.approx((0, 0, 0), abs=1e-3)
    assert result.physics_score > 0.98


def test_a_collision_keeps_momentum_and_makes_no_energy(mujoco: MujocoProvider) -> None:
    """Two boxes in free fall meet head on: gravity takes the same from both, and the rest is theirs."""
    left = thing(-0.1, 0, 9, mass=2.0, velocity={"linear": vector(1, 0, 0)})
    right = thing(0.1, 0, 9, mass=1.0, velocity={"linear": vector(-1, 0, 0)})
    result = mujoco.predict(world(left=left, right=right), Action.noop(), 1)
    after_left, after_right = linear(result, "left")[0], linear(result, "right")[0]
    assert 2.0 * after_left + 1.0 * after_right == pytest.approx(2.0 - 1.0, abs=1e-6)
    assert after_left < after_right
    energy = (2.0 * after_left**2 + 1.0 * after_right**2) / 2
    assert energy <= 1.5 + 1e-6


def test_friction_stops_what_slides_and_never_turns_it_round(mujoco: MujocoProvider) -> None:
    sliding = thing(0, 0, 0, bbox=box(0.2, 0.2, 0.05), velocity={"linear": vector(1, 0, 0)})
    result = mujoco.predict(world(cube=sliding), Action.noop(), 4)
    # Coulomb friction with coefficient 1 stops it after v^2 / 2g; the regularised contact lets it slip a little more.
    assert 1 / (2 * GRAVITY) <= where(result)[0] < 2 / (2 * GRAVITY)
    assert linear(result) == pytest.approx((0, 0, 0), abs=5e-3)


def test_a_move_gets_there_in_time_and_is_held(mujoco: MujocoProvider) -> None:
    before = world(cube=thing(0, 0.5, 0))
    untouched = copy.deepcopy(before)
    result = mujoco.predict(before, Action.move_to(0.35, 0.5, 0.4, speed=2.0), 3)
    assert where(result) == pytest.approx((0.35, 0.5, 0.4), abs=2e-3)
    assert result.state["step"] == 3
    assert result.physics_score > 0.9
    assert before == untouched


def test_a_move_is_under_way_when_time_is_up(mujoco: MujocoProvider) -> None:
    result = mujoco.predict(world(cube=thing(0, 0, 0)), Action.move_to(10, 0, 0, speed=1.0), 2)
    assert where(result)[0] == pytest.approx(1.0 * 2 * CONTROL_PERIOD, abs=0.05)


def test_what_is_let_go_in_the_air_falls(mujoco: MujocoProvider) -> None:
    lifted = mujoco.predict(world(cube=thing(0, 0, 0)), Action.move_to(0, 0, 0.3, speed=2.0), 3)
    dropped = mujoco.predict(lifted.state, Action.noop(), 4)
    assert where(lifted)[2] > 0.29
    assert where(dropped)[2] == pytest.approx(0, abs=5e-3)


def test_a_move_pushes_what_is_in_its_way(mujoco: MujocoProvider) -> None:
    state = world(cube=thing(0, 0, 0), mug=thing(0.2, 0, 0))
    result = mujoco.predict(state, Action.move_to(0.4, 0, 0, object_id="cube"), 3)
    assert where(result)[0] == pytest.approx(0.4, abs=5e-3)
    assert where(result, "mug")[0] >= 0.4 + 2 * HALF - 5e-3


def test_a_spawned_object_falls_and_has_the_size_that_was_given(mujoco: MujocoProvider) -> None:
    spawn = Action.spawn_object("tower", vector(0, 0, 0.5), box(0.1, 0.1, 0.3))
    result = mujoco.predict({}, spawn, 1)
    assert where(result, "tower")[2] == pytest.approx(0.5 - GRAVITY * CONTROL_PERIOD**2 / 2, abs=1e-9)
    assert result.state["scene"]["objects"]["tower"]["bbox"] == box(0.1, 0.1, 0.3)


def test_overlap_and_energy_out_of_nowhere_cost_the_score(mujoco: MujocoProvider) -> None:
    clash = world(cube=thing(0, 0, 0, mass=1.0), mug=thing(0.02, 0, 0, mass=1.0))
    apart = world(cube=thing(0, 0, 0, mass=1.0), mug=thing(0.2, 0, 0, mass=1.0))
    bad, good = (mujoco.predict(state, Action.noop(), 1).physics_score for state in (clash, apart))
    assert bad == 0.0
    assert good > 0.98
    blocked = mujoco.predict(world(cube=thing(0, 0, 0)), Action.move_to(0, 0, -0.5), 4)
    assert blocked.physics_score < 0.2


def test_an_empty_world_stays_empty(mujoco: MujocoProvider) -> None:
    result = mujoco.predict({"step": 4, "note": "kept"}, Action.noop(), 2)
    assert result.state == {"step": 6, "note": "kept"}
    assert (result.physics_score, result.confidence) == (1.0, 1.0)


def test_models_are_kept_apart_and_used_again(mujoco: MujocoProvider) -> None:
    """Different worlds in turn, more of them than are kept, give what each gives alone."""
    states = [world(cube=thing(0, 0, 0.1 + number, mass=1.0 + number)) for number in range(20)]
    first = [mujoco.predict(state, Action.move_to(1, 0, 1)) for state in states]
    again = [mujoco.predict(state, Action.move_to(1, 0, 1)) for state in reversed(states)]
    assert again == first[::-1]


def test_threads_do_not_disturb_each_other(mujoco: MujocoProvider) -> None:
    states = [world(cube=thing(0, 0, 0.5 * number), mug=thing(1, 0, number)) for number in range(4)]
    alone = [mujoco.predict(state, Action.move_to(1, 1, 1), 2) for state in states]
    together: dict[int, list[PredictionPayload]] = {}
    start = threading.Barrier(4)

    def work(number: int) -> None:
        start.wait(20)
        together[number] = [mujoco.predict(states[number], Action.move_to(1, 1, 1), 2) for _ in range(3)]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert together == {number: [alone[number]] * 3 for number in range(4)}


@pytest.mark.parametrize(
    ("state", "action", "steps", "code"),
    [
        (world(cube={}), Action.noop(), 1, "world.invalid_state"),
        (world(cube=thing(1e9, 0, 0)), Action.noop(), 1, "value.out_of_range"),
        (world(cube=thing(0, 0, 0, mass=0)), Action.noop(), 1, "value.out_of_range"),
        (world(cube=thing(0, 0, 0, mass="1")), Action.noop(), 1, "value.not_a_number"),
        (world(cube=thing(0, 0, 0, bbox=[1])), Action.noop(), 1, "world.invalid_state"),
        (world(cube=thing(0, 0, 0, bbox=box(0, 1, 1))), Action.noop(), 1, "value.out_of_range"),
        (world(cube=thing(0, 0, 0, velocity=[1])), Action.noop(), 1, "world.invalid_state"),
        (world(cube=thing(0, 0, 0, velocity={"linear": vector(1e9, 0, 0)})), Action.noop(), 1, "value.out_of_range"),
        (world(cube={"pose": {"position": vector(0, 0, 0), "rotation": [1]}}), Action.noop(), 1, "world.invalid_state"),
        (
            world(cube={"pose": {"position": vector(0, 0, 0), "rotation": {"w": 0, **vector(0, 0, 0)}}}),
            Action.noop(),
            1,
            "world.invalid_state",
        ),
        (world(cube=thing(0, 0, 0)), Action.move_to(1e9, 0, 0), 1, "value.out_of_range"),
        (world(cube=thing(0, 0, 0)), Action("push"), 1, "action.unsupported"),
        (world(), Action.move_to(0, 0, 0), 1, "world.unknown_object"),
        ({}, Action.noop(), MOST_STEPS + 1, "request.too_many_steps"),
    ],
    ids=[
        *("pose", "far", "massless", "mass", "bbox", "flat", "velocity", "fast", "rotation", "quaternion"),
        *("target", "action", "nothing", "long"),
    ],
)
def test_what_cannot_be_simulated_is_refused(
    mujoco: MujocoProvider, state: Any, action: Any, steps: int, code: str
) -> None:
    with pytest.raises(WorldForgeError) as caught:
        mujoco.predict(state, action, steps)
    assert caught.value.code == code


def test_a_score_is_the_distance_to_the_goal_in_metres(mujoco: MujocoProvider) -> None:
    info = {"world_state": world(cube=thing(0, 0, 0)), "goal": {"target": vector(0.3, 0.4, 0)}}
    result = mujoco.score_actions(
        info=info,
        action_candidates=[
            [Action.noop().to_dict()],
            [Action.move_to(0.3, 0.0, 0.0).to_dict(), Action.move_to(0.3, 0.4, 0.0).to_dict()],
            Action.move_to(0.3, 0.0, 0.0).to_dict(),
        ],
    )
    assert result.scores == pytest.approx((0.5, 0.0, 0.4), abs=2e-3)
    assert (result.best_index, result.lower_is_better) == (1, True)
    assert result.metadata == {"cost_basis": "simulated-distance", "unit": "m"}


def test_the_ground_is_in_the_way_of_a_score(mujoco: MujocoProvider) -> None:
    result = mujoco.score_actions(
        info={"observation": {"point": [0, 0, 0]}, "goal": {"target": [0, 0, -0.5]}},
        action_candidates=[[{"type": "latent_action", "parameters": vector(0, 0, -0.5)}]],
    )
    assert 0.3 < result.scores[0] < 0.51


@pytest.mark.parametrize(
    ("nest", "count"),
    [
        ([[0.0, 0.5, 0.0], [0.3, 0.5, 0.0]], 1),
        ([[[0.0, 0.5, 0.0]], [[0.3, 0.5, 0.0]]], 2),
        ([[[[0.0, 0.5, 0.0]], [[0.3, 0.5, 0.0]]]], 2),
        ([[[[0.0, 0.5, 0.0], [0.3, 0.5, 0.0]], [[0.3, 0.5, 0.0], [0.3, 0.5, 0.0]]]], 2),
    ],
    ids=["steps", "candidates", "batch", "batch-of-steps"],
)
def test_a_nest_of_numbers_is_candidates_of_steps(mujoco: MujocoProvider, nest: Any, count: int) -> None:
    scores = mujoco.score_actions(info={"goal": [[[0.3, 0.5, 0.0]]]}, action_candidates=nest).scores
    assert len(scores) == count
    assert scores[-1] == pytest.approx(0, abs=2e-3)


def test_the_default_inputs_of_a_benchmark_can_be_scored(mujoco: MujocoProvider) -> None:
    inputs = BenchmarkInputs()
    result = mujoco.score_actions(info=inputs.score_info, action_candidates=inputs.score_action_candidates)
    assert all(math.isfinite(score) for score in result.scores)


@pytest.mark.parametrize(
    ("info", "candidates", "code"),
    [
        ({"goal": {}}, [[[[0.0, 0.0, 0.0]]]], "score.no_goal"),
        ({"goal": "there"}, [[[[0.0, 0.0, 0.0]]]], "score.no_goal"),
        ({"goal": [[1.0]]}, [[[[0.0, 0.0, 0.0]]]], "world.invalid_state"),
        ({"goal": [0, 0, 0]}, [[]], "score.candidate"),
        ({"goal": [0, 0, 0]}, ["go"], "score.candidate"),
        ({"goal": [0, 0, 0]}, [[{"type": "move_to", "parameters": []}]], "score.candidate"),
        ({"goal": [0, 0, 0]}, [[[0.0, 0.0]]], "score.candidate"),
        ({"goal": [0, 0, 0]}, [[[[0.0, 0.0, 0.0]]], [1.0]], "score.candidate"),
        ({"goal": [0, 0, 0]}, [Action.move_to(0, 0, 0, speed=0.0).to_dict()], "value.out_of_range"),
        ({"goal": [0, 0, 0]}, [Action.move_to(1e9, 0, 0).to_dict()], "score.candidate"),
        ({"goal": [0, 0, 0], "world_state": world()}, [Action.noop().to_dict()], "world.unknown_object"),
        ({"goal": [0, 0, 0], "world_state": [1]}, [Action.noop().to_dict()], "world.invalid_state"),
    ],
    ids=[
        *("no-goal", "text-goal", "short-goal", "empty", "text", "list", "pair", "uneven", "slow", "far"),
        *("nothing", "list-state"),
    ],
)
def test_what_cannot_be_scored_is_refused(mujoco: MujocoProvider, info: Any, candidates: Any, code: str) -> None:
    with pytest.raises(WorldForgeError) as caught:
        mujoco.score_actions(info=info, action_candidates=candidates)
    assert caught.value.code == code


def test_numbers_that_leave_their_range_are_an_error_and_leave_no_file(
    mujoco: MujocoProvider, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    heap = world(**{f"o{number}": thing(0, 0, 0, mass=10.0 ** (6 if number % 2 else -6)) for number in range(6)})
    monkeypatch.setattr(simulation, "GRAVITY", 1e300)
    with pytest.raises(ProviderError) as caught:
        mujoco.predict(heap, Action.noop(), 1)
    assert (caught.value.code, caught.value.exit_code) == ("provider.diverged", 4)
    assert list(tmp_path.iterdir()) == []


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = builtins.__import__

    def refuse(name: str, *arguments: Any) -> Any:
        if name == "mujoco":
            raise ImportError(name)
        return genuine(name, *arguments)

    simulation.library.cache_clear()
    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ProviderError) as caught:
        MujocoProvider().warmup()
    simulation.library.cache_clear()
    assert caught.value.code == "provider.not_installed"
    assert "extra mujoco" in (caught.value.hint or "")


def test_warming_up_imports_the_library() -> None:
    result = MujocoProvider().warmup()
    assert result.status == "ready"
    assert result.detail.startswith("mujoco ")


def test_the_documented_defaults_are_those_of_the_code() -> None:
    text = (REPO / "src/worldforge/providers/builtin/mujoco/bodies.py").read_text(encoding="utf-8")
    assert "a cube of 5 cm" in text
    assert HALF * 2 == 0.05
