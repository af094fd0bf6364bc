"""What a reader of a rollout log has to know, and the log's own rates beside their recount."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Protocol

from worldbase.errors import Where
from worldbase.redact import redact_text
from worldflux.benchmarks.planned_grid import PlannedGrid
from worldflux.benchmarks.registry import find_suite
from worldflux.documents.audit_input import Finding, Reported
from worldflux.documents.run_info import RunInfo
from worldflux.episodes.cells import CellCounter
from worldflux.errors import SourceError
from worldflux.sources.contract import SourceInput
from worldflux.sources.reading.text_blocks import TextFile
from worldflux.sources.rollout.episodes import Dialect, Note, Printed, SuiteRun, TaskBlock
from worldflux.sources.rollout.runs import RunReader

_CONVENTION: Final = "all finished episodes, exceptions as failures"
_COUNTS: Final = {"Total episodes", "Total successes"}
_DIGITS_OF_A_ROUNDED_RATE: Final = 3


class ReadLog(Protocol):
    """A log that has been read, as far as anything is to be said about it."""

    id: str
    given: SourceInput
    label: str
    grid: PlannedGrid
    dialect: Dialect
    text: TextFile
    reader: RunReader
    repeated_tasks: int
    contradicting_videos: int
    beyond_stored_states: int

    @property
    def facts(self) -> RunInfo:
        """What is known about the run."""

    @property
    def runs(self) -> list[SuiteRun]:
        """Suites of the run that was selected."""

    @property
    def is_placed_by_order(self) -> bool:
        """Whether the key of a task rests on its place in the log alone."""

    def missing(self) -> Iterator[str]:
        """Labels of what the log does not say."""


def findings(log: ReadLog) -> Iterator[Finding]:
    """Yield all findings about one log, once it has been read."""
    yield from _lost(log)
    yield from _contradicted(log)
    yield from _tasks(log)
    yield from _suite_names(log)
    yield from _text(log)


def _lost(log: ReadLog) -> Iterator[Finding]:
    name = log.dialect.code_name
    if at := _noted(log, "episode_unfinished"):
        yield Finding(
            code=f"source.{name}.episode_unfinished",
            severity="warning",
            message=f"{at.count} episode(s) began and never ended: the log was cut off, or its process was killed. "
            "They are pending, neither a success nor a failure.",
            where=at.where,
        )
    if at := _noted(log, "outcome_lost"):
        yield Finding(
            code=f"source.{name}.outcome_lost",
            severity="error",
            message=f"{at.count} episode(s) ended and their `Success:` line cannot be read; the outcome is unknown.",
            where=at.where,
        )
    if at := _noted(log, "episodes_missing"):
        yield Finding(
            code=f"source.{name}.episodes_missing",
            severity="error",
            message=f"The counters jump over {at.count} episode(s) that the log does not show.",
            where=at.where,
        )
    if at := _noted(log, "head_missing"):
        yield Finding(
            code=f"source.{name}.head_missing",
            severity="error",
            message="The log begins in the middle of a run; what stood before is not counted.",
            where=at.where,
        )
    yield from _ends_early(log)


def _ends_early(log: ReadLog) -> Iterator[Finding]:
    last = log.runs[-1] if log.runs else None
    if last is None or last.is_concluded:
        return
    inside_a_task = bool(last.blocks) and last.blocks[-1].rate is None
    if inside_a_task or log.dialect.prints_totals:
        yield Finding(
            code=f"source.{log.dialect.code_name}.ends_early",
            severity="warning",
            message="The log ends before the evaluator printed its last rates: the run was killed, or the file is cut "
            "off.",
            where=log.label,
        )


def _contradicted(log: ReadLog) -> Iterator[Finding]:
    name = log.dialect.code_name
    if at := _noted(log, "counter_differs"):
        yield Finding(
            code=f"source.{name}.counter_differs",
            severity="error",
            message=f"{at.count} time(s) the log's running count is not what its episodes give.",
            where=at.where,
        )
    if at := _noted(log, "success_after_error"):
        yield Finding(
            code=f"source.{name}.success_after_error",
            severity="warning",
            message=f"{at.count} episode(s) with an exception are printed as successes; they are counted as printed.",
            where=at.where,
        )
    if at := _noted(log, "stray_error"):
        yield Finding(
            code=f"source.{name}.stray_error",
            severity="warning",
            message=f"{at.count} exception(s) are printed while no episode runs; they change no outcome.",
            where=at.where,
        )
    if at := _noted(log, "started_twice"):
        yield Finding(
            code=f"source.{name}.started_twice",
            severity="warning",
            message=f"{at.count} line(s) say again that an episode starts which is running; it is counted once.",
            where=at.where,
        )
    if log.contradicting_videos:
        yield Finding(
            code=f"source.{name}.video_contradicts",
            severity="error",
            message=f"{log.contradicting_videos} video(s) are named for the other outcome than the log prints.",
            where=log.label,
        )


def _tasks(log: ReadLog) -> Iterator[Finding]:
    name = log.dialect.code_name
    shifted = _noted(log, "tasks_shifted") or (_noted(log, "head_missing") if log.is_placed_by_order else None)
    if shifted and log.is_placed_by_order:
        yield Finding(
            code=f"source.{name}.tasks_shifted",
            severity="error",
            message="Tasks are numbered by their order in the log, and whole tasks may be missing from it: those after "
            "this line may be other tasks than they are called.",
            where=shifted.where,
        )
    if more := _more_than_suite(log):
        yield Finding(
            code=f"source.{name}.more_tasks_than_suite",
            severity="error",
            message=f"{more}: this is not the plain benchmark. Variants of it (LIBERO-Plus, LIBERO-PRO) write the "
            "same suite names; declare which one it was (benchmark=LIBERO-Plus), or tasks are mistaken for others.",
            where=log.label,
        )


def _suite_names(log: ReadLog) -> Iterator[Finding]:
    name = log.dialect.code_name
    if "perturbation" in log.missing():
        yield Finding(
            code=f"source.{name}.perturbation_unknown",
            severity="warning",
            message="The suite is a perturbed copy (`_temp`), and the log does not say what was perturbed.",
            where=log.label,
        )
    if unknown := [suite for suite in _suites(log) if find_suite(suite, log.grid.benchmark) is None]:
        shown = ", ".join(map(redact_text, unknown[:5]))
        yield Finding(
            code=f"source.{name}.unknown_suite",
            severity="warning",
            message=f"The benchmark registry does not know the suite {shown}: its tasks are numbered by their order.",
            where=log.label,
        )
    if log.beyond_stored_states:
        yield Finding(
            code=f"source.{name}.beyond_stored_states",
            severity="error",
            message=f"{log.beyond_stored_states:,} episode(s) have a number above the 50 initial states that the "
            "benchmark stores for a task, and the script cannot start these: it was changed, or the states were.",
            where=log.label,
        )
    if log.reader.custom_states:
        yield Finding(
            code=f"source.{name}.custom_initial_states",
            severity="info",
            message="Initial states came from a file of the user, not from the benchmark.",
            where=log.label,
        )


def _suites(log: ReadLog) -> list[str]:
    """Names of the suites that the log names, each once."""
    return [name for name in dict.fromkeys(run.name for run in log.runs) if name]


def _more_than_suite(log: ReadLog) -> str:
    for suite in _suites(log):
        known = find_suite(suite, log.grid.benchmark)
        tasks = sum(len(run.blocks) for run in log.runs if run.name == suite)
        if known and tasks > known.tasks:
            return f"The log holds {tasks:,} tasks of {known.id}, which has {known.tasks}"
    if log.repeated_tasks:
        return f"{log.repeated_tasks:,} tasks of the log come again with the same instruction"
    return ""


def _text(log: ReadLog) -> Iterator[Finding]:
    name, text = log.dialect.code_name, log.text
    if at := _noted(log, "text_replaced"):
        yield Finding(
            code=f"source.{name}.text_replaced",
            severity="warning",
            message=f"{at.count} name(s) of tasks or suites are not UTF-8; what cannot be read is replaced.",
            where=at.where,
        )
    if text.nul_bytes:
        yield Finding(
            code=f"source.{name}.nul_bytes",
            severity="warning",
            message=f"The log holds {text.nul_bytes:,} zero bytes: it was emptied while the run went on, or the disk "
            "was full.",
            where=log.label,
        )
    if text.cut_lines:
        yield Finding(
            code=f"source.{name}.long_lines",
            severity="info",
            message=f"{text.cut_lines} line(s) of several megabytes were not read to their end.",
            where=log.label,
        )


class _Noted:
    """How often something was met, and where first."""

    def __init__(self, count: int, where: str) -> None:
        self.count = count
        self.where = where


def _noted(log: ReadLog, note: Note) -> _Noted | None:
    count, line = log.reader.notes.get(note, (0, 0))
    return _Noted(count, f"{log.label}:{line}") if count else None


def reported(log: ReadLog, counter: CellCounter) -> Iterator[Reported]:
    """Yield what the log prints about each task and each suite, with the same from its episodes."""
    for run in log.runs:
        for block in run.blocks:
            if block.rate:
                name = f"Current task success rate of {block.key}"
                yield _reported(log, name, block.rate, _counted(log, [block], counter))
        counts = _counted(log, run.blocks, counter)
        for name, printed in run.totals.items():
            yield _reported(log, name, printed, counts)


def _counted(log: ReadLog, blocks: Iterable[TaskBlock], counter: CellCounter) -> tuple[int, int]:
    """Successes and finished episodes of these tasks."""
    successes = finished = 0
    for block in blocks:
        tally = counter.tally(log.id, block.key)
        successes += tally.successes
        finished += tally.episodes - block.pending - block.skipped
    return successes, finished


def _reported(log: ReadLog, name: str, printed: Printed, counts: tuple[int, int]) -> Reported:
    successes, finished = counts
    if name in _COUNTS:
        recount = successes if name == "Total successes" else finished
        text, agrees = str(recount), int(printed.text) == recount
    else:
        text, agrees = f"{successes}/{finished}", _is_rate(printed.text, successes, finished)
    return Reported(
        input=log.id,
        where=f"line {printed.line}",
        name=name,
        text=printed.text,
        recount=text,
        convention=_CONVENTION,
        agrees=agrees,
    )


def _is_rate(text: str, successes: int, finished: int) -> bool:
    """Whether a printed rate is the counted one. A rate of few digits is printed in full, not rounded."""
    rate = successes / finished if finished else 0.0
    decimals = len(text.partition(".")[2])
    try:
        printed = float(text)
    except ValueError:
        return False
    return printed == rate or (decimals >= _DIGITS_OF_A_ROUNDED_RATE and text == f"{rate:.{decimals}f}")


def several_runs(log: ReadLog, line: int) -> SourceError:
    """The file holds more than one run, and nobody said which is meant."""
    return SourceError(
        "the log holds several runs: its counters start again",
        code=f"source.{log.dialect.code_name}.several_runs",
        where=Where(log.label, None, line),
        hint=f"Choose one: --run-info {log.given.number}:select=1 is the first, select=2 the one that begins here.",
    )


def no_such_run(log: ReadLog) -> SourceError:
    """A run was selected that the file does not hold."""
    return SourceError(
        f"there is no run {redact_text(str(log.facts.select))!r} in the log; it holds {log.reader.sections}",
        code=f"source.{log.dialect.code_name}.no_such_run",
        where=Where(log.label),
        hint=f"Runs are numbered from 1: --run-info {log.given.number}:select=1",
    )


def no_suite(log: ReadLog, block: TaskBlock) -> SourceError:
    """The log never names the suite."""
    return SourceError(
        "the log does not name its suite before its first episode",
        code=f"source.{log.dialect.code_name}.no_suite",
        where=Where(log.label, None, block.line),
        hint=f"Declare it: --run-info {log.given.number}:suite=libero_spatial",
    )


def other_evaluator(log: ReadLog, family: str) -> SourceError:
    """The log is whole, and another source reads it."""
    return SourceError(
        f"this is a log of {family}, not of {log.dialect.code_name}",
        code=f"source.{log.dialect.code_name}.other_evaluator",
        where=Where(log.label),
        hint=f"Run: worldflux audit run {family} --from ...",
    )


def foreign(log: ReadLog) -> SourceError:
    """Nothing in the file is a line of this grammar."""
    if log.reader.notes or log.reader.runs:
        return log.text.error(
            "no_episode",
            "the log holds no episode that begins",
            hint="The run may have been killed before its first episode, or the beginning of the log is lost.",
        )
    return log.text.error(
        "foreign_schema",
        f"not what {log.dialect.code_name} writes: no episode in it",
        hint="Is this file the evaluator's own log?",
    )
