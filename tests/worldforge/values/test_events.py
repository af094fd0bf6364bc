"""Events are checked and redacted when they are made."""

from __future__ import annotations

from typing import Any

import pytest

from worldforge import ProviderEvent, WorldForgeError


def event(**changes: Any) -> ProviderEvent:
    return ProviderEvent(**{"provider": "p", "operation": "embed", "phase": "retry", **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"phase": "Retry!"},
        {"phase": ""},
        {"provider": " "},
        {"attempt": 0},
        {"attempt": 3, "max_attempts": 2},
        {"status_code": 99},
        {"status_code": 600},
        {"duration_ms": -0.1},
        {"duration_ms": float("nan")},
        {"metadata": {"a": {1, 2}}},
    ],
    ids=str,
)
def test_an_event_that_cannot_be_is_refused(changes: Any) -> None:
    with pytest.raises(WorldForgeError):
        event(**changes)


def test_secrets_and_host_paths_go_when_an_event_is_made() -> None:
    made = event(
        target="https://user:pass@example.org/act?token=abc",
        message="read /home/ada/ckpt.pt with Bearer sk-proj-4f9Qz81LkVt0XyB24f9Qz81LkVt0XyB2",
        metadata={"api_key": "hunter22", "attempt": 2},
    )
    text = str(made.to_dict())
    for secret in ("pass@", "token=abc", "/home/ada", "4f9Qz81L", "hunter22"):
        assert secret not in text
    assert made.metadata["attempt"] == 2


def test_json_holds_what_is_known() -> None:
    assert event(duration_ms=1.5).to_dict() == {
        "provider": "p",
        "operation": "embed",
        "phase": "retry",
        "attempt": 1,
        "max_attempts": 1,
        "duration_ms": 1.5,
    }
