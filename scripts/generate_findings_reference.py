"""Write ``docs/reference/findings.md`` from the catalogue of codes.

Run as ``just docs-generate``; the test suite checks that the page is current.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from worldbase.tables import markdown_table
from worldflux.explanations.catalogue import Chapter, Explanation, Group, Kind, chapters

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "findings.md"

_HEAD = """\
<!-- Written by scripts/generate_findings_reference.py from the catalogue of codes. Do not edit; run
`just docs-generate`. -->

# Findings and codes

Every code that a package or an error can carry, what it means, and what to do about it. Codes are stable and safe to
match on; the sentences that come with them are not. The test suite checks that this page and the program name the same
codes. `worldflux explain CODE` prints an entry of this page; without a code it lists them all.
"""

_HEADINGS: Final[dict[Kind, tuple[str, str]]] = {
    "finding": ("code", "meaning"),
    "reason": ("code", "meaning"),
    "flag": ("flag", "meaning"),
    "missing_evidence": ("label", "what is missing"),
    "statistic": ("method", "what it is"),
    "error": ("code", "meaning"),
}


def main() -> None:
    """Write the page."""
    PAGE.write_text(findings_reference(), encoding="utf-8")


def findings_reference() -> str:
    """Return the page as Markdown: one section per kind of code, one table per group."""
    return "\n".join([_HEAD, *map(_section, chapters())])


def _section(chapter: Chapter) -> str:
    groups = [part for group in chapter.groups for part in _group(chapter.kind, group)]
    return "\n".join([f"## {chapter.title}\n", _paragraph(chapter.intro), *groups])


def _group(kind: Kind, group: Group) -> Iterable[str]:
    if group.title:
        yield f"### {group.title}\n"
    if group.before:
        yield _paragraph(group.before)
    yield _table(kind, group.codes)
    if formulas := [_formula(code) for code in group.codes if code.formula or code.source]:
        yield "How it is computed:\n"
        yield "".join(formulas)
    if group.after:
        yield _paragraph(group.after)


def _table(kind: Kind, codes: Iterable[Explanation]) -> str:
    name, meaning = _HEADINGS[kind]
    columns: dict[str, list[str]] = {
        name: [", ".join(f"`{each}`" for each in (code.code, *code.also)) for code in codes],
        "severity": [code.severity or "" for code in codes],
        "exit": ["" if code.exit is None else str(code.exit) for code in codes],
        meaning: [_cell(code.meaning) for code in codes],
        "what to do": [_cell(code.next) for code in codes],
    }
    filled = {heading: cells for heading, cells in columns.items() if any(cells)}
    return markdown_table(list(filled), [list(row) for row in zip(*filled.values(), strict=True)])


def _formula(code: Explanation) -> str:
    computed = f" `{code.formula}`." if code.formula else ""
    published = f" {code.source}." if code.source else ""
    return f"- `{code.code}`:{computed}{published}\n"


def _paragraph(text: str) -> str:
    return f"{text.strip()}\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    main()
