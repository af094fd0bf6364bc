"""Providers that do to the harness whatever they can: it measures on, in bounded memory, and mixes nothing up."""

from __future__ import annotations

import asyncio
import itertools
import threading
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from tests.worldforge.benchmark.fakes import FakeClock, Scripted, forever, harness_over, measured, returns, takes
from worldforge import BenchmarkInputs, EmbeddingResult, ProviderBenchmarkHarness, ProviderEvent, WorldForge
from worldforge.benchmark.report import BenchmarkReport
from worldforge.providers import BaseProvider, ProviderCapabilities
from worldforge.providers.observed import current_sinks, emit, observing


class UnspeakableError(Exception):
    """Cannot say what it is."""

    def __str__(self) -> str:
        raise SystemExit(9)


class HugeError(Exception):
    def __str__(self) -> str:
        return "password=hunter2hunter2 " * 100_000


class Liar(EmbeddingResult):
    """Falls over when it is looked at, once it is made."""

    is_made = False

    def __getattribute__(self, name: str) -> Any:
        if name == "vector" and Liar.is_made:
            raise MemoryError("no vector for you")
        return super().__getattribute__(name)


def fails_with(make: Callable[[], BaseException]) -> Callable[[Scripted], Any]:
    def step(_: Scripted) -> Any:
        raise make()

    return step


@pytest.mark.parametrize(
    "make",
    [
        UnspeakableError,
        HugeError,
        asyncio.CancelledError,
        StopIteration,
        GeneratorExit,
        lambda: SystemExit("bye"),
        lambda: RecursionError("deep"),
        lambda: ExceptionGroup("many", [ValueError("a"), TypeError("b")]),
        lambda: UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad \ud800"),
        lambda: type("x" * 10_000, (BaseException,), {})("odd"),
    ],
    ids=["unspeakable", "huge", "cancelled", "stop", "generator", "exit", "deep", "group", "surrogate", "long-name"],
)
@pytest.mark.parametrize("concurrency", [1, 3])
def test_nothing_that_is_raised_ends_the_run(make: Callable[[], BaseException], concurrency: int) -> None:
    result = measured(itertools.chain([fails_with(make)] * 3, forever(takes(1))), 9, concurrency=concurrency)
    assert (result.success_count, result.error_count) == (6, 3)
    assert len(result.error_kinds or {}) == 1
    for message in result.errors:
        assert len(message) < 400
        assert "hunter2" not in message


def test_kinds_without_end_end() -> None:
    numbers = itertools.count()

    def another() -> BaseException:
        return type(f"Kind{next(numbers)}", (Exception,), {})()  # type: ignore[no-any-return]

    result = measured(forever(fails_with(another)), 500)
    assert len(result.error_kinds or {}) <= 51
    assert sum((result.error_kinds or {}).values()) == result.error_count == 500


@pytest.mark.parametrize(
    "value",
    [
        None,
        float("nan"),
        object(),
        {"vector": [1.0]},
        EmbeddingResult,
        Liar("scripted", "m", (1.0,)),
    ],  # one that looks right
    ids=["none", "nan", "object", "dict", "class", "liar"],
)
def test_whatever_is_returned_is_an_error_and_not_a_latency(value: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Liar, "is_made", True)
    result = measured(forever(returns(value)), 4)
    assert (result.success_count, result.error_kinds) == (0, {"InvalidResult": 4})
    assert result.p50_latency_ms is None


def floods(events: int) -> Callable[[Scripted], EmbeddingResult]:
    """A step that says a lot, under ever new names."""
    numbers = itertools.count()

    def step(provider: Scripted) -> EmbeddingResult:
        for _ in range(events):
            emit(provider, f"step-{next(numbers)}", "retry", message="again " * 20)
        return provider.vector()

    return step


def test_a_flood_of_events_is_counted_in_a_bounded_number_of_rows() -> None:
    result = measured(forever(floods(2000)), 3)
    rows = result.operation_metrics.events
    assert len(rows) <= 102
    assert result.retry_count == sum(row.retry_count for row in rows) == 6000
    assert sum(row.request_count for row in rows) == 6003
    assert [(row.provider, row.operation) for row in rows].count(("others", "others")) == 1


def test_a_flood_of_events_stays_in_bounded_memory_and_reaches_its_listener() -> None:
    heard = itertools.count()

    def listen(_: ProviderEvent) -> None:
        next(heard)

    measured(forever(floods(10)), 1, on_event=listen)  # what is made once, is made before
    tracemalloc.start()
    measured(forever(floods(20_000)), 1, on_event=listen)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert next(heard) == 20_010
    assert peak < 6_000_000  # 20,000 events would take more than 20 MB


