"""The user's own keys: a folder that nobody else may write to.

Of each key there are three files, named by the first sixteen digits of its id: the private key (0600), the
public key as PEM, and a record of what is known of it. The record is written last, so a key whose making was cut off
is no key. Whoever changes something holds the folder's lock.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from worldbase import clock, document, files
from worldbase.errors import InputError, Where
from worldflux.documents.own_key import OWN_KEY, OwnKeyRecord, OwnRevocation
from worldflux.documents.trust import Algorithm, RevocationReason
from worldflux.errors import SigningError
from worldflux.signing import private_key_files, secret_files
from worldflux.signing.home import home
from worldflux.signing.keys import PrivateKey, PublicKey, public_key_from_pem
from worldflux.signing.private_key_files import AskPassword

_USUAL_LABEL: Final = "my-key"
_DEFAULT: Final = "default"
_STEM: Final = 16
_SHORTEST_KEYID: Final = 8
_MAX_LABEL: Final = 200
_MAX_NOTE: Final = 1000
_DAMAGED: Final = "Restore the folder from a copy, or move the key's three files away and make a new one."


@dataclass(frozen=True, slots=True)
class OwnKey:
    """A key of the user's own.

    Attributes:
        created_at: UTC, `2026-05-06T00:00:00Z`.
        revoked: Since when and why it signs no more; None while it does.
        private_file: Where the private half lies.
    """

    label: str
    public: PublicKey
    created_at: str
    revoked: OwnRevocation | None
    private_file: Path

    @property
    def keyid(self) -> str:
        """SHA-256 of the public key, 64 hex digits."""
        return self.public.keyid


class Keystore:
    """The keys in a folder, which need not exist yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def of_user(cls) -> Self:
        """The keys of whoever runs the command."""
        return cls(home() / "keys")

    def public_keys(self) -> list[OwnKey]:
        """All keys, the oldest first, revoked ones included.

        Raises:
            SigningError: `key.damaged`, `key.owner`, `key.permissions`, `key.link`, `key.file`.
        """
        keys = [self._read(path) for path in self._records()]
        return sorted(keys, key=lambda key: (key.created_at, key.keyid))

    def own_keyids(self) -> frozenset[str]:
        """Ids of the keys that are not revoked: whose signatures are the user's own."""
        return frozenset(key.keyid for key in self.public_keys() if key.revoked is None)

    def find(self, name: str) -> OwnKey:
        """The key of this label or key id; eight or more digits of an id will do.

        Raises:
            SigningError: `key.unknown`, `key.ambiguous`.
        """
        known = self.public_keys()
        short = name if len(name) >= _SHORTEST_KEYID else None
        found = [key for key in known if key.label == name or (short and key.keyid.startswith(short))]
        if len(found) == 1:
            return found[0]
        labels = ", ".join(repr(key.label) for key in known) or "none yet; `worldflux key generate` makes one"
        raise SigningError(
            f"{'several keys are' if found else 'no key is'} called {name[:80]!r}",
            code="key.ambiguous" if found else "key.unknown",
            hint="Give the whole key id." if found else f"Your keys: {labels}.",
        )

    def default(self, *, create: bool, password: bytes | None = None) -> OwnKey:
        """The key to sign with where none is named.

        Args:
            create: Make an Ed25519 key where there is none that signs. Two processes that ask at once get the same.
            password: Of the key that is made.

        Raises:
            SigningError: `key.none` where there is none and none is to be made; `key.no_default` where there are
                several and none was chosen.
        """
        if create and not self.own_keyids():
            with self._locked():
                if not self.own_keyids():
                    return self._make(_label(None, set(self._labels())), "ed25519", password)
        keys = self.public_keys()
        chosen = self._default_of(keys)
        if chosen is None:
            raise _no_default([key.label for key in keys if key.revoked is None])
        return chosen

    def default_keyid(self) -> str | None:
        """Id of the key that `default` gives, or None where it gives none."""
        chosen = self._default_of(self.public_keys())
        return chosen.keyid if chosen else None

    def generate(
        self,
        label: str | None = None,
        algorithm: Algorithm = "ed25519",
        *,
        password: bytes | None = None,
        make_default: bool = False,
    ) -> OwnKey:
        """Make a key. The first one becomes the default.

        Args:
            label: What it is called, 1 to 200 printable characters; `my-key` with a number where not given.
            algorithm: Of the key.
            password: Encrypts the private half; without one it lies there in the clear.
            make_default: Sign with it where no key is named.

        Raises:
            SigningError: `key.label`.
            StorageError: `file.unwritable`.
        """
        with self._locked():
            key = self._make(_label(label, set(self._labels())), algorithm, password)
            if make_default:
                self._choose(key)
            return key

    def load(self, name: str, ask_password: AskPassword) -> PrivateKey:
        """Open the private half of a key that is not revoked.

        Raises:
            SigningError: What `find` and `read_private_key` raise; `key.revoked`; `key.damaged` where the two halves
                do not belong together.
        """
        key = self.find(name)
        if key.revoked:
            raise SigningError(
                f"the key {key.label!r} is revoked ({key.revoked.reason}, {key.revoked.at})",
                code="key.revoked",
                hint="Sign with another key; `worldflux key generate --default` makes one.",
            )
        opened = private_key_files.read_private_key(key.private_file, ask_password)
        if opened.public != key.public:
            raise _damaged(key.private_file, "does not belong to its public key")
        return opened

    def revoke(self, name: str, reason: RevocationReason, note: str | None = None) -> OwnKey:
        """Mark a key: it signs no more, and no longer counts as the user's own. There is no way back.

        A key that was revoked for another reason may turn out to be compromised later; its date stays.

        Raises:
            SigningError: What `find` raises; `key.revoked` where it is revoked already; `key.note`.
        """
        with self._locked():
            key = self.find(name)
            before = key.revoked
            if before and (before.reason == "compromised" or reason != "compromised"):
                raise SigningError(
                    f"the key {key.label!r} is revoked already ({before.reason}, {before.at})",
                    code="key.revoked",
                    hint="Only its reason can become `compromised`.",
                )
            at = before.at if before else clock.timestamp()
            revoked = OwnRevocation(at=at, reason=reason, note=_note(note) or (before.note if before else UNSET))
            record = replace(self._record(self._path(key.keyid, "json")), revoked=revoked)
            files.write_atomic(self._path(key.keyid, "json"), document.dump(record))
            return self._read(self._path(key.keyid, "json"))

    def _default_of(self, keys: list[OwnKey]) -> OwnKey | None:
        """The only key that signs, or the chosen one of several."""
        usable = [key for key in keys if key.revoked is None]
        chosen = self._chosen() if len(usable) > 1 else ""
        return next((key for key in usable if len(usable) == 1 or key.keyid == chosen), None)

    def _labels(self) -> list[str]:
        return [key.label for key in self.public_keys()]

    def _chosen(self) -> str:
        path = self.folder / _DEFAULT
        return secret_files.read_own(path).decode("ascii", "replace").strip() if path.exists() else ""

    def _choose(self, key: OwnKey) -> None:
        files.write_atomic(self.folder / _DEFAULT, f"{key.keyid}\n".encode())

    def _make(self, label: str, algorithm: Algorithm, password: bytes | None) -> OwnKey:
        """Write a key's files; the record, which makes it a key, comes last."""
        before = [key for key in self.public_keys() if key.revoked is None]
        private = PrivateKey.generate(algorithm)
        keyid = private.public.keyid
        record = OwnKeyRecord(
            schema_version=OWN_KEY, label=label, algorithm=algorithm, keyid=keyid, created_at=clock.timestamp()
        )
        secret_files.write_new_secret(self._path(keyid, "key.pem"), private_key_files.encoded(private, password))
        files.write_atomic(self._path(keyid, "pub.pem"), private.public.pem.encode())
        files.write_atomic(self._path(keyid, "json"), document.dump(record))
        key = self._read(self._path(keyid, "json"))
        if len(before) <= 1:
            self._choose(before[0] if before else key)
        return key

    def _records(self) -> list[Path]:
        try:
            secret_files.require_own_folder(self.folder, self.folder.stat())
            found = list(self.folder.iterdir())
        except FileNotFoundError:
            return []
        except OSError as error:
            raise secret_files.unreadable(self.folder, error) from None
        return [path for path in found if path.suffix == ".json" and not path.name.startswith(".")]

    def _path(self, keyid: str, ending: str) -> Path:
        return self.folder / f"{keyid[:_STEM]}.{ending}"

    def _read(self, path: Path) -> OwnKey:
        record = self._record(path)
        public_file = self._path(record.keyid, "pub.pem")
        try:
            pem = secret_files.read_own(public_file).decode("ascii", "replace")
            public = public_key_from_pem(pem, file=public_file.name)
        except SigningError as error:
            raise _damaged(public_file, f"is not the public key: {error.message}") from None
        if public.keyid != record.keyid or public.algorithm != record.algorithm:
            raise _damaged(public_file, "is another key than its record says")
        revoked = None if record.revoked is UNSET else record.revoked
        return OwnKey(record.label, public, record.created_at, revoked, self._path(record.keyid, "key.pem"))

    def _record(self, path: Path) -> OwnKeyRecord:
        data = secret_files.read_own(path)
        try:
            record = document.parse(data, OwnKeyRecord, file=path.name).document
        except InputError as error:
            raise _damaged(path, f"is no record of a key: {error.message}") from None
        if path != self._path(record.keyid, "json"):
            raise _damaged(path, "is the record of another key")
        return record

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Make the folder where there is none, and keep other processes out of it."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise secret_files.unwritable(self.folder, error) from None
        try:
            secret_files.require_own_folder(self.folder, os.fstat(handle))
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
            os.fsync(handle)
        finally:
            os.close(handle)


