"""The words of a seed are the same whether numpy computes them or not."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from worldbase.resampling import array_draws, draws, words

SEEDS = (0, 1, 20_261_121, (1 << 64) - 1, 1 << 64, (1 << 128) - 1)


@pytest.mark.parametrize("seed", SEEDS)
def test_words_are_those_of_numpy(seed: int) -> None:
    assert list(islice(words(seed), 1003)) == np.random.Philox(key=seed).random_raw(1003).tolist()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("below", [1, 2, 20, 1000, 1 << 32])
def test_draws_with_and_without_numpy_are_equal(seed: int, below: int) -> None:
    draw = array_draws(seed)
    assert draws(seed, 101, below) == [*draw(60, below).tolist(), *draw(41, below).tolist()]


def test_draws_cover_the_range_evenly() -> None:
    taken = draws(7, 40_000, 8)
    counts = [taken.count(value) for value in range(8)]
    assert sum(counts) == 40_000
    # chi-square with 7 degrees of freedom: 24.3 is its 99.9% quantile
    assert sum((count - 5000) ** 2 / 5000 for count in counts) < 24.3


@pytest.mark.parametrize("seed", [-1, 1 << 128])
def test_a_seed_out_of_range_is_refused(seed: int) -> None:
    with pytest.raises(ValueError, match="is not in"):
        next(words(seed))
