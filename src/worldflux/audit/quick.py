"""A first look: choose a run, draft a claim and a plan from what it holds, audit it.

The plan is made of the results, so it can show nothing about what was promised before: claim and protocol are marked as
post hoc, and the package says that the plan is not shown to precede the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from msgspec import UNSET

from worldbase.files import StagedFolder
from worldflux.audit import claim_plan
from worldflux.audit.claim_plan import MetricPlan
from worldflux.audit.run import AuditRequest, ShowProgress, audit
from worldflux.benchmarks.planned_grid import unplanned_grid
from worldflux.benchmarks.registry import (
    Benchmark,
    benchmark_of,
    benchmarks,
    find_benchmark,
    find_named_task,
    normalised,
)
from worldflux.claims import claim_pair
from worldflux.claims.claim_text import ClaimText
from worldflux.claims.drafting import template_names
from worldflux.claims.post_hoc import Observed, draft_post_hoc
from worldflux.documents.audit_input import Cell, InputFile, RunSummary, SourceFacts
from worldflux.documents.evidence import Evidence
from worldflux.documents.protocol import SeedSemantics
from worldflux.episodes.cells import CellCounter
from worldflux.errors import SourceError
from worldflux.sources.inputs import collect
from worldflux.sources.kept_inputs import refuse_output_over
from worldflux.sources.registry import SOURCES
from worldflux.sources.run_folder.commands import run_info_line
from worldflux.sources.run_folder.counting import Counted

CLAIM: Final = "claim.json"
PROTOCOL: Final = "protocol.json"
PACKAGE: Final = "evidence_pkg"
"""What stands in the output folder."""

_GENERIC: Final = "generic"
# Facts that differ from one `--from` to the next, by the name under which one declares them.
_PER_INPUT: Final = {"run_seed": "run_seed", "environment_seeds": "start_seed"}
_MOST_NUMBERED: Final = 10


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is to be looked at.

    Attributes:
        ids: Ids of the runs, where a scan found them.
        run_info: Values of `--run-info`, those that it takes to open the run included.
        counted: What a scan has counted already, with these values of `--run-info`.
    """

    source: str
    inputs: tuple[Path, ...]
    run_info: tuple[str, ...]
    ids: tuple[str, ...] = ()
    counted: Counted | None = None


@dataclass(frozen=True, slots=True)
class QuickRule:
    """What is claimed, and how it is decided."""

    claim: ClaimText
    margin: float
    alpha: float


@dataclass(frozen=True, slots=True)
class QuickLook:
    """What came of it.

    Attributes:
        observed: What the plan was made of.
        run_info: The missing facts that a person can declare, as options with the values left open.
        undeclarable: Labels of the others.
        plan: How many episodes a plan that is written before the run would need; one entry.
        template: The template to write it from.
    """

    evidence: Evidence
    chosen: Chosen
    rule: QuickRule
    observed: Observed
    run_info: str
    undeclarable: tuple[str, ...]
    plan: MetricPlan
    template: str


def look(
    chosen: Chosen, rule: QuickRule, output: Path, show_progress: ShowProgress, *, overwrite: bool = False
) -> QuickLook:
    """Draft a claim and a protocol from what a run holds, and audit the run with them.

    Args:
        chosen: The run.
        rule: The claim.
        output: Folder for `claim.json`, `protocol.json` and the package; it appears whole or not at all.
        show_progress: Opens a progress display for a label, a number of units and a size in bytes.
        overwrite: Replace what stands there.

    Raises:
        InputError: The run cannot be read, or holds nothing that a plan could be made of (`quick.no_episode`).
        UsageError: The output exists.
        StorageError: The output cannot be written; nothing is left behind.
    """
    refuse_output_over(chosen.inputs, output)
    with StagedFolder(output, overwrite=overwrite, holds=CLAIM) as staged:
        observed = _observed(chosen, show_progress)
        drafted = draft_post_hoc(rule.claim, rule.margin, rule.alpha, observed)
        claim, protocol = staged.path / CLAIM, staged.path / PROTOCOL
        claim.write_bytes(drafted.claim)
        protocol.write_bytes(drafted.protocol)
        request = AuditRequest(
            chosen.source, chosen.inputs, claim, protocol, staged.path / PACKAGE, run_info=chosen.run_info
        )
        evidence = audit(request, show_progress)
        pair = claim_pair.load(claim, protocol)
        staged.commit()
    declarable, others = _sorted_out(evidence.missing_evidence, len(chosen.inputs))
    (plan,) = claim_plan.plan_of(pair.claim.document, None)
    return QuickLook(evidence, chosen, rule, observed, declarable, others, plan, _template(observed))


