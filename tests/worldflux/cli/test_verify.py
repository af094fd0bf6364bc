"""`worldflux audit verify`, as somebody types it, and through a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from tests import forgeries as forge
from tests.command import worldflux
from tests.conftest import Golden
from tests.forgeries import Change, all_of, by_author, by_stranger
from tests.tampering import AUTHOR, AUTHOR_KEY, MANIFEST, P256_KEY, REVIEWER_KEY, copied, rehash, sha256, trust_file
from tests.worldflux.cli.signing import EPOCH, masked, refused, remembered, report, settle
from tests.worldflux.signed_packages import signed, signer, small_package
from tests.worldflux.small_package import contents
from worldflux.errors import EXIT_CODES
from worldflux.package.statements import Review
from worldflux.verify.gates import NAMES
from worldflux.verify.review import counter_sign, verified_for_review
from worldflux.verify.trusted import Trustees

BY_POLICY: Final = "--trusted-signer-config trusted.json"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Somebody whose own key is the author's."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", EPOCH)
    return settle(monkeypatch, tmp_path / "home")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", EPOCH)
        folder = small_package(tmp_path_factory.mktemp("original"))[1]
        signed(folder)
    return folder


@pytest.fixture
def package(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "trusted.json").write_bytes(trust_file(AUTHOR_KEY.trusted(label="The lab")))
    return copied(original, tmp_path / "evidence_pkg")


@pytest.fixture
def own_key() -> None:
    """The key is one's own."""
    assert worldflux("key generate").code == 0


