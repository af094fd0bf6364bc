"""Requests are checked before anybody is asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from worldforge import Action, WorldForgeError
from worldforge.providers import requests

NAN = float("nan")


@pytest.mark.parametrize(
    ("check", "code"),
    [
        (lambda: requests.check_prediction([], Action.noop(), 1), "world.invalid_state"),
        (lambda: requests.check_prediction({"a": NAN}, Action.noop(), 1), "value.not_json"),
        (lambda: requests.check_prediction({}, "noop", 1), "action.invalid"),
        (lambda: requests.check_prediction({}, Action.noop(), 0), "value.not_a_count"),
        (lambda: requests.check_embedding(" "), "value.not_text"),
        (lambda: requests.check_embedding(b"x"), "value.not_text"),
        (lambda: requests.check_scoring({}, [1]), "request.empty_info"),
        (lambda: requests.check_scoring({"a": 1}, []), "request.no_candidates"),
        (lambda: requests.check_scoring({"a": 1}, (1,)), "request.no_candidates"),
        (lambda: requests.check_scoring({"a": 1}, [NAN]), "value.not_json"),
        (lambda: requests.check_selection(None), "request.empty_info"),
        (lambda: requests.check_selection({"a": (1,)}), "value.not_json"),
        (lambda: requests.check_plan({"a": 1}, {}), "request.empty_info"),
        (lambda: requests.check_plan({"a": NAN}, {"a": 1}), "value.not_json"),
    ],
)
def test_what_cannot_be_asked_is_refused(check: Callable[[], None], code: str) -> None:
    with pytest.raises(WorldForgeError) as caught:
        check()
    assert caught.value.code == code


def test_what_can_be_asked_passes() -> None:
    requests.check_prediction({}, Action.noop(), 1)
    requests.check_embedding("x")
    requests.check_scoring({"a": 1}, [0])
    requests.check_selection({"a": 1})
    requests.check_plan({"a": 1}, {"a": 1})
