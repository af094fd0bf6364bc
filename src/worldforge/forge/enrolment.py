"""Which providers a forge has: those of this package, those of entry points, and those that the program registered."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from worldforge.capabilities import CAPABILITIES
from worldforge.capabilities.names import Capability
from worldforge.errors import ProviderError, WorldForgeError
from worldforge.forge.suggestion import unknown_provider
from worldforge.providers.contract import BaseProvider
from worldforge.providers.observed import guarded
from worldforge.providers.registry import BUILTINS, OutsideProviders, SkippedEntry, make_builtin
from worldforge.providers.shape import name_fault
from worldforge.values import EventHandler
from worldforge.values.json_values import require_text

Origin: TypeAlias = Literal["builtin", "entry_point", "program"]


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A name, and who answers for it.

    Attributes:
        name: Name of the provider.
        origin: Where it comes from.
        parts: Capability -> provider; several where implementations were registered one by one under one name.
        whole: The provider that stands for the name.
    """

    name: str
    origin: Origin
    parts: dict[Capability, BaseProvider]
    whole: BaseProvider

    def capabilities(self) -> tuple[Capability, ...]:
        """What the name can do, in the order of `CAPABILITIES`."""
        return tuple(capability for capability in CAPABILITIES if capability in self.parts)


class Enrolment:
    """Providers by name. A name is looked for among those of the program, of this package, and of entry points.

    Registering is safe from several threads at once; who looks a name up sees a registration whole or not at all.

    Args:
        event_handler: Handed to every provider that is made here.
        auto_register_remote: Whether a provider of an entry point that works elsewhere than on this machine is taken
            where it is configured.
        outside: Providers of entry points; None for none.
    """

    def __init__(
        self, *, event_handler: EventHandler | None, auto_register_remote: bool, outside: OutsideProviders | None
    ) -> None:
        self._event_handler = event_handler
        self._auto_register_remote = auto_register_remote
        self._outside: Final = outside
        self._program: dict[str, Enrolled] = {}
        self._builtin: dict[str, Enrolled] = {}
        self._lock = threading.RLock()

    def names(self) -> tuple[str, ...]:
        """Names that can be asked now: of this package, of entry points, of the program, each in order."""
        own = [name for name in BUILTINS if is_ready(self._builtin_entry(name).whole)]
        outside = [name for name, made in self.outside() if isinstance(made, BaseProvider) and self._is_taken(made)]
        return tuple(dict.fromkeys([*own, *outside, *self._program]))

    def get(self, name: str) -> Enrolled:
        """Who answers for a name.

        Raises:
            UnknownProviderError: `provider.unknown`.
            ProviderError: `provider.broken` or `provider.not_configured`.
        """
        entry = self.find(name)
        if entry is None:
            raise unknown_provider(name, (*BUILTINS, *self._program, *self._outside_names()))
        if entry.origin != "program" and not guarded(entry.whole, "configured", entry.whole.configured):
            raise ProviderError(
                f"the provider {name!r} is not configured: {guarded(entry.whole, 'health', entry.whole.health).detail}",
                code="provider.not_configured",
                hint=f"See what it needs with `worldforge provider info {name}`.",
            )
        return entry

    def find(self, name: str) -> Enrolled | None:
        """Who answers for a name, configured or not; None where nobody does.

        Raises:
            ProviderError: `provider.broken`.
        """
        if name in self._program:
            return self._program[name]
        if name in BUILTINS:
            return self._builtin_entry(name)
        made = self._outside.get(name) if self._outside is not None else None
        return None if made is None else _enrolled(made, "entry_point")

    def outside(self) -> Iterator[tuple[str, BaseProvider | SkippedEntry]]:
        """Providers of entry points and those that are broken; those that the program replaced come too."""
        return iter(()) if self._outside is None else self._outside.all()

    def add(self, provider: BaseProvider, *, replace: bool = False) -> None:
        """Register a provider for its capabilities.

        A name that is registered already gets those capabilities in addition, unless it has one of them.

        Raises:
            WorldForgeError: `provider.exists`, or `provider.name` for one that no report may hold.
        """
        name = _require_name(provider.name)
        parts: dict[Capability, BaseProvider] = dict.fromkeys(provider.capabilities.names(), provider)
        with self._lock:
            before = self._program.get(name) or (self._builtin_entry(name) if name in BUILTINS else None)
            if before is None or replace:
                self._program[name] = Enrolled(name, "program", parts, provider)
                return
            if (shared := [each for each in before.parts if each in parts]) or not parts:
                raise WorldForgeError(
                    f"a provider {name!r} is registered already" + (f" for {', '.join(shared)}" if shared else ""),
                    code="provider.exists",
                    hint="Choose another name, or pass replace=True to put this one in its place.",
                )
            self._program[name] = Enrolled(name, "program", {**before.parts, **parts}, before.whole)

    def _builtin_entry(self, name: str) -> Enrolled:
        if name not in self._builtin:
            with self._lock:
                if name not in self._builtin:
                    self._builtin[name] = _enrolled(make_builtin(name, self._event_handler), "builtin")
        return self._builtin[name]

    def _is_taken(self, provider: BaseProvider) -> bool:
        return is_ready(provider) and (provider.profile_spec.is_local or self._auto_register_remote)

    def _outside_names(self) -> tuple[str, ...]:
        return () if self._outside is None else self._outside.names()


def _require_name(value: str) -> str:
    name = require_text(value, "the name of a provider")
    if fault := name_fault(name):
        raise WorldForgeError(
            f"a provider cannot be registered: {fault}",
            code="provider.name",
            hint="Name it after the model or the runtime, such as my-policy: reports show the name to everybody.",
        )
    return name


def is_ready(provider: BaseProvider) -> bool:
    """Whether a provider is configured; one that cannot say so is not."""
    try:
        return bool(guarded(provider, "configured", provider.configured))
    except ProviderError:
        return False


def _enrolled(provider: BaseProvider, origin: Origin) -> Enrolled:
    return Enrolled(provider.name, origin, dict.fromkeys(provider.capabilities.names(), provider), provider)
