/* The public view: all that a share may ever show of a package, as a function of its evidence and its manifest. */

const VIEW_SIZES = Object.freeze([
  [1e3, "under 1 KB"],
  [1e5, "1 KB to 100 KB"],
  [1e7, "100 KB to 10 MB"],
  [1e9, "10 MB to 1 GB"],
  [Infinity, "over 1 GB"],
]);
const VIEW_METRIC_FIELDS = Object.freeze([
  "name",
  "unit",
  "operator",
  "role",
  "value",
  "threshold",
  "target",
  "verdict",
  "estimate",
  "successes",
  "trials",
  "decision_trials",
  "method",
  "interval",
  "robust",
  "flags",
  "k_crit",
  "p_value",
  "power",
]);

/** @returns the view as a plain value; it is an allow list, so a field that is not named here is not shown */
function publicViewOf(evidence, manifest, manifestDigest) {
  return {
    schema_version: "worldflux.public_view.v0_draft",
    display_id: `wf-${manifestDigest.slice("sha256:".length, "sha256:".length + 12)}`,
    manifest: manifestDigest,
    claim: { text: evidence.claim.text, hash: evidence.claim.hash },
    protocol: pickFields(evidence.protocol, ["hash", "binding", "precedence"]),
    result: {
      ...pickFields(evidence, ["verdict", "headline", "reasons", "denominator"]),
      metrics: evidence.metrics.map(shownMetric),
    },
    ...pickFields(evidence, [
      "scope",
      "recommendation",
      "deployment_summary",
      "missing_evidence",
      "unsupported_claims",
      "next_falsification_axes",
      "claim_boundary",
    ]),
    findings: shownFindings(evidence.findings),
    artifacts: manifest.files.map(shownArtifact),
  };
}

function pickFields(value, names) {
  return Object.fromEntries(names.map((name) => [name, value[name]]));
}

function shownMetric(metric) {
  const shown = Object.fromEntries(VIEW_METRIC_FIELDS.map((name) => [name, metric[name] ?? null]));
  return "task" in metric ? { ...shown, task: metric.task } : shown;
}

/** Codes with their severity, counted, in the order of their first mention. */
function shownFindings(findings) {
  const counted = new Map();
  for (const { code, severity } of findings) {
    const key = JSON.stringify([code, severity]);
    const entry = counted.get(key) || { code, severity, count: 0 };
    entry.count += 1;
    counted.set(key, entry);
  }
  return [...counted.values()];
}

function shownArtifact(entry) {
  const [, size] = VIEW_SIZES.find(([limit]) => entry.size < limit);
  const [kind, , shareClass] = MEMBERS[entry.path];
  return { name: entry.path, kind, size, state: shareClass === "hosted" ? "hosted" : "withheld" };
}
