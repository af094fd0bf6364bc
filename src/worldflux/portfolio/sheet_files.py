"""A run sheet's files: the document, its rows where they are many, the pages, and the table to fill in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from msgspec import UNSET

from worldbase import document, safepath
from worldbase.errors import UsageError, Where
from worldbase.files import write_atomic, write_pieces
from worldflux.documents.run_sheet import RunSheet, SealedArms
from worldflux.portfolio import blinding, sheet_csv
from worldflux.portfolio.plan_files import FrozenPlan, kept_with, load_plan
from worldflux.portfolio.rederivation import assignments_of
from worldflux.portfolio.render import run_sheet as page
from worldflux.portfolio.render import run_sheet_html as printed
from worldflux.portfolio.run_sheet import SheetWork, sheet_of


@dataclass(frozen=True, slots=True)
class SheetFiles:
    """Where everything comes to stand.

    Attributes:
        page: The page in Markdown.
        sheet: `run_sheet.json`; where there are many rows, `<stem>.rows.jsonl` comes to stand beside it.
        table: The table to fill in, with `<name>.columns.json` beside it.
        printed: The page to print.
        key: The key of the arms, which is written where it does not stand yet.
        configs: Folder for the files that commands read: `<probe>/<harness>/<file>`.
    """

    page: Path
    sheet: Path
    table: Path | None = None
    printed: Path | None = None
    key: Path | None = None
    configs: Path | None = None

    @property
    def rows(self) -> Path:
        """Rows that are too many for the sheet."""
        return self.sheet.with_name(f"{self.sheet.stem}.rows.jsonl")

    def written(self) -> Iterator[Path]:
        """All of them."""
        yield from (self.page, self.sheet, self.rows)
        if self.table is not None:
            yield from (self.table, sheet_csv.mapping_beside(self.table))
        yield from (path for path in (self.printed, self.key, self.configs) if path is not None)


def write_sheet(
    plan: Path, files: SheetFiles, *, second_policy: str | None = None, overwrite: bool = False
) -> RunSheet:
    """Make the run sheet of a plan and write its files.

    Args:
        plan: The plan.
        files: Where to write.
        second_policy: The policy that is compared with the profile's, under blinded labels.
        overwrite: Replace a table or configurations that stand, although somebody may have filled them in.

    Raises:
        PlanError: What `load_plan` and `blinding.key_for` raise; `run_sheet.series`.
        UsageError: `run_sheet.arm_options`, `run_sheet.same_file`, `output.exists`, `output.name`.
        StorageError: `file.unwritable`.
    """
    _check_paths(plan, files)
    if (second_policy is None) != (files.key is None):
        raise UsageError(
            "--second-policy and --arm-key go together",
            code="run_sheet.arm_options",
            hint="Name the second policy, and a file for the key that says which policy is A.",
        )
    if not overwrite:
        _refuse_filled_in(files)
    frozen = load_plan(plan)
    work = sheet_of(frozen, arms=_arms(frozen, second_policy, files.key), stream_name=files.rows.name)
    _write(work, frozen, files)
    return work.sheet


def _arms(frozen: FrozenPlan, second_policy: str | None, key: Path | None) -> SealedArms | None:
    if second_policy is None or key is None:
        return None
    return blinding.sealed(blinding.key_for(frozen.plan, second_policy, key))


def _write(work: SheetWork, frozen: FrozenPlan, files: SheetFiles) -> None:
    if work.sheet.row_stream is not UNSET:
        write_pieces(files.rows, work.lines())
    write_atomic(files.sheet, document.dump(work.sheet))
    if files.printed is not None:
        write_pieces(files.printed, printed.pieces(work.sheet, work.rows()))
    write_atomic(files.page, page.markdown(work.sheet, work.rows()).encode())
    if files.configs is not None:
        _write_configs(work.sheet, files.configs)
    if files.table is not None:
        # Last: a table that stands is not replaced, and after a full disk somebody will try again.
        assignments = assignments_of(work.plan, frozen.cells())
        write_atomic(sheet_csv.mapping_beside(files.table), document.dump(sheet_csv.mapping_of(work.plan)))
        write_pieces(files.table, sheet_csv.table_of(work.rows(), work.plan, assignments))


def _check_paths(plan: Path, files: SheetFiles) -> None:
    paths = [*kept_with(plan), *files.written()]
    if len({os.path.realpath(path) for path in paths}) < len(paths):
        raise UsageError(
            "two of the files are one, or one is the plan, its cells, its freeze or the freeze's time stamp",
            code="run_sheet.same_file",
            hint="Give each output a name of its own.",
        )
    if safepath.fault_of(files.rows.name):
        raise UsageError(
            f"{files.rows.name} cannot be the name of a file beside the run sheet",
            code="output.name",
            hint="Choose a plain --run-sheet-json, such as run_sheet.json.",
        )


def _refuse_filled_in(files: SheetFiles) -> None:
    """A table that stands may hold a week's work, and a configuration what only this machine knows."""
    for path, option in ((files.table, "--csv"), (files.configs, "--configs")):
        if path is not None and os.path.lexists(path):
            raise UsageError(
                f"{path.name} exists, and somebody may have filled it in",
                code="output.exists",
                where=Where(path.name),
                hint=f"Choose another {option}; pass --overwrite only if nothing of it is needed.",
            )


def _write_configs(sheet: RunSheet, folder: Path) -> None:
    for command in sheet.commands:
        if command.config is not UNSET and command.config_file is not UNSET:
            path = folder / command.probe / command.harness / command.config_file
            write_atomic(path, f"{command.config.strip(chr(10))}\n".encode())
