"""What every backend for signatures has to keep, as checks that its author runs.

from worldflux.testing.signer_contract import LAWS, SignerCase, SignerContract

CASE = SignerCase("my-hsm", SignerSettings(load_key=...), candidates=(PUBLIC_KEY,))


@pytest.mark.parametrize("law", LAWS)
def test_the_signer_keeps_the_law(law: str) -> None:
    SignerContract(CASE).check(law)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from worldbase.errors import InputError, WorldError
from worldflux.documents.signature import PAYLOAD_TYPE
from worldflux.errors import SignatureError
from worldflux.signing.contract import Backend, OpenedSeal, Sealed, Signer, SignerSettings
from worldflux.signing.keys import PublicKey
from worldflux.signing.registry import SIGNERS
from worldflux.testing.audited_package import ContractError as ContractError
from worldflux.testing.audited_package import require

LAWS: Final = (
    "round_trip",
    "who_signed",
    "stranger",
    "exact_bytes",
    "swapped_payload",
    "damage",
    "truncation",
    "foreign_files",
    "publication",
)
"""Names of the checks, in the order in which their failures are easiest to understand."""

FILE: Final = "author.signature"
"""Name of the signature file in error messages; it must be in each of them."""
# Blanks, an escape and key order that any rewriting would change.
_STATEMENT: Final = (
    b'{ "_type":"https://in-toto.io/Statement/v1" ,"predicateType":"urn:worldflux:test","subject":[{"name":"a.json",'
    b'"digest":{"sha256":"%s"}}], "predicate":{"b":"\\u00e9","a":1.0} }\n' % (b"0" * 64)
)
_OTHER_STATEMENT: Final = _STATEMENT.replace(b"1.0", b"2.0")
_DAMAGES: Final = 120
_FOREIGN: Final = (
    b"",
    b"{}",
    b"[]",
    b"null",
    b'{"squirrels": 12}',
    b"\xff\xfe\x00",
    b'{"payload": {}, "payloadType": 1, "signatures": [null]}',
    b"[" * 100_000,
    b"version https://git-lfs.github.com/spec/v1\nsize 12345\n",
)


@dataclass(frozen=True, slots=True)
class SignerCase:
    """A backend, with what it signs and verifies with.

    Attributes:
        backend: Registered name.
        settings: What `Backend.signer` takes.
        candidates: Keys that its signatures are known by.
        trusted_root: Sigstore trusted root that they are known by.
        public_log: Whether signing tells the public something.
        damages: How many bytes of a signature file are changed, one at a time.
    """

    backend: str
    settings: SignerSettings
    candidates: tuple[PublicKey, ...] = ()
    trusted_root: bytes | None = None
    public_log: bool = False
    damages: int = _DAMAGES


@dataclass
class SignerContract:
    """The laws of one case. One statement is signed once and used by all of them."""

    case: SignerCase

    def check(self, law: str) -> None:
        """Check one of `LAWS`.

        Raises:
            ContractError: The backend breaks it.
        """
        getattr(self, f"check_{law}")()

    def check_all(self) -> None:
        """Check all laws; the first that is broken is raised."""
        for law in LAWS:
            self.check(law)

    def check_round_trip(self) -> None:
        """What was sealed opens, as an in-toto Statement, with the same bytes and the same raw signature."""
        opened = self._open(self._sealed.data)
        require(opened.payload == _STATEMENT, "the statement came back changed")
        require(opened.payload_type == PAYLOAD_TYPE, f"the payload type is {opened.payload_type!r}")
        require(opened.signatures == (self._sealed.signature,), "the raw signature is not the one that was returned")
        require(self._sealed.suffix == self._backend.suffix, "the backend has another suffix than its files")

    def check_who_signed(self) -> None:
        """One signer, by a full id, known to a verifier who brings its key or root, and named as the signer said."""
        opened = self._open(self._sealed.data)
        require(len(opened.signed_by) == 1, f"{len(opened.signed_by)} signers")
        (signed_by,) = opened.signed_by
        require(signed_by.known, "a signature by a key or root that the verifier brought is not known")
        require(re.fullmatch("[0-9a-f]{64}", signed_by.keyid) is not None, f"{signed_by.keyid!r} is no id")
        shown = signed_by.keyid if signed_by.kind == "key" else signed_by.identity
        require(self._signer.label == shown, f"the label is {self._signer.label!r}; the signature says {shown!r}")
        require((signed_by.kind == "sigstore") == (signed_by.issuer is not None), "an identity has an issuer")
        require(self._signer.name == self.case.backend == self._backend.name, "the names differ")

    def check_stranger(self) -> None:
        """Who brings no key and no root gets a refusal, or a signature that is not known."""
        try:
            opened = self._backend.open(self._sealed.data, file=FILE)
        except (InputError, SignatureError) as error:
            self._require_taught(error)
            return
        require(not any(signed_by.known for signed_by in opened.signed_by), "a stranger's signature is known")

    def check_exact_bytes(self) -> None:
        """Two statements that mean the same and are written otherwise are both signed as they are written."""
        for statement in (_STATEMENT, json.dumps(json.loads(_STATEMENT)).encode()):
            opened = self._open(self._signer.seal(statement).data)
            require(opened.payload == statement, "the statement was brought into another form")

    def check_swapped_payload(self) -> None:
        """The signature of one statement is none of another."""
        other = json.loads(self._signer.seal(_OTHER_STATEMENT).data)
        in_both = set(_texts(other))
        for path in filter(in_both.__contains__, _texts(json.loads(self._sealed.data))):
            mixed = json.loads(self._sealed.data)
            _put(mixed, path, _at(other, path))
            self._require_no_other(json.dumps(mixed).encode(), f"a file with {path} of another signature file")

    def check_damage(self) -> None:
        """A changed byte is refused, or changes nothing that the signature is about."""
        data = self._sealed.data
        for number in range(self.case.damages):
            at = len(data) * number // self.case.damages
            for changed in (data[at] ^ 1, 0xFF):
                damaged = data[:at] + bytes([changed]) + data[at + 1 :]
                self._require_no_other(damaged, f"a file with byte {at} changed")

    def check_truncation(self) -> None:
        """A file that was cut off is refused."""
        data = self._sealed.data.rstrip()
        for number in range(16):
            cut = data[: len(data) * number // 16]
            require(self._opened_or_none(cut) is None, f"a file of {len(cut)} of {len(data)} bytes opens")

    def check_foreign_files(self) -> None:
        """What is no signature file is refused, with the file's name and what to do."""
        for data in _FOREIGN:
            require(self._opened_or_none(data) is None, f"{data[:40]!r} opens")

    def check_publication(self) -> None:
        """The signer says what becomes public, and nothing where nothing does."""
        said = self._signer.publishes(_STATEMENT)
        require(bool(said) == self.case.public_log, f"it says {said!r} about what becomes public")

    def _require_no_other(self, data: bytes, what: str) -> None:
        opened = self._opened_or_none(data)
        if opened is not None:
            require(opened.payload == _STATEMENT, f"{what} opens with another statement")
            require(opened.signed_by == self._open(self._sealed.data).signed_by, f"{what} has another signer")

    def _opened_or_none(self, data: bytes) -> OpenedSeal | None:
        try:
            return self._open(data)
        except (InputError, SignatureError) as error:
            self._require_taught(error)
            return None
        except Exception as error:
            raise ContractError(f"{data[:40]!r} ends in {type(error).__name__}: {error}") from error

    def _require_taught(self, error: WorldError) -> None:
        require(bool(error.hint), f"{error.code} has no hint")
        require(error.where is not None and error.where.file == FILE, f"{error.code} does not name the file")

    def _open(self, data: bytes) -> OpenedSeal:
        case = self.case
        return self._backend.open(data, file=FILE, candidates=case.candidates, trusted_root=case.trusted_root)

    @cached_property
    def _backend(self) -> Backend:
        return SIGNERS.get(self.case.backend)

    @cached_property
    def _signer(self) -> Signer:
        return self._backend.signer(self.case.settings)

    @cached_property
    def _sealed(self) -> Sealed:
        return self._signer.seal(_STATEMENT)


_Path = tuple[str | int, ...]


def _texts(value: object, path: _Path = ()) -> Iterator[_Path]:
    """Paths of all texts in a JSON value."""
    if isinstance(value, str):
        yield path
    for token, child in (
        value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else [])
    ):
        yield from _texts(child, (*path, token))


def _at(value: object, path: _Path) -> object:
    for token in path:
        value = value[token]  # type: ignore[index]
    return value


def _put(value: object, path: _Path, text: object) -> None:
    _at(value, path[:-1])[path[-1]] = text  # type: ignore[index]
