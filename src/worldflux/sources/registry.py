"""Where sources are found: the entry point group `worldflux.sources`."""

from __future__ import annotations

from worldbase.plugins import Registry
from worldflux.sources.contract import Source

SOURCES: Registry[Source] = Registry("worldflux.sources", "source", Source)  # type: ignore[type-abstract]
