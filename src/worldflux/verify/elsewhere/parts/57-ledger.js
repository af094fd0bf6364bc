/*
 * Where every planned episode went, and what the rules may look at.
 *
 * A tally says what the decision makes of the planned episodes of one task: successes among trials, lost ones that
 * count against whatever is to be shown (`ambiguous`), and those that were never begun. Times are counted in whole
 * episodes.
 */

const OUTCOME_NAMES = ["success", "failure", "infra_error", "pending", "skipped", "unknown"];

/** Counts of every outcome class, absent ones 0. */
function allOutcomes(counts) {
  return Object.fromEntries(OUTCOME_NAMES.map((name) => [name, counts && name in counts ? counts[name] : 0]));
}

/** All episodes of a cell, whatever became of them. */
function observedOf(counts) {
  return OUTCOME_NAMES.reduce((sum, name) => sum + (name in counts ? counts[name] : 0), 0);
}

/** Counts of a cell's episodes that stand in the plan. */
function plannedCounts(cell) {
  if (cell.planned === 0) return allOutcomes(null);
  return allOutcomes("in_plan" in cell ? cell.in_plan : cell.counts);
}

/** Episodes of a cell that the plan does not cover. */
function beyondPlan(cell) {
  return observedOf(cell.counts) - observedOf(plannedCounts(cell));
}

