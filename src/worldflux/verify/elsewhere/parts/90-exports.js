const WorldfluxVerify = Object.freeze({
  verifyPackage,
  unpackArchive,
  parseTrust,
  readPackage,
  refusedTree,
  parseJson,
  floatText,
  canonicalJson,
  requireDocument,
  schemaFaults,
  publicKey,
  renderEvidence,
  forensicFindings,
  GATES,
  MEMBERS,
  requireSafeNames,
  foldedName,
  GateFailure,
  TrustFailure,
  UsageFailure,
  numbers: WorldfluxNumbers,
});

if (typeof module === "object" && module.exports) module.exports = WorldfluxVerify;
globalThis.WorldfluxVerify = WorldfluxVerify;

if (typeof require === "function" && typeof module === "object" && require.main === module) {
  runInNode(process.argv.slice(2), (text) => process.stdout.write(text)).then((code) => {
    process.exitCode = code;
  });
} else if (typeof document === "object" && document.getElementById("worldflux-verify")) {
  startPage(document.getElementById("worldflux-verify"));
}
