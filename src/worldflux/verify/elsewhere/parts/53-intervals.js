/*
 * Confidence intervals of a success rate, exact binomial tails, and the counts from which a one-sided bound passes a
 * rate. Sources: Wilson (1927, JASA 22, 209-212); Clopper and Pearson (1934, Biometrika 26, 404-413); Brown, Cai and
 * DasGupta (2001, Statistical Science 16, 101-133) for Jeffreys; Agresti and Coull (1998, The American Statistician 52,
 * 119-126).
 */

/** P(X >= successes) for X ~ Binomial(trials, rate): I_rate(successes, trials - successes + 1) (DLMF 8.17.5). */
function atLeast(successes, trials, rate) {
  if (successes <= 0) return 1;
  return successes > trials ? 0 : betaParts(successes, trials - successes + 1, rate).lower;
}

/** P(X <= successes) for X ~ Binomial(trials, rate). */
function atMost(successes, trials, rate) {
  if (successes < 0) return 0;
  return successes >= trials ? 1 : betaParts(successes + 1, trials - successes, rate).upper;
}

/**
 * Wilson's limits for any quantile, of successes that need not be whole; exact 0 without a success, 1 without a
 * failure.
 */
function scoreLimits(successes, trials, quantile) {
  const squared = quantile * quantile;
  const centre = successes + squared / 2;
  const spread = quantile * Math.sqrt((successes * (trials - successes)) / trials + squared / 4);
  const scale = trials + squared;
  return {
    lower: successes === 0 ? 0 : (centre - spread) / scale,
    upper: successes === trials ? 1 : (centre + spread) / scale,
  };
}

/** Rate plus or minus quantile times its standard error, cut off at 0 and 1. */
function waldLimits(successes, trials, quantile) {
  const rate = successes / trials;
  const spread = quantile * Math.sqrt((rate * (1 - rate)) / trials);
  return { lower: Math.max(rate - spread, 0), upper: Math.min(rate + spread, 1) };
}

function jeffreysLimits(successes, failures, tail) {
  const [a, b] = [successes + 0.5, failures + 0.5];
  return { lower: betaQuantile(a, b, tail), upper: betaUpperQuantile(a, b, tail) };
}

/** Limits by method, from successes, trials, the error at each end and the normal quantile that leaves it. */
const LIMITS = {
  wilson: (successes, trials, tail, z) => scoreLimits(successes, trials, z),
  clopper_pearson: (successes, trials, tail) => ({
    lower: successes === 0 ? 0 : betaQuantile(successes, trials - successes + 1, tail),
    upper: successes === trials ? 1 : betaUpperQuantile(successes + 1, trials - successes, tail),
  }),
  jeffreys: (successes, trials, tail) => jeffreysLimits(successes, trials - successes, tail),
  jeffreys_bcd: (successes, trials, tail) => {
    const { lower, upper } = jeffreysLimits(successes, trials - successes, tail);
    return { lower: successes === 0 ? 0 : lower, upper: successes === trials ? 1 : upper };
  },
  agresti_coull: (successes, trials, tail, z) => waldLimits(successes + (z * z) / 2, trials + z * z, z),
  wald: (successes, trials, tail, z) => waldLimits(successes, trials, z),
};

/** Two-sided confidence interval of a rate; [0, 1] without a trial. */
function rateInterval(successes, trials, method, confidence) {
  if (trials === 0) return { lower: 0, upper: 1 };
  return LIMITS[method](successes, trials, (1 - confidence) / 2, normalQuantile((1 + confidence) / 2));
}

/** Digits in which score bounds are computed. */
const BOUND_DIGITS = 60;

