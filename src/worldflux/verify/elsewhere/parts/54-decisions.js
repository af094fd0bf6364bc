/*
 * What is tested, and what counts decide. A claim about a rate is one or two one-sided hypotheses (two for equality:
 * Schuirmann 1987, J. Pharmacokin. Biopharm. 15, 657-680). Each is decided by a count: the one-sided bound of the
 * declared method passes the threshold exactly from there on.
 *
 * A hypothesis is {direction, target, threshold, margin, alpha, method}, with decimals for the three numbers. A sample
 * is {trials, designEffect, degrees}: what the trials are worth, and the degrees of freedom of that, or null.
 */

const DESIRED_POWER = 0.8;
/** Methods whose disagreement makes a verdict not robust. */
const ADMISSIBLE_METHODS = ["wilson", "clopper_pearson", "jeffreys", "agresti_coull"];

function independentTrials(trials) {
  return { trials, designEffect: 1, degrees: null };
}

/** Whether the trials are independent and weigh the same. */
function isSimple(sample) {
  return sample.designEffect === 1 && sample.degrees === null;
}

/** Quantile that a one-sided bound of error alpha takes: Student's where the variance was estimated. */
function sampleQuantile(sample, alpha) {
  return sample.degrees === null ? normalQuantile(1 - alpha) : studentQuantile(sample.degrees, 1 - alpha);
}

/**
 * The counts that decide a hypothesis: the whole ones (`supporting`, `refuting`) and what successes that need not be
 * whole have to pass (`supportingBeyond`, `refutingBeyond`).
 */
function boundaryOf(hypothesis, sample) {
  const [high, low] = isSimple(sample) ? simpleBounds(hypothesis, sample) : widenedBounds(hypothesis, sample);
  const above = { count: countAbove(high), beyond: high.toFraction() };
  const below = { count: countBelow(low), beyond: low.toFraction() };
  const [support, refute] = hypothesis.direction === "above" ? [above, below] : [below, above];
  return {
    direction: hypothesis.direction,
    supporting: support.count,
    refuting: refute.count,
    supportingBeyond: support.beyond,
    refutingBeyond: refute.beyond,
  };
}

/** Whole counts decide; the bounds stand half-way to the next one. */
function simpleBounds({ threshold, alpha, method }, { trials }) {
  const half = new Decimal(5n, -1);
  const critical = (direction) => Decimal.whole(criticalCount(trials, threshold, alpha, method, direction));
  return [critical("above").minus(half), critical("below").plus(half)];
}

/** With a design effect the score bound of n/d trials decides, whatever the declared method. */
function widenedBounds({ threshold, alpha }, sample) {
  const quantile = sampleQuantile(sample, alpha);
  return [quantile, -quantile].map((z) => scoreBound(sample.trials, threshold, z, sample.designEffect));
}

function supports(boundary, successes) {
  const order = successes.compare(boundary.supportingBeyond);
  return boundary.direction === "above" ? order > 0 : order < 0;
}

function refutes(boundary, successes) {
  const order = successes.compare(boundary.refutingBeyond);
  return boundary.direction === "above" ? order < 0 : order > 0;
}

/**
 * "supported", "refuted" or null. Lost episodes count as failures for support and as successes for refutation; for
 * claims of less, the other way round.
 */
function decidedBy(hypotheses, { sample, least, most }) {
  const bounds = hypotheses.map((one) => boundaryOf(one, sample));
  const upward = (bound) => bound.direction === "above";
  if (bounds.every((bound) => supports(bound, upward(bound) ? least : most))) return "supported";
  if (bounds.some((bound) => refutes(bound, upward(bound) ? most : least))) return "refuted";
  return null;
}

/** What is left when neither side is reached: the plan was too small to expect anything else, or it was not. */
function undecided(power) {
  return power !== null && power < DESIRED_POWER ? "underpowered" : "inconclusive";
}

/** The verdict of a decision that may have been reached; `power` is the chance at the claimed value, or null. */
function verdictOf(found, power) {
  return found || undecided(power);
}

/** Exact binomial p-value against the opposite of what is claimed. */
function exactPValue({ direction, threshold }, successes, trials) {
  return (direction === "above" ? atLeast : atMost)(successes, trials, threshold.toNumber());
}

/** Exact chance of support when the true rate is just a threshold; of two thresholds, the larger chance. */
function attainedSize(hypotheses, trials) {
  const bounds = hypotheses.map((one) => boundaryOf(one, independentTrials(trials)));
  return Math.max(...hypotheses.map((one) => supportProbability(bounds, trials, one.threshold.toNumber())));
}

/** Exact chance that independent trials of this rate give a count that supports every hypothesis. */
function supportProbability(bounds, trials, rate) {
  let [least, most] = [0, trials];
  for (const { direction, supporting } of bounds) {
    if (direction === "above") least = Math.max(least, supporting);
    else most = Math.min(most, supporting);
  }
  return Math.max(0, atLeast(least, trials, rate) - atLeast(most + 1, trials, rate));
}

/** The same hypothesis about another rate, by another method, or at another error. */
function changed(hypothesis, changes) {
  return { ...hypothesis, ...changes };
}
