"""A plan that amends another: new, linked to it by its digest, and both are shown."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from msgspec import UNSET

from worldflux.documents.eval_contract import CustomEvalContract
from worldflux.documents.plan import Amendment, Plan, PlanChoices, PlannedRate, PlanSeed
from worldflux.documents.profile import EvalProfile
from worldflux.documents.protocol import InfraErrorPolicy
from worldflux.errors import PlanError
from worldflux.portfolio import frozen
from worldflux.portfolio.planning import PlanRequest
from worldflux.portfolio.probes.registry import registry_digest
from worldflux.portfolio.seed_sources import Frame, SeedRequest, grade_of, seed_of


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be otherwise; None: as it was."""

    profile: EvalProfile | None = None
    seed: SeedRequest | None = None
    contracts: tuple[CustomEvalContract, ...] | None = None
    choices: PlanChoices | None = None
    rate: PlannedRate | None = None
    infra_error: InfraErrorPolicy | None = None


def amended(plan: Plan, changes: Changes, reason: str) -> PlanRequest:
    """The request of a plan that amends another.

    A seed that is kept is known by now: where anything changes that the choice of cells depends on, the operator could
    have tried what pleases, and the seed is graded so.

    Raises:
        PlanError: `plan.nothing_amended`, and what `seed_of` raises.
    """
    kept = request_of(plan)
    profile = changes.profile or kept.profile
    contracts = kept.contracts if changes.contracts is None else changes.contracts
    frame = Frame(frozen.digest_of(profile), registry_digest(), tuple(map(frozen.digest_of, contracts)))
    request = PlanRequest(
        profile=profile,
        seed=seed_of(changes.seed, frame) if changes.seed else _kept(kept.seed, frame),
        contracts=contracts,
        choices=changes.choices or kept.choices,
        rate=changes.rate or kept.rate,
        infra_error=changes.infra_error or kept.infra_error,
        amendment=Amendment(amends=plan.digest, reason=reason),
    )
    if plan.registry.digest == registry_digest() and _same(request, kept):
        raise PlanError(
            "nothing is amended: the plan would be the same",
            code="plan.nothing_amended",
            hint="Pass what is to be otherwise, such as --episodes 20.",
        )
    return request


def request_of(plan: Plan) -> PlanRequest:
    """What a plan was made from."""
    return PlanRequest(
        profile=plan.profile.document,
        seed=plan.seed,
        contracts=tuple(probe.contract for probe in plan.probes if probe.contract is not UNSET),
        choices=plan.choices,
        rate=plan.planned_rate,
        infra_error=plan.denominator_policy.infra_error,
    )


def _kept(seed: PlanSeed, frame: Frame) -> PlanSeed:
    return msgspec.structs.replace(seed, grade=grade_of(seed, frame))


def _same(request: PlanRequest, kept: PlanRequest) -> bool:
    return (
        request.profile == kept.profile
        and request.seed == kept.seed
        and request.contracts == kept.contracts
        and request.choices == kept.choices
        and request.rate == kept.rate
        and request.infra_error == kept.infra_error
    )
