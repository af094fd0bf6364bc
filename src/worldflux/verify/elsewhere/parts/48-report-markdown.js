/*
 * evidence.md, rendered again from the stored evidence: renderer v1. The words are part of the format, so the bytes
 * have to be the same. Every text that came from outside is written so that Markdown shows it literally.
 */

const RENDER_VERSION = "v1";
const ROWS_SHOWN = 200;
const LARGEST_SHOWN_LOG = Math.log(1e6);

const VERDICT_SENTENCES = Object.freeze({
  supported: "The episodes support the claim by its own rule.",
  refuted: "The episodes refute the claim by its own rule.",
  inconclusive: "The episodes decide nothing, neither for the claim nor against it.",
  underpowered: "The episodes decide nothing, and the plan was too small to expect that they would.",
  not_testable: "The claim could not be tested with this input.",
});
const ESTIMAND_WORDS = Object.freeze({
  fixed_tasks: "exactly the listed tasks",
  task_population: "tasks of the kind of the listed ones",
});
const P_VALUE_WORDS = Object.freeze({
  exact_binomial: "p-value, exact binomial",
  design_effect_score: "p-value, score test with design effect",
  e_value: "p-value, 1 over the e-value",
});
const METHOD_WORDS = Object.freeze({
  wilson: "Wilson",
  clopper_pearson: "Clopper-Pearson",
  jeffreys: "Jeffreys",
  jeffreys_bcd: "Jeffreys, modified",
  agresti_coull: "Agresti-Coull",
  wald: "Wald",
  design_effect_wilson: "Wilson with design effect",
  stratified_wilson: "Wilson, stratified",
  confidence_sequence: "valid at every stopping time",
  miettinen_nurminen: "Miettinen-Nurminen",
  ppi: "prediction-powered",
  stratified_t: "stratified, Student's t",
  bca: "bootstrap over tasks, BCa",
  betting: "betting, over whole runs",
  t: "Student's t over tasks",
});
const MISSING_WORDS = Object.freeze({
  evaluator_version: "which version of the evaluator ran",
  batch_size: "how many environments ran at once (it decides initial states on some benchmarks)",
  n_action_steps: "how many actions of a predicted chunk were executed (worth tens of points on some policies)",
  max_steps: "after how many steps an episode was cut off",
  policy_revision: "which revision of the checkpoint was run",
  simulator_version: "which version of the simulator ran",
  environment_seeds: "from which seed each episode started",
  run_seed: "which of the protocol's seeds each run belongs to",
  episode_length: "how long each episode was",
  success_criterion: "by which rule an episode was called a success",
  benchmark_version: "which version of the benchmark ran",
  operator: "who ran or judged each trial",
  recorded_at: "when each episode ended",
  blinding: "whether the person who judged knew which policy ran",
  episode_rows: "which episode had which outcome; only totals were written",
  infra_errors: "which episodes crashed; a crash leaves nothing behind",
  plan_precedence: "that the plan is older than the run",
  episode_order: "in which order the episodes of several tasks were played",
  checkpoint_selection: "how many checkpoints were scored before this one was reported",
  perturbation: "what was changed against the plain benchmark",
  instruction: "what the policy was told to do",
});

/** @returns {Promise<string>} the report of an evidence, whose `render` is "v1" */
async function renderEvidence(evidence) {
  return (await reportSections(evidence)).filter(Boolean).join("\n");
}

