"""The command line where stdout is closed, full or shared, and where names are devices, pipes or no text at all."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command import inside, worldforge
from tests.worldforge.cli.plugins import lay_out
from worldbase.errors import StorageError
from worldbase.files import write_atomic

CHATTY = """
import os
import subprocess

from worldforge import EmbeddingResult
from worldforge.providers import BaseProvider, ProviderCapabilities

print("said by an import")


class Chatty(BaseProvider):
    name = "chatty"
    capabilities = ProviderCapabilities(embed=True)

    def configured(self):
        print("said when asked")
        return True

    def embed(self, *, text):
        print("said by Python")
        os.write(1, b"said by a library\\n")
        subprocess.run(["echo", "said by a process"], check=True)
        return EmbeddingResult("chatty", "m", (1.0,))
"""


@pytest.fixture(autouse=True)
def work(tmp_path: Path) -> Iterator[Path]:
    with inside(tmp_path):
        yield tmp_path


def chatty(folder: Path) -> Path:
    """A folder with a provider that prints in every way there is."""
    site = folder / "site"
    lay_out(site, "chatty", {"chatty": "chatty:Chatty"})
    (site / "chatty.py").write_text(CHATTY, encoding="utf-8")
    return site


def shell(line: str, site: Path | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run `worldforge` by a shell, which alone can close a stream or lead it into a device."""
    environment = {**os.environ, "PYTHONPATH": str(site or "")}
    command = f"{sys.executable} -m worldforge {line}"
    return subprocess.run(["sh", "-c", command], capture_output=True, check=False, env=environment)


@pytest.mark.parametrize(
    "line",
    [
        "benchmark --provider chatty --iterations 2 --run-workspace ws",
        "provider list",
        "provider info chatty",
        "provider health chatty",
        "provider contract chatty",
        "negotiate --workflow retrieval",
        "doctor",
    ],
)
def test_what_a_provider_prints_does_not_come_into_the_report(line: str, tmp_path: Path) -> None:
    done = shell(f"{line} --format json", chatty(tmp_path))
    assert isinstance(json.loads(done.stdout), dict)
    assert b"said by an import" in done.stderr


def test_what_a_provider_prints_in_its_calls_goes_to_stderr_whole(tmp_path: Path) -> None:
    done = shell("benchmark --provider chatty --iterations 2 --warmup 0 --format json", chatty(tmp_path))
    assert [done.stderr.count(b"said by " + who) for who in (b"Python", b"a library", b"a process")] == [2, 2, 2]


def test_what_a_provider_prints_in_a_replay_does_not_come_into_the_report(tmp_path: Path) -> None:
    site = chatty(tmp_path)
    shell("benchmark --provider chatty --iterations 2 --run-workspace .worldforge", site)
    run = next((tmp_path / ".worldforge/runs").iterdir()).name
    assert isinstance(json.loads(shell(f"runs replay {run} --format json", site).stdout), dict)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("line", ["--help", "benchmark --provider mock", "provider list --format json"])
def test_a_full_disk_behind_stdout_is_no_traceback_and_no_failed_gate(line: str) -> None:
    done = shell(f"{line} > /dev/full")
    assert done.returncode == 5
    assert b"[file.unwritable]" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_traceback(closed: str, work: Path) -> None:
    done = shell(f"benchmark --provider mock --output report.json --format json {closed}")
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert len(json.loads((work / "report.json").read_bytes())["results"]) == 3


def test_an_output_that_is_a_pipe_or_a_device_is_left_what_it_is(work: Path) -> None:
    """A rename over `/dev/null` would put a plain file in its place, for every program of the machine."""
    pipe = work / "pipe"
    os.mkfifo(pipe)
    (work / "link").symlink_to(pipe)
    for name in ("pipe", "link"):
        outcome = worldforge("benchmark --provider mock --output", name)
        assert outcome.code == 5
        assert "[file.unwritable]" in outcome.err
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert (work / "link").is_symlink()
    with pytest.raises(StorageError, match="device or a pipe"):
        write_atomic(Path(os.devnull), b"")


def test_files_keep_to_the_umask(work: Path) -> None:
    before = os.umask(0o077)
    try:
        worldforge("benchmark --provider mock --run-workspace ws")
    finally:
        os.umask(before)
    files = [path for path in (work / "ws").rglob("*") if path.is_file()]
    assert len(files) > 5
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_a_folder_whose_name_is_no_text_is_written_into() -> None:
    done = shell("benchmark --provider mock --format json --run-workspace \"$(printf 'w\\377')\"")
    assert done.returncode == 0, done.stderr
    assert "w\\udcff" in json.loads(done.stdout)["provenance"]["command"]


def test_a_named_pipe_among_the_presets_is_listed_and_never_waited_for(work: Path) -> None:
    (work / ".worldforge/presets").mkdir(parents=True)
    os.mkfifo(work / ".worldforge/presets/pipe.json")
    outcome = worldforge("benchmark --list-presets")
    assert outcome.code == 0
    assert "pipe Cannot be read: it is no plain file." in outcome.out


def test_a_file_name_cannot_add_lines_to_a_message(work: Path) -> None:
    (work / ".worldforge/presets").mkdir(parents=True)
    (work / ".worldforge/presets/x\nerror: all is lost.json").write_text("{}", encoding="utf-8")
    outcome = worldforge("benchmark --preset nothing-like-it")
    assert outcome.code == 2
    assert "all is lost" not in outcome.err
    assert outcome.err.count("mock-smoke") == 1


def preset(work: Path, **changes: object) -> Path:
    fields = {"schema_version": "worldforge.benchmark_preset.v1", "name": "own", "providers": ["mock"]}
    path = work / ".worldforge/presets/own.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({**fields, "operations": ["embed"], **changes}), encoding="utf-8")
    return path


def test_a_requirement_that_is_not_met_is_not_passed_over(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("LEROBOT_POLICY_PATH", "LEROBOT_POLICY"):
        monkeypatch.delenv(variable, raising=False)
    preset(work, requires_provider_profiles=["lerobot"])
    outcome = worldforge("benchmark --preset own")
    assert (outcome.code, outcome.out) == (4, "")
    assert "[preset.unmet]" in outcome.err
    assert "own Cannot run: provider profile 'lerobot'" in worldforge("benchmark --list-presets").out
    monkeypatch.setenv("LEROBOT_POLICY", "somewhere")
    assert worldforge("benchmark --preset own").code == 0


def test_a_budget_for_everything_may_be_written_as_it_is_printed(work: Path) -> None:
    (work / "budget.json").write_text(
        json.dumps([{"provider": "*", "operation": "*", "max_error_count": 0}]), encoding="utf-8"
    )
    assert worldforge("benchmark --provider mock --budget-file budget.json").code == 0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("benchmark --list-presets --output presets.md", "--output"),
        ("benchmark --show-preset mock-smoke --provider mock --iterations 3", "--iterations, --provider"),
        ("benchmark --provider mock --timeout 1e-300", "--timeout"),
        ("runs index --created-from 2026-13-45", "[run.moment]"),
        ("runs index --created-to 2026-02-30T25:00:00Z", "[run.moment]"),
        ("runs index --status finished", "--status"),
    ],
)
def test_an_option_that_would_do_nothing_is_refused(line: str, said: str) -> None:
    outcome = worldforge(line)
    assert (outcome.code, outcome.out) == (2, "")
    assert said in outcome.err
