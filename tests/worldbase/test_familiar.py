"""The lines of a text may be judged one by one only as long as the rules look no further than a line."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import pytest

import worldbase.redaction
from worldbase.redaction import commands, familiar
from worldbase.redaction.familiar import Familiar

constants: Any = importlib.import_module("re._constants")
parser: Any = importlib.import_module("re._parser")

HANDLED = {
    # Lines that hold what these need are judged with their neighbours.
    *("addresses._BEFORE_ADDRESS", "commands._RULES", "tokens._REST_OF_KEY"),
    *("pairs._PAIR", "pairs._ELEMENT", "pairs._NAMED_VALUE", "pairs._OPENINGS"),
}
HARMLESS = {
    # They see one line, one word or one value, or the line break itself is all that they see of the next line.
    *("commands._DIGIT_IN_WORD", "hosts._RULES", "pairs._END_OF_FIELD", "paths._HOME", "randomness._ALL_KINDS"),
    *("randomness._BEFORE_DIGEST", "sections._ENTRY", "urls._AUTHORITY", "urls._HOME_IN_PATH", "values._SPACE"),
    # They read documents, or write literals.
    *("documents._LITERAL", "passes._OPENS_JSON", "literals._UNPRINTABLE"),
    *("familiar._REACHES_OUT", "familiar._OPENS_DOCUMENT"),
}


def patterns_of(found: object) -> Iterator[re.Pattern[str]]:
    if isinstance(found, re.Pattern):
        yield found
    elif isinstance(found, dict | tuple | list):
        for inside in found.values() if isinstance(found, dict) else found:
            yield from patterns_of(inside)


def matches_line_break(tree: Any, *, dot_matches_all: bool) -> bool:
    """Whether anything in a parsed pattern matches a line break."""
    for operation, argument in tree:
        if operation is constants.LITERAL:
            found = argument == ord("\n")
        elif operation is constants.NOT_LITERAL:
            found = argument != ord("\n")
        elif operation is constants.ANY:
            found = dot_matches_all
        elif operation is constants.IN:
            found = class_matches_line_break(argument)
        elif operation in (constants.ASSERT, constants.ASSERT_NOT):
            found = operation is constants.ASSERT and matches_line_break(argument[1], dot_matches_all=dot_matches_all)
        else:
            found = any(matches_line_break(inside, dot_matches_all=dot_matches_all) for inside in trees_in(argument))
        if found:
            return True
    return False


def trees_in(argument: Any) -> Iterator[Any]:
    if isinstance(argument, parser.SubPattern):
        yield argument
    elif isinstance(argument, tuple | list):
        for inside in argument:
            yield from trees_in(inside)


def class_matches_line_break(items: Any) -> bool:
    spaces = (constants.CATEGORY_SPACE, constants.CATEGORY_NOT_WORD, constants.CATEGORY_NOT_DIGIT)
    found = any(
        (operation is constants.LITERAL and argument == ord("\n"))
        or (operation is constants.RANGE and argument[0] <= ord("\n") <= argument[1])
        or (operation is constants.CATEGORY and argument in spaces)
        for operation, argument in items
    )
    return found != any(operation is constants.NEGATE for operation, _ in items)


def across_lines() -> set[str]:
    """Every pattern of the sanitiser that a line break is part of, by module and name."""
    found = set()
    for info in pkgutil.iter_modules(worldbase.redaction.__path__):
        module = importlib.import_module(f"worldbase.redaction.{info.name}")
        for name, value in vars(module).items():
            for pattern in patterns_of(value):
                tree = parser.parse(pattern.pattern, pattern.flags)
                if matches_line_break(tree, dot_matches_all=bool(pattern.flags & re.DOTALL)):
                    found.add(f"{info.name}.{name}")
    return found


def test_every_rule_that_looks_past_the_end_of_a_line_is_known() -> None:
    assert across_lines() == HANDLED | HARMLESS


def test_every_command_whose_flags_may_follow_in_the_next_line_is_known() -> None:
    hints = [hint.strip() for rule in commands._RULES for hint in rule.hints]
    spared = {"sudo", "passwd", "-stdin", "with-token", "machine", "default"}  # in one line, or known by `password`
    unknown = [hint for hint in hints if hint not in spared and not familiar._REACHES_OUT.search(f"x {hint} y")]
    assert unknown == []


@pytest.mark.parametrize(
    ("line", "below"),
    [
        ("-----BEGIN PRIVATE KEY-----", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC"),
        ("secrets:", "  db: plainword7x"),
        ("[credentials]", "db = plainword7x"),
        ("user | token", "fay | plainword7x"),
        ("password: |", "  plainword7x"),
        ("api_key: >-\r", "  plainword7x"),
        ("machine example.org login robot password", "plainword7x"),
        ("default login robot", "password plainword7x"),
        ("name: HF_TOKEN", "value: plainword7x"),
        ("<password", 'kind="1">plainword7x</password>'),
        ("sshpass ", "-pplainword7x"),
        ("connect to", "8.8.8.8"),
    ],
)
def test_a_line_that_says_something_of_the_next_one_is_not_familiar(line: str, below: str) -> None:
    known = Familiar()
    known.is_familiar_text(f"{line}\n")
    known.is_familiar_text(f"-\n{below}\n")
    assert not known.is_familiar_text(f"{line}\n{below}\n")
