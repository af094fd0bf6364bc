"""Sums that do not depend on where windows end.

A rounded sum per window would make the last digit of a document depend on the window size. Each window is therefore
summed into a few doubles that add up to its sum; `math.fsum` over those of all windows is rounded once.
"""

from __future__ import annotations

import math
from operator import mul
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

# Of one window: a million of them still add up to a double.
_LARGEST_SUM: Final = 1e300
# From here on, an array is worth its making. Small audits need no numpy for it.
_ARRAY_LENGTH: Final = 256
# So many doubles are kept before they are added up to fewer.
_MOST_PARTS: Final = 64


class ExactSums(NamedTuple):
    """What the values of a window add up to.

    Attributes:
        largest: The largest value.
        sum: Doubles that add up to the sum.
        squares: Doubles that add up to the sum of the squares, each rounded.
    """

    largest: float
    sum: list[float]
    squares: list[float]


def exact_sums(values: list[float]) -> ExactSums:
    """Sum finite values and their squares.

    Args:
        values: At least one.

    Raises:
        OverflowError: They are too large for a double to hold the sum of their squares.
    """
    return _of_array(values) if len(values) >= _ARRAY_LENGTH else _of_list(values)


def condensed(parts: list[float]) -> list[float]:
    """The same sum in few doubles, where many have come together: memory does not grow with the windows.

    Args:
        parts: Doubles that add up to a sum.
    """
    return _peeled(parts) if len(parts) > _MOST_PARTS else parts


def _of_list(values: list[float]) -> ExactSums:
    squares = list(map(mul, values, values))
    for numbers in (values, squares):
        _refuse_too_large(math.fsum(numbers))
    return ExactSums(max(values), _peeled(values), _peeled(squares))


def _peeled(values: list[float]) -> list[float]:
    """The rounded sum, then what the rounding left over, until nothing is left."""
    rest = list(values)
    while total := math.fsum(rest):
        rest.append(-total)
    return [-part for part in rest[len(values) :]]


def _of_array(values: list[float]) -> ExactSums:
    """The same by arrays, three times as fast."""
    import numpy as np

    array = np.array(values, dtype=np.float64)
    with np.errstate(over="ignore"):  # an infinite square is refused below
        squares = array * array
    return ExactSums(float(array.max()), _folded(array), _folded(squares))


def _folded(values: npt.NDArray[np.float64]) -> list[float]:
    """Take the highest bits off all values, as many as can be summed without rounding, until nothing is left.

    Adding and subtracting a power of two rounds a value to multiples of that power's last bit. With the power as many
    times the largest value as there are values, all such multiples and their sum fit into a double, in any order of
    adding (Rump, Ogita and Oishi 2008, "Accurate floating-point summation, part I", algorithm ExtractVector).
    """
    parts: list[float] = []
    while largest := float(abs(values).max()):
        _refuse_too_large(largest)
        power = math.ldexp(1.0, math.frexp(largest)[1] + len(values).bit_length())
        high = (values + power) - power
        parts.append(float(high.sum()))
        values = values - high
    _refuse_too_large(math.fsum(parts))
    return parts


def _refuse_too_large(number: float) -> None:
    if abs(number) > _LARGEST_SUM:
        raise OverflowError
