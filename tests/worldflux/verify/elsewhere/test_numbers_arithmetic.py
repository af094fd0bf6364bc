"""The arithmetic under the second implementation: decimals, texts, special functions, exact sums, digests, chance."""

from __future__ import annotations

import hashlib
import json
import math
import random
from decimal import Decimal
from fractions import Fraction
from statistics import NormalDist
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from scipy import special

from tests.worldflux.verify.elsewhere.numbers_in_node import compute
from worldbase.document import significant
from worldflux.audit.rules.v1.wording import fixed_point
from worldflux.stats.critical_counts import exact, score_bound
from worldflux.stats.one_sided_rules import critical_count

# A process answers a whole list; to shrink it would take minutes.
BATCHES: Final = settings(max_examples=6, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
FINITE: Final = st.floats(allow_nan=False, allow_infinity=False)
AWKWARD: Final = [
    *(0.0, -0.0, 1.0, 100.0, 0.1, 0.5, 2.5, 1.5, 0.125, 5e-324, 1.7976931348623157e308, 1e16, 1e15, 123456789012345.6),
    *(1e-4, 1e-5, 9.9995, 99.995, 999999.5, 0.00001, 1e22, 1e21, 3.814697265625e-06, 0.30000000000000004, -1234.5),
]
FORMATS: Final = {
    "general(x)": "g",
    "general(x, 4)": ".4g",
    "general(x, 3)": ".3g",
    "fixed(x, 3)": ".3f",
    "signedFixed(x, 3)": "+.3f",
    "groupedFixed(x, 0)": ",.0f",
    "groupedFixed(x, 1)": ",.1f",
}


def each(expression: str, values: Any) -> Any:
    """The expression for every value `x`."""
    return compute(f"return given.map((x) => {expression});", values)


@BATCHES
@given(st.lists(FINITE, min_size=200, max_size=400))
def test_texts_of_numbers_are_the_same(values: list[float]) -> None:
    numbers = [*AWKWARD, *values]
    for expression, form in FORMATS.items():
        assert each(expression, numbers) == [format(number, form) for number in numbers], form


@BATCHES
@given(st.lists(FINITE, min_size=200, max_size=400))
def test_numbers_are_rounded_to_twelve_digits_alike(values: list[float]) -> None:
    numbers = [*AWKWARD, *values]
    assert [*map(float, each("significant(x)", numbers))] == [*map(significant, numbers)]


@BATCHES
@given(st.lists(st.tuples(FINITE, FINITE), min_size=100, max_size=200))
def test_stated_decimals_are_subtracted_and_written_alike(pairs: list[tuple[float, float]]) -> None:
    given_pairs = [*pairs, *((one, other) for one in AWKWARD for other in (0.05, 0.0, 1e-9))]
    scaled = "[1, 100].map((scale) => String(Decimal.stated(x[0]).dividedByScale(scale)))"
    less = "String(Decimal.stated(x[0]).minus(Decimal.stated(x[1])))"
    expected = [
        [*(str(exact(one) / scale) for scale in (1, 100)), str(exact(one) - exact(other))] for one, other in given_pairs
    ]
    # Decimals have a signed zero, which is a zero all the same.
    answers = each(f"[...{scaled}, {less}]", given_pairs)
    assert answers == [[text.replace("-0", "0") if Decimal(text) == 0 else text for text in row] for row in expected]


@BATCHES
@given(st.lists(st.fractions(0, 1), min_size=50, max_size=100))
def test_fractions_are_the_nearest_doubles_and_the_nearest_fractions(values: list[Fraction]) -> None:
    texts = [[str(value.numerator), str(value.denominator)] for value in values]
    made = "new Fraction(BigInt(x[0]), BigInt(x[1]))"
    assert each(f"{made}.toNumber()", texts) == [float(value) for value in values]
    limited = [value.limit_denominator(1000) for value in values]
    parts = "[near.numerator, near.denominator].map(String)"
    near = compute(f"return given.map((x) => {{ const near = {made}.nearestWithin(1000); return {parts}; }});", texts)
    assert near == [[str(value.numerator), str(value.denominator)] for value in limited]


def test_numbers_stand_with_the_same_decimals() -> None:
    groups = [[0.75, 0.8, 0.05], [0.7999999, 0.8, 1e-7], [1.0, 1.0, 0.0], [0.5, 0.25, 0.125]]
    answers = each("fixedPoint(...x.map((one) => Decimal.stated(one)))", groups)
    assert answers == [fixed_point(*map(exact, group)) for group in groups]


@BATCHES
@given(st.lists(st.lists(st.floats(-1e200, 1e200), max_size=60), min_size=30, max_size=60))
def test_sums_are_rounded_once(lists: list[list[float]]) -> None:
    ties = [
        [1.0, 2.0**-53, 2.0**-106],
        [1.0, -(2.0**-54), -(2.0**-107)],
        [1e16, 1.0, 1e-16],
        [0.1] * 10,
        [1e308, -1e308],
    ]
    given_lists = [*ties, *lists]
    assert [*map(float, each("exactSum(x)", given_lists))] == [*map(math.fsum, given_lists)]


def _beta_arguments() -> list[tuple[float, float, float]]:
    drawn, made = random.Random(5), []
    for _ in range(600):
        trials = int(10 ** drawn.uniform(0, 7))
        successes = drawn.randint(1, trials)
        half = drawn.choice([0.0, 0.5])
        spread = 2 / math.sqrt(trials)
        rate = min(max(successes / trials + drawn.gauss(0, spread), 1e-6), 1 - 1e-6)
        made.append((successes + half, trials - successes + 1 + half, rate))
    return made


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("betaParts(...x).lower", special.betainc),
        ("betaParts(...x).upper", special.betaincc),
        ("betaQuantile(x[0], x[1], 0.05)", lambda a, b, x: special.betaincinv(a, b, 0.05)),
        ("betaUpperQuantile(x[0], x[1], 0.05)", lambda a, b, x: special.betainccinv(a, b, 0.05)),
        ("betaQuantile(x[0], x[1], 0.8)", lambda a, b, x: special.betaincinv(a, b, 0.8)),
    ],
)
def test_incomplete_betas_agree_to_ten_digits(expression: str, expected: Any) -> None:
    arguments = _beta_arguments()
    wanted = [float(expected(*one)) for one in arguments]
    for answer, value in zip(each(expression, arguments), wanted, strict=True):
        assert answer == pytest.approx(value, rel=1e-10, abs=1e-290)


