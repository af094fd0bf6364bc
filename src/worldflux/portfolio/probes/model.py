"""What is known about a probe, once its data has been joined with the benchmark registry."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from worldflux.benchmarks.registry import normalised
from worldflux.documents.profile import ActionControlMode, EmbodimentClass, MetricContract

PLAIN_AXIS: Final = "none"
"""The axis of a suite that changes nothing against the task."""


Covers = Literal["task", "axis", "suite"]


class ProbeAxis(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that a probe changes against the plain task.

    Attributes:
        aliases: What tools call it; evidence may bear any of these names.
        harness_name: What a harness is told to get it, where that is another word.
        needs_language: Whether it changes the instruction, so that a policy without language cannot be tried with it.
    """

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    harness_name: str = ""
    needs_language: bool = False


class TaskBlock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Consecutive tasks of a suite that are all changed along one axis.

    Attributes:
        first: 0-based index within the suite.
    """

    axis: str
    first: int
    tasks: int


class ProbeSuite(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A set of tasks. Its keys are those that an audit gives to the same tasks.

    Attributes:
        tasks: How many there are.
        task_names: Their names, in order, where they are known.
        named: Whether the names are the keys; else the keys are `<id>/0` to `<id>/<tasks-1>`.
        blocks: Which tasks belong to which axis, where each task is a variant of its own; empty where every task is
            tried along every axis.
        harness_name: What harnesses call the suite.
        max_steps: Step limit per episode, by harness.
    """

    id: str
    tasks: int
    task_names: tuple[str, ...] = ()
    named: bool = False
    blocks: tuple[TaskBlock, ...] = ()
    harness_name: str = ""
    max_steps: dict[str, int] = {}  # msgspec copies the default

    def task_key(self, index: int) -> str:
        """Key of the task with this 0-based index."""
        return self.task_names[index] if self.named else f"{self.id}/{index}"

    def index_of(self, key: str) -> int | None:
        """0-based index of the task with this key; None where it is not of this suite."""
        if self.named:
            return self.task_names.index(key) if key in self.task_names else None
        suite, _, number = key.rpartition("/")
        plain = suite == self.id and number.isascii() and number.isdecimal() and str(int(number)) == number
        return int(number) if plain and int(number) < self.tasks else None


class Needs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a policy has to bring so that a probe can be run with it at all.

    Attributes:
        degrees_of_freedom: At least so many, without the gripper.
        control_modes: Any of these; none named: all.
        metrics: Any of these; none named: all.
        robots: What the simulator holds; another robot is pointed out, and excludes nothing.
    """

    language: bool = False
    camera: bool = False
    gripper: bool = False
    degrees_of_freedom: int = 1
    control_modes: tuple[ActionControlMode, ...] = ()
    metrics: tuple[MetricContract, ...] = ()
    robots: tuple[str, ...] = ()


class HarnessRun(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a harness runs the cells of a probe.

    Attributes:
        command: With placeholders: `{suite}`, `{task}` and `{axis}` in the harness's words, `{axis_id}` in ours,
            `{episodes}` and `{start_seed}`.
        config: Text of a file that the command reads, with the same placeholders; empty where there is none.
        config_file: What the command calls that file.
        covers: What one command runs: one task along one axis, all tasks of a suite along one axis, or a whole suite.
        task_by: Whether the harness tells tasks by their index in the suite or by their name.
        task_names: Names that the harness gives to tasks, by key, where they are others.
        note: What it cannot be told, and what to mind.
    """

    harness: str
    command: str
    covers: Covers
    task_by: Literal["index", "name"]
    note: str
    config: str = ""
    config_file: str = ""
    task_names: dict[str, str] = {}


class Probe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A known way to try a policy: what it varies, on which tasks, and what follows from it.

    Attributes:
        family: The benchmark, as the benchmark registry calls it; empty where that has none.
        always_for: Simulator families for which it is selected whatever else the profile says.
        simulators: Simulator families that it runs in, the usual name first.
        episodes_per_task: Episodes of a sampled task along one axis, unless a plan asks for others.
        sampled_tasks: Tasks drawn per axis, unless a plan asks for others.
        can_show: What a result supports.
        cannot_show: What it leaves open.
        traps: What makes its numbers mean less than they seem to.
        tasks_note: Which tasks are meant, and what is left out.
        template: Whether it is only a form that a custom contract fills.
    """

    id: str
    name: str
    family: str
    simulators: tuple[str, ...]
    embodiments: tuple[EmbodimentClass, ...]
    axes: tuple[ProbeAxis, ...]
    suites: tuple[ProbeSuite, ...]
    episodes_per_task: int
    sampled_tasks: int
    can_show: tuple[str, ...]
    cannot_show: tuple[str, ...]
    traps: tuple[str, ...]
    licence: str
    source: str
    tasks_note: str
    needs: Needs
    runs: tuple[HarnessRun, ...] = ()
    always_for: tuple[str, ...] = ()
    template: bool = False

    @property
    def harnesses(self) -> dict[str, str]:
        """Command template of each harness that can run it."""
        return {run.harness: run.command for run in self.runs}

    @property
    def tasks(self) -> int:
        """Number of tasks of all suites."""
        return sum(suite.tasks for suite in self.suites)

    def axis(self, name: str) -> ProbeAxis | None:
        """The axis of this id, name or alias, however it is spelt."""
        wanted = normalised(name)
        known = ((axis, (axis.id, axis.name, *axis.aliases)) for axis in self.axes)
        return next((axis for axis, names in known if wanted in map(normalised, names)), None)

    def run(self, harness: str) -> HarnessRun | None:
        """How this harness runs it."""
        return next((run for run in self.runs if run.harness == harness), None)


class Harness(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A program that runs episodes.

    Attributes:
        source: Name under which its output is imported.
        not_recorded: What its output does not say, so that somebody has to write it down.
    """

    id: str
    name: str
    source: str
    not_recorded: tuple[str, ...]
