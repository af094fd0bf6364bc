"""From a demo to evidence that a stranger can check: every step typed, each person with a home of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support import REPO
from tests.worldflux.small_package import contents

PACKAGE: Final = "worldflux-demo/metaworld/evidence_pkg"
WORLDFLUX: Final = [sys.executable, "-m", "worldflux"]


@dataclass(frozen=True)
class Person:
    """Somebody at a machine: a home, and a folder to work in."""

    home: Path
    folder: Path

    def types(self, line: str, code: int = 0, *, within: Sequence[str] = ()) -> str:
        """Type one command in a process of its own, and read what it prints; it has to end with this code."""
        environment = {
            **os.environ,
            "WORLDFLUX_HOME": str(self.home),
            "PYTHONPATH": str(REPO / "src"),
            "HOME": "/nowhere",
        }
        done = subprocess.run(
            [*within, *WORLDFLUX, *line.split()],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == code, f"{line}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done.stdout

    def reads(self, line: str, code: int = 0, *, within: Sequence[str] = ()) -> dict[str, Any]:
        """The same with `--format json`."""
        value: dict[str, Any] = json.loads(self.types(f"{line} --format json", code, within=within))
        return value


def person(folder: Path, name: str) -> Person:
    (folder / name).mkdir()
    return Person(folder / name / "home", folder / name)


@pytest.fixture(scope="module")
def author(tmp_path_factory: pytest.TempPathFactory) -> Person:
    """Who has the demo, signed."""
    made = person(tmp_path_factory.mktemp("people"), "author")
    made.types("demo --quiet")
    made.types(f"audit sign {PACKAGE}")
    return made


@pytest.mark.slow
def test_from_the_demo_to_a_stranger_and_a_reviewer(author: Person, tmp_path: Path) -> None:
    stranger, reviewer = person(tmp_path, "stranger"), person(tmp_path, "reviewer")

    # The author, with no options at all.
    assert "signed by your own key" in author.types(f"audit verify {PACKAGE}")
    assert author.reads(f"audit verify {PACKAGE}")["signer"]["trust"] == "self"
    author.types("trust init")
    assert author.reads(f"audit verify {PACKAGE} --require-trust policy")["signer"]["trust"] == "policy"
    author.types(f"audit pack {PACKAGE} --output evidence.tar.gz")
    author.types("key export --output author.pem")

    # A stranger who has the file and does not know the key.
    for name in ("evidence.tar.gz", "author.pem"):
        shutil.copy(author.folder / name, stranger.folder)
    first = stranger.reads("audit verify evidence.tar.gz", 21)
    assert (first["ok"], first["conclusion"]) == (False, "integrity only, signer unknown")
    assert {gate["status"] for gate in first["gates"] if gate["id"] not in ("policy", "rollback")} == {"pass"}

    # The key comes by another way, and is trusted.
    stranger.types("key trust author.pem --label Author --role author")
    assert "VERIFIED  signed by Author" in stranger.types("audit verify evidence.tar.gz")
    stranger.types("audit unpack evidence.tar.gz --output evidence_pkg")
    assert stranger.reads("audit verify evidence_pkg")["signer"]["label"] == "Author"
    assert contents(stranger.folder / "evidence_pkg") == contents(author.folder / PACKAGE)

    # A reviewer counter-signs; the stranger sees it, first without knowing who it was.
    shutil.copytree(stranger.folder / "evidence_pkg", reviewer.folder / "evidence_pkg")
    reviewer.types("audit review sign evidence_pkg --decision accept --note Recounted.")
    reviewer.types("key export --output reviewer.pem")
    reviewer.types("audit pack evidence_pkg --output reviewed.tar.gz")
    for name in ("reviewed.tar.gz", "reviewer.pem"):
        shutil.copy(reviewer.folder / name, stranger.folder)
    assert _review(stranger)["signer"]["trust"] == "unknown"
    stranger.types("key trust reviewer.pem --label Reviewer --role reviewer")
    review = _review(stranger)
    assert (review["decision"], review["signer"]["trust"], review["signer"]["label"]) == (
        "accept",
        "policy",
        "Reviewer",
    )
    assert "accept: Reviewer: " in stranger.types("audit verify reviewed.tar.gz")


def _review(reader: Person) -> dict[str, Any]:
    (review,) = reader.reads("audit verify reviewed.tar.gz")["reviews"]
    assert isinstance(review, dict)
    return review


@pytest.mark.slow
def test_the_reviewers_key_makes_nobody_an_author(author: Person, tmp_path: Path) -> None:
    stranger = person(tmp_path, "stranger")
    author.types("key export --output own.pem")
    shutil.copy(author.folder / "own.pem", stranger.folder)
    shutil.copytree(author.folder / PACKAGE, stranger.folder / "evidence_pkg")
    stranger.types("key trust own.pem --label Somebody --role reviewer")
    refused = stranger.reads("audit verify evidence_pkg", 20)
    assert [gate["code"] for gate in refused["gates"] if gate["status"] == "fail"] == ["policy.role"]


CUT: Final = ("unshare", "--net", "--map-root-user")


def _can_cut() -> bool:
    if shutil.which(CUT[0]) is None:
        return False
    return subprocess.run([*CUT, "true"], capture_output=True, check=False).returncode == 0


@pytest.fixture
def cut() -> Sequence[str]:
    """What runs a command in a network namespace without a single address."""
    if not _can_cut():
        pytest.skip("this machine does not permit a network namespace of one's own (unshare --net)")
    return CUT


@pytest.mark.slow
def test_without_a_network_everything_goes_as_with_one(author: Person, cut: Sequence[str], tmp_path: Path) -> None:
    probe = "import socket; socket.create_connection(('127.0.0.1', 9), 1)"
    alone = subprocess.run([*cut, sys.executable, "-c", probe], capture_output=True, text=True, check=False)
    assert "Network is unreachable" in alone.stderr
    line = f"audit verify {PACKAGE} --no-state"
    assert author.reads(line, within=cut) == author.reads(line)
    shutil.copytree(author.folder / PACKAGE, author.folder / "cut")
    author.types("audit sign cut --replace", within=cut)
    author.types("audit verify cut", within=cut)
    stranger = person(tmp_path, "stranger")
    shutil.copytree(author.folder / "cut", stranger.folder / "cut")
    stranger.types("audit verify cut", 21, within=cut)


POISON: Final = """
import socket, sys

