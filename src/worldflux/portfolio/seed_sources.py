"""Where a plan's seed comes from, and how far its operator could have chosen it.

- `operator_supplied`: a number that the operator names.
- `commit_reveal`: a salt that was committed to before; another party may add one of its own.
- `public_beacon`: a salt that was committed to, mixed with a round of public randomness that the commitment named.

A commitment keeps nobody from trying salts before it is made, nor from trying profiles after it, unless it names them.
So a seed of one party alone is `chosen_by_operator` whatever was committed to; with a reviewer's salt or a beacon it
is not, as long as the commitment bound what the cells are drawn from: profile, registry and contracts. How many are
drawn (probes, tasks per axis, episodes) is no part of a commitment: the plan states it, and whoever knows the salts can
choose it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
from msgspec import UNSET

from worldbase import clock, digest
from worldflux.documents.plan import BeaconRound, PlanSeed, SeedGrade, SeedSource
from worldflux.documents.profile import VISIBILITY
from worldflux.documents.seed_commitment import NamedRound, SeedCommitment
from worldflux.errors import PlanError
from worldflux.portfolio import beacons
from worldflux.portfolio.derivation import DERIVATION

_NUMBER: Final = re.compile(r"(0|[1-9][0-9]{0,77})\Z")
_SALT: Final = re.compile(r"[0-9a-f]{64}\Z")
_SEPARATOR: Final = b"\x00"
_BOUND: Final = ("profile", "registry", "contracts", "beacon")


@dataclass(frozen=True, slots=True)
class Frame:
    """What the choice of cells depends on besides the seed, as digests."""

    profile: str
    registry: str
    contracts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SeedRequest:
    """What is at hand about a seed.

    Attributes:
        value: A number, or the revealed salt (64 hex digits).
        reviewer_salt: What a second party added.
        beacon: A round with its value, see `beacons.read`.
        committed_at: Trusted time of the commitment.
        time_stamp: The reply that shows it, in base64.
    """

    source: SeedSource
    value: str
    commitment: SeedCommitment | None = None
    reviewer_salt: str | None = None
    beacon: BeaconRound | None = None
    committed_at: datetime | None = None
    time_stamp: str | None = None


def commit(salt: str, frame: Frame | None = None, beacon: NamedRound | None = None) -> SeedCommitment:
    """Commit to a salt (64 hex digits), and to whatever else is named."""
    draft = SeedCommitment(
        schema_version="worldflux.seed_commitment.v0_draft",
        visibility=VISIBILITY,
        commitment="",
        created_at=clock.timestamp(),
        profile=frame.profile if frame else UNSET,
        registry=frame.registry if frame else UNSET,
        contracts=list(frame.contracts) if frame else UNSET,
        beacon=beacon or UNSET,
    )
    return msgspec.structs.replace(draft, commitment=commitment_to(draft, salt))


def commitment_to(bound: SeedCommitment, salt: str) -> str:
    """Digest that binds a salt to what a commitment names: RFC 8785 of `salt` and the fields that stand there."""
    named = {name: value for name in _BOUND if (value := getattr(bound, name)) is not UNSET}
    return digest.of_value({"salt": salt, **msgspec.to_builtins(named)})


def seed_of(request: SeedRequest, frame: Frame) -> PlanSeed:
    """Check what is at hand and grade it.

    Raises:
        PlanError: `plan.seed`, `plan.commitment_needed`, `plan.commitment`, `plan.beacon_needed`, `plan.beacon`.
    """
    if request.source == "operator_supplied":
        _require_plain_number(request)
    else:
        _require_opened(request)
    seed = PlanSeed(
        value=request.value,
        source=request.source,
        commitment=request.commitment.commitment if request.commitment else None,
        reviewer_salt=request.reviewer_salt or UNSET,
        beacon=request.beacon or UNSET,
        committed=request.commitment or UNSET,
        committed_at=clock.timestamp(request.committed_at.timestamp()) if request.committed_at else UNSET,
        time_stamp=request.time_stamp or UNSET,
        derivation=DERIVATION,
        grade="chosen_by_operator",
    )
    material(seed)
    return msgspec.structs.replace(seed, grade=grade_of(seed, frame))


def material(seed: PlanSeed) -> bytes:
    """The input keying material of a plan: everything that a seed brings, in one form.

    Raises:
        PlanError: `plan.seed`.
    """
    if seed.source == "operator_supplied":
        if not _NUMBER.match(seed.value):
            raise _not_a_number(seed.value)
        return seed.value.encode()
    if not _SALT.match(seed.value):
        raise _not_a_salt()
    parts = [bytes.fromhex(seed.value)]
    if seed.beacon is not UNSET:
        parts.insert(0, _octets(seed.beacon.value))
    if seed.reviewer_salt is not UNSET:
        parts.append(seed.reviewer_salt.encode())
    return _SEPARATOR.join(parts)


def check(seed: PlanSeed, frame: Frame) -> None:
    """Check what a plan says about its seed, as far as the plan itself shows it.

    Raises:
        PlanError: `plan.seed`, `plan.commitment`, `plan.grade`.
    """
    material(seed)
    committed = None if seed.committed is UNSET else seed.committed
    if committed is not None and (
        committed.commitment != seed.commitment or commitment_to(committed, seed.value) != seed.commitment
    ):
        raise _not_the_commitment()
    if seed.grade not in ("chosen_by_operator", grade_of(seed, frame)):
        raise PlanError(
            f"the plan grades its seed {seed.grade}, which nothing in it bears out",
            code="plan.grade",
            hint="Make the plan again from its seed.",
        )


def grade_of(seed: PlanSeed, frame: Frame) -> SeedGrade:
    """How far the operator could have chosen a seed, by what stands in it.

    A round of a beacon counts only where the commitment named it and a trusted time shows the commitment before it.
    """
    committed = seed.committed
    if seed.source == "operator_supplied" or committed is UNSET or not binds(committed, frame):
        return "chosen_by_operator"
    beacon, at = seed.beacon, seed.committed_at
    if beacon is not UNSET and _names(committed, beacon) and at is not UNSET and _is_before(at, beacon):
        return "mixed_with_beacon"
    return "chosen_by_operator" if seed.reviewer_salt is UNSET else "mixed_with_reviewer"


def binds(commitment: SeedCommitment, frame: Frame) -> bool:
    """Whether a commitment names exactly this profile, registry and contracts, so that nothing but the salt varies."""
    return (
        commitment.profile == frame.profile
        and commitment.registry == frame.registry
        and commitment.contracts == list(frame.contracts)
    )


def _is_before(time: str, beacon: BeaconRound) -> bool:
    """Whether a time lies before a round, by the beacon's own timetable where it has one."""
    known = beacons.time_of(NamedRound(name=beacon.name, round=beacon.round))
    try:
        return datetime.fromisoformat(time) < (known or datetime.fromisoformat(beacon.at))
    except ValueError:  # a day that does not exist
        return False


