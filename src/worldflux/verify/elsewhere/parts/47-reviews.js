/* Reviewers' counter-signatures. Anybody can add a file, so a bad one refuses nothing; it is shown as not good. */

const REVIEWER = `${SIGNATURES}reviewer-`;

/** @returns {Promise<object[]>} one report per counter-signature that is there */
async function readReviews(files, trust, manifestDigest, { claimId, now }) {
  const names = [...files.keys()].filter((name) => name.startsWith(REVIEWER) && name.endsWith(".json")).sort();
  const reviews = [];
  for (const name of names) reviews.push(await readReview(files, name, trust, manifestDigest, { claimId, now }));
  return reviews;
}

async function readReview(files, name, trust, manifestDigest, { claimId, now }) {
  if (isBundle(name)) return { file: name, good: false, problem: "a Sigstore bundle; this verifier checks none" };
  try {
    const { statement, signedBy } = await openStatement(files, name, REVIEW_STATEMENT, trust ? trust.keys : []);
    await requireReviewOfThis(statement, files, manifestDigest);
    const { predicate } = statement;
    const signer = signerReports(trust, signedBy, { role: "reviewer", claimId, now }, predicate.signed_at_claimed)[0];
    return { file: name, good: true, signer, ...pickPresent(predicate, ["decision", "note", "reviewer", "limits"]) };
  } catch (error) {
    if (!(error instanceof GateFailure)) throw error;
    return { file: name, good: false, problem: error.message };
  }
}

function pickPresent(value, names) {
  return Object.fromEntries(names.filter((name) => name in value).map((name) => [name, value[name]]));
}

async function requireReviewOfThis(statement, files, manifestDigest) {
  const stated = statedSubjects(statement);
  const author = stated.filter(([name]) => name.startsWith(`${SIGNATURES}author.`));
  const isOurs =
    author.length === 1 && files.has(author[0][0]) && author[0][1] === (await digestOf(files.get(author[0][0])));
  const isThisManifest = stated.some(([name, digest]) => name === MANIFEST && digest === manifestDigest);
  if (!isOurs || !isThisManifest) {
    throw new GateFailure(
      "subject",
      "subject.review",
      "it is about another package, or an earlier signature of this one",
    );
  }
}

/** Who signed, and how far the reader's trust file goes. */
function signerReports(trust, signedBy, asked, claimed) {
  const standings = trust ? standingsOf(trust, signedBy, asked) : signedBy.map(() => ({}));
  return signedBy.map(({ keyid, algorithm }, index) =>
    withoutAbsent({
      kind: "key",
      keyid,
      algorithm,
      trust: trust && standings[index].refusal === null ? "policy" : "unknown",
      label: standings[index].label,
      signed_at_claimed: claimed,
    }),
  );
}
