"""Whole forgeries, each as one function of a package's folder: what a forger did, by the forger's means."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import rfc8785

from tests.tampering import (
    AUTHOR,
    AUTHOR_KEY,
    MANIFEST,
    PUBLIC,
    STRANGER,
    TestKey,
    edit_json,
    envelope,
    payload_of,
    rehash,
    resign,
    sha256,
    write_json,
)

EPISODES: Final = "episode_results.jsonl"
WITHHELD: Final = (
    "episode_results.jsonl",
    "raw_evidence_manifest.json",
    "failure_evidence_index.jsonl",
    "failure_replay_manifest.jsonl",
    "stopping.json",
    "ppi.json",
)

Change = Callable[[Path], object]


def all_of(*changes: Change) -> Change:
    """One change after the other."""

    def change_all(folder: Path) -> None:
        for change in changes:
            change(folder)

    return change_all


def by_author(*changes: Change) -> Change:
    """Edit, hash again and sign again: what a trusted author who lies can do."""
    return forged(AUTHOR_KEY, *changes)


def by_stranger(*changes: Change) -> Change:
    """The same with a key that nobody knows."""
    return forged(STRANGER, *changes)


def forged(key: TestKey, *changes: Change) -> Change:
    def forge(folder: Path) -> None:
        for change in changes:
            change(folder)
        rehash(folder)
        resign(folder, key)

    return forge


def edited(name: str, change: Callable[[Any], Any]) -> Change:
    """Change a JSON member."""
    return lambda folder: edit_json(folder / name, change)


def replaced(name: str, old: str, new: str) -> Change:
    """Replace a text in a member; it has to be there."""

    def replace(folder: Path) -> None:
        data = (folder / name).read_bytes()
        if data.count(old.encode()) == 0:
            raise LookupError(f"{name} holds no {old!r}")
        (folder / name).write_bytes(data.replace(old.encode(), new.encode(), 1))

    return replace


def statement(change: Callable[[dict[str, Any]], Any]) -> Change:
    """Have the author sign another statement about an untouched package."""
    return lambda folder: resign(folder, AUTHOR_KEY, change=change)


def signature(change: Callable[[dict[str, Any]], Any]) -> Change:
    """Change the envelope."""
    return lambda folder: edit_json(folder / AUTHOR, change)


def share(folder: Path) -> None:
    """What a share holds: the rest is withheld."""
    for name in WITHHELD:
        (folder / name).unlink(missing_ok=True)


def other_byte(name: str) -> Change:
    def flip(folder: Path) -> None:
        data = bytearray((folder / name).read_bytes())
        data[len(data) // 2] ^= 1
        (folder / name).write_bytes(data)

    return flip


def carried(key: bytes) -> Change:
    """An envelope whose only key is the one that it carries, under that key's own id."""

    def change(value: dict[str, Any]) -> None:
        value["signatures"][0] |= {
            "keyid": hashlib.sha256(key).hexdigest(),
            "public_key": base64.b64encode(key).decode(),
        }

    return signature(change)


_ED25519_PREFIX: Final = bytes.fromhex("302a300506032b6570032100")
SMALL_ORDER_KEY: Final = _ED25519_PREFIX + bytes([1]) + bytes(31)
GROUP_ORDER: Final = 2**252 + 27742317777372353535851937790883648493


def larger_s(value: dict[str, Any]) -> None:
    """The same signature with S + L: equal where S is not required to be below L."""
    raw = base64.b64decode(value["signatures"][0]["sig"])
    larger = int.from_bytes(raw[32:], "little") + GROUP_ORDER
    value["signatures"][0]["sig"] = base64.b64encode(raw[:32] + larger.to_bytes(32, "little")).decode()


def small_order_forgery(folder: Path) -> None:
    """A signature of the neutral element: with a key of small order it is good over many messages."""
    carried(SMALL_ORDER_KEY)(folder)
    forged = base64.b64encode(bytes([1]) + bytes(63)).decode()
    signature(lambda value: value["signatures"][0].update(sig=forged))(folder)


