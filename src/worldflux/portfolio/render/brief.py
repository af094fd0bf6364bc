"""A reviewer brief as a page; every text from outside is shown literally."""

from __future__ import annotations

from collections.abc import Iterator

from worldbase.tables import markdown as escaped
from worldbase.tables import markdown_table
from worldflux.documents.brief import ReviewerBrief
from worldflux.portfolio.render.packet import bullets, counts_table, plan_rows, signals_table


def markdown(brief: ReviewerBrief) -> str:
    """Render a brief."""
    return "\n".join(_sections(brief))


def _sections(brief: ReviewerBrief) -> Iterator[str]:
    yield f"**{brief.visibility}**\n"
    yield "Not ready for public sharing.\n"
    yield f"# Reviewer brief: {escaped(brief.policy_id)}\n"
    yield f"> {escaped(brief.boundary)}\n"
    yield "## Before you show this to anybody\n"
    yield bullets([*brief.redaction_warnings, *brief.consent_warnings], "Nothing was found.")
    yield "## Where the planned cells went\n"
    yield counts_table(brief.conformance, {})
    yield "Every missing cell is listed in the packet's page.\n"
    yield "## Missing evidence\n"
    yield bullets(brief.missing_evidence, "Every planned cell has evidence that could be compared with the plan.")
    yield "## Questions to ask\n"
    yield bullets(brief.reviewer_questions, "None is open.")
    yield "## What the scores do not support\n"
    yield bullets(brief.unsupported_claims, "Nothing was found.")
    yield "## Observed scores\n"
    yield "Signals, not decisions. Worst and best count every cell that is missing or spoilt as failed, or succeeded.\n"
    yield signals_table(brief.signals)
    yield "## What to do next\n"
    yield bullets(brief.next_actions, "Nothing was asked for.")
    yield "## What this brief is bound to\n"
    yield markdown_table(
        ["", ""],
        [
            ["packet", f"`{brief.packet_id}`, `{brief.packet_sha256}`"],
            ["its page", f"{escaped(brief.packet_markdown_ref)}, `{brief.packet_markdown_sha256}`"],
            ["brief made", brief.created_at],
            *plan_rows(brief.plan),
        ],
    )
    yield f"**{brief.visibility}**\n"
