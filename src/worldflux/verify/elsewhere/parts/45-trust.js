/* Gate `policy`: whose signatures count. Trust comes from the reader's own file; nothing in a package adds to it. */

/** The file that says whose signatures count cannot be used. */
class TrustFailure extends Error {}

/**
 * Check a `worldflux.trusted_signers.v0` document and its keys.
 * @param {object} value what `parseJson` returned
 * @returns {Promise<{document: object, keys: object[]}>}
 * @throws {TrustFailure} nothing can be trusted by it
 */
async function readTrust(value) {
  const faults = schemaFaults(value, TRUST_SCHEMA);
  if (faults.length > 0) throw new TrustFailure(`the trust file: ${faults[0].pointer} ${faults[0].message}`);
  const keys = [];
  for (const signer of value.signers) keys.push(await trustedKey(signer));
  refuseTwice(
    value.signers.map((signer) => signer.keyid),
    "key id",
  );
  refuseTwice(
    value.signers.map((signer) => lookAlike(signer.label)),
    "label",
  );
  const times = value.signers.flatMap((signer) => [signer.not_before, signer.not_after]);
  [value.expires, ...times, ...(value.revoked ?? []).map((entry) => entry.revoked_at)].forEach(requireTime);
  value.signers.forEach(requireUsableSigner);
  return { document: value, keys };
}

/** The form in which two texts that a reader may confuse are the same; never used to accept anything. */
function lookAlike(text) {
  return foldedName(text)
    .trim()
    .replace(/[./]+$/, "");
}

/** A label that cannot be compared by eye matches no honest one; a window that never opens is a mistake. */
function requireUsableSigner({ label, not_before: start, not_after: end }) {
  if (label !== label.trim() || [...label].some(isInvisible)) {
    throw new TrustFailure(`the label ${shownName(label)} holds invisible characters, or blanks at an end`);
  }
  if (start !== undefined && end !== undefined && timeOf(start) > timeOf(end)) {
    throw new TrustFailure(`${label} is trusted at no time: not_after comes before not_before`);
  }
}

async function trustedKey(signer) {
  const key = await publicKeyFromPem(signer.public_key_pem);
  if (key.fault) throw new TrustFailure(`the key of ${signer.label}: ${key.fault}`);
  if (key.keyid !== signer.keyid) throw new TrustFailure(`the key of ${signer.label} has another id: ${key.keyid}`);
  if (key.algorithm !== signer.algorithm) throw new TrustFailure(`the key of ${signer.label} is for ${key.algorithm}`);
  return key;
}

function refuseTwice(names, what) {
  if (new Set(names).size < names.length) throw new TrustFailure(`the trust file names one ${what} twice`);
}

/** Milliseconds of a time that exists; `Date` alone would turn 30 February into 2 March, and knows a year 0. */
function timeOf(text) {
  const milliseconds = Date.parse(text);
  const isDate = !Number.isNaN(milliseconds) && !text.startsWith("0000");
  const exists = isDate && new Date(milliseconds).toISOString().slice(0, 19) === text.slice(0, 19);
  return exists ? milliseconds : NaN;
}

function requireTime(text) {
  if (text !== undefined && Number.isNaN(timeOf(text))) throw new TrustFailure(`${text} is no time`);
}

const GRAVEST_FIRST = Object.freeze([
  "policy.revoked",
  "policy.expired",
  "policy.window",
  "policy.timestamp",
  "policy.role",
  "policy.claim",
  "policy.threshold",
  "policy.unknown_signer",
]);

/**
 * Say whether enough of these signers may sign this claim as its author, now.
 * @param {object} trust what `readTrust` returned
 * @param {object[]} signedBy signatures that verified
 * @param {string} claimId id of the claim that the signed statement names
 * @param {Date} now judges every signature: this program verifies no time stamps
 * @returns {{label: string|undefined, refusal: object|null}[]} one standing per signature
 */
function standingsOf(trust, signedBy, { role, claimId, now }) {
  return signedBy.map((signature) => {
    const signer = trust.document.signers.find((entry) => entry.keyid === signature.keyid);
    const objections = [
      ...revocations(trust.document, signature, now),
      ...(signer ? objectionsTo(trust.document, signer, { role, claimId, now }) : [unknownSigner(signature)]),
    ];
    return { label: signer && signer.label, refusal: objections[0] || null };
  });
}

function unknownSigner(signature) {
  return { code: "policy.unknown_signer", message: `the trust file does not name the key ${signature.keyid}` };
}

function* revocations(document, signature, now) {
  for (const entry of (document.revoked ?? []).filter(({ keyid }) => keyid === signature.keyid)) {
    // Whoever holds a stolen key can give a signature any date.
    if (entry.reason === "compromised" || now.getTime() >= timeOf(entry.revoked_at)) {
      yield { code: "policy.revoked", message: `the key was revoked at ${entry.revoked_at}: ${entry.reason}` };
    }
  }
}

function* objectionsTo(document, signer, { role, claimId, now }) {
  const early = "not_before" in signer && now.getTime() < timeOf(signer.not_before);
  const late = "not_after" in signer && now.getTime() > timeOf(signer.not_after);
  if (early || late) {
    const limit = early ? `from ${signer.not_before}` : `until ${signer.not_after}`;
    yield { code: "policy.window", message: `${signer.label} is trusted ${limit}; no trusted time was verified` };
  }
  if (document.require_timestamp) {
    yield {
      code: "policy.timestamp",
      message: "a trusted time is asked for; this verifier does not verify time stamps",
    };
  }
  if (!signer.roles.includes(role)) {
    yield {
      code: "policy.role",
      message: `${signer.label} is trusted as ${signer.roles.join(" and ")}, not as ${role}`,
    };
  }
  if ("projects" in signer && !signer.projects.some((pattern) => covers(pattern, claimId))) {
    yield { code: "policy.claim", message: `${signer.label} is not trusted for the claim ${claimId}` };
  }
}

function covers(pattern, claimId) {
  return pattern.endsWith("*") ? claimId.startsWith(pattern.slice(0, -1)) : claimId === pattern;
}

/**
 * The gate itself.
 * @returns {string} who is trusted
 * @throws {GateFailure} of gate `policy`, for the gravest reason
 */
function requireTrusted(trust, signedBy, standings, now) {
  const { expires, min_signers: needed = 1 } = trust.document;
  const trusted = new Set(signedBy.filter((_, index) => !standings[index].refusal).map(({ keyid }) => keyid));
  const refusals = standings.map((standing) => standing.refusal).filter(Boolean);
  const expired = expires !== undefined && now.getTime() > timeOf(expires);
  if (!expired && trusted.size >= needed) {
    return `trusted: ${standings
      .filter(({ refusal }) => !refusal)
      .map(({ label }) => label)
      .sort()
      .join(", ")}`;
  }
  if (expired) refusals.push({ code: "policy.expired", message: `the trust file expired at ${expires}` });
  if (trusted.size > 0 || refusals.length === 0) {
    refusals.push({
      code: "policy.threshold",
      message: `${needed} trusted signers are needed; there are ${trusted.size}`,
    });
  }
  refusals.sort((left, right) => GRAVEST_FIRST.indexOf(left.code) - GRAVEST_FIRST.indexOf(right.code));
  throw new GateFailure("policy", refusals[0].code, refusals[0].message, {
    next: "Do not rely on this package unless its signer is one that you know and trust.",
  });
}
