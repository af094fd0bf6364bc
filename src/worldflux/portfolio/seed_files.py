"""Salts, commitments, time stamps and rounds as the files that they come in.

Beside `NAME.json`, the public commitment, lie `NAME.salt`, the secret until it is revealed, and, where an authority
stamped the commitment, `NAME.tsr`.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import UNSET

from worldbase import clock, document, strictjson
from worldbase.clock import timestamp
from worldbase.errors import UsageError, Where
from worldbase.files import write_atomic
from worldflux.documents.plan import BeaconRound, PlanSeed, SeedGrade, SeedSource
from worldflux.documents.seed_commitment import NamedRound, SeedCommitment
from worldflux.errors import PlanError
from worldflux.portfolio import beacons
from worldflux.portfolio.seed_sources import Frame, SeedRequest, commit, grade_of

if TYPE_CHECKING:
    from worldflux.signing.timestamps import Poster

_SALT: Final = re.compile(r"[0-9a-f]{64}\Z")
_MAX_BYTES: Final = 64 * 1024
_REVIEWER_SALT: Final = range(16, 513)


@dataclass(frozen=True, slots=True)
class SeedFiles:
    """What a command line says about a seed.

    Attributes:
        value: A number, a revealed salt, or the path of a file that holds one.
        tsa_roots: Root certificates of the time-stamping authorities that are believed, PEM.
    """

    source: SeedSource
    value: str | None = None
    commitment: Path | None = None
    reviewer_salt: Path | None = None
    beacon: Path | None = None
    tsa_roots: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Stamping:
    """Who is asked to stamp a commitment; `poster` stands in for the network in tests."""

    url: str
    poster: Poster | None = None


def write_commitment(
    path: Path, frame: Frame | None, beacon: NamedRound | None, stamping: Stamping | None = None
) -> SeedCommitment:
    """Draw a salt, write it where only this user can read it, and the commitment for everybody.

    Raises:
        UsageError: `output.exists`.
        PlanError: `plan.round_past`, `plan.beacon`.
        StorageError: `file.unwritable`, `http.*`.
        SigningError: `timestamp.rejected`.
    """
    from worldflux.signing.secret_files import write_new_secret
    from worldflux.signing.timestamps import request

    salt_path, stamp_path = _beside(path, "salt"), _beside(path, "tsr")
    for standing in (path, salt_path, stamp_path):
        _refuse_standing(standing)
    if beacon:
        _require_future(beacon)
    salt = secrets.token_hex(32)
    commitment = commit(salt, frame, beacon)
    stamp = request(stamped_bytes(commitment), stamping.url, poster=stamping.poster) if stamping else None
    write_new_secret(salt_path, f"{salt}\n".encode())
    if stamp is not None:
        write_atomic(stamp_path, stamp)
    write_atomic(path, document.dump(commitment))
    return commitment


def read_seed(files: SeedFiles) -> SeedRequest:
    """Read all that a seed source needs.

    Raises:
        InputError: `file.*`, `json.*`, `document.*`.
        PlanError: `plan.seed`, `plan.salt`, `plan.beacon`, `plan.seed_missing`.
        SignatureError: A time stamp beside the commitment is no good.
    """
    commitment = document.load(files.commitment, SeedCommitment).document if files.commitment else None
    stamp = _stamp(files.commitment)
    return SeedRequest(
        source=files.source,
        value=_value(files),
        commitment=commitment,
        reviewer_salt=_reviewer_salt(files.reviewer_salt) if files.reviewer_salt else None,
        beacon=_published(files.beacon, commitment),
        committed_at=_trusted_time(stamp, commitment, files.tsa_roots) if stamp and commitment else None,
        time_stamp=base64.b64encode(stamp).decode() if stamp else None,
    )


def stamped_bytes(commitment: SeedCommitment) -> bytes:
    """What an authority stamps: the text of the commitment, `sha256:<hex>`."""
    return commitment.commitment.encode()


def _value(files: SeedFiles) -> str:
    """The number, or the salt: as given, from the file given, or from the file beside the commitment."""
    if files.source == "operator_supplied":
        if files.value is None:
            raise _no_seed("Pass --seed NUMBER.")
        return files.value
    if files.value is not None and _SALT.match(files.value):
        return files.value
    if files.value is None and files.commitment is None:
        raise _no_seed("Pass --commitment FILE, with the salt beside it or as --seed FILE.")
    path = Path(files.value) if files.value is not None else _beside(files.commitment or Path(), "salt")
    return _text(path)


def _text(path: Path) -> str:
    data = strictjson.read_bytes(path, max_bytes=_MAX_BYTES)
    try:
        return data.decode().strip()
    except UnicodeDecodeError:
        raise PlanError(
            f"{path.name} is not text", code="plan.salt", where=Where(path.name), hint="Is this the right file?"
        ) from None


def _reviewer_salt(path: Path) -> str:
    text = _text(path)
    if len(text) not in _REVIEWER_SALT or not text.isprintable():
        raise PlanError(
            "a reviewer's salt is one line of 16 to 512 printable characters",
            code="plan.salt",
            where=Where(path.name),
            hint="Ask the reviewer for 32 random characters or more, such as 64 hex digits.",
        )
    return text


def _published(path: Path | None, commitment: SeedCommitment | None) -> BeaconRound | None:
    if path is None:
        return None
    if commitment is None or not commitment.beacon:
        raise PlanError(
            "no commitment names a round of a beacon, so this one was chosen later",
            code="plan.beacon",
            where=Where(path.name),
            hint="Make a commitment that names a round to come: `commit-seed --beacon NAME --round N`.",
        )
    return beacons.read(path, commitment.beacon)


def _stamp(commitment: Path | None) -> bytes | None:
    path = _beside(commitment, "tsr") if commitment else None
    return strictjson.read_bytes(path, max_bytes=_MAX_BYTES) if path and path.exists() else None


def regraded(seed: PlanSeed, frame: Frame, tsa_roots: Sequence[str]) -> SeedGrade:
    """The grade of a plan's seed as somebody else sees it: by time stamps of authorities that they trust themselves.

    Raises:
        SignatureError: The time stamp in the plan is over something else, or no time stamp.
    """
    time = None
    if seed.committed is not UNSET and seed.time_stamp is not UNSET:
        time = _trusted_time(_decoded(seed.time_stamp), seed.committed, tsa_roots)
    return grade_of(msgspec.structs.replace(seed, committed_at=timestamp(time.timestamp()) if time else UNSET), frame)


def _trusted_time(stamp: bytes, commitment: SeedCommitment, tsa_roots: Sequence[str]) -> datetime | None:
    """When an authority saw the commitment; None where no authority that is trusted here did."""
    from worldflux.errors import SignatureError
    from worldflux.signing.timestamps import verified_time

    if not tsa_roots:
        return None
    try:
        return verified_time(stamp, stamped_bytes(commitment), tsa_roots, file="the commitment's time stamp")
    except SignatureError as error:
        if error.code == "signature.timestamp_authority":
            return None
        raise


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise PlanError(
            "the time stamp in the plan is not base64",
            code="plan.commitment",
            hint="Ask for the plan as it was frozen.",
        ) from None


def _require_future(beacon: NamedRound) -> None:
    if beacon.name not in beacons.BEACONS:
        raise PlanError(
            f"no beacon is called {beacon.name!r}",
            code="plan.beacon",
            hint=f"Known: {', '.join(beacons.BEACONS)}.",
        )
    at = beacons.time_of(beacon)
    if beacon.name in beacons.CHAINS and (at is None or at.timestamp() <= clock.now_seconds()):
        raise PlanError(
            f"round {beacon.round:,} of {beacon.name} has taken place already, or never will",
            code="plan.round_past",
            hint="Name a round that is still to come, some minutes or days ahead.",
        )


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(f"{path.stem}.{suffix}")


def _refuse_standing(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise UsageError(
            f"{path.name} exists",
            code="output.exists",
            where=Where(path.name),
            hint="Choose another --output: a commitment that was published is not replaced.",
        )


def _no_seed(hint: str) -> PlanError:
    return PlanError("no seed was given", code="plan.seed_missing", hint=hint)
