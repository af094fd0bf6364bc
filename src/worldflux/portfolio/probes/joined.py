"""The data files of probes, joined with what the benchmark registry knows.

A probe that has a benchmark names its suites and axes only; tasks, names, counts, aliases and traps come from the
benchmark. So no number stands in two places.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

import msgspec

from worldflux.benchmarks.registry import Benchmark, Suite, Trap, find_benchmark
from worldflux.documents.profile import EmbodimentClass
from worldflux.portfolio.probes.model import PLAIN_AXIS, HarnessRun, Needs, Probe, ProbeAxis, ProbeSuite, TaskBlock


class _Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A suite of the benchmark, or, with names, one that only the probe knows."""

    id: str
    harness_name: str = ""
    task_names: tuple[str, ...] = ()


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A data file: a probe as far as it is not told by its benchmark.

    Attributes:
        benchmark: Name in the benchmark registry; empty where that has none.
        variant_order: Where tasks are variants: the axes in the order in which their tasks stand in each suite.
    """

    id: str
    name: str
    embodiments: tuple[EmbodimentClass, ...]
    simulators: tuple[str, ...]
    episodes_per_task: int
    sampled_tasks: int
    can_show: tuple[str, ...]
    cannot_show: tuple[str, ...]
    licence: str
    source: str
    tasks_note: str
    benchmark: str = ""
    axes: tuple[ProbeAxis, ...] = (ProbeAxis(PLAIN_AXIS, "nothing is changed"),)
    suites: tuple[_Named, ...] = ()
    variant_order: tuple[str, ...] = ()
    traps: tuple[str, ...] = ()
    needs: Needs = Needs()
    runs: tuple[HarnessRun, ...] = ()
    always_for: tuple[str, ...] = ()
    template: bool = False


def joined(entry: Entry) -> Probe:
    """A probe with all that its benchmark tells about it.

    Raises:
        LookupError: The data names a benchmark, suite or axis that the benchmark registry does not have.
    """
    benchmark = _benchmark(entry)
    return Probe(
        id=entry.id,
        name=entry.name,
        family=benchmark.benchmark if benchmark else "",
        simulators=entry.simulators,
        embodiments=entry.embodiments,
        axes=tuple(_axis(axis, benchmark) for axis in entry.axes),
        suites=tuple(_suite(named, entry, benchmark) for named in entry.suites),
        episodes_per_task=entry.episodes_per_task,
        sampled_tasks=entry.sampled_tasks,
        can_show=entry.can_show,
        cannot_show=entry.cannot_show,
        traps=(*entry.traps, *(map(_trap, benchmark.traps) if benchmark else ())),
        licence=entry.licence,
        source=entry.source,
        tasks_note=entry.tasks_note,
        needs=entry.needs,
        runs=entry.runs,
        always_for=entry.always_for,
        template=entry.template,
    )


def _benchmark(entry: Entry) -> Benchmark | None:
    if not entry.benchmark:
        return None
    if (found := find_benchmark(entry.benchmark)) is None:
        raise LookupError(f"{entry.id}: no benchmark is called {entry.benchmark!r}")
    return found


def _axis(axis: ProbeAxis, benchmark: Benchmark | None) -> ProbeAxis:
    known = benchmark.axis(axis.id) if benchmark else None
    if known is None:
        return axis
    return msgspec.structs.replace(axis, aliases=tuple(dict.fromkeys((*axis.aliases, *known.aliases))))


def _suite(named: _Named, entry: Entry, benchmark: Benchmark | None) -> ProbeSuite:
    if named.task_names:
        names = named.task_names
        return ProbeSuite(named.id, len(names), names, named=True, harness_name=named.harness_name or named.id)
    suite = next((suite for suite in (benchmark.suites if benchmark else ()) if suite.id == named.id), None)
    if suite is None or benchmark is None:
        raise LookupError(f"{entry.id}: the benchmark registry has no suite {named.id!r}")
    return ProbeSuite(
        suite.id,
        suite.tasks,
        suite.task_names,
        named=suite.named,
        blocks=tuple(_blocks(suite, entry, benchmark)),
        harness_name=named.harness_name or suite.id,
        max_steps=suite.max_steps,
    )


def _blocks(suite: Suite, entry: Entry, benchmark: Benchmark) -> Iterator[TaskBlock]:
    if not entry.variant_order:
        return
    counts = {axis.id: count for name, count in suite.category_counts.items() if (axis := benchmark.axis(name))}
    if sorted(counts) != sorted(entry.variant_order) or sum(counts.values()) != suite.tasks:
        raise LookupError(f"{entry.id}: the kinds of tasks in {suite.id!r} are not those of the data")
    sizes = [counts[name] for name in entry.variant_order]
    for name, size, end in zip(entry.variant_order, sizes, accumulate(sizes), strict=True):
        yield TaskBlock(name, end - size, size)


def _trap(trap: Trap) -> str:
    about = ", ".join(trap.harness) + (f" {trap.versions}" if trap.versions else "")
    return f"{about}: {trap.text}" if about else trap.text
