"""More than one question, or one question asked of more than one policy."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

import numpy as np
from scipy import stats

from tests.simulation.fixed_tasks import exactly, of_every_count, textbook, total
from tests.simulation.rows import Budget, Known, Rate, Row, Scenario, decision_rows, share
from tests.simulation.rule import ALPHA, P0, Found, Setting, metric_of, names, run_whole, setting, tried
from tests.worldflux.audit.cases import one_task
from worldflux.stats.critical_counts import fewest_above
from worldflux.stats.exact_tests import at_most
from worldflux.stats.one_sided_rules import critical_count
from worldflux.stats.two_sample import miettinen_nurminen, non_inferiority

_TRIALS: Final = 100
_CANDIDATES: Final = 10


def _metrics_rows(budget: Budget, number: int) -> Iterator[Row]:
    cases = [
        ("all", (P0, 0.9), "both hold, one of them at 0.75 and one at 0.90"),
        ("all", (P0, P0), "both hold, both at 0.75"),
        ("any", (P0, P0), "any of two holds, both at 0.75"),
        ("any", (P0, 0.6), "any of two holds, at 0.75 and 0.60"),
    ]
    for part, (combine, rates, name) in enumerate(cases):
        rule = setting(
            metrics=[{"task": task} for task in names(2)], rule={"combine": combine}, episodes_per_task=_TRIALS
        )
        rng = budget.generator(number, part)
        counts = rng.binomial(_TRIALS, rates, size=(budget.replications(2500), 2)).tolist()
        found = [_joint(rule, tuple(sorted(row))) for row in counts]
        for row in counts[:3]:
            rule.check(_joint(rule, tuple(sorted(row))), run_whole(row, [_TRIALS] * 2))
        yield from _joint_rows(f"{name}, n = {_TRIALS} each", combine, found, one_false=min(rates) < max(rates))
        if combine == "any" and rates[0] == rates[1]:
            alone = share(any(_alone(rule, count) == "supported" for count in row) for row in counts)
            yield Row(f"{name}, n = {_TRIALS} each; not corrected", "false supported", ALPHA, alone, kind="contrast")


def _joint_rows(name: str, combine: str, found: list[Found], *, one_false: bool) -> Iterator[Row]:
    yield Row(name, "false supported", ALPHA, share(one == "supported" for one in found))
    refuted = share(one == "refuted" for one in found)
    if combine == "all" and not one_false:
        most = critical_count(_TRIALS, Decimal(str(P0)), ALPHA / 2, method="wilson", direction="below")
        half = at_most(most, _TRIALS, P0)
        why = "Wilson's exact error at half of alpha, enumerated, twice"
        yield Row(name, "false refuted", ALPHA, refuted, accepted=2 * half, why=why)
    else:
        yield Row(name, "false refuted", ALPHA, refuted)


@functools.cache
def _alone(rule: Setting, successes: int) -> Found:
    return rule.whole([tried(successes, _TRIALS)]).found


@functools.cache
def _joint(rule: Setting, counts: tuple[int, ...]) -> Found:
    """The claim's verdict, by the whole rule; where no metric decides alone, none can together."""
    if not any(_alone(rule, count) for count in counts):
        return None
    verdict = rule.evidence(run_whole(counts, [_TRIALS] * len(counts))).verdict
    return verdict if verdict in ("supported", "refuted") else None


def _equality_rows(budget: Budget, number: int) -> Iterator[Row]:
    trials = 1000
    rule = setting(metrics=[{"operator": "=="}], episodes_per_task=trials)
    outcomes = of_every_count(rule, trials)
    lower, upper = textbook("wilson", trials)
    for successes in (770, 800, 840):
        rule.check_outcome(outcomes[successes], one_task(successes, trials - successes))
    for rate in (0.75, 0.85):
        chances = stats.binom.pmf(np.arange(trials + 1), trials, rate)
        covers = (lower <= rate) & (upper >= rate)
        yield from decision_rows(
            f"equal to 0.80 within 0.05, true rate {rate}, n = {trials:,}",
            total(chances, [one.found == "supported" for one in outcomes]),
            total(chances, [one.found == "refuted" for one in outcomes]),
            total(chances, [one.covers(rate) for one in outcomes]),
            exactly(chances, (lower > 0.75) & (upper < 0.85), (upper < 0.75) | (lower > 0.85), covers),
        )


