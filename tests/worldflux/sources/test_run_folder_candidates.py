"""From files to candidates: what belongs together, what is counted, what id it gets, what contradicts what."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from tests.worldflux.sources.doubles import NOTES, NotesSource, Registered, note
from worldbase import document
from worldbase.errors import UsageError
from worldflux.audit.importing import import_audit_input
from worldflux.benchmarks.planned_grid import PlannedGrid
from worldflux.documents.import_report import Conflict, ImportReport
from worldflux.documents.run_info import RunInfo
from worldflux.sources.contract import SourceInput, SourceRun
from worldflux.sources.registry import SOURCES
from worldflux.sources.run_folder import Candidate, Limits, candidates, chosen, conflicts_of, report_of, scan


def found_in(folder: Path, limits: Limits | None = None) -> list[Candidate]:
    return candidates(scan(folder, NOTES, limits=limits or Limits()), NOTES)


def only(folder: Path) -> Candidate:
    (candidate,) = found_in(folder)
    return candidate


def files(candidate: Candidate) -> dict[str, str]:
    return {file.path: file.role for file in candidate.entry.files}


def counts(candidate: Candidate) -> tuple[int, int]:
    assert candidate.entry.counts is not UNSET
    return candidate.entry.counts.success, candidate.entry.counts.observed


def codes(conflicts: Sequence[Conflict]) -> list[str]:
    return [conflict.code for conflict in conflicts]


class TestGroups:
    def test_a_file_stands_for_itself(self, tmp_path: Path) -> None:
        note(tmp_path / "a.notes", "ssf")
        note(tmp_path / "b.notes", "sfff", task="place")
        assert sorted(counts(candidate) for candidate in found_in(tmp_path)) == [(1, 4), (2, 3)]

    def test_parts_of_one_run_are_one_candidate(self, tmp_path: Path) -> None:
        note(tmp_path / "0.notes", "ss", "key=r role=part")
        note(tmp_path / "deep" / "1.notes", "sf", "key=r role=part", first=2)
        candidate = only(tmp_path)
        assert files(candidate) == {"0.notes": "part", "deep/1.notes": "part"}
        assert counts(candidate) == (3, 4)
        assert conflicts_of([candidate]) == []

    def test_a_recording_beside_its_export_is_left_out_of_the_count(self, tmp_path: Path) -> None:
        note(tmp_path / "export.notes", "sf", "key=r")
        note(tmp_path / "record.notes", "sf", "key=r role=copy")
        candidate = only(tmp_path)
        assert files(candidate) == {"export.notes": "result", "record.notes": "copy"}
        assert (counts(candidate), codes(conflicts_of([candidate]))) == ((1, 2), ["import.recorder_and_export"])

    def test_a_recording_alone_is_counted(self, tmp_path: Path) -> None:
        note(tmp_path / "record.notes", "sf", "key=r role=copy")
        assert counts(only(tmp_path)) == (1, 2)

    def test_a_merged_result_is_counted_in_the_place_of_its_parts(self, tmp_path: Path) -> None:
        note(tmp_path / "0.notes", "s", "key=r role=part")
        note(tmp_path / "1.notes", "f", "key=r role=part", first=1)
        note(tmp_path / "merged.notes", "sf", "key=r")
        candidate = only(tmp_path)
        assert files(candidate) == {"merged.notes": "result", "0.notes": "part", "1.notes": "part"}
        assert (counts(candidate), codes(conflicts_of([candidate]))) == ((1, 2), ["import.shards_and_merged"])

    def test_parts_are_counted_in_the_place_of_a_merged_copy(self, tmp_path: Path) -> None:
        note(tmp_path / "0.notes", "s", "key=r role=part")
        note(tmp_path / "1.notes", "f", "key=r role=part", first=1)
        note(tmp_path / "merged.notes", "sf", "key=r role=copy")
        candidate = only(tmp_path)
        assert (counts(candidate), codes(conflicts_of([candidate]))) == ((1, 2), ["import.shards_and_merged"])

    def test_companions_go_to_the_only_run_or_to_the_nearest_one_above(self, tmp_path: Path) -> None:
        note(tmp_path / "one" / "a.notes", "sf")
        note(tmp_path / "one" / "videos" / "v.notes", "", "role=companion")
        assert files(only(tmp_path)) == {"one/a.notes": "result", "one/videos/v.notes": "companion"}
        note(tmp_path / "two" / "b.notes", "ff")
        note(tmp_path / "stray.notes", "", "role=companion")
        seen = scan(tmp_path, NOTES)
        by_first = {candidate.entry.files[0].path: candidate for candidate in candidates(seen, NOTES)}
        assert list(files(by_first["one/a.notes"])) == ["one/a.notes", "one/videos/v.notes"]
        assert list(files(by_first["two/b.notes"])) == ["two/b.notes"]
        assert seen.left_out["companion"].examples == ["stray.notes"]

    def test_companions_that_tell_no_rate_are_one_insufficient_candidate_for_each_folder(self, tmp_path: Path) -> None:
        for number in range(150):
            note(tmp_path / "videos" / f"{number:03}.notes", "", "role=companion insufficient=videos_alone")
        candidate = only(tmp_path)
        assert candidate.entry.status == "insufficient"
        assert candidate.entry.problem is not UNSET
        assert candidate.entry.problem.message == "videos alone"
        assert (candidate.entry.file_count, len(candidate.entry.files)) == (150, 100)
        assert candidate.entry.counts is UNSET

    def test_a_folder_may_stand_for_its_files(self, tmp_path: Path) -> None:
        note(tmp_path / "run" / "videos" / "a.notes", "s", "root=run")
        note(tmp_path / "run" / "videos" / "b.notes", "f", "root=run")
        candidate = only(tmp_path)
        assert candidate.inputs == (tmp_path / "run",)
        assert candidate.entry.file_count == 2


class TestIds:
    def test_another_scan_another_name_and_another_place_give_the_same_id(self, tmp_path: Path) -> None:
        note(tmp_path / "a" / "x.notes", "sf", "key=r role=part")
        note(tmp_path / "a" / "y.notes", "ss", "key=r role=part", first=2)
        first = only(tmp_path / "a")
        assert only(tmp_path / "a").id == first.id
        shutil.copytree(tmp_path / "a", tmp_path / "b" / "c")
        (tmp_path / "b" / "c" / "x.notes").rename(tmp_path / "b" / "z.notes")
        assert only(tmp_path / "b").id == first.id

    def test_one_other_byte_gives_another_id(self, tmp_path: Path) -> None:
        path = note(tmp_path / "a.notes", "sf")
        before = only(tmp_path).id
        path.write_bytes(path.read_bytes().replace(b"failure", b"pending"))
        assert only(tmp_path).id != before

    @given(outcomes=st.lists(st.text("sf", min_size=1, max_size=6), min_size=1, max_size=6, unique=True))
    def test_ids_are_as_many_as_contents(self, outcomes: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
        folder = tmp_path_factory.mktemp("ids")
        for number, text in enumerate(outcomes):
            note(folder / f"{number}.notes", text)
            note(folder / "copies" / f"{number}.notes", text)
        found = found_in(folder)
        assert len({candidate.id for candidate in found}) == len(found) == len(outcomes)

    def test_ids_are_chosen_by_and_a_wrong_one_names_the_nearest(self, tmp_path: Path) -> None:
        note(tmp_path / "a.notes", "sf")
        note(tmp_path / "b.notes", "ss")
        found = found_in(tmp_path)
        assert chosen(found, [found[1].id, found[0].id, found[1].id]) == [found[1], found[0]]
        almost = found[0].id[:-1] + ("0" if found[0].id[-1] != "0" else "1")
        with pytest.raises(UsageError) as caught:
            chosen(found, [almost])
        assert caught.value.code == "import.unknown_run"
        assert found[0].id in str(caught.value.hint)
        with pytest.raises(UsageError, match="holds no run"):
            chosen([], ["run_0"])


class TestStatus:
    def test_what_the_source_refuses_says_why(self, tmp_path: Path) -> None:
        (tmp_path / "bad.notes").write_text("notes\npick|0|maybe\n")
        entry = only(tmp_path).entry
        assert entry.status == "refused"
        assert entry.problem is not UNSET
        assert (entry.problem.code, entry.problem.hint) == ("source.notes.outcome", "Mend line.")

    def test_a_source_that_fails_refuses_one_candidate_and_hides_no_other(self, tmp_path: Path) -> None:
        class Failing(NotesSource):
            def open(self, inputs: list[SourceInput], grid: PlannedGrid) -> SourceRun:
                if "bad" in inputs[0].path.name:
                    raise ZeroDivisionError("on /home/jane/bad.notes")
                return super().open(inputs, grid)

        note(tmp_path / "bad.notes", "s")
        note(tmp_path / "good.notes", "sf")
        registry = Registered({"notes": Failing()})
        good, bad = candidates(scan(tmp_path, registry), registry)
        assert (good.entry.status, bad.entry.status) == ("ready", "refused")
        assert bad.entry.problem is not UNSET
        assert bad.entry.problem.code == "import.source_failed"
        assert "jane" not in bad.entry.problem.message

    @pytest.mark.parametrize("outcomes", ["", "ppp"])
    def test_without_a_success_or_a_failure_there_is_nothing_to_judge(self, outcomes: str, tmp_path: Path) -> None:
        note(tmp_path / "a.notes", outcomes)
        assert only(tmp_path).entry.status == "insufficient"

    def test_those_that_can_be_audited_come_first_then_the_surest_then_by_id(self, tmp_path: Path) -> None:
        (tmp_path / "bad.notes").write_text("notes confidence=1\npick|0|maybe\n")
        note(tmp_path / "sure.notes", "s", "confidence=0.99")
        note(tmp_path / "one.notes", "sf")
        note(tmp_path / "two.notes", "ff")
        found = found_in(tmp_path)
        assert [candidate.entry.status for candidate in found] == ["ready"] * 3 + ["refused"]
        assert found[0].entry.files[0].path == "sure.notes"
        assert found[1].id < found[2].id

    def test_beyond_a_limit_candidates_are_listed_uncounted(self, tmp_path: Path) -> None:
        for number in range(3):
            note(tmp_path / f"{number}.notes", "s" * (number + 1))
        seen = scan(tmp_path, NOTES, limits=Limits(candidates=2))
        assert [candidate.entry.status for candidate in candidates(seen, NOTES)] == ["ready", "ready", "uncounted"]
        assert list(seen.limits_reached) == ["only the first 2 candidates are counted"]
        seen = scan(tmp_path, NOTES, limits=Limits(counted_bytes=1))
        assert [candidate.entry.status for candidate in candidates(seen, NOTES)] == ["ready", "uncounted", "uncounted"]

    def test_missing_facts_are_a_line_to_be_filled_in(self, tmp_path: Path) -> None:
        note(tmp_path / "a.notes", "sf")
        entry = only(tmp_path).entry
        assert entry.missing == ["evaluator_version", "max_steps", "environment_seeds", "run_seed"]
        names = ("evaluator_version", "max_steps", "start_seed", "run_seed")
        assert entry.run_info == " ".join(f"--run-info {name}=..." for name in names)

    def test_run_info_beside_the_file_is_read(self, tmp_path: Path) -> None:
        note(tmp_path / "a.notes", "sf")
        (tmp_path / "run_info.json").write_text('{"max_steps": 100, "evaluator_version": "1"}')
        assert only(tmp_path).entry.missing == ["environment_seeds", "run_seed"]

    def test_inferred_fields_say_what_they_rest_on(self, tmp_path: Path) -> None:
        note(tmp_path / "a.notes", "sf", "suite=spatial")
        (field,) = only(tmp_path).entry.inferred
        assert (field.field, field.value, field.basis) == ("suite", "spatial", "the first line")


class TestConflicts:
    def test_the_same_bytes_in_two_places_are_one_run(self, tmp_path: Path) -> None:
        note(tmp_path / "a" / "x.notes", "sf")
        shutil.copytree(tmp_path / "a", tmp_path / "b")
        candidate = only(tmp_path)
        assert files(candidate) == {"a/x.notes": "result", "b/x.notes": "copy"}
        assert (counts(candidate), codes(conflicts_of([candidate]))) == ((1, 2), ["import.same_bytes"])

    def test_the_same_bytes_twice_in_one_run_are_counted_once(self, tmp_path: Path) -> None:
        note(tmp_path / "a.notes", "sf", "key=r role=part")
        shutil.copy(tmp_path / "a.notes", tmp_path / "b.notes")
        assert counts(only(tmp_path)) == (1, 2)

    def test_two_runs_with_the_same_episodes_are_replicates_or_a_rerun(self, tmp_path: Path) -> None:
        note(tmp_path / "a.notes", "sfs")
        note(tmp_path / "b.notes", "ffs")
        found = found_in(tmp_path)
        (conflict,) = conflicts_of(found)
        assert (conflict.code, conflict.severity) == ("import.duplicate_cells", "warning")
        assert sorted(conflict.candidates) == sorted(candidate.id for candidate in found)

    @pytest.mark.parametrize(
        ("starts", "said"),
        [
            ((None, 1), "nothing in the files says which"),
            ((1, 2), "start seeds differ"),
            ((1, 1), "share their start seed"),
        ],
    )
    def test_start_seeds_tell_replicates_from_reruns(
        self, starts: tuple[int | None, int], said: str, tmp_path: Path
    ) -> None:
        for name, outcomes, start in zip("ab", ("sfs", "ffs"), starts, strict=True):
            note(tmp_path / f"{name}.notes", outcomes, "" if start is None else f"start={start}")
        (conflict,) = conflicts_of(found_in(tmp_path))
        assert said in conflict.message

    def test_stretches_of_one_task_do_not_meet(self, tmp_path: Path) -> None:
        note(tmp_path / "a.notes", "sfs")
        note(tmp_path / "b.notes", "ffs", first=3)
        note(tmp_path / "c.notes", "ffs", task="place")
        assert conflicts_of(found_in(tmp_path)) == []

    def test_three_that_are_linked_one_by_one_are_one_conflict(self, tmp_path: Path) -> None:
        for number, outcomes in enumerate(("sf", "ff", "fs")):
            note(tmp_path / f"{number}.notes", outcomes, first=number)
        (conflict,) = conflicts_of(found_in(tmp_path))
        assert len(conflict.candidates) == 3

    def test_the_same_outcomes_under_other_bytes_may_be_a_copy(self, tmp_path: Path) -> None:
        note(tmp_path / "a.notes", "sfs")
        note(tmp_path / "b.notes", "sfs", "suite=other")
        note(tmp_path / "c.notes", "fff")
        same, _ = conflicts_of(found_in(tmp_path))
        assert (same.code, len(same.candidates)) == ("import.same_outcomes", 2)

    def test_outcomes_that_are_all_alike_are_no_fingerprint(self, tmp_path: Path) -> None:
        note(tmp_path / "a.notes", "fff")
        note(tmp_path / "b.notes", "fff", "suite=other")
        assert codes(conflicts_of(found_in(tmp_path))) == ["import.duplicate_cells"]

    def test_files_of_one_run_that_repeat_episodes_are_two_runs_mixed(self, tmp_path: Path) -> None:
        (tmp_path / "a.notes").write_text("notes\npick|0|success\npick|0|failure\n")
        candidate = only(tmp_path)
        (conflict,) = conflicts_of([candidate])
        assert (candidate.entry.status, conflict.code, conflict.severity) == ("refused", "import.runs_mixed", "error")

    def test_several_runs_in_one_file_are_told_apart_by_their_names(self, tmp_path: Path) -> None:
        class Sectioned(NotesSource):
            def sections(self, path: Path) -> tuple[str, ...]:
                return ("first try", "2nd")

        note(tmp_path / "a.notes", "sf")
        registry = Registered({"notes": Sectioned()})
        found = candidates(scan(tmp_path, registry), registry)
        assert {candidate.entry.section for candidate in found} == {"first try", "2nd"}
        assert {candidate.run_info for candidate in found} == {("select=first try",), ("select=2nd",)}
        assert len({candidate.id for candidate in found}) == 2
        (conflict,) = conflicts_of(found)
        assert (conflict.code, len(conflict.candidates)) == ("import.several_runs_in_one_file", 2)
        assert any("--run-info 'select=first try'" in candidate.entry.audit_command for candidate in found)
        assert [one.entry.section for one in chosen(found, ["2nd", "first try", "2nd"])] == ["2nd", "first try"]
        note(tmp_path / "b.notes", "ss")
        with pytest.raises(UsageError, match="holds no run '2nd'"):
            chosen(candidates(scan(tmp_path, registry), registry), ["2nd"])

    def test_retries_are_named(self, tmp_path: Path) -> None:
        note(tmp_path / "a.notes", "sf", task="pick again")
        assert codes(conflicts_of([only(tmp_path)])) == ["import.retries"]

    def test_other_versions_in_one_folder_are_named(self, tmp_path: Path) -> None:
        note(tmp_path / "a.notes", "sf", "version=1")
        note(tmp_path / "b.notes", "sf", "version=2", task="place")
        (conflict,) = conflicts_of(found_in(tmp_path))
        assert conflict.code == "import.mixed_conditions"
        assert "evaluator_version" in conflict.message

    @pytest.mark.parametrize(
        ("names", "disagree"),
        [
            (["pick_success.mp4", "pick_failure.mp4"], False),
            (["pick_success.mp4", "place_success.mp4"], True),
            (["a_failure.mp4", "b_failure.mp4"], True),
            (["episode=1--success=False--task=pick.mp4"], False),
            (["unsuccessful.mp4", "successor.mp4"], False),
        ],
    )
    def test_videos_may_not_show_more_than_was_counted(self, names: list[str], disagree: bool, tmp_path: Path) -> None:
        note(tmp_path / "a.notes", "sf")
        for name in names:
            note(tmp_path / name, "", "role=companion")
        assert codes(conflicts_of([only(tmp_path)])) == (["import.videos_disagree"] if disagree else [])

    def test_an_audit_input_beside_its_raw_files_is_the_same_result_twice(self, tmp_path: Path) -> None:
        raw = note(tmp_path / "a.notes", "sf")
        import_audit_input("notes", [SourceInput(raw, 1, RunInfo())], tmp_path / "audit_input.json", sources=NOTES)
        registry = Registered({"notes": NotesSource(), "audit-input": SOURCES.get("audit-input")})
        found = candidates(scan(tmp_path, registry), registry)
        assert [counts(candidate) for candidate in found] == [(1, 2), (1, 2)]
        assert {"audit_input.json": "result", "audit_input.episodes.jsonl": "companion"} in map(files, found)
        (conflict,) = conflicts_of(found)
        assert (conflict.code, len(conflict.candidates)) == ("import.already_imported", 2)

    def test_each_conflict_has_an_id_that_its_candidates_name(self, tmp_path: Path) -> None:
        note(tmp_path / "a.notes", "sf")
        note(tmp_path / "b.notes", "ff")
        seen = scan(tmp_path, NOTES)
        found = candidates(seen, NOTES)
        report = report_of(seen, found, conflicts_of(found))
        assert [entry.conflicts for entry in report.candidates] == [["conflict_1"], ["conflict_1"]]
        assert document.parse(document.dump(report), ImportReport).document == report
