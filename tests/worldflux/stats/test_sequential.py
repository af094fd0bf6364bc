"""E-processes keep their error however a run is stopped, and find what there is to find."""

from __future__ import annotations

import itertools
import json
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from scipy.stats import betabinom, binom, multinomial

from tests.support import FIXTURES
from worldflux.errors import StatisticsError
from worldflux.stats import sequential
from worldflux.stats.bets import Direction
from worldflux.stats.incomplete_beta import log_incomplete_beta
from worldflux.stats.sequential import (
    EProcess,
    block_confidence_sequence,
    block_log_e,
    checkpoint_schedule,
    confidence_sequence,
    e_process,
    log_e_above,
    log_e_below,
    two_policy_e_process,
)

ALPHA = 0.05
EVERY_TRIAL = 500
MILLION = 1_000_000


def vectors(function: str) -> list[Any]:
    every = json.loads((FIXTURES / "statistics" / "vectors.json").read_text(encoding="utf-8"))["vectors"]
    chosen = [vector for vector in every if vector["function"] == function]
    assert chosen
    return chosen


def first_deciding_count(trials: int, value: float) -> int:
    """Fewest successes that decide after so many trials, by halving; e rises with the successes."""
    low, high = 0, trials + 1
    while low < high:
        middle = (low + high) // 2
        if middle > trials or log_e_above(middle, trials, value) >= -math.log(ALPHA):
            high = middle
        else:
            low = middle + 1
    return low


def decided_by(rate: float, value: float, trials: int) -> list[float]:
    """Exact probability of having decided by each trial, looking after every one: a walk over all counts."""
    alive = np.array([1.0])
    decided, path = 0.0, []
    for trial in range(1, trials + 1):
        alive = np.concatenate([alive * (1 - rate), [0.0]]) + np.concatenate([[0.0], alive * rate])
        critical = first_deciding_count(trial, value)
        decided += float(alive[critical:].sum())
        alive[critical:] = 0.0
        path.append(decided)
    return path


@pytest.mark.parametrize("vector", vectors("e_value_beta_mixture_one_sided_p_le_p0"), ids=lambda vector: vector["id"])
def test_e_values_match_the_reference(vector: Any) -> None:
    given = vector["input"]
    e = log_e_above(given["k"], given["n"], given["p0"], tuple(given["prior"]))
    assert e == pytest.approx(vector["expected"], abs=vector["tol"])


@pytest.mark.parametrize("vector", vectors("bernoulli_cs_beta_mixture"), ids=lambda vector: vector["id"])
def test_confidence_sequences_match_the_reference(vector: Any) -> None:
    given = vector["input"]
    bounds = confidence_sequence(
        given["k"], given["n"], confidence=1 - given["alpha"], prior=(given["prior"][0], given["prior"][1])
    )
    assert bounds == pytest.approx(vector["expected"], abs=vector["tol"])


@pytest.mark.parametrize("trials", [1, 7, 40])
@pytest.mark.parametrize("value", [0.01, 0.3, 0.75, 0.99])
def test_the_expected_e_value_is_one_at_the_value_and_less_below_it(trials: int, value: float) -> None:
    e = np.exp([log_e_above(successes, trials, value) for successes in range(trials + 1)])

    def expectation(rate: float) -> float:
        return float(binom.pmf(np.arange(trials + 1), trials, rate) @ e)

    assert expectation(value) == pytest.approx(1.0, rel=1e-9)
    assert expectation(0.0) < expectation(0.5 * value) < expectation(0.9 * value) < 1


@pytest.mark.parametrize("trials", [1, 7, 40])
@pytest.mark.parametrize("value", [0.01, 0.3, 0.75, 0.99])
def test_the_expected_e_value_of_the_mirror_is_one_at_the_value_and_less_above_it(trials: int, value: float) -> None:
    e = np.exp([log_e_below(successes, trials, value) for successes in range(trials + 1)])

    def expectation(rate: float) -> float:
        return float(binom.pmf(np.arange(trials + 1), trials, rate) @ e)

    assert expectation(value) == pytest.approx(1.0, rel=1e-9)
    assert expectation(1.0) < expectation(0.5 + 0.5 * value) < expectation(0.1 + 0.9 * value) < 1


