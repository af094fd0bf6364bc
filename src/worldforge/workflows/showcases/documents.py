"""What a showcase leaves beside its reports: `results/summary.json`."""

from __future__ import annotations

from typing import Any, Final

import msgspec

SCHEMA_VERSION: Final = 1


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a showcase did: a title, and what came of it in a sentence or two."""

    title: str
    text: str


class ShowcaseSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A showcase that was played.

    Attributes:
        showcase: Its name.
        title: Its title.
        summary: How it ended, in a sentence.
        claim_boundary: What it does not show.
        safe_to_attach: Whether everything that it wrote is free of secrets and host paths.
        steps: What it did.
        signals: Numbers and words that it came to.
        runs: Ids of the runs that it kept beside its own.
        next_commands: What to type next, in the showcase's folder.
        files: Label -> file of its own run.
    """

    showcase: str
    title: str
    summary: str
    claim_boundary: str
    safe_to_attach: bool
    steps: list[Step]
    signals: dict[str, Any]
    runs: list[str]
    next_commands: list[str]
    files: dict[str, str]
    schema_version: int = SCHEMA_VERSION
