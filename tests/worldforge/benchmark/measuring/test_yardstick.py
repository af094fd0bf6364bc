"""The machine's pace, and where readings of it come into a report."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from msgspec import UNSET

from tests.worldforge.benchmark.fakes import FakeClock, Scripted, forever, harness_over, takes
from worldforge import ProviderBenchmarkHarness, WorldForge
from worldforge.benchmark.measuring import yardstick
from worldforge.benchmark.measuring.yardstick import YARDSTICK, PaceMeter
from worldforge.benchmark.report import BenchmarkReport


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Readings of the pace, in the order in which they are taken."""

    def are(*values: float) -> None:
        waiting = iter(values)
        monkeypatch.setattr(yardstick, "pace_ns", lambda: next(waiting))

    return are


def test_a_block_has_the_mean_of_the_readings_around_it(readings: Callable[..., None]) -> None:
    readings(10, 20, 40)
    meter = PaceMeter()
    meter.read()
    meter.read_within()
    meter.read()
    assert meter.of_blocks(2) == [15, 30]


def test_without_readings_between_them_all_blocks_have_the_mean(readings: Callable[..., None]) -> None:
    readings(10, 20)
    meter = PaceMeter()
    meter.read()
    meter.read()
    assert meter.of_blocks(3) == [15, 15, 15]
    assert PaceMeter().of_blocks(3) == []


def test_only_readings_within_the_loop_are_taken_off_its_time() -> None:
    meter = PaceMeter()
    meter.read()
    assert meter.spent == 0
    meter.read_within()
    assert meter.spent > 0


def test_the_pace_is_a_time_that_passed() -> None:
    begun = time.perf_counter_ns()
    assert 0 < yardstick.pace_ns() < time.perf_counter_ns() - begun


def run(**options: float) -> BenchmarkReport:
    return ProviderBenchmarkHarness(forge=WorldForge()).run("mock", ["embed"], 40, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("options", [{}, {"timeout": 60}, {"concurrency": 4}, {"rate": 5000}], ids=str)
def test_every_block_of_a_report_has_a_pace(options: dict[str, float]) -> None:
    report = run(**options)
    blocks = report.results[0].blocks
    assert blocks is not UNSET
    assert len(blocks) == 20
    paces = {block.pace_ms for block in blocks}
    assert all(pace is not UNSET and pace > 0 for pace in paces)
    # Where others call or are about to, nobody stops them to look at the machine.
    assert len(paces) == 1 if "concurrency" in options or "rate" in options else len(paces) > 1
    assert report.run_metadata.yardstick == YARDSTICK


def test_another_clock_has_no_pace() -> None:
    clock = FakeClock()
    report = harness_over(Scripted(forever(takes(1)), clock), clock=clock).run("scripted", iterations=5)
    assert report.run_metadata.yardstick is UNSET
    assert all(block.pace_ms is UNSET for block in report.results[0].blocks or [])
