"""A package at a glance."""

from __future__ import annotations

from worldbase.tables import text_table, visible
from worldflux.documents.evidence import Evidence, Interval

_TASKS_SHOWN = 20


def text_summary(evidence: Evidence) -> str:
    """Return what a terminal shows: headline, numbers, ledger, tasks, findings, what is missing."""
    sections = [
        _head(evidence),
        _numbers(evidence),
        _other_readings(evidence),
        _ledger(evidence),
        _tasks(evidence),
        _findings(evidence),
        _lines("Missing evidence", [", ".join(evidence.missing_evidence)]),
        _lines("Not shown by this", evidence.unsupported_claims),
        _lines("What would shake it", evidence.next_falsification_axes),
    ]
    return "\n".join(section for section in sections if section)


def _head(evidence: Evidence) -> str:
    claim, protocol, source = evidence.claim, evidence.protocol, evidence.source
    return (
        f"{evidence.verdict.replace('_', ' ').upper()}\n{visible(evidence.headline)}\n\n"
        f"claim     {claim.id}  “{visible(claim.text)}”\n"
        f"protocol  {protocol.id}  {protocol.binding}, precedence {protocol.precedence.replace('_', ' ')}\n"
        f"evidence  {evidence.id}  {evidence.created_at}\n"
        f"source    {visible(source.name)} ({visible(source.format)})\n"
    )


def _numbers(evidence: Evidence) -> str:
    rows = [
        [
            f"{metric.name} {metric.operator} {metric.value:g}",
            f"{metric.trials:,}" if metric.successes is None else f"{metric.successes:,}/{metric.trials:,}",
            "-" if metric.estimate is None else f"{metric.estimate:.4f}",
            _interval(metric.interval_descriptive),
            "-" if metric.k_crit is None else f"{metric.k_crit:,} of {metric.decision_trials:,}",
            "-" if metric.power is None else f"{metric.power.at_claim:.3f}",
            metric.verdict.replace("_", " "),
        ]
        for metric in evidence.metrics
    ]
    header = ["metric", "count", "rate", "95% interval", "k_crit", "power", "verdict"]
    flags = [f"{metric.name}: {', '.join(metric.flags)}" for metric in evidence.metrics if metric.flags]
    return "\n".join(part for part in (text_table(header, rows, right=(1, 2, 5)), _lines("Flags", flags)) if part)


def _interval(interval: Interval) -> str:
    if interval.lower is None or interval.upper is None:
        return "-"
    return f"[{interval.lower:.4f}, {interval.upper:.4f}]"


def _other_readings(evidence: Evidence) -> str:
    """The readings that would have decided otherwise."""
    differing = [
        f"{reading.reading}: {reading.verdict.replace('_', ' ')}. {reading.note}"
        for metric in evidence.metrics
        for reading in metric.sensitivity
        if reading.verdict != metric.verdict
    ]
    return _lines("Other readings that would decide otherwise", differing)


def _ledger(evidence: Evidence) -> str:
    denominator = evidence.denominator
    named = {
        "planned": denominator.planned,
        "success": denominator.success,
        "failure": denominator.failure,
        "not run": denominator.not_run,
        "lost": denominator.lost,
        "out of protocol": denominator.out_of_protocol,
    }
    return text_table(list(named), [[f"{number:,}" for number in named.values()]], right=tuple(range(len(named))))


def _tasks(evidence: Evidence) -> str:
    slices = evidence.slices.by_task
    rows = [
        [
            part.key,
            f"{part.successes:,}/{part.trials:,}",
            "-" if part.estimate is None else f"{part.estimate:.3f}",
        ]
        for part in slices[:_TASKS_SHOWN]
    ]
    more = len(slices) - _TASKS_SHOWN
    return text_table(["task", "count", "rate"], rows, right=(1, 2)) + (f"... and {more:,} more\n" if more > 0 else "")


def _findings(evidence: Evidence) -> str:
    return _lines("Findings", [f"{item.severity}: {item.message} [{item.code}]" for item in evidence.findings])


def _lines(title: str, lines: list[str]) -> str:
    return f"{title}\n" + "".join(f"  - {visible(line)}\n" for line in lines if line) if any(lines) else ""
