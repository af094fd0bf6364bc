"""Claim, protocol and plan as they stood when the audit ran: the benchmark registry may have moved on since."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import msgspec

from worldbase import digest
from worldbase.document import Loaded
from worldbase.errors import Where
from worldflux.audit import normalise
from worldflux.benchmarks.planned_grid import PlannedGrid, planned_grid
from worldflux.benchmarks.starts import Starts
from worldflux.claims.claim_pair import Binding, ClaimPair
from worldflux.documents.audit_input import RunFacts
from worldflux.documents.claim import Claim
from worldflux.documents.protocol import MAX_PLANNED_EPISODES, Protocol
from worldflux.errors import GateError
from worldflux.package import layout

_BATCH: Final = "index_modulo_batch"


def pair_as_audited(claim: Loaded[Claim], protocol: Loaded[Protocol], tasks: list[str]) -> ClaimPair:
    """Put claim and protocol together with the plan as it was expanded then.

    Args:
        claim: The claim.
        protocol: The protocol.
        tasks: Tasks that the audit input names.

    Raises:
        GateError: `recomputation.plan_size`: no audit runs for so large a plan.
    """
    grid = _grid(protocol.document, tasks)
    if grid.planned > MAX_PLANNED_EPISODES:
        raise GateError(
            f"{grid.sentence()}; at most {MAX_PLANNED_EPISODES:,} are audited",
            gate="recomputation",
            code="recomputation.plan_size",
            where=Where(layout.PROTOCOL, "/execution"),
            hint="No audit can have made this package; ask where it comes from.",
        )
    binding: Binding = "placeholder" if digest.is_placeholder(protocol.document.claim_hash) else "bound"
    return ClaimPair(claim, protocol, binding, grid)


def _grid(protocol: Protocol, tasks: list[str]) -> PlannedGrid:
    """Expand the task list as the registry did it then.

    An entry that stands among the audited tasks by its own name was one task of that name, although the registry may
    know a suite of that name today.
    """
    grid = planned_grid(protocol)
    if list(grid.tasks) == tasks:
        return grid
    by_own_name = set(tasks)
    expanded: dict[str, None] = {}
    for entry in protocol.benchmark.task_list:
        expanded.update(dict.fromkeys([entry] if entry in by_own_name else _tasks_of(entry, protocol)))
    return replace(grid, tasks=tuple(expanded))


def _tasks_of(entry: str, protocol: Protocol) -> tuple[str, ...]:
    alone = msgspec.structs.replace(protocol.benchmark, task_list=[entry])
    return planned_grid(msgspec.structs.replace(protocol, benchmark=alone)).tasks


def starts_as_audited(pair: ClaimPair, facts: RunFacts) -> Starts:
    """What tells the initial states, as it is stored.

    After how many the stored states come again is not: that is the batch size, or what the registry says.
    """
    stored, now = facts.benchmark, normalise.starts_now(pair, facts)
    modulo = now.modulo if now.key == stored.start_key else 0
    if stored.start_key == _BATCH:
        modulo = int(facts.evaluator.get("batch_size", 0))
    return Starts(stored.start_key, modulo, stored.pairing, stored.starts_note)
