"""A verification report as people read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click
from msgspec import UNSET

from worldbase.tables import markdown as literal
from worldbase.tables import markdown_table, visible

if TYPE_CHECKING:
    from worldflux.documents.verification import (
        GateReport,
        PackageReport,
        ReviewReport,
        SignerReport,
        VerificationReport,
    )

_MARKS = {"pass": ("ok", "green"), "fail": ("FAIL", "red"), "skipped": ("--", "yellow")}
_NAME_WIDTH = 31

Show = Callable[[str], str]
"""Makes a text that somebody else wrote safe to show."""


def text(report: VerificationReport) -> str:
    """The report for a terminal: the conclusion first, then whose package it is, then each gate."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: VerificationReport) -> Iterator[str]:
    colour = "green" if report.ok else "yellow" if report.exit_code == _UNKNOWN_SIGNER else "red"
    yield click.style(_headline(report), fg=colour, bold=True) + f"  {visible(_conclusion(report))}"
    yield ""
    about = [f"  {label:<8} {said}" for label, said in _about(report, visible)]
    yield from [*about, ""] if about else []
    for gate in report.gates:
        yield from _gate_lines(gate)
    for review in report.reviews:
        yield ""
        yield from (f"  {label:<8} {said}" for label, said in _review(review, visible))
    yield ""
    yield "  not shown by this:"
    for line in report.not_checked:
        yield f"    {line}"


_UNKNOWN_SIGNER = 21


def _headline(report: VerificationReport) -> str:
    if report.ok:
        return "VERIFIED"
    return "INTEGRITY ONLY" if report.exit_code == _UNKNOWN_SIGNER else "REFUSED"


def _conclusion(report: VerificationReport) -> str:
    """The conclusion without the word that the headline says already."""
    return report.conclusion.removeprefix("verified; ").removeprefix("refused ").removeprefix("integrity only, ")


def _about(report: VerificationReport, show: Show) -> Iterator[tuple[str, str]]:
    """What was verified and who signed it: label and text."""
    if report.package is not UNSET:
        package = report.package
        # What a refused package says of itself is its own word and nobody's verdict.
        says = "verdict" if report.exit_code in (0, _UNKNOWN_SIGNER) else "it says"
        yield says, f"{package.verdict.replace('_', ' ')}: {show(package.headline)}"
        yield "package", f"{package.manifest}  (sequence {package.sequence}; {_level(report, package)})"
    for signer in report.signers:
        yield "signer", _signer(signer, show)


def _level(report: VerificationReport, package: PackageReport) -> str:
    if package.level == "cells":
        return f"level cells: {len(package.withheld)} members withheld, their counts are the author's word"
    follows = any(gate.id == "recomputation" and gate.status == "pass" for gate in report.gates)
    return "counted again from the episodes" if follows else "its numbers do not follow from its episodes"


def _signer(signer: SignerReport, show: Show) -> str:
    who = signer.keyid if signer.identity is UNSET else f"{show(signer.identity)} by {show(str(signer.issuer))}"
    label = f"{show(signer.label)}: " if signer.label is not UNSET else ""
    trust = {"self": "your own key", "policy": "trusted", "unknown": "unknown to you"}[signer.trust]
    when = f", at {signer.trusted_time} ({signer.time_source})" if signer.trusted_time is not UNSET else ""
    return f"{label}{who}  ({signer.algorithm}; {trust}{when})"


def _gate_lines(gate: GateReport) -> Iterator[str]:
    mark, colour = _MARKS[gate.status]
    first, *rest = gate.detail.splitlines() or [""]
    padded = click.style(f"{mark:>4}", fg=colour)
    yield f"  {padded}  {gate.exit_code} {gate.name:<{_NAME_WIDTH}} {visible(first)}"
    for line in rest[:20]:
        yield f"        {visible(line)}"
    if gate.code is not UNSET and not rest:
        place = f" in {visible(gate.where)}" if gate.where is not UNSET else ""
        yield f"        [{gate.code}]{place}"
    if gate.next is not UNSET:
        yield f"        next: {visible(gate.next)}"


def _review(review: ReviewReport, show: Show) -> Iterator[tuple[str, str]]:
    """One review: label and text. The name that reviewers give themselves stands apart from what is known of them."""
    if not review.good or review.signer is UNSET:
        yield "review", f"{show(review.file)}: not good: {show(str(review.problem))}"
        return
    yield "review", f"{str(review.decision).replace('_', ' ')}: {_signer(review.signer, show)}"
    if review.reviewer is not UNSET:
        yield "signs as", show(review.reviewer)
    if review.problem is not UNSET:
        yield "because", show(review.problem)
    yield "note", show(str(review.note))
    for limit in review.limits if review.limits is not UNSET else []:
        yield "limit", show(limit)


def markdown(report: VerificationReport) -> str:
    """The report for an issue or a pull request."""
    rows = [[str(gate.exit_code), gate.name, gate.status, _cell(gate.detail)] for gate in report.gates]
    reviews = [said for review in report.reviews for said in _review(review, literal)]
    parts = [
        f"# {_headline(report).capitalize()}: {literal(_conclusion(report))}",
        "\n".join(f"- {label}: {said}" for label, said in [*_about(report, literal), *reviews]),
        markdown_table(["exit", "gate", "outcome", "detail"], rows).rstrip(),
        "\n".join(["Not shown by this:", "", *(f"- {line}" for line in report.not_checked)]),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _cell(value: str) -> str:
    return literal("; ".join(value.splitlines()))