def _tar(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.USTAR_FORMAT) as out:
        for info, data in members:
            info.size = len(data)
            out.addfile(info, io.BytesIO(data) if data else None)
    return target.getvalue()


def _with(folder: Path, *more: tuple[tarfile.TarInfo, bytes]) -> bytes:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    own = [(tarfile.TarInfo(f"evidence_pkg/{path.relative_to(folder)}"), path.read_bytes()) for path in files]
    return _tar(*own, *more)


def _info(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def adding(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", data: bytes = b"") -> Callable[[Path], bytes]:
    return lambda folder: _with(folder, (_info(name, kind, link), data))


def whole(folder: Path) -> bytes:
    """An archive as a forger's program writes it."""
    return _with(folder)


def cut(name: str, size: int) -> Change:
    """Keep the first bytes of a file."""
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:size])


def prefixed(name: str, data: bytes) -> Change:
    """Put something before a file's content."""
    return lambda folder: (folder / name).write_bytes(data + (folder / name).read_bytes())


def appended(name: str, data: bytes) -> Change:
    """Put something after it."""
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes() + data)


def overwritten(name: str, data: bytes) -> Change:
    """Put something in its place."""
    return lambda folder: (folder / name).write_bytes(data)


def removed(name: str) -> Change:
    """Remove a file."""
    return lambda folder: (folder / name).unlink()


def without_line(name: str) -> Change:
    """Remove the first line of a file."""
    return lambda folder: (folder / name).write_bytes(
        b"".join((folder / name).read_bytes().splitlines(keepends=True)[1:])
    )


def one_episode(old: str, new: str) -> Change:
    """Change the first episode in which a text stands, and every digest of the episodes."""

    def change(folder: Path) -> None:
        before = sha256((folder / EPISODES).read_bytes())
        replaced(EPISODES, old, new)(folder)
        _rename_digest(folder, before)

    return change


def _rename_digest(folder: Path, before: str) -> None:
    after = sha256((folder / EPISODES).read_bytes())
    for name in ("audit_input.json", "raw_evidence_manifest.json"):
        if (folder / name).is_file():
            data = (folder / name).read_bytes()
            (folder / name).write_bytes(data.replace(before.encode(), after.encode()))


def flipped_outcome(folder: Path) -> None:
    """One failure becomes a success, in the episodes and wherever their digest stands."""
    lines = (folder / EPISODES).read_bytes().splitlines(keepends=True)
    before = sha256(b"".join(lines))
    first = next(index for index, line in enumerate(lines) if b'"outcome":"failure"' in line)
    flipped = lines[first].replace(b'"outcome":"failure"', b'"outcome":"success"')
    lines[first] = flipped.replace(b'"success":false', b'"success":true')
    (folder / EPISODES).write_bytes(b"".join(lines))
    _rename_digest(folder, before)


def rewritten(name: str) -> Change:
    """The same JSON value with other blanks and keys in another order."""

    def rewrite(folder: Path) -> None:
        value = json.loads((folder / name).read_bytes())
        (folder / name).write_bytes(json.dumps(dict(reversed(value.items())), indent=7).encode())

    return rewrite


def sealed_again(*keys: TestKey) -> Change:
    """The author's statement in an envelope with a signature by each key."""

    def seal(folder: Path) -> None:
        payload = base64.b64decode(json.loads((folder / AUTHOR).read_bytes())["payload"])
        write_json(folder / AUTHOR, envelope(payload, *keys))

    return seal


def first_signature(change: Callable[[str], str]) -> Change:
    """Change the text of the first signature."""
    return signature(lambda value: value["signatures"][0].update(sig=change(value["signatures"][0]["sig"])))


def one_bit(sig: str) -> str:
    """The same signature with one bit changed."""
    data = bytearray(base64.b64decode(sig))
    data[10] ^= 1
    return base64.b64encode(bytes(data)).decode()


