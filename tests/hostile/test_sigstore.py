"""Attacks on Sigstore bundles: each has exactly one part wrong."""

from __future__ import annotations

import base64
import copy
import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.local_sigstore import LocalSigstore
from tests.local_sigstore.certificates import new_key
from tests.local_sigstore.forging import STATEMENT, forged, signature_of, written
from tests.local_sigstore.fulcio import ISSUER, ISSUER_AS_TEXT, Wanted
from tests.local_sigstore.rekor import Version
from tests.local_sigstore.tsa import Tsa
from worldbase.errors import WorldError
from worldflux.errors import SignatureError
from worldflux.signing.builtin.sigstore import open_bundle, verify_bundle
from worldflux.signing.contract import OpenedSeal

Bundle = dict[str, Any]
HOUR = dt.timedelta(hours=1)
ALICE, OTHER = "alice@example.test", "https://issuer.test"
FILE = "author.sigstore.json"
OTHER_STATEMENT = STATEMENT.replace(b"supported", b"undecided")

# One service for each version of the log: what these tests do to bundles leaves it as it is.
SERVICES = {1: LocalSigstore(1), 2: LocalSigstore(2)}
BOTH = pytest.mark.parametrize("version", [1, 2])
# Made on first use, so that collecting the tests starts no `openssl`.
_MADE: dict[tuple[Version, bytes], Bundle] = {}


def bundle(version: Version, payload: bytes = STATEMENT) -> Bundle:
    """A good bundle, to be spoilt."""
    if (version, payload) not in _MADE:
        _MADE[version, payload] = forged(SERVICES[version], payload)
    return copy.deepcopy(_MADE[version, payload])


def opened(data: bytes, sigstore: LocalSigstore) -> OpenedSeal:
    return open_bundle(data, file=FILE, trusted_root=sigstore.trusted_root())


def refusal(bundle: Bundle, sigstore: LocalSigstore) -> str:
    with pytest.raises(SignatureError) as caught:
        opened(written(bundle), sigstore)
    assert caught.value.code in {"signature.bundle", "signature.bundle_spelling"}
    assert caught.value.exit_code == 15
    assert "\n" not in caught.value.message
    return caught.value.message


def entry_of(bundle: Bundle) -> dict[str, Any]:
    (entry,) = bundle["verificationMaterial"]["tlogEntries"]
    assert isinstance(entry, dict)
    return entry


@BOTH
def test_the_unspoilt_bundle_opens(version: Version) -> None:
    assert opened(written(bundle(version)), SERVICES[version]).payload == STATEMENT


# Who


@BOTH
@pytest.mark.parametrize(
    ("identity", "issuer"),
    [
        ("mallory@example.test", OTHER),
        (ALICE, "https://evil.test"),
        ("Alice@example.test", OTHER),
        ("alice@example.test ", OTHER),
        ("alice@example.test.", OTHER),
        ("\N{CYRILLIC SMALL LETTER A}lice@example.test", OTHER),
        ("alice@example", OTHER),
        (".*", OTHER),
        (ALICE, "https://issuer.test/"),
        (ALICE, "https://issuer.test.evil.test"),
        (ALICE, "http://issuer.test"),
        (ALICE, ""),
        ("", OTHER),
    ],
)
def test_a_signer_who_looks_like_another(version: Version, identity: str, issuer: str) -> None:
    sigstore = SERVICES[version]
    with pytest.raises(SignatureError) as caught:
        verify_bundle(written(bundle(version)), trusted_root=sigstore.trusted_root(), identity=identity, issuer=issuer)
    assert caught.value.code == "signature.identity"


@BOTH
def test_the_signer_who_was_expected(version: Version) -> None:
    sigstore = SERVICES[version]
    who = verify_bundle(
        written(bundle(version)), trusted_root=sigstore.trusted_root(), identity=ALICE, issuer="https://issuer.test"
    )
    assert who.identity == ALICE


@BOTH
@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (Wanted(names=(x509.RFC822Name(ALICE), x509.RFC822Name("bob@example.test"))), "names 2 identities"),
        (Wanted(names=(x509.DNSName("example.test"),)), "no e-mail address"),
        (Wanted(names=(x509.OtherName(x509.ObjectIdentifier("1.2.3"), b"\x0c\x05alice"),)), "no e-mail address"),
        (Wanted(issuer=None), "names 0 issuers"),
        (Wanted(claims={ISSUER: "https://evil.test"}), "names 2 issuers"),
        (Wanted(issuer="https://issuer.test\u202e"), "no URL"),
        (Wanted(for_code=False), "code signing"),
    ],
)
def test_a_certificate_that_names_nobody_for_certain(version: Version, wanted: Wanted, reason: str) -> None:
    sigstore = SERVICES[version]
    assert reason in refusal(forged(sigstore, wanted=wanted), sigstore)


