"""Where providers are found: a table of those that come with this package, and entry points of others.

Entry points are read only when somebody asks for a name that the table does not have, or for all names: reading them
takes longer than a short benchmark.
"""

from __future__ import annotations

import importlib
import os
import threading
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from worldforge.errors import ProviderError
from worldforge.providers.contract import BaseProvider
from worldforge.providers.observed import told
from worldforge.providers.shape import fault_of
from worldforge.values import EventHandler

if TYPE_CHECKING:
    from worldbase.plugins import Registry

GROUP: Final = "worldforge.providers"
DISABLED_BY: Final = "WORLDFORGE_DISABLE_ENTRY_POINTS"

BUILTINS: Final = {
    "mock": "worldforge.providers.builtin.mock:MockProvider",
    "mujoco": "worldforge.providers.builtin.mujoco:MujocoProvider",
}

Factory: TypeAlias = Callable[..., Any]


class SkippedEntry(NamedTuple):
    """An entry point that gives no provider.

    Attributes:
        name: Name of the entry point.
        origin: Distribution that it comes from.
        reason: Why not.
    """

    name: str
    origin: str
    reason: str


def make_builtin(name: str, event_handler: EventHandler | None = None) -> BaseProvider:
    """Make a provider that comes with this package; nothing of its runtime is imported."""
    module, _, factory = BUILTINS[name].partition(":")
    made: BaseProvider = getattr(importlib.import_module(module), factory)(event_handler=event_handler)
    return made


def entry_points_wanted(asked: bool | None = None) -> bool:
    """Whether entry points are to be read: as asked, else unless `WORLDFORGE_DISABLE_ENTRY_POINTS` is set.

    The variable counts as set unless it is blank, `0`, `false` or `no`.
    """
    if asked is not None:
        return asked
    return os.environ.get(DISABLED_BY, "").strip().lower() in {"", "0", "false", "no"}


class OutsideProviders:
    """Providers of other packages, found by their entry points in the group `worldforge.providers`.

    An entry point names a subclass of `BaseProvider`, or a function that takes `event_handler` and returns a provider.
    The provider's own name has to be that of the entry point. One that is broken hides no other.

    Args:
        event_handler: Handed to every provider that is made.
    """

    def __init__(self, *, event_handler: EventHandler | None = None) -> None:
        self._event_handler = event_handler
        self._made: dict[str, BaseProvider | SkippedEntry] = {}
        self._lock = threading.RLock()

    def names(self) -> tuple[str, ...]:
        """Names of the entry points, without those of this package; nothing is imported."""
        return tuple(name for name in self._registry.names() if name not in BUILTINS)

    def get(self, name: str) -> BaseProvider | None:
        """Make the provider of this name, once; None where no entry point has it.

        Raises:
            ProviderError: `provider.broken`.
        """
        if name not in self.names():
            return None
        made = self._make(name)
        if isinstance(made, SkippedEntry):
            raise ProviderError(
                f"the provider {name!r} of {made.origin} cannot be used: {made.reason}",
                code="provider.broken",
                hint=f"Install what it needs, or remove {made.origin}.",
            )
        return made

    def all(self) -> Iterator[tuple[str, BaseProvider | SkippedEntry]]:
        """Make every provider; a broken one comes as a `SkippedEntry`, and so does one that takes a name of ours."""
        for name in self._registry.names():
            made = self._make(name)
            if name not in BUILTINS or isinstance(made, SkippedEntry):
                yield name, made

    @cached_property
    def _registry(self) -> Registry[Factory]:
        from worldbase.plugins import Registry

        return Registry(GROUP, "provider", Callable)  # type: ignore[arg-type]

    def _make(self, name: str) -> BaseProvider | SkippedEntry:
        with self._lock:
            if name not in self._made:
                self._made[name] = self._made_now(name)
            return self._made[name]

    def _made_now(self, name: str) -> BaseProvider | SkippedEntry:
        from worldbase.plugins import BrokenPlugin

        factory = self._registry.load(name)
        if isinstance(factory, BrokenPlugin):
            return SkippedEntry(*factory)
        origin = getattr(factory, "__module__", GROUP).partition(".")[0]
        try:
            provider = factory(event_handler=self._event_handler)
            fault = fault_of(provider)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - foreign code may raise anything; it is reported
            return SkippedEntry(name, origin, told(error))
        if fault is not None:
            return SkippedEntry(name, origin, fault)
        if provider.name != name:
            return SkippedEntry(name, origin, f"its provider calls itself {provider.name!r:.60}")
        made: BaseProvider = provider
        return made
