"""Attacks on frozen plans and plan logs."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tests.command import inside, worldflux
from tests.local_sigstore.tsa import Tsa
from tests.tampering import AUTHOR_KEY, P256_KEY, P256_ORDER, STRANGER, envelope, pae
from tests.worldflux.portfolio.proving import (
    FAR_AHEAD,
    LONG_AGO,
    code_of,
    freeze_at,
    log_of,
    logged,
    packet_entry,
    plan_at,
    private,
    trusting,
)
from worldbase import digest, document
from worldbase.errors import InputError, WorldError
from worldflux.documents.plan_log import EntryKind, LogProof
from worldflux.errors import PlanError, SignatureError
from worldflux.portfolio.freezing import load_freeze, require_same_plan
from worldflux.portfolio.log import merkle, notes, proofs, verifying
from worldflux.portfolio.log.appending import append
from worldflux.portfolio.log.folder import ENTRIES, note_name, read_log
from worldflux.portfolio.log.notes import Checkpoint
from worldflux.portfolio.plan_files import load_plan
from worldflux.portfolio.precedence import checked_proof, precedence_of


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLDFLUX_HOME", str(tmp_path / "home"))


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(PlanError) as caught:
        act()
    return code_of(caught.value)


def verified(log: Path, older: Path | None = None, *, state: bool = False) -> object:
    return verifying.verify(log, trusting(), older=older, state=state)


def kept(log: Path, size: int) -> Path:
    """A checkpoint that somebody else keeps."""
    copy = log.parent / f"kept-{size}.note"
    shutil.copyfile(log / note_name(size), copy)
    return copy


def rewritten(log: Path, lines: list[bytes]) -> None:
    """What the keeper of the key can do: another history, signed from its first entry on."""
    origin = read_log(log).header.origin
    shutil.rmtree(log / "checkpoints")
    (log / "checkpoints").mkdir()
    (log / ENTRIES).write_bytes(b"".join(line + b"\n" for line in lines))
    for size, root in enumerate(merkle.roots(map(merkle.leaf_hash, lines)), start=1):
        (log / note_name(size)).write_bytes(notes.signed(Checkpoint(origin, size, root), private()))


def test_entries_cut_off(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log_of(tmp_path, 3)
    lines = (log / ENTRIES).read_bytes().splitlines(keepends=True)
    (log / ENTRIES).write_bytes(b"".join(lines[:2]))
    assert refused(lambda: verified(log)) == "plan_log.truncated"


def test_entries_cut_off_with_their_checkpoints(tmp_path: Path) -> None:
    """What is left is whole in itself; only who kept a checkpoint, or saw the log, sees what is gone."""
    log = tmp_path / "log"
    log_of(tmp_path, 3)
    older = kept(log, 3)
    verified(log, state=True)
    rewritten(log, [entry.line for entry in read_log(log).entries[:2]])
    verified(log)
    assert refused(lambda: verified(log, older)) == "plan_log.truncated"
    assert refused(lambda: verified(log, state=True)) == "plan_log.truncated"
    assert refused(lambda: proofs.prove(read_log(log), 0, older=older.read_bytes())) == "plan_log.truncated"


def test_a_history_forked_by_its_keeper(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log_of(tmp_path, 3)
    older = kept(log, 2)
    verified(log, state=True)
    lines = [entry.line for entry in read_log(log).entries]
    rewritten(log, [lines[0], lines[0], *lines[1:], lines[2]])
    verified(log)
    changed = json.loads(lines[0]) | {"claimed_at": "2020-01-01T00:00:00Z"}
    rewritten(log, [json.dumps(changed).encode(), *lines[1:], lines[2]])
    verified(log)
    assert refused(lambda: verified(log, older)) == "plan_log.forked"
    assert refused(lambda: verified(log, state=True)) == "plan_log.forked"
    assert refused(lambda: proofs.prove(read_log(log), 0, older=older.read_bytes())) == "plan_log.forked"


@pytest.mark.parametrize(
    "edit",
    [
        lambda lines: [lines[1], lines[0], lines[2]],
        lambda lines: [lines[0].replace(b"attempt", b"plan"), *lines[1:]],
        lambda lines: [lines[0], lines[1].replace(b"a_policy", b"b_policy"), lines[2]],
        lambda lines: [lines[0], lines[2], lines[2]],
        lambda lines: [lines[0].replace(b'"kind":', b'"kind": '), *lines[1:]],
    ],
    ids=["reordered", "an attempt made a plan", "of another policy", "one replaced", "a blank added"],
)
def test_entries_edited(tmp_path: Path, edit: Callable[[list[bytes]], list[bytes]]) -> None:
    log = tmp_path / "log"
    plan = plan_at(tmp_path)
    kinds: tuple[EntryKind, ...] = ("attempt", "plan", "attempt")
    for kind in kinds:
        logged(log, plan, kind)
    lines = (log / ENTRIES).read_bytes().splitlines()
    (log / ENTRIES).write_bytes(b"".join(line + b"\n" for line in edit(lines)))
    assert refused(lambda: verified(log)) == "plan_log.altered"


def test_lines_added_without_the_key(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log_of(tmp_path, 1)
    line = (log / ENTRIES).read_bytes()
    (log / ENTRIES).write_bytes(line * 3)
    assert len(read_log(log).entries) == 1
    assert refused(lambda: verified(log)) == "plan_log.unsigned"


def test_a_checkpoint_of_another_log(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        log_of(tmp_path / name, 2)
    one, two = (tmp_path / name / "log" for name in ("one", "two"))
    assert refused(lambda: verified(one, kept(two, 1))) == "plan_log.other_log"
    shutil.copyfile(two / note_name(2), one / note_name(2))
    assert refused(lambda: verified(one)) == "plan_log.other_log"


def test_a_checkpoint_of_a_stranger_under_the_same_name(tmp_path: Path) -> None:
    log = tmp_path / "log"
    read = log_of(tmp_path, 2)
    note = notes.signed(read.newest.checkpoint, private(STRANGER))
    (log / note_name(2)).write_bytes(note)
    assert refused(lambda: verified(log)) == "plan_log.signature"
    # A stranger's line beside the keeper's does no harm, and instead of it does not count.
    (log / note_name(2)).write_bytes(read.newest.note + note.split(b"\n\n")[1])
    verified(log)


def test_the_key_in_the_header_exchanged(tmp_path: Path) -> None:
    """The log is whole, and a stranger's: the reader who knows the keeper's key sees it; so does who saw the log."""
    log = tmp_path / "log"
    read = log_of(tmp_path, 2)
    verified(log, state=True)
    header = json.loads((log / "plan_log.json").read_bytes())
    header["key"]["public_key_pem"] = private(STRANGER).public.pem
    (log / "plan_log.json").write_text(json.dumps(header))
    assert refused(lambda: verified(log)) == "plan_log.key"
    header["key"]["keyid"] = STRANGER.keyid
    (log / "plan_log.json").write_text(json.dumps(header))
    for one in read.checkpoints:
        (log / note_name(one.checkpoint.size)).write_bytes(notes.signed(one.checkpoint, private(STRANGER)))
    verified(log)
    assert refused(lambda: verifying.verify(log, trusting(), key=private().public, state=False)) == "plan_log.other_log"
    assert refused(lambda: verified(log, state=True)) == "plan_log.signature"


def test_a_checkpoint_under_the_name_of_an_earlier_one(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log_of(tmp_path, 2)
    (log / note_name(2)).replace(log / note_name(1))
    assert refused(lambda: verified(log)) == "plan_log.checkpoint"


@pytest.mark.parametrize(
    "data",
    [b"", b"\n\n", b"a\n1\n\n", b"\xff" * 20, b"a\n" * 20_000, "\N{EM DASH} a b\n".encode()],
)
def test_what_is_no_checkpoint(tmp_path: Path, data: bytes) -> None:
    log = tmp_path / "log"
    log_of(tmp_path, 1)
    (log / note_name(1)).write_bytes(data)
    with pytest.raises(WorldError):
        verified(log)


def test_the_best_of_three_packets(tmp_path: Path) -> None:
    """Two packets are thrown away, and the third is handed over: the log shows three attempts all the same."""
    plan, log = plan_at(tmp_path), tmp_path / "log"
    logged(log, plan)
    for number in range(3):
        append(log, packet_entry(plan, f"sha256:{number:064x}"), lambda keyid: private())
    proof = checked_proof(plan, trusting(), log=log)
    assert proof is not None
    assert (proof.attempts, proof.plans) == (3, 1)


def test_the_packet_that_is_handed_over_again_is_not_another_attempt(tmp_path: Path) -> None:
    plan, log = plan_at(tmp_path), tmp_path / "log"
    for _ in range(3):
        append(log, packet_entry(plan, "sha256:" + "1" * 64), lambda keyid: private())
    proof = checked_proof(plan, trusting(), log=log)
    assert proof is not None
    assert proof.attempts == 1


def test_a_clock_that_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The signer's own time, and the keeper's, are years before the episodes; neither counts."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    plan, log = plan_at(tmp_path), tmp_path / "log"
    freeze = freeze_at(tmp_path)
    logged(log, plan)
    assert read_log(log).entries[0].content.claimed_at.startswith("2001")
    proof = checked_proof(plan, trusting(None, AUTHOR_KEY), freeze=freeze, log=log)
    assert proof is not None
    assert proof.at is None
    assert precedence_of(proof, FAR_AHEAD).precedence == "declared"


def test_a_freeze_made_after_the_scores(tmp_path: Path) -> None:
    tsa, plan = Tsa(), plan_at(tmp_path)
    proof = checked_proof(plan, trusting(tsa), freeze=freeze_at(tmp_path, stamp=tsa.timestamp))
    assert precedence_of(proof, LONG_AGO).precedence == "not_shown"


def test_a_plan_edited_after_the_scores(tmp_path: Path) -> None:
    """Its digest, its cells and even its seed are made to agree: it still is another plan than the frozen one."""
    tsa = Tsa()
    plan_at(tmp_path)
    freeze = freeze_at(tmp_path, stamp=tsa.timestamp)
    for edited in (plan_at(tmp_path, 4321, "other.json"), plan_at(tmp_path, 1234, "fewer.json", episodes=2)):
        with pytest.raises(PlanError) as caught:
            checked_proof(edited, trusting(tsa), freeze=freeze)
        assert code_of(caught.value) == "plan_freeze.other_plan"


def test_a_digest_computed_again_is_another_digest(tmp_path: Path) -> None:
    """What no seed gives can be edited so that the plan holds in itself; its freeze still knows better."""
    plan_at(tmp_path)
    opened = load_freeze(freeze_at(tmp_path), trusting())
    value = json.loads((tmp_path / "plan.json").read_bytes())
    value["missing_evidence_questions"] = []
    del value["digest"]
    value["digest"] = digest.of_value(value)
    (tmp_path / "plan.json").write_text(json.dumps(value))
    edited = load_plan(tmp_path / "plan.json").plan
    assert refused(lambda: require_same_plan(opened, edited, file="f")) == "plan_freeze.other_plan"


def test_a_key_found_for_a_signature_that_was_stamped_long_ago(tmp_path: Path) -> None:
    """Duplicate signature key selection: for a known ECDSA signature there is a key under which it signs anything.

    Whoever knows the nonce of a stamped signature solves s = (h + r d) / k for d, with the h of a plan made today. A
    stamp over the raw signature would then date that plan back; over the file it does not.
    """
    tsa = Tsa()
    plan_at(tmp_path)
    old = freeze_at(tmp_path, key=P256_KEY, stamp=tsa.timestamp)
    signature = base64.b64decode(json.loads(old.read_bytes())["signatures"][0]["sig"])
    payload = base64.b64decode(json.loads(old.read_bytes())["payload"])
    today = payload.replace(b'"cells":12', b'"cells":99')
    assert today != payload
    forger = _key_for(signature, pae(payload), pae(today))
    spki = _spki(forger)
    forged = envelope(today, P256_KEY)
    forged["signatures"] = [
        {
            "keyid": hashlib.sha256(spki).hexdigest(),
            "sig": base64.b64encode(signature).decode(),
            "public_key": base64.b64encode(spki).decode(),
        }
    ]
    old.write_bytes(json.dumps(forged).encode())
    with pytest.raises(SignatureError) as caught:
        load_freeze(old, trusting(tsa))
    assert caught.value.code == "signature.timestamp"
    (tmp_path / "plan.tsr").unlink()
    assert load_freeze(old, trusting(tsa)).at is None  # The forged signature itself is good.


def _key_for(signature: bytes, signed: bytes, wanted: bytes) -> ec.EllipticCurvePrivateKey:
    r, s = decode_dss_signature(signature)
    secret = P256_KEY.private
    assert isinstance(secret, ec.EllipticCurvePrivateKey)
    d = secret.private_numbers().private_value
    hashed, other = (int.from_bytes(hashlib.sha256(data).digest()) for data in (signed, wanted))
    nonce = (hashed + r * d) * pow(s, -1, P256_ORDER)
    return ec.derive_private_key((s * nonce - other) * pow(r, -1, P256_ORDER) % P256_ORDER, ec.SECP256R1())


def _spki(key: ec.EllipticCurvePrivateKey) -> bytes:
    from worldflux.signing.keys import PrivateKey

    return PrivateKey.of(key).public.spki


def _edited(field: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda proof: proof.update({field: value})


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (_edited("index", 1), "plan_log.proof"),
        (_edited("hashes", []), "plan_log.proof"),
        (lambda proof: proof["hashes"].reverse(), "plan_log.proof"),
        (lambda proof: proof.update(entry=proof["entry"].replace("attempt", "plan")), "plan_log.proof"),
        (lambda proof: proof.update(checkpoint=proof["checkpoint"].replace("\n5\n", "\n6\n")), "plan_log.signature"),
        (lambda proof: proof["consistency"].update(hashes=[]), "plan_log.proof"),
        (lambda proof: proof["consistency"]["hashes"].reverse(), "plan_log.proof"),
        (lambda proof: proof["consistency"].update(checkpoint=proof["checkpoint"]), "plan_log.proof"),
        (_edited("origin", "another"), "plan_log.other_log"),
        (lambda proof: proof["key"].update(keyid="0" * 64), "plan_log.key"),
    ],
)
def test_a_proof_edited(tmp_path: Path, edit: Callable[[dict[str, Any]], None], expected: str) -> None:
    log = log_of(tmp_path, 5)
    proof = json.loads(document.dump(proofs.prove(log, 2, older=log.checkpoints[2].note)))
    edit(proof)
    loaded = document.parse(json.dumps(proof).encode(), LogProof).document
    assert refused(lambda: proofs.checked(loaded, file="proof.json")) == expected


def test_an_entry_of_no_known_kind(tmp_path: Path) -> None:
    """A keeper may sign anything; what cannot be read as an entry is refused, not passed over."""
    log = tmp_path / "log"
    read = log_of(tmp_path, 1)
    rewritten(log, [read.entries[0].line, b'{"kind": "forgotten"}'])
    with pytest.raises(InputError) as caught:
        verified(log)
    assert caught.value.code == "document.invalid"


@pytest.mark.parametrize("place", ["plan-log/entries.jsonl", "plan-log/plan_log.json", "plan.json"])
def test_a_proof_written_over_the_log_that_it_is_of(tmp_path: Path, place: str) -> None:
    logged(tmp_path / "plan-log", plan_at(tmp_path))
    before = (tmp_path / place).read_bytes()
    with inside(tmp_path):
        refused = worldflux("plan-log prove 0 --output", place)
    assert (refused.code, "output.exists" in refused.err) == (2, True)
    assert (tmp_path / place).read_bytes() == before