/** The count beyond which the one-sided Wilson bound of n/d trials passes p0: n p0 + z sqrt(n d p0 (1 - p0)). */
function scoreBound(trials, p0, quantile, designEffect = 1) {
  const digits = BOUND_DIGITS;
  const n = Decimal.whole(trials);
  const variance = n
    .times(Decimal.stated(designEffect), digits)
    .times(p0, digits)
    .times(Decimal.whole(1).minus(p0, digits), digits);
  const reach = Decimal.ofDouble(quantile).times(variance.squareRoot(digits), digits);
  return n.times(p0, digits).plus(reach, digits);
}

/** The first whole number above a bound. */
function countAbove(bound) {
  return Number(bound.floor()) + 1;
}

/** The last whole number below a bound. */
function countBelow(bound) {
  return Number(bound.ceiling()) - 1;
}

/** Nearer to alpha than this, relatively, a tail probability in doubles cannot tell; whole numbers then decide. */
const TAIL_ERROR = 1e-11;
const TIE_TRIALS = 20_000;

/** Whether P(X >= successes | value) <= alpha, also where the two are equal as decimal numbers. */
function tailIsWithin(successes, trials, value, alpha) {
  const tail = atLeast(successes, trials, value.toNumber());
  if (Math.abs(tail - alpha) > TAIL_ERROR * alpha || trials > TIE_TRIALS) return tail <= alpha;
  return exactTail(successes, trials, value).compare(Decimal.stated(alpha).toFraction()) <= 0;
}

/** P(X >= successes | value), as the fraction that it is. */
function exactTail(successes, trials, value) {
  const { numerator, denominator } = value.toFraction();
  const against = denominator - numerator;
  // Horner's rule over the number of failures keeps every step whole.
  let [sum, ways, power] = [0n, 1n, 1n];
  for (let failures = 0; failures <= trials - successes; failures += 1) {
    sum = sum * numerator + ways * power;
    ways = (ways * BigInt(trials - failures)) / BigInt(failures + 1);
    power *= against;
  }
  return new Fraction(sum * numerator ** BigInt(successes), denominator ** BigInt(trials));
}

/** First count from 0 to `trials` for which `holds`, which stays true once it is; `trials` + 1 where none does. */
function firstCount(trials, guess, holds) {
  let [low, high] = bracketOfFirst(trials, Math.min(Math.max(guess, 0), trials), holds);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** A count for which it does not hold, -1 at the least, and one above for which it does, trials + 1 at the most. */
function bracketOfFirst(trials, guess, holds) {
  if (holds(guess)) {
    for (let high = guess, step = 1; ; step *= 2) {
      const low = high - step;
      if (low < 0) return [-1, high];
      if (!holds(low)) return [low, high];
      high = low;
    }
  }
  for (let low = guess, step = 1; ; step *= 2) {
    const high = low + step;
    if (high > trials) return [low, trials + 1];
    if (holds(high)) return [low, high];
    low = high;
  }
}

/**
 * Fewest successes that show, at one-sided error alpha, that a rate lies above a value; more than `trials` if none do.
 */
function fewestSupporting(trials, value, alpha, method) {
  const byScore = countAbove(scoreBound(trials, value, normalQuantile(1 - alpha)));
  if (method === "wilson") return byScore;
  if (method === "clopper_pearson") {
    return firstCount(trials, byScore, (successes) => tailIsWithin(successes, trials, value, alpha));
  }
  const confidence = Decimal.whole(1).minus(Decimal.stated(alpha)).toNumber();
  const [tail, z, rate] = [1 - confidence, normalQuantile(confidence), value.toNumber()];
  const lowerBound = (successes) => (trials === 0 ? 0 : LIMITS[method](successes, trials, tail, z).lower);
  return firstCount(trials, byScore, (successes) => lowerBound(successes) > rate);
}

/** The count from which on a rate is shown to lie above (fewest) or below (most successes) a value. */
function criticalCount(trials, value, alpha, method, direction) {
  if (direction === "above") return fewestSupporting(trials, value, alpha, method);
  return trials - fewestSupporting(trials, Decimal.whole(1).minus(value), alpha, method);
}
