"""The second link of the chain, computed again: what is decided from claim, protocol and audit input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

import msgspec

from worldbase.document import Document, Loaded
from worldbase.errors import Problem, Where
from worldflux.audit.rules import v1 as rules_v1
from worldflux.claims.claim_pair import ClaimPair
from worldflux.documents.audit_input import AuditInput
from worldflux.documents.evidence import Evidence
from worldflux.documents.ppi import Ppi
from worldflux.documents.stopping import Stopping
from worldflux.errors import GateError
from worldflux.package import layout
from worldflux.package.render import v1 as render_v1
from worldflux.verify.compare_numbers import Comparison

RULES: Final[dict[str, ModuleType]] = {rules_v1.RULES: rules_v1}
"""Every version of the rules that was released."""

RENDERERS: Final[dict[str, Callable[[Evidence], str]]] = {render_v1.RENDER: render_v1.markdown}
"""Every version of the renderer of `evidence.md` that was released."""


@dataclass(frozen=True, slots=True)
class AskedFor:
    """The members that a package has only where somebody asked for them, and whether this one may withhold them."""

    stopping: Loaded[Stopping] | None
    ppi: Loaded[Ppi] | None
    may_be_withheld: bool


def require_known_versions(evidence: Evidence) -> None:
    """Refuse evidence of rules or of a renderer that this tool does not have.

    Raises:
        GateError: `schema.newer`.
    """
    for name, version, known in (("rules", evidence.rules, RULES), ("render", evidence.render, RENDERERS)):
        if version not in known:
            raise GateError(
                f"{name} {version[:40]!r} is newer than this tool, which has {', '.join(known)}",
                gate="schema",
                code="schema.newer",
                where=Where(layout.EVIDENCE, f"/{name}"),
                hint="Update worldflux and verify again.",
            )


def compare_evidence(
    pair: ClaimPair, audit_input: AuditInput, evidence: Loaded[Evidence], comparison: Comparison
) -> None:
    """Decide again by the stored version of the rules, and compare all that was decided."""
    stored = evidence.document
    decided = RULES[stored.rules].decide(
        pair.claim,
        pair.protocol,
        audit_input,
        binding=pair.binding,
        identifier=stored.id,
        created_at=stored.created_at,
        render=stored.render,
    )
    comparison.compare(
        evidence.value, msgspec.to_builtins(decided), code="recomputation.evidence", file=layout.EVIDENCE
    )


def compare_asked_for(
    pair: ClaimPair, audit_input: AuditInput, stored: AskedFor, evidence: Evidence, comparison: Comparison
) -> None:
    """Compare `stopping.json` and `ppi.json` with what follows; neither is there where nobody asked for it."""
    rules = RULES[evidence.rules]
    given = rules.given_of(pair.claim, pair.protocol, audit_input)
    stopping, ppi = rules.stopping_of(given, evidence.id), rules.readings_of(given, evidence.id)
    _compare_member(layout.STOPPING, stored.stopping, stopping, stored, comparison, code="recomputation.stopping")
    _compare_member(layout.PPI, stored.ppi, ppi, stored, comparison, code="recomputation.ppi")


def _compare_member(
    name: str,
    stored: Loaded[Any] | None,
    recomputed: Document | None,
    asked_for: AskedFor,
    comparison: Comparison,
    *,
    code: str,
) -> None:
    if stored is not None and recomputed is not None:
        comparison.compare(stored.value, msgspec.to_builtins(recomputed), code=code, file=name)
    elif stored is not None:
        comparison.note(Problem(code, "it is there and nobody asked for it", Where(name)))
    elif recomputed is not None and not asked_for.may_be_withheld:
        comparison.note(Problem(code, "it was asked for and is not there", Where(name)))


def require_same_report(evidence: Evidence, report: bytes) -> None:
    """Render the stored evidence by its own renderer and compare the bytes.

    Raises:
        GateError: `recomputation.report`, with the first line that differs.
    """
    rendered = RENDERERS[evidence.render](evidence).encode()
    if rendered != report:
        raise GateError(
            "the report is not what its renderer makes of the evidence",
            gate="recomputation",
            code="recomputation.report",
            where=Where(layout.REPORT, line=_first_difference(rendered, report)),
            hint="The report was edited; read evidence.json, and ask who changed it.",
        )


def _first_difference(rendered: bytes, report: bytes) -> int:
    ours, theirs = rendered.split(b"\n"), report.split(b"\n")
    pairs = enumerate(zip(ours, theirs, strict=False), start=1)
    return next((number for number, (left, right) in pairs if left != right), min(len(ours), len(theirs)) + 1)
