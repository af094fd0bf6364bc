"""The cases of sigstore-conformance, through the function that verifies bundles here."""

from __future__ import annotations

import re

import pytest

from scripts.generate_conformance_page import CASES, DEVIATIONS, EARLIER, PAGE, Outcome, cases, outcome, outcomes, page
from tests.support import SHARED_DATA, shared_data

NAMES = [case.name for case in cases(SHARED_DATA)] if (SHARED_DATA / CASES).exists() else []


@pytest.mark.parametrize("name", NAMES or ["(the cases are not at hand)"])
def test_a_bad_bundle_is_refused_and_a_good_one_accepted(name: str) -> None:
    result = outcome(shared_data(CASES) / name, SHARED_DATA)
    assert result.is_as_it_must_be or name in DEVIATIONS
    assert not (result.is_bad and not result.reason)


def test_every_deviation_is_one() -> None:
    """A case that is read since the last release of the library leaves the list."""
    folder = shared_data(CASES)
    results = {name: outcome(folder / name, SHARED_DATA) for name in DEVIATIONS}
    assert {name for name, result in results.items() if not result.is_as_it_must_be} == set(DEVIATIONS)
    assert not any(result.is_bad for result in results.values())


def test_what_is_refused_for_another_reason_is_refused() -> None:
    folder = shared_data(CASES)
    assert all(outcome(folder / name, SHARED_DATA).reason for name in EARLIER)


def test_the_committed_page_is_the_run_of_today() -> None:
    shared_data(CASES)
    now = page(outcomes(SHARED_DATA))
    assert PAGE.read_text(encoding="utf-8") == now, "run `python -m scripts.generate_conformance_page`"


def test_the_committed_page_counts_what_it_lists() -> None:
    """Holds without the cases too."""
    text = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\S+) +\| (refused|accepted) +\| (refused|accepted) ", text, flags=re.MULTILINE)
    differing = {name.replace("\\", "") for name, has_to_be, is_ in rows if has_to_be != is_}
    assert differing == set(DEVIATIONS)
    assert f"{len(rows)} of them" in text
    bad = sum(has_to_be == "refused" for _, has_to_be, _ in rows)
    assert f"{bad} bad bundles: {bad} refused" in text


def test_a_case_says_what_it_has_to_be() -> None:
    assert Outcome("a_fail", "reason").is_as_it_must_be
    assert not Outcome("a_fail", "").is_as_it_must_be
    assert Outcome("a", "").is_as_it_must_be
    assert not Outcome("a", "reason").is_as_it_must_be