def test_a_certificate_of_an_older_service_names_its_issuer_once() -> None:
    sigstore = LocalSigstore(1)
    text = Wanted(issuer=None, claims={ISSUER: "https://issuer.test"})
    assert opened(written(forged(sigstore, wanted=text)), sigstore).signed_by[0].issuer == "https://issuer.test"
    assert ISSUER_AS_TEXT not in text.claims


@BOTH
def test_another_trusted_root(version: Version) -> None:
    refusal(bundle(version), LocalSigstore(version))


@BOTH
@pytest.mark.parametrize("part", ["tlogs", "certificateAuthorities", "ctlogs", "timestampAuthorities"])
def test_a_trusted_root_that_differs_in_one_service(version: Version, part: str) -> None:
    sigstore, stranger = SERVICES[version], LocalSigstore(version)
    root = sigstore.trusted_root_document() | {part: stranger.trusted_root_document()[part]}
    data, document = written(bundle(version)), json.dumps(root).encode()
    if (version, part) == (1, "timestampAuthorities"):
        assert open_bundle(data, file=FILE, trusted_root=document).signed_by[0].time_source == "rekor"
        return
    with pytest.raises(SignatureError):
        open_bundle(data, file=FILE, trusted_root=document)


# When


@BOTH
@pytest.mark.parametrize("age", [HOUR, -HOUR])
def test_a_certificate_that_was_not_valid_when_it_was_used(version: Version, age: dt.timedelta) -> None:
    sigstore = SERVICES[version]
    assert "not valid at validation time" in refusal(forged(sigstore, wanted=Wanted(age=age)), sigstore)


@BOTH
def test_a_certificate_that_no_log_has_seen(version: Version) -> None:
    sigstore = SERVICES[version]
    assert "signed certificate timestamp" in refusal(forged(sigstore, wanted=Wanted(is_seen=False)), sigstore)


def test_a_log_entry_of_another_time() -> None:
    spoilt = bundle(1)
    entry_of(spoilt)["integratedTime"] = str(int(entry_of(spoilt)["integratedTime"]) - 1)
    assert "inclusion promise" in refusal(spoilt, SERVICES[1])


def test_a_log_entry_without_its_promise() -> None:
    spoilt = bundle(1)
    del entry_of(spoilt)["inclusionPromise"]
    assert "inclusion promise" in refusal(spoilt, SERVICES[1])


def test_no_time_stamp_where_the_log_states_no_time() -> None:
    spoilt = bundle(2)
    del spoilt["verificationMaterial"]["timestampVerificationData"]
    assert "timestamp" in refusal(spoilt, SERVICES[2])


def test_a_time_that_the_second_version_of_the_log_does_not_state() -> None:
    sigstore = SERVICES[2]
    spoilt = forged(sigstore, timestamps=[])
    body = base64.b64decode(entry_of(spoilt)["canonicalizedBody"])
    entry_of(spoilt).update(sigstore.rekor.promise(body, int(entry_of(spoilt)["logIndex"]), 2_000_000_000))
    assert "Integrated time only supported" in refusal(spoilt, sigstore)


@pytest.mark.parametrize(
    ("stamps", "reason"),
    [
        (lambda tsa, signature: [Tsa().timestamp(signature)], "verified time"),
        (lambda tsa, signature: [tsa.timestamp(b"another signature")], "verified time"),
        (lambda tsa, signature: [tsa.timestamp(signature)] * 2, "duplicate"),
        (lambda tsa, signature: [tsa.timestamp(signature) + b"0"], "Invalid Timestamp"),
        (lambda tsa, signature: [b""], "Invalid Timestamp"),
        (lambda tsa, signature: [tsa.timestamp(signature)[:50]], "Invalid Timestamp"),
        (lambda tsa, signature: [], "timestamp"),
    ],
)
def test_a_time_stamp_that_does_not_count(stamps: Callable[[Tsa, bytes], list[bytes]], reason: str) -> None:
    sigstore, spoilt = SERVICES[2], bundle(2)
    made = [
        {"signedTimestamp": base64.b64encode(stamp).decode()} for stamp in stamps(sigstore.tsa, signature_of(spoilt))
    ]
    spoilt["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"] = made
    assert reason in refusal(spoilt, sigstore)


