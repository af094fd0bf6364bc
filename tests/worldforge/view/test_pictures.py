"""The pictures of the documentation show what the program shows."""

from __future__ import annotations

import re

import pytest

from scripts import draw_view

_HINT = "(if this is right: uv run --extra dev python -m scripts.draw_view)"


@pytest.mark.slow
def test_the_pictures_are_current() -> None:
    drawn = dict(draw_view.pictures())
    stale = [name for name, picture in drawn.items() if (draw_view.ASSETS / name).read_text("utf-8") != picture]
    assert stale == [], _HINT
    assert sorted(drawn) == sorted(path.name for path in draw_view.ASSETS.glob("view-*.svg"))


def test_the_pictures_load_nothing_and_run_nothing() -> None:
    pictures = [path.read_text("utf-8") for path in sorted(draw_view.ASSETS.glob("view-*.svg"))]
    assert len(pictures) == 4
    for picture in pictures:
        assert set(re.findall(r"(?:https?:)?//[^\s\"')]+", picture)) == {"http://www.w3.org/2000/svg"}
        assert "<script" not in picture