async function reportSections(evidence) {
  const { slices, scope } = evidence;
  return [
    `# Evidence: ${inWords(evidence.verdict)}\n`,
    `**${literal(evidence.headline)}**\n`,
    `Claim: “${literal(evidence.claim.text)}”\n`,
    `${VERDICT_SENTENCES[evidence.verdict]}\n`,
    bullets(evidence.reasons.map((reason) => literal(reason.message))),
    observedSentence(evidence),
    "## The numbers\n",
    ...evidence.metrics.map(metricTable),
    scope.estimand_declared
      ? ""
      : "The protocol does not say what the rate is a rate of; exactly the listed tasks are assumed.\n",
    "## Where the planned episodes went\n",
    denominatorTable(evidence.denominator),
    "## By task\n",
    await slicesTable("Task", slices.by_task),
    "## By run\n",
    await slicesTable("Run seed", slices.by_seed),
    ...findingsTable(evidence.findings),
    "## What is missing\n",
    bullets(evidence.missing_evidence.map((label) => `\`${label}\`: ${MISSING_WORDS[label] ?? inWords(label)}`)),
    "## What this does not show\n",
    bullets(evidence.unsupported_claims.map(literal)),
    "## What would shake it\n",
    bullets(evidence.next_falsification_axes.map(literal)),
    "## What this is\n",
    `${literal(evidence.claim_boundary)}\n`,
    identityTable(evidence),
  ];
}

function observedSentence({ observed_verdict: observed }) {
  if (!observed) return "";
  return (
    "Had the lost episodes simply been left out, the verdict would have read " +
    `*${inWords(observed)}*; leaving them out is not justified.\n`
  );
}

function metricTable(metric) {
  const rows = [
    ["claimed", `${literal(metric.name)} ${literal(metric.operator)} ${general(metric.value)} ${literal(metric.unit)}`],
    ["about", ESTIMAND_WORDS[metric.estimand]],
    ["observed", observedWords(metric)],
    [intervalTitle("95% interval", metric.interval_descriptive), rangeWords(metric.interval_descriptive, metric)],
    [
      intervalTitle(`decision interval (${percent(metric.interval.confidence)})`, metric.interval),
      rangeWords(metric.interval, metric),
    ],
  ];
  if (metric.threshold !== null) rows.push(["tested against", thresholdWords(metric)]);
  rows.push(["the claimed value itself", inWords(metric.target.status)]);
  rows.push(...decisionRows(metric), ...errorRows(metric));
  rows.push(["verdict", `**${inWords(metric.verdict)}**`], ["robust", robustWords(metric)]);
  if (metric.flags.length > 0) rows.push(["flags", metric.flags.map((flag) => `\`${flag}\``).join(", ")]);
  const title = metric.task ? `${metric.name} of ${metric.task}` : metric.name;
  return markdownTable(["", literal(title)], rows) + sensitivityTable(metric);
}

function intervalTitle(title, { method }) {
  return `${title}, ${Object.hasOwn(METHOD_WORDS, method) ? METHOD_WORDS[method] : method}`;
}

function observedWords(metric) {
  const { estimate, averages, successes, trials } = metric;
  if (successes === null) return `${valueWords(estimate, metric)} over ${counted(trials)} episodes`;
  const text = `${counted(successes)} of ${counted(trials)}`;
  if (metric.method === "ppi") return `${text}; with simulated episodes ${valueWords(estimate, metric)}`;
  const rate = estimate === null ? "" : ` (${percent(estimate)})`;
  const { micro = null, macro = null } = averages ?? {};
  const differ = micro !== null && macro !== null && micro !== macro;
  return text + rate + (differ ? `; over episodes ${percent(micro)}, over tasks ${percent(macro)}` : "");
}

function thresholdWords(metric) {
  if (metric.threshold_upper) {
    return `${valueWords(metric.threshold, metric)} to ${valueWords(metric.threshold_upper, metric)}`;
  }
  return `${valueWords(metric.threshold, metric)} (the claimed value with its margin)`;
}

function decisionRows(metric) {
  const { sequential, design_effect: effect, baseline } = metric;
  const rows = [];
  if ((metric.k_crit ?? null) !== null && (metric.k_refute ?? null) !== null)
    rows.push(["decision", countsThatDecide(metric)]);
  if (sequential) rows.push([`e-values over ${counted(sequential.blocks)} complete blocks`, eValuesWords(sequential)]);
  if (effect !== 1) {
    const worth = groupedFixed(metric.decision_trials / effect, 0);
    rows.push(["design effect", `${general(effect, 3)}: worth ${worth} independent episodes`]);
  }
  if (baseline) rows.push(["measured baseline", baselineWords(baseline)]);
  return rows;
}

