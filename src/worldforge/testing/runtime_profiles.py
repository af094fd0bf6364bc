"""Whether the runtime of a provider is configured on this machine, and what is missing: the reason to skip a test.

REASON = provider_profile_skip_reason("lerobot")


@pytest.mark.skipif(REASON is not None, reason=str(REASON))
def test_the_policy_answers() -> None: ...
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

from worldforge.errors import UnknownProviderError
from worldforge.providers.manifests import manifest_names, runtime_manifest
from worldforge.providers.registry import BUILTINS, make_builtin


@dataclass(frozen=True, slots=True)
class RuntimeProfile:
    """The variables that a provider's runtime needs.

    Attributes:
        name: Of the provider.
        required_env_vars: All of them have to be set.
        required_any_env_vars: One of them has to be set; empty for none.
    """

    name: str
    required_env_vars: tuple[str, ...] = ()
    required_any_env_vars: tuple[str, ...] = ()

    def missing(self) -> tuple[str, ...]:
        """What is not set: names, and alternatives as `A or B`. A blank value counts as not set."""
        alone = [name for name in self.required_env_vars if not _is_set(name)]
        if self.required_any_env_vars and not any(map(_is_set, self.required_any_env_vars)):
            alone.append(" or ".join(self.required_any_env_vars))
        return tuple(alone)


def runtime_profile(name: str) -> RuntimeProfile:
    """The profile of a provider whose runtime is known.

    Raises:
        UnknownProviderError: `provider.no_profile`.
    """
    manifest = runtime_manifest(name)
    if manifest is None:
        raise UnknownProviderError(
            f"there is no runtime profile of {name!r:.80}",
            code="provider.no_profile",
            hint=f"Known: {', '.join(manifest_names())}.",
        )
    return RuntimeProfile(name, tuple(manifest.required_env_vars), tuple(manifest.required_any_env_vars))


def provider_profile_skip_reason(name: str) -> str | None:
    """Why a provider's runtime cannot be used here, or None where it is configured.

    Raises:
        UnknownProviderError: `provider.no_profile`.
    """
    if missing := runtime_profile(name).missing():
        return f"provider profile {name!r} is not configured: missing {', '.join(missing)}"
    if name in BUILTINS and not (provider := make_builtin(name)).configured():
        return f"provider profile {name!r} is not configured: {provider.health().detail}"
    return None


def skip_reason_for_any(names: Iterable[str]) -> str | None:
    """Why none of several runtimes can be used here, or None where one can.

    Raises:
        UnknownProviderError: `provider.no_profile`.
    """
    reasons = [provider_profile_skip_reason(name) for name in names]
    if None in reasons:
        return None
    return f"no eligible provider profile is configured: {'; '.join(filter(None, reasons))}"


def _is_set(name: str) -> bool:
    return bool(os.environ.get(name, "").strip())
