"""The same documents are valid: the embedded schemas and rules judge as the program's own types do."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from tests.worldflux.signed_packages import small_package
from tests.worldflux.verify.elsewhere.node import ask
from tests.worldflux.verify.elsewhere.test_tampering import edited
from worldbase import document
from worldbase.errors import InputError
from worldflux.documents.claim import Claim
from worldflux.documents.manifests import ArtifactManifest
from worldflux.documents.protocol import Protocol
from worldflux.package import layout
from worldflux.verify.episode_lines import DetailedLine
from worldflux.verify.members import KINDS

DOCUMENTS: Final[dict[str, type[document.Document]]] = {**KINDS, layout.MANIFEST: ArtifactManifest}
JUDGE: Final = """
    return given.map(([text, name]) => {
      try {
        V.requireDocument(V.parseJson(new TextEncoder().encode(text), "document"), name, "document");
        return true;
      } catch (error) {
        if (!(error instanceof V.GateFailure)) throw error;
        return false;
      }
    });
"""


def is_valid(value: Any, kind: type[document.Document]) -> bool:
    try:
        document.convert(value, kind)
    except InputError:
        return False
    return True


def compared(cases: list[tuple[Any, type[document.Document]]]) -> list[bool]:
    """What both say of each; they have to say the same."""
    ours = [is_valid(value, kind) for value, kind in cases]
    theirs = ask(JUDGE, [[json.dumps(value), kind.schema_name] for value, kind in cases])
    differing = [(kind.schema_name, value) for (value, kind), a, b in zip(cases, ours, theirs, strict=True) if a != b]
    assert differing == []
    return ours


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package, as an audit writes it."""
    return small_package(tmp_path_factory.mktemp("schemas"))[1]


@pytest.fixture(scope="module")
def members(package: Path) -> dict[str, Any]:
    """Its JSON members."""
    return {path.name: json.loads(path.read_bytes()) for path in package.glob("*.json")}


def test_edited_members(members: dict[str, Any]) -> None:
    source = random.Random(11)
    cases: list[tuple[Any, type[document.Document]]] = []
    for _ in range(1200):
        name = source.choice(sorted(members))
        value = json.loads(json.dumps(members[name]))
        for _ in range(source.choice([1, 1, 2])):
            edited(source, value)
        cases.append((value, DOCUMENTS[name]))
    judged = compared(cases)
    assert 200 < sum(judged) < len(judged) - 200


RATE: Final = {"name": "success_rate", "operator": ">=", "value": 0.8, "unit": "ratio"}


def claim_with(metrics: list[dict[str, Any]], **rule: Any) -> Any:
    def change(value: dict[str, Any]) -> None:
        value["expected_metrics"] = metrics
        value["decision_rule"] |= rule

    return change