def test_names_in_events_are_redacted() -> None:
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"

    def step(provider: Scripted) -> EmbeddingResult:
        emit(provider, f"fetch {secret} from /home/alice/models", "retry")
        return provider.vector()

    text = repr(measured(forever(step), 2).operation_metrics)
    assert secret not in text
    assert "alice" not in text


class Threaded(BaseProvider):
    """Works in threads of its own, which see nobody's sinks unless it hands them on, and leaves them behind."""

    name = "threaded"
    capabilities = ProviderCapabilities(embed=True)

    def __init__(self, release: threading.Event) -> None:
        super().__init__()
        self._release = release

    def embed(self, *, text: str) -> EmbeddingResult:
        sinks, said = current_sinks(), threading.Event()

        def work() -> None:
            emit(self, "unseen", "retry")
            with observing(sinks[-1]):
                emit(self, "seen", "retry")
            said.set()
            self._release.wait()
            with observing(sinks[-1]):
                emit(self, "too-late", "retry")

        threading.Thread(target=work, daemon=True).start()
        assert said.wait(30)
        return EmbeddingResult(self.name, "m", (1.0,))


def test_threads_of_a_provider_are_heard_while_the_operation_runs_and_not_afterwards() -> None:
    release = threading.Event()
    clock = FakeClock()
    report = harness_over(Threaded(release), clock=clock).run("threaded", iterations=3, warmup=0)
    before = report.to_json()
    release.set()
    counted = {row.operation: row.request_count for row in report.results[0].operation_metrics.events}
    assert counted == {"embed": 3, "seen": 3}
    assert report.to_json() == before


class Talker(BaseProvider):
    """Says one thing in each call, and meets the other run's calls in the middle of them."""

    name = "talker"
    capabilities = ProviderCapabilities(embed=True)

    def __init__(self, meeting: threading.Barrier) -> None:
        super().__init__()
        self._meeting = meeting

    def embed(self, *, text: str) -> EmbeddingResult:
        self._meeting.wait(30)
        emit(self, text, "retry")
        self._meeting.wait(30)
        return EmbeddingResult(self.name, "m", (1.0,))


@pytest.mark.parametrize("timeout", [None, 60.0], ids=["serial", "watched"])
def test_two_harnesses_on_one_forge_see_only_their_own_events(timeout: float | None) -> None:
    forge = WorldForge(discover_entry_points=False)
    talker = Talker(threading.Barrier(2))
    forge.register_provider(talker)
    handler_before = talker.event_handler
    reports: dict[str, BenchmarkReport] = {}

    def run(text: str) -> None:
        harness = ProviderBenchmarkHarness(forge=forge)
        inputs = BenchmarkInputs(embedding_text=text)
        reports[text] = harness.run("talker", ["embed"], 50, inputs=inputs, warmup=1, timeout=timeout)

    threads = [threading.Thread(target=run, args=(text,)) for text in ("left", "right")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for text in ("left", "right"):
        rows = reports[text].results[0].operation_metrics.events
        assert {row.operation: row.request_count for row in rows} == {"embed": 50, text: 50}
        assert reports[text].results[0].success_count == 50
    assert talker.event_handler is handler_before
    assert current_sinks() == ()


def test_no_sink_is_left_behind_when_a_run_breaks_off() -> None:
    def fails(_: object) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        measured(forever(takes(1)), 3, on_sample=fails)
    assert current_sinks() == ()


def test_a_listener_of_events_that_fails_in_a_call_does_not_change_its_outcome() -> None:
    def fails(_: ProviderEvent) -> None:
        raise LookupError("full")

    with pytest.raises(LookupError):
        measured(forever(floods(1)), 3, on_event=fails)
    with pytest.warns(RuntimeWarning, match="a handler of events failed"), pytest.raises(LookupError):
        measured(forever(floods(3000)), 3, on_event=fails)


def test_a_provider_with_a_handler_of_its_own_keeps_it() -> None:
    heard: list[str] = []
    clock = FakeClock()
    provider = Scripted(forever(floods(1)), clock)
    provider.event_handler = handler = lambda event: heard.append(event.operation)
    harness_over(provider, clock=clock).run("scripted", iterations=2, warmup=1)
    assert provider.event_handler is handler
    assert heard == ["step-0", "step-1", "step-2"]
