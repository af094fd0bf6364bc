"""States, gates and answers, each as a sign, a word and an ink: none of them is told by its colour alone."""

from __future__ import annotations

from typing import Final

from worldforge.benchmark.verdicts import Status
from worldforge.view.ink import Ink, Span, shown

_STATES: Final[dict[str, tuple[str, Ink]]] = {
    "completed": ("✓", "good"),
    "passed": ("✓", "good"),
    "failed": ("✗", "bad"),
    "unreadable": ("✗", "bad"),
    "running": ("▸", "accent"),
    "interrupted": ("◌", "mind"),
    "cancelled": ("◌", "mind"),
    "skipped": ("–", "quiet"),
}
_ANSWERS: Final[dict[Status, tuple[str, Ink]]] = {
    "regressed": ("✗ regressed", "bad"),
    "improved": ("✓ improved", "good"),
    "unchanged": ("= unchanged", "plain"),
    "cannot_decide": ("? cannot decide", "mind"),
}


def state_word(state: str) -> str:
    """The state of a run, as it is searched for."""
    return state or "unknown"


def state_span(state: str) -> Span:
    """The state of a run."""
    sign, ink = _STATES.get(state, ("?", "plain"))
    return Span(f"{sign} {shown(state_word(state))}", ink)


def gate_word(passed: bool | None) -> str:
    """What the budgets said; a dash where no gate ran."""
    return "–" if passed is None else "passed" if passed else "failed"


def gate_span(passed: bool | None) -> Span:
    """What the budgets said."""
    return Span(gate_word(passed), "quiet" if passed is None else "good" if passed else "bad")


def outcome_span(passed: bool) -> Span:
    """Whether a scenario passed."""
    return Span("✓ passed", "good") if passed else Span("✗ failed", "bad")


def answer_span(status: Status) -> Span:
    """What became of something from one run to another."""
    return Span(*_ANSWERS[status])


def answer_ink(status: Status) -> Ink:
    """The ink of that answer."""
    return _ANSWERS[status][1]


def size_word(size: int) -> str:
    """A size of a file in a unit that suits it: `812 B`, `4.1 kB`."""
    if size < 1000:
        return f"{size} B"
    for factor, unit in ((1e3, "kB"), (1e6, "MB")):
        if size < 1000 * factor:
            return f"{size / factor:.3g} {unit}"
    return f"{size / 1e9:,.3g} GB"
