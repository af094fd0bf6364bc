"""`worldflux plan-log verify`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from worldbase.console import echo_report, format_option, quiet_option
from worldbase.errors import UsageError
from worldflux.cli.plan_log.options import log_option, trust_option

if TYPE_CHECKING:
    from worldflux.portfolio.proof_trust import ProofTrust
    from worldflux.signing.keys import PublicKey


@click.command(
    epilog="""\b
Examples:
  worldflux plan-log verify
  worldflux plan-log verify --log their-log/ --from 0000003.note --log-key keeper.pem
  worldflux plan-log verify --proof proof.json
Keep the newest file of the log's checkpoints/: a log that is shortened or rewritten later does not continue it.""",
)
@log_option
@click.option("--proof", type=click.Path(path_type=Path), metavar="FILE", help="Verify a proof instead of a log.")
@click.option(
    "--from",
    "older",
    type=click.Path(path_type=Path),
    metavar="CHECKPOINT",
    help="A checkpoint that you kept; the log has to continue it.",
)
@click.option(
    "--log-key",
    type=click.Path(path_type=Path),
    metavar="PEM",
    help="The key that the log has to have, from its keeper (`worldflux key export`).",
)
@trust_option
@click.option("--no-state", is_flag=True, help="Neither remember this log nor compare it with what was seen of it.")
@format_option
@quiet_option
def verify(
    log: Path,
    proof: Path | None,
    older: Path | None,
    log_key: Path | None,
    trusted_signer_config: Path | None,
    no_state: bool,
    output_format: str,
    quiet: bool,
) -> None:
    """Check that a log is whole: every entry, every checkpoint, and that it continues what was seen before.

    That a log is whole says nothing about what was never logged. Whose key it is, --log-key says; whose time stamps
    count, your trust file.
    """
    from worldflux.portfolio.proof_trust import proof_trust
    from worldflux.signing.keys import public_key_from_pem

    key = public_key_from_pem(_text_of(log_key), file=log_key.name) if log_key else None
    trust = proof_trust(trusted_signer_config)
    if proof is None:
        value = _of_log(log, trust, older=older, key=key, state=not no_state)
    elif older is not None:
        raise UsageError(
            "a proof brings its own older checkpoint",
            code="plan_log.from_with_proof",
            hint="Ask for a proof from your checkpoint: `worldflux plan-log prove ENTRY --from CHECKPOINT`.",
        )
    else:
        value = _of_proof(proof, trust, key)
    if not quiet:
        echo_report(output_format, value, text=lambda: _text(value))


def _of_log(log: Path, trust: ProofTrust, *, older: Path | None, key: PublicKey | None, state: bool) -> dict[str, Any]:
    from worldflux.documents.profile import VISIBILITY
    from worldflux.episodes.first_episode import shown
    from worldflux.portfolio.log.verifying import verify as verify_log

    found = verify_log(log, trust, older=older, key=key, state=state)
    seen = found.witnessed
    return {
        "visibility": VISIBILITY,
        "log": found.log.header.origin,
        "key": found.log.key.keyid,
        "entries": len(found.log.entries),
        "checkpoints": len(found.log.checkpoints),
        "witness": seen.witness,
        "witnessed": {"entries": seen.size, "at": shown(seen.at)} if seen.at else None,
        "continues": [{"checkpoint": name, "entries": size} for name, size in found.compared],
        "unsigned_lines": found.log.unsigned,
    }


def _of_proof(path: Path, trust: ProofTrust, key: PublicKey | None) -> dict[str, Any]:
    from worldbase import document
    from worldflux.documents.plan_log import LogProof
    from worldflux.documents.profile import VISIBILITY
    from worldflux.episodes.first_episode import shown
    from worldflux.portfolio.log import proofs, verifying

    loaded = document.load(path, LogProof, file=path.name).document
    proven = proofs.checked(loaded, file=path.name, key=key)
    at = verifying.time_of(proven.checkpoint, trust)
    size = proven.checkpoint.checkpoint.size
    before = [{"checkpoint": "in the proof", "entries": proven.older.size}] if proven.older else []
    return {
        "visibility": VISIBILITY,
        "log": loaded.origin,
        "key": proven.key.keyid,
        "entry": proven.index,
        "kind": proven.entry.kind,
        "plan": proven.entry.plan,
        "entries": size,
        "witness": "tsa" if at else "none",
        "witnessed": {"entries": size, "at": shown(at)} if at else None,
        "continues": before,
    }


def _text(value: dict[str, Any]) -> str:
    seen = value["witnessed"]
    witness = f"tsa, of the first {seen['entries']:,} entries at {seen['at']}" if seen else "none"
    entry = f"  entry    {value['entry']}: {value['kind']} {value['plan']}\n" if "entry" in value else ""
    loose = "  note     a last line that no checkpoint covers is no entry\n" if value.get("unsigned_lines") else ""
    return (
        f"{click.style('WHOLE', bold=True)}  {value['log']}  ({value['visibility']})\n\n"
        f"{entry}"
        f"  entries  {value['entries']:,}\n"
        f"  key      {value['key']}\n"
        f"  witness  {witness}\n"
        + "".join(f"  grew     from {old['checkpoint']}: {old['entries']:,} entries\n" for old in value["continues"])
        + loose
    )


def _text_of(path: Path) -> str:
    from worldbase import strictjson

    return strictjson.read_bytes(path, file=path.name, max_bytes=64 * 1024).decode("utf-8", "replace")
