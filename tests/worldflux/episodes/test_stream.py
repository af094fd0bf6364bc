"""JSON lines on their way to the disk and back."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from worldbase.errors import StorageError
from worldflux.documents.episode import EpisodeRecord
from worldflux.episodes import stream
from worldflux.episodes.stream import LinesWriter, read_lines
from worldflux.errors import PackageError

FULL_DISK = Path("/dev/full")
needs_full_disk = pytest.mark.skipif(not FULL_DISK.exists(), reason="this system has no /dev/full")


def records(count: int, first: int = 0) -> list[EpisodeRecord]:
    return [EpisodeRecord(index, "café/0", 0, "success", sum_reward=index / 7) for index in range(first, first + count)]


def write(path: Path, windows: int, *, fails: bool = False) -> None:
    """Write windows of a hundred episodes; on request the caller's own work fails after them."""
    with LinesWriter(path) as writer:
        for number in range(windows):
            writer.write(records(100, 100 * number))
        if fails:
            raise KeyError


class TestWriting:
    @pytest.mark.parametrize("block", [1, 100, 4_000_000])
    @pytest.mark.parametrize("sizes", [[], [0], [3], [1, 0, 2, 500, 7], [50] * 40], ids=str)
    def test_what_is_said_of_the_file_is_true_of_the_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sizes: list[int], block: int
    ) -> None:
        monkeypatch.setattr(stream, "_BLOCK_BYTES", block)
        path = tmp_path / "lines.jsonl"
        expected: list[EpisodeRecord] = []
        with LinesWriter(path) as writer:
            for size in sizes:
                window = records(size, len(expected))
                writer.write(window)
                expected += window
        data = path.read_bytes()
        assert data == b"".join(msgspec.json.encode(record) + b"\n" for record in expected)
        assert writer.written.sha256 == f"sha256:{hashlib.sha256(data).hexdigest()}"
        assert (writer.written.size, writer.written.count) == (len(data), len(expected))

    def test_an_error_in_the_block_is_the_error_that_is_seen(self, tmp_path: Path) -> None:
        with pytest.raises(KeyError):
            write(tmp_path / "lines.jsonl", 3, fails=True)

    @needs_full_disk
    def test_even_where_the_disk_failed_before(self) -> None:
        with pytest.raises(KeyError):
            write(FULL_DISK, 0, fails=True)

    def test_a_folder_that_is_gone_is_a_storage_error(self, tmp_path: Path) -> None:
        with pytest.raises(StorageError) as caught:
            write(tmp_path / "gone" / "lines.jsonl", 1)
        assert (caught.value.code, caught.value.exit_code) == ("file.unwritable", 5)
        assert "lines.jsonl" in str(caught.value)

    @needs_full_disk
    @pytest.mark.parametrize("windows", [1, 200])
    @pytest.mark.parametrize("block", [1, 4_000_000])
    def test_a_full_disk_is_a_storage_error_and_nobody_waits_for_ever(
        self, monkeypatch: pytest.MonkeyPatch, windows: int, block: int
    ) -> None:
        monkeypatch.setattr(stream, "_BLOCK_BYTES", block)
        with pytest.raises(StorageError, match="No space left on device"):
            write(FULL_DISK, windows)


LIMITED = """
import resource, signal, sys
from pathlib import Path
from worldbase.errors import StorageError
from worldflux.documents.episode import EpisodeRecord
from worldflux.episodes import stream

limit, stream._BLOCK_BYTES = int(sys.argv[2]), int(sys.argv[3])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    with stream.LinesWriter(Path(sys.argv[1])) as writer:
        for number in range(20):
            writer.write([EpisodeRecord(index, "t", 0, "success") for index in range(100)])
except StorageError as error:
    print(error.code, error.exit_code)
else:
    print("written", writer.written.size)
"""


class TestLimits:
    @staticmethod
    def _written(path: Path, limit: int, block: int) -> str:
        command = [sys.executable, "-c", LIMITED, str(path), str(limit), str(block)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        assert not done.stderr
        return done.stdout.strip()

    @pytest.mark.parametrize("block", [1, 4_000_000], ids=["small blocks", "one block"])
    def test_a_file_that_takes_only_a_part_is_a_storage_error(self, tmp_path: Path, block: int) -> None:
        whole = self._written(tmp_path / "whole.jsonl", 10_000_000, block)
        size = (tmp_path / "whole.jsonl").stat().st_size
        assert whole == f"written {size}"
        for limit in (size - 1, size // 2):
            # The last write is taken in part: a short write is not an error of the system call, and must become one.
            assert self._written(tmp_path / f"{limit}.jsonl", limit, block) == "file.unwritable 5"


class TestReading:
    @pytest.mark.parametrize("read_bytes", [1, 200, 4_000_000])
    @pytest.mark.parametrize("count", [0, 1, 500])
    def test_what_was_written_is_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int, read_bytes: int
    ) -> None:
        monkeypatch.setattr(stream, "_READ_BYTES", read_bytes)
        path = tmp_path / "lines.jsonl"
        with LinesWriter(path) as writer:
            writer.write(records(count))
        windows = list(read_lines(path, EpisodeRecord))
        assert [record for window in windows for record in window] == records(count)
        assert count < 500 or read_bytes > 200 or len(windows) > 1

    @pytest.mark.parametrize(
        "line",
        [
            b"{",
            b"[]",
            b'{"episode_index": -1, "task": "t", "run_seed": 0, "outcome": "success"}',
            b'{"episode_index": 1, "task": "t", "run_seed": 0, "outcome": "won"}',
            b'{"episode_index": 1, "task": "t", "run_seed": 0, "outcome": "success", "score": 1}',
            b'{"episode_index": 1, "task": "\xff", "run_seed": 0, "outcome": "success"}',
            b'{"episode_index": 1, "task": "t", "run_seed": 0, "outcome": "success", "sum_reward": NaN}',
        ],
        ids=["syntax", "a list", "a negative index", "an outcome", "an extra field", "not UTF-8", "NaN"],
    )
    @pytest.mark.parametrize("read_bytes", [1, 4_000_000])
    def test_a_changed_line_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: bytes, read_bytes: int
    ) -> None:
        monkeypatch.setattr(stream, "_READ_BYTES", read_bytes)
        path = tmp_path / "lines.jsonl"
        lines: list[Any] = [msgspec.json.encode(record) for record in records(30)]
        lines[16] = line
        path.write_bytes(b"\n".join(lines) + b"\n")
        with pytest.raises(PackageError) as caught:
            list(read_lines(path, EpisodeRecord))
        assert caught.value.code == "episodes.invalid"
        assert str(caught.value.where) == "lines.jsonl:17"

    def test_a_file_cut_in_the_middle_of_a_line_is_named_there(self, tmp_path: Path) -> None:
        path = tmp_path / "lines.jsonl"
        with LinesWriter(path) as writer:
            writer.write(records(10))
        path.write_bytes(path.read_bytes()[:-20])
        with pytest.raises(PackageError) as caught:
            list(read_lines(path, EpisodeRecord))
        assert str(caught.value.where) == "lines.jsonl:10"
