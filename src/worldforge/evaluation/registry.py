"""Where suites are found by name: those of this package, those registered in this process, entry points of others."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from worldforge.errors import WorldForgeError
from worldforge.values.json_values import require_text

if TYPE_CHECKING:
    from worldbase.plugins import Registry

GROUP: Final = "worldforge.suites"
BUILTINS: Final = {
    "physics": "worldforge.evaluation.builtin.physics:suite",
    "planning": "worldforge.evaluation.builtin.planning:suite",
}


class UnknownSuiteError(WorldForgeError):
    """No suite of this name is known."""

    default_exit_code = 2


Factory: TypeAlias = Callable[[], Any]

_REGISTERED: Final[dict[str, Factory]] = {}


def builtin(name: str) -> Any:
    """What makes a suite of this package.

    Raises:
        UnknownSuiteError: `suite.unknown`.
    """
    if name not in BUILTINS:
        raise unknown(name, tuple(BUILTINS))
    module, _, attribute = BUILTINS[name].partition(":")
    return getattr(importlib.import_module(module), attribute)


def register(name: str, factory: Factory, *, replace: bool = False) -> None:
    """Make a suite known by a name in this process.

    Raises:
        WorldForgeError: `suite.name_taken`, always for the name of a suite that comes with the package;
            `suite.factory`.
    """
    require_text(name, "a suite's name")
    if name in BUILTINS or (name in _REGISTERED and not replace):
        raise WorldForgeError(
            f"a suite is already called {name!r}",
            code="suite.name_taken",
            hint="Choose another name; replace=True replaces a suite that was registered, never a built-in one.",
        )
    if not callable(factory):
        raise WorldForgeError(
            f"the factory of {name!r} cannot be called",
            code="suite.factory",
            hint="Give a function without arguments that returns an EvaluationSuite, such as `lambda: suite`.",
        )
    _REGISTERED[name] = factory


def unregister(name: str) -> None:
    """Forget a registered suite; one that is not registered is forgotten already."""
    _REGISTERED.pop(name, None)


def registered_names() -> tuple[str, ...]:
    """Names registered in this process, in order."""
    return tuple(sorted(_REGISTERED))


def registered(name: str) -> Any:
    """What makes a suite that was registered; or a suite, or what makes one, of another package.

    Entry points are read only for a name that is not registered in this process.

    Raises:
        UnknownSuiteError: `suite.unknown`.
        EnvironmentMissingError: `suite.broken` where the other package cannot be loaded.
    """
    if name in _REGISTERED:
        return _REGISTERED[name]
    outside = _outside()
    if name in BUILTINS or name not in outside.names():
        raise unknown(name, (*registered_names(), *outside.names()))
    return outside.get(name)


def known_names() -> tuple[str, ...]:
    """Every name, without importing what stands behind it: built in, registered, of other packages."""
    return tuple(dict.fromkeys((*BUILTINS, *registered_names(), *_outside().names())))


def unknown(name: str, known: Sequence[str]) -> WorldForgeError:
    """The error of a name that no suite has, with the nearest that one has."""
    import difflib

    nearest = difflib.get_close_matches(name, (*known, *BUILTINS), n=1, cutoff=0.5)
    advice = f"Did you mean {nearest[0]!r}? " if nearest else ""
    if nearest and nearest[0] == name:
        advice = "It is built in: from_builtin makes it. "
    return UnknownSuiteError(
        f"no suite is called {name!r:.60}",
        code="suite.unknown",
        hint=f"{advice}Known: {', '.join(known) or 'none'}.",
    )


def _outside() -> Registry[Any]:
    from worldbase.plugins import Registry

    return Registry(GROUP, "suite", object)
