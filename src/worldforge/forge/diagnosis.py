"""What can be said of providers without asking them to work."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

from worldforge.capabilities import require_capability
from worldforge.capabilities.names import Capability
from worldforge.errors import ProviderError
from worldforge.forge.enrolment import Enrolled, Enrolment, is_ready
from worldforge.providers.contract import BaseProvider, ProviderHealth, ProviderProfileSpec
from worldforge.providers.manifests import RuntimeManifest, manifest_names, runtime_manifest
from worldforge.providers.observed import guarded
from worldforge.providers.registry import BUILTINS, SkippedEntry

ProviderHealths: TypeAlias = dict[str, ProviderHealth]


@dataclass(frozen=True, slots=True)
class ProviderInfo:
    """A provider as it describes itself.

    Attributes:
        name: Its name.
        origin: `builtin`, `entry_point` or `program`.
        capabilities: What it can do.
        profile: What it says of itself.
        configured: Whether everything that it needs is there.
        config: Which of its variables are set.
        manifest: Of its runtime, where one is known.
    """

    name: str
    origin: str
    capabilities: tuple[Capability, ...]
    profile: ProviderProfileSpec
    configured: bool
    config: dict[str, bool]
    manifest: RuntimeManifest | None

    def to_dict(self) -> dict[str, Any]:
        """The description as a JSON object."""
        import msgspec

        return {
            "name": self.name,
            "origin": self.origin,
            "capabilities": list(self.capabilities),
            "profile": self.profile.to_dict(),
            "configured": self.configured,
            "config": self.config,
            "runtime_manifest": None if self.manifest is None else msgspec.to_builtins(self.manifest),
        }


@dataclass(frozen=True, slots=True)
class ProviderStatus:
    """One line of a doctor's report.

    Attributes:
        name: Of the provider.
        origin: `manifest` for one whose runtime is known, and whose adapter does not come with this version.
        capabilities: What it can do, or could.
        status: `ready`, `not_configured` (something is missing), `unhealthy` (it is there and cannot work), `broken`
            (it cannot be loaded), `not_shipped` (there is no adapter), `left_out` (it works elsewhere, and such are
            not taken).
        detail: What was checked, or what is missing; without values of variables.
    """

    name: str
    origin: Literal["builtin", "entry_point", "program", "manifest"]
    capabilities: tuple[Capability, ...]
    status: Literal["ready", "not_configured", "unhealthy", "broken", "not_shipped", "left_out"]
    detail: str


@dataclass(frozen=True, slots=True)
class Doctor:
    """What is registered, what is missing and what is broken.

    Attributes:
        providers: One line for each name, in order.
        skipped: Entry points that give no provider.
    """

    providers: tuple[ProviderStatus, ...]
    skipped: tuple[SkippedEntry, ...]

    def to_dict(self) -> dict[str, Any]:
        """The report as a JSON object."""
        return {
            "providers": [{**asdict(line), "capabilities": list(line.capabilities)} for line in self.providers],
            "skipped": [entry._asdict() for entry in self.skipped],
        }


def info(entry: Enrolled) -> ProviderInfo:
    """Describe a provider."""
    provider = entry.whole
    return ProviderInfo(
        name=entry.name,
        origin=entry.origin,
        capabilities=entry.capabilities(),
        profile=provider.profile_spec,
        configured=is_ready(provider),
        config=_settings(provider),
        manifest=runtime_manifest(entry.name),
    )


def _settings(provider: BaseProvider) -> dict[str, bool]:
    """Which variables are set; a provider that gives something else than that gives nothing."""
    found: Any = guarded(provider, "config_summary", provider.config_summary)
    return {str(name): is_set is True for name, is_set in found.items()} if isinstance(found, dict) else {}


def health(provider: BaseProvider) -> ProviderHealth:
    """Ask a provider whether it can work, and say how long that took; one that fails to answer cannot."""
    begun = time.perf_counter()
    try:
        found: Any = guarded(provider, "health", provider.health)
    except ProviderError as error:
        found = ProviderHealth(False, error.message)
    if not isinstance(found, ProviderHealth):
        found = ProviderHealth(False, f"health() gave a {type(found).__name__}, not a ProviderHealth")
    return ProviderHealth(bool(found.healthy), str(found.detail), (time.perf_counter() - begun) * 1e3)


def healths(enrolment: Enrolment, capability: str | None) -> ProviderHealths:
    """The health of every name that can be asked."""
    wanted = None if capability is None else require_capability(capability)
    entries = (enrolment.get(name) for name in enrolment.names())
    return {entry.name: health(entry.whole) for entry in entries if wanted is None or wanted in entry.parts}


def examine(enrolment: Enrolment, *, registered_only: bool, capability: str | None) -> Doctor:
    """Look at every name that is known."""
    wanted = None if capability is None else require_capability(capability)
    lines = [
        line
        for line in _statuses(enrolment)
        if (wanted is None or wanted in line.capabilities) and (line.status == "ready" or not registered_only)
    ]
    skipped = [made for _, made in enrolment.outside() if isinstance(made, SkippedEntry)]
    return Doctor(tuple(lines), tuple(skipped))


def _statuses(enrolment: Enrolment) -> Iterator[ProviderStatus]:
    ready = enrolment.names()
    outside = dict(enrolment.outside())
    known = dict.fromkeys([*BUILTINS, *outside, *ready])
    for name in known:
        made = outside.get(name)
        if isinstance(made, SkippedEntry) and name not in ready:
            yield ProviderStatus(name, "entry_point", (), "broken", made.reason)
        elif (entry := enrolment.find(name)) is not None:
            yield _status(entry, is_registered=name in ready)
    for name in manifest_names():
        manifest = runtime_manifest(name)
        if name not in known and manifest is not None:
            yield ProviderStatus(name, "manifest", tuple(manifest.capabilities), "not_shipped", manifest.setup_hint)


def _status(entry: Enrolled, *, is_registered: bool) -> ProviderStatus:
    found = health(entry.whole)
    status: Literal["ready", "not_configured", "unhealthy", "left_out"]
    if not is_ready(entry.whole) and entry.origin != "program":
        status = "not_configured"
    elif not is_registered:
        status = "left_out"
    else:
        status = "ready" if found.healthy else "unhealthy"
    return ProviderStatus(entry.name, entry.origin, entry.capabilities(), status, found.detail)
