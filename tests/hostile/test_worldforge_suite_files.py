"""Suites in files that leave, print, wander off or say another thing than they are; interrupts; changed results."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.command import inside, worldforge
from worldbase import digest
from worldforge.evaluation import EvaluationReport

HEAD = "from worldforge.evaluation import EvaluationScenario, EvaluationSuite\n"
TAIL = (
    "suite = EvaluationSuite.custom(suite_id='s', name='S', scenarios=["
    "EvaluationScenario.from_callable(name='a', description='b', evaluator=check)])\n"
)


def suite_file(folder: Path, body: str, *, name: str = "mine.py") -> None:
    (folder / name).write_text(HEAD + body + TAIL)


def test_what_a_suite_prints_is_no_part_of_the_report(tmp_path: Path) -> None:
    body = (
        "print('loading')\ndef check(context):\n    print('checking')\n"
        "    return context.outcome(score=1, passed=True)\n"
    )
    suite_file(tmp_path, body)
    with inside(tmp_path):
        outcome = worldforge("eval --suite mine.py --provider mock --format json")
    assert json.loads(outcome.out)["results"][0]["passed"] is True
    assert {"loading", "checking"} <= set(outcome.err.split())


def test_a_suite_that_changes_the_folder_does_not_take_the_run_with_it(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "elsewhere").mkdir()
    body = (
        "import os, random\nrandom.seed(0)\nos.chdir('../elsewhere')\ndef check(context):\n"
        "    os.chdir('/')\n    context.embed('x')\n    return context.outcome(score=1, passed=True)\n"
    )
    suite_file(tmp_path / "here", body)
    with inside(tmp_path / "here"):
        outcome = worldforge("eval --suite mine.py --provider mock --run-workspace kept --quiet")
        assert (outcome.code, outcome.err) == (0, "")
        assert Path.cwd() == tmp_path / "here"
    assert list((tmp_path / "elsewhere").iterdir()) == []
    [run] = (tmp_path / "here" / "kept" / "runs").iterdir()
    assert {path.name for path in run.rglob("*") if path.is_file()} >= {"report.json", "events.jsonl"}


def test_what_lies_in_the_cache_is_not_what_is_run(tmp_path: Path) -> None:
    body = "def check(context):\n    return context.outcome(score=1, passed={})\n"
    suite_file(tmp_path, body.format(True))
    with inside(tmp_path):
        subprocess.run([sys.executable, "-m", "py_compile", "mine.py"], check=True)
        stat = (tmp_path / "mine.py").stat()
        suite_file(tmp_path, body.format("0>1 "))
        os.utime(tmp_path / "mine.py", ns=(stat.st_atime_ns, stat.st_mtime_ns))
        assert (tmp_path / "mine.py").stat().st_size == stat.st_size
        assert worldforge("eval --suite mine.py --provider mock --require-pass --quiet").code == 1


LEAVING = {
    "factory-exits": "import sys\ndef suite():\n    sys.exit(0)\n",
    "factory-is-cancelled": "def suite():\n    raise GeneratorExit\n",
    "file-is-cancelled": "class E(BaseException): pass\nraise E('x')\n",
    "attribute-raises": "def __getattr__(name):\n    raise RuntimeError('x')\n",
    "path-cleared": "import sys\nsys.path.clear()\nother = 1\n",
    "itself-by-name": "from worldforge.evaluation import EvaluationSuite\nsuite = EvaluationSuite.named('mine.py')\n",
    "builtin-name": "from worldforge.evaluation import EvaluationSuite\n"
    "EvaluationSuite.register('physics', lambda: 1)\n",
}


@pytest.mark.parametrize("name", LEAVING)
def test_a_file_that_leaves_instead_of_making_a_suite_is_an_error(tmp_path: Path, name: str) -> None:
    path = list(sys.path)
    (tmp_path / "mine.py").write_text(LEAVING[name])
    try:
        with inside(tmp_path):
            outcome = worldforge("eval --suite mine.py --provider mock")
    finally:
        sys.path[:] = path
    assert outcome.code == 3
    assert outcome.err.startswith("error: ")
    assert "Traceback" not in outcome.err


def test_a_file_that_imports_itself_is_a_suite_all_the_same(tmp_path: Path) -> None:
    body = "import mine_again\ndef check(context):\n    return context.outcome(score=1, passed=True)\n"
    suite_file(tmp_path, body, name="mine_again.py")
    try:
        with inside(tmp_path):
            assert worldforge("eval --suite mine_again.py --provider mock --require-pass --quiet").code == 0
    finally:
        sys.modules.pop("mine_again", None)


@pytest.mark.parametrize(
    "name",
    [
        "x" * 5000 + ".py",
        "a\udcff.py",
        "../../etc/passwd",
        "physics/",
        "",
        " ",
        ":",
        ".py",
        "physics.py:",
        "/dev/null.py",
    ],
)
def test_a_name_that_is_no_suite_is_one_error(tmp_path: Path, name: str) -> None:
    with inside(tmp_path):
        outcome = worldforge("eval --provider mock --suite", name)
    assert outcome.code in (2, 3)
    assert outcome.err.startswith("error: ")
    assert "Traceback" not in outcome.err
    assert not (tmp_path / ".worldforge").exists()


def test_an_interrupt_while_a_suite_is_loaded_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("raise KeyboardInterrupt\n")
    with inside(tmp_path):
        assert worldforge("eval --suite mine.py --provider mock --run-workspace kept").code == 130
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize("phase", ["to_json", "to_csv", "to_html", "gallery"])
def test_an_interrupt_while_reports_are_made_leaves_a_cancelled_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, phase: str
) -> None:
    def interrupted(report: EvaluationReport) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(EvaluationReport, phase, interrupted)
    with inside(tmp_path):
        outcome = worldforge("eval --suite physics --provider mock --run-workspace kept")
    assert outcome.code == 130
    [run] = (tmp_path / "kept" / "runs").iterdir()
    assert json.loads((run / "run_manifest.json").read_text())["status"] == "cancelled"
    assert "Traceback" not in outcome.err


def test_a_result_that_was_changed_under_a_mended_manifest_is_found(tmp_path: Path) -> None:
    with inside(tmp_path):
        assert worldforge("eval --suite physics --provider mock --run-workspace kept --quiet").code == 0
        [run] = (tmp_path / "kept" / "runs").iterdir()
        report, manifest = run / "reports" / "report.json", run / "run_manifest.json"
        before = report.read_bytes()
        value = json.loads(before)
        assert value["results"][-1]["passed"] is False
        value["results"][-1]["passed"] = True
        report.write_text(json.dumps(value))
        old, new = (digest.of_bytes(data).removeprefix("sha256:") for data in (before, report.read_bytes()))
        manifest.write_text(manifest.read_text().replace(old, new))
        outcome = worldforge("runs verify kept/runs/" + run.name)
    assert outcome.code != 0
    assert "result_digest" in outcome.out
