"""`worldflux claim from-paper-url`."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from worldbase.console import echo_report, format_option, quiet_option
from worldbase.errors import UsageError
from worldbase.files import StagedFolder

if TYPE_CHECKING:
    from worldflux.claims.paper.tables import Paper
    from worldflux.documents.paper_claims import CandidateClaim, PaperClaims


@click.command(
    "from-paper-url",
    epilog="""\b
Examples:
  worldflux claim from-paper-url https://arxiv.org/abs/2502.19645 --output claim_pkg/
  worldflux claim from-paper-url --from-file paper.html --list
  worldflux claim from-paper-url --from-file paper.html --pick 2 --output claim_pkg/""",
)
@click.argument("url", required=False)
@click.option("--output", type=click.Path(path_type=Path), help="Folder for claim.json, protocol.json and the review.")
@click.option(
    "--from-file",
    "file",
    type=click.Path(path_type=Path),
    help="Read this .html, .tex, .tar.gz or .pdf instead of fetching; a URL beside it is only cited.",
)
@click.option("--list", "only_list", is_flag=True, help="Show the candidates and what does not add up; write nothing.")
@click.option("--pick", "picks", multiple=True, metavar="ID|N", help="Draft this candidate; repeat for several.")
@click.option("--overwrite", is_flag=True, help="Replace what stands at --output.")
@format_option
@quiet_option
def from_paper(
    url: str | None,
    output: Path | None,
    file: Path | None,
    only_list: bool,
    picks: tuple[str, ...],
    overwrite: bool,
    output_format: str,
    quiet: bool,
) -> None:
    """Draft a claim and its protocol from the result tables of a paper.

    Finds every number that a policy reached, checks whether the tables add up, and writes a draft for the likeliest
    candidate or for those that are picked. Whatever the paper does not state is marked `unstated_in_paper`.
    """
    if output is None and not only_list:
        raise UsageError("where to?", code="paper.usage", hint="Give --output FOLDER, or --list to write nothing.")
    from worldflux.claims.paper.survey import survey

    claims = survey(_paper(url, file))
    if only_list or output is None:
        _report(claims, output_format, every=True)
        return
    chosen, reasons = _chosen(claims, picks, may_ask=output_format == "text" and not quiet)
    written = _write(claims, chosen, reasons, output, overwrite=overwrite)
    if not quiet:
        _report(written, output_format, every=False, after=_after(written, output, _repeated(url, file, output)))


def _paper(url: str | None, file: Path | None) -> Paper:
    from dataclasses import replace

    if file is not None:
        from worldflux.claims.paper.reading import read_paper

        paper = read_paper(file)
        return replace(paper, url=url) if url else paper
    if url is None:
        raise UsageError(
            "no paper is named", code="paper.usage", hint="Give an arXiv URL, or a file with --from-file paper.html."
        )
    from worldflux.claims.paper.fetch import fetch_paper

    return fetch_paper(url)


def _chosen(
    claims: PaperClaims, picks: Sequence[str], *, may_ask: bool
) -> tuple[list[CandidateClaim], list[list[str]]]:
    """The candidates to draft, and why; on a terminal a person is asked."""
    if not picks and len(claims.candidates) > 1 and may_ask and _is_terminal():
        from worldflux.cli.claim.paper_report import text

        click.echo(text(claims, every=True), err=True, nl=False)
        picks = click.prompt("Which one? Numbers or ids, separated by commas", default="1", err=True).split(",")
    if picks:
        found = list(dict.fromkeys(_picked(pick.strip(), claims.candidates).candidate_id for pick in picks))
        by_id = {one.candidate_id: one for one in claims.candidates}
        return [by_id[one] for one in found], [["it was picked"] for _ in found]
    best = claims.candidates[0]
    return [best], [
        [*(best.own_because or ["no row is known to be the paper's own, and it is the first"]), *_breadth(best)]
    ]


def _breadth(best: CandidateClaim) -> list[str]:
    return ["it covers the most tasks"] if best.measures == "average" else []


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _picked(pick: str, candidates: Sequence[CandidateClaim]) -> CandidateClaim:
    """A candidate by its number in the list, its id, or the beginning of its id."""
    if pick.isascii() and pick.isdecimal() and 1 <= int(pick[:9]) <= len(candidates) and len(pick) < 9:
        return candidates[int(pick) - 1]
    found = [one for one in candidates if pick and one.candidate_id.startswith(pick)]
    if len(found) == 1:
        return found[0]
    reason = "is the beginning of several ids" if found else "is no candidate"
    raise UsageError(
        f"{pick[:60]!r} {reason}",
        code="paper.pick",
        hint=f"Numbers go from 1 to {len(candidates)}; `--list` shows them with their ids.",
    )


def _write(
    claims: PaperClaims,
    chosen: Sequence[CandidateClaim],
    reasons: Sequence[list[str]],
    output: Path,
    *,
    overwrite: bool,
) -> PaperClaims:
    from msgspec.structs import replace

    from worldbase.document import dump
    from worldflux.claims.paper.draft import draft_of, folder_name
    from worldflux.claims.paper.review import review

    several = len(chosen) > 1
    folders = [folder_name(one, number) if several else "." for number, one in enumerate(chosen, start=1)]
    drafts = [
        draft_of(candidate, claims, because, folder)
        for candidate, because, folder in zip(chosen, reasons, folders, strict=True)
    ]
    written = replace(claims, drafts=[one.info for one in drafts])
    with StagedFolder(output, overwrite=overwrite, holds="paper_claims.json") as staged:
        for one in drafts:
            folder = staged.path / one.info.folder
            folder.mkdir(exist_ok=True)
            (folder / "claim.json").write_bytes(one.documents.claim)
            (folder / "protocol.json").write_bytes(one.documents.protocol)
        (staged.path / "paper_claims.json").write_bytes(dump(written))
        (staged.path / "paper_review.md").write_text(review(written), encoding="utf-8")
        staged.commit()
    return written


def _report(claims: PaperClaims, output_format: str, *, every: bool, after: str = "") -> None:
    from worldflux.claims.paper.review import review
    from worldflux.cli.claim.paper_report import text

    echo_report(
        output_format,
        claims,
        text=lambda: text(claims, every=every) + after,
        markdown=lambda: review(claims).rstrip("\n"),
    )


def _after(written: PaperClaims, output: Path, repeated: str) -> str:
    from worldflux.cli.claim.paper_report import after_drafting

    return after_drafting(written, output, repeated)


def _repeated(url: str | None, file: Path | None, output: Path) -> str:
    """The command line again, for picking another candidate."""
    named = [*(["--from-file", str(file)] if file else []), *([url] if url else [])]
    return shlex.join(["worldflux", "claim", "from-paper-url", *named, "--output", f"{output}/"])
