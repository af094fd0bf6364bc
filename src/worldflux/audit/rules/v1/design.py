"""How the trials hang together: how many independent observations they are worth, and of what mean.

Fixed tasks with equal numbers of episodes are plain binomial trials (their pooled variance is at most that of the
pooled rate). Everything else widens the variance by a design effect: unequal numbers of episodes, episodes that share
an initial state, tasks that are a sample of more tasks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from worldbase.document import significant
from worldflux.audit.rules.v1.ledger import Tally, total
from worldflux.documents.audit_input import RepeatedStarts
from worldflux.documents.evidence import Estimand, Reason
from worldflux.stats.clusters import design_effect_interval
from worldflux.stats.verdicts import Sample

FEWEST_CLUSTERS: Final = 5


@dataclass(frozen=True, slots=True)
class Design:
    """Counts as a decision reads them.

    Attributes:
        sample: Number of trials and what they are worth.
        least: Successes if every lost episode was a failure, at equal weights of the tasks.
        most: Successes if every lost episode was a success.
        observed: Successes among `observed_trials`, at the weights of the estimate.
        clustered: Whether the variance was estimated from clusters.
    """

    sample: Sample
    least: int | Fraction
    most: int | Fraction
    observed: int | Fraction
    observed_trials: int
    clustered: bool = False

    @property
    def estimate(self) -> float | None:
        """The observed rate."""
        return float(self.observed / self.observed_trials) if self.observed_trials else None


def design_of(
    tallies: Sequence[Tally], estimand: Estimand, repeated: Sequence[RepeatedStarts | None]
) -> Design | Reason:
    """Read counts under an estimand.

    Args:
        tallies: One per task.
        estimand: What the rate is a rate of.
        repeated: For each task the shares of its initial states, where trials share them.
    """
    if estimand == "task_population":
        return _population(tallies)
    if any(repeated):
        return _shared_starts(tallies, repeated)
    return _fixed(tallies)


def _fixed(tallies: Sequence[Tally]) -> Design:
    whole = total(tallies)
    if len({tally.decision_trials for tally in tallies}) == 1:
        return Design(
            Sample(whole.decision_trials),
            whole.successes,
            whole.successes + whole.ambiguous,
            whole.successes,
            whole.trials,
        )
    effect = max(_unequal_effect([_filled(tally, share) for tally in tallies]) for share in (0, 1))
    return _weighted(tallies, effect)


def _unequal_effect(tallies: Sequence[Tally]) -> float:
    """Variance of a mean that gives each task the same weight, over that of as many trials of one rate.

    Were all rates the same, it would be n * sum(1/n_t) / T^2. Where the tasks with few episodes are those in the middle
    of the scale it is more: then the rates are estimated, each by its successes and failures and one more of either
    (Agresti and Coull 1998, The American Statistician 52, 119-126), and the larger of the two effects counts.
    """
    tried = [tally for tally in tallies if tally.decision_trials]
    sizes = [tally.decision_trials for tally in tried]
    alike = sum(sizes) * sum(1 / size for size in sizes) / len(sizes) ** 2
    mean = sum(tally.successes / tally.decision_trials for tally in tried) / len(tried)
    if not 0 < mean < 1:
        return significant(alike)
    smoothed = [(tally.successes + 1) / (tally.decision_trials + 2) for tally in tried]
    variance = sum(rate * (1 - rate) / size for rate, size in zip(smoothed, sizes, strict=True)) / len(sizes) ** 2
    return significant(max(alike, variance / (mean * (1 - mean) / sum(sizes))))


def _weighted(
    tallies: Sequence[Tally],
    design_effect: float,
    degrees: int | None = None,
    *,
    rates: Sequence[Fraction] | None = None,
    clustered: bool = False,
) -> Design:
    """Task rates with equal weights, brought to the scale of all trials together."""
    shown = rates or [Fraction(tally.successes, tally.trials or 1) for tally in tallies]
    counted = [(tally, rate) for tally, rate in zip(tallies, shown, strict=True) if tally.decision_trials]
    tried = [rate for tally, rate in counted if tally.trials]
    whole = total([tally for tally, _ in counted])
    least = _mean([rate * Fraction(tally.trials, tally.decision_trials) for tally, rate in counted])
    gain = _mean([Fraction(tally.ambiguous, tally.decision_trials) for tally, _ in counted])
    trials = whole.decision_trials
    return Design(
        Sample(trials, design_effect, degrees),
        least * trials,
        (least + gain) * trials,
        _mean(tried) * whole.trials,
        whole.trials,
        clustered,
    )


def _population(tallies: Sequence[Tally]) -> Design | Reason:
    """Tasks as a sample of tasks: the spread of their rates is the error (Kish 1965; Korn and Graubard 1998)."""
    tried = [tally for tally in tallies if tally.trials]
    if len(tried) < FEWEST_CLUSTERS:
        return Reason(
            code="estimand.few_clusters",
            message=f"{len(tried)} task(s) say nothing about a population of tasks; it takes {FEWEST_CLUSTERS}.",
        )
    effect = max(_task_effect([_filled(tally, share) for tally in tallies]) for share in _readings_of_lost(tallies))
    return _weighted(tallies, effect, len(tried) - 1, clustered=True)


def _readings_of_lost(tallies: Sequence[Tally]) -> tuple[int | None, ...]:
    """Shares of success among the lost: left out, none, all. What is lost in one place must not hide how places differ.

    The design effect is the largest of these readings, so that losing episodes decides nothing that knowing them to be
    failures (for refutation: successes) would have left open.
    """
    return (None, 0, 1) if any(tally.ambiguous for tally in tallies) else (None,)


def _filled(tally: Tally, share: int | None) -> Tally:
    if share is None:
        return tally.without_lost()
    successes = tally.successes + share * tally.ambiguous
    return Tally(successes, tally.decision_trials, 0, tally.not_run, tally.planned)


def _task_effect(tallies: Sequence[Tally]) -> float:
    tried = [tally for tally in tallies if tally.decision_trials]
    found = design_effect_interval([tally.successes for tally in tried], [tally.decision_trials for tally in tried])
    return significant(found.design_effect)


def _shared_starts(tallies: Sequence[Tally], repeated: Sequence[RepeatedStarts | None]) -> Design | Reason:
    """Trials of one initial state are one observation of it: shares per state within tasks, tasks at equal weights."""
    pairs = list(zip(tallies, repeated, strict=True))
    known = _tried_states(pairs, None)
    count = sum(each.starts for each in known)
    if count < FEWEST_CLUSTERS:
        return Reason(
            code="starts.too_few",
            message=f"All trials started from {count} initial state(s); it takes {FEWEST_CLUSTERS} to tell anything.",
        )
    within = all(each.starts > 1 for each in known)
    degrees = sum(each.starts - 1 for each in known) if within else count - 1
    effect = max(_states_effect(_tried_states(pairs, share), within=within) for share in _readings_of_lost(tallies))
    rates = [_rate_of_states(tally, shares) for tally, shares in pairs]
    return _weighted(tallies, effect, degrees, rates=rates, clustered=True)


@dataclass(frozen=True, slots=True)
class _States:
    trials: int
    starts: int
    sum: float
    squares: float

    @property
    def variance(self) -> float:
        """Sample variance of the shares."""
        return max(0.0, (self.squares - self.sum**2 / self.starts) / (self.starts - 1)) if self.starts > 1 else 0.0


def _tried_states(pairs: Sequence[tuple[Tally, RepeatedStarts | None]], share: int | None) -> list[_States]:
    """States of each task that has any; a lost episode, where it is read as a success or not, has one of its own."""
    every = [_states(tally, shares, share) for tally, shares in pairs]
    return [each for each in every if each.starts]


def _states(tally: Tally, shares: RepeatedStarts | None, share: int | None) -> _States:
    starts, fraction, squares = tally.trials, float(tally.successes), float(tally.successes)
    if shares is not None:  # errors that are declared to be failures are in no share
        starts = shares.starts + tally.trials - shares.trials
        fraction, squares = shares.sum, shares.sum_of_squares
    if share is None:
        return _States(tally.trials, starts, fraction, squares)
    lost = tally.ambiguous
    return _States(tally.trials + lost, starts + lost, fraction + share * lost, squares + share * lost)


def _states_effect(states: Sequence[_States], *, within: bool) -> float:
    count = sum(each.starts for each in states)
    pooled = _States(0, count, sum(each.sum for each in states), sum(each.squares for each in states)).variance
    # A task of one state has no spread of its own; the spread of all states stands in for it.
    variance = sum((each.variance if within else pooled) / each.starts for each in states) / len(states) ** 2
    rate = sum(each.sum / each.starts for each in states) / len(states)
    return _design_effect(rate, variance, sum(each.trials for each in states), count)


def _rate_of_states(tally: Tally, shares: RepeatedStarts | None) -> Fraction:
    """Mean over the states of their shares; a fraction again, for its sum was written to twelve digits."""
    if shares is None or not tally.trials:
        return Fraction(tally.successes, tally.trials or 1)
    shown = Fraction(shares.sum).limit_denominator(1_000_000) / shares.starts
    return shown * Fraction(shares.trials, tally.trials)


def _design_effect(rate: float, variance: float, trials: int, clusters: int) -> float:
    """Variance of the mean over that of independent trials, at least 1; without any spread, one trial per cluster."""
    if not 0 < rate < 1:
        return significant(trials / clusters)
    return significant(max(1.0, variance / (rate * (1 - rate) / trials)))


def _mean(values: Sequence[Fraction]) -> Fraction:
    return sum(values, Fraction()) / len(values)
