"""How many plans and attempts a log shows: at least so many there were. What was never logged, it cannot show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from msgspec import UNSET

from worldflux.documents.plan_log import LogEntry


@dataclass(frozen=True, slots=True)
class ProbeCount:
    """What the log shows of one policy and one probe.

    Attributes:
        plans: Different plans.
        attempts: Runs of them, see `attempts_at`.
    """

    policy_id: str
    probe: str
    plans: int
    attempts: int


def by_policy_and_probe(entries: Collection[LogEntry]) -> list[ProbeCount]:
    """Counts per policy and probe, in the order in which they first appear."""
    plans: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    attempts = attempts_at(entries)
    for entry in entries:
        for probe in entry.probes:
            plans[entry.policy_id, probe][entry.plan] = None
    return [
        ProbeCount(policy_id, probe, len(found), sum(attempts[plan] for plan in found))
        for (policy_id, probe), found in plans.items()
    ]


def attempts_at(entries: Iterable[LogEntry]) -> dict[str, int]:
    """How often each plan was tried, at the least.

    An attempt may be logged when it begins and by its packet when it ends, so the two are not added: there were at
    least as many as there are entries of either kind.
    """
    begun: dict[str, int] = defaultdict(int)
    packets: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        begun[entry.plan] += entry.kind == "attempt"
        packets[entry.plan] |= set() if entry.packet is UNSET else {entry.packet}
    return {plan: max(begun[plan], len(packets[plan])) for plan in begun}


def plans_like(entries: Iterable[LogEntry], policy_id: str, probes: Collection[str]) -> int:
    """Number of different plans of this policy that share a probe with these."""
    return len({entry.plan for entry in entries if entry.policy_id == policy_id and set(entry.probes) & set(probes)})
