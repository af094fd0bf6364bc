"""The suite `physics`: what a provider predicts against what must be so, whatever the model.

Two checks ask for no dynamics: equal questions have equal answers, and an action does what it says. Three compare with
closed forms: an object that is thrown keeps its horizontal velocity and its energy, one that falls is where gravity has
taken it, one that lands stays on the ground. A provider says how much time a prediction covers in its metadata, as
`seconds`; without that, nothing can be compared.

Positions are where an object stands: z = 0 is the ground.
"""

from __future__ import annotations

import math
from typing import Any, Final, TypeAlias

from worldforge.errors import ProviderError
from worldforge.evaluation.builtin.checks import Check, holds, judged
from worldforge.evaluation.context import EvaluationContext
from worldforge.evaluation.outcome import ScenarioOutcome
from worldforge.evaluation.scenario import EvaluationScenario, Evaluator
from worldforge.evaluation.suite import EvaluationSuite
from worldforge.evaluation.wording import OwnText
from worldforge.providers.scene import objects_of, point, position_of
from worldforge.values import Action, PredictionPayload
from worldforge.values.json_values import require_number

GRAVITY: Final = 9.81
"""Metres per second squared."""
EXACT: Final = 1e-9
CLOSE: Final = 0.005
"""Metres; gravity of 9.80665 m/s2 instead of 9.81 makes 4 mm in 1.5 s."""
STILL: Final = 0.001
"""Metres by which something at rest may settle."""
REACHED: Final = 0.05
ENERGY: Final = 0.01
"""Share of its energy that an object in free flight may gain or lose."""
_SHIFT: Final = 0.35
_HALF: Final = 0.025
_MOST_STEPS: Final = 2000
_UNKNOWN_PERIOD_STEPS: Final = 8
_WATCHED: Final = 0.25
"""Seconds of flight that are compared; in less, too little happens to be told from nothing."""
_LANDED: Final = 1.5
"""Seconds after which what was dropped from 0.2 m lies still."""
_LOOK: Final = 0.05
"""Seconds between two looks at an object that falls and lands."""
_DYNAMICS: Final = (
    "A prediction says in metadata.seconds how much time it covers. A provider without dynamics, such as mock, moves "
    "nothing by itself and fails this, as it should."
)

Vector: TypeAlias = tuple[float, float, float]


def stability(context: EvaluationContext) -> ScenarioOutcome:
    """Ask the same twice: stay where you are."""
    start = (context.random.uniform(-0.2, 0.2), 0.5, 0.0)
    state = _state({"cube": _object(start)})
    first, second = (context.predict(state, Action.move_to(*start)) for _ in range(2))
    drift = math.dist(_place(first, "cube"), _place(second, "cube"))
    checks = [
        Check("determinism_drift_m", drift, EXACT),
        holds("deterministic", first.state == second.state),
        Check("moved_m", math.dist(_place(first, "cube"), start), STILL),
    ]
    return judged(context, checks, physics_score=first.physics_score, confidence=first.confidence)


def action_response(context: EvaluationContext) -> ScenarioOutcome:
    """Ask for a move: it happens, it goes where it should, and the state that was given is not changed."""
    start = (context.random.uniform(-0.2, 0.2), 0.5, 0.0)
    state = _state({"cube": _object(start)})
    target = (start[0] + _SHIFT, *start[1:])
    predicted = context.predict(state, Action.move_to(*target), steps=2)
    end = _place(predicted, "cube")
    checks = [
        Check("target_error_m", math.dist(end, target), REACHED),
        Check("missing_way_m", max(0.0, _SHIFT - REACHED - math.dist(end, start)), EXACT),
        holds("input_unchanged", state == _state({"cube": _object(start)})),
    ]
    return judged(
        context,
        checks,
        moved_distance_m=math.dist(end, start),
        physics_score=predicted.physics_score,
        confidence=predicted.confidence,
    )


