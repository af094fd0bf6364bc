"""Write ``docs/assets/verdict-line.svg``: which counts of 1,500 episodes refute a claim of 80%, and which support it.

Run as ``uv run python scripts/draw_verdict_line.py``. The counts come from the decision rule itself, and the same rule
gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple

from worldflux.stats.verdicts import Boundary, Sample, boundary, hypotheses_of

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "assets" / "verdict-line.svg"

_TRIALS: Final = 1500
_CLAIMED: Final = Decimal("0.80")
_MARGIN: Final = Decimal("0.05")
_ALPHA: Final = 0.05

_WIDTH, _HEIGHT = 900, 310
_LEFT, _RIGHT = 60, 840
_FIRST, _LAST = 1050, 1260
_BAR: Final = 26
_REFUSED, _OPEN, _SHOWN = "#c2554d", "#c9ccd1", "#3f8f5f"

_HEAD: Final = (
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" role="img" '
    'aria-label="Which counts of 1,500 episodes decide a claim of 80 percent">'
)


class Row(NamedTuple):
    """One tested value and the words for the three stretches of its line."""

    boundary: Boundary
    title: str
    words: tuple[str, str, str]
    top: int


def main() -> None:
    """Write the picture."""
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(picture(), encoding="utf-8")


def picture() -> str:
    """The picture as SVG, on a white ground so that it reads the same in dark pages."""
    (tested,) = hypotheses_of(">=", _CLAIMED, _MARGIN, _ALPHA)
    sample = Sample(_TRIALS)
    rows = [
        Row(
            boundary(tested, sample),
            f"Tested: above {tested.threshold} ({_CLAIMED} minus margin {_MARGIN})",
            ("refuted", "neither", "supported"),
            62,
        ),
        Row(
            boundary(tested.against(_CLAIMED), sample),
            f"The claimed value itself: above {_CLAIMED}",
            ("contradicted", "not shown", "shown"),
            162,
        ),
    ]
    lines = [
        _HEAD,
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        *_claimed(rows),  # below the bars, so that their words stay readable
        *(line for row in rows for line in _row(row)),
        *_axis(),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _row(row: Row) -> Iterator[str]:
    yield _text(_LEFT, row.top - 10, row.title, anchor="start", weight="bold")
    edges = (_FIRST, row.boundary.refuting + 1, row.boundary.supporting, _LAST + 1)
    colours = (_REFUSED, _OPEN, _SHOWN)
    for start, stop, colour, word in zip(edges, edges[1:], colours, row.words, strict=False):
        left, right = _x(start), _x(stop)
        yield f'<rect x="{left}" y="{row.top}" width="{round(right - left, 1)}" height="{_BAR}" fill="{colour}"/>'
        ink = "#202124" if colour == _OPEN else "#ffffff"
        yield _text(round((left + right) / 2, 1), row.top + 18, word, colour=ink)
    for count, anchor in ((row.boundary.refuting, "end"), (row.boundary.supporting, "start")):
        edge = _x(count + 1) if anchor == "end" else _x(count)
        yield _text(edge, row.top + _BAR + 16, f"{count:,}", anchor=anchor, size=12)


def _axis() -> Iterator[str]:
    top = 248
    yield f'<line x1="{_LEFT}" y1="{top}" x2="{_RIGHT}" y2="{top}" stroke="#202124"/>'
    for count in range(_FIRST, _LAST + 1, 30):
        yield f'<line x1="{_x(count)}" y1="{top}" x2="{_x(count)}" y2="{top + 5}" stroke="#202124"/>'
        yield _text(_x(count), top + 20, f"{count:,}", size=12)
        yield _text(_x(count), top + 35, f"{Decimal(count) / _TRIALS:.0%}", size=12, colour="#5f6368")
    yield _text(_LEFT, top + 52, "successes of 1,500 episodes", anchor="start", size=12)


def _claimed(rows: list[Row]) -> Iterator[str]:
    at = _x(int(_CLAIMED * _TRIALS))
    yield (
        f'<line x1="{at}" y1="{rows[0].top - 28}" x2="{at}" y2="248" stroke="#202124" stroke-width="1.5" '
        'stroke-dasharray="5 4"/>'
    )
    yield _text(at, rows[0].top - 34, f"claimed: {int(_CLAIMED * _TRIALS):,} ({_CLAIMED:.0%})")


def _x(count: int) -> float:
    return round(_LEFT + (_RIGHT - _LEFT) * (count - _FIRST) / (_LAST + 1 - _FIRST), 1)


def _text(
    x: float,
    y: float,
    words: str,
    *,
    anchor: str = "middle",
    size: int = 14,
    colour: str = "#202124",
    weight: str = "normal",
) -> str:
    return (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}" fill="{colour}" font-weight="{weight}">'
        f"{words}</text>"
    )


if __name__ == "__main__":
    main()
