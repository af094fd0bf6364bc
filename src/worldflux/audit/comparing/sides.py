"""One package as one side of a comparison: its evidence, and what of its members belongs to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from worldbase import digest, document
from worldflux.audit.rules.v1 import ledger as ledgers
from worldflux.audit.rules.v1.ledger import Ledger
from worldflux.documents.audit_input import AuditInput
from worldflux.documents.evidence import Evidence
from worldflux.documents.protocol import Protocol
from worldflux.package import layout
from worldflux.package.read import read_evidence
from worldflux.stats.comparison import Counts


@dataclass(frozen=True)
class Side:
    """One side.

    Attributes:
        protocol: The plan, where it lies beside the evidence and is the one that the evidence names.
        audit_input: The counts, where they lie beside the evidence and give its counts.
        episodes: The episode stream, where it lies beside the evidence and is the one that was counted.
        foreign: Members that lie beside the evidence and do not belong to it; they are not used.
    """

    evidence: Evidence
    protocol: Protocol | None
    audit_input: AuditInput | None
    episodes: Path | None
    foreign: tuple[str, ...]

    @cached_property
    def tasks(self) -> dict[str, Counts]:
        """Successes and trials per planned task; trials hold errors that the protocol declares to be failures."""
        if self._ledger is None:
            return {part.key: Counts(part.successes, part.trials) for part in self.evidence.slices.by_task}
        return {task: Counts(tally.successes, tally.trials) for task, tally in self._ledger.by_task.items()}

    @property
    def ambiguous(self) -> int:
        """Lost episodes that a decision may not leave out."""
        return self.evidence.denominator.lost if self._ledger is None else self._ledger.all_tasks.ambiguous

    @cached_property
    def _ledger(self) -> Ledger | None:
        if self.protocol is None or self.audit_input is None:
            return None
        return ledgers.keep(self.audit_input, self.protocol)

    @property
    def failures(self) -> frozenset[str]:
        """Outcomes of an episode that count as failures."""
        declared = self.protocol is not None and self.protocol.infra_error_policy == "failure"
        return frozenset({"failure", "infra_error"} if declared else {"failure"})

    def fact(self, name: str) -> Any:
        """What is known of the run; None where nothing is, all values where its inputs state several."""
        if self.audit_input is None:
            return None
        if (agreed := self.audit_input.run.evaluator.get(name)) is not None:
            return agreed
        stated = {str(entry.declared[name]) for entry in self.audit_input.run.inputs if name in entry.declared}
        return " and ".join(sorted(stated)) or None


def read_side(path: Path) -> Side:
    """Read a package folder, or its `evidence.json` with what lies beside it.

    A member that does not belong to the evidence is left out: the protocol is bound by its hash, the counts by the
    evidence's own counts, the episode stream by its digest in the counts.

    Raises:
        PackageError: `package.missing` or `package.incomplete`.
        InputError: A document is not valid.
    """
    evidence = read_evidence(path)
    folder = path if path.is_dir() else path.parent
    protocol = _protocol(folder, evidence)
    audit_input = _audit_input(folder, evidence)
    episodes = _episodes(folder, audit_input)
    found: dict[str, object] = {layout.PROTOCOL: protocol, layout.AUDIT_INPUT: audit_input}
    if audit_input is not None:  # else nothing tells whose episodes they are
        found[layout.EPISODES] = episodes
    foreign = tuple(name for name, member in found.items() if member is None and (folder / name).is_file())
    return Side(evidence, protocol, audit_input, episodes, foreign)


def _protocol(folder: Path, evidence: Evidence) -> Protocol | None:
    path = folder / layout.PROTOCOL
    if not path.is_file():
        return None
    loaded = document.load(path, Protocol, file=layout.PROTOCOL)
    return loaded.document if loaded.digest == evidence.protocol.hash else None


def _audit_input(folder: Path, evidence: Evidence) -> AuditInput | None:
    path = folder / layout.AUDIT_INPUT
    if not path.is_file():
        return None
    counted = document.load(path, AuditInput, file=layout.AUDIT_INPUT).document
    successes: dict[str, int] = dict.fromkeys(counted.tasks, 0)
    for task, number in _successes(counted):
        successes[task] = successes.get(task, 0) + number
    stated = {part.key: part.successes for part in evidence.slices.by_task}
    return counted if successes == stated and counted.findings == evidence.findings else None


def _successes(counted: AuditInput) -> Iterator[tuple[str, int]]:
    for cell in counted.cells:
        if cell.planned:
            yield cell.task, cell.planned_counts.success


def _episodes(folder: Path, audit_input: AuditInput | None) -> Path | None:
    path = folder / layout.EPISODES
    if audit_input is None or not path.is_file():
        return None
    return path if digest.of_file(path) == audit_input.episodes.sha256 else None
