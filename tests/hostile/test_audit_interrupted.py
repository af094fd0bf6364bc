"""An audit that is killed leaves no package or a whole one, and the next one clears up after it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from bench.generate import GROUP_B, TASKS_B, generate

from tests.command import worldflux
from tests.worldflux import results
from tests.worldflux.auditing import PACKAGE, Bench, bench
from worldbase import digest, document
from worldflux.documents.evidence import Evidence
from worldflux.documents.manifests import ArtifactManifest
from worldflux.package import layout
from worldflux.package.read import read_evidence

EPISODES: Final = 60_000
Moment = Callable[[Path], bool]


def staged(folder: Path) -> Iterator[Path]:
    return folder.glob(f".{PACKAGE}.staging-*")


def has_member(name: str) -> Moment:
    """Whether this member has been begun."""
    return lambda folder: any((staging / name).is_file() for staging in staged(folder))


def has_lines(folder: Path) -> bool:
    """Whether episodes have reached the disk."""
    streams = (staging / layout.EPISODES for staging in staged(folder))
    return any(stream.is_file() and stream.stat().st_size > 0 for stream in streams)


SOONER: Final[dict[str, Moment]] = {
    "as soon as it begins": lambda folder: any(staged(folder)),
    "while episodes are written": has_lines,
}
LATER: Final[dict[str, Moment]] = {
    "while members are written": has_member(layout.EVIDENCE),
    "when the manifest is written": has_member(layout.MANIFEST),
}
WHILE_REPLACING: Final[dict[str, Moment]] = {
    "when the replacement is marked": lambda folder: (folder / f".{PACKAGE}.replacing.json").exists(),
    "when the old package is moved away": lambda folder: any(folder.glob(f".{PACKAGE}.replaced-*")),
}


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result that takes long enough to be interrupted."""
    path = tmp_path_factory.mktemp("big") / "eval_info.json"
    generate("B", path, EPISODES)
    return path


@pytest.fixture
def place(tmp_path: Path) -> Bench:
    return bench(tmp_path, tasks=[GROUP_B], benchmark="LIBERO", episodes=EPISODES // TASKS_B)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return results.write(tmp_path / "small" / "eval_info.json", results.layout_b({(GROUP_B, 0): [True, False]}))


def killed(place: Bench, path: Path, moment: Moment, *options: str) -> bool:
    """Audit in another process and kill it at a moment; False where it was done before anybody looked."""
    command = [sys.executable, "-m", "worldflux", *place.arguments(path), "--quiet", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        while process.poll() is None:
            if moment(place.folder):
                process.kill()
                break
        _, told = process.communicate(timeout=60)
    assert process.returncode in (0, -signal.SIGKILL), told.decode()
    return process.returncode != 0


def whole(package: Path) -> Evidence:
    """The evidence of a package of which every member is as its manifest says."""
    manifest = document.load(package / layout.MANIFEST, ArtifactManifest).document
    assert {entry.path for entry in manifest.files} | {layout.MANIFEST} == {path.name for path in package.iterdir()}
    for entry in manifest.files:
        assert (digest.of_file(package / entry.path), (package / entry.path).stat().st_size) == (
            entry.sha256,
            entry.size,
        )
    evidence = read_evidence(package)
    assert evidence.id == manifest.evidence_id
    return evidence


def hidden(place: Bench) -> list[str]:
    return sorted(path.name for path in place.folder.iterdir() if path.name.startswith("."))


@pytest.mark.parametrize("moment", [*SOONER, *LATER])
def test_a_killed_audit_leaves_nothing_or_a_whole_package(place: Bench, big: Path, small: Path, moment: str) -> None:
    was_killed = killed(place, big, (SOONER | LATER)[moment])
    if moment in SOONER and was_killed:
        assert not place.output.exists()
        assert hidden(place)
    if place.output.exists():
        assert whole(place.output).denominator.planned == EPISODES
    place.audit(small, overwrite=place.output.exists())
    assert whole(place.output).denominator.observed == 2
    assert hidden(place) == []


@pytest.mark.parametrize("moment", [*SOONER, *LATER, *WHILE_REPLACING])
def test_a_killed_replacement_leaves_the_old_package_or_the_new_one(
    place: Bench, big: Path, small: Path, moment: str
) -> None:
    old = place.audit(small).evidence.id
    was_killed = killed(place, big, (SOONER | LATER | WHILE_REPLACING)[moment], "--overwrite")
    if moment in SOONER and was_killed:
        assert whole(place.output).id == old
    # Whoever reads the package next finishes or undoes what was begun.
    shown = worldflux("evidence inspect --format json", place.output)
    assert shown.code == 0, shown.err
    evidence = whole(place.output)
    assert (evidence.id == old) == (evidence.denominator.observed == 2)
    assert document.parse(shown.out.encode(), Evidence) is not None
    place.audit(small, overwrite=True)
    assert whole(place.output).denominator.observed == 2
    assert hidden(place) == []


def test_the_moments_are_met(place: Bench, big: Path) -> None:
    """Where the process is always faster than the eye, the tests above see nothing."""
    assert killed(place, big, SOONER["as soon as it begins"])
    assert killed(place, big, SOONER["while episodes are written"])


WITH_LITTLE_ROOM = """
import resource, sys
from worldflux.cli import main

resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))
main()
"""


def test_a_disk_that_fills_up_is_an_error_of_the_disk_and_leaves_nothing(place: Bench, big: Path) -> None:
    command = [sys.executable, "-c", WITH_LITTLE_ROOM, *place.arguments(big)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 5
    assert "[file.unwritable]" in done.stderr
    assert "Traceback" not in done.stderr
    assert not place.output.exists()
    assert hidden(place) == []


def test_an_audit_that_fails_leaves_the_old_package_as_it_was(place: Bench, small: Path, tmp_path: Path) -> None:
    old = place.audit(small).evidence.id
    broken = tmp_path / "broken" / "eval_info.json"
    broken.parent.mkdir()
    broken.write_bytes(small.read_bytes()[:-40])
    refused = worldflux("", *place.arguments(broken), "--overwrite")
    assert refused.code == 3
    assert whole(place.output).id == old
    assert hidden(place) == []
