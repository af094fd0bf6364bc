"""The catalogue of codes: whole, findable, and fit to print."""

from __future__ import annotations

from typing import get_args

import pytest

from worldbase import errors
from worldflux.documents.audit_input import Severity
from worldflux.errors import EXIT_CODES
from worldflux.explanations.catalogue import KINDS, Chapter, Explanation, chapters, codes, explanations_of, nearest
from worldflux.stats.intervals import Method

EVERY = [(chapter, code) for chapter in chapters() for group in chapter.groups for code in group.codes]


READINGS = {
    code.code
    for chapter in chapters()
    for group in chapter.groups
    if group.title == "Other readings"
    for code in group.codes
}


def _id(value: object) -> str:
    return value.code if isinstance(value, Explanation) else value.kind if isinstance(value, Chapter) else ""


def test_there_is_one_chapter_for_each_kind() -> None:
    assert tuple(chapter.kind for chapter in chapters()) == KINDS


@pytest.mark.parametrize(("chapter", "code"), EVERY, ids=_id)
def test_an_explanation_is_fit_to_print(chapter: Chapter, code: Explanation) -> None:
    assert code.meaning.endswith(".")
    assert "](" not in code.meaning + code.next, "a terminal shows no links"
    for text in (code.meaning, code.next, code.formula, code.source, *code.see):
        assert text == " ".join(text.split())
    assert "`" not in code.formula  # stands in backticks on the page
    first = code.meaning.partition(". ")[0].partition("; ")[0]
    assert first.count("`") % 2 == 0, "the overview cuts a literal in two"


@pytest.mark.parametrize(("chapter", "code"), EVERY, ids=_id)
def test_an_explanation_says_what_its_kind_needs(chapter: Chapter, code: Explanation) -> None:
    assert (code.severity in get_args(Severity)) == (chapter.kind == "finding")
    assert (code.exit is not None) == (chapter.kind == "error")
    if chapter.kind == "statistic":
        assert code.formula
        assert code.source or code.code in READINGS
    else:
        assert code.next


@pytest.mark.parametrize(("chapter", "code"), EVERY, ids=_id)
def test_other_codes_that_an_explanation_names_exist(chapter: Chapter, code: Explanation) -> None:
    assert [other for other in code.see if not explanations_of(other)] == []


def test_exit_codes_are_those_of_the_errors() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.WorldError)]
    known = {kind.default_exit_code for kind in kinds} | set(EXIT_CODES.values())
    assert {code.exit for chapter, code in EVERY if chapter.kind == "error"} <= known


def test_a_word_may_be_a_reason_and_a_flag() -> None:
    assert [entry.kind for entry in explanations_of("short_of_plan")] == ["reason", "flag"]


def test_another_name_is_found() -> None:
    assert [entry.explanation.code for entry in explanations_of("exact")] == ["clopper_pearson", "exact_binomial"]
    assert explanations_of("no.such.code") == []


def test_every_interval_method_is_explained() -> None:
    assert set(get_args(Method)) <= set(codes())


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("wilsn", "wilson"),
        ("short-of-plan", "short_of_plan"),
        ("granularity", "forensics.granularity"),
        ("HOLM", "holm"),
    ],
)
def test_the_nearest_code_comes_first(written: str, meant: str) -> None:
    assert nearest(written)[0] == meant


def test_nothing_is_near_to_nonsense() -> None:
    assert nearest("qqqqqqqqqq") == []
    assert nearest("") == []
