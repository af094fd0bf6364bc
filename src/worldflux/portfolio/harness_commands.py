"""What an operator types to have a known harness run the planned cells, and how many of them each command runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from msgspec import UNSET

from worldflux.documents.plan import Plan, PlannedProbe
from worldflux.documents.run_sheet import HarnessCommand, KnownHarness
from worldflux.portfolio.cells import Assignment
from worldflux.portfolio.probes.commands import FilledCommand, filled
from worldflux.portfolio.probes.model import HarnessRun, Probe
from worldflux.portfolio.probes.registry import find_probe, harnesses


def commands_of(plan: Plan, assignments: Mapping[str, Assignment]) -> list[HarnessCommand]:
    """Commands for the probes that the registry knows, each in the order in which its cells first come up.

    A cell that a harness cannot be told is in no command of that harness.

    Args:
        plan: The plan.
        assignments: Tasks of each probe, in the order of the first round.
    """
    return [
        command
        for planned in plan.probes
        if planned.contract is UNSET and (probe := find_probe(planned.id)) is not None
        for run in probe.runs
        for command in _commands(planned, probe, run, assignments[planned.id])
    ]


def known_harnesses(commands: list[HarnessCommand]) -> list[KnownHarness]:
    """What the output of the harnesses of these commands leaves out."""
    named = {command.harness for command in commands}
    return [
        KnownHarness(harness=known.id, name=known.name, source=known.source, not_recorded=list(known.not_recorded))
        for known in harnesses()
        if known.id in named
    ]


def _commands(planned: PlannedProbe, probe: Probe, run: HarnessRun, assignment: Assignment) -> Iterator[HarnessCommand]:
    episodes = Counter[FilledCommand]()
    for command in _filled(probe, run, assignment):
        episodes[command] += planned.episodes_per_task
    for command, covers in episodes.items():
        yield HarnessCommand(
            probe=planned.id,
            harness=run.harness,
            command=command.command,
            covers=covers,
            note=run.note,
            config=command.config or UNSET,
            config_file=command.config_file or UNSET,
        )


def _filled(probe: Probe, run: HarnessRun, assignment: Assignment) -> Iterator[FilledCommand]:
    for pair in assignment.pairs:
        try:
            yield filled(probe, run, pair, episodes=assignment.episodes, start_seed=assignment.start_seed)
        except LookupError:
            continue  # another registry named the task, or the harness knows it by a name that nobody knows here
