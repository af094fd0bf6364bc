/*
 * Findings that follow from claim, protocol, counts and run facts: those that follow have to be there, and no others of
 * their kind. An author who leaves out the one that speaks against the result is found out here. What a source noted
 * about its files, and what a benchmark registry knew, does not follow from anything in the package and is attested.
 */

const ALWAYS_FOLLOWING = Object.freeze([
  "claim.checkpoint_differs",
  "forensics.errors_concentrated",
  "forensics.overdispersed",
  "forensics.underdispersed",
  "plan.out_of_protocol",
  "plan.task_absent",
  "plan.unequal_counts",
  "ppi.real_differs",
  "protocol.checkpoint_differs",
  "protocol.evaluator_differs",
  "protocol.max_steps_differs",
  "protocol.n_action_steps_differs",
  "seed.overlap",
  "starts.repeated",
  "starts.unverified",
]);
/** These need the order of the outcomes, which cells do not have. */
const FOLLOWING_FROM_EPISODES = Object.freeze(["outcomes.identical", "outcomes.identical_tasks"]);
const WITHOUT_ROWS = "episode_rows";
const ENOUGH_TO_COMPARE = 20;
const MOST_NAMED = 5;

/**
 * Compare findings, runs and labels of missing evidence with what follows.
 * @param {object[]|null} episodes null where they are withheld
 * @returns {string[]} what differs, in sentences
 */
function findingDifferences(members, episodes) {
  const { "claim.json": claim, "protocol.json": protocol, "audit_input.json": auditInput } = members;
  const { hash } = members["evidence.json"].protocol;
  const codes = checkedCodes(episodes);
  const following = [
    ...planFindings(auditInput),
    ...protocolFindings(protocol, auditInput.run),
    ...overlapFindings(auditInput),
    ...(episodes ? outcomeFindings(episodes, auditInput) : []),
    ...unequalCounts(auditInput),
    ...forensicFindings(auditInput),
    ...checkpointFindings(claim, protocol),
    ...startFindings(auditInput),
    ...pairedFindings(auditInput),
  ];
  return [
    ...unmatched(auditInput.findings, following, codes, "does not follow"),
    ...unmatched(following, auditInput.findings, codes, "follows and is not there"),
    ...runDifferences(protocol, auditInput),
    ...absentLabels(claim, protocol, auditInput, hash),
  ];
}

/** Codes of which every finding is computed again here. */
function checkedCodes(episodes) {
  return new Set([...ALWAYS_FOLLOWING, ...(episodes ? FOLLOWING_FROM_EPISODES : [])]);
}

/** Findings of one list, with one of the codes, that the other list lacks; each stands for one of its equals. */
function unmatched(some, others, codes, complaint) {
  const left = others.map(findingText);
  return some
    .filter((finding) => codes.has(finding.code))
    .filter((finding) => {
      const at = left.indexOf(findingText(finding));
      if (at >= 0) left.splice(at, 1);
      return at < 0;
    })
    .map((finding) => `audit_input.json/findings: ${complaint}: ${finding.message} [${finding.code}]`);
}

function findingText({ code, severity, message, where = null }) {
  return JSON.stringify([code, severity, message, where]);
}

function findingOf(code, severity, message, where = null) {
  return { code, severity, message, where };
}

function* planFindings({ tasks, cells }) {
  const beyond = cells.filter((cell) => beyondPlan(cell) > 0);
  if (beyond.length > 0) {
    const [surplus, among] = [sumOf(beyond.map(beyondPlan)), new Set(beyond.map((cell) => cell.task)).size];
    const whose = `${counted(surplus)} episodes of ${counted(among)} task(s)`;
    const message = `${whose} stand outside the plan and are not counted.`;
    yield findingOf("plan.out_of_protocol", "warning", message);
  }
  const observed = new Set(cells.map((cell) => cell.task));
  const absent = tasks.filter((task) => !observed.has(task));
  if (absent.length > 0 && observed.size > 0) {
    const shown = absent.slice(0, MOST_NAMED).join(", ") + (absent.length > MOST_NAMED ? ", ..." : "");
    const message = `${counted(absent.length)} of ${counted(tasks.length)} planned tasks have no episode: ${shown}.`;
    yield findingOf("plan.task_absent", "warning", message);
  }
}

/** Planned tasks that executed different numbers of episodes. */
function* unequalCounts({ tasks, cells }) {
  const executed = new Map(tasks.map((task) => [task, 0]));
  for (const cell of cells.filter((each) => each.planned && executed.has(each.task))) {
    const { success, failure, infra_error: errors, unknown } = plannedCounts(cell);
    executed.set(cell.task, executed.get(cell.task) + success + failure + errors + unknown);
  }
  const begun = [...executed].filter(([, count]) => count > 0);
  const [fewest, most] = extremes(begun.map(([, count]) => count));
  if (begun.length === 0 || fewest === most) return;
  const named = (wanted) => namedTasks(begun.filter(([, count]) => count === wanted).map(([task]) => task));
  const message =
    `The planned tasks executed ${counted(fewest)} to ${counted(most)} episodes each: ${counted(fewest)} in ` +
    `${named(fewest)}, ${counted(most)} in ${named(most)}.`;
  yield findingOf("plan.unequal_counts", "warning", message);
}