def _observed(chosen: Chosen, show_progress: ShowProgress) -> Observed:
    """What a plan of the run would be."""
    known = chosen.counted
    facts, cells = (known.facts, known.cells) if known and known.facts else _count(chosen, show_progress)
    if not cells:
        raise SourceError(
            "there is no episode in it", code="quick.no_episode", hint="`worldflux audit scan` says what else is there."
        )
    return _plan_of(facts, cells)


def _count(chosen: Chosen, show_progress: ShowProgress) -> tuple[SourceFacts, list[Cell]]:
    """Count the run without a plan."""
    source = SOURCES.get(chosen.source)
    run = source.open(collect(source, chosen.inputs, chosen.run_info), unplanned_grid())
    counter = CellCounter()
    with show_progress("looking at episodes", run.expected_episodes, run.total_bytes) as progress:
        for window in run.windows():
            counter.add(window)
            progress.advance(len(window.records))
    return run.facts(), counter.cells(unplanned_grid())


def _plan_of(facts: SourceFacts, cells: Sequence[Cell]) -> Observed:
    named = tuple(dict.fromkeys(cell.task for cell in cells))
    benchmark = _benchmark(facts, named)
    seeds, meaning = _seeds(facts.runs)
    addresses = {entry.declared.get("checkpoint_uri", UNSET) for entry in facts.inputs}
    return Observed(
        benchmark=benchmark,
        tasks=tuple(dict.fromkeys(find_named_task(task, benchmark) or task for task in named)),
        seeds=seeds,
        seeds_are=meaning,
        episodes_per_task=_episodes_per_task(facts, cells),
        facts=facts.evaluator,
        checkpoint=addresses.pop() if len(addresses) == 1 else UNSET,
    )


def _episodes_per_task(facts: SourceFacts, cells: Sequence[Cell]) -> int:
    """What the evaluator was asked for, where every run is one file that says so; else the most that any task had.

    An evaluator that was asked for so many in all may have dealt them out unevenly; then none is left out of the plan.
    """
    requested = [_requested(entry) for entry in facts.inputs]
    if all(requested) and all(len(run.inputs) == 1 for run in facts.runs):
        surplus = any(entry.episodes > (entry.requested or 0) for entry in facts.inputs)
        return max(requested if surplus else [*requested, *(cell.counts.observed for cell in cells)])
    return max(1, *(cell.counts.observed + cell.gaps for cell in cells), *requested)


def _requested(entry: InputFile) -> int:
    """Episodes per task that the evaluator was asked for, where the file says how many in all."""
    return 0 if entry.requested is UNSET or not entry.tasks else -(-entry.requested // entry.tasks)


def _seeds(runs: Sequence[RunSummary]) -> tuple[tuple[int, ...], SeedSemantics]:
    """The start seeds, where each run has its own; else the labels by which the runs are told apart."""
    starts = [run.start_seed for run in runs if run.start_seed is not UNSET]
    if len(set(starts)) == len(runs):
        return tuple(starts), "start_seed"
    return tuple(dict.fromkeys(run.run_seed for run in runs)), "replicate"


def _benchmark(facts: SourceFacts, tasks: Sequence[str]) -> str:
    """As somebody declared it, else the only one that has these tasks, else that of the evaluator's name, else none."""
    declared = {str(entry.declared["benchmark"]) for entry in facts.inputs if "benchmark" in entry.declared}
    if len(declared) == 1:
        stated = declared.pop()
        known = find_benchmark(stated)
        return known.benchmark if known else stated
    found = (
        benchmark_of({task.rpartition("/")[0] or task for task in tasks})
        or _with_tasks_named(tasks)
        or find_benchmark(str(facts.evaluator.get("name")))
    )
    return found.benchmark if found else "custom"


def _with_tasks_named(tasks: Sequence[str]) -> Benchmark | None:
    named = (each for each in benchmarks() if all(find_named_task(task, each.benchmark) for task in tasks))
    return next(named, None)


def _sorted_out(labels: Sequence[str], inputs: int) -> tuple[str, tuple[str, ...]]:
    """Missing facts as options of a command, and the labels of those that no option can supply."""
    numbered = inputs if 1 < inputs <= _MOST_NUMBERED else 0
    options = [
        " ".join(f"--run-info {number}:{_PER_INPUT[label]}=..." for number in range(1, numbered + 1))
        if numbered and label in _PER_INPUT
        else run_info_line([label])
        for label in labels
    ]
    others = [label for label, option in zip(labels, options, strict=True) if not option]
    return " ".join(filter(None, dict.fromkeys(options))), tuple(others)


def _template(observed: Observed) -> str:
    """The template for this evaluator and benchmark, or for the benchmark alone, or the generic one."""
    harness, benchmark = normalised(str(observed.facts.get("name"))), normalised(observed.benchmark)
    wanted = {text.replace("_", "") for text in (f"{harness}{benchmark}", benchmark)}
    names = (name for name in template_names() if normalised(name).replace("_", "") in wanted)
    return next(names, _GENERIC)
