"""A table's rows as runs: one evaluation out of several, and one run per run seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, islice
from pathlib import Path
from typing import Final, Protocol

import msgspec
from msgspec import UNSET

from worldbase import digest, document, safepath
from worldbase.errors import Where
from worldbase.redact import redact_text
from worldflux.benchmarks.planned_grid import PlannedGrid
from worldflux.documents.audit_input import Finding
from worldflux.documents.column_mapping import ColumnMapping
from worldflux.documents.episode import DetailedEpisode, SeedProvenance
from worldflux.documents.manifests import RawEvidence
from worldflux.documents.run_info import RunInfo
from worldflux.episodes.cells import CellCounter
from worldflux.errors import SourceError
from worldflux.sources.builtin.table.columns import Layout, RowReader, clean, listed
from worldflux.sources.contract import SourceInput
from worldflux.sources.reading.csv_rows import NumberedRow
from worldflux.sources.recorded_file import RecordedFile, label_of

MOST_RUNS: Final = 100
ROWS_AT_ONCE: Final = 2_048
COLUMNS: Final = "columns.json"

_SHOWN: Final = 10


def mapping_file_of(table: Path) -> Path | None:
    """The document that says what a table's columns mean: `TABLE.columns.json`, else `columns.json`, beside it."""
    beside = (table.with_name(f"{table.name}.{COLUMNS}"), table.with_name(COLUMNS))
    return next((path for path in beside if safepath.is_regular(path)), None)


def mapping_of(table: Path) -> ColumnMapping | None:
    """What it says.

    Raises:
        InputError: It is no such document.
    """
    file = mapping_file_of(table)
    return document.load(file, ColumnMapping, file=redact_text(file.name)).document if file else None


class Table(Protocol):
    """A file with a header and rows."""

    @property
    def header(self) -> list[str]:
        """Names of the columns."""

    @property
    def size(self) -> int:
        """Bytes of the file."""

    @property
    def ends_with_newline(self) -> bool:
        """Whether the end of the file shows that the last row is whole."""

    def rows(self) -> Iterator[NumberedRow]:
        """Yield the rows."""


@dataclass(slots=True)
class Part:
    """One evaluation, and one replicate of it, among the rows.

    Attributes:
        tasks: First and last episode index, by task; None stands for a task that no row names.
    """

    rows: int = 0
    tasks: dict[str | None, tuple[int, int]] = field(default_factory=dict)
    played: Counter[str | None] = field(default_factory=Counter)

    def place(self, task: str | None, index: int | None) -> int:
        """Enter a row and return its episode index: what the row says, else its place among the task's rows."""
        own = self.played[task] if index is None else index
        self.played[task] += 1
        self.rows += 1
        first, last = self.tasks.get(task, (own, own))
        self.tasks[task] = (min(first, own), max(last, own))
        return own


