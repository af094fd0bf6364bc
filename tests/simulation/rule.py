"""The verdict rule as a function that a simulation can call ten thousand times.

`Setting.evidence` is the whole rule. The short ways below call the same functions that it calls, and leave out power,
sensitivity and wording; `Setting.check` compares the two, and every scenario calls it on its first replications.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

from tests.support import FIXTURES
from tests.worldflux.audit.cases import audit_input, cell
from worldbase import document
from worldflux.audit.rules import v1
from worldflux.audit.rules.v1 import early, given_of, intervals
from worldflux.audit.rules.v1.design import design_of
from worldflux.audit.rules.v1.given import Given
from worldflux.audit.rules.v1.hypotheses import rate_hypotheses
from worldflux.audit.rules.v1.ledger import Tally
from worldflux.documents.audit_input import AuditInput, Blocks, RepeatedStarts
from worldflux.documents.claim import Claim
from worldflux.documents.evidence import Estimand, Evidence, MetricEvidence, Reason
from worldflux.documents.protocol import Protocol
from worldflux.stats.verdicts import Hypothesis, decided

P0: Final = 0.75
ALPHA: Final = 0.05
COVERAGE: Final = 0.90

Found = Literal["supported", "refuted"] | None


class Outcome(NamedTuple):
    """What the rule says: what it found, and the interval that it prints."""

    found: Found
    lower: float
    upper: float

    def covers(self, rate: float) -> bool:
        return self.lower <= rate <= self.upper


@dataclass(frozen=True, eq=False)
class Setting:
    """A claim with its protocol; a setting is equal only to itself, so that what it decided may be kept."""

    claim: document.Loaded[Claim]
    protocol: document.Loaded[Protocol]

    def evidence(self, given: AuditInput) -> Evidence:
        """The whole rule."""
        return v1.decide(
            self.claim,
            self.protocol,
            given,
            binding="bound",
            identifier="evd_01HXY7K8ABCDEFGHJKMNPQRSTV",
            created_at="2026-11-21T00:00:00Z",
            render="v1",
        )

    @functools.cached_property
    def hypotheses(self) -> list[Hypothesis]:
        """What is tested."""
        found = rate_hypotheses(self.claim.document.expected_metrics[0], self.claim.document.decision_rule)
        assert not isinstance(found, Reason)
        return found

    def given(self, counts: AuditInput) -> Given:
        """What the rule looks at."""
        return given_of(self.claim, self.protocol, counts)

    def whole(self, tallies: Sequence[Tally], repeated: Sequence[RepeatedStarts | None] | None = None) -> Outcome:
        """The short way for a plan that was run whole."""
        declared = self.protocol.document.execution.estimand
        estimand: Estimand = "task_population" if declared == "task_population" else "fixed_tasks"
        design = design_of(tallies, estimand, repeated or [None] * len(tallies))
        if isinstance(design, Reason):
            return Outcome(None, 0.0, 1.0)
        found = decided(self.hypotheses, design.sample, design.least, design.most)
        bounds = intervals.of_design(design, self.hypotheses[0].method, COVERAGE)
        assert bounds.lower is not None
        assert bounds.upper is not None
        return Outcome(found, bounds.lower, bounds.upper)

    def early(self, counts: AuditInput) -> Found:
        """The short way for a run that ended early."""
        return early.path_of(self.hypotheses, self.given(counts)).decision()[0]

    def found(self, counts: AuditInput) -> Found:
        """The short way that these counts call for."""
        given = self.given(counts)
        if given.by_e_process:
            return self.early(counts)
        (metric,) = self.claim.document.expected_metrics
        return self.whole(given.tallies(metric), given.repeated(metric)).found

    def check(self, short: Found, counts: AuditInput) -> None:
        """The short way and the whole rule find the same."""
        verdict = self.evidence(counts).verdict
        assert (short or "neither") == (verdict if verdict in ("supported", "refuted") else "neither")

    def check_outcome(self, short: Outcome, counts: AuditInput) -> None:
        """The short way and the whole rule find the same, with the same interval."""
        self.check(short.found, counts)
        interval = self.evidence(counts).metrics[0].interval
        assert (interval.lower, interval.upper) == (short.lower, short.upper)


def setting(
    *,
    metrics: Sequence[Mapping[str, Any]] = ({},),  # one metric, unchanged
    rule: Mapping[str, Any] | None = None,
    selection: Mapping[str, Any] | None = None,
    **execution: Any,
) -> Setting:
    """The quickstart's claim (at least 0.80, margin 0.05, alpha 0.05, Wilson) with some values changed.

    Args:
        metrics: What each metric changes of the claim's one.
        rule: Changes of the decision rule.
        selection: The claim's selection.
        execution: Changes of the protocol's execution; one run with the seed 0 unless stated.
    """
    claim = json.loads((FIXTURES / "seeds" / "claim.json").read_bytes())
    protocol = json.loads((FIXTURES / "seeds" / "protocol.json").read_bytes())
    (metric,) = claim["expected_metrics"]
    claim["expected_metrics"] = [{**metric, **changes} for changes in metrics]
    claim["decision_rule"].update(rule or {})
    if selection:
        claim["selection"] = dict(selection)
    protocol["execution"].update({"seeds": [0], **execution})
    return Setting(
        document.parse(json.dumps(claim).encode(), Claim, file="claim.json"),
        document.parse(json.dumps(protocol).encode(), Protocol, file="protocol.json"),
    )


def names(tasks: int) -> list[str]:
    """Keys of so many tasks."""
    return [f"task/{index}" for index in range(tasks)]


def tried(successes: int, trials: int, lost: int = 0) -> Tally:
    """A task's episodes, some of them lost."""
    return Tally(
        successes=int(successes), trials=int(trials), ambiguous=int(lost), not_run=0, planned=int(trials + lost)
    )


def run_whole(successes: Iterable[int], trials: Sequence[int], **others: Any) -> AuditInput:
    """One run; what a task lacks of the longest one was spoilt by the infrastructure."""
    planned = int(max(trials))
    cells = [
        cell(task, 0, planned, success=int(k), failure=int(n - k), infra_error=int(planned - n))
        for task, k, n in zip(names(len(trials)), successes, trials, strict=True)
    ]
    return audit_input(names(len(trials)), cells, **others)


def run_early(runs: Sequence[Sequence[int]], tasks: int, planned: int) -> AuditInput:
    """All planned runs as complete blocks, each the number of successes among the tasks, of `planned` blocks.

    How the successes of a block are spread over its tasks is not looked at by the rule; here the first ones get them.
    """
    cells = [
        cell(task, seed, planned, success=k, failure=len(run) - k)
        for seed, run in enumerate(runs)
        for index, task in enumerate(names(tasks))
        for k in [sum(int(block > index) for block in run)]
        if len(run)
    ]
    return audit_input(names(tasks), cells, blocks=blocks_of(runs, tasks))


def blocks_of(runs: Sequence[Sequence[int]], tasks: int) -> list[Blocks]:
    """The blocks of all planned runs as an audit input holds them."""
    return [
        Blocks(seed=seed, tasks=tasks, complete=len(run), repeated=0, successes=" ".join(str(int(k)) for k in run))
        for seed, run in enumerate(runs)
    ]


def metric_of(evidence: Evidence, label: str = "success_rate") -> MetricEvidence:
    """A metric's evidence."""
    return next(metric for metric in evidence.metrics if label in (metric.name, f"{metric.name} of {metric.task}"))
