"""The sources `csv` and `parquet`: a table with one row per episode, and a document that says what its columns mean."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Final

from msgspec import UNSET

from worldbase.errors import EnvironmentMissingError, Where
from worldbase.redact import redact_text
from worldflux.benchmarks.planned_grid import PlannedGrid
from worldflux.documents.column_mapping import ColumnMapping
from worldflux.errors import SourceError
from worldflux.sources.builtin.table.columns import NUMBERS, Layout, RowReader, by_canonical_names, laid_out
from worldflux.sources.builtin.table.runs import (
    ROWS_AT_ONCE,
    OpenedTable,
    Table,
    TablePart,
    mapping_file_of,
    mapping_of,
)
from worldflux.sources.contract import SourceInput
from worldflux.sources.reading.csv_rows import CsvTable, NumberedRow
from worldflux.sources.recorded import RecordedSource
from worldflux.sources.recorded_file import RecordedFile, label_of
from worldflux.sources.sighting import Sample, Sighting

_MAGIC: Final = b"PAR1"


class TableSource(RecordedSource):
    """Reads tables with one row per episode."""

    adapter_version: ClassVar[str] = "1"
    needed_facts: ClassVar[tuple[str, ...]] = ("evaluator_version", "max_steps", "policy_revision")

    @abstractmethod
    def open_table(self, path: Path, mapping: ColumnMapping | None, label: str) -> tuple[Table, Layout]:
        """Open a file and find its columns."""

    def open_file(self, number: int, given: SourceInput, grid: PlannedGrid) -> RecordedFile:
        """Open a table of one run."""
        return self.open_parts(number, given, grid)[0]

    def open_parts(self, number: int, given: SourceInput, grid: PlannedGrid) -> Sequence[RecordedFile]:
        """Open a table, as many runs as it has run seeds."""
        opened = OpenedTable(given, *self.open_table(given.path, mapping_of(given.path), label_of(given)))
        return [
            TablePart(number + position, opened, grid, self.name, run_seed, part)
            for position, (run_seed, part) in enumerate(opened.parts.items())
        ]

    def sections(self, path: Path) -> tuple[str, ...]:
        """The evaluations, where a column names several."""
        mapping, label = mapping_of(path), redact_text(path.name)
        if mapping is None or mapping.columns.run is UNSET:
            return ()
        table, layout = self.open_table(path, mapping, label)
        reader = RowReader(layout, label)
        runs = dict.fromkeys(reader.run(row.cells) or "" for row in table.rows())
        return tuple(runs) if len(runs) > 1 else ()


class CsvSource(TableSource):
    """Reads CSV tables."""

    name: ClassVar[str] = "csv"
    file_patterns: ClassVar[tuple[str, ...]] = ("*.csv", "*.tsv")

    def open_table(self, path: Path, mapping: ColumnMapping | None, label: str) -> tuple[Table, Layout]:
        """Open a file; its header tells what separates the columns, unless the mapping does."""
        delimiter = mapping.delimiter if mapping else UNSET
        table = CsvTable(path, label, "" if delimiter is UNSET else delimiter)
        return table, laid_out(table.header, mapping, label)

    def sight(self, sample: Sample) -> Sighting | None:
        """Recognise a table that somebody explained, or whose columns bear our own names."""
        if not sample.name.lower().endswith((".csv", ".tsv")) or not sample.size:
            return None
        if mapping_file_of(sample.path):
            return _sighting(self.name, 0.9, "a columns.json beside it says what its columns mean")
        header = sample.head.partition(b"\n")[0].decode("utf-8", "replace").lstrip("\ufeff").strip()
        names = max((header.split(mark) for mark in ",;\t"), key=len)
        found = by_canonical_names([name.strip().strip('"') for name in names])
        known = found.columns.named() if found else {}
        if not {"task", "episode_index"} & known.keys():
            return None
        return _sighting(self.name, 0.6, f"columns {', '.join(known.values())}")


class ParquetSource(TableSource):
    """Reads Parquet tables."""

    name: ClassVar[str] = "parquet"
    file_patterns: ClassVar[tuple[str, ...]] = ("*.parquet",)

    def open_table(self, path: Path, mapping: ColumnMapping | None, label: str) -> tuple[Table, Layout]:
        """Open a file; only the columns that mean something will be read."""
        table = ParquetTable(path, label)
        layout = laid_out(table.header, mapping, label)
        columns = layout.mapping.named()
        table.header, table.numbers = list(columns.values()), {columns[name] for name in NUMBERS if name in columns}
        return table, layout._replace(places={name: place for place, name in enumerate(layout.places)})

    def sight(self, sample: Sample) -> Sighting | None:
        """Recognise a table that somebody explained, or whose footer holds our own names."""
        if not sample.name.lower().endswith(".parquet") or sample.head[:4] != _MAGIC or sample.tail[-4:] != _MAGIC:
            return None
        if mapping_file_of(sample.path):
            return _sighting(self.name, 0.9, "a columns.json beside it says what its columns mean")
        if b"success" in sample.tail and b"episode_index" in sample.tail:
            return _sighting(self.name, 0.55, "columns success and episode_index")
        return None


class ParquetTable:
    """A Parquet file, read in batches; its rows come as the texts that a CSV file would hold."""

    ends_with_newline = True  # its end is checked by the format
    numbers: Collection[str] = ()
    """Columns in which NaN is a value that somebody wrote; in others it stands for none, as pandas has it."""

    def __init__(self, path: Path, label: str) -> None:
        self._path, self._label = path, label
        with self._opened() as file:
            self.header: list[str] = list(file.schema_arrow.names)
        self.size = path.stat().st_size

    def rows(self) -> Iterator[NumberedRow]:
        """Yield the rows with the columns of the header, in its order.

        Raises:
            SourceError: `source.csv.not_parquet`.
        """
        number = 0
        with self._opened() as file:
            for batch in file.iter_batches(batch_size=ROWS_AT_ONCE, columns=self.header):
                columns = [_texts(batch.column(name), keeps_nan=name in self.numbers) for name in self.header]
                for cells in zip(*columns, strict=True):
                    number += 1
                    yield NumberedRow(list(cells), number)

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        try:
            from pyarrow import ArrowException  # type: ignore[import-untyped]
            from pyarrow.parquet import ParquetFile  # type: ignore[import-untyped]
        except ImportError:
            raise EnvironmentMissingError(
                "reading Parquet needs pyarrow, which is not installed",
                code="source.csv.no_pyarrow",
                hint="pip install 'worldflux[parquet]'",
            ) from None
        try:
            with ParquetFile(self._path, memory_map=False, page_checksum_verification=True) as file:
                yield file
        except (ArrowException, OSError, UnicodeDecodeError) as error:
            raise SourceError(
                f"not a Parquet file that can be read: {redact_text(str(error).partition('.')[0])[:200]}",
                code="source.csv.not_parquet",
                where=Where(self._label),
                hint="Was the file cut off? Only flat columns of numbers, truth values, texts and times can be mapped.",
            ) from None


def _texts(column: Any, *, keeps_nan: bool) -> list[str | None]:
    """Cells as the texts that a CSV file would hold, so that one rule reads both."""
    from pyarrow import string, types

    kind = column.type
    if types.is_boolean(kind):
        return [None if value is None else str(value).lower() for value in column.to_pylist()]
    if types.is_integer(kind) or types.is_floating(kind):
        values = column.to_pylist()
        return [None if value is None or (value != value and not keeps_nan) else str(value) for value in values]
    texts: list[str | None] = column.cast(string()).to_pylist()
    return texts


def _sighting(source: str, confidence: float, reason: str) -> Sighting:
    return Sighting(source=source, format=f"{source}.table", confidence=confidence, reasons=(redact_text(reason),))


CSV: Final = CsvSource()
PARQUET: Final = ParquetSource()
