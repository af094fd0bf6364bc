"""`worldforge benchmark`: what it prints, what it keeps, and how it ends."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.command import Outcome, inside, worldforge
from tests.conftest import Golden
from tests.support import REPO
from tests.worldforge.cli.plugins import installed, lay_out
from worldbase.console import Progress
from worldforge.benchmark.budgets import parse_budgets
from worldforge.benchmark.measuring.recorder import BenchmarkSample
from worldforge.cli.benchmark import meter
from worldforge.cli.benchmark.meter import Meter

RUNTIMES = ("LEWORLDMODEL_POLICY", "LEWM_POLICY", "LEROBOT_POLICY_PATH", "LEROBOT_POLICY", "GROOT_POLICY_HOST")

# The commands of the documentation, as it prints them.
DOCUMENTED = [
    "benchmark --provider mock --iterations 5",
    "benchmark --provider mock --operation predict --format json",
    "benchmark --provider mock --operation embed --format markdown",
    "benchmark --provider mock --operation embed --input-file examples/benchmark-inputs.json",
    "benchmark --provider mock --operation predict --iterations 5 --run-workspace .worldforge",
    (
        "benchmark --provider mock --operation predict --iterations 5 --format json "
        "--budget-file examples/benchmark-budget.json"
    ),
    "benchmark --preset release-evidence --format json --run-workspace .worldforge",
    "benchmark --list-presets",
    "benchmark --show-preset release-evidence",
    "benchmark --preset mock-smoke",
]

PLUGIN = """
import signal
import threading

from worldforge import BaseProvider, EmbeddingResult, ProviderCapabilities, ProviderError
from worldforge.values import ActionPolicyResult, ActionScoreResult, Action

class Impatient(BaseProvider):
    name = "impatient"
    capabilities = ProviderCapabilities(embed=True)
    calls = 0

    def embed(self, *, text):
        Impatient.calls += 1
        if Impatient.calls == 4:  # after a call to warm up
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            threading.Event().wait(60)
        return EmbeddingResult(self.name, "impatient-1", (1.0,))

class Failing(BaseProvider):
    name = "failing"
    capabilities = ProviderCapabilities(embed=True)

    def embed(self, *, text):
        raise ProviderError("no checkpoint at /home/alice/ckpt.pt")

class Scorer(BaseProvider):
    name = "leworldmodel"
    capabilities = ProviderCapabilities(score=True)

    def score_actions(self, *, info, action_candidates):
        return ActionScoreResult(self.name, (0.5, 0.25), 1, True)

class Policy(BaseProvider):
    name = "lerobot"
    capabilities = ProviderCapabilities(policy=True)

    def select_actions(self, *, info):
        return ActionPolicyResult(self.name, (Action.move_to(0.0, 0.0, 0.0),))
"""
OUTSIDE = {"impatient": "Impatient", "failing": "Failing", "leworldmodel": "Scorer", "lerobot": "Policy"}


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder to work in, with the examples in it, on a host where no runtime is configured."""
    for name in RUNTIMES:
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "examples").mkdir()
    for name in ("benchmark-inputs.json", "benchmark-budget.json", "benchmark-preset.json"):
        shutil.copy(REPO / "examples" / name, folder / "examples" / name)
    with inside(folder):
        yield folder


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[None]:
    """Providers that another package brings."""
    site = tmp_path / "site"
    lay_out(site, "bench-plugins", {name: f"bench_plugins:{each}" for name, each in OUTSIDE.items()})
    (site / "bench_plugins.py").write_text(PLUGIN, encoding="utf-8")
    with installed(site):
        yield


def benchmark(line: str, *more: object) -> Outcome:
    return worldforge(f"benchmark {line}", *more)


def kept(folder: Path) -> dict[str, Any]:
    (path,) = (folder / ".worldforge" / "reports").iterdir()
    value: dict[str, Any] = json.loads(path.read_bytes())
    return value


def the_run(folder: Path) -> Path:
    (path,) = (folder / ".worldforge" / "runs").iterdir()
    return path


