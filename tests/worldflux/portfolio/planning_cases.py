"""Profiles, contracts, seeds and requests to make plans of."""

from __future__ import annotations

from typing import Any

import msgspec

from tests.worldflux.portfolio.probing import profile_of
from worldflux.documents.eval_contract import CustomEvalContract
from worldflux.documents.plan import PlanSeed
from worldflux.portfolio import frozen
from worldflux.portfolio.planning import PlanRequest
from worldflux.portfolio.probes.registry import registry_digest
from worldflux.portfolio.seed_sources import Frame, SeedRequest, seed_of

_DIGEST = "sha256:" + "ab" * 32
_CONTRACT: dict[str, Any] = {
    "schema_version": "worldflux.custom_eval_contract.v0_draft",
    "visibility": "LOCAL_PRIVATE",
    "probe_id": "customer-tabletop",
    "task_manifest": {"ref": "tasks.json", "digest": _DIGEST},
    "metric_schema": {"ref": "metric.json", "digest": _DIGEST},
    "inclusion_rules": ["every episode that was started"],
    "exclusion_rules": ["episodes that an operator stopped for safety"],
    "replay_keys": ["video"],
    "task_source": "the reviewer's own bench",
    "consent": {"declared": "declared_by_customer", "statement": "internal review"},
    "use_case": "pick and place",
    "acceptance_question": "Does it place the cup in 9 of 10 tries?",
    "workflow_claim": "the cup is placed on the tray",
    "task_owner": "the customer's line lead",
}


def contract_of(
    tasks: int = 3, episodes: int = 4, listed: list[dict[str, str]] | None = None, **changes: Any
) -> CustomEvalContract:
    """A contract for `tasks` tasks, or for those listed, with some fields changed."""
    listed = listed or [{"task": f"task-{number}"} for number in range(tasks)]
    value = {**_CONTRACT, "tasks": listed, "episodes_per_task": episodes, **changes}
    return msgspec.convert(value, CustomEvalContract, strict=True)


def number(value: int = 1234) -> PlanSeed:
    """A seed that the operator names."""
    return seed_of(SeedRequest("operator_supplied", str(value)), Frame("", ""))


def frame_of(request_profile: Any = None, *contracts: CustomEvalContract) -> Frame:
    """What the choice of cells depends on besides the seed."""
    profile = request_profile or profile_of()
    return Frame(frozen.digest_of(profile), registry_digest(), tuple(map(frozen.digest_of, contracts)))


def request_of(**changes: Any) -> PlanRequest:
    """A request for a plan: LIBERO, seed 1234."""
    return PlanRequest(**{"profile": profile_of(), "seed": number(), **changes})


def small(**changes: Any) -> PlanRequest:
    """A request that has only a few cells: nothing of the registry fits."""
    profile = profile_of(simulator_family="own-bench")
    return request_of(**{"profile": profile, "contracts": (contract_of(),), **changes})