class OpenedTable:
    """A table whose columns are understood.

    Attributes:
        run: The evaluation that was selected, where a column names several.
        runs: Names of all of them, safe to show.
        parts: The replicates of the selected one, by run seed; None where nothing says which.
    """

    def __init__(self, given: SourceInput, table: Table, layout: Layout) -> None:
        self.given = given
        self.label = label_of(given)
        self.table = table
        self.layout = layout
        self.reader = RowReader(layout, self.label)
        self.run: str | None = None
        self.runs, self.parts = self._survey()

    @cached_property
    def sha256(self) -> str:
        """Digest of the file."""
        return digest.of_file(self.given.path)

    @cached_property
    def content(self) -> str:
        """Digest of all cells, whatever separates them and in whatever order the columns stand."""
        order = sorted(range(len(self.table.header)), key=self.table.header.__getitem__)
        names = [self.table.header[place] for place in order]
        rows = ([(row.cells[place] or "").strip() for place in order] for row in self.table.rows())
        return digest.of_pieces(msgspec.json.encode(cells) + b"\n" for cells in chain([names], rows))

    def part_of(self, row: NumberedRow) -> tuple[str | None, int | None]:
        """Which evaluation and which replicate a row belongs to."""
        return self.reader.run(row.cells), self.reader.run_seed(row.cells, row.line)

    def _survey(self) -> tuple[list[str], dict[int | None, Part]]:
        """Names of the evaluations, and the replicates of the one that is wanted."""
        wanted, runs = self.given.declared.select, dict[str | None, dict[int | None, Part]]()
        for row in self.table.rows():
            run, run_seed = self.part_of(row)
            part = runs.setdefault(run, {}).setdefault(run_seed, Part())
            part.place(self.reader.task(row.cells, row.line), self.reader.episode_index(row.cells, row.line))
            if len(runs) > MOST_RUNS or len(runs[run]) > MOST_RUNS:
                raise self._too_many_runs(row.line)
        if not runs:
            raise SourceError(
                "the table has a header and no rows",
                code="source.csv.no_rows",
                where=Where(self.label),
                hint="The evaluation may have been killed before it wrote.",
            )
        names = [redact_text(run) for run in runs if run is not None]
        chosen = list(runs) if wanted is UNSET else [run for run in runs if run == wanted]
        if wanted is not UNSET and not chosen:
            # A name that had to be made safe to show is chosen by what was shown, if only one is shown so.
            chosen = [run for run in runs if run is not None and redact_text(run) == wanted]
        if len(chosen) != 1:
            raise self._several_runs(names)
        self.run = chosen[0]
        return names, runs[chosen[0]]

    def _several_runs(self, names: list[str]) -> SourceError:
        shown = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
        return SourceError(
            f"the table holds {max(len(names), 1)} evaluation(s): {shown or 'unnamed'}",
            code="source.csv.several_runs",
            where=Where(self.label),
            hint=f"Say which one is claimed: --run-info {self.given.number}:select={names[0] if names else 'NAME'}",
        )

    def _too_many_runs(self, line: int) -> SourceError:
        return SourceError(
            f"there are more than {MOST_RUNS} evaluations or run seeds in the table",
            code="source.csv.too_many_runs",
            where=Where(self.label, line=line),
            hint="A run seed is a replicate of the whole run; a seed of each episode is `seed`.",
        )


