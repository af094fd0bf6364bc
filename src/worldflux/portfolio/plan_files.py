"""`plan.json` and the cells beside it: written whole, read only as they were frozen."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import msgspec
from msgspec import UNSET

from worldbase import document, safepath
from worldbase.errors import InputError, UsageError, Where
from worldbase.files import write_atomic, write_pieces
from worldflux.documents.plan import CellStream, Plan, PlannedCell
from worldflux.errors import PlanError
from worldflux.portfolio.planning import PlanRequest, digest_of_value, plan_of

_LONGEST_LINE: Final = 64 * 1024
_AMEND: Final = (
    "A plan is never edited: bring back the file as it was frozen, or write a new, linked one with "
    "`worldflux eval-portfolio amend`."
)


@dataclass(frozen=True, slots=True)
class FrozenPlan:
    """A plan as it was read, its digest checked."""

    plan: Plan
    path: Path

    def cells(self) -> Iterator[PlannedCell]:
        """The cells in the order of the run sheet.

        Raises:
            PlanError: `plan.altered` where a stream beside the plan is not the one that was frozen, at the latest
                after its last cell; `plan.cells_missing` where there is none.
        """
        if self.plan.cells is not UNSET:
            yield from self.plan.cells
        elif self.plan.cell_stream is not UNSET:
            yield from _streamed(self.path, self.plan.cell_stream)


def kept_with(plan: Path) -> tuple[Path, ...]:
    """A plan's file and those that lie beside it: its cells, its freeze and the freeze's time stamp."""
    names = (".cells.jsonl", ".freeze.json", ".tsr")
    return (plan, *(plan.with_name(f"{plan.stem}{ending}") for ending in names))


def load_plan(path: Path) -> FrozenPlan:
    """Read a plan and refuse one that is not as it was frozen.

    Its cells have to be those that its seed gives, too: a digest that was computed again after an edit does not help.

    Raises:
        InputError: What `document.load` raises.
        PlanError: `plan.altered`, `plan.cells_missing`, and what `rederivation.check` raises.
    """
    from worldflux.portfolio import rederivation

    loaded = document.load(path, Plan)
    if digest_of_value(loaded.value) != loaded.document.digest:
        raise _altered("the plan is not the one that its digest names", path.name)
    frozen = FrozenPlan(loaded.document, path)
    rederivation.check(frozen.plan, frozen.cells, file=path.name)
    return frozen


def write_plan(request: PlanRequest, path: Path, *, overwrite: bool = False) -> Plan:
    """Make a plan and write it, and its cells beside it where they are too many for it.

    Raises:
        UsageError: `output.exists`, `output.name`.
        PlanError: What `plan_of` raises.
        StorageError: `file.unwritable`.
    """
    stream_path = path.with_name(f"{path.stem}.cells.jsonl")
    work = plan_of(request, stream_name=stream_path.name)
    _refuse_standing(path, overwrite=overwrite)
    if work.plan.cell_stream is not UNSET:
        if safepath.fault_of(stream_path.name):
            raise UsageError(
                f"{stream_path.name} cannot be the name of a file beside the plan",
                code="output.name",
                hint="Choose a plain --output, such as plan.json.",
            )
        _refuse_standing(stream_path, overwrite=overwrite)
        write_pieces(stream_path, work.lines())
    write_atomic(path, document.dump(work.plan))
    return work.plan


def _refuse_standing(path: Path, *, overwrite: bool) -> None:
    """A plan that stands is somebody's promise; it is not written over by chance."""
    if os.path.lexists(path) and not overwrite:
        raise UsageError(
            f"{path.name} exists",
            code="output.exists",
            where=Where(path.name),
            hint="Choose another --output; a frozen plan is amended, not replaced.",
        )


def _streamed(plan_path: Path, held: CellStream) -> Iterator[PlannedCell]:
    fault = "it is not in the plan's own folder" if "/" in held.path else safepath.fault_of(held.path)
    if fault:
        raise InputError(
            f"the cells at {held.path[:80]!r} are not read: {fault}",
            code="path.unsafe",
            where=Where(plan_path.name, "/cell_stream/path"),
            hint="Keep the cells beside the plan, under the name that it gives.",
        )
    decoder = msgspec.json.Decoder(PlannedCell)
    state, count = hashlib.sha256(), 0
    with _opened(plan_path.with_name(held.path)) as stream:
        while line := stream.readline(_LONGEST_LINE):
            state.update(line)
            count += 1
            try:
                yield decoder.decode(line)
            except msgspec.DecodeError as error:
                raise _altered(f"line {count} is no cell: {error}", held.path, line=count) from None
    if f"sha256:{state.hexdigest()}" != held.sha256 or count != held.count:
        raise _altered(f"the {count:,} cells are not those that the plan froze", held.path)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file; what is not one (a FIFO would wait for ever) is refused."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as stream:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise OSError(0, "it is not a regular file")
            yield stream
    except OSError as error:
        raise PlanError(
            f"the cells in {path.name} cannot be read: {error.strerror or error}",
            code="plan.cells_missing",
            where=Where(path.name),
            hint="Keep this file beside the plan: its digest stands in it.",
        ) from None


def _altered(message: str, file: str, *, line: int | None = None) -> PlanError:
    return PlanError(message, code="plan.altered", where=Where(file, line=line), hint=_AMEND)
