"""What a claim's plan can show of each number that it promises, before anybody has run it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, NamedTuple

from msgspec import UNSET

from worldbase.errors import WorldError
from worldflux.audit import planning
from worldflux.audit.rules.v1.hypotheses import counting_method, rate_hypotheses
from worldflux.audit.rules.v1.plan_power import power_design
from worldflux.benchmarks.planned_grid import PlannedGrid
from worldflux.documents.claim import SUCCESS_RATE, UNIT_SCALES, Claim, DecisionRule, ExpectedMetric
from worldflux.documents.evidence import Reason
from worldflux.documents.protocol import Protocol
from worldflux.stats.critical_counts import exact
from worldflux.stats.power_analysis import PowerAnalysis, analyse

ChosenMethod = Literal["exact", "wilson", "jeffreys", "agresti_coull", "declared"]


class MetricPlan(NamedTuple):
    """A promised number, and what the plan can show of it; None where it is no success rate."""

    metric: ExpectedMetric
    power: PowerAnalysis | Reason | None

    def as_json(self) -> dict[str, Any]:
        """The metric with its `power` object, null where there is none."""
        promised = {name: getattr(self.metric, name) for name in ("name", "operator", "value", "unit")}
        task = {} if self.metric.task is UNSET else {"task": self.metric.task}
        power = planning.fields(self.power) if isinstance(self.power, PowerAnalysis) else None
        return {**promised, **task, "power": power}

    def line(self) -> str | None:
        """The power on one line."""
        if isinstance(self.power, PowerAnalysis):
            return planning.sentence(self.power, self.metric.value / UNIT_SCALES[self.metric.unit])
        return None

    def warning(self) -> str | None:
        """What is weak about the plan."""
        if isinstance(self.power, Reason):
            return f"no power: {self.power.message}"
        return planning.weakness(self.power) if self.power else None


def named(plans: list[MetricPlan], texts: list[str | None]) -> list[str]:
    """What is to be said of each metric, with its name where the claim promises several numbers."""
    several = len(plans) > 1
    return [
        f"{plan.metric.label}: {text}" if several else text for plan, text in zip(plans, texts, strict=True) if text
    ]


def plan_of(claim: Claim, grid: PlannedGrid | None, method: ChosenMethod = "exact") -> list[MetricPlan]:
    """What the plan can show of each metric of a claim; without a plan, how many episodes each needs."""
    return [MetricPlan(metric, _power(metric, claim.decision_rule, grid, method)) for metric in claim.expected_metrics]


def warnings(claim: Claim, plans: list[MetricPlan], protocol: Protocol | None = None) -> list[str]:
    """What is weak about a rule and a plan, and why the power of independent episodes may be too high for it."""
    found = named(plans, [plan.warning() for plan in plans])
    if claim.decision_rule.interval_method == "wald":
        found.append("the Wald interval is too narrow for few episodes and for rates near 0 and 1; declare another one")
    if protocol is None or not any(isinstance(plan.power, PowerAnalysis) for plan in plans):
        return found
    if protocol.execution.estimand == "task_population":
        found.append(
            "the power counts episodes as independent; for a population of tasks (estimand task_population) it is "
            "lower, the more so the more the tasks differ"
        )
    if protocol.execution.stopping_rule is not UNSET:
        found.append(
            "the power is that of the whole plan, decided once; the stopping rule decides by e-values, which need "
            "more episodes for the same power"
        )
    return found


def _power(
    metric: ExpectedMetric, rule: DecisionRule, grid: PlannedGrid | None, method: ChosenMethod
) -> PowerAnalysis | Reason | None:
    if metric.name != SUCCESS_RATE:
        return None
    if grid and metric.task is not UNSET and metric.task not in grid.task_set:
        return Reason(code="metric.unknown_task", message=f"The plan has no task {metric.task}.")
    hypotheses = rate_hypotheses(metric, rule)
    if isinstance(hypotheses, Reason):
        return hypotheses
    scale = UNIT_SCALES[metric.unit]
    try:
        chosen = counting_method(rule) if method == "declared" else method
        design = power_design(metric, hypotheses, rule, chosen)
    except WorldError as error:
        return Reason(code=error.code, message=f"{error.message}.")
    analysis = analyse(design, margin=float(exact(rule.margin) / scale), n=_episodes(metric, grid))
    if design.at not in (design.threshold, design.threshold_upper):
        return analysis
    note = "It is itself the tested rate, as with margin 0; state decision_rule.power_at or a margin."
    return replace(analysis, at_claim=None, note=note)


def _episodes(metric: ExpectedMetric, grid: PlannedGrid | None) -> int | None:
    """Planned episodes that count for a metric: those of its task, where it is about one."""
    if grid is None:
        return None
    return grid.planned if metric.task is UNSET else grid.planned // len(grid.tasks)
