"""`packet.json`: evidence held against the frozen plan, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, UnsetType

from worldbase.document import Document, Part
from worldbase.errors import Problem, Where
from worldbase.identifier import pattern
from worldflux.documents.claim import UtcTime
from worldflux.documents.episode import Natural, Outcome
from worldflux.documents.eval_contract import ConsentMarker
from worldflux.documents.evidence import Interval
from worldflux.documents.plan import Amendment, SeedGrade, SeedSource
from worldflux.documents.profile import Name, Visibility, Words
from worldflux.documents.protocol import DigestText

Precedence = Literal["proven", "declared", "not_shown"]
Witness = Literal["none", "tsa", "rekor"]
CellState = Literal["matched", "missing"]
Mismatch = Literal["digest", "metadata", "infrastructure_failure"]
StrayReason = Literal[
    "probe_not_planned", "task_not_planned", "axis_not_planned", "axis_not_told", "index_not_planned", "arm_not_told"
]


class PacketPlan(Part, frozen=True, kw_only=True):
    """The plan, and whether it is known to be older than the first episode.

    Attributes:
        precedence_note: What shows it, or why nothing does.
        attempts_in_log: How many packets of this plan the log shown holds: at least so many were made.
        plans_in_log: The same for plans of this policy and these probes.
    """

    id: str
    digest: DigestText
    precedence: Precedence
    precedence_note: Words
    seed_source: SeedSource
    seed_grade: SeedGrade
    witness: Witness
    attempts_in_log: Natural | UnsetType = UNSET
    plans_in_log: Natural | UnsetType = UNSET
    amendment: Amendment | UnsetType = UNSET


class Conformance(Part, frozen=True, kw_only=True):
    """Where every planned cell went. matched + missing = planned; the mismatches are among the matched ones."""

    planned: Natural
    matched: Natural
    missing: Natural
    out_of_protocol: Natural
    duplicate: Natural
    digest_mismatch: Natural
    metadata_mismatch: Natural
    infrastructure_failure: Natural


class PacketCell(Part, frozen=True, kw_only=True):
    """One planned cell and the episode that was found for it.

    Attributes:
        outcome: What became of it; `unknown` where several episodes were found that do not agree.
        mismatches: What does not agree, with what the plan says and what the evidence says.
        repeated: Whether more than one episode was found; neither replaces the other.
    """

    probe: Name
    task: str
    axis: Name
    episode_index: Natural
    seed: Natural
    state: CellState
    outcome: Outcome | UnsetType = UNSET
    mismatches: list[Mismatch] | UnsetType = UNSET
    repeated: bool | UnsetType = UNSET


class CellGroup(Part, frozen=True, kw_only=True):
    """Cells of one probe and axis that have the same episode indexes, so that a person can find them all.

    Attributes:
        tasks: Their tasks; neighbours are joined: `libero_pro_goal/0-9`.
        episodes: Episode indexes, such as `0-4, 7`.
        seeds: The seeds that belong to them, in the same order.
    """

    probe: Name
    axis: Name
    tasks: list[str]
    episodes: str
    seeds: str
    cells: Natural


class StrayGroup(Part, frozen=True, kw_only=True):
    """Episodes that belong to no planned cell: shown, not counted.

    Attributes:
        task: As the evidence calls it; absent where several are told together.
        axis: As the evidence calls it.
        first: Lowest episode index among them.
        last: Highest one.
    """

    probe: Name
    reason: StrayReason
    task: str | UnsetType = UNSET
    axis: str | UnsetType = UNSET
    episodes: Natural
    first: Natural
    last: Natural


class CellMismatch(Part, frozen=True, kw_only=True):
    """A difference between plan and evidence, for as many cells as it concerns.

    Attributes:
        found: What the evidence says; of several values the first ones.
    """

    probe: Name
    kind: Mismatch
    field: str
    planned: str
    found: str
    cells: Natural


class AttachedEvidence(Part, frozen=True, kw_only=True):
    """An audit input that was attached to a probe."""

    probe: Name
    planned: bool
    name: str
    sha256: DigestText
    source: str
    episodes: Natural


class AxisSignal(Part, frozen=True, kw_only=True):
    """A score that was observed along one axis of a probe."""

    axis: Name
    successes: Natural
    trials: Natural
    planned: Natural
    missing: Natural
    estimate: float | None
    interval: Interval


class Signal(Part, frozen=True, kw_only=True):
    """A score that was observed, of one probe; it decides nothing.

    Attributes:
        successes: Successes among `trials`.
        trials: Cells with a success or a failure that agree with the plan in everything that was compared; as the
            plan says, spoilt ones are among them as failures, or are left out.
        mismatched_successes: Successes among `mismatched_trials`.
        mismatched_trials: Cells with a success or a failure, and with a difference between plan and evidence.
        worst: Share of successes if every cell that is missing or spoilt had failed.
        best: If all of them had succeeded.
        underpowered: Whether the plan could not have shown the planned rate, or too few trials are left to show it.
    """

    probe: Name
    successes: Natural
    trials: Natural
    mismatched_successes: Natural
    mismatched_trials: Natural
    planned: Natural
    estimate: float | None
    interval: Interval
    worst: float
    best: float
    underpowered: bool
    axes: list[AxisSignal]


class QuestionState(Part, frozen=True, kw_only=True):
    """A question that the plan asked beforehand, and whether the evidence answers it.

    Attributes:
        answer: What the evidence says; absent where the question is open.
    """

    question: Words
    state: Literal["answered", "open"]
    answer: Words | UnsetType = UNSET


class PinnedContract(Part, frozen=True, kw_only=True):
    """What a plan pinned of a probe of the customer's own, as far as a reviewer of the packet needs it."""

    probe: Name
    digest: DigestText
    consent: ConsentMarker
    acceptance_question: Words
    workflow_claim: Words
    task_owner: Words
    task_source: Words


