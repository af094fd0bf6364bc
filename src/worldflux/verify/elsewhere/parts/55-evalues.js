/*
 * Decisions that hold whenever somebody stopped: e-processes over complete blocks of one episode per task, and the
 * bounds that go with them. An e-process reaches 1/alpha with probability at most alpha while its hypothesis holds
 * (Ville 1939).
 *
 * For one task: the mixture of likelihood ratios over a Beta(1/2, 1/2) prior truncated at the tested rate (Robbins
 * 1970, Annals of Mathematical Statistics 41, 1397-1409). For several: capital spread over constant bets on the mean of
 * a block (Waudby-Smith and Ramdas 2024, JRSS B 86, 1-27), with the weights of the same prior, on a grid that is fixed
 * in advance.
 *
 * All values are natural logarithms.
 */

const PRIOR = 0.5;
const PANELS = 14;
const BETS_PER_PANEL = 24;
const HALVINGS = 60;
const EVERY_BLOCK_UP_TO = 200;

/**
 * Numbers of blocks at which a process is read where no rule says so: each up to 200, then in steps of 5%, and the
 * last.
 */
function lookSchedule(blocks) {
  const looks = [];
  while (looks.length < Math.min(blocks, EVERY_BLOCK_UP_TO)) looks.push(looks.length + 1);
  while (looks.length && looks[looks.length - 1] < blocks) {
    looks.push(Math.min(Math.floor((looks[looks.length - 1] * 21) / 20), blocks));
  }
  return looks;
}

/** log e against "the rate is at most `value`" ("above"), or at least ("below"), for one task's trials. */
function mixtureLogE(successes, trials, value, direction) {
  const failures = trials - successes;
  const [ones, zeros] = direction === "below" ? [successes, failures] : [failures, successes];
  const [edge, rest] = direction === "below" ? [value, 1 - value] : [1 - value, value];
  const posterior = logIncompleteBeta(PRIOR + ones, PRIOR + zeros, edge, rest);
  const before = logIncompleteBeta(PRIOR, PRIOR, edge, rest);
  return posterior - before - (successes * Math.log(value) + failures * Math.log1p(-value));
}

/** Nodes and weights of Gauss-Legendre quadrature on (-1, 1): roots of the Legendre polynomial by Newton's steps. */
function gaussLegendre(size) {
  const nodes = [];
  for (let index = 0; index < size; index += 1) {
    let x = -Math.cos((Math.PI * (index + 0.75)) / (size + 0.5));
    let slope = 0;
    for (let step = 0; step < 10; step += 1) {
      const { value, derivative } = legendre(size, x);
      x -= value / derivative;
      slope = derivative;
    }
    nodes.push({ node: x, weight: 2 / ((1 - x * x) * slope * slope) });
  }
  return nodes;
}

/** The Legendre polynomial of a degree and its derivative, by Bonnet's recursion. */
function legendre(degree, x) {
  let [before, value] = [1, x];
  for (let n = 1; n < degree; n += 1) [before, value] = [value, ((2 * n + 1) * x * value - n * before) / (n + 1)];
  return { value, derivative: (degree * (x * value - before)) / (x * x - 1) };
}

/** Places and shares on (0, 1), over panels that halve towards 0. */
function betPanels() {
  const quadrature = gaussLegendre(BETS_PER_PANEL);
  const places = [];
  let start = 0;
  for (let panel = PANELS - 1; panel >= 0; panel -= 1) {
    const end = 0.5 ** panel;
    const width = end - start;
    for (const { node, weight } of quadrature) {
      places.push({ place: start + (width * (node + 1)) / 2, share: (width * weight) / 2 });
    }
    start = end;
  }
  const total = places.reduce((sum, { share }) => sum + share, 0);
  return places.map(({ place, share }) => ({ place, share: share / total }));
}

let betPanelsOnce = null;

/** Bets against a value and their shares: under Beta(1/2, 1/2) the angle asin(sqrt(rate)) is uniform. */
function betsAgainst(value, direction) {
  betPanelsOnce = betPanelsOnce || betPanels();
  const edge = Math.asin(Math.sqrt(value));
  const far = direction === "above" ? Math.PI / 2 : 0;
  return betPanelsOnce.map(({ place, share }) => {
    const rate = Math.sin(edge + (far - edge) * place) ** 2;
    return { bet: (rate - value) / (value * (1 - value)), share };
  });
}