function eValuesWords(path) {
  const at = path.decided_at === null ? "not reached" : `reached after ${counted(path.decided_at)} blocks`;
  return (
    `for the claim ${eValueWords(path.log_e_support)}, against it ${eValueWords(path.log_e_refute)}; ` +
    `${eValueWords(path.log_e_needed)} decides: ${at}`
  );
}

function baselineWords(baseline) {
  const { lower, upper } = baseline.interval;
  return (
    `${counted(baseline.successes)} of ${counted(baseline.trials)}; ` +
    `difference ${pointsWords(baseline.difference)} points, ${pointsWords(lower)} to ${pointsWords(upper)}: ` +
    inWords(baseline.verdict)
  );
}

function countsThatDecide(metric) {
  const trials = counted(metric.decision_trials);
  if ("k_crit_upper" in metric) {
    return `of ${trials}: ${counted(metric.k_crit)} to ${counted(metric.k_crit_upper)} successes show equality`;
  }
  const upward = [">=", ">"].includes(metric.operator);
  const [support, refute] = upward ? ["at least", "at most"] : ["at most", "at least"];
  const least = `${support} ${counted(metric.k_crit)} successes support`;
  return `of ${trials}: ${least}, ${refute} ${counted(metric.k_refute)} refute`;
}

function errorRows(metric) {
  const { p_value: chance, attained_size: size, power } = metric;
  const rows = [];
  if (chance) {
    const adjusted = chance.adjusted ? `; corrected for several metrics ${general(chance.adjusted, 4)}` : "";
    const title = Object.hasOwn(P_VALUE_WORDS, chance.method) ? P_VALUE_WORDS[chance.method] : "p-value";
    rows.push([title, general(chance.value, 4) + adjusted]);
  }
  if ((size ?? null) !== null)
    rows.push(["error of the test at the plan's size", `${fixed(size, 4)}, computed exactly`]);
  if (power) rows.push(["power of the plan", powerWords(power)]);
  return rows;
}

function powerWords(power) {
  const worth = "effective_n" in power ? `, worth ${counted(power.effective_n)} independent ones` : "";
  const at = `${fixed(power.at_claim, 3)} at a true rate of ${percent(power.at)}`;
  const needed = power.n_for_80 === null ? "" : `; 0.8 takes ${counted(power.n_for_80)} episodes`;
  const reach = power.mde === null ? "" : `; 0.8 is reached from a true rate of ${percent(power.mde)} on`;
  return `${at} (n = ${counted(power.n)}${worth}; exact test)${needed}${reach}`;
}

function robustWords(metric) {
  if (metric.robust) {
    return metric.sensitivity.some(({ reading }) => reading.startsWith("method:"))
      ? "yes: every admissible interval method gives this verdict"
      : "yes: no other interval method is defined for such data";
  }
  return metric.flags.includes("starts_unverified")
    ? "no: it is not known which initial states the episodes started from"
    : "no: see the other readings";
}

function sensitivityTable(metric) {
  if (metric.sensitivity.length === 0) return "";
  const rows = metric.sensitivity.map((reading) => [
    `\`${reading.reading}\``,
    valueWords(reading.estimate, metric),
    rangeWords(reading.interval, metric),
    inWords(reading.verdict) + (reading.verdict === metric.verdict ? "" : " (differs)"),
    literal(reading.note),
  ]);
  const table = markdownTable(["reading", "rate", "decision interval", "verdict", ""], rows, [1, 2]);
  return `\nOther readings of the same episodes. They inform; only the declared one decides.\n\n${table}`;
}

function eValueWords(logValue) {
  if (logValue > LARGEST_SHOWN_LOG) return `10^${fixed(logValue / Math.log(10), 0)}`;
  const value = Math.exp(logValue);
  return value < 100 ? general(value, 3) : groupedFixed(value, 0);
}

function pointsWords(difference) {
  return difference === null ? "?" : signedFixed(100 * difference, 1);
}

