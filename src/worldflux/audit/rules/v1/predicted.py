"""Real episodes helped out by simulated ones (prediction-powered inference), where the claim declares it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal

import msgspec
from msgspec import UNSET

from worldbase.document import significant
from worldflux.audit.rules.v1.decided import Decided, verdict_of
from worldflux.audit.rules.v1.given import Given
from worldflux.documents.audit_input import SimulationPairs
from worldflux.documents.evidence import Interval, Reason, SensitivityReading
from worldflux.documents.ppi import Ppi, PpiReading
from worldflux.stats.critical_counts import exact
from worldflux.stats.intervals import Bounds, interval
from worldflux.stats.verdicts import Hypothesis

if TYPE_CHECKING:
    from worldflux.stats.prediction_powered import PpiResult


def help_out(item: Decided, given: Given) -> Decided:
    """Show what simulated episodes add, and let them decide where the claim says so and the gate is passed.

    The gate: at least 50 real episodes, at least 5 pairs that differ, and the real episodes are those of this audit.
    """
    declared, pairs = given.rule.interval_method == "ppi", given.audit_input.requested.ppi
    if pairs is UNSET:
        if not declared:
            return item
        return _not_bearing(item, ["the claim declares them, and none were given (--ppi FILE)"])
    result = _result(pairs, given)
    reading = _sensitivity(item, pairs, result, given)
    shown = replace(
        item, evidence=msgspec.structs.replace(item.evidence, sensitivity=[*item.evidence.sensitivity, reading])
    )
    obstacles = _obstacles(pairs, result, item, given)
    return _not_bearing(shown, obstacles) if obstacles else _carried(shown, reading, pairs)


def _result(pairs: SimulationPairs, given: Given) -> PpiResult:
    from worldflux.stats.prediction_powered import ppi_mean_from_counts

    confidence = float(1 - 2 * exact(given.rule.alpha))
    return ppi_mean_from_counts(_table(pairs), pairs.simulated_successes, pairs.simulated, confidence=confidence)


def _sensitivity(item: Decided, pairs: SimulationPairs, result: PpiResult, given: Given) -> SensitivityReading:
    power = item.evidence.power.at_claim if item.evidence.power else None
    return SensitivityReading(
        reading="ppi",
        estimate=significant(result.estimate),
        interval=Interval(
            method="ppi",
            confidence=significant(float(1 - 2 * exact(given.rule.alpha))),
            lower=significant(result.lower),
            upper=significant(result.upper),
        ),
        verdict=verdict_of(_decided(item.hypotheses, result), power),
        note=f"{pairs.simulated:,} simulated episodes beside {pairs.real:,} real ones; asymptotic.",
    )


def _carried(item: Decided, reading: SensitivityReading, pairs: SimulationPairs) -> Decided:
    """The verdict, its interval and the claimed value's status by the real and the simulated episodes together."""
    evidence = msgspec.structs.replace(
        item.evidence,
        method="ppi",
        estimate=reading.estimate,
        interval=reading.interval,
        target=msgspec.structs.replace(item.evidence.target, status=_target_status(item.hypotheses, reading.interval)),
        verdict=reading.verdict,
        k_crit=None,
        k_crit_upper=UNSET,
        k_refute=None,
        attained_size=None,
        p_value=None,
    )
    message = (
        f"With {pairs.simulated:,} simulated episodes beside the real ones the rate is {reading.estimate:.4f}, between "
        f"{reading.interval.lower:.4f} and {reading.interval.upper:.4f}."
    )
    reasons = [Reason(code="ppi.decided", message=message), *item.reasons[1:]]
    return replace(item, evidence=evidence, reasons=reasons, flags=[*item.flags, "asymptotic"])


def _target_status(hypotheses: list[Hypothesis], bounds: Interval) -> Literal["shown", "not_shown", "contradicted"]:
    if len(hypotheses) > 1 or bounds.lower is None or bounds.upper is None:
        return "not_shown"
    target, above = float(hypotheses[0].target), hypotheses[0].direction == "above"
    if bounds.lower > target if above else bounds.upper < target:
        return "shown"
    return "contradicted" if (bounds.upper < target if above else bounds.lower > target) else "not_shown"


