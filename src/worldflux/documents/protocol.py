"""`protocol.json`: what was to be run, in enough detail to count what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, UnsetType

from worldbase.digest import PATTERN as DIGEST_PATTERN
from worldbase.document import Document, Part
from worldbase.errors import Problem, Where
from worldflux.documents.claim import ClaimId, OptionalText, ProtocolId, ShortText

Count = Annotated[int, Meta(ge=1, le=10_000_000)]
Seed = Annotated[int, Meta(ge=0, le=2**53 - 1)]
DigestText = Annotated[str, Meta(pattern=DIGEST_PATTERN)]
SeedSemantics = Literal["replicate", "start_seed", "episode_seed"]
InfraErrorPolicy = Literal["lost", "failure", "excluded_predeclared"]

MAX_PLANNED_EPISODES = 100_000_000


class Benchmark(Part, frozen=True, kw_only=True):
    """The tasks that were to be run."""

    name: ShortText
    version: ShortText
    task_list: Annotated[list[ShortText], Meta(min_length=1, max_length=100_000)]
    split: ShortText


class Runtime(Part, frozen=True, kw_only=True):
    """Who runs it, on what, for how long."""

    provider: ShortText
    instance_class_min: ShortText
    max_runtime_seconds: Annotated[int, Meta(ge=1)]


class DenominatorPolicy(Part, frozen=True, kw_only=True):
    """What becomes of an episode that the infrastructure spoilt."""

    infra_error: InfraErrorPolicy = "lost"


class StoppingRule(Part, frozen=True, kw_only=True):
    """When the run may end before the whole plan: decided before the first episode, part of the plan.

    Attributes:
        method: `e_process`: after any complete block (one episode of each planned task), as soon as the e-process
            against either side of the tested hypothesis reaches 1/alpha.
        check_every: Number of blocks between looks.
        min_blocks: Blocks before the first look.
    """

    method: Literal["e_process"]
    check_every: Count = 1
    min_blocks: Count = 1


class Execution(Part, frozen=True, kw_only=True):
    """How many episodes, from which seeds, under which limits."""

    episodes_per_task: Count
    seeds: Annotated[list[Seed], Meta(min_length=1, max_length=10_000)]
    max_steps_per_episode: Count
    reset_policy: ShortText
    observation_space: list[ShortText]
    action_space: ShortText
    seed_semantics: SeedSemantics = "replicate"
    estimand: Literal["fixed_tasks", "task_population"] | UnsetType = UNSET
    denominator_policy: DenominatorPolicy | UnsetType = UNSET
    n_action_steps: Count | UnsetType = UNSET
    stopping_rule: StoppingRule | UnsetType = UNSET


class Evaluator(Part, frozen=True, kw_only=True):
    """The program that decided success."""

    name: ShortText
    version: ShortText
    implementation_ref: OptionalText


class ModelRuntime(Part, frozen=True, kw_only=True):
    """The checkpoint that was to be run."""

    checkpoint_uri: ShortText


class Protocol(Document, frozen=True, kw_only=True):
    """A plan for testing a claim, bound to the claim by its hash."""

    schema_name: ClassVar[str] = "worldflux.protocol.v0_draft"

    schema_version: Literal["worldflux.protocol.v0_draft"]
    id: ProtocolId
    claim_id: ClaimId
    claim_hash: DigestText
    benchmark: Benchmark
    runtime: Runtime
    execution: Execution
    evaluator: Evaluator
    model_runtime: ModelRuntime

    @property
    def infra_error_policy(self) -> InfraErrorPolicy:
        """The declared policy, or `lost`."""
        policy = self.execution.denominator_policy
        return "lost" if policy is UNSET else policy.infra_error

    def problems(self, file: str) -> Iterator[Problem]:
        """Yield tasks and seeds that stand twice: they would be counted twice."""
        yield from _repeated(self.benchmark.task_list, file, "/benchmark/task_list")
        yield from _repeated(self.execution.seeds, file, "/execution/seeds")


def _repeated(entries: Sequence[str | int], file: str, pointer: str) -> Iterator[Problem]:
    seen: set[str | int] = set()
    for index, entry in enumerate(entries):
        if entry in seen:
            yield Problem("protocol.twice", f"{entry!r} stands twice", Where(file, f"{pointer}/{index}"))
        seen.add(entry)
