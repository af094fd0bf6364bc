"""The reference pages name every code, flag, label and exit code that the program has, and no other."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.pages import DOCS
from tests.support import REPO
from worldbase import errors
from worldflux.package.layout import MANIFEST, MEMBERS
from worldflux.package.render.v1.labels import MISSING

SOURCE: Final = REPO / "src"
CALLS_WITH_A_CODE_FIRST: Final = {"Problem", "_Refused", "_reached"}
LEROBOT: Final = "source.lerobot."
FINDINGS: Final = DOCS / "reference" / "findings.md"


def _strings(node: ast.expr) -> Iterator[str]:
    """Literal values of an expression; of a conditional one, both. A placeholder of an f-string becomes `*`."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=body, orelse=orelse):
            yield from _strings(body)
            yield from _strings(orelse)
        case ast.JoinedStr(values=values):
            yield "".join(part.value if isinstance(part, ast.Constant) else "*" for part in values)  # type: ignore[misc]


def _callee(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _codes_of_call(call: ast.Call, path: Path) -> Iterator[str]:
    for keyword in call.keywords:
        if keyword.arg == "code":
            yield from _strings(keyword.value)
    first, name = (call.args[0] if call.args else None), _callee(call)
    if first is None:
        return
    if name in CALLS_WITH_A_CODE_FIRST:
        yield from _strings(first)
    elif name in {"error", "_finding"} and "sources" in path.parts:
        yield from (LEROBOT + text for text in _strings(first))
    elif name == "append" and ast.unparse(call.func) in {"flags.append", "own.append"}:
        yield from _strings(first)


def _codes(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield from _codes_of_call(node, path)
        elif (
            isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "_SEEN" and isinstance(node.value, ast.Dict)
        ):
            yield from (LEROBOT + text for key in node.value.keys if key for text in _strings(key))


@functools.cache
def codes_of_the_program() -> set[str]:
    """Every code, flag and label; `*` stands for what is filled in when the program runs."""
    found = {code for path in SOURCE.rglob("*.py") for code in _codes(path)}
    helpers = {"source.*.*", f"{LEROBOT}*"}  # put a prefix before a code that another call names
    return (found - helpers) | set(MISSING)


def first_cells(text: str) -> list[str]:
    """What stands in backticks at the beginning of a table's row."""
    return re.findall(r"^\| `([^`]+)`", text, flags=re.MULTILINE)


def test_every_code_is_explained_and_every_explained_code_exists() -> None:
    known = codes_of_the_program()
    explained = first_cells(FINDINGS.read_text(encoding="utf-8"))
    patterns = [re.escape(code).replace(r"\*", "[a-z_]+") for code in known]
    invented = [code for code in explained if not any(re.fullmatch(pattern, code) for pattern in patterns)]
    missing = [code for code, pattern in zip(known, patterns, strict=True) if not _any_matches(pattern, explained)]
    assert (sorted(missing), sorted(invented)) == ([], [])


def test_no_section_explains_a_code_twice() -> None:
    for section in re.split(r"^## ", FINDINGS.read_text(encoding="utf-8"), flags=re.MULTILINE):
        codes = first_cells(section)
        assert len(codes) == len(set(codes)), section.partition("\n")[0]


def _any_matches(pattern: str, texts: list[str]) -> bool:
    return any(re.fullmatch(pattern, text) for text in texts)


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
        "n_action_steps",
    ],
)
def test_codes_are_found_in_every_form_in_which_the_program_names_them(code: str) -> None:
    assert code in codes_of_the_program()


def test_every_exit_code_is_listed() -> None:
    page = (DOCS / "reference" / "exit-codes.md").read_text(encoding="utf-8")
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", page, flags=re.MULTILINE)}
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.WorldError)]
    assert listed == {0, 130} | {kind.default_exit_code for kind in kinds}


def test_every_member_of_a_package_is_listed() -> None:
    page = (DOCS / "reference" / "evidence-package.md").read_text(encoding="utf-8")
    table = page[: page.index("## The denominator")]
    assert set(re.findall(r"`(\w+\.(?:json|jsonl|md))`", table)) == {*MEMBERS, MANIFEST}
