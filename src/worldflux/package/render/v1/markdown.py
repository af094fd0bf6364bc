"""`evidence.md`: what a reviewer reads first."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from msgspec import UNSET

from worldbase.tables import markdown as escaped
from worldbase.tables import markdown_cell, markdown_table
from worldflux.documents.evidence import (
    BaselineComparison,
    Denominator,
    Evidence,
    Interval,
    MetricEvidence,
    SequentialDecision,
    Slice,
)
from worldflux.package.render.v1.labels import missing_evidence

RENDER: Final = "v1"

_VERDICTS: Final = {
    "supported": "The episodes support the claim by its own rule.",
    "refuted": "The episodes refute the claim by its own rule.",
    "inconclusive": "The episodes decide nothing, neither for the claim nor against it.",
    "underpowered": "The episodes decide nothing, and the plan was too small to expect that they would.",
    "not_testable": "The claim could not be tested with this input.",
}
_ROWS_SHOWN: Final = 200
# From here on an e-value is shown as a power of ten, and from there on as a whole number.
_LARGEST_LOG: Final = math.log(1e6)
_WHOLE_FROM: Final = 100


def markdown(evidence: Evidence) -> str:
    """Render evidence as Markdown; every text that came from outside is shown literally."""
    return "\n".join(section for section in _sections(evidence) if section)


def _sections(evidence: Evidence) -> Iterator[str]:
    yield f"# Evidence: {evidence.verdict.replace('_', ' ')}\n"
    yield f"**{escaped(evidence.headline)}**\n"
    yield f"Claim: “{escaped(evidence.claim.text)}”\n"
    yield f"{_VERDICTS[evidence.verdict]}\n"
    yield _bullets([reason.message for reason in evidence.reasons])
    if evidence.observed_verdict:
        yield (
            f"Had the lost episodes simply been left out, the verdict would have read "
            f"*{evidence.observed_verdict.replace('_', ' ')}*; leaving them out is not justified.\n"
        )
    yield "## The numbers\n"
    yield from (_metric(metric) for metric in evidence.metrics)
    if not evidence.scope.estimand_declared:
        yield "The protocol does not say what the rate is a rate of; exactly the listed tasks are assumed.\n"
    yield "## Where the planned episodes went\n"
    yield _denominator(evidence.denominator)
    yield "## By task\n"
    yield _slices("Task", evidence.slices.by_task)
    yield "## By run\n"
    yield _slices("Run seed", evidence.slices.by_seed)
    yield from _findings(evidence)
    yield "## What is missing\n"
    yield _bullets([f"`{label}`: {missing_evidence(label)}" for label in evidence.missing_evidence], literal=False)
    yield "## What this does not show\n"
    yield _bullets(evidence.unsupported_claims)
    yield "## What would shake it\n"
    yield _bullets(evidence.next_falsification_axes)
    yield "## What this is\n"
    yield f"{escaped(evidence.claim_boundary)}\n"
    yield _identity(evidence)


def _metric(metric: MetricEvidence) -> str:
    rows = [
        [
            "claimed",
            f"{escaped(metric.name)} {escaped(metric.operator)} {metric.value:g} {escaped(metric.unit)}",
        ],
        ["about", _ESTIMANDS[metric.estimand]],
        ["observed", _observed(metric)],
        [_interval_title("95% interval", metric.interval_descriptive), _range(metric.interval_descriptive, metric)],
        [
            _interval_title(f"decision interval ({_percent(metric.interval.confidence)})", metric.interval),
            _range(metric.interval, metric),
        ],
    ]
    if metric.threshold is not None:
        rows.append(["tested against", _threshold(metric)])
    rows.append(["the claimed value itself", metric.target.status.replace("_", " ")])
    rows += _decision(metric)
    rows += _error_and_power(metric)
    rows.append(["verdict", f"**{metric.verdict.replace('_', ' ')}**"])
    rows.append(["robust", _robust(metric)])
    if metric.flags:
        rows.append(["flags", ", ".join(f"`{flag}`" for flag in metric.flags)])
    title = metric.name if not metric.task else f"{metric.name} of {metric.task}"
    return markdown_table(["", escaped(title)], rows) + _sensitivity(metric)


_ESTIMANDS: Final = {
    "fixed_tasks": "exactly the listed tasks",
    "task_population": "tasks of the kind of the listed ones",
}
_P_VALUES: Final = {
    "exact_binomial": "p-value, exact binomial",
    "design_effect_score": "p-value, score test with design effect",
    "e_value": "p-value, 1 over the e-value",
}
_METHODS: Final = {
    "wilson": "Wilson",
    "clopper_pearson": "Clopper-Pearson",
    "jeffreys": "Jeffreys",
    "jeffreys_bcd": "Jeffreys, modified",
    "agresti_coull": "Agresti-Coull",
    "wald": "Wald",
    "design_effect_wilson": "Wilson with design effect",
    "stratified_wilson": "Wilson, stratified",
    "confidence_sequence": "valid at every stopping time",
    "miettinen_nurminen": "Miettinen-Nurminen",
    "ppi": "prediction-powered",
    "stratified_t": "stratified, Student's t",
    "bca": "bootstrap over tasks, BCa",
    "betting": "betting, over whole runs",
    "t": "Student's t over tasks",
}


def _interval_title(title: str, interval: Interval) -> str:
    return f"{title}, {_METHODS.get(interval.method, interval.method)}"


def _observed(metric: MetricEvidence) -> str:
    if metric.successes is None:
        return f"{_value(metric.estimate, metric)} over {metric.trials:,} episodes"
    text = f"{metric.successes:,} of {metric.trials:,}"
    if metric.method == "ppi":
        return f"{text}; with simulated episodes {_value(metric.estimate, metric)}"
    if metric.estimate is not None:
        text += f" ({_percent(metric.estimate)})"
    averages = metric.averages
    if averages and averages.micro != averages.macro and averages.micro is not None and averages.macro is not None:
        text += f"; over episodes {_percent(averages.micro)}, over tasks {_percent(averages.macro)}"
    return text


def _threshold(metric: MetricEvidence) -> str:
    if metric.threshold_upper:
        return f"{_value(metric.threshold, metric)} to {_value(metric.threshold_upper, metric)}"
    return f"{_value(metric.threshold, metric)} (the claimed value with its margin)"


def _decision(metric: MetricEvidence) -> list[list[str]]:
    rows = []
    if metric.k_crit is not None and metric.k_refute is not None:
        rows.append(["decision", _counts_that_decide(metric)])
    if metric.sequential:
        path = metric.sequential
        rows.append([f"e-values over {path.blocks:,} complete blocks", _e_values(path)])
    if metric.design_effect != 1:
        worth = metric.decision_trials / metric.design_effect
        rows.append(["design effect", f"{metric.design_effect:.3g}: worth {worth:,.0f} independent episodes"])
    if metric.baseline:
        rows.append(["measured baseline", _baseline(metric.baseline)])
    return rows


def _e_values(path: SequentialDecision) -> str:
    at = "not reached" if path.decided_at is None else f"reached after {path.decided_at:,} blocks"
    return (
        f"for the claim {_e_value(path.log_e_support)}, against it {_e_value(path.log_e_refute)}; "
        f"{_e_value(path.log_e_needed)} decides: {at}"
    )


def _baseline(baseline: BaselineComparison) -> str:
    return (
        f"{baseline.successes:,} of {baseline.trials:,}; difference {_points(baseline.difference)} points, "
        f"{_points(baseline.interval.lower)} to {_points(baseline.interval.upper)}: "
        f"{baseline.verdict.replace('_', ' ')}"
    )


def _counts_that_decide(metric: MetricEvidence) -> str:
    upward = metric.operator in (">=", ">")
    support, refute = ("at least", "at most") if upward else ("at most", "at least")
    if metric.k_crit_upper is not UNSET:
        return f"of {metric.decision_trials:,}: {metric.k_crit:,} to {metric.k_crit_upper:,} successes show equality"
    return (
        f"of {metric.decision_trials:,}: {support} {metric.k_crit:,} successes support, "
        f"{refute} {metric.k_refute:,} refute"
    )


def _error_and_power(metric: MetricEvidence) -> list[list[str]]:
    rows = []
    if metric.p_value:
        text = f"{metric.p_value.value:.4g}"
        if metric.p_value.adjusted:
            text += f"; corrected for several metrics {metric.p_value.adjusted:.4g}"
        rows.append([_P_VALUES.get(metric.p_value.method, "p-value"), text])
    if metric.attained_size is not None:
        rows.append(["error of the test at the plan's size", f"{metric.attained_size:.4f}, computed exactly"])
    if metric.power:
        power = metric.power
        episodes = f"n = {power.n:,}"
        if power.effective_n is not UNSET:
            episodes += f", worth {power.effective_n:,} independent ones"
        text = f"{power.at_claim:.3f} at a true rate of {_percent(power.at)} ({episodes}; exact test)"
        if power.n_for_80 is not None:
            text += f"; 0.8 takes {power.n_for_80:,} episodes"
        if power.mde is not None:
            text += f"; 0.8 is reached from a true rate of {_percent(power.mde)} on"
        rows.append(["power of the plan", text])
    return rows


def _robust(metric: MetricEvidence) -> str:
    if metric.robust:
        if any(reading.reading.startswith("method:") for reading in metric.sensitivity):
            return "yes: every admissible interval method gives this verdict"
        return "yes: no other interval method is defined for such data"
    if "starts_unverified" in metric.flags:
        return "no: it is not known which initial states the episodes started from"
    return "no: see the other readings"


def _sensitivity(metric: MetricEvidence) -> str:
    if not metric.sensitivity:
        return ""
    rows = [
        [
            f"`{reading.reading}`",
            _value(reading.estimate, metric),
            _range(reading.interval, metric),
            reading.verdict.replace("_", " ") + (" (differs)" if reading.verdict != metric.verdict else ""),
            escaped(reading.note),
        ]
        for reading in metric.sensitivity
    ]
    table = markdown_table(["reading", "rate", "decision interval", "verdict", ""], rows, right=(1, 2))
    return f"\nOther readings of the same episodes. They inform; only the declared one decides.\n\n{table}"


def _e_value(log_value: float) -> str:
    if log_value > _LARGEST_LOG:
        return f"10^{log_value / math.log(10):.0f}"
    value = math.exp(log_value)
    return f"{value:.3g}" if value < _WHOLE_FROM else f"{value:,.0f}"


def _points(difference: float | None) -> str:
    return "?" if difference is None else f"{100 * difference:+.1f}"


def _denominator(denominator: Denominator) -> str:
    rows = [
        ["planned", f"{denominator.planned:,}", ""],
        ["success", f"{denominator.success:,}", ""],
        ["failure", f"{denominator.failure:,}", ""],
        ["infrastructure error", f"{denominator.infra_error:,}", ""],
        ["pending", f"{denominator.pending:,}", ""],
        ["skipped", f"{denominator.skipped:,}", ""],
        ["unknown", f"{denominator.unknown:,}", ""],
        ["missing", f"{denominator.missing:,}", ""],
        [
            "so: never run",
            f"{denominator.not_run:,}",
            "the rest of the last run, where its tasks stopped together, and later runs",
        ],
        ["so: lost", f"{denominator.lost:,}", "every other planned episode that is neither success nor failure"],
        ["out of protocol", f"{denominator.out_of_protocol:,}", "observed, not planned, not counted"],
        ["duplicate", f"{denominator.duplicate:,}", "observed again, not counted"],
    ]
    bounds = ""
    if denominator.worst is not None and denominator.best is not None and denominator.worst != denominator.best:
        bounds = (
            f"\nOver everything that was planned, the rate lies between {_percent(denominator.worst)} (every unknown "
            f"episode a failure) and {_percent(denominator.best)} (every unknown episode a success).\n"
        )
    return markdown_table(["Episodes", "n", ""], rows, right=(1,)) + bounds


def _slices(title: str, slices: list[Slice]) -> str:
    rows = [
        [
            markdown_cell(part.key),
            f"{part.successes:,}",
            f"{part.trials:,}",
            "" if part.estimate is None else _percent(part.estimate),
            _range(part.interval) if part.trials else "",
        ]
        for part in slices[:_ROWS_SHOWN]
    ]
    table = markdown_table([title, "successes", "trials", "rate", "95% interval"], rows, right=(1, 2, 3, 4))
    more = len(slices) - _ROWS_SHOWN
    return table + (f"\n{more:,} more rows are in `evidence.json`.\n" if more > 0 else "")


def _findings(evidence: Evidence) -> Iterator[str]:
    if not evidence.findings:
        return
    yield "## Findings\n"
    rows = [
        [
            finding.severity,
            f"`{finding.code}`",
            escaped(finding.message),
            escaped(finding.where) if finding.where else "",
        ]
        for finding in evidence.findings[:_ROWS_SHOWN]
    ]
    yield markdown_table(["", "code", "what was found", "where"], rows)


def _identity(evidence: Evidence) -> str:
    binding = "bound to the claim by its hash"
    if evidence.protocol.binding == "placeholder":
        binding = "**not bound**: its claim hash is a placeholder"
    rows = [
        ["evidence", f"`{evidence.id}`", evidence.created_at],
        ["claim", f"`{evidence.claim.id}`", f"`{evidence.claim.hash}`"],
        ["protocol", f"`{evidence.protocol.id}`", f"`{evidence.protocol.hash}`"],
        ["", "", binding],
        ["source", escaped(evidence.source.name), f"`{evidence.source.format}`"],
        ["rules, renderer", f"`{evidence.rules}`", f"`{evidence.render}`"],
        ["recommendation", f"`{evidence.recommendation}`", f"`{evidence.deployment_summary}`"],
    ]
    return "## Identity\n\n" + markdown_table(["", "id", "digest"], rows)


def _bullets(lines: list[str], *, literal: bool = True) -> str:
    return "".join(f"- {escaped(line) if literal else line}\n" for line in lines)


def _range(interval: Interval, metric: MetricEvidence | None = None) -> str:
    if interval.lower is None or interval.upper is None:
        return "not known"
    return f"{_value(interval.lower, metric)} to {_value(interval.upper, metric)}"


def _value(number: float | None, metric: MetricEvidence | None) -> str:
    """A rate as a percentage; a score in its own unit."""
    if number is None:
        return "-"
    return f"{number:.6g}" if metric and metric.successes is None else _percent(number)


def _percent(ratio: float) -> str:
    return f"{100 * ratio:.1f}%"
