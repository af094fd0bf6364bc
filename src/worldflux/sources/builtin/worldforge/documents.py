"""WorldForge's documents, as far as they are read here: `report.json` and `run_manifest.json`."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

NAME: Final = "worldforge"
FORMAT: Final = "worldforge.report"
MANIFEST: Final = "run_manifest.json"
REPORT: Final = "report.json"
KNOWN_MANIFEST: Final = 1

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
"""What every reader of JSON reads alike (RFC 8259 section 6)."""
Score = Annotated[float, msgspec.Meta(ge=0, le=1)]


class TrialError(msgspec.Struct, frozen=True):
    """Why a trial came to no outcome."""

    kind: str
    message: str = ""


class Trial(msgspec.Struct, frozen=True, gc=False):
    """One trial of a scenario."""

    trial: Count
    seed: Count
    score: Score
    passed: bool
    metrics: dict[str, Any] = {}  # msgspec copies the default
    error: TrialError | None = None


class Scenario(msgspec.Struct, frozen=True):
    """One scenario with one provider.

    Attributes:
        episode_kind: There where the suite declares that each trial is an episode of a task.
        environment: Which task that is.
        trials: Read in windows, where they are episodes.
    """

    provider: str
    scenario: str
    score: Score
    passed: bool
    suite_id: str
    metrics: dict[str, Any] = {}
    episode_kind: Literal["task_success"] | UnsetType = UNSET
    environment: str = ""
    trial_count: int | UnsetType = UNSET
    passed_trial_count: int | UnsetType = UNSET
    error_count: int | UnsetType = UNSET
    trials: msgspec.Raw | UnsetType = UNSET


class ProviderSummary(msgspec.Struct, frozen=True):
    """What the report says of one provider."""

    provider: str
    average_score: float
    passed_scenario_count: int
    scenario_count: int


class Provenance(msgspec.Struct, frozen=True):
    """Where a report comes from."""

    kind: str = "evaluation"
    worldforge_version: str | None = None
    suite_version: str | None = None
    notes: str | None = None


class Report(msgspec.Struct, frozen=True):
    """`report.json`."""

    suite_id: str
    results: list[Scenario]
    claim_boundary: str = ""
    provider_summaries: list[ProviderSummary] = []
    provenance: Provenance = Provenance()


class Summary(msgspec.Struct, frozen=True):
    """What the manifest says of the results."""

    passed_count: int | UnsetType = UNSET
    result_count: int | UnsetType = UNSET


class FileEntry(msgspec.Struct, frozen=True):
    """A file of a run, as it was when the run ended."""

    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """`run_manifest.json` of a run's workspace; the first versions wrote no digests of its files."""

    schema_version: int
    kind: str
    status: str
    artifact_paths: dict[str, str] = {}
    files: dict[str, FileEntry] = {}
    result_summary: Summary = Summary()
