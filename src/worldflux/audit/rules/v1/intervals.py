"""Intervals as evidence carries them."""

from __future__ import annotations

from worldbase.document import significant
from worldflux.audit.rules.v1.design import Design
from worldflux.audit.rules.v1.given import Given
from worldflux.documents.evidence import Interval
from worldflux.stats.critical_counts import exact
from worldflux.stats.intervals import Method, interval, score_limits


def method_label(design: Design, method: Method) -> str:
    """What decides: the declared method, or the one that the design asks for."""
    if design.sample.simple:
        return method
    return "design_effect_wilson" if design.clustered else "stratified_wilson"


def of_design(design: Design, method: Method, confidence: float) -> Interval:
    """Interval of the observed rate; Wilson's of as many trials as the design is worth, where it has an effect."""
    if design.sample.simple:
        lower, upper = interval(int(design.observed), design.observed_trials, method=method, confidence=confidence)
    else:
        lower, upper = _widened(design, confidence)
    return _interval(method_label(design, method), confidence, lower, upper)


def _widened(design: Design, confidence: float) -> tuple[float, float]:
    """Wilson's limits of as many trials as the design is worth."""
    import numpy as np

    worth = design.observed_trials / design.sample.design_effect
    successes = (design.estimate or 0.0) * worth
    quantile = design.sample.quantile((1 - confidence) / 2)
    lower, upper = score_limits(np.array([successes]), np.array([worth]), quantile)
    return float(lower[0]), float(upper[0])


def of_counts(successes: int, trials: int, method: Method, confidence: float) -> Interval:
    """Interval of a rate of independent trials."""
    lower, upper = interval(successes, trials, method=method, confidence=confidence)
    return _interval(method, confidence, lower, upper)


def unknown(given: Given) -> Interval:
    """Where nothing is known, at the confidence of the decision."""
    confidence = significant(float(1 - 2 * exact(given.rule.alpha)))
    return Interval(method="none", confidence=confidence, lower=None, upper=None)


def _interval(method: str, confidence: float, lower: float, upper: float) -> Interval:
    return Interval(
        method=method,
        confidence=significant(confidence),
        lower=max(0.0, significant(lower)),
        upper=min(1.0, significant(upper)),
    )
