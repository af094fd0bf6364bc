"""A claim and the protocol that tests it: load, bind, check that they belong together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from worldbase import digest, document
from worldbase.errors import InputError, Problem, Where
from worldbase.redact import redact_text
from worldbase.strictjson import pointer_join
from worldflux.benchmarks.planned_grid import PlannedGrid, planned_grid
from worldflux.documents.claim import Claim
from worldflux.documents.protocol import MAX_PLANNED_EPISODES, Protocol
from worldflux.errors import ClaimError

Binding = Literal["bound", "placeholder"]

# Who curated a claim is public by intent; an address there is a signature, not a leak.
_PUBLIC_BY_INTENT = frozenset(["/curator/agent"])


@dataclass(frozen=True, slots=True)
class ClaimPair:
    """A claim, its protocol and how they are bound.

    Attributes:
        claim: The claim with the bytes and digest of its file.
        protocol: The protocol with the bytes and digest of its file.
        binding: `bound` where the protocol names the claim's real hash, `placeholder` where it names none yet.
        grid: The episodes that the protocol plans.
    """

    claim: document.Loaded[Claim]
    protocol: document.Loaded[Protocol]
    binding: Binding
    grid: PlannedGrid


def load(claim_path: Path, protocol_path: Path) -> ClaimPair:
    """Read a claim and its protocol, and refuse a pair that does not belong together.

    Raises:
        InputError: Either document is not valid.
        ClaimError: `claim.mismatch`, `claim.hash_mismatch`, `claim.plan_size` or `claim.private_content`,
            with every problem found.
    """
    claim = document.load(claim_path, Claim, file=claim_path.name)
    protocol = document.load(protocol_path, Protocol, file=protocol_path.name)
    grid = planned_grid(protocol.document)
    problems = [
        *_binding_problems(claim, protocol, protocol_path.name),
        *_size_problems(grid, protocol_path.name),
        *private_content(claim.value, claim_path.name),
        *private_content(protocol.value, protocol_path.name),
    ]
    if problems:
        raise ClaimError(
            problems[0].message if len(problems) == 1 else f"claim and protocol have {len(problems)} problems",
            code=problems[0].code,
            where=problems[0].where,
            hint=HINTS[problems[0].code],
            problems=problems,
        )
    bound = not digest.is_placeholder(protocol.document.claim_hash)
    return ClaimPair(claim, protocol, "bound" if bound else "placeholder", grid)


HINTS = {
    "claim.mismatch": "Audit the claim with the protocol that was written for it.",
    "claim.hash_mismatch": "If the claim was edited on purpose, run `worldflux claim bind claim.json protocol.json`.",
    "claim.plan_size": "Lower episodes_per_task, seeds or task_list.",
    "claim.private_content": "These files become part of the package: name the thing without its path, host or secret.",
}


def _binding_problems(
    claim: document.Loaded[Claim], protocol: document.Loaded[Protocol], file: str
) -> Iterator[Problem]:
    named = protocol.document.claim_id
    if named != claim.document.id:
        message = f"the protocol is for claim {named}, not {claim.document.id}"
        yield Problem("claim.mismatch", message, Where(file, "/claim_id"))
    stated = protocol.document.claim_hash
    if not digest.is_placeholder(stated) and stated != claim.digest:
        message = f"the claim's hash is {claim.digest}; the protocol names {stated}"
        yield Problem("claim.hash_mismatch", message, Where(file, "/claim_hash"))


def _size_problems(grid: PlannedGrid, file: str) -> Iterator[Problem]:
    if grid.planned > MAX_PLANNED_EPISODES:
        message = f"{grid.sentence()}; at most {MAX_PLANNED_EPISODES:,} can be audited"
        yield Problem("claim.plan_size", message, Where(file, "/execution"))


def private_content(value: Any, file: str, pointer: str = "") -> Iterator[Problem]:
    """Yield every string of a document that names a host path, a host, an address or a secret."""
    if isinstance(value, dict):
        for key, child in value.items():
            yield from private_content(child, file, pointer_join(pointer, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from private_content(child, file, pointer_join(pointer, index))
    elif isinstance(value, str) and pointer not in _PUBLIC_BY_INTENT and redact_text(value) != value:
        message = f"this text would be shown to others as {redact_text(value)!r}"
        yield Problem("claim.private_content", message, Where(file, pointer))


def overlapping_seeds(protocol: Protocol) -> str | None:
    """A warning where the run seeds, taken as start seeds, give the same environment seed to several episodes."""
    seeds = sorted(protocol.execution.seeds)
    episodes = protocol.execution.episodes_per_task
    distinct = sum(min(episodes, after - seed) for seed, after in pairwise(seeds)) + episodes
    if distinct == len(seeds) * episodes or protocol.execution.seed_semantics == "episode_seed":
        return None
    shown = ", ".join(map(str, protocol.execution.seeds[:5])) + (", ..." if len(seeds) > 5 else "")
    reading = (
        "are start seeds and"
        if protocol.execution.seed_semantics == "start_seed"
        else "are labels; as start seeds they would"
    )
    return (
        f"seeds {shown} {reading} hold {distinct:,} distinct environment seeds for {len(seeds) * episodes:,} episodes "
        f"per task; start seeds at least {episodes} apart do not overlap"
    )


def bind(claim_path: Path, protocol_path: Path) -> bytes:
    """Return the protocol's bytes with the claim's id and hash written in.

    Only those two strings change; layout and everything else stay as they are.

    Raises:
        InputError: Either document is not valid.
        ClaimError: `claim.mismatch` where the protocol names another claim.
    """
    claim = document.load(claim_path, Claim, file=claim_path.name)
    protocol = document.load(protocol_path, Protocol, file=protocol_path.name)
    if protocol.document.claim_id != claim.document.id:
        raise ClaimError(
            f"the protocol is for claim {protocol.document.claim_id}, not {claim.document.id}",
            code="claim.mismatch",
            where=Where(protocol_path.name, "/claim_id"),
            hint=HINTS["claim.mismatch"],
        )
    old, new = f'"{protocol.document.claim_hash}"'.encode(), f'"{claim.digest}"'.encode()
    if protocol.data.count(old) != 1:
        raise InputError(
            "the protocol's claim_hash cannot be replaced unambiguously",
            code="claim.bind",
            where=Where(protocol_path.name, "/claim_hash"),
            hint=f"Write {claim.digest} there by hand.",
        )
    return protocol.data.replace(old, new)
