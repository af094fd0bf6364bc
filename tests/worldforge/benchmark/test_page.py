"""The page of a report: self-contained, escaped, and with pictures that show what the numbers say."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.conftest import Golden
from tests.worldforge.benchmark.reports import (
    older_report,
    sample_against,
    sample_blocks,
    sample_histogram,
    sample_report,
    sample_result,
)
from tests.worldforge.benchmark.test_render import failing_gate, passing_gate
from worldforge.benchmark.chart import blocks_chart, distribution_chart
from worldforge.benchmark.page import report_html
from worldforge.benchmark.report import BenchmarkResult, Block, Histogram
from worldforge.pages.pieces import Markup, escaped, page, section, table

VOID = {"meta", "br", "img", "link", "input", "hr"}


class Outline(HTMLParser):
    """Tags of a page with their attributes; fails where one is closed that is not open."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def count(self, tag: str) -> int:
        return [name for name, _ in self.tags].count(tag)


def drawing(svg: str) -> ET.Element:
    return ET.fromstring(svg)


def places(svg: str, kind: str) -> list[tuple[float, float]]:
    (line,) = [each for each in drawing(svg).iter("polyline") if each.get("class") == kind]
    return [(float(x), float(y)) for x, _, y in (point.partition(",") for point in (line.get("points") or "").split())]


def test_a_report_as_a_page(golden: Golden) -> None:
    golden("worldforge/report.html", report_html(sample_report(), gate=failing_gate()))


def test_a_page_loads_and_runs_nothing() -> None:
    text = report_html(sample_report(against=sample_against()), gate=failing_gate())
    outline = Outline(text)
    policy = next(found["content"] for tag, found in outline.tags if found.get("http-equiv"))
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    assert not {tag for tag, _ in outline.tags} & {"script", "link", "img", "iframe", "object", "form", "base", "use"}
    loading = {"src", "href", "xlink:href", "style", "action", "data"}
    assert not [
        found for _, found in outline.tags if loading & set(found) or any(name.startswith("on") for name in found)
    ]
    assert "://" not in text
    assert "url(" not in text
    assert "@import" not in text


def test_a_page_is_for_phones_the_dark_and_readers_aloud() -> None:
    text = report_html(sample_report())
    outline = Outline(text)
    assert any(found.get("name") == "viewport" for _, found in outline.tags)
    assert "prefers-color-scheme: dark" in text
    assert outline.tags[0] == ("html", {"lang": "en"})
    assert all(found["role"] == "img" and found["aria-label"] for tag, found in outline.tags if tag == "svg")
    scrolling = [found for tag, found in outline.tags if found.get("class") == "scroll"]
    assert scrolling
    assert all(found["tabindex"] == "0" and found["aria-label"] for found in scrolling)


def test_the_boundary_comes_before_any_number() -> None:
    text = Outline(report_html(sample_report(), gate=passing_gate())).text
    assert text.index("Synthetic adapter benchmark") < text.index("Passed: 1 budget") < text.index("312.7")


def test_a_gate_is_shown_where_there_is_one() -> None:
    assert "Budget gate" not in report_html(sample_report())
    assert "Failed: 2 budgets" in report_html(sample_report(), gate=failing_gate())


def test_an_earlier_run_is_shown_where_there_is_one() -> None:
    text = Outline(report_html(sample_report(against=sample_against()))).text
    assert "Regressed, against 20260506T000000Z-0123abcd" in text
    assert "1.0891" not in text  # four digits are enough
    assert "1.089 to 1.118" in text


def test_a_report_without_blocks_and_histogram_has_no_pictures() -> None:
    assert Outline(report_html(older_report())).count("svg") == 0


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</style><script>", "a\u202eb", "&lt;"]
)
def test_names_cannot_break_out(name: str) -> None:
    result = sample_result(
        provider=name, operation=name, success_count=199, error_count=1, errors=[name], flags=[f"odd {name}"]
    )
    text = report_html(sample_report(results=[result], claim_boundary=name), gate=failing_gate())
    outline = Outline(text)
    assert not {tag for tag, _ in outline.tags} & {"script", "img"}
    assert "\u202e" not in text
    if name == "&lt;":
        assert "&amp;lt;" in text


