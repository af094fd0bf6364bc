"""Benchmark reports as Rerun recordings (`.rrd`), to be looked at in the Rerun viewer.

What a recording holds is in `log_benchmark_report`. Needs the extra `rerun`; the library is imported when a logger is
made, not with this module. Format: https://rerun.io/docs/concepts/logging-and-ingestion/entity-path
"""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

import msgspec
from msgspec import UNSET, UnsetType

from worldbase import digest
from worldbase.errors import EnvironmentMissingError
from worldbase.files import write_atomic
from worldbase.redact import redact_text, redact_value
from worldforge.benchmark.report import BenchmarkReport, BenchmarkResult, Block, Histogram

APPLICATION: Final = "worldforge_benchmark"
ROOT: Final = "benchmark"
REPORT_INDEX: Final = "report"
BLOCK_INDEX: Final = "block"
METRICS: Final = (
    "success_count",
    "error_count",
    "retry_count",
    "total_time_ms",
    "average_latency_ms",
    "min_latency_ms",
    "max_latency_ms",
    "p50_latency_ms",
    "p90_latency_ms",
    "p95_latency_ms",
    "p99_latency_ms",
    "stddev_latency_ms",
    "throughput_per_second",
    "cpu_ms_per_iteration",
)
"""Fields of a result that become scalars, each under its own name; one that is null or absent is left out."""

_REPORTS: Final = (ROOT, "reports")
_BLOCK_SERIES: Final = ("p50_ms", "p95_ms")
_NS_PER_MS: Final = 1e6


class _Shown(NamedTuple):
    """Where one result stands in the recording, for the views of the blueprint."""

    title: str
    origin: str


