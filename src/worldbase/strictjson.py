"""JSON, read without mercy.

Signed documents must mean the same thing to every reader, so whatever two JSON parsers could read differently is
refused: duplicate keys, NaN and Infinity, numbers that overflow or change when a double carries them, integers beyond
2^53-1, byte order marks, lone surrogates, trailing bytes, excessive depth or size. All problems of a document are
reported together, each with its JSON pointer.

Evaluator output is not ours to refuse for a bare `NaN` its writer is known to emit; `mask_nonfinite` turns those
tokens into `null` and says where they stood.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from worldbase.errors import InputError, Problem, Where

MAX_BYTES: Final = 64 * 1024 * 1024
MAX_DEPTH: Final = 64
MAX_SAFE_INTEGER: Final = 2**53 - 1

_BYTE_ORDER_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


class _Refused(NamedTuple):
    """Stands where a value was that may not stay; a hook cannot know its own pointer, the later walk does."""

    code: str
    message: str


class _Pairs(dict[str, Any]):
    """An object that remembers which of its keys came more than once."""

    repeated: tuple[str, ...] = ()


class _Repeats:
    """Looks at the keys of each object, and keeps nothing but whether one ever came twice."""

    found = False

    def __call__(self, pairs: list[tuple[str, Any]]) -> None:
        self.found = self.found or len({key for key, _ in pairs}) < len(pairs)


def pointer_join(pointer: str, token: str | int) -> str:
    """Append one reference token to a JSON pointer (RFC 6901 section 3: `~` is `~0`, `/` is `~1`).

    A lone surrogate is written as its escape, so that every pointer can be printed.
    """
    text = str(token).replace("~", "~0").replace("/", "~1")
    return f"{pointer}/{text if text.isascii() else text.encode('utf-8', 'backslashreplace').decode()}"


def parse(data: bytes, *, file: str = "", max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Any:
    """Return the value of a JSON document, or raise with everything that is wrong with it.

    Args:
        data: The bytes of the whole document.
        file: Name for error messages.
        max_bytes: Larger documents are refused before they are parsed.
        max_depth: Deeper nesting is refused.

    Raises:
        InputError: `json.size`, `json.bom`, `json.encoding`, `json.syntax`, `json.trailing`, `json.depth`,
            or `json.strict` with one problem per violation.
    """
    text = _decode(data, file, max_bytes)
    value = _load(text, file, max_depth)
    problems = list(_violations(value, "", file, max_depth))
    if problems:
        raise InputError(
            f"{len(problems)} value(s) that JSON readers disagree on" if len(problems) > 1 else problems[0].message,
            code="json.strict" if len(problems) > 1 else problems[0].code,
            where=problems[0].where,
            hint="Write each key once and each number in a form that a double carries exactly.",
            problems=problems,
        )
    return value


def load(path: Path, *, file: str | None = None, max_bytes: int = MAX_BYTES) -> Any:
    """Read and `parse` a file; `file` replaces its path in messages."""
    return parse(read_bytes(path, file=file, max_bytes=max_bytes), file=file or str(path), max_bytes=max_bytes)


def read_bytes(path: Path, *, file: str | None = None, max_bytes: int = MAX_BYTES) -> bytes:
    """Read a file of at most `max_bytes`.

    Raises:
        InputError: `file.missing`, `file.unreadable` or `json.size`.
    """
    name = file or str(path)
    try:
        with path.open("rb") as stream:
            data = stream.read(max_bytes + 1)
    except FileNotFoundError:
        raise InputError(
            f"{name} does not exist", code="file.missing", where=Where(name), hint="Check the path."
        ) from None
    except (OSError, ValueError) as error:
        # A ValueError: a name that no file system takes, such as one with a NUL in it.
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(
            f"{name} cannot be read: {reason}",
            code="file.unreadable",
            where=Where(name),
            hint="Give the path of a regular file that you may read.",
        ) from None
    if len(data) > max_bytes:
        raise _too_large(name, max_bytes)
    return data


def _too_large(file: str, max_bytes: int) -> InputError:
    return InputError(
        f"the document is larger than {max_bytes:,} bytes",
        code="json.size",
        where=Where(file),
        hint="A claim, protocol or evidence document is a few kilobytes; is this the right file?",
    )


def _decode(data: bytes, file: str, max_bytes: int) -> str:
    if len(data) > max_bytes:
        raise _too_large(file, max_bytes)
    if data.startswith(_BYTE_ORDER_MARKS):
        raise InputError(
            "the document starts with a byte order mark",
            code="json.bom",
            where=Where(file, line=1),
            hint="Save it as UTF-8 without a byte order mark.",
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"byte {error.start} is not UTF-8",
            code="json.encoding",
            where=Where(file, line=line),
            hint="Save the document as UTF-8.",
        ) from None


def _load(
    text: str,
    file: str,
    max_depth: int,
    *,
    parse_float: Callable[[str], Any] | None = None,
    parse_int: Callable[[str], Any] | None = None,
    pairs: Callable[[list[tuple[str, Any]]], Any] | None = None,
) -> Any:
    try:
        return json.loads(
            text,
            object_pairs_hook=pairs or _pairs,
            parse_constant=_constant,
            parse_float=parse_float or _float,
            parse_int=parse_int or _integer,
        )
    except RecursionError:
        raise _too_deep(file, max_depth) from None
    except json.JSONDecodeError as error:
        trailing = error.msg.startswith("Extra data")
        raise InputError(
            "there are bytes after the document's end" if trailing else f"not JSON: {error.msg}",
            code="json.trailing" if trailing else "json.syntax",
            where=Where(file, line=error.lineno),
            hint=f"Look at line {error.lineno}, column {error.colno}.",
        ) from None


def _too_deep(file: str, max_depth: int) -> InputError:
    return InputError(
        f"the document is nested deeper than {max_depth} levels",
        code="json.depth",
        where=Where(file),
        hint="No document of this project nests so deep; is this the right file?",
    )


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) == len(pairs):
        return value
    counted = _Pairs(value)
    seen: set[str] = set()
    counted.repeated = tuple(dict.fromkeys(key for key, _ in pairs if key in seen or seen.add(key)))  # type: ignore[func-returns-value]
    return counted


def _constant(token: str) -> _Refused:
    return _Refused("json.not_finite", f"{token} is not JSON (RFC 8259 section 6)")


def _float(token: str) -> float | _Refused:
    number = float(token)
    if number in (float("inf"), float("-inf")):
        return _Refused("json.overflow", f"{token[:40]} is too large for a double")
    try:
        exact = Decimal(token) == Decimal(repr(number))
    except InvalidOperation:
        exact = False
    if not exact:
        return _Refused("json.inexact", f"{token[:40]} would be read as {number!r}")
    return number


def _integer(token: str) -> int | _Refused:
    # The length test comes first: Python refuses to convert very long digit strings at all.
    if len(token) <= 17 and abs(int(token)) <= MAX_SAFE_INTEGER:
        return int(token)
    return _Refused("json.integer_range", f"{token[:40]} is beyond 2^53-1, where doubles skip integers")


def _violations(value: Any, pointer: str, file: str, depth_left: int) -> Iterator[Problem]:
    if isinstance(value, _Refused):
        yield Problem(value.code, value.message, Where(file, pointer))
    elif isinstance(value, str):
        yield from _surrogates(value, pointer, file)
    elif isinstance(value, (dict, list)):
        if depth_left == 0:
            levels = pointer.count("/")  # each level has added one token to the pointer
            yield Problem("json.depth", f"nested deeper than {levels} levels", Where(file, pointer))
            return
        yield from _container_violations(value, pointer, file, depth_left - 1)


def _container_violations(
    value: dict[str, Any] | list[Any], pointer: str, file: str, depth_left: int
) -> Iterator[Problem]:
    if isinstance(value, _Pairs):
        for key in value.repeated:
            yield Problem(
                "json.duplicate_key",
                f"the key {key!r} appears more than once",
                Where(file, pointer_join(pointer, key)),
            )
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for token, child in items:
        here = pointer_join(pointer, token)
        if isinstance(token, str):
            yield from _surrogates(token, here, file)
        yield from _violations(child, here, file, depth_left)


def _surrogates(text: str, pointer: str, file: str) -> Iterator[Problem]:
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        yield Problem("json.surrogate", "a lone surrogate has no UTF-8 form", Where(file, pointer))


class Masked(NamedTuple):
    """One token that JSON does not know, now `null`: the token and the 1-based line it stood on."""

    token: str
    line: int


# Possessive: without them a long string costs a hundred times its size, and one that never ends quadratic time.
_STRING_OR_NONFINITE: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|-?\b(?:NaN|Infinity)\b', re.DOTALL)


def mask_nonfinite(source: BinaryIO, target: BinaryIO) -> list[Masked]:
    """Copy JSON text, with every bare NaN, Infinity and -Infinity replaced by `null`.

    Works line by line (a JSON string never spans lines), so an indented file of any size is masked in little memory.

    Returns:
        Each replaced token in order of appearance.
    """
    masked: list[Masked] = []
    for number, line in enumerate(source, start=1):
        if b"N" not in line and b"I" not in line:
            target.write(line)
            continue

        def replace(match: re.Match[bytes], number: int = number) -> bytes:
            if match[0].startswith(b'"'):
                return match[0]
            masked.append(Masked(match[0].decode(), number))
            return b"null"

        target.write(_STRING_OR_NONFINITE.sub(replace, line))
    return masked


def first_duplicate_key(data: bytes, *, file: str = "") -> str | None:
    """JSON pointer of the first object key that comes twice in a document, or None.

    Nothing but keys is judged: numbers may be of any size.

    Raises:
        InputError: `json.bom`, `json.encoding`, `json.syntax`, `json.trailing` or `json.depth`.
    """
    text = _decode(data, file, max_bytes=len(data))
    levels = sys.getrecursionlimit()
    repeats = _Repeats()
    # Nothing of the document is kept, whatever its size; a second reading, with its values, tells where the key stands.
    _load(text, file, levels, parse_float=len, parse_int=len, pairs=repeats)
    if not repeats.found:
        return None
    value = _load(text, file, levels, parse_float=str, parse_int=str)
    try:
        return next(_duplicate_pointers(value, ""), None)
    except RecursionError:
        raise _too_deep(file, levels) from None


def _duplicate_pointers(value: Any, pointer: str) -> Iterator[str]:
    if isinstance(value, _Pairs):
        yield from (pointer_join(pointer, key) for key in value.repeated)
    if isinstance(value, (dict, list)):
        for token, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _duplicate_pointers(child, pointer_join(pointer, token))
