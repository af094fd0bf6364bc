"""A clock that only the test moves, and providers that take as long as the test says."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any

from worldforge import EmbeddingResult, WorldForge
from worldforge.benchmark.harness import ProviderBenchmarkHarness
from worldforge.benchmark.report import BenchmarkResult
from worldforge.providers import BaseProvider, ProviderCapabilities
from worldforge.providers.observed import emit

MS = 1_000_000


class FakeClock:
    """Stands still unless it is advanced or slept by; a sleep wakes up exactly when it should."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now

    def advance(self, nanoseconds: int) -> None:
        self.now += nanoseconds

    def sleep(self, seconds: float) -> None:
        self.now += max(1, round(seconds * 1e9))


class Scripted(BaseProvider):
    """`embed` does what a script says, call after call: each step is called with the provider."""

    name = "scripted"
    capabilities = ProviderCapabilities(embed=True)

    def __init__(self, steps: Iterable[Callable[[Scripted], Any]], clock: FakeClock) -> None:
        super().__init__()
        self.clock = clock
        self.calls = 0
        self._steps = iter(steps)

    def embed(self, *, text: str) -> EmbeddingResult:
        self.calls += 1
        result: EmbeddingResult = next(self._steps)(self)
        return result

    def vector(self, length: int = 2) -> EmbeddingResult:
        return EmbeddingResult(self.name, "scripted-v1", (0.5,) * length)


def takes(milliseconds: float) -> Callable[[Scripted], EmbeddingResult]:
    """A step that lets time pass and succeeds."""

    def step(provider: Scripted) -> EmbeddingResult:
        provider.clock.advance(round(milliseconds * MS))
        return provider.vector()

    return step


def raises(error: BaseException, milliseconds: float = 0) -> Callable[[Scripted], EmbeddingResult]:
    """A step that lets time pass and raises."""

    def step(provider: Scripted) -> EmbeddingResult:
        provider.clock.advance(round(milliseconds * MS))
        raise error

    return step


def returns(value: Any) -> Callable[[Scripted], Any]:
    """A step that returns what it should not."""
    return lambda _: value


def retries(times: int) -> Callable[[Scripted], EmbeddingResult]:
    """A step that says that it tried several times."""

    def step(provider: Scripted) -> EmbeddingResult:
        for attempt in range(times):
            emit(provider, "embed", "retry", attempt=attempt + 1, max_attempts=9, duration_ms=1.5)
        return provider.vector()

    return step


def harness_over(*providers: BaseProvider, clock: FakeClock) -> ProviderBenchmarkHarness:
    """A harness that measures these by a fake clock."""
    forge = WorldForge(discover_entry_points=False)
    for provider in providers:
        forge.register_provider(provider)
    return ProviderBenchmarkHarness(forge=forge, clock=clock, sleep=clock.sleep)


def measured(steps: Iterable[Callable[[Scripted], Any]], iterations: int, **how: Any) -> BenchmarkResult:
    """The result of a scripted provider, without warm-up unless it is asked for."""
    clock = FakeClock()
    how.setdefault("warmup", 0)
    harness = harness_over(Scripted(steps, clock), clock=clock)
    return harness.run("scripted", ["embed"], iterations, **how).results[0]


def forever(step: Callable[[Scripted], Any]) -> Iterable[Callable[[Scripted], Any]]:
    """The same step at every call."""
    return itertools.repeat(step)
