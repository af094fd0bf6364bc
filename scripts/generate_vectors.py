"""Write tests/vectors/: packages, good and bad, with the gate that every verifier has to name.

Each row of ``VECTORS`` is a package, what a forger did to it, and what has to come of it. All of them are made from a
few audited and signed packages with keys that everybody can derive (`tests/tampering.py`), so nobody may trust those.

Run as ``python -m scripts.generate_vectors`` from the repository; the clock is fixed, so a second run changes nothing.
"""

from __future__ import annotations

import gzip
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests import forgeries as forge
from tests.forgeries import Change, all_of, by_author, by_stranger, edited, replaced, signature, statement
from tests.tampering import (
    AUTHOR,
    AUTHOR_KEY,
    MANIFEST,
    P256_KEY,
    PUBLIC,
    REVIEWER_KEY,
    STRANGER,
    TestKey,
    edit_json,
    envelope,
    rehash,
    resign,
    trust_file,
    write_json,
)
from tests.worldflux.auditing import bench
from tests.worldflux.signed_packages import TASKS, run_of, signed, signer
from worldflux.errors import EXIT_CODES
from worldflux.package.statements import Review
from worldflux.verify.review import counter_sign, verified_for_review
from worldflux.verify.trusted import Trustees

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDER: Final = ROOT / "tests" / "vectors"
EPOCH: Final = "1795219200"  # 2026-11-21T00:00:00Z
GATES: Final = {exit_code: gate for gate, exit_code in EXIT_CODES.items()}
OTHER_DIGEST: Final = "sha256:" + "ab" * 32


@dataclass(frozen=True)
class Vector:
    """One package and what has to come of it.

    Attributes:
        name: Of the vector and of its file.
        about: What was done to it.
        exit_code: What every verifier returns.
        change: Does it.
        base: The package that it is made from.
        trusted: Name of the trust file to verify with; None for none.
        profile: Profile to verify with.
        expect: What the package has to be.
        raw: Makes the archive itself, where no packing tool would.
    """

    name: str
    about: str
    exit_code: int
    change: Change | None = None
    base: str = "signed"
    trusted: str | None = "trusted.json"
    profile: str = "local"
    expect: dict[str, str] = field(default_factory=dict)
    raw: Callable[[Path], bytes] | None = None


def author_signs(folder: Path) -> None:
    """The author signs what is there."""
    resign(folder, AUTHOR_KEY)


def stranger_signs(folder: Path) -> None:
    """Somebody else does."""
    resign(folder, STRANGER)


def first_twice(value: dict[str, Any]) -> None:
    """Put the first signature into the second one's place."""
    value["signatures"][1]["sig"] = value["signatures"][0]["sig"]


def other_author(folder: Path) -> None:
    """The author's signature of another package."""
    forge.signatures_of(folder.parent.parent / "refuted", AUTHOR)(folder)


def other_public(folder: Path) -> None:
    """The signed public view of another package."""
    forge.signatures_of(folder.parent.parent / "refuted", PUBLIC)(folder)


