"""Which probes a plan takes, and which of their tasks.

A probe is taken where it always goes with the simulator; where none does, every probe that fits. Others that fit are
taken when they are asked for. Of each axis so many tasks are drawn as the probe (or the plan) says, each set of them as
likely as any other. Why a probe is left out is part of the plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from msgspec import UNSET

from worldflux.benchmarks.registry import normalised
from worldflux.documents.eval_contract import CustomEvalContract
from worldflux.documents.plan import ExcludedProbe, PlanChoices
from worldflux.documents.profile import EvalProfile
from worldflux.errors import PlanError
from worldflux.portfolio.derivation import Stream
from worldflux.portfolio.eligibility import fit, judged
from worldflux.portfolio.probes.registry import Probe, TaskAxis, probes, task_keys

MOST_CELLS: Final = 10_000_000
_SEEDS_END: Final = 2**31


@dataclass(frozen=True, slots=True)
class ChosenProbe:
    """A probe of the plan with the tasks that were drawn.

    Attributes:
        pairs: Tasks and axes, by axis in the probe's order, then as the probe lists its tasks.
        contract: Where the probe is the customer's own.
    """

    id: str
    name: str
    family: str
    pairs: tuple[TaskAxis, ...]
    episodes: int
    start_seed: int
    can_show: tuple[str, ...]
    cannot_show: tuple[str, ...]
    traps: tuple[str, ...]
    cautions: tuple[str, ...] = ()
    contract: CustomEvalContract | None = None

    @property
    def cells(self) -> int:
        """Number of planned episodes."""
        return len(self.pairs) * self.episodes


@dataclass(frozen=True, slots=True)
class Selection:
    """What a plan takes and what it leaves out."""

    chosen: tuple[ChosenProbe, ...]
    excluded: tuple[ExcludedProbe, ...]


def select(
    profile: EvalProfile, contracts: Sequence[CustomEvalContract], choices: PlanChoices, stream: Stream
) -> Selection:
    """Choose probes by the profile and tasks by the stream.

    Raises:
        PlanError: `plan.unknown_probe`, `plan.unfit_probe`, `plan.probe_twice`, `plan.task_twice`, `plan.no_probe`,
            `plan.too_large`.
    """
    wanted = _wanted(choices.probes, profile)
    chosen: list[ChosenProbe] = []
    excluded: list[ExcludedProbe] = []
    for probe in probes():
        if probe.template and contracts:
            continue
        if reasons := _reasons_against(probe, profile, wanted):
            excluded.append(ExcludedProbe(id=probe.id, reasons=list(reasons)))
        else:
            chosen.append(_drawn(probe, profile, choices, stream))
    chosen += [_own(contract, stream) for contract in contracts]
    _check(chosen, profile)
    return Selection(tuple(chosen), tuple(excluded))


def drawn(probe: Probe, axis: str, k: int, stream: Stream) -> list[TaskAxis]:
    """`k` of a probe's tasks along one axis, in the order in which the probe lists them."""
    pairs = task_keys(probe).of_axis(axis)
    return [pairs[index] for index in sorted(stream.sample(f"tasks/{probe.id}/{axis}", len(pairs), k))]


def _wanted(asked: Sequence[str], profile: EvalProfile) -> frozenset[str]:
    """Probes to take: those asked for, those that always go with the simulator, or else all."""
    known = {normalised(probe.id): probe for probe in probes() if not probe.template}
    for name in asked:
        _require_known(name, known)
        _require_fit(known[normalised(name)], profile)
    named = {known[normalised(name)].id for name in asked}
    always = {probe.id for probe in known.values() if _goes_with(probe, profile)}
    return frozenset(named | always or {probe.id for probe in known.values()})


def _require_known(name: str, known: dict[str, Probe]) -> None:
    if normalised(name) not in known:
        raise PlanError(
            f"no probe is called {name!r}",
            code="plan.unknown_probe",
            hint=f"Known: {', '.join(probe.id for probe in known.values())}. A probe of your own needs a contract.",
        )


