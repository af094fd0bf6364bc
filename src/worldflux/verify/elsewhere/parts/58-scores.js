/*
 * A promised mean of a score, decided from the moments of each task. For the listed tasks the mean of the task means
 * has the variance of a stratified sample (Cochran 1977, Sampling Techniques, ch. 5) with Satterthwaite's degrees of
 * freedom; for a population of tasks the task means are the sample (part 56-resampling).
 *
 * Moments are {count, sum, squares}: number of episodes of a task, sum of their scores, sum of the squares.
 */

const NO_SPREAD = {
  code: "scores.no_spread",
  message: "All scores are the same, so nothing is known about how far a mean of so many may lie from the true one.",
};

/** Decide a promised mean score; episodes that lack one stand against the claim, where their bounds are known. */
function decideScore(metric, given) {
  const moments = tasksOf(given, metric).map((task) => momentsOf(task, METRIC_SCORES[metric.name], given));
  const planned = talliesOf(given, metric).map(decisionTrials);
  const missing = planned.map((count, index) => Math.max(0, count - moments[index].count));
  const undecidable = (reason, verdict) =>
    decidedItem(metric, scoreEvidence(metric, given, moments, null, verdict), [], [reason], verdict);
  const obstacle = scoreObstacle(metric, given, moments, missing);
  if (obstacle) return undecidable(obstacle.reason, obstacle.verdict);
  const confidence = decisionConfidence(given.rule.alpha);
  const observed = meanScore(moments, given, confidence);
  if (observed.lower === observed.upper) return undecidable(NO_SPREAD, "inconclusive");
  const [low, high] = "bounds" in metric ? metric.bounds : [0, 0];
  const filledWith = (value) => moments.map((each, index) => filledMoments(each, missing[index], value));
  const worst = meanScore(filledWith(low), given, confidence);
  const best = meanScore(filledWith(high), given, confidence);
  const [verdict, reason] = scoreVerdict(metric, given, worst, best);
  const evidence = {
    ...scoreEvidence(metric, given, moments, observed, verdict),
    target: { value: metric.value, status: scoreTarget(metric, worst.lower, best.upper) },
    sensitivity: bettingReading(metric, given),
  };
  const flags = scoreBaseline(given).length ? ["asymptotic", "baseline_uncertainty_ignored"] : ["asymptotic"];
  return decidedItem(metric, evidence, [], [reason], scoreVerdict(metric, given, observed, observed)[0], flags);
}

function momentsOf(task, score, given) {
  const cells = given.auditInput.cells.filter((cell) => cell.task === task && cell.planned && score in cell.sums);
  const sum = (name) => sumOf(cells.map((cell) => cell.sums[score][name]));
  return { count: sum("count"), sum: sum("sum"), squares: sum("sum_of_squares") };
}

/** The same with episodes of an unknown score set to a value. */
function filledMoments({ count, sum, squares }, missing, value) {
  return { count: count + missing, sum: sum + missing * value, squares: squares + missing * (value * value) };
}

function varianceOfMean({ count, sum, squares }) {
  return Math.max(0, squares - (sum * sum) / count) / (count - 1) / count;
}

/** Why a score cannot be decided, with the verdict that follows; or null. */
function scoreObstacle(metric, given, moments, missing) {
  return untestableScore(metric, given, moments) || openScore(metric, given, missing);
}

function untestableScore(metric, given, moments) {
  const because = (code, message) => ({ reason: { code, message }, verdict: "not_testable" });
  if (!moments.length || moments.some((each) => each.count < 2)) {
    const score = METRIC_SCORES[metric.name];
    return because("scores.too_few", `Not every planned task has two episodes that carry a ${score}.`);
  }
  const tasks = new Set(tasksOf(given, metric));
  if (given.auditInput.cells.some((cell) => tasks.has(cell.task) && cell.planned && beyondPlan(cell))) {
    const message = "Sums of scores include episodes beyond the plan and cannot be taken apart.";
    return because("scores.beyond_plan", message);
  }
  if (metric.operator === "==" && !given.rule.margin) return because("operator.margin_needed", MARGIN_NEEDED);
  if (given.estimand === "task_population" && moments.length < FEWEST_CLUSTERS) {
    return { ...fewClusters(moments.length), verdict: "not_testable" };
  }
  return null;
}

function openScore(metric, given, missing) {
  const because = (code, message) => ({ reason: { code, message }, verdict: "inconclusive" });
  if (given.byEProcess) {
    const message = "The run ended before its plan, or may; a mean score is decided for whole plans only.";
    return because("short_of_plan", message);
  }
  if (repeatedOf(given, metric).some((entry) => entry)) {
    const message = "Episodes share initial states; a mean score is decided for distinct ones only.";
    return because("starts.repeated", message);
  }
  if (missing.some((count) => count) && !("bounds" in metric)) {
    const without = `${counted(sumOf(missing))} planned episodes have no score`;
    return because("scores.missing", `${without}, and the claim states no bounds for one.`);
  }
  return null;
}

function meanScore(moments, given, confidence) {
  const means = moments.map(({ count, sum }) => sum / count);
  if (given.estimand !== "task_population") return stratifiedMean(moments, means, confidence);
  return { mean: sumOf(means) / means.length, ...clusteredMeanInterval(means, confidence, given.seed) };
}

