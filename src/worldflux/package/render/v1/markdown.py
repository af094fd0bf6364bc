"""`evidence.md`: what a reviewer reads first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from worldbase.tables import markdown as escaped
from worldbase.tables import markdown_cell, markdown_table
from worldflux.documents.evidence import Denominator, Evidence, Interval, MetricEvidence, Slice
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
    low, high = _percent(metric.interval_descriptive.lower), _percent(metric.interval_descriptive.upper)
    rows = [
        [
            "claimed",
            f"{escaped(metric.name)} {escaped(metric.operator)} {metric.value:g} {escaped(metric.unit)}",
        ],
        ["observed", f"{metric.successes:,} of {metric.trials:,}{_rate(metric)}"],
        ["95% interval (Wilson)", f"{low} to {high}"],
        [f"decision interval ({_percent(metric.interval.confidence)}, Wilson)", _range(metric.interval)],
    ]
    if metric.threshold is not None:
        rows.append(["tested against", f"{_percent(metric.threshold)} (the claimed value with its margin)"])
    rows.append(["the claimed value itself", metric.target.status.replace("_", " ")])
    if metric.k_crit is not None:
        rows.append(["decision", _decision(metric)])
    if metric.p_value:
        rows.append(["exact binomial p-value", f"{metric.p_value.value:.4g}"])
    if metric.power:
        rows.append(["power of the plan", f"{metric.power.value:.3f} at a true rate of {_percent(metric.power.at)}"])
    rows.append(["verdict", f"**{metric.verdict.replace('_', ' ')}**"])
    if metric.flags:
        rows.append(["flags", ", ".join(f"`{flag}`" for flag in metric.flags)])
    return markdown_table(["", escaped(metric.name)], rows)


def _decision(metric: MetricEvidence) -> str:
    upward = metric.operator in (">=", ">")
    support, refute = ("at least", "at most") if upward else ("at most", "at least")
    return (
        f"of {metric.decision_trials:,}: {support} {metric.k_crit:,} successes support, "
        f"{refute} {metric.k_refute:,} refute"
    )


def _rate(metric: MetricEvidence) -> str:
    return "" if metric.estimate is None else f" ({_percent(metric.estimate)})"


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
        ["so: never run", f"{denominator.not_run:,}", "whole runs, or the tail after a balanced prefix"],
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


def _range(interval: Interval) -> str:
    return f"{_percent(interval.lower)} to {_percent(interval.upper)}"


def _percent(ratio: float) -> str:
    return f"{100 * ratio:.1f}%"