def manifest(folder: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((the_run(folder) / "run_manifest.json").read_bytes())
    return value


def budget_file(folder: Path, *budgets: dict[str, Any]) -> Path:
    path = folder / "budget.json"
    path.write_text(json.dumps(list(budgets)), encoding="utf-8")
    return path


@pytest.mark.parametrize("line", DOCUMENTED)
def test_the_commands_of_the_documentation(line: str) -> None:
    outcome = worldforge(line)
    assert (outcome.code, bool(outcome.out)) == (0, True), outcome.err


def test_the_report_that_is_printed_is_the_one_that_is_kept(work: Path) -> None:
    outcome = benchmark("--provider mock --iterations 5 --format json")
    assert json.loads(outcome.out) == kept(work)
    assert "Report: .worldforge/reports/benchmark-" in outcome.err
    assert not (work / ".worldforge" / "worlds").exists()


def test_without_operations_everything_that_the_provider_has_is_measured() -> None:
    report = json.loads(benchmark("--provider mock --format json").out)
    assert [result["operation"] for result in report["results"]] == ["predict", "embed", "score"]


def test_the_whole_command_is_in_the_envelope() -> None:
    line = "--provider mock --operation embed --iterations 3 --warmup 2 --format json"
    report = json.loads(benchmark(line).out)
    assert report["provenance"]["command"] == ["worldforge", "benchmark", *line.split(" ")]
    assert (report["run_metadata"]["warmup"], report["run_metadata"]["iterations"]) == (2, 3)


def test_no_path_of_the_machine_is_in_anything_that_is_kept(work: Path) -> None:
    outcome = benchmark(
        "--provider mock --run-workspace",
        work / "elsewhere",
        "--input-file",
        work / "examples" / "benchmark-inputs.json",
        "--budget-file",
        work / "examples" / "benchmark-budget.json",
    )
    assert outcome.code == 0
    files = [path for path in (work / "elsewhere").rglob("*") if path.is_file()]
    assert len(files) > 8
    for text in (outcome.out, *(path.read_text(encoding="utf-8") for path in files)):
        assert str(work) not in text
        assert str(work.parent) not in text


@pytest.mark.parametrize("output_format", ["markdown", "json", "csv", "html"])
def test_every_format_has_the_measured_operations(output_format: str) -> None:
    outcome = benchmark(f"--provider mock --operation embed --format {output_format}")
    assert outcome.code == 0
    assert "embed" in outcome.out
    assert outcome.out.endswith("\n")


def test_a_report_can_go_to_a_file(work: Path) -> None:
    outcome = benchmark("--provider mock --format html --output report.html")
    assert outcome.out == ""
    assert "Written: report.html" in outcome.err
    assert (work / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_quiet_keeps_the_report_and_says_nothing(work: Path) -> None:
    outcome = benchmark("--provider mock --quiet")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert kept(work)["results"]


def test_a_run_keeps_what_it_was_given_byte_for_byte(work: Path) -> None:
    benchmark(
        "--provider mock --operation predict --run-workspace .worldforge --input-file examples/benchmark-inputs.json "
        "--budget-file examples/benchmark-budget.json"
    )
    run = the_run(work)
    for name, example in (("inputs", "benchmark-inputs.json"), ("budget", "benchmark-budget.json")):
        assert (run / "inputs" / f"{name}.json").read_bytes() == (work / "examples" / example).read_bytes()
    assert json.loads((run / "reports" / "report.json").read_bytes()) == kept(work)
    assert json.loads((run / "reports" / "gate.json").read_bytes())["passed"] is True
    assert {path.name for path in (run / "reports").iterdir()} == {
        *(f"report.{ending}" for ending in ("json", "md", "csv", "html")),
        *(f"gate.{ending}" for ending in ("json", "md")),
    }
    assert (manifest(work)["status"], manifest(work)["result_summary"]["budget_passed"]) == ("completed", True)
    assert manifest(work)["input_summary"]["operations"] == ["predict"]


def test_a_run_without_files_keeps_the_inputs_that_were_used(work: Path) -> None:
    benchmark("--provider mock --operation embed --run-workspace .worldforge")
    written = json.loads((the_run(work) / "inputs" / "inputs.json").read_bytes())
    assert written["inputs"] == kept(work)["run_metadata"]["inputs"]
    assert "gate.json" not in {path.name for path in (the_run(work) / "reports").iterdir()}


def test_the_files_that_were_given_are_named_with_their_digests(work: Path) -> None:
    benchmark("--provider mock --operation predict --input-file examples/benchmark-inputs.json --quiet")
    named = kept(work)["run_metadata"]["input_file"]
    assert (named["path"], named["metadata"], len(named["sha256"])) == (
        "benchmark-inputs.json",
        {"run": "release-smoke"},
        64,
    )


def test_a_gate_that_fails_ends_with_one_after_everything_is_printed_and_kept(work: Path) -> None:
    path = budget_file(
        work, {"provider": "mock", "max_average_latency_ms": 0.0}, {"provider": "x", "max_error_count": 0}
    )
    outcome = benchmark(
        "--provider mock --operation embed --format json --run-workspace .worldforge --budget-file", path
    )
    printed = json.loads(outcome.out)
    assert (outcome.code, list(printed)) == (1, ["benchmark", "gate"])
    assert "benchmark.gate_failed" in outcome.err
    assert [each["metric"] for each in printed["gate"]["violations"]] == ["average_latency_ms", "matching_results"]
    assert printed["benchmark"] == kept(work)
    assert json.loads((the_run(work) / "reports" / "gate.json").read_bytes()) == printed["gate"]
    assert (manifest(work)["status"], manifest(work)["result_summary"]["budget_passed"]) == ("failed", False)


def test_a_gate_in_the_other_formats(work: Path) -> None:
    path = budget_file(work, {"max_average_latency_ms": 0.0})
    options = "--provider mock --operation embed --budget-file"
    markdown = benchmark(f"--format markdown {options}", path)
    assert markdown.out.index("# WorldForge Benchmark Report") < markdown.out.index("# Benchmark Budget Gate")
    (row,) = csv.DictReader(io.StringIO(benchmark(f"--format csv {options}", path).out))
    assert (row["metric"], row["budget_selector"], float(row["observed"]) > 0) == ("average_latency_ms", "*/*", True)
    html = benchmark(f"--format html {options}", path)
    assert "Failed: 1 budget" in html.out
    assert {markdown.code, html.code} == {1}


def test_a_gate_that_passes_ends_well_and_leaves_csv_with_its_header_alone() -> None:
    outcome = benchmark("--provider mock --operation predict --format csv --budget-file examples/benchmark-budget.json")
    assert (outcome.code, len(outcome.out.splitlines())) == (0, 1)


@pytest.mark.usefixtures("outside")
def test_calls_that_fail_are_counted_and_do_not_end_the_command() -> None:
    outcome = benchmark("--provider failing --iterations 3 --format json")
    (result,) = json.loads(outcome.out)["results"]
    assert (outcome.code, result["error_count"], result["average_latency_ms"]) == (0, 3, None)
    assert "alice" not in outcome.out


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("", 2, "benchmark.no_provider"),
        ("--provider mok", 2, "Did you mean 'mock'?"),
        ("--provider mock --operation policy", 2, "policy"),
        ("--provider mock --operation plan", 2, "plan"),
        ("--provider mock --iterations 0", 2, "--iterations"),
        ("--provider mock --concurrency 0", 2, "--concurrency"),
        ("--provider mock --rate nan", 2, "--rate"),
        ("--provider mock --rate 0", 2, "--rate"),
        ("--provider mock --timeout inf", 2, "--timeout"),
        ("--provider mock --format xml", 2, "--format"),
        ("--provider mock --input-file none.json", 3, "file.missing"),
        ("--provider mock --budget-file none.json", 3, "file.missing"),
        ("--provider mock --input-file examples/benchmark-budget.json", 3, "document.unknown_field"),
        ("--provider mock --budget-file examples/benchmark-inputs.json", 3, "document.unknown_field"),
        ("--preset mock-smok", 2, "Did you mean 'mock-smoke'?"),
        ("--show-preset remote-media-dryrun", 2, "preset.unknown"),
        ("--preset mock-smoke --preset-file examples/benchmark-preset.json", 2, "benchmark.two_presets"),
        ("--preset-file examples/benchmark-budget.json", 3, "document.missing_field"),
        ("--list-presets --format csv", 2, "preset.format"),
        ("--provider mock --fail-on regressed", 2, "benchmark.without_against"),
        ("--preset mock-smoke --against x", 2, "benchmark.preset_against"),
    ],
)
def test_what_a_user_gets_wrong_ends_in_one_clear_block_and_leaves_nothing(
    line: str, code: int, said: str, work: Path
) -> None:
    outcome = benchmark(f"--run-workspace .worldforge {line}")
    assert (outcome.code, outcome.out) == (code, ""), outcome.err
    assert said in outcome.err
    assert "Traceback" not in outcome.err
    assert [path.name for path in work.iterdir()] == ["examples"]


