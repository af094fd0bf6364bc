"""`worldflux record`: the command runs as it would alone, and what its output lacks stands beside it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.command import inside, worldflux
from tests.support import REPO
from tests.worldflux.auditing import bench
from worldbase import digest
from worldflux.sources.recording import first_observation
from worldflux.sources.recording.checkpoint import checkpoint_of, folder_digest
from worldflux.sources.recording.command_line import sanitised, settings
from worldflux.sources.recording.harnesses import harness_of

RUN = REPO / "tests" / "fixtures" / "lerobot-runs"

# A harness as installers write it: a script whose first line names its interpreter.
LEROBOT_EVAL = """#!{python}
import pathlib, shutil, sys
output = next(word.partition("=")[2] for word in sys.argv if word.startswith("--output_dir="))
pathlib.Path(output).mkdir()
shutil.copy({result!r}, pathlib.Path(output) / "eval_info.json")
print("evaluated", len(sys.argv) - 1, "arguments")
print("a warning", file=sys.stderr)
sys.exit({code})
"""


def a_result() -> Path:
    return next(iter(sorted(RUN.rglob("pusht_*/eval_info.json"))))


def install(folder: Path, code: int = 0) -> str:
    """Write the harness and return the PATH that finds it."""
    script = folder / "bin" / "lerobot-eval"
    script.parent.mkdir()
    script.write_text(LEROBOT_EVAL.format(python=sys.executable, result=str(a_result()), code=code))
    script.chmod(0o755)
    return f"{script.parent}{os.pathsep}{os.environ['PATH']}"


def recorded(path: Path) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(path.read_bytes())
    return facts


@pytest.fixture
def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", install(tmp_path))
    return tmp_path


def test_facts_of_a_run_stand_beside_its_output(harness: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with inside(harness):
        outcome = worldflux(
            "record --run-seed 3 -- lerobot-eval --policy.path=some-org/a-policy --eval.batch_size=10 "
            "--eval.n_episodes=50 --seed 1000 --policy.n_action_steps=10 --env.task=libero_spatial --output_dir=out"
        )
    assert outcome.code == 0
    assert capfd.readouterr() == ("evaluated 8 arguments\n", "a warning\n")
    facts = recorded(harness / "out" / "run_info.json")
    expected = {"run_seed": 3, "start_seed": 1000, "batch_size": 10, "n_action_steps": 10, "suite": "libero_spatial"}
    assert facts.items() >= expected.items()
    assert facts["harness"] == "lerobot"
    assert facts["checkpoint_uri"] == "hf://some-org/a-policy"
    assert facts["exit_code"] == 0
    assert facts["machine"]["python"] == ".".join(map(str, sys.version_info[:3]))
    assert facts["finished_at"] >= facts["started_at"]
    assert "defaulted" not in facts
    assert sorted(path.name for path in harness.iterdir()) == ["bin", "out"]


def test_a_default_is_recorded_as_one(harness: Path) -> None:
    with inside(harness):
        outcome = worldflux("record -- lerobot-eval --output_dir=out")
    facts = recorded(harness / "out" / "run_info.json")
    assert (facts["start_seed"], facts["defaulted"]) == (1000, ["start_seed"])
    assert "start_seed=1000" in outcome.err
    assert "batch_size" not in facts
    assert "--run-info batch_size=..." in outcome.err


def test_the_exit_code_is_the_commands_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", install(tmp_path, code=7))
    with inside(tmp_path):
        assert worldflux("record --quiet -- lerobot-eval --output_dir=out").code == 7
    assert recorded(tmp_path / "out" / "run_info.json")["exit_code"] == 7


def test_an_audit_finds_what_was_recorded(harness: Path) -> None:
    with inside(harness):
        worldflux("record -- lerobot-eval --eval.batch_size=10 --policy.n_action_steps=8 --output_dir=out")
        plan = bench(harness / "plan")
        bare = plan.audit(a_result(), output=harness / "bare")
        told = plan.audit(Path("out"), output=harness / "told")
    gained = set(bare.audit_input.missing_evidence) - set(told.audit_input.missing_evidence)
    # The simulator's version is recorded where the simulator is installed.
    assert gained - {"simulator_version"} == {"batch_size", "n_action_steps", "environment_seeds"}
    assert told.audit_input.run.inputs[0].declared["harness"] == "lerobot"
    assert [entry["kind"] for entry in told.json("raw_evidence_manifest.json")["entries"]][:2] == [
        "evaluator_output",
        "run_info",
    ]


def test_secrets_and_paths_of_the_command_are_not_recorded() -> None:
    words = ["lerobot-eval", "--token", "hf_" + "a" * 34, "--policy.path=/home/alice/ckpt", "--api-key=sk-" + "b" * 40]
    text = " ".join(sanitised(words))
    assert "alice" not in text
    assert "aaaa" not in text
    assert "bbbb" not in text
    assert text.startswith("lerobot-eval --token")


def test_options_are_read_as_harnesses_read_them() -> None:
    given = settings(
        ["main.py", "--args.num-trials-per-task", "20", "--args.seed=7", "--headless", "--seed", "1", "--seed=2"]
    )
    assert given == {"args.num_trials_per_task": "20", "args.seed": "7", "headless": "true", "seed": "2"}


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("lerobot-eval --seed=1", "lerobot"),
        ("uv run lerobot-eval --seed=1", "lerobot"),
        ("python -m lerobot.scripts.lerobot_eval", None),
        ("python examples/libero/main.py --args.seed 7", "openpi"),
        ("vla-eval run --config c.yaml", "vla-eval"),
        ("evaluate --skill_type s", "lbm_eval"),
        ("make", None),
    ],
)
def test_the_harness_is_told_by_the_command(command: str, name: str | None) -> None:
    found = harness_of(command.split())
    assert (found.name if found else None) == name


def test_a_missing_program_is_one_clear_error(tmp_path: Path) -> None:
    with inside(tmp_path):
        outcome = worldflux("record -- no-such-program --x")
    assert outcome.code == 4
    assert "record.command_missing" in outcome.err
    assert list(tmp_path.iterdir()) == []


def test_the_record_of_another_run_is_not_replaced(harness: Path) -> None:
    (harness / "run_info.json").write_text("{}")
    with inside(harness):
        refused = worldflux("record --output . -- lerobot-eval --output_dir=out")
        assert (refused.code, (harness / "out").exists()) == (2, False)
        assert "record.exists" in refused.err
        assert worldflux("record --overwrite --output . -- lerobot-eval --output_dir=out").code == 0
    assert recorded(harness / "run_info.json")["exit_code"] == 0


def test_a_log_keeps_what_the_command_prints(harness: Path) -> None:
    with inside(harness):
        script = harness / "main.py"
        script.write_text("import sys\nprint('INFO:root:Success: True', file=sys.stderr)\nprint('x' * 200_000)\n")
        outcome = subprocess.run(
            [sys.executable, "-m", "worldflux", "record", "--log", "run.log", "--", sys.executable, "main.py"],
            capture_output=True,
            check=True,
        )
    log = (harness / "run.log").read_bytes()
    assert b"INFO:root:Success: True\n" in log
    assert log.count(b"x") == 200_000
    assert outcome.stdout.count(b"x") == 200_000
    assert recorded(harness / "run_info.json")["harness"] == "openpi"


def test_neither_stream_stands_inside_a_line_of_the_other(harness: Path) -> None:
    script = harness / "main.py"
    script.write_text(
        "import sys, time\n"
        "for number in range(20):\n"
        "    sys.stderr.write('INFO:root:Success: '); sys.stderr.flush(); time.sleep(0.005)\n"
        "    sys.stdout.write(f'frame {number}\\n'); sys.stdout.flush()\n"
        "    sys.stderr.write('True\\n'); sys.stderr.flush()\n"
        "sys.stderr.write('no end')\n"
    )
    command = [
        sys.executable,
        "-m",
        "worldflux",
        "record",
        "--quiet",
        "--log",
        "run.log",
        "--",
        sys.executable,
        "main.py",
    ]
    subprocess.run(command, cwd=harness, capture_output=True, check=True)
    lines = (harness / "run.log").read_bytes().split(b"\n")
    assert lines.count(b"INFO:root:Success: True") == 20
    assert b"no end" in lines
    assert [line for line in lines if line.startswith(b"frame")] == [b"frame %d" % number for number in range(20)]


def test_an_interrupted_command_leaves_a_record(tmp_path: Path) -> None:
    script = tmp_path / "main.py"
    script.write_text("import time\nprint('started', flush=True)\ntime.sleep(60)\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "worldflux", "record", "--quiet", "--", sys.executable, "main.py"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdout
    assert process.stdout.readline() == b"started\n"
    assert "exit_code" not in recorded(tmp_path / "run_info.json")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    # Python ends by the signal itself after a KeyboardInterrupt; a shell says 130.
    assert process.returncode == 130
    assert recorded(tmp_path / "run_info.json")["exit_code"] == 130


def test_first_observations_tell_starts_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noted = tmp_path / "starts.jsonl"
    monkeypatch.setenv("WORLDFLUX_FIRST_OBSERVATIONS", str(noted))
    image = np.arange(12, dtype=np.uint8).reshape(3, 4)
    seen = [
        first_observation(task="t/0", episode_index=0, observation={"image": image, "state": [0.5, 1]}),
        first_observation(task="t/0", episode_index=1, observation={"state": [0.5, 1], "image": image.copy()}),
        first_observation(task="t/0", episode_index=2, observation={"image": image.T, "state": [0.5, 1]}),
        first_observation(task="t/0", episode_index=3, observation={"image": image, "state": ["0.5", 1]}),
    ]
    assert seen[0] == seen[1]
    assert len(set(seen)) == 3
    lines = [json.loads(line) for line in noted.read_text().splitlines()]
    assert [line["start_sha256"] for line in lines] == seen
    assert lines[2] == {"task": "t/0", "episode_index": 2, "start_sha256": seen[2]}


def test_without_the_variable_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLDFLUX_FIRST_OBSERVATIONS", raising=False)
    with inside(tmp_path):
        assert digest.is_digest(first_observation(task="t", episode_index=0, observation=1.0))
    assert list(tmp_path.iterdir()) == []


def test_an_observation_of_unknown_kind_is_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        first_observation(task="t", episode_index=0, observation=object())


def test_first_observations_of_a_recorded_command_are_bound(tmp_path: Path) -> None:
    script = tmp_path / "main.py"
    script.write_text(
        "from worldflux.sources.recording import first_observation\n"
        "for index in range(3):\n"
        "    first_observation(task='t', episode_index=index, observation=[index % 2])\n"
    )
    with inside(tmp_path):
        assert worldflux(f"record --quiet -- {sys.executable} main.py").code == 0
    facts = recorded(tmp_path / "run_info.json")
    lines = tmp_path / facts["first_observations"]
    assert facts["first_observations_sha256"] == digest.of_file(lines)
    starts = [json.loads(line)["start_sha256"] for line in lines.read_text().splitlines()]
    assert (len(starts), len(set(starts))) == (3, 2)


def noted(folder: Path, starts: list[int], **more: str) -> Path:
    """A result with the first observations of its episodes beside it."""
    folder.mkdir()
    shutil.copy(a_result(), folder / "eval_info.json")
    lines = [
        {"task": "pusht/0", "episode_index": index, "start_sha256": f"sha256:{start:064x}"}
        for index, start in enumerate(starts)
    ]
    notes = folder / "first_observations.jsonl"
    notes.write_text("".join(json.dumps(line) + "\n" for line in lines))
    facts = {"first_observations": notes.name, "first_observations_sha256": digest.of_file(notes), **more}
    (folder / "run_info.json").write_text(json.dumps({"schema_version": "worldflux.run_info.v0_draft", **facts}))
    return folder


@pytest.mark.parametrize(
    ("starts", "more", "code", "said"),
    [
        ([1, 2, 3], {}, "starts.observed_distinct", "3 episodes noted their first observation; 3 "),
        ([1, 2, 1], {}, "starts.observed_alike", "3 episodes noted their first observation; 2 "),
        ([1], {"first_observations_sha256": "sha256:" + "0" * 64}, "starts.observations_changed", "not those"),
    ],
)
def test_an_audit_reads_noted_first_observations(
    tmp_path: Path, starts: list[int], more: dict[str, str], code: str, said: str
) -> None:
    package = bench(tmp_path / "plan").audit(noted(tmp_path / "run", starts, **more))
    assert said in package.finding(code)


def test_broken_notes_are_left_aside_with_a_finding(tmp_path: Path) -> None:
    run = noted(tmp_path / "run", [1])
    (run / "first_observations.jsonl").write_text('{"task": 1}\n')
    (run / "run_info.json").write_text('{"first_observations": "first_observations.jsonl"}')
    package = bench(tmp_path / "plan").audit(run)
    assert "starts.observations_unreadable" in package.findings


def test_notes_elsewhere_are_not_followed(tmp_path: Path) -> None:
    run = noted(tmp_path / "run", [1])
    (run / "first_observations.jsonl").rename(tmp_path / "first_observations.jsonl")
    (run / "run_info.json").write_text('{"first_observations": "../first_observations.jsonl"}')
    package = bench(tmp_path / "plan").audit(run)
    assert not [code for code in package.findings if code.startswith("starts.observ")]


def test_weights_are_known_by_their_bytes(tmp_path: Path) -> None:
    weights = tmp_path / "ckpt"
    weights.mkdir()
    (weights / "model.bin").write_bytes(b"1")
    (weights / "config.json").write_text('{"n_action_steps": 50}')
    before = checkpoint_of(str(weights))
    assert (before.n_action_steps, before.uri) == (50, None)
    assert before.sha256 == folder_digest(weights)
    (weights / "model.bin").write_bytes(b"2")
    assert checkpoint_of(str(weights)).sha256 != before.sha256


def test_a_cached_checkpoint_is_pinned_to_its_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = "0123456789abcdef" * 2 + "01234567"
    folder = tmp_path / "hub" / "models--org--policy"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text(commit)
    (folder / "snapshots" / commit).mkdir(parents=True)
    (folder / "snapshots" / commit / "config.json").write_text('{"n_action_steps": 10}')
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    found = checkpoint_of("org/policy")
    assert (found.uri, found.revision, found.n_action_steps) == ("hf://org/policy", commit, 10)
    assert checkpoint_of("org/other").revision is None
    assert checkpoint_of(f"hf://org/other@{commit}").revision == commit


def test_a_program_that_cannot_start_leaves_nothing_behind(tmp_path: Path) -> None:
    script = tmp_path / "evaluate.sh"
    script.write_text("#!/nonexistent/interpreter\n")
    script.chmod(0o755)
    with inside(tmp_path):
        outcome = worldflux("record --output facts.json --log run.log -- ./evaluate.sh")
    assert outcome.code == 4
    assert "record.command_missing" in outcome.err
    assert [path.name for path in tmp_path.iterdir()] == ["evaluate.sh"]


def test_a_log_that_cannot_be_written_is_refused_before_the_command_runs(tmp_path: Path) -> None:
    with inside(tmp_path):
        outcome = worldflux("record --output facts.json --log nowhere/run.log -- touch ran")
    assert "record.log_unwritable" in outcome.err
    assert list(tmp_path.iterdir()) == []


def test_a_command_ends_and_is_logged_whole_where_nobody_reads_its_output(tmp_path: Path) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    command = [sys.executable, "-c", "print('x' * 3_000_000)"]
    words = ["record", "--quiet", "--output", "facts.json", "--log", "run.log", "--", *command]
    start = "from worldflux.cli import main; main()"
    with os.fdopen(write_end, "wb") as nobody:
        subprocess.run([sys.executable, "-c", start, *words], cwd=tmp_path, stdout=nobody, timeout=60, check=False)
    assert (tmp_path / "run.log").stat().st_size == 3_000_001
    assert recorded(tmp_path / "facts.json")["exit_code"] == 0
