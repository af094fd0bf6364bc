"""Laws of writing files and folders."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from worldbase import files, safepath
from worldbase.errors import UsageError

NAMES = st.text(min_size=1, max_size=85).filter(lambda text: safepath.fault_of(text) is None and "/" not in text)
CONTENTS = st.dictionaries(st.sampled_from("abcd"), st.binary(max_size=20), min_size=1)


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@settings(max_examples=40)
@given(NAMES, st.lists(st.binary(max_size=50), min_size=1, max_size=3))
def test_a_file_holds_what_was_written_last_under_any_safe_name(name: str, versions: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for data in versions:
            files.write_atomic(Path(folder) / name, data)
        assert content(Path(folder)) == {name: versions[-1]}


@settings(max_examples=40)
@given(NAMES, CONTENTS, CONTENTS)
def test_a_folder_is_replaced_whole_under_any_safe_name(
    name: str, old: dict[str, bytes], new: dict[str, bytes]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / name
        for members in (old, new):
            with files.StagedFolder(target, overwrite=True) as staged:
                for member, data in members.items():
                    (staged.path / member).write_bytes(data)
                staged.commit()
        assert content(target) == new
        assert [path.name for path in Path(folder).iterdir()] == [name]


class Writers(RuleBasedStateMachine):
    """Any order of writing, giving up, refusing and recovering leaves one whole folder or none."""

    @initialize()
    def start(self) -> None:
        self.room = tempfile.TemporaryDirectory()
        self.target = Path(self.room.name) / "package"
        self.expected: dict[str, bytes] | None = None

    @rule(members=CONTENTS, overwrite=st.booleans(), commits=st.booleans())
    def write(self, members: dict[str, bytes], overwrite: bool, commits: bool) -> None:
        try:
            with files.StagedFolder(self.target, overwrite=overwrite) as staged:
                for member, data in members.items():
                    (staged.path / member).write_bytes(data)
                if commits:
                    staged.commit()
        except UsageError:
            assert self.expected is not None
            assert not overwrite
        else:
            assert overwrite or self.expected is None or not commits
            if commits:
                self.expected = members

    @rule()
    def recover(self) -> None:
        files.recover(self.target)

    @rule(name=st.sampled_from(["package.staging-x", ".package.staging-dead"]))
    def abandon(self, name: str) -> None:
        (self.target.with_name(name)).mkdir(exist_ok=True)

    @invariant()
    def the_folder_is_what_was_committed_last(self) -> None:
        assert (content(self.target) if self.target.exists() else None) == self.expected

    def teardown(self) -> None:
        self.room.cleanup()


TestWriters = Writers.TestCase
TestWriters.settings = settings(max_examples=25, stateful_step_count=12, deadline=None)
