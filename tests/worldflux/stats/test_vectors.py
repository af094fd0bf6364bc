"""Our statistics against a file of reference values, and the reader of such files."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import FIXTURES
from worldbase import strictjson
from worldflux.errors import StatisticsError
from worldflux.stats.vector_functions import FUNCTIONS
from worldflux.stats.vectors import Vector, is_close, is_met, is_not_shipped, read_vectors, run_vectors

FILE = FIXTURES / "statistics" / "vectors.json"
VECTORS = read_vectors(strictjson.load(FILE), file=FILE.name)
NAMES = sorted({vector.function for vector in VECTORS})


def _vector(**changes: Any) -> dict[str, Any]:
    valid = {"id": "w", "function": "mcnemar_exact", "input": {"b": 3, "c": 12}, "expected": 0.03515625, "tol": 1e-9}
    return {name: value for name, value in {**valid, **changes}.items() if value is not ...}


@pytest.mark.parametrize("function", NAMES)
def test_every_reference_value_is_met(function: str) -> None:
    (report,) = run_vectors([vector for vector in VECTORS if vector.function == function])
    if is_not_shipped(function):
        assert (report.status, report.matched, report.failing) == ("not_shipped", 0, ())
    else:
        assert (report.status, report.matched, report.failing) == ("ok", report.of, ())


def test_the_file_is_whole_and_names_every_function_that_we_map() -> None:
    assert len(VECTORS) == 238
    assert {name for name in NAMES if not is_not_shipped(name)} == set(FUNCTIONS)


def _moved(expected: Any, by: float) -> Any:
    """The expected value with its last number moved."""
    if isinstance(expected, dict):
        last = list(expected)[-1]
        return {**expected, last: _moved(expected[last], by)}
    if isinstance(expected, list):
        return [*expected[:-1], _moved(expected[-1], by)]
    return expected + by


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_a_wrong_expected_value_is_not_met(function: str) -> None:
    vector = next(vector for vector in VECTORS if vector.function == function)
    # The bootstrap and the betting intervals are coarse on purpose, so their tolerance is, too.
    wrong = vector._replace(expected=_moved(vector.expected, 2.5 * vector.tol + 1e-7))
    assert is_met(vector)
    assert not is_met(wrong)


def test_the_report_counts_function_by_function_in_the_order_of_the_file() -> None:
    entries = [
        _vector(id="a", function="zeta"),
        _vector(id="b"),
        _vector(id="c", expected=0.04),
        _vector(id="d", function="step_anything"),
        _vector(id="e", function="zeta"),
        _vector(id="f", function="savi_two_sample"),
    ]
    reports = run_vectors(read_vectors({"vectors": entries}))
    assert [(one.function, one.matched, one.of, one.failing, one.status) for one in reports] == [
        ("zeta", 0, 2, ("a", "e"), "failing"),
        ("mcnemar_exact", 1, 2, ("c",), "failing"),
        ("step_anything", 0, 1, (), "not_shipped"),
        ("savi_two_sample", 0, 1, (), "not_shipped"),
    ]


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        ([], ""),
        ({}, "/vectors"),
        ({"vectors": {}}, "/vectors"),
        ({"vectors": [3]}, "/vectors/0"),
        ({"vectors": [_vector(), _vector(id=...)]}, "/vectors/1/id"),
        ({"vectors": [_vector(id=7)]}, "/vectors/0/id"),
        ({"vectors": [_vector(), _vector()]}, "/vectors/1/id"),
        ({"vectors": [_vector(function=None)]}, "/vectors/0/function"),
        ({"vectors": [_vector(input=[1, 2])]}, "/vectors/0/input"),
        ({"vectors": [_vector(expected=...)]}, "/vectors/0/expected"),
        ({"vectors": [_vector(tol=...)]}, "/vectors/0/tol"),
        ({"vectors": [_vector(tol="1e-9")]}, "/vectors/0/tol"),
        ({"vectors": [_vector(tol=-1)]}, "/vectors/0/tol"),
        ({"vectors": [_vector(tol=True)]}, "/vectors/0/tol"),
        ({"vectors": [_vector(input={"b": 3})]}, "/vectors/0/input/c"),
        ({"vectors": [_vector(input={"b": 3, "c": 1.5})]}, "/vectors/0/input/c"),
        ({"vectors": [_vector(input={"b": True, "c": 1})]}, "/vectors/0/input/b"),
        ({"vectors": [_vector(function="fisher_greater", input={"table": [[1, 2], [3]]})]}, "/vectors/0/input/table"),
        ({"vectors": [_vector(function="betting_ci_fixed_n", input={"x": "012"})]}, "/vectors/0/input/x"),
    ],
)
def test_a_malformed_file_is_one_error_that_names_the_place(value: Any, pointer: str) -> None:
    with pytest.raises(StatisticsError) as refused:
        read_vectors(value, file="mine.json")
    assert refused.value.code == "vectors.invalid"
    assert refused.value.where is not None
    assert (refused.value.where.file, refused.value.where.pointer) == ("mine.json", pointer)


def test_numbers_that_no_function_is_defined_for_fail_and_end_nothing() -> None:
    impossible = {"k": 9, "n": 5, "alpha": 0.05, "sided": 2}
    assert not is_met(Vector("x", "wilson", impossible, [0.1, 0.9], 1.0))
    assert not is_met(Vector("x", "bootstrap_bca_mean", {"x": [1.0, 2.0], "B": 9, "alpha": "much"}, [0.1, 0.9], 1.0))


@pytest.mark.parametrize(
    ("actual", "expected", "close"),
    [
        (0.5, 0.5000001, True),
        (0.5, 0.6, False),
        (float("nan"), 0.5, False),
        (float("inf"), float("inf"), True),
        (float("inf"), 1.0, False),
        (True, 1, False),
        (1, 1.0, True),
        (None, 0.5, False),
        ([0.1, 0.2], [0.1, 0.2], True),
        ((0.1, 0.2), [0.1, 0.2], True),
        ([0.1], [0.1, 0.2], False),
        (0.1, [0.1], False),
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"b": 2}, {"a": 1}, False),
        (3, {"a": 1}, False),
        ({"a": [1, {"b": "x"}]}, {"a": [1, {"b": "x"}]}, True),
        ("reject", "reject", True),
        ("reject", "accept", False),
        (0.5, "0.5", False),
    ],
)
def test_values_are_compared_part_by_part(actual: Any, expected: Any, close: bool) -> None:
    assert is_close(actual, expected, 1e-6) is close