def _baseline_rows(budget: Budget, number: int) -> Iterator[Row]:
    """The baseline truly reaches 0.85 and the policy 0.80: just the margin worse; its own claim it passes easily."""
    for part, trials in enumerate((150, 500)):
        rng, replications = budget.generator(number, part), budget.replications(3000)
        baseline = rng.binomial(trials, 0.85, size=replications).tolist()
        policy = rng.binomial(trials, 0.80, size=replications).tolist()
        pairs = list(zip(policy, baseline, strict=True))
        found = [_against(*pair, trials) for pair in pairs]
        for pair, one in list(zip(pairs, found, strict=True))[:4]:
            _check_baseline(*pair, trials, one)
        name = f"{trials} episodes against {trials} of a baseline that is better by the margin"
        supported, refuted = (share(one == side for one in found) for side in ("supported", "refuted"))
        yield from decision_rows(name, supported, refuted, known=_ASYMPTOTIC[trials])
        known = share(k >= _passing(trials, reached) for k, reached in pairs)
        wrong = f"{name}; its observed rate taken as exact"
        yield Row(wrong, "false supported", ALPHA, known, kind="contrast")


_WHY: Final = "the test is asymptotic; its exact rate at these sizes, enumerated"
_ASYMPTOTIC: Final = {
    150: Known(_WHY, supported=0.0506, refuted=0.0509),
    500: Known(_WHY, supported=0.0502, refuted=0.0502),
}


@functools.cache
def _against(successes: int, baseline: int, trials: int) -> Found:
    if non_inferiority(successes, trials, baseline, trials, margin=0.05).p_value < ALPHA:
        return "supported"
    _, highest = miettinen_nurminen(successes, trials, baseline, trials, confidence=1 - 2 * ALPHA)
    return "refuted" if highest < -0.05 else None


def _check_baseline(successes: int, baseline: int, trials: int, found: Found) -> None:
    counts = {"source": "", "successes": baseline, "trials": trials}
    rule = setting(metrics=[{"value": 0.65}], rule={"baseline": counts}, episodes_per_task=trials)
    rule.check(found, one_task(successes, trials - successes))


@functools.cache
def _passing(trials: int, baseline: int) -> int:
    observed = Fraction(baseline, trials)
    return fewest_above(trials, Decimal(observed.numerator) / observed.denominator - Decimal("0.05"), ALPHA)


def _selection_rows(budget: Budget, number: int) -> Iterator[Row]:
    """The best of ten checkpoints, each of which truly reaches 0.75; enumerated."""
    trials = 150
    selection = {"candidates_scored": _CANDIDATES, "method": "the best on these tasks"}
    rule = setting(selection=selection, episodes_per_task=trials)
    best = np.diff(stats.binom.cdf(np.arange(-1, trials + 1), trials, P0) ** _CANDIDATES)
    verdicts = [_read_both_ways(rule, successes, trials) for successes in range(trials + 1)]
    name = f"best of {_CANDIDATES} checkpoints, n = {trials}"
    corrected = _chance(best, [other == "supported" for _, other in verdicts])
    yield Row(f"{name}; reading `best_of_n`", "false supported", ALPHA, corrected)
    as_found = _chance(best, [own == "supported" for own, _ in verdicts])
    yield Row(f"{name}; the verdict itself", "false supported", ALPHA, as_found, kind="gap")


def _chance(chances: Sequence[float] | np.typing.NDArray[np.float64], which: list[bool]) -> Rate:
    return total(np.asarray(chances), which)


def _read_both_ways(rule: Setting, successes: int, trials: int) -> tuple[str, str]:
    """Verdict, and the reading that corrects for the selection; below the boundary nothing is ever supported."""
    if successes <= P0 * trials:
        return "", ""
    evidence = rule.evidence(one_task(successes, trials - successes))
    (reading,) = (one for one in metric_of(evidence).sensitivity if one.reading == "best_of_n")
    return evidence.verdict, reading.verdict


SEVERAL_METRICS: Final = Scenario(
    8,
    "Several metrics",
    """\
Two tasks, each with a metric of its own. A claim that all hold is supported when each is, at the full alpha
(intersection-union). It is refuted when one of them is at alpha over their number, because each is a chance to be
refuted by accident. A claim that any holds is corrected by Holm.""",
    _metrics_rows,
)

EQUALITY: Final = Scenario(
    9,
    "Equality within a margin",
    """\
Two one-sided tests. Enumerated at both edges of the margin, where equality is just not true.""",
    _equality_rows,
)

BASELINE: Final = Scenario(
    10,
    "A measured baseline",
    """\
The baseline is given as counts, and is truly better than the policy by just the margin. Farrington and Manning's test
takes the uncertainty of both into account. The contrast states the baseline's observed rate as if it were known.""",
    _baseline_rows,
)

SELECTION: Final = Scenario(
    12,
    "The best of several checkpoints",
    """\
Ten checkpoints of one true rate, 0.75, were scored on the same tasks; the best one is claimed. Enumerated. The
verdict is about the checkpoint as if it had been alone; where the claim states how many were scored, the package
shows the corrected reading beside it. The last line is why an unstated selection is listed as missing evidence.""",
    _selection_rows,
)
