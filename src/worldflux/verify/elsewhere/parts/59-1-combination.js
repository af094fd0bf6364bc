/*
 * Several metrics, one verdict. That all hold needs no correction to be shown (intersection-union test: Berger 1982,
 * Technometrics 24, 295-300), but it has as many chances to be refuted by accident (Bonferroni). That any holds is
 * corrected by Holm, exploratory metrics by Benjamini and Hochberg.
 */

const FIRST_OF_ALL = ["refuted", "not_testable", "underpowered", "inconclusive"];
const FIRST_OF_ANY = ["supported", "inconclusive", "underpowered", "not_testable"];

function combineOf(rule) {
  return "combine" in rule ? rule.combine : "all";
}

function withRole(items, role) {
  return items.filter((item) => roleOf(item.metric) === role);
}

/** Correct for several looks where they are looks. */
function correctedItems(items, given) {
  const adjusted = new Map();
  if (combineOf(given.rule) === "any") adjustInto(adjusted, withRole(items, "primary"), holmAdjusted, given);
  adjustInto(adjusted, withRole(items, "exploratory"), falseDiscoveryAdjusted, given);
  return items.map((item) => withAdjusted(item, adjusted.get(metricLabel(item.metric)), given));
}

function adjustInto(adjusted, items, adjust, given) {
  const tested = items.filter((item) => item.evidence.verdict !== "not_testable");
  if (tested.length < 2) return;
  const values = adjust(tested.map((item) => comparedPValue(item, given.rule.alpha)));
  tested.forEach((item, index) => adjusted.set(metricLabel(item.metric), values[index]));
}

/**
 * A metric's p-value, or its baseline's where that is larger; where an interval decided, alpha if it supports, else 1.
 */
function comparedPValue({ evidence }, alpha) {
  const byInterval = evidence.verdict === "supported" ? alpha : 1;
  const own = evidence.p_value ? evidence.p_value.value : byInterval;
  return evidence.baseline ? Math.max(own, evidence.baseline.p_value.value) : own;
}

function withAdjusted(item, adjusted, given) {
  const exploratory = roleOf(item.metric) === "exploratory";
  const flags = exploratory ? [...item.flags, "exploratory"] : item.flags;
  if (adjusted === undefined) return { ...item, flags };
  const { alpha } = given.rule;
  let { evidence, reasons, observedVerdict } = item;
  if (evidence.p_value) evidence = { ...evidence, p_value: { ...evidence.p_value, adjusted: significant(adjusted) } };
  if (evidence.verdict === "supported" && adjusted > alpha) {
    evidence = { ...evidence, verdict: "inconclusive" };
    const message = `Corrected for several metrics its p-value is ${general(adjusted, 4)}, above ${general(alpha)}.`;
    reasons = [...reasons, { code: exploratory ? "multiple.exploratory" : "multiple.holm", message }];
    observedVerdict = observedVerdict === "supported" ? "inconclusive" : observedVerdict;
  }
  return { ...item, evidence, reasons, flags, observedVerdict };
}

/** Let one of m refuted metrics refute a claim of all only if it is refuted at alpha/m as well. */
function refutationsConfirmed(items, given, decide) {
  const metrics = withRole(items, "primary").length;
  if (combineOf(given.rule) === "any" || metrics < 2) return items;
  const stricter = atAlpha(given, given.rule.alpha / metrics);
  return items.map((item) => {
    const refuted = item.evidence.verdict === "refuted" && roleOf(item.metric) === "primary";
    if (!refuted || decide(item.metric, stricter).evidence.verdict === "refuted") return item;
    const message =
      `${metricLabel(item.metric)} is refuted by itself; as one of ${metrics} chances to refute the claim it would ` +
      `have to be at an error of ${general(stricter.rule.alpha, 3)}, and is not.`;
    return { ...item, reasons: [...item.reasons, { code: "multiple.refutation", message }], countsAs: "inconclusive" };
  });
}

/** The claim's verdict from those of its primary metrics, or from those that ignore lost episodes. */
function combinedVerdict(items, given, observed) {
  const verdicts = withRole(items, "primary").map(
    (item) => item.countsAs || (observed ? item.observedVerdict : item.evidence.verdict),
  );
  if (!verdicts.length) return "not_testable";
  const isAny = combineOf(given.rule) === "any";
  const first = (isAny ? FIRST_OF_ANY : FIRST_OF_ALL).find((verdict) => verdicts.includes(verdict));
  return first || (isAny ? "refuted" : "supported");
}

/** A metric's own flags and those of the whole audit, in its evidence. */
function flaggedItem(item, shared) {
  const { verdict, target } = item.evidence;
  const below = verdict === "supported" && target.status === "contradicted" ? ["below_target"] : [];
  const flags = [...new Set([...item.flags, ...below, ...shared])];
  return { ...item, evidence: { ...item.evidence, flags }, flags };
}