def test_a_disk_that_refuses(work: Path) -> None:
    (work / ".worldforge").write_text("a file", encoding="utf-8")
    for options in ("", "--run-workspace .worldforge"):
        outcome = benchmark(f"--provider mock {options}")
        assert (outcome.code, "Traceback" in outcome.err) == (5, False)


@pytest.mark.usefixtures("outside")
def test_an_interrupted_run_keeps_what_was_measured(work: Path) -> None:
    outcome = benchmark(
        "--provider mock --provider impatient --operation embed --iterations 9 --run-workspace .worldforge"
    )
    assert outcome.code == 130
    assert "Interrupted; what was measured by then is kept." in outcome.err
    assert manifest(work)["status"] == "cancelled"
    report = json.loads((the_run(work) / "reports" / "report.json").read_bytes())
    assert report == kept(work)
    assert [(result["provider"], result["iterations"]) for result in report["results"]] == [
        ("mock", 9),
        ("impatient", 2),
    ]
    assert "interrupted" in report["results"][1]["flags"]


def test_a_preset_says_which_options_it_overrides(work: Path) -> None:
    outcome = benchmark("--preset mock-smoke --iterations 99 --provider nobody --format json")
    assert "The preset mock-smoke overrides --provider, --iterations." in outcome.err
    printed = json.loads(outcome.out)
    assert list(printed) == ["benchmark", "gate", "preset"]
    assert (printed["preset"], printed["gate"]["passed"]) == ("mock-smoke", True)
    asked = printed["benchmark"]["run_metadata"]
    assert (asked["iterations"], asked["preset"], asked["providers"]) == (5, "mock-smoke", ["mock"])
    assert asked["input_file"]["path"] == "inputs-mock.json"
    assert asked["budget_file"]["path"] == "budget-mock-smoke.json"
    assert printed["benchmark"]["provenance"]["budget_file"]["path"] == "budget-mock-smoke.json"
    assert printed["benchmark"] == kept(work)


