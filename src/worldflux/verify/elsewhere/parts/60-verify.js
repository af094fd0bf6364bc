/* A whole verification: every gate in order, and one report. */

const REPORT_VERSION = "worldflux.verification_report.v0_draft";
const ALWAYS_UNCHECKED = Object.freeze([
  "whether the recorded episodes happened as recorded: raw files are named by digest and lie with the author",
  "whether other runs were made and left out, unless a plan was frozen before them",
  "anything beyond the recorded episodes: no certification, no ranking, no statement about deployment",
  "what the audit noted about its source, and what the benchmark registry knew: the author attests it",
  "whether this package is older than one that you saw before: this verifier remembers nothing",
]);

/**
 * Verify a package.
 * @param {object} request
 * @param {Map<string, Uint8Array>} request.files files by path in the package: `signatures/author.dsse.json`
 * @param {object} [request.trust] a `worldflux.trusted_signers.v0` document, as `parseJson` gives it
 * @param {"local"|"share"} [request.profile] `share`: members that a share withholds may be absent
 * @param {Object<string, string>} [request.expect] what the package has to be: claim, protocol, package, evidence
 * @param {Date} [request.now] judges windows, revocations and expiry of the trust file
 * @returns {Promise<object>} the report of `worldflux audit verify`, with `numbers` and `counts` beside it
 * @throws {TrustFailure|UsageFailure} the trust file or an expectation cannot be used; nothing is said of the package
 */
async function verifyPackage({ files, trust, profile = "local", expect = {}, now = new Date() }) {
  requireExpectable(expect);
  const verification = new Verification(files, trust === undefined ? null : await readTrust(trust), { profile, expect, now });
  await verification.run();
  return verification.report();
}

class Verification {
  constructor(files, trust, { profile, expect, now }) {
    Object.assign(this, { files, trust, profile, expect, now });
    this.ledger = new GateLedger();
    this.members = null;
    this.opened = { author: [], view: [] };
    this.numbers = [];
    this.signers = [];
    this.reviews = [];
  }

  async run() {
    if (!(await this.tree()) || !(await this.manifestEqualsTree())) return;
    await this.signatures();
    await this.contents();
    await this.subjects();
    await this.policy();
    await this.expectations();
    await this.counterSignatures();
  }

  async tree() {
    const isSafe = await this.ledger.run("tree", () => {
      requireSafeNames(this.files.keys());
      return `${this.files.size} files with safe names`;
    });
    if (!isSafe) this.ledger.skipRest("the tree is not safe to read");
    return isSafe;
  }

  /** Nothing else is parsed before manifest and tree agree. */
  async manifestEqualsTree() {
    try {
      if (!this.files.has(MANIFEST)) {
        throw new GateFailure("manifest", "manifest.absent", `there is no ${MANIFEST}`, { next: "Is this a package?" });
      }
      this.manifest = readDocument(this.files.get(MANIFEST), MANIFEST_SCHEMA, MANIFEST);
    } catch (error) {
      this.note(error, "the manifest cannot be read");
      return false;
    }
    this.manifestDigest = await digestOf(this.files.get(MANIFEST));
    const agree = await this.ledger.run("manifest", () => requireListed(this.manifest, this.files, this.profile));
    if (!agree) this.ledger.skipRest("the files are not those that the manifest lists");
    return agree;
  }

  note(error, reasonToSkip) {
    if (!(error instanceof GateFailure)) throw error;
    this.ledger.fail(error);
    if (error.gate === "schema") this.ledger.pass("json", "the manifest is strict JSON");
    this.ledger.skipRest(reasonToSkip);
  }

  async signatures() {
    await this.ledger.run("signed", () => requireSigned(this.files, this.profile));
    if (signatureFiles(this.files, "author").length === 0) {
      this.skipSignatures("there is no signature");
      return;
    }
    try {
      this.opened = await openSignatures(this.files, this.trust ? this.trust.keys : []);
    } catch (error) {
      if (!(error instanceof GateFailure)) throw error;
      const isCheckable = !NOT_CHECKABLE.includes(error.code);
      if (isCheckable) this.ledger.fail(error);
      this.skipSignatures(isCheckable ? "the signature is not good" : error.message);
      return;
    }
    const good = [...this.opened.author, ...this.opened.view].map((opened) => opened.name).join(", ");
    this.ledger.pass("signature", `good: ${good}`);
  }

  skipSignatures(reason) {
    for (const gate of ["signature", "subject", "policy"]) this.ledger.skip(gate, reason);
  }

  async contents() {
    try {
      this.members = readMembers(this.files);
    } catch (error) {
      if (!(error instanceof GateFailure)) throw error;
      this.ledger.fail(error);
      if (error.gate === "schema") this.ledger.pass("json", "every member is strict JSON");
      for (const gate of ["schema", "binding", "recomputation"]) this.ledger.skip(gate, "a member cannot be read");
      return;
    }
    await this.ledger.run("binding", () => requireBound(this.manifest, this.members, this.files));
    await this.ledger.run("recomputation", () => this.recomputation());
    this.ledger.skip("recomputation", "a member needs a newer verifier, or a line of it cannot be read");
    this.ledger.pass("json", "every member is strict JSON: no key twice, no number that readers disagree on");
    this.ledger.pass("schema", "every member is valid against its published schema");
  }

