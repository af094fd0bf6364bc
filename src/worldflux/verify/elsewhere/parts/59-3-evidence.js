/*
 * All of evidence.json again, from claim, protocol and audit input, by rules v1.
 */

const NUMBERS_RULES = "v1";
const RECOMMENDATIONS = {
  supported: "cite_within_scope",
  refuted: "do_not_cite",
  inconclusive: "collect_more_episodes",
  underpowered: "enlarge_the_plan",
  not_testable: "repair_the_input",
};

/** See `WorldfluxNumbers.recompute`. */
function recomputeEvidence(documents) {
  const { claim, protocol, auditInput, evidence, binding } = documents;
  const given = givenOf(documents);
  const { items, verdict, observed } = decideClaim(given);
  const { run, source } = auditInput;
  const { hash } = evidence.protocol;
  return {
    schema_version: evidence.schema_version,
    id: evidence.id,
    created_at: evidence.created_at,
    claim: { id: claim.id, hash: evidence.claim.hash, text: claim.claim_text },
    protocol: { id: protocol.id, hash, binding, precedence: precedenceOf(auditInput.requested, hash) },
    source: { name: source.name, format: source.format },
    headline: headlineOf(items, verdict, given, binding),
    verdict,
    ...(observed === verdict ? {} : { observed_verdict: observed }),
    reasons: claimReasons(items, given, binding),
    metrics: items.map((item) => item.evidence),
    slices: slicesOf(auditInput),
    denominator: given.ledger.denominator,
    findings: auditInput.findings.map((finding) => ({ where: null, ...finding })),
    missing_evidence: auditInput.missing_evidence,
    unsupported_claims: unsupportedClaims(items, verdict, given),
    next_falsification_axes: nextFalsificationAxes(given),
    claim_boundary: claimBoundaryText(auditInput),
    scope: scopeOf(protocol, auditInput),
    recommendation: RECOMMENDATIONS[verdict],
    deployment_summary: run.benchmark.simulated ? "simulation_only_not_assessed" : "environment_unknown_not_assessed",
    rules: NUMBERS_RULES,
    render: evidence.render,
  };
}

/** Whether the protocol is known to be older than the run. Times have one form, in which texts sort as times do. */
function precedenceOf(requested, protocolHash) {
  const age = requested.plan_age;
  if (!age) return "not_shown";
  if (!("frozen_at" in age) || !("first_episode_at" in age)) return "declared";
  if (age.frozen_at >= age.first_episode_at) return "not_shown";
  return age.witness !== "none" && age.protocols.includes(protocolHash) ? "proven" : "declared";
}

/** All metrics decided and combined; `observed` differs from the verdict only where lost episodes make it differ. */
function decideClaim(given) {
  const corrected = correctedItems(
    given.claim.expected_metrics.map((metric) => decideMetric(metric, given)),
    given,
  );
  const confirmed = refutationsConfirmed(corrected, given, decideMetric);
  const verdict = combinedVerdict(confirmed, given, false);
  const withoutLosses = combinedVerdict(confirmed, given, true);
  const sensitive = withoutLosses !== verdict && given.ledger.whole.ambiguous > 0;
  const flags = sharedFlags(given, sensitive);
  const items = confirmed.map((item) => flaggedItem(item, flags));
  return { items, verdict, observed: sensitive ? withoutLosses : verdict };
}

function decideMetric(metric, given) {
  return metric.name in METRIC_SCORES ? decideScore(metric, given) : decideRate(metric, given);
}

function sharedFlags(given, sensitive) {
  const { run, repeated_starts: repeated, findings, requested } = given.auditInput;
  const wantsPath = given.stopsByRule || requested.savi;
  const flags = {
    short_of_plan: given.ledger.denominator.not_run,
    missing_sensitive: sensitive,
    starts_unverified: !run.benchmark.starts_verified,
    starts_repeated: repeated.length,
    seed_overlap: findings.some((finding) => finding.code === "seed.overlap"),
    savi_not_applicable: wantsPath && obstacleToStopping(given),
  };
  return Object.keys(flags).filter((name) => flags[name]);
}

/** Why the run could not be stopped at the end of a block, or null. */
function obstacleToStopping(given) {
  if (given.auditInput.tasks.length === 1) return null;
  const order = given.auditInput.run.evaluator.episode_order;
  if (order === "interleaved") return null;
  if (order === "task_by_task") {
    return "The episodes were played task by task, so no block was complete before the last task began.";
  }
  return "It is not known in which order the episodes were played (episode_order); nothing shows complete blocks.";
}

function claimReasons(items, given, binding) {
  const reasons = items.flatMap((item) => item.reasons);
  if (!withRole(items, "primary").length) {
    const message = "All metrics are exploratory, so none decides the claim.";
    reasons.push({ code: "metrics.only_exploratory", message });
  }
  reasons.push(...lostReasons(given));
  if (binding === "placeholder") {
    const message =
      "The protocol holds a placeholder instead of the claim's hash; it does not show which claim it was for.";
    reasons.push({ code: "binding.placeholder", message });
  }
  const seen = new Map(reasons.map((reason) => [JSON.stringify([reason.code, reason.message]), reason]));
  return [...seen.values()];
}

function lostReasons(given) {
  const lost = given.ledger.whole.ambiguous;
  if (!lost) return [];
  if (given.byEProcess) {
    const message = `${counted(lost)} episodes were lost; the blocks are read up to the first loss.`;
    return [{ code: "lost.ends_blocks", message }];
  }
  if ("measures" in given.auditInput.run) return [];
  const message = `${counted(lost)} lost episodes count as failures for support and as successes for refutation.`;
  return [{ code: "lost.counted_against", message }];
}

/** The same trials, cut by task and by run seed. */
function slicesOf(auditInput) {
  const planned = auditInput.cells.filter((cell) => cell.planned);
  const byTask = groupedBy(planned, (cell) => cell.task, auditInput.tasks);
  if (byTask.size > auditInput.tasks.length) throw new NumbersError("a planned cell is of a task that is not listed");
  const bySeed = groupedBy(planned, (cell) => cell.seed, []);
  const slices = (groups) =>
    [...groups].map(([key, cells]) => sliceOf(String(key), sumOfOutcomes(cells.map(plannedCounts))));
  return { by_task: slices(byTask), by_seed: slices(bySeed) };
}

function sliceOf(key, { success, failure }) {
  const trials = success + failure;
  return {
    key,
    successes: success,
    trials,
    estimate: trials ? significant(success / trials) : null,
    interval: intervalOfCounts(success, trials, "wilson", DESCRIPTIVE_CONFIDENCE),
  };
}

function scopeOf(protocol, auditInput) {
  const { benchmark, execution } = protocol;
  const declared = "estimand" in execution;
  return {
    benchmark: benchmark.name,
    benchmark_version: benchmark.version,
    tasks: auditInput.tasks.length,
    run_seeds: execution.seeds,
    episodes_per_task: execution.episodes_per_task,
    evaluator: auditInput.source.name,
    estimand: declared ? execution.estimand : "fixed_tasks",
    estimand_declared: declared,
  };
}
