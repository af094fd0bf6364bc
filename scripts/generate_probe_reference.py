"""Write ``docs/reference/probes.md`` from the probe registry.

Run as ``just docs-generate``; the test suite checks that the page is current.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from worldbase.tables import markdown_table
from worldflux.portfolio.probes.model import PLAIN_AXIS, HarnessRun, Probe, ProbeSuite
from worldflux.portfolio.probes.registry import REGISTRY_VERSION, harnesses, probes, registry_digest, task_keys

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "probes.md"

_HEAD = """\
<!-- Written by scripts/generate_probe_reference.py from the registry. Do not edit; run `just docs-generate`. -->

# Probes

A probe is a known way to try a policy: a set of tasks, and of changes to them. A plan chooses probes by the profile,
draws tasks of each along each axis, and freezes the digest of this registry, so that nobody can choose among others
once a score is known. `worldflux eval-portfolio probes` prints the list, and with `--profile` says which probes fit.

The registry is data in `src/worldflux/portfolio/probes/data/`. Suites, tasks, counts and the names of axes come from
the [benchmark registry](benchmarks.md); a number that nobody knows is not there. The key of a task is the one that an
audit gives it.

Which probes fit is decided without any score: the simulator and the embodiment have to be the probe's, and the policy
has to bring what its tasks need. LIBERO-PRO and LIBERO-Plus always belong to a plan for the simulator family `libero`.
What a profile adds never excludes a probe. Another robot than the simulated one, and families that the policy may have
been trained on, are pointed out and exclude nothing.
"""

_COVERS: Final = {
    "task": "one task along one axis",
    "axis": "all tasks of a suite along one axis",
    "suite": "all tasks of a suite",
}


def main() -> None:
    """Write the page."""
    PAGE.write_text(probe_reference(), encoding="utf-8")


def probe_reference() -> str:
    """Return the page as Markdown: one section per probe, in the order of the registry, then the harnesses."""
    version = f"Version `{REGISTRY_VERSION}`, digest `{registry_digest()}`.\n"
    return "\n".join([_HEAD, version, *map(_section, probes()), _harnesses()])


def _section(probe: Probe) -> str:
    return "\n".join(
        [
            f"## {probe.name}\n",
            f"`{probe.id}`. {probe.tasks_note} Source: {probe.source}. Licence: {probe.licence}.\n",
            *_fits(probe),
            *_suites(probe),
            *_axes(probe),
            *_listed("What it can show", probe.can_show),
            *_listed("What it cannot show", probe.cannot_show),
            *_listed("Traps", probe.traps),
            *_runs(probe),
        ]
    )


def _fits(probe: Probe) -> Iterator[str]:
    if probe.template:
        return
    needs = probe.needs
    flags = {"instructions": needs.language, "cameras": needs.camera, "a gripper": needs.gripper}
    rows = [
        ["simulator family", _code(probe.simulators)],
        ["embodiment", _code(probe.embodiments)],
        ["needs", ", ".join(name for name, needed in flags.items() if needed) or "nothing special"],
        ["degrees of freedom", f"{needs.degrees_of_freedom} or more, without the gripper"],
        ["control", _code(needs.control_modes) or "any"],
        ["metric", _code(needs.metrics) or "any"],
        ["robot in the simulator", ", ".join(needs.robots) or "not stated"],
        ["drawn by default", f"tasks per axis: {probe.sampled_tasks}; episodes of each: {probe.episodes_per_task}"],
    ]
    yield markdown_table(["it fits", "where"], rows)


def _suites(probe: Probe) -> Iterator[str]:
    if probe.suites:
        rows = [
            [f"`{suite.id}`", f"`{suite.harness_name}`", f"{suite.tasks:,}", _keys(suite)] for suite in probe.suites
        ]
        yield markdown_table(["suite", "in harnesses", "tasks", "task keys"], rows, right=(2,))
    if any(suite.blocks for suite in probe.suites):
        yield "Indexes of the variants of each axis:\n"
        axes = [axis.id for axis in probe.axes]
        table = [[f"`{axis}`", *(_stretch(suite, axis) for suite in probe.suites)] for axis in axes]
        yield markdown_table(["axis", *(f"`{suite.id}`" for suite in probe.suites)], table)


def _stretch(suite: ProbeSuite, axis: str) -> str:
    return ", ".join(
        f"{block.first} to {block.first + block.tasks - 1}" for block in suite.blocks if block.axis == axis
    )


def _keys(suite: ProbeSuite) -> str:
    if suite.named and suite.tasks > 1:
        return "names of the tasks"
    first, last = suite.task_key(0), suite.task_key(suite.tasks - 1)
    return f"`{first}`" if first == last else f"`{first}` to `{last}`"


def _axes(probe: Probe) -> Iterator[str]:
    if [axis.id for axis in probe.axes] == [PLAIN_AXIS]:
        return
    pairs = task_keys(probe)
    rows = [
        [
            f"`{axis.id}`",
            axis.name,
            ", ".join(axis.aliases),
            "yes" if axis.needs_language else "",
            f"{len(pairs.of_axis(axis.id)):,}",
        ]
        for axis in probe.axes
    ]
    yield markdown_table(["axis", "what is changed", "also called", "needs instructions", "tasks"], rows, right=(4,))


def _listed(title: str, lines: tuple[str, ...]) -> Iterator[str]:
    if lines:
        yield f"{title}:\n"
        yield "".join(f"- {line}\n" for line in lines)


def _runs(probe: Probe) -> Iterator[str]:
    for run in probe.runs:
        yield f"With `{run.harness}`; one command runs {_COVERS[run.covers]}. {run.note}\n"
        yield f"```text\n{run.command}\n```\n"
        yield from _config(run)


def _config(run: HarnessRun) -> Iterator[str]:
    if run.config:
        yield f"```yaml\n# {run.config_file}\n{run.config}```\n"


def _harnesses() -> str:
    rows = [[f"`{known.id}`", known.name, "; ".join(known.not_recorded)] for known in harnesses()]
    return "\n".join(
        [
            "## Harnesses\n",
            "What the output of each does not say, so that somebody has to write it down while the episodes run:\n",
            markdown_table(["harness", "program", "not recorded"], rows),
        ]
    )


def _code(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    main()
