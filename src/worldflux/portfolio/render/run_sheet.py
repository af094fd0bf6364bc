"""A run sheet as a page: Markdown that shows every text from outside literally."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice
from typing import Final

from msgspec import UNSET

from worldbase.tables import markdown as escaped
from worldbase.tables import markdown_cell, markdown_table
from worldflux.documents.plan import MOST_INLINE
from worldflux.documents.run_sheet import HarnessCommand, RunSheet, SheetRow
from worldflux.portfolio.render.sheet_blocks import (
    Block,
    Code,
    Column,
    Facts,
    Heading,
    Paragraph,
    Points,
    Table,
)

_ROWS_OF_MANY: Final = 1_000
_TASKS_SHOWN: Final = 400
_COMMANDS_SHOWN: Final = 60
_ROWS_OF_A_SITTING: Final = 20
_TO_TICK: Final = tuple(Column(title, "box") for title in ("success", "failure", "infra", "skipped"))
_TO_WRITE: Final = tuple(Column(title, "blank") for title in ("seed used", "ended (UTC)", "by", "reason, notes"))


def markdown(sheet: RunSheet, rows: Iterable[SheetRow]) -> str:
    """Render a run sheet.

    Args:
        sheet: What it says.
        rows: Its rows in order; the first thousand are shown of a sheet that does not hold them itself.
    """
    private = f"**{sheet.visibility}**\n"
    return "\n".join([private, *map(_markdown, blocks(sheet, rows)), private])


def blocks(sheet: RunSheet, rows: Iterable[SheetRow]) -> Iterator[Block]:
    """What the page says, from top to bottom."""
    yield Heading(1, f"Run sheet: {_policies(sheet)}")
    yield Paragraph(sheet.boundary)
    yield Facts(list(_identity(sheet)))
    yield Heading(2, "Before the first episode")
    yield Points(sheet.before_the_first_episode, boxes=True)
    if sheet.arms is not UNSET:
        yield from _blinding(sheet)
    yield Heading(2, "At every episode")
    yield Points(sheet.record_per_episode)
    yield Heading(2, "When something fails")
    yield Points(sheet.when_something_fails)
    yield from _mind(sheet)
    yield from _tasks(sheet)
    yield from _commands(sheet)
    yield from _left_out(sheet)
    yield from _order(sheet, rows)
    yield Heading(2, "At the end")
    yield Points(
        [
            "Every row has an outcome, or a reason why it was not run.",
            "Nothing was run that is not in this sheet; what was, is written down below.",
            "The results of the harness, their logs and this sheet lie together, unchanged.",
        ],
        boxes=True,
    )
    yield Facts([("Run outside of this sheet", ""), ("Operators", ""), ("First and last day", "")])


def _policies(sheet: RunSheet) -> str:
    return sheet.policy_id if sheet.arms is UNSET else " and ".join(sheet.arms.policies)


def _identity(sheet: RunSheet) -> Iterator[tuple[str, str]]:
    yield "plan", sheet.plan_id
    yield "digest", sheet.plan
    each = "" if sheet.arms is UNSET else f": each planned episode {len(sheet.arms.labels)} times, once per arm"
    yield "rows", f"{sheet.planned:,}{each}"
    if sheet.row_stream is not UNSET:
        yield "all rows", f"{sheet.row_stream.path}, {sheet.row_stream.sha256}"


def _blinding(sheet: RunSheet) -> Iterator[Block]:
    if sheet.arms is UNSET:
        return
    labels = " and ".join(sheet.arms.labels)
    yield Heading(2, "Two policies, and nobody here knows which is which")
    yield Paragraph(
        f"Each planned episode is run by both arms, {labels}, one right after the other, from the same seed and the "
        "same start. Which goes first is in the order of the rows. The labels are drawn at random; the key lies with "
        "somebody who runs no episode, and is opened when the packets are made."
    )
    yield Facts([("seal", sheet.arms.commitment)])
    yield Paragraph(
        "If something breaks for one arm, run the other all the same. If you find out or guess which is which, go on "
        "and write it down, with the row. A command that runs several episodes at once runs them for one arm: run it "
        "for both before you go on to the next."
    )


def _mind(sheet: RunSheet) -> Iterator[Block]:
    if sheet.mind:
        yield Heading(2, "What to mind")
    for entry in sheet.mind:
        yield Heading(3, entry.probe)
        yield Points(entry.notes)


def _tasks(sheet: RunSheet) -> Iterator[Block]:
    told = [task for task in sheet.tasks if task.says is not UNSET]
    if not told:
        return
    yield Heading(2, "Tasks")
    rows = [[task.probe, task.task, task.says or ""] for task in told[:_TASKS_SHOWN]]
    if len(told) > _TASKS_SHOWN:
        yield Paragraph(f"The first {_TASKS_SHOWN:,} of {len(told):,}; the others stand in the run sheet's JSON.")
    yield Table("Tasks and what they are", [Column("Probe"), Column("task"), Column("says")], rows)


def _commands(sheet: RunSheet) -> Iterator[Block]:
    yield Heading(2, "Commands")
    unknown = dict.fromkeys(task.probe for task in sheet.tasks)
    for command in sheet.commands:
        unknown.pop(command.probe, None)
    if sheet.commands:
        yield Paragraph(
            "Take one harness per probe and stay with it. A command that runs all episodes of a task runs them one "
            "after the other and not in the order of the rows: take the commands in the order given here. With "
            "worldflux record -- in front, versions, seeds and times are written down that the output leaves out."
        )
    for probe, of_probe in groupby(sheet.commands, key=lambda command: command.probe):
        for harness, of_harness in groupby(of_probe, key=lambda command: command.harness):
            yield from _of_harness(probe, harness, list(of_harness))
    if unknown:
        yield Paragraph(f"No harness is known for {', '.join(unknown)}: run the rows one by one.")


def _of_harness(probe: str, harness: str, commands: Sequence[HarnessCommand]) -> Iterator[Block]:
    covers = sum(command.covers for command in commands)
    yield Heading(3, f"{probe} with {harness}")
    yield Paragraph(f"{len(commands):,} command(s) for {covers:,} planned episodes. {commands[0].note}")
    shown = commands[:_COMMANDS_SHOWN]
    yield Code("\n".join(command.command for command in shown))
    if len(shown) < len(commands):
        yield Paragraph(f"The first {len(shown):,}; the others stand in the run sheet's JSON.")
    config = next((command for command in shown if command.config is not UNSET), None)
    if config is not None:
        yield Paragraph(f"{config.config_file} (render-run-sheet --configs FOLDER writes one for each command):")
        yield Code((config.config or "").strip("\n"))


def _left_out(sheet: RunSheet) -> Iterator[Block]:
    if sheet.harnesses:
        yield Heading(2, "What no output will say: write it down")
    for harness in sheet.harnesses:
        yield Heading(3, harness.name)
        yield Points(harness.not_recorded, boxes=True)


def _order(sheet: RunSheet, rows: Iterable[SheetRow]) -> Iterator[Block]:
    yield Heading(2, "Rows, in this order")
    shown = MOST_INLINE if sheet.row_stream is UNSET else _ROWS_OF_MANY
    if sheet.planned > shown:
        yield Paragraph(f"The first {shown:,} of {sheet.planned:,}. All of them stand in the files beside this page.")
    arms, several = sheet.arms is not UNSET, len({task.probe for task in sheet.tasks}) > 1
    columns = list(_columns(arms=arms, probes=several))
    for sitting in _sittings(islice(rows, shown)):
        values = [list(_values(row, arms=arms, probes=several)) for row in sitting]
        yield Table(_caption(sitting), columns, values)


def _sittings(rows: Iterable[SheetRow]) -> Iterator[list[SheetRow]]:
    """Whole rounds, small ones together."""
    held: list[SheetRow] = []
    for _, of_round in groupby(rows, key=lambda row: row.episode_index):
        held.extend(of_round)
        if len(held) >= _ROWS_OF_A_SITTING:
            yield held
            held = []
    if held:
        yield held


def _caption(sitting: Sequence[SheetRow]) -> str:
    first, last = sitting[0], sitting[-1]
    episodes = f"episode {first.episode_index}"
    if last.episode_index != first.episode_index:
        episodes = f"episodes {first.episode_index} to {last.episode_index}"
    return f"Rows {first.row:,} to {last.row:,}: {episodes} of the tasks"


def _columns(*, arms: bool, probes: bool) -> Iterator[Column]:
    yield Column("row", "number")
    if arms:
        yield Column("arm")
    if probes:
        yield Column("probe")
    yield Column("task")
    yield Column("axis")
    yield Column("episode", "number")
    yield Column("seed", "number")
    yield from _TO_TICK
    yield from _TO_WRITE


def _values(row: SheetRow, *, arms: bool, probes: bool) -> Iterator[str]:
    yield str(row.row)
    if arms:
        yield row.arm or ""
    if probes:
        yield row.probe
    yield row.task
    yield row.axis
    yield str(row.episode_index)
    yield str(row.seed)


def _markdown(block: Block) -> str:
    match block:
        case Heading(level, text):
            return f"{'#' * level} {escaped(text)}\n"
        case Paragraph(text):
            return f"{escaped(text)}\n"
        case Points(texts, boxes):
            return "".join(f"- {'[ ] ' if boxes else ''}{escaped(text)}\n" for text in texts)
        case Code(text):
            return f"```text\n{text}\n```\n"
        case Facts(pairs):
            return markdown_table(["", ""], [[markdown_cell(name), _copied(value)] for name, value in pairs])
        case Table(caption, columns, rows):
            return f"### {escaped(caption)}\n\n{_markdown_rows(columns, rows)}"


def _copied(value: str) -> str:
    return markdown_cell(value) if value else " "


def _markdown_rows(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> str:
    right = [place for place, column in enumerate(columns) if column.kind == "number"]
    lines = []
    for row in rows:
        values = iter(row)
        lines.append([_markdown_value(column, values) for column in columns])
    return markdown_table([escaped(column.title) for column in columns], lines, right=right)


def _markdown_value(column: Column, values: Iterator[str]) -> str:
    match column.kind:
        case "box":
            return "☐"
        case "blank":
            return " "
        case _:
            return markdown_cell(next(values))