/**
 * Logarithm of the capital that bets against a value have won, after each of several tables of counts.
 *
 * @param {number[][]} tables how often each outcome had been observed by each moment
 * @param {number[]} outcomes in [0, 1]
 */
function logCapital(tables, outcomes, value, direction) {
  const bets = betsAgainst(value, direction);
  const gains = bets.map(({ bet }) => outcomes.map((outcome) => Math.log1p((outcome - value) * bet)));
  return tables.map((counts) => {
    const logs = gains.map((gain) => gain.reduce((sum, each, index) => sum + counts[index] * each, 0));
    const highest = logs.reduce((most, each) => Math.max(most, each), -Infinity);
    const sum = logs.reduce((all, each, index) => all + bets[index].share * Math.exp(each - highest), 0);
    return highest + Math.log(sum);
  });
}

/** The edge between rejected values, towards `outer`, and kept ones, towards `inner`, from the rejected side. */
function lastRejected(isRejected, outer, inner) {
  for (let step = 0; step < HALVINGS; step += 1) {
    const middle = (outer + inner) / 2;
    if (middle === outer || middle === inner) break;
    if (isRejected(middle)) outer = middle;
    else inner = middle;
  }
  return outer;
}

/** Bounds of the mean of observations of [0, 1]: the values against which capital has not reached 2/error. */
function capitalBounds(counts, outcomes, error) {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const mean = total ? counts.reduce((sum, count, index) => sum + count * outcomes[index], 0) / total : 0;
  const threshold = Math.log(2 / error);
  const rejected = (direction) => (value) => logCapital([counts], outcomes, value, direction)[0] >= threshold;
  return {
    lower: mean > 0 ? lastRejected(rejected("above"), 0, mean) : 0,
    upper: total && mean < 1 ? lastRejected(rejected("below"), 1, mean) : 1,
  };
}

/** The possible means of a block. */
function blockOutcomes(tasks) {
  return Array.from({ length: tasks + 1 }, (_, successes) => successes / tasks);
}

/** How many blocks up to each look had each number of successes. */
function countsUpTo(blocks, tasks, looks) {
  const running = new Array(tasks + 1).fill(0);
  let read = 0;
  return looks.map((look) => {
    for (; read < look; read += 1) running[blocks[read]] += 1;
    return running.slice();
  });
}

/** log e at each look over complete blocks, for the claim that the mean rate lies `direction` of `value`. */
function blockPath(blocks, tasks, value, direction, looks) {
  const tables = countsUpTo(blocks, tasks, looks);
  if (tasks > 1) return logCapital(tables, blockOutcomes(tasks), value, direction);
  return tables.map(([failures, successes]) => mixtureLogE(successes, failures + successes, value, direction));
}

/** Two-sided bounds of the mean rate over complete blocks that hold at all times at once. */
function blockBounds(blocks, tasks, confidence) {
  const [counts] = countsUpTo(blocks, tasks, [blocks.length]);
  if (tasks > 1) return capitalBounds(counts, blockOutcomes(tasks), 1 - confidence);
  return trialBounds(counts[1], counts[0], confidence);
}

/** The rates that the mixture of likelihood ratios over a Beta(1/2, 1/2) prior has not rejected. */
function trialBounds(successes, failures, confidence) {
  const threshold = -Math.log(1 - confidence);
  const trials = successes + failures;
  const marginal = logBeta(PRIOR + successes, PRIOR + failures) - logBeta(PRIOR, PRIOR);
  const isRejected = (rate) => marginal - logLikelihood(successes, failures, rate) >= threshold;
  const observed = trials ? successes / trials : 0;
  return {
    lower: successes ? lastRejected(isRejected, 0, observed) : 0,
    upper: failures ? lastRejected(isRejected, 1, observed) : 1,
  };
}

function logLikelihood(successes, failures, rate) {
  const ones = successes ? successes * Math.log(rate) : 0;
  return failures ? ones + failures * Math.log1p(-rate) : ones;
}
