"""A suite of one's own: three scenarios, of which one fails on purpose, so that there is a failure to look at.

Run it as a program, or hand it to the command line:

    uv run python examples/custom_evaluation_suite.py
    uv run worldforge eval --suite examples/custom_evaluation_suite.py --provider mock
"""

from __future__ import annotations

import sys

from worldforge import Action, WorldForge
from worldforge.evaluation import EvaluationContext, EvaluationScenario, EvaluationSuite, ScenarioOutcome

TOLERANCE = 0.01


def check_empty_world(context: EvaluationContext) -> ScenarioOutcome:
    """A new world can be inspected, and holds nothing."""
    object_count = context.world.object_count
    return context.outcome(score=1.0, passed=object_count == 0, metrics={"object_count": object_count})


def check_move(context: EvaluationContext) -> ScenarioOutcome:
    """An object that is moved ends where it should. The place is drawn: run several trials with --trials."""
    target = context.random.uniform(0.1, 0.5)
    state = {"scene": {"objects": {"cube": {"pose": {"position": {"x": 0.0, "y": 0.0, "z": 0.0}}}}}}
    predicted = context.predict(state, Action.move_to(target, 0.0, 0.0), steps=3)
    reached = predicted.state["scene"]["objects"]["cube"]["pose"]["position"]["x"]
    error = abs(reached - target)
    return context.outcome(score=max(0.0, 1 - error), passed=error <= TOLERANCE, metrics={"target_error_m": error})


def check_two_moves(context: EvaluationContext) -> ScenarioOutcome:
    """Fails on purpose: it asks for two objects in a world that has one."""
    return context.outcome(
        score=0.5,
        passed=False,
        metrics={"expected_object_count": 2, "object_count": 1},
    )


suite = EvaluationSuite.custom(
    suite_id="custom-example",
    name="Custom Evaluation Example",
    suite_version="custom-example:1",
    claim_boundary="A deterministic example of a suite. It says nothing of the quality of any model or robot.",
    scenarios=[
        EvaluationScenario.from_callable(
            name="empty-world-readable",
            description="A new world can be inspected.",
            evaluator=check_empty_world,
        ),
        EvaluationScenario.from_callable(
            name="object-moves",
            description="An object that is moved ends where it should.",
            contract=f"The object ends within {TOLERANCE} m of its target.",
            required_capabilities=["predict"],
            evaluator=check_move,
        ),
        EvaluationScenario.from_callable(
            name="controlled-failure",
            description="Fails on purpose, so that the failure gallery has a case.",
            contract="There are two objects. No provider can pass: the case shows how a failure is told.",
            evaluator=check_two_moves,
        ),
    ],
)

if __name__ == "__main__":
    report = suite.run_report("mock", forge=WorldForge())
    sys.stdout.write(report.to_markdown())
