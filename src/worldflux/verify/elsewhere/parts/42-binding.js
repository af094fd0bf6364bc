/* Gate `binding`: the members of a package are about each other. Hashes and ids only; no episode is refused here. */

const PLACEHOLDER = /^sha256:([0-9a-f])\1{63}$/;

/** How the protocol names the claim: by its hash, or by a placeholder (one digit 64 times). */
function bindingOf(protocol) {
  return PLACEHOLDER.test(protocol.claim_hash) ? "placeholder" : "bound";
}

/**
 * Compare every hash and id that one member states of another.
 * @param {object} members parsed members by file name
 * @returns {Promise<string>}
 * @throws {GateFailure} of gate `binding`, naming every difference
 */
async function requireBound(manifest, members, files) {
  const differences = [
    ...(await claimAndProtocolDiffer(members)),
    ...idsDiffer(manifest, members),
    ...episodesDiffer(manifest, members),
    ...(await materialsDiffer(members, files)),
  ];
  if (differences.length > 0) {
    throw new GateFailure("binding", differences[0].code, differences.map((each) => each.message).join("\n"), {
      where: differences[0].where,
      next: "Members of different audits were put together; get the package again.",
    });
  }
  return bindingOf(members["protocol.json"]) === "placeholder"
    ? "ids and hashes agree; the protocol holds a placeholder instead of the claim's hash"
    : "claim, protocol, evidence, provenance and episodes name each other's ids and hashes";
}

/** Rows `[code, place, stated, actual]` whose last two differ, as differences. */
function differing(rows) {
  return rows
    .filter(([, , stated, actual]) => stated !== actual)
    .map(([code, where, stated, actual]) => ({ code, where, message: `${where} names ${stated}; it is ${actual}` }));
}

async function claimAndProtocolDiffer(members) {
  const { "claim.json": claim, "protocol.json": protocol, "evidence.json": evidence } = members;
  const [claimHash, protocolHash] = [await digestOfValue(claim), await digestOfValue(protocol)];
  const binding = bindingOf(protocol);
  return differing([
    ["binding.claim_id", "protocol.json/claim_id", protocol.claim_id, claim.id],
    [
      "binding.claim_hash",
      "protocol.json/claim_hash",
      protocol.claim_hash,
      binding === "placeholder" ? protocol.claim_hash : claimHash,
    ],
    ["binding.evidence", "evidence.json/claim/id", evidence.claim.id, claim.id],
    ["binding.evidence", "evidence.json/claim/hash", evidence.claim.hash, claimHash],
    ["binding.evidence", "evidence.json/protocol/id", evidence.protocol.id, protocol.id],
    ["binding.evidence", "evidence.json/protocol/hash", evidence.protocol.hash, protocolHash],
    ["binding.evidence", "evidence.json/protocol/binding", evidence.protocol.binding, binding],
  ]);
}

function idsDiffer(manifest, members) {
  const { "evidence.json": evidence, "audit_provenance.json": provenance } = members;
  return differing([
    ["binding.evidence_id", `${MANIFEST}/evidence_id`, manifest.evidence_id, evidence.id],
    ["binding.evidence_id", "audit_provenance.json/evidence_id", provenance.evidence_id, evidence.id],
    ["binding.evidence_id", "audit_provenance.json/created_at", provenance.created_at, evidence.created_at],
    ["binding.evidence_id", "audit_provenance.json/tool/rules", provenance.tool.rules, evidence.rules],
    ["binding.evidence_id", "audit_provenance.json/tool/render", provenance.tool.render, evidence.render],
  ]);
}

function episodesDiffer(manifest, members) {
  const { path, sha256 } = members["audit_input.json"].episodes;
  const listed = manifest.files.find((entry) => entry.path === "episode_results.jsonl");
  const exports = rawEntries(members).filter((entry) => "redacted_export" in entry);
  return differing([
    ["binding.episodes", "audit_input.json/episodes/path", path, "episode_results.jsonl"],
    ["binding.episodes", "audit_input.json/episodes/sha256", sha256, listed.sha256],
    ...exports.flatMap((entry) => [
      [
        "binding.raw_evidence",
        "raw_evidence_manifest.json/entries",
        entry.redacted_export.path,
        "episode_results.jsonl",
      ],
      ["binding.raw_evidence", "raw_evidence_manifest.json/entries", entry.redacted_export.sha256, sha256],
    ]),
  ]);
}

function rawEntries(members) {
  const raw = members["raw_evidence_manifest.json"];
  return raw ? raw.entries : [];
}

/** What the provenance says was read is what the other members were made of. */
async function materialsDiffer(members, files) {
  const { materials } = members["audit_provenance.json"];
  const place = "audit_provenance.json/materials";
  const stated = new Map(materials.map((entry) => [JSON.stringify([entry.role, entry.name]), entry.sha256]));
  const rows = [];
  for (const [role, name] of [
    ["claim", "claim.json"],
    ["protocol", "protocol.json"],
  ]) {
    const bytes = await digestOf(files.get(name));
    rows.push(["binding.materials", place, stated.get(JSON.stringify([role, name])), bytes]);
  }
  if (members["raw_evidence_manifest.json"]) {
    rows.push(["binding.materials", place, rawFilesOf(materials), rawFilesOf(rawEntries(members))]);
  }
  return differing(rows);
}

/** Names and digests of raw files, as one text: from materials (`role`, `name`) or from raw evidence (`kind`, `id`). */
function rawFilesOf(entries) {
  const files = new Map(
    entries
      .filter((entry) => ["evaluator_output", "run_info"].includes(entry.role || entry.kind) && "sha256" in entry)
      .map((entry) => [entry.role ? entry.name : entry.id, entry.sha256]),
  );
  return JSON.stringify([...files].sort());
}
