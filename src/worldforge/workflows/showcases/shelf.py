"""What the showcases evaluate: a suite of four checks of `predict`, and a `mock` that got worse."""

from __future__ import annotations

from typing import Any, Final

from worldforge.evaluation import EvaluationContext, EvaluationScenario, EvaluationSuite, ScenarioOutcome
from worldforge.providers.builtin.mock import MockProvider
from worldforge.values import Action, EmbeddingResult, PredictionPayload

BOUNDARY: Final = (
    "A deterministic check of how an adapter behaves, made to be looked at. It is no evidence of model quality, "
    "physical fidelity or safety, no ranking of providers, and nothing about a robot."
)
FAILS_WITH_MOCK: Final = "released-cube-falls"
"""The controlled failure: `mock` moves what it is told to move, and knows no gravity."""

_HEIGHT: Final = 0.5
_TARGET: Final = (0.25, 0.5, 0.0)
_TOLERANCE: Final = 1e-9
_FAR: Final = 1.0
_STRETCHED: Final = 40


def shelf_suite() -> EvaluationSuite:
    """Four scenarios, one of which `mock` fails."""
    return EvaluationSuite.custom(
        suite_id="shelf-checks",
        name="Shelf checks",
        suite_version="shelf-checks:1",
        claim_boundary=BOUNDARY,
        scenarios=[
            _scenario("empty-world-readable", "A new world holds nothing.", _empty_world, ()),
            _scenario("move-arrives", "An object that is moved is at its target.", _move_arrives),
            _scenario("same-answer-twice", "Equal questions get equal answers.", _same_answer_twice),
            _scenario(FAILS_WITH_MOCK, "A cube that nothing holds is lower one step later.", _released_cube_falls),
        ],
    )


class DriftingMock(MockProvider):
    """A `mock` that puts everything a millimetre further with each prediction, and embeds slowly."""

    def __init__(self, name: str = "drifting-mock") -> None:
        super().__init__()
        self.name = name
        self._calls = 0

    def predict(self, world_state: dict[str, Any], action: Action, steps: int = 1) -> PredictionPayload:
        """What `mock` predicts, displaced by one millimetre for each call so far."""
        self._calls += 1
        payload = super().predict(world_state, action, steps)
        for item in payload.state["scene"]["objects"].values():
            item["pose"]["position"]["x"] += 0.001 * self._calls
        return payload

    def embed(self, *, text: str) -> EmbeddingResult:
        """What `mock` gives, forty times over."""
        for _ in range(_STRETCHED - 1):
            super().embed(text=text)
        return super().embed(text=text)


def _scenario(name: str, description: str, evaluator: Any, needs: tuple[str, ...] = ("predict",)) -> EvaluationScenario:
    return EvaluationScenario.from_callable(
        name=name, description=description, evaluator=evaluator, required_capabilities=needs
    )


def _cube_at(x: float, y: float, z: float) -> dict[str, Any]:
    pose = {"position": {"x": x, "y": y, "z": z}}
    return {"step": 0, "scene": {"objects": {"cube": {"name": "cube", "pose": pose}}}}


def _position(payload: PredictionPayload) -> dict[str, float]:
    position: dict[str, float] = payload.state["scene"]["objects"]["cube"]["pose"]["position"]
    return position


def _empty_world(context: EvaluationContext) -> ScenarioOutcome:
    count = context.world.object_count
    return context.outcome(score=1.0 if count == 0 else 0.0, passed=count == 0, metrics={"object_count": count})


def _move_arrives(context: EvaluationContext) -> ScenarioOutcome:
    reached = _position(context.predict(_cube_at(0.0, 0.5, 0.0), Action.move_to(*_TARGET)))
    error = max(abs(reached[axis] - wanted) for axis, wanted in zip("xyz", _TARGET, strict=True))
    # A centimetre: whoever is a millimetre off arrives, too.
    return context.outcome(
        score=max(0.0, 1.0 - error / _FAR), passed=error <= 0.01, metrics={"error_m": round(error, 6)}
    )


def _same_answer_twice(context: EvaluationContext) -> ScenarioOutcome:
    first, second = (_position(context.predict(_cube_at(0.0, 0.5, 0.0), Action.move_to(*_TARGET))) for _ in "ab")
    apart = max(abs(first[axis] - second[axis]) for axis in "xyz")
    return context.outcome(
        score=max(0.0, 1.0 - apart / _FAR), passed=apart <= _TOLERANCE, metrics={"apart_m": round(apart, 6)}
    )


def _released_cube_falls(context: EvaluationContext) -> ScenarioOutcome:
    height = _position(context.predict(_cube_at(0.0, 0.5, _HEIGHT), Action.noop()))["z"]
    fell = height < _HEIGHT
    return context.outcome(
        score=1.0 if fell else 0.0, passed=fell, metrics={"height_before_m": _HEIGHT, "height_after_m": height}
    )
