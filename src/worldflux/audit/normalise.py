"""From what was read to `audit_input.json`: the first link of the chain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
from msgspec import UNSET

from worldbase.redact import redact_text
from worldflux.audit import findings
from worldflux.audit.forensic_findings import forensic_findings
from worldflux.audit.repeated_starts import repeated_starts, start_numbers
from worldflux.audit.rules.v1.precedence import precedence_of
from worldflux.benchmarks.registry import find_benchmark
from worldflux.benchmarks.starts import Starts, starts_of
from worldflux.claims.claim_pair import ClaimPair
from worldflux.documents.audit_input import (
    AuditInput,
    BenchmarkFacts,
    Blocks,
    Cell,
    EpisodeStream,
    Finding,
    Pairing,
    RepeatedStarts,
    Reported,
    Requested,
    RunFacts,
    RunSummary,
    SourceFacts,
)
from worldflux.episodes.cells import CellCounter
from worldflux.episodes.stream import WrittenLines
from worldflux.package import layout
from worldflux.sources.contract import SourceRun


@dataclass(frozen=True, slots=True)
class Counted:
    """What the episodes give once the plan is known and their initial states have numbers."""

    cells: list[Cell]
    blocks: list[Blocks]
    repeated_starts: list[RepeatedStarts]


def counted_by(
    pair: ClaimPair, facts: SourceFacts, starts: Starts, counter: CellCounter, requested: Requested
) -> Counted:
    """Put the counts of all episodes in the order of the plan.

    Args:
        pair: The plan, and whether it may stop before its end.
        facts: The start seeds of the runs.
        starts: What tells the initial states.
        counter: All episodes, counted.
        requested: Whether the path of the e-process is asked for.
    """
    numbers = start_numbers(starts, pair.protocol.document, facts)
    return Counted(
        cells=counter.cells(pair.grid),
        blocks=counter.blocks(pair.grid, numbers, path_asked_for=_path_asked_for(pair, requested)),
        repeated_starts=repeated_starts(counter, pair.grid, numbers),
    )


def audit_input_of(
    pair: ClaimPair,
    run: SourceRun,
    counter: CellCounter,
    episodes: WrittenLines,
    requested: Requested,
    noted: list[Finding],
) -> AuditInput:
    """Put counts, facts and findings together, and what was noted beside the inputs, once all episodes are counted."""
    facts, reported, missing = run.facts(), run.reported(counter), run.missing_evidence()
    starts = starts_now(pair, facts)
    counted = counted_by(pair, facts, starts, counter, requested)
    benchmark = _benchmark_facts(pair, starts)
    # From here on the runs are those that are written down, so that whoever reads them finds the same.
    facts = msgspec.structs.replace(facts, runs=runs_of(pair, facts, counted.cells))
    return AuditInput(
        schema_version="worldflux.audit_input.v0_draft",
        source=run.info,
        run=RunFacts(
            inputs=facts.inputs,
            runs=facts.runs,
            evaluator=facts.evaluator,
            measures=facts.measures,
            reported=reported or UNSET,
            benchmark=benchmark,
        ),
        tasks=list(pair.grid.tasks),
        cells=counted.cells,
        blocks=counted.blocks,
        repeated_starts=counted.repeated_starts,
        requested=requested,
        episodes=EpisodeStream(path=layout.EPISODES, sha256=episodes.sha256, count=episodes.count),
        duplicate=0,
        findings=[
            *map(_sanitised, run.findings(counter)),
            *reported_findings(reported),
            *plan_and_run_findings(pair, facts, counter, counted.cells, missing),
            *findings.start_findings(benchmark, counted.cells, counted.repeated_starts),
            *noted,
            *findings.simulation_findings(requested, counted.cells),
        ],
        missing_evidence=[*missing, *labels_of_plan(pair, facts, requested)],
    )


def _sanitised(finding: Finding) -> Finding:
    """A source quotes what it read; whatever it quotes leaves this machine."""
    where = None if finding.where is None else redact_text(finding.where)
    return msgspec.structs.replace(finding, message=redact_text(finding.message), where=where)


def reported_findings(reported: list[Reported]) -> list[Finding]:
    """Where the evaluator's own numbers are not what its episodes give, in words that may leave this machine."""
    return [_sanitised(finding) for finding in findings.reported_findings(reported)]


def runs_of(pair: ClaimPair, facts: SourceFacts, cells: list[Cell]) -> list[RunSummary]:
    """The runs as the source bound them; where single episodes carry the run seeds, one run per seed."""
    if pair.protocol.document.execution.seed_semantics != "episode_seed":
        return facts.runs
    inputs = [entry.id for entry in facts.inputs]
    return [
        RunSummary(run_seed=seed, in_plan=seed in pair.grid.run_seeds, bound_by="episode_seed", inputs=inputs)
        for seed in dict.fromkeys(cell.seed for cell in cells)
    ]


def plan_and_run_findings(
    pair: ClaimPair, facts: SourceFacts, counter: CellCounter, cells: list[Cell], missing: list[str]
) -> Iterator[Finding]:
    """What follows from plan, run facts and episodes, and from what the benchmark registry knows of them."""
    protocol = pair.protocol.document
    yield from findings.plan_findings(pair.grid, cells)
    yield from findings.protocol_findings(protocol, facts)
    yield from findings.seed_findings(facts, cells)
    yield from findings.copied_outcome_findings(counter, cells, missing)
    yield from forensic_findings(pair.grid, counter, cells, missing)
    if pair.claim.document.subject.checkpoint_uri != protocol.model_runtime.checkpoint_uri:
        yield Finding(
            code="claim.checkpoint_differs",
            severity="error",
            message="Claim and protocol name different checkpoints.",
            where="protocol.json at /model_runtime/checkpoint_uri",
        )


def labels_of_plan(pair: ClaimPair, facts: SourceFacts, requested: Requested) -> Iterator[str]:
    """Labels of missing evidence that follow from claim, protocol and run facts."""
    several = len(pair.grid.tasks) > 1
    if several and _path_asked_for(pair, requested) and "episode_order" not in facts.evaluator:
        yield "episode_order"
    if precedence_of(requested, pair.protocol.digest) != "proven":
        yield "plan_precedence"
    if pair.claim.document.selection is UNSET:
        yield "checkpoint_selection"


def _path_asked_for(pair: ClaimPair, requested: Requested) -> bool:
    return requested.savi or pair.protocol.document.execution.stopping_rule is not UNSET


def starts_now(pair: ClaimPair, facts: SourceFacts) -> Starts:
    """What tells the initial states, as the benchmark registry of this version knows it."""
    return starts_of(
        pair.protocol.document.benchmark.name,
        str(facts.evaluator.get("name")),
        facts.evaluator,
        seeds=_seeds(facts),
        episodes_per_task=pair.grid.episodes_per_task,
    )


def _seeds(facts: SourceFacts) -> Pairing:
    """How the environment seeds of all episodes are known; by the weakest of the runs."""
    known = {run.seed_provenance for run in facts.runs}
    if "unknown" in known:
        return "none"
    return "recorded" if known == {"recorded"} else "declared"


def _benchmark_facts(pair: ClaimPair, starts: Starts) -> BenchmarkFacts:
    benchmark = find_benchmark(pair.protocol.document.benchmark.name)
    return BenchmarkFacts(
        simulated=benchmark.simulated if benchmark else None,
        perturbation_axes=list(benchmark.perturbation_axes) if benchmark else [],
        starts_verified=starts.verified,
        start_key=starts.key,
        pairing=starts.pairing,
        starts_note=starts.note,
    )
