"""UTC time that SOURCE_DATE_EPOCH makes stand still."""

from __future__ import annotations

import pytest

from worldbase import clock
from worldbase.errors import UsageError


@pytest.mark.parametrize("text", ["0", "1795219200", "253402300799"], ids=["1970", "2026", "the last second of 9999"])
def test_the_switch_fixes_the_time(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", text)
    assert clock.fixed_epoch() == int(text)
    assert clock.now_seconds() == float(text)


@pytest.mark.parametrize("text", [None, ""], ids=["unset", "empty"])
def test_without_the_switch_the_time_is_the_systems(text: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    if text is not None:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", text)
    monkeypatch.setattr("time.time", lambda: 86400.25)
    assert clock.fixed_epoch() is None
    assert clock.now_seconds() == 86400.25
    assert clock.timestamp() == "1970-01-02T00:00:00Z"


@pytest.mark.parametrize(
    "text",
    ["now", "-1", "1.5", "1e9", " 1", "0x10", "253402300800", "\N{ARABIC-INDIC DIGIT ONE}", "1" * 5_000],
    ids=["word", "negative", "fraction", "exponent", "blank", "hex", "year 10000", "other digits", "5,000 digits"],
)
def test_anything_but_whole_seconds_is_a_usage_error(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", text)
    with pytest.raises(UsageError) as caught:
        clock.now_seconds()
    assert caught.value.code == "clock.epoch"
    assert len(caught.value.message) < 80


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "1970-01-01T00:00:00Z"),
        (1_778_025_600.0, "2026-05-06T00:00:00Z"),
        (1_778_025_600.999, "2026-05-06T00:00:00Z"),
        (951_782_399.0, "2000-02-28T23:59:59Z"),
    ],
)
def test_a_time_has_one_form(seconds: float, text: str) -> None:
    assert clock.timestamp(seconds) == text


def test_the_time_zone_of_the_machine_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    time.tzset()
    try:
        assert clock.timestamp(0.0) == "1970-01-01T00:00:00Z"
    finally:
        monkeypatch.undo()
        time.tzset()
