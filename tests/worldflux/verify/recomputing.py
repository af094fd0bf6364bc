"""Packages as bytes by member name, edited by a forger who makes every hash agree again."""

from __future__ import annotations

import contextlib
import copy
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from worldbase import digest, document
from worldbase.console import Progress
from worldbase.strictjson import pointer_join
from worldflux.documents.audit_input import AuditInput
from worldflux.documents.claim import Claim
from worldflux.documents.evidence import Evidence
from worldflux.documents.ppi import Ppi
from worldflux.documents.protocol import Protocol
from worldflux.documents.stopping import Stopping
from worldflux.errors import GateError
from worldflux.package import layout
from worldflux.verify.recompute import Members, Recomputed, recompute

Files = Mapping[str, bytes]


def files_of(folder: Path) -> Files:
    """Every member of a package."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def members_of(files: Files) -> Members:
    """What a verification hands over; every digest is that of the bytes at hand, as after a re-hashed manifest."""
    episodes = files[layout.EPISODES]
    return Members(
        claim=document.parse(files[layout.CLAIM], Claim),
        protocol=document.parse(files[layout.PROTOCOL], Protocol),
        audit_input=document.parse(files[layout.AUDIT_INPUT], AuditInput),
        evidence=document.parse(files[layout.EVIDENCE], Evidence),
        report=files[layout.REPORT],
        stopping=document.parse(files[layout.STOPPING], Stopping) if layout.STOPPING in files else None,
        ppi=document.parse(files[layout.PPI], Ppi) if layout.PPI in files else None,
        episodes=io.BytesIO(episodes),
        failures=digest.of_bytes(files[layout.FAILURES]),
        replays=digest.of_bytes(files[layout.REPLAYS]),
        episodes_sha256=digest.of_bytes(episodes),
    )


def shared(members: Members) -> Members:
    """The same as a share has it: what is local is withheld."""
    return replace(members, episodes=None, failures=None, replays=None, stopping=None, ppi=None)


def recomputed(members: Members) -> Recomputed:
    return recompute(members, lambda label, total, size: contextlib.nullcontext(Progress()))


def refusal(members: Members) -> GateError:
    with pytest.raises(GateError) as caught:
        recomputed(members)
    return caught.value


def place(error: GateError) -> tuple[str, str, str | None]:
    """Code, member and pointer of a refusal."""
    assert error.where is not None
    return error.code, error.where.file, error.where.pointer


def edited(files: Files, name: str, change: Callable[[Any], object]) -> Files:
    """One JSON member changed in place."""
    value = json.loads(files[name])
    change(value)
    return {**files, name: document.dump(value)}


def with_episodes(files: Files, data: bytes) -> Files:
    """Other episode lines, and an audit input that names their digest and their number."""

    def rebind(audit_input: Any) -> None:
        audit_input["episodes"].update(sha256=digest.of_bytes(data), count=len(data.splitlines()))

    return {**edited(files, layout.AUDIT_INPUT, rebind), layout.EPISODES: data}


def lines_of(files: Files) -> list[bytes]:
    return files[layout.EPISODES].splitlines(keepends=True)


def places_of(value: Any, wanted: Callable[[Any], bool], pointer: str = "") -> Iterator[str]:
    """Pointer of every value that is wanted."""
    if isinstance(value, (dict, list)):
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places_of(child, wanted, pointer_join(pointer, key))
    elif wanted(value):
        yield pointer


def changed_at(value: Any, pointer: str, change: Callable[[Any], Any]) -> Any:
    """A copy with one value changed."""
    whole = copy.deepcopy(value)
    *path, last = [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]
    parent = whole
    for token in path:
        parent = parent[int(token) if isinstance(parent, list) else token]
    key = int(last) if isinstance(parent, list) else last
    parent[key] = change(parent[key])
    return whole


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
