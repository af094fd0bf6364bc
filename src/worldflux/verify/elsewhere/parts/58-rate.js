/*
 * A promised success rate, decided: over a whole plan by the declared interval's bound against the threshold, over one
 * that ended early (or may) by e-values.
 *
 * What deciding a metric gives is {metric, evidence, hypotheses, reasons, observedVerdict, flags, countsAs}:
 * `observedVerdict` is the verdict had lost episodes been left out, `countsAs` what the metric brings to the claim's
 * verdict where that is not its own, else null.
 */

function decidedItem(metric, evidence, hypotheses, reasons, observedVerdict, flags = []) {
  return { metric, evidence, hypotheses, reasons, observedVerdict, flags, countsAs: null };
}

function untestable(metric, hypotheses, given, obstacle, verdict = "not_testable") {
  const evidence = { ...describedRate(metric, hypotheses, given, null), verdict };
  return decidedItem(metric, evidence, hypotheses, [obstacle.reason], verdict);
}

/** Decide a promised success rate from the tallies of its tasks. */
function decideRate(metric, given) {
  const hypotheses = rateHypotheses(metric, given.rule);
  if (hypotheses instanceof Obstacle) return untestable(metric, [], given, hypotheses);
  const obstacle = obstacleToCounting(metric, given);
  if (obstacle) return untestable(metric, hypotheses, given, obstacle);
  if (given.byEProcess) return decideEarly(metric, hypotheses, given);
  const tallies = talliesOf(given, metric);
  if (!tallies.every(decisionTrials)) return untestable(metric, hypotheses, given, EMPTY_TASK);
  const design = designOf(tallies, given.estimand, repeatedOf(given, metric));
  if (design instanceof Obstacle) return untestable(metric, hypotheses, given, design);
  return decideWholePlan(metric, hypotheses, design, given);
}

const EMPTY_TASK = new Obstacle(
  "episodes.none_of_a_task",
  "A planned task has no episode that counts: all of them were excluded.",
);

function obstacleToCounting(metric, given) {
  const tallies = talliesOf(given, metric);
  if (!tallies.length) return new Obstacle("metric.unknown_task", `The plan has no task ${metric.task}.`);
  const { run } = given.auditInput;
  if ("measures" in run) {
    const measured = spaced(run.measures);
    const message = `The source measures ${measured}, which is no success and cannot become a success rate.`;
    return new Obstacle("metric.not_measured", message);
  }
  if (totalTally(tallies).trials === 0) {
    return new Obstacle("episodes.none", "No planned episode ended in success or failure.");
  }
  return null;
}

/** Words of a name: not_testable is "not testable". */
function spaced(name) {
  return name.replace(/_/g, " ");
}

/** A plan that was run whole: decide by counts; then simulation, a baseline and the other readings have their say. */
function decideWholePlan(metric, hypotheses, design, given) {
  const power = powerOf(metric, hypotheses, given, design.sample.designEffect);
  const [verdict, reasons] = explainedVerdict(hypotheses, design, power);
  const widened = whatWidens(design, given);
  const evidence = { ...testedRate(metric, hypotheses, design, given), power, verdict };
  const observed = verdictWithoutLost(metric, hypotheses, given, power);
  const explained = widened ? [...reasons, widened] : reasons;
  const item = decidedItem(metric, evidence, hypotheses, explained, observed, wholePlanFlags(design, given));
  const compared = comparedWithBaseline(helpedOut(item, given), given);
  return withReadings(withDisagreement(compared, given), design, given);
}

function testedRate(metric, hypotheses, design, given) {
  const bounds = hypotheses.map((one) => boundaryOf(one, design.sample));
  const { planned } = totalTally(talliesOf(given, metric));
  return {
    ...describedRate(metric, hypotheses, given, design),
    target: { value: metric.value, status: statusOfTarget(hypotheses, design) },
    k_crit: bounds[0].supporting,
    ...(bounds.length > 1 ? { k_crit_upper: bounds[1].supporting } : {}),
    k_refute: bounds[0].refuting,
    p_value: pValueOf(hypotheses, design),
    attained_size: isSimple(design.sample) ? significant(attainedSize(hypotheses, planned)) : null,
  };
}

