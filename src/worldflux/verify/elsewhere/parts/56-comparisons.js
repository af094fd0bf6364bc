/*
 * Comparisons and means: a measured baseline (Miettinen and Nurminen 1985, Statistics in Medicine 4, 213-226;
 * Farrington and Manning 1990, Statistics in Medicine 9, 1447-1454), real episodes beside simulated ones (Angelopoulos,
 * Duchi and Zrnic 2023, arXiv 2311.01453), bounded means by betting (Waudby-Smith and Ramdas 2024), corrections for
 * several tests.
 */

/** The two rates that make the counts likeliest among all that differ by `gap`: the middle root of a cubic. */
function restrictedRates(k1, n1, k2, n2, gap) {
  const total = n1 + n2;
  const square = ((n1 + 2 * n2) * gap - total - k1 - k2) / (3 * total);
  const linear = ((n2 * gap - total - 2 * k2) * gap + k1 + k2) / (3 * total);
  const constant = (k2 * gap * (1 - gap)) / total;
  const twist = square ** 3 - 1.5 * square * linear + constant / 2;
  const size = Math.sqrt(Math.max(square * square - linear, 0));
  const radius = twist < 0 || Object.is(twist, -0) ? -size : size;
  const cosine = radius ? Math.min(1, Math.max(-1, twist / radius ** 3)) : 0;
  const root = 2 * radius * Math.cos((Math.PI + Math.acos(cosine)) / 3) - square;
  const second = Math.min(Math.max(root, 0, -gap), 1, 1 - gap);
  return [Math.min(Math.max(second + gap, 0), 1), second];
}

/** Observed less hypothetical difference, in standard errors at the restricted rates. */
function differenceScore(k1, n1, k2, n2, gap) {
  const [r1, r2] = restrictedRates(k1, n1, k2, n2, gap);
  const beyond = k1 / n1 - k2 / n2 - gap;
  const variance = (r1 * (1 - r1)) / n1 + (r2 * (1 - r2)) / n2;
  if (variance > 0) return beyond / Math.sqrt(variance);
  return beyond ? Math.sign(beyond) * Infinity : 0;
}

/** Score interval of the first rate less the second; [-1, 1] without trials. */
function differenceInterval(k1, n1, k2, n2, confidence) {
  if (!(n1 && n2)) return { lower: -1, upper: 1 };
  const critical = normalQuantile((1 + confidence) / 2) * Math.sqrt((n1 + n2) / (n1 + n2 - 1));
  return {
    lower: lowestAccepted((gap) => differenceScore(k1, n1, k2, n2, gap), k1 / n1 - k2 / n2, critical),
    upper: -lowestAccepted((gap) => differenceScore(k2, n2, k1, n1, gap), k2 / n2 - k1 / n1, critical),
  };
}

/** The lowest difference, from -1 to the observed one, whose score is not above the critical value. */
function lowestAccepted(score, observed, critical) {
  let [refused, accepted] = [-1, observed];
  for (let step = 0; step < HALVINGS; step += 1) {
    const middle = (refused + accepted) / 2;
    if (score(middle) > critical) refused = middle;
    else accepted = middle;
  }
  return accepted;
}

/** One-sided p-value against "the first rate is `margin` or more below the second". */
function nonInferiority(k1, n1, k2, n2, margin) {
  if (!(n1 && n2)) return 1;
  return 0.5 * erfc(differenceScore(k1, n1, k2, n2, -margin) / Math.SQRT2);
}

/** Adjusted p-values by Holm's step-down procedure (1979, Scandinavian Journal of Statistics 6, 65-70). */
function holmAdjusted(values) {
  const order = values.map((_, index) => index).sort((one, other) => values[one] - values[other]);
  return runningAdjusted(order, (rank) => order.length - rank, values, Math.max);
}

/** Adjusted p-values by Benjamini's and Hochberg's step-up procedure (1995, JRSS B 57, 289-300). */
function falseDiscoveryAdjusted(values) {
  const order = values.map((_, index) => index).sort((one, other) => values[other] - values[one]);
  return runningAdjusted(order, (rank) => order.length / (order.length - rank), values, Math.min);
}

function runningAdjusted(order, factor, values, keep) {
  const adjusted = new Array(values.length);
  let running = null;
  order.forEach((index, rank) => {
    const scaled = factor(rank) * values[index];
    running = running === null ? scaled : keep(running, scaled);
    adjusted[index] = Math.min(1, running);
  });
  return adjusted;
}

