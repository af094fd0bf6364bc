"""`worldflux eval-portfolio render-run-sheet`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from worldbase.console import quiet_option
from worldbase.tables import visible

if TYPE_CHECKING:
    from worldflux.documents.run_sheet import RunSheet
    from worldflux.portfolio.sheet_files import SheetFiles

_FILE: Final = click.Path(path_type=Path)


@click.command(
    name="render-run-sheet",
    epilog="""\b
Examples:
  worldflux eval-portfolio render-run-sheet --plan plan.json --output run_sheet.md \\
      --run-sheet-json run_sheet.json
With a page to print and a table to fill in:
  worldflux eval-portfolio render-run-sheet --plan plan.json --output run_sheet.md \\
      --run-sheet-json run_sheet.json --html run_sheet.html --csv run_sheet.csv
Two policies, so that nobody who runs an episode knows which is which:
  worldflux eval-portfolio render-run-sheet --plan plan.json --output run_sheet.md \\
      --run-sheet-json run_sheet.json --second-policy customer_vla_v2 --arm-key arm_key.json""",
)
@click.option("--plan", "plan_path", type=_FILE, required=True, help="plan.json")
@click.option("--output", type=_FILE, required=True, help="The page, Markdown.")
@click.option("--run-sheet-json", type=_FILE, required=True, help="run_sheet.json, for programs.")
@click.option("--csv", "table", type=_FILE, help="A table to fill in; FILE.columns.json beside it says what is what.")
@click.option("--html", "printed", type=_FILE, help="The page to print: A4, boxes to tick.")
@click.option("--second-policy", metavar="POLICY_ID", help="Compare with this policy, under labels that tell nothing.")
@click.option("--arm-key", type=_FILE, help="Which label is which policy; for somebody who runs no episode.")
@click.option("--configs", type=_FILE, help="A folder for the files that the commands of some harnesses read.")
@click.option("--overwrite", is_flag=True, help="Replace --csv and --configs. They may have been filled in.")
@quiet_option
def render_run_sheet(
    plan_path: Path,
    output: Path,
    run_sheet_json: Path,
    table: Path | None,
    printed: Path | None,
    second_policy: str | None,
    arm_key: Path | None,
    configs: Path | None,
    overwrite: bool,
    quiet: bool,
) -> None:
    """Write what an operator works from: every planned episode, in order, with what to check, record and type.

    The plan is checked first. With --second-policy each episode is run by both policies, one right after the other, in
    an order that the plan's seed gives; which policy is A stands in --arm-key alone, and the sheet is sealed with it.
    """
    from worldflux.portfolio.sheet_files import SheetFiles, write_sheet

    files = SheetFiles(page=output, sheet=run_sheet_json, table=table, printed=printed, key=arm_key, configs=configs)
    sheet = write_sheet(plan_path, files, second_policy=second_policy, overwrite=overwrite)
    if not quiet:
        click.echo(_text(sheet, files), nl=False)


def _text(sheet: RunSheet, files: SheetFiles) -> str:
    rows = [("page", files.page), ("to print", files.printed), ("for programs", files.sheet)]
    rows += [("rows", files.rows if sheet.row_stream else None), ("to fill in", files.table)]
    rows += [("configs", files.configs), ("key", files.key)]
    listed = "".join(f"  {label:12} {visible(str(path))}\n" for label, path in rows if path is not None)
    keep = "  The key is for somebody who runs no episode. Take it off this machine.\n" if files.key else ""
    return f"{sheet.planned:,} rows for {visible(sheet.policy_id)}  ({sheet.visibility})\n{listed}{keep}{_next(files)}"


def _next(files: SheetFiles) -> str:
    if files.table is None:
        return ""
    folder = visible(str(files.table.parent))
    return (
        "  next         when it is filled in, see the runs in it:\n"
        f"               worldflux audit import run-folder --from {folder} --dry-run\n"
    )