VECTORS: Final = (
    # Good packages.
    Vector("good", "signed with Ed25519 and nothing done to it", 0),
    Vector("good-p256", "signed with ECDSA on P-256", 0, base="p256"),
    Vector("good-reviewed", "counter-signed by a reviewer", 0, base="reviewed"),
    Vector("good-placeholder", "the protocol holds a placeholder instead of the claim's hash", 0, base="placeholder"),
    Vector("good-short-plan", "the run ended before its plan, and the e-values are recorded", 0, base="short"),
    Vector("good-refuted", "the claim is refuted", 0, base="refuted"),
    Vector("good-share", "the share profile: the episodes are withheld", 0, change=forge.share, profile="share"),
    Vector("good-whole-share", "the share profile, with nothing withheld", 0, profile="share"),
    Vector(
        "good-reordered-json",
        "the author wrote a member with other blanks and key order",
        0,
        change=by_author(forge.rewritten("audit_provenance.json")),
    ),
    Vector(
        "good-url-safe-base64",
        "the envelope uses the URL-safe alphabet",
        0,
        change=signature(forge.url_safe),
    ),
    Vector(
        "good-two-signatures",
        "author and a second trusted key signed one envelope",
        0,
        change=forge.sealed_again(AUTHOR_KEY, P256_KEY),
    ),
    # Nobody knows the signer.
    Vector("unknown-signer", "no trust file", 21, trusted=None),
    Vector("unknown-key", "signed by a stranger, no trust file", 21, change=by_stranger(), trusted=None),
    Vector(
        "no-key-at-hand",
        "the envelope carries no key and no trust file names it",
        21,
        trusted=None,
        change=signature(lambda value: value["signatures"][0].pop("public_key")),
    ),
    # Gate tree.
    Vector(
        "tree-symlink",
        "a symbolic link in the archive",
        10,
        raw=forge.adding("evidence_pkg/link.json", tarfile.SYMTYPE, "/etc/passwd"),
    ),
    Vector(
        "tree-hard-link",
        "a hard link in the archive",
        10,
        raw=forge.adding("evidence_pkg/link.json", tarfile.LNKTYPE, "evidence_pkg/claim.json"),
    ),
    Vector("tree-fifo", "a FIFO in the archive", 10, raw=forge.adding("evidence_pkg/pipe", tarfile.FIFOTYPE)),
    Vector("tree-climbing", "a name that climbs out", 10, raw=forge.adding("evidence_pkg/../../x", data=b"x")),
    Vector("tree-absolute", "an absolute name", 10, raw=forge.adding("/absolute", data=b"x")),
    Vector(
        "tree-case",
        "two names that differ in case alone",
        10,
        raw=forge.adding("evidence_pkg/CLAIM.json", data=b"{}"),
    ),
    Vector(
        "tree-nfkc",
        "two names that one file system may take for one",
        10,
        raw=forge.adding("evidence_pkg/\uff43laim.json", data=b"{}"),
    ),
    Vector("tree-twice", "one name twice", 10, raw=forge.adding("evidence_pkg/claim.json", data=b"{}")),
    Vector("tree-folder", "a folder that no package has", 10, raw=forge.adding("evidence_pkg/more/x", data=b"x")),
    Vector(
        "tree-truncated",
        "an archive that ends in the middle",
        10,
        raw=lambda folder: forge.whole(folder)[:2000],
    ),
    # Gate JSON: signed by the author, so that nothing else is wrong.
    Vector(
        "json-key-twice",
        "a key twice",
        11,
        change=by_author(
            replaced("evidence.json", '"verdict": "supported"', '"verdict": "refuted",\n  "verdict": "supported"')
        ),
    ),
    Vector(
        "json-nan",
        "a bare NaN",
        11,
        change=by_author(replaced("audit_input.json", '"duplicate": 0', '"duplicate": NaN')),
    ),
    Vector(
        "json-large-integer",
        "an integer that no double carries",
        11,
        change=by_author(replaced("audit_input.json", '"duplicate": 0', '"duplicate": 9007199254740993')),
    ),
    Vector(
        "json-overflow",
        "a number beyond the doubles",
        11,
        change=by_author(replaced("audit_input.json", '"duplicate": 0', '"duplicate": 1e999')),
    ),
    Vector(
        "json-bom",
        "a byte order mark",
        11,
        change=by_author(forge.prefixed("claim.json", b"\xef\xbb\xbf")),
    ),
    Vector(
        "json-trailing",
        "something after the document",
        11,
        change=by_author(forge.appended("protocol.json", b"{}")),
    ),
    Vector(
        "json-lone-surrogate",
        "a lone surrogate",
        11,
        change=by_author(replaced("audit_provenance.json", '"sanitiser": "', '"sanitiser": "\\ud800')),
    ),
    Vector(
        "json-deep",
        "nesting without end",
        11,
        change=by_author(forge.overwritten("audit_provenance.json", b"[" * 100_000)),
    ),
    Vector(
        "json-line-key-twice",
        "an episode that has two outcomes",
        11,
        change=by_author(forge.one_episode('"outcome":"success"', '"outcome":"failure","outcome":"success"')),
    ),
    Vector(
        "json-manifest",
        "the manifest is no JSON",
        11,
        change=forge.overwritten(MANIFEST, b"{"),
    ),
    # Gate schema.
    Vector(
        "schema-unknown-field",
        "a field that no schema has",
        12,
        change=by_author(edited("audit_input.json", lambda value: value.update(note="x"))),
    ),
    Vector(
        "schema-missing-field",
        "a field that is missing",
        12,
        change=by_author(edited("evidence.json", lambda value: value.pop("scope"))),
    ),
    Vector(
        "schema-type",
        "a text where a number belongs",
        12,
        change=by_author(edited("audit_input.json", lambda value: value.update(duplicate="0"))),
    ),
    Vector(
        "schema-version",
        "a schema version of the future",
        12,
        change=by_author(
            edited("audit_provenance.json", lambda value: value.update(schema_version="worldflux.audit_provenance.v9"))
        ),
    ),
    Vector(
        "schema-newer-rules",
        "rules of a later version",
        12,
        change=by_author(
            edited("evidence.json", lambda value: value.update(rules="v9")),
            edited("audit_provenance.json", lambda value: value["tool"].update(rules="v9")),
        ),
    ),
    Vector(
        "schema-newer-render",
        "a renderer of a later version",
        12,
        change=by_author(
            edited("evidence.json", lambda value: value.update(render="v9")),
            edited("audit_provenance.json", lambda value: value["tool"].update(render="v9")),
        ),
    ),
    Vector(
        "schema-manifest-order",
        "a manifest that is not sorted",
        12,
        change=all_of(edited(MANIFEST, lambda value: value["files"].reverse()), author_signs),
    ),
    Vector(
        "schema-sequence",
        "a sequence without what it supersedes",
        12,
        change=all_of(edited(MANIFEST, lambda value: value.update(sequence=2)), author_signs),
    ),
    Vector(
        "schema-line",
        "an episode with a field that none has",
        12,
        change=by_author(forge.one_episode('"outcome":"success"', '"outcome":"success","colour":"red"')),
    ),
    # Gate manifest.
    Vector("manifest-byte", "one byte of the episodes", 13, change=forge.other_byte(forge.EPISODES)),
    Vector(
        "manifest-byte-of-evidence",
        "one byte of the evidence",
        13,
        change=forge.other_byte("evidence.json"),
    ),
    Vector("manifest-gone", "a member is gone", 13, change=forge.removed(forge.EPISODES)),
    Vector(
        "manifest-extra",
        "a file that is not listed",
        13,
        change=forge.overwritten("notes.txt", b"x"),
    ),
    Vector("manifest-absent", "no manifest", 13, change=forge.removed(MANIFEST)),
    Vector("manifest-share-as-local", "a share under the local profile", 13, change=forge.share),
    Vector(
        "manifest-altered-share",
        "a share whose evidence was altered",
        13,
        profile="share",
        change=all_of(forge.share, forge.other_byte("evidence.json")),
    ),
    Vector(
        "manifest-share-without-evidence",
        "a share that withholds what a share shows",
        13,
        profile="share",
        change=all_of(forge.share, forge.removed("evidence.md")),
    ),
    Vector(
        "manifest-unlisted-member",
        "the author lists too little",
        13,
        change=all_of(forge.removed("failure_replay_manifest.jsonl"), rehash, author_signs),
    ),
    Vector(
        "manifest-unknown-member",
        "the author lists what no package has",
        13,
        change=all_of(forge.list_another, author_signs),
    ),
    Vector(
        "manifest-share-class",
        "the author calls the episodes fit for a share",
        13,
        change=all_of(edited(MANIFEST, forge.all_hosted), author_signs),
    ),
    # Gate signed.
    Vector("unsigned", "no signature", 14, base="unsigned"),
    Vector(
        "share-without-public-view",
        "a share whose author signed no public view",
        14,
        profile="share",
        change=all_of(forge.share, forge.removed(PUBLIC)),
    ),
    # Gate signature.
    Vector(
        "signature-bit",
        "one bit of the signature",
        15,
        change=forge.first_signature(forge.one_bit),
    ),
    Vector(
        "signature-payload",
        "another verdict in the signed payload",
        15,
        change=signature(forge.other_verdict),
    ),
    Vector(
        "signature-payload-type",
        "another payload type, not signed as such",
        15,
        change=signature(lambda value: value.update(payloadType="application/json")),
    ),
    Vector(
        "signature-other-payload-type",
        "the author signed something that is no statement",
        15,
        change=lambda folder: write_json(folder / AUTHOR, envelope(b"{}", AUTHOR_KEY, payload_type="text/plain")),
    ),
    Vector("signature-s-not-reduced", "the same signature with S + L", 15, change=signature(forge.larger_s)),
    Vector(
        "signature-small-order-key",
        "a key of small order",
        15,
        change=forge.small_order_forgery,
        trusted=None,
    ),
    Vector(
        "signature-claimed-keyid",
        "a stranger's signature under the author's key id",
        15,
        change=all_of(stranger_signs, signature(lambda value: value["signatures"][0].update(keyid=AUTHOR_KEY.keyid))),
    ),
    Vector(
        "signature-loose-base64",
        "a line break in the payload's base64",
        15,
        change=signature(lambda value: value.update(payload=value["payload"][:40] + "\n" + value["payload"][40:])),
    ),
    Vector(
        "signature-no-padding",
        "base64 without its padding",
        15,
        change=signature(lambda value: value["signatures"][0].update(sig=value["signatures"][0]["sig"].rstrip("="))),
    ),
    Vector(
        "signature-trailing-bits",
        "base64 with bits that stand for nothing",
        15,
        change=forge.first_signature(forge.trailing_bits),
    ),
    Vector(
        "signature-key-twice",
        "a key twice in the envelope",
        15,
        change=replaced(AUTHOR, "{", '{"payloadType": "x",'),
    ),
    Vector(
        "signature-no-signatures",
        "an empty list of signatures",
        15,
        change=signature(lambda value: value.update(signatures=[])),
    ),
    Vector(
        "signature-one-of-two-bad",
        "two signatures, one of them bad",
        15,
        change=all_of(
            forge.sealed_again(AUTHOR_KEY, P256_KEY),
            signature(lambda value: value["signatures"][1].update(sig=value["signatures"][0]["sig"])),
        ),
    ),
    Vector(
        "signature-truncated",
        "the envelope ends in the middle",
        15,
        change=forge.cut(AUTHOR, 200),
    ),
    Vector(
        "signature-review-as-author",
        "a reviewer's statement in the author's place",
        15,
        base="reviewed",
        change=forge.review_in_place_of_author,
    ),
    Vector(
        "signature-public-by-stranger",
        "a stranger signed what may be shown",
        15,
        change=forge.public_by(STRANGER),
    ),
    # Gate subject.
    Vector(
        "subject-rehashed",
        "a member was changed and the manifest made to agree",
        16,
        change=all_of(replaced("evidence.md", "38 of 40", "39 of 40"), rehash),
    ),
    Vector(
        "subject-other-package",
        "the signature of another package",
        16,
        change=other_author,
    ),
    Vector(
        "subject-order",
        "the subjects in another order",
        16,
        change=statement(lambda value: value["subject"].reverse()),
    ),
    Vector("subject-fewer", "a subject is left out", 16, change=statement(lambda value: value["subject"].pop())),
    Vector(
        "subject-more",
        "a subject that the manifest does not list",
        16,
        change=statement(lambda value: value["subject"].append({"name": "notes.txt", "digest": {"sha256": "0" * 64}})),
    ),
    Vector(
        "subject-verdict",
        "the statement names another verdict",
        16,
        change=statement(lambda value: value["predicate"]["result"].update(verdict="refuted")),
    ),
    Vector(
        "subject-sequence",
        "the statement names another sequence",
        16,
        change=statement(lambda value: value["predicate"].update(sequence=2)),
    ),
    Vector(
        "subject-claim",
        "the statement names another claim",
        16,
        change=statement(lambda value: value["predicate"]["claim"].update(hash=OTHER_DIGEST)),
    ),
    Vector(
        "subject-public-view",
        "the public view of another package",
        16,
        change=other_public,
    ),
    Vector(
        "subject-public-view-content",
        "the author signed a public view with another estimate",
        16,
        change=forge.other_public_view,
    ),
    # Gate binding.
    Vector(
        "binding-claim",
        "the claim was changed afterwards",
        17,
        change=by_author(edited("claim.json", lambda value: value.update(capability="another one"))),
    ),
    Vector(
        "binding-protocol",
        "the protocol was changed afterwards",
        17,
        change=by_author(edited("protocol.json", lambda value: value["execution"].update(max_steps_per_episode=7))),
    ),
    Vector(
        "binding-claim-hash",
        "the protocol names another claim",
        17,
        change=by_author(edited("protocol.json", lambda value: value.update(claim_hash=OTHER_DIGEST))),
    ),
    Vector(
        "binding-provenance",
        "the provenance of another audit",
        17,
        change=by_author(
            edited("audit_provenance.json", lambda value: value.update(evidence_id="evd_01M00000000000000000000001"))
        ),
    ),
    Vector(
        "binding-episodes",
        "the audit input names other episodes",
        17,
        change=by_author(edited("audit_input.json", lambda value: value["episodes"].update(sha256=OTHER_DIGEST))),
    ),
    Vector(
        "binding-raw-evidence",
        "the raw evidence is other than was read",
        17,
        change=by_author(
            edited("raw_evidence_manifest.json", lambda value: value["entries"][0].update(sha256=OTHER_DIGEST))
        ),
    ),
    # Gate recomputation: everything is consistent and signed by a trusted author, but a number does not follow.
    Vector(
        "recomputation-verdict",
        "a trusted author writes another verdict",
        18,
        base="refuted",
        change=by_author(edited("evidence.json", lambda value: value.update(verdict="supported"))),
    ),
    Vector(
        "recomputation-estimate",
        "a trusted author writes another estimate",
        18,
        change=by_author(edited("evidence.json", lambda value: value["metrics"][0].update(estimate=0.97))),
    ),
    Vector(
        "recomputation-interval",
        "the last digits of an interval",
        18,
        change=by_author(
            edited(
                "evidence.json",
                lambda value: value["metrics"][0]["interval"].update(
                    lower=value["metrics"][0]["interval"]["lower"] + 1e-7
                ),
            )
        ),
    ),
    Vector(
        "recomputation-report",
        "a number in the report",
        18,
        change=by_author(replaced("evidence.md", "38 of 40", "39 of 40")),
    ),
    Vector("recomputation-episode", "an episode's outcome", 18, change=by_author(forge.flipped_outcome)),
    Vector(
        "recomputation-cell",
        "a count, and nothing else",
        18,
        change=by_author(
            edited("audit_input.json", lambda value: value["cells"][1]["counts"].update(success=20, failure=0))
        ),
    ),
    Vector(
        "recomputation-failure-index",
        "a failure is missing from the index",
        18,
        change=by_author(
            forge.without_line("failure_evidence_index.jsonl"),
        ),
    ),
    Vector(
        "recomputation-share",
        "a share whose estimate does not follow from its cells",
        18,
        profile="share",
        change=forge.unlike_its_cells,
    ),
    # Gate policy.
    Vector("policy-unknown", "a signer whom the trust file does not name", 20, change=by_stranger()),
    Vector("policy-revoked", "the author's key is compromised", 20, trusted="revoked.json"),
    Vector("policy-expired", "the trust file has expired", 20, trusted="expired.json"),
    Vector("policy-window", "the author is not trusted any more", 20, trusted="past.json"),
    Vector("policy-role", "the author is trusted as a reviewer", 20, trusted="reviewer-only.json"),
    Vector("policy-threshold", "two signers are needed", 20, trusted="two-signers.json"),
    Vector("policy-claim", "the author is trusted for other claims", 20, trusted="other-claims.json"),
    # Gate rollback.
    Vector("rollback-expected-claim", "another claim was expected", 19, expect={"claim": OTHER_DIGEST}),
    Vector(
        "rollback-expected-package",
        "another package was expected",
        19,
        expect={"package": OTHER_DIGEST},
    ),
)


