"""Two providers under one suite: in one report, and as two runs side by side."""

from __future__ import annotations

from worldforge.forge.facade import WorldForge
from worldforge.runs.comparison.compare import compare_runs
from worldforge.runs.comparison.render import comparison_text
from worldforge.workflows.showcases.shelf import BOUNDARY, DriftingMock, shelf_suite
from worldforge.workflows.showcases.stage import Ending, Stage


def play(stage: Stage) -> Ending:
    """Evaluate `mock` and a provider that drifts."""
    suite, forge = shelf_suite(), WorldForge()
    forge.register_provider(DriftingMock())
    both = stage.evaluate(suite, ["mock", "drifting-mock"], forge)
    passed = {summary.provider: summary.passed_scenario_count for summary in both.provider_summaries}
    told = " and ".join(f"{name} passed {count} of {len(suite.scenarios)}" for name, count in passed.items())
    stage.keep("markdown", "reports/report.md", both.to_markdown())
    stage.keep("html", "reports/report.html", both.to_html())
    stage.step("One report of both", f"{told}. The drift makes equal questions get different answers.")

    folders = [stage.evaluate_and_keep(suite, [name], forge)[1] for name in passed]
    compared = compare_runs(folders)
    stage.keep("comparison", "reports/comparison.json", comparison_text(compared, "json"))
    stage.keep("comparison_markdown", "reports/comparison.md", comparison_text(compared, "markdown"))
    stage.step(
        "Two runs side by side",
        "Each was kept by itself and then compared. Runs of other inputs, or of another version of the suite, are "
        "refused.",
    )
    stage.then(f"worldforge runs compare {' '.join(f'runs/{folder.name}' for folder in folders)}")
    return Ending(summary=f"{told}.", claim_boundary=BOUNDARY, signals={"passed_scenario_count": passed})
