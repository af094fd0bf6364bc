"""Lines of episodes, read as strictly as documents: what two JSON readers could take differently is refused."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Callable
from typing import Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.worldflux.verify.packages import tasks_package
from tests.worldflux.verify.recomputing import Files, lines_of, members_of, recomputed, refusal, with_episodes
from worldbase import digest
from worldflux.documents.episode import DetailedEpisode, EpisodeRecord
from worldflux.errors import GateError
from worldflux.package import layout
from worldflux.verify.episode_lines import MAX_LINE_BYTES, DetailedLine, EpisodeLines, PlainLine

PLAIN: Final = b'{"episode_index":0,"task":"t","run_seed":0,"outcome":"success"}'
THIRD: Final = 3
Edit = Callable[[bytes], bytes]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return tasks_package(tmp_path_factory.mktemp("tasks") / "place")


def third_line(files: Files, edit: Edit) -> Files:
    lines = lines_of(files)
    lines[THIRD - 1] = edit(lines[THIRD - 1].rstrip(b"\n")) + b"\n"
    return with_episodes(files, b"".join(lines))


def read(data: bytes) -> list[EpisodeRecord]:
    return [record for window in EpisodeLines(io.BytesIO(data)).windows() for record in window.records]


def spaced(line: bytes) -> bytes:
    return json.dumps(json.loads(line), separators=(" , ", " : ")).encode()


def reordered(line: bytes) -> bytes:
    return json.dumps(dict(reversed(json.loads(line).items())), separators=(",", ":")).encode()


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (lambda line: line[:-1] + b',"outcome":"failure"}', "json.duplicate_key"),
        (lambda line: line[:-1] + b',"outcome":"success"}', "json.duplicate_key"),
        (lambda line: line[:-1] + b',"score":NaN}', "json.not_finite"),
        (lambda line: line[:-1] + b',"steps":9007199254740993}', "json.integer_range"),
        (lambda line: line[:-1] + b',"score":1e400}', "json.overflow"),
        (lambda line: line[:-1] + b',"score":0.1000000000000000000001}', "json.inexact"),
        (lambda line: line[:-1] + b',"variant":"\\ud800"}', "json.surrogate"),
        (lambda line: line[:-1] + b',"variant":"\xff"}', "json.encoding"),
        (lambda line: b"\xef\xbb\xbf" + line, "json.bom"),
        (lambda line: line + line, "json.trailing"),
        (lambda line: line[:-9], "json.syntax"),
        (lambda line: b"", "json.syntax"),
        (lambda line: line[:-1] + b',"extra":{"a":1,"a":2}}', "json.duplicate_key"),
    ],
)
def test_what_is_not_strict_json(files: Files, edit: Edit, code: str) -> None:
    error = refusal(members_of(third_line(files, edit)))
    assert (error.gate, error.exit_code) == ("json", 11)
    assert error.code == code
    assert error.where is not None
    assert (error.where.file, error.where.line) == (layout.EPISODES, THIRD)


@pytest.mark.parametrize(
    ("edit", "pointer"),
    [
        (lambda line: line[:-1] + b',"colour":"red"}', None),
        (lambda line: line.replace(b'"success","', b'"won","').replace(b'"failure","', b'"lost","'), "/outcome"),
        (lambda line: line[:-1] + b',"variant":null}', "/variant"),
        (lambda line: line.replace(b'"run_seed":0', b'"run_seed":"0"'), "/run_seed"),
        (lambda line: line.replace(b'"episode_index":2', b'"episode_index":-2'), "/episode_index"),
        (lambda line: line.replace(b'"episode_index":2', b'"episode_index":2.5'), "/episode_index"),
        (lambda line: b"[1]", None),
        (lambda line: b"{}", None),
        (lambda line: line[:-1] + b',"extra":{"a":[1]}}', "/extra"),
    ],
)
def test_what_is_no_episode(files: Files, edit: Edit, pointer: str | None) -> None:
    changed = third_line(files, edit)
    assert changed[layout.EPISODES] != files[layout.EPISODES]
    error = refusal(members_of(changed))
    assert (error.gate, error.exit_code, error.code) == ("schema", 12, "schema.episode_line")
    assert error.where is not None
    assert (error.where.file, error.where.line) == (layout.EPISODES, THIRD)
    assert pointer is None or str(error.where.pointer).startswith(pointer)


@pytest.mark.parametrize("edit", [spaced, reordered, lambda line: line + b"\r", lambda line: b" " + line])
def test_a_line_that_is_only_written_otherwise_is_accepted(files: Files, edit: Edit) -> None:
    changed = third_line(files, edit)
    assert changed[layout.EPISODES] != files[layout.EPISODES]
    assert recomputed(members_of(changed)).episodes == len(lines_of(files))


def test_the_last_line_need_not_end(files: Files) -> None:
    unended = with_episodes(files, files[layout.EPISODES].rstrip(b"\n"))
    assert recomputed(members_of(unended)).episodes == len(lines_of(files))


def test_an_empty_file_has_no_episode() -> None:
    assert read(b"") == []


@pytest.mark.parametrize("shift", [-1, 0, 1])
def test_a_line_is_a_mebibyte_long_at_most(shift: int) -> None:
    head = PLAIN[:-1] + b',"extra":{"a":"'
    line = head + b"x" * (MAX_LINE_BYTES + shift - len(head) - 3) + b'"}}'
    assert len(line) == MAX_LINE_BYTES + shift
    for data in (line + b"\n", line, PLAIN + b"\n" + line + b"\n"):
        if shift <= 0:
            assert len(read(data)) == data.count(b'"outcome"')
        else:
            with pytest.raises(GateError) as caught:
                read(data)
            assert (caught.value.gate, caught.value.code) == ("json", "json.line_size")


def test_a_line_that_never_ends_is_not_kept() -> None:
    """However large the file: what has been read of a line that is too long is given up at once."""

    class Endless(io.RawIOBase):
        taken = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: object) -> int:
            view = memoryview(buffer)  # type: ignore[arg-type]
            view[:] = b"x" * len(view)
            self.taken += len(view)
            return len(view)

    endless = Endless()
    lines = EpisodeLines(io.BufferedReader(endless))
    with pytest.raises(GateError, match="longer than"):
        list(lines.windows())
    assert endless.taken <= 2 * MAX_LINE_BYTES


def test_memory_does_not_grow_with_the_file() -> None:
    data = b"".join(PLAIN.replace(b":0,", b":%d," % number, 1) + b"\n" for number in range(100_000))
    stream, counted = io.BytesIO(data), 0
    tracemalloc.start()
    try:
        lines = EpisodeLines(stream)
        for window in lines.windows():
            counted += len(window.records)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert counted == lines.count == 100_000
    assert lines.sha256 == digest.of_bytes(data)
    assert peak < 8 * 1024 * 1024


def test_lines_are_read_as_they_are_written() -> None:
    """The bounds of integers leave the order of the fields alone: else no line would be what its record gives."""
    assert PlainLine.__struct_fields__ == EpisodeRecord.__struct_fields__
    assert DetailedLine.__struct_fields__ == DetailedEpisode.__struct_fields__


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
integers = st.integers(-(2**53) + 1, 2**53 - 1)
naturals = st.integers(0, 2**53 - 1)
floats = st.floats(allow_nan=False, allow_infinity=False)
fields = st.fixed_dictionaries(
    {
        "episode_index": naturals,
        "task": texts,
        "run_seed": integers,
        "outcome": st.sampled_from(["success", "skipped"]),
    },
    optional={
        "seed": integers,
        "sum_reward": floats,
        "success": st.booleans(),
        "locator": texts,
        "steps": naturals,
        "score": floats,
        "extra": st.dictionaries(texts, texts | integers | floats | st.booleans(), max_size=3),
    },
)


@given(st.lists(fields, min_size=1, max_size=6))
def test_every_line_that_an_audit_writes_is_strict(values: list[dict[str, object]]) -> None:
    """What is accepted at a glance is what the strict reader accepts, and says the same."""
    records = [msgspec.convert(value, DetailedEpisode) for value in values]
    data = msgspec.json.Encoder().encode_lines(records)
    at_a_glance = EpisodeLines(io.BytesIO(data))._fast(data)
    assert at_a_glance is not None
    slowly = read(b"".join(b" " + line + b"\n" for line in data.split(b"\n") if line))
    assert list(map(msgspec.to_builtins, at_a_glance)) == list(map(msgspec.to_builtins, slowly))