def _require_fit(probe: Probe, profile: EvalProfile) -> None:
    if reasons := fit(probe, profile):
        raise PlanError(
            f"the probe {probe.id} does not fit the profile {profile.id}: {'; '.join(reasons)}",
            code="plan.unfit_probe",
            hint="Correct the profile, or leave the probe out.",
        )


def _goes_with(probe: Probe, profile: EvalProfile) -> bool:
    return normalised(profile.simulator_family) in map(normalised, probe.always_for)


def _reasons_against(probe: Probe, profile: EvalProfile, wanted: frozenset[str]) -> tuple[str, ...]:
    reasons = fit(probe, profile)
    if reasons or probe.id in wanted:
        return reasons
    return (f"it fits, but was not asked for: --probe {probe.id} adds it",)


def _drawn(probe: Probe, profile: EvalProfile, choices: PlanChoices, stream: Stream) -> ChosenProbe:
    k = probe.sampled_tasks if choices.tasks_per_axis is UNSET else choices.tasks_per_axis
    fitting = judged(probe, profile)
    return ChosenProbe(
        id=probe.id,
        name=probe.name,
        family=probe.family or probe.id,
        pairs=tuple(pair for axis in fitting.axes for pair in drawn(probe, axis.id, k, stream)),
        episodes=_episodes(probe, choices),
        start_seed=stream.start_seed(probe.id),
        can_show=probe.can_show,
        cannot_show=probe.cannot_show,
        traps=probe.traps,
        cautions=fitting.cautions,
    )


def _episodes(probe: Probe, choices: PlanChoices) -> int:
    """Episodes per task. Where each task is a variant of its own it has few starts, or one: more would repeat them."""
    if choices.episodes_per_task is UNSET or any(suite.blocks for suite in probe.suites):
        return probe.episodes_per_task
    return choices.episodes_per_task


def _own(contract: CustomEvalContract, stream: Stream) -> ChosenProbe:
    """The probe of a contract: every task that it names, none drawn."""
    axes = list(dict.fromkeys(task.axis for task in contract.tasks))
    pairs = tuple(TaskAxis(task.task, task.axis) for axis in axes for task in contract.tasks if task.axis == axis)
    return ChosenProbe(
        id=contract.probe_id,
        name=contract.probe_id,
        family="custom",
        pairs=pairs,
        episodes=contract.episodes_per_task,
        start_seed=stream.start_seed(contract.probe_id),
        can_show=(contract.workflow_claim,),
        cannot_show=("anything beyond the tasks that the contract names",),
        traps=(),
        contract=contract,
    )


def _check(chosen: Sequence[ChosenProbe], profile: EvalProfile) -> None:
    if not chosen:
        raise PlanError(
            f"no probe fits the profile {profile.id}",
            code="plan.no_probe",
            hint="See `worldflux eval-portfolio probes --profile FILE`; --custom-eval-contract adds one of your own.",
        )
    for problem in _repetitions(chosen):
        raise problem
    cells = sum(probe.cells for probe in chosen)
    if cells > MOST_CELLS or any(probe.start_seed + probe.episodes > _SEEDS_END for probe in chosen):
        raise PlanError(
            f"{cells:,} cells are more than a plan holds ({MOST_CELLS:,})",
            code="plan.too_large",
            hint="Plan fewer tasks (--tasks-per-axis) or episodes (--episodes), or several plans.",
        )


def _repetitions(chosen: Sequence[ChosenProbe]) -> Iterator[PlanError]:
    ids = [normalised(probe.id) for probe in chosen]
    known = {normalised(probe.id) for probe in probes() if not probe.template}
    for probe in chosen:
        if ids.count(normalised(probe.id)) > 1 or (probe.contract and normalised(probe.id) in known):
            yield PlanError(
                f"two probes are called {probe.id}",
                code="plan.probe_twice",
                hint="Give the contract's probe an id that no other probe has.",
            )
        if len(set(probe.pairs)) != len(probe.pairs):
            yield PlanError(
                f"the contract of {probe.id} names a task twice",
                code="plan.task_twice",
                hint="Name each task once per axis: its cells could not be told apart.",
            )