function extremes(values) {
  return [
    values.reduce((least, value) => Math.min(least, value), Infinity),
    values.reduce((most, value) => Math.max(most, value), -Infinity),
  ];
}

function namedTasks(names) {
  const more = names.length - MOST_NAMED;
  return names.slice(0, MOST_NAMED).join(", ") + (more > 0 ? ` and ${counted(more)} more` : "");
}

/** Where the run is known to differ from what the protocol says. */
function* protocolFindings(protocol, facts) {
  const { execution, evaluator, model_runtime: model } = protocol;
  const planned = {
    evaluator: [evaluator.name, "name"],
    max_steps: [execution.max_steps_per_episode, "max_steps"],
    n_action_steps: [execution.n_action_steps, "n_action_steps"],
  };
  for (const [name, [stated, fact]] of Object.entries(planned)) {
    const actual = facts.evaluator[fact] ?? null;
    if (stated !== undefined && actual !== null && stated !== actual) {
      const message = `The protocol says ${name} ${stated}; the run had ${factText(facts.evaluator, fact)}.`;
      yield findingOf(`protocol.${name}_differs`, "warning", message);
    }
  }
  for (const input of facts.inputs) {
    const actual = input.declared.checkpoint_uri ?? null;
    if (actual !== null && actual !== model.checkpoint_uri) {
      const declared = factText(input.declared, "checkpoint_uri");
      const message = `The protocol is about ${model.checkpoint_uri}; this input is declared to be of ${declared}.`;
      yield findingOf("protocol.checkpoint_differs", "error", message, input.id);
    }
  }
}

/** A recorded fact in a sentence: truth values in capitals, and 220.0 as it was written. */
function factText(facts, name) {
  const value = facts[name];
  if (typeof value === "boolean") return value ? "True" : "False";
  const isWholeFloat = typeof value === "number" && isWrittenAsFloat({ container: facts, key: name });
  return isWholeFloat ? `${value}.0` : String(value);
}

function* checkpointFindings(claim, protocol) {
  if (claim.subject.checkpoint_uri !== protocol.model_runtime.checkpoint_uri) {
    const where = "protocol.json at /model_runtime/checkpoint_uri";
    yield findingOf("claim.checkpoint_differs", "error", "Claim and protocol name different checkpoints.", where);
  }
}

/** Runs that share environment seeds; at most twenty pairs are named. */
function overlapFindings({ run, cells }) {
  const spans = new Map();
  for (const cell of cells) {
    spans.set(cell.seed, Math.max(spans.get(cell.seed) ?? 0, observedOf(cell.counts) + cell.gaps));
  }
  const ranges = run.runs
    .filter((each) => "start_seed" in each)
    .map((each) => [each.start_seed, each.start_seed + (spans.get(each.run_seed) ?? 0), each.run_seed])
    .sort((left, right) => left[0] - right[0] || left[1] - right[1] || left[2] - right[2]);
  return [...overlappingRanges(ranges)].slice(0, 20).map(([first, second]) => {
    const shared = Math.min(first[1], second[1]) - Math.max(first[0], second[0]);
    const message =
      `The runs with seeds ${first[2]} and ${second[2]} share ${counted(shared)} environment seeds per task: ` +
      "their episodes are not independent.";
    return findingOf("seed.overlap", "error", message);
  });
}

function* overlappingRanges(ranges) {
  for (const [index, earlier] of ranges.entries()) {
    for (const later of ranges.slice(index + 1)) {
      if (later[0] >= earlier[1]) break;
      yield [earlier, later];
    }
  }
}

function* startFindings({ run: { benchmark }, cells, repeated_starts: repeated }) {
  if (cells.length > 0 && !benchmark.starts_verified) {
    const message = `The episodes are not known to start from distinct initial states. ${benchmark.starts_note}`;
    yield findingOf("starts.unverified", "warning", message);
  }
  if (repeated.length > 0) {
    const [trials, states] = [sumOf(repeated.map((task) => task.trials)), sumOf(repeated.map((task) => task.starts))];
    const message =
      `${counted(trials)} trials of ${counted(repeated.length)} task(s) started from ${counted(states)} initial ` +
      `states only; those that share one are averaged and count once. ${benchmark.starts_note}`;
    yield findingOf("starts.repeated", "warning", message);
  }
}

/** Real episodes given beside simulated ones have to be those that are audited. */
function* pairedFindings({ requested: { ppi: pairs }, cells }) {
  if (!pairs) return;
  const successes = sumOf(cells.map((cell) => plannedCounts(cell).success));
  const trials = successes + sumOf(cells.map((cell) => plannedCounts(cell).failure));
  const [given, real] = [pairs.both + pairs.real_only, realEpisodes(pairs)];
  if (given === successes && real === trials) return;
  const message =
    `The file of simulated episodes has ${counted(given)} successes of ${counted(real)} real episodes; ` +
    `the audited ones have ${counted(successes)} of ${counted(trials)}.`;
  yield findingOf("ppi.real_differs", "error", message);
}

