"""Episodes on their way from a source to the package."""

from __future__ import annotations

from dataclasses import dataclass

from worldflux.documents.episode import EpisodeRecord


@dataclass(frozen=True, slots=True)
class EpisodeWindow:
    """Consecutive episodes of one task in one run, as a source hands them over.

    Attributes:
        input: Id of the input file.
        first_pointer: JSON pointer (or line) of the first of them, for error messages.
        label: What the user calls the input file, for error messages.
    """

    task: str
    run_seed: int
    input: str
    records: list[EpisodeRecord]
    first_pointer: str = ""
    label: str = ""
