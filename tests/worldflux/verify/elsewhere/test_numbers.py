"""The second implementation of the rules gives what the first one stored, on every way through them."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import pytest

from tests.worldflux.verify.elsewhere.numbers_cases import every_case
from tests.worldflux.verify.elsewhere.numbers_in_node import (
    PARTS,
    Case,
    Row,
    decided_case,
    mismatches,
    reach_of,
    rows_of,
)
from worldflux.audit.rules import v1
from worldflux.documents.evidence import VERDICTS

RULES: Final = Path(v1.__file__).parent
LARGEST_DIFFERENCE: Final = 1e-9


@lru_cache(maxsize=1)
def cases() -> dict[str, Case]:
    """What Python makes of every case; each stands once under a placeholder as well, in turn."""
    bindings = ("bound", "bound", "placeholder")
    return {
        name: decided_case(documents, given, binding=bindings[number % 3])
        for number, (name, (documents, given)) in enumerate(every_case().items())
    }


@lru_cache(maxsize=1)
def answers() -> dict[str, list[Row]]:
    return dict(zip(cases(), rows_of(list(cases().values())), strict=True))


@pytest.mark.parametrize("name", every_case())
def test_every_number_text_and_verdict_is_the_same(name: str) -> None:
    rows = answers()[name]
    assert mismatches(rows) == []
    assert len(rows) > 40


def test_numbers_differ_by_rounding_at_most() -> None:
    reach = reach_of(list(answers().values()))
    assert reach.rows > 10_000
    assert reach.largest <= LARGEST_DIFFERENCE, reach.at


def test_the_cases_reach_all_five_verdicts() -> None:
    assert {case["evidence"]["verdict"] for case in cases().values()} == set(VERDICTS)


def test_the_cases_reach_every_reason_that_the_rules_can_give() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in RULES.glob("*.py"))
    written = {
        code for code in re.findall(r'"([a-z_]+(?:\.[a-z0-9_]+)?)"', source) if code in _REASONS_ALONE or "." in code
    }
    gates = {"ppi.few_real", "ppi.few_discordant"}  # shown in words, by the reason `ppi.not_verdict_bearing`
    files = {code for code in written if code.startswith("worldflux.") or code == "seed.overlap"}
    given = {reason["code"] for case in cases().values() for reason in case["evidence"]["reasons"]}
    assert given == written - gates - files


_REASONS_ALONE: Final = {"power_undefined", "short_of_plan"}


@pytest.mark.parametrize(
    ("place", "found"),
    [
        (
            "flags",
            "asymptotic below_target baseline_uncertainty_ignored exact_test_disagrees exploratory missing_sensitive",
        ),
        ("flags", "aggregation_sensitive not_robust robust ppi_not_verdict_bearing savi_not_applicable seed_overlap"),
        ("flags", "short_of_plan starts_repeated starts_unverified wald_declared"),
        (
            "methods",
            "wilson clopper_pearson jeffreys jeffreys_bcd agresti_coull wald ppi e_process none stratified_t t bca",
        ),
        ("methods", "design_effect_wilson stratified_wilson"),
        (
            "readings",
            "as_if_planned best_of_n betting independent_episodes lost_left_out micro_average one_start_per_task",
        ),
        ("readings", "method:wilson method:clopper_pearson method:jeffreys method:agresti_coull ppi task_population"),
    ],
)
def test_the_cases_reach_every_flag_method_and_reading(place: str, found: str) -> None:
    metrics: list[dict[str, Any]] = [metric for case in cases().values() for metric in case["evidence"]["metrics"]]
    reached = {
        "flags": {flag for metric in metrics for flag in metric["flags"]},
        "methods": {metric["method"] for metric in metrics},
        "readings": {reading["reading"] for metric in metrics for reading in metric["sensitivity"]},
    }[place]
    assert set(found.split()) <= reached


def test_no_part_asks_the_clock_the_network_or_chance() -> None:
    for part in sorted(PARTS.glob("5*.js")):
        text = part.read_text(encoding="utf-8")
        assert not re.search(r"Math\.random|Date\b|fetch|XMLHttp|require\(|import\(|eval\(", text), part.name
