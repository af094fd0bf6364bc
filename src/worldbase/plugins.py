"""Things that can be added from outside: a lazy registry over entry points.

Builtins register through the same entry points as outsiders. Listing never imports a plugin; a broken one is reported
by name and skipped, unless it is the one that was asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, NamedTuple, TypeVar

from worldbase.errors import EnvironmentMissingError, UsageError

T = TypeVar("T")


class BrokenPlugin(NamedTuple):
    """A plugin that could not be loaded, and why."""

    name: str
    origin: str
    reason: str


class Registry(Generic[T]):
    """Plugins of one kind.

    Args:
        group: Entry point group, such as `worldflux.sources`.
        noun: What one plugin is called in messages, such as `source`.
        base: Class that every plugin object is an instance of.
    """

    def __init__(self, group: str, noun: str, base: type[T]) -> None:
        self.group = group
        self.noun = noun
        self._base = base

    @cached_property
    def _entries(self) -> dict[str, list[EntryPoint]]:
        entries: dict[str, list[EntryPoint]] = {}
        for entry in sorted(entry_points(group=self.group), key=lambda entry: (entry.name, entry.value)):
            entries.setdefault(entry.name, []).append(entry)
        return entries

    def names(self) -> tuple[str, ...]:
        """Names of all registered plugins, without importing any."""
        return tuple(self._entries)

    def get(self, name: str) -> T:
        """Load the plugin of this name.

        Raises:
            UsageError: `<noun>.unknown`, with the nearest known name.
            EnvironmentMissingError: `<noun>.broken` where it is registered but cannot be loaded.
        """
        if name not in self._entries:
            import difflib

            nearest = difflib.get_close_matches(name, self.names(), n=1, cutoff=0.5)
            advice = f"Did you mean {nearest[0]!r}? " if nearest else ""
            raise UsageError(
                f"no {self.noun} is called {name!r}",
                code=f"{self.noun}.unknown",
                hint=f"{advice}Known: {', '.join(self.names())}.",
            )
        plugin = self.load(name)
        if isinstance(plugin, BrokenPlugin):
            raise EnvironmentMissingError(
                f"the {self.noun} {name!r} of {plugin.origin} cannot be loaded: {plugin.reason}",
                code=f"{self.noun}.broken",
                hint=f"Install what it needs, or remove {plugin.origin}.",
            )
        return plugin

    def all(self) -> Iterator[tuple[str, T | BrokenPlugin]]:
        """Load every plugin; a broken one comes as a `BrokenPlugin` and hides no other."""
        for name in self._entries:
            yield name, self.load(name)

    def load(self, name: str) -> T | BrokenPlugin:
        """Load the plugin of a name that is registered, or say why that is not possible."""
        entry, *others = self._entries[name]
        origin = entry.dist.name if entry.dist else entry.value
        if rivals := [other for other in others if other.value != entry.value]:
            # Taking either would let a package put itself in the place of another, a builtin included.
            claimants = ", ".join(sorted(rival.dist.name if rival.dist else rival.value for rival in rivals))
            return BrokenPlugin(name, origin, f"{claimants} registers the same name")
        try:
            plugin = entry.load()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - foreign code may raise anything; it is reported
            return BrokenPlugin(entry.name, origin, f"{type(error).__name__}: {error}")
        if not isinstance(plugin, self._base):
            return BrokenPlugin(entry.name, origin, f"{entry.value} is not a {self._base.__name__}")
        return plugin
