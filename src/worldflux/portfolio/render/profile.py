"""A profile as a page."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from textwrap import wrap
from typing import Any, Final

import msgspec

from worldbase.tables import markdown as literal
from worldbase.tables import visible
from worldflux.documents.profile import EvalProfile
from worldflux.portfolio.profile_fields import FIELDS, value_at

BOUNDARY: Final = (
    "A profile describes what is to be evaluated, as its operator sees it, before any score. It is no evidence and "
    "says nothing about whether a robot may be used. It is for internal review and for a private reviewer, not for "
    "publication."
)
_WIDTH: Final = 100
_ABSENT: Final = "not given"


def text(profile: EvalProfile, digest: str) -> str:
    """The page for a terminal."""
    lines = [profile.visibility, f"Profile {visible(profile.id)}", f"  written  {profile.created_at}"]
    lines += [f"  digest   {digest}"]
    for group, rows in _groups(profile):
        lines += ["", group]
        for name, entries in rows:
            lines += [f"  {name:29}  {visible(entries[0])}", *(f"  {'':29}  {visible(more)}" for more in entries[1:])]
    return "\n".join([*lines, "", *wrap(BOUNDARY, _WIDTH), profile.visibility]) + "\n"


def markdown(profile: EvalProfile, digest: str) -> str:
    """The page as Markdown."""
    lines = [profile.visibility, "", f"# Profile {literal(profile.id)}", ""]
    lines += [f"Written {profile.created_at}. Digest `{digest}`."]
    for group, rows in _groups(profile):
        lines += ["", f"## {group}", "", "| field | says |", "| --- | --- |"]
        lines += [f"| `{name}` | {'<br>'.join(map(literal, entries))} |" for name, entries in rows]
    return "\n".join([*lines, "", BOUNDARY, "", profile.visibility]) + "\n"


def _groups(profile: EvalProfile) -> Iterator[tuple[str, list[tuple[str, list[str]]]]]:
    value = msgspec.to_builtins(profile)
    for group, rows in groupby(FIELDS, key=lambda row: row.group):
        yield group, [(row.path.rpartition(".")[2], _entries(value_at(value, row.path))) for row in rows]


def _entries(value: Any) -> list[str]:
    """A field as one text, or as one for each entry of a list."""
    if value in (None, []):
        return [_ABSENT]
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    if isinstance(value, float):
        return [f"{value:g}"]
    return list(value) if isinstance(value, list) else [str(value)]
