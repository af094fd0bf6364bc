"""`run_sheet.json`: what an operator works from, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, UnsetType

from worldbase.document import Document, Part
from worldbase.errors import Problem, Where
from worldflux.documents.episode import Natural
from worldflux.documents.plan import CellStream
from worldflux.documents.profile import Name, Visibility, Words
from worldflux.documents.protocol import DigestText


class SheetRow(Part, frozen=True, kw_only=True):
    """One episode to run, in the order of the week.

    Attributes:
        row: 1-based.
        arm: Blinded label where two policies are compared; absent for one.
    """

    row: Annotated[int, Meta(ge=1)]
    probe: Name
    task: str
    axis: Name
    episode_index: Natural
    seed: Natural
    arm: Annotated[str, Meta(pattern=r"^[A-Z]$")] | UnsetType = UNSET


class SheetTask(Part, frozen=True, kw_only=True):
    """A task of the sheet, for people.

    Attributes:
        says: What the policy is told, or the name that the benchmark has for the task; absent where nobody knows.
    """

    probe: Name
    task: str
    says: Words | UnsetType = UNSET


class HarnessCommand(Part, frozen=True, kw_only=True):
    """A command of a known harness that runs cells of a probe, with what it cannot be told.

    Attributes:
        covers: How many planned episodes it runs, of one arm where there are two.
        config: Text of the file that the command reads; absent where it reads none.
        config_file: What the command calls that file.
    """

    probe: Name
    harness: Name
    command: str
    covers: Natural
    note: Words
    config: str | UnsetType = UNSET
    config_file: str | UnsetType = UNSET


class KnownHarness(Part, frozen=True, kw_only=True):
    """A program that runs episodes, and what nobody will know later unless somebody writes it down.

    Attributes:
        source: Name under which its output is imported.
    """

    harness: Name
    name: Words
    source: Name
    not_recorded: list[Words]


class ProbeNotes(Part, frozen=True, kw_only=True):
    """What to mind with one probe."""

    probe: Name
    notes: list[Words]


class SealedArms(Part, frozen=True, kw_only=True):
    """Which policy is behind which label: sealed by a commitment until the packet.

    Attributes:
        policies: The policies that are compared, by the alphabet: their order tells nothing about the labels.
        commitment: SHA-256 of the RFC 8785 form of the key that is kept apart.
    """

    labels: list[str]
    policies: list[Name]
    commitment: DigestText


class RunSheet(Document, frozen=True, kw_only=True):
    """The hand-off to whoever runs the episodes.

    Attributes:
        planned: Number of rows: planned cells, times two where two policies are compared.
        tasks: In the order in which they first come up.
        commands: In the order in which their cells first come up.
        rows: In order; absent where `row_stream` holds them.
    """

    schema_name: ClassVar[str] = "worldflux.run_sheet.v0_draft"

    schema_version: Literal["worldflux.run_sheet.v0_draft"]
    visibility: Visibility
    plan: DigestText
    plan_id: str
    policy_id: Name
    planned: Natural
    before_the_first_episode: list[Words]
    record_per_episode: list[Words]
    when_something_fails: list[Words]
    mind: list[ProbeNotes]
    tasks: list[SheetTask]
    commands: list[HarnessCommand]
    harnesses: list[KnownHarness]
    boundary: str
    rows: list[SheetRow] | UnsetType = UNSET
    row_stream: CellStream | UnsetType = UNSET
    arms: SealedArms | UnsetType = UNSET

    def problems(self, file: str) -> Iterator[Problem]:
        """Yield a sheet without rows, or with two lists of them, or with others than it counts."""
        if (self.rows is UNSET) == (self.row_stream is UNSET):
            message = "a run sheet holds its rows, or names the stream that does"
            yield Problem("run_sheet.rows", message, Where(file, "/rows"))
        elif self.rows is not UNSET and len(self.rows) != self.planned:
            message = f"{self.planned:,} rows are planned; {len(self.rows):,} are listed"
            yield Problem("run_sheet.count", message, Where(file, "/planned"))


class ArmKey(Document, frozen=True, kw_only=True):
    """Which policy stands behind which label; opened when the packet is made."""

    schema_name: ClassVar[str] = "worldflux.arm_key.v0_draft"

    schema_version: Literal["worldflux.arm_key.v0_draft"]
    plan: DigestText
    salt: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}(?!\n)$")]
    arms: dict[str, Name]
