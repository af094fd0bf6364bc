"""Running the trials of a scenario: whatever happens, there is an outcome."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import Any, Final

from msgspec import UNSET

from worldbase.intervals import wilson
from worldforge.evaluation.context import EvaluationContext
from worldforge.evaluation.documents import EvaluationResult, Trial, TrialError
from worldforge.evaluation.outcome import OutcomeError, ScenarioOutcome
from worldforge.evaluation.scenario import EvaluationScenario
from worldforge.evaluation.wording import carried, carried_metrics, told

_CONFIDENCE: Final = 0.95
_IDENTITY: Final = ("suite_id", "suite", "scenario", "provider")
_ABSENT: Final = object()


def run_trial(scenario: EvaluationScenario, context: EvaluationContext) -> Trial:
    """Run one trial; one that raises has failed.

    Raises:
        OutcomeError: The scenario returned what is no outcome.
    """
    try:
        outcome = _outcome_of(scenario.evaluator(context), context)
    except OutcomeError as error:
        raise OutcomeError(f"{scenario.name!r}: {error.message}", code=error.code, hint=error.hint) from None
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - a provider may raise anything, and the report must stay
        return failed_trial(context, error)
    return Trial(
        trial=context.trial,
        seed=context.seed,
        score=outcome.score,
        passed=outcome.passed,
        metrics=carried_metrics(outcome.metrics),
    )


def combined(scenario: EvaluationScenario, context: EvaluationContext, trials: Sequence[Trial]) -> EvaluationResult:
    """Sum up the trials of a scenario."""
    passed = sum(trial.passed for trial in trials)
    return EvaluationResult(
        suite_id=context.suite_id,
        suite=context.suite,
        scenario=scenario.name,
        provider=carried(context.provider, "a provider's name"),
        score=fmean(trial.score for trial in trials),
        # In whole trials, so that 0.9 of 10 is 9 and no rounding decides.
        passed=passed >= scenario.required_pass_rate * len(trials) - 1e-9,
        episode_kind="task_success" if scenario.measures == "task_success" else UNSET,
        environment=scenario.environment or UNSET,
        metrics=_metrics([trial.metrics for trial in trials if trial.error is None]),
        trial_count=len(trials),
        passed_trial_count=passed,
        error_count=sum(trial.error is not None for trial in trials),
        pass_interval=list(wilson(passed, len(trials), _CONFIDENCE)),
        trials=list(trials),
    )


def _metrics(of_trials: Sequence[dict[str, Any]]) -> dict[str, Any]:
    if len(of_trials) < 2:
        return dict(of_trials[0]) if of_trials else {}
    values = {name: [metrics.get(name, _ABSENT) for metrics in of_trials] for name in of_trials[0]}
    summed = {name: _over_trials(each) for name, each in values.items()}
    return {name: value for name, value in summed.items() if value is not _ABSENT}


def _over_trials(values: Sequence[Any]) -> Any:
    first = values[0]
    if all(type(value) is type(first) and value == first for value in values):
        return first
    if all(isinstance(value, int | float) for value in values):
        # Each divided by itself: the sum of large numbers may be larger than any float.
        return sum(value / len(values) for value in values)
    return _ABSENT


def _outcome_of(returned: Any, context: EvaluationContext) -> ScenarioOutcome:
    if isinstance(returned, ScenarioOutcome):
        # Again: its metrics may have been changed since, and a subclass need not have checked them.
        return ScenarioOutcome(returned.score, returned.passed, returned.metrics)
    if isinstance(returned, EvaluationResult):
        return _of_result(returned, context)
    if type(returned) is dict:
        return ScenarioOutcome.from_json(returned)
    raise OutcomeError(
        f"a {type(returned).__name__} is no outcome",
        code="outcome.invalid",
        hint="Return context.outcome(score=..., passed=..., metrics={...}).",
    )


def _of_result(result: EvaluationResult, context: EvaluationContext) -> ScenarioOutcome:
    for name in _IDENTITY:
        if getattr(result, name) != getattr(context, name):
            raise OutcomeError(
                f"the result is that of another {name}: {getattr(result, name)!r:.60}",
                code="outcome.of_another",
                hint="Fill suite_id, suite, scenario and provider from the context.",
            )
    return ScenarioOutcome(result.score, result.passed, result.metrics)


def failed_trial(context: EvaluationContext, error: BaseException) -> Trial:
    """A trial that came to no outcome."""
    said = TrialError(kind=carried(type(error).__name__, "the name of an exception"), message=told(error))
    return Trial(trial=context.trial, seed=context.seed, score=0.0, passed=False, error=said)
