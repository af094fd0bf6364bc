"""Driving the viewer without a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import NamedTuple, TypeAlias, TypeVar

from textual.pilot import Pilot

from tests.worldforge.view.workspaces import NOW
from worldforge.view.app import Viewer

T = TypeVar("T")
Steps: TypeAlias = Callable[[Pilot[list[str]]], Awaitable[None]]

SMALL = (80, 24)
WIDE = (130, 36)


class Seen(NamedTuple):
    """What was left: the text on the screen, and what the program would print."""

    text: str
    printed: list[str] | None


def view(workspace: Path, keys: Iterable[str] = (), *, run: str | None = None, size: tuple[int, int] = SMALL) -> Seen:
    """Open a workspace, press keys one after the other, and say what is seen then."""
    return drive(_viewer(workspace, run), _pressing(keys), size=size)


def drive(app: Viewer, steps: Steps, *, size: tuple[int, int] = SMALL) -> Seen:
    """Run the program, take some steps, and say what is seen when all work is done."""
    return asyncio.run(_run(app, steps, size, lambda: Seen(screen_text(app), app.return_value)))


def picture(workspace: Path, keys: Iterable[str] = (), *, run: str | None = None, size: tuple[int, int] = SMALL) -> str:
    """The same as `view`, as the SVG that the program exports."""
    app = _viewer(workspace, run)
    return asyncio.run(
        _run(app, _pressing(keys), size, lambda: app.export_screenshot(title="worldforge view", simplify=True))
    )


def _viewer(workspace: Path, run: str | None) -> Viewer:
    return Viewer(workspace, run, clock=lambda: NOW)


def _pressing(keys: Iterable[str]) -> Steps:
    async def driven(pilot: Pilot[list[str]]) -> None:
        await pilot.press(*keys)

    return driven


async def _run(app: Viewer, steps: Steps, size: tuple[int, int], look: Callable[[], T]) -> T:
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await steps(pilot)
        await settled(pilot)
        return look()


async def settled(pilot: Pilot[list[str]]) -> None:
    """Wait for the work in the background, and for the screen to be drawn."""
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


def screen_text(app: Viewer) -> str:
    """The screen as text, one line for each line of it."""
    strips = app.screen._compositor.render_strips(app.size)
    return "".join(strip.text.rstrip() + "\n" for strip in strips)