class RerunArtifactLogger:
    """Writes benchmark reports into one `.rrd` file.

    The file is whole after every call. Within a `with` block it is written once, at the block's end, and not at all
    where the block fails.

    Args:
        path: Where the file is to stand; nothing of the path gets into it.

    Raises:
        EnvironmentMissingError: `rerun.missing` without the library.

    Example:
        with RerunArtifactLogger("benchmark.rrd") as logger:
            logger.log_benchmark_report(report)
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._rerun = _library()
        self._reports: list[BenchmarkReport] = []
        self._deferred = False

    def __enter__(self) -> Self:
        self._deferred = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._deferred = False
        if error is None and self._reports:
            self._write()

    def log_benchmark_report(self, report: BenchmarkReport) -> None:
        """Add a report.

        Of the n-th report of a file, from 0:

        - `benchmark/reports/<n>/markdown` and `benchmark/reports/<n>/json`: the report as texts;
        - `benchmark/<provider>/<operation>/<metric>`, at step n of the timeline `report`: a scalar for each of
          `METRICS`, in its own unit;
        - `benchmark/<provider>/<operation>/report_<n>/blocks/p50_ms` and `p95_ms`: over the timeline `block`;
        - `benchmark/<provider>/<operation>/report_<n>/histogram`: calls by latency in ms.

        Raises:
            EnvironmentMissingError: `rerun.disabled` where the environment variable `RERUN` switches recording off.
            StorageError: `file.unwritable`.
        """
        self._reports.append(report)
        if not self._deferred:
            self._write()

    def _write(self) -> None:
        recording = _Recording(self._rerun, self._reports)
        with tempfile.TemporaryDirectory() as folder:
            staged = Path(folder) / "recording.rrd"
            recording.save(staged)
            write_atomic(self.path, staged.read_bytes())


class _Recording:
    """One recording of some reports; `save` makes it."""

    def __init__(self, rerun: Any, reports: list[BenchmarkReport]) -> None:
        self._rerun = rerun
        self._reports = reports
        # Named by what it holds: the same reports make the same recording, and the viewer shows it once.
        identity = digest.of_value([_plain(report) for report in reports])
        self._stream = rerun.RecordingStream(APPLICATION, recording_id=identity, send_properties=False)

    def save(self, path: Path) -> None:
        if not self._stream.is_enabled():
            raise EnvironmentMissingError(
                "the environment variable RERUN switches recording off",
                code="rerun.disabled",
                hint="Unset RERUN.",
            )
        with self._stream:
            self._stream.set_log_time_enabled(False)
            self._stream.set_log_tick_enabled(False)
            self._stream.save(path, default_blueprint=self._blueprint())
            self._stream.send_recording_name(_name(self._reports[-1]))
            for number, report in enumerate(self._reports):
                self._documents(number, report)
                for result in report.results:
                    self._result(number, result)

    def _documents(self, number: int, report: BenchmarkReport) -> None:
        from worldforge.benchmark.render import report_markdown

        rr, safe = self._rerun, _as_safe(report)
        self._static(
            [*_REPORTS, str(number), "markdown"], rr.TextDocument(report_markdown(safe), media_type="text/markdown")
        )
        self._static([*_REPORTS, str(number), "json"], rr.TextDocument(safe.to_json(), media_type="text/plain"))

    def _result(self, number: int, result: BenchmarkResult) -> None:
        rr, place = self._rerun, _place(result)
        for metric, value in _scalars(result):
            self._over(REPORT_INDEX, [*place, metric], [number], [value])
        details = [*place, f"report_{number}"]
        if not isinstance(result.blocks, UnsetType):
            for series in _BLOCK_SERIES:
                self._series([*details, "blocks", series], result.blocks, series)
        if not isinstance(result.histogram, UnsetType) and result.histogram.buckets:
            bars = _bars(result.histogram)
            chart = rr.BarChart(bars.counts, abscissa=bars.lower_ms, widths=bars.widths_ms)
            self._static([*details, "histogram"], chart)

    def _series(self, parts: list[str], blocks: list[Block], series: str) -> None:
        points = [(index, value) for index, block in enumerate(blocks) if (value := getattr(block, series)) is not None]
        if not points:
            return
        indexes, values = zip(*points, strict=True)
        self._over(BLOCK_INDEX, parts, indexes, values)
        self._static(parts, self._rerun.SeriesLines(names=series))

    def _over(self, timeline: str, parts: list[str], indexes: Sequence[int], values: Sequence[float]) -> None:
        rr = self._rerun
        self._stream.send_columns(
            rr.new_entity_path(parts),
            indexes=[rr.TimeColumn(timeline, sequence=indexes)],
            columns=rr.Scalars.columns(scalars=values),
            strict=True,
        )

    def _static(self, parts: list[str], archetype: Any) -> None:
        self._stream.log(self._rerun.new_entity_path(parts), archetype, static=True, strict=True)

    def _blueprint(self) -> Any:
        views = importlib.import_module("rerun.blueprint")
        shown = [
            _Shown(f"{provider}: {operation}", self._rerun.new_entity_path([ROOT, provider, operation]))
            for provider, operation in dict.fromkeys(map(_names, self._reports[-1].results))
        ]
        newest = len(self._reports) - 1
        documents, details = self._rerun.new_entity_path([*_REPORTS, str(newest)]), f"report_{newest}"
        pictures = [
            views.Vertical(
                views.BarChartView(origin=f"{each.origin}/{details}/histogram", name="calls by latency (ms)"),
                views.TimeSeriesView(origin=f"{each.origin}/{details}/blocks", name="latency over the run (ms)"),
                name=each.title,
            )
            for each in shown
        ]
        return views.Blueprint(
            views.Horizontal(
                views.Tabs(
                    views.TextDocumentView(origin=f"{documents}/markdown", name="report"),
                    views.TextDocumentView(origin=f"{documents}/json", name="JSON"),
                ),
                views.Tabs(*pictures),
            ),
            views.TimePanel(timeline=BLOCK_INDEX, expanded=False),
            auto_views=False,
            collapse_panels=True,
        )


class _Bars(NamedTuple):
    lower_ms: list[float]
    widths_ms: list[float]
    counts: list[int]


def _bars(histogram: Histogram) -> _Bars:
    lower = [start / _NS_PER_MS for start, _ in histogram.buckets]
    return _Bars(
        lower_ms=lower,
        widths_ms=[start * histogram.relative_width for start in lower],
        counts=[count for _, count in histogram.buckets],
    )


def _scalars(result: BenchmarkResult) -> Iterator[tuple[str, float]]:
    for metric in METRICS:
        value = getattr(result, metric)
        if value is not None and value is not UNSET:
            yield metric, float(value)


def _names(result: BenchmarkResult) -> tuple[str, str]:
    return redact_text(result.provider), redact_text(result.operation)


def _place(result: BenchmarkResult) -> list[str]:
    return [ROOT, *_names(result)]


def _name(report: BenchmarkReport) -> str:
    measured = (f"{provider} {operation}" for provider, operation in map(_names, report.results))
    return f"benchmark: {', '.join(measured)}"


def _as_safe(report: BenchmarkReport) -> BenchmarkReport:
    """The report with whatever names a secret or a host path replaced; our own reports hold nothing of the kind."""
    return msgspec.convert(redact_value(_plain(report)), BenchmarkReport)


def _plain(report: BenchmarkReport) -> Any:
    return msgspec.json.decode(msgspec.json.encode(report))


def _library() -> Any:
    try:
        return importlib.import_module("rerun")
    except ImportError:
        raise EnvironmentMissingError(
            "the Rerun library is not installed",
            code="rerun.missing",
            hint="Install the extra `rerun`: uv sync --extra rerun, or pip install 'worldflux[rerun]'.",
        ) from None