/** Runs, and tasks of a run, with the same outcome in every place. */
function outcomeFindings(episodes, { missing_evidence: missing }) {
  if (missing.includes(WITHOUT_ROWS)) return [];
  const sequences = outcomeSequences(episodes);
  return [...identicalRuns(sequences), ...identicalTasks(sequences)];
}

/** The outcomes of each task in each run, in the order of the episodes' indices. */
function outcomeSequences(episodes) {
  const cells = new Map();
  for (const { task, run_seed: seed, episode_index: index, outcome } of episodes) {
    const key = cellKey(task, seed);
    if (!cells.has(key)) cells.set(key, { task, seed, seen: [] });
    cells.get(key).seen.push([index, outcome]);
  }
  return [...cells.values()].map(({ task, seed, seen }) => {
    const outcomes = seen.sort(([left], [right]) => left - right).map(([, outcome]) => outcome);
    const successes = outcomes.filter((outcome) => outcome === "success").length;
    const isMixed = successes > 0 && outcomes.includes("failure");
    return { task, seed, text: outcomes.join(" "), trials: outcomes.length, successes, isMixed };
  });
}

function* identicalRuns(sequences) {
  const runs = new Map();
  for (const sequence of sequences) {
    const run = runs.get(sequence.seed) ?? { seed: sequence.seed, texts: [], trials: 0, isMixed: false };
    run.texts.push(JSON.stringify([sequence.task, sequence.text]));
    run.trials += sequence.trials;
    run.isMixed = run.isMixed || sequence.isMixed;
    runs.set(sequence.seed, run);
  }
  const seen = new Map();
  for (const run of [...runs.values()].filter((each) => each.isMixed).sort((left, right) => left.seed - right.seed)) {
    const key = run.texts.sort().join();
    if (seen.has(key) && run.trials >= ENOUGH_TO_COMPARE) {
      const message =
        `The runs with seeds ${seen.get(key)} and ${run.seed} have the same outcome in every episode; ` +
        "a deterministic policy on the same starts does that, and so does a copied file.";
      yield findingOf("outcomes.identical", "warning", message);
    }
    if (!seen.has(key)) seen.set(key, run.seed);
  }
}

/** Tasks of one run that agree throughout where chance, (p^2 + q^2)^n for each pair, hardly does that. */
function identicalTasks(sequences) {
  const candidates = sequences.filter((each) => each.isMixed && each.trials >= ENOUGH_TO_COMPARE);
  const groups = groupedBy(candidates, ({ seed, text }) => JSON.stringify([seed, text]), []);
  const findings = [...groups.values()]
    .filter((group) => group.length > 1)
    .flatMap((group) => {
      const { seed, successes, trials } = group[0];
      const [rate, mixed] = [successes / trials, candidates.filter((each) => each.seed === seed).length];
      const chance = (rate * rate + (1 - rate) * (1 - rate)) ** trials;
      if (chance * ((mixed * (mixed - 1)) / 2) >= UNLIKELY) return [];
      const number = `${counted(trials)} episodes, ${counted(successes)} of them successes`;
      const message =
        `In the run with seed ${seed}, the tasks ${namedTasks(group.map(({ task }) => task))} have the same outcome ` +
        `in each of ${number} (${chanceText(chance)} for two independent tasks of that rate).`;
      return [findingOf("outcomes.identical_tasks", "warning", message)];
    });
  return findings.slice(0, 20);
}

/** Which runs stand in the plan; where single episodes carry the run seeds, there is one run for each. */
function runDifferences({ execution }, { run, cells }) {
  const planned = new Set(execution.seeds);
  const stored = run.runs.map((each) => [each.run_seed, each.in_plan, each.bound_by]);
  const following =
    execution.seed_semantics === "episode_seed"
      ? [...new Set(cells.map((cell) => cell.seed))].map((seed) => [seed, planned.has(seed), "episode_seed"])
      : stored.map(([seed, , boundBy]) => [seed, planned.has(seed), boundBy]);
  const areWhole = run.runs.every((each) => "seed_provenance" in each);
  if (areWhole && JSON.stringify(stored) === JSON.stringify(following)) return [];
  return ["audit_input.json/run/runs: not the runs that the plan and the cells give"];
}

/** Labels of missing evidence that follow from claim, protocol and run facts. */
function absentLabels(claim, { execution }, { tasks, requested, run, missing_evidence: missing }, protocolHash) {
  const isPathAskedFor = Boolean(requested.savi) || "stopping_rule" in execution;
  const labels = [
    ...(tasks.length > 1 && isPathAskedFor && !("episode_order" in run.evaluator) ? ["episode_order"] : []),
    ...(precedenceOf(requested, protocolHash) === "proven" ? [] : ["plan_precedence"]),
    ...("selection" in claim ? [] : ["checkpoint_selection"]),
  ];
  return labels
    .filter((label) => !missing.includes(label))
    .map((label) => `audit_input.json/missing_evidence: ${label} follows and is not there`);
}
