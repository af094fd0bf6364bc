"""`run_info.json`: what an evaluator knew while it ran and did not write into its result file."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from worldbase.document import Document
from worldflux.documents.claim import ShortText, UtcTime
from worldflux.documents.protocol import Count, DigestText, Seed


class RunInfo(Document, frozen=True, kw_only=True):
    """Facts about one run that its output lacks; every field is optional, absent means unknown.

    Attributes:
        episode_order: Whether one episode of each task was played in turn, or task after task.
        batch_size: Environments that ran side by side.
        episodes: How many episodes were run per task, where the output holds a rate only.
        select: Which of several runs in one file is meant, by the name that the error message gives.
        harness: What ran the evaluation.
        command: Its command line, without secrets and paths of the machine.
        machine: What it ran on, as short texts.
        defaulted: Names of the facts that nobody set, taken from the harness's documented defaults.
        config_sha256: Digest of the configuration file that the command names.
        first_observations: Name of a file beside this one with a digest of each episode's first observation.
        first_observations_sha256: Digest of that file.
        policy_id: The policy that was run; this and what follows is what a frozen plan is compared with.
        robot_model: The robot.
        simulator_family: The simulator.
        environment_version: The environment.
        adapter_version: What stood between policy and environment.
        reset_policy: How episodes were started anew.
        plan_digest: Digest of the plan that was followed.
        task_manifest_digest: Digest of the list of tasks that was used.
        metric_schema_digest: Digest of what episodes were scored by.
    """

    schema_name: ClassVar[str] = "worldflux.run_info.v0_draft"

    schema_version: Literal["worldflux.run_info.v0_draft"] = "worldflux.run_info.v0_draft"
    task: ShortText | UnsetType = UNSET
    run_seed: Seed | UnsetType = UNSET
    start_seed: Seed | UnsetType = UNSET
    batch_size: Count | UnsetType = UNSET
    n_action_steps: Count | UnsetType = UNSET
    max_steps: Count | UnsetType = UNSET
    evaluator_version: ShortText | UnsetType = UNSET
    benchmark_version: ShortText | UnsetType = UNSET
    simulator_version: ShortText | UnsetType = UNSET
    policy_revision: ShortText | UnsetType = UNSET
    checkpoint_uri: ShortText | UnsetType = UNSET
    checkpoint_sha256: DigestText | UnsetType = UNSET
    episode_order: Literal["interleaved", "task_by_task"] | UnsetType = UNSET
    first_episode_index: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    episodes: Count | UnsetType = UNSET
    select: ShortText | UnsetType = UNSET
    benchmark: ShortText | UnsetType = UNSET
    suite: ShortText | UnsetType = UNSET
    perturbation: ShortText | UnsetType = UNSET
    harness: ShortText | UnsetType = UNSET
    command: list[Annotated[str, Meta(max_length=4000)]] | UnsetType = UNSET
    started_at: UtcTime | UnsetType = UNSET
    finished_at: UtcTime | UnsetType = UNSET
    exit_code: int | UnsetType = UNSET
    machine: dict[str, str] | UnsetType = UNSET
    defaulted: list[ShortText] | UnsetType = UNSET
    config_sha256: DigestText | UnsetType = UNSET
    first_observations: ShortText | UnsetType = UNSET
    first_observations_sha256: DigestText | UnsetType = UNSET
    policy_id: ShortText | UnsetType = UNSET
    robot_model: ShortText | UnsetType = UNSET
    simulator_family: ShortText | UnsetType = UNSET
    environment_version: ShortText | UnsetType = UNSET
    adapter_version: ShortText | UnsetType = UNSET
    reset_policy: ShortText | UnsetType = UNSET
    plan_digest: DigestText | UnsetType = UNSET
    task_manifest_digest: DigestText | UnsetType = UNSET
    metric_schema_digest: DigestText | UnsetType = UNSET

    def known(self) -> dict[str, Any]:
        """The fields that are known, by name."""
        return {
            name: value
            for name in self.__struct_fields__
            if name != "schema_version" and (value := getattr(self, name)) is not UNSET
        }

    def updated(self, other: RunInfo) -> RunInfo:
        """These facts, with those that `other` knows laid over them."""
        return msgspec.structs.replace(self, **other.known())
