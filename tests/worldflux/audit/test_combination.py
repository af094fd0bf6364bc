"""Several metrics, one verdict."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pytest
from msgspec import UNSET
from scipy.stats import binom

from tests.worldflux.audit.cases import audit_input, cell
from tests.worldflux.audit.runs import cells_of, codes, decided, names, pair
from worldflux.documents.audit_input import AuditInput, Cell, Moments
from worldflux.documents.evidence import Evidence

SUPPORTED, BETWEEN, REFUTED = (450, 50), (375, 125), (300, 200)
VERDICTS = {SUPPORTED: "supported", BETWEEN: "inconclusive", REFUTED: "refuted"}


def of(counts: Sequence[tuple[int, int]], *, combine: str = "all", roles: Sequence[str] = ()) -> Evidence:
    """One metric per task."""
    metrics = [
        {"task": name, "role": role}
        for name, role in itertools.zip_longest(names(len(counts)), roles, fillvalue="primary")
    ]
    return claimed(metrics, audit_input(names(len(counts)), cells_of(counts)), combine=combine)


def claimed(metrics: Sequence[Mapping[str, Any]], given: AuditInput, *, combine: str = "all") -> Evidence:
    planned = max(each.planned for each in given.cells)
    return decided(pair(metrics=metrics, rule={"combine": combine}, seeds=[0], episodes_per_task=planned), given)


@pytest.mark.parametrize("counts", list(itertools.product(VERDICTS, repeat=2)))
def test_all_have_to_hold_and_one_refutes(counts: tuple[tuple[int, int], ...]) -> None:
    evidence = of(counts)
    parts = [VERDICTS[each] for each in counts]
    assert [metric.verdict for metric in evidence.metrics] == parts
    expected = "refuted" if "refuted" in parts else "inconclusive" if "inconclusive" in parts else "supported"
    assert evidence.verdict == expected
    assert all(metric.p_value and metric.p_value.adjusted is UNSET for metric in evidence.metrics)
    assert f"All together: {expected}." in evidence.headline


@pytest.mark.parametrize("counts", list(itertools.product(VERDICTS, repeat=2)))
def test_any_may_hold_and_all_have_to_be_refuted(counts: tuple[tuple[int, int], ...]) -> None:
    evidence = of(counts, combine="any")
    parts = [VERDICTS[each] for each in counts]
    expected = "supported" if "supported" in parts else "inconclusive" if "inconclusive" in parts else "refuted"
    assert evidence.verdict == expected
    assert f"Any of them: {expected}." in evidence.headline


def test_any_is_corrected_by_holm() -> None:
    """395 of 500 supports alone; as one look of three it does not, and beside two clear ones it does again."""
    alone = of([(391, 109)], combine="any")
    p_value = binom.sf(390, 500, 0.75)
    assert alone.verdict == "supported"
    assert p_value > 0.05  # Wilson decides, and one metric by itself is not corrected
    three = of([(395, 105), BETWEEN, REFUTED], combine="any")
    raw = [binom.sf(k - 1, 500, 0.75) for k in (395, 375, 300)]
    assert raw[0] < 0.05 < 3 * raw[0]
    shown = [metric.p_value.adjusted for metric in three.metrics if metric.p_value]
    assert shown == pytest.approx([3 * raw[0], 1.0, 1.0], rel=1e-9)
    assert three.metrics[0].verdict == "inconclusive"
    assert "multiple.holm" in codes(three)
    beside = of([(395, 105), SUPPORTED, SUPPORTED], combine="any")
    assert beside.metrics[0].verdict == "supported"


def test_one_metric_is_not_several() -> None:
    """Wilson's bound supports 31 of 50 at an exact p of 0.06; without a second look there is nothing to correct."""
    for combine in ("all", "any"):
        given = audit_input(["t0"], cells_of([(31, 19)]))
        evidence = claimed([{"value": 0.55}], given, combine=combine)
        assert evidence.verdict == "supported"
        assert "multiple.holm" not in codes(evidence)


def score_cell(name: str, scores: Sequence[float]) -> Cell:
    moments = Moments(count=len(scores), sum=sum(scores), sum_of_squares=sum(score**2 for score in scores))
    counted = cell(name, 0, len(scores), success=len(scores))
    return msgspec.structs.replace(counted, sums={"max_reward": moments, "sum_reward": moments})


