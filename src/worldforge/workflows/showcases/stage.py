"""Where a showcase plays: its own run, its folder, and a record of what it did."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from worldbase.redact import is_clean
from worldforge.benchmark.budgets import LoadedBudgets, check_budgets
from worldforge.benchmark.envelope import ReportContext as BenchmarkContext
from worldforge.benchmark.harness import ProviderBenchmarkHarness
from worldforge.benchmark.report import BenchmarkReport, GateReport, InputFile
from worldforge.evaluation.envelope import ReportContext
from worldforge.evaluation.report import EvaluationReport
from worldforge.evaluation.suite import EvaluationSuite
from worldforge.forge.facade import WorldForge
from worldforge.runs.benchmark_run import keep_benchmark
from worldforge.runs.evaluation_run import keep_evaluation
from worldforge.runs.workspace import RunWorkspace
from worldforge.values import ProviderEvent
from worldforge.workflows.showcases.documents import Step


@dataclass(frozen=True, slots=True)
class Ending:
    """How a showcase ended.

    Attributes:
        summary: In a sentence.
        claim_boundary: What it does not show.
        signals: Numbers and words that it came to, as JSON.
    """

    summary: str
    claim_boundary: str
    signals: dict[str, Any] = field(default_factory=dict)


class Stage:
    """What a showcase is given.

    Attributes:
        folder: Its folder, which is a workspace; runs that it keeps go there, beside its own.
        run: Its own run.
        steps: What it did so far.
        runs: Ids of the runs that it kept.
        next_commands: What to type next in the folder.
        files: Label -> file of its own run.
        event_count: Events of providers so far.
        is_clean: Whether everything that it wrote into its own run may be attached to an issue.
    """

    def __init__(self, folder: Path, run: RunWorkspace, argv: Sequence[str]) -> None:
        self.folder = folder
        self.run = run
        self.steps: list[Step] = []
        self.runs: list[str] = []
        self.next_commands: list[str] = []
        self.files: dict[str, str] = {}
        self.event_count = 0
        self.is_clean = True
        self._argv = tuple(argv)

    def step(self, title: str, text: str) -> None:
        """Tell what was done, and what came of it."""
        self.steps.append(Step(title=title, text=text))

    def then(self, command: str) -> None:
        """Tell a command that is worth typing next, in the showcase's folder."""
        self.next_commands.append(command)

    def keep(self, label: str, relative: str, text: str) -> None:
        """Write a file of the showcase's own run."""
        self.run.write(label, relative, text)
        self.files[label] = relative
        self.is_clean = self.is_clean and is_clean(text)

    def heard(self, event: ProviderEvent) -> None:
        """Keep an event of a provider."""
        self.event_count += 1
        self.run.event(event)

    def evaluate(self, suite: EvaluationSuite, providers: Sequence[str], forge: WorldForge) -> EvaluationReport:
        """Run a suite, and keep nothing yet."""
        return suite.run_report(
            providers, forge, on_event=self.heard, context=ReportContext(command=self._argv, notes="showcase")
        )

    def evaluate_and_keep(
        self, suite: EvaluationSuite, providers: Sequence[str], forge: WorldForge
    ) -> tuple[EvaluationReport, Path]:
        """Run a suite and keep it as `worldforge eval --run-workspace` does; the report and the run's folder."""
        with self._kept("eval", providers, suite.suite_id, {"suite_id": suite.suite_id}) as run:
            report = self.evaluate(suite, providers, forge)
            keep_evaluation(run, report)
        return report, run.path

    def benchmark_and_keep(
        self, provider: str, operations: Sequence[str], forge: WorldForge, *, iterations: int
    ) -> Path:
        """Measure and keep it as `worldforge benchmark --run-workspace` does; the run's folder."""
        with self._kept("benchmark", [provider], ",".join(operations), {"iterations": iterations}) as run:
            keep_benchmark(run, self._measure(provider, operations, forge, iterations))
        return run.path

    def gate_and_keep(
        self, provider: str, operations: Sequence[str], forge: WorldForge, budgets: LoadedBudgets, *, iterations: int
    ) -> tuple[GateReport, Path]:
        """The same, held against budgets; what they say, and the run's folder."""
        with self._kept("benchmark", [provider], ",".join(operations), {"iterations": iterations}) as run:
            file = InputFile(path=budgets.name, sha256=budgets.sha256)
            report = self._measure(provider, operations, forge, iterations, file)
            gate = check_budgets(report, budgets.budgets)
            keep_benchmark(run, report, budgets=budgets.data, gate=gate)
        return gate, run.path

    def _measure(
        self,
        provider: str,
        operations: Sequence[str],
        forge: WorldForge,
        iterations: int,
        budget_file: InputFile | None = None,
    ) -> BenchmarkReport:
        return ProviderBenchmarkHarness(forge=forge).run(
            provider,
            operations,
            iterations,
            on_event=self.heard,
            context=BenchmarkContext(command=self._argv, budget_file=budget_file),
        )

    def _kept(self, kind: str, providers: Sequence[str], operation: str, asked: dict[str, Any]) -> RunWorkspace:
        run = RunWorkspace.create(
            self.folder,
            kind=kind,
            argv=self._argv,
            provider=",".join(providers),
            operation=operation,
            input_summary={**asked, "providers": list(providers)},
        )
        self.runs.append(run.run_id)
        return run


Play: TypeAlias = Callable[[Stage], Ending]