/** Count, mean and sum of squared deviations of weighted values, [[value, times], ...]. */
function weightedSummary(pairs) {
  const count = pairs.reduce((sum, [, times]) => sum + times, 0);
  const mean = pairs.reduce((sum, [value, times]) => sum + value * times, 0) / count;
  const squares = pairs.reduce((sum, [value, times]) => sum + (value - mean) ** 2 * times, 0);
  return { count, mean, squares };
}

/**
 * Mean of real outcomes, sharpened by simulated ones (PPI++), from counts.
 *
 * @param {{both, real_only, simulated_only, neither, simulated, simulated_successes}} pairs
 * @returns {{estimate, lower, upper, lam, discordant, obstacles: string[]}}
 */
function predictionPowered(pairs, confidence) {
  const table = [
    [1, 1, pairs.both],
    [1, 0, pairs.real_only],
    [0, 1, pairs.simulated_only],
    [0, 0, pairs.neither],
  ];
  const others = [
    [1, pairs.simulated_successes],
    [0, pairs.simulated - pairs.simulated_successes],
  ];
  const lam = tunedWeight(table, others);
  const rectified = weightedSummary(table.map(([real, twin, times]) => [real - lam * twin, times]));
  const simulated = weightedSummary(others.map(([value, times]) => [lam * value, times]));
  const estimate = simulated.mean + rectified.mean;
  const squaredError = simulated.squares / simulated.count ** 2 + rectified.squares / rectified.count ** 2;
  const spread = normalQuantile((1 + confidence) / 2) * Math.sqrt(squaredError);
  const discordant = pairs.real_only + pairs.simulated_only;
  const obstacles = [];
  if (rectified.count < 50) obstacles.push("ppi.few_real");
  if (discordant < 5) obstacles.push("ppi.few_discordant");
  return { estimate, lower: estimate - spread, upper: estimate + spread, lam, discordant, obstacles };
}

/** The weight of least variance, cov(Y, f) / ((1 + n/N) var(f and F)), cut to [0, 1]. */
function tunedWeight(table, others) {
  const real = weightedSummary(table.map(([value, , times]) => [value, times]));
  const twins = table.map(([, value, times]) => [value, times]);
  const twin = weightedSummary(twins);
  const products = table.reduce((sum, [y, f, times]) => sum + (y - real.mean) * (f - twin.mean) * times, 0);
  const every = weightedSummary([...twins, ...others]);
  const variance = every.squares / (every.count - 1);
  if (variance === 0) return 0;
  const { count } = weightedSummary(others);
  return Math.min(1, Math.max(0, products / real.count / ((1 + real.count / count) * variance)));
}

/** Bounds of a real rate that hold in finite samples: betting intervals of the simulated rate and of the gap. */
function predictionPoweredBetting(pairs, confidence) {
  const error = (1 - confidence) / 2;
  const gaps = [pairs.simulated_only, pairs.both + pairs.neither, pairs.real_only];
  const bias = capitalBounds(gaps, [0, 0.5, 1], error);
  const outcomes = [pairs.simulated - pairs.simulated_successes, pairs.simulated_successes];
  const rate = capitalBounds(outcomes, [0, 1], error);
  return {
    lower: Math.max(0, rate.lower + 2 * bias.lower - 1),
    upper: Math.min(1, rate.upper + 2 * bias.upper - 1),
  };
}

/** Bounds of the mean of a fixed number of observations of [0, 1]: predictable plug-in bets of at most 1. */
function bettingInterval(values, confidence) {
  if (!values.length) return { lower: 0, upper: 1 };
  const alpha = 1 - confidence;
  const bets = plugInBets(values, alpha);
  const lower = lastRejectedMean(values, bets, alpha);
  const upper = 1 - lastRejectedMean(values.map((value) => 1 - value), bets, alpha);
  return { lower: Math.min(lower, upper), upper: Math.max(lower, upper) };
}

/** The bet on each observation from those before it; one imagined observation, 1/2 with variance 1/4, comes first. */
function plugInBets(values, alpha) {
  let [sum, squares, variance] = [0.5, 0.25, 0.25];
  return values.map((value, index) => {
    const bet = Math.sqrt((2 * Math.log(2 / alpha)) / (values.length * variance));
    sum += value;
    squares += (value - sum / (index + 2)) ** 2;
    variance = squares / (index + 2);
    return Math.min(bet, 1);
  });
}

/** The largest mean that bets on "above" have rejected at some time. */
function lastRejectedMean(values, bets, alpha) {
  const threshold = Math.log(2 / alpha);
  const isRejected = (mean) => {
    let [capital, highest] = [0, -Infinity];
    values.forEach((value, index) => {
      capital += Math.log1p(Math.min(bets[index], 1 / mean) * (value - mean));
      highest = Math.max(highest, capital);
    });
    return highest >= threshold;
  };
  return lastRejected(isRejected, 0, 1);
}
