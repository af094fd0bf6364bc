/* The command line in Node: `node worldflux-verify.js PACKAGE [options]`. */

const NODE_USAGE = `Usage: node worldflux-verify.js PACKAGE [options]

PACKAGE is a package folder, or a .tar or .tar.gz that \`worldflux audit pack\` wrote.

  --trusted-signer-config FILE  whose signatures count (worldflux.trusted_signers.v0)
  --profile local|share         share: members that a share withholds may be absent  [local]
  --expect NAME=VALUE           claim, protocol, package (digests) or evidence (id); repeatable
  --json                        print the whole report as JSON

Exit codes: 0 verified, 10-20 the gate that refuses, 21 whole and sound, but by an unknown signer.
`;
const UNUSABLE = 3;

/** @returns {Promise<number>} the exit code */
async function runInNode(argv, print) {
  try {
    const options = parseArguments(argv);
    if (options.help) {
      print(NODE_USAGE);
      return 0;
    }
    const report = await verifyInNode(options);
    print(options.json ? `${JSON.stringify(report, null, 2)}\n` : reportText(report));
    return report.exit_code;
  } catch (error) {
    if (!(error instanceof UsageFailure || error instanceof TrustFailure)) throw error;
    print(`error: ${error.message}\n`);
    return error instanceof UsageFailure ? USAGE : UNUSABLE;
  }
}

function parseArguments(argv) {
  const options = { expect: Object.create(null), profile: "local", json: false, help: false };
  const rest = [...argv];
  const taken = (name) => {
    if (rest.length === 0) throw new UsageFailure(`${name} needs a value`);
    return rest.shift();
  };
  while (rest.length > 0) {
    const [word, ...inline] = rest.shift().split("=");
    if (word.startsWith("--") && inline.length > 0) rest.unshift(inline.join("="));
    takeArgument(
      options,
      word,
      inline.length > 0 && !word.startsWith("--") ? [word, ...inline].join("=") : word,
      taken,
    );
  }
  if (!options.help && options.path === undefined) throw new UsageFailure(`which package?\n\n${NODE_USAGE}`);
  return options;
}

function takeArgument(options, name, whole, taken) {
  if (name === "--help" || name === "-h") options.help = true;
  else if (name === "--json") options.json = true;
  else if (name === "--trusted-signer-config") options.trustFile = taken(name);
  else if (name === "--profile") options.profile = taken(name);
  else if (name === "--expect") takeExpectation(options.expect, taken(name));
  else if (name.startsWith("--") || options.path !== undefined) throw new UsageFailure(`no such option: ${whole}`);
  else options.path = whole;
  if (!["local", "share"].includes(options.profile)) throw new UsageFailure("--profile is local or share");
}

function takeExpectation(expect, text) {
  const [name, ...value] = text.split("=");
  if (name in expect) throw new UsageFailure(`--expect ${name} is given twice`);
  expect[name] = value.join("=");
}

async function verifyInNode({ path, trustFile, profile, expect }) {
  const trust = trustFile === undefined ? undefined : parseTrust(readInNode(trustFile), trustFile);
  let files;
  try {
    files = await readPackage(path);
  } catch (error) {
    if (!(error instanceof GateFailure)) throw error;
    return refusedTree(error, profile);
  }
  return verifyPackage({ files, trust, profile, expect });
}

/** Parse a trust file. @throws {TrustFailure} */
function parseTrust(bytes, name) {
  try {
    return parseJson(bytes, name);
  } catch (error) {
    if (error instanceof GateFailure) throw new TrustFailure(`the trust file: ${error.message}`);
    throw error;
  }
}

/** The report on a tree that cannot be read safely. */
function refusedTree(failure, profile) {
  const ledger = new GateLedger();
  ledger.fail(failure);
  ledger.skipRest("the tree is not safe to read");
  const verification = new Verification(new Map(), null, { profile, expect: {}, now: new Date() });
  verification.ledger = ledger;
  return verification.report();
}

function readInNode(path) {
  try {
    return new Uint8Array(require("node:fs").readFileSync(path));
  } catch (error) {
    throw new UsageFailure(`${path} cannot be read: ${error.code}`);
  }
}

