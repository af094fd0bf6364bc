"""Providers of this package come from a table, those of others from entry points; a broken one hides no other."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import entry_points

import pytest

from tests.worldforge.providers.entries import BAD, GOOD, outside_entries
from worldforge.errors import ProviderError
from worldforge.providers.contract import BaseProvider
from worldforge.providers.registry import (
    BUILTINS,
    DISABLED_BY,
    GROUP,
    OutsideProviders,
    SkippedEntry,
    entry_points_wanted,
    make_builtin,
)

__all__ = ["outside_entries"]

Register = Callable[..., None]


def test_the_table_is_what_the_distribution_registers() -> None:
    assert {entry.name: entry.value for entry in entry_points(group=GROUP)} == BUILTINS


@pytest.mark.parametrize("name", BUILTINS)
def test_a_provider_of_this_package_is_made_with_its_handler(name: str) -> None:
    events: list[object] = []
    provider = make_builtin(name, events.append)
    assert (provider.name, provider.event_handler) == (name, events.append)


def test_those_of_this_package_do_not_appear_twice(outside_entries: Register) -> None:
    outside_entries(near="Near")
    found = OutsideProviders()
    assert found.names() == ("near",)
    assert [name for name, _ in found.all()] == ["near"]


def test_working_ones_come_whatever_is_broken_beside_them(outside_entries: Register) -> None:
    outside_entries(**GOOD, **BAD)
    found = dict(OutsideProviders().all())
    assert sorted(found) == sorted([*GOOD, *BAD])
    assert {name for name, made in found.items() if isinstance(made, BaseProvider)} == set(GOOD)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("leaves", "SystemExit: secret in "),
        ("nothing", "it gives a int, not a BaseProvider"),
        ("narrow", "unexpected keyword argument 'event_handler'"),
        ("constant", "is not a Callable"),
        ("absent", "AttributeError"),
        ("misnamed", "its provider calls itself 'near'"),
    ],
)
def test_a_broken_one_says_why_and_is_an_error_where_it_was_asked_for(
    outside_entries: Register, name: str, reason: str
) -> None:
    outside_entries(**BAD)
    found = OutsideProviders()
    skipped = dict(found.all())[name]
    assert isinstance(skipped, SkippedEntry)
    assert reason in skipped.reason
    assert "/home/ada" not in skipped.reason
    with pytest.raises(ProviderError) as caught:
        found.get(name)
    assert (caught.value.code, caught.value.exit_code) == ("provider.broken", 4)
    assert reason in caught.value.message


def test_a_rival_of_a_provider_of_this_package_is_reported_and_not_taken(outside_entries: Register) -> None:
    outside_entries(mock="Near")
    found = OutsideProviders()
    assert found.names() == ()
    (name, rival), *others = found.all()
    assert (name, others) == ("mock", [])
    assert isinstance(rival, SkippedEntry)
    assert "registers the same name" in rival.reason


def test_nobody_has_an_unknown_name(outside_entries: Register) -> None:
    outside_entries(near="Near")
    assert OutsideProviders().get("nobody") is None
    assert OutsideProviders().get("mock") is None


def test_a_provider_is_made_once_with_the_handler_and_when_it_is_asked_for(outside_entries: Register) -> None:
    outside_entries(made="make_near", near="Near")
    sys.modules.pop("outside_entries", None)
    events: list[object] = []
    found = OutsideProviders(event_handler=events.append)
    assert found.names() == ("made", "near")
    assert "outside_entries" not in sys.modules
    provider = found.get("made")
    assert provider is not None
    assert provider is found.get("made") is dict(found.all())["made"]
    loaded = sys.modules["outside_entries"].LOADED
    assert loaded == [events.append]


@pytest.mark.parametrize(
    ("value", "wanted"), [("", True), ("0", True), ("false", True), (" no ", True), ("1", False), ("yes", False)]
)
def test_a_variable_turns_entry_points_off(monkeypatch: pytest.MonkeyPatch, value: str, wanted: bool) -> None:
    monkeypatch.setenv(DISABLED_BY, value)
    assert entry_points_wanted() is wanted
    assert entry_points_wanted(True) is True
    assert entry_points_wanted(False) is False
