"""A provider before and after a change: a scenario that fails now, and a call that takes longer."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from worldforge.forge.facade import WorldForge
from worldforge.runs.comparison.regression import compare_regression
from worldforge.runs.comparison.render import regression_text
from worldforge.workflows.showcases.shelf import BOUNDARY, DriftingMock, shelf_suite
from worldforge.workflows.showcases.stage import Ending, Stage

_ITERATIONS: Final = 200


def play(stage: Stage) -> Ending:
    """Evaluate and measure `mock`, then something worse under the same name."""
    suite, before, after = shelf_suite(), WorldForge(), WorldForge()
    after.register_provider(DriftingMock(name="mock"), replace=True)
    scenarios = [stage.evaluate_and_keep(suite, ["mock"], forge)[1] for forge in (before, after)]
    latencies = [
        stage.benchmark_and_keep("mock", ["embed"], forge, iterations=_ITERATIONS) for forge in (before, after)
    ]
    verdicts = {
        name: _judged(stage, name, runs) for name, runs in (("evaluation", scenarios), ("benchmark", latencies))
    }
    stage.step(
        "Scenarios",
        f"The verdict is {verdicts['evaluation']}: a scenario that passed before fails now. That is a fact, and needs "
        "no statistics.",
    )
    stage.step(
        "Latencies",
        f"The verdict is {verdicts['benchmark']}: the call does forty times the work. A smaller change is told from "
        "noise by a model of it, and where the noise is too large the verdict is that nothing can be decided.",
    )
    for runs in (scenarios, latencies):
        named = " ".join(f"runs/{folder.name}" for folder in runs)
        stage.then(f"worldforge runs compare {named} --mode regression --fail-on regressed")
    return Ending(
        summary=f"Scenarios: {verdicts['evaluation']}; latencies: {verdicts['benchmark']}.",
        claim_boundary=BOUNDARY,
        signals={"verdicts": verdicts},
    )


def _judged(stage: Stage, name: str, runs: list[Path]) -> str:
    found = compare_regression(runs)
    stage.keep(f"regression_{name}", f"reports/regression-{name}.json", regression_text(found, "json"))
    stage.keep(f"regression_{name}_markdown", f"reports/regression-{name}.md", regression_text(found, "markdown"))
    return found.regression_summary.status