async function readPackage(path) {
  const fs = require("node:fs");
  const state = fs.statSync(path, { throwIfNoEntry: false });
  if (state === undefined) throw new UsageFailure(`${path} does not exist`);
  if (state.isFile()) return unpackArchive(readInNode(path));
  if (!state.isDirectory()) throw new UsageFailure(`${path} is neither a folder nor a regular file`);
  const tree = { fs, root: path, files: new Map(), nodes: new Map() };
  readFolder(tree, "");
  return tree.files;
}

/** Regular files of a folder, by their path in it; a link, a device or another folder refuses the whole tree. */
function readFolder(tree, folder) {
  for (const path of namesIn(tree, folder)) {
    const state = tree.fs.lstatSync(`${tree.root}/${path}`, { bigint: true });
    if (state.isDirectory() && `${path}/` === SIGNATURES) readFolder(tree, SIGNATURES);
    else if (state.isFile()) {
      refuseSecondName(tree, path, state);
      tree.files.set(path, readRegular(tree.fs, `${tree.root}/${path}`, path));
    } else if (state.isDirectory()) requireSafeName(`${path}/x`);
    else if (state.isSymbolicLink())
      throw treeFailure("tree.symlink", `${shownName(path)} is a symbolic link`, path, "");
    else throw treeFailure("tree.special_file", `${shownName(path)} is no regular file`, path, "");
  }
}

function namesIn({ fs, root }, folder) {
  let found;
  try {
    found = fs.readdirSync(`${root}/${folder}`, { encoding: "buffer" });
  } catch (error) {
    throw treeFailure("tree.unreadable", `${shownName(folder)} cannot be read: ${error.code}`, folder, "");
  }
  const names = found.map(utf8Text);
  if (names.includes(null)) throw treeFailure("tree.unsafe_name", "a name in it is not UTF-8", folder, "");
  return names.map((name) => folder + name).sort();
}

/** Two names in the package for one file: what is written to one changes the other. */
function refuseSecondName({ nodes }, path, { dev, ino }) {
  const node = `${dev}:${ino}`;
  if (nodes.has(node)) {
    const message = `${shownName(nodes.get(node))} and ${shownName(path)} are one file with two names (a hard link)`;
    throw treeFailure("tree.hard_link", message, path, "");
  }
  nodes.set(node, path);
}

function readRegular(fs, place, path) {
  const { O_RDONLY, O_NOFOLLOW = 0 } = fs.constants;
  let descriptor;
  try {
    descriptor = fs.openSync(place, O_RDONLY | O_NOFOLLOW);
    return new Uint8Array(fs.readFileSync(descriptor));
  } catch (error) {
    throw treeFailure("tree.unreadable", `${shownName(path)} cannot be read: ${error.code}`, path, "");
  } finally {
    if (descriptor !== undefined) fs.closeSync(descriptor);
  }
}

/** The report for a terminal: the conclusion first. */
function reportText(report) {
  const width = Math.max(...GATES.map((gate) => gate.name.length));
  const gates = report.gates.map(
    (gate) => `  ${gate.status.padEnd(7)}  ${gate.name.padEnd(width)}  ${visibleLines(gate.detail)}`,
  );
  const signers = report.signers.map((signer) => `signed by ${signerWords(signer)}`);
  const { recomputed: again, attested, mismatch } = report.counts;
  return [
    visibleLines(report.conclusion),
    ...signers,
    ...(report.package
      ? [`verdict   ${inWords(report.package.verdict)}: ${visibleText(report.package.headline)}`]
      : []),
    "",
    ...gates,
    "",
    `numbers   ${again} recomputed, ${attested} attested, ${mismatch} mismatch`,
    ...report.not_checked.map((fact) => `not checked: ${visibleText(fact)}`),
    "",
  ].join("\n");
}

function visibleLines(text) {
  return text.split("\n").map(visibleText).join("\n           ");
}

function signerWords({ label, keyid, algorithm, trust }) {
  return `${label ? `${visibleText(label)}, ` : ""}key ${keyid} (${algorithm}, ${trust})`;
}
