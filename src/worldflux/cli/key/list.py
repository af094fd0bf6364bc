"""`worldflux key list`."""

from __future__ import annotations

import click

from worldbase.console import echo_report, format_option
from worldbase.tables import markdown_cell, markdown_table, text_table, visible
from worldflux.cli.key import shown
from worldflux.signing.keystore import Keystore, OwnKey

_HEADER = ("key", "key id", "algorithm", "made", "state")


@click.command(
    "list",
    epilog="""\b
Example:
  worldflux key list --format json""",
)
@format_option
def list_keys(output_format: str) -> None:
    """List your keys, and where they lie.

    The file of a private key is `<first 16 digits of the key id>.key.pem` in the folder that is shown. Copy it to move
    a key to another machine, with the two files beside it.
    """
    store = Keystore.of_user()
    keys, default = store.public_keys(), store.default_keyid()
    rows = [_row(key, default) for key in keys]
    folder = visible(str(store.folder))
    echo_report(
        output_format,
        {"folder": str(store.folder), "keys": [shown.as_json(key, default) for key in keys]},
        text=lambda: f"{text_table(_HEADER, rows)}\nFolder: {folder}\n" if keys else _none(),
        markdown=lambda: markdown_table(_HEADER, [[*map(markdown_cell, row)] for row in rows]) if keys else _none(),
    )


def _row(key: OwnKey, default: str | None) -> list[str]:
    algorithm = shown.NAMES[key.public.algorithm]
    return [key.label, key.keyid[:16], algorithm, key.created_at[:10], shown.state(key, default)]


def _none() -> str:
    return "You have no key. `worldflux key generate` makes one, and so does your first `worldflux audit sign`.\n"
