"""Documents: what is read from or written to disk, as frozen msgspec Structs.

A document refuses fields it does not know, because a misspelt field in a claim is a claim nobody made. Reading goes
fast path first (msgspec); only where that fails is the published JSON Schema run, to list *all* problems with their
pointers instead of the first.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

import msgspec

from worldbase import digest, strictjson
from worldbase.errors import InputError, Problem, Where

D = TypeVar("D", bound="Document")

SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A named piece of a document."""


class Document(Part, frozen=True, kw_only=True):
    """A whole document with a published schema.

    Subclasses set `schema_name`; the field `schema_version` of the instance repeats it. `shown_by` is the command that
    prints the schema.
    """

    schema_name: ClassVar[str] = ""
    shown_by: ClassVar[str] = "worldflux"

    def problems(self, file: str) -> Iterator[Problem]:
        """Yield what a schema cannot express: rules between fields."""
        return iter(())


class Loaded(NamedTuple, Generic[D]):
    """A document with the bytes and the JSON value it came from.

    Attributes:
        document: The typed document.
        value: The parsed JSON, before typing: hashes are taken of this, never of a re-dumped model.
        digest: `sha256:` of the RFC 8785 form of `value`.
        data: The bytes as read.
    """

    document: D
    value: Any
    digest: str
    data: bytes


def load(path: Path, kind: type[D], *, file: str | None = None) -> Loaded[D]:
    """Read a document from a file.

    Raises:
        InputError: What `strictjson.load` and `parse` raise.
    """
    name = file or str(path)
    return parse(strictjson.read_bytes(path, file=name), kind, file=name)


def parse(data: bytes, kind: type[D], *, file: str = "") -> Loaded[D]:
    """Turn bytes into a document.

    Raises:
        InputError: `document.invalid`, with one problem per fault and its JSON pointer.
    """
    value = strictjson.parse(data, file=file)
    document = convert(value, kind, file=file)
    return Loaded(document, value, digest.of_value(value), data)


def convert(value: Any, kind: type[D], *, file: str = "") -> D:
    """Turn a strictly parsed JSON value into a document, or raise with every problem it has."""
    _refuse_other_kind(value, kind, file)
    try:
        document = msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError as error:
        # A validator reports each missing field once per field that is missing; `fromkeys` keeps one of each.
        problems = list(dict.fromkeys(_schema_problems(value, kind, file))) or [
            Problem("document.value", str(error), Where(file, pointer_of(str(error))))
        ]
        raise _invalid(kind, problems, file) from None
    if problems := list(document.problems(file)):
        raise _invalid(kind, problems, file)
    return document


def dump(document: Any) -> bytes:
    """Bytes of a document or of a JSON value: UTF-8, fields in declared order, indented by two, one newline at the end.

    Raises:
        InputError: `document.text` for a lone surrogate, which UTF-8 cannot carry.
    """
    try:
        return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
    except UnicodeEncodeError as error:
        raise InputError(
            f"the text {error.object[:80]!r} holds a lone surrogate, which UTF-8 cannot carry",
            code="document.text",
            hint="A file name that is not UTF-8 looks so; rename the file.",
        ) from None


def schema_of(kind: type[msgspec.Struct], name: str) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a document or of one line of a stream, self-contained."""
    (root,), components = msgspec.json.schema_components((kind,), ref_template="#/$defs/{name}")
    own = components.pop(root["$ref"].rsplit("/", 1)[-1])
    schema: dict[str, Any] = {"$schema": SCHEMA_DIALECT, "$id": f"urn:{name}", **own}
    if components:
        schema["$defs"] = components
    _unindent(schema)
    return schema


def _unindent(part: Any) -> None:
    """Take the source's indentation out of descriptions, which older Pythons keep in docstrings."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "description" and isinstance(value, str):
                part[key] = inspect.cleandoc(value)
            else:
                _unindent(value)
    elif isinstance(part, list):
        for value in part:
            _unindent(value)


def pointer_of(message: str) -> str | None:
    """JSON pointer in a msgspec message (`... - at `$.a[0].b``), or None where it names no place."""
    _, found, path = message.rpartition(" - at `$")
    if not found:
        return None
    pointer = ""
    for token in path.rstrip("`").replace("[", ".").replace("]", "").split("."):
        if token:
            pointer = strictjson.pointer_join(pointer, token)
    return pointer


def significant(number: float) -> float:
    """Round a computed number to the 12 significant digits that documents carry."""
    return float(f"{number:.12g}")


def _refuse_other_kind(value: Any, kind: type[Document], file: str) -> None:
    """Say at once that this is another document, instead of listing every field that it does not have."""
    version = value.get("schema_version") if isinstance(value, dict) else None
    if isinstance(version, str) and version != kind.schema_name:
        raise InputError(
            f"this is a {version[:80]} document; a {kind.schema_name} is needed",
            code="document.kind",
            where=Where(file, "/schema_version"),
            hint="Is this the right file? A version that this tool does not know may need a newer one.",
        )


def _invalid(kind: type[Document], problems: list[Problem], file: str) -> InputError:
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return InputError(
        f"not a valid {kind.schema_name} document: {count}",
        code="document.invalid",
        where=Where(file),
        hint=f"See the fields with `{kind.shown_by} schema show {kind.schema_name}`.",
        problems=problems,
    )


def _schema_problems(value: Any, kind: type[Document], file: str) -> Iterator[Problem]:
    # jsonschema takes as long to import as everything else together; only a document that failed pays for it.
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(schema_of(kind, kind.schema_name))
    for error in sorted(validator.iter_errors(value), key=lambda error: [str(token) for token in error.absolute_path]):
        pointer = ""
        for token in error.absolute_path:
            pointer = strictjson.pointer_join(pointer, token)
        yield from _explained(error, pointer, file)


def _explained(error: Any, pointer: str, file: str) -> Iterator[Problem]:
    match error.validator:
        case "additionalProperties":
            known = list(error.schema.get("properties", ()))
            for name in error.instance:
                if name not in known:
                    yield _unknown_field(name, known, pointer, file)
        case "required":
            for name in error.validator_value:
                if name not in error.instance:
                    where = Where(file, strictjson.pointer_join(pointer, name))
                    yield Problem("document.missing_field", f"the field {name!r} is missing", where)
        case "enum" | "const":
            allowed = error.validator_value if error.validator == "enum" else [error.validator_value]
            choices = ", ".join(repr(choice) for choice in allowed)
            yield Problem("document.value", f"{error.instance!r} is not one of {choices}", Where(file, pointer))
        case _:
            yield Problem("document.value", error.message[:300], Where(file, pointer))


def _unknown_field(name: str, known: list[str], pointer: str, file: str) -> Problem:
    import difflib

    nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    advice = f"; did you mean {nearest[0]!r}?" if nearest else f"; known here: {', '.join(known)}"
    where = Where(file, strictjson.pointer_join(pointer, name))
    return Problem("document.unknown_field", f"unknown field {name!r}{advice}", where)
