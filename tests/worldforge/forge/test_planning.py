"""The controller: what it promises whatever the landscape, and that it is worth more than guessing."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable
from statistics import median
from typing import Any

import pytest

from tests.worldforge.evaluation.fakes import Oracle, forge_with
from worldforge.errors import ProviderError, WorldForgeError
from worldforge.forge.planning import LatentMPCController, MPCStepResult, PlannerConfig
from worldforge.forge.sampling import Sampler, Scored
from worldforge.values import Action

DIMENSIONS = {f"p{index}": (-2.0, 2.0) for index in range(6)}
Landscape = Callable[[list[float]], float]


def quadratic(x: list[float]) -> float:
    return sum((value - 0.7) ** 2 * (1 + index) for index, value in enumerate(x))


def rosenbrock(x: list[float]) -> float:
    """A narrow, bent valley: f(x) = sum 100 (x[i+1] - x[i]^2)^2 + (1 - x[i])^2 (Rosenbrock 1960)."""
    return sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in itertools.pairwise(x))


def rastrigin(x: list[float]) -> float:
    """Many local minima: f(x) = 10 n + sum x^2 - 10 cos(2 pi x) (Rastrigin 1974), shifted off the middle."""
    return sum(10 + (value - 0.3) ** 2 - 10 * math.cos(2 * math.pi * (value - 0.3)) for value in x)


LANDSCAPES: dict[str, Landscape] = {"quadratic": quadratic, "narrow-valley": rosenbrock, "multimodal": rastrigin}


def oracle_of(landscape: Landscape, **more: Any) -> Oracle:
    def scores(info: dict[str, Any], candidates: list[Any]) -> list[float]:
        return [landscape([value for action in each for value in action["parameters"].values()]) for each in candidates]

    return Oracle(scores, **more)


def planned(landscape: Landscape, **settings: Any) -> MPCStepResult:
    config = PlannerConfig(**{"action_parameter_bounds": DIMENSIONS, **settings})
    controller = LatentMPCController(forge_with(oracle_of(landscape)), "oracle", config)
    return controller.plan_step({"point": [0.0]}, {"target": [0.0]})


def guessed(landscape: Landscape, budget: int, seed: int) -> float:
    """Random shooting: the best of as many uniform samples."""
    source = random.Random(1000 + seed)
    return min(landscape([source.uniform(low, high) for low, high in DIMENSIONS.values()]) for _ in range(budget))


@pytest.mark.parametrize("optimizer", ["cem", "mppi"])
@pytest.mark.parametrize("name", LANDSCAPES)
def test_it_beats_random_shooting_at_equal_budget(name: str, optimizer: str) -> None:
    landscape, samples, iterations = LANDSCAPES[name], 48, 12
    settings = {"num_samples": samples, "num_iterations": iterations, "optimizer": optimizer}
    ours = [planned(landscape, seed=seed, **settings).best_score for seed in range(15)]
    theirs = [guessed(landscape, samples * iterations, seed) for seed in range(15)]
    wins = sum(mine < other for mine, other in zip(ours, theirs, strict=True))
    assert wins >= 12, (ours, theirs)
    assert median(ours) < 0.75 * median(theirs)


@pytest.mark.parametrize("optimizer", ["cem", "mppi"])
@pytest.mark.parametrize("name", LANDSCAPES)
def test_the_best_cost_never_rises(name: str, optimizer: str) -> None:
    for seed in range(5):
        costs = planned(LANDSCAPES[name], seed=seed, num_iterations=8, optimizer=optimizer).iteration_best_scores
        assert len(costs) == 8
        assert list(costs) == sorted(costs, reverse=True)
        assert costs[-1] < costs[0]


def test_the_best_score_is_that_of_the_actions() -> None:
    plan = planned(quadratic)
    [action] = plan.actions
    assert quadratic(list(action.parameters.values())) == plan.best_score == plan.iteration_best_scores[-1]
    assert plan.candidate_count == 64 * 4
    assert plan.violation == 0


def test_equal_seeds_give_equal_plans_and_others_do_not() -> None:
    first, second, other = planned(rastrigin, seed=4), planned(rastrigin, seed=4), planned(rastrigin, seed=5)
    assert first.actions == second.actions
    assert first.metadata == second.metadata
    assert first.actions != other.actions
    assert planned(rastrigin, seed=None).actions != planned(rastrigin, seed=None).actions


def test_a_reset_controller_plans_as_a_new_one() -> None:
    config = PlannerConfig(action_parameter_bounds=DIMENSIONS, warm_start=False)
    controller = LatentMPCController(forge_with(oracle_of(rastrigin)), "oracle", config)
    first = controller.plan_step({"a": 1}, {"b": 1})
    assert controller.plan_step({"a": 1}, {"b": 1}).actions != first.actions
    controller.reset()
    assert controller.plan_step({"a": 1}, {"b": 1}).actions == first.actions


def test_a_warm_start_begins_where_the_last_plan_ended() -> None:
    settings = {"action_parameter_bounds": DIMENSIONS, "num_iterations": 3, "horizon": 2}
    costs = {}
    for warm in (True, False):
        config = PlannerConfig(**settings, warm_start=warm)  # type: ignore[arg-type]
        controller = LatentMPCController(forge_with(oracle_of(quadratic)), "oracle", config)
        results = [controller.plan_step({"a": 1}, {"b": 1}) for _ in range(4)]
        costs[warm] = [result.iteration_best_scores[0] for result in results]
    assert costs[True][0] == costs[False][0]
    assert all(warm < cold for warm, cold in zip(costs[True][1:], costs[False][1:], strict=True))


def test_what_is_left_of_a_plan_is_moved_forward() -> None:
    def towards_number(x: list[float]) -> float:
        return sum((value - index) ** 2 for index, value in enumerate(x))

    bounds = {"x": (-1.0, 5.0)}
    config = PlannerConfig(
        action_parameter_bounds=bounds, horizon=3, execute_k=2, num_samples=200, num_iterations=10, init_std=3.0
    )
    controller = LatentMPCController(forge_with(oracle_of(towards_number)), "oracle", config)
    first = controller.plan_step({"a": 1}, {"b": 1})
    assert [round(action.parameters["x"], 1) for action in first.actions] == [0.0, 1.0]
    assert [round(step[0], 1) for step in controller._warm or ()] == [2.0, 2.0, 2.0]


def test_a_receding_horizon_follows_what_it_observes() -> None:
    """The world goes only half of the way that it is told; planning again makes up for it."""
    place = [0.0]

    def short_of(info: dict[str, Any], candidates: list[Any]) -> list[float]:
        begin = info["observation"]["x"]
        ends = [begin + 0.5 * sum(action["parameters"]["dx"] for action in each) for each in candidates]
        return [abs(info["goal"]["x"] - end) for end in ends]

    def execute(action: Action) -> None:
        place[0] += 0.5 * action.parameters["dx"]

    config = PlannerConfig(action_parameter_bounds={"dx": (-0.5, 0.5)}, horizon=2, num_samples=40)
    controller = LatentMPCController(forge_with(Oracle(short_of)), "oracle", config)
    results = controller.control(
        lambda: {"x": place[0]}, execute, {"x": 1.0}, plans=50, done=lambda: abs(place[0] - 1.0) < 0.02
    )
    assert abs(place[0] - 1.0) < 0.02
    assert 4 <= len(results) < 50
    assert len(results[0].actions) == 1


def test_actions_stay_within_their_bounds() -> None:
    bounds = {"x": (0.2, 0.3), "y": (-5.0, -4.0)}
    seen: list[Any] = []

    def scores(info: dict[str, Any], candidates: list[Any]) -> list[float]:
        seen.extend(action["parameters"] for each in candidates for action in each)
        return [-each[0]["parameters"]["x"] for each in candidates]

    controller = LatentMPCController(
        forge_with(Oracle(scores)), "oracle", PlannerConfig(action_parameter_bounds=bounds, init_std=9.0)
    )
    controller.plan_step({"a": 1}, {"b": 1})
    assert all(0.2 <= each["x"] <= 0.3 and -5 <= each["y"] <= -4 for each in seen)
    assert len(seen) == 64 * 4


def test_each_iteration_is_one_call_with_all_candidates() -> None:
    oracle = oracle_of(quadratic)
    config = PlannerConfig(num_samples=10, num_iterations=7, num_elites=3)
    LatentMPCController(forge_with(oracle), "oracle", config).plan_step({"a": 1}, {"b": 1})
    assert oracle.calls == 7


def test_info_holds_the_observation_and_the_goal_unless_it_is_encoded_otherwise() -> None:
    seen: list[dict[str, Any]] = []

    def scores(info: dict[str, Any], candidates: list[Any]) -> list[float]:
        seen.append(info)
        return [0.0] * len(candidates)

    forge = forge_with(Oracle(scores))
    LatentMPCController(forge, "oracle", PlannerConfig(num_iterations=1)).plan_step({"a": 1}, {"b": 2})
    LatentMPCController(
        forge, "oracle", PlannerConfig(num_iterations=1), encode=lambda seen, goal: {"pixels": seen, "text": goal}
    ).plan_step({"a": 1}, {"b": 2})
    assert seen == [{"observation": {"a": 1}, "goal": {"b": 2}}, {"pixels": {"a": 1}, "text": {"b": 2}}]


def test_a_sequence_that_breaks_a_constraint_is_taken_only_where_none_keeps_it() -> None:
    def at_least(limit: float) -> Callable[[Any], float]:
        return lambda actions: max(0.0, limit - actions[0].parameters["p0"])

    config = PlannerConfig(
        action_parameter_bounds={"p0": (-2.0, 2.0)}, num_samples=60, num_iterations=12, init_std=2.0, smoothing=0.5
    )

    def plan(limit: float) -> MPCStepResult:
        forge = forge_with(oracle_of(lambda x: 1e6 * x[0] ** 2))
        return LatentMPCController(forge, "oracle", config, constraint=at_least(limit)).plan_step({"a": 1}, {"b": 1})

    kept = plan(0.5)
    assert kept.violation == 0
    assert kept.actions[0].parameters["p0"] == pytest.approx(0.5, abs=0.02)
    impossible = plan(2.5)
    assert impossible.violation == pytest.approx(0.5, abs=0.02)
    assert impossible.metadata["iteration_violations"] == sorted(
        impossible.metadata["iteration_violations"], reverse=True
    )


@pytest.mark.parametrize("returned", [-1.0, float("nan"), "0", None])
def test_a_constraint_returns_a_number_of_at_least_0(returned: Any) -> None:
    controller = LatentMPCController(forge_with(), "mock", constraint=lambda actions: returned)
    with pytest.raises(WorldForgeError):
        controller.plan_step({"a": 1}, {"target": [0.0, 0.0, 0.0]})


@pytest.mark.parametrize("wrong", [-1, 1])
def test_another_number_of_scores_is_an_error(wrong: int) -> None:
    oracle = Oracle(lambda info, candidates: [0.0] * (len(candidates) + wrong))
    with pytest.raises(ProviderError) as refused:
        LatentMPCController(forge_with(oracle), "oracle").plan_step({"a": 1}, {"b": 1})
    assert refused.value.code == "planning.score_count"


def test_a_change_of_direction_is_an_error() -> None:
    oracle = oracle_of(quadratic)
    controller = LatentMPCController(forge_with(oracle), "oracle")
    controller.plan_step({"a": 1}, {"b": 1})
    oracle._lower_is_better = False
    with pytest.raises(ProviderError) as refused:
        controller.plan_step({"a": 1}, {"b": 1})
    assert refused.value.code == "planning.direction"
    controller.reset()
    assert not controller.plan_step({"a": 1}, {"b": 1}).lower_is_better


def test_scores_that_count_upwards_are_told_as_they_are() -> None:
    oracle = oracle_of(lambda x: -quadratic(x), lower_is_better=False)
    plan = LatentMPCController(forge_with(oracle), "oracle").plan_step({"a": 1}, {"b": 1})
    assert plan.best_score == -plan.iteration_best_scores[-1]
    assert list(plan.iteration_best_scores) == sorted(plan.iteration_best_scores, reverse=True)


@pytest.mark.parametrize(
    "settings",
    [
        {"num_elites": 65},
        {"execute_k": 2},
        {"min_std": 2.0},
        {"horizon": 0},
        {"num_samples": True},
        {"init_std": 0.0},
        {"init_std": float("nan")},
        {"temperature": -1.0},
        {"smoothing": 1.0},
        {"seed": -1},
        {"seed": 0.5},
        {"optimizer": "adam"},
        {"action_kind": " "},
        {"action_parameter_bounds": {}},
        {"action_parameter_bounds": {"x": (1.0, 1.0)}},
        {"action_parameter_bounds": {"x": (1.0,)}},
        {"action_parameter_bounds": {"x": (0.0, float("inf"))}},
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(WorldForgeError):
        PlannerConfig(**settings)


def test_the_default_settings_are_those_of_the_public_description() -> None:
    default = PlannerConfig().to_dict()
    assert {name: default[name] for name in ("horizon", "num_samples", "num_iterations", "num_elites")} == {
        "horizon": 1,
        "num_samples": 64,
        "num_iterations": 4,
        "num_elites": 8,
    }
    assert (default["init_std"], default["min_std"], default["execute_k"]) == (1.0, 1e-3, 1)


def test_one_sample_and_one_elite_work() -> None:
    for optimizer in ("cem", "mppi"):
        plan = planned(quadratic, num_samples=1, num_elites=1, optimizer=optimizer)
        assert len(plan.iteration_best_scores) == 4


def test_a_refit_of_the_cross_entropy_method_is_the_mean_and_spread_of_the_elites() -> None:
    config = PlannerConfig(
        action_parameter_bounds={"x": (-9.0, 9.0)}, num_samples=4, num_elites=2, init_std=5.0, min_std=0.1
    )
    sampler = Sampler(config)
    ranked = [Scored(0.0, cost, ((x,),)) for cost, x in ((1.0, 1.0), (2.0, 3.0), (3.0, 8.0), (4.0, -8.0))]
    fitted = sampler.refit(ranked, sampler.start(None))
    assert fitted.mean == ((2.0,),)
    assert fitted.std == ((1.0,),)
    same = [Scored(0.0, 1.0, ((1.0,),))] * 4
    assert sampler.refit(same, fitted).std == ((0.1,),)


def test_a_refit_of_path_integral_control_weighs_by_cost() -> None:
    config = PlannerConfig(
        action_parameter_bounds={"x": (-9.0, 9.0)}, num_samples=3, num_elites=1, optimizer="mppi", temperature=1.0
    )
    sampler = Sampler(config)
    ranked = [Scored(0.0, 0.0, ((0.0,),)), Scored(0.0, 1.0, ((1.0,),)), Scored(9.0, -5.0, ((8.0,),))]
    weight = math.exp(-1 / 0.5)  # the standard deviation of the costs 0 and 1
    assert sampler.refit(ranked, sampler.start(None)).mean[0][0] == pytest.approx(weight / (1 + weight))
    broken = [Scored(1.0, 7.0, ((0.0,),)), Scored(3.0, -7.0, ((1.0,),))]
    assert sampler.refit(broken, sampler.start(None)).mean[0][0] == pytest.approx(weight / (1 + weight))
