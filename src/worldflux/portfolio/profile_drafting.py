"""Write and read profiles: from flags, from a file, from both, with every problem found at once.

The rules are those of the document (`documents/profile.py`). What is added: words that are nearly right are answered
with the right one, each problem names the flag or the place in the file that it came from, and nothing private stands
in a text that a reviewer will read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from worldbase import clock, digest, document, strictjson
from worldbase.document import Loaded
from worldbase.errors import InputError, Problem, Where
from worldflux.claims import claim_pair
from worldflux.documents.profile import VISIBILITY, EvalProfile, Name
from worldflux.portfolio import vocabularies
from worldflux.portfolio.profile_fields import BY_PATH, EXPOSURE, FIELDS, ProfileField, value_at

_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,9}\Z")
_DECIMAL: Final = re.compile(r"[+-]?([0-9]{1,15}(\.[0-9]{0,15})?|\.[0-9]{1,15})([eE][+-]?[0-9]{1,2})?\Z")
_STAMPED: Final = ("schema_version", "visibility", "created_at")
_HINTS: Final = {
    "profile.needed": "Give it by its flag, in a file (--from), or in your editor (--edit).",
    "profile.value": "`worldflux eval-profile create --help` lists the words and flags.",
    "profile.unknown_name": "If it is one of your own, put `custom-` in front of its name.",
    "profile.unknown_field": "Take the field out, or spell it as the example in the documentation does.",
    "profile.private_content": "A reviewer reads these texts: name the thing without its path, host, person or secret.",
}


@dataclass(frozen=True, slots=True)
class Given:
    """What is known of a profile that is being written.

    Attributes:
        value: JSON of the profile as far as it goes.
        file: Where it was read, if it was; empty: everything came by flags.
        flags: Paths of the fields that came by flags.
    """

    value: dict[str, Any]
    file: str = ""
    flags: frozenset[str] = field(default=frozenset())

    def place(self, row: ProfileField) -> Where:
        """Where the user has to look to put a field right."""
        absent = value_at(self.value, row.path) is None
        return Where(row.flag) if row.path in self.flags or not self.file or absent else Where(self.file, row.pointer)


def with_flags(base: Given, flags: Mapping[str, Any]) -> Given:
    """Lay flags over what a file says; a repeated flag replaces the file's whole list.

    Args:
        base: What the file says, or an empty `Given`.
        flags: Texts as typed, or lists of them, or a bool, by the path of the field. Only those that were given.
    """
    value = dict(base.value)
    for path, typed in flags.items():
        first, _, rest = path.partition(".")
        entry = _number(BY_PATH[path], typed)
        if rest:
            part = value.get(first)
            value[first] = {**(part if isinstance(part, dict) else {}), rest: entry}
        else:
            value[first] = entry
    return Given(value, base.file, base.flags | frozenset(flags))


def drafted(given: Given) -> EvalProfile:
    """The profile, stamped with the time.

    Raises:
        InputError: `profile.needed`, `profile.value`, `profile.unknown_name`, `profile.unknown_field`,
            `profile.private_content`, or `profile.invalid` for several; `document.kind` for another document.
    """
    value = _filled(given.value)
    refuse(list(problems_of(Given(value, given.file, given.flags))))
    stamp = {"schema_version": EvalProfile.schema_name, "visibility": VISIBILITY, "created_at": clock.timestamp()}
    return document.convert({**value, **stamp}, EvalProfile, file=given.file)


def load(path: Path) -> Loaded[EvalProfile]:
    """Read a finished profile.

    Raises:
        InputError: As `drafted`, and what reading a document raises.
    """
    data = strictjson.read_bytes(path, file=path.name)
    value = strictjson.parse(data, file=path.name)
    if isinstance(value, dict):
        problems = list(problems_of(Given(value, path.name)))
        refuse([problem._replace(where=_in_file(problem.where, path.name)) for problem in problems])
    return Loaded(document.convert(value, EvalProfile, file=path.name), value, digest.of_value(value), data)


def refuse(problems: list[Problem]) -> None:
    """Raise all problems as one error; do nothing where there are none."""
    if len(problems) == 1:
        (problem,) = problems
        raise InputError(problem.message, code=problem.code, where=problem.where, hint=_HINTS[problem.code])
    if problems:
        codes = dict.fromkeys(problem.code for problem in problems)
        raise InputError(
            f"the profile has {len(problems)} problems",
            code="profile.invalid",
            hint=" ".join(_HINTS[code] for code in codes),
            problems=problems,
        )


def problems_of(given: Given) -> Iterator[Problem]:
    """Everything that is wrong with what is known of a profile.

    Raises:
        InputError: `document.kind` where it is another document altogether.
    """
    yield from unknown_fields(given)
    for row in FIELDS:
        value = value_at(given.value, row.path)
        where = given.place(row)
        if value is None or (row.needed and value in ("", [])):
            if row.needed:
                yield Problem("profile.needed", f"needed, and not given: {row.about}", where)
        elif problem := _value_problem(row, value):
            yield Problem(problem.code, problem.message, where)
        else:
            yield from _private(row, value, where)


def unknown_fields(given: Given) -> Iterator[Problem]:
    """Fields that no profile has.

    Raises:
        InputError: `document.kind` where it is another document altogether.
    """
    kind = given.value.get("schema_version", EvalProfile.schema_name)
    if kind != EvalProfile.schema_name:
        document.convert({"schema_version": str(kind)}, EvalProfile, file=given.file)
    if given.value.get("visibility", VISIBILITY) != VISIBILITY:
        where = Where(given.file, "/visibility")
        yield Problem("profile.value", f"{_shown(given.value['visibility'])} is not {VISIBILITY}", where)
    known = {*_STAMPED, *(row.path.partition(".")[0] for row in FIELDS)}
    yield from _unknown(given.value, known, "", given.file)
    exposure = given.value.get(EXPOSURE, {})
    if not isinstance(exposure, dict):
        yield Problem("profile.value", "not an object", Where(given.file, f"/{EXPOSURE}"))
        return
    inner = {row.path.partition(".")[2] for row in FIELDS if row.path.startswith(f"{EXPOSURE}.")}
    yield from _unknown(exposure, inner, f"/{EXPOSURE}", given.file)


def _unknown(value: dict[str, Any], known: set[str], pointer: str, file: str) -> Iterator[Problem]:
    for name in (name for name in value if name not in known):
        meant = vocabularies.nearest(name, sorted(known))
        advice = f"; did you mean {meant!r}?" if meant else ""
        where = Where(file, strictjson.pointer_join(pointer, name))
        yield Problem("profile.unknown_field", f"no profile has a field {_shown(name)}{advice}", where)


def _filled(value: dict[str, Any]) -> dict[str, Any]:
    """What need not be said is said: no language, no exposure known of, nothing asked for."""
    exposure = value.get(EXPOSURE, {})
    if isinstance(exposure, dict):
        exposure = {"possible_benchmark_families": [], "caveats": [], **exposure}
    return {"language_input": False, "reviewer_next_actions": [], **value, EXPOSURE: exposure}


def _number(row: ProfileField, typed: Any) -> Any:
    """A number where the text is one; any other text as it is, to be refused with everything else that is wrong."""
    if row.kind == "integer" and _WHOLE.match(str(typed)):
        return int(typed)
    if row.kind == "number" and _DECIMAL.match(str(typed)):
        return float(typed)
    return typed


def _value_problem(row: ProfileField, value: Any) -> Problem | None:
    if row.words:
        return _word_problem(row, value)
    try:
        msgspec.convert(value, row.annotation, strict=True)
    except msgspec.ValidationError as error:
        return Problem("profile.value", f"{_shown(value)} {_fault(row, str(error))}")
    if row.kind == "list" and len(set(value)) < len(value):
        twice = next(entry for entry in value if value.count(entry) > 1)
        return Problem("profile.value", f"{_shown(twice)} is given twice")
    return _name_problem(row, value)


def _word_problem(row: ProfileField, value: Any) -> Problem | None:
    if value in row.words:
        return None
    meant = vocabularies.nearest(value, row.words) if isinstance(value, str) else None
    advice = f"; did you mean {meant!r}?" if meant else ""
    return Problem("profile.value", f"{_shown(value)} is not one of {', '.join(row.words)}{advice}")


def _name_problem(row: ProfileField, value: Any) -> Problem | None:
    """A simulator or benchmark that is nearly a known one would silently be another."""
    if row.path == "simulator_family":
        slips = [(value, vocabularies.simulator_meant(value))]
    elif row.path == "training_exposure.possible_benchmark_families":
        slips = [(name, vocabularies.benchmark_meant(name)) for name in value]
    else:
        return None
    said = [f"nobody knows {_shown(name)}; did you mean {meant!r}?" for name, meant in slips if meant]
    return Problem("profile.unknown_name", " ".join(said)) if said else None


def _fault(row: ProfileField, said: str) -> str:
    """What is wrong with a value, in words."""
    if row.kind == "integer":
        return "is not a whole number from 1 to 256"
    if row.kind == "number":
        return "is not a number above 0, at most 100000"
    if row.kind == "switch":
        return "is neither true nor false"
    if "regex" in said or (row.annotation == Name and "length" in said):
        return "is no name: letters, digits, dots, hyphens and underscores, a letter or digit first, at most 200"
    _, _, expected = said.partition("Expected ")
    return f"is not what is expected: {expected.replace('`', '')}"


def _private(row: ProfileField, value: Any, where: Where) -> Iterator[Problem]:
    for found in claim_pair.private_content(value, ""):
        yield Problem("profile.private_content", found.message, where)


def _in_file(where: Where, file: str) -> Where:
    """The place in the file of what a flag would have said."""
    row = next((row for row in FIELDS if row.flag == where.file), None)
    return Where(file, row.pointer) if row else where


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:76]}...{text[-1]}"
