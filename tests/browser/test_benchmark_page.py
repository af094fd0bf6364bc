"""The page of a benchmark report in a real browser: on a phone, in the dark, from a file, with no network."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.worldforge.benchmark.reports import sample_against, sample_report
from tests.worldforge.benchmark.test_render import failing_gate
from worldforge.benchmark.page import report_html

PHONE: Final = 360
READABLE: Final = 4.5
"""Least contrast of text (WCAG 2.2, 1.4.3)."""
COLOURS: Final = """() => [...document.querySelectorAll("h1, p, td, th, small, li, caption, figcaption, svg text")]
  .filter(each => each.textContent.trim())
  .map(each => {
    const style = getComputedStyle(each)
    let behind = each
    while (behind && getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") behind = behind.parentElement
    const ink = each instanceof SVGElement ? style.fill : style.color
    return [each.textContent.trim(), ink, getComputedStyle(behind ?? document.body).backgroundColor]
  })"""
BOXES: Final = """() => [...document.querySelectorAll("svg")].map(svg => {
  const frame = svg.getBoundingClientRect()
  return {frame: [frame.left, frame.top, frame.right, frame.bottom], labels: [...svg.querySelectorAll("text")].map(
    label => { const box = label.getBoundingClientRect()
               return [label.textContent, box.left, box.top, box.right, box.bottom] })}
})"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; skipped, visibly, where there is none."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """The page at the width of a phone; whatever the browser complains about fails the test."""
    path = tmp_path / "report.html"
    path.write_text(report_html(sample_report(against=sample_against()), gate=failing_gate()), encoding="utf-8")
    scheme: Literal["light", "dark"] = request.param
    context = browser.new_context(offline=True, color_scheme=scheme, viewport={"width": PHONE, "height": 800})
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda message: complaints.append(message.text))
    requests: list[str] = []
    opened.on("request", lambda request: requests.append(request.url))
    opened.goto(path.as_uri())
    yield opened
    context.close()
    assert (complaints, requests) == ([], [path.as_uri()])


def luminance(colour: str) -> float:
    """Relative luminance of `rgb(r, g, b)` (WCAG 2.2)."""
    parts = [int(part) / 255 for part in colour.removeprefix("rgb(").removesuffix(")").split(", ")]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_only_tables_scroll_sideways_on_a_phone(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    assert page.locator(".scroll").count() == 4


def test_every_text_stands_out_from_what_is_behind_it(page: Page) -> None:
    found: list[tuple[str, str, str]] = page.evaluate(COLOURS)
    assert len(found) > 80
    assert [(text, ink, paper) for text, ink, paper in found if contrast(ink, paper) < READABLE] == []


def test_no_label_of_a_picture_is_cut_off_or_covers_another(page: Page) -> None:
    pictures: list[dict[str, Any]] = page.evaluate(BOXES)
    assert len(pictures) == 4
    for picture in pictures:
        left, top, right, bottom = picture["frame"]
        labels = picture["labels"]
        assert [
            each[0] for each in labels if each[1] < left or each[2] < top or each[3] > right or each[4] > bottom
        ] == []
        assert [(one[0], other[0]) for one, other in combinations(labels, 2) if overlap(one, other)] == []


def overlap(one: list[Any], other: list[Any]) -> bool:
    return bool(one[1] < other[3] and other[1] < one[3] and one[2] < other[4] and other[2] < one[4])
