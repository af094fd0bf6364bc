/** The members of a package: role, media type, whether a share may hold them (`hosted`) or not (`local`), schema. */
const MEMBERS = Object.freeze({
  "claim.json": ["claim", "application/json", "hosted", "worldflux.claim.v0_draft"],
  "protocol.json": ["protocol", "application/json", "hosted", "worldflux.protocol.v0_draft"],
  "evidence.json": ["evidence", "application/json", "hosted", "worldflux.evidence.v0_draft"],
  "evidence.md": ["report", "text/markdown", "hosted"],
  "audit_input.json": ["audit_input", "application/json", "hosted", "worldflux.audit_input.v0_draft"],
  "audit_provenance.json": ["provenance", "application/json", "hosted", "worldflux.audit_provenance.v0_draft"],
  "episode_results.jsonl": ["episodes", "application/jsonl", "local"],
  "raw_evidence_manifest.json": [
    "raw_evidence",
    "application/json",
    "local",
    "worldflux.raw_evidence_manifest.v0_draft",
  ],
  "failure_evidence_index.jsonl": ["failure_index", "application/jsonl", "local"],
  "failure_replay_manifest.jsonl": ["failure_replays", "application/jsonl", "local"],
  "stopping.json": ["stopping", "application/json", "local", "worldflux.stopping.v0_draft"],
  "ppi.json": ["ppi", "application/json", "local", "worldflux.ppi.v0_draft"],
});
const MANIFEST = "artifact_manifest.json";
const MANIFEST_SCHEMA = "worldflux.artifact_manifest.v0_draft";
/** Members that only a stopping rule or an option of the audit asks for. */
const ASKED_FOR = Object.freeze(["stopping.json", "ppi.json"]);
const TRUST_SCHEMA = "worldflux.trusted_signers.v0";

/** Highest value of a success rate, by its unit. */
const RATE_SCALES = Object.freeze({ ratio: 1, percent: 100 });

/**
 * Read a document: strict JSON, its schema, and the rules between its fields.
 * @throws {GateFailure} of gate `json` or `schema`
 */
function readDocument(bytes, schemaName, file) {
  const value = parseJson(bytes, file);
  requireDocument(value, schemaName, file);
  return value;
}

function requireDocument(value, schemaName, file) {
  const version = isObject(value) ? value.schema_version : undefined;
  if (typeof version === "string" && version !== schemaName) {
    throw new GateFailure(
      "schema",
      "schema.unsupported",
      `this is a ${version.slice(0, 80)} document, not ${schemaName}`,
      {
        where: `${file}/schema_version`,
        next: "It may be newer than this verifier: get the one that belongs to the release that made the package.",
      },
    );
  }
  const faults = schemaFaults(value, schemaName);
  const all = faults.length > 0 ? faults : [...(DOCUMENT_RULES[schemaName] || noFaults)(value)];
  if (all.length === 0) return;
  const shown = all.map((fault) => `${file}${fault.pointer}: ${fault.message}`);
  throw new GateFailure("schema", all[0].code || "document.invalid", shown.join("\n"), {
    where: `${file}${all[0].pointer}`,
    next: "The package was not written by an audit, or was changed by hand.",
  });
}

function* noFaults() {}

/** What a schema cannot say: rules between fields. */
const DOCUMENT_RULES = Object.freeze({
  [MANIFEST_SCHEMA]: manifestFaults,
  "worldflux.claim.v0_draft": claimFaults,
  "worldflux.protocol.v0_draft": protocolFaults,
});

function* manifestFaults(manifest) {
  const sequence = manifest.sequence ?? 1;
  if (sequence > 1 !== "supersedes" in manifest) {
    yield faultAt("schema.sequence", "/sequence", "it is above 1 exactly where supersedes names the package before");
  }
  const paths = manifest.files.map((entry) => entry.path);
  if (!paths.every((path, index) => index === 0 || compareCodePoints(paths[index - 1], path) < 0)) {
    yield faultAt("schema.manifest_order", "/files", "the files are not sorted by path, each once");
  }
}

function* claimFaults(claim) {
  const seen = new Set();
  for (const [index, metric] of claim.expected_metrics.entries()) {
    const pointer = `/expected_metrics/${index}`;
    const label = "task" in metric ? `${metric.name} of ${metric.task}` : metric.name;
    if (seen.has(label)) yield faultAt("claim.metric_twice", pointer, `${label} is promised twice`);
    seen.add(label);
    if ("bounds" in metric && !(metric.bounds[0] < metric.bounds[1])) {
      yield faultAt("claim.bounds", pointer, "the lower bound has to lie below the upper one");
    }
    if (metric.name === "success_rate") yield* rateFaults(metric, claim.decision_rule.margin, pointer);
  }
  if ("baseline" in claim.decision_rule) yield* baselineFaults(claim);
}

function* rateFaults(metric, margin, pointer) {
  if (!Object.hasOwn(RATE_SCALES, metric.unit)) {
    yield faultAt("claim.unit", pointer, "a success rate is given as ratio or percent");
  } else if (!(metric.value >= 0 && metric.value <= RATE_SCALES[metric.unit])) {
    yield faultAt("claim.value", pointer, "a success rate outside its scale");
  } else if (margin >= RATE_SCALES[metric.unit]) {
    yield faultAt("claim.margin", "/decision_rule/margin", "the margin leaves nothing to show");
  }
}

function* baselineFaults(claim) {
  const baseline = claim.decision_rule.baseline;
  const pointer = "/decision_rule/baseline";
  const counted = "successes" in baseline && "trials" in baseline;
  const half = "successes" in baseline !== "trials" in baseline;
  if (half || counted === "value" in baseline) {
    yield faultAt("claim.baseline", pointer, "a baseline is either a value, or successes and trials");
  } else if (counted && !claim.expected_metrics.some((metric) => metric.name === "success_rate")) {
    yield faultAt("claim.baseline", pointer, "counts of a baseline need a success rate to be compared with");
  } else if (counted && baseline.successes > baseline.trials) {
    yield faultAt("claim.baseline", pointer, "a baseline cannot have more successes than trials");
  }
}

function* protocolFaults(protocol) {
  yield* twiceListed(protocol.benchmark.task_list, "/benchmark/task_list");
  yield* twiceListed(protocol.execution.seeds, "/execution/seeds");
}

function* twiceListed(entries, pointer) {
  const seen = new Set();
  for (const [index, entry] of entries.entries()) {
    if (seen.has(entry))
      yield faultAt("protocol.twice", `${pointer}/${index}`, `${JSON.stringify(entry)} stands twice`);
    seen.add(entry);
  }
}

function faultAt(code, pointer, message) {
  return { code, pointer, message };
}

/** Order of two texts by code points, as Python sorts them; JavaScript's own order is by UTF-16 units. */
function compareCodePoints(left, right) {
  const [first, second] = [[...left], [...right]];
  for (let index = 0; index < Math.min(first.length, second.length); index += 1) {
    const difference = first[index].codePointAt(0) - second[index].codePointAt(0);
    if (difference !== 0) return difference;
  }
  return first.length - second.length;
}