def test_a_preset_of_ones_own_runs_from_a_file_and_by_its_name(work: Path) -> None:
    by_file = benchmark("--preset-file examples/benchmark-preset.json --format json")
    (work / ".worldforge" / "presets").mkdir(parents=True)
    shutil.copy(work / "examples" / "benchmark-preset.json", work / ".worldforge" / "presets" / "nightly-mock.json")
    by_name = benchmark("--preset nightly-mock --format json --run-workspace .worldforge")
    for outcome in (by_file, by_name):
        assert outcome.code == 0
        assert json.loads(outcome.out)["preset"] == "nightly-mock"
    inputs = json.loads((the_run(work) / "inputs" / "inputs.json").read_bytes())
    assert inputs["inputs"]["embedding_text"] == "red cube beside the blue mug"
    assert parse_budgets((the_run(work) / "inputs" / "budget.json").read_bytes(), name="budget.json").budgets


def test_presets_are_listed_by_category(golden: Golden) -> None:
    golden("worldforge/list-presets.md", benchmark("--list-presets").out)
    listed = json.loads(benchmark("--list-presets --format json").out)
    assert [(each["name"], each["here"].split(":")[0]) for each in listed] == [
        ("mock-smoke", "ready"),
        ("parser-overhead", "ready"),
        ("prepared-host", "skipped"),
        ("release-evidence", "ready"),
    ]


def test_ones_own_presets_are_listed_with_those_that_cannot_be_read(work: Path) -> None:
    folder = work / ".worldforge" / "presets"
    folder.mkdir(parents=True)
    shutil.copy(work / "examples" / "benchmark-preset.json", folder / "nightly-mock.json")
    (folder / "torn.json").write_text("{", encoding="utf-8")
    listed = {each["name"]: each["here"] for each in json.loads(benchmark("--list-presets --format json").out)}
    assert listed["nightly-mock"] == "ready"
    assert "json.syntax" in listed["torn"]
    assert "## Your own" in benchmark("--list-presets").out


