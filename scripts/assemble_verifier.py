"""Join the parts of the JavaScript verifier to the one file that is given away, and write its digests.

Run as ``just verifier``; the test suite checks that the file is current.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from worldbase.digest import of_bytes
from worldbase.document import schema_of
from worldflux.documents.published import PUBLISHED
from worldflux.documents.signature import EvidenceStatement, PublicViewStatement, ReviewStatement
from worldflux.documents.trust import TrustedSigners
from worldflux.verify import elsewhere

HOME: Final = Path(elsewhere.__file__).resolve().parent
PARTS: Final = HOME / "parts"
DIGESTS: Final = HOME / "SHA256"

_OF_PACKAGES: Final = (
    "claim",
    "protocol",
    "evidence",
    "audit_input",
    "audit_provenance",
    "artifact_manifest",
    "raw_evidence_manifest",
    "stopping",
    "ppi",
    "episode_result",
)
_MARK: Final = '"@@SCHEMAS@@"'
_HEAD: Final = "// Joined from parts/ by scripts/assemble_verifier.py. Do not edit; edit the parts.\n"
_WITHOUT_MEANING: Final = frozenset(["$schema", "$id", "title", "description", "default"])
_NAMES_BELOW: Final = frozenset(["properties", "$defs"])
_DECLARED: Final = re.compile(r"^(?:async )?(?:function\*?|const|let|class) (\w+)", re.MULTILINE)
_CHECKED: Final = re.compile(r"^  (\w+): \(", re.MULTILINE)
_FOLLOWED: Final = re.compile(r'"(\$?\w+)"')


def assembled() -> bytes:
    """The verifier as one script.

    Raises:
        ValueError: Two parts declare one name, a schema uses a keyword that the verifier does not know, or the script
            could not stand in a page.
    """
    parts = {path.name: path.read_text(encoding="utf-8") for path in sorted(PARTS.glob("*.js"))}
    _refuse_repeated(parts)
    schemas = {name: _minimal(schema) for name, schema in _schemas().items()}
    validator = parts["20-schema.js"]
    if unknown := {word for schema in schemas.values() for word in _keywords(schema)} - _known_keywords(validator):
        raise ValueError(f"20-schema.js does not know {', '.join(sorted(unknown))}")
    parts["20-schema.js"] = validator.replace(_MARK, json.dumps(schemas, separators=(",", ":"), sort_keys=True))
    body = "\n".join(f"// --- {name}\n{text}" for name, text in parts.items())
    text = f'{_HEAD}(() => {{\n"use strict";\n\n{body}}})();\n'
    if "</script" in text.lower() or "<!--" in text:
        raise ValueError("the script holds what would end it in a page")
    return text.encode("utf-8")


def digests() -> str:
    """SHA-256 of what is given away, one file a line, as `sha256sum` writes them."""
    given = {elsewhere.SCRIPT: elsewhere.script(), elsewhere.PAGE: elsewhere.page()}
    return "".join(f"{of_bytes(data).removeprefix('sha256:')}  {name}\n" for name, data in given.items())


def _refuse_repeated(parts: dict[str, str]) -> None:
    declared: dict[str, str] = {}
    for part, text in parts.items():
        for name in _DECLARED.findall(text):
            if name in declared:
                raise ValueError(f"{part} declares {name}, and so does {declared[name]}")
            declared[name] = part


def _schemas() -> dict[str, dict[str, Any]]:
    kinds: dict[str, type[msgspec.Struct]] = {
        name: PUBLISHED[name] for name in (f"worldflux.{part}.v0_draft" for part in _OF_PACKAGES)
    }
    for kind in (EvidenceStatement, PublicViewStatement, ReviewStatement, TrustedSigners):
        kinds[kind.schema_name] = kind
    return {name: schema_of(kind, name) for name, kind in kinds.items()}


def _minimal(schema: Any) -> Any:
    """A schema without what only people read."""
    if isinstance(schema, list):
        return [_minimal(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        word: {name: _minimal(entry) for name, entry in rule.items()} if word in _NAMES_BELOW else _minimal(rule)
        for word, rule in schema.items()
        if word not in _WITHOUT_MEANING
    }


def _keywords(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for entry in schema:
            yield from _keywords(entry)
    elif isinstance(schema, dict):
        for word, rule in schema.items():
            yield word
            for below in rule.values() if word in _NAMES_BELOW else [rule]:
                yield from _keywords(below)


def _known_keywords(validator: str) -> set[str]:
    """What the validator's own tables name: keywords that it checks, and those that it follows or that say nothing."""
    _, checked, followed = re.split(r"^const SCHEMA_(?:KEYWORDS|STRUCTURE) = ", validator, flags=re.MULTILINE)
    return {*_CHECKED.findall(checked), *_FOLLOWED.findall(followed.split("]);")[0])}


if __name__ == "__main__":
    (HOME / elsewhere.SCRIPT).write_bytes(assembled())
    DIGESTS.write_text(digests(), encoding="utf-8")
