"""Whether what another package calls a provider is made like one: types that later code relies on."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from worldbase.redact import is_clean
from worldforge.providers.contract import BaseProvider, ProviderCapabilities, ProviderProfileSpec, Requirement


def fault_of(provider: Any) -> str | None:
    """Why an object is no provider that can be listed, or None where it is one."""
    if not isinstance(provider, BaseProvider):
        return f"it gives a {type(provider).__name__}, not a BaseProvider"
    return (
        name_fault(provider.name)
        or _capabilities_fault(provider.capabilities)
        or _profile_fault(provider.profile_spec)
        or _requirements_fault(provider.requirements)
    )


def name_fault(name: Any) -> str | None:
    """Why a name cannot be that of a provider: it stands in every report, where no secret and no host path may."""
    if not isinstance(name, str) or not name.strip():
        return f"its name is {name!r:.60}, not a text"
    return None if is_clean(name) else "its name holds a path, an address or what looks like a secret"


def _capabilities_fault(capabilities: Any) -> str | None:
    if not isinstance(capabilities, ProviderCapabilities):
        return f"its capabilities are a {type(capabilities).__name__}, not ProviderCapabilities"
    odd = [entry.name for entry in fields(capabilities) if not isinstance(getattr(capabilities, entry.name), bool)]
    return f"its capability {odd[0]} is neither True nor False" if odd else None


def _profile_fault(profile: Any) -> str | None:
    if not isinstance(profile, ProviderProfileSpec):
        return f"its profile_spec is a {type(profile).__name__}, not a ProviderProfileSpec"
    import msgspec

    try:
        msgspec.convert(profile.to_dict(), ProviderProfileSpec)
    except msgspec.ValidationError as error:
        return f"its profile_spec is not well-formed: {error}"
    return None


def _requirements_fault(requirements: Any) -> str | None:
    known = isinstance(requirements, tuple) and all(isinstance(each, Requirement) for each in requirements)
    if known and all(isinstance(name, str) for each in requirements for name in each.any_of):
        return None
    return "its requirements are not a tuple of Requirement"
