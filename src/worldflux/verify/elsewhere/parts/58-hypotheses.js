/*
 * From a promised success rate to what is tested, what the plan could have shown of it, and its counts and intervals
 * before anything is decided.
 */

const UNIT_SCALES = { ratio: 1, percent: 100 };
const SUCCESS_RATE = "success_rate";
const DESCRIPTIVE_CONFIDENCE = 0.95;

const SCORE_NAMES = [
  "sum_reward", "max_reward", "progress", "partial_credit", "subtasks", "video_quality", "governance", "contract",
];

/** Scores by the metrics that are their means; without a prototype, for the names come from a claim. */
const METRIC_SCORES = Object.assign(
  Object.create(null),
  Object.fromEntries(SCORE_NAMES.flatMap((score) => ["avg", "mean"].map((average) => [`${average}_${score}`, score]))),
);

const MARGIN_NEEDED = "Equality can only be shown within a margin above 0.";

/** The hypotheses of a promised rate; a baseline given as a value makes the stricter of two thresholds. */
function rateHypotheses(metric, rule) {
  if (metric.name !== SUCCESS_RATE) {
    const known = [SUCCESS_RATE, ...Object.keys(METRIC_SCORES)].join(", ");
    const message = `${metric.name} is not a metric that these rules decide; they know ${known}.`;
    return new Obstacle("metric.unknown", message);
  }
  if (metric.operator === "==" && !rule.margin) return new Obstacle("operator.margin_needed", MARGIN_NEEDED);
  const scale = UNIT_SCALES[metric.unit];
  const ratio = (number) => Decimal.stated(number).dividedByScale(scale);
  const [target, margin] = [ratio(metric.value), ratio(rule.margin)];
  const found = directionsOf(metric.operator).map((direction) => ({
    direction,
    target,
    threshold: strictestThreshold(direction, target, margin, baselineValues(rule, scale)),
    margin,
    alpha: rule.alpha,
    method: countingMethod(rule),
  }));
  const outside = found.find((one) => !one.threshold.isInsideUnit());
  if (!outside) return found;
  const left = `The value and the margin leave the threshold ${outside.threshold}`;
  return new Obstacle("threshold.outside", `${left}, which no number of episodes can test.`);
}

function directionsOf(operator) {
  return { ">": ["above"], "<": ["below"], "=": ["above", "below"] }[operator[0]];
}

/** The value of a baseline, in a list: none, or one. */
function baselineValues(rule, scale) {
  return rule.baseline && "value" in rule.baseline ? [Decimal.stated(rule.baseline.value).dividedByScale(scale)] : [];
}

/** The claimed value and a baseline must both be passed, each with the margin. */
function strictestThreshold(direction, target, margin, baselines) {
  const upward = direction === "above";
  const passed = [target, ...baselines].map((value) => (upward ? value.minus(margin) : value.plus(margin)));
  return passed.reduce((strictest, one) => {
    const order = one.compare(strictest);
    return (upward ? order > 0 : order < 0) ? one : strictest;
  });
}

/** Power of the exact test at the claimed value, or null where the value is what is tested against. */
function powerOf(metric, hypotheses, given, designEffect = 1) {
  const { alpha } = given.rule;
  const at = wantedRate(metric, hypotheses, given.rule);
  const isRate = at.coefficient >= 0n && at.compare(Decimal.whole(1)) <= 0;
  if (!isRate || hypotheses.some((one) => at.equals(one.threshold))) return null;
  const n = totalTally(talliesOf(given, metric)).planned;
  const worth = Math.floor(n / designEffect);
  const [threshold, thresholdUpper = null] = hypotheses.map((one) => one.threshold);
  const analysis = analysePower({ operator: metric.operator, threshold, thresholdUpper, at, alpha }, worth);
  return {
    method: POWER_METHOD,
    at: at.toNumber(),
    n,
    ...(worth === n ? {} : { effective_n: worth }),
    at_claim: significant(analysis.atClaim),
    n_for_80: analysis.needed,
    mde: significantOrNull(analysis.detectable),
  };
}