function denominatorTable(ledger) {
  const rows = [
    ["planned", ledger.planned, ""],
    ["success", ledger.success, ""],
    ["failure", ledger.failure, ""],
    ["infrastructure error", ledger.infra_error, ""],
    ["pending", ledger.pending, ""],
    ["skipped", ledger.skipped, ""],
    ["unknown", ledger.unknown, ""],
    ["missing", ledger.missing, ""],
    ["so: never run", ledger.not_run, "the rest of the last run, where its tasks stopped together, and later runs"],
    ["so: lost", ledger.lost, "every other planned episode that is neither success nor failure"],
    ["out of protocol", ledger.out_of_protocol, "observed, not planned, not counted"],
    ["duplicate", ledger.duplicate, "observed again, not counted"],
  ].map(([name, count, note]) => [name, counted(count), note]);
  return markdownTable(["Episodes", "n", ""], rows, [1]) + boundsSentence(ledger);
}

function boundsSentence({ worst, best }) {
  if (worst === null || best === null || worst === best) return "";
  return (
    `\nOver everything that was planned, the rate lies between ${percent(worst)} ` +
    `(every unknown episode a failure) and ${percent(best)} (every unknown episode a success).\n`
  );
}

async function slicesTable(title, slices) {
  const rows = [];
  for (const part of slices.slice(0, ROWS_SHOWN)) {
    rows.push([
      await literalCell(part.key),
      counted(part.successes),
      counted(part.trials),
      part.estimate === null ? "" : percent(part.estimate),
      part.trials ? rangeWords(part.interval, null) : "",
    ]);
  }
  const table = markdownTable([title, "successes", "trials", "rate", "95% interval"], rows, [1, 2, 3, 4]);
  const more = slices.length - ROWS_SHOWN;
  return table + (more > 0 ? `\n${counted(more)} more rows are in \`evidence.json\`.\n` : "");
}

function findingsTable(findings) {
  if (findings.length === 0) return [];
  const rows = findings
    .slice(0, ROWS_SHOWN)
    .map((finding) => [
      finding.severity,
      `\`${finding.code}\``,
      literal(finding.message),
      finding.where ? literal(finding.where) : "",
    ]);
  return ["## Findings\n", markdownTable(["", "code", "what was found", "where"], rows)];
}

function identityTable(evidence) {
  const { claim, protocol, source } = evidence;
  const binding =
    protocol.binding === "placeholder"
      ? "**not bound**: its claim hash is a placeholder"
      : "bound to the claim by its hash";
  const rows = [
    ["evidence", `\`${evidence.id}\``, evidence.created_at],
    ["claim", `\`${claim.id}\``, `\`${claim.hash}\``],
    ["protocol", `\`${protocol.id}\``, `\`${protocol.hash}\``],
    ["", "", binding],
    ["source", literal(source.name), `\`${source.format}\``],
    ["rules, renderer", `\`${evidence.rules}\``, `\`${evidence.render}\``],
    ["recommendation", `\`${evidence.recommendation}\``, `\`${evidence.deployment_summary}\``],
  ];
  return `## Identity\n\n${markdownTable(["", "id", "digest"], rows)}`;
}

function bullets(lines) {
  return lines.map((line) => `- ${line}\n`).join("");
}

function rangeWords({ lower, upper }, metric) {
  return lower === null || upper === null
    ? "not known"
    : `${valueWords(lower, metric)} to ${valueWords(upper, metric)}`;
}

/** A rate as a percentage; a score in its own unit. */
function valueWords(number, metric) {
  if (number === null) return "-";
  return metric && metric.successes === null ? general(number, 6) : percent(number);
}

function percent(ratio) {
  return `${fixed(100 * ratio, 1)}%`;
}

function inWords(label) {
  return label.replace(/_/g, " ");
}

function markdownTable(header, rows, right = []) {
  const rule = header.map((_, column) => (right.includes(column) ? "---:" : "---"));
  return [header, rule, ...rows].map((row) => `| ${row.join(" | ")} |\n`).join("");
}