def gates_of(value: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {gate["id"]: gate for gate in value["gates"]}


class TestTrust:
    @pytest.mark.usefixtures("own_key")
    def test_ones_own_key(self, package: Path) -> None:
        value = report("audit verify evidence_pkg")
        assert (value["ok"], value["exit_code"], value["conclusion"]) == (True, 0, "verified; signed by your own key")
        assert (value["signer"]["trust"], value["signer"]["keyid"]) == ("self", AUTHOR_KEY.keyid)

    def test_an_unknown_signer(self, package: Path) -> None:
        value = report("audit verify evidence_pkg", code=21)
        assert (value["ok"], value["conclusion"]) == (False, "integrity only, signer unknown")
        assert value["signer"]["trust"] == "unknown"
        assert gates_of(value)["policy"]["status"] == "skipped"
        assert {gate["status"] for gate in value["gates"] if gate["id"] not in ("policy", "rollback")} == {"pass"}

    def test_a_named_trust_file(self, package: Path) -> None:
        value = report(f"audit verify evidence_pkg {BY_POLICY}")
        assert (value["signer"]["trust"], value["signer"]["label"]) == ("policy", "The lab")

    @pytest.mark.usefixtures("own_key")
    def test_a_named_trust_file_counts_alone(self, package: Path, tmp_path: Path) -> None:
        (tmp_path / "trusted.json").write_bytes(trust_file(P256_KEY.trusted()))
        value = report(f"audit verify evidence_pkg {BY_POLICY}", code=20)
        assert gates_of(value)["policy"]["code"] == "policy.unknown_signer"

    @pytest.mark.usefixtures("own_key")
    def test_required_trust_is_not_met_by_ones_own_key(self, package: Path) -> None:
        value = report("audit verify evidence_pkg --require-trust policy", code=20)
        assert gates_of(value)["policy"]["code"] == "policy.required"
        assert worldflux("trust init").code == 0
        assert report("audit verify evidence_pkg --require-trust policy")["signer"]["trust"] == "policy"
        assert report("audit verify evidence_pkg")["signer"]["trust"] == "policy"

    @pytest.mark.usefixtures("own_key")
    def test_a_revoked_key_of_ones_own(self, package: Path) -> None:
        assert worldflux("key revoke my-key --reason compromised").code == 0
        value = report("audit verify evidence_pkg", code=20)
        assert gates_of(value)["policy"]["code"] == "policy.revoked"

    def test_a_trust_file_that_is_none(self, package: Path, tmp_path: Path) -> None:
        (tmp_path / "trusted.json").write_text("{}")
        assert refused(f"audit verify evidence_pkg {BY_POLICY}")[0] == 3
        assert refused("audit verify evidence_pkg --trusted-signer-config none.json") == (3, "file.missing")


class TestReport:
    def test_the_shape_of_the_json(self, package: Path) -> None:
        value = report(f"audit verify evidence_pkg {BY_POLICY}")
        assert {"ok", "exit_code", "gates", "signer"} <= set(value)
        for gate, (name, exit_code) in zip(value["gates"], EXIT_CODES.items(), strict=True):
            assert {"id", "name", "status", "detail"} <= set(gate)
            assert (gate["id"], gate["exit_code"], gate["name"]) == (name, exit_code, NAMES[name])  # type: ignore[index]
        assert value["package"]["manifest"] == sha256((package / MANIFEST).read_bytes())
        assert value["schema_version"] == "worldflux.verification_report.v0_draft"

    def test_text_and_markdown(self, package: Path, golden: Golden) -> None:
        reviewed = verified_for_review(package, Review("accept", "Counted again.", "R.", ("kitchen",)), Trustees())
        counter_sign(reviewed, signer(REVIEWER_KEY))
        (package / "signatures" / "reviewer-00000000.dsse.json").write_text("{}")
        done = worldflux(f"audit verify evidence_pkg {BY_POLICY}")
        assert (done.code, done.err) == (0, "")
        golden("verify.txt", masked(done.out))
        golden("verify.md", masked(worldflux(f"audit verify evidence_pkg --format markdown {BY_POLICY}").out))

    def test_the_text_of_a_refusal(self, package: Path, golden: Golden) -> None:
        by_author(forge.edited("evidence.json", lambda value: value.update(verdict="refuted")))(package)
        done = worldflux(f"audit verify evidence_pkg {BY_POLICY}")
        assert (done.code, done.err) == (18, "")
        golden("verify-refused.txt", masked(done.out))

    def test_the_text_of_an_unknown_signer(self, package: Path) -> None:
        text = worldflux("audit verify evidence_pkg").out
        assert text.startswith("INTEGRITY ONLY  signer unknown\n")
        assert "unknown to you" in text

    def test_the_name_that_a_reviewer_gives_himself_does_not_look_like_trust(self, package: Path) -> None:
        name = "The lab  (ed25519; trusted)"
        counter_sign(verified_for_review(package, Review("accept", "x", name), Trustees()), signer(REVIEWER_KEY))
        lines = worldflux(f"audit verify evidence_pkg {BY_POLICY}").out.splitlines()
        (line,) = [line for line in lines if line.startswith("  review ")]
        assert line.endswith(f"accept: {REVIEWER_KEY.keyid}  (ed25519; unknown to you)")
        assert f"  signs as {name}" in lines

    def test_quiet(self, package: Path) -> None:
        assert worldflux(f"audit verify evidence_pkg -q {BY_POLICY}").out == ""
        unknown = worldflux("audit verify evidence_pkg -q")
        assert (unknown.out, unknown.err) == ("", "evidence_pkg: integrity only, signer unknown\n")
        forge.other_byte("evidence.md")(package)
        spoilt = worldflux("audit verify evidence_pkg -q --format json")
        assert (spoilt.code, spoilt.out) == (13, "")
        assert spoilt.err.startswith("evidence_pkg: refused at gate 13, ")
        assert spoilt.err.count("\n") == 1

    def test_hostile_words_do_not_move_the_cursor(self, package: Path, tmp_path: Path) -> None:
        by_author(forge.edited("evidence.json", lambda value: value.update(headline="\x1b[2J\u202eno")))(package)
        label = "lab\x1b]0;x\x07"
        (tmp_path / "trusted.json").write_bytes(trust_file(AUTHOR_KEY.trusted(label=label)))
        (package / "signatures" / "reviewer-\u202e\x1b[2J.dsse.json").write_text("{}")
        for output_format in ("text", "markdown", "json"):
            done = worldflux(f"audit verify evidence_pkg {BY_POLICY} --format {output_format}")
            assert done.code >= 3
            assert not {"\x1b", "\u202e", "\x07"} & set(done.out + done.err)


class TestShares:
    def test_a_share_under_both_profiles(self, package: Path) -> None:
        forge.share(package)
        local = report(f"audit verify evidence_pkg {BY_POLICY}", code=13)
        assert "--profile share" in gates_of(local)["manifest"]["next"]
        share = report(f"audit verify evidence_pkg --profile share {BY_POLICY}")
        assert (share["profile"], share["package"]["level"], len(share["package"]["withheld"])) == ("share", "cells", 4)
        text = worldflux(f"audit verify evidence_pkg --profile share {BY_POLICY}").out
        assert "level cells: 4 members withheld" in text
        assert "the counts of the cells: the episodes are withheld" in text

    def test_a_whole_package_under_the_profile_of_shares(self, package: Path) -> None:
        assert report(f"audit verify evidence_pkg --profile share {BY_POLICY}")["package"]["level"] == "episodes"

    @pytest.mark.usefixtures("own_key")
    def test_ones_own_share_is_no_proof_to_others(self, package: Path) -> None:
        value = report("audit verify evidence_pkg --profile share", code=20)
        assert gates_of(value)["policy"]["code"] == "policy.self_not_accepted"


class TestExpectations:
    def test_each_of_them(self, package: Path) -> None:
        stated = report(f"audit verify evidence_pkg {BY_POLICY}")["package"]
        right = f"--expect package={stated['manifest']} --expect evidence={stated['evidence_id']}"
        assert "as expected" in gates_of(report(f"audit verify evidence_pkg {BY_POLICY} {right}"))["rollback"]["detail"]
        for name in ("package", "claim", "protocol"):
            line = f"audit verify evidence_pkg {BY_POLICY} --expect {name}=sha256:{'ab' * 32}"
            assert gates_of(report(line, code=19))["rollback"]["code"] == "rollback.unexpected"

    @pytest.mark.parametrize(
        ("line", "code"),
        [
            ("--expect verdict=supported", "expect.name"),
            ("--expect claim", "expect.value"),
            ("--expect claim=SHA256:AB", "expect.value"),
            (f"--expect claim=sha256:{'ab' * 32} --expect claim=sha256:{'cd' * 32}", "expect.twice"),
        ],
    )
    def test_what_cannot_be_expected(self, package: Path, line: str, code: str) -> None:
        assert refused(f"audit verify evidence_pkg {line}") == (2, code)


class TestState:
    def test_no_state_writes_nothing_at_all(self, package: Path, home: Path) -> None:
        worldflux("key generate")
        before = contents(home)
        for line in ("", BY_POLICY, "--profile share", "--format json"):
            worldflux(f"audit verify evidence_pkg --no-state {line}")
        assert contents(home) == before
        worldflux("audit verify evidence_pkg")
        assert remembered(home)

    def test_only_what_passed_is_remembered(self, package: Path, home: Path) -> None:
        worldflux("audit verify evidence_pkg")
        spoilt = copied(package, package.parent / "spoilt")
        forge.other_byte("evidence.md")(spoilt)
        worldflux("audit verify spoilt", "--allow-older")
        assert not [name for name in remembered(home) if "packages" in name]

    def test_a_damaged_memory_ends_in_an_error(self, package: Path, home: Path) -> None:
        worldflux(f"audit verify evidence_pkg {BY_POLICY}")
        (record,) = (home / "state" / "packages").glob("*.json")
        record.write_bytes(b"\xff")
        assert refused(f"audit verify evidence_pkg {BY_POLICY}") == (3, "state.damaged")
        assert worldflux(f"audit verify evidence_pkg --no-state {BY_POLICY}").code == 0


class TestPlaces:
    @pytest.mark.parametrize("name", ["evidence_pkg.tar", "evidence_pkg.tar.gz"])
    def test_an_archive(self, package: Path, name: str, tmp_path: Path) -> None:
        assert worldflux(f"audit pack evidence_pkg --output {name}").code == 0
        line = f"{BY_POLICY} --no-state"
        assert report(f"audit verify {name} {line}") == report(f"audit verify evidence_pkg {line}")
        assert {path.name for path in tmp_path.iterdir()} == {"evidence_pkg", name, "trusted.json"}

    def test_what_is_no_package(self, package: Path, tmp_path: Path) -> None:
        assert refused("audit verify nothing") == (3, "package.missing")
        (tmp_path / "empty").mkdir()
        assert report("audit verify empty", code=13)["gates"][3]["code"] == "manifest.absent"
        (tmp_path / "file.json").write_text("{}")
        assert report("audit verify file.json", code=10)["gates"][0]["status"] == "fail"
        os.mkfifo(tmp_path / "pipe")
        assert refused("audit verify pipe") == (2, "package.not_a_folder")
        (tmp_path / "dangling").symlink_to("nowhere")
        assert refused("audit verify dangling") == (3, "package.missing")


UNDONE: Final[dict[int, Change]] = {
    10: lambda folder: (folder / "link").symlink_to("claim.json"),
    11: by_author(forge.appended("claim.json", b"{}")),
    12: by_author(forge.edited("claim.json", lambda value: value.update(more=1))),
    13: forge.other_byte("evidence.md"),
    14: lambda folder: shutil.rmtree(folder / "signatures"),
    15: forge.first_signature(forge.one_bit),
    16: all_of(forge.rewritten("audit_provenance.json"), rehash),
    17: by_author(forge.edited("protocol.json", lambda value: value.update(claim_hash="sha256:" + "ab" * 32))),
    18: by_author(forge.flipped_outcome),
    20: by_stranger(),
}


@pytest.mark.slow
@pytest.mark.parametrize("exit_code", [0, *UNDONE, 19, 21])
def test_the_exit_code_of_the_process(package: Path, exit_code: int) -> None:
    line = ["audit", "verify", "evidence_pkg", "-q", *([] if exit_code == 21 else BY_POLICY.split())]
    if exit_code == 19:
        line += ["--expect", f"claim=sha256:{'ab' * 32}"]
    if exit_code in UNDONE:
        UNDONE[exit_code](package)
    done = subprocess.run(
        [sys.executable, "-m", "worldflux", *line], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (exit_code, "")
    assert done.stderr.count("\n") == (0 if exit_code == 0 else 1)


@pytest.mark.parametrize("way", ["--format text", "--format markdown", "--format json", "--quiet"])
def test_a_text_of_the_package_does_not_move_the_cursor(package: Path, way: str) -> None:
    """Not in any way of printing: neither escape sequences nor bidirectional overrides pass."""
    hostile = "\x1b[2J\u202e\x9b31m\u2028"
    forge.edited("evidence.json", lambda value: value.update(headline=hostile))(package)
    rehash(package)
    done = worldflux(f"audit verify evidence_pkg {way}")
    assert done.code == 16
    by_author(forge.edited("evidence.json", lambda value: value.update(headline=hostile)))(package)
    done = worldflux(f"audit verify evidence_pkg {way} {BY_POLICY}")
    assert done.code == 18
    assert not set(hostile) & set("\x1b\u202e\x9b\u2028") & set(done.out + done.err)


def test_a_signature_file_that_names_itself_trusted_changes_nothing(package: Path) -> None:
    """Nothing in the package decides whom you trust."""
    (package / "signatures" / "trusted.json").write_bytes(trust_file(AUTHOR_KEY.trusted()))
    (package / "signatures" / "author.pem").write_text(AUTHOR_KEY.pem)
    assert report("audit verify evidence_pkg", code=21)["signer"]["trust"] == "unknown"
    assert AUTHOR in contents(package)
