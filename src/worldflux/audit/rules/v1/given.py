"""Everything that the rules may look at: claim, protocol, audit input, and what follows from them at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET

from worldbase import digest
from worldflux.audit.rules.v1.hypotheses import counting_method
from worldflux.audit.rules.v1.ledger import Ledger, Tally, keep, total
from worldflux.documents.audit_input import AuditInput, RepeatedStarts
from worldflux.documents.claim import Claim, DecisionRule, ExpectedMetric
from worldflux.documents.evidence import Estimand
from worldflux.documents.protocol import Protocol
from worldflux.stats.intervals import Method

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True)
class Given:
    """What a decision is a function of.

    Attributes:
        digests: Of the claim's file and of the protocol's.
    """

    claim: Claim
    protocol: Protocol
    audit_input: AuditInput
    digests: tuple[str, str]

    @cached_property
    def seed(self) -> int:
        """For resampling: taken from the digests of all three documents, so that it repeats and nobody chooses it."""
        content = " ".join([*self.digests, digest.of_bytes(msgspec.json.encode(self.audit_input))])
        return int(digest.of_bytes(content.encode())[-16:], 16)

    def at_alpha(self, alpha: float) -> Given:
        """The same at another error."""
        rule = msgspec.structs.replace(self.rule, alpha=alpha)
        return replace(self, claim=msgspec.structs.replace(self.claim, decision_rule=rule))

    @property
    def rule(self) -> DecisionRule:
        """The claim's rule."""
        return self.claim.decision_rule

    @property
    def method(self) -> Method:
        """The interval method that decides counts."""
        return counting_method(self.rule)

    @property
    def estimand(self) -> Estimand:
        """What a rate is a rate of: the listed tasks, unless the protocol declares otherwise."""
        declared = self.protocol.execution.estimand
        return "fixed_tasks" if declared is UNSET else declared

    @cached_property
    def ledger(self) -> Ledger:
        """Where every planned episode went."""
        return keep(self.audit_input, self.protocol)

    def tasks(self, metric: ExpectedMetric) -> list[str]:
        """Tasks that a metric is about; none where it names one that the plan does not have."""
        if metric.task is UNSET:
            return list(self.ledger.by_task)
        return [metric.task] if metric.task in self.ledger.by_task else []

    def tallies(self, metric: ExpectedMetric) -> list[Tally]:
        """The tallies of these tasks."""
        return [self.ledger.by_task[task] for task in self.tasks(metric)]

    def total(self, metric: ExpectedMetric) -> Tally:
        """These tallies together."""
        return total(self.tallies(metric))

    def repeated(self, metric: ExpectedMetric) -> list[RepeatedStarts | None]:
        """For each of these tasks the shares of its initial states, where trials share them."""
        known = {entry.task: entry for entry in self.audit_input.repeated_starts}
        return [known.get(task) for task in self.tasks(metric)]

    @property
    def stops_by_rule(self) -> bool:
        """Whether the protocol lets the run end before the whole plan."""
        return self.protocol.execution.stopping_rule is not UNSET

    @property
    def by_e_process(self) -> bool:
        """Whether only a decision that holds at every stopping time will do."""
        return self.stops_by_rule or self.ledger.denominator.not_run > 0

    @cached_property
    def blocks(self) -> npt.NDArray[np.unsignedinteger[Any]]:
        """Successes in each complete block, shape (blocks,): run after run, in the order of the protocol's seeds.

        The first run that is not whole ends the sequence at its own first incomplete block. What comes before is the
        beginning of what happened, and so may be read however its end was chosen; going on behind a gap would leave out
        the blocks that went badly.
        """
        import numpy as np

        runs: list[npt.NDArray[np.unsignedinteger[Any]]] = [np.zeros(0, dtype=np.uint8)]
        for run in self.audit_input.blocks:
            if run.successes is not UNSET:
                smallest = np.min_scalar_type(run.tasks)  # a million blocks of it take a megabyte
                runs.append(np.fromstring(run.successes, dtype=smallest, sep=" "))
            if run.complete < self.protocol.execution.episodes_per_task:
                break
        return np.concatenate(runs)
