"""The index of a workspace, its filters and its formats."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.worldforge.runs.kept import aged, edit, kept, started
from worldbase.errors import UsageError
from worldforge.runs.index import Filters, index
from worldforge.runs.index_render import as_text


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Four runs: of mock a day ago and an hour ago, of another provider, and one that failed."""
    aged(kept(tmp_path), 24 * 3600)
    aged(kept(tmp_path, provider="mock, lerobot", operation="policy"), 3600)
    aged(kept(tmp_path, provider="mujoco", operation="predict", kind="eval"), 1800)
    with started(tmp_path) as run:
        run.finish("failed", result_summary={"budget_passed": False, "error_count": 3})
    aged(run.path, 60)
    return tmp_path


@pytest.mark.parametrize(
    ("filters", "moments"),
    [
        (Filters(), ["20T00:00:00", "20T23:00:00", "20T23:30:00", "20T23:59:00"]),
        (Filters(provider="lerobot"), ["20T23:00:00"]),
        (Filters(provider="mock", status="completed"), ["20T00:00:00", "20T23:00:00"]),
        (Filters(provider="moc"), []),
        (Filters(capability="embed"), ["20T00:00:00", "20T23:59:00"]),
        (Filters(kind="eval"), ["20T23:30:00"]),
        (Filters(status="failed"), ["20T23:59:00"]),
        (Filters(artifact_type="md"), ["20T00:00:00", "20T23:00:00", "20T23:30:00"]),
        (Filters(artifact_type="markdown", kind="eval"), ["20T23:30:00"]),
        (Filters(created_from="2026-11-20T23:30:00Z"), ["20T23:30:00", "20T23:59:00"]),
        (Filters(created_to="2026-11-20T23:00:00Z"), ["20T00:00:00", "20T23:00:00"]),
        (Filters(created_from="2026-11-21"), []),
        (Filters(created_to="2026-11-20"), ["20T00:00:00", "20T23:00:00", "20T23:30:00", "20T23:59:00"]),
        (Filters(created_to="2026-11-19"), []),
    ],
    ids=lambda value: None if isinstance(value, list) else " ".join(map("=".join, value.named().items())) or "none",
)
def test_runs_are_found(workspace: Path, filters: Filters, moments: list[str]) -> None:
    found = index(workspace, filters)
    assert [run.created_at for run in found.runs] == [f"2026-11-{moment}Z" for moment in moments]
    assert (found.run_count, found.filters) == (len(moments), filters.named())


@pytest.mark.parametrize("moment", ["yesterday", "2026-11-2", "2026-11-20T23:00", "2026-11-20\n", "٢٠٢٦-11-20"])
def test_a_moment_that_is_none_is_refused(moment: str) -> None:
    with pytest.raises(UsageError) as refused:
        Filters(created_from=moment)
    assert refused.value.code == "run.moment"


def test_a_run_that_cannot_be_read_is_listed_and_matches_no_filter_but_time_and_state(workspace: Path) -> None:
    run = sorted((workspace / "runs").iterdir())[0]
    edit(run, schema_version=7)
    assert [found.state for found in index(workspace).runs] == ["unreadable", "completed", "completed", "failed"]
    assert "schema version 7" in str(index(workspace, Filters(status="unreadable")).runs[0].fault)
    assert run.name not in [found.run_id for found in index(workspace, Filters(kind="benchmark")).runs]
    assert "Cannot be read:" in as_text(index(workspace), "text")


def test_the_formats_say_the_same(workspace: Path) -> None:
    found = index(workspace)
    ids = [run.run_id for run in found.runs]
    assert [run["run_id"] for run in json.loads(as_text(found, "json"))["runs"]] == ids
    rows = list(csv.DictReader(io.StringIO(as_text(found, "csv"), newline="")))
    assert [row["run_id"] for row in rows] == ids
    assert [row["budget_passed"] for row in rows] == ["", "", "", "false"]
    for output_format in ("text", "markdown"):
        text = as_text(found, output_format)
        assert [line for line in text.splitlines() if any(run_id in line for run_id in ids)] != []
        assert all(run_id in text for run_id in ids)


def test_an_index_says_nothing_of_the_machine(tmp_path: Path) -> None:
    run = kept(tmp_path)
    edit(run, command="worldforge benchmark --input-file /home/alice/x.json", provider="/home/alice/p")
    for output_format in ("text", "json", "markdown", "csv"):
        text = as_text(index(tmp_path), output_format)
        assert "alice" not in text
        assert str(tmp_path) not in text


def test_odd_values_in_a_summary_are_left_out(tmp_path: Path) -> None:
    run = kept(tmp_path)
    edit(run, result_summary={"budget_passed": "yes", "error_count": True, "result_count": 2.5})
    (found,) = index(tmp_path).runs
    assert (found.budget_passed, found.error_count, found.result_count) == (None, None, None)


def test_no_runs_are_said(tmp_path: Path) -> None:
    assert as_text(index(tmp_path), "text") == "No runs.\n"
