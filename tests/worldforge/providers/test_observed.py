"""Whoever watches sees the calls of his own thread, and changes nothing by watching."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from worldbase import identifier
from worldforge.errors import ProviderError, WorldForgeError
from worldforge.providers import observed as observing_module
from worldforge.providers.contract import BaseProvider
from worldforge.providers.observed import (
    current_request_id,
    current_sinks,
    emit,
    guarded,
    observed,
    observing,
)
from worldforge.values import ProviderEvent


class Quiet(BaseProvider):
    name = "quiet"


@pytest.fixture
def quiet() -> Quiet:
    return Quiet()


def fail(error: BaseException) -> Callable[[], None]:
    def call() -> None:
        raise error

    return call


def test_a_call_that_succeeds_is_one_event_with_a_duration(quiet: Quiet) -> None:
    seen: list[ProviderEvent] = []
    with observing(seen.append):
        assert observed(quiet, "embed", lambda: 7) == 7
    (event,) = seen
    assert (event.provider, event.operation, event.phase) == ("quiet", "embed", "success")
    assert event.duration_ms is not None
    assert event.duration_ms >= 0
    assert event.request_id is not None
    assert event.request_id.startswith("req_")


def test_what_happens_within_a_call_carries_its_request_id(quiet: Quiet) -> None:
    seen: list[ProviderEvent] = []
    with observing(seen.append):
        observed(quiet, "embed", lambda: emit(quiet, "embed", "retry", max_attempts=2))
        observed(quiet, "embed", lambda: None)
    retry, first, second = (event.request_id for event in seen)
    assert retry == first != second
    assert current_request_id() is None


def test_an_inner_call_has_an_id_of_its_own(quiet: Quiet) -> None:
    ids: list[str | None] = []

    def outer() -> None:
        ids.append(current_request_id())
        observed(quiet, "embed", lambda: ids.append(current_request_id()))
        ids.append(current_request_id())

    observed(quiet, "plan", outer)
    assert ids[0] == ids[2] != ids[1]


@pytest.mark.parametrize("error", [RuntimeError("no"), KeyError("no"), SystemExit(3), OSError("no")], ids=repr)
def test_any_error_of_a_provider_becomes_one_of_ours(quiet: Quiet, error: BaseException) -> None:
    seen: list[ProviderEvent] = []
    with observing(seen.append), pytest.raises(ProviderError) as caught:
        observed(quiet, "embed", fail(error))
    assert (caught.value.code, caught.value.exit_code) == ("provider.failed", 4)
    assert caught.value.__cause__ is error
    assert [event.phase for event in seen] == ["failure"]
    assert type(error).__name__ in (seen[0].message or "")


def test_an_error_of_ours_stays_what_it_is(quiet: Quiet) -> None:
    error = WorldForgeError("no", code="value.not_text")
    with pytest.raises(WorldForgeError) as caught:
        observed(quiet, "embed", fail(error))
    assert caught.value is error


def test_an_interrupt_is_nobodys_failure(quiet: Quiet) -> None:
    seen: list[ProviderEvent] = []
    with observing(seen.append), pytest.raises(KeyboardInterrupt):
        observed(quiet, "embed", fail(KeyboardInterrupt()))
    assert seen == []
    assert current_request_id() is None


def test_the_message_of_a_foreign_error_is_redacted_and_cut(quiet: Quiet) -> None:
    with pytest.raises(ProviderError) as caught:
        guarded(quiet, "embed", fail(RuntimeError("cannot open /home/ada/ckpt.pt: " + "x" * 5000)))
    assert "/home/ada" not in caught.value.message
    assert len(caught.value.message) < 400


def test_two_threads_over_one_provider_see_their_own_events(quiet: Quiet) -> None:
    together = threading.Barrier(2)
    seen: dict[str, list[ProviderEvent]] = {"a": [], "b": []}

    def work(which: str) -> None:
        with observing(seen[which].append):
            for _ in range(50):
                together.wait(10)
                observed(quiet, which, lambda: emit(quiet, which, "poll"))

    threads = [threading.Thread(target=work, args=(which,)) for which in seen]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert {which: len(events) for which, events in seen.items()} == {"a": 100, "b": 100}
    assert all(event.operation == which for which, events in seen.items() for event in events)
    assert quiet.event_handler is None


def test_a_sink_within_a_sink_hides_none(quiet: Quiet) -> None:
    outer: list[ProviderEvent] = []
    inner: list[ProviderEvent] = []
    with observing(outer.append):
        with observing(inner.append):
            emit(quiet, "embed", "poll")
        emit(quiet, "embed", "poll")
    assert (len(outer), len(inner)) == (2, 1)
    assert current_sinks() == ()


def test_the_handler_of_a_provider_hears_too() -> None:
    heard: list[ProviderEvent] = []
    seen: list[ProviderEvent] = []
    loud = Quiet(event_handler=heard.append)
    with observing(seen.append):
        observed(loud, "embed", lambda: None)
    assert heard == seen != []


def test_a_sink_that_fails_does_not_change_the_call(quiet: Quiet) -> None:
    seen: list[ProviderEvent] = []

    def broken(event: ProviderEvent) -> None:
        raise RuntimeError("full")

    with observing(broken), observing(seen.append), pytest.warns(RuntimeWarning, match="RuntimeError: full"):
        assert observed(quiet, "embed", lambda: 7) == 7
    assert len(seen) == 1


def test_nothing_is_made_where_nobody_watches(quiet: Quiet, monkeypatch: pytest.MonkeyPatch) -> None:
    def unwanted(*_: object, **__: object) -> str:
        raise AssertionError("made for nobody")

    monkeypatch.setattr(identifier, "new", unwanted)
    monkeypatch.setattr(observing_module, "ProviderEvent", unwanted)
    observed(quiet, "embed", lambda: emit(quiet, "embed", "retry"))
