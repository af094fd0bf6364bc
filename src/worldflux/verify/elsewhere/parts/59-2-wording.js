/*
 * The sentences of evidence.json: what was tested, what was not, what would shake the result.
 */

const PRECEDENCE = "The plan is not shown to precede the run.";

/** Reach, tested hypothesis, verdict, status of the claimed value itself, counts, standing. */
function headlineOf(items, verdict, given, binding) {
  const primary = withRole(items, "primary");
  const tested = primary.map(testedText).join("; ") || "nothing is claimed";
  const parts = [`${reachText(given)}: ${tested}.`, countsText(given)];
  if (primary.length > 1) {
    parts.push(`${combineOf(given.rule) === "all" ? "All together" : "Any of them"}: ${spaced(verdict)}.`);
  }
  parts.push(PRECEDENCE);
  if (binding === "placeholder") parts.push("The protocol names only a placeholder for the claim's hash.");
  return parts.join(" ");
}

function reachText(given) {
  const tasks = given.auditInput.tasks.length;
  if (given.estimand === "task_population") return `On tasks such as these ${counted(tasks)}, this checkpoint`;
  return tasks === 1 ? "On this task, this checkpoint" : `On these ${counted(tasks)} tasks, this checkpoint`;
}

function testedText(item) {
  const { hypotheses, metric, evidence } = item;
  const verdict = spaced(evidence.verdict);
  const label = metricLabel(metric);
  if (!hypotheses.length) {
    return `${label} ${metric.operator} ${general(metric.value)}${scoreMarginText(evidence)}: ${verdict}`;
  }
  const name = label === SUCCESS_RATE ? "" : `${label} `;
  if (hypotheses.length > 1) {
    const [low, high, target] = fixedPoint(...hypotheses.map((one) => one.threshold), hypotheses[0].target);
    return `${name}between ${low} and ${high} (equal to ${target} within the margin): ${verdict}`;
  }
  return name + oneSidedText(hypotheses[0], evidence, verdict);
}

function oneSidedText(hypothesis, evidence, verdict) {
  const { direction, margin: stated } = hypothesis;
  const [threshold, target, margin] = fixedPoint(hypothesis.threshold, hypothesis.target, stated);
  const how = direction === "above" ? "minus" : "plus";
  const hasMargin = !stated.isZero();
  const plain = ` (${target} ${how} margin ${margin})`;
  const parts = [`${direction} ${threshold}`];
  if (hasMargin) parts.push(isPlainMargin(hypothesis) ? plain : ` (margin ${margin}, baseline)`);
  if (evidence.method === "ppi") parts.push(", with simulated episodes beside the real ones");
  parts.push(`: ${verdict}`);
  if (hasMargin && evidence.verdict !== "not_testable") {
    parts.push(`; ${target} itself: ${spaced(evidence.target.status)}`);
  }
  return parts.join("");
}

function scoreMarginText({ threshold, value }) {
  return threshold === null || threshold === value ? "" : ` (tested against ${general(threshold)})`;
}

/** Whether the threshold is the claimed value and the margin alone, no baseline's. */
function isPlainMargin({ target, threshold, margin }) {
  const gap = target.minus(threshold);
  return (gap.coefficient < 0n ? gap.negated() : gap).equals(margin);
}

function countsText(given) {
  const { denominator, whole } = given.ledger;
  const planned = `${counted(denominator.planned)} planned episodes`;
  const { run } = given.auditInput;
  if ("measures" in run) {
    const scored = counted(scoredEpisodes(given.auditInput));
    return `Scores of ${spaced(run.measures)}, no successes: ${scored} of ${planned} have one.`;
  }
  const lost = denominator.lost ? `, with ${counted(denominator.lost)} of ${planned} lost` : "";
  const notRun = denominator.not_run ? `, with ${counted(denominator.not_run)} of ${planned} not run` : "";
  return `${counted(denominator.success)} of ${counted(whole.trials)}${lost}${notRun}.`;
}

/** Planned episodes that carry the score; of a cell that ran beyond its plan, at most what was planned. */
function scoredEpisodes({ cells, run }) {
  const scored = cells.filter((cell) => cell.planned && run.measures in cell.sums);
  return sumOf(scored.map((cell) => Math.min(cell.sums[run.measures].count, cell.planned)));
}

/** What this evidence is, and what it is not. */
function claimBoundaryText({ episodes, tasks }) {
  return (
    `This is a recount of ${counted(episodes.count)} recorded outcomes on ${counted(tasks.length)} listed ` +
    "task(s), decided by the rule that the claim declares. It is not a certification, not a ranking, and no " +
    "statement about deployment."
  );
}

/** What a reader might take from this evidence and must not. */
function unsupportedClaims(items, verdict, given) {
  const { benchmark } = given.auditInput.run;
  const claims = [];
  if (verdict !== "supported") claims.push("The claim as stated: these episodes do not support it.");
  for (const { hypotheses, evidence } of items) {
    if (hypotheses.length !== 1 || evidence.target.status === "shown") continue;
    const [target] = fixedPoint(hypotheses[0].target);
    claims.push(`A success rate ${hypotheses[0].direction} ${target} itself, without the margin.`);
  }
  if (given.estimand === "fixed_tasks") {
    claims.push("Success on other tasks, objects, scenes, instructions or initial states than those listed.");
  }
  claims.push("Success of another checkpoint, or of this one after training, quantisation or conversion.");
  if (benchmark.simulated !== false) claims.push("Success on a real robot.");
  if (!benchmark.starts_verified) claims.push("That the episodes started from distinct, known initial states.");
  claims.push("Safety, or fitness for deployment.");
  return claims;
}

/** What to try next by whoever wants to prove the claim wrong, the cheapest first. */
function nextFalsificationAxes(given) {
  const { auditInput } = given;
  const { denominator } = given.ledger;
  const axes = [];
  if (denominator.not_run) axes.push(`Run the ${counted(denominator.not_run)} planned episodes that were not run.`);
  const scores = "measures" in auditInput.run;
  const without = scores ? denominator.planned - scoredEpisodes(auditInput) : denominator.lost;
  if (without && !(scores && denominator.not_run)) {
    axes.push(`Account for the ${counted(without)} ${scores ? "planned episodes without a score" : "lost episodes"}.`);
  }
  const weakest = weakestCell(auditInput);
  if (weakest) {
    const { success, failure } = plannedCounts(weakest);
    const counts = `${success} of ${success + failure}`;
    axes.push(`More starts of the weakest cell: ${weakest.task}, run seed ${weakest.seed} (${counts}).`);
  }
  for (const axis of auditInput.run.benchmark.perturbation_axes) axes.push(`Vary: ${axis}.`);
  axes.push("Repeat with start seeds that share no environment seed with these runs.");
  return axes;
}

/** The planned cell with the lowest rate, the first of several; null unless there are two with trials. */
function weakestCell({ cells }) {
  const rate = (cell) => {
    const { success, failure } = plannedCounts(cell);
    return success / (success + failure);
  };
  const tried = cells.filter((cell) => cell.planned && !Number.isNaN(rate(cell)));
  if (tried.length < 2) return null;
  return tried.reduce((weakest, cell) => (rate(cell) < rate(weakest) ? cell : weakest));
}