class TablePart(RecordedFile):
    """The rows of one evaluation and one replicate."""

    def __init__(
        self, number: int, opened: OpenedTable, grid: PlannedGrid, source: str, run_seed: int | None, part: Part
    ) -> None:
        super().__init__(number, opened.given, grid)
        self._opened, self._own_seed, self._part = opened, run_seed, part
        self._source = source
        self._names: dict[str, tuple[str, SeedProvenance]] = {}
        self._not_numbers = Counter[str]()
        self.format = f"{source}.{'canonical' if opened.layout.inferred else 'mapped'}"
        self.size = opened.table.size
        self.seeds_are = "recorded" if "seed" in opened.layout.places else "unknown"
        self.recorded = self._facts()
        self._unnamed = self._task_of_all() if None in part.tasks else ("", "derived")

    @cached_property
    def sha256(self) -> str:
        """Digest of the whole table."""
        return self._opened.sha256

    @property
    def content(self) -> str:
        """Digest of the whole table's cells."""
        return self._opened.content

    @property
    def expected_episodes(self) -> int:
        """Number of rows."""
        return self._part.rows

    def extents(self) -> dict[str, tuple[int, int]]:
        """First and last episode index per task, as they were met when the table was opened."""
        return {self._named(task)[0]: extent for task, extent in self._part.tasks.items()}

    def episodes(self) -> Iterator[DetailedEpisode]:
        """Yield the rows, those of one task together as far as a window reaches."""
        place = Part()
        self._not_numbers.clear()
        rows = (self._episode(row, place) for row in self._opened.table.rows() if self._is_own(row))
        while chunk := list(islice(rows, ROWS_AT_ONCE)):
            yield from sorted(chunk, key=lambda record: record.task)

    def findings(self, counter: CellCounter) -> Iterator[Finding]:
        """What was left out, and what was understood without anybody saying so, for all runs by the first one."""
        layout = self._opened.layout
        if self._not_numbers:
            cells = ", ".join(f"{count:,} of {name}" for name, count in sorted(self._not_numbers.items()))
            yield Finding(
                code="source.csv.not_a_number",
                severity="warning",
                message=f"Cells that hold NaN are left out: {cells}. The outcomes of their rows are counted.",
                where=self.label,
            )
        if self._own_seed != next(iter(self._opened.parts)):
            return
        if layout.inferred:
            named = layout.mapping.named()
            yield Finding(
                code="source.csv.inferred_columns",
                severity="warning",
                message="No columns.json says what the columns mean; understood by their names: "
                f"{listed(named.values())}; not read: {listed(layout.unread) or 'none'}.",
                where=self.label,
            )
        if "episode_index" not in layout.places:
            yield Finding(
                code="source.csv.derived_index",
                severity="warning",
                message="No column numbers the episodes; they are numbered by their place among the rows of their "
                "task, so a row that is missing leaves no gap.",
                where=self.label,
            )
        if not self._opened.table.ends_with_newline:
            yield Finding(
                code="source.csv.no_final_newline",
                severity="warning",
                message="The file does not end with a line break: its last row, or rows after it, may be cut off.",
                where=self.label,
            )
        if len(self._opened.runs) > 1:
            yield Finding(
                code="source.csv.one_of_several",
                severity="warning",
                message=f"The table holds {len(self._opened.runs)} evaluations; {redact_text(str(self._opened.run))!r} "
                "was selected.",
                where=self.label,
            )

    def raw_evidence(self) -> Iterator[RawEvidence]:
        """The document that says what the columns mean."""
        file = mapping_file_of(self.given.path)
        if file:
            yield RawEvidence(
                id=f"{self.id}/columns",
                kind="run_info",
                name=redact_text(file.name),
                present=True,
                sha256=digest.of_file(file),
                size=file.stat().st_size,
            )

    def _is_own(self, row: NumberedRow) -> bool:
        return self._opened.part_of(row) == (self._opened.run, self._own_seed)

    def _episode(self, row: NumberedRow, place: Part) -> DetailedEpisode:
        reader = self._opened.reader
        own = reader.task(row.cells, row.line)
        task, provenance = self._named(own)
        index = place.place(own, reader.episode_index(row.cells, row.line))
        self._not_numbers.update(reader.not_numbers(row.cells))
        return reader.episode(
            row.cells,
            row.line,
            task=task,
            index=index,
            run_seed=self.run_seed,
            provenance=provenance,
            place=f"{'row' if self._source == 'parquet' else 'line'} {row.line}",
        )

    def _named(self, task: str | None) -> tuple[str, SeedProvenance]:
        if task is None:
            return self._unnamed
        if task not in self._names:
            recorded = "task" in self._opened.layout.places
            self._names[task] = self.grid.named_task(task), "recorded" if recorded else "declared"
        return self._names[task]

    def _task_of_all(self) -> tuple[str, SeedProvenance]:
        declared = self.given.declared.task
        if declared is not UNSET:
            return self.grid.named_task(clean(declared)), "declared"
        if len(self.grid.tasks) <= 1:
            return (self.grid.tasks[0] if self.grid.tasks else clean(self.given.path.stem)), "derived"
        raise SourceError(
            f"no column names the task, and the plan has {len(self.grid.tasks)}",
            code="source.csv.no_task",
            where=Where(self.label),
            hint=f"Name it: --run-info {self.given.number}:task=NAME, or in columns.json under constants.",
        )

    def _facts(self) -> RunInfo:
        """What the table states about its run. The selection tells the parts of one file apart."""
        limit = self._opened.layout.mapping.constants.max_steps
        parts = [text for text in (self._opened.run, self._own_seed) if text is not None]
        facts = RunInfo(max_steps=limit, select="/".join(map(str, parts)) if parts else UNSET)
        return facts if self._own_seed is None else facts.updated(RunInfo(run_seed=self._own_seed))