  async recomputation() {
    const outcome = await recomputed(this.members, this.files);
    this.numbers = outcome.numbers;
    if (outcome.failure) throw outcome.failure;
    return outcome.detail;
  }

  async subjects() {
    if (this.opened.author.length === 0) return;
    await this.ledger.run("subject", async () => {
      const detail = await requireSubjects(this.opened, this.manifest, this.manifestDigest);
      if (this.members === null) return `${detail}; what it repeats of them was not compared`;
      await requireRepeats(this.opened, this.manifest, this.manifestDigest, this.members["evidence.json"]);
      return detail;
    });
  }

  get claimId() {
    return this.opened.author[0].statement.predicate.claim.id;
  }

  async policy() {
    if (this.opened.author.length === 0) return;
    const signedBy = this.opened.author.flatMap((opened) => opened.signedBy);
    const asked = { role: "author", claimId: this.claimId, now: this.now };
    const claimed = this.opened.author[0].statement.predicate.signed_at_claimed;
    this.signers = signerReports(this.trust, signedBy, asked, claimed);
    if (this.trust === null) {
      this.ledger.skip("policy", "integrity only, signer unknown: no trust file was given");
      return;
    }
    const standings = standingsOf(this.trust, signedBy, asked);
    await this.ledger.run("policy", () => requireTrusted(this.trust, signedBy, standings, this.now));
  }

  async expectations() {
    if (Object.keys(this.expect).length === 0 || this.members === null) {
      this.ledger.skip("rollback", "nothing was expected, and this verifier remembers no earlier package");
      return;
    }
    await this.ledger.run("rollback", () => requireExpected(this.expect, this.manifestDigest, this.members));
  }

  async counterSignatures() {
    const claimId = this.members ? this.members["claim.json"].id : "";
    this.reviews = await readReviews(this.files, this.trust, this.manifestDigest, { claimId, now: this.now });
  }

  report() {
    const failed = this.ledger.firstFailure();
    const isKnown = this.ledger.passed("policy");
    const exitCode = failed ? failed.exit_code : isKnown ? 0 : UNKNOWN_SIGNER;
    return withoutAbsent({
      schema_version: REPORT_VERSION,
      ok: exitCode === 0,
      exit_code: exitCode,
      profile: this.profile,
      conclusion: conclusionOf(failed, exitCode, this.signers),
      gates: this.ledger.inOrder(),
      package: this.members ? packageReport(this) : undefined,
      signer: this.signers[0],
      signers: this.signers,
      reviews: this.reviews,
      not_checked: this.uncheckedFacts(),
      numbers: this.numbers,
      counts: countedNumbers(this.numbers),
    });
  }

  uncheckedFacts() {
    const withheld = this.members !== null && !this.files.has("episode_results.jsonl");
    return [
      ...(withheld ? ["the counts of the cells: the episodes are withheld and the author attests them"] : []),
      ...ALWAYS_UNCHECKED,
      ...[...this.files.keys()].filter(isBundle).map((name) => `${name}: a Sigstore bundle`),
      ...(this.files.has(`${SIGNATURES}author.tsr`) ? ["the time stamp: this verifier reads none"] : []),
      ...WorldfluxNumbers.notRecomputed,
    ];
  }
}

/** Every JSON member that is there. @throws {GateFailure} the gravest fault of all: JSON before schemas */
function readMembers(files) {
  const members = {};
  const faults = [];
  for (const [name, [, , , schemaName]] of Object.entries(MEMBERS)) {
    if (schemaName === undefined || !files.has(name)) continue;
    try {
      members[name] = readDocument(files.get(name), schemaName, name);
    } catch (error) {
      if (!(error instanceof GateFailure)) throw error;
      faults.push(error);
    }
  }
  if (faults.length > 0) throw faults.find((fault) => fault.gate === "json") || faults[0];
  return members;
}

/** @returns {{recomputed: number, attested: number, mismatch: number}} */
function countedNumbers(numbers) {
  const counts = { recomputed: 0, attested: 0, mismatch: 0 };
  for (const { status } of numbers) counts[status] += 1;
  return counts;
}

function packageReport({ manifest, manifestDigest, members, files }) {
  const evidence = members["evidence.json"];
  const withheld = withheldMembers(manifest, files);
  return {
    manifest: manifestDigest,
    evidence_id: evidence.id,
    claim_id: evidence.claim.id,
    sequence: manifest.sequence ?? 1,
    verdict: evidence.verdict,
    headline: evidence.headline,
    binding: evidence.protocol.binding,
    precedence: evidence.protocol.precedence,
    level: withheld.includes("episode_results.jsonl") ? "cells" : "episodes",
    withheld,
  };
}

function conclusionOf(failed, exitCode, signers) {
  if (failed) return `refused at the gate '${failed.id}': ${failed.detail.split("\n")[0]}`;
  if (exitCode === UNKNOWN_SIGNER) return "integrity only, signer unknown";
  return `verified; signed by ${signers.find((signer) => signer.trust === "policy").label}`;
}
