/*
 * Decisions over complete blocks: the claim is decided by the highest e-value at any look, whatever made the run end.
 */

/** What the e-values say of one metric, or why they say nothing. */
function earlyOutcome(metric, hypotheses, given) {
  if (given.estimand === "task_population" || "task" in metric) {
    const rule = "A run that ended early is decided over blocks of all listed tasks";
    return new Obstacle("short_of_plan", `${rule}; for this metric there are none.`);
  }
  const path = pathOf(hypotheses, given);
  const { found, block } = decisionOf(path);
  const [best, worst] = [highest(path.support), highest(path.refute)];
  return {
    found,
    target: earlyTarget(hypotheses, given),
    evidence: earlyEvidence(hypotheses, given, path, block),
    reasons: [...earlyStanding(given), earlyReason({ found, block, best, worst, needed: path.needed }, given)],
  };
}

/** The highest of several logarithms; 0 without any. */
function highest(values) {
  return values.length ? values.reduce((most, each) => Math.max(most, each), -Infinity) : 0;
}

function earlyEvidence(hypotheses, given, path, block) {
  const tasks = given.auditInput.tasks.length;
  const trials = given.blocks.length * tasks;
  const oneCount = tasks === 1 && hypotheses.length === 1;
  const [best, worst] = [highest(path.support), highest(path.refute)];
  return {
    method: "e_process",
    decision_trials: trials,
    interval: sequenceInterval(given),
    k_crit: oneCount ? fewestByEValue(hypotheses[0], hypotheses[0].direction, trials) : null,
    k_refute: oneCount ? fewestByEValue(hypotheses[0], opposite(hypotheses[0].direction), trials) : null,
    p_value: { method: "e_value", value: significant(Math.min(1, Math.exp(-Math.max(0, best)))) },
    sequential: {
      blocks: given.blocks.length,
      log_e_support: significant(best),
      log_e_refute: significant(worst),
      log_e_needed: significant(path.needed),
      decided_at: block,
    },
  };
}

/**
 * Both e-processes at the looks that the protocol's rule allows, or at the default ones: for the claim the least of the
 * hypotheses, against it the greatest.
 */
function pathOf(hypotheses, given) {
  const looks = looksOf(given);
  const tasks = given.auditInput.tasks.length;
  const process = (one, direction) => blockPath(given.blocks, tasks, one.threshold.toNumber(), direction, looks);
  const joined = (paths, keep) => looks.map((_, index) => keep(...paths.map((path) => path[index])));
  return {
    looks,
    support: joined(hypotheses.map((one) => process(one, one.direction)), Math.min),
    refute: joined(hypotheses.map((one) => process(one, opposite(one.direction))), Math.max),
    needed: -Math.log(given.rule.alpha),
  };
}

function looksOf(given) {
  const rule = given.protocol.execution.stopping_rule;
  if (!rule) return lookSchedule(given.blocks.length);
  const [every, fewest] = ["check_every" in rule ? rule.check_every : 1, "min_blocks" in rule ? rule.min_blocks : 1];
  const looks = [];
  for (let look = fewest; look <= given.blocks.length; look += every) looks.push(look);
  return looks;
}

function opposite(direction) {
  return direction === "above" ? "below" : "above";
}

/** The first side to reach what is needed, and at which block. */
function decisionOf({ looks, support, refute, needed }) {
  const index = looks.findIndex((_, place) => support[place] >= needed || refute[place] >= needed);
  if (index < 0) return { found: null, block: null };
  return { found: support[index] >= needed ? "supported" : "refuted", block: looks[index] };
}

/** Bounds of the mean rate that hold at every stopping time. */
function sequenceInterval(given) {
  const confidence = decisionConfidence(given.rule.alpha);
  const { lower, upper } = blockBounds(given.blocks, given.auditInput.tasks.length, confidence);
  return {
    method: "confidence_sequence",
    confidence: significant(confidence),
    lower: significant(lower),
    upper: significant(upper),
  };
}

function earlyTarget(hypotheses, given) {
  const [{ target }] = hypotheses;
  if (hypotheses.length > 1 || !target.isInsideUnit()) return "not_shown";
  return STATUS_OF_DECISION[decisionOf(pathOf([changed(hypotheses[0], { threshold: target })], given)).found];
}

/** Fewest ("below": most) successes among so many trials of one task whose e-value is enough. */
function fewestByEValue({ threshold, alpha }, direction, trials) {
  const upward = direction === "above";
  const value = (upward ? threshold : Decimal.whole(1).minus(threshold)).toNumber();
  const isEnough = (count) => count > trials * value && mixtureLogE(count, trials, value, "above") >= -Math.log(alpha);
  const fewest = firstCount(trials, Math.ceil(trials * value), isEnough);
  return upward ? fewest : trials - fewest;
}

function earlyStanding(given) {
  const { denominator } = given.ledger;
  if (!denominator.not_run) return [];
  const shares = `${counted(denominator.not_run)} of ${counted(denominator.planned)} planned episodes were never run`;
  const message = `${shares}; the decision is one that holds whenever somebody stopped.`;
  const planned = {
    code: "stopping.planned",
    message: "The protocol's stopping rule, an e-process over complete blocks, allows an early end.",
  };
  const unplanned = {
    code: "stopping.unplanned",
    message: "The protocol plans no early end, so the test that the plan would have had is not used.",
  };
  return [{ code: "short_of_plan", message }, given.stopsByRule ? planned : unplanned];
}

function earlyReason({ found, block, best, worst, needed }, given) {
  const tasks = given.auditInput.tasks.length;
  const unit = tasks === 1 ? "episodes" : `blocks of ${counted(tasks)} tasks`;
  const blocks = counted(given.blocks.length);
  if (found === null) {
    const message =
      `Over ${blocks} complete ${unit} the e-value for the claim is at most ${eValueText(best)} and the one ` +
      `against it at most ${eValueText(worst)}; either would decide from ${eValueText(needed)} on.`;
    return { code: "decision.e_value_between", message };
  }
  const isSupported = found === "supported";
  const message =
    `After ${counted(block)} of ${blocks} complete ${unit} the e-value ${isSupported ? "for" : "against"} the claim ` +
    `reached ${eValueText(needed)}; its highest value is ${eValueText(isSupported ? best : worst)}.`;
  return { code: isSupported ? "decision.e_value_supported" : "decision.e_value_refuted", message };
}

/** An e-value from its logarithm: 1.4, 20, 1,370, 10^7. */
function eValueText(logValue) {
  if (logValue > Math.log(1e6)) return `10^${fixed(logValue / Math.log(10), 0)}`;
  const value = Math.exp(logValue);
  return value < 100 ? general(value, 3) : groupedFixed(value, 0);
}
