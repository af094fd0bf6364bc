"""From a row of a table to an episode: which column means what, and what its texts mean. Nothing is guessed."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, Final, NamedTuple

from msgspec import UNSET, UnsetType

from worldbase.errors import Where
from worldbase.redact import redact_text
from worldflux.documents.column_mapping import ColumnMapping, Columns
from worldflux.documents.episode import OUTCOMES, DetailedEpisode, Outcome, SeedProvenance
from worldflux.errors import SourceError

Row = Sequence[str | None]
"""Cells as text; None where a cell is absent."""

_CANONICAL: Final = {
    "run_seed": ("run_seed",),
    "task": ("task",),
    "episode_index": ("episode_index", "episode"),
    "success": ("success",),
    "outcome": ("outcome",),
    "seed": ("seed",),
    "init_state": ("init_state",),
    "steps": ("steps",),
    "max_steps": ("max_steps",),
    "instruction": ("instruction",),
    "failure_reason": ("failure_reason",),
}
"""Column names that are understood where no mapping says anything, by field."""

_TRUTH: Final = {
    **dict.fromkeys(("true", "1", "yes", "success"), True),
    **dict.fromkeys(("false", "0", "no", "fail", "failure"), False),
}
_WHOLE_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(?:\.0)?", re.ASCII)
_NUMBER: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3})?", re.ASCII)
_LONGEST: Final = {
    "instruction": 2_000,
    "failure_detail": 2_000,
    "failure_reason": 200,
    "recorded_at": 64,
    "operator": 200,
    "perturbation": 200,
    "perturbation_level": 64,
    "variant": 400,
}
"""Free texts, and how many characters of each are kept."""
_LONGEST_EXTRA: Final = 400
NUMBERS: Final = ("score", "sum_reward", "wall_time_s")
"""Fields that may hold any number; a NaN in them is left out."""
_NOT_A_NUMBER: Final = "nan"
_CONSTANT_TEXTS: Final = ("instruction", "perturbation", "variant")
_MOST_READ: Final = 20_000  # much more than is kept, so that no secret is cut in two before it is found
_REMEMBERED: Final = 400
_SHOWN: Final = 40
_MOST_SHOWN: Final = 20


class Layout(NamedTuple):
    """A mapping that has been matched with a table's header.

    Attributes:
        mapping: What the columns mean.
        places: Position of each field's column.
        inferred: Whether nobody wrote the mapping.
        unread: Columns that nobody asked for.
    """

    mapping: ColumnMapping
    places: dict[str, int]
    inferred: bool
    unread: list[str]


def by_canonical_names(header: Sequence[str]) -> ColumnMapping | None:
    """The mapping of a table whose columns bear our own names; None where none tells an outcome."""
    found = {
        field: name for field, names in _CANONICAL.items() for name in [_first_of(names, header)] if name is not None
    }
    if not {"success", "outcome"} & found.keys():
        return None
    return ColumnMapping(schema_version="worldflux.column_mapping.v0_draft", columns=Columns(**found))


def laid_out(header: Sequence[str], mapping: ColumnMapping | None, label: str) -> Layout:
    """Find the columns of a mapping in a header.

    Raises:
        SourceError: `source.csv.duplicate_column`, `.missing_column` or `.no_outcome`.
    """
    repeated = next((name for name, count in Counter(header).items() if count > 1), None)
    if repeated is not None:
        raise _error(
            f"the column {_shown(repeated)} comes twice",
            code="source.csv.duplicate_column",
            where=Where(label, line=1),
            hint="Give each column a name of its own.",
        )
    used = mapping or by_canonical_names(header)
    if used is None:
        raise _error(
            f"no column tells an outcome; there are: {listed(header)}",
            code="source.csv.no_outcome",
            where=Where(label, line=1),
            hint="Say what the columns mean, in a columns.json beside the table.",
        )
    named = used.named()
    absent = [column for column in named.values() if column not in header]
    if absent:
        raise _error(
            f"there is no column {_shown(absent[0])}; there are: {listed(header)}",
            code="source.csv.missing_column",
            where=Where(label, line=1),
            hint="Correct columns.json: names are compared letter by letter.",
        )
    places = {field: header.index(column) for field, column in named.items()}
    read = set(named.values())
    unread = [name for name in header if name not in read]
    return Layout(used, places, mapping is None, unread)


class RowReader:
    """Reads the rows of one table."""

    def __init__(self, layout: Layout, label: str) -> None:
        self._layout = layout
        self._label = label
        self._meanings = layout.mapping.meanings()
        self._constants = layout.mapping.constants
        self._shown_as: dict[str, str] = {}
        self._number_fields = [name for name in NUMBERS if name in layout.places]
        self._text_fields = [(name, longest) for name, longest in _LONGEST.items() if name in layout.places]
        self._extra_fields = [(name, f"extra.{name}") for name in layout.mapping.extra]
        constants = {name: getattr(self._constants, name) for name in _CONSTANT_TEXTS}
        self._constant_texts = {name: clean(text) for name, text in constants.items() if text is not UNSET}

    def run(self, row: Row) -> str | None:
        """Which evaluation the row belongs to, where a column says."""
        return None if "run" not in self._layout.places else self._text(row, "run") or ""

    def run_seed(self, row: Row, line: int) -> int | None:
        """Which replicate the row belongs to, where a column or a constant says."""
        if "run_seed" in self._layout.places:
            return self._needed(row, "run_seed", line)
        constant = self._constants.run_seed
        return None if constant is UNSET else constant

    def task(self, row: Row, line: int) -> str | None:
        """The task's name, safe to show, where a column or a constant says."""
        if "task" not in self._layout.places:
            return None if self._constants.task is UNSET else clean(self._constants.task)
        name = self._text(row, "task")
        if not name:
            raise self._bad("task", name, line, "Each row needs a task.")
        shown = clean(name)
        if shown != name and self._shown_as.setdefault(shown, name) != name:
            hint = "Paths and hosts are taken out of names, and another task is then called the same. Give plain names."
            raise self._bad("task", name, line, hint)
        return shown

    def episode_index(self, row: Row, line: int) -> int | None:
        """The episode's number, where a column says."""
        return self._needed(row, "episode_index", line) if "episode_index" in self._layout.places else None

    def episode(
        self, row: Row, line: int, *, task: str, index: int, run_seed: int, provenance: SeedProvenance, place: str
    ) -> DetailedEpisode:
        """The whole row.

        Raises:
            SourceError: `source.csv.value`, `source.csv.success_value` or `source.csv.contradiction`.
        """
        outcome, success = self._outcome(row, line)
        seed, init_state = self._whole(row, "seed", line), self._whole(row, "init_state", line)
        score = self._number(row, "score", line)
        mapping, limit = self._layout.mapping, self._whole(row, "max_steps", line)
        return DetailedEpisode(
            episode_index=index,
            task=task,
            run_seed=run_seed,
            outcome=outcome,
            seed=seed,
            seed_provenance=UNSET if seed is UNSET else "recorded",
            success=success,
            sum_reward=self._number(row, "sum_reward", line),
            task_provenance=provenance,
            locator=place,
            init_state=init_state,
            init_state_provenance=UNSET if init_state is UNSET else "recorded",
            score=score,
            score_kind=UNSET if score is UNSET else mapping.score_kind,
            score_scale=UNSET if score is UNSET else mapping.score_scale,
            criterion=self._constants.criterion,
            steps=self._whole(row, "steps", line),
            max_steps=self._constants.max_steps if limit is UNSET else limit,
            wall_time_s=self._number(row, "wall_time_s", line),
            extra=self._extra(row) or UNSET,
            **self._texts(row),
        )

    def not_numbers(self, row: Row) -> list[str]:
        """Fields of the row that hold NaN, which is left out."""
        return [name for name in self._number_fields if self._text(row, name).lower() == _NOT_A_NUMBER]

    def _texts(self, row: Row) -> dict[str, Any]:
        """Free texts, redacted and short; those of the whole table where a row has none."""
        texts: dict[str, Any] = dict(self._constant_texts)
        for name, longest in self._text_fields:
            if text := self._text(row, name):
                texts[name] = clean(text[:_MOST_READ])[:longest]
        return texts

    def _extra(self, row: Row) -> dict[str, str | int | float | bool]:
        """Columns that are kept as they are, redacted and short; empty cells are left out."""
        texts = ((name, self._text(row, field)) for name, field in self._extra_fields)
        return {name: clean(text[:_MOST_READ])[:_LONGEST_EXTRA] for name, text in texts if text}

    def _outcome(self, row: Row, line: int) -> tuple[Outcome, bool | UnsetType]:
        success = self._meaning(row, "success", line)
        outcome = self._meaning(row, "outcome", line)
        written = UNSET if success not in ("success", "failure") else success == "success"
        if self._crashed(row, line):
            return "infra_error", written
        if success and outcome and success != outcome and (success == "success" or outcome == "success"):
            raise _error(
                f"the row says success {self._cell(row, 'success')} and outcome {self._cell(row, 'outcome')}",
                code="source.csv.contradiction",
                where=Where(self._label, line=line),
                hint="Map one of the two columns, or correct the row.",
            )
        found = outcome or success
        return (found or "unknown"), written

    def _crashed(self, row: Row, line: int) -> bool:
        if "infra_error" not in self._layout.places:
            return False
        text = self._text(row, "infra_error")
        if text.lower() not in _TRUTH:
            raise self._bad("infra_error", text, line, "It has to be true or false.")
        return _TRUTH[text.lower()]

    def _meaning(self, row: Row, field: str, line: int) -> Outcome | None:
        """What the text in a column of outcomes means; None where there is no such column."""
        if field not in self._layout.places:
            return None
        text = self._text(row, field)
        if self._meanings:
            found = self._meanings.get(text)
        elif field == "success":
            found = {True: "success", False: "failure"}.get(_TRUTH.get(text.lower(), -1))  # type: ignore[call-overload]
        else:
            found = text if text in OUTCOMES else None
        if found is None:
            raise _error(
                f"{_shown(text)} in column {_shown(self._column(field))} is no outcome that anybody explained",
                code="source.csv.success_value",
                where=Where(self._label, line=line),
                hint="List it in columns.json: success_values, failure_values, infra_error_values, pending_values; "
                "partial credit is a score.",
            )
        return found  # type: ignore[return-value]

    def _needed(self, row: Row, field: str, line: int) -> int:
        value = self._whole(row, field, line)
        if value is UNSET:
            raise self._bad(field, "", line, "Each row needs it.")
        return value

    def _whole(self, row: Row, field: str, line: int) -> int | UnsetType:
        if field not in self._layout.places or not (text := self._text(row, field)):
            return UNSET
        number = int(text.partition(".")[0]) if _WHOLE_NUMBER.fullmatch(text) else -1
        if number < 0:
            raise self._bad(field, text, line, "It has to be a whole number from 0.")
        return number

    def _number(self, row: Row, field: str, line: int) -> float | UnsetType:
        if field not in self._layout.places or not (text := self._text(row, field)) or text.lower() == _NOT_A_NUMBER:
            return UNSET
        number = float(text) if _NUMBER.fullmatch(text) else math.inf
        if not math.isfinite(number):
            raise self._bad(field, text, line, "It has to be a number.")
        return number

    def _text(self, row: Row, field: str) -> str:
        place = self._layout.places.get(field)
        return (row[place] or "").strip() if place is not None else ""

    def _cell(self, row: Row, field: str) -> str:
        return _shown(self._text(row, field))

    def _column(self, field: str) -> str:
        return self._layout.mapping.named()[field]

    def _bad(self, field: str, text: str, line: int, hint: str) -> SourceError:
        return _error(
            f"{_shown(text)} in column {_shown(self._column(field))} cannot be the row's {field}",
            code="source.csv.value",
            where=Where(self._label, line=line),
            hint=hint,
        )


def clean(text: str) -> str:
    """A text without paths, hosts and secrets."""
    return _remembered(text) if len(text) <= _REMEMBERED else redact_text(text)


@lru_cache(maxsize=16_384)
def _remembered(text: str) -> str:
    """Short texts of a table come again and again."""
    return redact_text(text)


def _first_of(names: tuple[str, ...], header: Sequence[str]) -> str | None:
    return next((name for name in names if name in header), None)


def _shown(text: str) -> str:
    return repr(redact_text(text[:_SHOWN]))


def listed(names: Iterable[str]) -> str:
    """Names of columns, safe to show, the first of many."""
    first = [redact_text(name[:_SHOWN]) for name in islice(names, _MOST_SHOWN + 1)]
    return ", ".join(first[:_MOST_SHOWN]) + (", ..." if len(first) > _MOST_SHOWN else "")


def _error(message: str, *, code: str, where: Where, hint: str) -> SourceError:
    return SourceError(message, code=code, where=where, hint=hint)