@pytest.mark.parametrize("name", ["release-evidence", "prepared-host"])
def test_a_preset_is_shown(name: str, golden: Golden) -> None:
    golden(f"worldforge/show-preset-{name}.md", benchmark(f"--show-preset {name}").out)
    shown = json.loads(benchmark(f"--show-preset {name} --format json").out)
    assert (shown["name"], bool(shown["budgets"])) == (name, name == "release-evidence")


@pytest.mark.parametrize("output_format", ["markdown", "json", "csv", "html"])
def test_a_preset_that_cannot_run_here_is_skipped_with_its_reason(output_format: str) -> None:
    outcome = benchmark(f"--preset prepared-host --format {output_format}")
    assert outcome.code == 0
    assert "skipped" in outcome.out.lower()
    assert "GROOT" in outcome.out


def test_a_skipped_preset_leaves_a_run_that_says_so(work: Path) -> None:
    outcome = benchmark("--preset prepared-host --format json --run-workspace .worldforge")
    printed = json.loads(outcome.out)
    assert (printed["preset"], printed["status"]) == ("prepared-host", "skipped")
    assert manifest(work)["status"] == "skipped"
    assert manifest(work)["result_summary"]["reason"] == printed["reason"]


@pytest.mark.usefixtures("outside")
def test_a_prepared_host_measures_each_runtime_with_what_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEROBOT_POLICY_PATH", "policy")
    monkeypatch.setenv("LEWM_POLICY", "pusht/lewm")
    outcome = benchmark("--preset prepared-host --format json")
    assert outcome.code == 0, outcome.err
    report = json.loads(outcome.out)["benchmark"]
    assert [(each["provider"], each["operation"], each["success_count"]) for each in report["results"]] == [
        ("leworldmodel", "score", 3),
        ("lerobot", "policy", 3),
    ]
    assert "Left out: provider profile 'gr00t' is not configured" in outcome.err
    assert "gr00t" in report["provenance"]["notes"]


class Bar(Progress):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[int] = []

    def advance(self, amount: int) -> None:
        self.told.append(amount)


@pytest.fixture
def bars(monkeypatch: pytest.MonkeyPatch) -> list[Bar]:
    """The bars that were opened."""
    opened: list[Bar] = []

    @contextmanager
    def progress(label: str, total: int, *, worth_showing: bool, in_background: bool) -> Iterator[Bar]:
        assert (label, total, worth_showing, in_background) == ("Measuring", 100, True, False)
        opened.append(Bar())
        yield opened[-1]

    monkeypatch.setattr(meter, "progress", progress)
    return opened


def seconds(*readings: float) -> Callable[[], float]:
    return iter(readings).__next__


def sample(number: int) -> BenchmarkSample:
    return BenchmarkSample("mock", "embed", number, 1.0)


def test_a_short_run_shows_no_bar(bars: list[Bar]) -> None:
    with Meter(100, clock=seconds(0.0, 0.3, 0.6, 0.9)) as watched:
        for number in range(3):
            watched.take(sample(number))
    assert bars == []


def test_a_long_run_shows_a_bar_that_is_seldom_drawn(bars: list[Bar]) -> None:
    # After each drawing the clock is read again: drawing takes time itself.
    with Meter(100, clock=seconds(0.0, 0.5, 1.1, 1.2, 1.3, 1.4, 1.8, 1.9)) as watched:
        for number in range(5):
            watched.take(sample(number))
    (bar,) = bars
    assert bar.told == [2, 3]


def test_nobody_watches_a_pipe() -> None:
    assert not meter.is_watched(quiet=False)


def test_a_recording_is_written_beside_the_report(tmp_path: Path) -> None:
    pytest.importorskip("rerun")
    with inside(tmp_path):
        told = worldforge("benchmark --provider mock --operation embed --iterations 3 --rerun benchmark.rrd")
    assert told.code == 0, told.err
    assert (tmp_path / "benchmark.rrd").read_bytes()[:4] == b"RRF2"
