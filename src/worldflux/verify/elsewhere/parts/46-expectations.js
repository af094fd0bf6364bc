/* What the reader expects of the package: digests of claim, protocol and manifest (`package`), id of the evidence. */

const EXPECTED = Object.freeze({
  claim: /^sha256:[0-9a-f]{64}$/,
  protocol: /^sha256:[0-9a-f]{64}$/,
  package: /^sha256:[0-9a-f]{64}$/,
  evidence: /^evd_[0-7][0-9A-HJKMNP-TV-Z]{25}$/,
});

/** @throws {UsageFailure} for a name or value that nothing can be expected by */
function requireExpectable(expect) {
  for (const [name, value] of Object.entries(expect)) {
    if (!Object.hasOwn(EXPECTED, name) || !EXPECTED[name].test(value)) {
      throw new UsageFailure(
        `--expect ${name}=${value}: known are ${Object.keys(EXPECTED).join(", ")}, each by its digest or id`,
      );
    }
  }
}

/** @throws {GateFailure} of gate `rollback` where the package is another than was expected */
async function requireExpected(expect, manifestDigest, members) {
  const actual = {
    claim: await digestOfValue(members["claim.json"]),
    protocol: await digestOfValue(members["protocol.json"]),
    package: manifestDigest,
    evidence: members["evidence.json"].id,
  };
  for (const [name, value] of Object.entries(expect)) {
    if (actual[name] !== value) {
      throw new GateFailure("rollback", "rollback.unexpected", `expected was ${name} ${value}; it is ${actual[name]}`, {
        next: "This is not the package that you meant.",
      });
    }
  }
  return `as expected: ${Object.keys(expect).join(", ")}`;
}