def test_normal_and_student_agree_to_twelve_digits() -> None:
    drawn = random.Random(6)
    arguments = [(10 ** drawn.uniform(0, 7), 1 - 10 ** drawn.uniform(-8, -0.31), drawn.gauss(0, 4)) for _ in range(600)]
    answers = each(
        "[normalQuantile(x[1]), normalQuantile(1 - x[1]), normalBelow(x[2]), studentQuantile(x[0], x[1]), "
        "studentBelow(x[0], x[2])]",
        arguments,
    )
    normal = NormalDist()
    for answer, (degrees, probability, place) in zip(answers, arguments, strict=True):
        wanted = [
            normal.inv_cdf(probability),
            normal.inv_cdf(1 - probability),
            special.ndtr(place),
            special.stdtrit(degrees, probability),
            special.stdtr(degrees, place),
        ]
        assert answer == pytest.approx(wanted, rel=1e-12)


def test_the_log_of_the_beta_function_keeps_its_digits() -> None:
    # By the duplication formula B(a, a) = 2^(1-2a) B(1/2, a), and by B(a, 1) = 1/a.
    arguments = [0.5, 1.0, 3.25, 15.9, 16.1, 1e3, 1e6]
    answers = each("[logBeta(x, x) - (1 - 2 * x) * Math.LN2 - logBeta(0.5, x), logBeta(x, 1) + Math.log(x)]", arguments)
    for argument, answer in zip(arguments, answers, strict=True):
        assert answer == pytest.approx([0, 0], abs=1e-15 * max(10.0, argument))


