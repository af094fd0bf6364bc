"""An error says what is wrong, where, and what to do, and knows its exit code."""

from __future__ import annotations

import pytest

from worldbase.errors import (
    AnswerIsNoError,
    EnvironmentMissingError,
    InputError,
    Problem,
    StorageError,
    UsageError,
    Where,
    WorldError,
)


@pytest.mark.parametrize(
    ("where", "shown"),
    [
        pytest.param(Where(), "", id="nowhere"),
        pytest.param(Where("claim.json"), "claim.json", id="file"),
        pytest.param(Where("claim.json", line=7), "claim.json:7", id="line"),
        pytest.param(Where("claim.json", "/a/0"), "claim.json at /a/0", id="pointer"),
        pytest.param(Where("claim.json", ""), "claim.json at the top level", id="whole document"),
        pytest.param(Where("claim.json", "/a", 7), "claim.json:7 at /a", id="line and pointer"),
        pytest.param(Where(pointer="/a"), "at /a", id="no file"),
    ],
)
def test_a_place_reads_as_words(where: Where, shown: str) -> None:
    assert str(where) == shown


def test_a_problem_names_its_place_and_code() -> None:
    assert str(Problem("x.y", "too long", Where("f", "/a"))) == "f at /a: too long [x.y]"


def test_a_problem_without_a_place_starts_with_its_message() -> None:
    assert str(Problem("x.y", "too long")) == "too long [x.y]"


def test_an_error_names_its_place_and_code() -> None:
    error = InputError("too long", code="x.y", where=Where("f", line=2))
    assert str(error) == "too long (f:2) [x.y]"


@pytest.mark.parametrize("where", [None, Where()], ids=["none", "empty"])
def test_an_error_without_a_place_shows_no_brackets_for_it(where: Where | None) -> None:
    assert str(InputError("too long", code="x.y", where=where)) == "too long [x.y]"


def test_an_error_keeps_its_hint_and_problems() -> None:
    problem = Problem("x.y", "too long")
    error = WorldError("m", code="x.y", hint="Shorten it.", problems=[problem])
    assert (error.message, error.code, error.hint, error.problems) == ("m", "x.y", "Shorten it.", (problem,))


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (WorldError, 3),
        (AnswerIsNoError, 1),
        (UsageError, 2),
        (InputError, 3),
        (EnvironmentMissingError, 4),
        (StorageError, 5),
    ],
)
def test_every_kind_of_error_has_its_exit_code(kind: type[WorldError], code: int) -> None:
    error = kind("m", code="x.y")
    assert isinstance(error, WorldError)
    assert error.exit_code == code
