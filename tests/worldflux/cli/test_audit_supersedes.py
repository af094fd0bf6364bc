"""`audit run --supersedes`, and what an older package is worth once a newer one was verified."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command import Outcome, worldflux
from tests.tampering import AUTHOR_KEY, MANIFEST, edit_json, sha256, trust_file
from tests.worldflux.auditing import Bench, bench
from tests.worldflux.cli.signing import refused, report, settle
from tests.worldflux.signed_packages import TASKS, run_of
from tests.worldflux.small_package import contents


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "trusted.json").write_bytes(trust_file(AUTHOR_KEY.trusted()))
    return settle(monkeypatch, tmp_path / "home")


@pytest.fixture
def place(tmp_path: Path) -> Bench:
    return bench(tmp_path, tasks=TASKS, episodes=20)


def audited(place: Bench, name: str, successes: int, options: str = "") -> Outcome:
    run = run_of(place.folder / f"run-{successes}", 20, successes)
    return worldflux(f"audit run lerobot -q --output {name} {options}", *place.arguments(run)[3:-2])


@pytest.fixture
def chain(place: Bench) -> Bench:
    """Three signed packages of one claim, each of which replaces the one before."""
    for number, before in ((1, ""), (2, "--supersedes p1"), (3, "--supersedes p2")):
        done = audited(place, f"p{number}", 15 + number, before)
        assert done.code == 0, done.err
        assert worldflux(f"audit sign -q p{number}").code == 0
    return place


def verified(name: str, options: str = "") -> int:
    return worldflux(f"audit verify -q {name} {options}").code


def test_each_counts_on_and_names_the_one_before(chain: Bench) -> None:
    manifests = [json.loads((chain.folder / f"p{number}" / MANIFEST).read_bytes()) for number in (1, 2, 3)]
    assert [manifest["sequence"] for manifest in manifests] == [1, 2, 3]
    digests = [sha256((chain.folder / f"p{number}" / MANIFEST).read_bytes()) for number in (1, 2)]
    assert [manifest.get("supersedes") for manifest in manifests] == [None, *digests]
    assert "sequence 3" in worldflux("audit verify p3").out


@pytest.mark.parametrize("trust", ["", "--trusted-signer-config trusted.json"], ids=["own key", "policy"])
def test_an_older_one_is_refused_once_a_newer_one_was_verified(chain: Bench, trust: str) -> None:
    assert [verified(name, trust) for name in ("p1", "p2", "p1", "p2", "p3", "p2", "p3")] == [0, 0, 19, 0, 0, 19, 0]
    value = report(f"audit verify p1 {trust}", code=19)
    (gate,) = [gate for gate in value["gates"] if gate["status"] == "fail"]
    assert gate["code"] == "rollback.older"
    assert verified("p1", f"{trust} --allow-older") == 0
    assert verified("p1", f"{trust} --no-state") == 0
    assert verified("p1", trust) == 19, "letting it pass once is not forgetting"


def test_in_order_all_of_them_pass(chain: Bench) -> None:
    assert [verified(name) for name in ("p1", "p2", "p3", "p3")] == [0, 0, 0, 0]


def test_another_claim_is_refused(chain: Bench, tmp_path: Path) -> None:
    other = bench(tmp_path / "other", tasks=TASKS, episodes=20)
    before = sorted(path.name for path in tmp_path.iterdir())
    done = audited(other, "p4", 20, "--supersedes p3")
    assert (done.code, "[supersedes.other_claim]" in done.err) == (3, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_predecessor_that_was_changed_is_refused(chain: Bench) -> None:
    edit_json(chain.folder / "p3" / "claim.json", lambda value: value.update(claim_text="More."))
    done = audited(chain, "p4", 20, "--supersedes p3")
    assert (done.code, "[supersedes.changed]" in done.err) == (3, True)
    assert "worldflux audit verify p3" in done.err
    assert refused(
        f"audit run lerobot --from run-16 --claim {chain.claim} --protocol {chain.protocol} "
        "--output p4 --supersedes nothing"
    ) == (3, "package.missing")


def test_a_signed_package_is_not_overwritten_by_the_way(chain: Bench) -> None:
    before = contents(chain.folder / "p1")
    plain = audited(chain, "p1", 12)
    assert (plain.code, "[output.exists]" in plain.err) == (2, True)
    overwrite = audited(chain, "p1", 12, "--overwrite")
    assert (overwrite.code, "[output.signed]" in overwrite.err) == (2, True)
    assert contents(chain.folder / "p1") == before
    assert audited(chain, "p1", 12, "--overwrite --overwrite-signed").code == 0
    assert "signatures/author.dsse.json" not in contents(chain.folder / "p1")
    unsigned = audited(chain, "p1", 12, "--overwrite")
    assert unsigned.code == 0, unsigned.err


def test_a_package_may_replace_the_one_at_its_own_place(chain: Bench) -> None:
    """The predecessor is read before its place is taken."""
    digest = sha256((chain.folder / "p3" / MANIFEST).read_bytes())
    done = audited(chain, "p3", 20, "--supersedes p3 --overwrite --overwrite-signed")
    assert done.code == 0, done.err
    manifest = json.loads((chain.folder / "p3" / MANIFEST).read_bytes())
    assert (manifest["sequence"], manifest["supersedes"]) == (4, digest)
