/*
 * What a plan could have shown: exact power of the binomial test (Clopper-Pearson's bound), the number of episodes from
 * which on it never falls below 0.8, and the smallest difference that it would show.
 *
 * Power against the number of episodes is a saw-tooth. The last number that falls short is found by leaving out ranges
 * that are proved to have none: the critical count and the successes do not fall as n grows, nor do the failures that
 * are allowed and met.
 */

const POWER_METHOD = "clopper_pearson";
const MOST_EPISODES = 10_000_000;
const SMALLEST_DISTANCE = new Decimal(1n, -6);
const ONE_HALF = new Decimal(5n, -1);

/**
 * The one-sided tests that all have to succeed, each told as "above": claims of at most something count failures.
 *
 * @param {{operator: string, threshold: Decimal, thresholdUpper: ?Decimal, at: Decimal, alpha: number}} design
 */
function powerSides({ operator, threshold, thresholdUpper, at }) {
  const flipped = (number) => Decimal.whole(1).minus(number);
  const upward = { threshold, at };
  if (thresholdUpper) return [upward, { threshold: flipped(thresholdUpper), at: flipped(at) }];
  return [operator[0] === ">" ? upward : { threshold: flipped(threshold), at: flipped(at) }];
}

/** Chance that n episodes support the claim at the rate `at`, its least value and what the plan would take. */
function analysePower(design, n) {
  return {
    atClaim: leastPower(design, n, n),
    needed: episodesNeeded(design),
    detectable: detectableRate(design, n),
  };
}

/** A power that no n from `fewest` to `most` falls below; the power itself where the two are one. */
function leastPower(design, fewest, most) {
  const sides = powerSides(design);
  const sum = sides.reduce((total, side) => total + leastSupport(design, side, fewest, most), 0);
  return Math.max(0, sum - (sides.length - 1));
}

function leastSupport({ alpha }, { threshold, at }, fewest, most) {
  const critical = (trials) => fewestSupporting(trials, threshold, alpha, POWER_METHOD);
  const rate = at.toNumber();
  if (threshold.compare(ONE_HALF) > 0) return atLeast(critical(fewest) + most - fewest, most, rate);
  return atLeast(critical(most), fewest, rate);
}

/** Fewest episodes from which on the power stays at 0.8 or more; null where there is no such number in reach. */
function episodesNeeded(design) {
  const distances = powerSides(design).map((side) => side.at.minus(side.threshold));
  const nearest = distances.reduce((least, one) => (one.compare(least) < 0 ? one : least));
  if (nearest.compare(SMALLEST_DISTANCE) < 0) return null;
  if (leastPower(design, MOST_EPISODES, MOST_EPISODES) < DESIRED_POWER) return null;
  const needed = lastFallingShort(design, surelyEnough(design.alpha, distances.length, nearest.toNumber())) + 1;
  return needed <= MOST_EPISODES ? needed : null;
}

/** A number of episodes from which on Hoeffding's inequality (1963, JASA 58, 13-30) proves a power of 0.8. */
function surelyEnough(alpha, sides, distance) {
  const c = Math.sqrt(Math.log(1 / alpha) / 2);
  const b = Math.sqrt(Math.log(sides / (1 - DESIRED_POWER)) / 2);
  const root = (c + b + Math.sqrt((c + b) ** 2 + 4 * distance * (4 * c * c + 1))) / (2 * distance);
  return Math.ceil(root * root);
}

/** Largest n up to `most` whose power is below 0.8; 0 where there is none. */
function lastFallingShort(design, most) {
  const ranges = [[1, most]];
  while (ranges.length) {
    const [first, last] = ranges.pop();
    if (leastPower(design, first, last) >= DESIRED_POWER) continue;
    if (first === last) return first;
    const middle = Math.floor((first + last) / 2);
    ranges.push([first, middle], [middle + 1, last]);
  }
  return 0;
}

/** The true rate nearest to the threshold that n episodes support with a chance of 0.8: a quantile of a Beta. */
function detectableRate(design, n) {
  if (design.thresholdUpper) return null;
  const [{ threshold }] = powerSides(design);
  const fewest = fewestSupporting(n, threshold, design.alpha, POWER_METHOD);
  if (fewest > n) return null;
  const supported = fewest > 0 ? betaQuantile(fewest, n - fewest + 1, DESIRED_POWER) : 0;
  const rate = Math.max(supported, threshold.toNumber());
  return design.operator[0] === ">" ? rate : 1 - rate;
}
