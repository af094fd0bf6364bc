"""Trust files: both programs trust the same signers for the same reasons, and refuse the same files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import REPO
from tests.tampering import AUTHOR_KEY, P256_KEY, REVIEWER_KEY, STRANGER
from tests.worldflux.signed_packages import verified
from tests.worldflux.verify.elsewhere.node import Asked, ask, reports, run
from worldbase.errors import InputError
from worldflux.signing.trust_reading import read_signers

VECTORS: Final = REPO / "tests" / "vectors"
KEYS: Final = (AUTHOR_KEY, P256_KEY, REVIEWER_KEY, STRANGER)
TIMES: Final = st.sampled_from(["2019-01-01T00:00:00Z", "2020-06-01T12:00:00.5Z", "2999-01-01T00:00:00Z"])
PATTERNS: Final = st.sampled_from(["clm_*", "clm_0*", "clm_7ZZ*", "clm_00000000000000000000000000", "clm_"])


def documents() -> st.SearchStrategy[dict[str, Any]]:
    """Trust files that can be used, with everything that a file may say."""
    signers = st.lists(st.sampled_from(KEYS), unique=True, max_size=4).flatmap(
        lambda keys: st.tuples(*(_signer(key.trusted()) for key in keys))
    )
    revoked = st.lists(
        st.fixed_dictionaries(
            {
                "keyid": st.sampled_from([key.keyid for key in KEYS]),
                "revoked_at": TIMES,
                "reason": st.sampled_from(["compromised", "superseded", "ceased"]),
            }
        ),
        max_size=2,
    )
    return st.fixed_dictionaries(
        {
            "schema_version": st.just("worldflux.trusted_signers.v0"),
            "version": st.integers(1, 5),
            "signers": signers.map(list),
        },
        optional={
            "expires": TIMES,
            "revoked": revoked,
            "min_signers": st.sampled_from([1, 1, 1, 2]),
            "require_timestamp": st.sampled_from([False, False, False, True]),
        },
    )


def _signer(entry: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    roles = st.sampled_from([["author"], ["reviewer"], ["author", "reviewer"]])
    start = st.sampled_from(["2019-01-01T00:00:00Z", "2998-01-01T00:00:00Z"])
    end = st.sampled_from(["2999-01-01T00:00:00Z", "2020-06-01T12:00:00.5Z"])
    optional: dict[str, st.SearchStrategy[Any]] = {
        "not_before": start,
        "not_after": end,
        "projects": st.lists(PATTERNS, max_size=2),
    }
    extra: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries({"roles": roles}, optional=optional)
    opened = extra.filter(lambda chosen: chosen.get("not_before", "0") < chosen.get("not_after", "9"))
    return opened.map(lambda chosen: entry | chosen)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(documents(), st.sampled_from(["good", "good-two-signatures", "good-p256"])), min_size=12, max_size=12
    )
)
def test_both_trust_the_same_signers(tmp_path: Path, cases: list[tuple[dict[str, Any], str]]) -> None:
    asked = []
    for number, (document, name) in enumerate(cases):
        trusted = tmp_path / f"trusted-{number}.json"
        trusted.write_text(json.dumps(document), encoding="utf-8")
        asked.append(Asked(VECTORS / f"{name}.tar.gz", trusted))
    ours = [verified(one.path, trusted=one.trusted) for one in asked]
    theirs = reports(asked)
    assert [(report.exit_code, [gate.code for gate in report.gates if gate.status == "fail"]) for report in ours] == [
        (report["exit_code"], [gate["code"] for gate in report["gates"] if gate["status"] == "fail"])
        for report in theirs
    ]
    assert [[signer.label or None for signer in report.signers] for report in ours] == [
        [signer.get("label") for signer in report["signers"]] for report in theirs
    ]


def spoilt(**changes: Any) -> dict[str, Any]:
    """A file that names the author, changed."""
    document = {
        "schema_version": "worldflux.trusted_signers.v0",
        "version": 1,
        "signers": [AUTHOR_KEY.trusted(), P256_KEY.trusted()],
    }
    return document | changes


USELESS: Final[dict[str, Any]] = {
    "another document": {"schema_version": "worldflux.claim.v0_draft"},
    "no document": [],
    "null": None,
    "year nought": spoilt(expires="0000-01-01T00:00:00Z"),
    "a byte order mark before the key": spoilt(signers=[AUTHOR_KEY.trusted(public_key_pem="\ufeff" + AUTHOR_KEY.pem)]),
    "a blank of Unicode before the key": spoilt(signers=[AUTHOR_KEY.trusted(public_key_pem="\xa0" + AUTHOR_KEY.pem)]),
    "unknown field": spoilt(note="x"),
    "version nought": spoilt(version=0),
    "version as a float": spoilt(version=1.0),
    "no such day": spoilt(expires="2026-02-30T00:00:00Z"),
    "no such hour": spoilt(expires="2026-02-03T24:00:00Z"),
    "a time of no zone": spoilt(expires="2026-02-03T00:00:00"),
    "other digits": spoilt(expires="\uff12\uff10\uff12\uff16-02-03T00:00:00Z"),
    "key twice": spoilt(signers=[AUTHOR_KEY.trusted(), AUTHOR_KEY.trusted(label="again")]),
    "label twice": spoilt(signers=[AUTHOR_KEY.trusted(label="A"), P256_KEY.trusted(label="a")]),
    "label with a blank": spoilt(signers=[AUTHOR_KEY.trusted(label=" a")]),
    "invisible label": spoilt(signers=[AUTHOR_KEY.trusted(label="a\u200b")]),
    "keyid of another key": spoilt(signers=[AUTHOR_KEY.trusted(keyid=P256_KEY.keyid)]),
    "algorithm of another key": spoilt(signers=[AUTHOR_KEY.trusted(algorithm="ecdsa-p256-sha256")]),
    "no role": spoilt(signers=[AUTHOR_KEY.trusted(roles=[])]),
    "window that never opens": spoilt(
        signers=[AUTHOR_KEY.trusted(not_before="2026-02-03T00:00:00Z", not_after="2026-02-02T00:00:00Z")]
    ),
    "two keys in one": spoilt(signers=[AUTHOR_KEY.trusted(public_key_pem=AUTHOR_KEY.pem + P256_KEY.pem)]),
    "a private key": spoilt(signers=[AUTHOR_KEY.trusted(public_key_pem=AUTHOR_KEY.pem.replace("PUBLIC", "PRIVATE"))]),
    "text around the key": spoilt(signers=[AUTHOR_KEY.trusted(public_key_pem="my key\n" + AUTHOR_KEY.pem)]),
}


def test_nothing_is_trusted_by_a_file_with_a_fault(tmp_path: Path) -> None:
    for name, document in USELESS.items():
        (tmp_path / name).write_text(json.dumps(document), encoding="utf-8")
        with pytest.raises(InputError):
            read_signers(tmp_path / name)
    body = """
        const { readFileSync } = require("node:fs");
        const taken = [];
        for (const path of given) {
          try {
            const trust = V.parseTrust(new Uint8Array(readFileSync(path)), path);
            await V.verifyPackage({ files: new Map(), trust });
            taken.push(path);
          } catch (error) {
            if (!(error instanceof V.TrustFailure)) throw error;
          }
        }
        return taken;
    """
    assert ask(body, [str(tmp_path / name) for name in USELESS]) == []


def test_exit_code_of_a_file_with_a_fault(tmp_path: Path) -> None:
    (tmp_path / "trusted.json").write_text("{}", encoding="utf-8")
    done = run(VECTORS / "good.tar.gz", "--trusted-signer-config", tmp_path / "trusted.json")
    assert (done.returncode, done.stdout[:7]) == (3, "error: ")
