"""Hostile names of tasks, videos and claims, each through a whole audit: refused cleanly, or shown harmlessly."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from tests.command import Outcome, worldflux
from tests.support import FIXTURES
from tests.worldflux import results
from tests.worldflux.auditing import Bench, Package, bench
from worldbase.errors import WorldError
from worldbase.redact import redact_text
from worldbase.tables import is_invisible
from worldflux.claims import claim_pair
from worldflux.package import layout
from worldflux.package.inspect import text_summary

Role = Callable[[Bench, str], Path]
PLACEHOLDER: Final = f"sha256:{'0' * 64}"
HARMLESS: Final = "pick the cup"
OUTCOMES: Final = [True, False, True]


class Entry(NamedTuple):
    """One name of the list."""

    id: str
    category: str
    text: str


ENTRIES: Final = [
    Entry(entry["id"], entry["category"], entry["text"])
    for entry in json.loads((FIXTURES / "hostile" / "names.json").read_bytes())["entries"]
]


def rewritten(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change a document, written as ASCII: a lone surrogate has no other form."""
    value = json.loads(path.read_bytes())
    change(value)
    path.write_text(json.dumps(value, indent=2), encoding="ascii")


def place_for(folder: Path, tasks: list[str] | None = None, claim_text: str | None = None) -> Bench:
    place = bench(folder, tasks=[HARMLESS], episodes=3)
    rewritten(place.protocol, lambda protocol: protocol.update(claim_hash=PLACEHOLDER))
    if tasks is not None:
        rewritten(place.protocol, lambda protocol: protocol["benchmark"].update(task_list=tasks))
    if claim_text is not None:
        rewritten(place.claim, lambda claim: claim.update(claim_text=claim_text))
    return place


def result_of(*tasks: tuple[str, int | str], videos: list[str] | None = None, key: str | None = None) -> results.Result:
    result = results.layout_b(dict.fromkeys(tasks, OUTCOMES))
    result["per_task"][0]["metrics"]["video_paths"] = videos or []
    return result if key is None else result | {key: 1}


class Through(NamedTuple):
    """Where a name comes in: what it makes of claim, protocol and result."""

    tasks: Callable[[str], list[str]] = lambda name: [HARMLESS]
    claim_text: Callable[[str], str | None] = lambda name: None
    result: Callable[[str], results.Result] = lambda name: result_of((HARMLESS, 0))


ROLES: Final = {
    "a planned task": Through(tasks=lambda name: [name], result=lambda name: result_of((name, 0))),
    "a task beside the plan": Through(result=lambda name: result_of((HARMLESS, 0), (name, 7), ("group", name))),
    "a video and a key": Through(
        result=lambda name: result_of((HARMLESS, 0), videos=[name, f"outputs/videos/{name}"], key=name)
    ),
    "a claim": Through(claim_text=lambda name: name),
}


def prepared(folder: Path, role: Through, name: str) -> tuple[Bench, Path]:
    place = place_for(folder, role.tasks(name), role.claim_text(name))
    return place, results.write(folder / "run" / "eval_info.json", role.result(name))


def audited(folder: Path, role: Through, name: str) -> Package | WorldError:
    """What comes of it; an error that is no `WorldError` is a defect."""
    place, path = prepared(folder, role, name)
    try:
        return place.audit(path)
    except WorldError as refusal:
        error = refusal
    assert error.exit_code in (2, 3)
    assert not place.output.exists()
    return error


def has_nothing_invisible(text: str) -> bool:
    return not any(is_invisible(character) for character in text.replace("\n", ""))


def assert_members_are_sound(package: Package, name: str) -> None:
    for member in package.folder.iterdir():
        data = member.read_bytes()
        text = data.decode("utf-8")
        if member.suffix == ".json":
            assert re.search(r"[\x00-\x09\x0b-\x1f]", text) is None, member.name
            json.loads(text)
        elif member.suffix == ".jsonl":
            assert re.search(r"[\x00-\x09\x0b-\x1f]", text) is None, member.name
            assert all(isinstance(json.loads(line), dict) for line in data.split(b"\n")[:-1]), member.name
        else:
            assert has_nothing_invisible(text), member.name
        if redact_text(name) != name:
            spellings = {name, json.dumps(name)[1:-1], json.dumps(name, ensure_ascii=False)[1:-1]}
            # Below another word it is a relative path, which says nothing about a machine.
            assert not [spelling for spelling in spellings if re.search(rf"(?<![\w/]){re.escape(spelling)}", text)]
    assert {member.name for member in package.folder.iterdir()} == {*layout.MEMBERS, layout.MANIFEST}


def shape(markdown: str) -> list[tuple[str, int]]:
    """Of each line what makes it a heading, a bullet, a row or a paragraph, and the number of its cells."""
    found = []
    for line in markdown.split("\n"):
        bare = re.sub(r"\\.", "", line)
        start = re.match(r"#+ |\| |- |\*\*|```|>|\d+[.)] ", bare)
        found.append((start[0] if start else "text" if bare else "", bare.count("|")))
    return found


def report_of(package: Package) -> str:
    return (package.folder / layout.REPORT).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def harmless(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Package]:
    """The package that a harmless name gives in each role."""
    packages = {}
    for role, through in ROLES.items():
        package = audited(tmp_path_factory.mktemp("harmless"), through, HARMLESS + " 2")
        assert isinstance(package, Package)
        packages[role] = package
    return packages