def _label(wanted: str | None, taken: set[str]) -> str:
    if wanted is None:
        numbers = iter(range(2, len(taken) + 3))
        label = _USUAL_LABEL
        while label in taken:
            label = f"{_USUAL_LABEL}-{next(numbers)}"
        return label
    if not 1 <= len(wanted) <= _MAX_LABEL or not wanted.isprintable() or wanted != wanted.strip():
        what = f"a label is 1 to {_MAX_LABEL} printable characters without blanks around them"
    elif re.fullmatch(f"[0-9a-f]{{{_SHORTEST_KEYID},}}", wanted):
        what = "this label would pass for a key id"
    elif wanted in taken:
        what = f"there is a key called {wanted!r}"
    else:
        return wanted
    raise SigningError(what, code="key.label", hint="Give another --label.")


def _note(note: str | None) -> str | UnsetType:
    if note is not None and len(note) > _MAX_NOTE:
        raise SigningError(
            f"the note has {len(note):,} characters; {_MAX_NOTE:,} are kept", code="key.note", hint="Shorten it."
        )
    return note or UNSET


def _no_default(usable: list[str]) -> SigningError:
    if not usable:
        return SigningError(
            "there is no key that signs", code="key.none", hint="Make one with `worldflux key generate`."
        )
    return SigningError(
        f"there are {len(usable)} keys, and none of them is the default",
        code="key.no_default",
        hint=f"Name one: {', '.join(map(repr, usable))}.",
    )


def _damaged(path: Path, what: str) -> SigningError:
    return SigningError(f"{path.name} {what}", code="key.damaged", where=Where(path.name), hint=_DAMAGED)
