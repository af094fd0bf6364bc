"""The envelope carries what a cited number needs, and digests outcomes and timings apart."""

from __future__ import annotations

import json

import msgspec
import pytest

from tests.worldforge.benchmark.fakes import FakeClock, Scripted, harness_over, raises, takes
from worldbase import __version__, digest
from worldforge import BenchmarkInputs, ProviderError, WorldForge
from worldforge.benchmark.envelope import OUTCOMES, TIMINGS, ReportContext, result_digest, timing_digest
from worldforge.benchmark.harness import ProviderBenchmarkHarness
from worldforge.benchmark.report import BenchmarkReport, BenchmarkResult, InputFile
from worldforge.provenance import Provenance

FILE = InputFile(path="inputs.json", sha256="a" * 64, metadata={"run": "smoke"})


def mock_report(context: ReportContext | None = None, **how: object) -> BenchmarkReport:
    harness = ProviderBenchmarkHarness(forge=WorldForge(discover_entry_points=False))
    return harness.run("mock", ["predict", "embed"], 3, context=context, **how)  # type: ignore[arg-type]


def envelope_of(report: BenchmarkReport) -> Provenance:
    assert isinstance(report.provenance, Provenance)
    return report.provenance


def test_every_field_of_the_format_is_there() -> None:
    context = ReportContext(
        command=("worldforge", "benchmark", "--preset", "x"), input_file=FILE, budget_file=FILE, preset="x", notes="n"
    )
    report = mock_report(context)
    provenance = envelope_of(report)
    assert (provenance.schema_version, provenance.kind) == (2, "benchmark")
    assert (provenance.suite_id, provenance.suite_version) == ("benchmark", "benchmark:1")
    assert provenance.worldforge_version == __version__
    assert provenance.command == ["worldforge", "benchmark", "--preset", "x"]
    assert (provenance.providers, provenance.capabilities) == (["mock"], ["predict", "embed"])
    assert provenance.runtime_manifests == {"mock": "mock:schema-1"}
    assert provenance.input_digest == BenchmarkInputs().digest() == digest.of_value(report.run_metadata.inputs)
    assert provenance.budget_file is not None
    assert provenance.budget_file.sha256 == "sha256:" + "a" * 64
    assert provenance.event_count == 6
    assert provenance.claim_boundary == report.claim_boundary
    assert provenance.metric_semantics == report.metric_semantics
    assert provenance.notes == "n"
    assert (report.run_metadata.input_file, report.run_metadata.preset) == (FILE, "x")


def test_what_is_not_given_is_not_there() -> None:
    value = mock_report().to_dict()
    assert not {"input_file", "budget_file", "preset", "skipped_operations"} & set(value["run_metadata"])
    assert value["provenance"]["command"] == []
    assert value["provenance"]["budget_file"] is None


def test_runs_that_went_alike_have_one_result_digest() -> None:
    first, second = (envelope_of(mock_report()) for _ in range(2))
    assert first.result_digest == second.result_digest
    assert first.timing_digest != second.timing_digest


def test_an_error_more_is_another_result() -> None:
    def digest_of(last: object) -> str | None:
        clock = FakeClock()
        steps = [takes(1), takes(1), last]
        report = harness_over(Scripted(steps, clock), clock=clock).run("scripted", iterations=3, warmup=0)  # type: ignore[arg-type]
        return envelope_of(report).result_digest

    assert digest_of(takes(1)) == digest_of(takes(5))
    assert len({digest_of(takes(1)), digest_of(raises(ProviderError("x"))), digest_of(raises(ValueError()))}) == 3


def test_digests_can_be_taken_again_from_the_report_on_disk() -> None:
    report = mock_report()
    read = msgspec.json.decode(report.to_json(), type=BenchmarkReport)
    provenance = envelope_of(report)
    assert result_digest(read.results) == provenance.result_digest
    assert timing_digest(read.results) == provenance.timing_digest


def test_every_field_of_a_result_says_what_happened_or_how_long_it_took() -> None:
    told = {"errors", "errors_omitted", "operation_metrics", "flags"}  # sentences, and what holds both
    assert {*OUTCOMES, *TIMINGS, *told} == set(BenchmarkResult.__struct_fields__)


def test_the_command_and_the_notes_say_nothing_of_the_machine() -> None:
    context = ReportContext(
        command=(
            "worldforge",
            "benchmark",
            "--input-file",
            "/home/alice/secret-project/in.json",
            "--api-key",
            "k3yV4lue9x",
        ),
        notes="see /home/alice/notes.txt",
    )
    text = mock_report(context).to_json()
    assert "alice" not in text
    assert "k3yV4lue9x" not in text
    assert json.loads(text)["provenance"]["command"][:3] == ["worldforge", "benchmark", "--input-file"]


def test_source_date_epoch_fixes_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1780000000")
    assert envelope_of(mock_report()).created_at == "2026-05-28T20:26:40Z"


def test_a_provider_without_a_manifest_has_none() -> None:
    clock = FakeClock()
    report = harness_over(Scripted([takes(1)] * 2, clock), clock=clock).run("scripted", iterations=1)
    assert envelope_of(report).runtime_manifests == {}
