"""What reading the clock costs is measured, not assumed."""

from __future__ import annotations

import itertools
import time

from worldforge.benchmark.measuring.clock import measure_clock, milliseconds


def test_overhead_is_the_median_step_and_resolution_the_smallest() -> None:
    steps = itertools.cycle([40, 0, 50, 60, 900])
    reading = itertools.accumulate(steps)
    measured = measure_clock(lambda: next(reading))
    assert (measured.overhead_ns, measured.resolution_ns) == (50.0, 40)


def test_a_clock_that_stands_still_has_no_resolution() -> None:
    measured = measure_clock(lambda: 7)
    assert (measured.overhead_ns, measured.resolution_ns) == (0.0, 0)


def test_the_clock_is_named() -> None:
    assert measure_clock(time.perf_counter_ns).name == "perf_counter_ns"


def test_milliseconds_keep_the_resolution_of_the_clock() -> None:
    assert milliseconds(1) == 1e-6
    assert milliseconds(123_456_789_012) == 123456.789012
