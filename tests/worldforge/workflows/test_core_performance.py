"""The guard of the paths that have to stay cheap: by a clock of the tests, never by that of the machine."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from scripts.check_core_performance import main
from worldbase.errors import InputError
from worldforge.workflows import core_performance
from worldforge.workflows.core_performance import (
    DEFAULT_BUDGETS,
    CoreBudgets,
    CorePerformance,
    load_core_budgets,
    measure_core_paths,
)

NAMES = [
    "world_persistence",
    "benchmark_fixture_loading",
    "provider_catalog_diagnostics",
    "evidence_bundle_creation",
    "report_rendering",
]


def ticking(milliseconds: float) -> Callable[[], int]:
    """A clock by which everything takes the same time."""
    now = 0

    def read() -> int:
        nonlocal now
        now += int(milliseconds * 1e6)
        return now

    return read


def test_every_path_is_run_and_timed(tmp_path: Path) -> None:
    report = measure_core_paths(workspace=tmp_path / "kept", samples=3, clock=ticking(0.5))
    assert [result.name for result in report.results] == NAMES
    assert [result.samples_ms for result in report.results] == [[0.5] * 3] * len(NAMES)
    assert report.passed
    assert report.preserved_workspace == "kept"
    assert all((tmp_path / "kept" / str(result.artifact_path)).is_file() for result in report.results)
    assert [result.budget_ms for result in report.results] == [getattr(DEFAULT_BUDGETS, name) for name in NAMES]


def test_what_takes_longer_than_its_budget_fails_and_what_has_none_does_not() -> None:
    budgets = CoreBudgets(report_rendering=0.4, world_persistence=0.5)
    report = measure_core_paths(budgets=budgets, samples=1, clock=ticking(0.5))
    assert {result.name: result.passed for result in report.results} == dict.fromkeys(NAMES, True) | {
        "report_rendering": False
    }
    assert not report.passed
    assert report.preserved_workspace is None
    assert {result.artifact_path for result in report.results} == {None}


def test_one_slow_sample_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    readings = iter([0, 1, 0, 1, 0, 900, 0, 1])
    monkeypatch.setattr(core_performance, "_PATHS", {"report_rendering": core_performance._report_rendering})
    report = measure_core_paths(workspace=None, samples=3, clock=lambda: next(readings) * 1_000_000)
    assert [result.samples_ms for result in report.results] == [[1.0, 900.0, 1.0]]
    assert report.results[0].duration_ms == 1.0


def test_a_second_run_replaces_the_first_and_touches_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "worlds").mkdir()
    (tmp_path / "worlds" / "mine.json").write_text("{}")
    for _ in range(2):
        measure_core_paths(workspace=tmp_path, samples=1, clock=ticking(0.1))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["core-paths", "worlds"]
    assert [path.name for path in (tmp_path / "worlds").iterdir()] == ["mine.json"]


def test_no_path_of_the_machine_is_in_the_report(tmp_path: Path) -> None:
    report = measure_core_paths(workspace=tmp_path / "kept", samples=1, clock=ticking(0.1))
    assert str(tmp_path) not in report.to_json()


@pytest.mark.parametrize(
    "text", ['{"worlds": 1}', '{"report_rendering": -1}', '{"report_rendering": true}', "[1]", "{"]
)
def test_budgets_that_mean_nothing_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "budgets.json"
    path.write_text(text)
    with pytest.raises(InputError):
        load_core_budgets(path)


def passing(*, passed: bool) -> Callable[..., CorePerformance]:
    def measure(*, budgets: CoreBudgets, workspace: Path | None) -> CorePerformance:
        report = measure_core_paths(budgets=budgets, workspace=workspace, samples=1, clock=ticking(0.1))
        return report if passed else measure_core_paths(budgets=budgets, samples=1, clock=ticking(1e6))

    return measure


@pytest.mark.parametrize("passed", [True, False])
def test_the_command_writes_the_report_and_exits_by_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, passed: bool
) -> None:
    monkeypatch.setattr("scripts.check_core_performance.measure_core_paths", passing(passed=passed))
    output = tmp_path / "core-performance.json"
    done = CliRunner().invoke(main, ["--workspace-dir", str(tmp_path / "w"), "--output", str(output)])
    assert done.exit_code == (0 if passed else 1)
    assert ("FAILED" in done.stdout) is not passed
    assert json.loads(output.read_text())["passed"] is passed


def test_without_an_output_the_report_is_printed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("scripts.check_core_performance.measure_core_paths", passing(passed=True))
    budgets = tmp_path / "budgets.json"
    budgets.write_text('{"report_rendering": 7}')
    done = CliRunner().invoke(main, ["--budget-file", str(budgets)])
    shown = json.loads(done.stdout)
    assert {result["name"]: result["budget_ms"] for result in shown["results"]} == dict.fromkeys(NAMES) | {
        "report_rendering": 7
    }
