"""What is written appears whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from worldbase import files
from worldbase.errors import StorageError, UsageError
from worldbase.files import StagedFolder, write_atomic, write_pieces


def full_disk(*_: Any, **__: Any) -> NoReturn:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def content(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file()
    }


def put(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "a.txt").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def usual_umask() -> Iterator[None]:
    before = os.umask(0o027)
    yield
    os.umask(before)


class TestWritingAFile:
    def test_a_file_holds_the_bytes_and_nothing_lies_beside_it(self, tmp_path: Path) -> None:
        write_atomic(tmp_path / "new" / "deep" / "a.json", b"1")
        assert (tmp_path / "new" / "deep" / "a.json").read_bytes() == b"1"
        assert names(tmp_path / "new" / "deep") == ["a.json"]

    def test_pieces_are_written_whole_or_not_at_all(self, tmp_path: Path) -> None:
        path = tmp_path / "a.jsonl"

        def pieces(last: bytes) -> Iterator[bytes]:
            yield b"one\n"
            if not last:
                raise ValueError("no more")
            yield last

        write_pieces(path, pieces(b"two\n"), mode=0o600)
        assert path.read_bytes() == b"one\ntwo\n"
        assert path.stat().st_mode & 0o777 == 0o600
        with pytest.raises(ValueError, match="no more"):
            write_pieces(path, pieces(b""))
        assert path.read_bytes() == b"one\ntwo\n"
        assert [entry.name for entry in tmp_path.iterdir()] == ["a.jsonl"]

    def test_an_old_file_is_replaced(self, tmp_path: Path) -> None:
        path = tmp_path / "a"
        path.write_bytes(b"old and longer")
        write_atomic(path, b"new")
        assert path.read_bytes() == b"new"

    def test_an_open_reader_keeps_the_old_bytes(self, tmp_path: Path) -> None:
        path = tmp_path / "a"
        path.write_bytes(b"old")
        with path.open("rb") as reader:
            write_atomic(path, b"new")
            assert reader.read() == b"old"

    @pytest.mark.parametrize("mode", [0o644, 0o600])
    def test_the_file_has_the_mode(self, tmp_path: Path, mode: int) -> None:
        write_atomic(tmp_path / "a", b"", mode=mode)
        assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == mode

    @pytest.mark.parametrize("step", ["os.fsync", "pathlib.Path.replace"])
    def test_a_full_disk_leaves_the_old_file_alone(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
    ) -> None:
        path = tmp_path / "a"
        path.write_bytes(b"old")
        monkeypatch.setattr(step, full_disk)
        with pytest.raises(StorageError) as caught:
            write_atomic(path, b"new")
        assert (caught.value.code, caught.value.exit_code) == ("file.unwritable", 5)
        assert "No space left" in caught.value.message
        assert path.read_bytes() == b"old"
        assert names(tmp_path) == ["a"]

    def test_a_folder_in_its_place_is_refused(self, tmp_path: Path) -> None:
        put(tmp_path / "a", "kept")
        with pytest.raises(StorageError):
            write_atomic(tmp_path / "a", b"new")
        assert content(tmp_path) == {"a/a.txt": "kept"}

    def test_a_file_in_place_of_its_folder_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "a").write_bytes(b"kept")
        with pytest.raises(StorageError):
            write_atomic(tmp_path / "a" / "b", b"new")

    @pytest.mark.parametrize("name", ["x" * 255, "赤" * 85, "🤖" * 63], ids=["ascii", "three bytes", "four bytes"])
    def test_the_longest_names_can_be_written(self, tmp_path: Path, name: str) -> None:
        write_atomic(tmp_path / name, b"1")
        assert names(tmp_path) == [name]


class TestStagingAFolder:
    def test_nothing_is_there_before_the_commit_and_all_of_it_after(self, tmp_path: Path) -> None:
        target = tmp_path / "new" / "package"
        with StagedFolder(target) as staged:
            put(staged.path / "deep", "whole")
            assert not target.exists()
            staged.commit()
            assert content(target) == {"deep/a.txt": "whole"}
        assert content(target) == {"deep/a.txt": "whole"}
        assert names(target.parent) == ["package"]

    def test_without_a_commit_everything_goes(self, tmp_path: Path) -> None:
        with StagedFolder(tmp_path / "package") as staged:
            put(staged.path / "deep", "half")
        assert names(tmp_path) == []

    def test_an_error_takes_everything_with_it(self, tmp_path: Path) -> None:
        def write() -> NoReturn:
            with StagedFolder(tmp_path / "package") as staged:
                put(staged.path, "half")
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            write()
        assert names(tmp_path) == []

    def test_a_disk_that_is_full_while_the_folder_is_filled_is_one_clear_error(self, tmp_path: Path) -> None:
        def write() -> NoReturn:
            with StagedFolder(tmp_path / "package") as staged:
                put(staged.path, "half")
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with pytest.raises(StorageError, match="No space left") as refused:
            write()
        assert refused.value.code == "file.unwritable"
        assert names(tmp_path) == []

    def test_the_staged_folder_lies_beside_its_place(self, tmp_path: Path) -> None:
        with StagedFolder(tmp_path / "package") as staged:
            assert staged.path.parent == tmp_path
            assert staged.path.name.startswith(".package.")

    def test_a_relative_target_stays_where_it_was_meant(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path)
        with StagedFolder(Path("package")) as staged:
            put(staged.path, "whole")
            monkeypatch.chdir("elsewhere")
            staged.commit()
        assert content(tmp_path) == {"package/a.txt": "whole"}

    @pytest.mark.usefixtures("usual_umask")
    def test_the_folder_has_the_mode_that_the_umask_asks_for(self, tmp_path: Path) -> None:
        with StagedFolder(tmp_path / "package") as staged:
            assert stat.S_IMODE(staged.path.stat().st_mode) == 0o700
            staged.commit()
        assert stat.S_IMODE((tmp_path / "package").stat().st_mode) == 0o750

    def test_an_empty_folder_counts_as_free(self, tmp_path: Path) -> None:
        (tmp_path / "package").mkdir()
        with StagedFolder(tmp_path / "package") as staged:
            put(staged.path, "whole")
            staged.commit()
        assert content(tmp_path) == {"package/a.txt": "whole"}

    def test_a_folder_with_anything_in_it_is_refused_at_once(self, tmp_path: Path) -> None:
        put(tmp_path / "package", "old")
        with pytest.raises(UsageError) as caught, StagedFolder(tmp_path / "package"):
            pytest.fail("the block must not run")
        assert caught.value.code == "output.exists"
        assert content(tmp_path) == {"package/a.txt": "old"}

    @pytest.mark.parametrize("overwrite", [False, True])
    @pytest.mark.parametrize("kind", ["file", "link to a folder", "dangling link"])
    def test_anything_but_a_folder_is_refused_even_to_overwrite(
        self, tmp_path: Path, kind: str, overwrite: bool
    ) -> None:
        target = tmp_path / "package"
        match kind:
            case "file":
                target.write_bytes(b"")
            case "link to a folder":
                target.symlink_to(put(tmp_path / "other", "kept"))
            case _:
                target.symlink_to(tmp_path / "nowhere")
        with pytest.raises(UsageError) as caught, StagedFolder(target, overwrite=overwrite):
            pytest.fail("the block must not run")
        assert caught.value.code == "output.not_a_folder"

    def test_what_took_the_place_meanwhile_is_not_replaced_unasked(self, tmp_path: Path) -> None:
        target = tmp_path / "package"
        with StagedFolder(target) as staged:
            put(staged.path, "late")
            put(target, "first")
            with pytest.raises(UsageError) as caught:
                staged.commit()
        assert caught.value.code == "output.exists"
        assert content(tmp_path) == {"package/a.txt": "first"}

    def test_a_target_in_a_file_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "a").write_bytes(b"")
        with pytest.raises(StorageError), StagedFolder(tmp_path / "a" / "package"):
            pytest.fail("the block must not run")

    @pytest.mark.parametrize("name", ["x" * 255, "赤" * 85, "🤖" * 63], ids=["ascii", "three bytes", "four bytes"])
    def test_the_longest_names_can_be_staged_and_replaced(self, tmp_path: Path, name: str) -> None:
        for text in ("old", "new"):
            with StagedFolder(tmp_path / name, overwrite=True) as staged:
                put(staged.path, text)
                staged.commit()
        assert names(tmp_path) == [name]
        assert content(tmp_path / name) == {"a.txt": "new"}


class TestReplacingAFolder:
    @pytest.fixture
    def target(self, tmp_path: Path) -> Path:
        folder = put(tmp_path / "package", "old")
        (folder / "only-old.txt").write_text("old", encoding="utf-8")
        return folder

    def replace(self, target: Path) -> None:
        with StagedFolder(target, overwrite=True) as staged:
            put(staged.path / "deep", "new")
            staged.commit()

    def test_the_new_folder_holds_nothing_of_the_old_one(self, target: Path) -> None:
        self.replace(target)
        assert content(target) == {"deep/a.txt": "new"}
        assert names(target.parent) == ["package"]

    def test_without_a_commit_the_old_one_stays(self, target: Path) -> None:
        with StagedFolder(target, overwrite=True) as staged:
            put(staged.path, "half")
        assert content(target) == {"a.txt": "old", "only-old.txt": "old"}
        assert names(target.parent) == ["package"]

    @pytest.mark.parametrize("failing", [1, 2], ids=["moving the old one away", "moving the new one in"])
    def test_a_failing_rename_leaves_the_old_one_where_it_was(
        self, target: Path, monkeypatch: pytest.MonkeyPatch, failing: int
    ) -> None:
        rename, calls = Path.rename, []

        def fail_once(path: Path, other: Path) -> Path:
            calls.append(path)
            return full_disk() if len(calls) == failing else rename(path, other)

        with monkeypatch.context() as patch:
            patch.setattr(Path, "rename", fail_once)
            with pytest.raises(StorageError):
                self.replace(target)
        assert content(target) == {"a.txt": "old", "only-old.txt": "old"}
        self.replace(target)
        assert names(target.parent) == ["package"]

    def test_a_disk_that_cannot_take_the_new_one_keeps_the_old_one(
        self, target: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patch:
            patch.setattr("os.fsync", full_disk)
            with pytest.raises(StorageError):
                self.replace(target)
        assert content(target) == {"a.txt": "old", "only-old.txt": "old"}
        assert names(target.parent) == ["package"]

    def test_an_old_folder_that_cannot_be_removed_does_not_undo_the_new_one(
        self, target: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patch:
            patch.setattr("os.rmdir", full_disk)
            self.replace(target)
            files.recover(target)
        assert content(target) == {"deep/a.txt": "new"}
        files.recover(target)
        assert content(target) == {"deep/a.txt": "new"}
        assert names(target.parent) == ["package"]

    def test_another_process_may_do_the_cleaning(self, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        remove = shutil.rmtree

        def outrun(path: Path, **options: Any) -> None:
            monkeypatch.undo()
            files.recover(target)
            remove(path, **options)

        monkeypatch.setattr("shutil.rmtree", outrun)
        self.replace(target)
        assert content(target) == {"deep/a.txt": "new"}
        assert names(target.parent) == ["package"]


class TestRecovering:
    """Every state that two renames can be interrupted in, and markers that nobody's replacement wrote."""

    def mark(self, target: Path, staging: Any = ".package.staging-1", replaced: Any = ".package.replaced-1") -> Path:
        marker = target.parent / ".package.replacing.json"
        marker.write_text(json.dumps({"staging": staging, "replaced": replaced}), encoding="utf-8")
        return marker

    def test_without_a_marker_nothing_happens(self, tmp_path: Path) -> None:
        put(tmp_path / ".package.staging-1", "half")
        files.recover(tmp_path / "package")
        assert names(tmp_path) == [".package.staging-1"]

    def test_before_the_first_rename_the_old_one_stays(self, tmp_path: Path) -> None:
        target = put(tmp_path / "package", "old")
        put(tmp_path / ".package.staging-1", "new")
        self.mark(target)
        files.recover(target)
        assert content(tmp_path) == {"package/a.txt": "old"}
        assert names(tmp_path) == ["package"]

    def test_between_the_renames_the_new_one_moves_in(self, tmp_path: Path) -> None:
        target = tmp_path / "package"
        put(tmp_path / ".package.staging-1", "new")
        put(tmp_path / ".package.replaced-1", "old")
        self.mark(target)
        files.recover(target)
        assert content(tmp_path) == {"package/a.txt": "new"}
        assert names(tmp_path) == ["package"]

    def test_where_the_new_one_is_gone_the_old_one_comes_back(self, tmp_path: Path) -> None:
        target = tmp_path / "package"
        put(tmp_path / ".package.replaced-1", "old")
        self.mark(target)
        files.recover(target)
        assert content(tmp_path) == {"package/a.txt": "old"}
        assert names(tmp_path) == ["package"]

    def test_after_the_second_rename_the_leftovers_go(self, tmp_path: Path) -> None:
        target = put(tmp_path / "package", "new")
        put(tmp_path / ".package.replaced-1", "old")
        self.mark(target)
        files.recover(target)
        assert content(tmp_path) == {"package/a.txt": "new"}
        assert names(tmp_path) == ["package"]

    def test_where_all_is_gone_the_marker_goes_too(self, tmp_path: Path) -> None:
        self.mark(tmp_path / "package")
        files.recover(tmp_path / "package")
        assert names(tmp_path) == []

    def test_recovering_twice_is_recovering_once(self, tmp_path: Path) -> None:
        target = tmp_path / "package"
        put(tmp_path / ".package.staging-1", "new")
        self.mark(target)
        files.recover(target)
        files.recover(target)
        assert content(tmp_path) == {"package/a.txt": "new"}

    @pytest.mark.parametrize(
        ("staging", "replaced"),
        [
            ("../precious", ".package.replaced-1"),
            (".package.staging-1", "../precious"),
            (".package.staging-1", ".package.replaced-/../../precious"),
            ("inner/precious", ".package.replaced-1"),
            ("precious", "precious"),
            (None, None),
            ([], {}),
        ],
        ids=[
            "climbs",
            "climbs for the old one",
            "climbs behind the prefix",
            "below",
            "beside",
            "missing",
            "other types",
        ],
    )
    def test_a_marker_can_name_no_other_folder(self, tmp_path: Path, staging: Any, replaced: Any) -> None:
        home = tmp_path / "downloads"
        target = put(home / "package", "kept")
        for folder in (tmp_path / "precious", home / "precious", home / "inner" / "precious"):
            put(folder, "kept")
        before = content(tmp_path)
        marker = self.mark(target, staging, replaced)
        with pytest.raises(StorageError):
            files.recover(target)
        marker.unlink()
        assert content(tmp_path) == before

    @pytest.mark.parametrize("absent", [True, False], ids=["target gone", "target there"])
    def test_an_absolute_name_in_a_marker_is_refused(self, tmp_path: Path, absent: bool) -> None:
        target = tmp_path / "downloads" / "package"
        put(target.parent if absent else target, "kept")
        put(tmp_path / "precious", "kept")
        self.mark(target, str(tmp_path / "precious"), str(tmp_path / "precious"))
        with pytest.raises(StorageError):
            files.recover(target)
        assert content(tmp_path / "precious") == {"a.txt": "kept"}

    @pytest.mark.parametrize(
        "text", ["", "{", "[]", "1", "\ufeff{}"], ids=["empty", "cut off", "list", "number", "mark"]
    )
    def test_a_marker_that_is_no_record_is_refused(self, tmp_path: Path, text: str) -> None:
        target = put(tmp_path / "package", "kept")
        (tmp_path / ".package.replacing.json").write_text(text, encoding="utf-8")
        with pytest.raises(StorageError) as caught:
            files.recover(target)
        assert caught.value.code == "file.unwritable"
        assert content(target) == {"a.txt": "kept"}

    @pytest.mark.parametrize("kind", ["staging", "replaced"])
    def test_a_link_in_place_of_a_leftover_is_not_followed(self, tmp_path: Path, kind: str) -> None:
        precious = put(tmp_path / "precious", "kept")
        target = tmp_path / "downloads" / "package"
        target.parent.mkdir()
        (target.parent / f".package.{kind}-1").symlink_to(precious)
        self.mark(target)
        files.recover(target)
        assert content(precious) == {"a.txt": "kept"}
        assert not target.exists()

    def test_long_names_with_the_same_beginning_do_not_meet(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one, other = (tmp_path / ("x" * 200 + end) for end in "12")
        put(one, "old one")
        with StagedFolder(one, overwrite=True) as staged:
            put(staged.path, "new one")
            monkeypatch.setattr(Path, "rename", full_disk)
            monkeypatch.setattr("shutil.rmtree", lambda *_, **__: None)
            with pytest.raises(StorageError):
                staged.commit()
        monkeypatch.undo()
        shutil.rmtree(one)  # now it looks as after a kill between the renames
        files.recover(other)
        assert not other.exists()
        files.recover(one)
        assert content(tmp_path) == {f"{one.name}/a.txt": "new one"}
        assert names(tmp_path) == [one.name]


class TestWhatDeadWritersLeft:
    def test_the_next_writer_removes_it(self, tmp_path: Path) -> None:
        put(tmp_path / ".package.staging-dead", "half")
        with StagedFolder(tmp_path / "package"):
            assert not (tmp_path / ".package.staging-dead").exists()

    @pytest.mark.parametrize("name", [".package2.staging-1", ".package", "package.staging-1", ".other.staging-1"])
    def test_nothing_else_is_touched(self, tmp_path: Path, name: str) -> None:
        put(tmp_path / name, "kept")
        with StagedFolder(tmp_path / "package"):
            assert content(tmp_path / name) == {"a.txt": "kept"}

    @pytest.mark.parametrize("name", ["[ab]", "*", "?"])
    def test_a_name_is_no_pattern(self, tmp_path: Path, name: str) -> None:
        put(tmp_path / ".a.staging-1", "kept")
        with StagedFolder(tmp_path / name):
            assert content(tmp_path / ".a.staging-1") == {"a.txt": "kept"}

    def test_a_file_or_a_link_of_that_name_is_left_alone(self, tmp_path: Path) -> None:
        precious = put(tmp_path / "precious", "kept")
        (tmp_path / ".package.staging-file").write_bytes(b"")
        (tmp_path / ".package.staging-link").symlink_to(precious)
        with StagedFolder(tmp_path / "package") as staged:
            put(staged.path, "whole")
            staged.commit()
        assert content(precious) == {"a.txt": "kept"}
        assert (tmp_path / ".package.staging-file").exists()
