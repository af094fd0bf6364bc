"""`WorldForge`: one place to reach providers, by name and capability."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from worldforge.capabilities.names import Capability
from worldforge.forge import diagnosis
from worldforge.forge.diagnosis import Doctor, ProviderHealths, ProviderInfo
from worldforge.forge.enrolment import Enrolled, Enrolment
from worldforge.forge.world import World
from worldforge.providers import requests
from worldforge.providers.contract import BaseProvider, ProviderHealth, ProviderProfileSpec, unsupported
from worldforge.providers.implementations import checked_result, provider_of
from worldforge.providers.observed import observed, observing
from worldforge.providers.registry import OutsideProviders, entry_points_wanted
from worldforge.values import (
    Action,
    ActionPolicyResult,
    ActionScoreResult,
    EmbeddingResult,
    EventHandler,
    PredictionPayload,
)

if TYPE_CHECKING:
    from worldforge.forge.persistence import WorldStore

R = TypeVar("R")

DEFAULT_STATE_DIR: Final = ".worldforge/worlds"


class WorldForge:
    """Providers by name and capability, and the worlds that they work on.

    Making one costs nothing: no folder is made, no plugin is imported, no provider is asked anything.

    Args:
        state_dir: Folder for worlds; it is made when the first world is saved.
        auto_register_remote: Whether providers of other packages that work elsewhere than on this machine are taken
            where they are configured; one that is asked for by name is always taken.
        event_handler: Hears of every event, of providers that have no handler of their own.
        discover_entry_points: Whether providers of other packages are looked for; None means unless
            `WORLDFORGE_DISABLE_ENTRY_POINTS` is set.

    Example:
        >>> forge = WorldForge()
        >>> len(forge.embed("mock", text="cube").vector)
        32
    """

    def __init__(
        self,
        state_dir: str | Path = DEFAULT_STATE_DIR,
        *,
        auto_register_remote: bool = True,
        event_handler: EventHandler | None = None,
        discover_entry_points: bool | None = None,
    ) -> None:
        wanted = entry_points_wanted(discover_entry_points)
        self._event_handler = event_handler
        self._state_dir = Path(state_dir)
        self._enrolment = Enrolment(
            event_handler=event_handler,
            auto_register_remote=auto_register_remote,
            outside=OutsideProviders(event_handler=event_handler) if wanted else None,
        )

    def providers(self) -> tuple[str, ...]:
        """Names of the providers that can be asked: of this package, of other packages, of the program."""
        return self._enrolment.names()

    def capabilities_of(self, provider: str) -> tuple[Capability, ...]:
        """What a provider can do.

        Raises:
            UnknownProviderError: `provider.unknown`.
            ProviderError: `provider.broken` or `provider.not_configured`.
        """
        return self._enrolment.get(provider).capabilities()

    def implementation(self, provider: str | BaseProvider, capability: Capability) -> BaseProvider:
        """Who answers for a capability of a provider.

        Args:
            provider: A name, or a provider itself, registered or not.
            capability: Which one.

        Raises:
            UnknownProviderError: `provider.unknown`.
            CapabilityError: `capability.unsupported`.
            ProviderError: `provider.broken` or `provider.not_configured`.
        """
        if isinstance(provider, BaseProvider):
            if not provider.capabilities.supports(capability):
                raise unsupported(provider.name, capability, provider.capabilities.names())
            return provider
        entry = self._enrolment.get(provider)
        if capability not in entry.parts:
            raise unsupported(entry.name, capability, entry.capabilities())
        return entry.parts[capability]

    def register_provider(self, provider: BaseProvider, *, replace: bool = False) -> None:
        """Register a provider for the capabilities that it advertises.

        Raises:
            WorldForgeError: `provider.exists` or `provider.name`.
        """
        self._enrolment.add(provider, replace=replace)

    def register(self, implementation: Any, *, replace: bool = False) -> None:
        """Register a provider, a `RunnableModel`, or an object with the method of at least one capability.

        Raises:
            WorldForgeError: `provider.not_an_implementation`, `provider.exists` or `provider.name`.
        """
        self._register(implementation, None, replace)

    def register_predictor(self, predictor: Any, *, replace: bool = False) -> None:
        """Register an object for `predict` alone; raises what `register` does."""
        self._register(predictor, "predict", replace)

    def register_embedder(self, embedder: Any, *, replace: bool = False) -> None:
        """Register an object for `embed` alone; raises what `register` does."""
        self._register(embedder, "embed", replace)

    def register_cost(self, cost: Any, *, replace: bool = False) -> None:
        """Register an object for `score` alone; raises what `register` does."""
        self._register(cost, "score", replace)

    def register_policy(self, policy: Any, *, replace: bool = False) -> None:
        """Register an object for `policy` alone; raises what `register` does."""
        self._register(policy, "policy", replace)

    def register_planner(self, planner: Any, *, replace: bool = False) -> None:
        """Register an object for `plan` alone; raises what `register` does."""
        self._register(planner, "plan", replace)

    def predict(
        self, world_state: dict[str, Any], action: Action, steps: int = 1, provider: str | BaseProvider = "mock"
    ) -> PredictionPayload:
        """Ask a world model for the state after `steps` steps of an action; see `worldforge.capabilities.Predictor`.

        Raises:
            WorldForgeError: The input cannot be used.
            CapabilityError: `capability.unsupported`.
            ProviderError: The provider is unknown, not configured, or failed.
        """
        requests.check_prediction(world_state, action, steps)
        return self._asked(provider, "predict", lambda asked: asked.predict(world_state, action, steps))

    def embed(self, provider: str | BaseProvider, *, text: str) -> EmbeddingResult:
        """Ask for the vector of a text; raises what `predict` does."""
        requests.check_embedding(text)
        return self._asked(provider, "embed", lambda asked: asked.embed(text=text))

    def score_actions(
        self, provider: str | BaseProvider, *, info: dict[str, Any], action_candidates: Any
    ) -> ActionScoreResult:
        """Ask for the score of each candidate; raises what `predict` does."""
        requests.check_scoring(info, action_candidates)
        return self._asked(
            provider, "score", lambda asked: asked.score_actions(info=info, action_candidates=action_candidates)
        )

    def select_actions(self, provider: str | BaseProvider, *, info: dict[str, Any]) -> ActionPolicyResult:
        """Ask a policy for actions; raises what `predict` does."""
        requests.check_selection(info)
        return self._asked(provider, "policy", lambda asked: asked.select_actions(info=info))

    def plan(
        self, provider: str | BaseProvider, *, observation: dict[str, Any], goal: dict[str, Any]
    ) -> ActionPolicyResult:
        """Ask a planner for actions that lead to a goal; raises what `predict` does."""
        requests.check_plan(observation, goal)
        return self._asked(provider, "plan", lambda asked: asked.plan(observation=observation, goal=goal))

    def provider_profile(self, provider: str) -> ProviderProfileSpec:
        """What a provider says of itself, configured or not."""
        return self._entry(provider).whole.profile_spec

    def provider_info(self, provider: str) -> ProviderInfo:
        """Everything that can be said of a provider without asking it to work, configured or not."""
        return diagnosis.info(self._entry(provider))

    def provider_health(self, provider: str) -> ProviderHealth:
        """Whether a provider can work now."""
        return diagnosis.health(self._entry(provider).whole)

    def provider_config_summary(self, provider: str) -> dict[str, bool]:
        """Which of a provider's variables are set."""
        return self._entry(provider).whole.config_summary()

    def provider_healths(self, capability: str | None = None) -> ProviderHealths:
        """The health of every registered provider, or of those with a capability."""
        return diagnosis.healths(self._enrolment, capability)

    def doctor(self, *, registered_only: bool = False, capability: str | None = None) -> Doctor:
        """What is registered, what is missing and what is broken.

        Args:
            registered_only: Leave out what cannot be asked now.
            capability: Leave out what does not have it.
        """
        return diagnosis.examine(self._enrolment, registered_only=registered_only, capability=capability)

    def create_world(self, name: str, *, provider: str = "mock", description: str = "") -> World:
        """Make an empty world and keep it."""
        return self._worlds.create(name, provider=provider, description=description)

    def save_world(self, world: World) -> World:
        """Keep a world; see `WorldStore.save`."""
        return self._worlds.save(world)

    def load_world(self, world_id: str) -> World:
        """Read a world; see `WorldStore.load`."""
        return self._worlds.load(world_id)

    def update_world(self, world_id: str, change: Callable[[World], World]) -> World:
        """Change a world while nobody else can; see `WorldStore.update`."""
        return self._worlds.update(world_id, change)

    def list_worlds(self) -> list[str]:
        """Ids of the worlds that are kept."""
        return self._worlds.ids()

    def delete_world(self, world_id: str) -> None:
        """Remove a world; see `WorldStore.delete`."""
        self._worlds.delete(world_id)

    @cached_property
    def _worlds(self) -> WorldStore:
        # Not at the top: a benchmark keeps no worlds.
        from worldforge.forge.persistence import WorldStore

        return WorldStore(self._state_dir)

    def _register(self, implementation: Any, capability: Capability | None, replace: bool) -> None:
        self._enrolment.add(provider_of(implementation, capability), replace=replace)

    def _entry(self, provider: str) -> Enrolled:
        return self._enrolment.find(provider) or self._enrolment.get(provider)

    def _asked(self, provider: str | BaseProvider, capability: Capability, call: Callable[[BaseProvider], R]) -> R:
        asked = self.implementation(provider, capability)
        # A handler that the provider was made with is its own; only one without is heard through the forge's.
        handler = self._event_handler if asked.event_handler is None else None
        with nullcontext() if handler is None else observing(handler):
            return observed(asked, capability, lambda: checked_result(asked.name, capability, call(asked)))
