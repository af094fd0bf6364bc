"""Whatever a forger does, both verifiers refuse it at the same gate with the same exit code."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.forgeries import EPISODES, WITHHELD
from tests.tampering import AUTHOR_KEY, PUBLIC, STRANGER, TestKey, edit_json, rehash, resign, sha256, write_json
from tests.worldflux.auditing import bench
from tests.worldflux.signed_packages import TASKS, run_of, signed, small_package, trust_author, verified
from tests.worldflux.verify.elsewhere.node import Asked, reports
from worldflux.package import layout

pytestmark = pytest.mark.slow

NUMBER: Final = re.compile(rb"(?<![\w.])\d+(?![\w.])")
FIELD: Final = re.compile(rb'\n *"[a-z_]+": [^\n{\[]*,(?=\n)')
JSON_MEMBERS: Final = (
    layout.AUDIT_INPUT,
    layout.EVIDENCE,
    layout.PROVENANCE,
    layout.RAW_EVIDENCE,
    layout.CLAIM,
    layout.PROTOCOL,
    layout.MANIFEST,
)
UNREADABLE: Final = (ValueError, KeyError, TypeError, AttributeError, FileNotFoundError)
"""What stops a forger whose edit leaves nothing that could be hashed or signed again."""

Bytes = Callable[[random.Random, bytes], bytes]


@dataclass(frozen=True)
class Place:
    """Two signed packages to spoil, a trust file that names their author, and room for copies."""

    folder: Path
    packages: tuple[Path, Path]
    trusted: Path

    def copy(self, package: Path, name: str) -> Path:
        target = self.folder / name
        shutil.copytree(package, target)
        return target


@pytest.fixture
def place(tmp_path: Path) -> Place:
    _, good = small_package(tmp_path / "good")
    other = bench(tmp_path / "other", tasks=TASKS, episodes=10)
    other.audit(run_of(tmp_path / "other", 3, 2))
    for package in (good, other.output):
        signed(package)
    return Place(tmp_path, (good, other.output), trust_author(tmp_path))


def require_agreement(place: Place, asked: dict[str, Asked], least: int) -> None:
    """Both verifiers say the same of each, and the packages between them fail at so many gates at least."""
    ours = {name: verified(one.path, trusted=place.trusted, profile=one.profile) for name, one in asked.items()}
    theirs = dict(zip(asked, reports(list(asked.values())), strict=True))
    differing = {
        name: (ours[name].exit_code, ours[name].conclusion, theirs[name]["exit_code"], theirs[name]["conclusion"])
        for name in asked
        if (ours[name].exit_code, _first(ours[name].gates)) != (theirs[name]["exit_code"], _failed(theirs[name]))
    }
    assert differing == {}
    assert len({report.exit_code for report in ours.values()}) >= least


def _first(gates: list[Any]) -> str | None:
    return next((gate.id for gate in gates if gate.status == "fail"), None)


def _failed(report: dict[str, Any]) -> str | None:
    return next((gate["id"] for gate in report["gates"] if gate["status"] == "fail"), None)


def flipped(source: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    changed[source.randrange(len(data))] ^= 1 << source.randrange(8)
    return bytes(changed)


def cut(source: random.Random, data: bytes) -> bytes:
    return data[: source.randrange(len(data))]


def line_twice(source: random.Random, data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    place = source.randrange(len(lines))
    return b"".join([*lines[: place + 1], *lines[place:]])


def lines_swapped(source: random.Random, data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    first, second = source.randrange(len(lines)), source.randrange(len(lines))
    lines[first], lines[second] = lines[second], lines[first]
    return b"".join(lines)


def number_changed(source: random.Random, data: bytes) -> bytes:
    found = list(NUMBER.finditer(data))
    if not found:
        return flipped(source, data)
    one = source.choice(found)
    return data[: one.start()] + str(int(one[0]) + 1).encode() + data[one.end() :]


def field_gone(source: random.Random, data: bytes) -> bytes:
    found = list(FIELD.finditer(data))
    if not found:
        return cut(source, data)
    one = source.choice(found)
    return data[: one.start()] + data[one.end() :]


SPOILS: Final[tuple[Bytes, ...]] = (flipped, cut, line_twice, lines_swapped, number_changed, field_gone)


def put_right(folder: Path, key: TestKey | None) -> None:
    """Make the manifest agree again, and sign with a key: as far as the forger's edit allows."""
    try:
        rehash(folder)
        if key:
            resign(folder, key)
    except UNREADABLE:
        return


MEANS: Final[dict[str, Callable[[Path], None]]] = {
    "as it is": lambda folder: None,
    "re-hashed": lambda folder: put_right(folder, None),
    "re-signed by a stranger": lambda folder: put_right(folder, STRANGER),
    "re-signed by the author": lambda folder: put_right(folder, AUTHOR_KEY),
}


@pytest.mark.parametrize("means", MEANS)
def test_every_file_spoilt_in_every_way(place: Place, means: str) -> None:
    source = random.Random(means)
    good, other = place.packages
    asked: dict[str, Asked] = {}
    for name in sorted(path.relative_to(good).as_posix() for path in good.rglob("*") if path.is_file()):
        for spoil in (*SPOILS, None):
            label = f"{name} {spoil.__name__ if spoil else 'of another package'}"
            folder = place.copy(good, label.replace("/", "-"))
            data = spoil(source, (folder / name).read_bytes()) if spoil else (other / name).read_bytes()
            (folder / name).write_bytes(data)
            MEANS[means](folder)
            asked[label] = Asked(folder, place.trusted)
    require_agreement(place, asked, least=4)


