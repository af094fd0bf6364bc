"""Named benchmarks with their inputs and budgets: those of this package, and users' own.

Add one by an entry in `catalogue._BENCHMARK_PRESETS`, with its `inputs-*.json` and, where it has a gate, its
`budget-*.json` in `_data/` beside it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from worldforge.benchmark_presets.catalogue import _BENCHMARK_PRESETS, BenchmarkPreset, preset, presets

if TYPE_CHECKING:
    from worldforge.benchmark_presets.loaded import (
        LoadedPreset,
        find_preset,
        load_preset,
        load_preset_file,
        own_presets,
    )

__all__ = [
    "_BENCHMARK_PRESETS",
    "BenchmarkPreset",
    "LoadedPreset",
    "find_preset",
    "load_preset",
    "load_preset_file",
    "own_presets",
    "preset",
    "presets",
]

# What reads files is loaded when it is asked for: a listing of presets reads none.
_LATER: Final = ("LoadedPreset", "find_preset", "load_preset", "load_preset_file", "own_presets")


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module("worldforge.benchmark_presets.loaded"), name)
