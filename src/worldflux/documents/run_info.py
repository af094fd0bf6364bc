"""`run_info.json`: what an evaluator knew while it ran and did not write into its result file."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from worldbase.document import Document
from worldflux.documents.claim import ShortText
from worldflux.documents.protocol import Count, DigestText, Seed


class RunInfo(Document, frozen=True, kw_only=True):
    """Facts about one run that its output lacks; every field is optional, absent means unknown.

    Attributes:
        episode_order: Whether one episode of each task was played in turn, or task after task.
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