def trust_files() -> dict[str, bytes]:
    """Every trust file that a vector names."""
    author, second, reviewer = AUTHOR_KEY.trusted(), P256_KEY.trusted(), REVIEWER_KEY.trusted(roles=["reviewer"])
    compromised = {"keyid": AUTHOR_KEY.keyid, "revoked_at": "2026-11-20T00:00:00Z", "reason": "compromised"}
    return {
        "trusted.json": trust_file(author, second, reviewer),
        "revoked.json": trust_file(author, revoked=[compromised]),
        "expired.json": trust_file(author, expires="2026-01-01T00:00:00Z"),
        "past.json": trust_file(AUTHOR_KEY.trusted(not_after="2026-01-01T00:00:00Z")),
        "reviewer-only.json": trust_file(AUTHOR_KEY.trusted(roles=["reviewer"])),
        "two-signers.json": trust_file(author, second, min_signers=2),
        "other-claims.json": trust_file(AUTHOR_KEY.trusted(projects=["clm_0ZZ*"])),
    }


def bases(folder: Path) -> None:
    """Audit and sign the packages that all vectors are made from."""
    _base(folder, "signed", 20, 18)
    _base(folder, "refuted", 6, 4)
    _base(folder, "p256", 20, 20, key=P256_KEY)
    _base(folder, "short", 3, 4, episodes=4, savi=True)
    _base(folder, "placeholder", 20, 0, bound=False)
    shutil.copytree(folder / "signed", folder / "reviewed")
    review = Review("accept_with_limits", "Recounted. It holds for these two tasks.", "A reviewer", ("two tasks",))
    counter_sign(verified_for_review(folder / "reviewed", review, Trustees()), signer(REVIEWER_KEY))
    shutil.copytree(folder / "signed", folder / "unsigned")
    shutil.rmtree(folder / "unsigned" / "signatures")


