"""What `--from` and `--run-info` find, and what they leave alone."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from worldbase.errors import InputError, UsageError, WorldError
from worldflux.documents.run_info import RunInfo
from worldflux.errors import SourceError
from worldflux.sources import inputs
from worldflux.sources.builtin.lerobot import SOURCE
from worldflux.sources.contract import SourceInput
from worldflux.sources.inputs import collect


def put(path: Path, text: str = "{}") -> Path:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def found(*paths: Path) -> list[Path]:
    return [given.path for given in collect(SOURCE, paths, [])]


def declared(path: Path, *run_info: str) -> dict[str, Any]:
    (given,) = collect(SOURCE, [path], run_info)
    return given.declared.known()


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fail where the block takes longer: a test of something that might wait for ever."""

    def late(number: int, frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class TestFiles:
    def test_a_file_is_taken_whatever_it_is_called(self, tmp_path: Path) -> None:
        path = put(tmp_path / "anything.txt")
        assert found(path) == [path]

    def test_a_folder_is_searched_at_every_depth_in_order(self, tmp_path: Path) -> None:
        expected = [
            put(tmp_path / name)
            for name in ("a/b/c/eval_info.json", "a/eval_info.json", "base_eval_info.json", "eval_info.json")
        ]
        for other in ("eval_info.json.bak", "a/Eval_Info.json", "notes.json", "a/eval_info.jsonl"):
            put(tmp_path / other)
        assert found(tmp_path) == expected

    def test_several_folders_keep_the_order_given(self, tmp_path: Path) -> None:
        late, early = (put(tmp_path / name / "eval_info.json") for name in ("z", "a"))
        both = collect(SOURCE, [late.parent, early.parent], [])
        assert [(given.path, given.number) for given in both] == [(late, 1), (early, 2)]

    def test_all_files_of_a_folder_share_its_number(self, tmp_path: Path) -> None:
        put(tmp_path / "one" / "eval_info.json")
        put(tmp_path / "two" / "eval_info.json")
        assert [given.number for given in collect(SOURCE, [tmp_path], [])] == [1, 1]

    def test_linked_files_and_folders_are_not_followed(self, tmp_path: Path) -> None:
        outside = put(tmp_path / "outside" / "eval_info.json")
        inside = put(tmp_path / "inside" / "real" / "eval_info.json")
        (tmp_path / "inside" / "eval_info.json").symlink_to(outside)
        (tmp_path / "inside" / "linked").symlink_to(outside.parent)
        (tmp_path / "inside" / "loop").symlink_to(tmp_path / "inside")
        assert found(tmp_path / "inside") == [inside]

    def test_a_link_that_somebody_names_is_what_they_mean(self, tmp_path: Path) -> None:
        link = tmp_path / "latest"
        link.symlink_to(put(tmp_path / "eval_info.json"))
        assert found(link) == [link]

    def test_what_is_no_file_is_passed_over_and_waits_for_nobody(self, tmp_path: Path) -> None:
        (tmp_path / "folder" / "eval_info.json").mkdir(parents=True)
        (tmp_path / "pipe").mkdir()
        os.mkfifo(tmp_path / "pipe" / "eval_info.json")
        (tmp_path / "socket").mkdir()
        with socket.socket(socket.AF_UNIX) as server, contextlib.chdir(tmp_path / "socket"):
            server.bind("eval_info.json")
        real = put(tmp_path / "real" / "eval_info.json")
        with within(20):
            assert found(tmp_path) == [real]

    def test_a_pipe_beside_the_result_is_no_run_info(self, tmp_path: Path) -> None:
        path = put(tmp_path / "eval_info.json")
        os.mkfifo(tmp_path / "run_info.json")
        with within(20):
            assert declared(path) == {}

    def test_an_empty_folder_is_said_to_be_one(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError) as caught:
            found(tmp_path)
        assert caught.value.code == "source.nothing_found"
        assert tmp_path.name in str(caught.value)

    @pytest.mark.parametrize("kind", ["absent", "pipe", "too long", "behind a file"])
    def test_a_path_that_leads_nowhere_is_said_to_do_so(self, tmp_path: Path, kind: str) -> None:
        path = tmp_path / "gone"
        if kind == "pipe":
            os.mkfifo(path)
        elif kind == "too long":
            path = tmp_path / ("x" * 5000)
        elif kind == "behind a file":
            path = put(tmp_path / "file") / "eval_info.json"
        with within(20), pytest.raises(SourceError) as caught:
            found(path)
        assert (caught.value.code, caught.value.exit_code) == ("source.missing", 3)

    def test_a_path_that_may_not_be_looked_at_is_said_so_too(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def locked(self: Path, **options: Any) -> os.stat_result:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "stat", locked)
        with pytest.raises(SourceError) as caught:
            found(tmp_path / "eval_info.json")
        assert caught.value.code == "source.missing"

    def test_a_folder_of_everything_is_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(inputs, "MAX_FILES", 3)
        for number in range(3):
            put(tmp_path / str(number) / "eval_info.json")
        assert len(found(tmp_path)) == 3
        put(tmp_path / "3" / "eval_info.json")
        with pytest.raises(SourceError) as caught:
            found(tmp_path)
        assert caught.value.code == "source.too_many_files"


@pytest.fixture
def result(tmp_path: Path) -> Path:
    return put(tmp_path / "run" / "eval_info.json")


class TestRunInfo:
    def test_nothing_is_known_without_it(self, result: Path) -> None:
        assert declared(result) == {}

    def test_a_file_beside_the_result_is_read(self, result: Path) -> None:
        put(result.parent / "run_info.json", '{"start_seed": 1000, "evaluator_version": "0.4.4"}')
        (given,) = collect(SOURCE, [result], [])
        assert given.declared == RunInfo(start_seed=1000, evaluator_version="0.4.4")
        assert given.run_info_file == result.parent / "run_info.json"
        assert given.on_command_line == ()

    def test_each_file_has_the_one_beside_itself(self, tmp_path: Path) -> None:
        for seed in (1, 2):
            put(tmp_path / str(seed) / "eval_info.json")
            put(tmp_path / str(seed) / "run_info.json", json.dumps({"run_seed": seed}))
        assert [given.declared.run_seed for given in collect(SOURCE, [tmp_path], [])] == [1, 2]

    def test_a_link_beside_the_result_is_not_followed(self, result: Path, tmp_path: Path) -> None:
        (result.parent / "run_info.json").symlink_to(put(tmp_path / "other.json", '{"run_seed": 5}'))
        assert declared(result) == {}

    @pytest.mark.parametrize(
        ("setting", "fact"),
        [
            ("start_seed=1000", {"start_seed": 1000}),
            ("task=libero_spatial/3", {"task": "libero_spatial/3"}),
            ("task=7", {"task": "7"}),
            ("evaluator_version=0.4.4", {"evaluator_version": "0.4.4"}),
            ("checkpoint_uri=hf://org/policy@a=b", {"checkpoint_uri": "hf://org/policy@a=b"}),
            ("first_episode_index=0", {"first_episode_index": 0}),
            ("1:run_seed=3", {"run_seed": 3}),
            ("benchmark_version=2:1", {"benchmark_version": "2:1"}),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_one_fact_on_the_command_line(self, result: Path, setting: str, fact: dict[str, Any]) -> None:
        (given,) = collect(SOURCE, [result], [setting])
        assert given.declared.known() == fact
        assert given.on_command_line == tuple(fact)

    @pytest.mark.parametrize("prefix", ["", "1:"])
    def test_a_file_on_the_command_line(self, result: Path, tmp_path: Path, prefix: str) -> None:
        file = put(tmp_path / "facts.json", '{"batch_size": 10, "max_steps": 300}')
        assert declared(result, f"{prefix}{file}") == {"batch_size": 10, "max_steps": 300}

    def test_what_is_said_later_lies_over_what_was_said_before(self, result: Path, tmp_path: Path) -> None:
        put(result.parent / "run_info.json", '{"start_seed": 1, "batch_size": 1, "max_steps": 1}')
        file = put(tmp_path / "facts.json", '{"start_seed": 2, "batch_size": 2}')
        assert declared(result, str(file), "start_seed=3") == {"start_seed": 3, "batch_size": 2, "max_steps": 1}
        assert declared(result, "start_seed=3", str(file)) == {"start_seed": 2, "batch_size": 2, "max_steps": 1}

    def test_a_number_says_which_input_is_meant(self, tmp_path: Path) -> None:
        paths = [put(tmp_path / name / "eval_info.json") for name in ("a", "b", "c")]
        given = collect(SOURCE, paths, ["2:start_seed=7", "batch_size=10", "3:batch_size=20"])
        assert [entry.declared.known() for entry in given] == [
            {"batch_size": 10},
            {"start_seed": 7, "batch_size": 10},
            {"batch_size": 20},
        ]

    def test_a_numbered_folder_means_all_its_files(self, tmp_path: Path) -> None:
        put(tmp_path / "runs" / "a" / "eval_info.json")
        put(tmp_path / "runs" / "b" / "eval_info.json")
        alone = put(tmp_path / "alone" / "eval_info.json")
        given = collect(SOURCE, [tmp_path / "runs", alone], ["1:batch_size=5"])
        assert [entry.declared.known() for entry in given] == [{"batch_size": 5}, {"batch_size": 5}, {}]


class TestRefusedSettings:
    @pytest.mark.parametrize(
        ("setting", "said"),
        [
            ("sart_seed=1", "there is no fact 'sart_seed'; known: task, run_seed, start_seed"),
            ("0:start_seed=1", "N goes from 1 to 1"),
            ("2:start_seed=1", "there are 1 --from"),
            ("999999999:run_info.json", "N goes from 1 to 1"),
        ],
    )
    def test_a_setting_that_means_nothing_is_a_usage_error(self, result: Path, setting: str, said: str) -> None:
        with pytest.raises(UsageError, match="--run-info") as caught:
            declared(result, setting)
        assert (caught.value.code, caught.value.exit_code) == ("run_info.setting", 2)
        assert said in str(caught.value)

    @pytest.mark.parametrize(
        ("setting", "pointer"),
        [
            ("start_seed=-1", "/start_seed"),
            ("start_seed=", "/start_seed"),
            ("start_seed=1.5", "/start_seed"),
            ("batch_size=0", "/batch_size"),
            (f"start_seed={2**53}", "/start_seed"),
            (f"start_seed={'9' * 5000}", "/start_seed"),
            ("task=", "/task"),
            ("checkpoint_sha256=abc", "/checkpoint_sha256"),
        ],
        ids=lambda value: value[:30],
    )
    def test_a_value_that_the_fact_cannot_have_is_refused(self, result: Path, setting: str, pointer: str) -> None:
        with pytest.raises(InputError) as caught:
            declared(result, setting)
        assert caught.value.code == "document.invalid"
        assert [problem.where.pointer for problem in caught.value.problems] == [pointer]

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ('{"start_sed": 1}', "document.invalid"),
            ('{"start_seed": "1"}', "document.invalid"),
            ('{"start_seed": 1, "start_seed": 2}', "json.duplicate_key"),
            ('{"schema_version": "worldflux.claim.v0_draft"}', "document.kind"),
            ("{", "json.syntax"),
            ("", "json.syntax"),
            ("[]", "document.invalid"),
        ],
    )
    @pytest.mark.parametrize("how", ["beside", "given"])
    def test_a_broken_file_is_refused_by_name(
        self, result: Path, tmp_path: Path, text: str, code: str, how: str
    ) -> None:
        file = put((result.parent if how == "beside" else tmp_path) / "run_info.json", text)
        with pytest.raises(InputError) as caught:
            declared(result, *([] if how == "beside" else [str(file)]))
        assert caught.value.code == code
        assert caught.value.where is not None
        assert caught.value.where.file == "run_info.json"

    @pytest.mark.parametrize("text", ["no such file.json", "99999999999:start_seed=1", "1:"])
    def test_what_is_no_setting_is_taken_for_a_file(self, result: Path, text: str) -> None:
        with pytest.raises(WorldError) as caught:
            declared(result, text)
        assert caught.value.code == "file.missing"


def test_an_input_says_nothing_of_its_own() -> None:
    assert SourceInput(Path("x"), 1, RunInfo()).on_command_line == ()
