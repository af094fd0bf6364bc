"""The runs of a workspace, newest first, each read when it is looked at: a thousand of them open at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from worldforge.runs.index import IndexedRun, indexed
from worldforge.runs.preserved import listed, run_ids
from worldforge.runs.workspace import RUNS
from worldforge.view.words import gate_word, state_word

_UNITS: Final = ((365 * 86400, "y"), (30 * 86400, "mo"), (86400, "d"), (3600, "h"), (60, "min"))


class Shelf:
    """The runs of a workspace.

    Args:
        workspace: Folder that holds `runs/`.
        clock: Seconds since 1970, to tell how old runs are.
    """

    def __init__(self, workspace: Path, *, clock: Callable[[], float] = time.time) -> None:
        self.workspace = workspace
        self._clock = clock
        self._ids: list[str] = []
        self._read: dict[str, IndexedRun] = {}

    @property
    def ids(self) -> Sequence[str]:
        """Ids of all runs, newest first, as of the last `reload`."""
        return self._ids

    def reload(self) -> None:
        """Look again which runs there are, and forget what was read.

        Raises:
            WorldForgeError: `run.unreadable`.
        """
        self._ids = run_ids(self.workspace)[::-1]
        self._read = {}

    def path(self, run_id: str) -> Path:
        """The folder of a run."""
        return self.workspace / RUNS / run_id

    def run(self, run_id: str) -> IndexedRun:
        """What the manifest of a run says; read once."""
        found = self._read.get(run_id)
        if found is None:
            found = self._read[run_id] = indexed(listed(self.path(run_id)))
        return found

    def holds(self, run_id: str, words: str) -> bool:
        """Whether a run holds all of some words: in its id, kind, state, provider, operation, gate or command."""
        wanted = words.casefold().split()
        if not wanted:
            return True
        text = _searched(self.run(run_id))
        return all(word in text for word in wanted)

    def age(self, run_id: str) -> str:
        """How long ago a run was made, by its id: `5 min`, `3 d`; nothing where the id tells no time."""
        try:
            made = datetime.strptime(run_id[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
        except ValueError:
            return ""
        seconds = self._clock() - made
        for length, unit in _UNITS:
            if seconds >= length:
                return f"{int(seconds // length)} {unit}"
        return "now" if seconds > -60 else "later"


def _searched(run: IndexedRun) -> str:
    gate = f"gate {gate_word(run.budget_passed)}" if run.budget_passed is not None else ""
    parts = (run.run_id, run.kind, state_word(run.state), run.provider, run.operation, gate, run.command)
    return " ".join(parts).casefold()
