"""A plan: made from a profile, the probes, contracts and a seed, the same from the same, before any score."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import msgspec
from msgspec import UNSET

from worldbase import clock, digest, identifier
from worldbase.document import significant
from worldflux.documents.eval_contract import CustomEvalContract
from worldflux.documents.evidence import Power
from worldflux.documents.plan import (
    MOST_INLINE,
    Amendment,
    CellStream,
    DenominatorRule,
    FrozenProfile,
    FrozenRegistry,
    Plan,
    PlanChoices,
    PlannedCell,
    PlannedProbe,
    PlannedRate,
    PlanSeed,
)
from worldflux.documents.profile import VISIBILITY, EvalProfile
from worldflux.documents.protocol import InfraErrorPolicy
from worldflux.portfolio import frozen
from worldflux.portfolio.cells import Assignment, cells_of
from worldflux.portfolio.derivation import Stream
from worldflux.portfolio.probes.registry import REGISTRY_VERSION, registry_digest
from worldflux.portfolio.questions import questions_of
from worldflux.portfolio.seed_sources import material
from worldflux.portfolio.selection import ChosenProbe, Selection, select
from worldflux.stats.power_analysis import power

DEFAULT_CHOICES: Final = PlanChoices(probes=[])
DEFAULT_RATE: Final = PlannedRate(value=0.8, margin=0.05, alpha=0.05)
BOUNDARY: Final = (
    "A plan is made before any score and says what is to be run. It runs nothing, decides nothing, and says nothing "
    "about whether a robot may be used. It is for internal review and for a private reviewer, not for publication."
)
_WINDOW: Final = 4096


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """Everything that a plan is made from.

    Attributes:
        seed: From `seed_sources.seed_of`.
        amendment: Where the plan amends another one.
    """

    profile: EvalProfile
    seed: PlanSeed
    contracts: tuple[CustomEvalContract, ...] = ()
    choices: PlanChoices = DEFAULT_CHOICES
    rate: PlannedRate = DEFAULT_RATE
    infra_error: InfraErrorPolicy = "lost"
    amendment: Amendment | None = None


@dataclass(frozen=True, slots=True)
class PlannedWork:
    """A plan, and its cells one after the other wherever they are to stand."""

    plan: Plan
    cells: Callable[[], Iterator[PlannedCell]]

    def lines(self) -> Iterator[bytes]:
        """The JSON lines of a cell stream, some thousand at a time."""
        return lines_of(self.cells())


def plan_of(request: PlanRequest, *, stream_name: str = "plan.cells.jsonl") -> PlannedWork:
    """Make a plan.

    Args:
        request: What it is made from.
        stream_name: Where the cells will stand, beside the plan, if they are too many for it.

    Raises:
        PlanError: What `selection.select` raises.
        StatisticsError: The planned rate is not one.
    """
    stream = Stream(material(request.seed), frozen.digest_of(request.profile), registry_digest())
    selection = select(request.profile, request.contracts, request.choices, stream)
    assignments = [Assignment(one.id, one.pairs, one.episodes, one.start_seed) for one in selection.chosen]

    def cells() -> Iterator[PlannedCell]:
        return cells_of(assignments, stream)

    planned = sum(one.cells for one in selection.chosen)
    held = _held(planned, cells, stream_name)
    return PlannedWork(_sealed(_content(request, selection, planned, held)), cells)


def digest_of(plan: Plan) -> str:
    """Digest of a plan: over the RFC 8785 form of everything in it but its digest."""
    return digest_of_value(msgspec.to_builtins(plan))


def digest_of_value(value: dict[str, Any]) -> str:
    """The same of a plan as it was read."""
    return digest.of_value({name: entry for name, entry in value.items() if name != "digest"})


def lines_of(cells: Iterator[PlannedCell]) -> Iterator[bytes]:
    """Cells as JSON lines, some thousand at a time."""
    encoder = msgspec.json.Encoder()
    while window := list(islice(cells, _WINDOW)):
        yield encoder.encode_lines(window)


def _held(planned: int, cells: Callable[[], Iterator[PlannedCell]], stream_name: str) -> dict[str, Any]:
    """The field that holds the cells, or names the stream that does."""
    if planned <= MOST_INLINE:
        return {"cells": list(cells())}
    sha256 = digest.of_pieces(lines_of(cells()))
    return {"cell_stream": CellStream(path=stream_name, sha256=sha256, count=planned)}


def _content(request: PlanRequest, selection: Selection, planned: int, held: dict[str, Any]) -> dict[str, Any]:
    """All fields but the id, the time and the digest."""
    probes = [_planned(one, request.rate) for one in selection.chosen]
    return {
        "schema_version": "worldflux.eval_plan.v0_draft",
        "visibility": VISIBILITY,
        "profile": FrozenProfile(digest=frozen.digest_of(request.profile), document=request.profile),
        "registry": FrozenRegistry(digest=registry_digest(), version=REGISTRY_VERSION),
        "seed": request.seed,
        "choices": request.choices,
        "probes": probes,
        "excluded": list(selection.excluded),
        "planned_rate": request.rate,
        "planned": planned,
        "denominator_policy": DenominatorRule(
            infra_error=request.infra_error, missing="counted_against_the_claim", out_of_protocol="shown_not_counted"
        ),
        "missing_evidence_questions": questions_of(request.profile, request.seed, probes),
        "boundary": BOUNDARY,
        "amendment": request.amendment or UNSET,
        **held,
    }


def _sealed(content: dict[str, Any]) -> Plan:
    draft = Plan(id="", digest="", created_at="", **content)
    named = msgspec.to_builtins(draft)
    fingerprint = digest.of_value({name: value for name, value in named.items() if value != ""})
    plan = msgspec.structs.replace(
        draft, id=identifier.new("pln", content=(fingerprint,)), created_at=clock.timestamp()
    )
    return msgspec.structs.replace(plan, digest=digest_of(plan))


def _planned(one: ChosenProbe, rate: PlannedRate) -> PlannedProbe:
    contract = one.contract
    return PlannedProbe(
        id=one.id,
        name=one.name,
        family=one.family,
        axes=list(dict.fromkeys(pair.axis for pair in one.pairs)),
        tasks=list(dict.fromkeys(pair.task for pair in one.pairs)),
        episodes_per_task=one.episodes,
        start_seed=one.start_seed,
        cells=one.cells,
        can_show=list(one.can_show),
        cannot_show=list(one.cannot_show),
        traps=list(one.traps),
        cautions=list(one.cautions),
        power=_power(one.cells, rate),
        contract=contract or UNSET,
        contract_digest=frozen.digest_of(contract) if contract else UNSET,
    )


def _power(cells: int, rate: PlannedRate) -> Power | None:
    """What so many episodes could show of the planned rate; None where the rate itself is what is tested against."""
    if rate.margin == 0:
        return None
    analysis = power(rate.value, rate.margin, n=cells, alpha=rate.alpha)
    return Power(
        method=analysis.method,
        at=analysis.at,
        n=cells,
        at_claim=significant(analysis.at_claim or 0.0),
        n_for_80=analysis.n_for_80,
        mde=None if analysis.mde is None else significant(analysis.mde),
    )
