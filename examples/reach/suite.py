"""Two tasks of a planar arm in MuJoCo, as a suite whose trials are episodes.

    worldforge eval --suite examples/reach/suite.py --provider reach-ik --trials 100 --seed 0

An episode is a success where the tip is within 5 cm of the goal after 100 control steps. With a camera error of
standard deviation s (in x and in y), a policy that goes exactly where it looks succeeds with probability
1 - exp(-0.05**2 / (2 * s**2)): 0.84 for the near goals, 0.75 for the far ones. It needs the extra `mujoco`.
"""

from reach_arm import CONTROL_STEPS, ENVIRONMENT, TOLERANCE, ReachArm, Task
from reach_policy import ReachPolicy

from worldforge.evaluation import EvaluationContext, EvaluationScenario, EvaluationSuite

TASKS = {
    "reach-near": Task(nearest=0.15, farthest=0.30, camera_error=0.026),
    "reach-far": Task(nearest=0.30, farthest=0.45, camera_error=0.030),
}


def episode(task: Task):
    """What runs one episode of a task."""

    def run(context: EvaluationContext):
        arm = ReachArm(task, context.seed)
        at_first, steps = arm.distance(), 0
        while steps < CONTROL_STEPS:
            chosen = context.select_actions(info={"observation": arm.observation()})
            for action in chosen.actions[: CONTROL_STEPS - steps]:
                arm.step(action.parameters["shoulder"], action.parameters["elbow"])
                steps += 1
        left = arm.distance()
        return context.outcome(
            score=max(0.0, 1.0 - left / max(at_first, TOLERANCE)),
            passed=left <= TOLERANCE,
            metrics={"final_distance_m": round(left, 4), "control_steps": steps},
        )

    return run


suite = EvaluationSuite.custom(
    suite_id="mujoco-reach",
    name="Planar reaching in MuJoCo",
    suite_version="mujoco-reach:1",
    claim_boundary="Simulated episodes of a planar arm with two joints. They show nothing about a real robot, about "
    "another arm, or about goals that a camera sees with another error.",
    metric_semantics="A trial is one episode and passes where the tip is within 5 cm of the goal after 100 control "
    "steps. Its score is the share of the first distance that was covered. A scenario passes where at least 60% of its "
    "episodes do.",
    scenarios=[
        EvaluationScenario.from_callable(
            name=name,
            description=f"Reach a goal {task.nearest:g} to {task.farthest:g} m away.",
            evaluator=episode(task),
            required_capabilities=["policy"],
            contract="The tip is within 5 cm of the goal after 100 control steps.",
            required_pass_rate=0.6,
            measures="task_success",
            environment=ENVIRONMENT,
        )
        for name, task in TASKS.items()
    ],
    providers=[ReachPolicy()],
)
