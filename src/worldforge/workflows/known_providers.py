"""The providers that are known on this machine, as a document: usable ones, and why the others are not."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from worldbase.redact import redact_text
from worldforge.capabilities.names import Capability
from worldforge.capabilities.requirements import Availability
from worldforge.forge.diagnosis import ProviderStatus
from worldforge.forge.facade import WorldForge

Origin: TypeAlias = Literal["builtin", "entry_point", "program", "manifest"]


class KnownProvider(msgspec.Struct, frozen=True, kw_only=True):
    """A provider that is known.

    Attributes:
        name: Its name.
        status: `ready`, `not_configured`, `unhealthy`, `broken`, `not_shipped` or `left_out`.
        capabilities: What it can do, or could.
        origin: `builtin`, `entry_point`, `program` or `manifest`.
        detail: What was checked or is missing; no values of variables.
    """

    name: str
    status: Availability
    capabilities: list[Capability]
    origin: Origin
    detail: str


class IgnoredPlugin(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin that takes the name of a provider that works; it is not used."""

    name: str
    origin: str
    reason: str


class KnownProviders(msgspec.Struct, frozen=True, kw_only=True):
    """All of them, in order, and the plugins that are left aside."""

    providers: list[KnownProvider]
    ignored: list[IgnoredPlugin]


def known_providers(*, registered_only: bool = False, capability: str | None = None) -> KnownProviders:
    """List the providers that are known; what a broken plugin says of itself is redacted.

    Args:
        registered_only: Leave out those that cannot be asked now.
        capability: Leave out those that do not have it.

    Raises:
        CapabilityError: `capability.unknown`.
    """
    found = WorldForge().doctor(registered_only=registered_only, capability=capability)
    works = {line.name for line in found.providers if line.status != "broken"}
    return KnownProviders(
        providers=[_known(line) for line in found.providers],
        ignored=[
            IgnoredPlugin(name=entry.name, origin=entry.origin, reason=redact_text(entry.reason))
            for entry in found.skipped
            if entry.name in works
        ],
    )


def _known(line: ProviderStatus) -> KnownProvider:
    return KnownProvider(
        name=line.name,
        status=line.status,
        capabilities=list(line.capabilities),
        origin=line.origin,
        detail=redact_text(line.detail),
    )
