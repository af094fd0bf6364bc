"""`worldflux eval-portfolio commit-seed`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from worldbase.console import echo_report, format_option
from worldbase.errors import UsageError
from worldbase.tables import visible

if TYPE_CHECKING:
    from worldflux.documents.seed_commitment import NamedRound, SeedCommitment
    from worldflux.portfolio.seed_sources import Frame


@click.command(
    epilog="""\b
Examples:
  worldflux eval-portfolio commit-seed --profile profile.json --output seed_commitment.json
  worldflux eval-portfolio commit-seed --profile profile.json --custom-eval-contract contract.json \\
      --beacon drand-quicknet --round 35000000 --tsa-url https://... --output seed_commitment.json"""
)
@click.option("--output", type=click.Path(path_type=Path), required=True, help="The public commitment.")
@click.option("--profile", type=click.Path(path_type=Path), help="The profile that the plan will be for.")
@click.option(
    "--custom-eval-contract",
    type=click.Path(path_type=Path),
    multiple=True,
    help="A contract that the plan will take in, in the same order.",
)
@click.option("--beacon", metavar="NAME", help="Mix in public randomness: drand-quicknet, drand-default or nist-2.")
@click.option("--round", "round_number", type=click.IntRange(1), metavar="N", help="The round of it, still to come.")
@click.option("--tsa-url", metavar="URL", help="Have the time of the commitment stamped (RFC 3161).")
@format_option
def commit_seed(
    output: Path,
    profile: Path | None,
    custom_eval_contract: tuple[Path, ...],
    beacon: str | None,
    round_number: int | None,
    tsa_url: str | None,
    output_format: str,
) -> None:
    """Draw a secret salt and commit to it before a seed is known.

    Hand out the commitment; keep the salt, which lies beside it, until the plan is made. Alone it shows little: you
    could have tried salts. With --profile, and a salt that a reviewer adds afterwards, or a beacon's round whose
    commitment was time-stamped before, nobody could choose the seed.
    """
    from worldflux.portfolio.seed_files import Stamping, write_commitment

    if custom_eval_contract and profile is None:
        raise UsageError(
            "--custom-eval-contract needs --profile",
            code="plan.commit_options",
            hint="A commitment names all that the plan is made from, or nothing but the salt.",
        )
    made = write_commitment(
        output,
        _frame(profile, custom_eval_contract) if profile else None,
        _round(beacon, round_number),
        Stamping(tsa_url) if tsa_url else None,
    )
    salt = output.with_name(f"{output.stem}.salt")
    echo_report(output_format, _as_json(made, output, salt), text=lambda: _text(made, output, salt))


def _round(beacon: str | None, number: int | None) -> NamedRound | None:
    from worldflux.documents.seed_commitment import NamedRound

    if (beacon is None) != (number is None):
        raise UsageError(
            "--beacon and --round go together",
            code="plan.commit_options",
            hint="Name the beacon and a round of it that is still to come.",
        )
    return NamedRound(name=beacon, round=number) if beacon is not None and number is not None else None


def _frame(profile: Path, contracts: tuple[Path, ...]) -> Frame:
    from worldflux.cli.eval_portfolio.plan_options import load_profile
    from worldflux.portfolio import contracts as own_contracts
    from worldflux.portfolio import frozen
    from worldflux.portfolio.probes.registry import registry_digest
    from worldflux.portfolio.seed_sources import Frame

    own = tuple(frozen.digest_of(own_contracts.load(path).document) for path in contracts)
    return Frame(frozen.digest_of(load_profile(profile)), registry_digest(), own)


def _as_json(made: SeedCommitment, output: Path, salt: Path) -> dict[str, Any]:
    return {
        "visibility": made.visibility,
        "commitment": made.commitment,
        "file": str(output),
        "salt_file": str(salt),
        "names_profile": bool(made.profile),
    }


def _text(made: SeedCommitment, output: Path, salt: Path) -> str:
    bound = "" if made.profile else "  note     it names no profile: the seed will count as chosen by its operator\n"
    return (
        f"{click.style('committed', fg='green', bold=True)}  {made.commitment}  ({made.visibility})\n"
        f"  hand out {visible(str(output))}\n"
        f"  keep     {visible(str(salt))}  (only you can read it; it is revealed with the plan)\n{bound}"
        f"  next     worldflux eval-portfolio plan --seed-source "
        f"{'public_beacon' if made.beacon else 'commit_reveal'} --commitment {visible(str(output))} ...\n"
    )
