/*
 * What else has a say in a promised rate: a measured baseline whose own uncertainty counts, simulated episodes beside
 * the real ones where the claim declares them, and the readings that inform without deciding.
 */

/** Conjoin the comparison with a baseline that was given as counts; without one, nothing changes. */
function comparedWithBaseline(item, given) {
  const { baseline } = given.rule;
  if (!baseline || !("successes" in baseline) || !item.hypotheses.length) return item;
  const tally = totalTally(talliesOf(given, item.metric));
  const clustered = item.evidence.design_effect !== 1;
  if (item.hypotheses.length > 1 || given.byEProcess || clustered || !tally.trials) {
    const message =
      "The baseline's counts are compared only with one-sided claims about a whole plan of independent episodes.";
    return conjoinedWithBaseline(item, { code: "baseline.not_compared", message }, null, "inconclusive");
  }
  const comparison = baselineComparison(item, tally, given);
  const observed = baselineComparison(item, withoutLost(tally), given).verdict;
  const message =
    `Against the baseline's ${counted(baseline.successes)} of ${counted(baseline.trials)} the difference is ` +
    `${signedFixed(comparison.difference, 3)} (p = ${general(comparison.p_value.value, 4)} against the margin).`;
  return conjoinedWithBaseline(item, { code: "baseline.compared", message }, comparison, observed);
}

function baselineComparison(item, tally, given) {
  const { successes, trials } = given.rule.baseline;
  const { alpha } = given.rule;
  const { pValue, isRefuted } = baselineTest(item, tally, given);
  const { lower, upper } = differenceInterval(tally.successes, tally.trials, successes, trials, 1 - 2 * alpha);
  return {
    successes,
    trials,
    difference: significant(tally.successes / tally.trials - successes / trials),
    interval: {
      method: "miettinen_nurminen",
      confidence: significant(1 - 2 * alpha),
      lower: significant(lower),
      upper: significant(upper),
    },
    p_value: { method: "farrington_manning", value: significant(pValue) },
    verdict: pValue < alpha ? "supported" : isRefuted ? "refuted" : "inconclusive",
  };
}

/** The test of "worse than the baseline by the margin or more"; for claims of less, of failures. */
function baselineTest(item, tally, given) {
  const { successes, trials } = given.rule.baseline;
  const margin = Decimal.stated(given.rule.margin).dividedByScale(UNIT_SCALES[item.metric.unit]).toNumber();
  const confidence = 1 - 2 * given.rule.alpha;
  const [n, least, most] = [decisionTrials(tally), tally.successes, tally.successes + tally.ambiguous];
  if (item.hypotheses[0].direction === "above") {
    const { upper } = differenceInterval(most, n, successes, trials, confidence);
    return { pValue: nonInferiority(least, n, successes, trials, margin), isRefuted: upper < -margin };
  }
  const { lower } = differenceInterval(least, n, successes, trials, confidence);
  return { pValue: nonInferiority(n - most, n, trials - successes, trials, margin), isRefuted: lower > margin };
}

/** Supported where both are; refuted where either is. */
function conjoined(own, met) {
  const open = own === "inconclusive" || own === "underpowered";
  return own === "supported" || (met === "refuted" && open) ? met : own;
}

function conjoinedWithBaseline(item, reason, comparison, observed) {
  const own = item.evidence.verdict;
  const met = comparison ? comparison.verdict : "inconclusive";
  const verdict = conjoined(own, met);
  const reasons = [...item.reasons, reason];
  if (verdict !== own) {
    const message = `The claim also has to pass the baseline, and against that it is ${met}.`;
    reasons.push({ code: "baseline.unmet", message });
  }
  const isNew = comparison && !item.flags.includes("asymptotic");
  return {
    ...item,
    evidence: { ...item.evidence, verdict, ...(comparison ? { baseline: comparison } : {}) },
    reasons,
    flags: isNew ? [...item.flags, "asymptotic"] : item.flags,
    observedVerdict: conjoined(item.observedVerdict, observed),
  };
}

/** The verdict of another reading of the same episodes, which has to pass a measured baseline as well. */
function readingWithBaseline(own, item, given) {
  const { baseline } = given.rule;
  if (!baseline || !("successes" in baseline)) return own;
  return conjoined(own, item.evidence.baseline ? item.evidence.baseline.verdict : "inconclusive");
}