def _base(
    folder: Path,
    name: str,
    first: int,
    second: int,
    *,
    episodes: int = 20,
    key: TestKey = AUTHOR_KEY,
    savi: bool = False,
    bound: bool = True,
) -> None:
    place = bench(folder / f"{name}-bench", tasks=TASKS, episodes=20)
    if not bound:
        edit_json(place.protocol, lambda value: value.update(claim_hash="sha256:" + "0" * 64))
    place.audit(run_of(place.folder, first, second, episodes=episodes), output=folder / name, savi=savi)
    signed(folder / name, key)
    if key.algorithm != "ed25519":
        # The signer draws a random number for each ECDSA signature; a vector has to come out the same every time.
        all_of(forge.sealed_again(key), forge.public_by(key))(folder / name)


def _archive(vector: Vector, bases_folder: Path) -> bytes:
    folder = bases_folder / "spoilt" / vector.name
    shutil.copytree(bases_folder / vector.base, folder)
    if vector.change is not None:
        vector.change(folder)
    return gzip.compress((vector.raw or forge.whole)(folder), mtime=0)


def write() -> None:
    """Write all vectors and their index."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    for name, data in trust_files().items():
        (FOLDER / name).write_bytes(data)
    with tempfile.TemporaryDirectory() as place:
        bases(Path(place))
        for vector in VECTORS:
            (FOLDER / f"{vector.name}.tar.gz").write_bytes(_archive(vector, Path(place)))
    index = {
        "format": "worldflux.vectors.v0",
        "about": "Packages and what every verifier has to say of them. The keys are public: trust none of them.",
        "vectors": [_row(vector) for vector in VECTORS],
    }
    write_json(FOLDER / "vectors.json", index)


def _row(vector: Vector) -> dict[str, Any]:
    return {
        "name": vector.name,
        "file": f"{vector.name}.tar.gz",
        "about": vector.about,
        "trusted": vector.trusted,
        "profile": vector.profile,
        "expect": vector.expect,
        "exit_code": vector.exit_code,
        "gate": GATES.get(vector.exit_code),
    }


if __name__ == "__main__":
    os.environ["SOURCE_DATE_EPOCH"] = EPOCH
    write()
