"""Paths that stay where they belong, on every system."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from worldbase import safepath
from worldbase.errors import InputError, Where


@pytest.mark.parametrize(
    "text",
    [
        "evidence.json",
        "videos/pusht_0/eval_episode_0.mp4",
        ".hidden",
        "a b/c d.txt",
        "café/赤いカップ.json",
        "console.txt",
        "communication/com10",
        "x" * 255,
        "100%",
    ],
)
def test_plain_relative_names_are_safe(text: str) -> None:
    assert safepath.fault_of(text) is None
    assert safepath.relative(text) == PurePosixPath(text)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param("", "empty", id="nothing"),
        pytest.param("/etc/shadow", "absolute", id="absolute"),
        pytest.param("../x", "climbs", id="climbs"),
        pytest.param("a/../../b", "climbs", id="climbs later"),
        pytest.param("a/./b", "climbs", id="dot"),
        pytest.param("a//b", "absolute", id="empty component"),
        pytest.param("a/", "absolute", id="slash at the end"),
        pytest.param("..\\x", "specially", id="backslash"),
        pytest.param("C:x", "specially", id="drive"),
        pytest.param("a?.json", "specially", id="wildcard"),
        pytest.param("a/~root", "specially", id="home"),
        pytest.param("eval\u2215info.json", "specially", id="division slash"),
        pytest.param("eval\u2044info.json", "specially", id="fraction slash"),
        pytest.param("eval\u29f8info.json", "specially", id="big solidus"),
        pytest.param("eval\uff0finfo.json", "Unicode form", id="full-width slash"),
        pytest.param("cafe\u0301", "Unicode form", id="decomposed"),
        pytest.param("\ufb01le.json", "Unicode form", id="ligature"),
        pytest.param("a\x00", "control", id="NUL"),
        pytest.param("a\nb", "control", id="line break"),
        pytest.param("a\u202eb", "control", id="right to left"),
        pytest.param("a\u200bb", "control", id="zero width"),
        pytest.param("evidence\ufe0f.json", "control", id="variation selector"),
        pytest.param("evidence\u115f.json", "control", id="filler"),
        pytest.param("evi\u2800dence.json", "control", id="blank of Braille"),
        pytest.param("a\u00a0b", "control", id="no-break space"),
        pytest.param("a\ud800", "control", id="surrogate"),
        pytest.param(" a", "space or a dot", id="space in front"),
        pytest.param("a /b", "space or a dot", id="space at a component's end"),
        pytest.param("evidence.json.", "space or a dot", id="dot at the end"),
        pytest.param("CON", "reserved", id="CON"),
        pytest.param("a/aux.json", "reserved", id="aux.json"),
        pytest.param("Lpt9.tar.gz", "reserved", id="Lpt9.tar.gz"),
        pytest.param("nul .txt", "reserved", id="blank after the stem"),
        pytest.param("conout$", "reserved", id="conout$"),
        pytest.param("x" * 256, "too long", id="256 letters"),
        pytest.param("赤" * 86, "too long", id="258 bytes"),
    ],
)
def test_everything_else_is_refused_for_its_reason(text: str, fault: str) -> None:
    assert fault in (safepath.fault_of(text) or "safe")
    with pytest.raises(InputError) as caught:
        safepath.relative(text, file="manifest.json")
    assert (caught.value.code, caught.value.where) == ("path.unsafe", Where("manifest.json"))
    assert str(caught.value).isprintable()


def _file(path: Path) -> None:
    path.write_bytes(b"")


def _link(path: Path) -> None:
    _file(path.with_name("other"))
    path.symlink_to("other")


@pytest.mark.parametrize(
    ("make", "regular"),
    [(_file, True), (_link, False), (Path.mkdir, False), (os.mkfifo, False), (lambda path: None, False)],
    ids=["file", "link to a file", "folder", "pipe", "nothing"],
)
def test_only_a_file_itself_is_a_regular_file(make: Callable[[Path], None], regular: bool, tmp_path: Path) -> None:
    make(tmp_path / "it")
    assert safepath.is_regular(tmp_path / "it") is regular
