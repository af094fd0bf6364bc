"""Several metrics, one verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import msgspec

from worldbase.document import significant
from worldflux.audit.rules.v1.decided import Decided
from worldflux.audit.rules.v1.given import Given
from worldflux.documents.claim import ExpectedMetric
from worldflux.documents.evidence import Reason, Verdict
from worldflux.stats.multiplicity import benjamini_hochberg, holm

_ALL: Final[tuple[Verdict, ...]] = ("refuted", "not_testable", "underpowered", "inconclusive")
_ANY: Final[tuple[Verdict, ...]] = ("supported", "inconclusive", "underpowered", "not_testable")


def corrected(items: Sequence[Decided], given: Given) -> list[Decided]:
    """Correct for several looks where they are looks: `any` by Holm, exploratory metrics by Benjamini and Hochberg.

    A claim that all metrics hold needs no correction: it is false as soon as one is, and that one's test has the error
    alpha (intersection-union test: Berger 1982, Technometrics 24, 295-300).
    """
    primary = [item for item in items if item.metric.role == "primary"]
    adjusted: dict[str, float] = {}
    if given.rule.combine == "any":
        adjusted |= _adjusted(primary, holm, given.rule.alpha)
    exploratory = [item for item in items if item.metric.role == "exploratory"]
    adjusted |= _adjusted(exploratory, benjamini_hochberg, given.rule.alpha)
    return [_with_adjusted(item, adjusted.get(item.metric.label), given) for item in items]


def _adjusted(items: list[Decided], adjust: Callable[[Sequence[float]], list[float]], alpha: float) -> dict[str, float]:
    values = {item.metric.label: _p_value(item, alpha) for item in items if item.evidence.verdict != "not_testable"}
    if len(values) < 2:
        return {}
    return dict(zip(values, adjust(list(values.values())), strict=True))


def _p_value(item: Decided, alpha: float) -> float:
    """A metric's p-value, and that of its baseline where that is larger: both have to hold.

    Where an interval decided and there is none: alpha if it supports the claim, else 1. That too stays at or below any
    level with at most that probability while the claim is false.
    """
    evidence = item.evidence
    own = evidence.p_value.value if evidence.p_value else alpha if evidence.verdict == "supported" else 1.0
    return max(own, evidence.baseline.p_value.value) if evidence.baseline else own


def _with_adjusted(item: Decided, adjusted: float | None, given: Given) -> Decided:
    flags = [*item.flags, "exploratory"] if item.metric.role == "exploratory" else item.flags
    if adjusted is None:
        return replace(item, flags=flags)
    evidence, reasons, observed = item.evidence, item.reasons, item.observed_verdict
    if evidence.p_value:
        shown = msgspec.structs.replace(evidence.p_value, adjusted=significant(adjusted))
        evidence = msgspec.structs.replace(evidence, p_value=shown)
    if item.evidence.verdict == "supported" and adjusted > given.rule.alpha:
        evidence = msgspec.structs.replace(evidence, verdict="inconclusive")
        message = f"Corrected for several metrics its p-value is {adjusted:.4g}, above {given.rule.alpha:g}."
        code = "multiple.exploratory" if item.metric.role == "exploratory" else "multiple.holm"
        reasons = [*reasons, Reason(code=code, message=message)]
        observed = "inconclusive" if observed == "supported" else observed
    return replace(item, evidence=evidence, reasons=reasons, flags=flags, observed_verdict=observed)


def refutations_confirmed(
    items: Sequence[Decided], given: Given, decide: Callable[[ExpectedMetric, Given], Decided]
) -> list[Decided]:
    """Let one of m refuted metrics refute a claim of all only if it is refuted at alpha/m (Bonferroni) as well.

    That all hold needs no correction to be shown, but it has m chances to be refuted by accident.
    """
    primary = [item for item in items if item.metric.role == "primary"]
    if given.rule.combine == "any" or len(primary) < 2:
        return list(items)
    stricter = given.at_alpha(given.rule.alpha / len(primary))
    return [_confirmed(item, len(primary), stricter, decide) for item in items]


def _confirmed(
    item: Decided, metrics: int, stricter: Given, decide: Callable[[ExpectedMetric, Given], Decided]
) -> Decided:
    refuted = item.evidence.verdict == "refuted" and item.metric.role == "primary"
    if not refuted or decide(item.metric, stricter).evidence.verdict == "refuted":
        return item
    message = (
        f"{item.metric.label} is refuted by itself; as one of {metrics} chances to refute the claim it would have to "
        f"be at an error of {stricter.rule.alpha:.3g}, and is not."
    )
    reasons = [*item.reasons, Reason(code="multiple.refutation", message=message)]
    return replace(item, reasons=reasons, counts_as="inconclusive")


def combined(items: Sequence[Decided], given: Given, *, observed: bool = False) -> Verdict:
    """The claim's verdict from those of its primary metrics.

    `all`: one refuted metric refutes the claim, whatever can be said of the others. `any`: one supported metric
    supports it, and only when all are refuted is it refuted.

    Args:
        items: All metrics, corrected.
        given: All that the rules may look at.
        observed: Read the verdicts that ignore lost episodes.
    """
    verdicts = [
        item.counts_as or (item.observed_verdict if observed else item.evidence.verdict)
        for item in items
        if item.metric.role == "primary"
    ]
    if not verdicts:
        return "not_testable"
    if given.rule.combine == "any":
        return next((verdict for verdict in _ANY if verdict in verdicts), "refuted")
    return next((verdict for verdict in _ALL if verdict in verdicts), "supported")


def flagged(item: Decided, shared: list[str]) -> Decided:
    """Write a metric's own flags, and those of the whole audit, into its evidence."""
    own = list(item.flags)
    if item.evidence.verdict == "supported" and item.evidence.target.status == "contradicted":
        own.append("below_target")
    flags = list(dict.fromkeys([*own, *shared]))
    return replace(item, evidence=msgspec.structs.replace(item.evidence, flags=flags), flags=flags)


def only_exploratory(items: Sequence[Decided]) -> Reason | None:
    """A claim of which nothing is claimed."""
    if any(item.metric.role == "primary" for item in items):
        return None
    return Reason(code="metrics.only_exploratory", message="All metrics are exploratory, so none decides the claim.")
