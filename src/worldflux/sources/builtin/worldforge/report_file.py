"""One provider's scenarios of one report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from typing import Final

from msgspec import UNSET, UnsetType

from worldbase import digest
from worldbase.errors import Where
from worldbase.redact import redact_text
from worldflux.benchmarks.planned_grid import PlannedGrid
from worldflux.documents.audit_input import Finding, Reported
from worldflux.documents.episode import DetailedEpisode
from worldflux.documents.manifests import RawEvidence
from worldflux.documents.run_info import RunInfo
from worldflux.episodes.cells import CellCounter
from worldflux.errors import SourceError
from worldflux.sources.builtin.worldforge import findings
from worldflux.sources.builtin.worldforge.documents import FORMAT, MANIFEST, Scenario, Summary
from worldflux.sources.builtin.worldforge.extras import extras
from worldflux.sources.builtin.worldforge.opening import open_report
from worldflux.sources.builtin.worldforge.task_trials import TaskTrials
from worldflux.sources.contract import SourceInput
from worldflux.sources.reading.recorded_json import canonical_digest
from worldflux.sources.recorded_file import RecordedFile

_LONGEST_TEXT: Final = 200
_SHOWN: Final = 5
_ROUNDED: Final = 1e-6


class WorldforgeReport(RecordedFile):
    """One provider's scenarios of one report, with the manifest of its run where there is one.

    Attributes:
        has_episodes: Whether the suite declares trials of a scenario to be episodes.
    """

    format = FORMAT

    def __init__(self, number: int, given: SourceInput, grid: PlannedGrid) -> None:
        super().__init__(number, given, grid)
        self._opened = open_report(given.path, self.label)
        self.size = self._opened.file.size
        self._require_evaluation()
        self._provider = self._selected()
        self._scenarios = [
            (position, entry)
            for position, entry in enumerate(self._opened.report.results)
            if entry.provider == self._provider
        ]
        self._trials = {
            position: TaskTrials(self._opened.file, entry, position)
            for position, entry in self._scenarios
            if entry.episode_kind == "task_success"
        }
        self.has_episodes = bool(self._trials)
        if self.has_episodes:
            self.seeds_are = "recorded"
        self.recorded = self._facts()

    @cached_property
    def sha256(self) -> str:
        """Digest of the report."""
        return self._opened.file.sha256

    @cached_property
    def content(self) -> str:
        """Digest of the report, whatever its layout."""
        return canonical_digest(self._opened.file.data)

    @property
    def name(self) -> str:
        """Name of the report."""
        return redact_text(self._opened.path.name)

    @property
    def expected_episodes(self) -> int:
        """Number of scenarios; of one whose trials are episodes, the number of those."""
        return len(self._scenarios) - len(self._trials) + sum(each.tally.trials for each in self._trials.values())

    def episodes(self) -> Iterator[DetailedEpisode]:
        """Yield one episode per trial of a task, and one per scenario that checks a contract."""
        seen: Counter[str] = Counter()
        first = 0
        for position, entry in self._scenarios:
            task = self._task(entry)
            if trials := self._trials.get(position):
                yield from trials.episodes(task=task, run_seed=self.run_seed, input_id=self.id, first=first)
                first += trials.tally.trials
            else:
                yield self._contract_check(entry, task, seen[task], position)
                seen[task] += 1
                first += 1

    def reported(self, counter: CellCounter) -> Iterator[Reported]:
        """Averages and counts of the report and of the manifest."""
        yield from self._of_provider()
        for position, trials in self._trials.items():
            yield from self._of_trials(position, trials, counter)
        yield from self._of_manifest()

    def findings(self, counter: CellCounter) -> Iterator[Finding]:
        """What the report is no evidence of, in its own words, and what its declarations leave open."""
        report, label = self._opened.report, self.label
        if len(self._trials) < len(self._scenarios):
            yield findings.contract_scores(report, label)
        if self._trials:
            yield findings.declared_episodes(report, list(self._trials.values()), label)
        if errors := sum((each.tally.errors for each in self._trials.values()), Counter[str]()):
            yield findings.infra_errors(errors, sum(each.tally.trials for each in self._trials.values()), label)
        if self._opened.manifest and self._opened.manifest.status != "completed":
            yield findings.not_completed(self._opened.manifest, label)
        if self._digest_then not in (None, self.sha256):
            yield findings.report_changed(label)

    def missing(self) -> Iterator[str]:
        """What a suite that runs a task does not say of it."""
        if self.has_episodes:
            yield from (name for name in ("simulator_version", "max_steps") if getattr(self.facts, name) is UNSET)
            yield "success_criterion"

    def raw_evidence(self) -> Iterator[RawEvidence]:
        """The manifest."""
        if path := self._opened.manifest_path:
            yield RawEvidence(
                id=f"{self.id}/manifest",
                kind="evaluator_output",
                name=MANIFEST,
                present=True,
                sha256=digest.of_file(path),
                size=path.stat().st_size,
            )

    @property
    def _digest_then(self) -> str | None:
        """Digest of the report when the run ended, where the manifest says it."""
        at, manifest = self._opened.manifest_path, self._opened.manifest
        if at is None or manifest is None:
            return None
        entry = manifest.files.get(self._opened.path.relative_to(at.parent).as_posix())
        return entry.sha256 if entry else None

    def _contract_check(self, entry: Scenario, task: str, index: int, position: int) -> DetailedEpisode:
        """A scenario; the outcome of a robot is unknown, since there was none."""
        return DetailedEpisode(
            episode_index=index,
            task=task,
            run_seed=self.run_seed,
            outcome="unknown",
            task_provenance="recorded",
            locator=f"/results/{position}",
            input=self.id,
            score=entry.score,
            score_kind="contract",
            score_scale=1.0,
            extra=extras(entry.metrics, passed=entry.passed),
        )

    def _of_provider(self) -> Iterator[Reported]:
        scores = [entry.score for _, entry in self._scenarios]
        average, passed = sum(scores) / len(scores), sum(entry.passed for _, entry in self._scenarios)
        for position, stated in enumerate(self._opened.report.provider_summaries):
            if stated.provider == self._provider:
                place = f"/provider_summaries/{position}"
                yield self._number(f"{place}/average_score", stated.average_score, average)
                yield self._count(f"{place}/passed_scenario_count", stated.passed_scenario_count, passed)
                yield self._count(f"{place}/scenario_count", stated.scenario_count, len(scores))

    def _of_trials(self, position: int, trials: TaskTrials, counter: CellCounter) -> Iterator[Reported]:
        """From the episodes that were counted, where the counter knows them."""
        entry, place, convention = trials.scenario, f"/results/{position}", "all trials of the scenario"
        counted = counter.tally(self.id, self._task(entry))
        for name, stated, recount in (
            ("trial_count", entry.trial_count, counted.episodes),
            ("passed_trial_count", entry.passed_trial_count, counted.successes),
            ("error_count", entry.error_count, trials.tally.errors.total()),
        ):
            if stated is not UNSET:
                yield self._count(f"{place}/{name}", stated, recount, convention)
        yield self._number(f"{place}/score", entry.score, trials.tally.score / trials.tally.trials, convention)

    def _of_manifest(self) -> Iterator[Reported]:
        """The manifest counts the scenarios of all providers."""
        summary = self._opened.manifest.result_summary if self._opened.manifest else Summary()
        results, place = self._opened.report.results, f"{MANIFEST}#/result_summary"
        passed = sum(entry.passed for entry in results)
        if summary.passed_count is not UNSET:
            yield self._count(f"{place}/passed_count", summary.passed_count, passed, "all scenarios")
        if summary.result_count is not UNSET:
            yield self._count(f"{place}/result_count", summary.result_count, len(results), "all scenarios")

    def _count(
        self, where: str, stated: int, counted: int, convention: str = "all scenarios of the provider"
    ) -> Reported:
        return self._told(where, str(stated), str(counted), stated == counted, convention)

    def _number(
        self, where: str, stated: float, counted: float, convention: str = "all scenarios of the provider"
    ) -> Reported:
        return self._told(where, repr(stated), repr(counted), abs(stated - counted) <= _ROUNDED, convention)

    def _told(self, where: str, text: str, recount: str, agrees: bool, convention: str) -> Reported:
        return Reported(
            input=self.id,
            where=where,
            name=where.rpartition("/")[2],
            text=text,
            recount=recount,
            convention=convention,
            agrees=agrees,
        )

    def _task(self, entry: Scenario) -> str:
        """A task by its own name; a check of a contract by that of its suite, too, which no task is called."""
        name = entry.scenario if entry.episode_kind else f"{entry.suite_id}/{entry.scenario}"
        return self.grid.named_task(redact_text(name))

    def _facts(self) -> RunInfo:
        return RunInfo(
            evaluator_version=_short(self._opened.report.provenance.worldforge_version),
            environment_version=_short(_only({each.scenario.environment for each in self._trials.values()})),
            start_seed=_start_seed(set().union(*(each.tally.start_seeds for each in self._trials.values()))),
            select=self._provider,
        )

    def _require_evaluation(self) -> None:
        manifest = self._opened.manifest
        kinds = {self._opened.report.provenance.kind, manifest.kind if manifest else "eval"}
        if not kinds <= {"evaluation", "eval"}:
            raise SourceError(
                "this is a benchmark of WorldForge: it measures how long calls take",
                code="source.worldforge.benchmark",
                where=Where(self.label),
                hint="A latency is no outcome of an episode; give the report of an evaluation.",
            )

    def _selected(self) -> str:
        providers = list(dict.fromkeys(entry.provider for entry in self._opened.report.results))
        wanted = self.given.declared.select
        if wanted is UNSET and len(providers) == 1:
            return providers[0]
        if wanted is not UNSET and wanted in providers:
            return wanted
        shown = ", ".join(redact_text(name[:80]) for name in providers[:_SHOWN]) or "none"
        raise SourceError(
            f"the report has scenarios of {len(providers)} provider(s): {shown}",
            code="source.worldforge.several_providers",
            where=Where(self.label, "/results"),
            hint=f"Say which one is meant: --run-info {self.given.number}:select=PROVIDER",
        )


def _only(texts: set[str]) -> str | None:
    return next(iter(texts)) if len(texts) == 1 else None


def _short(text: str | None) -> str | UnsetType:
    return redact_text(text)[:_LONGEST_TEXT] if text else UNSET


def _start_seed(found: set[int]) -> int | UnsetType:
    """The one seed from which all trials count on, where there is such a one."""
    seed = next(iter(found), -1)
    return seed if len(found) == 1 and seed >= 0 else UNSET
