"""Runs made to mislead whoever lists, opens, verifies, replays or prunes them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command import inside, worldforge
from tests.support import FIXTURES, REPO
from tests.worldforge.runs.kept import edit, kept
from worldforge.errors import WorldForgeError
from worldforge.runs import folder
from worldforge.runs.manifest import MANIFEST
from worldforge.runs.preserved import list_runs, open_run
from worldforge.runs.replay_plan import plan_replay
from worldforge.runs.verify import verification_text, verify_run

SECRET = "the content of a file outside"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run of `.worldforge`, beside a file that nobody may see."""
    (tmp_path / "secret.json").write_text(json.dumps({"schema_version": 1, "note": SECRET}))
    return kept(tmp_path / ".worldforge")


def _as_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _as_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _as_link(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.parents[3] / "secret.json")


def _as_loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


def _as_sparse(path: Path) -> None:
    with path.open("r+b") as stream:
        stream.truncate(10 * folder.MAX_REPORT_BYTES)


SHAPES = [_as_pipe, _as_folder, _as_link, _as_loop, _as_sparse]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
@pytest.mark.parametrize("name", [MANIFEST, "reports/report.json"])
def test_what_is_no_plain_file_is_refused_and_never_waited_for(
    run: Path, name: str, shape: Callable[[Path], None]
) -> None:
    shape(run / name)
    # In a process of its own: whoever opens the pipe would wait for ever.
    program = (
        "import sys; from pathlib import Path; from worldforge.runs.preserved import list_runs, open_run\n"
        "from worldbase.errors import WorldError\n"
        "run = Path(sys.argv[1]); list_runs(run.parent.parent)\n"
        "try: open_run(run)\n"
        "except WorldError as error: print(error.code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, run], cwd=REPO, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() in {"run.unreadable", "run.unsafe_path", "run.file_size"}


@pytest.mark.parametrize(
    "path",
    ["../../../secret.json", "/etc/passwd", "reports/../../../../secret.json", "", ".", "a\0b", "\ud800"],
    ids=repr,
)
def test_a_report_that_a_manifest_puts_outside_is_not_read(run: Path, path: str) -> None:
    edit(run, artifact_paths={"json": path})
    with pytest.raises(WorldForgeError) as refused:
        open_run(run)
    assert refused.value.code in {"run.unsafe_path", "run.manifest_invalid"}
    assert SECRET not in str(refused.value)


def test_a_folder_of_a_run_that_is_a_link_is_not_followed(run: Path, tmp_path: Path) -> None:
    outside = tmp_path / "reports"
    (run / "reports").rename(outside)
    (run / "reports").symlink_to(outside)
    with pytest.raises(WorldForgeError) as refused:
        open_run(run)
    assert refused.value.code == "run.unsafe_path"


def test_inputs_that_are_a_link_are_not_replayed(run: Path) -> None:
    (run / "inputs" / "inputs.json").symlink_to(run.parents[2] / "secret.json")
    with pytest.raises(WorldForgeError) as refused:
        plan_replay(open_run(run))
    assert refused.value.code == "run.unsafe_path"


def test_a_run_that_is_a_link_is_listed_as_unreadable(run: Path) -> None:
    run.with_name("20260101T000000Z-00000000").symlink_to(run)
    first, second = list_runs(run.parent.parent)
    assert (first.state, second.state) == ("unreadable", "completed")


def test_files_that_a_manifest_makes_up_are_missing_and_nothing_outside_is_read(run: Path) -> None:
    entry = {"sha256": f"sha256:{'0' * 64}", "size_bytes": 1}
    names = ["../../../secret.json", "/etc/passwd", "\x1b[2J", "a" * 100_000]
    edit(run, files=dict.fromkeys(names, entry))
    found = verify_run(run)
    missing = [difference for difference in found.differences if difference.problem == "missing"]
    assert len(missing) == len(names)
    assert all(difference.found is None for difference in missing)
    assert "\x1b" not in verification_text(found)


ENTRIES = json.loads((FIXTURES / "hostile" / "names.json").read_bytes())["entries"]


@pytest.mark.parametrize("text", [pytest.param(entry["text"], id=f"{entry['id']}") for entry in ENTRIES])
def test_a_hostile_text_in_every_field_is_shown_as_text(run: Path, text: str) -> None:
    edit(run, kind=text, command=text, provider=text, operation=text, result_summary={"error": text, text: text})
    outputs = [worldforge("runs list --format text --workspace-dir", run.parent.parent)]
    outputs += [worldforge("runs show", run), worldforge("runs show --format json", run)]
    assert outputs[0].code == 0
    assert {output.code for output in outputs} <= ({0, 3} if _has_surrogate(text) else {0})
    for output in outputs:
        assert all(line.isprintable() for line in (output.out + output.err).splitlines()), ascii(text)


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def test_garbage_beside_runs_does_not_hide_them(run: Path) -> None:
    runs = run.parent
    (runs / "20260101T000000Z-00000001").write_text("a file")
    (runs / "20260101T000000Z-00000002").mkdir()
    (runs / "20260101T000000Z-00000003").mkdir()
    (runs / "20260101T000000Z-00000003" / MANIFEST).write_bytes(os.urandom(4096))
    os.mkfifo(runs / "20260101T000000Z-00000004")
    (runs / "20260101T000000Z-00000005").symlink_to("nowhere")
    states = [listed.state for listed in list_runs(runs.parent)]
    assert states == ["unreadable"] * 5 + ["completed"]
    with inside(runs.parent.parent):
        listed = worldforge("runs list")
    assert listed.code == 0
    assert listed.out.count("unreadable") == 5


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_a_report_that_cannot_be_read_differs_from_the_one_that_was_left(
    run: Path, shape: Callable[[Path], None]
) -> None:
    shape(run / "reports" / "report.json")
    found = verify_run(run)
    assert found.conclusion == "differs"
    assert "reports/report.json" in [difference.path for difference in found.differences]


def test_a_deep_report_is_refused_and_not_crashed_on(run: Path) -> None:
    text = (run / "reports" / "report.json").read_text()
    (run / "reports" / "report.json").write_text(text.replace('"inputs": {', f'"inputs": {{"deep": {"[" * 100_000}', 1))
    with pytest.raises(WorldForgeError) as refused:
        open_run(run)
    assert refused.value.code == "run.report_invalid"
    assert verify_run(run).conclusion == "differs"
