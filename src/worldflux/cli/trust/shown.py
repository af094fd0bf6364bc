"""How trust files are shown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import click

from worldbase.tables import markdown as literal
from worldbase.tables import markdown_cell, markdown_table, text_table, visible
from worldflux.signing.trust_overview import Overview, SignerRow, overview

if TYPE_CHECKING:
    from pathlib import Path

_HEADER: Final = ("signer", "trusted as", "from", "until", "claims", "now", "key id or identity")


def overview_now(path: Path) -> Overview:
    """What a trust file says at this time."""
    return overview(path, now=datetime.now(tz=UTC))


def text(known: Overview) -> str:
    """A trust file as a table, with what to look after."""
    lines = [f"{click.style(visible(known.file), bold=True)}, version {known.version}", _rules(known), ""]
    lines.append(
        text_table(_HEADER, [_cells(row) for row in known.signers]) if known.signers else "Nobody is trusted.\n"
    )
    lines += [f"{click.style('warning', fg='yellow')}: {visible(warning)}" for warning in known.warnings]
    return "\n".join(lines).rstrip("\n") + "\n"


def changed(what: str, known: Overview) -> str:
    """The same, after a change."""
    return f"{click.style(what, fg='green', bold=True)}  {text(known)}"


def markdown(known: Overview) -> str:
    """A trust file in Markdown."""
    rows = [[markdown_cell(cell) for cell in _cells(row)] for row in known.signers]
    table = markdown_table(_HEADER, rows) if rows else "Nobody is trusted.\n"
    warnings = "".join(f"\nWarning: {literal(warning)}\n" for warning in known.warnings)
    return f"## {literal(known.file)}, version {known.version}\n\n{_rules(known)}\n\n{table}{warnings}"


def _rules(known: Overview) -> str:
    signers = "one trusted signer" if known.min_signers == 1 else f"{known.min_signers} different trusted signers"
    timed = ", with a trusted time" if known.require_timestamp else ""
    ends = f"expired {known.expires}" if known.expired else f"expires {known.expires}" if known.expires else "no expiry"
    return f"A package needs {signers}{timed}; {ends}."


def _cells(row: SignerRow) -> list[str]:
    claims = "all" if row.claims is None else " ".join(row.claims) or "none"
    who = f"{row.id} of {row.issuer}" if row.issuer else row.id
    return [row.label, ", ".join(row.roles), _day(row.not_before), _day(row.not_after), claims, row.now, who]


def _day(time: str | None) -> str:
    """A whole day by its date, anything else in full."""
    if time is None:
        return "-"
    date, _, rest = time.partition("T")
    return date if rest in ("00:00:00Z", "23:59:59Z") else time