def test_pieces_escape_what_is_not_markup() -> None:
    assert escaped("<b>") == "&lt;b&gt;"
    assert escaped(Markup("<b>")) == "<b>"
    assert section("Empty", []) == ""
    assert "<td>&lt;b&gt;</td>" in table(("a",), [["<b>"]], caption="c")
    assert Outline(page("<title>", [])).text.count("<title>") == 2


def test_the_share_of_calls_rises_from_none_to_all() -> None:
    line = places(distribution_chart(sample_result()), "line first")
    assert all(right[0] >= left[0] and right[1] <= left[1] for left, right in pairwise(line))
    assert (line[0][1], line[-1][1]) == (190.0, 16.0)


def test_the_median_lies_on_the_line_at_half_of_the_calls() -> None:
    result = sample_result()
    svg = distribution_chart(result)
    line = places(svg, "line first")
    dot = next(each for each in drawing(svg).iter("circle"))
    assert float(dot.get("cy") or 0) == pytest.approx(103.0)
    x = float(dot.get("cx") or 0)
    before, after = next((left, right) for left, right in pairwise(line) if left[1] >= 103.0 >= right[1])
    assert before[0] - 12 <= x <= after[0] + 12


def test_a_few_calls_that_are_far_slower_are_named_instead_of_drawn() -> None:
    histogram = sample_histogram(30_200)
    far = Histogram(relative_width=1 / 16, buckets=[(start, 100 * n) for start, n in histogram.buckets] + [(10**9, 2)])
    svg = distribution_chart(sample_result(histogram=far, max_latency_ms=1003.0))
    assert "2 slower, up to 1 s" in svg or "slower, up to 1 s" in svg
    assert max(x for x, _ in places(svg, "line first")) <= 366.0


def test_drift_rises_in_the_picture_of_the_blocks() -> None:
    steady = places(blocks_chart(sample_result()), "line first")
    drifting = places(blocks_chart(sample_report().results[0]), "line first")
    assert len(steady) == len(drifting) == 20
    assert drifting[0][1] - drifting[-1][1] > 40 > abs(steady[0][1] - steady[-1][1])


def test_blocks_without_a_success_leave_a_gap_and_no_point() -> None:
    blocks = [*sample_blocks(0.03)[:10], *[Block(count=0, mean_ms=None, p50_ms=None, p95_ms=None)] * 10]
    assert len(places(blocks_chart(sample_result(blocks=blocks)), "line first")) == 10


@pytest.mark.parametrize(
    "changes",
    [
        {"histogram": Histogram(relative_width=1 / 16, buckets=[])},
        {"histogram": Histogram(relative_width=1 / 16, buckets=[(0, 5)]), "p50_latency_ms": 0.0},
        {"histogram": Histogram(relative_width=1 / 16, buckets=[(1, 1)]), "p50_latency_ms": 1e-6},
        {"histogram": Histogram(relative_width=1 / 16, buckets=[(1, 1), (10**13, 1)])},
        {"histogram": Histogram(relative_width=0.0, buckets=[(500, 3), (501, 4)])},
        {"blocks": []},
        {"blocks": sample_blocks(0.03)[:1]},
        {"blocks": [Block(count=1, mean_ms=1.0, p50_ms=1.0, p95_ms=1.0)] * 2},
        {"blocks": [Block(count=1, mean_ms=1e-6, p50_ms=1e-6, p95_ms=1e5)] * 3},
        {"intervals": {}},
        {"intervals": {"p50_latency_ms": [0.0, 1e9]}},
    ],
)
def test_odd_numbers_make_no_odd_picture(changes: dict[str, Any]) -> None:
    text = report_html(sample_report(results=[sample_result(**changes)]))
    Outline(text)
    for number in re.findall(r' (?:x|y|cx|cy|x1|x2|y1|y2|width|height)="([^"]*)"', text):
        assert -1.0 <= float(number) <= 381.0


def test_ticks_have_round_labels_that_do_not_touch() -> None:
    for median in (30, 999, 30_200, 2_500_000, 90_000_000_000):
        svg = distribution_chart(_around(median))
        labels = [each for each in drawing(svg).iter("text") if each.get("y") == "208.0"]
        xs = [float(each.get("x") or 0) for each in labels]
        assert len(labels) >= 2
        assert all(right - left >= 40 for left, right in pairwise(xs))


def _around(median_ns: int) -> BenchmarkResult:
    return sample_result(histogram=sample_histogram(median_ns), p50_latency_ms=median_ns / 1e6, intervals={})
