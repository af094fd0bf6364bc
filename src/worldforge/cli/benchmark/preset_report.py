"""`worldforge benchmark --list-presets` and `--show-preset NAME`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from worldbase.errors import UsageError, WorldError
from worldforge.benchmark_presets.catalogue import BenchmarkPreset, presets
from worldforge.cli.benchmark.options import Options, flag_of

if TYPE_CHECKING:
    from worldforge.benchmark_presets import LoadedPreset

# The folders say where things are, which a user may say in an alias, whatever is asked.
_OF_LISTING: Final = ("list_presets", "show_preset", "output_format", "quiet", "run_workspace", "state_dir")
_OWN: Final = Path(".worldforge/presets")
_TITLES: Final = {
    "checkout-safe": "Checkout-safe: run anywhere, offline",
    "prepared-host": "Prepared host: need runtimes of their own",
    "release": "Release: go with a release",
    "own": "Your own, in .worldforge/presets/",
}


@dataclass(frozen=True, slots=True)
class _Line:
    """A preset, and whether it can run here: `ready`, or the reason why not."""

    preset: BenchmarkPreset
    here: str


def echo(options: Options) -> None:
    """Print what was asked for.

    Raises:
        UsageError: `preset.format` or `preset.measures_nothing`.
    """
    if unused := [name for name in sorted(options.given) if name not in _OF_LISTING]:
        flags = ", ".join(flag_of(name) for name in unused)
        raise UsageError(
            f"{flags} says nothing where presets are shown: nothing is measured or written",
            code="preset.measures_nothing",
            hint="Leave it out, or run a preset with --preset NAME.",
        )
    if options.output_format not in ("markdown", "json"):
        raise UsageError(
            f"presets are not listed as {options.output_format}",
            code="preset.format",
            hint="Choose --format markdown or json.",
        )
    as_json = options.output_format == "json"
    if options.show_preset is not None:
        _print(_one_as_json(options.show_preset) if as_json else "\n".join(_one(options.show_preset)))
    else:
        _print(_all_as_json() if as_json else "\n".join(_all()))


def _print(value: Any) -> None:
    import json

    click.echo(value if isinstance(value, str) else json.dumps(value, indent=2))


def _lines() -> Iterator[_Line]:
    for preset in presets():
        yield _Line(preset, _here(preset))
    if not _OWN.is_dir():
        return
    from worldforge.benchmark_presets.loaded import UnreadablePreset, own_presets

    for own in own_presets(_OWN):
        if isinstance(own, UnreadablePreset):
            yield _Line(_nothing(own.name), f"cannot be read: {own.reason}")
        else:
            yield _Line(own.preset, _here(own.preset))


def _nothing(name: str) -> BenchmarkPreset:
    return BenchmarkPreset(name=name, title=name, summary="", category="own", providers=(), operations=(), iterations=0)


def _here(preset: BenchmarkPreset) -> str:
    if not (preset.requires_provider_profiles or preset.requires_provider_choice):
        return "ready"
    from worldforge.benchmark_presets.catalogue import SKIP
    from worldforge.benchmark_presets.eligibility import unmet

    try:
        reason = unmet(preset)
    except WorldError as error:
        return f"cannot run: {error.message}"
    if reason is None:
        return "ready"
    return f"{'skipped' if preset.failure_tolerance == SKIP else 'cannot run'}: {reason}"


def _all() -> Iterator[str]:
    from worldbase.tables import markdown, markdown_cell, markdown_table

    lines = list(_lines())
    yield "# Benchmark Presets\n"
    for category, title in _TITLES.items():
        within = [line for line in lines if line.preset.category == category]
        if not within:
            continue
        yield f"## {title}\n"
        rows = [
            [
                markdown_cell(line.preset.name),
                markdown_cell(", ".join(line.preset.providers) or "-"),
                ", ".join(line.preset.operations) or "-",
                str(line.preset.iterations),
                line.preset.failure_tolerance,
                "ready" if line.here == "ready" else line.here.split(":")[0],
            ]
            for line in within
        ]
        yield markdown_table(("preset", "providers", "operations", "iterations", "failure tolerance", "here"), rows)
        yield "".join(f"- {markdown(line.preset.name)}: {markdown(_why(line))}\n" for line in within)
    yield "Run one with `worldforge benchmark --preset NAME`; look at one with `--show-preset NAME`."


def _why(line: _Line) -> str:
    said = line.preset.summary or line.preset.title
    return said if line.here == "ready" else f"{said} {line.here[0].upper()}{line.here[1:]}."


def _all_as_json() -> list[dict[str, Any]]:
    return [{**_described(line.preset), "here": line.here} for line in _lines()]


def _one(name: str) -> Iterator[str]:
    from worldbase.tables import markdown

    loaded = _found(name)
    preset = loaded.preset
    yield f"# {markdown(preset.title)}\n"
    if preset.summary:
        yield f"{markdown(preset.summary)}\n"
    yield "".join(f"- {title}: {markdown(text)}\n" for title, text in _facts(loaded))
    if preset.notes:
        yield "".join(f"- {markdown(note)}\n" for note in preset.notes)
    if loaded.budgets is not None:
        yield _budget_table(loaded)
    yield f"Run it with `worldforge benchmark --preset {preset.name}`."


def _facts(loaded: LoadedPreset) -> Iterator[tuple[str, str]]:
    preset = loaded.preset
    yield "Name", preset.name
    yield "Category", preset.category
    yield "Providers", ", ".join(preset.providers)
    yield "Operations", f"{', '.join(preset.operations)}; each provider with those that it has"
    yield "Calls", f"{preset.iterations} of each operation, {preset.concurrency} at once"
    yield "Inputs", "the defaults" if loaded.inputs is None else f"{loaded.inputs.name} ({loaded.inputs.sha256})"
    yield "Budgets", "none" if loaded.budgets is None else f"{loaded.budgets.name} ({loaded.budgets.sha256})"
    yield "Failure tolerance", preset.failure_tolerance
    if preset.requires_provider_profiles:
        yield "Needs", " and ".join(preset.requires_provider_profiles)
    if preset.requires_provider_choice:
        yield "Needs one of", ", ".join(preset.requires_provider_choice)
    if preset.tags:
        yield "Tags", ", ".join(preset.tags)
    yield "On this host", _here(preset)


def _budget_table(loaded: LoadedPreset) -> str:
    import msgspec

    from worldbase.tables import markdown_cell, markdown_table
    from worldforge.benchmark import figures
    from worldforge.benchmark.budgets import selector

    rows = [
        [markdown_cell(selector(budget)), name, figures.stated(value)]
        for budget in (loaded.budgets.budgets if loaded.budgets else ())
        for name, value in msgspec.structs.asdict(budget).items()
        if isinstance(value, int | float)
    ]
    return markdown_table(("budget", "threshold", "value"), rows, right=(2,))


def _one_as_json(name: str) -> dict[str, Any]:
    import json

    from worldbase.document import dump

    loaded = _found(name)
    return {
        **_described(loaded.preset),
        "here": _here(loaded.preset),
        "inputs": None if loaded.inputs is None else loaded.inputs.inputs.to_dict(),
        "budgets": None if loaded.budgets is None else json.loads(dump(loaded.budgets.budgets)),
    }


def _described(preset: BenchmarkPreset) -> dict[str, Any]:
    return asdict(preset)


def _found(name: str) -> LoadedPreset:
    from worldforge.benchmark_presets.loaded import find_preset

    return find_preset(name, own=_OWN)