@pytest.mark.parametrize("direction", ["above", "below"])
@pytest.mark.parametrize("shares", [(0.25, 0.0, 0.75), (0.0, 0.5, 0.5), (0.1, 0.3, 0.6)])
def test_blocks_are_fair_bets_whatever_the_dependence_within_a_block(
    shares: tuple[float, float, float], direction: Direction
) -> None:
    blocks = 6
    counts = [c for c in itertools.product(range(blocks + 1), repeat=3) if sum(c) == blocks]
    chances = multinomial.pmf(counts, blocks, shares)
    assert shares[1] / 2 + shares[2] == pytest.approx(0.75)
    assert float(chances @ np.exp(block_log_e(counts, 2, 0.75, direction))) == pytest.approx(1.0, rel=1e-9)


def test_a_rate_that_reacts_to_the_run_but_stays_at_or_below_the_value_gains_nothing() -> None:
    value, trials, expectation = 0.6, 8, 0.0
    for outcomes in itertools.product((0, 1), repeat=trials):
        chance = 1.0
        for index, outcome in enumerate(outcomes):
            rate = value if sum(outcomes[:index]) * 2 >= index else 0.2
            chance *= rate if outcome else 1 - rate
        expectation += chance * math.exp(log_e_above(sum(outcomes), trials, value))
    assert 0.5 < expectation < 1


@pytest.mark.parametrize(("value", "error"), [(0.75, 0.040), (0.9, 0.039)])
def test_looking_after_every_episode_errs_less_often_than_alpha(value: float, error: float) -> None:
    decided = decided_by(value, value, EVERY_TRIAL)[-1]
    assert decided < ALPHA
    assert decided == pytest.approx(error, abs=0.003)


def test_a_true_claim_is_found_early() -> None:
    path = decided_by(0.85, 0.75, EVERY_TRIAL)
    assert path[-1] == pytest.approx(0.996, abs=0.001)
    median = next(trial for trial, decided in enumerate(path, 1) if decided >= 0.5)
    assert median == pytest.approx(106, abs=2)


@pytest.mark.parametrize("together", [True, False])
def test_peeking_at_blocks_errs_less_often_than_alpha(together: bool) -> None:
    runs, blocks, tasks, value = 400, 100, 5, 0.7
    generator = np.random.default_rng(20_261_121)
    rates = value if together else np.array([0.3, 0.5, 0.7, 1.0, 1.0])
    draws = generator.random((runs, blocks, 1 if together else tasks))
    successes = (np.broadcast_to(draws, (runs, blocks, tasks)) < rates).sum(axis=2)
    wrong = sum(e_process(run, tasks=tasks, value=value, alpha=ALPHA).decided_at is not None for run in successes)
    assert 0 < wrong < runs * ALPHA + 3 * math.sqrt(runs * ALPHA * (1 - ALPHA))


def test_a_confidence_sequence_holds_at_all_times_at_once() -> None:
    rate, trials = 0.75, 60
    alive, missed = np.array([1.0]), 0.0
    for trial in range(1, trials + 1):
        alive = np.concatenate([alive * (1 - rate), [0.0]]) + np.concatenate([[0.0], alive * rate])
        bounds = [confidence_sequence(successes, trial, confidence=0.8) for successes in range(trial + 1)]
        outside = np.array([not bound.lower <= rate <= bound.upper for bound in bounds])
        missed += float(alive[outside].sum())
        alive[outside] = 0.0
    assert 0.05 < missed < 0.2


@pytest.mark.parametrize("trials", [1, 10, 1_000, 10_000, 100_000])
@pytest.mark.parametrize("value", [0.05, 0.5, 0.75, 0.9, 0.99])
@pytest.mark.parametrize("direction", ["above", "below"])
def test_bets_on_single_episodes_come_close_to_the_integral(trials: int, value: float, direction: Direction) -> None:
    spread = 4 * math.sqrt(trials * value * (1 - value))
    edge = trials * value
    chosen = {0, trials, *(min(trials, max(0, round(edge + share * spread))) for share in (-2, -1, 0, 0.5, 1))}
    log_e = log_e_above if direction == "above" else log_e_below
    for successes in chosen:
        exact = log_e(successes, trials, value)
        (grid,) = block_log_e([[trials - successes, successes]], 1, value, direction)
        near_a_decision = abs(exact) < 20
        assert grid == pytest.approx(exact, abs=1e-3 if near_a_decision else math.inf, rel=1e-3)


