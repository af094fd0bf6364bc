"""Writing an audit input that stands alone: both files or none, nothing planned, nothing overwritten unasked."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.worldflux import results
from tests.worldflux.sources.doubles import NOTES, note
from tests.worldflux.sources.rollout_logs import log, plain
from worldbase import digest, document
from worldbase.errors import StorageError, UsageError, WorldError
from worldflux.audit.importing import ImportedAuditInput, import_audit_input, import_candidates
from worldflux.documents.audit_input import AuditInput, Finding
from worldflux.documents.run_info import RunInfo
from worldflux.errors import SourceError
from worldflux.sources.contract import SourceInput
from worldflux.sources.run_folder import Candidate, candidates, conflicts_of, scan


def imported(output: Path, *paths: Path, overwrite: bool = False) -> ImportedAuditInput:
    inputs = [SourceInput(path, number, RunInfo()) for number, path in enumerate(paths, start=1)]
    return import_audit_input("notes", inputs, output, overwrite=overwrite, sources=NOTES)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_document_binds_the_episodes_beside_it(tmp_path: Path) -> None:
    done = imported(tmp_path / "out" / "kitchen.json", note(tmp_path / "a.notes", "ssf"))
    assert names(tmp_path / "out") == ["kitchen.episodes.jsonl", "kitchen.json"]
    assert document.load(done.path, AuditInput).document == done.document
    stream = done.document.episodes
    assert (stream.path, stream.count) == ("kitchen.episodes.jsonl", 3)
    assert digest.of_file(done.episodes) == stream.sha256


def test_nothing_is_planned_and_everything_is_counted(tmp_path: Path) -> None:
    written = imported(tmp_path / "a.json", note(tmp_path / "a.notes", "ssfpe")).document
    (cell,) = written.cells
    assert (written.tasks, written.blocks, written.repeated_starts) == ([], [], [])
    assert (cell.task, cell.planned, cell.out_of_protocol) == ("pick", 0, 5)
    assert (cell.counts.success, cell.counts.failure, cell.counts.pending, cell.counts.infra_error) == (2, 1, 1, 1)
    assert [run.in_plan for run in written.run.runs] == [False]
    assert [finding.code for finding in written.findings] == ["seed.unrecorded", "source.notes.read"]


@pytest.mark.parametrize(
    ("declared", "keys"),
    [
        (RunInfo(), {f"libero_goal/{index}" for index in range(10, 12)}),
        (RunInfo(benchmark="LIBERO-Plus"), {f"libero_plus_goal/{index}" for index in range(12)}),
    ],
    ids=["nothing declared", "LIBERO-Plus"],
)
def test_a_declared_benchmark_tells_whose_suite_it_is(declared: RunInfo, keys: set[str], tmp_path: Path) -> None:
    """Variants of one task have its instruction: without the benchmark, the first ten are taken for LIBERO's own."""
    path = tmp_path / "libero_goal.log"
    path.write_text(log([("put the bowl on the stove", plain("1"))] * 12, suite="libero_goal"), encoding="utf-8")
    done = import_audit_input("openpi", [SourceInput(path, 1, declared)], tmp_path / "audit_input.json")
    tasks = {cell.task for cell in done.document.cells}
    assert keys <= tasks
    assert (tasks == keys) is (declared.benchmark == "LIBERO-Plus")


def test_references_to_the_raw_files_come_along(tmp_path: Path) -> None:
    raw = results.write(
        tmp_path / "run" / "eval_info.json", results.layout_b({("libero_spatial", 0): [True, False]}, videos=1)
    )
    done = import_audit_input("lerobot", [SourceInput(raw, 1, RunInfo())], tmp_path / "audit_input.json")
    references = done.document.raw_evidence
    assert references
    assert [entry.kind for entry in references] == ["evaluator_output", "video"]
    assert references[0].sha256 == digest.of_file(raw)


def test_what_a_finding_quotes_is_cleaned(tmp_path: Path) -> None:
    inputs = [SourceInput(note(tmp_path / "a.notes", "s"), 1, RunInfo())]
    more = [Finding(code="import.retries", severity="info", message="see /home/jane/run", where="/home/jane/x")]
    done = import_audit_input("notes", inputs, tmp_path / "a.json", more_findings=more, sources=NOTES)
    assert "jane" not in done.path.read_text()


