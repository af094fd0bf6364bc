"""What an evaluation leaves behind, as documents.

The keys are those of the public report format; what this version adds is `UNSET` in a report that another wrote.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

from worldforge.provenance import Provenance

CLAIM_BOUNDARY: Final = (
    "Adapter contract check under preserved inputs. Scores are signals of a workflow, not claims of physical "
    "fidelity, media quality, safety or real robot performance."
)
METRIC_SEMANTICS: Final = (
    "A score lies in [0, 1] and is the mean over the trials of a scenario; a scenario passes when the share of its "
    "trials that passed reaches what it requires. A trial that raised or took too long has failed with score 0."
)
SUITE_VERSION: Final = "evaluation:1"

Bounds = Annotated[list[float], msgspec.Meta(min_length=2, max_length=2)]
EpisodeKind = Literal["task_success"]


class TrialError(msgspec.Struct, frozen=True, kw_only=True):
    """Why a trial came to no outcome: the kind of the exception and its message, both redacted."""

    kind: str
    message: str


class Trial(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One trial of a scenario.

    Attributes:
        trial: From 0.
        seed: What its situation was drawn from.
        score: In [0, 1].
        passed: Whether the contract was kept.
        metrics: Of this trial.
        error: Where there was no outcome.
    """

    trial: int
    seed: int
    score: float
    passed: bool
    metrics: dict[str, Any] = {}
    error: TrialError | None = None


class EvaluationResult(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario with one provider.

    Attributes:
        suite_id: The suite.
        suite: Its title.
        scenario: Name of the scenario.
        provider: Name of the provider.
        score: Mean over the trials, in [0, 1].
        passed: Whether enough of the trials passed.
        episode_kind: `task_success` where each trial is one episode of a task in a simulator, and `passed` its success;
            not there where a scenario checks a contract, whose trials are no episodes.
        environment: Which simulator task that is, with its version; there with `episode_kind` alone.
        metrics: Those of the trial where there was one. Over several trials: what is equal in all of them; of other
            numbers the mean, of other booleans the share that is true; the rest stands in `trials` alone.
        trial_count: How often it was tried.
        passed_trial_count: How often it passed.
        error_count: How often there was no outcome.
        pass_interval: 95% Wilson interval of the share of trials that pass.
        trials: Every trial.
    """

    suite_id: str
    suite: str
    scenario: str
    provider: str
    score: float
    passed: bool
    episode_kind: EpisodeKind | UnsetType = UNSET
    environment: str | UnsetType = UNSET
    metrics: dict[str, Any] = {}
    trial_count: int | UnsetType = UNSET
    passed_trial_count: int | UnsetType = UNSET
    error_count: int | UnsetType = UNSET
    pass_interval: Bounds | UnsetType = UNSET
    trials: list[Trial] | UnsetType = UNSET


class ProviderSummary(msgspec.Struct, frozen=True, kw_only=True):
    """All scenarios with one provider."""

    provider: str
    average_score: float
    scenario_count: int
    passed_scenario_count: int
    failed_scenario_count: int
    pass_rate: float


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """What all trials of one scenario with one provider took, in milliseconds of wall time.

    Timings stand beside the results, not in them, so that equal results have equal digests.

    Attributes:
        provider: Name of the provider.
        scenario: Name of the scenario.
        total_ms: From the first trial to the last.
        provider_ms: Of that, in calls of the provider.
        parts_ms: Of that, in what the scenario itself timed, such as `solver`, the provider's calls included.
    """

    provider: str
    scenario: str
    total_ms: float
    provider_ms: float
    parts_ms: dict[str, float] = {}


class GalleryCase(msgspec.Struct, frozen=True, kw_only=True):
    """One failed scenario, for whoever looks into it."""

    fixture_id: str
    suite_id: str
    suite: str
    scenario: str
    provider: str
    score: float
    expected_contract_notes: str
    observed_result: str
    metrics_preview: dict[str, Any]
    triage_steps: list[str]
    passed: bool = False
    error: TrialError | UnsetType = UNSET


class FailureGallery(msgspec.Struct, frozen=True, kw_only=True):
    """Representative failures of a report."""

    suite_id: str
    suite: str
    case_count: int
    claim_boundary: str
    metric_semantics: str
    source_input_digest: str | None
    source_result_digest: str | None
    suite_version: str
    cases: list[GalleryCase]
    schema_version: int = 1


class ReportDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The report of one suite over one or many providers.

    Attributes:
        suite_id: The suite.
        suite: Its title.
        claim_boundary: What the report does not show.
        metric_semantics: What its numbers mean.
        provider_summaries: One for each provider, in the order in which they were asked.
        results: One for each provider and scenario.
        failure_gallery: Only where something failed.
        provenance: Not in reports of versions that had none.
        timings: One for each provider and scenario.
    """

    suite_id: str
    suite: str
    claim_boundary: str = CLAIM_BOUNDARY
    metric_semantics: str = METRIC_SEMANTICS
    provider_summaries: list[ProviderSummary]
    results: list[EvaluationResult]
    failure_gallery: FailureGallery | UnsetType = UNSET
    provenance: Provenance | UnsetType = UNSET
    timings: list[Timing] | UnsetType = UNSET
