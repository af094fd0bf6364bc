"""Rounds of public randomness, read from the file that a beacon published.

drand (https://drand.love): `{"round": ..., "signature": ..., "randomness": ...}`; the randomness is the SHA-256 of the
signature, which is checked. NIST Randomness Beacon 2.0 (NISTIR 8213): `{"pulse": {"chainIndex": 2, "pulseIndex": ...,
"timeStamp": ..., "outputValue": ...}}`. The signatures themselves (BLS12-381, RSA) are not verified here: a round is
`verified: false`, and whoever doubts it compares its value with the beacon's public record.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from worldbase import strictjson
from worldbase.clock import timestamp
from worldbase.errors import Where
from worldflux.documents.plan import BeaconRound
from worldflux.documents.seed_commitment import NamedRound
from worldflux.errors import PlanError

_HEX: Final = re.compile(r"(?:[0-9a-fA-F]{2}){8,128}\Z")
_MAX_BYTES: Final = 64 * 1024
_NIST: Final = "nist-2"
_FIRST_NOT_HELD: Final = 2**40


@dataclass(frozen=True, slots=True)
class Chain:
    """A drand network: its first round and the seconds between two, by its public chain information."""

    genesis: int
    period: int


CHAINS: Final = {
    # Chain 8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce
    "drand-default": Chain(genesis=1595431050, period=30),
    # Chain 52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971
    "drand-quicknet": Chain(genesis=1692803367, period=3),
}
BEACONS: Final = (*CHAINS, _NIST)


def read(path: Path, named: NamedRound) -> BeaconRound:
    """Read the published round that a commitment names.

    Raises:
        InputError: `file.*`, `json.*`.
        PlanError: `plan.beacon` where it is no such round, or its value does not come from its signature.
    """
    value = strictjson.load(path, max_bytes=_MAX_BYTES)
    if not isinstance(value, dict):
        raise _not_a_round("not a JSON object", path.name)
    if named.name == _NIST:
        return _pulse(value, path.name)
    if named.name not in CHAINS:
        raise _not_a_round(f"no beacon is called {named.name!r}", path.name)
    return _drand(value, named.name, path.name)


def time_of(beacon: NamedRound) -> datetime | None:
    """When a round takes place; None where that cannot be told before."""
    chain = CHAINS.get(beacon.name)
    if chain is None or not 1 <= beacon.round < _FIRST_NOT_HELD:
        return None
    try:
        return datetime.fromtimestamp(chain.genesis + (beacon.round - 1) * chain.period, tz=UTC)
    except (ValueError, OverflowError):
        return None


def _drand(value: dict[str, Any], name: str, file: str) -> BeaconRound:
    number = value.get("round")
    if type(number) is not int:
        raise _not_a_round("`round` is not a whole number", file)
    randomness = hashlib.sha256(bytes.fromhex(_hex(value, "signature", file))).hexdigest()
    if "randomness" in value and _hex(value, "randomness", file) != randomness:
        raise _not_a_round("`randomness` is not the SHA-256 of `signature`", file)
    at = time_of(NamedRound(name=name, round=number))
    if at is None:
        raise _not_a_round(f"there is no round {number}", file)
    return BeaconRound(name=name, round=number, at=timestamp(at.timestamp()), value=randomness, verified=False)


def _pulse(value: dict[str, Any], file: str) -> BeaconRound:
    pulse = value.get("pulse")
    if not isinstance(pulse, dict) or pulse.get("chainIndex") != 2:
        raise _not_a_round("no pulse of chain 2", file)
    number = pulse.get("pulseIndex")
    if type(number) is not int or number < 1:
        raise _not_a_round("`pulseIndex` is not a whole number", file)
    try:
        at = datetime.fromisoformat(str(pulse.get("timeStamp")))
    except ValueError:
        raise _not_a_round("`timeStamp` is no time", file) from None
    if at.tzinfo is None:
        raise _not_a_round("`timeStamp` names no time zone", file)
    output = _hex(pulse, "outputValue", file)
    return BeaconRound(name=_NIST, round=number, at=timestamp(at.timestamp()), value=output, verified=False)


def _hex(value: dict[str, Any], name: str, file: str) -> str:
    text = value.get(name)
    if not isinstance(text, str) or not _HEX.match(text):
        raise _not_a_round(f"`{name}` is not given in hex digits", file)
    return text.lower()


def _not_a_round(reason: str, file: str) -> PlanError:
    return PlanError(
        f"not a published round of the beacon: {reason}",
        code="plan.beacon",
        where=Where(file),
        hint="Save what the beacon answers for the round that the commitment names, as it is.",
    )
