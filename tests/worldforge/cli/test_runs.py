"""`worldforge runs list|show|verify|replay|index|prune`, `schema` and `completion`, as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command import inside, worldforge
from tests.worldforge.runs.kept import DAY, aged, edit, kept, started


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace `.worldforge` with one run, in an empty folder."""
    kept(tmp_path / ".worldforge")
    return tmp_path


def _id(folder: Path) -> str:
    return next(path.name for path in (folder / ".worldforge" / "runs").iterdir())


def test_a_benchmark_is_kept_listed_shown_verified_and_replayed(tmp_path: Path) -> None:
    with inside(tmp_path):
        assert worldforge("benchmark --provider mock --iterations 3 --run-workspace .worldforge").code == 0
        run = _id(tmp_path)
        assert run in worldforge("runs list").out
        shown = worldforge("runs show", run)
        assert (shown.code, "3/3 ok" in shown.out) == (0, True)
        assert worldforge("runs verify", run).code == 0
        told = worldforge("runs replay --dry-run", run)
        assert told.out.startswith("worldforge benchmark --provider mock --operation predict")
        again = worldforge("runs replay", run)
        assert (again.code, "the same happened" in again.out) == (0, True)
        listed = json.loads(worldforge("runs list --format json").out)
        assert {found["run_id"] == run: found.get("replay_of") for found in listed["runs"]} == {True: None, False: run}
        assert worldforge(told.out.removeprefix("worldforge ")).code == 0
        assert len(json.loads(worldforge("runs list --format json").out)["runs"]) == 3


def test_a_preset_is_replayed_with_its_budgets(tmp_path: Path) -> None:
    with inside(tmp_path):
        assert worldforge("benchmark --preset mock-smoke --run-workspace .worldforge").code == 0
        again = worldforge("runs replay --format json", _id(tmp_path))
        assert again.code == 0
        assert json.loads(again.out)["gate"]["passed"] is True


def test_a_replay_whose_budget_does_not_hold_exits_with_1(tmp_path: Path) -> None:
    (tmp_path / "budget.json").write_text('[{"min_throughput_per_second": 1e15}]')
    with inside(tmp_path):
        line = "benchmark --provider mock --operation embed --budget-file budget.json --run-workspace .worldforge"
        assert worldforge(line).code == 1
        again = worldforge("runs replay", _id(tmp_path))
    assert again.code == 1
    assert "do NOT hold" in again.out


def test_an_empty_place_is_said(tmp_path: Path) -> None:
    with inside(tmp_path):
        listed = worldforge("runs list")
    assert (listed.code, listed.out, listed.err) == (0, "No runs.\n", ".worldforge holds no runs/\n")


@pytest.mark.parametrize("command", ["list", "index"])
@pytest.mark.parametrize("output_format", ["text", "json", "markdown"])
def test_formats(workspace: Path, command: str, output_format: str) -> None:
    with inside(workspace):
        listed = worldforge(f"runs {command} --format {output_format}")
    assert listed.code == 0
    assert _id(workspace) in listed.out


def test_an_index_is_searched_and_written(workspace: Path) -> None:
    with inside(workspace):
        assert json.loads(worldforge("runs index --provider nobody --format json").out)["run_count"] == 0
        assert worldforge("runs index --status completed --format csv --output out/runs.csv").code == 0
        assert _id(workspace) in worldforge("runs index --format csv").out
        assert worldforge("runs index --created-from yesterday").code == 2
    assert _id(workspace) in (workspace / "out" / "runs.csv").read_text()


def test_a_run_that_was_changed_exits_with_1(workspace: Path) -> None:
    run = workspace / ".worldforge" / "runs" / _id(workspace)
    (run / "reports" / "report.md").write_text("better")
    with inside(workspace):
        found = worldforge("runs verify", run.name)
        assert (found.code, "changed" in found.out) == (1, True)
        assert worldforge("runs verify --quiet", run).out == ""
        assert worldforge("runs verify", run / "run_manifest.json").code == 1
        assert worldforge("runs verify", run / "reports" / "report.json").code == 1


def test_a_run_without_digests_exits_with_1(workspace: Path) -> None:
    run = workspace / ".worldforge" / "runs" / _id(workspace)
    manifest = json.loads((run / "run_manifest.json").read_text())
    del manifest["files"]
    (run / "run_manifest.json").write_text(json.dumps(manifest))
    with inside(workspace):
        found = worldforge("runs verify --format json", run.name)
    assert (found.code, json.loads(found.out)["conclusion"]) == (1, "not_verifiable")


@pytest.mark.parametrize("command", ["show", "verify", "replay"])
def test_a_run_that_is_not_there_exits_with_3(workspace: Path, command: str) -> None:
    with inside(workspace):
        refused = worldforge(f"runs {command} 20260101T000000Z-00000000")
    assert (refused.code, "[run.unknown]" in refused.err) == (3, True)


def test_a_run_that_goes_on_is_shown_so(workspace: Path) -> None:
    with started(workspace / ".worldforge") as run:
        with inside(workspace):
            assert "running" in worldforge("runs show", run.run_id).out
            assert worldforge("runs verify", run.run_id).code == 1
        run.finish("completed", result_summary={})


def test_pruning_shows_first_and_removes_when_told(workspace: Path) -> None:
    old = aged(kept(workspace / ".worldforge"), 90 * DAY)
    line = "runs prune --keep-latest 0 --max-age-days 1"
    with inside(workspace):
        shown = worldforge(line)
        assert (shown.code, "Would remove 1 of 2" in shown.out, "--apply" in shown.out) == (0, True, True)
        assert old.exists()
        done = json.loads(worldforge(f"{line} --apply --format json").out)
    assert (done["applied"], done["removed_count"]) == (True, 1)
    assert not old.exists()


def test_what_a_run_says_cannot_move_the_cursor_or_name_the_machine(workspace: Path) -> None:
    run = workspace / ".worldforge" / "runs" / _id(workspace)
    edit(run, provider="\x1b[2Jmock", command="run /home/alice/x --token hunter2hunter2")
    (run / "reports" / "report.md").rename(run / "reports" / "re\x1b[2Jport.md")
    with inside(workspace):
        for line in ("runs list", "runs show", "runs verify", "runs index --format csv", "runs list --format json"):
            outcome = worldforge(line, *([run.name] if "show" in line or "verify" in line else []))
            for text in (outcome.out, outcome.err):
                assert "\x1b" not in text
                assert "alice" not in text
                assert "hunter2" not in text


def test_schemas_are_listed_and_shown() -> None:
    assert "worldforge.run_manifest.v1" in worldforge("schema list").out
    assert json.loads(worldforge("schema show budgets").out)["$id"] == "urn:worldforge.budgets.v1"
    refused = worldforge("schema show budget")
    assert (refused.code, "Did you mean 'budgets'?" in refused.err) == (2, True)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_learns_the_command(shell: str) -> None:
    assert "_WORLDFORGE_COMPLETE" in worldforge(f"completion {shell}").out
