"""What the evidence says of robot, simulator, versions and checkpoint, beside what the plan froze.

Whatever the evidence does not say is missing, not different. Facts that somebody declared count like recorded ones
here; the packet names its inputs, so that a reader can see which they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from msgspec import UNSET

from worldbase.redact import redact_text
from worldflux.benchmarks.registry import normalised
from worldflux.documents.eval_contract import CustomEvalContract
from worldflux.documents.plan import Plan, PlannedProbe
from worldflux.documents.profile import EvalProfile
from worldflux.portfolio import frozen
from worldflux.portfolio.cell_book import BIT, DIGEST_FIELDS

# Other names that evaluators have for the same facts.
_ALSO_CALLED: Final = {
    "robot_model": ("robot",),
    "simulator_family": ("simulator",),
    "checkpoint_uri": ("checkpoint",),
    "policy_id": ("policy",),
}
# What belongs to one of two policies that are compared.
_OF_POLICY: Final = ("policy_id", "checkpoint_uri")
# A run that was planned need not say so, and one that names its checkpoint need not name its policy.
_MAY_BE_UNSTATED: Final = ("plan_digest", "contract_digest", "policy_id")


@dataclass(frozen=True, slots=True)
class Difference:
    """A fact that is not as it was planned."""

    field: str
    planned: str
    found: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """How the facts of one input compare with the plan, for one probe.

    Attributes:
        differences: What is otherwise; all cells that are matched from the input have it.
        unstated: What the plan froze and the evidence does not say.
    """

    differences: tuple[Difference, ...]
    unstated: tuple[str, ...]

    @property
    def mask(self) -> int:
        """The differences as bits of a cell's number."""
        return sum(BIT[difference.field] for difference in self.differences)


def compared(
    plan: Plan,
    probe: PlannedProbe,
    facts: Mapping[str, Any],
    contract: CustomEvalContract | None = None,
    *,
    other_policy: bool = False,
) -> Comparison:
    """Compare facts with a plan.

    Args:
        plan: The plan.
        probe: The probe that the evidence was given for.
        facts: What the evidence says of its run.
        contract: The contract that came with the evidence; None where none did.
        other_policy: Whether the episodes are of the policy that the plan's is compared with.
    """
    differences, unstated = list(_of_contract(probe, contract)), []
    for field, planned in _planned(plan, probe):
        if other_policy and field in _OF_POLICY:
            continue
        found = _stated(facts, field)
        if found is None:
            unstated.append(field)
        elif not _is_same(field, planned, found):
            differences.append(Difference(field, planned, found))
    return Comparison(tuple(differences), tuple(name for name in unstated if name not in _MAY_BE_UNSTATED))


_OF_PROFILE: Final[dict[str, Callable[[EvalProfile], Any]]] = {
    "policy_id": lambda profile: profile.policy_id,
    "robot_model": lambda profile: profile.robot_model,
    "simulator_family": lambda profile: profile.simulator_family,
    "environment_version": lambda profile: profile.environment_version,
    "adapter_version": lambda profile: profile.adapter_version,
    "reset_policy": lambda profile: profile.reset_policy,
    "checkpoint_uri": lambda profile: profile.checkpoint_uri,
}


def _planned(plan: Plan, probe: PlannedProbe) -> Iterator[tuple[str, str]]:
    yield "plan_digest", plan.digest
    if probe.contract is not UNSET:
        yield "task_manifest_digest", probe.contract.task_manifest.digest
        yield "metric_schema_digest", probe.contract.metric_schema.digest
    for field, of_profile in _OF_PROFILE.items():
        if (value := of_profile(plan.profile.document)) is not UNSET:
            yield field, value


def _of_contract(probe: PlannedProbe, contract: CustomEvalContract | None) -> Iterator[Difference]:
    if contract is not None and probe.contract_digest is not UNSET:
        found = frozen.digest_of(contract)
        if found != probe.contract_digest:
            yield Difference("contract_digest", probe.contract_digest, found)


def _stated(facts: Mapping[str, Any], field: str) -> str | None:
    names = (field, *_ALSO_CALLED.get(field, ()))
    found = next((facts[name] for name in names if facts.get(name) not in (None, "")), None)
    return None if found is None else redact_text(str(found))[:200]


def _is_same(field: str, planned: str, found: str) -> bool:
    """Digests and addresses to the letter, names in whatever spelling; what was redacted in one is so in the other."""
    if field in DIGEST_FIELDS or field == "checkpoint_uri":
        return found in (planned, redact_text(planned)[:200])
    return normalised(redact_text(planned)) == normalised(found)
