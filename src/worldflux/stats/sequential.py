"""Evidence that may be read at any time: e-processes and confidence sequences of a success rate.

An e-process of a null hypothesis is a non-negative process that starts at 1 and whose expectation at every stopping
time is at most 1 while the hypothesis holds. By Ville's inequality (Ville 1939, Étude critique de la notion de
collectif) it then ever reaches 1/alpha with probability at most alpha. So a run may be looked at after every block and
stopped for any reason, by anybody: "reject once e >= 1/alpha" keeps its error. A test of a fixed number of trials does
not; one-sided Wilson looked at after every episode is wrong about one time in three.

All values are natural logarithms: e-values of a million trials exceed what a double can hold.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaln, xlog1py, xlogy

from worldflux.errors import StatisticsError
from worldflux.stats.bets import Direction, capital_bounds, last_rejected, log_capital
from worldflux.stats.incomplete_beta import log_incomplete_beta
from worldflux.stats.intervals import Bounds

Prior = tuple[float, float]
Floats = NDArray[np.float64]

JEFFREYS: Prior = (0.5, 0.5)

_EVERY_BLOCK_UP_TO = 200
_BLOCKS_PER_PIECE = 65_536


@dataclass(frozen=True, slots=True)
class EProcess:
    """The path of an e-process at its checkpoints.

    Attributes:
        direction: What is claimed of the rate: that it is "above" or "below" the value.
        tasks: Episodes in a block.
        checkpoints: Numbers of complete blocks at which the path was read, rising.
        log_e: Natural logarithm of the e-value at each checkpoint.
        threshold_log_e: log(1/alpha).
        decided_at: The first checkpoint at which log_e reached the threshold; None where it never did.
    """

    direction: Direction
    tasks: int
    checkpoints: tuple[int, ...]
    log_e: tuple[float, ...]
    threshold_log_e: float
    decided_at: int | None


def log_e_above(successes: int, trials: int, value: float, prior: Prior = JEFFREYS) -> float:
    """Logarithm of the e-value against "the rate is at most `value`".

    The likelihood ratio of each rate q > value to `value`, averaged over a Beta prior of q truncated to (value, 1).
    Each of these ratios is a supermartingale under every rate up to `value`, hence so is the average (method of
    mixtures: Ville 1939; Robbins 1970, Annals of Mathematical Statistics 41, 1397-1409). It may be read at any time.

    Args:
        successes: Number of successes, 0 to trials.
        trials: Number of trials so far; with none the logarithm is 0.
        value: Rate to exceed, strictly between 0 and 1.
        prior: The two parameters of the Beta prior before truncation.

    Returns:
        log e; never rounded up where the arithmetic gives out, but -inf.

    Raises:
        StatisticsError: A count, the value or the prior is impossible.
    """
    return _one_log_e(successes, trials, value, "above", prior)


def log_e_below(successes: int, trials: int, value: float, prior: Prior = JEFFREYS) -> float:
    """Logarithm of the e-value against "the rate is at least `value`": the mirror image of `log_e_above`.

    Args:
        successes: Number of successes, 0 to trials.
        trials: Number of trials so far; with none the logarithm is 0.
        value: Rate to stay below, strictly between 0 and 1.
        prior: The two parameters of the Beta prior, which is truncated to (0, value).

    Returns:
        log e; never rounded up where the arithmetic gives out, but -inf.

    Raises:
        StatisticsError: A count, the value or the prior is impossible.
    """
    return _one_log_e(successes, trials, value, "below", prior)


def block_log_e(counts: ArrayLike, tasks: int, value: float, direction: Direction) -> Floats:
    """Logarithms of the e-values of blocks, each block one episode of each of several tasks.

    The mean of a block is an observation of [0, 1] whose mean, given all earlier blocks, is at most `value` while the
    claim is false, whatever the dependence within a block and however the tasks differ. Capital is spread over constant
    bets on it (Waudby-Smith and Ramdas 2024, Journal of the Royal Statistical Society B 86, 1-27), weighted as a
    Beta(1/2, 1/2) prior truncated to (value, 1) weights the rates that they suit best; so for one task the average is
    close to `log_e_above`. That holds by quadrature; validity does not rest on it, for any grid of bets that is fixed
    before the data is a test martingale. The order of the blocks does not matter.

    Args:
        counts: Shape (checkpoints, tasks + 1); counts[c][v] blocks up to checkpoint c had v successes.
        tasks: Episodes in a block, at least 1.
        value: Rate to exceed, or to stay below, strictly between 0 and 1.
        direction: What is claimed: "above" tests "the mean is at most `value`", "below" its mirror image.

    Returns:
        log e, shape (checkpoints,).

    Raises:
        StatisticsError: The counts do not have this shape, or an argument is impossible.
    """
    _require_claim(value, direction)
    table = np.asarray(counts, dtype=np.float64)
    if tasks < 1 or table.ndim != 2 or table.shape[1] != tasks + 1 or (table.size and table.min() < 0):
        raise _refusal(
            f"counts of shape {table.shape} do not count blocks of {tasks} tasks",
            f"Give one row per checkpoint with {tasks + 1} counts of 0 or more.",
        )
    return log_capital(table, np.arange(tasks + 1) / tasks, value, direction)


def checkpoint_schedule(blocks: int) -> tuple[int, ...]:
    """Numbers of blocks at which an e-process is read: every one up to 200, then in steps of 5%, and the last.

    Reading less often never raises the error. Up to the last entry the schedule does not depend on `blocks`.

    Args:
        blocks: Number of complete blocks, 0 or more.

    Returns:
        Rising numbers of blocks, about 400 of them for a million.

    Raises:
        StatisticsError: The number is negative.
    """
    if blocks < 0:
        raise _refusal(f"{blocks} blocks cannot be read", "Count complete blocks from 0.")
    schedule = list(range(1, min(blocks, _EVERY_BLOCK_UP_TO) + 1))
    while schedule and schedule[-1] < blocks:
        schedule.append(min(schedule[-1] * 21 // 20, blocks))
    return tuple(schedule)


def e_process(
    block_successes: Sequence[int] | NDArray[Any],
    *,
    tasks: int = 1,
    value: float,
    direction: Direction = "above",
    alpha: float = 0.05,
    checkpoints: Sequence[int] | None = None,
) -> EProcess:
    """The e-process of a success rate over complete blocks, in the order in which they were run.

    By Ville's inequality the threshold 1/alpha is ever reached with probability at most alpha while the claim is false,
    so stopping at any checkpoint, chosen in advance or on sight of the results, keeps the error at alpha. Blocks of
    one task are judged by `log_e_above` or `log_e_below`, blocks of several by `block_log_e`.

    Args:
        block_successes: Successes in each block, 0 to `tasks`.
        tasks: Episodes in a block, at least 1.
        value: Rate to exceed, or to stay below, strictly between 0 and 1.
        direction: What is claimed: that the mean rate is "above" or "below" `value`.
        alpha: One-sided error.
        checkpoints: Rising numbers of blocks at which to read the path; by default `checkpoint_schedule`.

    Returns:
        The path and the first checkpoint at which it decided for the claim.

    Raises:
        StatisticsError: A block, a checkpoint or another argument is impossible.
    """
    threshold = _threshold(alpha)
    blocks = _blocks(block_successes, tasks)
    moments = _moments(checkpoints, len(blocks))
    counts = _counts_up_to(blocks, tasks, moments)
    if tasks == 1:
        path = _log_e(counts[:, 1], counts.sum(axis=1), value, direction, JEFFREYS)
    else:
        path = block_log_e(counts, tasks, value, direction)
    return _process(direction, tasks, moments, path, threshold)


def two_policy_e_process(pairs: Sequence[tuple[int, int]], *, alpha: float = 0.05) -> EProcess:
    """The e-process of "the first policy succeeds more often than the second", over same-start pairs as they were run.

    Only pairs with different outcomes bear on it: given that just one of the two succeeded, the first is at most even
    to be that one while the claim is false. So `log_e_above` of the value 0.5 is read over the discordant pairs, the
    sequential form of McNemar's test (McNemar 1947, Psychometrika 12, 153-157).

    Args:
        pairs: (first, second) outcomes as 0 or 1, in the order of the run; concordant pairs may be left out.
        alpha: One-sided error.

    Returns:
        The path; its checkpoints count all pairs given, discordant or not.

    Raises:
        StatisticsError: An outcome is not 0 or 1, or alpha is impossible.
    """
    threshold = _threshold(alpha)
    outcomes = _outcomes(pairs)
    moments = _moments(None, len(outcomes))
    first_only = np.cumsum(outcomes[:, 0] > outcomes[:, 1])[moments - 1]
    discordant = np.cumsum(outcomes[:, 0] != outcomes[:, 1])[moments - 1]
    path = _log_e(first_only, discordant, 0.5, "above", JEFFREYS)
    return _process("above", 1, moments, path, threshold)


def confidence_sequence(successes: int, trials: int, *, confidence: float = 0.95, prior: Prior = JEFFREYS) -> Bounds:
    """Two-sided bounds of a success rate that hold at all times at once.

    The rates p that the mixture of likelihood ratios B(a+k, b+n-k) / (B(a, b) p^k (1-p)^(n-k)) has not rejected at
    1/(1-confidence) (Robbins 1970, Annals of Mathematical Statistics 41, 1397-1409). With the confidence stated they
    contain the true rate after every trial (Ville 1939), so they may be read at any time.

    Args:
        successes: Number of successes, 0 to trials.
        trials: Number of trials so far; with none the bounds are 0 and 1.
        confidence: For example 0.95.
        prior: The two parameters of the Beta prior.

    Returns:
        Lower and upper bound; exactly 0 without a success, exactly 1 without a failure.

    Raises:
        StatisticsError: A count, the confidence or the prior is impossible.
    """
    _require_counts(successes, trials, prior)
    threshold = _threshold(1 - confidence)
    a, b = prior
    marginal = float(betaln(a + successes, b + trials - successes) - betaln(a, b))

    def rejected(rate: float) -> bool:
        log_likelihood = xlogy(successes, rate) + xlog1py(trials - successes, -rate)
        return bool(marginal - log_likelihood >= threshold)

    observed = successes / trials if trials else 0.0
    lower = last_rejected(rejected, 0.0, observed) if successes else 0.0
    upper = last_rejected(rejected, 1.0, observed) if successes < trials else 1.0
    return Bounds(lower, upper)


def block_confidence_sequence(
    block_successes: Sequence[int] | NDArray[Any], *, tasks: int, confidence: float = 0.95
) -> Bounds:
    """Two-sided bounds of the mean rate of several tasks, over complete blocks, that hold at all times at once.

    The values that neither one-sided e-process has rejected, each at half of the error; so a bound excludes a value
    exactly when `e_process` at that half decides against it. Blocks of one task go to `confidence_sequence`.

    Args:
        block_successes: Successes in each block, 0 to `tasks`.
        tasks: Episodes in a block, at least 1.
        confidence: For example 0.95.

    Returns:
        Lower and upper bound; 0 and 1 without blocks.

    Raises:
        StatisticsError: A block, the number of tasks or the confidence is impossible.
    """
    _threshold(1 - confidence)
    blocks = _blocks(block_successes, tasks)
    if tasks == 1:
        return confidence_sequence(int(blocks.sum()), len(blocks), confidence=confidence)
    (counts,) = _counts_up_to(blocks, tasks, np.array([len(blocks)]))
    return Bounds(*capital_bounds(counts, np.arange(tasks + 1) / tasks, 1 - confidence))


def _one_log_e(successes: int, trials: int, value: float, direction: Direction, prior: Prior) -> float:
    _require_counts(successes, trials, prior)
    return float(_log_e(np.array([successes]), np.array([trials]), value, direction, prior)[0])


def _log_e(successes: NDArray[Any], trials: NDArray[Any], value: float, direction: Direction, prior: Prior) -> Floats:
    """Log of the mixture over the truncated prior, relative to `value`, for many counts at once."""
    _require_claim(value, direction)
    failures = trials - successes
    ones, zeros = (successes, failures) if direction == "below" else (failures, successes)
    a, b = prior if direction == "below" else prior[::-1]
    edge = value if direction == "below" else 1 - value
    posterior = log_incomplete_beta(a + ones, b + zeros, edge)
    before = log_incomplete_beta(np.array([a]), np.array([b]), edge)
    at_value = successes * math.log(value) + failures * math.log1p(-value)
    return np.asarray(posterior - before - at_value, dtype=np.float64)


def _counts_up_to(blocks: NDArray[Any], tasks: int, moments: NDArray[np.int64]) -> NDArray[np.int64]:
    """counts[c][v]: how many of the blocks up to moment c had v successes.

    Counted in pieces, because the place of each block in the table takes eight times the memory of the block.
    """
    counts = np.zeros((len(moments), tasks + 1), dtype=np.int64)
    read = blocks[: moments[-1]] if len(moments) else blocks[:0]
    for start in range(0, len(read), _BLOCKS_PER_PIECE):
        piece = read[start : start + _BLOCKS_PER_PIECE]
        rows = np.searchsorted(moments, np.arange(start, start + len(piece)), side="right")
        met = counts[rows[0] : rows[-1] + 1]
        met += np.bincount((rows - rows[0]) * (tasks + 1) + piece, minlength=met.size).reshape(met.shape)
    return np.cumsum(counts, axis=0)


def _process(direction: Direction, tasks: int, moments: NDArray[np.int64], path: Floats, threshold: float) -> EProcess:
    reached = np.flatnonzero(path >= threshold)
    return EProcess(
        direction=direction,
        tasks=tasks,
        checkpoints=tuple(moments.tolist()),
        log_e=tuple(path.tolist()),
        threshold_log_e=threshold,
        decided_at=int(moments[reached[0]]) if len(reached) else None,
    )


def _blocks(block_successes: Sequence[int] | NDArray[Any], tasks: int) -> NDArray[Any]:
    """The blocks in the smallest type that holds them: there may be millions."""
    blocks = np.asarray(block_successes)
    if tasks < 1:
        raise _refusal(f"blocks of {tasks} tasks do not exist", "Give the number of planned tasks, at least 1.")
    if not blocks.size:
        return np.zeros(0, dtype=np.int64)
    if blocks.ndim != 1 or blocks.dtype.kind not in "iu" or blocks.min() < 0 or blocks.max() > tasks:
        raise _refusal(f"block successes are not whole numbers from 0 to {tasks}", "Count each complete block once.")
    return blocks.astype(np.min_scalar_type(tasks), copy=False)


def _outcomes(pairs: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
    outcomes = np.asarray(pairs)
    if not outcomes.size:
        return np.zeros((0, 2), dtype=np.int64)
    if outcomes.ndim != 2 or outcomes.shape[1] != 2 or not np.isin(outcomes, (0, 1)).all():
        raise _refusal("the pairs are not two outcomes of 0 or 1 each", "Give (first, second) for each pair.")
    return outcomes.astype(np.int64)


def _moments(checkpoints: Sequence[int] | None, blocks: int) -> NDArray[np.int64]:
    chosen = checkpoint_schedule(blocks) if checkpoints is None else tuple(checkpoints)
    moments = np.asarray(chosen, dtype=np.int64)
    if len(moments) and (moments[0] < 1 or moments[-1] > blocks or (np.diff(moments) <= 0).any()):
        raise _refusal(f"checkpoints do not rise within 1 to {blocks}", "Name complete blocks in rising order.")
    return moments


def _threshold(alpha: float) -> float:
    if not 0 < alpha < 1:
        raise _refusal(f"an error of {alpha} is not between 0 and 1", "Give for example alpha 0.05 or confidence 0.95.")
    return -math.log(alpha)


def _require_counts(successes: int, trials: int, prior: Prior) -> None:
    if not 0 <= successes <= trials:
        raise _refusal(f"{successes} successes of {trials} trials are impossible", "Count successes from 0 to trials.")
    if not min(prior) > 0:
        raise _refusal(f"the prior {prior} does not have two positive parameters", "Give for example (0.5, 0.5).")


def _require_claim(value: float, direction: str) -> None:
    if direction not in ("above", "below") or not 0 < value < 1:
        raise _refusal(
            f"{direction!r} {value} is no claim that evidence can decide",
            "Say 'above' or 'below', and a value strictly between 0 and 1.",
        )


def _refusal(message: str, hint: str) -> StatisticsError:
    return StatisticsError(message, code="stats.argument", hint=hint)
