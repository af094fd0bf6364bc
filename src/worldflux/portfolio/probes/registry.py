"""Which probes there are. A plan freezes the digest of this registry, so that nobody can choose among others later."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import Final

import msgspec

from worldbase import digest
from worldflux.benchmarks.registry import normalised
from worldflux.portfolio.probes.joined import Entry, joined
from worldflux.portfolio.probes.model import Harness, Probe
from worldflux.portfolio.probes.task_keys import TaskAxis, TaskKeys, task_keys

__all__ = [
    "REGISTRY_VERSION",
    "Probe",
    "TaskAxis",
    "TaskKeys",
    "find_probe",
    "harnesses",
    "probes",
    "registry_digest",
    "simulator_families",
    "task_keys",
]

REGISTRY_VERSION: Final = "2026.11.1"


class _Index(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The order of the probes, and the harnesses that they refer to."""

    probes: tuple[str, ...]
    harnesses: tuple[Harness, ...]


@lru_cache(maxsize=1)
def probes() -> tuple[Probe, ...]:
    """All probes, in the order of the index."""
    return tuple(joined(msgspec.toml.decode(_data(f"{name}.toml"), type=Entry)) for name in _index().probes)


@lru_cache(maxsize=1)
def harnesses() -> tuple[Harness, ...]:
    """All harnesses that run a probe."""
    return _index().harnesses


def find_probe(name: str) -> Probe | None:
    """The probe of this id or name, however it is spelt."""
    wanted = normalised(name)
    return next((probe for probe in probes() if wanted in (normalised(probe.id), normalised(probe.name))), None)


@lru_cache(maxsize=1)
def registry_digest() -> str:
    """Digest of the RFC 8785 form of all probes and harnesses, with the benchmark facts that went into them."""
    return digest.of_value(
        {
            "version": REGISTRY_VERSION,
            "probes": msgspec.to_builtins(probes()),
            "harnesses": msgspec.to_builtins(harnesses()),
        }
    )


def simulator_families() -> tuple[str, ...]:
    """Simulator families that some probe runs in, each by its usual name."""
    return tuple(dict.fromkeys(probe.simulators[0] for probe in probes() if probe.simulators))


@lru_cache(maxsize=1)
def _index() -> _Index:
    return msgspec.toml.decode(_data("index.toml"), type=_Index)


def _data(name: str) -> bytes:
    return (resources.files("worldflux.portfolio.probes") / "data" / name).read_bytes()
