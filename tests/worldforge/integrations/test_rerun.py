"""A report in a Rerun recording, read back with the library's own reader: the same numbers, and nothing of the host."""

from __future__ import annotations

import contextlib
import getpass
import json
import platform
import sys
from pathlib import Path
from typing import Any

import pytest
from msgspec import UNSET

from tests.worldforge.benchmark.reports import older_report, sample_provenance, sample_report, sample_result
from worldbase.errors import EnvironmentMissingError, StorageError
from worldforge import RerunArtifactLogger
from worldforge.benchmark.report import BenchmarkReport, Block, Histogram
from worldforge.integrations.rerun import APPLICATION, METRICS

pytest.importorskip("rerun")

Entities = dict[str, list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def _recording_is_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RERUN", raising=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "host-folder" / "benchmark.rrd"


def read(file: Path) -> Entities:
    """Entity path -> its chunks, each as columns."""
    from rerun.chunk import RrdReader

    entities: Entities = {}
    for chunk in RrdReader(file).stream():
        entities.setdefault(chunk.entity_path, []).append(chunk.to_record_batch().to_pydict())
    return entities


def column(entities: Entities, path: str, name: str) -> list[Any]:
    """The only chunk of an entity that has this column."""
    (found,) = [chunk[name] for chunk in entities[path] if name in chunk]
    return [row[0] if isinstance(row, list) and len(row) == 1 else row for row in found]


def log(file: Path, *reports: BenchmarkReport) -> Entities:
    with RerunArtifactLogger(file) as logger:
        for report in reports:
            logger.log_benchmark_report(report)
    return read(file)


def test_the_recording_holds_the_report_itself(file: Path) -> None:
    report = sample_report()
    entities = log(file, report)
    assert column(entities, "/benchmark/reports/0/json", "TextDocument:text") == [report.to_json()]
    assert column(entities, "/benchmark/reports/0/markdown", "TextDocument:text") == [report.to_markdown()]
    assert column(entities, "/benchmark/reports/0/markdown", "TextDocument:media_type") == ["text/markdown"]


def test_every_metric_of_every_result_is_a_scalar(file: Path) -> None:
    report = sample_report()
    entities = log(file, report)
    for result in report.results:
        for metric in METRICS:
            path = f"/benchmark/{result.provider}/{result.operation}/{metric}"
            assert column(entities, path, "Scalars:scalars") == [getattr(result, metric)]
            assert column(entities, path, "report") == [0]


def test_blocks_are_a_series_over_their_index(file: Path) -> None:
    blocks = [
        Block(count=2, mean_ms=1.0, p50_ms=1.5, p95_ms=2.5),
        Block(count=0, mean_ms=None, p50_ms=None, p95_ms=None),
        Block(count=2, mean_ms=3.0, p50_ms=3.5, p95_ms=4.5),
    ]
    entities = log(file, sample_report(results=[sample_result(blocks=blocks)]))
    for series, values in (("p50_ms", [1.5, 3.5]), ("p95_ms", [2.5, 4.5])):
        path = f"/benchmark/mock/embed/report_0/blocks/{series}"
        assert column(entities, path, "Scalars:scalars") == values
        assert column(entities, path, "block") == [0, 2]
        assert column(entities, path, "SeriesLines:names") == [series]


def test_the_histogram_is_a_bar_chart_over_milliseconds(file: Path) -> None:
    histogram = Histogram(relative_width=0.0625, buckets=[(1_000_000, 3), (2_000_000, 1)])
    entities = log(file, sample_report(results=[sample_result(histogram=histogram)]))
    path = "/benchmark/mock/embed/report_0/histogram"
    assert column(entities, path, "BarChart:values")[0]["buffer"] == [3, 1]
    assert column(entities, path, "BarChart:abscissa")[0]["buffer"] == [1.0, 2.0]
    assert column(entities, path, "BarChart:widths")[0] == [0.0625, 0.125]


def test_several_reports_are_steps_of_one_timeline(file: Path) -> None:
    entities = log(file, *(sample_report(results=[sample_result(p50_latency_ms=p50)]) for p50 in (0.25, 0.5)))
    chunks = entities["/benchmark/mock/embed/p50_latency_ms"]
    steps = {
        step: value
        for chunk in chunks
        for step, (value,) in zip(chunk["report"], chunk["Scalars:scalars"], strict=True)
    }
    assert steps == {0: 0.25, 1: 0.5}
    assert {"/benchmark/reports/0/json", "/benchmark/reports/1/json"} <= set(entities)
    assert "/benchmark/mock/embed/report_1/blocks/p50_ms" in entities


def test_a_report_without_our_own_fields_is_recorded_as_far_as_it_goes(file: Path) -> None:
    report = older_report()
    entities = log(file, report)
    (result,) = report.results
    present = [metric for metric in METRICS if getattr(result, metric) is not UNSET]
    assert len(present) < len(METRICS)
    recorded = [path.rpartition("/")[2] for path in entities if path.startswith("/benchmark/mock/embed/")]
    assert sorted(recorded) == sorted(present)


def test_a_result_without_a_success_has_no_latency(file: Path) -> None:
    changed = dict.fromkeys((metric for metric in METRICS if metric.endswith("latency_ms")), None)
    entities = log(file, sample_report(results=[sample_result(success_count=0, error_count=200, **changed)]))
    assert "/benchmark/mock/embed/p50_latency_ms" not in entities
    assert column(entities, "/benchmark/mock/embed/error_count", "Scalars:scalars") == [200]


def test_it_opens_with_a_layout_and_a_name(file: Path) -> None:
    from rerun.chunk import RrdReader

    entities = log(file, sample_report())
    reader = RrdReader(file)
    (recording,), (blueprint,) = reader.recordings(), reader.blueprints()
    assert (recording.application_id, blueprint.application_id) == (APPLICATION, APPLICATION)
    assert column(entities, "/__properties", "RecordingInfo:name") == ["benchmark: mock predict, mock embed"]
    views = [
        chunk.to_record_batch().to_pydict() for chunk in reader.stream(store=blueprint) if "/view/" in chunk.entity_path
    ]
    shown = {row for view in views for row in map(str, view.get("ViewBlueprint:space_origin", []))}
    for origin in ("reports/0/markdown", "mock/predict/report_0/blocks", "mock/embed/report_0/histogram"):
        assert any(origin in each for each in shown), (origin, shown)


def test_a_recording_is_named_by_what_it_holds(tmp_path: Path) -> None:
    from rerun.chunk import RrdReader

    def identity(report: BenchmarkReport) -> str:
        log(tmp_path / "any.rrd", report)
        (recording,) = RrdReader(tmp_path / "any.rrd").recordings()
        return str(recording.recording_id)

    assert identity(sample_report()) == identity(sample_report())
    assert identity(sample_report()) != identity(older_report())


def test_nothing_of_the_host_gets_into_the_file(file: Path) -> None:
    log(file, sample_report())
    data = file.read_bytes()
    for name in (str(file.parent), "host-folder", str(Path.cwd()), str(Path.home()), platform.node(), sys.prefix):
        assert name.encode() not in data, name
    assert f"/{getpass.getuser()}/".encode() not in data


def test_a_report_from_elsewhere_is_made_safe_before_it_is_recorded(file: Path) -> None:
    secret, path = "hf_" + "aB3dE5gH7jK9" * 3, "/home/alice/checkpoints/policy.pt"
    report = sample_report(
        results=[sample_result(errors=[f"cannot open {path} with {secret}"])],
        provenance=sample_provenance(command=["worldforge", "benchmark", "--input-file", path]),
    )
    entities = log(file, report)
    kept = json.loads(column(entities, "/benchmark/reports/0/json", "TextDocument:text")[0])
    assert kept["results"][0]["p50_latency_ms"] == report.results[0].p50_latency_ms
    assert secret.encode() not in file.read_bytes()
    assert b"alice" not in file.read_bytes()


def test_names_that_are_paths_stay_one_part_of_the_path(file: Path) -> None:
    entities = log(file, sample_report(results=[sample_result(provider="a/b: c")]))
    (path,) = [path for path in entities if path.endswith("/embed/p50_latency_ms")]
    assert path == r"/benchmark/a\/b\:\ c/embed/p50_latency_ms"


def test_without_a_block_the_file_is_whole_after_every_call(file: Path) -> None:
    logger = RerunArtifactLogger(file)
    assert not file.exists()
    logger.log_benchmark_report(sample_report())
    assert "/benchmark/reports/0/json" in read(file)
    logger.log_benchmark_report(sample_report())
    assert "/benchmark/reports/1/json" in read(file)


def test_a_block_that_fails_leaves_the_old_file(file: Path) -> None:
    log(file, sample_report())
    before = file.read_bytes()
    with contextlib.suppress(ZeroDivisionError), RerunArtifactLogger(file) as logger:
        logger.log_benchmark_report(older_report())
        raise ZeroDivisionError
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_block_without_a_report_writes_nothing(file: Path) -> None:
    with RerunArtifactLogger(file):
        pass
    assert not file.exists()


def test_a_place_that_cannot_be_written_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError) as refused:
        RerunArtifactLogger(tmp_path / "file" / "benchmark.rrd").log_benchmark_report(sample_report())
    assert refused.value.code == "file.unwritable"


def test_a_missing_library_names_the_extra(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    monkeypatch.setitem(sys.modules, "rerun", None)
    with pytest.raises(EnvironmentMissingError) as missing:
        RerunArtifactLogger(file)
    assert (missing.value.code, missing.value.exit_code) == ("rerun.missing", 4)
    assert "extra `rerun`" in str(missing.value.hint)


def test_a_switch_that_turns_recording_off_is_said_and_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    monkeypatch.setenv("RERUN", "0")
    with pytest.raises(EnvironmentMissingError) as off:
        RerunArtifactLogger(file).log_benchmark_report(sample_report())
    assert off.value.code == "rerun.disabled"
    assert not file.exists()
