"""May two packages be compared at all? What has to be read with the comparison?"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UNSET

from worldflux.audit.comparing import effects
from worldflux.audit.comparing.shapes import Inputs, Pairing
from worldflux.audit.comparing.sides import Side
from worldflux.benchmarks.registry import find_benchmark, normalised
from worldflux.documents.audit_input import AuditInput, Finding
from worldflux.documents.claim import SUCCESS_RATE
from worldflux.documents.evidence import Reason
from worldflux.stats.comparison import FEWEST_TASKS
from worldflux.stats.two_sample import fisher

_ONE_SIDED = 0.01
_MOST_NAMED = 5


def inputs_of(left: Side, right: Side) -> Inputs:
    """What the two sides were counted from, and how far it is the same."""
    if left.audit_input is None or right.audit_input is None:
        return Inputs(known=False, shared=[], shared_seeds=None)
    ours = [entry.sha256 for entry in left.audit_input.run.inputs]
    theirs = {entry.sha256 for entry in right.audit_input.run.inputs}
    return Inputs(
        known=True,
        shared=[own for own in ours if own in theirs],
        shared_seeds=_shared_seeds(left.audit_input, right.audit_input) if set(left.tasks) & set(right.tasks) else None,
    )


def _shared_seeds(left: AuditInput, right: AuditInput) -> int | None:
    ours, theirs = _seed_ranges(left), _seed_ranges(right)
    if ours is None or theirs is None:
        return None
    shared, end = 0, 0
    common = (range(max(own.start, other.start), min(own.stop, other.stop)) for own in ours for other in theirs)
    for part in sorted(common, key=lambda part: part.start):
        shared += len(range(max(part.start, end), part.stop))
        end = max(end, part.stop)
    return shared


def _seed_ranges(counted: AuditInput) -> list[range] | None:
    """Environment seeds of each run; None where the start seed of one is not known."""
    spans: dict[int, int] = {}
    for cell in counted.cells:
        spans[cell.seed] = max(spans.get(cell.seed, 0), cell.counts.observed + cell.gaps)
    ranges = []
    for run in counted.run.runs:
        if run.start_seed is UNSET:
            return None
        ranges.append(range(run.start_seed, run.start_seed + spans.get(run.run_seed, 0)))
    return ranges


def bars(left: Side, right: Side, inputs: Inputs) -> Iterator[Reason]:
    """Why the two cannot be compared; nothing where they can."""
    if inputs.shared or left.evidence.id == right.evidence.id:
        number = len(inputs.shared)
        told = f"{number} input file(s) of both sides are the same bytes" if number else "both are the same evidence"
        yield Reason(code="not_comparable.same_input", message=f"{told}: there are no two results to compare.")
    ours, theirs = left.evidence.scope, right.evidence.scope
    same_benchmark = _benchmark(ours.benchmark) == _benchmark(theirs.benchmark)
    if not same_benchmark:
        yield Reason(
            code="not_comparable.different_benchmark",
            message=f"Left is {ours.benchmark}, right is {theirs.benchmark}.",
        )
    elif set(left.tasks) != set(right.tasks):
        yield Reason(code="not_comparable.different_tasks", message=_tasks_apart(left, right))
    for name, side in (("left", left), ("right", right)):
        if SUCCESS_RATE not in {metric.name for metric in side.evidence.metrics}:
            yield Reason(
                code="not_comparable.different_metric",
                message=f"Success rates are compared here; the {name} side's claim is about something else.",
            )
    if ours.estimand != theirs.estimand:
        about = [estimand.replace("_", " ") for estimand in (ours.estimand, theirs.estimand)]
        yield Reason(
            code="not_comparable.different_estimand", message=f"Left is about {about[0]}, right about {about[1]}."
        )
    if same_benchmark:
        yield from _too_little(left, right)


def _too_little(left: Side, right: Side) -> Iterator[Reason]:
    common = effects.common_tasks(left, right)
    if not common:
        yield Reason(code="not_comparable.no_trials", message="No task has a success or failure on both sides.")
    elif len(common) < FEWEST_TASKS and left.evidence.scope.estimand == "task_population":
        yield Reason(
            code="not_comparable.few_tasks",
            message=f"Both are about a population of tasks; {len(common)} task(s) are too few to say anything of it.",
        )


def _benchmark(name: str) -> str:
    known = find_benchmark(name)
    return known.benchmark if known else normalised(name)


def _tasks_apart(left: Side, right: Side) -> str:
    ours, theirs = left.tasks, right.tasks
    told = [
        f"only on the {name}: {_named([task for task in own if task not in other])}"
        for name, own, other in (("left", ours, theirs), ("right", theirs, ours))
        if set(own) - set(other)
    ]
    return f"{len(set(ours) & set(theirs))} task(s) are on both sides; {'; '.join(told)}."


def _named(tasks: list[str]) -> str:
    return ", ".join(tasks[:_MOST_NAMED]) + (
        f" and {len(tasks) - _MOST_NAMED} more" if len(tasks) > _MOST_NAMED else ""
    )


def member_findings(left: Side, right: Side) -> Iterator[Finding]:
    """Members that lie beside an evidence and are not those that it was made of."""
    for name, side in (("left", left), ("right", right)):
        for member in side.foreign:
            yield Finding(
                code="comparison.member_differs",
                severity="warning",
                message=f"The {name} side's {member} is not the one that its evidence was made with; it is not used.",
            )


def seed_findings(inputs: Inputs, *, same_checkpoint: bool) -> Iterator[Finding]:
    """Environment seeds that both sides ran: what pairing needs of two policies; of one, the same episodes again."""
    if not inputs.shared_seeds:
        return
    if same_checkpoint:
        yield Finding(
            code="comparison.seeds_repeated",
            severity="warning",
            message=f"Both sides ran the same checkpoint from {inputs.shared_seeds:,} common environment seeds per "
            "task: they are not independent samples of it, and their agreement says less than it seems to.",
        )
    else:
        yield Finding(
            code="comparison.seeds_shared",
            severity="info",
            message=f"Both sides ran {inputs.shared_seeds:,} common environment seeds per task.",
        )


def pairing_findings(pairing: Pairing) -> Iterator[Finding]:
    """Say why episodes were not paired, or how many found no partner."""
    if not pairing.paired:
        yield Finding(
            code="comparison.unpaired", severity="info", message=f"Compared as independent samples: {pairing.why}"
        )
    elif pairing.left_unmatched or pairing.right_unmatched:
        yield Finding(
            code="comparison.unmatched",
            severity="warning",
            message=f"{pairing.left_unmatched:,} trials on the left and {pairing.right_unmatched:,} on the right have "
            "no partner and take no part.",
        )


def sampling_findings(left: Side, right: Side) -> Iterator[Finding]:
    """What shakes the assumption of fixed sizes and of one observation per episode."""
    for name, side in (("left", left), ("right", right)):
        if not_run := side.evidence.denominator.not_run:
            yield Finding(
                code="comparison.short_of_plan",
                severity="warning",
                message=f"The {name} side was stopped {not_run:,} episodes short of its plan; the test takes its size "
                "as fixed before the run, which a stop that depends on results is not.",
            )
        if side.audit_input is not None and side.audit_input.repeated_starts:
            yield Finding(
                code="comparison.starts_repeated",
                severity="warning",
                message=f"Episodes of the {name} side share initial states; the test takes each as an observation.",
            )


def error_findings(left: Side, right: Side) -> Iterator[Finding]:
    """Lost episodes and infrastructure errors that fall on one side."""
    ours, theirs = left.evidence.denominator, right.evidence.denominator
    begun = ours.planned - ours.not_run, theirs.planned - theirs.not_run
    for told, first, second in (
        ("lost episodes", ours.lost, theirs.lost),
        ("infrastructure errors", ours.infra_error, theirs.infra_error),
    ):
        if 0 in begun or (p_value := fisher(first, begun[0], second, begun[1]).p_value) >= _ONE_SIDED:
            continue
        yield Finding(
            code="comparison.errors_one_sided",
            severity="error",
            message=f"{told.capitalize()} fall on one side: {first:,} of {begun[0]:,} on the left, {second:,} of "
            f"{begun[1]:,} on the right (Fisher's exact test, p = {p_value:.2g}); what was left out may have decided.",
        )
        return
