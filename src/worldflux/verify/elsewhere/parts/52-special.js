/*
 * Special functions: incomplete beta integrals and their inverse, the normal distribution, Student's t. Relative errors
 * are about 1e-13 near the middle of a distribution and grow with the logarithm of a far tail.
 *
 * Sources: DLMF (NIST Digital Library of Mathematical Functions, dlmf.nist.gov), sections 5.11, 7.9 and 8.17; Loader
 * (2000), Fast and accurate computation of binomial probabilities, for the factor in front of the integral; Lentz
 * (1976, Applied Optics 15, 668-671) in the form of Thompson and Barnett (1986) for continued fractions.
 */

const LOG_TWO_PI = Math.log(2 * Math.PI);
const FRACTION_TERMS = 1_000_000;
const FRACTION_SETTLED = 4e-16;
const FRACTION_TINY = 1e-300;
/** From here on eight terms of Stirling's series give a double's digits. */
const STIRLING_FROM = 16;
const STIRLING = [
  1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400,
];

/** The sum of Stirling's series: what it adds to (x - 1/2) log x - x + log(2 pi)/2 (DLMF 5.11.1). */
function stirlingSeries(x) {
  const inverse = 1 / x;
  return inverse * STIRLING.reduceRight((sum, term) => sum * inverse * inverse + term, 0);
}

/** What log Gamma(x) has beyond (x - 1/2) log x - x + log(2 pi)/2, for x above 0; small x are moved up one by one. */
function stirlingError(x) {
  if (x >= STIRLING_FROM) return stirlingSeries(x);
  let moved = x;
  let product = 1;
  while (moved < STIRLING_FROM) {
    product *= moved;
    moved += 1;
  }
  const logGamma = (moved - 0.5) * Math.log(moved) - moved + stirlingSeries(moved) - Math.log(product);
  return logGamma - ((x - 0.5) * Math.log(x) - x);
}

/**
 * Logarithm of the beta function, by Stirling's series of the three gamma functions with their large parts taken off.
 */
function logBeta(a, b) {
  const sum = a + b;
  const errors = stirlingError(a) + stirlingError(b) - stirlingError(sum);
  const shares = a * logShare(a, b) + b * logShare(b, a);
  return errors + shares + 0.5 * (LOG_TWO_PI + Math.log(sum / a / b));
}

/** log(one / (one + other)), also where the share is close to 1. */
function logShare(one, other) {
  return one > other ? Math.log1p(-other / (one + other)) : Math.log(one / (one + other));
}

/**
 * x log(x/mean) - gap, where gap = x - mean: the deviance of a count; by its series where the two are close (Loader).
 */
function deviance(x, mean, gap) {
  if (Math.abs(gap) >= 0.1 * (x + mean)) return x * Math.log(x / mean) - gap;
  const ratio = gap / (x + mean);
  let sum = gap * ratio;
  let term = 2 * x * ratio;
  for (let odd = 3; ; odd += 2) {
    term *= ratio * ratio;
    const next = sum + term / odd;
    if (next === sum) return sum;
    sum = next;
  }
}

/** Logarithm of x^a (1-x)^b / B(a, b); `y` is 1 - x. */
function logBetaFactor(a, b, x, y) {
  const sum = a + b;
  const errors = stirlingError(sum) - stirlingError(a) - stirlingError(b);
  const gap = a * y - b * x; // a less its mean, without subtracting two large numbers
  const deviances = deviance(a, sum * x, gap) + deviance(b, sum * y, -gap);
  return errors - deviances + 0.5 * (Math.log(a / sum) + Math.log(b) - LOG_TWO_PI);
}

/**
 * The integral from 0 to x over its factor x^a y^b / B(a, b), for x below (a+1)/(a+b+2); NaN where it does not settle.
 *
 * The continued fraction of DiDonato and Morris (1992, ACM TOMS 18, 360-373, equation 9): every other convergent of
 * DLMF 8.17.22, whose own terms nearly cancel where a is large.
 */
function betaFraction(a, b, x, y) {
  let value = awayFromZero(betaFractionTerm(a, b, x, y, 0).below);
  let [c, d] = [value, 0];
  for (let term = 1; term < FRACTION_TERMS; term += 1) {
    const { above, below } = betaFractionTerm(a, b, x, y, term);
    d = 1 / awayFromZero(below + above * d);
    c = awayFromZero(below + above / c);
    value *= c * d;
    if (Math.abs(c * d - 1) < FRACTION_SETTLED) return 1 / value;
  }
  return NaN;
}

function betaFractionTerm(a, b, x, y, m) {
  const before = a + 2 * m - 1;
  const beyond = a * y - b * x + 1 + m * (1 + y);
  const step = m === 0 ? 0 : (m * (b - m) * x) / before;
  const above = m === 0 ? 1 : ((a + m - 1) / before) * (a + b + m - 1) * x * step;
  return { above, below: m + step + ((a + m) / (before + 2)) * beyond };
}

function awayFromZero(number) {
  return Math.abs(number) < FRACTION_TINY ? FRACTION_TINY : number;
}

/** Logarithm of the regularised integral from 0 to x, for x below (a+1)/(a+b+2); `y` is 1 - x. */
function logSmallerBetaPart(a, b, x, y) {
  return logBetaFactor(a, b, x, y) + Math.log(betaFraction(a, b, x, y));
}

