/* The lines of episode_results.jsonl, and the two lines that each episode leaves behind that did not succeed. */

const EPISODE_SCHEMA = "worldflux.episode_result.v0_draft";
const MOST_LINE_BYTES = 1024 * 1024;
const LINE_END = 10;

/**
 * Parse JSON lines: strict JSON and the schema, line by line.
 * @param {Uint8Array} bytes
 * @param {string} file name for messages
 * @param {string} schemaName what each line has to be
 * @returns {object[]}
 * @throws {GateFailure} of gate `json` or `schema`
 */
function parseLines(bytes, file, schemaName) {
  const values = [];
  for (let start = 0; start < bytes.length;) {
    const found = bytes.indexOf(LINE_END, start);
    const end = found < 0 ? bytes.length : found;
    values.push(parseLine(bytes.subarray(start, end), `${file}, line ${values.length + 1}`, schemaName));
    start = end + 1;
  }
  return values;
}

function parseLine(bytes, place, schemaName) {
  if (bytes.length > MOST_LINE_BYTES) throw jsonFailure("json.size", "a line is longer than 1 MiB", place);
  const value = parseJson(bytes, place);
  const faults = schemaFaults(value, schemaName);
  if (faults.length === 0) return value;
  throw new GateFailure("schema", "schema.episode_line", `not an episode: ${faults[0].pointer} ${faults[0].message}`, {
    where: place,
    next: "The line was not written by an audit; get the package from its author again.",
  });
}

/** Raw file of each episode: they were written down file by file, and an episode may name its own. */
function* ownersOf(inputs) {
  const files = inputs.filter((file) => file.episodes > 0);
  for (const file of files.slice(0, -1)) {
    for (let left = file.episodes; left > 0; left -= 1) yield file.id;
  }
  for (;;) yield files.length > 0 ? files[files.length - 1].id : "unknown";
}

/** What the failure index and the replay lines have to hold, as values. */
function failureLines(episodes, inputs) {
  const index = [];
  const replays = [];
  const owners = ownersOf(inputs);
  episodes.forEach((episode, position) => {
    const input = episode.input ?? owners.next().value;
    if ("input" in episode) owners.next();
    if (episode.outcome === "success") return;
    const place = { task: episode.task, run_seed: episode.run_seed, episode_index: episode.episode_index };
    index.push(
      withoutAbsent({
        ...place,
        outcome: episode.outcome,
        line: position + 1,
        input,
        seed: episode.seed,
        max_reward: episode.max_reward,
        video: episode.video,
        reason: episode.failure_reason,
        locator: episode.locator,
      }),
    );
    const isUnknownStart = !("seed" in episode) && !("init_state" in episode);
    replays.push(
      withoutAbsent({
        ...place,
        input,
        seed: episode.seed,
        seed_provenance: episode.seed_provenance,
        missing: isUnknownStart ? "environment_seed" : undefined,
        init_state: episode.init_state,
      }),
    );
  });
  return { index, replays };
}

function withoutAbsent(value) {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined));
}

/** @throws {GateFailure} of gate `recomputation` where a file of failures is not what the episodes give */
function requireFailureLines(files, episodes, inputs) {
  const { index, replays } = failureLines(episodes, inputs);
  for (const [name, expected] of [
    ["failure_evidence_index.jsonl", index],
    ["failure_replay_manifest.jsonl", replays],
  ]) {
    if (files.has(name) && utf8Text(files.get(name)) !== expected.map(lineText).join("")) {
      throw recomputationFailure(
        "recomputation.failures",
        `${name}: its lines are not those that the episodes give`,
        name,
      );
    }
  }
}

/** A line as an audit writes it: no blanks, fields in their order, and a number with a fraction never as an integer. */
function lineText(record) {
  const fields = Object.entries(record).map(([name, value]) => {
    const text = name === "max_reward" ? floatText(value) : JSON.stringify(value);
    return `${JSON.stringify(name)}:${text}`;
  });
  return `{${fields.join(",")}}\n`;
}

/** The shortest digits of a double: plain from 10^-5 to below 10^16, and with an exponent beyond. */
function floatText(number) {
  const sign = number < 0 || Object.is(number, -0) ? "-" : "";
  const { digits, exponent } = decimalParts(String(Math.abs(number)));
  if (digits === "") return `${sign}0.0`;
  const scale = exponent + digits.length - 1;
  if (scale < -5 || scale > 15) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
    return `${sign}${digits[0]}${fraction}e${scale}`;
  }
  const padded = scale < 0 ? "0".repeat(-scale) + digits : digits.padEnd(scale + 1, "0");
  const point = Math.max(scale, 0) + 1;
  return `${sign}${padded.slice(0, point)}.${padded.slice(point) || "0"}`;
}

function recomputationFailure(code, message, where) {
  return new GateFailure("recomputation", code, message, {
    where,
    next: "The package was changed after the audit; ask its author who changed it.",
  });
}
