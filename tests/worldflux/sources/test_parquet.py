"""Parquet tables are read by the same rules as CSV, and what is broken is refused."""

from __future__ import annotations

import math
import shutil
import sys
from pathlib import Path, PurePosixPath
from typing import Any, Final

import pytest
from msgspec import UNSET, to_builtins

from tests.support import shared_data
from tests.worldflux.auditing import bench
from tests.worldflux.sources.tables import (
    CANONICAL,
    MAPPING,
    TRIALS,
    as_parquet,
    many_parquet_rows,
    opened,
    outcomes,
    planted_row,
    table,
    written,
)
from worldbase.errors import EnvironmentMissingError
from worldflux.episodes.cells import CellCounter
from worldflux.errors import SourceError
from worldflux.sources.builtin.table.source import CSV, PARQUET, TableSource
from worldflux.sources.sighting import Sample
from worldflux.testing.source_contract import LAWS, SourceCase, SourceContract


@pytest.fixture(scope="module")
def canonical(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tables") / "trials.csv"
    path.write_text(CANONICAL)
    return path


EXPECTED: Final = {"pick": {"success": 1, "failure": 1}, "place": {"success": 1, "failure": 1}}
SETTINGS: Final = ('protocol.benchmark.task_list=["pick","place"]', "protocol.execution.episodes_per_task=2")


def test_no_text_of_a_csv_table_comes_through(tmp_path: Path, canonical: Path) -> None:
    case = SourceCase("csv", [canonical], EXPECTED, settings=SETTINGS, plant=planted_row)
    SourceContract(case, tmp_path).check("privacy")


@pytest.mark.parametrize("law", LAWS)
def test_parquet_keeps_the_law(law: str, tmp_path: Path, canonical: Path) -> None:
    case = SourceCase("parquet", [as_parquet(canonical)], EXPECTED, settings=SETTINGS, grow=many_parquet_rows)
    SourceContract(case, tmp_path).check(law)


class TestParquet:
    def test_columns_that_are_kept_come_along(self, tmp_path: Path) -> None:
        mapping = {"columns": {"task": "task", "success": "success"}, "extra": {"video": "film"}}
        path = as_parquet(table(tmp_path, "task,film,success\na,v0.mp4,1\na,,0\n", mapping))
        (part,) = opened(path, PARQUET)
        assert [to_builtins(record).get("extra") for record in part.episodes()] == [{"video": "v0.mp4"}, None]

    def test_it_reads_as_csv_does(self, tmp_path: Path) -> None:
        from pyarrow import string  # type: ignore[import-untyped]

        path = shutil.copytree(TRIALS.parent, tmp_path / "given") / "trials.csv"
        text = path.read_text().replace(";", ",").replace('"slipped, fell"', "slipped")
        path.write_text(text)
        (tmp_path / "given" / "columns.json").write_bytes(MAPPING.read_bytes())
        flat = as_parquet(path, Frames=string())
        assert outcomes(flat, PARQUET, select="baseline") == outcomes(path, CSV, select="baseline")
        assert PARQUET.sections(flat) == ("baseline", "candidate")

    def test_a_nan_is_said_where_it_stands_for_a_number(self, tmp_path: Path) -> None:
        import pyarrow
        from pyarrow import parquet

        path = tmp_path / "trials.parquet"
        numbers = [0.5, math.nan, None]
        columns = {"task": ["a"] * 3, "success": [True] * 3, "steps": [1.0, math.nan, None], "p": numbers}
        parquet.write_table(pyarrow.table(columns), path)
        scored = {"task": "task", "success": "success", "steps": "steps", "score": "p"}
        written(tmp_path, {"columns": scored, "score_kind": "progress", "score_scale": 1})
        (part,) = opened(path, PARQUET)
        assert [getattr(line, "score", UNSET) for line in part.episodes()] == [0.5, UNSET, UNSET]
        (finding,) = [entry for entry in part.findings(CellCounter()) if entry.code == "source.csv.not_a_number"]
        assert "1 of score" in finding.message

    def test_a_broken_file_is_refused(self, tmp_path: Path, canonical: Path) -> None:
        data = as_parquet(canonical).read_bytes()
        path = tmp_path / "broken.parquet"
        for broken in (b"", data[: len(data) // 2], b"PAR1" + data[-200:], data[:-4] + b"XXXX", CANONICAL.encode()):
            path.write_bytes(broken)
            with pytest.raises(SourceError) as refused:
                outcomes(path, PARQUET)
            assert refused.value.code == "source.csv.not_parquet"

    def test_columns_of_lists_cannot_be_mapped(self, tmp_path: Path) -> None:
        import pyarrow
        from pyarrow import parquet

        path = tmp_path / "lists.parquet"
        parquet.write_table(pyarrow.table({"task": ["a"], "success": [[1, 0]]}), path)
        with pytest.raises(SourceError) as refused:
            outcomes(path, PARQUET)
        assert refused.value.code == "source.csv.not_parquet"

    def test_partial_credit_and_empty_cells_are_no_truth_values(self, tmp_path: Path) -> None:
        import pyarrow
        from pyarrow import parquet

        path = tmp_path / "floats.parquet"
        for value in (0.5, 1.0, None):
            parquet.write_table(pyarrow.table({"task": ["a"], "success": pyarrow.array([value], "float64")}), path)
            with pytest.raises(SourceError) as refused:
                outcomes(path, PARQUET)
            assert refused.value.code == "source.csv.success_value"

    def test_without_pyarrow_it_says_what_to_install(self, canonical: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = as_parquet(canonical)
        monkeypatch.setitem(sys.modules, "pyarrow", None)
        with pytest.raises(EnvironmentMissingError) as refused:
            outcomes(path, PARQUET)
        assert (refused.value.code, refused.value.exit_code) == ("source.csv.no_pyarrow", 4)
        assert "worldflux[parquet]" in str(refused.value.hint)

    def test_somebody_elses_real_table(self, tmp_path: Path) -> None:
        published = shared_data("third-party/lerobot-public/thrmnn_lerobot-bench/classical_pusht_l2.parquet")
        path = Path(shutil.copy(published, tmp_path / "pusht.parquet"))
        columns = {
            "run": "policy",
            "run_seed": "seed",
            "task": "env",
            "episode_index": "episode_index",
            "success": "success",
            "infra_error": "errored",
            "sum_reward": "return_",
            "steps": "n_steps",
            "recorded_at": "timestamp_utc",
        }
        written(tmp_path, {"columns": columns})
        place = bench(tmp_path / "plan", tasks=["pusht_state"], seeds=range(5), episodes=50)
        package = place.audit(path, source="parquet")
        # The publisher's own summary says 3 of 250.
        assert sum(successes for successes, _ in package.counts.values()) == 3
        assert [observed for _, observed in package.counts.values()] == [50] * 5
        assert package.episodes[0]["steps"] == 300


def test_tables_are_seen_by_their_columns(tmp_path: Path, canonical: Path) -> None:
    def sighted(path: Path, source: TableSource = CSV) -> Any:
        return source.sight(Sample(path, PurePosixPath(path.name), path.stat().st_size))

    assert sighted(TRIALS).confidence == 0.9
    assert sighted(canonical).confidence == 0.6
    assert sighted(as_parquet(canonical), PARQUET).confidence == 0.55
    for text in (",success,duration,video_filename\n0,1.0,3,a.mp4\n", "", "name,age\n"):
        assert sighted(table(tmp_path, text)) is None
    shutil.copy(canonical, tmp_path / "renamed.parquet")
    assert sighted(tmp_path / "renamed.parquet", PARQUET) is None
