"""`worldforge provider contract`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from worldbase.console import echo_report, foreign_output, format_option
from worldbase.errors import UsageError
from worldbase.redact import redact_text
from worldbase.tables import text_table, visible

if TYPE_CHECKING:
    from worldforge.benchmark.inputs import BenchmarkInputs
    from worldforge.forge.facade import WorldForge
    from worldforge.testing.provider_contract import ContractCheck, ContractReport


@click.command(
    epilog="""\b
Example:
  worldforge provider contract mock
  worldforge provider contract --all --format json
  worldforge provider contract my-policy --input-file observation.json"""
)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--all", "is_all", is_flag=True, help="Check every provider that can be asked.")
@click.option(
    "--input-file",
    type=click.Path(path_type=Path),
    help="What to ask them, in the format of `worldforge benchmark --input-file`.",
)
@format_option
def contract(names: tuple[str, ...], is_all: bool, input_file: Path | None, output_format: str) -> None:
    """Check that providers keep their contract, law by law. They are really called, a few dozen times.

    The same kit is worldforge.testing.provider_contract, for the tests of a provider. Exits with 1 where a law is
    broken.
    """
    if is_all == bool(names):
        raise UsageError(
            "give either the names of providers or --all",
            code="provider.contract_usage",
            hint="`worldforge provider list` shows the names.",
        )
    from worldforge.benchmark.inputs import load_inputs
    from worldforge.forge.facade import WorldForge

    inputs = load_inputs(input_file).inputs if input_file else None
    forge = WorldForge()
    with foreign_output():
        reports = [_checked(forge, name, inputs) for name in (forge.providers() if is_all else dict.fromkeys(names))]
    passed = all(report.passed for report in reports)
    echo_report(
        output_format,
        {"passed": passed, "providers": [_as_json(report) for report in reports]},
        text=lambda: "\n".join(map(_text, reports)),
    )
    if not passed:
        raise SystemExit(1)


def _checked(forge: WorldForge, name: str, inputs: BenchmarkInputs | None) -> ContractReport:
    from worldforge.testing.provider_contract import check_provider

    capabilities = forge.capabilities_of(name)
    # Who advertises nothing is refused here, in the words of the facade.
    provider = forge.implementation(name, capabilities[0] if capabilities else "predict")
    return check_provider(provider, inputs=inputs, name=name)


def _as_json(report: ContractReport) -> dict[str, Any]:
    checks = [{"name": each.name, "passed": each.passed, "detail": redact_text(each.detail)} for each in report.checks]
    return {**report.to_dict(), "checks": checks}


def _text(report: ContractReport) -> str:
    broken = sum(not check.passed for check in report.checks)
    verdict = f"breaks {broken} of {len(report.checks)} laws" if broken else f"keeps all {len(report.checks)} laws"
    return f"{click.style(visible(report.provider), bold=True)} {verdict}\n" + text_table(
        ["", "law", ""], [_row(check) for check in report.checks]
    )


def _row(check: ContractCheck) -> list[str]:
    return ["ok" if check.passed else "BROKEN", check.name, redact_text(check.detail)]
