"""A measured baseline: its own uncertainty counts, so passing its observed rate is not enough."""

from __future__ import annotations

from dataclasses import replace

import msgspec
from msgspec import UNSET

from worldbase.document import significant
from worldflux.audit.rules.v1.decided import Decided
from worldflux.audit.rules.v1.given import Given
from worldflux.audit.rules.v1.ledger import Tally
from worldflux.documents.claim import UNIT_SCALES
from worldflux.documents.evidence import BaselineComparison, Interval, PValue, Reason, Verdict
from worldflux.stats.critical_counts import exact


def compare(item: Decided, given: Given) -> Decided:
    """Conjoin the comparison with a baseline that was given as counts; without one, nothing changes.

    The test is Farrington's and Manning's (1990, Statistics in Medicine 9, 1447-1454) of "worse than the baseline by
    the margin or more". Lost episodes count as failures for support and as successes for refutation.
    """
    baseline = given.rule.baseline
    if baseline is UNSET or baseline.successes is UNSET or baseline.trials is UNSET or not item.hypotheses:
        return item
    clustered = item.evidence.design_effect != 1
    if len(item.hypotheses) > 1 or given.by_e_process or clustered or not given.total(item.metric).trials:
        message = (
            "The baseline's counts are compared only with one-sided claims about a whole plan of independent episodes."
        )
        return _reading(item, Reason(code="baseline.not_compared", message=message), None, "inconclusive")
    tally, measured = given.total(item.metric), (baseline.successes, baseline.trials)
    comparison = _comparison(item, tally, given, *measured)
    without_lost = _comparison(item, tally.without_lost(), given, *measured)
    message = (
        f"Against the baseline's {baseline.successes:,} of {baseline.trials:,} the difference is "
        f"{comparison.difference:+.3f} (p = {comparison.p_value.value:.4g} against the margin)."
    )
    return _reading(item, Reason(code="baseline.compared", message=message), comparison, without_lost.verdict)


def _comparison(item: Decided, tally: Tally, given: Given, successes: int, trials: int) -> BaselineComparison:
    from worldflux.stats.two_sample import miettinen_nurminen, non_inferiority

    alpha = given.rule.alpha
    margin = float(exact(given.rule.margin) / UNIT_SCALES[item.metric.unit])
    upward = item.hypotheses[0].direction == "above"
    n, least, most = tally.decision_trials, tally.successes, tally.successes + tally.ambiguous
    if upward:
        support = non_inferiority(least, n, successes, trials, margin=margin)
        _, highest = miettinen_nurminen(most, n, successes, trials, confidence=1 - 2 * alpha)
        refuted = highest < -margin
    else:  # fewer is better: failures are what must not be fewer
        support = non_inferiority(n - most, n, trials - successes, trials, margin=margin)
        lowest, _ = miettinen_nurminen(least, n, successes, trials, confidence=1 - 2 * alpha)
        refuted = lowest > margin
    verdict: Verdict = "supported" if support.p_value < alpha else "refuted" if refuted else "inconclusive"
    lower, upper = miettinen_nurminen(tally.successes, tally.trials, successes, trials, confidence=1 - 2 * alpha)
    return BaselineComparison(
        successes=successes,
        trials=trials,
        difference=significant(tally.successes / tally.trials - successes / trials),
        interval=Interval(
            method="miettinen_nurminen",
            confidence=significant(1 - 2 * alpha),
            lower=significant(lower),
            upper=significant(upper),
        ),
        p_value=PValue(method="farrington_manning", value=significant(support.p_value)),
        verdict=verdict,
    )


def with_baseline(own: Verdict, item: Decided, given: Given) -> Verdict:
    """The verdict of another reading of the same episodes, which has to pass a measured baseline as well."""
    baseline = given.rule.baseline
    if baseline is UNSET or baseline.successes is UNSET:
        return own
    comparison = item.evidence.baseline
    return _conjoined(own, "inconclusive" if comparison is UNSET else comparison.verdict)


def _conjoined(own: Verdict, met: Verdict) -> Verdict:
    """Supported where both are; refuted where either is."""
    if own == "supported" or (met == "refuted" and own in ("inconclusive", "underpowered")):
        return met
    return own


def _reading(item: Decided, reason: Reason, comparison: BaselineComparison | None, without_lost: Verdict) -> Decided:
    own = item.evidence.verdict
    met = comparison.verdict if comparison else "inconclusive"
    verdict = _conjoined(own, met)
    reasons = [*item.reasons, reason]
    if verdict != own:
        message = f"The claim also has to pass the baseline, and against that it is {met}."
        reasons.append(Reason(code="baseline.unmet", message=message))
    evidence = msgspec.structs.replace(item.evidence, verdict=verdict, baseline=comparison or UNSET)
    flags = [*item.flags, "asymptotic"] if comparison and "asymptotic" not in item.flags else item.flags
    observed = _conjoined(item.observed_verdict, without_lost)
    return replace(item, evidence=evidence, reasons=reasons, flags=flags, observed_verdict=observed)
