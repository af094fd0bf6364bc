"""What is logged: a plan, a packet, or that somebody begins to run a plan."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
from msgspec import UNSET

from worldbase import clock, digest, document, strictjson
from worldbase.errors import UsageError, Where
from worldflux.documents.packet import Packet
from worldflux.documents.plan import Plan
from worldflux.documents.plan_log import EntryKind, LogEntry
from worldflux.errors import PlanError
from worldflux.portfolio.plan_files import load_plan

_SCHEMA: Final = "worldflux.plan_log_entry.v0_draft"
_MAX_BYTES: Final = 256 * 1024 * 1024


def entry_of_file(path: Path, *, attempt: bool = False) -> LogEntry:
    """The entry for a plan or a packet.

    Args:
        path: `plan.json` or `packet.json`.
        attempt: The plan is about to be run, which is an entry of its own.

    Raises:
        InputError: `file.*`, `json.*`, `document.*`; what `load_plan` raises.
        UsageError: `plan_log.attempt` where a packet is said to be an attempt.
        PlanError: `plan_log.packet` where a packet is not the one that its digest names.
    """
    data = strictjson.read_bytes(path, file=path.name, max_bytes=_MAX_BYTES)
    value = strictjson.parse(data, file=path.name, max_bytes=_MAX_BYTES)
    if not (isinstance(value, dict) and value.get("schema_version") == Packet.schema_name):
        return entry_of_plan(load_plan(path).plan, "attempt" if attempt else "plan")
    if attempt:
        raise UsageError(
            f"{path.name} is a packet; an attempt is of a plan",
            code="plan_log.attempt",
            where=Where(path.name),
            hint="Leave --attempt out to log the packet.",
        )
    packet = document.convert(value, Packet, file=path.name)
    if digest.of_value({name: part for name, part in value.items() if name != "digest"}) != packet.digest:
        raise PlanError(
            "the packet is not the one that its digest names",
            code="plan_log.packet",
            where=Where(path.name, "/digest"),
            hint="It was edited after it was made. Log the packet as `worldflux eval-portfolio packet` wrote it.",
        )
    return _of_packet(packet)


def entry_of_plan(plan: Plan, kind: EntryKind) -> LogEntry:
    """The entry for a plan, or for an attempt at it."""
    return LogEntry(
        schema_version=_SCHEMA,
        kind=kind,
        plan=plan.digest,
        amends=UNSET if plan.amendment is UNSET else plan.amendment.amends,
        policy_id=plan.profile.document.policy_id,
        probes=[probe.id for probe in plan.probes],
        claimed_at=clock.timestamp(),
    )


def line_of(entry: LogEntry) -> bytes:
    """The line of an entry: compact JSON, fields in declared order, without a line break."""
    return msgspec.json.encode(entry)


def is_same(entry: LogEntry, other: LogEntry) -> bool:
    """Whether two entries say the same at two times. Two attempts never do."""
    return entry.kind != "attempt" and msgspec.structs.replace(entry, claimed_at=other.claimed_at) == other


def _of_packet(packet: Packet) -> LogEntry:
    amendment = packet.plan.amendment
    return LogEntry(
        schema_version=_SCHEMA,
        kind="packet",
        plan=packet.plan.digest,
        packet=packet.digest,
        amends=UNSET if amendment is UNSET else amendment.amends,
        policy_id=packet.policy_id,
        probes=[probe for probe, account in packet.by_probe.items() if account.planned],
        claimed_at=clock.timestamp(),
    )
