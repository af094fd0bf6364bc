"""Identifiers with a prefix, and slugs."""

from __future__ import annotations

import re

import pytest

from worldbase import identifier

EPOCH = "1795219200"
CONTENT = ("sha256:a", "sha256:b")


def test_an_identifier_has_its_prefix_and_matches_its_pattern() -> None:
    assert re.search(identifier.pattern("clm"), identifier.new("clm"))


@pytest.mark.parametrize(
    "text",
    [
        "prt_01HXY3N9T4E6M2Q8R5S7V0W1ZA",
        "clm_01HXY3N9T4E6M2Q8R5S7V0W1Z",
        "clm_01HXY3N9T4E6M2Q8R5S7V0W1ZAA",
        "clm_01hxy3n9t4e6m2q8r5s7v0w1za",
        "clm_01HXY3N9T4E6M2Q8R5S7V0W1ZU",
        "clm_81HXY3N9T4E6M2Q8R5S7V0W1ZA",
        "clm_01HXY3N9T4E6M2Q8R5S7V0W1ZA\n",
        "x clm_01HXY3N9T4E6M2Q8R5S7V0W1ZA",
    ],
    ids=["prefix", "short", "long", "lower case", "letter that is not used", "too late", "line break", "in front"],
)
def test_the_pattern_refuses_what_is_no_identifier(text: str) -> None:
    assert re.search(identifier.pattern("clm"), "clm_01HXY3N9T4E6M2Q8R5S7V0W1ZA")
    assert re.search(identifier.pattern("clm"), text) is None


def test_two_identifiers_of_the_same_content_differ_while_the_clock_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert identifier.new("clm", content=CONTENT) != identifier.new("clm", content=CONTENT)


def test_without_content_they_differ_also_while_the_clock_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", EPOCH)
    assert identifier.new("clm") != identifier.new("clm")


class TestWhileTheClockStands:
    @pytest.fixture(autouse=True)
    def _standing_clock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", EPOCH)

    def test_the_same_content_gets_the_same_identifier(self) -> None:
        assert identifier.new("clm", content=CONTENT) == identifier.new("clm", content=CONTENT)

    @pytest.mark.parametrize(
        ("prefix", "content"),
        [("prt", CONTENT), ("clm", CONTENT[:1]), ("clm", CONTENT[::-1])],
        ids=["other kind", "less content", "other order"],
    )
    def test_anything_else_gets_another(self, prefix: str, content: tuple[str, ...]) -> None:
        one = identifier.new("clm", content=CONTENT).partition("_")[2]
        assert identifier.new(prefix, content=content).partition("_")[2] != one

    def test_later_identifiers_sort_later(self, monkeypatch: pytest.MonkeyPatch) -> None:
        made = []
        for epoch in (EPOCH, str(int(EPOCH) + 1), "253402300799"):
            monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
            made.append(identifier.new("clm", content=CONTENT))
        assert made == sorted(made)
        assert all(re.search(identifier.pattern("clm"), text) for text in made)


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("PushT, 80 % success!", "pusht-80-success"),
        ("libero_spatial/3", "libero-spatial-3"),
        ("Café crème", "cafe-creme"),
        ("--a--", "a"),
        ("../../etc/passwd", "etc-passwd"),
        ("赤いカップ", "untitled"),
        ("", "untitled"),
    ],
)
def test_a_slug_is_lower_case_ascii_words(text: str, slug: str) -> None:
    assert identifier.slug(text) == slug


def test_a_slug_is_cut_without_a_hyphen_at_its_end() -> None:
    assert identifier.slug("abc def", max_length=4) == "abc"
    assert identifier.slug("x" * 200) == "x" * 80