class ArmAccount(Part, frozen=True, kw_only=True):
    """The other policy of a blinded comparison, held against the same cells."""

    arm: str
    policy_id: Name
    conformance: Conformance
    missing: list[CellGroup]
    signals: list[Signal]


class PacketCells(Part, frozen=True, kw_only=True):
    """The cells, where they are too many to stand in the packet: a JSON-lines file beside it."""

    path: str
    sha256: DigestText
    count: Natural


class Packet(Document, frozen=True, kw_only=True):
    """Evidence against a plan. An acceptance discussion, not a verdict.

    Attributes:
        digest: `sha256:` of the RFC 8785 form of the packet without this field.
        conformance: Of all probes together, those that were not planned among them.
        missing: Every planned cell without an episode, in groups.
        unresolved: Cells with an episode that tells neither success nor failure, in groups.
        repeated: Cells for which more than one episode was found, in groups.
        strays: Episodes of no planned cell.
        missing_evidence: What the evidence lacks to be held against the plan.
        questions: What the plan asked beforehand.
        arms: Which policy stood behind which label, where two were compared.
        other_arms: The policies that the plan is not about.
        cell_stream: Where there are more than 10,000 cells.
    """

    schema_name: ClassVar[str] = "worldflux.eval_packet.v0_draft"

    schema_version: Literal["worldflux.eval_packet.v0_draft"]
    visibility: Visibility
    id: Annotated[str, Meta(pattern=pattern("pkt"))]
    digest: DigestText
    created_at: UtcTime
    policy_id: Name
    use_case: Words
    claim_intent: Words
    plan: PacketPlan
    conformance: Conformance
    by_probe: dict[str, Conformance]
    evidence: list[AttachedEvidence]
    mismatches: list[CellMismatch]
    missing: list[CellGroup]
    unresolved: list[CellGroup]
    repeated: list[CellGroup]
    strays: list[StrayGroup]
    signals: list[Signal]
    unsupported_claims: list[Words]
    caveats: list[Words]
    missing_evidence: list[Words]
    questions: list[QuestionState]
    next_falsification_axes: list[Words]
    reviewer_next_actions: list[Words]
    contracts: list[PinnedContract]
    boundary: str
    cells: list[PacketCell] | UnsetType = UNSET
    cell_stream: PacketCells | UnsetType = UNSET
    arms: dict[str, Name] | UnsetType = UNSET
    other_arms: list[ArmAccount] | UnsetType = UNSET

    def problems(self, file: str) -> Iterator[Problem]:
        """Yield counts that do not add up: every planned cell ends in one state, and is listed once."""
        accounts = {"/conformance": self.conformance}
        accounts |= {f"/by_probe/{probe}": own for probe, own in self.by_probe.items()}
        for pointer, account in accounts.items():
            yield from _uneven(account, Where(file, pointer))
        for name in Conformance.__struct_fields__:
            if getattr(self.conformance, name) != sum(getattr(own, name) for own in self.by_probe.values()):
                message = f"{name} of all probes is not the sum over the probes"
                yield Problem("packet.counts", message, Where(file, f"/conformance/{name}"))
        yield from self._listed(file)
        yield from self._said(file)

    def _listed(self, file: str) -> Iterator[Problem]:
        if (self.cells is UNSET) == (self.cell_stream is UNSET):
            message = "a packet holds its cells, or names the stream that does"
            yield Problem("packet.cells", message, Where(file, "/cells"))
        if sum(group.cells for group in self.missing) != self.conformance.missing:
            yield Problem("packet.counts", "the groups do not hold all missing cells", Where(file, "/missing"))
        if self.cells is not UNSET:
            matched = sum(cell.state == "matched" for cell in self.cells)
            if (matched, len(self.cells)) != (self.conformance.matched, self.conformance.planned):
                yield Problem("packet.counts", "the cells are not as many as the counts say", Where(file, "/cells"))

    def _said(self, file: str) -> Iterator[Problem]:
        """Yield scores and sentences that the counts do not bear out."""
        if [signal.probe for signal in self.signals] != [name for name, own in self.by_probe.items() if own.planned]:
            yield Problem("packet.counts", "the scores are not of the planned probes", Where(file, "/signals"))
        for index, signal in enumerate(self.signals):
            own = self.by_probe.get(signal.probe)
            if own is not None and not _is_borne_out(signal, own):
                message = f"the scores of {signal.probe} are not those of its matched cells"
                yield Problem("packet.counts", message, Where(file, f"/signals/{index}"))
        if self.conformance.missing and not self.missing_evidence:
            yield Problem("packet.counts", "cells are missing, and nothing says so", Where(file, "/missing_evidence"))
        if self.plan.precedence == "proven" and self.plan.witness == "none":
            message = "no witness saw the plan that is said to be proven to come first"
            yield Problem("packet.counts", message, Where(file, "/plan/precedence"))


def _is_borne_out(signal: Signal, own: Conformance) -> bool:
    """Whether a score counts no more than the matched cells, and is that of its axes together."""
    by_axis = (
        sum(getattr(axis, name) for axis in signal.axes) for name in ("planned", "missing", "successes", "trials")
    )
    return (
        signal.successes <= signal.trials
        and signal.mismatched_successes <= signal.mismatched_trials
        and signal.trials + signal.mismatched_trials <= own.matched
        and [signal.planned, own.missing, signal.successes, signal.trials] == list(by_axis)
        and signal.planned == own.planned
    )


def _uneven(account: Conformance, where: Where) -> Iterator[Problem]:
    if account.matched + account.missing != account.planned:
        yield Problem("packet.counts", "matched and missing are not what is planned", where)
    for name in ("digest_mismatch", "metadata_mismatch", "infrastructure_failure"):
        if getattr(account, name) > account.matched:
            yield Problem("packet.counts", f"{name} is above the matched cells", where)
