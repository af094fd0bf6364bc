"""Pages that are written by a script are what the script writes now."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scripts import (
    draw_verdict_line,
    generate_benchmark_reference,
    generate_cli_reference,
    generate_document_reference,
    generate_findings_reference,
    generate_probe_reference,
)
from tests.support import REPO
from worldflux.documents.published import PUBLISHED

GENERATED: list[tuple[Path, Callable[[], str]]] = [
    (generate_cli_reference.PAGE, generate_cli_reference.cli_reference),
    (generate_cli_reference.WORLDFORGE_PAGE, generate_cli_reference.worldforge_reference),
    (generate_document_reference.PAGE, generate_document_reference.document_reference),
    (generate_benchmark_reference.PAGE, generate_benchmark_reference.benchmark_reference),
    (generate_probe_reference.PAGE, generate_probe_reference.probe_reference),
    (generate_findings_reference.PAGE, generate_findings_reference.findings_reference),
    (draw_verdict_line.PICTURE, draw_verdict_line.picture),
]


@pytest.mark.parametrize(("page", "text"), GENERATED, ids=lambda value: value.name if isinstance(value, Path) else "")
def test_the_committed_page_is_current(page: Path, text: Callable[[], str]) -> None:
    assert page.read_text(encoding="utf-8") == text(), "run `just docs-generate`"


@pytest.mark.parametrize(
    ("program", "reference"),
    [
        ("worldflux", generate_cli_reference.cli_reference),
        ("worldforge", generate_cli_reference.worldforge_reference),
    ],
    ids=["worldflux", "worldforge"],
)
def test_every_command_has_a_section_with_its_help(program: str, reference: Callable[[], str]) -> None:
    page = reference()
    helps = sorted((REPO / "tests" / "golden" / "help").glob(f"{program}*.txt"))
    assert helps
    for text in helps:
        usage = text.read_text(encoding="utf-8").splitlines()[0].removeprefix("Usage: ")
        assert f"```text\n{usage}\n```" in page


def test_every_published_schema_says_where_it_stands() -> None:
    assert list(generate_document_reference.FILES) == list(PUBLISHED)