@pytest.mark.parametrize(
    ("valid", "source"),
    [
        ({"start": "2020-01-01T00:00:00Z", "end": "2021-01-01T00:00:00Z"}, "rekor"),
        ({"start": "2099-01-01T00:00:00Z"}, "rekor"),
        ({"start": "2020-01-01T00:00:00Z", "end": "2099-01-01T00:00:00Z"}, "rfc3161"),
    ],
)
def test_an_authority_that_the_root_trusts_for_another_time(valid: dict[str, str], source: str) -> None:
    sigstore, stamped = SERVICES[1], bundle(1)
    stamp = base64.b64encode(sigstore.tsa.timestamp(signature_of(stamped))).decode()
    stamped["verificationMaterial"]["timestampVerificationData"] = {"rfc3161Timestamps": [{"signedTimestamp": stamp}]}
    root = sigstore.trusted_root_document()
    root["timestampAuthorities"][0]["validFor"] = valid
    seal = open_bundle(written(stamped), file=FILE, trusted_root=json.dumps(root).encode())
    assert seal.signed_by[0].time_source == source


def test_a_stamp_of_a_stranger_beside_a_good_one_says_nothing() -> None:
    """Only the good one has a time, wherever it stands in the list."""
    sigstore = SERVICES[2]
    good = bundle(2)
    stamps = good["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"]
    stranger = {"signedTimestamp": base64.b64encode(Tsa().timestamp(signature_of(good))).decode()}
    time = opened(written(good), sigstore).signed_by[0].trusted_time
    stamps.insert(0, stranger)
    assert opened(written(good), sigstore).signed_by[0].trusted_time == time


def test_an_authority_that_had_expired() -> None:
    sigstore = LocalSigstore(2, tsa=Tsa(expired=True))
    assert "verified time" in refusal(forged(sigstore), sigstore)


# What


@BOTH
def test_a_changed_payload(version: Version) -> None:
    spoilt = bundle(version)
    spoilt["dsseEnvelope"]["payload"] = base64.b64encode(OTHER_STATEMENT).decode()
    assert "invalid signature" in refusal(spoilt, SERVICES[version])


@BOTH
def test_a_changed_payload_type(version: Version) -> None:
    spoilt = bundle(version)
    spoilt["dsseEnvelope"]["payloadType"] = "text/plain"
    assert "invalid signature" in refusal(spoilt, SERVICES[version])


@BOTH
def test_another_payload_type_is_handed_on_as_it_is(version: Version) -> None:
    """Who opens a bundle has to look at it; what verifies bundles over artifacts does."""
    sigstore = SERVICES[version]
    odd = written(forged(sigstore, payload_type="text/plain"))
    assert opened(odd, sigstore).payload_type == "text/plain"
    with pytest.raises(SignatureError, match="no in-toto Statement"):
        verify_bundle(odd, trusted_root=sigstore.trusted_root(), identity=ALICE, issuer="https://issuer.test")


@BOTH
@pytest.mark.parametrize(
    "path",
    [
        ("dsseEnvelope",),
        ("dsseEnvelope", "signatures"),
        ("verificationMaterial", "certificate"),
        ("verificationMaterial", "tlogEntries"),
        ("verificationMaterial", "tlogEntries", 0, "canonicalizedBody"),
        ("verificationMaterial", "tlogEntries", 0, "inclusionProof"),
        ("verificationMaterial", "tlogEntries", 0, "logIndex"),
    ],
    ids=lambda path: str(path[-1]),
)
def test_a_part_of_another_bundle(version: Version, path: tuple[str | int, ...]) -> None:
    spoilt = bundle(version)
    place: Any = spoilt
    source: Any = bundle(version, OTHER_STATEMENT)
    for token in path[:-1]:
        place, source = place[token], source[token]
    place[path[-1]] = source[path[-1]]
    if path[-1] == "logIndex" and version == 2:
        # Only the index in the proof is proved; version 2 states no other.
        assert opened(written(spoilt), SERVICES[2]).payload == STATEMENT
        return
    refusal(spoilt, SERVICES[version])


@BOTH
def test_a_key_that_is_not_certified(version: Version) -> None:
    sigstore = SERVICES[version]
    assert "invalid signature" in refusal(forged(sigstore, certified=new_key()), sigstore)


@BOTH
def test_two_signatures(version: Version) -> None:
    spoilt = bundle(version)
    spoilt["dsseEnvelope"]["signatures"] *= 2
    assert "one signature" in refusal(spoilt, SERVICES[version])


# Where


@BOTH
@pytest.mark.parametrize("part", ["inclusionProof", "canonicalizedBody", "logId", "kindVersion"])
def test_a_log_entry_that_lacks_something(version: Version, part: str) -> None:
    spoilt = bundle(version)
    del entry_of(spoilt)[part]
    refusal(spoilt, SERVICES[version])


@BOTH
@pytest.mark.parametrize("part", ["checkpoint", "rootHash"])
def test_a_proof_that_lacks_something(version: Version, part: str) -> None:
    spoilt = bundle(version)
    del entry_of(spoilt)["inclusionProof"][part]
    refusal(spoilt, SERVICES[version])


