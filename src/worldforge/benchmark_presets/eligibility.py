"""Which presets can run on this host, and with which of their providers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from worldbase.errors import EnvironmentMissingError
from worldforge.benchmark_presets.catalogue import SKIP, BenchmarkPreset
from worldforge.providers.manifests import manifest_names
from worldforge.testing.runtime_profiles import provider_profile_skip_reason, skip_reason_for_any


@dataclass(frozen=True, slots=True)
class Eligible:
    """The providers of a preset that can run here.

    Attributes:
        providers: In the preset's order.
        left_out: Provider -> why not.
    """

    providers: tuple[str, ...]
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def skip_reason(self) -> str | None:
        """Why the preset is skipped; None where a provider is left."""
        return None if self.providers else "; ".join(self.left_out.values())


def skip_reason(preset: BenchmarkPreset) -> str | None:
    """Why a preset would be skipped on this host; None where it would not, or may not be. Loads no provider."""
    return unmet(preset) if preset.failure_tolerance == SKIP else None


def unmet(preset: BenchmarkPreset) -> str | None:
    """What a preset needs and this host has not; None where what it needs is configured. Loads no provider."""
    missing = [reason for name in preset.requires_provider_profiles if (reason := provider_profile_skip_reason(name))]
    if preset.requires_provider_choice and (reason := skip_reason_for_any(preset.requires_provider_choice)):
        missing.append(reason)
    return "; ".join(missing) or None


def eligible(preset: BenchmarkPreset, registered: Sequence[str]) -> Eligible:
    """The providers of a preset that are configured and registered.

    A preset that is not skipped runs with all of them, or not at all.

    Args:
        preset: The preset.
        registered: Names of all providers that there are.

    Raises:
        EnvironmentMissingError: `preset.unmet` where something is missing and the preset may not be skipped.
    """
    reason = unmet(preset)
    if preset.failure_tolerance != SKIP:
        _require_met(preset, reason)
        return Eligible(preset.providers)
    if reason:
        return Eligible((), {preset.name: reason})
    left_out = {name: reason for name in preset.providers if (reason := _reason_without(name, registered))}
    return Eligible(tuple(name for name in preset.providers if name not in left_out), left_out)


def _require_met(preset: BenchmarkPreset, reason: str | None) -> None:
    if reason:
        raise EnvironmentMissingError(
            f"the preset {preset.name!r} cannot run here: {reason}",
            code="preset.unmet",
            hint=f"Configure what it needs, or let it be skipped with `failure_tolerance` {SKIP!r}.",
        )


def _reason_without(name: str, registered: Sequence[str]) -> str | None:
    if name in registered:  # which only those are that are configured
        return None
    if name not in manifest_names():
        return f"no provider is called {name!r}"
    return provider_profile_skip_reason(name) or (
        f"provider profile {name!r} is configured, but no provider of this name is registered"
    )
