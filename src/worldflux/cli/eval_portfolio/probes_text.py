"""How probes are printed: as a list, and one in full."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from textwrap import fill
from typing import Any

import click
import msgspec

from worldbase.tables import markdown, markdown_table, text_table, visible
from worldflux.documents.profile import EvalProfile
from worldflux.portfolio.eligibility import Fit, judged
from worldflux.portfolio.probes.model import PLAIN_AXIS, Probe, ProbeSuite
from worldflux.portfolio.probes.registry import REGISTRY_VERSION, harnesses, registry_digest, task_keys

_WIDTH = 100
_HEADER = ("probe", "tasks", "axes", "simulator", "harnesses")
_MORE = "More: worldflux eval-portfolio probes PROBE\n"


@dataclass(frozen=True)
class Listing:
    """All probes, and with a profile how each fits it."""

    probes: tuple[Probe, ...]
    profile: EvalProfile | None

    @cached_property
    def _fits(self) -> list[Fit]:
        return [judged(probe, self.profile) for probe in self.probes] if self.profile else []

    def text(self) -> str:
        """For a terminal."""
        registry = f"Registry {REGISTRY_VERSION}, {registry_digest()}\n"
        table = text_table(_HEADER, [_row(probe) for probe in self.probes], right=(1,))
        return "\n".join([table, *self._fit_text(), registry + _MORE])

    def markdown(self) -> str:
        """For a page."""
        blocks = [markdown_table(_HEADER, [_row(probe) for probe in self.probes], right=(1,))]
        if self.profile:
            blocks += [
                f"Profile {markdown(self.profile.id)}:\n",
                "".join(f"- {markdown(line)}\n" for line in self._verdicts()),
            ]
        return "\n".join([*blocks, f"Registry {REGISTRY_VERSION}, `{registry_digest()}`.\n"])

    def as_json(self) -> dict[str, Any]:
        """As data."""
        fits: list[Fit | None] = [*self._fits] or [None] * len(self.probes)
        return {
            "registry": {"version": REGISTRY_VERSION, "digest": registry_digest()},
            "profile": self.profile.id if self.profile else None,
            "probes": [_entry(probe, fit) for probe, fit in zip(self.probes, fits, strict=True)],
        }

    def _fit_text(self) -> Iterator[str]:
        if self.profile:
            yield click.style(f"For the profile {visible(self.profile.id)}", bold=True)
            yield "".join(_wrapped(visible(line)) for line in self._verdicts())

    def _verdicts(self) -> Iterator[str]:
        for probe, fit in zip(self.probes, self._fits, strict=True):
            yield f"{probe.id}: {' '.join(_verdict(fit))}"


@dataclass(frozen=True)
class Sheet:
    """One probe in full."""

    probe: Probe
    profile: EvalProfile | None

    def text(self) -> str:
        """For a terminal."""
        blocks = [f"{click.style(self.probe.name, bold=True)} ({self.probe.id})\n{_paragraph(_about(self.probe))}"]
        for title, header, rows in _tables(self.probe):
            blocks.append(f"{click.style(title, bold=True)}\n{text_table(header, rows, right=_right(header))}")
        own = [(visible(self._for()), _verdict(judged(self.probe, self.profile)))] if self.profile else []
        for title, lines in [*own, *self._lists()]:
            blocks.append(f"{click.style(title, bold=True)}\n{''.join(_wrapped(visible(line)) for line in lines)}")
        blocks.extend(_command_text(*parts) for parts in self._commands())
        return "\n".join(blocks)

    def markdown(self) -> str:
        """For a page."""
        blocks = [f"# {self.probe.name}\n", f"{_about(self.probe)}\n"]
        for title, header, rows in _tables(self.probe):
            blocks += [f"## {title}\n", markdown_table(header, rows, right=_right(header))]
        if self.profile:
            verdict = _verdict(judged(self.probe, self.profile))
            blocks += [f"## {markdown(self._for())}\n", "".join(f"- {markdown(line)}\n" for line in verdict)]
        for title, lines in self._lists():
            blocks += [f"## {title}\n", "".join(f"- {line}\n" for line in lines)]
        for title, command, config, notes in self._commands():
            blocks += [f"## {title}\n", f"```text\n{command}\n```\n"]
            blocks += [f"```yaml\n{config}```\n"] if config else []
            blocks += ["".join(f"- {line}\n" for line in notes)]
        return "\n".join(blocks)

    def as_json(self) -> dict[str, Any]:
        """As data."""
        value: dict[str, Any] = msgspec.to_builtins(self.probe)
        value["task_axis_pairs"] = len(task_keys(self.probe))
        if self.profile:
            value["fit"] = _fit(judged(self.probe, self.profile))
        return value

    def _for(self) -> str:
        return f"For the profile {self.profile.id}" if self.profile else ""

    def _lists(self) -> Iterator[tuple[str, list[str]]]:
        yield "What it can show", [*self.probe.can_show]
        yield "What it cannot show", [*self.probe.cannot_show]
        yield "Traps", [*self.probe.traps]
        if needs := list(_needs(self.probe)):
            yield "What a policy needs", needs

    def _commands(self) -> Iterator[tuple[str, str, str, list[str]]]:
        known = {harness.id: harness for harness in harnesses()}
        for run in self.probe.runs:
            lacks = f"Its output does not say: {'; '.join(known[run.harness].not_recorded)}."
            scope = f"One command runs {_COVERS[run.covers]}."
            yield f"With {known[run.harness].name}", run.command, run.config, [scope, run.note, lacks]


_COVERS = {
    "task": "one task along one axis",
    "axis": "all tasks of a suite along one axis",
    "suite": "all tasks of a suite",
}


def _row(probe: Probe) -> list[str]:
    axes = ", ".join(axis.id for axis in probe.axes if axis.id != PLAIN_AXIS)
    tasks = f"{probe.tasks:,}" if probe.suites else "-"
    simulator = probe.simulators[0] if probe.simulators else "-"
    return [probe.id, tasks, axes or "-", simulator, ", ".join(probe.harnesses) or "-"]


def _entry(probe: Probe, fit: Fit | None) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "id": probe.id,
        "name": probe.name,
        "tasks": probe.tasks if probe.suites else None,
        "task_axis_pairs": len(task_keys(probe)),
        "axes": [axis.id for axis in probe.axes],
        "suites": {suite.id: suite.tasks for suite in probe.suites},
        "simulators": probe.simulators,
        "embodiments": probe.embodiments,
        "harnesses": list(probe.harnesses),
        "licence": probe.licence,
    }
    return {**entry, "fit": _fit(fit)} if fit else entry


def _verdict(fit: Fit) -> list[str]:
    told = "always taken for this simulator." if fit.always else "fits." if fit.fits else "left out."
    return [told, *fit.reasons, *fit.cautions]


def _fit(fit: Fit) -> dict[str, Any]:
    return {
        "fits": fit.fits,
        "always": fit.always,
        "reasons": fit.reasons,
        "cautions": fit.cautions,
        "axes": [axis.id for axis in fit.axes],
    }


def _about(probe: Probe) -> str:
    drawn = f"{_counted(probe.sampled_tasks, 'task')} per axis, {_counted(probe.episodes_per_task, 'episode')} each"
    usual = "" if probe.template else f" Unless told otherwise, a plan draws {drawn}."
    return f"{probe.tasks_note}{usual} Source: {probe.source}. Licence: {probe.licence}."


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _tables(probe: Probe) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    if probe.suites:
        rows = [[suite.id, suite.harness_name, f"{suite.tasks:,}", _keys(suite)] for suite in probe.suites]
        yield "Suites", ["suite", "in harnesses", "tasks", "task keys"], rows
    if [axis.id for axis in probe.axes] != [PLAIN_AXIS]:
        pairs = task_keys(probe)
        rows = [
            [axis.id, axis.name, ", ".join(axis.aliases) or "-", f"{len(pairs.of_axis(axis.id)):,}"]
            for axis in probe.axes
        ]
        yield "Axes", ["axis", "what is changed", "also called", "tasks"], rows


def _keys(suite: ProbeSuite) -> str:
    if suite.named and suite.tasks > 1:
        return "names"
    return suite.task_key(0) if suite.tasks == 1 else f"{suite.task_key(0)} to {suite.task_key(suite.tasks - 1)}"


def _right(header: list[str]) -> tuple[int, ...]:
    return (header.index("tasks"),)


def _needs(probe: Probe) -> Iterator[str]:
    needs = probe.needs
    flags = {"instructions": needs.language, "cameras": needs.camera, "a gripper": needs.gripper}
    if any(flags.values()):
        yield f"{', '.join(name for name, needed in flags.items() if needed)}".capitalize() + "."
    if needs.degrees_of_freedom > 1:
        yield f"At least {needs.degrees_of_freedom} degrees of freedom, without the gripper."
    for title, names in (
        ("Embodiment", probe.embodiments),
        ("Control", needs.control_modes),
        ("Metric", needs.metrics),
        ("Robot in the simulator", needs.robots),
    ):
        if names:
            yield f"{title}: {', '.join(names)}."


def _command_text(title: str, command: str, config: str, notes: list[str]) -> str:
    block = f"{click.style(title, bold=True)}\n  {command}\n"
    if config:
        block += "  Its configuration is in `--format json` and `--format markdown`.\n"
    return block + "".join(_wrapped(note) for note in notes)


def _paragraph(text: str) -> str:
    return fill(text, _WIDTH, break_on_hyphens=False, break_long_words=False) + "\n"


def _wrapped(line: str) -> str:
    return (
        fill(
            line,
            _WIDTH,
            initial_indent="  - ",
            subsequent_indent="    ",
            break_on_hyphens=False,
            break_long_words=False,
        )
        + "\n"
    )
