"""Plan logs: trees as in RFC 6962, checkpoints as signed notes, entries that stay."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from tests.local_sigstore.tsa import Tsa
from tests.tampering import AUTHOR_KEY, P256_KEY, STRANGER
from tests.worldflux.portfolio.packeting import packet_from, plan_in, whole_evidence
from tests.worldflux.portfolio.proving import code_of, log_of, logged, packet_entry, plan_at, private, trusting
from worldbase import document
from worldbase.errors import InputError, StorageError, UsageError
from worldflux.documents.plan_log import LogEntry, LogProof
from worldflux.errors import PlanError
from worldflux.portfolio.log import folder as folder_of_log
from worldflux.portfolio.log import merkle, notes, proofs, verifying
from worldflux.portfolio.log.appending import append
from worldflux.portfolio.log.counts import attempts_at, by_policy_and_probe, plans_like
from worldflux.portfolio.log.entries import entry_of_file, entry_of_plan
from worldflux.portfolio.log.folder import read_log
from worldflux.portfolio.log.notes import Checkpoint
from worldflux.signing.keys import public_key_from_spki

# The reference values of Certificate Transparency for RFC 6962: eight leaves, and the roots of the first 1 to 8.
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PATH_OF_5_IN_8 = [
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
]
FROM_3_TO_8 = [
    "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7",
    "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
]
# The example of C2SP signed-note, which its first implementation is tested with.
EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"


def reference() -> list[bytes]:
    return [merkle.leaf_hash(bytes.fromhex(text)) for text in LEAVES]


def test_the_empty_tree() -> None:
    assert merkle.root([]) == hashlib.sha256().digest()


def test_roots_of_the_reference_tree() -> None:
    assert [root.hex() for root in merkle.roots(reference())] == ROOTS
    assert [merkle.root(reference()[:size]).hex() for size in range(1, 9)] == ROOTS


def test_proofs_of_the_reference_tree() -> None:
    assert [one.hex() for one in merkle.inclusion(reference(), 5)] == PATH_OF_5_IN_8
    assert [one.hex() for one in merkle.consistency(reference(), 3)] == FROM_3_TO_8


def test_the_key_id_of_a_note_is_that_of_the_specification() -> None:
    name, key_id, key = EXAMPLE_KEY.split("+")
    point = base64.b64decode(key)
    assert point[:1] == b"\x01"
    known = public_key_from_spki(bytes.fromhex("302a300506032b6570032100") + point[1:], file="")
    assert notes.key_id(name, known).hex() == key_id


def test_a_checkpoint_is_read_as_it_was_signed() -> None:
    checkpoint = Checkpoint("example.com/log", 12, bytes(range(32)))
    note = notes.signed(checkpoint, private())
    lines = note.decode().split("\n")
    assert lines[:4] == ["example.com/log", "12", base64.b64encode(bytes(range(32))).decode(), ""]
    assert lines[4].startswith("\N{EM DASH} example.com/log ")
    assert notes.opened(note, origin="example.com/log", key=private().public, file="") == checkpoint


def test_signatures_of_unknown_keys_are_ignored() -> None:
    note = notes.signed(Checkpoint("a", 1, bytes(32)), private())
    witness = notes.signed(Checkpoint("witness", 1, bytes(32)), private(STRANGER)).split(b"\n\n")[1]
    assert notes.opened(note + witness, origin="a", key=private().public, file="").size == 1


@pytest.mark.parametrize("size", ["0", "01", "-1", "1.0", "99999999", "\N{ARABIC-INDIC DIGIT ONE}"])
def test_a_size_has_one_spelling(size: str) -> None:
    note = notes.signed(Checkpoint("a", 1, bytes(32)), private()).replace(b"\n1\n", f"\n{size}\n".encode())
    with pytest.raises(PlanError) as caught:
        notes.opened(note, origin="a", key=private().public, file="")
    assert code_of(caught.value) == "plan_log.checkpoint"


def test_a_log_begins_with_its_first_entry(tmp_path: Path) -> None:
    plan = plan_at(tmp_path)
    added = logged(tmp_path / "log", plan)
    log = read_log(tmp_path / "log")
    assert (added.index, added.is_new, added.stamped, added.checkpoint.size) == (0, True, False, 1)
    assert log.header.key.keyid == AUTHOR_KEY.keyid
    (entry,) = log.entries
    assert (entry.content.kind, entry.content.plan, entry.content.policy_id) == ("plan", plan.digest, "a_policy")
    assert entry.content.probes == ["customer-tabletop"]
    assert log.newest.checkpoint.root == merkle.leaf_hash(entry.line)


def test_a_plan_is_logged_once_and_an_attempt_each_time(tmp_path: Path) -> None:
    plan, log = plan_at(tmp_path), tmp_path / "log"
    assert [logged(log, plan).index for _ in range(2)] == [0, 0]
    assert [logged(log, plan, "attempt").index for _ in range(2)] == [1, 2]
    before = (log / "entries.jsonl").read_bytes()
    assert not logged(log, plan).is_new
    assert (log / "entries.jsonl").read_bytes() == before


def test_writers_take_turns(tmp_path: Path) -> None:
    plan, log = plan_at(tmp_path), tmp_path / "log"
    with ThreadPoolExecutor(6) as pool:
        added = list(pool.map(lambda _: logged(log, plan, "attempt").index, range(12)))
    assert sorted(added) == list(range(12))
    read = read_log(log)
    assert ([kept.checkpoint.size for kept in read.checkpoints], read.unsigned) == (list(range(1, 13)), 0)


def test_a_log_keeps_its_key(tmp_path: Path) -> None:
    log_of(tmp_path, 1)
    with pytest.raises(PlanError) as caught:
        logged(tmp_path / "log", plan_at(tmp_path, 2, "other.json"), key=STRANGER)
    assert code_of(caught.value) == "plan_log.other_key"
    assert len(read_log(tmp_path / "log").entries) == 1


def test_a_log_takes_keys_that_notes_know(tmp_path: Path) -> None:
    with pytest.raises(PlanError) as caught:
        logged(tmp_path / "log", plan_at(tmp_path), key=P256_KEY)
    assert code_of(caught.value) == "plan_log.key"


def test_a_stamp_that_fails_changes_nothing(tmp_path: Path) -> None:
    def fails(data: bytes) -> bytes:
        raise StorageError("down", code="http.status")

    log_of(tmp_path, 1)
    before = {path: path.read_bytes() for path in (tmp_path / "log").rglob("*.*") if path.is_file()}
    with pytest.raises(StorageError):
        logged(tmp_path / "log", plan_at(tmp_path, 2, "other.json"), stamp=fails)
    assert {path: path.read_bytes() for path in (tmp_path / "log").rglob("*.*") if path.is_file()} == before


def test_a_writer_that_was_killed_before_the_checkpoint(tmp_path: Path) -> None:
    """Its line is no entry; the next writer takes it away."""
    log_of(tmp_path, 2)
    entries = tmp_path / "log" / "entries.jsonl"
    whole = entries.read_bytes()
    entries.write_bytes(whole + whole.splitlines(keepends=True)[0])
    assert (len(read_log(tmp_path / "log").entries), read_log(tmp_path / "log").unsigned) == (2, 1)
    verifying.verify(tmp_path / "log", trusting(), state=False)
    logged(tmp_path / "log", plan_at(tmp_path, 2, "other.json"))
    log = read_log(tmp_path / "log")
    assert ([entry.content.kind for entry in log.entries], log.unsigned) == (["attempt", "attempt", "plan"], 0)


def test_a_writer_that_was_killed_in_the_middle_of_the_first_entry(tmp_path: Path) -> None:
    plan, log = plan_at(tmp_path), tmp_path / "log"
    logged(log, plan)
    (log / "checkpoints" / "0000001.note").unlink()
    with pytest.raises(PlanError) as caught:
        verifying.verify(log, trusting(), state=False)
    assert code_of(caught.value) == "plan_log.empty"
    assert logged(log, plan).index == 0


def test_lines_whose_checkpoints_are_gone_are_not_thrown_away(tmp_path: Path) -> None:
    log_of(tmp_path, 3)
    for note in (tmp_path / "log" / "checkpoints").iterdir():
        note.unlink()
    with pytest.raises(PlanError) as caught:
        logged(tmp_path / "log", plan_at(tmp_path, 2, "other.json"))
    assert code_of(caught.value) == "plan_log.unsigned"
    assert (tmp_path / "log" / "entries.jsonl").read_bytes().count(b"\n") == 3


def test_no_log(tmp_path: Path) -> None:
    with pytest.raises(PlanError) as caught:
        read_log(tmp_path)
    assert code_of(caught.value) == "plan_log.missing"


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    log_of(tmp_path, 1)
    (tmp_path / "log" / "entries.jsonl").unlink()
    os.mkfifo(tmp_path / "log" / "entries.jsonl")
    with pytest.raises(InputError, match="not a regular file"):
        read_log(tmp_path / "log")


def test_an_entry_is_proven_to_somebody_without_the_log(tmp_path: Path) -> None:
    log = log_of(tmp_path, 5)
    older = log.checkpoints[1]
    for index in range(5):
        proof = proofs.prove(log, index, older=older.note)
        again = document.parse(document.dump(proof), LogProof).document
        proven = proofs.checked(again, file="proof.json", key=log.key)
        assert (proven.index, proven.entry) == (index, log.entries[index].content)
        assert (proven.checkpoint.checkpoint.size, proven.older) == (5, older.checkpoint)


def test_entries_are_found_by_number_and_by_digest(tmp_path: Path) -> None:
    plan, log = plan_at(tmp_path), tmp_path / "log"
    logged(log, plan)
    append(log, packet_entry(plan, "sha256:" + "1" * 64), lambda keyid: private())
    read = read_log(log)
    assert [proofs.found(read, text) for text in ("0", "1", plan.digest, "sha256:" + "1" * 64)] == [0, 1, 0, 1]
    for text in ("2", "-1", "sha256:" + "2" * 64, "", "plan.json"):
        with pytest.raises(PlanError) as caught:
            proofs.found(read, text)
        assert code_of(caught.value) == "plan_log.not_found"


def test_the_earliest_stamped_checkpoint_is_proven_with(tmp_path: Path) -> None:
    tsa, plan, log = Tsa(), plan_at(tmp_path), tmp_path / "log"
    logged(log, plan)
    logged(log, plan, "attempt", stamp=tsa.timestamp)
    logged(log, plan, "attempt")
    proof = proofs.prove(read_log(log), 0)
    proven = proofs.checked(proof, file="proof.json")
    assert proven.checkpoint.checkpoint.size == 2
    assert verifying.time_of(proven.checkpoint, trusting(tsa)) is not None
    assert verifying.time_of(proven.checkpoint, trusting(Tsa())) is None


def test_a_witness_is_an_authority_that_the_reader_trusts(tmp_path: Path) -> None:
    tsa, plan, log = Tsa(), plan_at(tmp_path), tmp_path / "log"
    logged(log, plan, stamp=tsa.timestamp)
    assert verifying.verify(log, trusting(tsa), state=False).witnessed.witness == "tsa"
    assert verifying.verify(log, trusting(), state=False).witnessed.witness == "none"
    logged(log, plan, "attempt")
    seen = verifying.verify(log, trusting(tsa), state=False).witnessed
    assert (seen.witness, seen.size) == ("none", 1)


def test_what_was_seen_once_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLDFLUX_HOME", str(tmp_path / "home"))
    log_of(tmp_path, 2)
    assert verifying.verify(tmp_path / "log", trusting()).compared == ()
    assert verifying.verify(tmp_path / "log", trusting()).compared == ((verifying.SEEN, 2),)
    assert verifying.verify(tmp_path / "log", trusting(), state=False).compared == ()


def counted(*entries: LogEntry) -> list[tuple[str, str, int, int]]:
    return [(one.policy_id, one.probe, one.plans, one.attempts) for one in by_policy_and_probe(entries)]


def test_counts_are_per_policy_and_probe(tmp_path: Path) -> None:
    first, second = plan_at(tmp_path), plan_at(tmp_path, 2, "second.json")
    one, two = entry_of_plan(first, "plan"), entry_of_plan(second, "plan")
    other = msgspec.structs.replace(two, policy_id="another", probes=["libero-pro", "customer-tabletop"])
    packets = [packet_entry(first, f"sha256:{number:064x}") for number in range(3)]
    assert counted(one, two, *packets) == [("a_policy", "customer-tabletop", 2, 3)]
    assert counted(one, other, entry_of_plan(second, "attempt")) == [
        ("a_policy", "customer-tabletop", 2, 1),
        ("another", "libero-pro", 1, 1),
        ("another", "customer-tabletop", 1, 1),
    ]
    assert plans_like([one, two, other], "a_policy", ["customer-tabletop"]) == 2
    assert plans_like([one, two, other], "a_policy", ["libero-pro"]) == 0


def test_an_attempt_and_its_packet_are_one(tmp_path: Path) -> None:
    plan = plan_at(tmp_path)
    begun = entry_of_plan(plan, "attempt")
    packets = [packet_entry(plan, f"sha256:{number:064x}") for number in (1, 1, 2)]
    assert attempts_at([begun, packets[0]]) == {plan.digest: 1}
    assert attempts_at([begun, begun, begun, packets[0]]) == {plan.digest: 3}
    assert attempts_at([begun, *packets]) == {plan.digest: 2}


@pytest.fixture
def packet(tmp_path: Path) -> Path:
    plan = plan_in(tmp_path / "planned")
    path = tmp_path / "packet.json"
    path.write_bytes(document.dump(packet_from(plan, whole_evidence(plan, tmp_path))))
    return path


def test_the_entry_of_a_packet(packet: Path) -> None:
    entry = entry_of_file(packet)
    value = json.loads(packet.read_bytes())
    assert (entry.kind, entry.packet, entry.plan) == ("packet", value["digest"], value["plan"]["digest"])
    assert (entry.policy_id, entry.probes) == ("a_policy", ["libero-pro", "libero-plus"])
    assert entry_of_file(packet.parent / "planned" / "plan.json").plan == entry.plan


def test_an_edited_packet_is_not_logged(packet: Path) -> None:
    value = json.loads(packet.read_bytes()) | {"use_case": "another"}
    packet.write_text(json.dumps(value))
    with pytest.raises(PlanError) as caught:
        entry_of_file(packet)
    assert code_of(caught.value) == "plan_log.packet"


def test_a_packet_is_no_attempt(packet: Path) -> None:
    with pytest.raises(UsageError, match="an attempt is of a plan"):
        entry_of_file(packet, attempt=True)


def test_a_long_log_is_read_in_no_time(tmp_path: Path) -> None:
    """A thousand checkpoints over a thousand entries are one walk, not a thousand."""
    log = log_of(tmp_path, 1)
    line = log.entries[0].line
    lines = [line] * 3000
    (tmp_path / "log" / "entries.jsonl").write_bytes(b"".join(one + b"\n" for one in lines))
    for size, root in enumerate(merkle.roots(map(merkle.leaf_hash, lines)), start=1):
        note = notes.signed(Checkpoint(log.header.origin, size, root), private())
        (tmp_path / "log" / folder_of_log.note_name(size)).write_bytes(note)
    assert len(read_log(tmp_path / "log").checkpoints) == 3000
