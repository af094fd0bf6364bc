/*
 * How the trials hang together: how many independent observations they are worth, and of what mean. Fixed tasks with
 * equal numbers of episodes are plain binomial trials. Everything else widens the variance by a design effect (Kish
 * 1965, Survey Sampling; Korn and Graubard 1998, Survey Methodology 24, 193-201).
 *
 * A design is {sample, least, most, observed, observedTrials, clustered}: the sample, successes if every lost episode
 * was a failure, if every one was a success, and those observed, at equal weights of the tasks; the counts are
 * fractions.
 */

const FEWEST_CLUSTERS = 5;
const SHARE_DENOMINATOR = 1_000_000;

/** Why nothing can be tested: what takes the place of hypotheses or a design. */
class Obstacle {
  constructor(code, message) {
    this.reason = { code, message };
  }
}

/** Read counts under an estimand; `repeated` has for each task the shares of its initial states, or null. */
function designOf(tallies, estimand, repeated) {
  if (estimand === "task_population") return populationDesign(tallies);
  if (repeated.some((entry) => entry)) return sharedStartsDesign(tallies, repeated);
  return fixedDesign(tallies);
}

/** The observed rate, or null. */
function estimateOf(design) {
  return design.observedTrials ? design.observed.dividedBy(design.observedTrials).toNumber() : null;
}

function pooledDesign(whole) {
  return {
    sample: independentTrials(decisionTrials(whole)),
    least: Fraction.of(whole.successes),
    most: Fraction.of(whole.successes + whole.ambiguous),
    observed: Fraction.of(whole.successes),
    observedTrials: whole.trials,
    clustered: false,
  };
}

function fixedDesign(tallies) {
  if (haveEqualNumbers(tallies)) return pooledDesign(totalTally(tallies));
  const effects = [0, 1].map((share) => unequalEffect(tallies.map((tally) => filledTally(tally, share))));
  return weightedDesign(tallies, Math.max(...effects), null);
}

function haveEqualNumbers(tallies) {
  return new Set(tallies.map(decisionTrials)).size === 1;
}

/**
 * Variance of a mean that gives each task the same weight, over that of as many trials of one rate: were all rates
 * alike, and with the rates as estimated (each by one success and one failure more: Agresti and Coull 1998); the larger
 * counts.
 */
function unequalEffect(tallies) {
  const tried = tallies.filter(decisionTrials);
  const sizes = tried.map(decisionTrials);
  const trials = sumOf(sizes);
  const alike = (trials * sumOf(sizes.map((size) => 1 / size))) / sizes.length ** 2;
  const mean = sumOf(tried.map((tally) => tally.successes / decisionTrials(tally))) / tried.length;
  if (!(mean > 0 && mean < 1)) return significant(alike);
  const smoothed = tried.map((tally) => (tally.successes + 1) / (decisionTrials(tally) + 2));
  const variance = sumOf(smoothed.map((rate, index) => (rate * (1 - rate)) / sizes[index])) / sizes.length ** 2;
  return significant(Math.max(alike, variance / ((mean * (1 - mean)) / trials)));
}

/** Task rates with equal weights, brought to the scale of all trials together. */
function weightedDesign(tallies, designEffect, degrees, rates = null, clustered = false) {
  const shown = rates || tallies.map((tally) => Fraction.of(tally.successes, tally.trials || 1));
  const counted = tallies
    .map((tally, index) => ({ tally, rate: shown[index] }))
    .filter(({ tally }) => decisionTrials(tally));
  const whole = totalTally(counted.map(({ tally }) => tally));
  const trials = decisionTrials(whole);
  const shareTried = ({ tally, rate }) => rate.times(Fraction.of(tally.trials, decisionTrials(tally)));
  const shareLost = ({ tally }) => Fraction.of(tally.ambiguous, decisionTrials(tally));
  const least = meanOfFractions(counted.map(shareTried));
  const gain = meanOfFractions(counted.map(shareLost));
  const tried = counted.filter(({ tally }) => tally.trials).map(({ rate }) => rate);
  return {
    sample: { trials, designEffect, degrees },
    least: least.times(Fraction.of(trials)),
    most: least.plus(gain).times(Fraction.of(trials)),
    observed: meanOfFractions(tried).times(Fraction.of(whole.trials)),
    observedTrials: whole.trials,
    clustered,
  };
}

/** Tasks as a sample of tasks: the spread of their rates is the error. */
function populationDesign(tallies) {
  const tried = tallies.filter((tally) => tally.trials);
  if (tried.length < FEWEST_CLUSTERS) return fewClusters(tried.length);
  const effects = readingsOfLost(tallies).map((share) => taskEffect(tallies.map((tally) => filledTally(tally, share))));
  return weightedDesign(tallies, Math.max(...effects), tried.length - 1, null, true);
}

