"""`worldflux explain`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import click
from click.shell_completion import CompletionItem

from worldbase.console import echo_report, format_option
from worldbase.errors import UsageError

if TYPE_CHECKING:
    from worldflux.explanations.catalogue import Chapter, Entry, Explanation

_WIDTH: Final = 88
_INDENT: Final = " " * 11
_KINDS: Final = {
    "finding": "finding",
    "reason": "reason of a verdict",
    "flag": "flag of a metric",
    "missing_evidence": "missing evidence",
    "statistic": "statistical method",
    "error": "error",
}


def _complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from worldflux.explanations.catalogue import codes

    return [CompletionItem(code) for code in codes() if code.startswith(incomplete)]


@click.command(
    epilog="""\b
Examples:
  worldflux explain short_of_plan
  worldflux explain wilson --format markdown"""
)
@click.argument("code", required=False, shell_complete=_complete)
@format_option
def explain(code: str | None, output_format: str) -> None:
    """Say what a code means, what to do about it, and where its formula comes from.

    CODE is a finding, reason, flag, label of missing evidence, statistical method or error, as packages, reports and
    error messages show it. Without one, all codes are listed.
    """
    if code is None:
        _list_all(output_format)
        return
    entries = _found(code.strip("[]`"))
    echo_report(
        output_format,
        [{"kind": entry.kind, **_told(entry.explanation)} for entry in entries],
        text=lambda: "\n".join(map(_text, entries)),
        markdown=lambda: "\n".join(map(_markdown, entries)),
    )


def _found(code: str) -> list[Entry]:
    from worldflux.explanations.catalogue import explanations_of, nearest

    if entries := explanations_of(code):
        return entries
    meant = nearest(code)
    raise UsageError(
        f"nothing has the code {code!r}",
        code="explain.unknown",
        hint=f"Did you mean {' or '.join(map(repr, meant))}?" if meant else "`worldflux explain` lists all codes.",
    )


def _list_all(output_format: str) -> None:
    from worldflux.explanations.catalogue import chapters

    echo_report(
        output_format,
        [
            {"kind": chapter.kind, "group": group.title, **_told(explanation)}
            for chapter in chapters()
            for group in chapter.groups
            for explanation in group.codes
        ],
        text=lambda: "\n".join(block for chapter in chapters() for block in _overview(chapter)),
        markdown=lambda: "\n".join(block for chapter in chapters() for block in _markdown_overview(chapter)),
    )


def _told(explanation: Explanation) -> dict[str, object]:
    """The explanation without what it does not say, in the order of its fields."""
    values = {field: getattr(explanation, field) for field in explanation.__struct_fields__}
    return {field: value for field, value in values.items() if value not in (None, "", ())}


def _title(entry: Entry) -> str:
    explanation, kind = entry.explanation, _KINDS[entry.kind]
    if explanation.severity:
        return f"{kind}, {explanation.severity}"
    return f"{kind}, exit code {explanation.exit}" if explanation.exit is not None else kind


def _lines(explanation: Explanation) -> Iterator[tuple[str, str]]:
    named = {
        "formula": explanation.formula,
        "source": explanation.source,
        "next": explanation.next,
        "also": ", ".join(explanation.also),
        "see also": ", ".join(explanation.see),
    }
    yield from ((name, text) for name, text in named.items() if text)


def _text(entry: Entry) -> str:
    explanation = entry.explanation
    head = f"{click.style(explanation.code, bold=True)}  ({_title(entry)})"
    blocks = [
        textwrap.fill(explanation.meaning, _WIDTH, initial_indent="  ", subsequent_indent="  "),
        *(_labelled(name, text) for name, text in _lines(explanation)),
    ]
    return "\n".join([head, *blocks]) + "\n"


def _labelled(name: str, text: str) -> str:
    return textwrap.fill(text, _WIDTH, initial_indent=f"  {name:9}", subsequent_indent=_INDENT, break_long_words=False)


def _markdown(entry: Entry) -> str:
    explanation = entry.explanation
    lines = [f"- {name}: `{text}`" if name == "formula" else f"- {name}: {text}" for name, text in _lines(explanation)]
    return "\n".join([f"## `{explanation.code}` ({_title(entry)})\n", f"{explanation.meaning}\n", *lines]) + "\n"


def _overview(chapter: Chapter) -> Iterator[str]:
    from worldbase.tables import text_table

    yield click.style(chapter.title, bold=True)
    for group in chapter.groups:
        rows = [[code.code, _first_sentence(code.meaning)] for code in group.codes]
        yield text_table([group.title or "code", ""], rows)


def _markdown_overview(chapter: Chapter) -> Iterator[str]:
    from worldbase.tables import markdown_table

    yield f"## {chapter.title}\n"
    for group in chapter.groups:
        rows = [[f"`{code.code}`", _first_sentence(code.meaning)] for code in group.codes]
        yield markdown_table([group.title or "code", "meaning"], rows)


def _first_sentence(text: str) -> str:
    return text.partition(". ")[0].rstrip(".").partition("; ")[0]