function verdictWithoutLost(metric, hypotheses, given, power) {
  const design = designOf(talliesOf(given, metric).map(withoutLost), given.estimand, repeatedOf(given, metric));
  if (design instanceof Obstacle) return "not_testable";
  return verdictOf(decidedBy(hypotheses, design), power && power.at_claim);
}

/** The largest p-value of the hypotheses, lost episodes standing against each. */
function pValueOf(hypotheses, design) {
  const simple = isSimple(design.sample);
  const values = hypotheses.map((one) => {
    const successes = (one.direction === "above" ? design.least : design.most).toNumber();
    if (!simple) return scorePValue(one, successes, design.sample);
    return exactPValue(one, Math.floor(successes), design.sample.trials);
  });
  const method = simple ? "exact_binomial" : "design_effect_score";
  return { method, value: significant(Math.min(1, Math.max(...values))) };
}

function scorePValue({ direction, threshold }, successes, { trials, designEffect, degrees }) {
  const rate = threshold.toNumber();
  const statistic = (successes - trials * rate) / Math.sqrt(trials * designEffect * rate * (1 - rate));
  const towards = direction === "above" ? -statistic : statistic;
  return degrees === null ? normalBelow(towards) : studentBelow(degrees, towards);
}

const STATUS_OF_DECISION = { supported: "shown", refuted: "contradicted", null: "not_shown" };

/** Whether the claimed value itself, without the margin, is passed or contradicted. */
function statusOfTarget(hypotheses, design) {
  if (hypotheses.length > 1 || !hypotheses[0].target.isInsideUnit()) return "not_shown";
  return STATUS_OF_DECISION[decidedBy([changed(hypotheses[0], { threshold: hypotheses[0].target })], design)];
}

function wholePlanFlags(design, given) {
  const flags = [];
  if (!isSimple(design.sample)) flags.push("asymptotic");
  if (countingMethod(given.rule) === "wald") flags.push("wald_declared");
  if (given.rule.baseline && "value" in given.rule.baseline) flags.push("baseline_uncertainty_ignored");
  return flags;
}

/** Say where the exact test and the declared method differ. */
function withDisagreement(item, given) {
  const { evidence } = item;
  const { p_value: tested } = evidence;
  if (!tested || tested.method !== "exact_binomial" || evidence.method === "ppi") return item;
  const supported = evidence.verdict === "supported";
  if (tested.value <= given.rule.alpha === supported || (!supported && evidence.baseline)) return item;
  const test = `The exact binomial test (p = ${general(tested.value, 4)})`;
  const message = `${test} and the declared ${countingMethod(given.rule)} method differ.`;
  return {
    ...item,
    reasons: [...item.reasons, { code: "exact_test.disagrees", message }],
    flags: [...item.flags, "exact_test_disagrees"],
  };
}

/** A plan that ended early, or that may: e-values over complete blocks, valid whenever somebody stopped. */
function decideEarly(metric, hypotheses, given) {
  const power = powerOf(metric, hypotheses, given);
  const outcome = earlyOutcome(metric, hypotheses, given);
  if (outcome instanceof Obstacle) return untestable(metric, hypotheses, given, outcome, "inconclusive");
  const verdict = verdictOf(outcome.found, power && power.at_claim);
  const evidence = {
    ...describedRate(metric, hypotheses, given, null),
    ...outcome.evidence,
    target: { value: metric.value, status: outcome.target },
    power,
    verdict,
  };
  const reasons = verdict === "underpowered" ? [...outcome.reasons, lowPower(power)] : outcome.reasons;
  const item = decidedItem(metric, evidence, hypotheses, reasons, verdict);
  return withReadings(comparedWithBaseline(helpedOut(item, given), given), null, given);
}