class TestBothOrNone:
    @pytest.mark.parametrize("taken", ["audit_input.json", "audit_input.episodes.jsonl"])
    def test_either_name_that_is_taken_is_refused(self, taken: str, tmp_path: Path) -> None:
        (tmp_path / taken).write_text("mine")
        raw = note(tmp_path / "raw" / "a.notes", "s")
        with pytest.raises(UsageError) as caught:
            imported(tmp_path / "audit_input.json", raw)
        assert caught.value.code == "output.exists"
        assert names(tmp_path) == [taken, "raw"]
        assert (tmp_path / taken).read_text() == "mine"

    def test_a_link_is_a_taken_name(self, tmp_path: Path) -> None:
        (tmp_path / "audit_input.json").symlink_to("nowhere")
        with pytest.raises(UsageError):
            imported(tmp_path / "audit_input.json", note(tmp_path / "a.notes", "s"))

    def test_both_are_replaced_where_that_is_asked_for(self, tmp_path: Path) -> None:
        output = tmp_path / "out" / "audit_input.json"
        imported(output, note(tmp_path / "a.notes", "s"))
        done = imported(output, note(tmp_path / "b.notes", "sf"), overwrite=True)
        assert names(output.parent) == ["audit_input.episodes.jsonl", "audit_input.json"]
        assert document.load(output, AuditInput).document == done.document
        assert digest.of_file(done.episodes) == done.document.episodes.sha256

    def test_a_source_that_refuses_leaves_what_was_there(self, tmp_path: Path) -> None:
        output = tmp_path / "out" / "audit_input.json"
        before = imported(output, note(tmp_path / "a.notes", "sf"))
        bad = tmp_path / "bad.notes"
        bad.write_text("notes\npick|0|success\npick|0|success\n")
        with pytest.raises(SourceError, match="comes twice"):
            imported(output, bad, overwrite=True)
        assert names(output.parent) == ["audit_input.episodes.jsonl", "audit_input.json"]
        assert document.load(output, AuditInput).document == before.document

    def test_what_cannot_be_put_in_its_place_is_undone(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        output = tmp_path / "out" / "audit_input.json"
        before = imported(output, note(tmp_path / "a.notes", "sf"))
        replace = Path.replace

        def failing(self: Path, target: Path) -> Path:
            if self.name == "document":
                raise OSError(28, "No space left on device")
            return replace(self, target)

        monkeypatch.setattr(Path, "replace", failing)
        with pytest.raises(StorageError) as caught:
            imported(output, note(tmp_path / "b.notes", "ff"), overwrite=True)
        assert caught.value.code == "file.unwritable"
        assert names(output.parent) == ["audit_input.episodes.jsonl", "audit_input.json"]
        assert document.load(output, AuditInput).document == before.document
        assert digest.of_file(before.episodes) == before.document.episodes.sha256

    @pytest.mark.parametrize("step", range(1, 5))
    def test_a_process_that_dies_on_the_way_leaves_no_document_beside_foreign_episodes(
        self, step: int, tmp_path: Path
    ) -> None:
        output = tmp_path / "out" / "audit_input.json"
        imported(output, note(tmp_path / "a.notes", "sf"))
        other = note(tmp_path / "b.notes", "ffs")
        if pid := os.fork():
            os.waitpid(pid, 0)
        else:  # pragma: no cover - another process
            replace, left = Path.replace, [step]

            def dying(self: Path, target: Path) -> Path:
                left[0] -= 1
                if left[0] == 0:
                    os._exit(1)
                return replace(self, target)

            Path.replace = dying  # type: ignore[method-assign, assignment]
            try:
                imported(output, other, overwrite=True)
            finally:
                os._exit(0)
        if output.exists():
            written = document.load(output, AuditInput).document
            assert digest.of_file(output.with_name(written.episodes.path)) == written.episodes.sha256


class TestCandidates:
    def found(self, folder: Path) -> list[Candidate]:
        return candidates(scan(folder, NOTES), NOTES)

    def refusal(self, picked: list[Candidate], output: Path) -> WorldError:
        with pytest.raises(WorldError) as caught:
            import_candidates(picked, [], output, sources=NOTES)
        return caught.value

    def test_replicates_are_written_as_one_and_their_conflicts_become_findings(self, tmp_path: Path) -> None:
        note(tmp_path / "run" / "a.notes", "ssf", "suite=spatial")
        note(tmp_path / "run" / "b.notes", "fff")
        found = self.found(tmp_path / "run")
        done = import_candidates(found, conflicts_of(found), tmp_path / "out.json", sources=NOTES)
        assert sorted(cell.counts.success for cell in done.document.cells) == [0, 2]
        codes = {finding.code for finding in done.document.findings}
        assert {"import.duplicate_cells", "import.inferred"} <= codes

    def test_conflicts_of_others_stay_away(self, tmp_path: Path) -> None:
        note(tmp_path / "run" / "a.notes", "ssf")
        note(tmp_path / "run" / "b.notes", "fff")
        alone = note(tmp_path / "run" / "c.notes", "fff", task="place")
        found = self.found(tmp_path / "run")
        picked = [candidate for candidate in found if candidate.inputs == (alone,)]
        done = import_candidates(picked, conflicts_of(found), tmp_path / "out.json", sources=NOTES)
        assert not [finding for finding in done.document.findings if finding.code.startswith("import.")]

    def test_what_is_insufficient_or_refused_is_not_written(self, tmp_path: Path) -> None:
        note(tmp_path / "a" / "v.notes", "", "insufficient=videos_alone")
        error = self.refusal(self.found(tmp_path / "a"), tmp_path / "out.json")
        assert (error.code, "videos alone" in error.message) == ("import.not_ready", True)
        (tmp_path / "b").mkdir()
        (tmp_path / "b" / "bad.notes").write_text("notes\npick|0|maybe\n")
        error = self.refusal(self.found(tmp_path / "b"), tmp_path / "out.json")
        assert (error.code, error.hint) == ("import.not_ready", "Mend line.")
        assert not (tmp_path / "out.json").exists()

    def test_a_fact_that_is_declared_now_gives_a_refused_one_another_try(self, tmp_path: Path) -> None:
        raw = results.write(tmp_path / "run" / "eval_info.json", results.layout_a([True, False]))
        (candidate,) = candidates(scan(raw.parent))
        assert candidate.entry.status == "refused"
        done = import_candidates([candidate], [], tmp_path / "out.json", run_info=["task=pusht"])
        assert [cell.counts.success for cell in done.document.cells] == [1]

    def test_sources_are_not_mixed(self, tmp_path: Path) -> None:
        note(tmp_path / "a.notes", "sf")
        (first,) = self.found(tmp_path)
        imported(tmp_path / "in" / "audit_input.json", tmp_path / "a.notes")
        (second,) = candidates(scan(tmp_path / "in"))
        assert self.refusal([first, second], tmp_path / "out.json").code == "import.several_sources"