function fewClusters(count) {
  const message = `${count} task(s) say nothing about a population of tasks; it takes ${FEWEST_CLUSTERS}.`;
  return new Obstacle("estimand.few_clusters", message);
}

/** Shares of success among the lost: left out, none, all. The largest of these design effects counts. */
function readingsOfLost(tallies) {
  return tallies.some((tally) => tally.ambiguous) ? [null, 0, 1] : [null];
}

function filledTally(tally, share) {
  if (share === null) return withoutLost(tally);
  const successes = tally.successes + share * tally.ambiguous;
  return { ...tally, successes, trials: decisionTrials(tally), ambiguous: 0 };
}

/** Variance of the unweighted mean of the tasks' rates, over that of independent trials; 1 at least. */
function taskEffect(tallies) {
  const tried = tallies.filter(decisionTrials);
  const rates = tried.map((tally) => tally.successes / decisionTrials(tally));
  const trials = sumOf(tried.map(decisionTrials));
  const estimate = exactSum(rates) / rates.length;
  const alike = rates.every((rate) => rate === rates[0]);
  if (alike && (estimate === 0 || estimate === 1)) return significant(trials / rates.length);
  const mean = pairwiseSum(rates) / rates.length;
  const variance = pairwiseSum(rates.map((rate) => (rate - mean) ** 2)) / (rates.length - 1) / rates.length;
  return significant(Math.max(1, variance / ((estimate * (1 - estimate)) / trials)));
}

/** Trials of one initial state are one observation of it: shares per state within tasks, tasks at equal weights. */
function sharedStartsDesign(tallies, repeated) {
  const states = (share) =>
    tallies.map((tally, index) => statesOf(tally, repeated[index], share)).filter((each) => each.starts);
  const known = states(null);
  const count = sumOf(known.map((each) => each.starts));
  if (count < FEWEST_CLUSTERS) {
    const message = `All trials started from ${count} initial state(s); it takes ${FEWEST_CLUSTERS} to tell anything.`;
    return new Obstacle("starts.too_few", message);
  }
  const within = known.every((each) => each.starts > 1);
  const degrees = within ? sumOf(known.map((each) => each.starts - 1)) : count - 1;
  const effects = readingsOfLost(tallies).map((share) => statesEffect(states(share), within));
  const rates = tallies.map((tally, index) => rateOfStates(tally, repeated[index]));
  return weightedDesign(tallies, Math.max(...effects), degrees, rates, true);
}

/** States of one task; a lost episode, where it is read as a success or not, has one of its own. */
function statesOf(tally, shares, share) {
  let [starts, sum, squares] = [tally.trials, tally.successes, tally.successes];
  if (shares) {
    starts = shares.starts + tally.trials - shares.trials;
    [sum, squares] = [shares.sum, shares.sum_of_squares];
  }
  if (share === null) return { trials: tally.trials, starts, sum, squares };
  const lost = tally.ambiguous;
  return {
    trials: tally.trials + lost,
    starts: starts + lost,
    sum: sum + share * lost,
    squares: squares + share * lost,
  };
}

function statesVariance({ starts, sum, squares }) {
  return starts > 1 ? Math.max(0, (squares - (sum * sum) / starts) / (starts - 1)) : 0;
}

function statesEffect(states, within) {
  const sum = (name) => sumOf(states.map((each) => each[name]));
  const count = sum("starts");
  // A task of one state has no spread of its own; the spread of all states stands in for it.
  const pooled = statesVariance({ starts: count, sum: sum("sum"), squares: sum("squares") });
  const variances = states.map((each) => (within ? statesVariance(each) : pooled) / each.starts);
  const variance = sumOf(variances) / states.length ** 2;
  const rate = sumOf(states.map((each) => each.sum / each.starts)) / states.length;
  if (!(rate > 0 && rate < 1)) return significant(sum("trials") / count);
  return significant(Math.max(1, variance / ((rate * (1 - rate)) / sum("trials"))));
}

/** Mean over the states of their shares; a fraction again, for its sum was written to twelve digits. */
function rateOfStates(tally, shares) {
  if (!shares || !tally.trials) return Fraction.of(tally.successes, tally.trials || 1);
  const sum = Fraction.ofDouble(shares.sum).nearestWithin(SHARE_DENOMINATOR);
  return sum.dividedBy(shares.starts).times(Fraction.of(shares.trials, tally.trials));
}
