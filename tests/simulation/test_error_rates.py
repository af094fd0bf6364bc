"""The verdict rule errs no more often than it says, and the page of error rates is what a new simulation finds."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from scripts.generate_simulation_page import HEAD, PAGE, heading, section
from tests.simulation.rows import IN_TESTS, ON_THE_PAGE, Kind, Quantity, Rate, Row, Scenario
from tests.simulation.scenarios import SCENARIOS

AGREEMENT = 4.0
"""Standard errors by which two simulations of one rate may differ; some hundred rates are compared."""


def _page() -> str:
    return PAGE.read_text(encoding="utf-8")


def _published_rates(scenario: Scenario) -> list[Rate]:
    """The rates of a scenario's table on the page, in order."""
    text = _page().split(f"## {heading(scenario)}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")][2:]
    return [Rate(float(cells[3]), int(cells[5].replace(",", "") or 0)) for cells in lines]


def _line(row: Row) -> str:
    limit = row.nominal if row.accepted is None else row.accepted
    return f"{row.setting}: {row.quantity} {row.rate.value:.4f}, limit {limit:.4f} ({row.kind})"


def _broken(rows: Sequence[Row]) -> list[str]:
    return [_line(row) for row in rows if not row.as_promised]


def _differing(rows: Sequence[Row], published: Sequence[Row]) -> list[str]:
    return [
        f"{_line(mine)}; the page says {theirs.rate.value:.4f}"
        for mine, theirs in zip(rows, published, strict=True)
        if not _agree(mine.rate, theirs.rate)
    ]


def _agree(mine: Rate, theirs: Rate) -> bool:
    """Whether two rates may be one and the same: at the rate of both together, as a two-sample score test does."""
    if not (mine.replications and theirs.replications):
        return mine.replications == theirs.replications and abs(mine.value - theirs.value) < 1e-4
    both = mine.replications + theirs.replications
    rate = (mine.value * mine.replications + theirs.value * theirs.replications + 1) / (both + 2)
    spread = math.sqrt(rate * (1 - rate) * (1 / mine.replications + 1 / theirs.replications))
    return abs(mine.value - theirs.value) <= AGREEMENT * spread + 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.title.lower().replace(" ", "-"))
def test_the_rule_errs_as_rarely_as_it_says_and_as_the_page_says(scenario: Scenario) -> None:
    rows = scenario.rows(IN_TESTS)
    rates = _published_rates(scenario)
    assert len(rates) == len(rows), "run `just simulate`"
    published = [replace(row, rate=rate) for row, rate in zip(rows, rates, strict=True)]
    assert section(scenario, published) in _page(), "run `just simulate`"
    assert (_broken(rows), _broken(published), _differing(rows, published)) == ([], [], [])


def test_the_page_holds_every_scenario_and_nothing_else() -> None:
    page = _page()
    assert page.startswith(HEAD), "run `just simulate`"
    assert re.findall(r"^## (.+)$", page, flags=re.MULTILINE) == [heading(scenario) for scenario in SCENARIOS]


def test_the_page_and_the_tests_share_no_random_numbers() -> None:
    streams = [
        tuple(budget.generator(scenario.number, part).random(2))
        for budget in (IN_TESTS, ON_THE_PAGE)
        for scenario in SCENARIOS
        for part in range(10)
    ]
    assert len(set(streams)) == len(streams)


def _row(quantity: Quantity, value: float, accepted: float | None = None, kind: Kind = "rule") -> Row:
    nominal = 0.90 if quantity == "coverage" else 0.05
    return Row("setting", quantity, nominal, Rate(value, 4000), accepted, "why", kind)


@pytest.mark.parametrize(
    ("row", "as_promised", "verdict"),
    [
        (_row("false supported", 0.050), True, "holds"),
        (_row("false supported", 0.058), True, "holds"),
        (_row("false supported", 0.064), False, "exceeds by 0.0140"),
        (_row("false supported", 0.064, accepted=0.06), True, "exceeds by 0.0140 (limit 0.0600)"),
        (_row("false supported", 0.052, accepted=0.06), True, "exceeds by 0.0020 (limit 0.0600)"),
        (_row("false supported", 0.049, accepted=0.06), True, "holds"),
        (_row("false supported", 0.075, accepted=0.06), False, "exceeds by 0.0250 (limit 0.0600)"),
        (_row("coverage", 0.95), True, "holds"),
        (_row("coverage", 0.87), False, "falls short by 0.0300"),
        (_row("coverage", 0.87, accepted=0.88), True, "falls short by 0.0300 (limit 0.8800)"),
        (_row("coverage", 0.70, kind="contrast"), True, "contrast: falls short by 0.2000"),
        (_row("false refuted", 0.051, kind="contrast"), False, "contrast: exceeds by 0.0010"),
        (_row("false refuted", 0.30, kind="gap"), True, "gap: exceeds by 0.2500"),
    ],
)
def test_a_rate_is_held_to_its_limit(row: Row, as_promised: bool, verdict: str) -> None:
    assert (row.as_promised, row.verdict) == (as_promised, verdict)


@pytest.mark.parametrize(("theirs", "agree"), [(0.05, True), (0.058, True), (0.07, False), (0.03, False)])
def test_a_page_of_other_numbers_does_not_pass(theirs: float, agree: bool) -> None:
    assert _agree(Rate(0.05, 4000), Rate(theirs, 30_000)) is agree
    assert _agree(Rate(0.05), Rate(theirs)) is (theirs == 0.05)
