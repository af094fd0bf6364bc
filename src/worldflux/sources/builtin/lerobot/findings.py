"""What a reader of one result file has to know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from worldbase.redact import redact_text
from worldflux.documents.audit_input import Finding, Severity
from worldflux.episodes.cells import CellCounter
from worldflux.sources.builtin.lerobot.layouts import extra_keys
from worldflux.sources.builtin.lerobot.opened import OpenedResult
from worldflux.sources.builtin.lerobot.recount import recount

_SEEN: Final[dict[str, tuple[Severity, str]]] = {
    "seed_null": ("warning", "{count} episodes have a null seed: their initial states cannot be told."),
    "reward_null": (
        "warning",
        "{count} rewards are not a number; LeRobot's averages leave them out and its n_episodes counts them.",
    ),
    "start_seed_contradicted": (
        "warning",
        "The declared start seed is not the one that the episodes record; the recorded seeds are used.",
    ),
    "success_as_number": ("info", "{count} outcomes are written as 0 or 1 instead of a boolean."),
}


def findings_of(opened: OpenedResult, counter: CellCounter) -> Iterator[Finding]:
    """Yield all findings about one file, once its episodes have been counted."""
    yield from _shape(opened)
    yield from _surplus_videos(opened)
    yield from _recounts(opened, counter)
    yield from _lost_successes(opened, counter)


def _finding(code: str, severity: Severity, message: str, where: str) -> Finding:
    return Finding(code=f"source.lerobot.{code}", severity=severity, message=message, where=where)


def _shape(opened: OpenedResult) -> Iterator[Finding]:
    label = opened.file.label
    if opened.pointer:
        yield _finding("wrapped", "info", "The result stands inside a wrapper key.", label)
    if masked := opened.file.masked:
        message = f"{len(masked)} bare {masked[0].token} read as null: that token is not JSON."
        yield _finding("not_finite", "warning", message, f"{label}:{masked[0].line}")
    if opened.file.has_extra_content and (extra := extra_keys(opened.file, opened.layout, opened.pointer)):
        names = ", ".join(redact_text(key[:40]) for key in extra[:8])
        yield _finding("extra_keys", "info", f"Keys that LeRobot does not write, ignored: {names}.", label)
    for fact, (severity, message) in _SEEN.items():
        if count := opened.seen.get(fact):
            yield _finding(fact, severity, message.format(count=f"{count:,}"), label)


def _surplus_videos(opened: OpenedResult) -> Iterator[Finding]:
    surplus = sum(max(0, len(paths) - len(episodes)) for paths, episodes in opened.videos())
    if surplus:
        message = f"{surplus} videos show episodes that were simulated and thrown away; they belong to none here."
        yield _finding("video_surplus", "info", message, opened.file.label)


def _recounts(opened: OpenedResult, counter: CellCounter) -> Iterator[Finding]:
    tallies = {task: counter.tally(opened.id, task) for task in opened.tasks}
    for block in opened.aggregates():
        where = f"{opened.file.label} at {block.pointer}"
        if block.stored is None:
            yield _finding("group_missing", "warning", "per_group leaves out a group that per_task has.", where)
        elif not block.tasks and opened.tasks:
            yield _finding("group_without_tasks", "error", "per_group has a group without a task in per_task.", where)
        else:
            yield from recount(block.stored, [tallies[task] for task in block.tasks], where=where)


def _lost_successes(opened: OpenedResult, counter: CellCounter) -> Iterator[Finding]:
    """PushT succeeds exactly when the reward reaches 1; LeRobot to 0.3.x lost that under gymnasium 1.0."""
    for task in opened.tasks:
        tally = counter.tally(opened.id, task)
        if task == "pusht/0" and tally.successes == 0 and tally.scores["max_reward"].largest == 1.0:
            message = (
                "No success is recorded although an episode reached PushT's full reward: it may not have been read."
            )
            yield _finding("success_lost", "error", message, opened.file.label)
