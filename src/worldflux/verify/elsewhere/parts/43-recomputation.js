/* Gate `recomputation`: every number of a package follows from its episodes, or the package does not pass. */

const RULES_VERSION = "v1";
/** Differences that a report names one by one. */
const MOST_DIFFERENCES = 20;

/** What the numbers give: rows for the report, and the failure of the gate or one sentence. */
async function recomputed(members, files) {
  const { "audit_input.json": auditInput, "evidence.json": evidence, "protocol.json": protocol } = members;
  requireKnownVersions(evidence);
  const episodes = files.has("episode_results.jsonl")
    ? parseLines(files.get("episode_results.jsonl"), "episode_results.jsonl", EPISODE_SCHEMA)
    : null;
  if (episodes) requireCounts(episodes, auditInput, protocol);
  if (episodes) requireFailureLines(files, episodes, auditInput.run.inputs);
  requireFindings(members, episodes);
  const numbers = numbersOf(members, files, episodes !== null);
  const mismatches = numbers.filter((row) => row.status === "mismatch");
  if (mismatches.length > 0) return { numbers, failure: mismatchFailure(mismatches, "evidence.json") };
  const askedFor = askedForFailure(members, episodes !== null);
  if (askedFor) return { numbers, failure: askedFor };
  const report = utf8Text(files.get("evidence.md"));
  if (report === null || report !== (await renderEvidence(evidence))) {
    const message = "evidence.md is not what its renderer makes of the evidence";
    return { numbers, failure: recomputationFailure("recomputation.report", message, "evidence.md") };
  }
  return { numbers, detail: recomputedSentence(numbers, auditInput, episodes) };
}

function requireKnownVersions(evidence) {
  const known = { rules: RULES_VERSION, render: RENDER_VERSION };
  for (const name of Object.keys(known)) {
    if (evidence[name] !== known[name]) {
      throw new GateFailure(
        "schema",
        "schema.newer",
        `${name} ${evidence[name].slice(0, 80)} is newer than this verifier`,
        {
          where: `evidence.json/${name}`,
          next: "Get the verifier that belongs to the release that made the package.",
        },
      );
    }
  }
}

function requireCounts(episodes, auditInput, protocol) {
  const counted = computed(() => WorldfluxNumbers.cellsOf(episodes, auditInput, protocol));
  const stated = auditInput.episodes.count;
  const differences = [
    ...(counted.episodes === stated
      ? []
      : [{ pointer: "/episodes/count", stored: stated, recomputed: counted.episodes }]),
    ...WorldfluxNumbers.compareCells(auditInput, counted),
  ];
  if (differences.length === 0) return;
  const shown = differences.slice(0, MOST_DIFFERENCES).map(differenceSentence("audit_input.json"));
  throw recomputationFailure(
    "recomputation.audit_input",
    shown.join("\n"),
    `audit_input.json${differences[0].pointer}`,
  );
}

function requireFindings(members, episodes) {
  const differences = findingDifferences(members, episodes);
  if (differences.length > 0) {
    const shown = differences.slice(0, MOST_DIFFERENCES).join("\n");
    throw recomputationFailure("recomputation.findings", shown, "audit_input.json/findings");
  }
}

function differenceSentence(file) {
  return ({ pointer, stored, recomputed: again }) =>
    `${file}${pointer} is not what follows: stored ${shownValue(stored)}, recomputed ${shownValue(again)}`;
}

function shownValue(value) {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length <= 100 ? text : `${text.slice(0, 100)}...`;
}

function numbersOf(members, files, hasEpisodes) {
  const {
    "claim.json": claim,
    "protocol.json": protocol,
    "audit_input.json": auditInput,
    "evidence.json": evidence,
  } = members;
  const binding = bindingOf(protocol);
  return computed(() => {
    const auditInputText = utf8Text(files.get("audit_input.json"));
    const again = WorldfluxNumbers.recompute({ claim, protocol, auditInput, auditInputText, evidence, binding });
    return WorldfluxNumbers.compare(evidence, again, { episodes: hasEpisodes });
  });
}

/** The numbers of input that has no meaning are no reason to stop: the gate says that they cannot be computed. */
function computed(compute) {
  try {
    return compute();
  } catch (error) {
    throw recomputationFailure(
      "recomputation.impossible",
      `the numbers cannot be computed: ${error.message}`,
      "audit_input.json",
    );
  }
}

/** What is wrong with the members that only a stopping rule or an option asks for; a share may withhold them. */
function askedForFailure(members, hasEpisodes) {
  const {
    "claim.json": claim,
    "protocol.json": protocol,
    "audit_input.json": auditInput,
    "evidence.json": evidence,
  } = members;
  const again = computed(() => WorldfluxNumbers.askedFor({ claim, protocol, auditInput, evidence }));
  for (const name of ASKED_FOR) {
    const stored = members[name] ?? null;
    if (stored === null && (again[name] === null || !hasEpisodes)) continue;
    if (stored === null || again[name] === null) {
      const message = stored === null ? `${name} was asked for and is not there` : `nobody asked for ${name}`;
      return recomputationFailure(recomputationCode(name), message, name);
    }
    const rows = WorldfluxNumbers.compare(stored, again[name], { episodes: true });
    const mismatches = rows.filter((row) => row.status === "mismatch");
    if (mismatches.length > 0) return mismatchFailure(mismatches, name);
  }
  return null;
}

function recomputationCode(name) {
  return `recomputation.${name.replace(".json", "")}`;
}

function mismatchFailure(mismatches, file) {
  const shown = mismatches.slice(0, MOST_DIFFERENCES).map(differenceSentence(file));
  const more = mismatches.length > MOST_DIFFERENCES ? [`and ${mismatches.length - MOST_DIFFERENCES} more`] : [];
  return recomputationFailure(recomputationCode(file), [...shown, ...more].join("\n"), file + mismatches[0].pointer);
}

function recomputedSentence(numbers, auditInput, episodes) {
  const again = numbers.filter((row) => row.status === "recomputed").length;
  return episodes
    ? `${auditInput.cells.length} cells counted again from ${episodes.length} episodes, ${again} numbers computed again`
    : `${again} numbers computed again from ${auditInput.cells.length} cells; the episodes are withheld`;
}
