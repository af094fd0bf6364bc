"""How numbers are written: enough digits that no real latency reads as zero, and no more than it has.

`exact` is for tables that programs read: four decimals as the format has them, and more where four would leave fewer
than four significant digits. `plain` is for people: four significant digits. Neither ever writes an exponent.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Final, NamedTuple

_DIGITS: Final = 4
_UNITS: Final = ((1e-6, "ns"), (1e-3, "µs"), (1.0, "ms"), (1e3, "s"))


class Unit(NamedTuple):
    """A unit of time: how many milliseconds it is, and its sign."""

    in_ms: float
    sign: str


def exact(value: float | None) -> str:
    """At least four decimals and at least four significant digits; nothing for None.

    Example:
        >>> exact(12.5), exact(0.0312345), exact(0.000312345), exact(0.0), exact(None)
        ('12.5000', '0.03123', '0.0003123', '0.0000', '')
    """
    return "" if value is None else f"{value:.{max(_DIGITS, decimals(value))}f}"


def plain(value: float | None, *, places: int | None = None) -> str:
    """Four significant digits with separators between thousands, or `places` decimals; a dash for None.

    Example:
        >>> plain(31.23456), plain(0.000312345), plain(12345.6), plain(0.0), plain(None)
        ('31.23', '0.0003123', '12,346', '0', '-')
    """
    if value is None:
        return "-"
    if value == 0 and places is None:
        return "0"
    return f"{value:,.{decimals(value) if places is None else places}f}"


def stated(value: float | None) -> str:
    """A number as somebody stated it, up to nine significant digits and without zeros at its end; a dash for None.

    For thresholds and what is held against them, which must not look equal where they are not.

    Example:
        >>> stated(250.0), stated(0.1), stated(400.04), stated(1e-7), stated(None)
        ('250', '0.1', '400.04', '0.0000001', '-')
    """
    if value is None:
        return "-"
    text = f"{Decimal(f'{value:.9g}'):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def between(bounds: Sequence[float] | None, *, near: float | None) -> str:
    """Two bounds with as many decimals as the number that they belong to has; a dash for None.

    Example:
        >>> between([0.0309, 0.03165], near=0.03123)
        '0.03090 to 0.03165'
    """
    if bounds is None:
        return "-"
    low, high = bounds
    places = decimals(near if near else max(abs(low), abs(high)))
    return f"{plain(low, places=places)} to {plain(high, places=places)}"


def decimals(value: float) -> int:
    """How many decimals leave four significant digits."""
    return _DIGITS if value == 0 else max(0, _DIGITS - 1 - math.floor(math.log10(abs(value))))


def count(number: int, noun: str) -> str:
    """A number with its noun: `1 budget`, `1,000 budgets`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def unit_for(milliseconds: Sequence[float]) -> Unit:
    """The largest unit in which none of these times is less than one."""
    least = min((value for value in milliseconds if value > 0), default=1.0)
    fitting = [Unit(*unit) for unit in _UNITS if unit[0] <= least]
    return fitting[-1] if fitting else Unit(*_UNITS[0])


def duration(milliseconds: float) -> str:
    """A time in the unit that suits it, with at most three significant digits below a thousand, for axes and captions.

    Example:
        >>> duration(0.0312), duration(250.0), duration(1500.0)
        ('31.2 µs', '250 ms', '1.5 s')
    """
    unit = unit_for([milliseconds])
    value = milliseconds / unit.in_ms
    text = f"{value:.{max(0, decimals(value) - 1)}f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} {unit.sign}"
