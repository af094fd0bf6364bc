"""Reference values, checked: a file of inputs with what a correct implementation returns for them.

Each function of such a file is mapped to ours by a thin adapter that is imported only when it is needed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from worldbase.errors import Where, WorldError
from worldbase.strictjson import pointer_join
from worldflux.errors import StatisticsError
from worldflux.stats.vector_functions import FUNCTIONS

Status = Literal["ok", "failing", "not_shipped"]


class Vector(NamedTuple):
    """One reference value.

    Attributes:
        expected: A number, a text, or lists and objects of them.
        tol: Absolute difference that each number may have.
    """

    id: str
    function: str
    input: Mapping[str, Any]
    expected: Any
    tol: float


@dataclass(frozen=True, slots=True)
class FunctionReport:
    """How many vectors of a function match.

    Attributes:
        of: Number of its vectors.
        failing: Ids of those that do not match; none for a function that is not shipped on purpose.
    """

    function: str
    matched: int
    of: int
    failing: tuple[str, ...]
    status: Status


def read_vectors(value: Any, *, file: str = "") -> list[Vector]:
    """Take the vectors out of a parsed JSON document: `{"vectors": [{"id", "function", "input", "expected", "tol"}]}`.

    Raises:
        StatisticsError: `vectors.invalid`, with the place of the first fault.
    """
    if not isinstance(value, dict) or not isinstance(value.get("vectors"), list):
        raise _invalid("a list of vectors is needed", file, "/vectors" if isinstance(value, dict) else "")
    vectors = [_vector(entry, file, f"/vectors/{index}") for index, entry in enumerate(value["vectors"])]
    first: dict[str, int] = {}
    for index, vector in enumerate(vectors):
        if first.setdefault(vector.id, index) != index:
            raise _invalid(f"the id {vector.id!r} stands twice", file, f"/vectors/{index}/id")
    return vectors


def _vector(entry: Any, file: str, pointer: str) -> Vector:
    if not isinstance(entry, dict):
        raise _invalid("a vector is an object", file, pointer)
    kinds: dict[str, Any] = {"id": str, "function": str, "input": dict, "expected": object, "tol": (int, float)}
    for name, kind in kinds.items():
        if name not in entry:
            raise _invalid(f"the field {name!r} is missing", file, f"{pointer}/{name}")
        if not isinstance(entry[name], kind) or (name == "tol" and not _is_tolerance(entry[name])):
            raise _invalid(f"this is no value for {name!r}", file, f"{pointer}/{name}")
    vector = Vector(*(entry[name] for name in kinds))
    if function := FUNCTIONS.get(vector.function):
        for name, is_valid in function.inputs.items():
            place = pointer_join(f"{pointer}/input", name)
            if name not in vector.input:
                raise _invalid(f"{vector.function} needs the input {name!r}", file, place)
            if not is_valid(vector.input[name]):
                raise _invalid(f"this is no {name!r} for {vector.function}", file, place)
    return vector


def _is_tolerance(value: float) -> bool:
    return not isinstance(value, bool) and value >= 0


def _invalid(message: str, file: str, pointer: str) -> StatisticsError:
    return StatisticsError(
        f"not a vectors file: {message}",
        code="vectors.invalid",
        where=Where(file, pointer),
        hint="Each vector has an id, a function, an input, the expected value and a tolerance (tol).",
    )


def run_vectors(vectors: Sequence[Vector]) -> list[FunctionReport]:
    """Compare our values with the expected ones, function by function in the order of the file."""
    by_function: dict[str, list[Vector]] = {}
    for vector in vectors:
        by_function.setdefault(vector.function, []).append(vector)
    return [_report(name, of) for name, of in by_function.items()]


def _report(name: str, vectors: list[Vector]) -> FunctionReport:
    if is_not_shipped(name):
        return FunctionReport(name, 0, len(vectors), (), "not_shipped")
    failing = tuple(vector.id for vector in vectors if not is_met(vector))
    status: Status = "failing" if failing else "ok"
    return FunctionReport(name, len(vectors) - len(failing), len(vectors), failing, status)


def is_not_shipped(function: str) -> bool:
    """Whether a function is left out on purpose: its only implementation may not be used commercially."""
    return function == "savi_two_sample" or function.startswith("step_")


def is_met(vector: Vector) -> bool:
    """Whether our value of a vector is the expected one; a function that we lack meets nothing."""
    function = FUNCTIONS.get(vector.function)
    if function is None:
        return False
    try:
        actual = function.compute(vector.input)
    except (WorldError, ArithmeticError, ValueError, TypeError):
        return False
    return is_close(actual, vector.expected, vector.tol)


def is_close(actual: Any, expected: Any, tol: float) -> bool:
    """Whether numbers differ by at most `tol`, texts are equal, and lists and objects are close part by part.

    An object may have more fields than are expected of it.
    """
    if isinstance(expected, Mapping):
        return isinstance(actual, Mapping) and all(
            name in actual and is_close(actual[name], part, tol) for name, part in expected.items()
        )
    if isinstance(expected, (list, tuple)):
        return (
            isinstance(actual, (list, tuple))
            and len(actual) == len(expected)
            and all(is_close(one, other, tol) for one, other in zip(actual, expected, strict=True))
        )
    if _is_number(expected):
        return _is_number(actual) and (actual == expected or abs(actual - expected) <= tol)
    return type(actual) is type(expected) and bool(actual == expected)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and not math.isnan(value)
