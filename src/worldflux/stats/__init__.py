"""Statistics as pure functions: counts in, bounds and decisions out.

The names below are the public interface; each is loaded when it is first asked for, so that importing this package
costs nothing.

>>> from worldflux import stats
>>> stats.verdict(391, 500, 0.80, margin=0.05).verdict
'supported'
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from worldflux.stats.comparison import compare as compare
    from worldflux.stats.exact_tests import rate_test as test
    from worldflux.stats.intervals import interval as interval
    from worldflux.stats.power_analysis import power as power
    from worldflux.stats.prediction_powered import ppi_mean as ppi_mean
    from worldflux.stats.sequential import e_process as e_process
    from worldflux.stats.verdicts import verdict as verdict

_PUBLIC: Final = {
    "compare": ("comparison", "compare"),
    "e_process": ("sequential", "e_process"),
    "interval": ("intervals", "interval"),
    "power": ("power_analysis", "power"),
    "ppi_mean": ("prediction_powered", "ppi_mean"),
    "test": ("exact_tests", "rate_test"),
    "verdict": ("verdicts", "verdict"),
}

__all__ = ["compare", "e_process", "interval", "power", "ppi_mean", "test", "verdict"]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _PUBLIC[name]
    return getattr(importlib.import_module(f"{__name__}.{module}"), attribute)


def __dir__() -> list[str]:
    return sorted(__all__)
