"""Presets with the inputs and budgets that belong to them, read and checked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from worldbase import document, safepath
from worldbase.errors import InputError, Where, WorldError
from worldforge.benchmark.budgets import LoadedBudgets, load_budgets, parse_budgets
from worldforge.benchmark.inputs import LoadedInputs, load_inputs, parse_inputs
from worldforge.benchmark_presets.catalogue import _BENCHMARK_PRESETS, BenchmarkPreset, unknown_preset
from worldforge.benchmark_presets.document import NAME, PresetDocument

OWN: Final = Path(".worldforge/presets")
_DATA: Final = Path(__file__).with_name("_data")
_BUILT_IN: Final = {preset.name: preset for preset in _BENCHMARK_PRESETS}


@dataclass(frozen=True, slots=True)
class LoadedPreset:
    """A preset that is ready to run.

    Attributes:
        preset: What it measures.
        inputs: Its inputs; None: the defaults.
        budgets: Its budgets; None: no gate.
    """

    preset: BenchmarkPreset
    inputs: LoadedInputs | None
    budgets: LoadedBudgets | None


@dataclass(frozen=True, slots=True)
class UnreadablePreset:
    """A file among the user's own presets that is none.

    Attributes:
        name: Name of the file, without its ending.
        reason: What is wrong with it.
    """

    name: str
    reason: str


def load_preset(preset: BenchmarkPreset) -> LoadedPreset:
    """Read the inputs and budgets of a preset that comes with the package."""
    return LoadedPreset(
        preset,
        load_inputs(_DATA / preset.inputs_file) if preset.inputs_file else None,
        load_budgets(_DATA / preset.budget_file) if preset.budget_file else None,
    )


def load_preset_file(path: Path) -> LoadedPreset:
    """Read a user's own preset and what belongs to it.

    Files that it names lie beside it: their names are relative and lead nowhere else, not by a link either.

    Raises:
        InputError: `document.invalid` with one problem per fault, `path.unsafe`, `preset.file_elsewhere`, or what
            reading the inputs and budgets raises.
    """
    loaded = document.load(path, PresetDocument)
    described = loaded.document.preset()
    return LoadedPreset(described, _inputs(described, path, loaded.value), _budgets(described, path, loaded.value))


def find_preset(name: str, *, own: Path = OWN) -> LoadedPreset:
    """Load the preset of this name: one that comes with the package, or a user's own in the folder `own`.

    Raises:
        UsageError: `preset.unknown`, with the nearest name.
        InputError: What `load_preset_file` raises; `preset.other_name` where the file calls itself something else.
    """
    if name in _BUILT_IN:
        return load_preset(_BUILT_IN[name])
    path = own / f"{name}.json"
    if not re.match(NAME, name) or not path.is_file():
        known = [file.stem for file in _own_files(own) if re.match(NAME, file.stem)]
        raise unknown_preset(name, list(dict.fromkeys([*_BUILT_IN, *known])))
    return _own_preset(path)


def own_presets(own: Path = OWN) -> Iterator[LoadedPreset | UnreadablePreset]:
    """Yield the presets in a folder of a user's own, in order of their names, and what is wrong with the others."""
    for path in _own_files(own):
        if not path.is_file():  # opening a named pipe would wait for somebody to write into it
            yield UnreadablePreset(path.stem, "it is no plain file")
            continue
        try:
            yield _own_preset(path)
        except WorldError as error:
            yield UnreadablePreset(path.stem, f"{error.message} [{error.code}]")


def _own_files(own: Path) -> list[Path]:
    return sorted(own.glob("*.json"), key=lambda path: path.name)


def _own_preset(path: Path) -> LoadedPreset:
    loaded = load_preset_file(path)
    if loaded.preset.name != path.stem or loaded.preset.name in _BUILT_IN:
        raise InputError(
            f"the preset calls itself {loaded.preset.name!r}, but {path.stem!r} is the name that it is found by"
            if loaded.preset.name != path.stem
            else f"the name {path.stem!r} is that of a preset that comes with the package",
            code="preset.other_name",
            where=Where(str(path), "/name"),
            hint="Give file and preset one name that no other preset has.",
        )
    return loaded


def _inputs(preset: BenchmarkPreset, path: Path, value: dict[str, Any]) -> LoadedInputs | None:
    if (inside := _inside(value, "inputs")) is not None:
        return parse_inputs(inside, name=f"{preset.name}.inputs.json")
    return load_inputs(_beside(path, preset.inputs_file)) if preset.inputs_file else None


def _budgets(preset: BenchmarkPreset, path: Path, value: dict[str, Any]) -> LoadedBudgets | None:
    if (inside := _inside(value, "budgets")) is not None:
        return parse_budgets(inside, name=f"{preset.name}.budgets.json")
    return load_budgets(_beside(path, preset.budget_file)) if preset.budget_file else None


def _inside(value: dict[str, Any], key: str) -> bytes | None:
    """Bytes of what stands in the preset itself, as a file of its own would hold it, or None."""
    return document.dump({key: value[key]}) if key in value else None


def _beside(path: Path, name: str) -> Path:
    found = path.parent / safepath.relative(name, file=str(path))
    if not found.resolve().is_relative_to(path.parent.resolve()):
        raise InputError(
            f"{name!r} leads out of the folder of the preset",
            code="preset.file_elsewhere",
            where=Where(str(path)),
            hint="Put the file itself beside the preset.",
        )
    return found
