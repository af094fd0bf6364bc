"""One line of `episode_results.jsonl`, and the two lines that a failure adds.

These Structs are built a million at a time: they are positional, hold only scalars (`gc=False`), and leave out what is
unknown instead of writing nulls.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

Outcome = Literal["success", "failure", "infra_error", "pending", "skipped", "unknown"]
OUTCOMES: Final[tuple[Outcome, ...]] = ("success", "failure", "infra_error", "pending", "skipped", "unknown")
SeedProvenance = Literal["recorded", "derived", "declared"]


class EpisodeRecord(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """What is known about one episode.

    Attributes:
        episode_index: 0-based, per task and run.
        task: Task key, such as `libero_spatial/3`.
        run_seed: Replicate of the whole run: one of the protocol's seeds.
        outcome: What became of the episode.
        seed: Environment seed of this one episode.
        seed_provenance: `recorded` by the evaluator, or `derived` from a start seed that somebody declared.
        success: What the evaluator wrote, where it wrote a boolean.
        sum_reward: Return as the evaluator wrote it, in the environment's own scale.
        max_reward: Highest reward of a step, in the environment's own scale.
        video: Id of a video in `raw_evidence_manifest.json`.
    """

    episode_index: Annotated[int, Meta(ge=0)]
    task: str
    run_seed: int
    outcome: Outcome
    seed: int | UnsetType = UNSET
    seed_provenance: SeedProvenance | UnsetType = UNSET
    success: bool | UnsetType = UNSET
    sum_reward: float | UnsetType = UNSET
    max_reward: float | UnsetType = UNSET
    video: str | UnsetType = UNSET


class FailureRecord(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """One line of `failure_evidence_index.jsonl`: an episode that did not succeed, and where to read about it.

    Attributes:
        line: 1-based line in `episode_results.jsonl`.
        input: Id of the raw file in `raw_evidence_manifest.json` that the episode came from.
    """

    task: str
    run_seed: int
    episode_index: int
    outcome: Outcome
    line: int
    input: str
    seed: int | UnsetType = UNSET
    max_reward: float | UnsetType = UNSET
    video: str | UnsetType = UNSET


class ReplayRecord(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """One line of `failure_replay_manifest.jsonl`: what a person needs to try the episode again.

    Attributes:
        missing: What a faithful replay would also need and nobody recorded.
    """

    task: str
    run_seed: int
    episode_index: int
    input: str
    seed: int | UnsetType = UNSET
    seed_provenance: SeedProvenance | UnsetType = UNSET
    missing: str | UnsetType = UNSET
