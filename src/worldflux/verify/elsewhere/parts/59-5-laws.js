/*
 * What holds of every audit input, whatever its episodes were: all that can be asked of cells whose episodes are
 * withheld. Nothing else keeps an author from writing more successes than episodes.
 */

const SUM_ROUNDING = 1e-9;
const MOST_SIMULATED = 10_000_000;

/** @throws {NumbersError} the first law that is broken */
function requireLaws({ claim, protocol, auditInput, evidence }) {
  const plan = planOf(auditInput, protocol);
  requireLawfulRuns(auditInput, plan);
  requireLabels(claim, auditInput, plan, evidence.protocol.hash);
  requireLawfulCells(auditInput, plan);
  requireLawfulBlocks(auditInput, plan);
  requireLawfulStarts(auditInput, plan);
  requireLawfulRequest(auditInput.requested);
}

function broken(message, pointer) {
  return new NumbersError(`audit_input.json${pointer}: ${message}`);
}

/** Each planned task stands once, and a run is marked as planned exactly where the protocol has its seed. */
function requireLawfulRuns({ tasks, run }, { seeds }) {
  if (new Set(tasks).size < tasks.length) throw broken("a task comes twice", "/tasks");
  run.runs.forEach((each, index) => {
    if (each.in_plan !== seeds.includes(each.run_seed)) {
      throw broken(`the plan says otherwise of the run seed ${each.run_seed}`, `/run/runs/${index}/in_plan`);
    }
  });
}

/** What is missing whatever the episodes were has to be named. */
function requireLabels(claim, { tasks, run, requested, missing_evidence: labels }, { pathAskedFor }, protocolHash) {
  const lacksOrder = tasks.length > 1 && pathAskedFor && !("episode_order" in run.evaluator);
  const following = [
    ...(lacksOrder ? ["episode_order"] : []),
    ...(precedenceOf(requested, protocolHash) === "proven" ? [] : ["plan_precedence"]),
    ...(claim.selection ? [] : ["checkpoint_selection"]),
  ];
  const absent = following.find((label) => !labels.includes(label));
  if (absent) throw broken(`${absent} follows and is not there`, "/missing_evidence");
}

function requireLawfulCells({ cells, episodes, duplicate }, plan) {
  const seen = new Set();
  cells.forEach((cell, index) => {
    const key = cellKey(cell.task, cell.seed);
    const fault = seen.has(key) ? "the cell comes twice" : faultOfCell(cell, plan.has(cell) ? plan.perTask : 0);
    if (fault) throw broken(fault, `/cells/${index}`);
    seen.add(key);
  });
  const counts = sumOf(cells.map((cell) => observedOf(cell.counts)));
  if (counts !== episodes.count) {
    throw broken(`stored ${counted(episodes.count)}, the cells hold ${counted(counts)}`, "/episodes/count");
  }
  if (duplicate !== 0) throw broken("an audit refuses an episode that comes twice", "/duplicate");
}

function faultOfCell(cell, planned) {
  const observed = observedOf(cell.counts);
  if (cell.planned !== planned) return `stored as planned ${counted(cell.planned)}; the plan has ${counted(planned)}`;
  if (observed < 1 || observed > HIGHEST_EPISODE_INDEX + 1 || cell.gaps > HIGHEST_EPISODE_INDEX) {
    return "no cell has so many episodes, or so few";
  }
  if (Object.values(cell.sums).some((moments) => moments.count > observed)) return "more scores than episodes";
  return faultOfPlannedPart(cell, planned, observed);
}

function faultOfPlannedPart(cell, planned, observed) {
  const isPart = planned > 0 && planned < observed;
  if ("in_plan" in cell !== isPart) return "in_plan stands there exactly where the plan covers a part";
  if (!isPart) return null;
  const [within, all] = [allOutcomes(cell.in_plan), allOutcomes(cell.counts)];
  const isPossible = observedOf(within) === planned && OUTCOME_NAMES.every((name) => within[name] <= all[name]);
  return isPossible ? null : `the plan covers ${counted(planned)} of these episodes`;
}

function trialsOfCell(cell) {
  const { success, failure } = plannedCounts(cell);
  return success + failure;
}

function requireLawfulBlocks({ blocks, cells }, plan) {
  const wanted = plan.seeds.map((seed) => `${seed} ${plan.tasks.length}`);
  if (blocks.map((run) => `${run.seed} ${run.tasks}`).join() !== wanted.join()) {
    throw broken("there is one entry for each run of the plan, in order", "/blocks");
  }
  const bySeed = groupedBy(cells.filter((cell) => cell.planned), (cell) => cell.seed, plan.seeds);
  blocks.forEach((run, index) => {
    const trials = bySeed.get(run.seed).map(trialsOfCell);
    const most = trials.length === plan.tasks.length ? trials.reduce((least, each) => Math.min(least, each)) : 0;
    if (run.complete > most || run.repeated > run.complete || !hasLawfulSuccesses(run)) {
      throw broken(`the cells allow ${counted(most)} complete blocks at most`, `/blocks/${index}`);
    }
  });
}

/** Whether there is one number for each block that is new, none above the number of tasks. */
function hasLawfulSuccesses(run) {
  if (!("successes" in run)) return true;
  const texts = run.successes === "" ? [] : run.successes.split(" ");
  const isCount = (text) => /^(0|[1-9]\d*)$/.test(text) && Number(text) <= run.tasks;
  return texts.length === run.complete - run.repeated && texts.every(isCount);
}

function requireLawfulStarts({ repeated_starts: entries, cells }, plan) {
  if (new Set(entries.map((entry) => entry.task)).size < entries.length) {
    throw broken("a task comes twice", "/repeated_starts");
  }
  const byTask = groupedBy(cells.filter((cell) => cell.planned), (cell) => cell.task, plan.tasks);
  entries.forEach((entry, index) => {
    const trials = sumOf((byTask.get(entry.task) || []).map(trialsOfCell));
    if (trials !== entry.trials || !isLawfulAverage(entry)) {
      throw broken("the cells do not allow these averages", `/repeated_starts/${index}`);
    }
  });
}

/** Whether these can be the sums of shares, of which each lies between 0 and 1. */
function isLawfulAverage({ starts, trials, sum, sum_of_squares: squares }) {
  const slack = 1 + SUM_ROUNDING;
  return starts > 0 && starts < trials && squares >= 0 && squares <= sum * slack && sum <= starts * slack;
}

function requireLawfulRequest({ ppi: pairs }) {
  if (!pairs) return;
  const real = realEpisodes(pairs);
  const isPossible =
    real >= 2 && real <= MOST_SIMULATED && pairs.simulated >= 1 && pairs.simulated <= MOST_SIMULATED;
  if (!isPossible || pairs.simulated_successes > pairs.simulated) {
    throw broken("no file of simulated episodes gives these counts", "/requested/ppi");
  }
}