/**
 * Both parts of the regularised incomplete beta integral: from 0 to x and from x to 1.
 *
 * @param {number} a above 0
 * @param {number} b above 0
 * @param {number} x 0 to 1
 * @param {number} y 1 - x, where it is known better than by subtracting
 * @returns {{lower: number, upper: number}}
 */
function betaParts(a, b, x, y = 1 - x) {
  if (x <= 0) return { lower: 0, upper: 1 };
  if (y <= 0) return { lower: 1, upper: 0 };
  if (x < (a + 1) / (a + b + 2)) {
    const lower = Math.exp(logSmallerBetaPart(a, b, x, y));
    return { lower, upper: 1 - lower };
  }
  const upper = Math.exp(logSmallerBetaPart(b, a, y, x));
  return { lower: 1 - upper, upper };
}

/** Logarithm of the integral of t^(a-1) (1-t)^(b-1) from 0 to x, not divided by B(a, b); `y` is 1 - x. */
function logIncompleteBeta(a, b, x, y) {
  const isSmaller = x < (a + 1) / (a + b + 2);
  const logShareBelow = isSmaller ? logSmallerBetaPart(a, b, x, y) : Math.log1p(-betaParts(a, b, x, y).upper);
  return logShareBelow + logBeta(a, b);
}

/**
 * The x below which the regularised integral is `lower`.
 *
 * Newton's steps (the derivative is the density) within a bracket that halves where they leave it.
 */
function betaQuantile(a, b, lower) {
  return betaRoot(a, b, (x) => betaParts(a, b, x).lower - lower);
}

/** The x above which the regularised integral is `upper`. */
function betaUpperQuantile(a, b, upper) {
  return betaRoot(a, b, (x) => upper - betaParts(a, b, x).upper);
}

function betaRoot(a, b, excess) {
  let [low, high] = [0, 1];
  let x = a / (a + b);
  for (let step = 0; step < 2000; step += 1) {
    const gap = excess(x);
    if (gap === 0) return x;
    if (gap > 0) high = x;
    else low = x;
    const density = Math.exp(logBetaFactor(a, b, x, 1 - x)) / (x * (1 - x));
    const newton = x - gap / density;
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (Math.abs(next - x) <= 1e-16 * x || next === low || next === high) return next;
    x = next;
  }
  return x;
}

/** 1 - erf(z): the series of erf (DLMF 7.6.2) below 2, the continued fraction of erfc (DLMF 7.9.4) from there on. */
function erfc(z) {
  if (z < 0) return 2 - erfc(-z);
  if (z < 2) return 1 - errorSeries(z);
  if (z > 40) return 0;
  let fraction = z;
  for (let term = 120; term > 0; term -= 1) fraction = z + term / 2 / fraction;
  return Math.exp(-z * z) / Math.sqrt(Math.PI) / fraction;
}

function errorSeries(z) {
  let term = z;
  let sum = z;
  for (let odd = 3; Math.abs(term) > 1e-18 * Math.abs(sum); odd += 2) {
    term *= (2 * z * z) / odd;
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-z * z) * sum;
}

/** Chance of a standard normal number of at most z. */
function normalBelow(z) {
  return 0.5 * erfc(-z / Math.SQRT2);
}

/**
 * Quantile of the standard normal distribution.
 *
 * Starts at the rational approximation 26.2.23 of Abramowitz and Stegun (1964) and takes Halley's steps.
 */
function normalQuantile(probability) {
  if (probability > 0.5) return -normalQuantile(1 - probability);
  const root = Math.sqrt(-2 * Math.log(probability));
  const over = 2.515517 + root * (0.802853 + root * 0.010328);
  const under = 1 + root * (1.432788 + root * (0.189269 + root * 0.001308));
  let z = over / under - root;
  for (let step = 0; step < 4; step += 1) {
    const gap = (normalBelow(z) - probability) * Math.sqrt(2 * Math.PI) * Math.exp((z * z) / 2);
    z -= gap / (1 + (z * gap) / 2);
  }
  return z;
}

/** Chance of a number of at most t under Student's t distribution (DLMF 8.17(i); Student 1908). */
function studentBelow(degrees, t) {
  const squared = t * t;
  const [x, y] = [degrees / (degrees + squared), squared / (degrees + squared)];
  const tail = betaParts(degrees / 2, 0.5, x, y).lower / 2;
  return t < 0 ? tail : 1 - tail;
}

/**
 * Quantile of Student's t distribution for a probability above 1/2.
 *
 * With y = t^2/(degrees + t^2), twice the tail is the upper part of the Beta(1/2, degrees/2) distribution at y; where y
 * is nearer to 1 than to 0, 1 - y is looked for instead.
 */
function studentQuantile(degrees, probability) {
  const tails = 2 * (1 - probability);
  if (betaParts(0.5, degrees / 2, 0.5).upper < tails) {
    const y = betaUpperQuantile(0.5, degrees / 2, tails);
    return Math.sqrt((degrees * y) / (1 - y));
  }
  const x = betaQuantile(degrees / 2, 0.5, tails);
  return Math.sqrt((degrees * (1 - x)) / x);
}
