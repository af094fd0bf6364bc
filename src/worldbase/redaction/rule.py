"""What all rules share: the markers that stand where something was removed, and rules that know when to be skipped.

While rules run, a marker is a single character of a private-use plane, which no pattern takes for a letter, so that a
rule cannot eat or extend the work of another. Only the finished text spells it out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

SECRET, EMAIL, USER, HOST, ADDRESS, PATH = map(chr, range(0x10FF00, 0x10FF06))
_SPELLINGS = {
    SECRET: "[redacted:secret]",
    EMAIL: "[redacted:email]",
    USER: "[redacted:user]",
    HOST: "[redacted:host]",
    ADDRESS: "[redacted:address]",
    PATH: "[path]",
}
_MARKERS = {spelling: marker for marker, spelling in _SPELLINGS.items()}
_SPELLED = re.compile("|".join(map(re.escape, _MARKERS)))
_SPELL = str.maketrans(_SPELLINGS)

# Where a name may start: after anything but a letter or digit, or after a line break or tab written as `\\n`.
START = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrt]))"


class Rule(NamedTuple):
    """A pattern and what takes the place of its matches.

    Attributes:
        pattern: What to look for. It never starts inside a run of characters that it could also have started before:
            that would make its time quadratic in the length of the run.
        replace: The replacement, or what computes it.
        hints: Lower-case strings of which one is in every text that the pattern matches. Finding a string is far
            quicker than running a pattern, and most texts hold none of them.
    """

    pattern: re.Pattern[str]
    replace: str | Callable[[re.Match[str]], str]
    hints: tuple[str, ...]


def make_rule(pattern: str, replace: str | Callable[[re.Match[str]], str], hints: str) -> Rule:
    """Make a rule of a pattern and of hints with a `|` between them."""
    return Rule(re.compile(pattern), replace, tuple(hints.split("|")))


def apply_rules(text: str, rules: Iterable[Rule]) -> str:
    """Apply those rules to a text whose hints are in it."""
    lowered = text.lower()
    for rule in rules:
        for hint in rule.hints:  # not `any(...)`: this loop runs for every rule and every text
            if hint in lowered:
                text = rule.pattern.sub(rule.replace, text)
                break
    return text


def replace_group(group: str, marker: str) -> Callable[[re.Match[str]], str]:
    """What puts a marker in the place of one group of a match and keeps the rest."""

    def replace(match: re.Match[str]) -> str:
        if says_nothing(match[group]):
            return match[0]
        start, end = match.start(group) - match.start(), match.end(group) - match.start()
        return match[0][:start] + marker + match[0][end:]

    return replace


def replace_spans(text: str, changes: Iterable[tuple[int, int, str]]) -> str:
    """Put replacements where they belong; `changes` are (start, end, replacement), in order and without overlap."""
    pieces: list[str] = []
    done = 0
    for start, end, replacement in changes:
        pieces += text[done:start], replacement
        done = end
    return "".join([*pieces, text[done:]])


def shrink_markers(text: str) -> str:
    """Turn the markers that a text already holds into single characters."""
    if "[redacted:" not in text and "[path]" not in text:
        return text
    return _SPELLED.sub(lambda match: _MARKERS[match[0]], text)


def remove_markers(text: str) -> str:
    """The text without its markers, for where a marker would be read as words."""
    return _SPELLED.sub("", text)


def spell_markers(text: str) -> str:
    """Turn single-character markers into the form that people read."""
    return text if text.isascii() else text.translate(_SPELL)


def count_markers(text: str) -> int:
    """How much was removed from a text whose markers are spelled out."""
    return sum(text.count(spelling) for spelling in _MARKERS)


def says_nothing(value: str) -> bool:
    """Whether a value holds no letter or digit, as when markers took their place: there is nothing left to remove."""
    return not any(map(str.isalnum, value))


def word_set(words: str) -> frozenset[str]:
    """A set of words written as one string, for the lists that rules go by."""
    return frozenset(words.split())