@pytest.mark.parametrize("value", [1e-12, 1e-6, 0.5, 0.75, 1 - 1e-6, 1 - 1e-12])
@pytest.mark.parametrize("successes", [0, 1, MILLION // 2, MILLION - 1, MILLION])
def test_a_million_trials_do_not_break_the_arithmetic(successes: int, value: float) -> None:
    likeliest = successes / MILLION
    gain = float(binom.logpmf(successes, MILLION, likeliest) - binom.logpmf(successes, MILLION, value))
    above, below = log_e_above(successes, MILLION, value), log_e_below(successes, MILLION, value)
    ahead, behind = (above, below) if likeliest > value else (below, above)
    assert ahead <= gain + 1e-6 * abs(gain) + 1e-6
    assert ahead == pytest.approx(gain, abs=20)
    assert -30 < behind < 1e-9


def test_evidence_passes_smoothly_from_the_library_to_the_continued_fraction() -> None:
    trials, value = 20_000, 0.75
    path = np.array([log_e_above(successes, trials, value) for successes in range(11_000, 13_000)])
    assert (np.diff(path) > 0).all()
    assert np.abs(np.diff(path, n=2)).max() < 1e-6


@pytest.mark.parametrize(
    ("a", "b", "x"), [(1427.5, 38.5, 0.5967), (7180.5, 28.5, 0.9032), (0.5, 20.5, 0.001), (5000.5, 9000.5, 0.25)]
)
def test_the_incomplete_beta_integral_is_right_in_its_tail(a: float, b: float, x: float) -> None:
    term = total = Fraction(1)
    share, index = Fraction(x), 0
    while term > total / 10**18:
        term *= (Fraction(a) + Fraction(b) + index) / (Fraction(a) + 1 + index) * share
        term, index = term.limit_denominator(10**40), index + 1
        total += term
    expected = a * math.log(x) + b * math.log1p(-x) - math.log(a) + math.log(total)
    assert log_incomplete_beta(np.array([a]), np.array([b]), x) == pytest.approx([expected], rel=1e-12)


def test_a_process_of_single_episodes_reads_the_exact_e_value_at_each_checkpoint() -> None:
    outcomes = [1, 1, 0, 1, 1, 1, 1, 1, 0, 1] * 30
    process = e_process(outcomes, value=0.5)
    assert process.checkpoints == checkpoint_schedule(300)
    assert process.threshold_log_e == pytest.approx(math.log(20))
    for checkpoint, log_e in zip(process.checkpoints, process.log_e, strict=True):
        assert log_e == pytest.approx(log_e_above(sum(outcomes[:checkpoint]), checkpoint, 0.5), abs=1e-12)
    first = next(c for c, e in zip(process.checkpoints, process.log_e, strict=True) if e >= math.log(20))
    assert process.decided_at == first


def test_a_process_of_blocks_reads_the_counts_up_to_each_checkpoint() -> None:
    process = e_process([0, 2, 2, 1], tasks=2, value=0.5, direction="below", checkpoints=(1, 3))
    assert process.checkpoints == (1, 3)
    assert process.log_e == pytest.approx(block_log_e([[1, 0, 0], [1, 0, 2]], 2, 0.5, "below").tolist())
    assert process.decided_at is None


@pytest.mark.parametrize("piece", [1, 3, 7])
def test_in_what_pieces_blocks_are_counted_changes_nothing(monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    blocks, looks = [0, 2, 2, 1, 1, 0, 2, 1, 0, 0, 2], (1, 4, 5, 10)
    whole = e_process(blocks, tasks=2, value=0.5, checkpoints=looks)
    monkeypatch.setattr(sequential, "_BLOCKS_PER_PIECE", piece)
    assert e_process(blocks, tasks=2, value=0.5, checkpoints=looks) == whole
    assert e_process(blocks[:4], tasks=2, value=0.5, checkpoints=looks[:2]).log_e == whole.log_e[:2]


def test_a_decision_stands_although_the_evidence_falls_later() -> None:
    process = e_process([1] * 10 + [0] * 20, value=0.5)
    assert process.log_e[-1] < process.threshold_log_e
    assert process.decided_at == 6


def test_nothing_run_decides_nothing() -> None:
    nothing = EProcess("above", 1, (), (), math.log(20), None)
    assert e_process([], value=0.5) == nothing
    assert e_process([], value=0.5, tasks=3).log_e == ()
    assert two_policy_e_process([]).decided_at is None
    assert log_e_above(0, 0, 0.5) == 0.0
    assert confidence_sequence(0, 0) == (0.0, 1.0)
    assert block_confidence_sequence([], tasks=4) == (0.0, 1.0)


def test_the_schedule_reads_early_blocks_one_by_one_and_late_ones_in_steps() -> None:
    assert checkpoint_schedule(0) == ()
    assert checkpoint_schedule(3) == (1, 2, 3)
    assert checkpoint_schedule(205)[-3:] == (199, 200, 205)
    assert len(checkpoint_schedule(MILLION)) < 500
    assert checkpoint_schedule(MILLION)[-1] == MILLION


@pytest.mark.parametrize(("successes", "trials"), [(45, 50), (1, 1_000), (999_000, MILLION)])
@pytest.mark.parametrize("prior", [(0.5, 0.5), (1.0, 2.0)])
def test_a_confidence_sequence_ends_where_the_mixture_reaches_the_threshold(
    successes: int, trials: int, prior: tuple[float, float]
) -> None:
    bounds = confidence_sequence(successes, trials, prior=prior)
    assert bounds.lower < successes / trials < bounds.upper
    for rate in bounds:
        at_rate = float(binom.logpmf(successes, trials, rate))
        assert betabinom.logpmf(successes, trials, *prior) - at_rate == pytest.approx(math.log(20), abs=1e-5)


def test_bounds_of_blocks_exclude_what_the_process_rejects() -> None:
    blocks = [9, 8, 10, 7, 9, 8, 9, 10, 8, 9] * 3
    lower, upper = block_confidence_sequence(blocks, tasks=10, confidence=0.9)
    for value, direction, decided in [
        (lower - 1e-6, "above", True),
        (lower + 1e-6, "above", False),
        (upper + 1e-6, "below", True),
        (upper - 1e-6, "below", False),
    ]:
        side: Direction = "above" if direction == "above" else "below"
        process = e_process(blocks, tasks=10, value=value, direction=side, alpha=ALPHA, checkpoints=[len(blocks)])
        assert (process.decided_at is not None) == decided


def test_bounds_of_blocks_of_one_task_are_those_of_episodes() -> None:
    assert block_confidence_sequence([1, 0, 1, 1], tasks=1) == confidence_sequence(3, 4)


def test_blocks_without_a_success_bound_the_rate_from_above_only() -> None:
    lower, upper = block_confidence_sequence([0] * 20, tasks=4)
    assert lower == 0.0
    assert 0.0 < upper < 0.3
    mirrored = block_confidence_sequence([4] * 20, tasks=4)
    assert mirrored == pytest.approx((1 - upper, 1.0))


def test_two_policies_are_told_apart_by_the_pairs_in_which_they_differ() -> None:
    pairs = [(1, 1), (1, 0), (0, 0), (1, 0), (0, 1)] + [(1, 0)] * 12
    process = two_policy_e_process(pairs, alpha=ALPHA)
    assert process.log_e[-1] == pytest.approx(log_e_above(14, 15, 0.5))
    assert process.log_e[3] == pytest.approx(log_e_above(2, 2, 0.5))
    assert process.checkpoints == tuple(range(1, len(pairs) + 1))
    assert process.decided_at is not None
    assert two_policy_e_process([(second, first) for first, second in pairs]).decided_at is None


@pytest.mark.parametrize(
    "impossible",
    [
        lambda: log_e_above(3, 2, 0.5),
        lambda: log_e_above(-1, 2, 0.5),
        lambda: log_e_above(1, 2, 0.0),
        lambda: log_e_below(1, 2, 1.0),
        lambda: log_e_below(1, 2, math.nan),
        lambda: log_e_above(1, 2, 0.5, (0.0, 0.5)),
        lambda: block_log_e([[1, 2]], 2, 0.5, "above"),
        lambda: block_log_e([[1, -2, 0]], 2, 0.5, "above"),
        lambda: block_log_e([[1, 2, 0]], 2, 0.5, "sideways"),  # type: ignore[arg-type]
        lambda: checkpoint_schedule(-1),
        lambda: e_process([0, 2], value=0.5),
        lambda: e_process([0, -1], value=0.5),
        lambda: e_process([0.0, 1.0], value=0.5),  # type: ignore[list-item]
        lambda: e_process([0, 1], value=0.5, alpha=0.0),
        lambda: e_process([0, 1], value=0.5, tasks=0),
        lambda: e_process([0, 1], value=0.5, checkpoints=(2, 1)),
        lambda: e_process([0, 1], value=0.5, checkpoints=(1, 3)),
        lambda: confidence_sequence(1, 2, confidence=1.0),
        lambda: confidence_sequence(3, 2),
        lambda: block_confidence_sequence([1], tasks=2, confidence=0.0),
        lambda: two_policy_e_process([(1, 2)]),
        lambda: two_policy_e_process([(1, 0, 1)]),  # type: ignore[list-item]
    ],
)
def test_impossible_arguments_are_refused(impossible: Any) -> None:
    with pytest.raises(StatisticsError) as refused:
        impossible()
    assert refused.value.code == "stats.argument"
    assert refused.value.hint
