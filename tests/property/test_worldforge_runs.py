"""Laws of kept runs: what is kept is read back, and nothing that a run says can crash who reads it."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worldforge.runs.kept import kept, started
from tests.worldforge.runs.test_preserved import OLDER
from worldbase.redact import is_clean
from worldbase.tables import visible
from worldforge.errors import WorldForgeError
from worldforge.runs.index import index
from worldforge.runs.index_render import as_text
from worldforge.runs.manifest import FOLDERS, MANIFEST
from worldforge.runs.preserved import list_runs, open_run, read_manifest
from worldforge.runs.shown import shown, shown_text
from worldforge.runs.verify import verification_text, verify_run
from worldforge.values.command_line import recorded

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from([*OLDER, "files", "argv", "input_digest", "replay_of"])


@settings(max_examples=150, deadline=None)
@given(changes=st.dictionaries(FIELDS, JSON, max_size=4))
def test_no_manifest_crashes_who_reads_it(changes: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as name:
        run = Path(name) / "runs" / str(OLDER["run_id"])
        run.mkdir(parents=True)
        (run / MANIFEST).write_text(json.dumps({**OLDER, **changes}))
        (listed,) = list_runs(Path(name))
        assert (listed.manifest is None) == (listed.state == "unreadable")
        for output_format in ("text", "json", "markdown", "csv"):
            as_text(index(Path(name)), output_format)
        for text in _texts(run):
            assert all(line.isprintable() for line in text.splitlines())


def _texts(run: Path) -> list[str]:
    """What a person reads of a run: its page and its verification, or why there is none."""
    try:
        return [shown_text(shown(open_run(run))), verification_text(verify_run(run))]
    except WorldForgeError as refused:
        return [visible(str(refused))]


SUSPECT = ["--api-key", "--token", "/home/alice/x", "hunter2hunter2"]
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,10}\.(json|md|bin)", fullmatch=True)
FILES = st.dictionaries(st.tuples(st.sampled_from(FOLDERS), NAMES).map("/".join), st.binary(max_size=200), max_size=5)


@settings(max_examples=40, deadline=None)
@given(files=FILES)
def test_what_is_kept_is_intact_until_a_byte_of_it_changes(files: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as name:
        with started(Path(name)) as run:
            for path, data in files.items():
                run.write(path, path, data)
            run.finish("completed", result_summary={})
        manifest = read_manifest(run.path)
        assert isinstance(manifest.files, dict)
        assert set(manifest.files) == set(files)
        assert verify_run(run.path).differences == []
        for path, data in files.items():
            (run.path / path).write_bytes(data + b"\n")
            assert [difference.path for difference in verify_run(run.path).differences] == [path]
            (run.path / path).write_bytes(data)


@settings(max_examples=100, deadline=None)
@given(
    argv=st.lists(st.text(max_size=30) | st.sampled_from(["--api-key", "--token", "/home/alice/x", "hunter2hunter2"]))
)
def test_a_recorded_command_has_as_many_arguments_and_is_clean(argv: list[str]) -> None:
    told = recorded(argv)
    assert len(told) == len(argv)
    assert all(is_clean(argument) for argument in told)
    assert recorded(told) == told


def test_an_opened_run_is_what_was_kept() -> None:
    with tempfile.TemporaryDirectory() as name:
        run = kept(Path(name))
        assert open_run(run).manifest == read_manifest(run)
