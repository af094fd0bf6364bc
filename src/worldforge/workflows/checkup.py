"""What is installed, configured and missing, and how well this machine can measure."""

from __future__ import annotations

import platform
import shutil
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, Literal

import msgspec

from worldbase import __version__
from worldforge.benchmark.machine import machine
from worldforge.benchmark.measuring.clock import measure_clock
from worldforge.benchmark.report import Clock
from worldforge.provenance import Machine
from worldforge.workflows.known_providers import IgnoredPlugin, KnownProvider, known_providers

SCHEMA_VERSION: Final = 1
LIBRARIES: Final = ("click", "httpx", "jsonschema", "msgspec", "numpy", "python-ulid", "rfc8785", "rich")
EXTRAS: Final = {
    "mujoco": ("mujoco", "physics behind predict and score"),
    "rerun": ("rerun-sdk", "benchmark reports for the Rerun viewer"),
}
"""Extra -> its distribution, what it is for."""

_SPARE_BYTES: Final = 100_000_000
_COARSE_NS: Final = 1_000
_GOOD_GOVERNOR: Final = "performance"


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at.

    Attributes:
        check: Its name.
        status: `ok`; `note` for something to know; `missing` where something needed is not there.
        detail: What was found.
    """

    check: str
    status: Literal["ok", "note", "missing"]
    detail: str


class Checkup(msgspec.Struct, frozen=True, kw_only=True):
    """A report of `worldforge doctor`.

    Attributes:
        schema_version: 1.
        worldforge_version: Version of this package.
        ok: Whether nothing that is needed is missing.
        checks: What was looked at, in a fixed order.
        providers: Those that are known.
        clock: The clock that benchmarks use.
        machine: Where benchmarks would run.
    """

    worldforge_version: str
    ok: bool
    checks: list[Check]
    providers: list[KnownProvider]
    clock: Clock
    machine: Machine
    schema_version: int = SCHEMA_VERSION


def check_up(
    *, workspace: Path = Path(".worldforge"), registered_only: bool = False, capability: str | None = None
) -> Checkup:
    """Look at everything that a benchmark needs. Nothing is changed, and no provider is asked to work.

    Args:
        workspace: Where runs are to be kept; it need not exist.
        registered_only: Leave out providers that cannot be asked now.
        capability: Leave out providers that do not have it.

    Raises:
        CapabilityError: `capability.unknown`.
    """
    known = known_providers(registered_only=registered_only, capability=capability)
    clock, here = measure_clock(), machine()
    checks = [
        _python(),
        *map(_library, LIBRARIES),
        *(_extra(extra) for extra in EXTRAS),
        _workspace(workspace),
        _clock(clock),
        *_machine(here),
        *map(_broken, (line for line in known.providers if line.status in ("broken", "unhealthy"))),
        *map(_ignored, known.ignored),
    ]
    return Checkup(
        worldforge_version=__version__,
        ok=all(check.status != "missing" for check in checks),
        checks=checks,
        providers=known.providers,
        clock=clock,
        machine=here,
    )


def _python() -> Check:
    found = f"{platform.python_implementation()} {platform.python_version()} on {platform.system()}"
    return Check(check="python", status="ok", detail=f"{found} {platform.machine()}")


def _library(name: str) -> Check:
    try:
        return Check(check=name, status="ok", detail=version(name))
    except PackageNotFoundError:
        return Check(check=name, status="missing", detail="install it, or install worldflux again")


def _extra(extra: str) -> Check:
    distribution, purpose = EXTRAS[extra]
    try:
        found = version(distribution)
    except PackageNotFoundError:
        detail = f"not installed; for {purpose}: worldflux[{extra}]"
        return Check(check=f"extra {extra}", status="note", detail=detail)
    return Check(check=f"extra {extra}", status="ok", detail=f"{found}, {purpose}")


def _workspace(workspace: Path) -> Check:
    place = next(folder for folder in (workspace, *workspace.absolute().parents) if folder.exists())
    try:
        with tempfile.TemporaryFile(dir=place):
            free = shutil.disk_usage(place).free
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return Check(check="workspace", status="missing", detail=f"{workspace.name} cannot be written: {reason}")
    detail = f"{workspace.name} can be written, {free / 1e9:.1f} GB free"
    return Check(check="workspace", status="ok" if free > _SPARE_BYTES else "missing", detail=detail)


def _clock(clock: Clock) -> Check:
    detail = f"{clock.name}: reading it takes {clock.overhead_ns:.0f} ns, its smallest step is {clock.resolution_ns} ns"
    return Check(check="clock", status="note" if clock.resolution_ns > _COARSE_NS else "ok", detail=detail)


def _machine(here: Machine) -> Iterator[Check]:
    yield Check(check="machine class", status="ok", detail=here.machine_class)
    if here.governor is None:
        yield Check(check="governor", status="ok", detail="none to be read here, as in most virtual machines")
    elif here.governor == _GOOD_GOVERNOR:
        yield Check(check="governor", status="ok", detail=here.governor)
    else:
        hint = f"{here.governor}: latencies depend on what ran before; `{_GOOD_GOVERNOR}` is steadier"
        yield Check(check="governor", status="note", detail=hint)
    if here.load_average is not None:
        busy = here.load_average > here.usable_cpus / 2
        detail = f"{here.load_average:.2f} on {here.usable_cpus} processors"
        yield Check(
            check="load",
            status="note" if busy else "ok",
            detail=f"{detail}: other work will show in latencies" if busy else detail,
        )


def _ignored(plugin: IgnoredPlugin) -> Check:
    return Check(check=f"plugin {plugin.name}", status="note", detail=f"{plugin.origin} is ignored: {plugin.reason}")


def _broken(line: KnownProvider) -> Check:
    return Check(check=f"provider {line.name}", status="missing", detail=f"{line.status}: {line.detail}")
