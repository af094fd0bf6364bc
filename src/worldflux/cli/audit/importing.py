"""`worldflux audit import run-folder`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from worldbase.console import LazyGroup, echo_report, format_option, quiet_option
from worldbase.errors import UsageError

_COMMANDS = {
    "run-folder": (
        "Find the runs in a folder; write one as an audit input.",
        "worldflux.cli.audit.importing:run_folder",
    ),
}


@click.group(cls=LazyGroup, table=_COMMANDS)
def importing() -> None:
    """Sort out a messy folder before an audit."""


@click.command(
    name="run-folder",
    epilog="""\b
Look first; nothing is written but the reports:
  worldflux audit import run-folder --from run/ --dry-run \\
      --report import_report.json --customer-report import_report_public.md
Then take one of the candidates that the report names:
  worldflux audit import run-folder --from run/ --select-run run_0123456789abcdef \\
      --output audit_input.json --report import_report.json --customer-report import_report_public.md
and audit it:
  worldflux audit run audit-input --from audit_input.json --claim ... --protocol ... --output evidence_pkg/""",
)
@click.option("--from", "folder", type=click.Path(path_type=Path), required=True, help="The folder; it is only read.")
@click.option("--dry-run", is_flag=True, help="Look and report; write no audit input.")
@click.option(
    "--select-run",
    "selected",
    multiple=True,
    metavar="ID",
    help="Write this candidate as an audit input; of a table with several runs, a run's name will do. Repeat for the "
    "replicates of one source.",
)
@click.option("--output", type=click.Path(path_type=Path), help="The audit_input.json to be written.")
@click.option("--report", type=click.Path(path_type=Path), help="Private report (JSON); it names files.")
@click.option(
    "--customer-report",
    type=click.Path(path_type=Path),
    help="Report to be shown to others (Markdown); it names no file, path or person.",
)
@click.option(
    "--run-info",
    multiple=True,
    metavar="FILE|KEY=VALUE",
    help="What the selected files lack: a run_info.json, or one fact.",
)
@click.option("--overwrite", is_flag=True, help="Replace an audit input, or whatever stands in a report's place.")
@format_option
@quiet_option
def run_folder(
    folder: Path,
    dry_run: bool,
    selected: tuple[str, ...],
    output: Path | None,
    report: Path | None,
    customer_report: Path | None,
    run_info: tuple[str, ...],
    overwrite: bool,
    output_format: str,
    quiet: bool,
) -> None:
    """Find the runs in a folder, count them, name what contradicts what; write one as an audit input.

    Every file is shown once to all sources. Links are not followed; archives and pickles are listed, never opened.
    The candidates' ids are derived from their contents, so another scan gives the same ones.
    """
    from worldflux.cli.audit.folder_reports import refuse_foreign, refuse_results, write_reports
    from worldflux.cli.audit.folder_text import folder_text, shower
    from worldflux.sources.run_folder import candidates, chosen, conflicts_of, public_markdown, report_of, scan

    _check_usage(folder, dry_run=dry_run, selected=selected, output=output)
    _require_different(output, report, customer_report)
    refuse_foreign(report, customer_report, overwrite=overwrite)
    show = shower(quiet=quiet)
    seen = scan(folder, show_progress=show)
    found = candidates(seen, show_progress=show)
    refuse_results(seen, found, report, customer_report)
    conflicts = conflicts_of(found)
    picked = chosen(found, selected)
    if output is not None:
        from worldflux.audit.importing import import_candidates

        import_candidates(picked, conflicts, output, run_info=run_info, overwrite=overwrite, show_progress=show)
    result = report_of(seen, found, conflicts, dict.fromkeys(candidate.id for candidate in picked))
    write_reports(result, report, customer_report)
    if not quiet:
        echo_report(
            output_format,
            result,
            text=lambda: folder_text(result, of_import=True) + _written(output, report, customer_report),
            markdown=lambda: public_markdown(result),
        )


def _check_usage(folder: Path, *, dry_run: bool, selected: tuple[str, ...], output: Path | None) -> None:
    from worldflux.sources.run_folder.commands import quoted_path

    if dry_run == bool(selected):
        given = "both --dry-run and --select-run are" if dry_run else "neither --dry-run nor --select-run is"
        raise UsageError(
            f"{given} given",
            code="import.usage",
            hint=f"Look first: worldflux audit import run-folder --from {quoted_path(folder)} --dry-run --report "
            "import_report.json. Then take a candidate that it names: --select-run ID --output audit_input.json.",
        )
    if dry_run and output is not None:
        hint = "Leave --output out, or name a candidate with --select-run in the place of --dry-run."
        raise UsageError("--dry-run writes no audit input", code="import.usage", hint=hint)
    if not dry_run and output is None:
        raise UsageError("--select-run needs --output", code="import.usage", hint="Add --output audit_input.json.")


def _require_different(output: Path | None, *reports: Path | None) -> None:
    """Refuse to write two of the files over each other."""
    from worldflux.audit.importing import episodes_beside

    written = [path for path in (output, output and episodes_beside(output), *reports) if path]
    if len({os.path.realpath(path) for path in written}) < len(written):
        raise UsageError(
            "two of --output, the episodes beside it, --report and --customer-report are one file",
            code="import.usage",
            hint="Give each a name of its own.",
        )


def _written(output: Path | None, report: Path | None, customer_report: Path | None) -> str:
    from worldflux.sources.run_folder.commands import quoted_path

    lines = [
        f"  {label:15} {quoted_path(path)}\n"
        for label, path in (("audit input", output), ("report", report), ("customer report", customer_report))
        if path is not None
    ]
    if output is not None:
        lines.append(
            f"  {'next':15} worldflux audit run audit-input --from {quoted_path(output)} --claim claim_pkg/claim.json "
            "--protocol claim_pkg/protocol.json --output evidence_pkg/\n"
        )
    return "".join(["\n", *lines]) if lines else ""