CLAIMS: Final = {
    "as it is": lambda value: None,
    "promised twice": claim_with([RATE, RATE]),
    "of two tasks": claim_with([{**RATE, "task": "a"}, {**RATE, "task": "b"}]),
    "of one task twice": claim_with([{**RATE, "task": "a"}, {**RATE, "task": "a"}]),
    "named like another's label": claim_with([{**RATE, "task": "a"}, {**RATE, "name": "success_rate of a"}]),
    "bounds": claim_with([{**RATE, "name": "progress", "bounds": [0, 1]}]),
    "bounds the wrong way": claim_with([{**RATE, "name": "progress", "bounds": [1, 0]}]),
    "three bounds": claim_with([{**RATE, "name": "progress", "bounds": [0, 1, 2]}]),
    "one bound": claim_with([{**RATE, "name": "progress", "bounds": [0]}]),
    "unit": claim_with([{**RATE, "unit": "reward"}]),
    "unit of a prototype": claim_with([{**RATE, "unit": "constructor"}]),
    "percent": claim_with([{**RATE, "unit": "percent", "value": 80}]),
    "above its scale": claim_with([{**RATE, "value": 1.5}]),
    "below nothing": claim_with([{**RATE, "value": -0.5}]),
    "margin of everything": claim_with([RATE], margin=1),
    "baseline value": claim_with([RATE], baseline={"source": "", "value": 0.5}),
    "baseline counts": claim_with([RATE], baseline={"source": "", "successes": 5, "trials": 10}),
    "baseline of both": claim_with([RATE], baseline={"source": "", "successes": 5, "trials": 10, "value": 0.5}),
    "half a baseline": claim_with([RATE], baseline={"source": "", "successes": 5}),
    "baseline of nothing": claim_with([RATE], baseline={"source": ""}),
    "more successes than trials": claim_with([RATE], baseline={"source": "", "successes": 11, "trials": 10}),
    "counts for a score": claim_with(
        [{**RATE, "name": "progress"}], baseline={"source": "", "successes": 5, "trials": 10}
    ),
    "an empty list": claim_with([]),
    "alpha of a half": claim_with([RATE], alpha=0.5),
}
PROTOCOLS: Final = {
    "task twice": lambda value: value["benchmark"].update(task_list=["a", "b", "a"]),
    "tasks alike": lambda value: value["benchmark"].update(task_list=["a", "A"]),
    "seed twice": lambda value: value["execution"].update(seeds=[1, 2, 1]),
    "seed as a float": lambda value: value["execution"].update(seeds=[1.0]),
    "no seed": lambda value: value["execution"].update(seeds=[]),
    "no task": lambda value: value["benchmark"].update(task_list=[]),
}
MANIFESTS: Final = {
    "sequence without a package before": lambda value: value.update(sequence=2),
    "package before without a sequence": lambda value: value.update(supersedes="sha256:" + "a" * 64),
    "second": lambda value: value.update(sequence=2, supersedes="sha256:" + "a" * 64),
    "not sorted": lambda value: value["files"].reverse(),
    "listed twice": lambda value: value["files"].append(value["files"][-1]),
    "beyond UTF-16": lambda value: value.update(
        files=[value["files"][0] | {"path": name} for name in ("\uff5e", "\U00010000")]
    ),
    "sorted as JavaScript sorts": lambda value: value.update(
        files=[value["files"][0] | {"path": name} for name in ("\U00010000", "\uff5e")]
    ),
}
RULES: Final[list[tuple[str, type[document.Document], Any]]] = [
    *((layout.CLAIM, Claim, change) for change in CLAIMS.values()),
    *((layout.PROTOCOL, Protocol, change) for change in PROTOCOLS.values()),
    *((layout.MANIFEST, ArtifactManifest, change) for change in MANIFESTS.values()),
]


def test_rules_between_fields(members: dict[str, Any]) -> None:
    cases: list[tuple[Any, type[document.Document]]] = []
    for name, kind, change in RULES:
        value = json.loads(json.dumps(members[name]))
        change(value)
        cases.append((value, kind))
    assert {True, False} == set(compared(cases))


def test_edited_episodes(package: Path) -> None:
    source = random.Random(12)
    lines = [json.loads(line) for line in (package / layout.EPISODES).read_bytes().splitlines()]
    rich = {
        "instruction": "x", "locator": "line 1", "attempt": 1, "score": 0.5, "score_kind": "progress", "steps": 3,
        "extra": {"a": 1, "b": 0.5, "c": True, "d": "x"}, "criterion": "human", "init_state": 0,
    }  # fmt: skip
    lines.append(lines[0] | rich)
    values = [edited(source, json.loads(json.dumps(source.choice(lines[-3:])))) for _ in range(600)]
    body = """
        const read = (text) => V.parseJson(new TextEncoder().encode(text), "line");
        return given.map((text) => V.schemaFaults(read(text), "worldflux.episode_result.v0_draft").length === 0);
    """
    ours = [_is_line(value) for value in values]
    assert ask(body, [json.dumps(value) for value in values]) == ours
    assert 100 < sum(ours) < len(ours) - 100


def _is_line(value: Any) -> bool:
    try:
        msgspec.convert(value, DetailedLine, strict=True)
    except msgspec.ValidationError:
        return False
    return True
