"""Names and messages of foreign providers in reports: whatever they hold, they stay text in one cell."""

from __future__ import annotations

import csv
import io
import re

import pytest
from markdown_it import MarkdownIt

from tests.worldforge.benchmark.reports import sample_metadata, sample_provenance, sample_report, sample_result
from worldforge.benchmark.budgets import check_budgets
from worldforge.benchmark.render import gate_csv, gate_markdown, report_csv, report_markdown
from worldforge.benchmark.report import BenchmarkReport, Budget, InputFile

NAMES = [
    "a|b",
    "a\nb\n# heading",
    "<script>alert(1)</script>",
    "[click](javascript:alert(1))",
    "![x](data:,x)",
    "`code`",
    "=1+1",
    "+cmd",
    "@SUM(A1)",
    "a\r\nb",
    "a\x1b[2Jb",
    "a\u202eb",
    "a" * 5000,
    '"; DROP',
    "**bold**",
]
FORMULA = re.compile(r"[=+\-@]")


def hostile_report(name: str) -> BenchmarkReport:
    result = sample_result(
        provider=name, operation=name, success_count=199, error_count=1, errors=[f"Error: {name}"], flags=[name]
    )
    return sample_report(
        claim_boundary=name,
        metric_semantics=name,
        results=[result],
        run_metadata=sample_metadata(
            providers=[name],
            selected_operations={name: [name]},
            skipped_operations={name: [name]},
            preset=name,
            input_file=InputFile(path=name, sha256=name, metadata={name: name}),
        ),
        provenance=sample_provenance(command=[name], notes=name, runtime_manifests={name: name}),
    )


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_markdown_keeps_its_shape(name: str) -> None:
    report = hostile_report(name)
    gate = check_budgets(report, [Budget(provider=name, max_error_count=0)])
    tokens = MarkdownIt("commonmark").enable("table").parse(report_markdown(report) + "\n" + gate_markdown(gate))
    inline = [child.type for token in tokens for child in token.children or ()]
    assert not {"link_open", "image", "html_inline", "em_open"} & set(inline)
    assert "html_block" not in {token.type for token in tokens}
    assert [token.type for token in tokens].count("table_open") == 3
    headings = [tokens[place + 1].content for place, token in enumerate(tokens) if token.type == "heading_open"]
    assert headings == [
        "WorldForge Benchmark Report",
        "Results",
        "What to mind",
        "Errors",
        "Provenance",
        "Benchmark Budget Gate",
    ]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_csv_keeps_its_rows_and_runs_nothing(name: str) -> None:
    report = hostile_report(name)
    gate = check_budgets(report, [Budget(provider=name, max_error_count=0)])
    for text in (report_csv(report), gate_csv(gate)):
        header, *rows = csv.reader(io.StringIO(text))
        assert [len(row) for row in rows] == [len(header)]
        assert not [cell for cell in rows[0] if FORMULA.match(cell)]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_nothing_moves_the_cursor(name: str) -> None:
    report = hostile_report(name)
    for text in (report_markdown(report), report_csv(report).replace("\r\n", "\n"), report.to_html()):
        assert text.replace("\n", "").isprintable()