class TestOneName:
    @pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry.id} {entry.category}")
    def test_a_name_is_refused_or_shown_harmlessly(
        self, tmp_path: Path, harmless: dict[str, Package], entry: Entry
    ) -> None:
        for number, (role, through) in enumerate(ROLES.items()):
            package = audited(tmp_path / str(number), through, entry.text)
            if isinstance(package, WorldError):
                assert "Traceback" not in str(package)
                continue
            assert_members_are_sound(package, entry.text)
            assert shape(report_of(package)) == shape(report_of(harmless[role])), role
            summary = text_summary(package.evidence)
            assert has_nothing_invisible(summary), role
            assert len(summary.split("\n")) == len(text_summary(harmless[role].evidence).split("\n")), role

    def test_most_names_are_shown_not_refused(self, tmp_path: Path) -> None:
        shown = {
            role: sum(
                isinstance(audited(tmp_path / f"{role} {entry.id}", through, entry.text), Package)
                for entry in ENTRIES[::8]
            )
            for role, through in ROLES.items()
        }
        assert min(shown.values()) >= len(ENTRIES[::8]) * 2 // 3, shown


HARD_ON_TERMINALS: Final = [
    entry for entry in ENTRIES if entry.category in ("ansi", "bidi", "zero_width", "newline", "control", "markdown")
]


class TestTerminal:
    @staticmethod
    def _shown(outcome: Outcome) -> str:
        assert "Traceback" not in outcome.out + outcome.err
        assert has_nothing_invisible(outcome.out + outcome.err)
        return outcome.out + outcome.err

    @pytest.mark.parametrize("entry", HARD_ON_TERMINALS, ids=lambda entry: f"{entry.id} {entry.category}")
    def test_no_command_prints_what_moves_the_cursor(self, tmp_path: Path, entry: Entry) -> None:
        for role in ("a planned task", "a claim"):
            place, path = prepared(tmp_path / role, ROLES[role], entry.text)
            outcome = worldflux("", *place.arguments(path))
            self._shown(outcome)
            assert outcome.code in (0, 3)
            assert place.output.exists() == (outcome.code == 0)
            if outcome.code == 0:
                self._shown(worldflux("evidence inspect", place.output))
                self._shown(worldflux("evidence inspect --format markdown", place.output))
                self._shown(worldflux("evidence diff", place.output, place.output))

    def test_a_name_in_an_error_is_made_visible_too(self, tmp_path: Path) -> None:
        name = "\x1b[2Jcup\u202e"
        place = place_for(tmp_path, [name])
        result = result_of((name, 0))
        result["per_task"].append(copy.deepcopy(result["per_task"][0]))
        outcome = worldflux("", *place.arguments(results.write(tmp_path / "eval_info.json", result)))
        assert outcome.code == 3
        assert r"'\x1b[2Jcup\u202e' stands twice" in self._shown(outcome)


class TestNamesTogether:
    def test_two_different_names_never_share_a_row(self, tmp_path: Path) -> None:
        names = [entry.text for entry in ENTRIES if self._can_be_planned(tmp_path / entry.id, entry.text)]
        assert len(names) > 90
        place = place_for(tmp_path / "all", names)
        package = place.audit(
            results.write(tmp_path / "all" / "eval_info.json", result_of(*((name, 0) for name in names)))
        )
        assert package.evidence.denominator.planned == 3 * len(names)
        assert package.evidence.denominator.missing == package.evidence.denominator.out_of_protocol == 0
        table = report_of(package).split("## By task\n")[1].split("\n## ")[0]
        first_cells = [re.split(r"(?<!\\)\|", line)[1].strip() for line in table.strip().split("\n")[2:]]
        assert len(first_cells) == len(set(first_cells)) == len(names)
        assert "" not in first_cells

    @staticmethod
    def _can_be_planned(folder: Path, name: str) -> bool:
        place = place_for(folder, [name])
        try:
            claim_pair.load(place.claim, place.protocol)
        except WorldError:
            return False
        return True

    def test_names_that_only_look_alike_are_told_apart_on_a_terminal(self, tmp_path: Path) -> None:
        alike = [entry.text for entry in ENTRIES if entry.category == "normalisation"]
        place = place_for(tmp_path, alike)
        path = results.write(tmp_path / "eval_info.json", result_of(*((name, 0) for name in alike)))
        summary = text_summary(place.audit(path).evidence)
        rows = [line for line in summary.split("\n") if line.rstrip().endswith("2/3  0.667")]
        assert len(rows) == len(set(rows)) == len(alike)

    @pytest.mark.parametrize("together", [True, False], ids=["in one file", "in two files"])
    def test_names_that_would_be_one_without_their_paths_are_refused(self, tmp_path: Path, together: bool) -> None:
        place = place_for(tmp_path)
        first, second = ("/home/someone/cup", 0), ("/home/another/box", 0)
        tasks = [(first, second)] if together else [(first,), (second,)]
        paths = [
            results.write(tmp_path / str(number) / "eval_info.json", result_of((HARMLESS, 0), *names))
            for number, names in enumerate(tasks)
        ]
        with pytest.raises(WorldError) as caught:
            place.audit(*paths)
        assert caught.value.code == "source.task_names"
        assert "someone" not in str(caught.value)
        assert not place.output.exists()

    def test_a_path_in_a_name_is_left_out_of_every_member(self, tmp_path: Path) -> None:
        place = place_for(tmp_path)
        name = "/home/someone/tasks/cup"
        path = results.write(tmp_path / "eval_info.json", result_of((HARMLESS, 0), (name, 0), videos=[f"{name}/0.mp4"]))
        package = place.audit(path)
        for member in package.folder.iterdir():
            assert b"someone" not in member.read_bytes(), member.name
        assert package.evidence.denominator.out_of_protocol == 3
