"""A profile as a commented TOML text for an editor, and profiles read back from JSON or TOML."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from worldbase import strictjson
from worldbase.errors import InputError, Problem, Where
from worldflux.portfolio.profile_drafting import Given
from worldflux.portfolio.profile_fields import EXPOSURE, FIELDS, ProfileField, value_at
from worldflux.portfolio.vocabularies import MEANINGS

TROUBLE: Final = b"#! "
_HEAD: Final = """\
# A profile for `worldflux eval-profile create`, as TOML. Fill in what is empty; a field with `#` in front may be
# left out. Save and leave the editor; leave it without saving to give up.
"""


def template(value: dict[str, Any]) -> str:
    """What is known of a profile as a text to go on with: every field, what it says, and the words it may have."""
    nested = [row for row in FIELDS if row.path.startswith(f"{EXPOSURE}.")]
    plain = [row for row in FIELDS if row not in nested]
    return "".join([_HEAD, *_rows(plain, value), f"\n[{EXPOSURE}]", *_rows(nested, value)])


def with_problems(text: bytes, error: InputError) -> bytes:
    """The text with what is wrong with it on top, in place of what was wrong before."""
    kept = [line for line in text.splitlines(keepends=True) if not line.startswith(TROUBLE.strip())]
    found = error.problems or (Problem(error.code, error.message, error.where or Where()),)
    lines = [f"{line}\n" for line in ("Not yet a profile:", *(f"  {_plain(one)}" for one in found))]
    return b"".join([*(TROUBLE + line.encode("utf-8", "backslashreplace") for line in lines), *kept])


def read(path: Path) -> Given:
    """Read a profile, or the beginning of one, from a `.toml` file or from JSON.

    Raises:
        InputError: What reading JSON raises; `profile.toml`; `profile.not_an_object`.
    """
    if path.suffix.lower() == ".toml":
        data = strictjson.read_bytes(path, file=path.name)
        return parse(data, file=path.name)
    value = strictjson.load(path, file=path.name)
    if not isinstance(value, dict):
        raise InputError(
            "a profile is an object with fields",
            code="profile.not_an_object",
            where=Where(path.name, ""),
            hint="Give a file that `worldflux eval-profile create` wrote, or a part of one.",
        )
    return Given({name: entry for name, entry in value.items() if entry is not None}, path.name)


def parse(data: bytes, *, file: str) -> Given:
    """What a TOML text says; what was left empty in it is not given.

    Raises:
        InputError: `profile.toml`.
    """
    import tomllib

    try:
        value = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        said = str(error) or "it is nested too deeply"
        line = re.search(r"\(at line (\d+)", said)
        raise InputError(
            f"not TOML: {said}",
            code="profile.toml",
            where=Where(file, line=int(line[1]) if line else None),
            hint='A field is written as name = "text", a list as name = ["one", "two"].',
        ) from None
    return Given({name: entry for name, entry in value.items() if entry != ""}, file)


def _rows(rows: Iterable[ProfileField], value: dict[str, Any]) -> Iterator[str]:
    group = ""
    for row in rows:
        if row.group != group:
            yield f"\n# --- {row.group}\n"
            group = row.group
        yield from _comments(row)
        name, known = row.path.rpartition(".")[2], value_at(value, row.path)
        if known is not None:
            yield f"{name} = {_literal(known)}\n"
        elif row.needed:
            yield f"{name} = {_EMPTY[row.kind]}\n"
        else:
            yield f"# {name} = {_example(row)}\n"


def _comments(row: ProfileField) -> Iterator[str]:
    yield f"# {row.about[0].upper()}{row.about[1:]}; such as {_example(row)}\n"
    if row.words:
        yield from (f"#   {word:28}{MEANINGS[row.path][word]}\n" for word in row.words)


_EMPTY: Final = {"text": '""', "word": '""', "list": "[]", "integer": '""', "number": '""', "switch": "false"}


def _example(row: ProfileField) -> str:
    if row.kind in ("integer", "number", "switch"):
        return row.example
    return _literal([row.example] if row.kind == "list" else row.example)


def _literal(value: Any) -> str:
    """A value in TOML; whatever TOML cannot say, as the text of it, to be refused later."""
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, bool | int | float):
        return str(value).lower()
    text = value if isinstance(value, str) else json.dumps(value)
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _plain(problem: Problem) -> str:
    """A problem on one line of its own, since a line break would end the comment."""
    from worldbase.tables import visible

    return visible(textwrap.shorten(f"{_name(problem.where)}: {problem.message}", 400))


def _name(where: Where) -> str:
    """The field as the text names it."""
    row = next((row for row in FIELDS if row.flag == where.file), None)
    return row.path if row else (where.pointer or "").lstrip("/").replace("/", ".") or str(where)
