"""A plan made again from its own seed, to see whether it is the plan that follows from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import zip_longest

from msgspec import UNSET

from worldbase.errors import Where
from worldflux.documents.plan import Plan, PlannedCell, PlannedProbe
from worldflux.errors import PlanError
from worldflux.portfolio import frozen, seed_sources
from worldflux.portfolio.cells import Assignment, cells_of
from worldflux.portfolio.derivation import Stream
from worldflux.portfolio.probes.registry import TaskAxis, registry_digest
from worldflux.portfolio.selection import select


def check(plan: Plan, cells: Callable[[], Iterator[PlannedCell]], *, file: str) -> None:
    """Check that seeds, order and, with the registry at hand, tasks are those that the plan's seed gives.

    Raises:
        PlanError: `plan.not_derived` for what does not follow from the seed; `plan.commitment`, `plan.grade`,
            `plan.seed` for what the plan says about the seed itself.
    """
    _check_digests(plan, file)
    seed_sources.check(plan.seed, frame_of(plan))
    stream = stream_of(plan)
    assignments = assignments_of(plan, cells())
    if len(assignments) != len(plan.probes) or sum(probe.cells for probe in plan.probes) != plan.planned:
        raise _not_derived("the probes do not make up the planned cells", Where(file, "/probes"))
    for index, probe in enumerate(plan.probes):
        _check_probe(probe, assignments[probe.id], stream, Where(file, f"/probes/{index}"))
    if plan.registry.digest == registry_digest():
        _check_selection(plan, assignments, stream, file)
    for number, (found, expected) in enumerate(zip_longest(cells(), cells_of(assignments.values(), stream))):
        if found != expected:
            raise _not_derived(f"cell {number + 1:,} is not the one that the seed gives", Where(file, "/cells"))


def stream_of(plan: Plan) -> Stream:
    """The random choices of a plan."""
    return Stream(seed_sources.material(plan.seed), plan.profile.digest, plan.registry.digest)


def frame_of(plan: Plan) -> seed_sources.Frame:
    """What the choice depended on besides the seed."""
    contracts = tuple(frozen.digest_of(probe.contract) for probe in plan.probes if probe.contract is not UNSET)
    return seed_sources.Frame(plan.profile.digest, plan.registry.digest, contracts)


def assignments_of(plan: Plan, cells: Iterator[PlannedCell]) -> dict[str, Assignment]:
    """Tasks of each probe, as its first cells name them: the first round holds every task once."""
    pairs: dict[str, list[TaskAxis]] = {probe.id: [] for probe in plan.probes}
    for cell in cells:
        if cell.episode_index or cell.probe not in pairs:
            break
        pairs[cell.probe].append(TaskAxis(cell.task, cell.axis))
    return {
        probe.id: Assignment(probe.id, tuple(pairs[probe.id]), probe.episodes_per_task, probe.start_seed)
        for probe in plan.probes
    }


def _check_digests(plan: Plan, file: str) -> None:
    if frozen.digest_of(plan.profile.document) != plan.profile.digest:
        raise _not_derived("the profile is not the one that its digest names", Where(file, "/profile"))
    for index, probe in enumerate(plan.probes):
        own = UNSET if probe.contract is UNSET else frozen.digest_of(probe.contract)
        if own != probe.contract_digest:
            where = Where(file, f"/probes/{index}/contract")
            raise _not_derived("the contract is not the one that its digest names", where)


def _check_probe(probe: PlannedProbe, assignment: Assignment, stream: Stream, where: Where) -> None:
    if probe.start_seed != stream.start_seed(probe.id):
        raise _not_derived(f"the start seed of {probe.id} does not come from the plan's seed", where)
    if len(set(assignment.pairs)) * probe.episodes_per_task != probe.cells:
        raise _not_derived(f"the cells of {probe.id} are not {probe.cells:,}", where)
    named = ({pair.task for pair in assignment.pairs}, {pair.axis for pair in assignment.pairs})
    if named != (set(probe.tasks), set(probe.axes)):
        raise _not_derived(f"the tasks and axes of {probe.id} are not those of its cells", where)


def _check_selection(plan: Plan, assignments: dict[str, Assignment], stream: Stream, file: str) -> None:
    contracts = [probe.contract for probe in plan.probes if probe.contract is not UNSET]
    selection = select(plan.profile.document, contracts, plan.choices, stream)
    expected = {one.id: (set(one.pairs), one.episodes) for one in selection.chosen}
    found = {name: (set(own.pairs), own.episodes) for name, own in assignments.items()}
    if found != expected:
        raise _not_derived("the tasks are not those that the seed draws from the registry", Where(file, "/probes"))


def _not_derived(message: str, where: Where) -> PlanError:
    return PlanError(
        message,
        code="plan.not_derived",
        where=where,
        hint="The plan was edited and its digest computed again. Ask for the plan as it was frozen.",
    )
