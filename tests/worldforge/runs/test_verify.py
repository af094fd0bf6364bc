"""Verification of runs: what was changed, lost or added, and digests that do not fit their numbers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support import shared_data
from tests.worldforge.runs.kept import edit, kept, started
from tests.worldforge.runs.test_preserved import older_run
from worldbase import digest
from worldforge.runs.manifest import MANIFEST
from worldforge.runs.preserved import list_runs
from worldforge.runs.verify import verification_text, verify_run


def _problems(run: Path) -> list[tuple[str, str]]:
    return [(difference.problem, difference.path) for difference in verify_run(run).differences]


def test_a_run_that_nobody_touched_is_intact(tmp_path: Path) -> None:
    run = kept(tmp_path)
    found = verify_run(run)
    assert (found.conclusion, found.file_count, found.differences) == ("intact", 2, [])
    assert {check.name: check.outcome for check in found.digests} == {
        "input_digest": "equal",
        "result_digest": "equal",
        "timing_digest": "equal",
    }
    assert found.manifest_sha256 == digest.of_file(run / MANIFEST)
    assert "every file is as it was left" in verification_text(found)


def test_a_changed_file_is_found(tmp_path: Path) -> None:
    run = kept(tmp_path)
    (run / "reports" / "report.md").write_text("# Better\n")
    found = verify_run(run)
    assert found.conclusion == "differs"
    (difference,) = found.differences
    assert (difference.problem, difference.path) == ("changed", "reports/report.md")
    assert difference.recorded == digest.of_bytes(b"# Report\n")
    assert difference.found == digest.of_bytes(b"# Better\n")


def test_a_file_that_is_gone_one_that_is_new_and_a_link_are_found(tmp_path: Path) -> None:
    run = kept(tmp_path)
    (run / "reports" / "report.md").rename(run / "reports" / "other.md")
    (run / "artifacts" / "link").symlink_to("/etc/passwd")
    assert _problems(run) == [
        ("not_plain", "artifacts/link"),
        ("extra", "reports/other.md"),
        ("missing", "reports/report.md"),
    ]


def test_a_file_that_became_a_link_to_its_own_bytes_is_found(tmp_path: Path) -> None:
    run = kept(tmp_path)
    copy = tmp_path / "copy.md"
    (run / "reports" / "report.md").rename(copy)
    (run / "reports" / "report.md").symlink_to(copy)
    assert _problems(run) == [("not_plain", "reports/report.md")]


def test_a_size_that_does_not_fit_is_found(tmp_path: Path) -> None:
    run = kept(tmp_path)
    files = json.loads((run / MANIFEST).read_text())["files"]
    files["reports/report.md"]["size_bytes"] += 1
    edit(run, files=files)
    assert _problems(run) == [("changed", "reports/report.md")]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("input_digest", lambda report: report["run_metadata"]["inputs"].update(embedding_text="another")),
        ("result_digest", lambda report: report["results"][0].update(error_count=0, success_count=200)),
        ("timing_digest", lambda report: report["results"][0].update(p95_latency_ms=0.1)),
    ],
    ids=["inputs", "results", "timings"],
)
def test_a_number_that_does_not_fit_the_envelope_is_found_without_file_digests(
    tmp_path: Path, name: str, change: object
) -> None:
    run = kept(tmp_path)
    path = run / "reports" / "report.json"
    report = json.loads(path.read_text())
    assert callable(change)
    change(report)
    path.write_text(json.dumps(report))
    manifest = json.loads((run / MANIFEST).read_text())
    del manifest["files"]
    (run / MANIFEST).write_text(json.dumps(manifest))
    found = verify_run(run)
    assert found.conclusion == "differs"
    assert [check.name for check in found.digests if check.outcome == "differs"] == [name]


def test_keys_that_stand_twice_are_found(tmp_path: Path) -> None:
    run = kept(tmp_path)
    path = run / "reports" / "report.json"
    path.write_text(path.read_text().replace("{", '{"results": [], ', 1))
    found = verify_run(run)
    assert [(check.name, check.outcome) for check in found.digests] == [("report", "differs")]
    assert found.conclusion == "differs"


def test_a_run_without_digests_cannot_be_verified(tmp_path: Path) -> None:
    found = verify_run(older_run(tmp_path))
    assert (found.conclusion, found.file_count, found.digests) == ("not_verifiable", 0, [])


def test_the_digest_of_results_of_the_other_harness_is_computed_by_its_rule(tmp_path: Path) -> None:
    (listed,) = list_runs(shared_data("source-samples/worldforge/dot_worldforge"))
    found = verify_run(listed.path)
    assert found.conclusion == "not_verifiable"
    assert {check.name: check.outcome for check in found.digests} == {
        "input_digest": "unknown",
        "result_digest": "equal",
    }


def test_a_run_that_goes_on_is_unfinished(tmp_path: Path) -> None:
    with started(tmp_path) as run:
        assert (verify_run(run.path).conclusion, verify_run(run.path).state) == ("unfinished", "running")
        run.finish("completed", result_summary={})
    assert verify_run(run.path).conclusion == "intact"


def test_a_run_without_an_envelope_has_no_digests_to_compare(tmp_path: Path) -> None:
    with started(tmp_path) as run:
        run.write("json", "reports/report.json", "[1, 2]")
        run.finish("completed", result_summary={})
    found = verify_run(run.path)
    assert (found.conclusion, found.digests) == ("intact", [])
