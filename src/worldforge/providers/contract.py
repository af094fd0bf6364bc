"""What every provider is: a name, the capabilities it advertises, and methods that fail closed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal, NoReturn

from worldforge.capabilities import CAPABILITIES, METHODS, require_capability
from worldforge.capabilities.names import Capability
from worldforge.errors import CapabilityError
from worldforge.values import (
    Action,
    ActionPolicyResult,
    ActionScoreResult,
    EmbeddingResult,
    EventHandler,
    PredictionPayload,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderCapabilities:
    """Which capabilities a provider advertises; none by default."""

    predict: bool = False
    embed: bool = False
    score: bool = False
    policy: bool = False
    plan: bool = False

    def supports(self, name: str) -> bool:
        """Whether a capability is advertised.

        Raises:
            CapabilityError: `capability.unknown`.
        """
        return bool(getattr(self, require_capability(name)))

    def names(self) -> tuple[Capability, ...]:
        """The capabilities that are advertised, in the order of `CAPABILITIES`."""
        return tuple(name for name in CAPABILITIES if getattr(self, name))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderProfileSpec:
    """What a provider says of itself.

    Attributes:
        description: One sentence.
        package: Distribution that the runtime comes from.
        implementation_status: How far the adapter is.
        is_local: Whether it runs in this process or on this machine.
        deterministic: Whether equal inputs give equal results.
        requires_credentials: Whether it needs a secret.
        supported_modalities: Such as `state`, `text`, `image`.
        artifact_types: What it makes besides results, such as `frames`.
        default_model: Model that is used where none is named.
        supported_models: Models that it knows.
        notes: Sentences for whoever uses it.
    """

    description: str = ""
    package: str = ""
    implementation_status: Literal["scaffold", "experimental", "beta", "stable"] = "experimental"
    is_local: bool = True
    deterministic: bool = False
    requires_credentials: bool = False
    supported_modalities: tuple[str, ...] = ()
    artifact_types: tuple[str, ...] = ()
    default_model: str | None = None
    supported_models: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The profile as a JSON object."""
        values = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


@dataclass(frozen=True, slots=True)
class ProviderHealth:
    """Whether a provider can work now.

    Attributes:
        healthy: Whether it can.
        detail: Why not, or what was checked; no values of variables.
        latency_ms: How long the check took; None where nothing was asked.
    """

    healthy: bool
    detail: str
    latency_ms: float | None = None


@dataclass(frozen=True, slots=True)
class LifecycleResult:
    """What became of a step of a provider's life.

    Attributes:
        status: `no-op` where there was nothing to do.
        detail: A sentence.
    """

    status: Literal["no-op", "ready", "skipped", "failed", "teardown-failed"]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Requirement:
    """Environment variables of which one must be set: a name and its aliases."""

    any_of: tuple[str, ...] = field(default_factory=tuple)

    def is_met(self) -> bool:
        """Whether one is set to something that is not blank."""
        return any(os.environ.get(name, "").strip() for name in self.any_of)


class BaseProvider:
    """Base class of providers.

    A subclass names itself and its capabilities, and overrides the methods of those capabilities. Every other method
    refuses. Inputs are never changed. A provider does not say that a call succeeded or failed: whoever observes the
    call does. What happens within a call (a retry, a poll) it says through `worldforge.providers.observed.emit`.

    Example:
        >>> class Constant(BaseProvider):
        ...     name = "constant"
        ...     capabilities = ProviderCapabilities(embed=True)
        ...
        ...     def embed(self, *, text: str) -> EmbeddingResult:
        ...         return EmbeddingResult(self.name, "constant-v1", (float(len(text)),))
        >>> Constant().embed(text="cube").vector
        (4.0,)
    """

    name: str = ""
    capabilities: ProviderCapabilities = ProviderCapabilities()
    profile_spec: ProviderProfileSpec = ProviderProfileSpec()
    requirements: tuple[Requirement, ...] = ()
    runtime_manifest: str | None = None
    """Reference of the manifest that describes the runtime, such as `mock:schema-1`."""

    def __init__(self, *, event_handler: EventHandler | None = None) -> None:
        self.event_handler = event_handler

    def predict(self, world_state: dict[str, Any], action: Action, steps: int = 1) -> PredictionPayload:
        """See `worldforge.capabilities.Predictor`."""
        self._refuse("predict")

    def embed(self, *, text: str) -> EmbeddingResult:
        """See `worldforge.capabilities.Embedder`."""
        self._refuse("embed")

    def score_actions(self, *, info: dict[str, Any], action_candidates: Any) -> ActionScoreResult:
        """See `worldforge.capabilities.Cost`."""
        self._refuse("score")

    def select_actions(self, *, info: dict[str, Any]) -> ActionPolicyResult:
        """See `worldforge.capabilities.Policy`."""
        self._refuse("policy")

    def plan(self, *, observation: dict[str, Any], goal: dict[str, Any]) -> ActionPolicyResult:
        """See `worldforge.capabilities.Planner`."""
        self._refuse("plan")

    def configured(self) -> bool:
        """Whether everything that the provider needs from the environment is set."""
        return all(requirement.is_met() for requirement in self.requirements)

    def health(self) -> ProviderHealth:
        """Whether the provider can work now; it changes nothing and costs nothing."""
        missing = [" or ".join(each.any_of) for each in self.requirements if not each.is_met()]
        if missing:
            return ProviderHealth(False, f"missing {', '.join(missing)}")
        return ProviderHealth(True, "configured")

    def config_summary(self) -> dict[str, bool]:
        """Which variables are set; never their values."""
        return {
            name: bool(os.environ.get(name, "").strip())
            for requirement in self.requirements
            for name in requirement.any_of
        }

    def preflight(self) -> LifecycleResult:
        """Check, without loading anything large, that `warmup` could work."""
        return LifecycleResult("no-op")

    def warmup(self) -> LifecycleResult:
        """Load what the first call would have to load."""
        return LifecycleResult("no-op")

    def teardown(self) -> LifecycleResult:
        """Let go of what `warmup` loaded."""
        return LifecycleResult("no-op")

    def _refuse(self, capability: Capability) -> NoReturn:
        raise unsupported(self.name, capability, self.capabilities.names())


def unsupported(provider: str, capability: Capability, advertised: Sequence[Capability]) -> CapabilityError:
    """The error for a capability that a provider does not have."""
    return CapabilityError(
        f"the provider {provider!r} does not have the capability {capability!r}",
        code="capability.unsupported",
        hint=f"It has: {', '.join(advertised) or 'none'}. A provider that has it overrides {METHODS[capability]}().",
    )
