"""`worldflux eval-portfolio reviewer-brief`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from worldbase.console import echo_report, format_option, quiet_option
from worldbase.tables import visible

if TYPE_CHECKING:
    from worldflux.documents.brief import ReviewerBrief

_FILE = click.Path(path_type=Path)


@click.command(
    "reviewer-brief",
    epilog="""\b
Example:
  worldflux eval-portfolio reviewer-brief --packet packet.json --packet-markdown-ref packet.md \\
      --output reviewer_brief.md --brief-json reviewer_brief.json""",
)
@click.option("--packet", "packet_path", type=_FILE, required=True, help="packet.json")
@click.option("--packet-markdown-ref", type=_FILE, required=True, help="The page that was written with the packet.")
@click.option("--output", type=_FILE, required=True, help="The brief as a page, Markdown.")
@click.option("--brief-json", type=_FILE, required=True, help="The brief itself.")
@click.option("--overwrite", is_flag=True, help="Replace what stands at --output and --brief-json.")
@format_option
@quiet_option
def reviewer_brief(
    packet_path: Path,
    packet_markdown_ref: Path,
    output: Path,
    brief_json: Path,
    overwrite: bool,
    output_format: str,
    quiet: bool,
) -> None:
    """Write what a private reviewer reads first: warnings, gaps, questions, and what the scores do not support.

    The brief is bound to the packet and to its page; neither may have been edited. It is not ready for public sharing.
    """
    from worldbase import document
    from worldbase.files import write_atomic
    from worldbase.redact import redact_text
    from worldflux.portfolio.brief import brief_of
    from worldflux.portfolio.packet_files import load_packet, refuse_occupied
    from worldflux.portfolio.render.brief import markdown
    from worldflux.sources.kept_inputs import refuse_output_over

    refuse_occupied(output, brief_json, overwrite=overwrite)
    refuse_output_over([packet_path, packet_markdown_ref], output, brief_json)
    made = brief_of(load_packet(packet_path, packet_markdown_ref), redact_text(packet_markdown_ref.name))
    write_atomic(output, markdown(made).encode())
    write_atomic(brief_json, document.dump(made))
    if not quiet:
        echo_report(output_format, _as_json(made, output, brief_json), text=lambda: _text(made, output, brief_json))


def _as_json(brief: ReviewerBrief, output: Path, brief_json: Path) -> dict[str, Any]:
    return {
        "visibility": brief.visibility,
        "public_share_ready": brief.public_share_ready,
        "page": str(output),
        "brief": str(brief_json),
        "packet": brief.packet_sha256,
        "questions": len(brief.reviewer_questions),
        "missing_evidence": len(brief.missing_evidence),
        "redaction_warnings": len(brief.redaction_warnings),
        "consent_warnings": len(brief.consent_warnings),
    }


def _text(brief: ReviewerBrief, output: Path, brief_json: Path) -> str:
    return (
        f"Wrote {visible(str(output))} and {visible(str(brief_json))}  ({brief.visibility}, not ready for public "
        f"sharing)\n"
        f"  {len(brief.reviewer_questions)} question(s), {len(brief.missing_evidence)} gap(s) in the evidence, "
        f"{len(brief.redaction_warnings) + len(brief.consent_warnings)} warning(s) before anybody sees it\n"
    )
