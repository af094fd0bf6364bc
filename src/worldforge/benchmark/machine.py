"""Where something is measured, as far as the system says; nothing in it names the machine or its owner."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from worldbase import __version__
from worldbase.identifier import slug
from worldforge.provenance import Machine

OWN_DISTRIBUTION: Final = "worldflux"

_CPU_INFO: Final = Path("/proc/cpuinfo")
_GOVERNOR: Final = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
_MODEL: Final = re.compile(r"^(?:model name|Hardware|cpu model|cpu)\s*:\s*(\S.*)$", re.MULTILINE)
_NOISE: Final = re.compile(r"\((?:r|tm|c)\)|@.*$|\b(?:cpu|processor|\d+-core)\b", re.IGNORECASE)
_LONGEST: Final = 100


def machine(*, distributions: Sequence[str] = ()) -> Machine:
    """Look at the machine.

    Args:
        distributions: Whose versions are recorded beside this package's own; those that are not installed are left out.
    """
    system, release, architecture = _system()
    model = _cpu_model()
    logical, usable = os.cpu_count() or 1, _usable_cpus()
    python = f"{sys.implementation.name} {'.'.join(map(str, sys.version_info[:3]))}"
    return Machine(
        machine_class=machine_class(system, architecture, model, usable),
        system=f"{system} {release}".strip(),
        architecture=architecture,
        cpu_model=model,
        logical_cpus=logical,
        usable_cpus=usable,
        governor=_first_line(_GOVERNOR),
        load_average=_load_average(),
        python=python,
        versions={OWN_DISTRIBUTION: __version__, **_versions(distributions)},
    )


def machine_class(system: str, architecture: str, model: str | None, usable_cpus: int) -> str:
    """Slug of what has to be equal for timings to be comparable.

    Example:
        >>> machine_class("Linux", "x86_64", None, 2).startswith("linux-x86_64-2cpu-")
        True
    """
    cpu = [slug(_NOISE.sub(" ", model))] if model else []
    interpreter = f"{sys.implementation.name}{sys.version_info.major}.{sys.version_info.minor}"
    return "-".join([system.lower(), architecture.lower(), *cpu, f"{usable_cpus}cpu", interpreter])


def _system() -> tuple[str, str, str]:
    if hasattr(os, "uname"):
        told = os.uname()  # not its nodename, which is the machine's own
        return told.sysname, _release(told.release), told.machine
    import platform

    return platform.system(), platform.release(), platform.machine()


def _release(text: str) -> str:
    """The numbers of a kernel's release: builders put names of their own machines and firms behind them."""
    found = re.match(r"\d+(?:\.\d+)*", text)
    return found[0] if found else ""


@lru_cache(maxsize=1)
def _cpu_model() -> str | None:
    found = _MODEL.search(_text(_CPU_INFO))
    return " ".join(found[1].split())[:_LONGEST] if found else None


def _usable_cpus() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _load_average() -> float | None:
    try:
        return round(os.getloadavg()[0], 2)
    except (OSError, AttributeError):
        return None


def _versions(distributions: Sequence[str]) -> dict[str, str]:
    wanted = sorted({name for name in distributions if name and name != OWN_DISTRIBUTION})
    if not wanted:
        return {}
    # Not at the top: most runs measure nothing but this package, and the library takes long to load.
    from importlib.metadata import PackageNotFoundError, version

    found: dict[str, str] = {}
    for name in wanted:
        try:
            found[name] = version(name)
        except (PackageNotFoundError, ValueError):
            continue
    return found


def _first_line(path: Path) -> str | None:
    return _text(path).partition("\n")[0].strip()[:_LONGEST] or None


def _text(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return stream.read(65536).decode("utf-8", "replace")
    except OSError:
        return ""
