"""What is to be measured: by the options, by a preset, or by an earlier run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from worldbase.errors import UsageError
from worldbase.redact import redact_value
from worldforge.benchmark.budgets import LoadedBudgets, load_budgets
from worldforge.benchmark.facts import file_name
from worldforge.benchmark.inputs import BenchmarkInputs, LoadedInputs, load_inputs
from worldforge.benchmark.report import InputFile
from worldforge.benchmark_presets.loaded import LoadedPreset, find_preset, load_preset_file
from worldforge.cli.benchmark.options import SET_BY_A_PRESET, Options, flag_of
from worldforge.forge.facade import WorldForge

if TYPE_CHECKING:
    from worldforge.cli.benchmark.against import Baseline


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One benchmark.

    Attributes:
        providers: Whom.
        operations: What; None: all that a provider has.
        iterations: Calls of each operation.
        concurrency: Workers.
        inputs: With what.
        loaded_inputs: The file that the inputs came from, where there is one.
        budgets: Which thresholds apply, where any do.
        preset: Name of the preset, where there is one.
        left_out: Providers of the preset that cannot be measured here, and why.
        intersect: Whether each provider is measured with those of the operations that it has.
        baseline: The earlier run that it is measured in turns with, where there is one.
    """

    providers: tuple[str, ...]
    operations: tuple[str, ...] | None
    iterations: int
    concurrency: int
    inputs: BenchmarkInputs
    loaded_inputs: LoadedInputs | None
    budgets: LoadedBudgets | None
    preset: str | None = None
    left_out: tuple[str, ...] = ()
    intersect: bool = False
    baseline: Baseline | None = None

    @property
    def input_file(self) -> InputFile | None:
        """The file of inputs, as a report names it."""
        return _named(self.loaded_inputs)

    @property
    def budget_file(self) -> InputFile | None:
        """The file of budgets, as a report names it."""
        return _named(self.budgets)

    def summary(self, options: Options) -> dict[str, Any]:
        """What was asked for, as the manifest of a run keeps it."""
        return {
            "providers": list(self.providers),
            "operations": None if self.operations is None else list(self.operations),
            "iterations": self.iterations,
            "concurrency": self.concurrency,
            "warmup": options.warmup,
            "rate_per_second": options.rate,
            "timeout_seconds": options.timeout,
            "preset": self.preset,
            "input_file": None if self.loaded_inputs is None else self.loaded_inputs.name,
            "budget_file": None if self.budgets is None else self.budgets.name,
        }


class Skipped(NamedTuple):
    """A preset that cannot run on this host."""

    preset: str
    reason: str


def work_against(options: Options, baseline: Baseline) -> Work:
    """What the options ask for; what they do not say is as it was in an earlier run."""
    asked, given = baseline.report.run_metadata, options.given
    work = _of_options(options)
    return replace(
        work,
        providers=work.providers or tuple(baseline.providers),
        operations=work.operations or tuple(baseline.operations),
        iterations=work.iterations if "iterations" in given else asked.iterations,
        concurrency=work.concurrency if "concurrency" in given else asked.concurrency,
        inputs=work.inputs if work.loaded_inputs else baseline.inputs,
        intersect=not (work.providers or work.operations),
        baseline=baseline,
    )


def chosen_work(options: Options, forge: WorldForge) -> Work | Skipped:
    """What the options ask for, with every file of theirs read and checked.

    Raises:
        UsageError: `benchmark.two_presets`, or what finding a preset raises.
        InputError: A file cannot be read.
    """
    if options.preset is not None and options.preset_file is not None:
        raise UsageError(
            "--preset and --preset-file are both given",
            code="benchmark.two_presets",
            hint="Choose one of them.",
        )
    if options.preset is not None:
        return _of_preset(find_preset(options.preset), options, forge)
    if options.preset_file is not None:
        return _of_preset(load_preset_file(options.preset_file), options, forge)
    return _of_options(options)


def _of_options(options: Options) -> Work:
    loaded = load_inputs(options.input_file) if options.input_file else None
    return Work(
        providers=tuple(dict.fromkeys(options.providers)),
        operations=options.operations or None,
        iterations=options.iterations,
        concurrency=options.concurrency,
        inputs=BenchmarkInputs() if loaded is None else loaded.inputs,
        loaded_inputs=loaded,
        budgets=load_budgets(options.budget_file) if options.budget_file else None,
    )


def _of_preset(loaded: LoadedPreset, options: Options, forge: WorldForge) -> Work | Skipped:
    from worldforge.benchmark_presets.catalogue import SKIP

    preset = loaded.preset
    for line in _overridden(options, preset.name):
        click.echo(line, err=True)
    work = Work(
        providers=preset.providers,
        operations=preset.operations,
        iterations=preset.iterations,
        concurrency=preset.concurrency,
        inputs=BenchmarkInputs() if loaded.inputs is None else loaded.inputs.inputs,
        loaded_inputs=loaded.inputs,
        budgets=loaded.budgets,
        preset=preset.name,
        intersect=True,
    )
    if preset.failure_tolerance != SKIP and not (preset.requires_provider_profiles or preset.requires_provider_choice):
        return work
    from worldforge.benchmark_presets.eligibility import eligible

    found = eligible(preset, forge.providers())
    if reason := found.skip_reason:
        return Skipped(preset.name, reason)
    return replace(work, providers=found.providers, left_out=tuple(found.left_out.values()))


def _overridden(options: Options, preset: str) -> Iterator[str]:
    given = [flag_of(name) for name in SET_BY_A_PRESET if name in options.given]
    if given and not options.quiet:
        yield f"The preset {preset} overrides {', '.join(given)}."


def _named(loaded: LoadedInputs | LoadedBudgets | None) -> InputFile | None:
    if loaded is None:
        return None
    return InputFile(
        path=file_name(loaded.name), sha256=loaded.sha256, metadata=loaded.metadata and redact_value(loaded.metadata)
    )
