"""`worldflux eval-portfolio contract-template`."""

from __future__ import annotations

from pathlib import Path

import click

from worldbase.console import quiet_option
from worldbase.errors import UsageError


@click.command(
    "contract-template",
    epilog="""\b
Example:
  worldflux eval-portfolio contract-template --probe-id our-packing-cell --output contract.json""",
)
@click.option("--output", type=click.Path(path_type=Path), required=True, help="File to write.")
@click.option("--probe-id", help="What your probe is called; no probe of the registry may be called so.")
@click.option("--overwrite", is_flag=True, help="Replace what stands at --output.")
@quiet_option
def contract_template(output: Path, probe_id: str | None, overwrite: bool, quiet: bool) -> None:
    """Write a valid, filled contract for a probe of your own; put your own words in place of the example's.

    A plan pins the contract whole, and evidence is held against it. Consent is recorded as it is declared; nobody
    verifies it.
    """
    if output.exists() and not overwrite:
        raise UsageError(
            f"{output} exists", code="output.exists", hint="Choose another file, or pass --overwrite to replace it."
        )
    from worldbase import document, files
    from worldflux.portfolio import contracts

    contract = contracts.example(contracts.EXAMPLE_PROBE if probe_id is None else probe_id)
    files.write_atomic(output, document.dump(contract))
    if not quiet:
        click.echo(
            f"Wrote {output}. It is {contract.visibility}, and all of it is made up: put your own in its place.\n"
            f"{contracts.consent_sentence(contract.consent)}.\n"
            f"Then:\n  worldflux eval-portfolio plan --profile profile.json --custom-eval-contract {output} "
            "--seed 1234 --seed-source operator_supplied --output plan.json"
        )
