"""A package outside this one adds a source, and one that is broken hides no other.

`outside_package/` is a real distribution. It is put where an installer would put it, beside the metadata that an
installer would write, and looked at from a fresh process.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

PACKAGE: Final = Path(__file__).with_name("outside_package")
PROJECT: Final[dict[str, Any]] = tomllib.loads((PACKAGE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LISTING: Final = """
import json, sys
from worldbase.errors import WorldError
from worldbase.plugins import BrokenPlugin
from worldflux.sources.contract import Source
from worldflux.sources.registry import SOURCES

def asked(name):
    try:
        return {"is_source": isinstance(SOURCES.get(name), Source)}
    except WorldError as error:
        return {"code": error.code, "exit_code": error.exit_code, "hint": error.hint, "message": error.message}

names = SOURCES.names()
listing_imports = [name for name in sys.modules if name.startswith("outside_tally")]
all_of_them = {
    name: plugin._asdict() if isinstance(plugin, BrokenPlugin) else plugin.name for name, plugin in SOURCES.all()
}
print(json.dumps({
    "names": names,
    "listing_imports": listing_imports,
    "all": all_of_them,
    "asked": {name: asked(name) for name in ("tally", "broken", "taly", "lerobot")},
}))
"""


@dataclass(frozen=True, slots=True)
class Installation:
    """A folder with the outside package in it, and fresh processes that see it."""

    site: Path

    def python(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Run Python with the package importable."""
        return subprocess.run(
            [sys.executable, *map(str, arguments)],
            env={**os.environ, "PYTHONPATH": str(self.site)},
            capture_output=True,
            text=True,
            check=False,
        )

    def listing(self) -> dict[str, Any]:
        """What the registry of sources says."""
        done = self.python("-c", LISTING)
        assert done.returncode == 0, done.stderr
        listing: dict[str, Any] = json.loads(done.stdout)
        return listing


def lay_out(site: Path) -> None:
    """Write what an installer writes: the modules, METADATA and entry_points.txt."""
    shutil.copytree(PACKAGE / "src", site, dirs_exist_ok=True)
    name, version = PROJECT["name"], PROJECT["version"]
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
    lines = []
    for group, entries in PROJECT["entry-points"].items():
        lines += [f"[{group}]", *(f"{entry} = {place}" for entry, place in entries.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    site = tmp_path_factory.mktemp("site")
    lay_out(site)
    return Installation(site)


@pytest.fixture(scope="module")
def listing(installation: Installation) -> dict[str, Any]:
    return installation.listing()


def test_the_registry_lists_it_beside_the_builtins(listing: dict[str, Any]) -> None:
    assert {"broken", "lerobot", "tally"} <= set(listing["names"])


def test_listing_imports_nothing_of_it(listing: dict[str, Any]) -> None:
    assert listing["listing_imports"] == []


def test_the_working_one_is_a_source(listing: dict[str, Any]) -> None:
    assert listing["all"]["tally"] == "tally"
    assert listing["asked"]["tally"] == {"is_source": True}


def test_the_broken_one_is_named_and_hides_no_other(listing: dict[str, Any]) -> None:
    assert listing["all"]["broken"] == {
        "name": "broken",
        "origin": "outside-tally",
        "reason": "ImportError: outside-tally needs a library that nobody has",
    }
    assert listing["all"]["lerobot"] == "lerobot"
    assert listing["asked"]["lerobot"] == {"is_source": True}


def test_the_broken_one_is_an_error_where_it_was_asked_for(listing: dict[str, Any]) -> None:
    asked = listing["asked"]["broken"]
    assert (asked["code"], asked["exit_code"]) == ("source.broken", 4)
    assert "outside-tally" in asked["message"]
    assert "a library that nobody has" in asked["message"]


def test_an_unknown_name_is_answered_with_the_nearest(listing: dict[str, Any]) -> None:
    asked = listing["asked"]["taly"]
    assert (asked["code"], asked["exit_code"]) == ("source.unknown", 2)
    assert "Did you mean 'tally'?" in asked["hint"]


@pytest.fixture(scope="module")
def room(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A claim and a protocol that plan three episodes of one task, and a tally of them."""
    room = tmp_path_factory.mktemp("room")
    settings = ("protocol.execution.episodes_per_task=3", 'protocol.benchmark.task_list=["pick cup"]')
    created = installation.python(
        *("-m", "worldflux", "claim", "create", "--template", "generic", "--output", room / "pair"),
        *(word for setting in settings for word in ("--set", setting)),
    )
    assert created.returncode == 0, created.stderr
    episodes = [{"task": "pick cup", "run_seed": 0, "episode": number, "success": number != 1} for number in range(3)]
    (room / "tally.jsonl").write_text("\n".join(map(json.dumps, episodes)) + "\n", encoding="utf-8")
    return room


def audit(installation: Installation, room: Path, source: str) -> subprocess.CompletedProcess[str]:
    return installation.python(
        *("-m", "worldflux", "audit", "run", source, "--from", room / "tally.jsonl"),
        *("--claim", room / "pair" / "claim.json", "--protocol", room / "pair" / "protocol.json"),
        *("--output", room / f"package-{source}"),
    )


def test_its_output_is_audited_like_any_other(installation: Installation, room: Path) -> None:
    done = audit(installation, room, "tally")
    assert done.returncode == 0, done.stderr
    evidence = json.loads((room / "package-tally" / "evidence.json").read_bytes())
    assert evidence["source"]["name"] == "tally"
    (metric,) = evidence["metrics"]
    assert (metric["successes"], metric["trials"]) == (2, 3)


@pytest.mark.parametrize(
    ("source", "code", "told"),
    [("broken", 4, "a library that nobody has"), ("taly", 2, "Did you mean 'tally'?")],
    ids=["broken", "unknown"],
)
def test_what_cannot_be_used_leaves_with_its_code(
    installation: Installation, room: Path, source: str, code: int, told: str
) -> None:
    done = audit(installation, room, source)
    assert done.returncode == code
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not (room / f"package-{source}").exists()


def test_the_doctor_names_the_broken_one(installation: Installation) -> None:
    done = installation.python("-m", "worldflux", "doctor", "--format", "json")
    assert done.returncode == 4
    checks = {check["check"]: check["ok"] for check in json.loads(done.stdout)}
    assert checks["source tally"] is True
    assert checks["source lerobot"] is True
    assert checks["source broken"] is False


@pytest.mark.install
def test_an_installer_makes_the_same_of_it(tmp_path: Path, listing: dict[str, Any]) -> None:
    uv = shutil.which("uv")
    if uv is None:
        pytest.skip("uv is not here")
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--no-deps", "--target", tmp_path / "site", PACKAGE], check=True, timeout=300
    )
    assert Installation(tmp_path / "site").listing() == listing
