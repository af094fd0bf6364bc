"""Runs that were made to mislead who compares them, and workers that were made to stay."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.command import worldforge
from tests.worldforge.benchmark.changes import block, report, result
from tests.worldforge.runs.compared import benchmark, enveloped
from tests.worldforge.runs.kept import edit
from worldbase.redact import is_clean
from worldforge.benchmark.report import BenchmarkReport
from worldforge.runs.comparison.compare import compare_runs
from worldforge.runs.comparison.regression import compare_regression
from worldforge.runs.comparison.render import comparison_text, regression_text

FORMATS = ("json", "markdown", "csv", "html")
SECRET = "hf_" + "AbCdEfGhIjKlMnOpQrStUvWxYz012345"


def everything(*runs: Path) -> list[str]:
    """Both reports in every format."""
    rows, verdicts = compare_runs(runs), compare_regression(runs)
    return [*(comparison_text(rows, each) for each in FORMATS), *(regression_text(verdicts, each) for each in FORMATS)]


def named(name: str) -> BenchmarkReport:
    return report(result(provider=name, operation="embed"))


@pytest.mark.parametrize(
    "name",
    ["a|b", "<script>alert(1)</script>", "=cmd()", "x\ny", "\u202eevil", "[a](http://x.example)", "`" * 5, "a\x1b[2J"],
    ids=ascii,
)
def test_names_break_out_of_no_format(tmp_path: Path, name: str) -> None:
    runs = benchmark(tmp_path, named(name)), benchmark(tmp_path, named(name))
    found = compare_runs(runs)
    markdown, csv, html = (comparison_text(found, each) for each in ("markdown", "csv", "html"))
    assert "<script>" not in html
    for said in (markdown, csv, html):
        assert not any(character in said for character in ("\x1b", "\u202e"))
    (table,) = [part for part in markdown.split("\n\n") if part.startswith("| run | provider")]
    lines = table.strip().splitlines()
    bars = {line.replace("\\|", "").count("|") for line in lines}
    assert (len(bars), len(lines)) == (1, 4)
    assert not any(cell.startswith("=") for line in csv.splitlines() for cell in line.split(","))


def test_secrets_and_host_paths_reach_no_report(tmp_path: Path) -> None:
    told = enveloped(report(result()), notes=f"token={SECRET}", worldforge_version="/home/alice/wf")
    baseline, candidate = benchmark(tmp_path, told), benchmark(tmp_path, report(result(errors=[SECRET])))
    edit(
        candidate,
        command=f"worldforge benchmark --api-key {SECRET} --input-file /home/alice/inputs.json",
        artifact_paths={
            f"label {SECRET}": "reports/report.json",
            "json": "reports/report.json",
            SECRET: f"{SECRET}.txt",
        },
    )
    for said in everything(baseline, candidate):
        assert SECRET not in said
        assert "/home/alice" not in said
        assert str(tmp_path) not in said


def test_reports_are_clean_by_the_one_sanitiser(tmp_path: Path) -> None:
    for said in everything(benchmark(tmp_path), benchmark(tmp_path)):
        assert is_clean(said)


def changed(tmp_path: Path, **fields: Any) -> Path:
    """A run whose only result says something else than any harness would write."""
    run = benchmark(tmp_path)
    path = run / "reports" / "report.json"
    said = json.loads(path.read_bytes())
    said["results"][0].update(fields)
    path.write_text(json.dumps(said))
    return run


@pytest.mark.parametrize(
    "fields",
    [
        {"p50_latency_ms": 1e308, "average_latency_ms": 1e308, "p95_latency_ms": 1e308},
        {"p50_latency_ms": 5e-324, "average_latency_ms": -1e308},
        {"success_count": -5, "error_count": -5},
        {"success_count": 0, "error_count": 2**62, "retry_count": 2**62},
        {"iterations": 0, "success_count": 0, "error_count": 0},
        {"blocks": []},
        {"blocks": [{"count": -1, "mean_ms": None, "p50_ms": None, "p95_ms": None}] * 20},
        {"blocks": [{"count": 1, "mean_ms": 0.1, "p50_ms": 0.1, "p95_ms": 0.1, "pace_ms": 0.0}] * 20},
        {"blocks": [{"count": 1, "mean_ms": 0.1, "p50_ms": 1e-9, "p95_ms": 0.1, "pace_ms": 1e12}] * 20},
        {"cpu_ms_per_iteration": -1.0},
        {"load": {"mode": "open"}},
        {"error_kinds": {"": 5}, "errors": [""]},
    ],
    ids=lambda fields: "+".join(f"{name}={value}"[:40] for name, value in fields.items()),
)
def test_impossible_numbers_end_in_a_report(tmp_path: Path, fields: dict[str, Any]) -> None:
    good, odd = benchmark(tmp_path), changed(tmp_path, **fields)
    for runs in ((good, odd), (odd, good), (odd, odd)):
        for said in everything(*runs):
            assert said
    assert compare_regression([odd, odd]).regression_summary.status in ("unchanged", "cannot_decide")


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e999", '"0.1"', "[]"])
def test_what_is_no_number_is_one_clear_error(tmp_path: Path, text: str) -> None:
    good, odd = benchmark(tmp_path), benchmark(tmp_path)
    path = odd / "reports" / "report.json"
    path.write_text(path.read_text().replace('"p50_latency_ms": 0.1', f'"p50_latency_ms": {text}, "x": 0.1'))
    for mode in ("comparison", "regression"):
        outcome = worldforge(f"runs compare {good} {odd} --mode {mode}")
        assert (outcome.code, outcome.out) == (3, "")
        assert "run.report_invalid" in outcome.err


def test_a_million_blocks_decide_nothing_and_cost_nothing(tmp_path: Path) -> None:
    many = result(blocks=[block(0.1)] * 20_000)
    found = compare_regression([benchmark(tmp_path, report(many)), benchmark(tmp_path, report(many))])
    assert found.regression_summary.status == "cannot_decide"


def test_thousands_of_results_are_put_together_at_once(tmp_path: Path) -> None:
    def wide(prefix: str) -> BenchmarkReport:
        only = msgspec.structs.replace(result(), blocks=[])
        return report(*(msgspec.structs.replace(only, provider=f"{prefix}{index}") for index in range(3000)))

    found = compare_regression([benchmark(tmp_path, wide("a")), benchmark(tmp_path, wide("b"))])
    assert found.regression_summary.counts.cannot_decide == 6000


def test_a_link_to_somebody_elses_report_is_not_followed(tmp_path: Path) -> None:
    run, secret = benchmark(tmp_path), tmp_path / "secret.json"
    secret.write_text("{}")
    (run / "reports" / "report.json").unlink()
    (run / "reports" / "report.json").symlink_to(secret)
    outcome = worldforge(f"runs compare {run} {run}")
    assert (outcome.code, "run.unsafe_path" in outcome.err) == (3, True)


def test_an_artifact_that_is_a_link_has_no_digest(tmp_path: Path) -> None:
    baseline, candidate = benchmark(tmp_path), benchmark(tmp_path)
    for run in (baseline, candidate):
        manifest = json.loads((run / "run_manifest.json").read_text())
        del manifest["files"]
        (run / "run_manifest.json").write_text(json.dumps(manifest))
    (candidate / "inputs" / "inputs.json").unlink()
    (candidate / "inputs" / "inputs.json").symlink_to("/etc/hostname")
    assert "inputs" in compare_regression([baseline, candidate]).artifact_changes.changed


HANGING = """
import sys, time
from worldforge.providers.contract import BaseProvider, ProviderCapabilities

