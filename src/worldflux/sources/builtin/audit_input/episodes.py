"""The episodes of an audit input: counted as they stand there, handed on as they belong to this audit."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby, islice, repeat
from operator import attrgetter
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import UNSET

from worldbase.errors import Where
from worldbase.redact import redact_text, redact_value
from worldflux.benchmarks.planned_grid import unplanned_grid
from worldflux.documents.audit_input import Cell, Moments
from worldflux.documents.episode import DetailedEpisode, EpisodeRecord
from worldflux.episodes.cells import CellCounter
from worldflux.episodes.stream import read_lines
from worldflux.episodes.window import EpisodeWindow
from worldflux.errors import PackageError, SourceError
from worldflux.sources.builtin.audit_input.opened import ReadInput
from worldflux.sources.recorded_file import EPISODES_PER_WINDOW

_TOLERANCE: Final = 1e-9
_EPISODES_PER_BATCH: Final = 32_768
# Texts of an episode that may quote names.
_TEXTS: Final = (
    "instruction",
    "failure_reason",
    "failure_detail",
    "operator",
    "perturbation",
    "variant",
    "recorded_at",
    "extra",
)
_texts_of = attrgetter(*_TEXTS)
_NO_TEXTS: Final = (UNSET,) * len(_TEXTS)
# Places and ids as sources write them; a JSON pointer among them looks like a path and is none.
_PLACES: Final = ("locator", "input", "video")
_PLAIN_PLACE: Final = re.compile(
    r"[a-z]+ [0-9]+|(?:/[a-z_]+/[0-9]+)+|(?:[a-z-]+-[0-9]+/)*[a-z-]+-[0-9]+(?:/video/[0-9]+)?"
)
_POINTER: Final = re.compile(r"(?:/[^/\s]{1,200})+")
_ROOTS: Final = frozenset(["home", "Users", "root", "mnt", "media", "data", "scratch", "tmp", "var", "opt", "srv"])
_places_of = attrgetter(*_PLACES)


class _Place(NamedTuple):
    """What consecutive episodes have in common."""

    task: str
    seed: int
    owner: str


def windows_of(entry: ReadInput) -> Iterator[EpisodeWindow]:
    """Yield the episodes in windows of one task each.

    Raises:
        SourceError: `source.audit_input.cells_differ` once all have been counted.
    """
    recount, line = CellCounter(), 1
    owners = _owners(entry)
    for place, records in groupby(records_of(entry), key=lambda record: _place(record, next(owners))):
        for window in _cut(records):
            first = f"line {line}"
            recount.add(EpisodeWindow(place.task, place.seed, place.owner, window, first, entry.label))
            line += len(window)
            yield _handed_on(entry, EpisodeWindow(place.task, place.seed, place.owner, window, first, entry.label))
    _require_same_cells(entry, recount.cells(unplanned_grid()), line - 1)


def batches_of(entry: ReadInput) -> Iterator[EpisodeWindow]:
    """Yield the same windows where the order of episodes does not matter: those of some thousand lines task by task.

    A sheet whose rows change the task with every line would else give a window for each of them.

    Raises:
        SourceError: As `windows_of`.
    """
    recount, line = CellCounter(), 1
    rest = zip(records_of(entry), _owners(entry), strict=False)  # owners never end
    while batch := list(islice(rest, _EPISODES_PER_BATCH)):
        places: dict[_Place, list[EpisodeRecord]] = {}
        for record, owner in batch:
            places.setdefault(_place(record, owner), []).append(record)
        for place, records in places.items():
            window = EpisodeWindow(place.task, place.seed, place.owner, records, f"line {line} or after", entry.label)
            recount.add(window)
            yield _handed_on(entry, window)
        line += len(batch)
    _require_same_cells(entry, recount.cells(unplanned_grid()), line - 1)


def extents_of(entry: ReadInput) -> dict[int, dict[str, tuple[int, int]]]:
    """First and last episode index per run and task."""
    found: dict[int, dict[str, tuple[int, int]]] = {}
    for record in records_of(entry):
        tasks = found.setdefault(record.run_seed, {})
        first, last = tasks.get(record.task, (record.episode_index, record.episode_index))
        tasks[record.task] = (min(first, record.episode_index), max(last, record.episode_index))
    return found


def records_of(entry: ReadInput) -> Iterator[DetailedEpisode]:
    """Yield the episodes one by one.

    Raises:
        SourceError: `source.audit_input.episode_line`.
    """
    try:
        for window in read_lines(entry.episodes, DetailedEpisode):
            yield from window
    except PackageError as error:
        raise SourceError(
            error.message,
            code="source.audit_input.episode_line",
            where=Where(entry.label, line=error.where.line if error.where else None),
            hint="Import the raw files again.",
        ) from None


def _owners(entry: ReadInput) -> Iterator[str]:
    """Id of the raw file of each episode: they were written down file by file."""
    for file in entry.document.run.inputs:
        yield from repeat(file.id, file.episodes)
    yield from repeat(entry.document.run.inputs[-1].id if entry.document.run.inputs else "unknown")


def _place(record: DetailedEpisode, owner: str) -> _Place:
    return _Place(record.task, record.run_seed, owner if record.input is UNSET else record.input)


def _cut(records: Iterable[DetailedEpisode]) -> Iterator[list[EpisodeRecord]]:
    rest = iter(records)
    while window := list(islice(rest, EPISODES_PER_WINDOW)):
        yield list(window)


def _handed_on(entry: ReadInput, window: EpisodeWindow) -> EpisodeWindow:
    task, seed = entry.task_key(clean(window.task)), entry.seeds[window.run_seed]
    records = [_rewritten(entry, record, task, seed) for record in window.records]
    return EpisodeWindow(task, seed, entry.own(window.input), records, window.first_pointer, window.label)


def _rewritten(entry: ReadInput, record: EpisodeRecord, task: str, seed: int) -> EpisodeRecord:
    as_it_is = task == record.task and seed == record.run_seed and not entry.prefix
    places = zip(_PLACES, _places_of(record), strict=True)
    unclean = {name: clean_place(value) for name, value in places if value and not _PLAIN_PLACE.fullmatch(value)}
    if as_it_is and not unclean and _texts_of(record) == _NO_TEXTS:
        return record
    changes: dict[str, Any] = {"task": task, "run_seed": seed, **unclean}
    texts = zip(_TEXTS, _texts_of(record), strict=True)
    changes |= {name: redact_value(value) if name == "extra" else clean(value) for name, value in texts if value}
    if entry.prefix:
        names = {name: changes.get(name, getattr(record, name)) for name in ("input", "video")}
        changes |= {name: entry.own(value) for name, value in names.items() if value is not UNSET}
    return msgspec.structs.replace(record, **changes)


@lru_cache(maxsize=4096)
def clean(text: str) -> str:
    """Whoever wrote the episodes removed what points to a machine; whoever edited them may not have."""
    return redact_text(text)


def clean_place(text: str) -> str:
    """The same for a text that may be a place in a document, whose parts are cleaned one by one."""
    if not _POINTER.fullmatch(text) or text.split("/")[1] in _ROOTS:
        return clean(text)
    return "/".join(map(clean, text.split("/")))


def _require_same_cells(entry: ReadInput, recount: Sequence[Cell], episodes: int) -> None:
    stated = {(cell.task, cell.seed): cell for cell in entry.document.cells}
    counted = {(cell.task, cell.seed): cell for cell in recount}
    differing = [key for key in {**stated, **counted} if not _is_same(stated.get(key), counted.get(key))]
    if differing or episodes != entry.document.episodes.count or len(stated) != len(entry.document.cells):
        where = f", first of all {differing[0][0]!r} in the run with seed {differing[0][1]}" if differing else ""
        raise entry.refusal(
            f"its cells are not what its {episodes:,} episodes give: {len(differing):,} differ{redact_text(where)}",
            code="source.audit_input.cells_differ",
            hint="The document was changed after it was written; import the raw files again.",
            pointer="/cells",
        )


def _is_same(stated: Cell | None, counted: Cell | None) -> bool:
    if stated is None or counted is None:
        return False
    return (
        stated.counts == counted.counts
        and stated.gaps == counted.gaps
        and stated.sums.keys() == counted.sums.keys()
        and all(_is_close(stated.sums[name], counted.sums[name]) for name in stated.sums)
    )


def _is_close(stated: Moments, counted: Moments) -> bool:
    return (
        stated.count == counted.count
        and math.isclose(stated.sum, counted.sum, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)
        and math.isclose(stated.sum_of_squares, counted.sum_of_squares, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)
    )
