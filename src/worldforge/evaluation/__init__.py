"""Evaluation suites: what a provider does under a declared contract.

A suite is a list of scenarios with a version and a claim boundary. Each scenario is a callable that is given an
`EvaluationContext` and returns `context.outcome(score=..., passed=..., metrics=...)`.

Example:
    >>> from worldforge import WorldForge
    >>> def is_empty(context: EvaluationContext) -> ScenarioOutcome:
    ...     return context.outcome(score=1.0, passed=context.world.object_count == 0)
    >>> suite = EvaluationSuite.custom(
    ...     suite_id="empty-world",
    ...     name="Empty world",
    ...     scenarios=[EvaluationScenario.from_callable(name="readable", description="-", evaluator=is_empty)],
    ... )
    >>> suite.run_report("mock", forge=WorldForge()).results[0].passed
    True
"""

from worldforge.evaluation.context import EvaluationContext
from worldforge.evaluation.documents import EvaluationResult, ProviderSummary
from worldforge.evaluation.envelope import ReportContext
from worldforge.evaluation.outcome import ScenarioOutcome
from worldforge.evaluation.report import EvaluationReport
from worldforge.evaluation.scenario import EvaluationScenario
from worldforge.evaluation.suite import EvaluationSuite

__all__ = [
    "EvaluationContext",
    "EvaluationReport",
    "EvaluationResult",
    "EvaluationScenario",
    "EvaluationSuite",
    "ProviderSummary",
    "ReportContext",
    "ScenarioOutcome",
]
