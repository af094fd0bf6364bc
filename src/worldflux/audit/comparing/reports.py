"""A comparison for a terminal, and as Markdown: what differs first, then the verdict, then the numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from worldbase.tables import markdown, markdown_cell, markdown_table, text_table, visible
from worldflux.audit.comparing import wording
from worldflux.audit.comparing.shapes import Change, Condition, Difference, Pairing, Replication, TaskChange

_SHOWN_OF_DIGEST: Final = 19
_MOST_SHOWN: Final = 5
_STANDINGS: Final = {"same": "=", "differs": "*", "unknown": "?"}


class _Table(NamedTuple):
    header: Sequence[str]
    rows: list[list[str]]
    right: tuple[int, ...] = ()


class _Lines(NamedTuple):
    title: str
    lines: list[str]


def text_report(difference: Difference) -> str:
    """The comparison for a terminal."""
    name = wording.verdict(difference.verdict).upper()
    parts = [_standing(difference) + "\n"]
    parts += [_text(block) for block in _what_differs(difference)]
    parts.append(f"{name}\n{visible(difference.headline)}\n")
    parts += [_text(block) for block in _what_follows(difference)]
    return "\n".join(parts)


def markdown_report(difference: Difference) -> str:
    """The comparison as Markdown."""
    name = wording.verdict(difference.verdict).capitalize()
    parts = ["# Evidence compared\n", _standing(difference) + "\n"]
    parts += [_markdown(block) for block in _what_differs(difference)]
    parts.append(f"## {name}\n\n{markdown(difference.headline)}\n")
    parts += [_markdown(block) for block in _what_follows(difference)]
    return "\n".join(parts)


def _text(block: _Table | _Lines) -> str:
    if isinstance(block, _Table):
        return text_table(*block[:2], right=block.right)
    return f"{block.title}\n" + "".join(f"  - {visible(line)}\n" for line in block.lines)


def _markdown(block: _Table | _Lines) -> str:
    if isinstance(block, _Table):
        rows = [[markdown_cell(cell) if cell else "" for cell in row] for row in block.rows]
        return markdown_table(block.header, rows, right=block.right)
    return f"## {block.title}\n\n" + "".join(f"- {markdown(line)}\n" for line in block.lines)


def _standing(difference: Difference) -> str:
    if difference.same_claim and difference.same_protocol:
        return "Same claim, same protocol."
    named = (("claims", difference.same_claim), ("protocols", difference.same_protocol))
    return f"Different {' and '.join(name for name, same in named if not same)}."


def _what_differs(difference: Difference) -> Iterator[_Table | _Lines]:
    yield _changes("what", difference.identity)
    yield _conditions("condition", difference.conditions)
    if difference.inputs.shared_seeds is not None:
        yield _Lines("Environment seeds", [f"{difference.inputs.shared_seeds:,} per task are on both sides"])


def _what_follows(difference: Difference) -> Iterator[_Table | _Lines]:
    if difference.effect:
        rows = wording.effect_rows(difference.effect)
        yield _Table(["", "difference"], [*rows[:1], _pairing_row(difference.pairing), *rows[1:]])
    if difference.on_common_tasks:
        yield _Table(
            ["", "on the common tasks alone, for information"], wording.effect_rows(difference.on_common_tasks)
        )
    if difference.replication:
        yield _replication(difference.replication)
    if difference.findings:
        told = [f"{finding.severity}: {finding.message} [{finding.code}]" for finding in difference.findings]
        yield _Lines("Findings", told)
    yield _changes("counts", difference.counts)
    yield _changes("result", difference.result)
    yield _tasks(difference.tasks)


def _changes(title: str, changes: list[Change]) -> _Table:
    return _Table(
        ["", title, "left", "right"],
        [
            ["*" if change.changed else "=", change.name, _shown(change.left), _shown(change.right)]
            for change in changes
        ],
    )


def _conditions(title: str, found: list[Condition]) -> _Table:
    return _Table(
        ["", title, "left", "right", "known from"],
        [[_STANDINGS[own.status], own.name, _shown(own.left), _shown(own.right), own.known_from] for own in found],
    )


def _replication(reproduced: Replication) -> _Lines:
    lines = [f"{own.name.replace('_', ' ')}: {_gate_status(own)}" for own in reproduced.gate]
    if reproduced.within_points is not None:
        lines.append(f"reproduced within {reproduced.within_points:g} points, at a confidence of 95%")
    if reproduced.asked_points is not None:
        answer = "yes" if reproduced.is_within else "no"
        lines.append(f"within {reproduced.asked_points:g} points, by two one-sided tests at 0.05: {answer}")
    return _Lines("Reproduction", lines)


def _gate_status(condition: Condition) -> str:
    if condition.status != "unknown":
        return condition.status
    if condition.known_from == "plans" and condition.left == condition.right:
        return f"unknown; {_shown(condition.left)} was planned on both sides"
    if condition.left is None and condition.right is None:
        return "unknown"
    return f"unknown; {_shown(condition.left)} on the left, {_shown(condition.right)} on the right"


def _pairing_row(pairing: Pairing) -> list[str]:
    if not pairing.paired:
        return ["pairs", "none"]
    told = f"{pairing.both:,} both, {pairing.left_only:,} left only, {pairing.right_only:,} right only"
    return ["pairs", f"{told}, {pairing.neither:,} neither; starts {pairing.ground}"]


def _tasks(tasks: list[TaskChange]) -> _Table:
    header = ["task", "left", "right", "change"]
    rows = [[own.task, _fraction(own.left), _fraction(own.right), _signed(own.rate_change)] for own in tasks]
    if all(own.p_value is None for own in tasks):
        return _Table(header, rows, (1, 2, 3))
    tested = [
        [*row, wording.p_value(own.p_value), wording.p_value(own.p_adjusted)]
        for row, own in zip(rows, tasks, strict=True)
    ]
    return _Table([*header, "p", "p (Holm)"], tested, (1, 2, 3, 4, 5))


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, list):
        more = len(value) - _MOST_SHOWN
        return ", ".join(map(_shown, value[:_MOST_SHOWN])) + (f" and {more:,} more" if more > 0 else "")
    if isinstance(value, float):
        return f"{value:.6g}"
    text = str(value)
    is_digest = text.startswith("sha256:") and len(text) == 71
    return f"{text[:_SHOWN_OF_DIGEST]}…" if is_digest else text


def _fraction(counts: tuple[int, int] | None) -> str:
    return "absent" if counts is None else f"{counts[0]:,}/{counts[1]:,}"


def _signed(change: float | None) -> str:
    return "-" if change is None else f"{change:+.3f}"
