"""Run workspaces: what a run leaves after a good end, a bad one, and none."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import REPO
from tests.worldforge.runs.kept import DAY, kept, started
from worldbase import digest
from worldbase.errors import AnswerIsNoError, StorageError
from worldforge.errors import ProviderError, WorldForgeError
from worldforge.runs import manifest as manifests
from worldforge.runs import workspace as workspaces
from worldforge.runs.event_log import MAX_LINES, EventLog
from worldforge.runs.folder import is_held
from worldforge.runs.manifest import FOLDERS, MANIFEST, RUN_ID
from worldforge.runs.preserved import list_runs, read_manifest
from worldforge.runs.prune import SAFE_SECONDS, judge, remove
from worldforge.runs.verify import verify_run
from worldforge.runs.workspace import RunWorkspace
from worldforge.values.events import ProviderEvent


def _event(phase: str = "success") -> ProviderEvent:
    return ProviderEvent(provider="mock", operation="embed", phase=phase, duration_ms=0.5)


def _lines(run: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (run / "logs" / "events.jsonl").read_text().splitlines()]


def test_a_run_is_there_with_its_manifest_from_the_start(tmp_path: Path) -> None:
    with started(tmp_path) as run:
        manifest = read_manifest(run.path)
        assert (manifest.status, manifest.run_id, manifest.provider) == ("running", run.path.name, "mock")
        assert manifest.created_at == manifests.created_at(run.run_id)
        assert sorted(path.name for path in run.path.iterdir()) == sorted([*FOLDERS, MANIFEST])
        assert is_held(run.path)
        run.finish("completed", result_summary={})
    assert not is_held(run.path)
    assert [path.name for path in (tmp_path / "runs").iterdir()] == [run.run_id]


def test_the_manifest_holds_every_file_at_the_end(tmp_path: Path) -> None:
    run = kept(tmp_path)
    manifest = read_manifest(run)
    assert manifest.artifact_paths == {"json": "reports/report.json", "markdown": "reports/report.md"}
    assert isinstance(manifest.files, dict)
    assert sorted(manifest.files) == ["reports/report.json", "reports/report.md"]
    entry = manifest.files["reports/report.md"]
    assert (entry.sha256, entry.size_bytes) == (digest.of_bytes(b"# Report\n"), 9)
    assert (manifest.status, manifest.event_count) == ("completed", 4)
    assert manifest.layout["logs"] == "logs/"


def test_a_file_that_somebody_else_put_there_has_a_digest_too(tmp_path: Path) -> None:
    with started(tmp_path) as run:
        (run.path / "artifacts" / "trace.bin").write_bytes(b"\0")
        run.finish("completed", result_summary={})
    files = read_manifest(run.path).files
    assert isinstance(files, dict)
    assert list(files) == ["artifacts/trace.bin"]


def test_ids_are_of_their_second_and_never_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = iter(["20260506T120000Z-00000000"] * 3 + ["20260506T120000Z-00000001"])
    monkeypatch.setattr(workspaces, "new_run_id", lambda: next(ids))
    with started(tmp_path) as first, started(tmp_path) as second:
        assert (first.run_id, second.run_id) == ("20260506T120000Z-00000000", "20260506T120000Z-00000001")
        assert read_manifest(second.path).created_at == "2026-05-06T12:00:00Z"


def test_an_id_follows_the_clock_that_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1778068800")
    made = {manifests.new_run_id() for _ in range(50)}
    assert len(made) == 50
    assert all(RUN_ID.match(run_id) and run_id.startswith("20260506T120000Z-") for run_id in made)


def test_a_taken_place_that_never_gets_free_is_a_storage_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workspaces, "new_run_id", lambda: "20260506T120000Z-00000000")
    with started(tmp_path), pytest.raises(StorageError) as refused:
        started(tmp_path)
    assert refused.value.code == "file.unwritable"
    assert len(list((tmp_path / "runs").iterdir())) == 1


def test_a_workspace_that_is_a_file_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="a run cannot be made"):
        started(tmp_path / "file")


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (ProviderError("the server is gone"), "failed", "provider.failed"),
        (RuntimeError("no such luck in /home/alice/run"), "failed", "RuntimeError"),
        (KeyboardInterrupt(), "cancelled", "KeyboardInterrupt"),
    ],
    ids=["provider", "foreign", "ctrl-c"],
)
def test_an_exception_ends_the_run(tmp_path: Path, error: BaseException, status: str, told: str) -> None:
    def work(run: RunWorkspace) -> None:
        with run:
            run.write("inputs", "inputs/inputs.json", "{}")
            raise error

    run = started(tmp_path)
    with pytest.raises(type(error)):
        work(run)
    manifest = read_manifest(run.path)
    assert (manifest.status, manifest.result_summary["error"]) == (status, told)
    assert "alice" not in str(manifest.result_summary)
    assert isinstance(manifest.files, dict)
    assert list(manifest.files) == ["inputs/inputs.json"]
    assert verify_run(run.path).conclusion == "intact"


def test_a_run_that_is_left_without_a_result_has_failed(tmp_path: Path) -> None:
    with started(tmp_path) as run:
        pass
    assert read_manifest(run.path).status == "failed"


def test_what_happens_after_the_end_does_not_change_the_result(tmp_path: Path) -> None:
    def work(run: RunWorkspace) -> None:
        with run:
            run.finish("failed", result_summary={"budget_passed": False})
            raise AnswerIsNoError("the gate failed", code="benchmark.gate")

    run = started(tmp_path)
    with pytest.raises(AnswerIsNoError):
        work(run)
    assert read_manifest(run.path).result_summary == {"budget_passed": False}


def test_nothing_is_added_after_the_end(tmp_path: Path) -> None:
    with started(tmp_path) as run:
        run.finish("completed", result_summary={})
        late: list[Callable[[], None]] = [
            lambda: run.write("late", "reports/late.md", ""),
            lambda: run.event(_event()),
            lambda: run.finish("failed", result_summary={}),
        ]
        for add in late:
            with pytest.raises(WorldForgeError) as refused:
                add()
            assert refused.value.code == "run.finished"


@pytest.mark.parametrize(
    "path", ["../out.md", "/etc/out.md", "reports/../../out.md", "reports//out.md", "", ".", "a\nb", MANIFEST, "~/x"]
)
def test_a_path_that_leads_out_is_refused(tmp_path: Path, path: str) -> None:
    with started(tmp_path) as run:
        with pytest.raises(WorldForgeError) as refused:
            run.write("bad", path, "x")
        assert refused.value.code == "run.unsafe_path"
        run.finish("completed", result_summary={})
    assert read_manifest(run.path).artifact_paths == {}


def test_a_folder_that_became_a_link_is_not_written_into(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    with started(tmp_path) as run:
        (run.path / "reports").rmdir()
        (run.path / "reports").symlink_to(outside)
        with pytest.raises(WorldForgeError, match="a link stands in the way"):
            run.write("json", "reports/report.json", "{}")
    assert list(outside.iterdir()) == []


def test_a_command_is_kept_without_secrets_and_host_paths(tmp_path: Path) -> None:
    argv = ["worldforge", "benchmark", "--input-file", "/home/alice/my inputs.json", "--api-key", "hunter2hunter2"]
    with started(tmp_path, argv=argv, input_summary={"token": "hf_abcdefghijklmnopqrstuvwxyz0123456789"}) as run:
        run.finish("completed", result_summary={"where": "/home/alice/x"})
    text = (run.path / MANIFEST).read_text()
    assert not {"alice", "hunter2", "hf_abc"} & {word for word in ("alice", "hunter2", "hf_abc") if word in text}
    manifest = read_manifest(run.path)
    assert isinstance(manifest.argv, list)
    assert len(manifest.argv) == len(argv)
    assert manifest.argv[:3] == argv[:3]
    assert manifest.command.startswith("worldforge benchmark --input-file ")


def test_events_are_lines_in_their_order(tmp_path: Path) -> None:
    with started(tmp_path) as run:
        for phase in ("retry", "success"):
            run.event(_event(phase))
        run.finish("completed", result_summary={}, event_count=2)
    assert [line["phase"] for line in _lines(run.path)] == ["retry", "success"]
    manifest = read_manifest(run.path)
    assert manifest.artifact_paths == {"events": "logs/events.jsonl"}
    assert verify_run(run.path).conclusion == "intact"


def test_a_flood_of_events_is_counted_and_not_kept(tmp_path: Path) -> None:
    with started(tmp_path) as run:
        event = _event()
        for _ in range(MAX_LINES + 5):
            run.event(event)
        run.finish("completed", result_summary={}, event_count=MAX_LINES + 5)
    lines = _lines(run.path)
    assert len(lines) == MAX_LINES + 1
    assert lines[-1] == {"omitted_event_count": 5}


def test_events_come_from_many_threads(tmp_path: Path) -> None:
    with started(tmp_path) as run:
        go = threading.Event()

        def work() -> None:
            go.wait()
            for _ in range(50):
                run.event(_event())

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        go.set()
        for thread in threads:
            thread.join()
        run.finish("completed", result_summary={}, event_count=400)
    assert len(_lines(run.path)) == 400


def test_events_of_slow_calls_are_on_the_disk_at_once_and_those_of_quick_ones_together(tmp_path: Path) -> None:
    now = [0.0]
    path = tmp_path / "events.jsonl"
    log = EventLog(path, clock=lambda: now[0])
    log.add(_event())
    assert path.read_bytes().count(b"\n") == 1
    now[0] += 0.01
    log.add(_event())
    assert path.read_bytes().count(b"\n") == 1
    now[0] += 0.06
    log.add(_event())
    assert path.read_bytes().count(b"\n") == 3
    log.add(_event())
    assert log.close()
    assert path.read_bytes().count(b"\n") == 4


def test_a_log_that_cannot_be_written_is_no_failure_of_the_provider(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "missing" / "events.jsonl")
    log.add(_event())
    with pytest.raises(StorageError, match="the events cannot be written"):
        log.close()


_CHILD = """
import sys
from pathlib import Path
from worldforge.runs import workspace
from worldforge.values.events import ProviderEvent

