"""From what was read to `audit_input.json`: the first link of the chain."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import UNSET

from worldbase.redact import redact_text
from worldflux.audit import findings
from worldflux.benchmarks.registry import find_benchmark
from worldflux.benchmarks.starts import starts_of
from worldflux.claims.claim_pair import ClaimPair
from worldflux.documents.audit_input import (
    AuditInput,
    BenchmarkFacts,
    Cell,
    EpisodeStream,
    Finding,
    RunFacts,
    RunSummary,
    SourceFacts,
)
from worldflux.episodes.cells import CellCounter
from worldflux.episodes.stream import WrittenLines
from worldflux.package import layout
from worldflux.sources.contract import SourceRun


def audit_input_of(pair: ClaimPair, run: SourceRun, counter: CellCounter, episodes: WrittenLines) -> AuditInput:
    """Put counts, facts and findings together, once all episodes have been counted."""
    facts = run.facts()
    cells = counter.cells(pair.grid)
    benchmark = _benchmark_facts(pair, facts)
    return AuditInput(
        schema_version="worldflux.audit_input.v0_draft",
        source=run.info,
        run=RunFacts(
            inputs=facts.inputs,
            runs=_runs(pair, facts, cells),
            evaluator=facts.evaluator,
            benchmark=benchmark,
        ),
        tasks=list(pair.grid.tasks),
        cells=cells,
        blocks=counter.blocks(pair.grid),
        episodes=EpisodeStream(path=layout.EPISODES, sha256=episodes.sha256, count=episodes.count),
        duplicate=0,
        findings=[
            *map(_sanitised, run.findings(counter)),
            *_findings(pair, facts, counter, cells),
            *findings.start_findings(benchmark, cells),
        ],
        missing_evidence=[*run.missing_evidence(), *_missing_evidence(pair)],
    )


def _sanitised(finding: Finding) -> Finding:
    """A source quotes what it read; whatever it quotes leaves this machine."""
    where = None if finding.where is None else redact_text(finding.where)
    return msgspec.structs.replace(finding, message=redact_text(finding.message), where=where)


def _runs(pair: ClaimPair, facts: SourceFacts, cells: list[Cell]) -> list[RunSummary]:
    """The runs as the source bound them; where single episodes carry the run seeds, one run per seed."""
    if pair.protocol.document.execution.seed_semantics != "episode_seed":
        return facts.runs
    inputs = [entry.id for entry in facts.inputs]
    return [
        RunSummary(run_seed=seed, in_plan=seed in pair.grid.run_seeds, bound_by="episode_seed", inputs=inputs)
        for seed in dict.fromkeys(cell.seed for cell in cells)
    ]


def _findings(pair: ClaimPair, facts: SourceFacts, counter: CellCounter, cells: list[Cell]) -> Iterator[Finding]:
    protocol = pair.protocol.document
    yield from findings.plan_findings(pair.grid, cells)
    yield from findings.protocol_findings(protocol, facts)
    yield from findings.seed_findings(facts, cells)
    yield from findings.copied_outcome_findings(counter, cells)
    if pair.claim.document.subject.checkpoint_uri != protocol.model_runtime.checkpoint_uri:
        yield Finding(
            code="claim.checkpoint_differs",
            severity="error",
            message="Claim and protocol name different checkpoints.",
            where="protocol.json at /model_runtime/checkpoint_uri",
        )


def _missing_evidence(pair: ClaimPair) -> Iterator[str]:
    yield "plan_precedence"
    if pair.claim.document.selection is UNSET:
        yield "checkpoint_selection"


def _benchmark_facts(pair: ClaimPair, facts: SourceFacts) -> BenchmarkFacts:
    name = pair.protocol.document.benchmark.name
    benchmark = find_benchmark(name)
    starts = starts_of(
        name,
        str(facts.evaluator.get("name")),
        facts.evaluator,
        seeds_known=all(run.seed_provenance != "unknown" for run in facts.runs),
        runs=len(facts.runs),
        episodes_per_task=pair.grid.episodes_per_task,
    )
    return BenchmarkFacts(
        simulated=benchmark.simulated if benchmark else None,
        perturbation_axes=list(benchmark.perturbation_axes) if benchmark else [],
        starts_verified=starts.verified,
        starts_note=starts.note,
    )
