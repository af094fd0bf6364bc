"""The reference pages name every code, flag, label and exit code that the program has, and no other."""

from __future__ import annotations

import ast
import functools
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.pages import DOCS
from tests.support import REPO
from worldbase import errors
from worldflux.errors import EXIT_CODES
from worldflux.explanations.catalogue import chapters, explanations_of
from worldflux.package.layout import MANIFEST, MEMBERS
from worldflux.package.render.v1.labels import MISSING
from worldflux.verify.gates import GATES, NAMES, UNKNOWN_SIGNER

SOURCE: Final = REPO / "src"
CALLS_WITH_A_CODE_FIRST: Final = {"Problem", "_Refused", "_reached"}
LEROBOT: Final = "source.lerobot."
ANY_SOURCE: Final = "source.*."
CODE_AT: Final = {"_refused": 1, "_with": 2}
"""Helpers that take a code at this position."""


def _strings(node: ast.expr) -> Iterator[str]:
    """Literal values of an expression; of a conditional one, both. A placeholder of an f-string becomes `*`."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=body, orelse=orelse):
            yield from _strings(body)
            yield from _strings(orelse)
        case ast.List(elts=elements):
            for element in elements:
                yield from _strings(element)
        case ast.JoinedStr(values=values):
            yield "".join(part.value if isinstance(part, ast.Constant) else "*" for part in values)  # type: ignore[misc]


def _callee(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _codes_of_call(call: ast.Call, path: Path) -> Iterator[str]:
    for keyword in call.keywords:
        if keyword.arg in {"code", "flags"}:
            yield from _strings(keyword.value)
    first, name = (call.args[0] if call.args else None), _callee(call)
    if name in CODE_AT and len(call.args) > CODE_AT[name]:
        yield from _strings(call.args[CODE_AT[name]])
    if first is None:
        return
    if name in CALLS_WITH_A_CODE_FIRST:
        yield from _strings(first)
    elif name in {"error", "_finding"} and "sources" in path.parts:
        prefix = LEROBOT if "lerobot" in path.parts else ANY_SOURCE
        yield from (prefix + text for text in _strings(first))
    elif name == "append" and ast.unparse(call.func) in {"flags.append", "own.append"}:
        yield from _strings(first)


def _codes(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call():
                yield from _codes_of_call(node, path)
            case ast.Assign(targets=[ast.Name(id="code" | "flags")], value=value):
                yield from _strings(value)
            case ast.AnnAssign(target=ast.Name(id="_SEEN"), value=ast.Dict(keys=keys)):
                yield from (LEROBOT + text for key in keys if key for text in _strings(key))


@functools.cache
def codes_of_the_program() -> set[str]:
    """Every code, flag and label; `*` stands for what is filled in when the program runs."""
    found = {code for path in SOURCE.rglob("*.py") for code in _codes(path)}
    helpers = {"source.*.*", f"{LEROBOT}*"}  # put a prefix before a code that another call names
    return (found - helpers) | set(MISSING)


def explained_codes() -> dict[str, list[str]]:
    """Codes of the catalogue, by kind; methods of statistics are no codes of the program."""
    return {
        chapter.kind: [explanation.code for group in chapter.groups for explanation in group.codes]
        for chapter in chapters()
        if chapter.kind != "statistic"
    }


def test_every_code_is_explained_and_every_explained_code_exists() -> None:
    known = codes_of_the_program()
    explained = {code for codes in explained_codes().values() for code in codes}
    invented = [code for code in explained if not any(_are_one(code, other) for other in known)]
    missing = [code for code in known if not any(_are_one(code, other) for other in explained)]
    assert (sorted(missing), sorted(invented)) == ([], [])


def _severities(path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and _callee(node) == "Finding":
            given = {keyword.arg: list(_strings(keyword.value)) for keyword in node.keywords}
            yield from itertools.product(given["code"], given["severity"])


def test_a_finding_is_as_severe_as_it_is_explained_to_be() -> None:
    explained = {
        entry.explanation.code: entry.explanation.severity
        for code in explained_codes()["finding"]
        for entry in explanations_of(code)
        if entry.kind == "finding"
    }
    given = [pair for path in SOURCE.rglob("*.py") for pair in _severities(path) if pair[0] in explained]
    assert len(given) > 20
    assert [(code, severity) for code, severity in given if explained[code] != severity] == []


def test_no_kind_explains_a_code_twice() -> None:
    for kind, codes in explained_codes().items():
        assert len(codes) == len(set(codes)), kind


def _are_one(first: str, second: str) -> bool:
    """Whether two codes may be the same, each with `*` for what the other spells out."""
    return any(
        re.fullmatch(re.escape(pattern).replace(r"\*", "[a-z0-9_*]+"), text)
        for pattern, text in ((first, second), (second, first))
    )


@pytest.mark.parametrize(
    "code",
    [
        "claim.private_content",
        "json.trailing",
        "json.syntax",
        "decision.refuted",
        "short_of_plan",
        "below_target",
        "source.lerobot.wrapped",
        "source.lerobot.seed_null",
        "source.lerobot.ragged",
        "protocol.*_differs",
        "compare.fraction",
        "exact_test_disagrees",
        "not_robust",
        "asymptotic",
        "n_action_steps",
    ],
)
def test_codes_are_found_in_every_form_in_which_the_program_names_them(code: str) -> None:
    assert code in codes_of_the_program()


def test_every_exit_code_is_listed() -> None:
    page = (DOCS / "reference" / "exit-codes.md").read_text(encoding="utf-8")
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", page, flags=re.MULTILINE)}
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.WorldError)]
    of_gates = {*EXIT_CODES.values(), UNKNOWN_SIGNER}
    assert listed == {0, 130} | {kind.default_exit_code for kind in kinds} | of_gates


def test_every_gate_is_listed_with_its_exit_code() -> None:
    for page in ("reference/exit-codes.md", "guides/verify-a-package.md"):
        text = (DOCS / page).read_text(encoding="utf-8")
        named = re.findall(r"^\| (1\d|20) \| `?([a-z ]+?)`? \|", text, flags=re.MULTILINE | re.IGNORECASE)
        known = [(str(EXIT_CODES[gate]), {gate, NAMES[gate].lower()}) for gate in GATES]
        assert [code for code, _ in named] == [code for code, _ in known], page
        assert all(name.lower() in names for (_, name), (_, names) in zip(named, known, strict=True)), page


def test_every_member_of_a_package_is_listed() -> None:
    page = (DOCS / "reference" / "evidence-package.md").read_text(encoding="utf-8")
    table = page[: page.index("## The denominator")]
    assert set(re.findall(r"`(\w+\.(?:json|jsonl|md))`", table)) == {*MEMBERS, MANIFEST}
