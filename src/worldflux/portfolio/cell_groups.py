"""Many cells told in few lines: tasks that lack the same episodes are named together, and neighbours are joined."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from worldflux.documents.packet import CellGroup
from worldflux.portfolio.cell_book import CellBook, Chosen, Stretch

_NUMBERED: Final = re.compile(r"(.*/)(0|[1-9][0-9]{0,8})")


def groups(book: CellBook, chosen: Chosen) -> list[CellGroup]:
    """All cells whose number is chosen, by probe and axis; the tasks with most of them first."""
    return [group for stretch in book.stretches for group in _of_stretch(book, stretch, chosen)]


def ranges(numbers: Iterable[int]) -> str:
    """Ascending numbers with neighbours joined: `0-4, 7`."""
    return ", ".join(_span(first, last) for first, last in _runs(numbers))


def joined_tasks(tasks: Iterable[str]) -> list[str]:
    """Names of tasks, those of one suite with neighbouring numbers joined: `libero_pro_goal/0-9`."""
    numbers: dict[str, list[int]] = defaultdict(list)
    names: list[str] = []
    for task in tasks:
        if found := _NUMBERED.fullmatch(task):
            numbers[found[1]].append(int(found[2]))
        else:
            names.append(task)
    return [
        *(f"{suite}{_span(*run)}" for suite, found_numbers in numbers.items() for run in _runs(sorted(found_numbers))),
        *names,
    ]


def _of_stretch(book: CellBook, stretch: Stretch, chosen: Chosen) -> Iterator[CellGroup]:
    by_episodes: dict[tuple[int, ...], list[str]] = defaultdict(list)
    for task, episodes in book.episodes_where(stretch, chosen):
        by_episodes[episodes].append(task)
    for episodes, tasks in sorted(by_episodes.items(), key=lambda entry: (-len(entry[0]) * len(entry[1]), entry[1])):
        yield CellGroup(
            probe=stretch.probe,
            axis=stretch.axis,
            tasks=joined_tasks(tasks),
            episodes=ranges(episodes),
            seeds=ranges(stretch.start_seed + episode for episode in episodes),
            cells=len(tasks) * len(episodes),
        )


def _runs(numbers: Iterable[int]) -> Iterator[Sequence[int]]:
    """First and last of each run of neighbours."""
    first = last = None
    for number in numbers:
        if last is not None and number == last + 1:
            last = number
            continue
        if first is not None and last is not None:
            yield first, last
        first = last = number
    if first is not None and last is not None:
        yield first, last


def _span(first: int, last: int) -> str:
    return f"{first}" if first == last else f"{first}-{last}"
