"""A process that measures batches of calls when it is told to: `python -m worldforge.benchmark.in_turns.worker`.

It reads a command a line from stdin and answers each with a line on stdout (`worker_protocol`). Whatever the provider
prints goes to stderr. The process ends with the one that started it, also in the middle of a call: the end of stdin is
waited for in a thread of its own.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import BinaryIO, TypeAlias

import msgspec

from worldbase.errors import WorldError
from worldforge.benchmark.in_turns.worker_protocol import PROTOCOL, Batch, Measure, Prepare
from worldforge.benchmark.inputs import BenchmarkInputs
from worldforge.benchmark.measuring.operations import Operation, prepare
from worldforge.capabilities import require_capability
from worldforge.forge.facade import WorldForge

Command: TypeAlias = Prepare | Measure


def main() -> None:
    """Serve until stdin ends."""
    commands, answers = _private_streams()
    waiting: SimpleQueue[Command] = SimpleQueue()
    threading.Thread(target=_receive, args=(commands, waiting), daemon=True).start()
    operations: dict[str, Operation] = {}
    while True:
        answers.write(msgspec.json.encode(_answer(waiting.get(), operations)) + b"\n")
        answers.flush()


def _private_streams() -> tuple[BinaryIO, BinaryIO]:
    """Keep stdin and stdout for the protocol; a provider that reads or prints gets nothing and stderr instead."""
    commands, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return commands, answers


def _receive(commands: BinaryIO, waiting: SimpleQueue[Command]) -> None:
    decoder = msgspec.json.Decoder(Prepare | Measure)
    for line in commands:
        waiting.put(decoder.decode(line))
    # Nobody is left who could want an answer, and the main thread may be in a call that never returns.
    os._exit(0)


def _answer(command: Command, operations: dict[str, Operation]) -> Batch:
    try:
        if isinstance(command, Measure):
            return measure(operations[command.operation], command.nanoseconds)
        operations.update(_prepared(command))
        return Batch()
    except WorldError as error:
        return Batch(error=str(error))


def _prepared(command: Prepare) -> dict[str, Operation]:
    if command.protocol != PROTOCOL:
        raise WorldError(
            f"this worldforge speaks worker protocol {PROTOCOL}, not {command.protocol}", code="against.worker_failed"
        )
    forge, inputs = WorldForge(), BenchmarkInputs.from_dict(command.inputs)
    names = [require_capability(name) for name in command.operations]
    return {name: prepare(forge.implementation(command.provider, name), name, inputs) for name in names}


def measure(operation: Operation, nanoseconds: int, *, clock: Callable[[], int] = time.perf_counter_ns) -> Batch:
    """Call again and again until so much time has been spent in calls, at least once.

    Args:
        operation: What to call; the check of a result is not timed.
        nanoseconds: Time in calls after which no other is made.
        clock: Monotonic, in nanoseconds.
    """
    taken: list[int] = []
    failures, spent = 0, 0
    while spent < max(nanoseconds, 1):
        begun = clock()
        succeeded, ended = _called(operation, clock)
        # A call too short for the clock must not be made for ever.
        spent += max(ended - begun, 1)
        if succeeded:
            taken.append(ended - begun)
        else:
            failures += 1
    return Batch(median_ns=_median(taken), calls=len(taken) + failures, failures=failures)


def _called(operation: Operation, clock: Callable[[], int]) -> tuple[bool, int]:
    try:
        result = operation.call()
        ended = clock()
        return operation.fault_of(result) is None, ended
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001 - a provider may raise anything, SystemExit included
        return False, clock()


def _median(values: list[int]) -> float | None:
    values.sort()
    middle = len(values) // 2
    return (values[middle] + values[~middle]) / 2 if values else None


if __name__ == "__main__":
    try:
        main()
    except (KeyboardInterrupt, BrokenPipeError):
        # Whoever started it was interrupted too and says so; no thread of a provider is waited for.
        os._exit(130)
