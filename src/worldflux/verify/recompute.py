"""The gate `recomputation`: every number of a package follows from its episodes, or the package does not pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Final, Literal

from worldbase.console import Progress
from worldbase.document import Loaded
from worldbase.errors import Problem, Where, WorldError
from worldflux.claims.claim_pair import ClaimPair
from worldflux.documents.audit_input import AuditInput
from worldflux.documents.claim import Claim
from worldflux.documents.evidence import Evidence
from worldflux.documents.ppi import Ppi
from worldflux.documents.protocol import Protocol
from worldflux.documents.stopping import Stopping
from worldflux.errors import GateError
from worldflux.package import layout
from worldflux.verify import from_cells, from_episodes, laws_of_cells
from worldflux.verify.as_audited import pair_as_audited
from worldflux.verify.compare_numbers import Comparison
from worldflux.verify.recount import Recount, recounted

ShowProgress = Callable[[str, int, int], AbstractContextManager[Progress]]

_HINT: Final = "The package was changed after the audit; audit the source again, and ask who changed it."
# What Python raises where a document holds values that no audit writes.
_IMPOSSIBLE: Final = (ArithmeticError, LookupError, TypeError, ValueError, WorldError)


@dataclass(frozen=True, slots=True)
class Members:
    """The members of a package that numbers are computed from and compared with, read from bytes that were hashed.

    Attributes:
        report: Bytes of `evidence.md`.
        stopping: None where the package has none, or withholds it.
        ppi: The same.
        episodes: Opened once, at its start; None where a share withholds the episodes.
        failures: Digest of the failure index, as the manifest has it; None where it is withheld.
        replays: The same of the replay lines.
        episodes_sha256: Digest of the episodes, as the manifest has it.
    """

    claim: Loaded[Claim]
    protocol: Loaded[Protocol]
    audit_input: Loaded[AuditInput]
    evidence: Loaded[Evidence]
    report: bytes
    stopping: Loaded[Stopping] | None
    ppi: Loaded[Ppi] | None
    episodes: BinaryIO | None
    failures: str | None
    replays: str | None
    episodes_sha256: str


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What was computed again.

    Attributes:
        level: `episodes`: everything; `cells`: what follows from the cells, because the episodes are withheld.
        episodes: Episodes that were counted again.
        cells: Cells in the audit input.
        numbers: Numbers of `evidence.json` that were compared.
        detail: The same as a sentence.
    """

    level: Literal["episodes", "cells"]
    episodes: int
    cells: int
    numbers: int
    detail: str


def recompute(members: Members, show_progress: ShowProgress) -> Recomputed:
    """Compute every number of a package again, and compare.

    Raises:
        GateError: `recomputation`: a number, a text or a finding is not what follows; `json` or `schema`: a line of
            the episodes is none; `schema.newer`: rules or renderer are not known to this tool.
    """
    evidence, audit_input = members.evidence.document, members.audit_input.document
    from_cells.require_known_versions(evidence)
    with _impossible_facts_refused():
        pair = pair_as_audited(members.claim, members.protocol, audit_input.tasks)
        recount = _recount(members, show_progress)
        _compare_audit_input(members, pair, recount)
        numbers = _compare_decisions(members, pair)
        from_cells.require_same_report(evidence, members.report)
    return _recomputed(recount, len(audit_input.cells), numbers)


@contextmanager
def _impossible_facts_refused() -> Iterator[None]:
    """Refuse facts that nothing can be computed from; an audit would have ended there, and written no package."""
    try:
        yield
    except GateError:
        raise
    except _IMPOSSIBLE as error:
        raise GateError(
            f"nothing follows from what is stored: {type(error).__name__}: {error}",
            gate="recomputation",
            code="recomputation.impossible",
            where=Where(layout.AUDIT_INPUT),
            hint=_HINT,
        ) from error


def _recount(members: Members, show_progress: ShowProgress) -> Recount | None:
    """Count the episodes again; None where they are withheld."""
    if members.episodes is None:
        return None
    stated = members.audit_input.document
    with show_progress("counting episodes again", stated.episodes.count, 0) as progress:
        recount = recounted(members.episodes, stated.run.inputs, progress)
    if recount.sha256 != members.episodes_sha256:
        raise GateError(
            "the episodes changed while they were verified",
            gate="recomputation",
            code="recomputation.changed_meanwhile",
            where=Where(layout.EPISODES),
            hint="Verify a package that nobody is writing to.",
        )
    return recount


def _compare_audit_input(members: Members, pair: ClaimPair, recount: Recount | None) -> None:
    """Refuse an audit input that is not what follows, with every difference."""
    comparison = Comparison()
    stored = members.audit_input
    from_episodes.compare_plan(pair, stored, comparison)
    if recount is None:
        comparison.note_all(laws_of_cells.broken_laws(stored.document, pair.grid))
        from_episodes.compare_cells(pair, stored, comparison)
    else:
        from_episodes.compare_counts(pair, stored, recount, comparison)
        comparison.note_all(_other_failure_lines(members, recount))
    comparison.note_all(laws_of_cells.impossible_request(stored.document))
    _refuse(comparison)


def _other_failure_lines(members: Members, recount: Recount) -> Iterator[Problem]:
    for name, stated, recomputed in (
        (layout.FAILURES, members.failures, recount.failures),
        (layout.REPLAYS, members.replays, recount.replays),
    ):
        if stated is not None and stated != recomputed:
            yield Problem("recomputation.failures", "its lines are not those that the episodes give", Where(name))


def _compare_decisions(members: Members, pair: ClaimPair) -> int:
    """Number of the numbers of `evidence.json`, all of which are what follows."""
    evidence, audit_input = members.evidence, members.audit_input.document
    comparison = Comparison()
    from_cells.compare_evidence(pair, audit_input, evidence, comparison)
    numbers = comparison.numbers
    asked_for = from_cells.AskedFor(members.stopping, members.ppi, may_be_withheld=members.episodes is None)
    from_cells.compare_asked_for(pair, audit_input, asked_for, evidence.document, comparison)
    _refuse(comparison)
    return numbers


def _refuse(comparison: Comparison) -> None:
    if not comparison.differing:
        return
    first, more = comparison.found[0], comparison.differing - 1
    raise GateError(
        f"{first.message}, and {more:,} more differ" if more else first.message,
        gate="recomputation",
        code=first.code,
        where=first.where,
        hint=_HINT,
        problems=comparison.found,
    )


def _recomputed(recount: Recount | None, cells: int, numbers: int) -> Recomputed:
    follow = f"{numbers:,} numbers of the evidence follow from them"
    if recount is None:
        return Recomputed("cells", 0, cells, numbers, f"the episodes are withheld; cells: {cells:,}; {follow}")
    counted = f"episodes counted again: {recount.count:,}; cells: {cells:,}; {follow}"
    return Recomputed("episodes", recount.count, cells, numbers, counted)