def trailing_bits(sig: str) -> str:
    """The same bytes in base64 whose last letter has bits that stand for nothing."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    body = sig.rstrip("=")
    return body[:-1] + letters[letters.index(body[-1]) + 1] + sig[len(body) :]


def url_safe(value: dict[str, Any]) -> None:
    """Write an envelope's base64 in the URL-safe alphabet."""
    table = str.maketrans("+/", "-_")
    value["payload"] = value["payload"].translate(table)
    for entry in value["signatures"]:
        entry["sig"] = entry["sig"].translate(table)


def other_verdict(value: dict[str, Any]) -> None:
    """Write another verdict into the signed payload."""
    payload = json.loads(base64.b64decode(value["payload"]))
    payload["predicate"]["result"]["verdict"] = "refuted"
    value["payload"] = base64.b64encode(json.dumps(payload).encode()).decode()


def list_another(folder: Path) -> None:
    """Add a file that no package has, and list it."""
    (folder / "notes.txt").write_bytes(b"x")
    entry = {"path": "notes.txt", "sha256": sha256(b"x"), "size": 1, "role": "notes", "media_type": "text/plain"}
    edit_json(folder / MANIFEST, lambda value: value["files"].append({**entry, "share_class": "hosted"}))
    edit_json(folder / MANIFEST, lambda value: value["files"].sort(key=lambda item: item["path"]))


def all_hosted(value: dict[str, Any]) -> None:
    """Call every member fit for a share."""
    for entry in value["files"]:
        entry["share_class"] = "hosted"


def review_in_place_of_author(folder: Path) -> None:
    """Put the reviewer's signature file where the author's belongs."""
    (review,) = (folder / "signatures").glob("reviewer-*.dsse.json")
    (folder / AUTHOR).write_bytes(review.read_bytes())


def public_by(key: TestKey) -> Change:
    """Sign the public view of a package with another key."""
    return lambda folder: write_json(
        folder / PUBLIC, envelope(base64.b64decode(json.loads((folder / PUBLIC).read_bytes())["payload"]), key)
    )


def other_public_view(folder: Path) -> None:
    """Have the author sign a public view that shows another estimate; its digest agrees."""
    statement = payload_of(folder / PUBLIC)
    view = statement["predicate"]["view"]
    view["result"]["metrics"][0]["estimate"] = 0.97
    statement["subject"][0]["digest"]["sha256"] = hashlib.sha256(rfc8785.dumps(view)).hexdigest()
    write_json(folder / PUBLIC, envelope(json.dumps(statement).encode(), AUTHOR_KEY))


def signatures_of(other: Path, *names: str) -> Change:
    """Put another package's signature files there."""

    def put(folder: Path) -> None:
        for name in names:
            (folder / name).write_bytes((other / name).read_bytes())

    return put


def unlike_its_cells(folder: Path) -> None:
    """A share that a trusted author signed, public view and all, whose estimate does not follow from its cells."""
    edit_json(folder / "evidence.json", lambda value: value["metrics"][0].update(estimate=0.97))
    rehash(folder)
    statement = payload_of(folder / PUBLIC)
    resign(folder, AUTHOR_KEY)
    view = statement["predicate"]["view"]
    manifest = hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
    sizes = {entry["path"]: entry["size"] for entry in json.loads((folder / MANIFEST).read_bytes())["files"]}
    assert len(sizes) == len(view["artifacts"])
    view |= {"manifest": f"sha256:{manifest}", "display_id": f"wf-{manifest[:12]}"}
    view["result"]["metrics"][0]["estimate"] = 0.97
    statement["subject"][0]["digest"]["sha256"] = hashlib.sha256(rfc8785.dumps(view)).hexdigest()
    statement["subject"][1]["digest"]["sha256"] = manifest
    write_json(folder / PUBLIC, envelope(json.dumps(statement).encode(), AUTHOR_KEY))
    share(folder)
