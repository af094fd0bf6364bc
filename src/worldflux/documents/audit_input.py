"""`audit_input.json`: the normalised input that was audited, as cells counted from the episodes."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, Meta, UnsetType

from worldbase.document import Document, Part
from worldflux.documents.protocol import DigestText

Natural = Annotated[int, Meta(ge=0)]
Severity = Literal["info", "warning", "error"]


class Finding(Part, frozen=True, kw_only=True):
    """Something a reader has to know about the input. Findings never change a count."""

    code: str
    severity: Severity
    message: str
    where: str | None = None


class SourceInfo(Part, frozen=True, kw_only=True):
    """Which adapter read the evaluator's output, and which layouts it found."""

    name: str
    format: str
    adapter_version: str


class InputFile(Part, frozen=True, kw_only=True):
    """One file of evaluator output: named safely, bound by the digest of its raw bytes.

    Attributes:
        declared: Facts about the run that the file lacks, from `run_info.json` beside it and from the command line.
        declared_on_command_line: Names of those that somebody typed when the audit was run.
    """

    id: str
    name: str
    sha256: DigestText
    size: Natural
    format: str
    run_seed: int
    tasks: Natural
    episodes: Natural
    declared: dict[str, Any]
    declared_on_command_line: list[str]


class RunSummary(Part, frozen=True, kw_only=True):
    """One replicate of the whole plan, and how it got its run seed."""

    run_seed: int
    in_plan: bool
    bound_by: Literal["declared", "start_seed", "order", "episode_seed"]
    inputs: list[str]
    start_seed: int | UnsetType = UNSET
    seed_provenance: Literal["recorded", "derived", "unknown"] = "unknown"


class BenchmarkFacts(Part, frozen=True, kw_only=True):
    """What the benchmark registry knew when the audit ran.

    Attributes:
        simulated: Whether the tasks run in simulation; None where the registry does not know the benchmark.
        starts_verified: Whether it is known which initial state each episode had.
        starts_note: Why, or why not.
    """

    simulated: bool | None
    perturbation_axes: list[str]
    starts_verified: bool
    starts_note: str


class SourceFacts(Part, frozen=True, kw_only=True):
    """What a source knows about how the episodes came to be."""

    inputs: list[InputFile]
    runs: list[RunSummary]
    evaluator: dict[str, Any]


class RunFacts(SourceFacts, frozen=True, kw_only=True):
    """Everything known about how the episodes came to be."""

    benchmark: BenchmarkFacts


class OutcomeCounts(Part, frozen=True, kw_only=True):
    """Episodes per outcome class."""

    success: Natural = 0
    failure: Natural = 0
    infra_error: Natural = 0
    pending: Natural = 0
    skipped: Natural = 0
    unknown: Natural = 0

    @property
    def observed(self) -> int:
        """All of them together."""
        return self.success + self.failure + self.infra_error + self.pending + self.skipped + self.unknown


class Moments(Part, frozen=True, kw_only=True):
    """Count, sum and sum of squares of a number that episodes carry."""

    count: Natural
    sum: float
    sum_of_squares: float


class Cell(Part, frozen=True, kw_only=True):
    """Everything observed for one task in one run, in plan or not.

    Attributes:
        counts: All episodes that were observed.
        planned: Episodes that the protocol plans here; 0 marks a cell outside the plan.
        in_plan: Counts of the episodes that the plan covers, the first `planned` by index; absent where equal to
            `counts`.
        gaps: Episode indices that are skipped below the highest one observed.
        sums: Moments of the scores that episodes carry, by name.
    """

    task: str
    seed: int
    counts: OutcomeCounts
    planned: Natural
    in_plan: OutcomeCounts | UnsetType = UNSET
    gaps: Natural
    sums: dict[str, Moments]

    @property
    def planned_counts(self) -> OutcomeCounts:
        """Counts of the episodes that stand in the plan."""
        if self.planned == 0:
            return OutcomeCounts()
        return self.counts if self.in_plan is UNSET else self.in_plan

    @property
    def out_of_protocol(self) -> int:
        """Episodes observed here that the plan does not cover."""
        return self.counts.observed - self.planned_counts.observed


class Blocks(Part, frozen=True, kw_only=True):
    """Complete blocks of one run: the j-th block holds the j-th episode of each planned task.

    Attributes:
        complete: How many leading blocks hold a success or a failure for every planned task.
        successes: Number of successes in each of them, in order, separated by spaces.
    """

    seed: int
    tasks: Natural
    complete: Natural
    successes: str


class EpisodeStream(Part, frozen=True, kw_only=True):
    """The episodes that the cells were counted from."""

    path: str
    sha256: DigestText
    count: Natural


class AuditInput(Document, frozen=True, kw_only=True):
    """Counts, run facts and findings: all that the verdict may depend on besides claim and protocol."""

    schema_name: ClassVar[str] = "worldflux.audit_input.v0_draft"

    schema_version: Literal["worldflux.audit_input.v0_draft"]
    source: SourceInfo
    run: RunFacts
    tasks: list[str]
    cells: list[Cell]
    blocks: list[Blocks]
    episodes: EpisodeStream
    duplicate: Natural
    findings: list[Finding]
    missing_evidence: list[str]
