/* Gates `signed`, `signature` and `subject`: is there a signature, is it good, and is it about these bytes? */

const SIGNATURE_SUFFIXES = Object.freeze([".dsse.json", ".sigstore.json"]);
const AUTHOR_STATEMENT = "worldflux.evidence_statement.v0_draft";
const VIEW_STATEMENT = "worldflux.public_view_statement.v0_draft";
const REVIEW_STATEMENT = "worldflux.review_statement.v0_draft";
const NOT_OF_THE_RESULT = Object.freeze(["id", "created_at"]);

function signatureFiles(files, stem) {
  return SIGNATURE_SUFFIXES.map((suffix) => SIGNATURES + stem + suffix).filter((name) => files.has(name));
}

/** Whether a file is a Sigstore bundle, whose certificates and log entries this program does not verify. */
function isBundle(name) {
  return name.endsWith(".sigstore.json");
}

function requireSigned(files, profile) {
  const [author, view] = [signatureFiles(files, "author"), signatureFiles(files, "public")];
  if (author.length === 0) {
    throw new GateFailure("signed", "signed.absent", "the package is not signed", {
      where: SIGNATURES,
      next: "Its author signs it with `worldflux audit sign`.",
    });
  }
  if (profile === "share" && view.length === 0) {
    throw new GateFailure("signed", "signed.no_public_view", "the package holds no signed public view", {
      where: SIGNATURES,
      next: "Its author signs it again: `worldflux audit sign --replace`.",
    });
  }
  return [...author, ...view].join(", ");
}

/** Signatures that cannot be checked with what is at hand are neither good nor bad. */
const NOT_CHECKABLE = Object.freeze(["signature.no_key", "signature.bundle_unchecked"]);

/**
 * Verify the signatures of the author and of the public view.
 * @returns {Promise<{author: object[], view: object[]}>} opened envelopes
 * @throws {GateFailure} of gate `signature`
 */
async function openSignatures(files, trusted) {
  const author = await openAll(files, "author", AUTHOR_STATEMENT, trusted);
  const view = await openAll(files, "public", VIEW_STATEMENT, trusted);
  const authors = new Set(author.flatMap((opened) => opened.signedBy.map((signer) => signer.keyid)));
  for (const opened of view) {
    if (!opened.signedBy.some((signer) => authors.has(signer.keyid))) {
      throw signatureFailure(
        "signature.public_signer",
        "the public view is signed by somebody else than the package",
        opened.name,
        "The author signs both at once with `worldflux audit sign`.",
      );
    }
  }
  return { author, view };
}

async function openAll(files, stem, schemaName, trusted) {
  const opened = [];
  for (const name of signatureFiles(files, stem)) {
    if (isBundle(name)) {
      const message = `${name} is a Sigstore bundle; this verifier checks envelopes only`;
      throw signatureFailure("signature.bundle_unchecked", message, name, "Verify it with `worldflux audit verify`.");
    }
    opened.push(await openStatement(files, name, schemaName, trusted));
  }
  return opened;
}

/** Verify one envelope and read its statement, which has to be of exactly this kind. */
async function openStatement(files, name, schemaName, trusted) {
  const envelope = await openEnvelope(files.get(name), name, trusted);
  const statement = parseSignatureFile(envelope.payload, `${name} (payload)`);
  const faults = schemaFaults(statement, schemaName);
  if (faults.length > 0) {
    throw signatureFailure(
      "signature.statement",
      `what is signed is not the statement that belongs here: ${faults[0].pointer} ${faults[0].message}`,
      name,
      "The file may belong to another place, or to a newer version.",
    );
  }
  return { name, statement, signedBy: envelope.signedBy };
}

function subjectFailure(code, message, name) {
  return new GateFailure("subject", code, message, {
    where: name,
    next: "The signature belongs to another package, or this one was changed after it was signed.",
  });
}

/** Every statement names the manifest and every listed file by its digest, and nothing else. */
async function requireSubjects(opened, manifest, manifestDigest) {
  const listed = manifest.files.map((entry) => [entry.path, entry.sha256]);
  const expected = [[MANIFEST, manifestDigest], ...listed];
  for (const { statement, name } of opened.author) {
    const stated = statedSubjects(statement);
    if (JSON.stringify(stated.map(([file]) => file)) !== JSON.stringify(expected.map(([file]) => file))) {
      throw subjectFailure("subject.files", "the signature names other files than the manifest", name);
    }
    const differing = stated.filter(([, digest], index) => digest !== expected[index][1]).map(([file]) => file);
    if (differing.length > 0) {
      throw subjectFailure("subject.digest", `the signature is over other bytes of ${differing.join(", ")}`, name);
    }
  }
  for (const view of opened.view) await requireViewSubjects(view, manifestDigest);
  return `${expected.length} subjects: the manifest and every file that it lists`;
}

function statedSubjects(statement) {
  return statement.subject.map((subject) => [subject.name, `sha256:${subject.digest.sha256}`]);
}

async function requireViewSubjects({ statement, name }, manifestDigest) {
  const stated = new Map(statedSubjects(statement));
  const shown = await digestOfValue(statement.predicate.view);
  if (stated.get("public_view.json") !== shown || stated.get(MANIFEST) !== manifestDigest) {
    throw subjectFailure("subject.public_view", "the signed public view belongs to another package", name);
  }
}

/** What a statement repeats is what the files say, and the public view is the one that follows from them. */
async function requireRepeats(opened, manifest, manifestDigest, evidence) {
  const { id, claim, protocol, verdict } = evidence;
  const facts = {
    evidence_id: id,
    sequence: manifest.sequence ?? 1,
    supersedes: manifest.supersedes,
    claim: { id: claim.id, hash: claim.hash },
    protocol: { id: protocol.id, hash: protocol.hash },
    result: { verdict, digest: await resultDigest(evidence) },
  };
  for (const { statement, name } of opened.author) {
    const differing = Object.keys(facts).find((field) => !sameValue(statement.predicate[field], facts[field]));
    if (differing)
      throw subjectFailure("subject.predicate", `it states another ${differing} than the package has`, name);
  }
  const view = opened.view.length > 0 ? publicViewOf(evidence, manifest, manifestDigest) : null;
  for (const { statement, name } of opened.view) {
    if (!sameValue(statement.predicate.view, view)) {
      throw subjectFailure(
        "subject.public_view_content",
        "the signed public view is not what this package shows",
        name,
      );
    }
  }
}

/** Digest of a result: the RFC 8785 form of `evidence.json` without its id and time of making. */
async function resultDigest(evidence) {
  return digestOfValue(
    Object.fromEntries(Object.entries(evidence).filter(([name]) => !NOT_OF_THE_RESULT.includes(name))),
  );
}

function sameValue(left, right) {
  return left === right || (left !== undefined && right !== undefined && canonicalJson(left) === canonicalJson(right));
}