def places_in(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all values below a JSON value."""
    for key, child in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, key)
        yield from places_in(child, (*path, key))


def other_value(source: random.Random, old: Any) -> Any:
    """A value that a forger could put in a value's place, of the same type or not."""
    if isinstance(old, bool):
        return not old
    if isinstance(old, int | float):
        near = [old + 1, old - 1, old * 2, old + 1e-7, old + 1e-13, -old, float(old)]
        return source.choice([*near, 0, None, str(old), 2**53 - 1, 1e300])
    if isinstance(old, str):
        return source.choice([f"{old}x", "", old.upper(), None, 1, f"{old}\u202e", "a|b_c*", old])
    if isinstance(old, list):
        return source.choice([[], [*old, *old[:1]], old[::-1], {}])
    if isinstance(old, dict):
        return source.choice([{}, {**old, "more": 1}, [], dict(list(old.items())[1:])])
    return source.choice([0, 0.5, "x"])


def edited(source: random.Random, value: Any) -> Any:
    """A JSON value with one value in it replaced."""
    *way, last = source.choice(list(places_in(value)))
    holder = value
    for key in way:
        holder = holder[key]
    holder[last] = other_value(source, holder[last])
    return value


@pytest.mark.parametrize("seed", range(2))
def test_values_changed_and_signed_again_by_the_author(place: Place, seed: int) -> None:
    source = random.Random(seed)
    asked: dict[str, Asked] = {}
    while len(asked) < 120:
        package, name = source.choice(place.packages), source.choice(JSON_MEMBERS)
        label = f"{len(asked)} {name}"
        folder = place.copy(package, label)
        write_json(folder / name, edited(source, json.loads((folder / name).read_bytes())))
        put_right(folder, AUTHOR_KEY)
        asked[label] = Asked(folder, place.trusted, withheld(source, package, folder))
    require_agreement(place, asked, least=5)


def withheld(source: random.Random, package: Path, folder: Path) -> str:
    """Make a share of some packages; the profile to verify with."""
    if source.random() < 0.7:
        return "local"
    shutil.copy(package / PUBLIC, folder / PUBLIC)
    for name in WITHHELD:
        (folder / name).unlink(missing_ok=True)
    return "share"


def line_edited(source: random.Random, data: bytes) -> bytes:
    lines = [json.loads(line) for line in data.splitlines()]
    edited(source, lines)
    return b"".join(json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in lines)


def line_gone(source: random.Random, data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    del lines[source.randrange(len(lines))]
    return b"".join(lines)


LINE_EDITS: Final[tuple[Bytes, ...]] = (
    *([line_edited] * 6),
    line_gone,
    line_twice,
    lines_swapped,
    lambda source, data: data + b"\n",
    lambda source, data: data[:-1],
    lambda source, data: data.replace(b"\n", b"\r\n"),
    lambda source, data: b"",
)


def test_episodes_changed_and_every_digest_put_right(place: Place) -> None:
    source = random.Random(7)
    asked: dict[str, Asked] = {}
    for number in range(80):
        folder = place.copy(source.choice(place.packages), f"episodes {number}")
        before = (folder / EPISODES).read_bytes()
        after = LINE_EDITS[number % len(LINE_EDITS)](source, before)
        (folder / EPISODES).write_bytes(after)
        for name in (layout.AUDIT_INPUT, layout.RAW_EVIDENCE):
            data = (folder / name).read_bytes()
            (folder / name).write_bytes(data.replace(sha256(before).encode(), sha256(after).encode()))
        put_right(folder, AUTHOR_KEY)
        asked[str(number)] = Asked(folder, place.trusted)
    require_agreement(place, asked, least=3)


def counts_without_zeros(value: dict[str, Any]) -> None:
    del value["cells"][0]["counts"]["unknown"]


def runs_without_defaults(value: dict[str, Any]) -> None:
    for run in value["run"]["runs"]:
        del run["seed_provenance"]


def sum_by(factor: float) -> Callable[[dict[str, Any]], None]:
    def change(value: dict[str, Any]) -> None:
        value["cells"][0]["sums"]["sum_reward"]["sum"] *= factor

    return change


SPELLINGS: Final[dict[str, tuple[str, Callable[[dict[str, Any]], object], int]]] = {
    "a count of 0 left out": (layout.AUDIT_INPUT, counts_without_zeros, 18),
    "a default of a run left out": (layout.AUDIT_INPUT, runs_without_defaults, 18),
    "an option left out": (layout.AUDIT_INPUT, lambda value: value["requested"].pop("savi"), 0),
    "a sequence of 1 left out": (layout.MANIFEST, lambda value: value.pop("sequence"), 0),
    "a sum within rounding": (layout.AUDIT_INPUT, sum_by(1 + 1e-13), 0),
    "a sum beyond rounding": (layout.AUDIT_INPUT, sum_by(1 + 1e-8), 18),
    "a whole number as a float": (
        layout.AUDIT_INPUT,
        lambda value: value["cells"][0]["counts"].update(success=float(value["cells"][0]["counts"]["success"])),
        12,
    ),
    "a measure as a whole number": (layout.EVIDENCE, lambda value: value["metrics"][0].update(design_effect=1), 0),
    "an interval left out": (layout.EVIDENCE, lambda value: value["metrics"][0].pop("averages"), 18),
}
"""Other ways to write the same, or nearly the same: the member, the edit, and what comes of it."""


def test_other_spellings(place: Place) -> None:
    asked: dict[str, Asked] = {}
    for name, (member, change, _) in SPELLINGS.items():
        folder = place.copy(place.packages[0], name)
        edit_json(folder / member, change)
        put_right(folder, AUTHOR_KEY)
        asked[name] = Asked(folder, place.trusted)
    require_agreement(place, asked, least=3)
    found = [report["exit_code"] for report in reports(list(asked.values()))]
    assert found == [exit_code for *_, exit_code in SPELLINGS.values()]
