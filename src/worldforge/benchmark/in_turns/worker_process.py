"""The other end of `in_turns.worker`: a process that is asked, is waited for so long, and always ends."""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import IO, Any, Final, Self

import msgspec

from worldbase.errors import EnvironmentMissingError
from worldbase.redact import redact_text
from worldforge.benchmark.in_turns.worker_protocol import MODULE, Batch, Measure, Prepare

_READ_BYTES: Final = 1 << 16
_MOST_BYTES: Final = 1 << 20
_SAID_BYTES: Final = 2000
_SAID_CHARACTERS: Final = 300
_GRACE_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What a worker measures, and where.

    Attributes:
        label: What messages call it, such as `the earlier run`.
        provider: Name of the provider.
        inputs: Benchmark inputs as a JSON object.
        python: Interpreter to run it by.
        environment: Variables on top of those of this process.
    """

    label: str
    provider: str
    inputs: dict[str, Any]
    python: str = sys.executable
    environment: Mapping[str, str] = field(default_factory=dict)


class Worker:
    """A worker process; a context manager that ends it in any case.

    Args:
        side: What it measures.
        timeout: Seconds to wait for each answer.

    Raises:
        EnvironmentMissingError: `against.worker_failed`.
    """

    def __init__(self, side: Side, *, timeout: float) -> None:
        self._side = side
        self._timeout = timeout
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__
        self._unread = b""
        self._process = self._started()

    def prepare(self, operations: list[str]) -> None:
        """Tell the worker what it will measure. It begins to load; `await_ready` waits for it.

        Raises:
            EnvironmentMissingError: `against.worker_failed` or `against.worker_silent`.
        """
        self._send(Prepare(provider=self._side.provider, operations=operations, inputs=self._side.inputs))

    def await_ready(self) -> None:
        """Wait until it can measure.

        Raises:
            EnvironmentMissingError: `against.worker_failed` or `against.worker_silent`.
        """
        self._received()

    def measure(self, operation: str, nanoseconds: int) -> Batch:
        """Have a batch of calls measured; raises what `await_ready` does."""
        self._send(Measure(operation=operation, nanoseconds=nanoseconds))
        return self._received()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._end()
        finally:
            self._said.close()

    def _started(self) -> subprocess.Popen[bytes]:
        try:
            # -P: what lies in the current folder is no module of the worker, as it is none of a command.
            return subprocess.Popen(  # noqa: S603 - the interpreter that the user named
                [self._side.python, "-P", "-m", MODULE],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._said,
                bufsize=0,
                env={**os.environ, **self._side.environment},
            )
        except (OSError, ValueError) as error:
            self._said.close()
            why = error.strerror if isinstance(error, OSError) else str(error)
            raise self._failed(f"cannot be started: {why}") from None

    def _send(self, command: Prepare | Measure) -> None:
        """Write a line; inputs may be larger than what a pipe holds, and nobody may be reading."""
        data, due = memoryview(msgspec.json.encode(command) + b"\n"), time.monotonic() + self._timeout
        stdin = _descriptor(self._process.stdin)
        os.set_blocking(stdin, False)
        try:
            while data:
                self._wait(stdin, selectors.EVENT_WRITE, due)
                data = data[os.write(stdin, data[:_READ_BYTES]) :]
        except OSError:
            raise self._failed(self._last_words()) from None

    def _received(self) -> Batch:
        line = self._line()
        try:
            answer = msgspec.json.decode(line, type=Batch)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise self._failed("answered something that is no answer; is it another version of worldforge?") from None
        if answer.error is not None:
            raise self._failed(f"said: {_short(answer.error)}")
        return answer

    def _line(self) -> bytes:
        due = time.monotonic() + self._timeout
        stdout = _descriptor(self._process.stdout)
        while b"\n" not in self._unread:
            self._wait(stdout, selectors.EVENT_READ, due)
            piece = os.read(stdout, _READ_BYTES)
            if not piece or len(self._unread) > _MOST_BYTES:
                raise self._failed(self._last_words())
            self._unread += piece
        line, _, self._unread = self._unread.partition(b"\n")
        return line

    def _wait(self, descriptor: int, event: int, due: float) -> None:
        """Wait until a pipe can be read or written."""
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, event)
            if not selector.select(max(0.0, due - time.monotonic())):
                raise EnvironmentMissingError(
                    f"the worker of {self._side.label} gave no answer within {self._timeout:g} seconds",
                    code="against.worker_silent",
                    hint="Does the provider hang? Allow more by --timeout where it is only slow to load.",
                )

    def _last_words(self) -> str:
        """How it ended, and the last line that it wrote to stderr."""
        try:
            code: int | None = self._process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            code = None
        size = self._said.seek(0, os.SEEK_END)
        self._said.seek(max(0, size - _SAID_BYTES))
        lines = self._said.read().decode(errors="replace").split("\n")
        last = next((line for line in reversed(lines) if line.strip()), "nothing")
        how = "stopped answering" if code is None else f"ended with exit code {code}"
        return f"{how}; the last that it wrote: {_short(last)}"

    def _end(self) -> None:
        """The end of its stdin ends a worker; one whose call holds on to the interpreter is killed."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                _close(stream)
        try:
            self._process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _failed(self, what: str) -> EnvironmentMissingError:
        return EnvironmentMissingError(
            f"the worker of {self._side.label} {what}",
            code="against.worker_failed",
            hint="Run `worldforge benchmark` by that interpreter, with its environment, to see what it needs.",
        )


def _close(stream: IO[bytes]) -> None:
    try:
        stream.close()
    except OSError:
        # What was not sent to a process that is gone cannot be sent now either.
        return


def _descriptor(stream: IO[bytes] | None) -> int:
    if stream is None:
        raise AssertionError("the worker was started without pipes")
    return stream.fileno()


def _short(text: str) -> str:
    # Redacted before it is cut, so that no half of a secret stays.
    return redact_text(text.strip())[:_SAID_CHARACTERS]