def conservation(context: EvaluationContext) -> ScenarioOutcome:
    """Let one object lie and throw another: nothing appears or vanishes, momentum and energy stay."""
    speed, steps = context.random.uniform(0.5, 1.0), _steps(context, _WATCHED)
    lying, thrown = (-0.5, 0.0, 0.0), (0.0, 0.3, 1.0 + _height_for(context))
    state = _state({"lying": _object(lying), "thrown": _object(thrown, velocity=(speed, 0.0, 0.0))})
    predicted = context.predict(state, Action.noop(), steps)
    seconds = _seconds(predicted)
    end, velocity = _place(predicted, "thrown"), _velocity(predicted, "thrown")
    checks = [
        holds("objects_kept", sorted(_objects(predicted)) == ["lying", "thrown"]),
        Check("rest_drift_m", math.dist(_place(predicted, "lying"), lying), STILL),
        Check("way_error_m", None if seconds is None else abs(end[0] - thrown[0] - speed * seconds), CLOSE),
        Check("sideways_m", abs(end[1] - thrown[1]), CLOSE),
        Check("energy_error", _energy_error(thrown, speed, end, velocity), ENERGY),
        _covered(seconds, _WATCHED),
    ]
    return judged(context, checks, seconds=seconds, speed_m_s=speed)


def contact(context: EvaluationContext) -> ScenarioOutcome:
    """Drop an object: it never gets below the ground, and ends lying on it."""
    place = (context.random.uniform(-0.2, 0.2), 0.0, 0.2)
    state, heights, seconds = _state({"cube": _object(place)}), [place[2]], 0.0
    together = _steps(context, _LOOK)
    for _ in range(math.ceil(_steps(context, _LANDED) / together)):
        predicted = context.predict(state, Action.noop(), together)
        state, seconds = predicted.state, seconds + (_seconds(predicted) or 0.0)
        heights.append(_place(predicted, "cube")[2])
    checks = [
        Check("deepest_below_ground_m", max(0.0, -min(heights)), STILL),
        Check("end_height_m", abs(heights[-1]), STILL),
        Check("last_movement_m", abs(heights[-1] - heights[-2]), STILL),
        _covered(seconds or None, _LANDED),
    ]
    return judged(context, checks, seconds=seconds or None, prediction_count=len(heights) - 1)


def free_fall(context: EvaluationContext) -> ScenarioOutcome:
    """Let an object fall, and go on from the state that comes back: its height is z0 - g t^2 / 2 both times."""
    height, steps = 1.0 + _height_for(context), _steps(context, _WATCHED)
    state = _state({"cube": _object((context.random.uniform(-0.2, 0.2), 0.0, height))})
    first = context.predict(state, Action.noop(), steps)
    second = context.predict(first.state, Action.noop(), steps)
    times = _seconds(first), _seconds(second)
    whole = None if None in times else math.fsum(time or 0.0 for time in times)
    checks = [
        Check("first_error_m", _fall_error(height, _place(first, "cube")[2], times[0]), CLOSE),
        Check("second_error_m", _fall_error(height, _place(second, "cube")[2], whole), CLOSE),
        _covered(whole, 2 * _WATCHED),
    ]
    return judged(
        context, checks, seconds=whole, begin_height_m=height, end_height_m=_place(second, "cube")[2], step_count=steps
    )


def suite() -> EvaluationSuite:
    """The suite."""
    return EvaluationSuite.custom(
        suite_id="physics",
        name="Physics",
        suite_version=OwnText("physics:1"),
        scenarios=[
            _scenario(
                "object-stability",
                stability,
                "Asks twice for the same: an object that is told to stay where it is.",
                f"Both predictions are equal, and the object moves by at most {STILL} m.",
            ),
            _scenario(
                "action-response",
                action_response,
                "Asks for a move of 0.35 m in two steps.",
                f"The object ends within {REACHED} m of its target, and the state that was given is not changed.",
            ),
            _scenario(
                "object-conservation",
                conservation,
                "Lets one object lie and throws another.",
                f"The one at rest stays within {STILL} m, the other keeps its horizontal velocity (to {CLOSE} m of "
                f"way) and its energy (to {ENERGY:.0%}), and there are still two. {_DYNAMICS}",
            ),
            _scenario(
                "object-contact",
                contact,
                "Drops an object from 0.2 m.",
                f"It is never more than {STILL} m below the ground, and lies on it after {_LANDED} s. {_DYNAMICS}",
            ),
            _scenario(
                "free-fall",
                free_fall,
                "Lets an object fall and compares its height with z0 - g t^2 / 2.",
                f"The height is right to {CLOSE} m after both predictions. {_DYNAMICS}",
            ),
        ],
        claim_boundary=OwnText(
            "Checks predictions of a few rigid bodies against closed forms. It shows nothing of contact-rich, "
            "articulated or deformable scenes, of rendering, or of the performance of a robot."
        ),
        metric_semantics=OwnText(
            "A trial passes when every error is within its tolerance. Its score is the mean over these checks: 1 "
            "within the tolerance, falling to 0 at ten times it. Lengths are metres, times seconds. A provider's own "
            "physics_score and confidence are told and decide nothing."
        ),
    )