function sumOf(values) {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Entries by a key, keys that are expected first. */
function groupedBy(entries, keyOf, expected) {
  const groups = new Map(expected.map((key) => [key, []]));
  for (const entry of entries) {
    const key = keyOf(entry);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(entry);
  }
  return groups;
}

function sumOfOutcomes(counts) {
  return Object.fromEntries(OUTCOME_NAMES.map((name) => [name, sumOf(counts.map((each) => each[name]))]));
}

/** What a decision divides by: trials, and every lost episode that may not be left out. */
function decisionTrials(tally) {
  return tally.trials + tally.ambiguous;
}

/** The same with the lost episodes left out. */
function withoutLost(tally) {
  return { ...tally, ambiguous: 0 };
}

/** Tallies of several tasks, or of several runs, together. */
function totalTally(tallies) {
  const sum = (name) => sumOf(tallies.map((tally) => tally[name]));
  return {
    successes: sum("successes"),
    trials: sum("trials"),
    ambiguous: sum("ambiguous"),
    notRun: sum("notRun"),
    planned: sum("planned"),
  };
}

/** What the protocol makes of an episode that the infrastructure spoilt. */
function infraErrorPolicy(protocol) {
  const { denominator_policy: policy } = protocol.execution;
  return (policy && policy.infra_error) || "lost";
}

function cellKey(task, seed) {
  return JSON.stringify([task, seed]);
}

/**
 * The ledger of an audit.
 *
 * @returns {{denominator: object, byTask: Map<string, object>, whole: object}}
 */
function ledgerOf(auditInput, protocol) {
  const planned = auditInput.cells.filter((cell) => cell.planned);
  const cells = new Map(planned.map((cell) => [cellKey(cell.task, cell.seed), cell]));
  const totals = sumOfOutcomes([...cells.values()].map(plannedCounts));
  const byTask = talliesByTask(auditInput.tasks, cells, protocol);
  const whole = totalTally([...byTask.values()]);
  return { denominator: denominatorOf(auditInput, protocol, totals, whole), byTask, whole };
}

function denominatorOf(auditInput, protocol, totals, whole) {
  const observed = observedOf(totals);
  return {
    planned: whole.planned,
    observed,
    ...totals,
    missing: whole.planned - observed,
    not_run: whole.notRun,
    lost: whole.planned - totals.success - totals.failure - whole.notRun,
    out_of_protocol: sumOf(auditInput.cells.map(beyondPlan)),
    duplicate: auditInput.duplicate,
    ...extremeRates(totals, whole.planned, infraErrorPolicy(protocol)),
  };
}

/** Lowest and highest rate that the planned episodes can have, whatever the unknown ones were. */
function extremeRates(totals, planned, policy) {
  const counted = planned - (policy === "excluded_predeclared" ? totals.infra_error : 0);
  if (counted === 0) return { worst: null, best: null };
  const certain = totals.failure + (policy === "failure" ? totals.infra_error : 0);
  return { worst: significant(totals.success / counted), best: significant((counted - certain) / counted) };
}

function talliesByTask(tasks, cells, protocol) {
  const { seeds, episodes_per_task: perTask } = protocol.execution;
  const policy = infraErrorPolicy(protocol);
  const begun = new Set([...cells.values()].map((cell) => cell.seed));
  const last = seeds.reduce((place, seed, index) => (begun.has(seed) ? index : place), 0);
  const parts = new Map(tasks.map((task) => [task, []]));
  seeds.forEach((seed, place) => {
    const run = tasks.map((task) => cells.get(cellKey(task, seed)) || null);
    // What an earlier run lacks was not left out because somebody stopped: others were played afterwards.
    const neverBegun = place >= last && stoppedInBalance(run, perTask);
    tasks.forEach((task, index) => parts.get(task).push(tallyOf(run[index], perTask, neverBegun, policy)));
  });
  return new Map([...parts].map(([task, tallies]) => [task, totalTally(tallies)]));
}

function tallyOf(cell, planned, neverBegun, policy) {
  const counts = cell ? plannedCounts(cell) : allOutcomes(null);
  const notRun = neverBegun ? planned - observedOf(counts) : 0;
  const lost = planned - counts.success - counts.failure - notRun;
  return {
    successes: counts.success,
    trials: counts.success + counts.failure + (policy === "failure" ? counts.infra_error : 0),
    ambiguous: policy === "lost" ? lost : lost - counts.infra_error,
    notRun,
    planned,
  };
}

/**
 * Whether every planned task of a run executed the same number of episodes, without a gap: then the rest never began.
 */
function stoppedInBalance(cells, perTask) {
  const executed = cells.map((cell) => {
    if (!cell) return 0;
    const counts = plannedCounts(cell);
    return counts.success + counts.failure + counts.infra_error + counts.unknown;
  });
  const gapless = cells.every((cell) => !cell || cell.gaps === 0 || observedOf(plannedCounts(cell)) === perTask);
  return new Set(executed).size === 1 && gapless;
}

/**
 * All that the rules may look at: the documents, and what follows from them at once.
 *
 * @param {{claim, protocol, auditInput, auditInputText: ?string, evidence}} documents
 */
function givenOf({ claim, protocol, auditInput, auditInputText, evidence }) {
  const { execution } = protocol;
  const ledger = ledgerOf(auditInput, protocol);
  const stopsByRule = "stopping_rule" in execution;
  return {
    claim,
    protocol,
    auditInput,
    ledger,
    rule: claim.decision_rule,
    estimand: "estimand" in execution ? execution.estimand : "fixed_tasks",
    stopsByRule,
    byEProcess: stopsByRule || ledger.denominator.not_run > 0,
    blocks: completeBlocks(auditInput, execution.episodes_per_task),
    seed: () => seedOf(evidence, auditInputText),
  };
}

function seedOf(evidence, auditInputText) {
  if (typeof auditInputText !== "string") {
    throw new NumbersError("a bootstrap takes its seed from the text of audit_input.json, which was not given");
  }
  return resamplingSeed([evidence.claim.hash, evidence.protocol.hash], auditInputText);
}

/** The same at another error. */
function atAlpha(given, alpha) {
  return { ...given, rule: { ...given.rule, alpha } };
}

/** Successes in each complete block, run after run; the first run that is not whole ends them. */
function completeBlocks(auditInput, perTask) {
  const blocks = [];
  for (const run of auditInput.blocks) {
    if ("successes" in run) for (const count of blockCounts(run)) blocks.push(count);
    if (run.complete < perTask) break;
  }
  return blocks;
}

function blockCounts({ successes, tasks }) {
  if (successes === "") return [];
  return successes.split(" ").map((text) => {
    if (!/^\d+$/.test(text) || Number(text) > tasks) {
      throw new NumbersError(`a block of ${tasks} tasks cannot have ${JSON.stringify(text)} successes`);
    }
    return Number(text);
  });
}

/** Tasks that a metric is about; none where it names one that the plan does not have. */
function tasksOf(given, metric) {
  const { byTask } = given.ledger;
  if (!("task" in metric)) return [...byTask.keys()];
  return byTask.has(metric.task) ? [metric.task] : [];
}

function talliesOf(given, metric) {
  return tasksOf(given, metric).map((task) => given.ledger.byTask.get(task));
}

/** For each task of a metric the shares of its initial states where trials share them, else null. */
function repeatedOf(given, metric) {
  const known = new Map(given.auditInput.repeated_starts.map((entry) => [entry.task, entry]));
  return tasksOf(given, metric).map((task) => known.get(task) || null);
}

/** The metric's name, with the task that it is about. */
function metricLabel(metric) {
  return "task" in metric ? `${metric.name} of ${metric.task}` : metric.name;
}

/** The interval method that decides counts; where simulation was to help, the one for the real episodes alone. */
function countingMethod(rule) {
  if (rule.interval_method === "exact") return "clopper_pearson";
  return rule.interval_method === "ppi" ? "wilson" : rule.interval_method;
}

/** Confidence of the decision interval: its ends are the two one-sided bounds. */
function decisionConfidence(alpha) {
  return Decimal.whole(1)
    .minus(Decimal.whole(2).times(Decimal.stated(alpha)))
    .toNumber();
}
