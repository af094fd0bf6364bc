"""Two evidences side by side: what changed, before anybody asks whether it matters."""

from __future__ import annotations

from typing import Any

import msgspec

from worldbase.document import significant
from worldbase.tables import markdown_cell, markdown_table, text_table
from worldflux.documents.evidence import Evidence, Slice


class Change(msgspec.Struct, frozen=True):
    """One thing that both sides state."""

    name: str
    left: Any
    right: Any
    changed: bool


class TaskChange(msgspec.Struct, frozen=True):
    """One task on both sides; None where a side does not have it."""

    task: str
    left: tuple[int, int] | None
    right: tuple[int, int] | None
    rate_change: float | None


class Difference(msgspec.Struct, frozen=True):
    """Everything that two evidences state, compared.

    Attributes:
        same_claim: Whether both decide the same claim, by hash.
        same_protocol: Whether both follow the same protocol, by hash.
        identity: Claim, protocol, source.
        counts: Denominators and estimates.
        verdict: Verdicts and headlines.
        tasks: Successes and trials per task.
    """

    same_claim: bool
    same_protocol: bool
    identity: list[Change]
    counts: list[Change]
    verdict: list[Change]
    tasks: list[TaskChange]


def compare(left: Evidence, right: Evidence) -> Difference:
    """Compare two evidences. Whether a difference is more than chance is not decided here."""
    return Difference(
        same_claim=left.claim.hash == right.claim.hash,
        same_protocol=left.protocol.hash == right.protocol.hash,
        identity=_changes(_identity(left), _identity(right)),
        counts=_changes(_counts(left), _counts(right)),
        verdict=_changes(_verdict(left), _verdict(right)),
        tasks=_tasks(left.slices.by_task, right.slices.by_task),
    )


def _identity(evidence: Evidence) -> dict[str, Any]:
    return {
        "claim": evidence.claim.hash,
        "claim_text": evidence.claim.text,
        "protocol": evidence.protocol.hash,
        "binding": evidence.protocol.binding,
        "source": f"{evidence.source.name} ({evidence.source.format})",
    }


def _counts(evidence: Evidence) -> dict[str, Any]:
    denominator = evidence.denominator
    counts: dict[str, Any] = {
        name: getattr(denominator, name)
        for name in ("planned", "success", "failure", "not_run", "lost", "out_of_protocol")
    }
    for metric in evidence.metrics:
        counts[f"{metric.name} estimate"] = metric.estimate
        counts[f"{metric.name} k_crit"] = metric.k_crit
    return counts


def _verdict(evidence: Evidence) -> dict[str, Any]:
    return {
        "verdict": evidence.verdict,
        "reasons": ", ".join(reason.code for reason in evidence.reasons),
        "findings": len(evidence.findings),
        "missing_evidence": len(evidence.missing_evidence),
    }


def _changes(left: dict[str, Any], right: dict[str, Any]) -> list[Change]:
    names = list(dict.fromkeys([*left, *right]))
    return [Change(name, left.get(name), right.get(name), left.get(name) != right.get(name)) for name in names]


def _tasks(left: list[Slice], right: list[Slice]) -> list[TaskChange]:
    ours = {part.key: part for part in left}
    theirs = {part.key: part for part in right}
    return [_task_change(key, ours.get(key), theirs.get(key)) for key in dict.fromkeys([*ours, *theirs])]


def _task_change(key: str, left: Slice | None, right: Slice | None) -> TaskChange:
    known = left and right and left.estimate is not None and right.estimate is not None
    return TaskChange(
        task=key,
        left=(left.successes, left.trials) if left else None,
        right=(right.successes, right.trials) if right else None,
        rate_change=significant(right.estimate - left.estimate) if known else None,  # type: ignore[operator, union-attr]
    )


def text_report(difference: Difference) -> str:
    """The comparison for a terminal."""
    parts = [_standing(difference) + "\n"]
    for title, changes in _groups(difference):
        rows = [
            ["*" if change.changed else "=", change.name, _shown(change.left), _shown(change.right)]
            for change in changes
        ]
        parts.append(text_table(["", title, "left", "right"], rows))
    rows = [
        [task.task, _fraction(task.left), _fraction(task.right), _signed(task.rate_change)] for task in difference.tasks
    ]
    parts.append(text_table(["task", "left", "right", "change"], rows, right=(1, 2, 3)))
    return "\n".join(parts)


def markdown_report(difference: Difference) -> str:
    """The comparison as Markdown."""
    parts = ["# Evidence compared\n", _standing(difference) + "\n"]
    for title, changes in _groups(difference):
        rows = [
            [
                markdown_cell(change.name),
                markdown_cell(_shown(change.left)),
                markdown_cell(_shown(change.right)),
                "yes" if change.changed else "",
            ]
            for change in changes
        ]
        parts.append(markdown_table([title, "left", "right", "changed"], rows))
    rows = [
        [markdown_cell(task.task), _fraction(task.left), _fraction(task.right), _signed(task.rate_change)]
        for task in difference.tasks
    ]
    parts.append(markdown_table(["task", "left", "right", "change"], rows, right=(1, 2, 3)))
    return "\n".join(parts)


def _groups(difference: Difference) -> list[tuple[str, list[Change]]]:
    return [("what", difference.identity), ("counts", difference.counts), ("result", difference.verdict)]


def _standing(difference: Difference) -> str:
    if difference.same_claim and difference.same_protocol:
        return "Same claim, same protocol."
    different = [
        name for name, same in (("claims", difference.same_claim), ("protocols", difference.same_protocol)) if not same
    ]
    return f"Different {' and '.join(different)}: the numbers below do not measure one change."


def _shown(value: Any) -> str:
    return "-" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)


def _fraction(counts: tuple[int, int] | None) -> str:
    return "absent" if counts is None else f"{counts[0]:,}/{counts[1]:,}"


def _signed(change: float | None) -> str:
    return "-" if change is None else f"{change:+.3f}"
