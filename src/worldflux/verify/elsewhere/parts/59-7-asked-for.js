/*
 * stopping.json and ppi.json again: the members that only a stopping rule or an option of the audit asks for.
 */

/** The path of the e-values of every primary success rate; null where nobody asked for it. */
function stoppingAgain(given, evidenceId) {
  if (!given.stopsByRule && !given.auditInput.requested.savi) return null;
  const obstacle = obstacleToStopping(given);
  const { tasks } = given.auditInput;
  const metrics = given.claim.expected_metrics.map((metric) => metricPath(metric, given)).filter((path) => path);
  const rule = given.protocol.execution.stopping_rule;
  return {
    schema_version: "worldflux.stopping.v0_draft",
    evidence_id: evidenceId,
    status: obstacle ? "savi_not_applicable" : "applicable",
    note: obstacle || "",
    planned: given.stopsByRule,
    stopped_early: given.ledger.denominator.not_run > 0,
    alpha: given.rule.alpha,
    log_e_needed: significant(-Math.log(given.rule.alpha)),
    tasks: tasks.length,
    blocks: given.blocks.length,
    episodes: given.blocks.length * tasks.length,
    metrics,
    ...(rule ? { rule: { check_every: 1, min_blocks: 1, ...rule } } : {}),
  };
}

function metricPath(metric, given) {
  const hypotheses = rateHypotheses(metric, given.rule);
  if (hypotheses instanceof Obstacle || "task" in metric || roleOf(metric) !== "primary") return null;
  const path = pathOf(hypotheses, given);
  const { found, block } = decisionOf(path);
  return {
    name: metric.name,
    threshold: hypotheses[0].threshold.toNumber(),
    decision: found || "none",
    decided_at: block,
    decided_after_episodes: block === null ? null : block * given.auditInput.tasks.length,
    path: path.looks.map((look, index) => ({
      block: look,
      log_e_support: significant(path.support[index]),
      log_e_refute: significant(path.refute[index]),
    })),
  };
}

/** Every reading of the real success rate, side by side; null without simulated episodes. */
function simulationAgain(given, evidenceId) {
  const { ppi: pairs } = given.auditInput.requested;
  if (!pairs) return null;
  const confidence = decisionConfidence(given.rule.alpha);
  const result = predictionPowered(pairs, confidence);
  const real = realEpisodes(pairs);
  const successes = pairs.both + pairs.real_only;
  const unweighted = pairs.simulated_successes / pairs.simulated + (pairs.real_only - pairs.simulated_only) / real;
  const alone = rateInterval(successes, real, "wilson", confidence);
  const betting = predictionPoweredBetting(pairs, confidence);
  return {
    schema_version: "worldflux.ppi.v0_draft",
    evidence_id: evidenceId,
    pairs,
    real,
    discordant: result.discordant,
    gate_passed: !result.obstacles.length,
    reasons: result.obstacles,
    readings: [
      simulationRow("real_only", successes / real, alone, confidence, null),
      simulationRow("ppi", result.estimate, result, confidence, result.lam),
      simulationRow("ppi_betting", unweighted, betting, confidence, 1),
    ],
  };
}

function simulationRow(method, estimate, { lower, upper }, confidence, lam) {
  return {
    method,
    estimate: significant(estimate),
    interval: {
      method: method === "real_only" ? "wilson" : method,
      confidence: significant(confidence),
      lower: significant(lower),
      upper: significant(upper),
    },
    lam: significantOrNull(lam),
    asymptotic: method !== "ppi_betting",
  };
}
