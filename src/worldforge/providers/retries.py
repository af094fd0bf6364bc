"""Trying again: which failures of a request are worth it, how long to wait, and when to stop.

A provider that talks to a server makes its request through `with_retries` and raises `RequestFailedError` for a
request that failed; whoever observes the call sees every attempt.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NoReturn, Self, TypeVar

from worldforge.errors import ProviderBudgetExceededError, ProviderError
from worldforge.providers.contract import BaseProvider
from worldforge.providers.observed import emit, told
from worldforge.values.json_values import require_count, require_number

R = TypeVar("R")

RETRYABLE_STATUS_CODES: Final = (408, 429, 500, 502, 503, 504)


class RequestFailedError(ProviderError):
    """A request got no answer, or one that says no.

    Attributes:
        status_code: Of the answer; None where there was none.
    """

    def __init__(self, message: str, *, status_code: int | None = None) -> None:
        super().__init__(
            message,
            code="provider.request_failed",
            hint="Check that the server runs and takes this request.",
        )
        self.status_code = status_code


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often to try.

    Attributes:
        max_attempts: At least 1.
        backoff_seconds: Wait before the second attempt.
        backoff_multiplier: What each further wait is longer by; at least 1.
        retryable_status_codes: Answers after which another attempt may help. One that never came always counts.
    """

    max_attempts: int = 1
    backoff_seconds: float = 0.0
    backoff_multiplier: float = 1.0
    retryable_status_codes: tuple[int, ...] = RETRYABLE_STATUS_CODES

    def __post_init__(self) -> None:
        require_count(self.max_attempts, "max_attempts", low=1)
        require_number(self.backoff_seconds, "backoff_seconds", low=0)
        require_number(self.backoff_multiplier, "backoff_multiplier", low=1)
        for code in self.retryable_status_codes:
            require_count(code, "a status code", low=100)

    def delay_before(self, attempt: int) -> float:
        """Seconds to wait before an attempt: backoff * multiplier^(attempt - 2), and nothing before the first."""
        return 0.0 if attempt < 2 else self.backoff_seconds * self.backoff_multiplier ** (attempt - 2)

    def allows_another(self, error: Exception) -> bool:
        """Whether another attempt may help after this error."""
        if isinstance(error, RequestFailedError):
            return error.status_code is None or error.status_code in self.retryable_status_codes
        return isinstance(error, ConnectionError | TimeoutError)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOperationPolicy:
    """What one kind of request may take.

    Attributes:
        timeout_seconds: Of one attempt, for the provider to keep; None for no limit.
        retry: How often to try.
        max_elapsed_seconds: Of all attempts and waits together: no attempt begins after it. None for no limit.
    """

    timeout_seconds: float | None = None
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    max_elapsed_seconds: float | None = None

    def __post_init__(self) -> None:
        for name in ("timeout_seconds", "max_elapsed_seconds"):
            if (seconds := getattr(self, name)) is not None:
                require_number(seconds, name, low=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRequestPolicy:
    """What the requests of a remote provider may take, by their kind.

    Attributes:
        request: That makes the server work; tried once, since it may have worked although the answer was lost.
        health: That asks whether the server is there.
        polling: That asks whether it is done.
        download: That fetches what it made.
    """

    request: RequestOperationPolicy
    health: RequestOperationPolicy
    polling: RequestOperationPolicy
    download: RequestOperationPolicy

    @classmethod
    def remote(cls, timeout_seconds: float) -> Self:
        """Sensible limits: what only reads is tried three times, after 0.25 s and 0.5 s."""
        reads = RetryPolicy(max_attempts=3, backoff_seconds=0.25, backoff_multiplier=2.0)
        return cls(
            request=RequestOperationPolicy(timeout_seconds=timeout_seconds),
            health=RequestOperationPolicy(timeout_seconds=min(timeout_seconds, 10.0), retry=reads),
            polling=RequestOperationPolicy(timeout_seconds=min(timeout_seconds, 30.0), retry=reads),
            download=RequestOperationPolicy(timeout_seconds=timeout_seconds, retry=reads),
        )


def with_retries(
    provider: BaseProvider,
    operation: str,
    policy: RequestOperationPolicy,
    call: Callable[[], R],
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> R:
    """Make a request, again where that may help.

    Args:
        provider: Who makes it.
        operation: What it is for; named in the events `retry` and `budget_exceeded`.
        policy: What it may take.
        call: One attempt; raises `RequestFailedError`, `ConnectionError` or `TimeoutError` where it failed in a way
            that may pass.
        sleep: Waits so many seconds.
        clock: Seconds that only grow.

    Raises:
        RequestFailedError: The last attempt failed, or another would not help.
        ProviderBudgetExceededError: `provider.budget_exceeded`: another attempt would begin too late.
        Exception: Whatever else `call` raised, at once.
    """
    begun, last = clock(), policy.retry.max_attempts
    for attempt in range(1, last + 1):
        try:
            return call()
        except (RequestFailedError, ConnectionError, TimeoutError) as error:
            if attempt == last or not policy.retry.allows_another(error):
                raise _as_ours(error) from error
            delay = policy.retry.delay_before(attempt + 1)
            taken = clock() - begun + delay
            if policy.max_elapsed_seconds is not None and taken > policy.max_elapsed_seconds:
                _stop(provider, operation, attempt, policy, error)
            emit(
                provider,
                operation,
                "retry",
                attempt=attempt,
                max_attempts=last,
                status_code=getattr(error, "status_code", None),
                message=told(error),
            )
            sleep(delay)
    raise AssertionError("unreachable")  # pragma: no cover - the last attempt returns or raises


def _as_ours(error: Exception) -> ProviderError:
    return error if isinstance(error, ProviderError) else RequestFailedError(told(error))


def _stop(
    provider: BaseProvider, operation: str, attempt: int, policy: RequestOperationPolicy, error: Exception
) -> NoReturn:
    emit(
        provider,
        operation,
        "budget_exceeded",
        attempt=attempt,
        max_attempts=policy.retry.max_attempts,
        message=told(error),
    )
    raise ProviderBudgetExceededError(
        f"the provider {provider.name!r} may take {policy.max_elapsed_seconds} s for {operation}, and another attempt"
        f" would begin later; attempt {attempt} failed: {told(error)}",
        code="provider.budget_exceeded",
        hint="See whether the server is overloaded, or allow more time.",
    ) from error
