"""`plan.json`: which cells are to be run, frozen before anybody has seen a score."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Final, Literal

from msgspec import UNSET, Meta, UnsetType

from worldbase.document import Document, Part
from worldbase.errors import Problem, Where
from worldbase.identifier import pattern
from worldflux.documents.claim import ShortText, UtcTime
from worldflux.documents.episode import Natural
from worldflux.documents.eval_contract import CustomEvalContract
from worldflux.documents.evidence import Power
from worldflux.documents.profile import EvalProfile, Name, Visibility, Words
from worldflux.documents.protocol import Count, DigestText, InfraErrorPolicy
from worldflux.documents.seed_commitment import SeedCommitment

SeedSource = Literal["operator_supplied", "commit_reveal", "public_beacon"]
SeedGrade = Literal["chosen_by_operator", "mixed_with_reviewer", "mixed_with_beacon"]
MOST_INLINE: Final = 10_000


class FrozenProfile(Part, frozen=True, kw_only=True):
    """The profile, whole, and the digest of its canonical form."""

    digest: DigestText
    document: EvalProfile


class FrozenRegistry(Part, frozen=True, kw_only=True):
    """Which probes there were to choose from."""

    digest: DigestText
    version: str


class BeaconRound(Part, frozen=True, kw_only=True):
    """One round of public randomness, and when it took place."""

    name: Words
    round: Natural
    at: UtcTime
    value: Annotated[str, Meta(pattern=r"^[0-9a-f]{16,256}(?!\n)$")]
    verified: bool


class PlanSeed(Part, frozen=True, kw_only=True):
    """Where the choice of cells comes from, and who could have chosen it.

    Attributes:
        value: What was supplied: a number of the operator's, or the revealed salt.
        commitment: SHA-256 of the salt that was committed to before, or of the beacon's round.
        reviewer_salt: A second party's contribution, which the operator could not choose.
        beacon: Round and value of a public beacon that came after the commitment.
        committed: The commitment as it was published.
        committed_at: When a time-stamping authority that was trusted here saw the commitment; absent where none did.
        time_stamp: Its reply (RFC 3161, DER in base64) over the text of the commitment, for whoever trusts it too.
        derivation: How cells are derived from it.
        grade: How far the operator could have chosen the seeds.
    """

    value: Annotated[str, Meta(min_length=1, max_length=512)]
    source: SeedSource
    commitment: DigestText | None
    reviewer_salt: Annotated[str, Meta(min_length=1, max_length=512)] | UnsetType = UNSET
    beacon: BeaconRound | UnsetType = UNSET
    committed: SeedCommitment | UnsetType = UNSET
    committed_at: UtcTime | UnsetType = UNSET
    time_stamp: Annotated[str, Meta(min_length=4, max_length=88_000)] | UnsetType = UNSET
    derivation: str
    grade: SeedGrade


class PlannedProbe(Part, frozen=True, kw_only=True):
    """A probe that was selected, and what it is planned to show.

    Attributes:
        cautions: What does not agree between probe and profile, and excludes nothing.
        start_seed: Environment seed of the first episode of each task; the others count on from it.
        power: What the planned number of episodes could show, for a claimed rate that the plan states; None where
            no rate is planned for.
    """

    id: Name
    name: Words
    family: ShortText
    axes: list[Name]
    tasks: list[str]
    episodes_per_task: Natural
    start_seed: Natural
    cells: Natural
    can_show: list[Words]
    cannot_show: list[Words]
    traps: list[Words]
    cautions: list[Words]
    power: Power | None
    contract: CustomEvalContract | UnsetType = UNSET
    contract_digest: DigestText | UnsetType = UNSET


class ExcludedProbe(Part, frozen=True, kw_only=True):
    """A probe of the registry that the profile does not fit, and why."""

    id: Name
    reasons: Annotated[list[Words], Meta(min_length=1)]


class PlannedCell(Part, frozen=True, kw_only=True):
    """One episode that is to be run."""

    probe: Name
    task: str
    axis: Name
    episode_index: Natural
    seed: Natural


class CellStream(Part, frozen=True, kw_only=True):
    """The cells, where they are too many to stand in the plan: a JSON-lines file beside it."""

    path: str
    sha256: DigestText
    count: Natural


class PlannedRate(Part, frozen=True, kw_only=True):
    """The rate that the power is computed for."""

    value: Annotated[float, Meta(gt=0, le=1)]
    margin: Annotated[float, Meta(ge=0, lt=1)]
    alpha: Annotated[float, Meta(gt=0, lt=1)]


class DenominatorRule(Part, frozen=True, kw_only=True):
    """What counts, decided before any episode is run."""

    infra_error: InfraErrorPolicy
    missing: Literal["counted_against_the_claim"]
    out_of_protocol: Literal["shown_not_counted"]


class Amendment(Part, frozen=True, kw_only=True):
    """The plan that this one amends: it stays as it was, and both are shown."""

    amends: DigestText
    reason: Words


class PlanChoices(Part, frozen=True, kw_only=True):
    """What the operator chose besides the seed.

    Attributes:
        episodes_per_task: For the probes of the registry whose tasks are no variants; absent: as each probe has it.
        tasks_per_axis: How many tasks of each axis are drawn; absent: as each probe has it.
        probes: Probes that were asked for; empty: those that go with the simulator.
    """

    episodes_per_task: Count | UnsetType = UNSET
    tasks_per_axis: Count | UnsetType = UNSET
    probes: list[Name]


class Plan(Document, frozen=True, kw_only=True):
    """A frozen plan. Its digest is over everything else in it.

    Attributes:
        digest: `sha256:` of the RFC 8785 form of the plan without this field.
        cells: The cells in the order of the run sheet; absent where `cell_stream` holds them.
    """

    schema_name: ClassVar[str] = "worldflux.eval_plan.v0_draft"

    schema_version: Literal["worldflux.eval_plan.v0_draft"]
    visibility: Visibility
    id: Annotated[str, Meta(pattern=pattern("pln"))]
    digest: DigestText
    created_at: UtcTime
    profile: FrozenProfile
    registry: FrozenRegistry
    seed: PlanSeed
    choices: PlanChoices
    probes: list[PlannedProbe]
    excluded: list[ExcludedProbe]
    planned_rate: PlannedRate
    planned: Natural
    denominator_policy: DenominatorRule
    missing_evidence_questions: list[Words]
    boundary: str
    cells: list[PlannedCell] | UnsetType = UNSET
    cell_stream: CellStream | UnsetType = UNSET
    amendment: Amendment | UnsetType = UNSET

    def problems(self, file: str) -> Iterator[Problem]:
        """Yield a plan without cells, or with two lists of them."""
        if (self.cells is UNSET) == (self.cell_stream is UNSET):
            message = "a plan holds its cells, or names the stream that does"
            yield Problem("plan.cells", message, Where(file, "/cells"))
        elif self.cells is not UNSET and len(self.cells) != self.planned:
            message = f"{self.planned:,} cells are planned; {len(self.cells):,} are listed"
            yield Problem("plan.count", message, Where(file, "/planned"))