step, root = sys.argv[1], Path(sys.argv[2])

def stop(name):
    if name == step:
        print("here", flush=True)
        sys.stdin.read()

write = workspace.write_atomic
def stopping(path, data, **more):
    stop("before " + path.name)
    write(path, data, **more)
workspace.write_atomic = stopping

made = dict(kind="benchmark", argv=["worldforge"], provider="mock", operation="embed", input_summary={})
with workspace.RunWorkspace.create(root, **made) as run:
    stop("created")
    run.write("inputs", "inputs/inputs.json", "{}")
    for _ in range(2000):
        run.event(ProviderEvent(provider="mock", operation="embed", phase="success"))
    stop("events")
    step = step.replace("before end", "before run_manifest.json")
    run.finish("completed", result_summary={})
"""


@pytest.mark.parametrize("step", ["created", "before inputs.json", "events", "before end"])
def test_a_run_that_is_killed_stays_readable(tmp_path: Path, step: str) -> None:
    _kill_at(step, tmp_path)
    (listed,) = list_runs(tmp_path)
    assert (listed.state, listed.fault) == ("interrupted", None)
    assert verify_run(listed.path).conclusion == "unfinished"
    if step in ("events", "before end"):
        assert all(line["phase"] == "success" for line in _lines(listed.path))


def test_a_run_that_is_killed_while_it_is_made_is_not_there_and_goes_later(tmp_path: Path) -> None:
    _kill_at("before run_manifest.json", tmp_path)
    assert list_runs(tmp_path) == []
    (left,) = (tmp_path / "runs").iterdir()
    now = left.lstat().st_mtime
    assert judge(tmp_path, now=now + 1).leftover_count == 0
    later = now + SAFE_SECONDS + DAY
    assert remove(tmp_path, judge(tmp_path, now=later), now=later).leftover_count == 1
    assert not left.exists()


def _kill_at(step: str, root: Path) -> None:
    """Run a process up to a step, look at its run while it lives, and kill it."""
    command = [sys.executable, "-c", _CHILD, step, str(root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=REPO, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "here\n"
        assert all(run.state == "running" for run in list_runs(root))
        child.send_signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
