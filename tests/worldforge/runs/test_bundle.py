"""Bundles: what they hold, what they say of it, and that they tell the truth about being safe."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from scripts.generate_evidence_bundle import main
from tests.command import inside, worldforge
from tests.worldforge.benchmark.reports import sample_provenance, sample_report, sample_result
from tests.worldforge.runs.kept import edit, kept, started
from worldbase import digest
from worldbase.errors import UsageError
from worldbase.redact import is_clean
from worldforge.benchmark.budgets import check_budgets
from worldforge.benchmark.report import Budget
from worldforge.errors import WorldForgeError
from worldforge.runs import folder
from worldforge.runs.bundling import copying, safe_copy
from worldforge.runs.bundling.build import Bundle, bundle_issue, bundle_workspace
from worldforge.runs.bundling.evidence_manifest import BundledFile
from worldforge.runs.manifest import MANIFEST

PATH = "/home/ada/robots/eval.json"


def gated(root: Path) -> Path:
    """A run whose budget was not met."""
    report = sample_report(results=[sample_result(error_count=3, success_count=197, errors=["TimeoutError: too slow"])])
    gate = check_budgets(report, [Budget(provider="mock", max_p95_latency_ms=0.01, max_error_count=0)])
    with started(root) as run:
        run.write("json", "reports/report.json", report.to_json())
        run.write("gate", "reports/gate.json", json.dumps(_plain(gate)))
        run.finish("failed", result_summary={"result_count": 1, "error_count": 3, "budget_passed": False})
    return run.path


def _plain(value: Any) -> Any:
    import msgspec

    return msgspec.to_builtins(value)


def issue_of(run: Path, **options: Any) -> Bundle:
    return bundle_issue(run.name, run.parent.parent, **options)


def entry(bundle: Bundle, source: str) -> BundledFile:
    [found] = [file for file in bundle.manifest.files if file.source.endswith(source)]
    return found


def texts(bundle: Bundle) -> dict[str, str]:
    return {str(path.relative_to(bundle.path)): path.read_text() for path in bundle.path.rglob("*") if path.is_file()}


def test_the_bundle_of_a_run_holds_its_files_and_the_text_of_an_issue(tmp_path: Path) -> None:
    run = kept(tmp_path)
    bundle = issue_of(run)
    assert bundle.path == tmp_path / "issue-bundles" / run.name
    inside_runs = f"runs/{run.name}"
    assert sorted(texts(bundle)) == [
        "evidence_manifest.json",
        "issue.html",
        "issue.md",
        f"{inside_runs}/reports/report.json",
        f"{inside_runs}/reports/report.md",
        f"{inside_runs}/{MANIFEST}",
        "summary.html",
        "summary.md",
    ]
    manifest = bundle.manifest
    assert (manifest.schema_version, manifest.bundle_kind, manifest.run_count) == (1, "issue-run", 1)
    assert (manifest.included_count, manifest.excluded_count, manifest.rewritten_count) == (3, 0, 0)
    assert manifest.safe_to_attach
    assert manifest.issue_template == (bundle.path / "issue.md").read_text()
    assert manifest.fixture_digests == [f"sha256:{'d4' * 32}"]


def test_a_file_with_nothing_to_hide_is_copied_byte_for_byte(tmp_path: Path) -> None:
    run = kept(tmp_path)
    bundle = issue_of(run)
    for file in bundle.manifest.files:
        copy = (bundle.path / str(file.path)).read_bytes()
        assert copy == (tmp_path / file.source).read_bytes()
        assert file.sha256 == file.source_sha256 == digest.of_bytes(copy)
        assert (file.rewritten, file.safe_to_attach, file.local_only, file.size_bytes) == (
            False,
            True,
            False,
            len(copy),
        )


def test_a_file_with_something_to_hide_is_rewritten_and_says_so(tmp_path: Path) -> None:
    report = sample_report(provenance=sample_provenance(notes=f"from {PATH}"))
    bundle = issue_of(kept(tmp_path, report))
    file = entry(bundle, "report.json")
    copy = bundle.path / str(file.path)
    assert json.loads(copy.read_text())["provenance"]["notes"] == "from [path]/eval.json"
    assert (file.rewritten, file.safe_to_attach) == (True, True)
    assert file.sha256 == digest.of_file(copy) != file.source_sha256
    assert bundle.manifest.rewritten_count == 1
    assert bundle.manifest.safe_to_attach


def test_the_mere_word_password_leaves_nothing_out(tmp_path: Path) -> None:
    run = kept(tmp_path)
    (run / "reports" / "notes.md").write_text("The password prompt was not shown; the signature was valid.\n")
    assert entry(issue_of(run), "notes.md").included


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("artifacts/policy.pt", b"\x80\x02", "only .csv, .html, .json, .jsonl, .md, .txt can be checked and rewritten"),
        (
            "artifacts/weights.safetensors",
            b"{}",
            "only .csv, .html, .json, .jsonl, .md, .txt can be checked and rewritten",
        ),
        ("artifacts/no-suffix", b"text", "only .csv, .html, .json, .jsonl, .md, .txt can be checked and rewritten"),
        ("artifacts/big.txt", b"a" * 1_000_001, "it is larger than 1,000,000 bytes"),
        ("artifacts/latin.txt", b"caf\xe9", "it is not UTF-8 text"),
        ("artifacts/zero.txt", b"a\x00b", "it is binary"),
        ("artifacts/.hidden.txt", b"text", "it is hidden, or still being written"),
        ("artifacts/con.txt", b"text", "its name is not safe: it is a reserved name"),
    ],
)
def test_what_cannot_be_judged_stays_on_the_machine(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    run = kept(tmp_path)
    (run / name).write_bytes(data)
    bundle = issue_of(run)
    file = entry(bundle, Path(name).name)
    assert (file.included, file.local_only, file.path, file.sha256) == (False, True, None, None)
    assert file.reason == reason
    assert bundle.manifest.safe_to_attach
    assert not any(Path(name).name in name_in for name_in in texts(bundle) if name_in.startswith("runs/"))


def test_links_and_pipes_are_not_followed(tmp_path: Path) -> None:
    run = kept(tmp_path / "w")
    (tmp_path / "outside.txt").write_text("outside")
    (run / "artifacts" / "link.txt").symlink_to(tmp_path / "outside.txt")
    (run / "artifacts" / "folder").symlink_to(tmp_path)
    os.mkfifo(run / "artifacts" / "pipe.txt")
    bundle = issue_of(run)
    left_out = {file.source.rpartition("/")[2]: file.reason for file in bundle.manifest.files if not file.included}
    assert left_out == dict.fromkeys(("folder", "link.txt", "pipe.txt"), "it is a link or no regular file")
    assert "outside" not in "".join(text for name, text in texts(bundle).items() if name.startswith("runs/"))


@pytest.mark.parametrize("needed", [MANIFEST, "reports/report.json"])
def test_a_bundle_without_what_is_needed_is_not_safe_to_attach(tmp_path: Path, needed: str) -> None:
    run = kept(tmp_path)
    (run / needed).unlink()
    (run / needed).symlink_to(tmp_path / "elsewhere.json")
    bundle = issue_of(run)
    assert not bundle.manifest.safe_to_attach
    assert "**No.**" in (bundle.path / "issue.md").read_text()


def test_a_file_that_is_not_rewritten_makes_the_bundle_unsafe_and_is_not_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = kept(tmp_path)
    (run / "logs" / "run.txt").write_text(f"read {PATH}\n")
    monkeypatch.setattr(safe_copy, "rewrite", lambda text: text)
    bundle = issue_of(run)
    assert not bundle.manifest.safe_to_attach
    assert not entry(bundle, "run.txt").safe_to_attach
    assert all("/home" not in text for text in texts(bundle).values())


def test_a_rewriting_that_leaves_something_makes_the_bundle_unsafe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = kept(tmp_path)
    (run / "logs" / "run.txt").write_text(f"read {PATH} as ada@example.org\n")
    monkeypatch.setattr(safe_copy, "rewrite", lambda text: text.replace(PATH, "[path]"))
    assert not issue_of(run).manifest.safe_to_attach


def test_an_issue_says_what_was_expected_and_what_came(tmp_path: Path) -> None:
    bundle = issue_of(gated(tmp_path))
    [run] = bundle.manifest.runs
    assert run.expected_signal == "every call succeeds, every budget holds and the command exits 0"
    assert run.observed_failure == (
        "2 of the budgets' thresholds not met, the first mock/embed error_count: 3 where <= 0 was asked for; "
        "mock/embed: 3 calls failed, the first: TimeoutError: too slow"
    )
    text = (bundle.path / "issue.md").read_text()
    for heading in ("Command", "Expected signal", "Observed failure", "Safe to attach", "First triage step"):
        assert f"## {heading}\n" in text
    assert "worldforge runs replay" in text


@pytest.mark.parametrize(
    ("changes", "failure"),
    [
        ({"status": "running"}, "the run was interrupted: its process is gone"),
        ({"status": "cancelled"}, "the run is cancelled"),
        ({"status": "failed", "result_summary": {"error": "OSError: no space"}}, "OSError: no space"),
        ({"status": "failed", "result_summary": {}}, "the run failed"),
        ({"status": "completed"}, None),
    ],
)
def test_a_run_tells_how_it_ended(tmp_path: Path, changes: dict[str, Any], failure: str | None) -> None:
    run = kept(tmp_path)
    edit(run, **changes)
    assert issue_of(run).manifest.runs[0].observed_failure == failure


def test_a_skipped_run_gives_its_reason(tmp_path: Path) -> None:
    run = kept(tmp_path)
    edit(run, status="skipped", result_summary={"skip_reason": "no runtime is configured"})
    assert issue_of(run).manifest.runs[0].skip_reason == "no runtime is configured"


def test_failed_scenarios_of_an_evaluation_are_named(tmp_path: Path) -> None:
    run = kept(tmp_path)
    edit(run, kind="eval")
    report = {"results": [{"provider": "mock", "scenario": "object-swap", "passed": False}]}
    (run / "reports" / "report.json").write_text(json.dumps(report))
    assert issue_of(run).manifest.runs[0].observed_failure == "mock: the scenario object-swap did not pass"


def test_a_damaged_manifest_is_bundled_as_text_and_named(tmp_path: Path) -> None:
    run = kept(tmp_path)
    (run / MANIFEST).write_text("{")
    [told] = issue_of(run).manifest.runs
    assert told.status == "unreadable"
    assert "truncated" in told.validation_errors[0]


def test_hostile_text_stays_text_on_the_pages(tmp_path: Path) -> None:
    run = kept(tmp_path)
    edit(run, provider="<script>alert(1)</script> | `x`", operation="[a](javascript:b)")
    bundle = issue_of(run)
    assert "<script>alert" not in (bundle.path / "issue.html").read_text()
    assert "<script>alert" not in (bundle.path / "summary.html").read_text()
    assert "\\<script>" in (bundle.path / "issue.md").read_text()


def test_all_runs_of_a_workspace_go_into_one_bundle(tmp_path: Path) -> None:
    runs = sorted(kept(tmp_path).name for _ in range(3))
    bundle = bundle_workspace(tmp_path)
    assert bundle.path.parent == tmp_path / "evidence-bundles"
    assert sorted(run.run_id for run in bundle.manifest.runs) == runs
    assert sorted(path.name for path in bundle.path.iterdir()) == [
        "evidence_manifest.json",
        "runs",
        "summary.html",
        "summary.md",
    ]
    assert bundle.manifest.included_count == 9


def test_chosen_runs_go_into_the_bundle_once(tmp_path: Path) -> None:
    first, _ = kept(tmp_path).name, kept(tmp_path)
    bundle = bundle_workspace(tmp_path, run_ids=[first, first])
    assert [run.run_id for run in bundle.manifest.runs] == [first]


def test_a_run_that_is_a_link_is_named_and_not_copied(tmp_path: Path) -> None:
    run, elsewhere = kept(tmp_path / "w"), kept(tmp_path / "elsewhere")
    (run.parent / elsewhere.name).symlink_to(elsewhere)
    bundle = bundle_workspace(tmp_path / "w")
    assert {told.run_id: told.status for told in bundle.manifest.runs} == {
        run.name: "completed",
        elsewhere.name: "unreadable",
    }
    assert not (bundle.path / "runs" / elsewhere.name).exists()
    assert not bundle.manifest.safe_to_attach
    with pytest.raises(WorldForgeError) as refused:
        bundle_issue(elsewhere.name, tmp_path / "w")
    assert refused.value.code == "bundle.not_a_run"


@pytest.mark.parametrize("run", ["../../etc", "20260506T120000Z-0123abcd", "nothing"])
def test_what_is_no_run_is_refused(tmp_path: Path, run: str) -> None:
    with pytest.raises(WorldForgeError) as refused:
        bundle_issue(run, tmp_path)
    assert refused.value.exit_code == 3
    with pytest.raises(WorldForgeError):
        bundle_workspace(tmp_path, run_ids=[run])


def test_an_empty_workspace_has_nothing_to_bundle(tmp_path: Path) -> None:
    with pytest.raises(WorldForgeError) as refused:
        bundle_workspace(tmp_path)
    assert refused.value.code == "bundle.no_runs"


def test_a_bundle_is_replaced_only_on_request(tmp_path: Path) -> None:
    run = kept(tmp_path)
    first = issue_of(run)
    (first.path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError):
        issue_of(run)
    assert (first.path / "mine.txt").exists()
    issue_of(run, overwrite=True)
    assert not (first.path / "mine.txt").exists()


def test_no_page_names_a_folder_of_this_machine(tmp_path: Path) -> None:
    bundle = issue_of(kept(tmp_path / "ws"))
    assert all(str(tmp_path) not in text for text in texts(bundle).values())
    assert bundle.manifest.source_workspace == "ws"


def test_every_page_is_clean_as_it_was_written(tmp_path: Path) -> None:
    run = gated(tmp_path)
    edit(run, command=f"worldforge --token hunter2hunter2x9 {PATH}", provider=PATH)
    assert {name: is_clean(text) for name, text in texts(issue_of(run)).items() if not is_clean(text)} == {}


def test_files_whose_names_may_not_be_shown_get_other_names(tmp_path: Path) -> None:
    run = kept(tmp_path)
    for owner in ("ada", "bob"):
        (run / "artifacts" / f"{owner}@example.org.txt").write_text(owner)
    bundle = issue_of(run)
    copies = {path.name: path.read_text() for path in (bundle.path / "runs" / run.name / "renamed").iterdir()}
    assert copies == {"1.txt": "ada", "2.txt": "bob"}
    assert entry(bundle, "renamed/1.txt").included
    assert all("example.org" not in text for text in texts(bundle).values())


def test_the_command_prints_the_issue(tmp_path: Path) -> None:
    run = kept(tmp_path / ".worldforge")
    with inside(tmp_path):
        outcome = worldforge("runs bundle", run.name)
        again = worldforge("runs bundle", run.name)
        as_json = worldforge("runs bundle --overwrite --format json", run.name)
        as_page = worldforge("runs bundle --overwrite --format html", run.name)
    assert outcome.code == 0
    assert outcome.out == (tmp_path / ".worldforge" / "issue-bundles" / run.name / "issue.md").read_text()
    assert "The bundle is .worldforge/issue-bundles/" in outcome.err
    assert (again.code, "output.exists" in again.err) == (2, True)
    assert json.loads(as_json.out)["bundle_kind"] == "issue-run"
    assert as_page.out.startswith("<!doctype html>")


def test_the_command_warns_of_a_bundle_that_is_not_safe(tmp_path: Path) -> None:
    run = kept(tmp_path)
    (run / "reports" / "report.json").write_bytes(b"\xff")
    outcome = worldforge("runs bundle --workspace-dir", tmp_path, run.name)
    assert "NOT safe to attach" in outcome.err
    assert "**No.**" in outcome.out


def test_the_script_bundles_a_workspace(tmp_path: Path) -> None:
    run = kept(tmp_path)
    done = CliRunner().invoke(main, ["--workspace-dir", str(tmp_path), "--output", str(tmp_path / "out")])
    assert done.exit_code == 0
    assert "1 run(s), 3 files copied, 0 of them rewritten, 0 left out; safe to attach: yes" in done.stdout
    assert (tmp_path / "out" / "runs" / run.name / MANIFEST).is_file()


def test_a_run_that_cannot_be_listed_stops_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad = sorted([kept(tmp_path), kept(tmp_path)])
    listed = folder.walk

    def walk(run: Path) -> Any:
        if run.name == bad.name:
            raise WorldForgeError("a file of the run cannot be read: Permission denied", code="run.unreadable")
        return listed(run)

    monkeypatch.setattr(folder, "walk", walk)
    manifest = bundle_workspace(tmp_path).manifest
    assert [(run.run_id, run.status) for run in manifest.runs] == [(good.name, "completed"), (bad.name, "unreadable")]
    assert manifest.runs[1].validation_errors == ["a file of the run cannot be read: Permission denied"]
    assert not manifest.safe_to_attach


SHARED = """
import sys
from pathlib import Path
from worldforge.runs.bundling import build, copying
copying.WORTH_SHARING, copying._processes = 2, lambda runs: int(sys.argv[3])
build.bundle_workspace(Path(sys.argv[1]), output=Path(sys.argv[2]))
"""


def test_several_processes_make_the_same_bundle_as_one(tmp_path: Path) -> None:
    for number in range(5):
        run = kept(tmp_path / "w")
        (run / "logs" / "run.txt").write_text(f"run {number} read {PATH}\n")
    made = []
    for processes in ("1", "2", "3"):
        output = tmp_path / processes
        subprocess.run(
            [sys.executable, "-c", SHARED, str(tmp_path / "w"), str(output), processes],
            env={**os.environ, "SOURCE_DATE_EPOCH": "1780000000"},
            check=True,
        )
        files = sorted(path for path in output.rglob("*") if path.is_file())
        made.append({str(path.relative_to(output)): path.read_bytes() for path in files})
    assert len(made[0]) == 5 * 4 + 3
    assert made[0] == made[1] == made[2]


def test_a_bundle_of_few_runs_starts_no_process() -> None:
    assert copying._processes(copying.WORTH_SHARING - 1) == 1
