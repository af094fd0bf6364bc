"""Seeded draws for resampling: the same numbers with every version of Python and numpy, and with or without numpy.

They come from the raw words of the counter-based generator Philox4x64-10 (Salmon, Moraes, Dror and Shaw 2011,
"Parallel random numbers: as easy as 1, 2, 3", SC11), as numpy's `Philox(key=seed)` gives them. `words` and `draws` are
pure Python, for programs that must start quickly and need few; `array_draws` asks numpy, where it is loaded anyway.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_WORD: Final = (1 << 64) - 1
_MULTIPLIERS: Final = (0xD2E7470EE14C6C93, 0xCA5A826395121157)
_KEY_STEPS: Final = (0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B)
_ROUNDS: Final = 10
_SEEDS: Final = 1 << 128


def words(seed: int) -> Iterator[int]:
    """Raw 64-bit words without end, in pure Python (about a microsecond each).

    Args:
        seed: From 0 to 2**128 - 1; the key of the generator.

    Raises:
        ValueError: The seed is out of range.
    """
    if not 0 <= seed < _SEEDS:
        raise ValueError(f"a seed of {seed} is not in 0..2**128-1")
    keys = [
        ((seed & _WORD) + turn * _KEY_STEPS[0] & _WORD, (seed >> 64) + turn * _KEY_STEPS[1] & _WORD)
        for turn in range(_ROUNDS)
    ]
    counter = 0
    while True:
        counter += 1  # numpy steps before it draws, so the first block is that of 1
        yield from _block(counter, keys)


def _block(counter: int, keys: list[tuple[int, int]]) -> tuple[int, int, int, int]:
    one, two, three, four = (counter >> shift & _WORD for shift in (0, 64, 128, 192))
    for first_key, second_key in keys:
        left, right = one * _MULTIPLIERS[0], three * _MULTIPLIERS[1]
        one, two, three, four = (
            right >> 64 ^ two ^ first_key,
            right & _WORD,
            left >> 64 ^ four ^ second_key,
            left & _WORD,
        )
    return one, two, three, four


def draws(seed: int, count: int, below: int) -> list[int]:
    """Integers in 0..below-1, one from each word: its upper half times `below`, without the lower 32 bits.

    The bias of a value is below `below / 2**32`.

    Args:
        seed: From 0 to 2**128 - 1.
        count: How many.
        below: From 1 to 2**32.
    """
    return [(word >> 32) * below >> 32 for word in islice(words(seed), count)]


class ArrayDraws(Protocol):
    """Draws of one seed, continued from call to call."""

    def __call__(self, count: int, below: int) -> NDArray[np.uint64]:
        """The next integers in 0..below-1, shape (count,)."""
        ...


def array_draws(seed: int) -> ArrayDraws:
    """The integers of `draws`, as arrays and by numpy."""
    import numpy as np

    generator = np.random.Philox(key=seed)

    def draw(count: int, below: int) -> NDArray[np.uint64]:
        raw = generator.random_raw(count) >> np.uint64(32)
        return (raw * np.uint64(below)) >> np.uint64(32)

    return draw
