/*
 * Stored and recomputed side by side. Whole numbers, texts and truth values have to be the same. Numbers with a
 * fraction were written to twelve significant digits by another numerical library and may differ by 1e-9 of their size.
 */

const RELATIVE_TOLERANCE = 1e-9;
/** Of differences of numbers near 1, and of ends that a bisection finds: they can lie at 0 but for their rounding. */
const ROUNDING_NEAR_ZERO = 1e-13;
/** Of log e-values, whose parts grow with the number of trials and cancel: one part in 10^8 of the e-value itself. */
const LOG_TOLERANCE = 1e-8;

/** Fields whose numbers have a fraction; all others are counted. */
const MEASURED_FIELDS = new Set([
  "value", "threshold", "threshold_upper", "estimate", "micro", "macro", "confidence", "lower", "upper",
  "design_effect", "attained_size", "at", "at_claim", "mde", "log_e_support", "log_e_refute", "log_e_needed",
  "difference", "adjusted", "worst", "best", "lam", "alpha",
]);
const NEAR_ZERO_FIELDS = new Set(["lower", "upper", "difference", "estimate", "at_claim", "attained_size"]);
const LOG_FIELDS = new Set(["log_e_support", "log_e_refute", "log_e_needed"]);
const SUM_FIELDS = new Set(["sum", "sum_of_squares"]);
const VERDICT_FIELDS = new Set(["verdict", "observed_verdict"]);

/** Counts that are taken from the cells as they are: without the episodes, the author attests them. */
const ATTESTED_COUNTS = [
  /^\/denominator\/(?!planned|worst|best)\w+$/,
  /^\/slices\/by_(task|seed)\/\d+\/(successes|trials)$/,
  /^\/metrics\/\d+\/(successes|trials|decision_trials|sequential\/blocks)$/,
];

/** See `WorldfluxNumbers.compare`. */
function compareEvidence(stored, recomputed, { episodes }) {
  const rows = [];
  for (const leaf of pairedLeaves(stored, recomputed, "")) {
    const row = rowOf(leaf, episodes);
    if (row) rows.push(row);
  }
  return rows;
}

function rowOf({ pointer, field, stored, recomputed, isEValue }, episodes) {
  const row = { pointer, stored };
  if (recomputed !== undefined) row.recomputed = recomputed;
  if (!sameLeaf(stored, recomputed, field, isEValue)) return { ...row, status: "mismatch" };
  if (typeof stored !== "number" && !VERDICT_FIELDS.has(field)) return null;
  if (episodes || !ATTESTED_COUNTS.some((pattern) => pattern.test(pointer))) return { ...row, status: "recomputed" };
  return { ...row, status: "attested", reason: "counted from episodes that are withheld" };
}

/** Every place where either value has a leaf; a part that only one side has is one place. */
function* pairedLeaves(stored, recomputed, pointer, field = "", isEValue = false) {
  if (isTree(stored) && isTree(recomputed) && Array.isArray(stored) === Array.isArray(recomputed)) {
    const ofE = stored.method === "e_value" && recomputed.method === "e_value";
    for (const key of new Set([...Object.keys(recomputed), ...Object.keys(stored)])) {
      const here = `${pointer}/${key.replace(/~/g, "~0").replace(/\//g, "~1")}`;
      const name = Array.isArray(stored) ? field : key;
      yield* pairedLeaves(ownValue(stored, key), ownValue(recomputed, key), here, name, ofE);
    }
  } else {
    yield { pointer, field, stored, recomputed, isEValue };
  }
}

function isTree(value) {
  return typeof value === "object" && value !== null;
}

function ownValue(tree, key) {
  return Object.prototype.hasOwnProperty.call(tree, key) ? tree[key] : undefined;
}

/** Whether two leaves are the same. */
function sameLeaf(stored, recomputed, field, isEValue) {
  if (typeof stored === "number" && typeof recomputed === "number" && MEASURED_FIELDS.has(field)) {
    return sameMeasure(stored, recomputed, field, isEValue);
  }
  if (isTree(stored) || isTree(recomputed)) return bothEmpty(stored, recomputed);
  return stored === recomputed;
}

/** Two empty lists, or two empty objects: they have no leaves to be compared by. */
function bothEmpty(stored, recomputed) {
  return isTree(stored) && isTree(recomputed) && JSON.stringify(stored) === JSON.stringify(recomputed);
}

function sameMeasure(stored, recomputed, field, isEValue) {
  const gap = Math.abs(stored - recomputed);
  const size = Math.max(Math.abs(stored), Math.abs(recomputed));
  if (gap <= RELATIVE_TOLERANCE * size) return true;
  if (LOG_FIELDS.has(field)) return gap <= LOG_TOLERANCE;
  if (isEValue) return gap <= LOG_TOLERANCE * size;
  return NEAR_ZERO_FIELDS.has(field) && gap <= ROUNDING_NEAR_ZERO;
}

/** Whether two leaves of the counts are the same; sums of scores have a fraction. */
function sameCount(stored, recomputed, field) {
  if (isTree(stored) || isTree(recomputed)) return bothEmpty(stored, recomputed);
  if (stored === undefined || !SUM_FIELDS.has(field)) return stored === recomputed;
  return sameMeasure(stored, recomputed, field, false);
}

/** See `WorldfluxNumbers.compareCells`. */
function compareCounts(auditInput, recounted) {
  const differences = [];
  for (const name of ["cells", "blocks", "repeated_starts"]) {
    for (const { pointer, field, stored, recomputed } of pairedLeaves(auditInput[name], recounted[name], `/${name}`)) {
      if (!sameCount(stored, recomputed, field)) differences.push({ pointer, stored, recomputed });
    }
  }
  return differences;
}