def readings_of(given: Given, evidence_id: str) -> Ppi | None:
    """`ppi.json`: every reading of the real success rate, side by side; None without simulated episodes."""
    pairs = given.audit_input.requested.ppi
    if pairs is UNSET:
        return None
    from worldflux.stats.prediction_powered import ppi_betting_interval

    confidence = float(1 - 2 * exact(given.rule.alpha))
    result = _result(pairs, given)
    betting = ppi_betting_interval(_table(pairs), pairs.simulated_successes, pairs.simulated, confidence=confidence)
    alone = interval(pairs.real_successes, pairs.real, method="wilson", confidence=confidence)
    rate = pairs.real_successes / pairs.real
    unweighted = pairs.simulated_successes / pairs.simulated + (pairs.real_only - pairs.simulated_only) / pairs.real
    return Ppi(
        schema_version="worldflux.ppi.v0_draft",
        evidence_id=evidence_id,
        pairs=pairs,
        real=pairs.real,
        discordant=result.discordant,
        gate_passed=result.verdict_bearing,
        reasons=list(result.reasons),
        readings=[
            _reading("real_only", rate, alone, confidence, asymptotic=True),
            _reading(
                "ppi", result.estimate, Bounds(result.lower, result.upper), confidence, result.lam, asymptotic=True
            ),
            _reading("ppi_betting", unweighted, betting, confidence, 1.0, asymptotic=False),
        ],
    )


def _reading(
    method: Literal["ppi", "ppi_betting", "real_only"],
    estimate: float,
    bounds: Bounds,
    confidence: float,
    lam: float | None = None,
    *,
    asymptotic: bool,
) -> PpiReading:
    return PpiReading(
        method=method,
        estimate=significant(estimate),
        interval=Interval(
            method="wilson" if method == "real_only" else method,
            confidence=significant(confidence),
            lower=significant(bounds.lower),
            upper=significant(bounds.upper),
        ),
        lam=None if lam is None else significant(lam),
        asymptotic=asymptotic,
    )


def _table(pairs: SimulationPairs) -> tuple[int, int, int, int]:
    return pairs.both, pairs.real_only, pairs.simulated_only, pairs.neither


def _decided(hypotheses: list[Hypothesis], result: PpiResult) -> Literal["supported", "refuted"] | None:
    lower, upper = result.lower, result.upper
    supports = [lower > one.threshold if one.direction == "above" else upper < one.threshold for one in hypotheses]
    refutes = [upper < one.threshold if one.direction == "above" else lower > one.threshold for one in hypotheses]
    return "supported" if all(supports) else "refuted" if any(refutes) else None


_GATE: Final = {
    "ppi.few_real": "there are fewer than 50 real episodes",
    "ppi.few_discordant": "fewer than 5 pairs of a real and a simulated episode differ",
}


def _obstacles(pairs: SimulationPairs, result: PpiResult, item: Decided, given: Given) -> list[str]:
    obstacles = [] if given.rule.interval_method == "ppi" else ["the claim's interval_method is not `ppi`"]
    tried = (item.evidence.successes, item.evidence.trials)
    if tried != (pairs.real_successes, pairs.real):
        obstacles.append(
            f"its {pairs.real_successes:,} of {pairs.real:,} real episodes are not the {tried[0]:,} of {tried[1]:,} "
            "audited"
        )
    if given.by_e_process:
        obstacles.append("the run ended before its plan, or may")
    elif item.evidence.decision_trials != item.evidence.trials:
        obstacles.append("planned episodes were lost")
    elif item.evidence.method != given.method:
        obstacles.append("the audited episodes are clustered, or tasks have unequal numbers of them")
    return [*obstacles, *(_GATE[code] for code in result.reasons)]


def _not_bearing(item: Decided, obstacles: list[str]) -> Decided:
    message = f"Simulated episodes do not carry the verdict: {'; '.join(obstacles)}."
    return replace(
        item,
        reasons=[*item.reasons, Reason(code="ppi.not_verdict_bearing", message=message)],
        flags=[*item.flags, "ppi_not_verdict_bearing"],
    )
