"""What is measured lies about itself, its clock or its class, and the run neither breaks off nor believes it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import pytest

from tests.worldforge.benchmark.fakes import MS, FakeClock, Scripted, forever, harness_over, measured, returns, takes
from tests.worldforge.benchmark.reports import sample_report, sample_result
from worldbase.errors import EnvironmentMissingError
from worldforge import EmbeddingResult, ProviderError, WorldForge, WorldForgeError
from worldforge.benchmark.page import report_html
from worldforge.benchmark.report import Block, Histogram
from worldforge.providers import BaseProvider, ProviderCapabilities
from worldforge.values import ProviderEvent

SECRET = "AKIAIOSFODNN7EXAMPLE"
HOST_PATH = "/home/alice/models/secret.pt"


class SpeechlessError(Exception):
    def __str__(self) -> str:
        raise GeneratorExit


class NumberedError(Exception):
    def __str__(self) -> Any:
        return 5  # noqa: PLE0307 - that is the attack


class _Nameless(type):
    @property
    def __name__(cls) -> str:  # type: ignore[override]
        raise RuntimeError("no name for you")


class NamelessError(Exception, metaclass=_Nameless):
    """Its metaclass refuses to say its name."""


class ClingingError(Exception):
    """Does not let go of its frames when it is asked to."""

    def with_traceback(self, _: Any) -> Any:
        raise RuntimeError("mine")


class Stranger(Exception):  # noqa: N818 - what it gives is no error at all
    def with_traceback(self, _: Any) -> Any:
        return "no exception"


def raises(make: Callable[[], BaseException]) -> Callable[[Scripted], Any]:
    def step(_: Scripted) -> Any:
        raise make()

    return step


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize(
    "make",
    [SpeechlessError, NumberedError, NamelessError, ClingingError, Stranger],
    ids=["speechless", "numbered", "nameless", "clinging", "stranger"],
)
def test_an_error_that_fights_back_is_an_error_sample(make: Callable[[], BaseException], concurrency: int) -> None:
    result = measured(forever(raises(make)), 6, concurrency=concurrency)
    assert (result.success_count, result.error_count) == (0, 6)
    assert list(result.error_kinds or {}) == [type.__dict__["__name__"].__get__(make)]


class ExitsWhenLookedAt(EmbeddingResult):
    """A result whose vector leaves the program."""

    is_made = False

    def __getattribute__(self, name: str) -> Any:
        if name == "vector" and type(self).is_made:
            raise SystemExit(9)
        return super().__getattribute__(name)


def test_a_result_that_leaves_the_program_when_it_is_looked_at_is_an_error_sample(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    result = ExitsWhenLookedAt("scripted", "m", (1.0,))
    monkeypatch.setattr(ExitsWhenLookedAt, "is_made", True)
    assert measured(forever(returns(result)), 3).error_kinds == {"InvalidResult": 3}


class _Stating:
    """States another class than it has, or falls over when it is asked for its class."""

    provider = "scripted"
    vector = (1.0, 2.0)

    def __init__(self, stated: Callable[[], type]) -> None:
        self._stated = stated

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return self._stated()


def leave() -> type:
    raise SystemExit("bye")


# Made in the test: pytest itself asks what it collects for its class.
@pytest.mark.parametrize(
    "make",
    [
        lambda: Mock(spec=EmbeddingResult, provider="scripted", vector=(1.0,)),
        lambda: _Stating(lambda: EmbeddingResult),
        lambda: _Stating(leave),
    ],
    ids=["mock", "stated", "leaving"],
)
def test_a_stand_in_for_a_result_is_no_success(make: Callable[[], Any]) -> None:
    assert measured(forever(returns(make())), 3).error_kinds == {"InvalidResult": 3}


@pytest.mark.parametrize("jump", [-5 * MS, 10**17, 10**19], ids=["back", "years on", "beyond 64 bits"])
@pytest.mark.parametrize("concurrency", [1, 2])
def test_a_clock_that_jumps_gives_no_latency(jump: int, concurrency: int) -> None:
    def step(provider: Scripted) -> EmbeddingResult:
        provider.clock.advance(jump)
        return provider.vector()

    clock = FakeClock()
    report = harness_over(Scripted(forever(step), clock), clock=clock).run(
        "scripted", ["embed"], 30, concurrency, warmup=0
    )
    result = report.results[0]
    assert result.error_kinds == {"ClockError": 30}
    assert (result.p50_latency_ms, result.throughput_per_second) == (None, 0.0)
    assert report.to_html().startswith("<!doctype html>")


def test_an_open_loop_that_cannot_keep_up_says_that_its_latencies_are_waiting() -> None:
    result = measured(forever(takes(2)), 50, rate=1000.0)
    assert "late_starts" in (result.flags or ())
    assert "late_starts" not in (measured(forever(takes(0.5)), 50, rate=1000.0).flags or ())
    assert "late_starts" not in (measured(forever(takes(2)), 50).flags or ())


@pytest.mark.parametrize("failing", [1, 3])
def test_threads_that_the_system_refuses_are_told_and_leave_none_waiting(
    failing: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, begun = threading.Thread.start, []

    def refuse(thread: threading.Thread) -> None:
        begun.append(thread)
        if len(begun) == failing:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(EnvironmentMissingError) as caught:
        measured(forever(takes(1)), 8, concurrency=4)
    assert (caught.value.code, caught.value.exit_code) == ("benchmark.workers", 4)
    for thread in begun[:-1]:
        thread.join(30)
        assert not thread.is_alive()


class Named(BaseProvider):
    capabilities = ProviderCapabilities(embed=True)
    runtime_manifest = f"{HOST_PATH}:{SECRET}"

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def embed(self, *, text: str) -> EmbeddingResult:
        return EmbeddingResult(self.name, text, (1.0,))


@pytest.mark.parametrize("name", [HOST_PATH, SECRET, "10.1.2.3:8000", "alice@example.com"])
def test_a_name_that_no_report_may_show_is_not_registered(name: str) -> None:
    forge = WorldForge(discover_entry_points=False)
    with pytest.raises(WorldForgeError) as caught:
        forge.register_provider(Named(name))
    assert caught.value.code == "provider.name"
    assert name not in str(caught.value)


def test_what_a_provider_says_of_its_runtime_is_redacted_in_the_provenance() -> None:
    clock = FakeClock()
    report = harness_over(Named("plain"), clock=clock).run("plain", ["embed"], 2)
    for text in (report.to_json(), report.to_markdown(), report.to_html(), report.to_csv()):
        assert SECRET not in text
        assert "alice" not in text


@pytest.mark.parametrize("field", ["provider", "operation", "method", "target", "message", "input_digest"])
def test_no_field_of_an_event_carries_a_secret_or_a_host_path(field: str) -> None:
    said: dict[str, Any] = {"provider": "p", "operation": "o", "phase": "retry", field: f"{HOST_PATH} {SECRET}"}
    text = str(ProviderEvent(**said).to_dict())
    assert SECRET not in text
    assert "alice" not in text


@pytest.mark.parametrize(
    "changes",
    [
        {"p50_latency_ms": -5.0},
        {"p50_latency_ms": 1e308, "p95_latency_ms": 5e-324},
        {"histogram": Histogram(relative_width=0.06, buckets=[(5, 0)])},
        {"histogram": Histogram(relative_width=-1.0, buckets=[(9, 1), (3, 1), (-5, 2)])},
        {"histogram": Histogram(relative_width=1e308, buckets=[(10**30, 1)])},
        {"blocks": [Block(count=1, mean_ms=-1.0, p50_ms=-1.0, p95_ms=-1.0)] * 3},
        {"blocks": [Block(count=1, mean_ms=1.0, p50_ms=1e308, p95_ms=1e-308)] * 3},
        {"intervals": {"p50_latency_ms": [-1.0, -2.0]}},
    ],
    ids=range(8),
)
def test_a_report_from_elsewhere_that_states_impossible_times_can_be_shown(changes: dict[str, Any]) -> None:
    assert report_html(sample_report(results=[sample_result(**changes)])).startswith("<!doctype html>")


@pytest.mark.parametrize("make", [SpeechlessError, NamelessError], ids=["speechless", "nameless"])
def test_the_facade_names_an_error_that_cannot_name_itself(make: Callable[[], BaseException]) -> None:
    forge = WorldForge(discover_entry_points=False)
    forge.register_provider(Scripted(forever(raises(make)), FakeClock()))
    with pytest.raises(ProviderError) as caught:
        forge.embed("scripted", text="x")
    assert caught.value.code == "provider.failed"
