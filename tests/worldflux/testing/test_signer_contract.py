"""The contract finds a signer that breaks a law."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

import pytest

from worldbase.errors import Where, WorldError
from worldflux.errors import SignatureError
from worldflux.signing import envelope
from worldflux.signing.builtin.self_sign import BACKEND, SelfSigner
from worldflux.signing.contract import OpenedSeal, Sealed, SignerSettings
from worldflux.signing.keys import PrivateKey, PublicKey
from worldflux.testing import signer_contract
from worldflux.testing.signer_contract import LAWS, ContractError, SignerCase, SignerContract

KEY: Final = PrivateKey.generate()
CASE: Final = SignerCase("self-sign", SignerSettings(load_key=lambda: KEY), candidates=(KEY.public,))


@dataclass(frozen=True)
class VicedSigner(SelfSigner):
    """Signs as told, with a vice."""

    said: str = ""
    shown: str = ""
    rewrites: bool = False

    @property
    def label(self) -> str:
        return self.shown or super().label

    def publishes(self, statement: bytes) -> str:
        return self.said

    def seal(self, statement: bytes) -> Sealed:
        return super().seal(json.dumps(json.loads(statement)).encode() if self.rewrites else statement)


@dataclass(frozen=True)
class VicedBackend:
    """The backend for own keys, with a vice."""

    signs: Callable[[PrivateKey], VicedSigner] = VicedSigner
    opens: Callable[..., OpenedSeal] = BACKEND.open
    name: str = "self-sign"
    suffix: Literal["dsse.json"] = field(default="dsse.json")

    def signer(self, settings: SignerSettings) -> VicedSigner:
        return self.signs(KEY)

    def open(
        self, data: bytes, *, file: str, candidates: Sequence[PublicKey] = (), trusted_root: bytes | None = None
    ) -> OpenedSeal:
        return self.opens(data, file=file, candidates=candidates)


def _believes_everything(data: bytes, *, file: str, candidates: Sequence[PublicKey]) -> OpenedSeal:
    """Takes the payload that is there, and says that the author signed it."""
    good = BACKEND.open(SelfSigner(KEY).seal(b"{}").data, file=file, candidates=[KEY.public])
    read = envelope.parse(data, file=file)
    return replace(good, payload=read.payload, signatures=(read.signatures[0].signature,))


def _knows_everybody(data: bytes, *, file: str, candidates: Sequence[PublicKey]) -> OpenedSeal:
    opened = BACKEND.open(data, file=file, candidates=candidates)
    return replace(opened, signed_by=tuple(replace(entry, known=True) for entry in opened.signed_by))


def _knows_nobody(data: bytes, *, file: str, candidates: Sequence[PublicKey]) -> OpenedSeal:
    return BACKEND.open(data, file=file, candidates=())


def _opens_what_was_cut(data: bytes, *, file: str, candidates: Sequence[PublicKey]) -> OpenedSeal:
    try:
        return BACKEND.open(data, file=file, candidates=candidates)
    except WorldError:
        return BACKEND.open(SelfSigner(KEY).seal(b"{}").data, file=file, candidates=candidates)


def _crashes(data: bytes, *, file: str, candidates: Sequence[PublicKey]) -> OpenedSeal:
    json.loads(data)
    return BACKEND.open(data, file=file, candidates=candidates)


def _teaches_nothing(data: bytes, *, file: str, candidates: Sequence[PublicKey]) -> OpenedSeal:
    try:
        return BACKEND.open(data, file=file, candidates=candidates)
    except WorldError:
        raise SignatureError("no", code="signature.bad", where=Where("?")) from None


@dataclass(frozen=True)
class ForgetfulOfSpelling(VicedSigner):
    """Signs the spelling that it saw first of everything that means the same."""

    seen: dict[str, bytes] = field(default_factory=dict)

    def seal(self, statement: bytes) -> Sealed:
        meaning = json.dumps(json.loads(statement))
        return SelfSigner(self.key).seal(self.seen.setdefault(meaning, statement))


def _rewrites(key: PrivateKey) -> VicedSigner:
    return VicedSigner(key, rewrites=True)


VICES: Final[dict[str, tuple[VicedBackend, set[str]]]] = {
    "believes everything": (VicedBackend(opens=_believes_everything), {"swapped_payload", "damage", "stranger"}),
    "knows everybody": (VicedBackend(opens=_knows_everybody), {"stranger"}),
    "knows nobody": (VicedBackend(opens=_knows_nobody), {"who_signed"}),
    "opens what was cut": (VicedBackend(opens=_opens_what_was_cut), {"truncation", "foreign_files", "damage"}),
    "crashes": (VicedBackend(opens=_crashes), {"truncation", "foreign_files", "damage"}),
    "teaches nothing": (VicedBackend(opens=_teaches_nothing), {"truncation", "foreign_files", "damage"}),
    "rewrites": (VicedBackend(signs=_rewrites), {"round_trip"}),
    "signs meanings": (VicedBackend(signs=ForgetfulOfSpelling), {"exact_bytes"}),
    "says what is not so": (VicedBackend(signs=lambda key: VicedSigner(key, said="Your name.")), {"publication"}),
    "is called otherwise": (VicedBackend(signs=lambda key: VicedSigner(key, shown="me")), {"who_signed"}),
    "has another name": (VicedBackend(name="other"), {"who_signed"}),
}


class _Registry:
    def __init__(self, backend: VicedBackend) -> None:
        self.backend = backend

    def get(self, name: str) -> VicedBackend:
        return self.backend


def _broken(backend: VicedBackend, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    monkeypatch.setattr(signer_contract, "SIGNERS", _Registry(backend))
    broken: set[str] = set()
    for law in LAWS:
        contract = SignerContract(CASE)
        try:
            contract.check(law)
        except ContractError:
            broken.add(law)
    return broken


def test_a_backend_without_vices_breaks_no_law(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _broken(VicedBackend(), monkeypatch) == set()
    SignerContract(CASE).check_all()


@pytest.mark.parametrize("vice", VICES)
def test_a_vice_is_found_by_its_law(vice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    backend, laws = VICES[vice]
    assert laws <= _broken(backend, monkeypatch)


def test_every_law_is_broken_by_some_vice() -> None:
    found: set[str] = set().union(*(laws for _, laws in VICES.values()))
    assert found == set(LAWS)
