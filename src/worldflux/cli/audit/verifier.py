"""`worldflux audit verifier`."""

from __future__ import annotations

from pathlib import Path

import click

from worldbase.console import echo_report, format_option, quiet_option


@click.command(
    epilog="""\b
Examples:
  worldflux audit verifier --output worldflux-verify.html
  worldflux audit verifier --output worldflux-verify.js
Then, on a computer that has no WorldFlux:
  node worldflux-verify.js evidence_pkg.tar.gz --trusted-signer-config trusted.json""",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="NAME.html for a page that works in a browser, NAME.js for a script that works in Node.",
)
@click.option("--overwrite", is_flag=True, help="Replace a file that stands at --output.")
@format_option
@quiet_option
def verifier(output: Path, overwrite: bool, output_format: str, quiet: bool) -> None:
    """Write the verifier for Node and browsers.

    It is a second program, in JavaScript, that shares no line with this one: one file without dependencies, which works
    offline and sends nothing anywhere. It checks bytes, signature, bindings and every number of a package, and says of
    each number whether it was recomputed, is attested by the author because its episodes are withheld, or does not
    follow. The digest that is printed is that of this release; compare it with one that you got by another way.
    """
    from worldbase import digest
    from worldbase.files import write_atomic
    from worldbase.tables import visible

    data = _content(output)
    _refuse_existing(output, overwrite)
    write_atomic(output, data)
    if quiet:
        return
    value = {"verifier": str(output), "sha256": digest.of_bytes(data).removeprefix("sha256:"), "bytes": len(data)}
    how = "open it in a browser" if output.suffix == ".html" else f"node {output} evidence_pkg.tar.gz"
    echo_report(
        output_format,
        value,
        text=lambda: (
            f"  verifier  {visible(str(output))}, {len(data):,} bytes\n"
            f"  sha256    {value['sha256']}\n"
            f"  next      {visible(how)}\n"
        ),
    )


def _content(output: Path) -> bytes:
    from worldbase.errors import UsageError
    from worldflux.verify import elsewhere

    kinds = {".html": elsewhere.page, ".js": elsewhere.script}
    if output.suffix not in kinds:
        raise UsageError(
            f"{output.name}: the name does not say which kind is wanted",
            code="verifier.suffix",
            hint="Choose a name that ends in .html for the page, or in .js for the script.",
        )
    return kinds[output.suffix]()


def _refuse_existing(output: Path, overwrite: bool) -> None:
    from worldbase.errors import UsageError

    if output.exists() and not overwrite:
        raise UsageError(
            f"{output} exists", code="output.exists", hint="Choose another file, or pass --overwrite to replace it."
        )
