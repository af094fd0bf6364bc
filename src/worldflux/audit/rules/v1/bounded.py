"""What whole runs say of the mean of a bounded score, without any approximation.

The mean over the tasks of one run is an observation between the score's bounds, and those of further runs are others of
the same expectation. A betting interval (Waudby-Smith and Ramdas 2024, JRSS B 86, 1-27) of them holds for any number of
runs, and is wide for a few.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import UNSET

from worldbase.document import significant
from worldflux.audit.rules.v1.given import Given
from worldflux.documents.claim import SCORES, ExpectedMetric
from worldflux.documents.evidence import Interval, SensitivityReading, Verdict
from worldflux.stats.critical_counts import exact


def reading(
    metric: ExpectedMetric, given: Given, verdict_of: Callable[[float, float], Verdict]
) -> list[SensitivityReading]:
    """The betting interval of the means of whole runs; none without bounds, or with fewer than two such runs.

    Args:
        metric: The promised mean score.
        given: All that the rules may look at.
        verdict_of: What a lower and an upper bound of the mean decide.
    """
    means = _means_of_runs(metric, given)
    if metric.bounds is UNSET or len(means) < 2:
        return []
    low, high = metric.bounds
    if not all(low <= mean <= high for mean in means):
        return []
    from worldflux.stats.bounded_means import betting_interval

    confidence = float(1 - 2 * exact(given.rule.alpha))
    found = betting_interval([(mean - low) / (high - low) for mean in means], confidence=confidence)
    lower, upper = (low + end * (high - low) for end in found)
    return [
        SensitivityReading(
            reading="betting",
            estimate=significant(sum(means) / len(means)),
            interval=Interval(
                method="betting",
                confidence=significant(confidence),
                lower=significant(lower),
                upper=significant(upper),
            ),
            verdict=verdict_of(lower, upper),
            note=f"Bounds that hold for any number of runs, from the means of {len(means):,} whole ones.",
        )
    ]


def _means_of_runs(metric: ExpectedMetric, given: Given) -> list[float]:
    """Mean over the tasks of each run in which every planned episode of every task has the score."""
    score, tasks = SCORES[metric.name], given.tasks(metric)
    cells = {(cell.task, cell.seed): cell for cell in given.audit_input.cells}
    means = []
    for seed in given.protocol.execution.seeds:
        sums = [cell.sums.get(score) for task in tasks if (cell := cells.get((task, seed)))]
        whole = [each for each in sums if each and each.count == given.protocol.execution.episodes_per_task]
        if len(whole) == len(tasks):
            means.append(sum(each.sum / each.count for each in whole) / len(whole))
    return means
