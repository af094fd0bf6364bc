"""Reference values of statistical functions, by function."""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest

from tests.support import FIXTURES


@functools.cache
def _vectors() -> list[dict[str, Any]]:
    document = json.loads((FIXTURES / "statistics" / "vectors.json").read_bytes())
    return list(document["vectors"])


def of(*functions: str) -> list[Any]:
    """Test parameters: every vector of these functions, each of which must have some."""
    chosen = [vector for vector in _vectors() if vector["function"] in functions]
    assert {vector["function"] for vector in chosen} == set(functions)
    return [pytest.param(vector, id=f"{vector['id']}-{vector['function']}") for vector in chosen]


def agrees(value: Any, vector: dict[str, Any]) -> bool:
    """Whether a value is what the vector expects, within its absolute tolerance."""
    return bool(value == pytest.approx(vector["expected"], rel=0, abs=vector["tol"]))


def arms(table: list[list[int]]) -> tuple[int, int, int, int]:
    """Successes and trials of both arms of a table whose columns are the arms."""
    (k1, k2), (failures1, failures2) = table
    return k1, k1 + failures1, k2, k2 + failures2
