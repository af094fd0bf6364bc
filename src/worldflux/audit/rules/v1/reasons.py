"""Why a count decides, or does not: the sentences of a verdict over a whole plan."""

from __future__ import annotations

from fractions import Fraction
from typing import Final, Literal

from msgspec import UNSET

from worldflux.audit.rules.v1.decided import undecided
from worldflux.audit.rules.v1.design import Design
from worldflux.audit.rules.v1.given import Given
from worldflux.documents.evidence import Power, Reason, Verdict
from worldflux.stats.verdicts import DESIRED_POWER, Boundary, Hypothesis, boundary


def explained(
    found: Literal["supported", "refuted"] | None, hypotheses: list[Hypothesis], design: Design, power: Power | None
) -> tuple[Verdict, list[Reason]]:
    """The verdict of a decision that may have been reached, and how it came about."""
    bounds = [boundary(one, design.sample) for one in hypotheses]
    if found:
        return found, [_reached(found, bounds, design)]
    between = Reason(code="decision.between", message=_between(bounds, design))
    if power is None:
        return "inconclusive", [between, _POWER_UNDEFINED]
    verdict = undecided(power.at_claim)
    return verdict, [between, *([low_power(power)] if verdict == "underpowered" else [])]


_POWER_UNDEFINED: Final = Reason(
    code="power_undefined",
    message="With margin 0 the power at the claimed value is not defined; state decision_rule.power_at.",
)


def _reached(found: Literal["supported", "refuted"], bounds: list[Boundary], design: Design) -> Reason:
    trials = design.sample.trials
    if found == "supported" and len(bounds) > 1:
        message = (
            f"{_count(design.least)} of {trials:,} succeeded; {bounds[0].supporting:,} to {bounds[1].supporting:,} "
            "show equality within the margin."
        )
        return Reason(code="decision.equal_within", message=message)
    bound = next(one for one in bounds if found == "supported" or one.refutes(_towards(one, design)))
    upward = bound.direction == "above"
    if found == "supported":
        successes, critical, more = design.least if upward else design.most, bound.supporting, upward
    else:
        successes, critical, more = _towards(bound, design), bound.refuting, not upward
    message = (
        f"{_count(successes)} of {trials:,} succeeded; {critical:,} or {'more' if more else 'fewer'} "
        f"{'support' if found == 'supported' else 'refute'} the claim."
    )
    return Reason(code="decision.supported" if found == "supported" else "decision.refuted", message=message)


def _towards(bound: Boundary, design: Design) -> Fraction | int:
    """The count that a refutation reads: every lost episode on the claim's side."""
    return design.most if bound.direction == "above" else design.least


def _between(bounds: list[Boundary], design: Design) -> str:
    against, in_favour = design.least, design.most
    if bounds[0].direction == "below":
        against, in_favour = in_favour, against
    needed = f"{bounds[0].supporting:,}"
    if len(bounds) > 1:
        needed += f" to {bounds[1].supporting:,}"
    return (
        f"{_count(against)} of {design.sample.trials:,} supports nothing and {_count(in_favour)} of "
        f"{design.sample.trials:,} refutes nothing: {needed} would support, {bounds[0].refuting:,} would refute."
    )


def _count(number: object) -> str:
    value = float(number)  # type: ignore[arg-type]
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def what_widens(design: Design, given: Given) -> Reason | None:
    """Why the trials are worth fewer than they are; None where nothing of them hangs together."""
    if not design.clustered:
        return None
    worth = design.sample.trials / design.sample.design_effect
    message = f"{design.sample.trials:,} episodes are worth {worth:,.0f} independent ones"
    if given.estimand == "task_population":
        message += ": the rate is one of a population of tasks, and the tasks differ."
        return Reason(code="estimand.task_population", message=message)
    return Reason(code="starts.clustered", message=f"{message}: some share an initial state.")


def low_power(power: Power) -> Reason:
    """That an undecided result was to be expected."""
    worth = "" if power.effective_n is UNSET else f", worth {power.effective_n:,} independent ones,"
    return Reason(
        code="power.low",
        message=f"The plan of {power.n:,} episodes{worth} would support a true rate of {power.at:g} "
        f"with probability {power.at_claim:.3f}, below {DESIRED_POWER}.",
    )
