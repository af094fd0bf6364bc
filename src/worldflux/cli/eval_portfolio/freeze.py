"""`worldflux eval-portfolio freeze`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from worldbase.console import echo_report, format_option, quiet_option
from worldbase.errors import UsageError, Where
from worldflux.cli.audit.signing_options import (
    SigningChoice,
    signer_of,
    signing_options,
    stamp_of,
    tell_publication,
    tsa_option,
)

if TYPE_CHECKING:
    from worldflux.portfolio.freezing import Freeze


@click.command(
    epilog="""\b
Examples:
  worldflux eval-portfolio freeze plan.json --tsa-url https://tsa.example.org/
  worldflux eval-portfolio freeze plan.json --backend sigstore --confirm-public-log
  worldflux eval-portfolio freeze plan.json --protocol claim_pkg/protocol.json --tsa-url https://tsa.example.org/
Then, before the first episode:
  worldflux plan-log append plan.json""",
)
@click.argument("plan", type=click.Path(path_type=Path))
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="File to write; beside plan.json, plan.freeze.json where not given. A time stamp lies beside it (.tsr).",
)
@click.option(
    "--protocol",
    "protocols",
    type=click.Path(path_type=Path),
    multiple=True,
    help="A protocol.json that is frozen with the plan, for `audit run --plan-proof`. Repeat for several.",
)
@tsa_option
@signing_options
@format_option
@quiet_option
def freeze(
    plan: Path,
    output: Path | None,
    protocols: tuple[Path, ...],
    tsa_url: str | None,
    output_format: str,
    quiet: bool,
    **choice: Any,
) -> None:
    """Sign a plan before its first episode, so that nobody can change it unseen.

    With --tsa-url or --backend sigstore somebody else's clock says when; without either, the freeze shows that the
    plan was not changed, and its age is only declared. A freeze of a plan counts for no other: an edited plan does
    not fit, whatever digest was written into it.
    """
    from worldbase import document, strictjson
    from worldbase.files import write_atomic
    from worldflux.documents.protocol import Protocol
    from worldflux.portfolio import freezing
    from worldflux.portfolio.plan_files import load_plan

    chosen, target = SigningChoice(**choice), output or plan.with_name(f"{plan.stem}.freeze.json")
    stamp_target = freezing.stamp_path(target)
    for place in (target, stamp_target):
        _refuse_standing(place)
    frozen = load_plan(plan)
    digests = [document.load(path, Protocol, file=path.name).digest for path in protocols]
    data = strictjson.read_bytes(plan, file=plan.name)
    statement = freezing.statement_of(frozen.plan, data, digests)
    signer = signer_of(chosen)
    tell_publication(signer, statement)
    made = freezing.freeze(statement, signer, stamp=stamp_of(tsa_url))
    if made.time_stamp is not None:
        write_atomic(stamp_target, made.time_stamp)
    write_atomic(target, made.data)
    if not quiet:
        value = _value(made, target, frozen.plan.digest, chosen.backend)
        echo_report(output_format, value, text=lambda: _text(value))


def _refuse_standing(path: Path) -> None:
    """A freeze that stands is older than any new one, and worth more."""
    if path.exists():
        raise UsageError(
            f"{path.name} exists",
            code="output.exists",
            where=Where(path.name),
            hint="Keep it: it is older than a new one. For another plan, choose another --output.",
        )


def _value(made: Freeze, target: Path, plan_digest: str, backend: str) -> dict[str, Any]:
    from worldflux.documents.profile import VISIBILITY
    from worldflux.portfolio.freezing import stamp_path

    files = [str(target)] if made.time_stamp is None else [str(target), str(stamp_path(target))]
    clock = "none: the age of the plan is only declared"
    if made.time_stamp is not None:
        clock = "a time-stamping authority"
    elif backend == "sigstore":
        clock = "the Sigstore service, as far as your readers trust it"
    return {"visibility": VISIBILITY, "plan": plan_digest, "signer": made.signer, "clock": clock, "files": files}


def _text(value: dict[str, Any]) -> str:
    files = "".join(f"  wrote   {name}\n" for name in value["files"])
    return (
        f"{click.style('FROZEN', bold=True)}  {value['visibility']}\n\n"
        f"  plan    {value['plan']}\n"
        f"  signer  {value['signer']}\n"
        f"  clock   {value['clock']}\n"
        f"{files}"
        "  next    worldflux plan-log append, then the run sheet: worldflux eval-portfolio render-run-sheet\n"
    )