/** Show what simulated episodes add, and let them decide where the claim says so and the gate is passed. */
function helpedOut(item, given) {
  const { ppi: pairs } = given.auditInput.requested;
  if (!pairs) {
    if (given.rule.interval_method !== "ppi") return item;
    return notBearing(item, ["the claim declares them, and none were given (--ppi FILE)"]);
  }
  const result = predictionPowered(pairs, decisionConfidence(given.rule.alpha));
  const reading = simulationReading(item, pairs, result, given);
  const shown = { ...item, evidence: { ...item.evidence, sensitivity: [...item.evidence.sensitivity, reading] } };
  const obstacles = simulationObstacles(pairs, result, item, given);
  return obstacles.length ? notBearing(shown, obstacles) : carriedBySimulation(shown, reading, pairs);
}

function realEpisodes(pairs) {
  return pairs.both + pairs.real_only + pairs.simulated_only + pairs.neither;
}

function simulationReading(item, pairs, result, given) {
  const { power } = item.evidence;
  const [simulated, real] = [counted(pairs.simulated), counted(realEpisodes(pairs))];
  return {
    reading: "ppi",
    estimate: significant(result.estimate),
    interval: {
      method: "ppi",
      confidence: significant(decisionConfidence(given.rule.alpha)),
      lower: significant(result.lower),
      upper: significant(result.upper),
    },
    verdict: verdictOf(decidedBySimulation(item.hypotheses, result), power && power.at_claim),
    note: `${simulated} simulated episodes beside ${real} real ones; asymptotic.`,
  };
}

function decidedBySimulation(hypotheses, { lower, upper }) {
  const [least, most] = [Decimal.ofDouble(lower), Decimal.ofDouble(upper)];
  const passes = ({ direction, threshold }) =>
    direction === "above" ? least.compare(threshold) > 0 : most.compare(threshold) < 0;
  const fails = ({ direction, threshold }) =>
    direction === "above" ? most.compare(threshold) < 0 : least.compare(threshold) > 0;
  return hypotheses.every(passes) ? "supported" : hypotheses.some(fails) ? "refuted" : null;
}

const SIMULATION_GATE = {
  "ppi.few_real": "there are fewer than 50 real episodes",
  "ppi.few_discordant": "fewer than 5 pairs of a real and a simulated episode differ",
};

function simulationObstacles(pairs, result, item, given) {
  const { successes, trials, method, decision_trials: decisionCount } = item.evidence;
  const obstacles = given.rule.interval_method === "ppi" ? [] : ["the claim's interval_method is not `ppi`"];
  const [real, realSuccesses] = [realEpisodes(pairs), pairs.both + pairs.real_only];
  if (successes !== realSuccesses || trials !== real) {
    const paired = `its ${counted(realSuccesses)} of ${counted(real)} real episodes`;
    obstacles.push(`${paired} are not the ${counted(successes)} of ${counted(trials)} audited`);
  }
  if (given.byEProcess) obstacles.push("the run ended before its plan, or may");
  else if (decisionCount !== trials) obstacles.push("planned episodes were lost");
  else if (method !== countingMethod(given.rule)) {
    obstacles.push("the audited episodes are clustered, or tasks have unequal numbers of them");
  }
  return [...obstacles, ...result.obstacles.map((code) => SIMULATION_GATE[code])];
}

function notBearing(item, obstacles) {
  const message = `Simulated episodes do not carry the verdict: ${obstacles.join("; ")}.`;
  return {
    ...item,
    reasons: [...item.reasons, { code: "ppi.not_verdict_bearing", message }],
    flags: [...item.flags, "ppi_not_verdict_bearing"],
  };
}

/** The verdict, its interval and the claimed value's status by the real and the simulated episodes together. */
function carriedBySimulation(item, reading, pairs) {
  const { k_crit_upper: dropped, ...kept } = item.evidence;
  const { estimate, interval, verdict } = reading;
  const evidence = {
    ...kept,
    method: "ppi",
    estimate,
    interval,
    target: { ...kept.target, status: statusBySimulation(item.hypotheses, interval) },
    verdict,
    k_crit: null,
    k_refute: null,
    attained_size: null,
    p_value: null,
  };
  const message =
    `With ${counted(pairs.simulated)} simulated episodes beside the real ones the rate is ${fixed(estimate, 4)}, ` +
    `between ${fixed(interval.lower, 4)} and ${fixed(interval.upper, 4)}.`;
  const reasons = [{ code: "ppi.decided", message }, ...item.reasons.slice(1)];
  return { ...item, evidence, reasons, flags: [...item.flags, "asymptotic"] };
}

function statusBySimulation(hypotheses, { lower, upper }) {
  if (hypotheses.length > 1) return "not_shown";
  const target = hypotheses[0].target.toNumber();
  const upward = hypotheses[0].direction === "above";
  if (upward ? lower > target : upper < target) return "shown";
  return (upward ? upper < target : lower > target) ? "contradicted" : "not_shown";
}
