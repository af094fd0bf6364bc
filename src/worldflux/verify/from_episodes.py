"""The first link of the chain, computed again: `audit_input.json` from the episodes and the stored run facts.

Where the episodes are withheld, what follows from the stored cells alone is still compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

import msgspec
from msgspec import UNSET

from worldbase.document import Loaded
from worldbase.errors import Problem, Where
from worldflux.audit import findings, normalise
from worldflux.audit.normalise import Counted
from worldflux.claims.claim_pair import ClaimPair
from worldflux.documents.audit_input import AuditInput, Finding
from worldflux.episodes.cells import CellCounter
from worldflux.package import layout
from worldflux.verify.as_audited import starts_as_audited
from worldflux.verify.compare_numbers import Comparison
from worldflux.verify.recount import Recount

FROM_CELLS: Final = frozenset(
    [
        "claim.checkpoint_differs",
        "forensics.errors_concentrated",
        "forensics.overdispersed",
        "forensics.underdispersed",
        "plan.out_of_protocol",
        "plan.task_absent",
        "plan.unequal_counts",
        "ppi.real_differs",
        "protocol.checkpoint_differs",
        "protocol.evaluator_differs",
        "protocol.max_steps_differs",
        "protocol.n_action_steps_differs",
        "seed.overlap",
        "source.reported_differs",
        "starts.repeated",
        "starts.unverified",
    ]
)
"""Findings that follow from claim, protocol, cells and run facts: those that follow are there, and no others.

All further findings come from the source, or from a benchmark registry that may have moved on; they are attested.
"""

FROM_EPISODES: Final = frozenset(["outcomes.identical", "outcomes.identical_tasks"])
"""The same of findings that follow from the order of outcomes, which cells do not have."""


def compare_plan(pair: ClaimPair, audit_input: Loaded[AuditInput], comparison: Comparison) -> None:
    """Compare what follows from the plan: the tasks, which runs stand in it, and labels of missing evidence."""
    stored = audit_input.document
    seeds = set(pair.grid.run_seeds)
    marked = [msgspec.structs.replace(run, in_plan=run.run_seed in seeds) for run in stored.run.runs]
    facts = msgspec.structs.replace(stored.run, runs=marked)
    runs = normalise.runs_of(pair, facts, stored.cells)
    code = "recomputation.plan"
    _compare(audit_input.value, {"tasks": list(pair.grid.tasks), "duplicate": 0}, comparison, code=code)
    _compare(audit_input.value["run"], {"runs": runs}, comparison, code=code, pointer="/run")
    for label in normalise.labels_of_plan(pair, stored.run, stored.requested):
        if label not in stored.missing_evidence:
            comparison.note(Problem(code, f"{label} follows and is not there", _at("/missing_evidence")))


def compare_counts(pair: ClaimPair, audit_input: Loaded[AuditInput], recount: Recount, comparison: Comparison) -> None:
    """Compare everything in the audit input that follows from the episodes."""
    stored = audit_input.document
    starts = starts_as_audited(pair, stored.run)
    counted = normalise.counted_by(pair, stored.run, starts, recount.counter, stored.requested)
    following = {
        "cells": counted.cells,
        "blocks": counted.blocks,
        "repeated_starts": counted.repeated_starts,
        "episodes": {"path": layout.EPISODES, "sha256": recount.sha256, "count": recount.count},
    }
    _compare(audit_input.value, following, comparison, code="recomputation.cells")
    _compare_findings(pair, stored, counted, recount.counter, FROM_CELLS | FROM_EPISODES, comparison)


def compare_cells(pair: ClaimPair, audit_input: Loaded[AuditInput], comparison: Comparison) -> None:
    """Compare what follows from the stored cells alone: all that is left where the episodes are withheld."""
    stored = audit_input.document
    counted = Counted(stored.cells, stored.blocks, stored.repeated_starts)
    _compare_findings(pair, stored, counted, CellCounter(), FROM_CELLS, comparison)


def _compare(value: Any, following: dict[str, Any], comparison: Comparison, *, code: str, pointer: str = "") -> None:
    for name, recomputed in following.items():
        comparison.compare(
            value[name],
            msgspec.to_builtins(recomputed),
            code=code,
            file=layout.AUDIT_INPUT,
            pointer=f"{pointer}/{name}",
        )


def _compare_findings(
    pair: ClaimPair,
    stored: AuditInput,
    counted: Counted,
    counter: CellCounter,
    codes: frozenset[str],
    comparison: Comparison,
) -> None:
    """Note findings with these codes that follow and are not there, or the reverse; their order does not matter."""
    facts, missing = stored.run, stored.missing_evidence
    following = _with_codes(
        [
            *normalise.reported_findings([] if facts.reported is UNSET else facts.reported),
            *normalise.plan_and_run_findings(pair, facts, counter, counted.cells, missing),
            *findings.start_findings(facts.benchmark, counted.cells, counted.repeated_starts),
            *findings.simulation_findings(stored.requested, counted.cells),
        ],
        codes,
    )
    there = _with_codes(stored.findings, codes)
    code = "recomputation.findings"
    for finding in there - following:
        pointer = f"/findings/{stored.findings.index(finding)}"
        comparison.note(Problem(code, f"does not follow: {finding.message}", _at(pointer)))
    for finding in following - there:
        message = f"{finding.code} ({finding.severity}) follows and is not there: {finding.message}"
        comparison.note(Problem(code, message, _at("/findings")))


def _with_codes(given: Iterable[Finding], codes: frozenset[str]) -> Counter[Finding]:
    return Counter(finding for finding in given if finding.code in codes)


def _at(pointer: str) -> Where:
    return Where(layout.AUDIT_INPUT, pointer)
