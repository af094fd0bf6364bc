"""Where every planned episode went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from worldbase.document import significant
from worldflux.documents.audit_input import AuditInput, Cell, OutcomeCounts
from worldflux.documents.episode import OUTCOMES
from worldflux.documents.evidence import Denominator
from worldflux.documents.protocol import InfraErrorPolicy, Protocol


@dataclass(frozen=True, slots=True)
class Tally:
    """What the decision makes of the planned episodes of one task, or of several together.

    Attributes:
        trials: Successes and failures; infrastructure errors too where the protocol declares them to be failures.
        ambiguous: Lost episodes that count as failures against support and as successes against refutation.
        not_run: Planned episodes that were never begun.
    """

    successes: int
    trials: int
    ambiguous: int
    not_run: int
    planned: int

    @property
    def decision_trials(self) -> int:
        """What a decision divides by: trials, and every lost episode that may not be left out."""
        return self.trials + self.ambiguous

    def without_lost(self) -> Tally:
        """The same with the lost episodes left out."""
        return Tally(self.successes, self.trials, 0, self.not_run, self.planned)


def total(tallies: Sequence[Tally]) -> Tally:
    """All of them together."""
    return Tally(
        successes=sum(tally.successes for tally in tallies),
        trials=sum(tally.trials for tally in tallies),
        ambiguous=sum(tally.ambiguous for tally in tallies),
        not_run=sum(tally.not_run for tally in tallies),
        planned=sum(tally.planned for tally in tallies),
    )


@dataclass(frozen=True, slots=True)
class Ledger:
    """The denominator, and a tally for each planned task, in the order of the plan."""

    denominator: Denominator
    by_task: dict[str, Tally]

    @property
    def all_tasks(self) -> Tally:
        """The tallies of all tasks together."""
        return total(list(self.by_task.values()))


def keep(audit_input: AuditInput, protocol: Protocol) -> Ledger:
    """Draw up the ledger of an audit."""
    planned_cells = {(cell.task, cell.seed): cell for cell in audit_input.cells if cell.planned}
    totals = _totals([cell.planned_counts for cell in planned_cells.values()])
    by_task = _tallies(audit_input.tasks, planned_cells, protocol)
    whole = total(list(by_task.values()))
    worst, best = _bounds(totals, whole.planned, protocol.infra_error_policy)
    return Ledger(
        denominator=Denominator(
            planned=whole.planned,
            observed=totals.observed,
            **{outcome: getattr(totals, outcome) for outcome in OUTCOMES},
            missing=whole.planned - totals.observed,
            not_run=whole.not_run,
            lost=whole.planned - totals.success - totals.failure - whole.not_run,
            out_of_protocol=sum(cell.out_of_protocol for cell in audit_input.cells),
            duplicate=audit_input.duplicate,
            worst=worst,
            best=best,
        ),
        by_task=by_task,
    )


def _tallies(tasks: list[str], cells: dict[tuple[str, int], Cell], protocol: Protocol) -> dict[str, Tally]:
    per_task, policy = protocol.execution.episodes_per_task, protocol.infra_error_policy
    by_task: dict[str, list[Tally]] = {task: [] for task in tasks}
    last = _last_run_begun(protocol.execution.seeds, {seed for _, seed in cells})
    for place, seed in enumerate(protocol.execution.seeds):
        run = [cells.get((task, seed)) for task in tasks]
        never_begun = place >= last and _stopped_in_balance(run, per_task)
        for task, cell in zip(tasks, run, strict=True):
            by_task[task].append(_tally(cell, per_task, never_begun, policy))
    return {task: total(parts) for task, parts in by_task.items()}


def _last_run_begun(seeds: Sequence[int], begun: set[int]) -> int:
    """Place of the last run that has an episode.

    Runs are played in the order of the protocol's seeds. What an earlier run lacks was not left out because somebody
    stopped: others were played afterwards. Whoever may cut each of several runs where it looks best can show anything.
    """
    return max((place for place, seed in enumerate(seeds) if seed in begun), default=0)


def _tally(cell: Cell | None, planned: int, never_begun: bool, policy: InfraErrorPolicy) -> Tally:
    counts = cell.planned_counts if cell else OutcomeCounts()
    not_run = planned - counts.observed if never_begun else 0
    lost = planned - counts.success - counts.failure - not_run
    return Tally(
        successes=counts.success,
        trials=counts.success + counts.failure + (counts.infra_error if policy == "failure" else 0),
        ambiguous=lost if policy == "lost" else lost - counts.infra_error,
        not_run=not_run,
        planned=planned,
    )


def _totals(counts: list[OutcomeCounts]) -> OutcomeCounts:
    return OutcomeCounts(**{outcome: sum(getattr(count, outcome) for count in counts) for outcome in OUTCOMES})


def _stopped_in_balance(cells: list[Cell | None], per_task: int) -> bool:
    """Whether what is missing of the last run was never begun: all of it, or the tail after a balanced prefix.

    The prefix is balanced when every planned task executed the same number of episodes, without a gap. Anything else
    that is missing may have been left out because of how it went, and is lost.
    """
    executed = {_executed(cell) for cell in cells}
    gapless = all(cell is None or cell.gaps == 0 or cell.planned_counts.observed == per_task for cell in cells)
    return len(executed) == 1 and gapless


def _executed(cell: Cell | None) -> int:
    if cell is None:
        return 0
    counts = cell.planned_counts
    return counts.success + counts.failure + counts.infra_error + counts.unknown


def _bounds(totals: OutcomeCounts, planned: int, policy: InfraErrorPolicy) -> tuple[float | None, float | None]:
    """Lowest and highest rate that the planned episodes can have, whatever the unknown ones were."""
    counted = planned - (totals.infra_error if policy == "excluded_predeclared" else 0)
    certain = totals.failure + (totals.infra_error if policy == "failure" else 0)
    if counted == 0:
        return None, None
    return significant(totals.success / counted), significant((counted - certain) / counted)
