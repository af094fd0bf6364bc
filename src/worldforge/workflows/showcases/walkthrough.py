"""A showcase as a page for people."""

from __future__ import annotations

import textwrap
from typing import Final

from worldbase.tables import markdown
from worldforge.workflows.showcases.documents import ShowcaseSummary

_WIDTH: Final = 100


def walkthrough_markdown(summary: ShowcaseSummary) -> str:
    """The summary as Markdown."""
    return "\n".join(
        [
            f"# {markdown(summary.title)}\n",
            f"{markdown(summary.summary)}\n",
            f"**Claim boundary.** {markdown(summary.claim_boundary)}\n",
            "## What happened\n",
            "".join(
                f"{number}. **{markdown(step.title)}.** {markdown(step.text)}\n"
                for number, step in enumerate(summary.steps, start=1)
            ),
            "## What lies in the run\n",
            "".join(f"- {markdown(label)}: `{path}`\n" for label, path in sorted(summary.files.items())),
            "## What to type next, in the showcase's folder\n",
            "```bash\n" + "".join(f"{command}\n" for command in summary.next_commands) + "```\n",
        ]
    )


def walkthrough_text(summary: ShowcaseSummary, folder: str) -> str:
    """The summary for a terminal; `folder` is where the showcase played, as its reader knows it."""
    lines = [f"{summary.title}\n", f"  {summary.summary}"]
    for number, step in enumerate(summary.steps, start=1):
        lines += [f"\n  {number}. {step.title}", _wrapped(step.text, first="     ", rest="     ")]
    lines += ["", _wrapped(summary.claim_boundary, first="  boundary  ", rest="            "), f"  folder    {folder}"]
    if summary.next_commands:
        lines += ["\nThere, type next:", *(f"  {command}" for command in summary.next_commands)]
    return "\n".join(lines) + "\n"


def _wrapped(text: str, *, first: str, rest: str) -> str:
    return textwrap.fill(
        text, _WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )
