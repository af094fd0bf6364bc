"""Trials that their suite declares to be episodes of a task in a simulator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

import msgspec
from msgspec import UNSET

from worldbase.redact import redact_text
from worldflux.documents.episode import DetailedEpisode
from worldflux.sources.builtin.worldforge.documents import Scenario, Trial
from worldflux.sources.builtin.worldforge.extras import extras
from worldflux.sources.reading.excerpts import excerpt
from worldflux.sources.reading.mapped_json import MappedJson, objects

_LONGEST_REASON: Final = 200


@dataclass(slots=True)
class TrialTally:
    """What a scenario's trials hold.

    Attributes:
        trials: How many there are.
        passed: How many passed.
        errors: How many came to no outcome, by the kind of the exception.
        score: Sum of their scores.
        start_seeds: Seeds of a trial 0, as each trial tells it; one where the seeds count on from it.
    """

    trials: int = 0
    passed: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    score: float = 0.0
    start_seeds: set[int] = field(default_factory=set)

    def take(self, trial: Trial) -> None:
        """Count one more."""
        self.trials += 1
        self.passed += trial.passed
        self.score += trial.score
        if trial.error is not None:
            self.errors[redact_text(trial.error.kind[:_LONGEST_REASON])] += 1
        if len(self.start_seeds) < 2:
            self.start_seeds.add(trial.seed - trial.trial)


class TaskTrials:
    """The trials of one scenario, read in windows, each time.

    Attributes:
        scenario: The scenario.
        pointer: Where its trials stand in the report.
        tally: What they hold.
    """

    def __init__(self, file: MappedJson, scenario: Scenario, position: int) -> None:
        self._file = file
        self.scenario = scenario
        self.pointer = f"/results/{position}/trials"
        self.tally = TrialTally()
        for number, trial in enumerate(self._trials()):
            self._refuse_contradiction(number, trial)
            self.tally.take(trial)
        if not self.tally.trials or not scenario.environment.strip():
            raise file.error(
                "half_declared",
                "a scenario says that its trials are episodes, and lists none or names no environment",
                hint="Use the report that WorldForge wrote; without the declaration it is a contract check.",
                pointer=f"/results/{position}",
            )

    def episodes(self, *, task: str, run_seed: int, input_id: str, first: int) -> Iterator[DetailedEpisode]:
        """Yield one episode per trial: what passed is a success, and what came to no outcome is no failure.

        Args:
            task: Task key.
            run_seed: Seed of the run.
            input_id: Id of the report.
            first: Position of the first one among all episodes of the report.
        """
        for number, trial in enumerate(self._trials()):
            error = trial.error
            yield DetailedEpisode(
                trial.trial,
                task,
                run_seed,
                "infra_error" if error else "success" if trial.passed else "failure",
                trial.seed,
                "recorded",
                success=UNSET if error else trial.passed,
                task_provenance="recorded",
                locator=f"{self.pointer}/{number}",
                input=input_id,
                global_index=first + number,
                source_counts_as_failure=True if error else UNSET,
                failure_reason=redact_text(error.kind[:_LONGEST_REASON]) if error else UNSET,
                failure_detail=excerpt(error.message) if error else UNSET,
                extra=extras(trial.metrics, score=trial.score),
            )

    def _trials(self) -> Iterator[Trial]:
        raw = self.scenario.trials
        if isinstance(raw, msgspec.Raw):
            with self._file.explained(self.pointer):
                yield from chain.from_iterable(objects(memoryview(raw), Trial))

    def _refuse_contradiction(self, number: int, trial: Trial) -> None:
        if trial.error is not None and trial.passed:
            raise self._file.error(
                "contradiction",
                "a trial has passed and came to no outcome",
                hint="Use the report that WorldForge wrote.",
                pointer=f"{self.pointer}/{number}",
            )
