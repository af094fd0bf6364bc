"""What the harness times, counts and refuses; by a clock that only the test moves."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.worldforge.benchmark.fakes import (
    MS,
    FakeClock,
    Scripted,
    forever,
    harness_over,
    measured,
    raises,
    retries,
    returns,
    takes,
)
from worldbase.errors import WorldError
from worldforge import (
    ActionScoreResult,
    BenchmarkInputs,
    BenchmarkResult,
    CapabilityError,
    EmbeddingResult,
    ProviderBenchmarkHarness,
    ProviderError,
    ProviderEvent,
    WorldForge,
    WorldForgeError,
)
from worldforge.benchmark.harness import BenchmarkInterruptedError
from worldforge.benchmark.measuring.recorder import BenchmarkSample
from worldforge.benchmark.report import Load
from worldforge.errors import UnknownProviderError
from worldforge.providers import BaseProvider, ProviderCapabilities


class Scorer(BaseProvider):
    name = "scorer"
    capabilities = ProviderCapabilities(score=True)

    def __init__(self, scores: tuple[float, ...] = (0.5,), named: str = "scorer") -> None:
        super().__init__()
        self._result = ActionScoreResult(named, scores, scores.index(min(scores)))

    def score_actions(self, *, info: dict[str, Any], action_candidates: Any) -> ActionScoreResult:
        return self._result


class SlowToLookAt(EmbeddingResult):
    """A result that takes long to check: time passes whenever its provider is read."""

    clock = FakeClock()

    def __getattribute__(self, name: str) -> Any:
        if name == "provider":
            SlowToLookAt.clock.advance(700 * MS)
        return super().__getattribute__(name)


def test_latency_is_the_call_alone_without_preparation_and_checks() -> None:
    slow = SlowToLookAt("scripted", "m", (1.0,))

    def step(provider: Scripted) -> EmbeddingResult:
        SlowToLookAt.clock = provider.clock
        provider.clock.advance(2 * MS)
        return slow

    result = measured(forever(step), 3)
    assert result.success_count == 3
    assert result.min_latency_ms == result.max_latency_ms == result.p50_latency_ms == 2.0
    assert result.total_time_ms > 1000


def test_every_figure_follows_from_the_latencies() -> None:
    result = measured([takes(each) for each in (1, 2, 3, 4, 10)], 5)
    assert result.success_count == result.iterations == 5
    assert (result.average_latency_ms, result.min_latency_ms, result.max_latency_ms) == (4.0, 1.0, 10.0)
    assert (result.p50_latency_ms, result.p90_latency_ms, result.p95_latency_ms) == (3.0, 7.6, 8.8)
    assert result.p99_latency_ms == pytest.approx(9.76)
    assert result.stddev_latency_ms == pytest.approx(3.5355339)
    assert result.total_time_ms == 20.0
    assert result.throughput_per_second == 250.0


def test_a_latency_below_the_floor_of_other_harnesses_is_reported_as_it_is() -> None:
    result = measured(forever(takes(0.000_2)), 10)
    assert result.min_latency_ms == result.p95_latency_ms == 0.0002
    assert result.throughput_per_second == pytest.approx(5_000_000)


def test_without_a_success_there_is_no_latency() -> None:
    result = measured(forever(raises(ProviderError("away"), 1)), 4)
    assert (result.success_count, result.error_count, result.throughput_per_second) == (0, 4, 0)
    assert result.average_latency_ms is result.p50_latency_ms is result.max_latency_ms is None
    assert result.stddev_latency_ms is None
    assert result.intervals == {}
    assert [block.p50_ms for block in result.blocks or ()] == [None] * 4


def test_warm_up_calls_are_made_and_not_counted() -> None:
    steps = [raises(ProviderError("cold"), 500), takes(400), *([takes(1)] * 3)]
    result = measured(steps, 3, warmup=2)
    assert (result.warmup_count, result.warmup_error_count) == (2, 1)
    assert (result.iterations, result.error_count, result.max_latency_ms) == (3, 0, 1.0)
    assert result.total_time_ms == 3.0
    assert [row.request_count for row in result.operation_metrics.events] == [3]


@pytest.mark.parametrize("concurrency", [1, 4])
def test_whatever_a_provider_raises_is_an_error_of_that_call(concurrency: int) -> None:
    class Odd(BaseException):
        pass

    errors = [ProviderError("gone"), RuntimeError("lost"), SystemExit(3), Odd("odd"), GeneratorExit(), ValueError()]
    result = measured([*map(raises, errors), *([takes(1)] * 4)], 10, concurrency=concurrency)
    assert (result.success_count, result.error_count) == (4, 6)
    assert result.error_kinds == {
        "GeneratorExit": 1,
        "Odd": 1,
        "ProviderError": 1,
        "RuntimeError": 1,
        "SystemExit": 1,
        "ValueError": 1,
    }
    assert "RuntimeError: lost" in result.errors
    assert result.errors_omitted == 0


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "the result is a NoneType, not a EmbeddingResult"),
        (float("nan"), "the result is a float"),
        ([0.5], "the result is a list"),
        (EmbeddingResult("other", "m", (1.0,)), "names the provider 'other'"),
    ],
    ids=["none", "nan", "list", "name"],
)
def test_a_wrong_result_is_an_error_that_says_what_is_wrong(value: Any, said: str) -> None:
    result = measured([returns(value)], 1)
    assert result.error_kinds == {"InvalidResult": 1}
    assert said in result.errors[0]


def test_a_vector_that_changes_its_length_is_an_error() -> None:
    result = measured([lambda it: it.vector(2), lambda it: it.vector(3), lambda it: it.vector(2)], 3)
    assert result.errors == ["InvalidResult: the vector has 3 numbers, and the first had 2"]


@pytest.mark.parametrize(
    ("scores", "candidates", "is_right"),
    [
        ((0.1,), [[[[0.0]], [[1.0]]]], True),
        ((0.1, 0.2), [[[[0.0]], [[1.0]]]], True),
        ((0.1, 0.2, 0.3), [[[[0.0]], [[1.0]]]], False),
        ((0.1, 0.2), [{"type": "noop"}, {"type": "noop"}], True),
        ((0.1,), [{"type": "noop"}, {"type": "noop"}], False),
        ((0.1, 0.2), [[{"type": "noop"}, {"type": "noop"}]], False),
    ],
)
def test_there_is_one_score_for_each_candidate(
    scores: tuple[float, ...], candidates: list[Any], is_right: bool
) -> None:
    clock = FakeClock()
    inputs = BenchmarkInputs(score_action_candidates=candidates)
    result = harness_over(Scorer(scores), clock=clock).run("scorer", iterations=1, inputs=inputs).results[0]
    assert (result.success_count == 1) is is_right


def test_messages_are_redacted_and_cut_and_the_first_hundred_are_kept() -> None:
    secret = "hf_" + "aB3dE5gH7jK9mN1pQ3sT5vW7xY9zA1bC3"
    text = f"no access for token={secret} in /home/alice/models " + "x" * 5000
    result = measured(forever(raises(RuntimeError(text))), 250)
    assert len(result.errors) == 100
    assert result.errors_omitted == 150
    assert all(secret not in message and "alice" not in message and len(message) < 330 for message in result.errors)


def test_retries_and_other_events_are_counted_by_provider_and_operation() -> None:
    result = measured([retries(2), retries(0), raises(ProviderError("x"), 3)], 3)
    (row,) = result.operation_metrics.events
    assert (row.request_count, row.call_count, row.error_count, row.retry_count) == (5, 3, 1, 2)
    assert (row.latency.sample_count, row.latency.max_ms, row.latency.total_ms) == (5, 3.0, 6.0)
    assert result.retry_count == 2


def test_events_of_others_get_rows_of_their_own() -> None:
    def polls(provider: Scripted) -> EmbeddingResult:
        from worldforge.providers.observed import emit

        emit(provider, "poll", "waiting", duration_ms=4.0)
        return provider.vector()

    result = measured(forever(polls), 3)
    assert [(row.operation, row.request_count) for row in result.operation_metrics.events] == [
        ("embed", 3),
        ("poll", 3),
    ]
    assert result.operation_metrics.events[1].call_count == 0


def test_listeners_get_events_of_providers_and_failures_and_no_success() -> None:
    heard: list[ProviderEvent] = []
    measured([retries(1), raises(RuntimeError("lost"), 2), takes(1)], 3, on_event=heard.append)
    assert [(event.phase, event.duration_ms) for event in heard] == [("retry", 1.5), ("failure", 2.0)]
    assert heard[1].message == "RuntimeError: lost"


def test_samples_come_one_by_one_and_in_full() -> None:
    samples: list[BenchmarkSample] = []
    measured([takes(1), raises(ValueError("bad"), 2), takes(3)], 3, on_sample=samples.append)
    assert [(each.iteration, each.latency_ms, each.succeeded) for each in samples] == [
        (0, 1.0, True),
        (1, 2.0, False),
        (2, 3.0, True),
    ]
    assert (samples[1].provider, samples[1].operation, samples[1].error) == ("scripted", "embed", "ValueError: bad")


@pytest.mark.parametrize("concurrency", [1, 3])
def test_a_listener_that_fails_is_the_callers_fault_and_is_heard(concurrency: int) -> None:
    def fails(_: BenchmarkSample) -> None:
        raise LookupError("full")

    with pytest.raises(LookupError, match="full"):
        measured(forever(takes(1)), 9, concurrency=concurrency, on_sample=fails)


@pytest.mark.parametrize("concurrency", [2, 8, 50])
def test_workers_make_each_call_once(concurrency: int) -> None:
    samples: list[BenchmarkSample] = []
    result = measured(forever(takes(1)), 40, concurrency=concurrency, on_sample=samples.append)
    assert sorted(sample.iteration for sample in samples) == list(range(40))
    assert (result.success_count, result.concurrency) == (40, concurrency)
    assert [block.count for block in result.blocks or ()] == [2] * 20


def test_an_open_loop_counts_latency_from_when_a_call_was_due() -> None:
    # Due at 0, 10, 20, 30 and 40 ms. The first takes 25 ms, so the next two begin late, at 25 and 26 ms.
    result = measured([takes(25), *([takes(1)] * 4)], 5, rate=100.0)
    assert isinstance(result.load, Load)
    assert (result.max_latency_ms, result.min_latency_ms) == (25.0, 1.0)
    assert result.average_latency_ms == pytest.approx((25 + 16 + 7 + 1 + 1) / 5)
    assert (result.load.mode, result.load.rate_per_second, result.load.late_starts) == ("open", 100.0, 2)
    assert result.load.service_p50_ms == 1.0
    assert result.load.service_p95_ms == pytest.approx(20.2)
    assert result.total_time_ms == 41.0
    assert result.load.achieved_rate_per_second == pytest.approx(5 / 0.041)


def test_a_closed_loop_says_so_and_has_no_rate() -> None:
    load = measured(forever(takes(1)), 2).load
    assert isinstance(load, Load)
    assert (load.mode, load.rate_per_second, load.late_starts) == ("closed", None, None)


def test_bounds_hold_what_they_are_bounds_of() -> None:
    latencies = [1 + (index * 7919 % 100) / 50 for index in range(300)]
    result = measured(map(takes, latencies), 300)
    for name in ("average", "p50", "p90", "p95", "p99"):
        low, high = (result.intervals or {})[f"{name}_latency_ms"]
        assert low <= getattr(result, f"{name}_latency_ms") <= high


@pytest.mark.parametrize(
    ("calls", "named"),
    [
        (5, []),
        (6, ["p50"]),
        (28, ["p50"]),
        (29, ["p50", "p90"]),
        (59, ["p50", "p90", "p95"]),
        (299, ["p50", "p90", "p95", "p99"]),
    ],
)
def test_a_percentile_that_no_call_may_have_reached_has_no_bounds(calls: int, named: list[str]) -> None:
    """Of 5 calls, bounds of a p99 would be bounds of the slowest call: they would hold the p99 in 5% of all runs."""
    result = measured(forever(takes(2)), calls)
    assert list(result.intervals or {}) == [f"{name}_latency_ms" for name in ("average", *named)]


def test_bounds_are_the_same_at_every_run() -> None:
    runs = [measured([takes(1 + index % 5) for index in range(30)], 30) for _ in range(2)]
    assert runs[0].intervals == runs[1].intervals


def test_equal_latencies_have_bounds_of_no_width() -> None:
    result = measured(forever(takes(2)), 40)
    assert set(map(tuple, (result.intervals or {}).values())) == {(2.0, 2.0)}


def test_one_success_has_no_bounds() -> None:
    assert measured([takes(1)], 1).intervals == {}
    assert measured([takes(1), raises(ProviderError("x"))], 2).intervals == {}


def test_operations_are_chosen_in_order_once_and_by_provider() -> None:
    forge = WorldForge(discover_entry_points=False)
    forge.register_provider(Scorer())
    harness = ProviderBenchmarkHarness(forge=forge)
    report = harness.run(["mock", "scorer", "mock"], iterations=1)
    assert [(each.provider, each.operation) for each in report.results] == [
        ("mock", "predict"),
        ("mock", "embed"),
        ("mock", "score"),
        ("scorer", "score"),
    ]
    assert report.run_metadata.requested_operations is None
    report = harness.run("mock", ["embed", "predict", "embed"], 1)
    assert [each.operation for each in report.results] == ["embed", "predict"]
    assert report.run_metadata.requested_operations == ["embed", "predict"]


def test_operations_that_a_provider_lacks_are_all_named_and_nothing_is_run() -> None:
    results: list[BenchmarkResult] = []
    clock = FakeClock()
    harness = harness_over(Scorer(), clock=clock)
    with pytest.raises(CapabilityError) as refusal:
        harness.run(["mock", "scorer"], ["embed", "policy", "score"], 1, on_result=results.append)
    assert refusal.value.code == "benchmark.operation_missing"
    assert "'mock' has no policy; 'scorer' has no embed and no policy" in refusal.value.message
    assert results == []


def test_operations_may_be_intersected_with_what_each_provider_has() -> None:
    clock = FakeClock()
    report = harness_over(Scorer(), clock=clock).run(
        ["mock", "scorer"], ["score", "policy", "embed"], 1, intersect_operations=True
    )
    assert report.run_metadata.selected_operations == {"mock": ["score", "embed"], "scorer": ["score"]}
    assert report.run_metadata.skipped_operations == {"mock": ["policy"], "scorer": ["policy", "embed"]}


@pytest.mark.parametrize(
    ("providers", "operations", "code"),
    [
        ("mock", ["plan"], "benchmark.not_measurable"),
        ("mock", ["predit"], "capability.unknown"),
        (["mock", "nobody"], ["embed"], "provider.unknown"),
        ([], None, "benchmark.no_provider"),
        ("mock", ["policy"], "benchmark.operation_missing"),
    ],
)
def test_what_cannot_be_measured_is_refused_with_exit_code_2(providers: Any, operations: Any, code: str) -> None:
    harness = ProviderBenchmarkHarness(forge=WorldForge(discover_entry_points=False))
    with pytest.raises(WorldError) as refusal:
        harness.run(providers, operations, 1)
    assert (refusal.value.code, refusal.value.exit_code) == (code, 2)


def test_a_provider_with_nothing_left_is_an_error() -> None:
    harness = ProviderBenchmarkHarness(forge=WorldForge(discover_entry_points=False))
    with pytest.raises(CapabilityError) as refusal:
        harness.run("mock", ["policy"], 1, intersect_operations=True)
    assert refusal.value.code == "benchmark.nothing_to_measure"
    assert isinstance(refusal.value, WorldForgeError)


def test_an_unknown_provider_is_found_before_anything_is_run() -> None:
    clock = FakeClock()
    provider = Scripted(forever(takes(1)), clock)
    with pytest.raises(UnknownProviderError):
        harness_over(provider, clock=clock).run(["scripted", "nobody"])
    assert provider.calls == 0


@pytest.mark.parametrize(
    "numbers",
    [
        {"iterations": 0},
        {"iterations": True},
        {"iterations": 1.5},
        {"concurrency": 0},
        {"concurrency": 1025},
        {"warmup": -1},
        {"rate": 0.0},
        {"rate": float("nan")},
        {"timeout": 0},
        {"timeout": float("inf")},
    ],
    ids=repr,
)
def test_numbers_out_of_range_are_refused(numbers: dict[str, Any]) -> None:
    harness = ProviderBenchmarkHarness(forge=WorldForge(discover_entry_points=False))
    with pytest.raises(WorldForgeError):
        harness.run("mock", **numbers)


@pytest.mark.parametrize("concurrency", [1, 2])
def test_an_interrupted_run_keeps_what_it_measured(concurrency: int) -> None:
    clock = FakeClock()
    steps = [*([takes(1)] * 7), raises(KeyboardInterrupt())]
    done: list[BenchmarkResult] = []
    harness = harness_over(Scripted(itertools.chain(steps, forever(takes(1))), clock), clock=clock)
    with pytest.raises(BenchmarkInterruptedError) as stopped:
        harness.run(["mock", "scripted"], ["embed"], 20, concurrency, warmup=0, on_result=done.append)
    report = stopped.value.report
    assert isinstance(stopped.value, KeyboardInterrupt)
    assert [each.provider for each in report.results] == ["mock", "scripted"] == [each.provider for each in done]
    finished, partial = report.results
    assert "interrupted" not in (finished.flags or ())
    assert "interrupted" in (partial.flags or ())
    assert 7 <= partial.success_count == partial.iterations < 20
    assert report.run_metadata.iterations == 20
    assert report.to_json()


def test_an_interrupt_before_the_first_call_leaves_no_result_of_it() -> None:
    clock = FakeClock()
    harness = harness_over(Scripted([raises(KeyboardInterrupt())], clock), clock=clock)
    with pytest.raises(BenchmarkInterruptedError) as stopped:
        harness.run("scripted", ["embed"], 3)
    assert stopped.value.report.results == []