def _names(commitment: SeedCommitment, beacon: BeaconRound) -> bool:
    """Whether a commitment names exactly this round."""
    named = commitment.beacon
    return named is not UNSET and (named.name, named.round) == (beacon.name, beacon.round)


def _require_plain_number(request: SeedRequest) -> None:
    if not _NUMBER.match(request.value):
        raise _not_a_number(request.value)
    if request.commitment or request.reviewer_salt or request.beacon:
        raise PlanError(
            "a seed that the operator supplies has no commitment, reviewer's salt or beacon",
            code="plan.seed",
            hint="Name the source that has them: --seed-source commit_reveal or public_beacon.",
        )


def _require_opened(request: SeedRequest) -> None:
    """Demand a salt that opens the commitment, and the round that it names."""
    if request.commitment is None:
        raise PlanError(
            f"the seed source {request.source} needs the commitment that was made before",
            code="plan.commitment_needed",
            hint="Make one with `worldflux eval-portfolio commit-seed --output FILE`, and pass --commitment FILE.",
        )
    if not _SALT.match(request.value):
        raise _not_a_salt()
    if commitment_to(request.commitment, request.value) != request.commitment.commitment:
        raise _not_the_commitment()
    if request.source == "public_beacon" and request.beacon is None:
        raise PlanError(
            "the seed source public_beacon needs the value of the round",
            code="plan.beacon_needed",
            hint="Save what the beacon published of the round that the commitment names, and pass --beacon-file FILE.",
        )
    if request.beacon is not None and not _names(request.commitment, request.beacon):
        raise PlanError(
            f"the commitment does not name round {request.beacon.round} of {request.beacon.name}",
            code="plan.beacon",
            hint="Pass the round that the commitment names; a round that was chosen later shows nothing.",
        )


def _octets(value: str) -> bytes:
    if len(value) % 2:
        raise PlanError(
            "the beacon's value is not a whole number of octets",
            code="plan.beacon",
            hint="Give the value as the beacon published it.",
        )
    return bytes.fromhex(value)


def _not_a_number(value: str) -> PlanError:
    return PlanError(
        f"the seed {value[:40]!r} is not a whole number",
        code="plan.seed",
        hint="Give a number in decimal digits, such as --seed 1234.",
    )


def _not_a_salt() -> PlanError:
    return PlanError(
        "the revealed salt is not 64 hex digits",
        code="plan.seed",
        hint="Pass the file that `worldflux eval-portfolio commit-seed` wrote beside the commitment.",
    )


def _not_the_commitment() -> PlanError:
    return PlanError(
        "the salt is not the one that was committed to",
        code="plan.commitment",
        hint="Pass the salt and the commitment that were made together, neither of them changed.",
    )