def test_bounds_are_the_same_decimals() -> None:
    drawn, arguments = random.Random(7), []
    for _ in range(150):
        rate, effect = round(drawn.uniform(0.001, 0.999), drawn.choice([1, 2, 3, 9])), significant(drawn.uniform(1, 9))
        arguments.append((drawn.randint(1, 10**6), max(rate, 0.001), drawn.uniform(-4, 4), effect))
    arguments += [(100, 0.5, 2.0, 1.0), (400, 0.2, 1.0, 1.0), (16, 0.5, -3.0, 4.0)]
    answers = each("scoreBound(x[0], Decimal.stated(x[1]), x[2], x[3]).toString()", arguments)
    for answer, (trials, rate, quantile, effect) in zip(answers, arguments, strict=True):
        assert Decimal(answer) == score_bound(trials, exact(rate), Decimal(quantile), effect)


def test_critical_counts_are_the_same_also_where_a_tail_meets_alpha() -> None:
    drawn = random.Random(8)
    methods = ("wilson", "clopper_pearson", "jeffreys", "jeffreys_bcd", "agresti_coull", "wald")
    arguments = [
        (
            drawn.randint(0, 300),
            round(drawn.uniform(0.01, 0.99), 2),
            drawn.choice([0.05, 0.025, 0.001, 0.2]),
            method,
            side,
        )
        for method in methods
        for side in ("above", "below")
        for _ in range(40)
    ]
    tails = [(5, 0.5, 0.03125, "clopper_pearson", side) for side in ("above", "below")]
    tails += [(2, 0.1, 0.01, "clopper_pearson", "above"), (3, 0.2, 0.008, "clopper_pearson", "above")]
    every = [*arguments, *tails]
    answers = each("criticalCount(x[0], Decimal.stated(x[1]), x[2], x[3], x[4])", every)
    assert answers == [
        critical_count(trials, exact(rate), alpha, method=method, direction=side)  # type: ignore[arg-type]
        for trials, rate, alpha, method, side in every
    ]


def test_digests_are_sha_256_and_layout_is_left_out() -> None:
    texts = ["", "abc", "a" * 55, "a" * 56, "a" * 64, "a" * 1000, "\u00e9\u2028\U0001f600"]
    assert each("sha256Hex(new TextEncoder().encode(x))", texts) == [
        hashlib.sha256(text.encode()).hexdigest() for text in texts
    ]
    value = {"a b": [1.0, 'x "y\\" z', {}], "c\\": "\n "}
    assert each("withoutLayout(x)", [json.dumps(value, indent=2)]) == [json.dumps(value, separators=(",", ":"))]


@pytest.mark.parametrize("seed", [0, 1, 2**64 - 1, 0x0123456789ABCDEF])
def test_words_are_those_of_philox(seed: int) -> None:
    words = np.random.Philox(key=seed).random_raw(1001) >> np.uint64(32)
    body = f"const next = philoxUpperHalves({seed}n); return Array.from({{ length: 1001 }}, next);"
    assert compute(body, None) == words.tolist()


@pytest.mark.parametrize("size", [1, 7, 8, 9, 100, 128, 129, 500, 1000])
def test_arrays_are_added_in_the_same_order(size: int) -> None:
    values = np.random.default_rng(size).normal(size=size) * 1e3
    assert each("pairwiseSum(x)", [values.tolist()]) == [float(values.sum())]


def test_ranges_that_came_before_are_left_out() -> None:
    drawn = random.Random(9)
    for _ in range(5):
        ranges = [(start, start + drawn.randint(0, 12)) for start in (drawn.randint(0, 60) for _ in range(12))]
        seen: set[int] = set()
        wanted = []
        for start, stop in ranges:
            wanted.append([number for number in range(start, stop) if number not in seen])
            seen.update(range(start, stop))
        body = "const fresh = new FreshNumbers(); return given.map((range) => fresh.add(range));"
        found = compute(body, ranges)
        assert [[number for start, stop in parts for number in range(start, stop)] for parts in found] == wanted
