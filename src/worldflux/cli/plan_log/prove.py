"""`worldflux plan-log prove`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from worldbase.console import echo_report, format_option, quiet_option
from worldflux.cli.plan_log.options import log_option


@click.command(
    epilog="""\b
Examples:
  worldflux plan-log prove 0 --output proof.json
  worldflux plan-log prove sha256:... --from 0000003.note --output proof.json
Whoever gets it checks it without the log:
  worldflux plan-log verify --proof proof.json""",
)
@click.argument("entry")
@log_option
@click.option(
    "--from",
    "older",
    type=click.Path(path_type=Path),
    metavar="CHECKPOINT",
    help="A checkpoint that the reader kept; the proof also shows that the log only grew since.",
)
@click.option("--output", type=click.Path(path_type=Path), required=True, help="File to write.")
@format_option
@quiet_option
def prove(entry: str, log: Path, older: Path | None, output: Path, output_format: str, quiet: bool) -> None:
    """Write a proof that an entry stands in the log, for somebody who does not see the log.

    ENTRY is the number of an entry, or the digest of a plan or packet. The proof shows this entry alone; how many
    others there are, the checkpoint in it says.
    """
    from worldbase import document, strictjson
    from worldbase.errors import UsageError, Where
    from worldbase.files import write_atomic
    from worldflux.portfolio.log import notes, proofs
    from worldflux.portfolio.log.folder import read_log

    if os.path.lexists(output):
        raise UsageError(
            f"{output.name} exists",
            code="output.exists",
            where=Where(output.name),
            hint="Choose another --output; a proof replaces nothing, least of all the log or its plan.",
        )
    read = read_log(log)
    kept = strictjson.read_bytes(older, file=older.name, max_bytes=notes.MAX_BYTES) if older else None
    proof = proofs.prove(read, proofs.found(read, entry), older=kept, file=older.name if older else "")
    write_atomic(output, document.dump(proof))
    if not quiet:
        value = {"visibility": proof.visibility, "entry": proof.index, "log": proof.origin, "file": str(output)}
        echo_report(
            output_format,
            value,
            text=lambda: f"Wrote {output}: entry {proof.index} of {proof.origin}. It is {proof.visibility}.\n",
        )
