"""A call that hangs costs its own result, and after three of them the rest of its operation."""

from __future__ import annotations

import itertools
import signal
import threading
from collections.abc import Iterator

import pytest

from tests.worldforge.benchmark.fakes import FakeClock, Scripted, forever, harness_over, takes
from worldforge import EmbeddingResult
from worldforge.benchmark.harness import BenchmarkInterruptedError
from worldforge.benchmark.measuring.loads import MOST_ABANDONED
from worldforge.benchmark.measuring.recorder import BenchmarkSample

SHORT = 0.05
LONG = 20.0


@pytest.fixture
def released() -> Iterator[threading.Event]:
    """Lets go of every thread that hangs, when the test is over."""
    event = threading.Event()
    yield event
    event.set()


def hangs(until: threading.Event):  # type: ignore[no-untyped-def]
    def step(provider: Scripted) -> EmbeddingResult:
        until.wait()
        return provider.vector()

    return step


def test_after_three_calls_that_hang_the_rest_is_not_made(released: threading.Event) -> None:
    clock = FakeClock()
    provider = Scripted(forever(hangs(released)), clock)
    samples: list[BenchmarkSample] = []
    report = harness_over(provider, clock=clock).run(
        "scripted", iterations=10, timeout=SHORT, warmup=0, on_sample=samples.append
    )
    result = report.results[0]
    assert provider.calls == MOST_ABANDONED
    assert result.error_kinds == {"NotRun": 7, "TimeoutError": 3}
    assert (result.success_count, result.error_count, result.iterations) == (0, 10, 10)
    assert sorted(sample.iteration for sample in samples) == list(range(10))
    assert result.operation_metrics.events[0].call_count == 3


def test_warm_up_shares_the_patience(released: threading.Event) -> None:
    clock = FakeClock()
    provider = Scripted(forever(hangs(released)), clock)
    result = harness_over(provider, clock=clock).run("scripted", iterations=4, timeout=SHORT, warmup=5).results[0]
    assert provider.calls == MOST_ABANDONED
    assert result.warmup_error_count == 5
    assert result.error_kinds == {"NotRun": 4}


def test_the_next_operation_is_measured_all_the_same(released: threading.Event) -> None:
    clock = FakeClock()
    provider = Scripted(forever(hangs(released)), clock)
    harness = harness_over(provider, clock=clock)
    report = harness.run(["scripted", "mock"], ["embed"], 3, timeout=SHORT, warmup=0)
    assert report.results[0].success_count == 0
    assert report.results[1].iterations == 3


def test_one_call_that_hangs_is_replaced(released: threading.Event) -> None:
    clock = FakeClock()
    steps = itertools.chain([takes(1), hangs(released)], forever(takes(1)))
    # The others take no real time, so only the one that never returns can be late.
    result = (
        harness_over(Scripted(steps, clock), clock=clock)
        .run("scripted", iterations=8, timeout=1.0, warmup=0)
        .results[0]
    )
    assert result.error_kinds == {"TimeoutError": 1}
    assert result.success_count == 7
    assert result.errors == ["TimeoutError: the call took longer than 1 s"]


def test_all_workers_may_hang_at_once(released: threading.Event) -> None:
    clock = FakeClock()
    result = (
        harness_over(Scripted(forever(hangs(released)), clock), clock=clock)
        .run("scripted", iterations=20, concurrency=6, timeout=SHORT, warmup=0)
        .results[0]
    )
    assert set(result.error_kinds or ()) == {"NotRun", "TimeoutError"}
    assert result.error_count == result.iterations == 20


def test_what_comes_of_a_call_afterwards_is_not_counted(released: threading.Event) -> None:
    clock = FakeClock()
    provider = Scripted(forever(hangs(released)), clock)
    result = harness_over(provider, clock=clock).run("scripted", iterations=1, timeout=SHORT, warmup=0).results[0]
    before = result.success_count, result.error_count
    released.set()
    assert before == (result.success_count, result.error_count) == (0, 1)


def test_a_call_that_returns_too_late_is_an_error_too() -> None:
    clock = FakeClock()
    steps = [takes(1), takes(LONG * 1000 + 1), takes(1)]
    result = (
        harness_over(Scripted(steps, clock), clock=clock)
        .run("scripted", iterations=3, timeout=LONG, warmup=0)
        .results[0]
    )
    assert result.error_kinds == {"TimeoutError": 1}
    assert (result.success_count, result.max_latency_ms) == (2, 1.0)


def test_a_timeout_costs_nothing_where_nobody_is_late() -> None:
    clock = FakeClock()
    result = (
        harness_over(Scripted(forever(takes(2)), clock), clock=clock)
        .run("scripted", iterations=200, concurrency=1, timeout=LONG, warmup=1)
        .results[0]
    )
    assert (result.success_count, result.p50_latency_ms) == (200, 2.0)


def interrupts(until: threading.Event):  # type: ignore[no-untyped-def]
    """A step in which somebody presses Ctrl-C, and which does not return."""

    def step(provider: Scripted) -> EmbeddingResult:
        identity = threading.main_thread().ident
        assert identity is not None
        signal.pthread_kill(identity, signal.SIGINT)
        until.wait()
        return provider.vector()

    return step


@pytest.mark.parametrize("timeout", [None, LONG], ids=["workers", "watched"])
def test_ctrl_c_does_not_wait_for_a_call_that_hangs(released: threading.Event, timeout: float | None) -> None:
    clock = FakeClock()
    steps = itertools.chain([takes(1)] * 5, [interrupts(released)], forever(hangs(released)))
    harness = harness_over(Scripted(steps, clock), clock=clock)
    with pytest.raises(BenchmarkInterruptedError) as stopped:
        harness.run("scripted", iterations=50, concurrency=2, timeout=timeout, warmup=0)
    (result,) = stopped.value.report.results
    assert (result.success_count, result.error_count, result.iterations) == (5, 0, 5)
    assert "interrupted" in (result.flags or ())
