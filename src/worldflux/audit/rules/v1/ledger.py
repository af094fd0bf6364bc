"""Where every planned episode went."""

from __future__ import annotations

from dataclasses import dataclass

from worldbase.document import significant
from worldflux.documents.audit_input import AuditInput, Cell, OutcomeCounts
from worldflux.documents.episode import OUTCOMES
from worldflux.documents.evidence import Denominator
from worldflux.documents.protocol import InfraErrorPolicy, Protocol


@dataclass(frozen=True, slots=True)
class Ledger:
    """The denominator, and what the decision makes of it.

    Attributes:
        denominator: Counts of everything that was planned, and of what stands outside the plan.
        ambiguous: Lost episodes that count as failures against support and as successes against refutation.
        certain_failures: Infrastructure errors that the protocol declares to be failures.
    """

    denominator: Denominator
    ambiguous: int
    certain_failures: int

    @property
    def trials(self) -> int:
        """Successes and failures."""
        return self.denominator.success + self.denominator.failure

    @property
    def decision_trials(self) -> int:
        """What the decision divides by: trials, and every lost episode that may not be left out.

        For a plan that was cut short it is what the whole plan would divide by: nothing less is decided.
        """
        return self.trials + self.ambiguous + self.certain_failures + self.denominator.not_run


def keep(audit_input: AuditInput, protocol: Protocol) -> Ledger:
    """Draw up the ledger of an audit."""
    planned_cells = {(cell.task, cell.seed): cell for cell in audit_input.cells if cell.planned}
    totals = _totals([cell.planned_counts for cell in planned_cells.values()])
    seeds, per_task = protocol.execution.seeds, protocol.execution.episodes_per_task
    planned = len(audit_input.tasks) * len(seeds) * per_task
    not_run = sum(_not_run([planned_cells.get((task, seed)) for task in audit_input.tasks], per_task) for seed in seeds)
    trials = totals.success + totals.failure
    lost = planned - trials - not_run
    policy = protocol.infra_error_policy
    worst, best = _bounds(totals, planned, policy)
    return Ledger(
        denominator=Denominator(
            planned=planned,
            observed=totals.observed,
            **{outcome: getattr(totals, outcome) for outcome in OUTCOMES},
            missing=planned - totals.observed,
            not_run=not_run,
            lost=lost,
            out_of_protocol=sum(cell.out_of_protocol for cell in audit_input.cells),
            duplicate=audit_input.duplicate,
            worst=worst,
            best=best,
        ),
        ambiguous=lost if policy == "lost" else lost - totals.infra_error,
        certain_failures=totals.infra_error if policy == "failure" else 0,
    )


def _totals(counts: list[OutcomeCounts]) -> OutcomeCounts:
    return OutcomeCounts(**{outcome: sum(getattr(count, outcome) for count in counts) for outcome in OUTCOMES})


def _not_run(cells: list[Cell | None], per_task: int) -> int:
    """Episodes of one run that were never begun: the whole run, or the tail after a balanced prefix.

    The prefix is balanced when every planned task executed the same number of episodes, without a gap. Anything else
    that is missing may have been left out because of how it went, and is lost.
    """
    executed = {_executed(cell) for cell in cells}
    gapless = all(cell is None or cell.gaps == 0 or cell.planned_counts.observed == per_task for cell in cells)
    if len(executed) != 1 or not gapless:
        return 0
    return sum(per_task - (cell.planned_counts.observed if cell else 0) for cell in cells)


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