@BOTH
def test_a_tree_that_nobody_signed(version: Version) -> None:
    spoilt = bundle(version)
    proof = entry_of(spoilt)["inclusionProof"]
    stranger = LocalSigstore(version).rekor
    root = base64.b64decode(proof["rootHash"])
    proof["checkpoint"]["envelope"] = stranger.checkpoint(int(proof["treeSize"]), root)
    assert "checkpoint" in refusal(spoilt, SERVICES[version])


@BOTH
@pytest.mark.parametrize("count", [0, 2])
def test_any_other_number_of_entries_than_one(version: Version, count: int) -> None:
    spoilt = bundle(version)
    spoilt["verificationMaterial"]["tlogEntries"] *= count
    assert "one log entry" in refusal(spoilt, SERVICES[version])


@pytest.mark.parametrize("kind", ["intoto", "hashedrekord", "rekord"])
def test_an_entry_of_another_kind(kind: str) -> None:
    spoilt = bundle(1)
    entry_of(spoilt)["kindVersion"]["kind"] = kind
    refusal(spoilt, SERVICES[1])


# How it is written


@BOTH
def test_a_field_that_comes_twice(version: Version) -> None:
    data = written(bundle(version)).replace(b'{"payload"', b'{"payload": "", "payload"')
    with pytest.raises(WorldError) as caught:
        opened(data, SERVICES[version])
    assert caught.value.code == "json.duplicate_key"


@BOTH
def test_a_field_that_nobody_knows(version: Version) -> None:
    refusal(bundle(version) | {"comment": "read me"}, SERVICES[version])


@BOTH
@pytest.mark.parametrize(
    "change", [lambda text: text + "\n", lambda text: f"{text[:4]} {text[4:]}", lambda text: f"{text}===="]
)
def test_two_spellings_of_the_same_bytes(version: Version, change: Callable[[str], str]) -> None:
    """The library skips what is no base64; the signature would still be good."""
    spoilt = bundle(version)
    envelope = spoilt["dsseEnvelope"]
    envelope["payload"] = change(envelope["payload"])
    with pytest.raises(SignatureError) as caught:
        opened(written(spoilt), SERVICES[version])
    assert caught.value.code == "signature.bundle_spelling"
    assert str(caught.value.where) == f"{FILE} at /dsseEnvelope/payload"


@BOTH
@pytest.mark.parametrize(
    ("name", "other"),
    [("dsseEnvelope", "dsse_envelope"), ("payloadType", "payload_type"), ("canonicalizedBody", "canonicalized_body")],
)
def test_the_second_name_of_a_field(version: Version, name: str, other: str) -> None:
    """The library reads both; a reader who knows one would see a bundle without the field."""
    data = written(bundle(version)).replace(name.encode(), other.encode())
    with pytest.raises(SignatureError) as caught:
        opened(data, SERVICES[version])
    assert caught.value.code == "signature.bundle_spelling"


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"{}", b"\xff", b"[" * 100_000, b'"' + b"a" * 17_000_000 + b'"'])
def test_what_is_no_bundle(data: bytes) -> None:
    with pytest.raises(WorldError) as caught:
        opened(data, SERVICES[1])
    assert caught.value.code == "signature.bundle" or caught.value.code.startswith("json.")


@BOTH
@settings(deadline=None)
@given(where=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255))
def test_any_changed_byte(version: Version, where: float, byte: int) -> None:
    """It is refused, or it changes nothing that the signature is about."""
    data = written(bundle(version))
    at = int(where * len(data))
    try:
        seal = opened(data[:at] + bytes([byte]) + data[at + 1 :], SERVICES[version])
    except WorldError:
        return
    assert seal == opened(data, SERVICES[version])


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**70)
    | st.text(max_size=5)
    | st.sampled_from(["MA==", "AAAA", "-1"]),
    lambda children: st.lists(children, max_size=2) | st.dictionaries(st.text(max_size=3), children, max_size=2),
    max_leaves=4,
)


@BOTH
@settings(deadline=None)
@given(data=st.data(), value=JSON)
def test_any_replaced_value(version: Version, data: st.DataObject, value: object) -> None:
    """Whatever stands where something else belongs, there is an answer and no crash."""
    place: Any = bundle(version)
    spoilt = place
    while True:
        token = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if not place[token] or not isinstance(place[token], dict | list) or data.draw(st.booleans()):
            break
        place = place[token]
    place[token] = value
    try:
        seal = opened(written(spoilt), SERVICES[version])
    except WorldError:
        return
    assert seal.payload == STATEMENT
    assert seal.signed_by[0].identity == ALICE
