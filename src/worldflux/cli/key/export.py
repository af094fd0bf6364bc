"""`worldflux key export`."""

from __future__ import annotations

from pathlib import Path

import click

from worldbase.errors import UsageError, Where
from worldbase.files import write_atomic
from worldflux.signing.keystore import Keystore


@click.command(
    epilog="""\b
Example:
  worldflux key export --output my-key.pem
Whoever should trust your signatures runs:
  worldflux key trust my-key.pem --label your-name"""
)
@click.argument("key", required=False)
@click.option("--output", type=click.Path(path_type=Path), help="File to write.  [default: standard output]")
def export(key: str | None, output: Path | None) -> None:
    """Write the public half of a key as PEM, for those who are to trust it.

    KEY is a label, or a key id of which eight digits do; your default key where it is not given. The private half is
    never written: `worldflux key list` shows where it lies.
    """
    store = Keystore.of_user()
    pem = (store.default(create=False) if key is None else store.find(key)).public.pem
    if output is None:
        click.echo(pem, nl=False)
        return
    if output.exists():
        raise UsageError(
            f"{output.name} exists",
            code="key.output_exists",
            where=Where(output.name),
            hint="Choose another --output; a public key is too easily taken for another.",
        )
    write_atomic(output, pem.encode())
