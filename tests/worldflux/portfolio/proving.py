"""Small plans, logs and a time-stamping authority, for tests of what came first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from tests.local_sigstore.tsa import Tsa
from tests.tampering import AUTHOR_KEY, TestKey
from tests.worldflux.portfolio.planning_cases import contract_of, number, small
from worldbase import strictjson
from worldflux.documents.plan import Plan
from worldflux.documents.plan_log import EntryKind, LogEntry
from worldflux.errors import PlanError
from worldflux.portfolio import freezing
from worldflux.portfolio.freezing import Stamp
from worldflux.portfolio.log.appending import Appended, append
from worldflux.portfolio.log.entries import entry_of_plan
from worldflux.portfolio.log.folder import PlanLog, read_log
from worldflux.portfolio.plan_files import load_plan, write_plan
from worldflux.portfolio.proof_trust import ProofTrust
from worldflux.signing.builtin.self_sign import SelfSigner
from worldflux.signing.keys import PrivateKey

LONG_AGO: Final = datetime(2020, 1, 1, tzinfo=UTC)
FAR_AHEAD: Final = datetime(2200, 1, 1, tzinfo=UTC)


def private(key: TestKey = AUTHOR_KEY) -> PrivateKey:
    """A test key as the project has it."""
    return PrivateKey.of(key.private)


def plan_at(folder: Path, seed: int = 1234, name: str = "plan.json", **contract: Any) -> Plan:
    """Write a small plan; another seed or another contract gives another plan."""
    write_plan(small(seed=number(seed), contracts=(contract_of(**contract),)), folder / name)
    return load_plan(folder / name).plan


def freeze_at(
    folder: Path,
    *,
    key: TestKey = AUTHOR_KEY,
    stamp: Stamp | None = None,
    protocols: Sequence[str] = (),
    plan: str = "plan.json",
) -> Path:
    """Freeze the plan of a folder as the command does."""
    data = strictjson.read_bytes(folder / plan)
    statement = freezing.statement_of(load_plan(folder / plan).plan, data, protocols)
    made = freezing.freeze(statement, SelfSigner(private(key)), stamp=stamp)
    path = folder / "plan.freeze.json"
    path.write_bytes(made.data)
    if made.time_stamp is not None:
        freezing.stamp_path(path).write_bytes(made.time_stamp)
    return path


def trusting(tsa: Tsa | None = None, *keys: TestKey) -> ProofTrust:
    """A reader who believes this authority and knows these keys."""
    known = [private(key).public for key in keys]
    names = {key.keyid: key_.name for key, key_ in zip(known, keys, strict=True)}
    return ProofTrust(tuple(known), names, None, (tsa.root.pem,) if tsa else ())


def logged(
    log: Path, plan: Plan, kind: EntryKind = "plan", *, stamp: Stamp | None = None, key: TestKey = AUTHOR_KEY
) -> Appended:
    """Add an entry for a plan."""
    return append(log, entry_of_plan(plan, kind), lambda keyid: private(key), stamp=stamp)


def packet_entry(plan: Plan, sha256: str) -> LogEntry:
    """The entry of a packet of this plan."""
    return msgspec.structs.replace(entry_of_plan(plan, "packet"), packet=sha256)


def log_of(folder: Path, entries: int, key: TestKey = AUTHOR_KEY) -> PlanLog:
    """A log of so many attempts at one plan, a second apart."""
    begun = entry_of_plan(plan_at(folder), "attempt")
    for second in range(entries):
        entry = msgspec.structs.replace(begun, claimed_at=f"2026-11-21T00:00:{second:02d}Z")
        append(folder / "log", entry, lambda keyid: private(key))
    return read_log(folder / "log")


def code_of(error: BaseException) -> str:
    """The code of a plan error."""
    assert isinstance(error, PlanError)
    assert error.hint
    assert error.exit_code == 3
    return error.code