def test_any_of_several_scores_is_corrected_too() -> None:
    """No score has a p-value that is shown; two chances at alpha would still be two chances."""
    barely = [0.9 + 0.1 * (-1) ** index for index in range(20)]  # mean 0.9, standard error 0.023
    given = audit_input(["t0"], [score_cell("t0", barely)])
    one = {"name": "avg_max_reward", "value": 0.91, "unit": "reward"}
    other = {"name": "avg_sum_reward", "value": 5.0, "unit": "reward"}
    assert claimed([one], given, combine="any").verdict == "supported"
    both = claimed([one, other], given, combine="any")
    assert (both.metrics[0].verdict, both.verdict) == ("inconclusive", "inconclusive")
    assert "multiple.holm" in codes(both)
    assert claimed([one], given).verdict == "supported"


def test_exploratory_metrics_are_shown_corrected_and_decide_nothing() -> None:
    counts = [SUPPORTED, (395, 105), (395, 105), REFUTED]
    evidence = of(counts, roles=["primary", "exploratory", "exploratory", "exploratory"])
    assert evidence.verdict == "supported"
    raw = binom.sf(394, 500, 0.75)
    adjusted = [metric.p_value.adjusted for metric in evidence.metrics if metric.p_value]
    assert adjusted[0] is UNSET
    assert adjusted[1:] == pytest.approx([raw * 3 / 2, raw * 3 / 2, 1.0], rel=1e-9)
    assert [("exploratory" in metric.flags) for metric in evidence.metrics] == [False, True, True, True]
    assert "t3" not in evidence.headline
    refuted = of([REFUTED, SUPPORTED], roles=["primary", "exploratory"])
    assert refuted.verdict == "refuted"


def test_an_exploratory_support_may_not_survive_its_correction() -> None:
    evidence = of([SUPPORTED, (393, 107), BETWEEN], roles=["primary", "exploratory", "exploratory"])
    raw = binom.sf(392, 500, 0.75)
    assert 0.025 < raw < 0.05
    assert evidence.metrics[1].verdict == "inconclusive"
    assert "multiple.exploratory" in codes(evidence)


def test_a_claim_of_nothing_but_exploration_cannot_be_tested() -> None:
    evidence = of([SUPPORTED, SUPPORTED], roles=["exploratory", "exploratory"])
    assert (evidence.verdict, codes(evidence)[-1]) == ("not_testable", "metrics.only_exploratory")
    assert "nothing is claimed" in evidence.headline


def test_a_metric_that_cannot_be_tested_stands_in_the_way_of_all_and_not_of_any() -> None:
    metrics = [{"task": "t0"}, {"task": "nowhere"}]
    given = audit_input(["t0"], cells_of([SUPPORTED]))
    assert claimed(metrics, given).verdict == "not_testable"
    assert claimed(metrics, given, combine="any").verdict == "supported"
    refuted = audit_input(["t0"], cells_of([REFUTED]))
    assert claimed(metrics, refuted).verdict == "refuted"
    assert claimed(metrics, refuted, combine="any").verdict == "not_testable"


def test_a_correction_is_not_mistaken_for_what_was_lost() -> None:
    """One lost episode changes nothing; the correction does, with it and without it."""
    cells = [cell("t0", 0, 500, success=394, failure=105, infra_error=1), cell("t1", 0, 500, success=375, failure=125)]
    evidence = claimed([{"task": "t0"}, {"task": "t1"}], audit_input(names(2), cells), combine="any")
    assert "multiple.holm" in codes(evidence)
    assert evidence.verdict == "inconclusive"
    assert evidence.observed_verdict is UNSET


@pytest.mark.parametrize(("successes", "verdict"), [(67, "inconclusive"), (65, "refuted")])
def test_one_of_two_refutes_a_claim_of_both_only_at_half_the_error(successes: int, verdict: str) -> None:
    """Of 100, at most 67 refute at an error of 0.05, and at most 66 at 0.025."""
    evidence = of([(successes, 100 - successes), (95, 5)])
    assert [metric.verdict for metric in evidence.metrics] == ["refuted", "supported"]
    assert evidence.verdict == verdict
    assert ("multiple.refutation" in codes(evidence)) == (verdict == "inconclusive")
