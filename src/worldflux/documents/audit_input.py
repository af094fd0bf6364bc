"""`audit_input.json`: the normalised input that was audited, as cells counted from the episodes."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, Meta, UnsetType

from worldbase.document import Document, Part
from worldflux.documents.episode import Natural, ScoreKind
from worldflux.documents.manifests import RawEvidence
from worldflux.documents.protocol import DigestText

Severity = Literal["info", "warning", "error"]
StartKey = Literal["environment_seed", "episode_index", "index_modulo_batch", "unknown"]
Pairing = Literal["recorded", "declared", "none"]
WholeSecond = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z(?!\n)$")]
"""A UTC time of a fixed form, in which the earlier of two times is the lesser text."""


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
        requested: Episodes that the evaluator was asked for, where the file says so.
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
    requested: Natural | UnsetType = UNSET


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
        starts_verified: Whether it is known which initial state each episode started from.
        start_key: What tells the initial state of an episode of a task: its environment seed; its index, where the
            stored states are dealt out in order; its index modulo the batch size, where they repeat; or nothing.
        pairing: On what ground episodes of this run may be paired with those of another run by that key: it was
            `recorded` by the evaluator, `declared` by a person, or there is no ground (`none`).
        starts_note: Why, or why not.
    """

    simulated: bool | None
    perturbation_axes: list[str]
    starts_verified: bool
    start_key: StartKey
    pairing: Pairing
    starts_note: str


class Reported(Part, frozen=True, kw_only=True):
    """An aggregate that the evaluator printed or stored, recounted under its own convention.

    Attributes:
        where: Line or JSON pointer in the input.
        text: What stands there, unchanged.
        recount: The same from the episodes: `41/100`.
        convention: What the evaluator divides by, in words: `all episodes, errors as failures`.
        agrees: Whether the recount gives what is printed, as far as it is printed.
    """

    input: str
    where: str
    name: str
    text: str
    recount: str
    convention: str
    agrees: bool


class SourceFacts(Part, frozen=True, kw_only=True):
    """What a source knows about how the episodes came to be.

    Attributes:
        measures: What the scores of the episodes measure, where the source gives no success at all; then nothing in it
            can become a success rate.
        reported: What the evaluator itself reported.
    """

    inputs: list[InputFile]
    runs: list[RunSummary]
    evaluator: dict[str, Any]
    measures: ScoreKind | UnsetType = UNSET
    reported: list[Reported] | UnsetType = UNSET


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
        repeated: How many of them started from initial states that came before; they are not new observations.
        successes: Number of successes in each of the others, in order, separated by spaces; absent where every run is
            whole and neither the protocol nor the auditor asks for the path, so that nothing depends on them.
    """

    seed: int
    tasks: Natural
    complete: Natural
    repeated: Natural
    successes: str | UnsetType = UNSET


class RepeatedStarts(Part, frozen=True, kw_only=True):
    """The trials of one task, averaged over episodes that share an initial state.

    Attributes:
        starts: Number of distinct initial states.
        trials: Number of trials that started from them.
        sum: Sum over the states of the share of successes among a state's trials.
        sum_of_squares: Sum of the squares of those shares.
    """

    task: str
    starts: Natural
    trials: Natural
    sum: float
    sum_of_squares: float


class SimulationPairs(Part, frozen=True, kw_only=True):
    """Real episodes beside simulated ones, from `--ppi FILE`, as counts.

    Attributes:
        sha256: Digest of the file.
        both: Pairs in which the real and the simulated episode succeeded.
        real_only: Pairs in which only the real one did.
        simulated_only: Pairs in which only the simulated one did.
        neither: Pairs in which both failed.
        simulated: Simulated episodes without a real partner.
        simulated_successes: Successes among them.
    """

    sha256: DigestText
    both: Natural
    real_only: Natural
    simulated_only: Natural
    neither: Natural
    simulated: Natural
    simulated_successes: Natural

    @property
    def real(self) -> int:
        """Number of real episodes."""
        return self.both + self.real_only + self.simulated_only + self.neither

    @property
    def real_successes(self) -> int:
        """Successes among them."""
        return self.both + self.real_only


class PlanAge(Part, frozen=True, kw_only=True):
    """What `--plan-proof FILE` showed when the audit ran: what was frozen, when, and when the episodes began.

    Attributes:
        freeze: Digest of the freeze file.
        plan: Digest of the plan that it freezes.
        protocols: Digests of the protocols that are frozen with it.
        witness: Whose clock says when.
        frozen_at: When the freeze existed, by that clock, rounded up to a second; absent where no such clock says so.
        first_episode_at: When the first episode began, as it was recorded, rounded down to a second; absent where an
            episode has no recorded time.
    """

    freeze: DigestText
    plan: DigestText
    protocols: list[DigestText]
    witness: Literal["none", "tsa", "rekor"]
    frozen_at: WholeSecond | UnsetType = UNSET
    first_episode_at: WholeSecond | UnsetType = UNSET


class Requested(Part, frozen=True, kw_only=True):
    """What was asked for beside the audit itself, and the values that came with it.

    Attributes:
        savi: Whether the path of the e-process was asked for (`--savi`).
        ppi: What `--ppi FILE` gave.
        plan_age: What `--plan-proof FILE` gave.
    """

    savi: bool = False
    ppi: SimulationPairs | UnsetType = UNSET
    plan_age: PlanAge | UnsetType = UNSET


class EpisodeStream(Part, frozen=True, kw_only=True):
    """The episodes that the cells were counted from."""

    path: str
    sha256: DigestText
    count: Natural


class AuditInput(Document, frozen=True, kw_only=True):
    """Counts, run facts and findings: all that the verdict may depend on besides claim and protocol.

    Attributes:
        repeated_starts: One entry per task whose episodes share initial states, where the starts are known.
        raw_evidence: References to the raw files, in an audit input that stands alone; a package has them in its own
            manifest.
    """

    schema_name: ClassVar[str] = "worldflux.audit_input.v0_draft"

    schema_version: Literal["worldflux.audit_input.v0_draft"]
    source: SourceInfo
    run: RunFacts
    tasks: list[str]
    cells: list[Cell]
    blocks: list[Blocks]
    repeated_starts: list[RepeatedStarts]
    requested: Requested
    episodes: EpisodeStream
    duplicate: Natural
    findings: list[Finding]
    missing_evidence: list[str]
    raw_evidence: list[RawEvidence] | UnsetType = UNSET