def poisoned(*arguments, **options):
    raise SystemExit(99)

for name in ("socket", "create_connection", "getaddrinfo", "gethostbyname", "socketpair", "create_server"):
    setattr(socket, name, poisoned)
sys.argv = ["worldflux", *sys.argv[1:]]
from worldflux.cli import main
main()
"""


@pytest.mark.slow
@pytest.mark.parametrize(("line", "code"), [("audit verify {}", 0), ("audit verify {} --require-trust policy", 20)])
def test_with_every_door_to_a_network_poisoned(
    author: Person, line: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(author.home, tmp_path / "home", ignore=shutil.ignore_patterns("state", "trusted*"))
    monkeypatch.setenv("WORLDFLUX_HOME", str(tmp_path / "home"))
    command = [sys.executable, "-c", POISON, *line.format(PACKAGE).split()]
    done = subprocess.run(command, cwd=author.folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == code, done.stderr


@pytest.mark.slow
def test_an_author_who_edits_quietly_is_found_out(author: Person, tmp_path: Path) -> None:
    """What it is all for: whoever holds the key still cannot change the verdict."""
    other = person(tmp_path, "other")
    shutil.copytree(author.home, other.home)
    shutil.copytree(author.folder / PACKAGE, other.folder / "evidence_pkg")
    report = other.folder / "evidence_pkg" / "evidence.md"
    report.write_text(report.read_text().replace("156", "196"))
    other.types("audit verify evidence_pkg", 13)
    other.types("audit sign evidence_pkg --replace", 13)
