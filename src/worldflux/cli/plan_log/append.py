"""`worldflux plan-log append`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from worldbase.console import echo_report, format_option, quiet_option
from worldflux.cli.audit.signing_options import SigningChoice, own_key, stamp_of, tsa_option
from worldflux.cli.passwords import password_options
from worldflux.cli.plan_log.options import log_option

if TYPE_CHECKING:
    from worldflux.documents.plan_log import LogEntry
    from worldflux.portfolio.log.appending import Appended
    from worldflux.signing.keys import PrivateKey


@click.command(
    epilog="""\b
Examples:
  worldflux plan-log append plan.json --tsa-url https://tsa.example.org/
  worldflux plan-log append plan.json --attempt      # each time that you begin to run it
  worldflux plan-log append packet.json
Give the newest file of plan-log/checkpoints/ to somebody else: it holds you to every entry so far.""",
)
@click.argument("file", type=click.Path(path_type=Path))
@log_option
@click.option("--attempt", is_flag=True, help="The plan is about to be run: an entry each time.")
@tsa_option
@click.option("--key", metavar="NAME", help="Key of a new log (Ed25519); your default key where not given.")
@password_options
@format_option
@quiet_option
def append(
    file: Path,
    log: Path,
    attempt: bool,
    tsa_url: str | None,
    key: str | None,
    password_env: str | None,
    password_file: Path | None,
    password_prompt: bool,
    output_format: str,
    quiet: bool,
) -> None:
    """Add a plan, an attempt at it, or its packet to the log, and sign how the log stands now.

    FILE is plan.json or packet.json; only digests, the policy's id and the probes' names are written. The first entry
    begins the log. The same plan or packet is logged once; an attempt each time.
    """
    from worldflux.portfolio.log.appending import append as append_to
    from worldflux.portfolio.log.entries import entry_of_file

    def load_key(keyid: str | None) -> PrivateKey:
        name = key or keyid
        return own_key(
            SigningChoice("self-sign", name, password_env, password_file, password_prompt, None, None, False)
        )

    entry = entry_of_file(file, attempt=attempt)
    appended = append_to(log, entry, load_key, stamp=stamp_of(tsa_url))
    if not quiet:
        value = _value(appended, entry)
        echo_report(output_format, value, text=lambda: _text(value, appended, log))


def _value(appended: Appended, entry: LogEntry) -> dict[str, Any]:
    from worldflux.documents.profile import VISIBILITY
    from worldflux.portfolio.log.folder import note_name

    return {
        "visibility": VISIBILITY,
        "entry": appended.index,
        "kind": entry.kind,
        "plan": entry.plan,
        "added": appended.is_new,
        "checkpoint": note_name(appended.checkpoint.size),
        "stamped": appended.stamped,
    }


def _text(value: dict[str, Any], appended: Appended, log: Path) -> str:
    what = "LOGGED" if appended.is_new else "LOGGED BEFORE"
    clock = "a time-stamping authority" if appended.stamped else "its keeper's alone"
    return (
        f"{click.style(what, bold=True)}  {value['kind']}, entry {appended.index}  ({value['visibility']})\n\n"
        f"  plan        {value['plan']}\n"
        f"  checkpoint  {log / value['checkpoint']}\n"
        f"  clock       {clock}\n"
        f"  next        worldflux plan-log list --log {log}\n"
    )
