"""Pruning: what goes, what stays, and why."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.worldforge.runs.kept import DAY, aged, edit, kept, started
from worldbase.errors import StorageError, UsageError
from worldforge.runs.prune import judge, prune_text, remove

NOW = 1795219200.0  # 2026-11-21T00:00:00Z


def test_old_runs_go_and_the_latest_stay(tmp_path: Path) -> None:
    runs = [aged(kept(tmp_path), days * DAY) for days in (100, 60, 40, 31, 20)]
    judged = judge(tmp_path, now=NOW, keep_latest=2)
    assert [(run.action, run.reason) for run in judged.runs] == [
        ("remove", "old"),
        ("remove", "old"),
        ("remove", "old"),
        ("keep", "among the latest"),
        ("keep", "among the latest"),
    ]
    assert judged.freed_bytes > 0
    assert all(run.exists() for run in runs)
    done = remove(tmp_path, judged, now=NOW)
    assert (done.applied, done.removed_count, done.kept_count) == (True, 3, 2)
    assert sorted((tmp_path / "runs").iterdir()) == sorted(runs[3:])


def test_nothing_of_the_last_day_goes_whatever_is_asked(tmp_path: Path) -> None:
    aged(kept(tmp_path), 0.9 * DAY)
    aged(kept(tmp_path), 1.1 * DAY)
    judged = judge(tmp_path, now=NOW, max_age_days=0, keep_latest=0)
    assert [(run.action, run.reason) for run in judged.runs] == [("remove", "old"), ("keep", "young")]


def test_an_old_run_that_was_written_lately_is_young(tmp_path: Path) -> None:
    run = aged(kept(tmp_path), 90 * DAY)
    os.utime(run / "run_manifest.json", (NOW - 60, NOW - 60))
    assert judge(tmp_path, now=NOW, keep_latest=0).runs[0].reason == "young"


def test_a_run_whose_process_lives_stays_however_old(tmp_path: Path) -> None:
    with started(tmp_path) as run:
        later = NOW + 10_000 * DAY
        assert judge(tmp_path, now=later, keep_latest=0).runs[0].reason == "its process still runs"
        run.finish("completed", result_summary={})
        assert judge(tmp_path, now=later, keep_latest=0).runs[0].reason == "its process still runs"
    assert judge(tmp_path, now=later, keep_latest=0).runs[0].action == "remove"


def test_a_run_that_somebody_locked_after_the_judgement_stays(tmp_path: Path) -> None:
    import fcntl

    run = aged(kept(tmp_path), 90 * DAY)
    judged = judge(tmp_path, now=NOW, keep_latest=0)
    lock = os.open(run, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_SH)
    done = remove(tmp_path, judged, now=NOW)
    os.close(lock)
    assert (done.removed_count, done.freed_bytes, done.runs[0].reason) == (0, 0, "its process still runs")
    assert run.exists()


def test_a_run_that_went_meanwhile_is_no_error(tmp_path: Path) -> None:
    run = aged(kept(tmp_path), 90 * DAY)
    judged = judge(tmp_path, now=NOW, keep_latest=0)
    run.rename(tmp_path / "elsewhere")
    assert remove(tmp_path, judged, now=NOW).runs[0].reason == "it is gone"


def test_an_interrupted_run_goes_when_it_is_old(tmp_path: Path) -> None:
    run = aged(kept(tmp_path), 90 * DAY)
    edit(run, status="running")
    os.utime(run / "run_manifest.json", (NOW - 90 * DAY, NOW - 90 * DAY))
    assert judge(tmp_path, now=NOW, keep_latest=0).runs[0].action == "remove"


def test_a_run_that_cannot_be_read_stays(tmp_path: Path) -> None:
    run = aged(kept(tmp_path), 90 * DAY)
    (run / "run_manifest.json").write_text("{")
    judged = judge(tmp_path, now=NOW, keep_latest=0)
    assert judged.runs[0].reason == "its manifest cannot be read"


def test_only_runs_of_a_kind_are_counted_and_go(tmp_path: Path) -> None:
    aged(kept(tmp_path, kind="eval"), 90 * DAY)
    benchmark = aged(kept(tmp_path), 80 * DAY)
    judged = judge(tmp_path, now=NOW, keep_latest=0, kind="benchmark")
    assert [run.run_id for run in judged.runs] == [benchmark.name]


def test_a_link_is_neither_followed_nor_removed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    run = aged(kept(tmp_path), 90 * DAY)
    run.rename(outside)
    run.symlink_to(outside)
    judged = judge(tmp_path, now=NOW, keep_latest=0)
    assert [(found.action, found.reason) for found in judged.runs] == [("keep", "its manifest cannot be read")]
    remove(tmp_path, judged, now=NOW)
    assert run.is_symlink()
    assert (outside / "run_manifest.json").exists()


def test_a_link_inside_a_run_goes_and_its_target_stays(tmp_path: Path) -> None:
    run = aged(kept(tmp_path), 90 * DAY)
    target = tmp_path / "precious"
    target.mkdir()
    (target / "file").write_text("")
    (run / "artifacts" / "link").symlink_to(target)
    remove(tmp_path, judge(tmp_path, now=NOW, keep_latest=0), now=NOW)
    assert not run.exists()
    assert (target / "file").exists()


def test_what_a_killed_removal_left_goes_with_the_next(tmp_path: Path) -> None:
    run = kept(tmp_path)
    run.rename(run.with_name(f".{run.name}.removing"))
    judged = judge(tmp_path, now=NOW)
    assert judged.leftover_count == 1
    assert "1 leftover" in prune_text(judged)
    remove(tmp_path, judged, now=NOW)
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_a_storage_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    aged(kept(tmp_path), 90 * DAY)
    judged = judge(tmp_path, now=NOW, keep_latest=0)

    def refuse(self: Path, target: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(StorageError) as refused:
        remove(tmp_path, judged, now=NOW)
    assert refused.value.code == "run.not_removed"


@pytest.mark.parametrize(("days", "latest"), [(-1, 0), (0, -1), (float("nan"), 0)], ids=["days", "latest", "nan"])
def test_limits_that_are_none_are_refused(tmp_path: Path, days: float, latest: int) -> None:
    with pytest.raises(UsageError) as refused:
        judge(tmp_path, now=NOW, max_age_days=days, keep_latest=latest)
    assert refused.value.code == "run.retention"


def test_an_id_of_no_day_stays(tmp_path: Path) -> None:
    run = kept(tmp_path)
    moved = run.rename(run.with_name("20261399T000000Z-00000000"))
    edit(moved, run_id=moved.name)
    assert judge(tmp_path, now=NOW + 10_000 * DAY, keep_latest=0).runs[0].reason == "young"
