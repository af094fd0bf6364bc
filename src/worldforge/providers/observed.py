"""Watching providers work, without touching them.

Who wants to see events opens an `observing` block: within it, and in no other thread or task, events go to its sink.
Two runs over one provider object see only their own events, since nothing of the provider is swapped.
"""

from __future__ import annotations

import itertools
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property
from typing import Any, Final, TypeVar

from worldbase.errors import WorldError
from worldbase.redact import redact_text
from worldforge.errors import ProviderError
from worldforge.providers.contract import BaseProvider
from worldforge.values import EventHandler, ProviderEvent

R = TypeVar("R")

_LONGEST_MESSAGE: Final = 300
_NUMBERS: Final = itertools.count(1)
_LOOKED_AT: Final = 4000
_CLASS_NAME: Final = type.__dict__["__name__"].__get__


class _Request:
    """One observed call. Its id is made when it is first asked for: most calls are watched by nobody."""

    @cached_property
    def id(self) -> str:
        # Unique in this process, which is what a log of events needs, and so plain that redaction has nothing to weigh.
        thousands, rest = divmod(next(_NUMBERS), 10_000)
        return f"req_{thousands:04d}_{rest:04d}"


_SINKS: Final[ContextVar[tuple[EventHandler, ...]]] = ContextVar("worldforge_event_sinks", default=())
_REQUEST: Final[ContextVar[_Request | None]] = ContextVar("worldforge_request", default=None)


@contextmanager
def observing(sink: EventHandler) -> Iterator[None]:
    """Send every event of this thread (or task) to a sink as well, for the length of the block."""
    token = _SINKS.set((*_SINKS.get(), sink))
    try:
        yield
    finally:
        _SINKS.reset(token)


def current_sinks() -> tuple[EventHandler, ...]:
    """Sinks of this thread; a provider that works in threads of its own opens `observing` there for each."""
    return _SINKS.get()


def current_request_id() -> str | None:
    """The id of the observed call that is under way, or None."""
    request = _REQUEST.get()
    return None if request is None else request.id


def is_watched(provider: BaseProvider) -> bool:
    """Whether anybody would see an event of this provider now."""
    return provider.event_handler is not None or bool(_SINKS.get())


def emit(provider: BaseProvider, operation: str, phase: str, **details: Any) -> None:
    """Say what happens within a call: a retry, a poll, a download. It costs next to nothing when nobody watches.

    Args:
        provider: The provider that works.
        operation: The capability, or a step of it.
        phase: Such as `retry`.
        **details: Other fields of `ProviderEvent`; `request_id` is filled in.
    """
    if not is_watched(provider):
        return
    details.setdefault("request_id", current_request_id())
    send(ProviderEvent(provider=provider.name, operation=operation, phase=phase, **details), provider.event_handler)


def send(event: ProviderEvent, handler: EventHandler | None = None) -> None:
    """Hand an event to the sinks of this thread and to a handler.

    One that raises does not change what becomes of the call that it watches; it is warned about.
    """
    for sink in _SINKS.get() if handler is None else (*_SINKS.get(), handler):
        try:
            sink(event)
        except Exception as error:  # noqa: BLE001 - whoever watches may fail; the call that is watched has not
            warnings.warn(f"a handler of events failed: {type(error).__name__}: {error}", RuntimeWarning, stacklevel=2)


def guarded(provider: BaseProvider, operation: str, call: Callable[[], R]) -> R:
    """Call into a provider, and let out no error but ours.

    Raises:
        ProviderError: `provider.failed` for whatever the provider raised that is no error of ours, `SystemExit`
            and cancellations included; its text is redacted and cut to 300 characters.
    """
    try:
        return call()
    except (WorldError, KeyboardInterrupt):
        raise
    except BaseException as error:  # a policy's runtime may call exit() where it should raise, or be cancelled
        raise ProviderError(
            f"the provider {provider.name!r} failed in {operation}: {told(error)}",
            code="provider.failed",
            hint="Call the provider's own runtime with the same input to see its traceback.",
        ) from error


def observed(provider: BaseProvider, operation: str, call: Callable[[], R]) -> R:
    """Make a call as `guarded` does, and say whether it succeeded and how long it took."""
    token = _REQUEST.set(_Request())
    begun = time.perf_counter_ns()
    try:
        result = guarded(provider, operation, call)
    except WorldError as error:
        _say(provider, operation, "failure", begun, error.message)
        raise
    else:
        _say(provider, operation, "success", begun, None)
        return result
    finally:
        _REQUEST.reset(token)


def told(error: BaseException) -> str:
    """The kind and the message of a foreign error, redacted and cut to 300 characters."""
    text = redact_text(f"{kind_of(error)}: {text_of(error)}"[:_LOOKED_AT])
    return text if len(text) <= _LONGEST_MESSAGE else text[: _LONGEST_MESSAGE - 1] + "…"


def kind_of(error: BaseException) -> str:
    """Name of a foreign error's class, whatever its metaclass would say."""
    name: str = _CLASS_NAME(type(error))
    return name


def text_of(error: BaseException) -> str:
    """The message of a foreign error, or that it has none that can be told."""
    try:
        return str(error)
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001 - a foreign error may do anything when it is asked what it is
        return "it cannot say what it is"


def _say(provider: BaseProvider, operation: str, phase: str, begun: int, message: str | None) -> None:
    if is_watched(provider):
        took = (time.perf_counter_ns() - begun) / 1e6
        emit(provider, operation, phase, duration_ms=took, message=message)
