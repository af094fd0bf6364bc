"""Runs spelled out episode by episode, and what the rules make of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from tests.support import FIXTURES
from tests.worldflux.audit.cases import audit_input, cell, load_pair
from worldbase import document
from worldflux.audit.rules import v1
from worldflux.documents.audit_input import AuditInput, Blocks, Cell
from worldflux.documents.claim import Claim
from worldflux.documents.evidence import Evidence, MetricEvidence, SensitivityReading
from worldflux.documents.protocol import Protocol
from worldflux.documents.stopping import Stopping

EVIDENCE_ID: Final = "evd_01HXY7K8ABCDEFGHJKMNPQRSTV"
Pair = tuple[document.Loaded[Claim], document.Loaded[Protocol]]


def pair(
    *,
    metric: Mapping[str, Any] | None = None,
    rule: Mapping[str, Any] | None = None,
    metrics: Sequence[Mapping[str, Any]] | None = None,
    selection: Mapping[str, Any] | None = None,
    **execution: Any,
) -> Pair:
    """The quickstart's claim (at least 0.80, margin 0.05) and protocol with changes; `metrics` replaces all of them."""
    claim, protocol = load_pair(FIXTURES, metric=metric, rule=rule, **execution)
    fields = msgspec.to_builtins(claim.document)
    if metrics is not None:
        base = {"name": "success_rate", "operator": ">=", "value": 0.8, "unit": "ratio"}
        fields["expected_metrics"] = [{**base, **each} for each in metrics]
    if selection is not None:
        fields["selection"] = dict(selection)
    return claim._replace(document=msgspec.convert(fields, Claim)), protocol


def decided(documents: Pair, given: AuditInput) -> Evidence:
    """The evidence of an audit input under a claim and a protocol."""
    claim, protocol = documents
    return v1.decide(
        claim,
        protocol,
        given,
        binding="bound",
        identifier=EVIDENCE_ID,
        created_at="2026-11-21T00:00:00Z",
        render="v1",
    )


def the_metric(evidence: Evidence) -> MetricEvidence:
    """The only metric."""
    (metric,) = evidence.metrics
    return metric


def readings(metric: MetricEvidence) -> dict[str, SensitivityReading]:
    """The other readings by name."""
    found = {reading.reading: reading for reading in metric.sensitivity}
    assert len(found) == len(metric.sensitivity), "a reading stands twice"
    return found


def codes(evidence: Evidence) -> list[str]:
    """Codes of the reasons."""
    return [reason.code for reason in evidence.reasons]


def names(tasks: int) -> list[str]:
    """Names of so many tasks."""
    return [f"t{task}" for task in range(tasks)]


def cells_of(counts: Sequence[tuple[int, int]], *, planned: int = 0, **others: int) -> list[Cell]:
    """One cell per task from (successes, failures), in a run with seed 0."""
    return [
        cell(name, 0, planned or successes + failures, success=successes, failure=failures, **others)
        for name, (successes, failures) in zip(names(len(counts)), counts, strict=True)
    ]


def run_of(blocks: Sequence[Sequence[int]], *, seed: int = 0, planned: int, lost: int = 0) -> tuple[list[Cell], Blocks]:
    """One run in which every task played one episode per block.

    Args:
        blocks: Outcomes, shape (blocks, tasks), 1 for a success.
        seed: Its run seed.
        planned: Episodes planned for each task.
        lost: Infrastructure errors of each task after the last of these blocks.
    """
    cells = [
        cell(
            name,
            seed,
            planned,
            success=sum(block[task] for block in blocks),
            failure=sum(1 - block[task] for block in blocks),
            infra_error=lost,
        )
        for task, name in enumerate(names(len(blocks[0])))
    ]
    text = " ".join(str(sum(block)) for block in blocks)
    return cells, Blocks(seed=seed, tasks=len(blocks[0]), complete=len(blocks), repeated=0, successes=text)


def played(*runs: tuple[list[Cell], Blocks]) -> AuditInput:
    """Runs one after the other."""
    cells = [each for found, _ in runs for each in found]
    return audit_input(names(runs[0][1].tasks), cells, blocks=[blocks for _, blocks in runs])


def balanced(successes: Sequence[int], tasks: int) -> list[list[int]]:
    """Blocks with so many successes, dealt out over the tasks in turn."""
    rows, turn = [], 0
    for number in successes:
        row = [0] * tasks
        for _ in range(number):
            row[turn % tasks] = 1
            turn += 1
        rows.append(row)
    return rows


def path_of(documents: Pair, given: AuditInput) -> Stopping:
    """The stopping document of an audit that was asked for it."""
    asked = msgspec.structs.replace(given, requested=msgspec.structs.replace(given.requested, savi=True))
    found = v1.stopping_of(v1.given_of(*documents, asked), EVIDENCE_ID)
    assert found is not None
    return found


def unverified(given: AuditInput) -> AuditInput:
    """The same with unknown initial states."""
    benchmark = msgspec.structs.replace(given.run.benchmark, starts_verified=False, start_key="unknown", pairing="none")
    return msgspec.structs.replace(given, run=msgspec.structs.replace(given.run, benchmark=benchmark))