function stratifiedMean(moments, means, confidence) {
  const tasks = moments.length;
  const mean = sumOf(means) / tasks;
  const parts = moments.map((each) => varianceOfMean(each) / tasks ** 2);
  const variance = sumOf(parts);
  if (variance === 0) return { method: "stratified_t", mean, lower: mean, upper: mean };
  const spreads = parts.map((part, index) => (part * part) / (moments[index].count - 1));
  const degrees = (variance * variance) / sumOf(spreads);
  const reach = studentQuantile(degrees, (1 + confidence) / 2) * Math.sqrt(variance);
  return { method: "stratified_t", mean, lower: mean - reach, upper: mean + reach };
}

function scoreBaseline(given) {
  return baselineValues(given.rule, 1);
}

/** What the mean has to exceed and what it has to stay below, each a number or null; a baseline's value as well. */
function scoreThresholds({ operator, value }, given) {
  const margin = Decimal.stated(given.rule.margin);
  const strictest = (direction) =>
    strictestThreshold(direction, Decimal.stated(value), margin, scoreBaseline(given)).toNumber();
  const directions = directionsOf(operator);
  return {
    above: directions.includes("above") ? strictest("above") : null,
    below: directions.includes("below") ? strictest("below") : null,
  };
}

/** Support has to hold with every unknown score at its worst, refutation with every one at its best. */
function scoreVerdict(metric, given, worst, best) {
  const { above, below } = scoreThresholds(metric, given);
  const verdict = verdictOfBounds(metric, given, worst.lower, best.upper);
  const limits = [above === null ? "" : `above ${general(above)}`, below === null ? "" : `below ${general(below)}`];
  const tested = limits.filter((text) => text).join(" and ");
  const bounds = `between ${general(worst.lower)} and ${general(best.upper)}`;
  const message = `The mean lies ${bounds}; the claim is a mean ${tested}.`;
  const ending = { supported: "supported", refuted: "refuted", inconclusive: "between" }[verdict];
  return [verdict, { code: `decision.score_${ending}`, message }];
}

/** What a lower and an upper bound of the mean decide. */
function verdictOfBounds(metric, given, lower, upper) {
  const { above, below } = scoreThresholds(metric, given);
  if ((above === null || lower > above) && (below === null || upper < below)) return "supported";
  return (above !== null && upper < above) || (below !== null && lower > below) ? "refuted" : "inconclusive";
}

function scoreEvidence(metric, given, moments, found, verdict) {
  const { above, below } = scoreThresholds(metric, given);
  const known = moments.filter((each) => each.count).map(({ count, sum }) => sum / count);
  const unknown = unknownInterval(given);
  return {
    ...describedMetric(metric, given),
    threshold: above !== null ? above : below,
    ...(metric.operator === "==" ? { threshold_upper: below } : {}),
    estimate: known.length ? significant(sumOf(known) / known.length) : null,
    successes: null,
    trials: sumOf(moments.map((each) => each.count)),
    method: found ? found.method : "none",
    decision_trials: moments.length ? decisionTrials(totalTally(talliesOf(given, metric))) : 0,
    design_effect: 1,
    interval: found ? scoreInterval(found, decisionConfidence(given.rule.alpha)) : unknown,
    interval_descriptive: found
      ? scoreInterval(meanScore(moments, given, DESCRIPTIVE_CONFIDENCE), DESCRIPTIVE_CONFIDENCE)
      : unknown,
    verdict,
  };
}

function scoreInterval({ method, lower, upper }, confidence) {
  const end = (number) => (Number.isFinite(number) ? significant(number) : null);
  return { method, confidence: significant(confidence), lower: end(lower), upper: end(upper) };
}

/** Whether the claimed value itself is passed or contradicted, every unknown score standing against either. */
function scoreTarget({ operator, value }, lower, upper) {
  if (operator === "==") return "not_shown";
  const upward = operator[0] === ">";
  if (upward ? lower > value : upper < value) return "shown";
  return (upward ? upper < value : lower > value) ? "contradicted" : "not_shown";
}

/** The betting interval of the means of whole runs; none without bounds, or with fewer than two such runs. */
function bettingReading(metric, given) {
  const means = meansOfRuns(metric, given);
  if (!("bounds" in metric) || means.length < 2) return [];
  const [low, high] = metric.bounds;
  if (!means.every((mean) => low <= mean && mean <= high)) return [];
  const confidence = decisionConfidence(given.rule.alpha);
  const found = bettingInterval(means.map((mean) => (mean - low) / (high - low)), confidence);
  const [lower, upper] = [found.lower, found.upper].map((end) => low + end * (high - low));
  return [
    {
      reading: "betting",
      estimate: significant(sumOf(means) / means.length),
      interval: scoreInterval({ method: "betting", lower, upper }, confidence),
      verdict: verdictOfBounds(metric, given, lower, upper),
      note: `Bounds that hold for any number of runs, from the means of ${counted(means.length)} whole ones.`,
    },
  ];
}

/** Mean over the tasks of each run in which every planned episode of every task has the score. */
function meansOfRuns(metric, given) {
  const [score, tasks] = [METRIC_SCORES[metric.name], tasksOf(given, metric)];
  const { seeds, episodes_per_task: perTask } = given.protocol.execution;
  const cells = new Map(given.auditInput.cells.map((cell) => [cellKey(cell.task, cell.seed), cell]));
  const runs = seeds.map((seed) => tasks.map((task) => cells.get(cellKey(task, seed))));
  const isWhole = (cell) => cell && score in cell.sums && cell.sums[score].count === perTask;
  const whole = runs.filter((run) => run.every(isWhole));
  return whole.map((run) => sumOf(run.map(({ sums }) => sums[score].sum / sums[score].count)) / run.length);
}
