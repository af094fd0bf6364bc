/*
 * Why a count decides, or does not: the sentences of a verdict over a whole plan.
 */

const POWER_UNDEFINED = {
  code: "power_undefined",
  message: "With margin 0 the power at the claimed value is not defined; state decision_rule.power_at.",
};

/** The verdict and how it came about: [verdict, reasons]. */
function explainedVerdict(hypotheses, design, power) {
  const found = decidedBy(hypotheses, design);
  const bounds = hypotheses.map((one) => boundaryOf(one, design.sample));
  if (found) return [found, [reachedReason(found, bounds, design)]];
  const between = { code: "decision.between", message: betweenMessage(bounds, design) };
  if (power === null) return ["inconclusive", [between, POWER_UNDEFINED]];
  const verdict = undecided(power.at_claim);
  return [verdict, verdict === "underpowered" ? [between, lowPower(power)] : [between]];
}

function reachedReason(found, bounds, design) {
  const trials = counted(design.sample.trials);
  if (found === "supported" && bounds.length > 1) {
    const range = `${counted(bounds[0].supporting)} to ${counted(bounds[1].supporting)}`;
    const message = `${countText(design.least)} of ${trials} succeeded; ${range} show equality within the margin.`;
    return { code: "decision.equal_within", message };
  }
  const isSupported = found === "supported";
  const bound = isSupported ? bounds[0] : bounds.find((one) => refutes(one, towardsClaim(one, design)));
  const upward = bound.direction === "above";
  const against = upward ? design.least : design.most;
  const [successes, critical, more] = isSupported
    ? [against, bound.supporting, upward]
    : [towardsClaim(bound, design), bound.refuting, !upward];
  const words = `${counted(critical)} or ${more ? "more" : "fewer"} ${isSupported ? "support" : "refute"} the claim.`;
  const message = `${countText(successes)} of ${trials} succeeded; ${words}`;
  return { code: isSupported ? "decision.supported" : "decision.refuted", message };
}

/** The count that a refutation reads: every lost episode on the claim's side. */
function towardsClaim(bound, design) {
  return bound.direction === "above" ? design.most : design.least;
}

function betweenMessage(bounds, design) {
  const upward = bounds[0].direction === "above";
  const [against, inFavour] = upward ? [design.least, design.most] : [design.most, design.least];
  const trials = counted(design.sample.trials);
  const upper = bounds.length > 1 ? ` to ${counted(bounds[1].supporting)}` : "";
  return (
    `${countText(against)} of ${trials} supports nothing and ${countText(inFavour)} of ${trials} refutes nothing: ` +
    `${counted(bounds[0].supporting)}${upper} would support, ${counted(bounds[0].refuting)} would refute.`
  );
}

/** A count that need not be whole, with one decimal where it is not. */
function countText(fraction) {
  const value = fraction.toNumber();
  return groupedFixed(value, Number.isInteger(value) ? 0 : 1);
}

/** Why the trials are worth fewer than they are; null where nothing of them hangs together. */
function whatWidens(design, given) {
  if (!design.clustered) return null;
  const { trials, designEffect } = design.sample;
  const message = `${counted(trials)} episodes are worth ${groupedFixed(trials / designEffect, 0)} independent ones`;
  if (given.estimand === "task_population") {
    const why = "the rate is one of a population of tasks, and the tasks differ.";
    return { code: "estimand.task_population", message: `${message}: ${why}` };
  }
  return { code: "starts.clustered", message: `${message}: some share an initial state.` };
}

/** That an undecided result was to be expected. */
function lowPower(power) {
  const worth = "effective_n" in power ? `, worth ${counted(power.effective_n)} independent ones,` : "";
  const plan = `The plan of ${counted(power.n)} episodes${worth} would support a true rate of ${general(power.at)}`;
  const message = `${plan} with probability ${fixed(power.at_claim, 3)}, below ${DESIRED_POWER}.`;
  return { code: "power.low", message };
}
