"""`worldflux eval-profile show`."""

from __future__ import annotations

from pathlib import Path

import click

from worldbase.console import echo_report, format_option


@click.command(
    epilog="""\b
Example:
  worldflux eval-profile show profile.json
  worldflux eval-profile show profile.json --format markdown > profile.md"""
)
@click.argument("profile", type=click.Path(path_type=Path))
@format_option
def show(profile: Path, output_format: str) -> None:
    """Show a profile as a page, with the digest that a plan will freeze."""
    from worldflux.portfolio import profile_drafting
    from worldflux.portfolio.render import profile as page

    loaded = profile_drafting.load(profile)
    echo_report(
        output_format,
        {"digest": loaded.digest, "profile": loaded.document},
        text=lambda: page.text(loaded.document, loaded.digest),
        markdown=lambda: page.markdown(loaded.document, loaded.digest),
    )
