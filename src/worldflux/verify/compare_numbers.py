"""Two JSON values side by side: what is stored, and what was computed again.

Integers, strings, booleans and nulls have to be the same. Numbers with a fraction were written to 12 significant
digits by one version of a numerical library and are computed again by another; they may differ by 1e-9 of their size.
Two kinds of numbers come from a difference that can cancel, so their own size says nothing: differences, powers, sizes
and ends of intervals near 0, which may differ by 1e-13, and logarithms of e-values, which may differ by 1e-8: their
parts grow with the number of trials. No decision turns on so little.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from worldbase.errors import Problem, Where
from worldbase.strictjson import pointer_join

RELATIVE_TOLERANCE: Final = 1e-9
CANCELLED: Final = 1e-13
CANCELLED_LOG_E: Final = 1e-8
MOST_SHOWN: Final = 20
_LOG_E: Final = re.compile(r"/log_e_[a-z]+\Z")
_CAN_CANCEL: Final = re.compile(r"/(?:lower|upper|difference|estimate|at_claim|attained_size)\Z")
_LONGEST_SHOWN: Final = 100


class _Absent:
    """Stands where one side has nothing."""


_ABSENT: Final = _Absent()


@dataclass(slots=True)
class Comparison:
    """What was compared so far.

    Attributes:
        numbers: Numbers that were computed again, whether or not they are what is stored.
        found: Differences: the first 20, as problems.
        differing: Number of all differences.
    """

    numbers: int = 0
    found: list[Problem] = field(default_factory=list)
    differing: int = 0

    def compare(self, stored: Any, recomputed: Any, *, code: str, file: str, pointer: str = "") -> None:
        """Compare two JSON values and note every difference.

        Args:
            stored: As parsed from the member.
            recomputed: The same part of the document, computed again, as plain JSON values.
            code: Of the problems.
            file: Name of the member.
            pointer: JSON pointer of the part within it.
        """
        for place, ours, theirs in self._differences(stored, recomputed, pointer):
            self.note(Problem(code, f"stored {_shown(ours)}, recomputed {_shown(theirs)}", Where(file, place)))

    def note(self, problem: Problem) -> None:
        """Note one difference."""
        self.differing += 1
        if len(self.found) < MOST_SHOWN:
            self.found.append(problem)

    def note_all(self, problems: Iterable[Problem]) -> None:
        """Note several."""
        for problem in problems:
            self.note(problem)

    def _differences(self, stored: Any, recomputed: Any, pointer: str) -> Iterator[tuple[str, Any, Any]]:
        if isinstance(recomputed, dict) and isinstance(stored, dict):
            for key in {**recomputed, **stored}:
                here = pointer_join(pointer, key)
                yield from self._differences(stored.get(key, _ABSENT), recomputed.get(key, _ABSENT), here)
        elif isinstance(recomputed, list) and isinstance(stored, list):
            for index in range(max(len(stored), len(recomputed))):
                yield from self._differences(
                    _item(stored, index), _item(recomputed, index), pointer_join(pointer, index)
                )
        else:
            self.numbers += _is_number(recomputed)
            if not _same(stored, recomputed, _cancelled(pointer)):
                yield pointer, stored, recomputed


def _item(values: list[Any], index: int) -> Any:
    return values[index] if index < len(values) else _ABSENT


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _cancelled(pointer: str) -> float:
    """How much of a number may be what is left of larger ones that cancelled."""
    if _LOG_E.search(pointer):
        return CANCELLED_LOG_E
    return CANCELLED if _CAN_CANCEL.search(pointer) else 0.0


def _same(stored: Any, recomputed: Any, cancelled: float) -> bool:
    if _is_number(stored) and isinstance(recomputed, float):
        return math.isclose(stored, recomputed, rel_tol=RELATIVE_TOLERANCE, abs_tol=cancelled)
    return type(stored) is type(recomputed) and bool(stored == recomputed)


def _shown(value: Any) -> str:
    if isinstance(value, _Absent):
        return "nothing"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
