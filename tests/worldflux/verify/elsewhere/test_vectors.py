"""The vectors: what this program says of each package, the JavaScript verifier says too."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support import REPO
from tests.worldflux.signed_packages import quiet
from tests.worldflux.verify.elsewhere.node import Asked, reports, run
from worldflux.package import archive

FOLDER: Final = REPO / "tests" / "vectors"
VECTORS: Final[list[dict[str, Any]]] = json.loads((FOLDER / "vectors.json").read_bytes())["vectors"]


def asked(vector: dict[str, Any]) -> Asked:
    """The question that a vector is."""
    trusted = FOLDER / vector["trusted"] if vector["trusted"] else None
    return Asked(FOLDER / vector["file"], trusted, vector["profile"], vector["expect"])


@cache
def answers() -> dict[str, dict[str, Any]]:
    """The report on every vector, by name; all of them in one process."""
    found = reports([asked(vector) for vector in VECTORS])
    return {vector["name"]: report for vector, report in zip(VECTORS, found, strict=True)}


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_exit_code_and_gate(vector: dict[str, Any]) -> None:
    report = answers()[vector["name"]]
    failed = [gate["id"] for gate in report["gates"] if gate["status"] == "fail"]
    assert (report["exit_code"], failed[:1]) == (vector["exit_code"], [vector["gate"]] if vector["gate"] else [])
    assert report["ok"] is (vector["exit_code"] == 0)


def test_every_exit_code_has_a_vector() -> None:
    assert {vector["exit_code"] for vector in VECTORS} == {0, *range(10, 22)}


def test_good_packages_are_recomputed_number_by_number() -> None:
    good = {vector["name"]: answers()[vector["name"]] for vector in VECTORS if vector["exit_code"] == 0}
    for name, report in good.items():
        assert report["counts"]["mismatch"] == 0
        assert report["counts"]["recomputed"] >= 20, name
        withheld = bool(report["package"]["withheld"])
        assert (report["counts"]["attested"] > 0) is withheld, name
        assert report["package"]["level"] == ("cells" if withheld else "episodes")


@pytest.mark.parametrize("name", ["good", "recomputation-estimate", "policy-unknown", "unknown-signer"])
def test_command_line(name: str) -> None:
    vector = next(vector for vector in VECTORS if vector["name"] == name)
    options = ["--trusted-signer-config", FOLDER / vector["trusted"]] if vector["trusted"] else []
    done = run(FOLDER / vector["file"], *options, "--profile", vector["profile"])
    assert done.returncode == vector["exit_code"], done.stderr
    assert done.stdout.splitlines()[0] == answers()[name]["conclusion"]


def test_command_line_as_json(tmp_path: Path) -> None:
    done = run(FOLDER / "good.tar.gz", f"--trusted-signer-config={FOLDER / 'trusted.json'}", "--json")
    assert json.loads(done.stdout) == answers()["good"]
    assert done.returncode == 0


BUNDLES: Final = {
    "beside the envelope": ("author.sigstore.json", None),
    "instead of the envelope": ("author.sigstore.json", "author.dsse.json"),
    "of the public view": ("public.sigstore.json", "public.dsse.json"),
    "of a reviewer": ("reviewer-01234567.sigstore.json", None),
}


@pytest.mark.parametrize(("added", "removed"), BUNDLES.values(), ids=BUNDLES)
def test_a_bundle_is_neither_good_nor_bad(tmp_path: Path, added: str, removed: str | None) -> None:
    folder = tmp_path / "package"
    archive.unpack(FOLDER / "good.tar.gz", folder, quiet)
    (folder / "signatures" / added).write_bytes(b"{}")
    if removed:
        (folder / "signatures" / removed).unlink()
    (report,) = reports([Asked(folder, FOLDER / "trusted.json")])
    assert report["exit_code"] == (0 if added.startswith("reviewer") else 21)
    assert any(added in fact for fact in report["not_checked"])
