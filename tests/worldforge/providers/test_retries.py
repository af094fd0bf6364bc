"""Trying again: when, how often, how long apart, and who hears of it. No test waits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from worldforge.errors import ProviderBudgetExceededError, WorldForgeError
from worldforge.providers.contract import BaseProvider
from worldforge.providers.observed import observing
from worldforge.providers.retries import (
    ProviderRequestPolicy,
    RequestFailedError,
    RequestOperationPolicy,
    RetryPolicy,
    with_retries,
)
from worldforge.values import ProviderEvent


class Remote(BaseProvider):
    name = "remote"


class Time:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.waits: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def clock(self) -> float:
        return self.now


class Server:
    """Fails as it was told, one time each, and then answers."""

    def __init__(self, *failures: Exception, on_call: Callable[[], None] = lambda: None) -> None:
        self.failures = list(failures)
        self.calls = 0
        self.on_call = on_call

    def __call__(self) -> str:
        self.calls += 1
        self.on_call()
        if self.failures:
            raise self.failures.pop(0)
        return "answer"


def policy(attempts: int, *, backoff: float = 0.25, elapsed: float | None = None) -> RequestOperationPolicy:
    retry = RetryPolicy(max_attempts=attempts, backoff_seconds=backoff, backoff_multiplier=2.0)
    return RequestOperationPolicy(retry=retry, max_elapsed_seconds=elapsed)


def ask(server: Server, limits: RequestOperationPolicy, time: Time) -> tuple[str | Exception, list[ProviderEvent]]:
    events: list[ProviderEvent] = []
    with observing(events.append):
        try:
            answer = with_retries(Remote(), "embed", limits, server, sleep=time.sleep, clock=time.clock)
        except Exception as error:  # noqa: BLE001 - the test looks at whatever it is
            return error, events
    return answer, events


def busy(status: int | None = 503) -> RequestFailedError:
    return RequestFailedError("busy", status_code=status)


def test_waits_double_and_every_retry_is_told() -> None:
    time = Time()
    answer, events = ask(Server(busy(), ConnectionError("gone"), TimeoutError("late")), policy(4), time)
    assert answer == "answer"
    assert time.waits == [0.25, 0.5, 1.0]
    assert [(event.phase, event.attempt, event.max_attempts, event.status_code) for event in events] == [
        ("retry", 1, 4, 503),
        ("retry", 2, 4, None),
        ("retry", 3, 4, None),
    ]


@pytest.mark.parametrize("status", [400, 401, 404, 501])
def test_an_answer_that_will_not_change_is_taken_at_once(status: int) -> None:
    server, time = Server(busy(status), busy()), Time()
    error, events = ask(server, policy(5), time)
    assert isinstance(error, RequestFailedError)
    assert (error.status_code, error.code, error.exit_code) == (status, "provider.request_failed", 4)
    assert (server.calls, time.waits, events) == (1, [], [])


@pytest.mark.parametrize("failure", [busy(), busy(None), ConnectionError("gone"), TimeoutError("late")], ids=repr)
def test_after_the_last_attempt_the_failure_is_told(failure: Exception) -> None:
    server, time = Server(*[failure] * 9), Time()
    error, events = ask(server, policy(3), time)
    assert isinstance(error, RequestFailedError)
    assert (server.calls, [event.attempt for event in events]) == (3, [1, 2])


def test_once_is_the_default() -> None:
    server = Server(busy())
    error, events = ask(server, RequestOperationPolicy(), Time())
    assert isinstance(error, RequestFailedError)
    assert (server.calls, events) == (1, [])


def test_an_error_that_is_no_failed_request_passes_at_once() -> None:
    server = Server(ZeroDivisionError("a bug"))
    error, events = ask(server, policy(5), Time())
    assert isinstance(error, ZeroDivisionError)
    assert (server.calls, events) == (1, [])


def test_no_attempt_begins_after_the_time_is_up() -> None:
    time = Time()
    error, events = ask(Server(*[busy()] * 9), policy(9, backoff=1.0, elapsed=3.5), time)
    assert isinstance(error, ProviderBudgetExceededError)
    assert (error.code, error.exit_code) == ("provider.budget_exceeded", 4)
    assert time.waits == [1.0, 2.0]
    assert [event.phase for event in events] == ["retry", "retry", "budget_exceeded"]
    assert isinstance(error.__cause__, RequestFailedError)


def test_the_time_of_attempts_counts_too() -> None:
    time = Time()
    server = Server(*[busy()] * 9, on_call=lambda: time.sleep(2.0))
    error, _ = ask(server, policy(9, backoff=0.0, elapsed=3.0), time)
    assert isinstance(error, ProviderBudgetExceededError)
    assert server.calls == 2


def test_an_answer_that_came_late_is_an_answer() -> None:
    time = Time()
    answer, _ = ask(Server(on_call=lambda: time.sleep(60)), policy(1, elapsed=1.0), time)
    assert answer == "answer"


def test_what_a_server_said_is_redacted() -> None:
    secret = "sk-proj-" + "4f9Qz81LkVt0XyB2" * 2
    error, events = ask(Server(ConnectionError(secret), ConnectionError(secret)), policy(2), Time())
    assert secret not in f"{error} {[event.to_dict() for event in events]}"


@pytest.mark.parametrize(
    "make",
    [
        lambda: RetryPolicy(max_attempts=0),
        lambda: RetryPolicy(backoff_seconds=-1),
        lambda: RetryPolicy(backoff_multiplier=0.5),
        lambda: RetryPolicy(retryable_status_codes=(1,)),
        lambda: RequestOperationPolicy(timeout_seconds=float("nan")),
        lambda: RequestOperationPolicy(max_elapsed_seconds=-1),
    ],
)
def test_a_policy_that_cannot_be_is_refused(make: Callable[[], Any]) -> None:
    with pytest.raises(WorldForgeError):
        make()


def test_remote_reads_are_tried_three_times_and_what_makes_work_once() -> None:
    limits = ProviderRequestPolicy.remote(60.0)
    kinds: Sequence[RequestOperationPolicy] = (limits.request, limits.health, limits.polling, limits.download)
    assert [kind.retry.max_attempts for kind in kinds] == [1, 3, 3, 3]
    assert [kind.timeout_seconds for kind in kinds] == [60.0, 10.0, 30.0, 60.0]
    assert [limits.health.retry.delay_before(attempt) for attempt in (1, 2, 3)] == [0.0, 0.25, 0.5]