/** The true rate at which power is wanted: the claimed value, unless the claim states another. */
function wantedRate(metric, hypotheses, rule) {
  if (!("power_at" in rule)) return hypotheses[0].target;
  return Decimal.stated(rule.power_at).dividedByScale(UNIT_SCALES[metric.unit]);
}

/** What decides: the declared method, or the one that the design asks for. */
function methodLabel(design, method) {
  if (isSimple(design.sample)) return method;
  return design.clustered ? "design_effect_wilson" : "stratified_wilson";
}

/** An interval of a rate, as evidence carries it. */
function shownInterval(method, confidence, { lower, upper }) {
  return {
    method,
    confidence: significant(confidence),
    lower: Math.max(0, significant(lower)),
    upper: Math.min(1, significant(upper)),
  };
}

function intervalOfCounts(successes, trials, method, confidence) {
  return shownInterval(method, confidence, rateInterval(successes, trials, method, confidence));
}

/** Interval of the observed rate; Wilson's of as many trials as the design is worth, where it has an effect. */
function intervalOfDesign(design, method, confidence) {
  const { sample, observed, observedTrials } = design;
  if (isSimple(sample)) {
    const whole = Number(observed.numerator / observed.denominator);
    return intervalOfCounts(whole, observedTrials, method, confidence);
  }
  const worth = observedTrials / sample.designEffect;
  const successes = (estimateOf(design) || 0) * worth;
  const limits = scoreLimits(successes, worth, sampleQuantile(sample, (1 - confidence) / 2));
  return shownInterval(methodLabel(design, method), confidence, limits);
}

/** Where nothing is known, at the confidence of the decision. */
function unknownInterval(given) {
  return { method: "none", confidence: significant(decisionConfidence(given.rule.alpha)), lower: null, upper: null };
}

/** The counts and intervals of a rate, before anything is decided; `design` may be null. */
function describedRate(metric, hypotheses, given, design) {
  const whole = totalTally(talliesOf(given, metric));
  const method = countingMethod(given.rule);
  const interval = (confidence) => {
    if (design) return intervalOfDesign(design, method, confidence);
    return intervalOfCounts(whole.successes, whole.trials, method, confidence);
  };
  const estimate = design ? estimateOf(design) : whole.trials ? whole.successes / whole.trials : null;
  return {
    ...describedMetric(metric, given),
    threshold: hypotheses.length ? hypotheses[0].threshold.toNumber() : null,
    ...(hypotheses.length > 1 ? { threshold_upper: hypotheses[1].threshold.toNumber() } : {}),
    estimate: significantOrNull(estimate),
    averages: averagesOf(talliesOf(given, metric)),
    successes: whole.successes,
    trials: whole.trials,
    method: design ? methodLabel(design, method) : method,
    decision_trials: decisionTrials(whole),
    design_effect: design ? design.sample.designEffect : 1,
    interval: interval(decisionConfidence(given.rule.alpha)),
    interval_descriptive: interval(DESCRIPTIVE_CONFIDENCE),
  };
}

/** What a metric's evidence says whatever was found. */
function describedMetric(metric, given) {
  return {
    name: metric.name,
    ...("task" in metric ? { task: metric.task } : {}),
    unit: metric.unit,
    operator: metric.operator,
    role: roleOf(metric),
    value: metric.value,
    target: { value: metric.value, status: "not_shown" },
    estimand: given.estimand,
    verdict: "not_testable",
    robust: false,
    flags: [],
    sensitivity: [],
    averages: null,
    k_crit: null,
    k_refute: null,
    p_value: null,
    attained_size: null,
    power: null,
  };
}

function roleOf(metric) {
  return "role" in metric ? metric.role : "primary";
}

function averagesOf(tallies) {
  const tried = tallies.filter((tally) => tally.trials);
  if (!tried.length) return null;
  const whole = totalTally(tallies);
  const macro = sumOf(tried.map((tally) => tally.successes / tally.trials)) / tried.length;
  return { micro: significant(whole.successes / whole.trials), macro: significant(macro) };
}