class Hanging(BaseProvider):
    name = "hanging"
    capabilities = ProviderCapabilities(embed=True)

    def embed(self, *, text):
        print("in the call", file=sys.stderr, flush=True)
        while True:
            time.sleep(3600)
"""


@pytest.fixture
def hanging(tmp_path: Path) -> dict[str, str]:
    """An environment in which a provider is installed whose calls never return."""
    installed = tmp_path / "site" / "hanging-1.dist-info"
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: hanging\nVersion: 1\n")
    (installed / "entry_points.txt").write_text("[worldforge.providers]\nhanging = hanging_provider:Hanging\n")
    (tmp_path / "site" / "hanging_provider.py").write_text(HANGING)
    return {**os.environ, "PYTHONPATH": str(tmp_path / "site")}


STARTS_A_WORKER = """
import os, sys
from worldforge.benchmark.inputs import BenchmarkInputs
from worldforge.benchmark.in_turns.worker_process import Side, Worker

class Shown(Worker):
    def prepare(self, operations):
        os.write(1, f"{self._process.pid}\\n".encode())
        super().prepare(operations)

side = Side(label="it", provider="hanging", inputs=BenchmarkInputs().to_dict())
with Shown(side, timeout=float(sys.argv[1])) as worker:
    worker.prepare(["embed"])
    worker.await_ready()
    os.write(1, b"ready\\n")
    worker.measure("embed", 1)
"""


def parent(hanging: dict[str, str], timeout: float) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(STARTS_A_WORKER), str(timeout)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=hanging,
    )


def ended(pid: int) -> bool:
    """Wait until a process that is no child of ours is gone."""
    handle = os.pidfd_open(pid)
    try:
        import select

        return bool(select.select([handle], [], [], 30)[0])
    finally:
        os.close(handle)


@pytest.mark.slow
def test_a_worker_in_a_call_ends_with_the_process_that_is_killed(hanging: dict[str, str]) -> None:
    with parent(hanging, 60) as started:
        assert started.stdout is not None
        pid = int(started.stdout.readline())
        assert started.stdout.readline() == b"ready\n"
        started.send_signal(signal.SIGKILL)
        assert ended(pid)


@pytest.mark.slow
def test_a_call_that_hangs_is_one_clear_error_and_leaves_nobody_behind(hanging: dict[str, str]) -> None:
    with parent(hanging, 3) as started:
        assert started.stdout is not None
        assert started.stderr is not None
        pid = int(started.stdout.readline())
        handle = os.pidfd_open(pid)
        os.close(handle)
        assert b"against.worker_silent" in started.stderr.read()
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
