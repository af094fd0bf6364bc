"""Laws of evidence that may be read at any time."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worldflux.stats.bets import Direction, capital_bounds, log_capital
from worldflux.stats.sequential import (
    block_confidence_sequence,
    block_log_e,
    checkpoint_schedule,
    confidence_sequence,
    e_process,
    log_e_above,
    log_e_below,
)

# Two ways to the same logarithm, each of numbers up to a million, part in their last digits.
ROUNDING = 1e-7

values = st.floats(0.001, 0.999)
counts = st.integers(1, 1_000_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
directions = st.sampled_from(["above", "below"])
blocks = st.integers(2, 10).flatmap(
    lambda tasks: st.tuples(st.lists(st.integers(0, tasks), min_size=1, max_size=60), st.just(tasks))
)


@given(counts, values)
def test_evidence_below_is_the_mirror_of_evidence_above(count: tuple[int, int], value: float) -> None:
    successes, trials = count
    mirrored = log_e_above(trials - successes, trials, 1 - value)
    assert log_e_below(successes, trials, value) == pytest.approx(mirrored, abs=ROUNDING, rel=1e-9)


@given(counts, values)
def test_one_more_success_is_more_evidence_that_the_rate_is_above(count: tuple[int, int], value: float) -> None:
    successes, trials = count
    if successes < trials:
        more = log_e_above(successes + 1, trials, value)
        assert more > log_e_above(successes, trials, value) - ROUNDING


@given(counts, values, values)
def test_evidence_of_being_above_falls_in_the_value_while_it_can_decide(
    count: tuple[int, int], one: float, other: float
) -> None:
    lower, higher = sorted((one, other))
    at_higher = log_e_above(*count, higher)
    if at_higher > 1:
        assert log_e_above(*count, lower) >= at_higher - ROUNDING


@given(counts)
def test_a_confidence_sequence_holds_the_observed_rate_and_mirrors(count: tuple[int, int]) -> None:
    successes, trials = count
    bounds = confidence_sequence(successes, trials)
    assert 0 <= bounds.lower <= successes / trials <= bounds.upper <= 1
    failures = confidence_sequence(trials - successes, trials)
    assert (1 - failures.upper, 1 - failures.lower) == pytest.approx(bounds, abs=1e-9)


@given(blocks, st.data())
def test_the_capital_of_bets_on_above_falls_in_the_value(run: tuple[list[int], int], data: st.DataObject) -> None:
    successes, tasks = run
    table = np.bincount(successes, minlength=tasks + 1)[np.newaxis]
    lower, higher = sorted(data.draw(st.tuples(values, values)))
    capital = [log_capital(table, np.arange(tasks + 1) / tasks, value, "above")[0] for value in (lower, higher)]
    assert capital[0] >= capital[1] - 1e-9


@given(blocks, values, directions, st.randoms())
def test_the_order_of_the_blocks_does_not_change_where_a_process_ends(
    run: tuple[list[int], int], value: float, direction: Direction, chance: Random
) -> None:
    successes, tasks = run
    shuffled = list(successes)
    chance.shuffle(shuffled)
    ends = [
        e_process(order, tasks=tasks, value=value, direction=direction).log_e[-1] for order in (successes, shuffled)
    ]
    assert ends[0] == ends[1]


@given(blocks, values, st.integers(0, 60))
def test_what_was_read_stays_read_when_more_blocks_come(run: tuple[list[int], int], value: float, cut: int) -> None:
    successes, tasks = run
    early = e_process(successes[:cut], tasks=tasks, value=value)
    late = e_process(successes, tasks=tasks, value=value)
    assert late.log_e[: len(early.log_e)] == pytest.approx(early.log_e)
    if early.decided_at is not None:
        assert late.decided_at == early.decided_at


@given(blocks, values)
def test_one_block_multiplies_capital_by_what_its_best_bet_could_at_most(
    run: tuple[list[int], int], value: float
) -> None:
    successes, tasks = run
    table = [np.bincount(successes[:length], minlength=tasks + 1) for length in (len(successes) - 1, len(successes))]
    before, after = block_log_e(table, tasks, value, "above")
    assert after - before <= np.log(max(successes[-1] / tasks / value, 1)) + 1e-9


@settings(max_examples=25)
@given(blocks, st.sampled_from([0.5, 0.9, 0.99]))
def test_bounds_of_blocks_hold_their_mean_and_widen_with_the_confidence(
    run: tuple[list[int], int], confidence: float
) -> None:
    successes, tasks = run
    narrow = block_confidence_sequence(successes, tasks=tasks, confidence=confidence)
    wide = block_confidence_sequence(successes, tasks=tasks, confidence=0.995)
    assert 0 <= wide.lower <= narrow.lower <= sum(successes) / len(successes) / tasks + 1e-12
    assert sum(successes) / len(successes) / tasks - 1e-12 <= narrow.upper <= wide.upper <= 1


@settings(max_examples=25)
@given(st.tuples(*[st.integers(0, 50)] * 3))
def test_capital_bounds_mirror(table: tuple[int, int, int]) -> None:
    outcomes = np.array([0.0, 0.5, 1.0])
    lower, upper = capital_bounds(np.array(table), outcomes, 0.05)
    mirrored_lower, mirrored_upper = capital_bounds(np.array(table[::-1]), outcomes, 0.05)
    assert (lower, upper) == pytest.approx((1 - mirrored_upper, 1 - mirrored_lower), abs=1e-9)


@given(st.integers(1, 3_000_000))
def test_a_schedule_rises_to_its_end_in_steps_of_at_most_five_percent(length: int) -> None:
    schedule = np.array(checkpoint_schedule(length))
    assert schedule[0] == 1
    assert schedule[-1] == length
    steps = np.diff(schedule)
    assert (steps >= 1).all()
    assert (steps <= np.maximum(1, schedule[:-1] / 20)).all()
    longer = checkpoint_schedule(length * 2)
    assert longer[: len(schedule) - 1] == tuple(schedule[:-1].tolist())