def _scenario(name: str, evaluator: Evaluator, description: str, contract: str) -> EvaluationScenario:
    return EvaluationScenario(name, OwnText(description), evaluator, ("predict",), OwnText(contract))


def _state(objects: dict[str, Any]) -> dict[str, Any]:
    return {"step": 0, "scene": {"objects": objects}, "metadata": {}}


def _object(place: Vector, *, velocity: Vector | None = None) -> dict[str, Any]:
    moving = {} if velocity is None else {"velocity": {"linear": _named(velocity)}}
    box = {"min": _named((-_HALF, -_HALF, -_HALF)), "max": _named((_HALF, _HALF, _HALF))}
    return {"pose": {"position": _named(place)}, "bbox": box, **moving}


def _named(vector: Vector) -> dict[str, float]:
    return dict(zip("xyz", vector, strict=True))


def _objects(predicted: PredictionPayload) -> dict[str, Any]:
    return objects_of(predicted.state)


def _place(predicted: PredictionPayload, name: str) -> Vector:
    objects = objects_of(predicted.state)
    if name not in objects:
        raise ProviderError(f"the predicted state has no object {name!r}", code="evaluation.object_lost")
    return position_of(objects[name], name)


def _velocity(predicted: PredictionPayload, name: str) -> Vector | None:
    """The velocity of an object; None where the provider does not say."""
    velocity = objects_of(predicted.state)[name].get("velocity")
    linear = velocity.get("linear") if isinstance(velocity, dict) else None
    return None if linear is None else point(linear, f"/scene/objects/{name}/velocity/linear")


def _seconds(predicted: PredictionPayload) -> float | None:
    """How much time a prediction says that it covers; None where it does not say."""
    seconds = predicted.metadata.get("seconds")
    return None if seconds is None else require_number(seconds, "metadata.seconds", low=0)


def _steps(context: EvaluationContext, seconds: float) -> int:
    """How many steps cover a time; a few where the provider does not say how long one is."""
    period = _period(context)
    return min(_MOST_STEPS, math.ceil(seconds / period)) if period else _UNKNOWN_PERIOD_STEPS


def _period(context: EvaluationContext) -> float | None:
    """How much time one step covers, by a prediction of nothing in particular."""
    return _seconds(context.predict(_state({"cube": _object((0.0, 0.0, 0.0))}), Action.noop()))


def _height_for(context: EvaluationContext) -> float:
    """How far things fall in twice the time that is watched, with steps of whatever length."""
    return _fallen(2 * max(_WATCHED, _period(context) or 0.0) * 1.5)


def _fallen(seconds: float) -> float:
    return GRAVITY * seconds**2 / 2


def _fall_error(begin: float, end: float, seconds: float | None) -> float | None:
    return None if seconds is None else abs(end - begin + _fallen(seconds))


def _energy_error(begin: Vector, speed: float, end: Vector, velocity: Vector | None) -> float | None:
    """Change of v^2 / 2 + g z, as a share of what it was."""
    if velocity is None:
        return None
    before = speed**2 / 2 + GRAVITY * begin[2]
    return abs(math.hypot(*velocity) ** 2 / 2 + GRAVITY * end[2] - before) / before


def _covered(seconds: float | None, wanted: float) -> Check:
    """Whether a prediction says how much time it covers, and that is enough to see something."""
    return Check("time_not_covered_s", None if seconds is None else max(0.0, wanted - seconds), EXACT)
