/* Gate `manifest`: the files that are there are the files that the manifest lists, byte for byte. */

/** Whether a file has no place in the manifest. */
function isUnlisted(name) {
  return name === MANIFEST || name === SHARE_URL || name.startsWith(SIGNATURES);
}

/** Listed members that are not there and that a share may withhold: fixed by what a member is, not by the author. */
function withheldMembers(manifest, files) {
  return manifest.files
    .map((entry) => entry.path)
    .filter((path) => !files.has(path) && Object.hasOwn(MEMBERS, path) && MEMBERS[path][2] === "local");
}

/**
 * Compare manifest and tree.
 * @param {object} manifest
 * @param {Map<string, Uint8Array>} files
 * @param {"local"|"share"} profile under `share`, local members may be absent, never altered
 * @returns {Promise<string>} what was compared
 * @throws {GateFailure} of gate `manifest`, naming every difference
 */
async function requireListed(manifest, files, profile) {
  const differences = [
    ...unlistable(manifest),
    ...extraFiles(manifest, files),
    ...absentFiles(manifest, files, profile),
    ...(await alteredFiles(manifest, files)),
  ];
  if (differences.length > 0) {
    const [[code]] = differences;
    const onlyAbsent = differences.every(([each]) => each === "manifest.absent_file");
    throw new GateFailure("manifest", code, differences.map(([, message]) => message).join("\n"), {
      where: MANIFEST,
      next: onlyAbsent
        ? "Members that a share withholds may be absent under the share profile only."
        : "The package was changed after it was made; get it again from its author.",
    });
  }
  const withheld = withheldMembers(manifest, files).length;
  const compared = `${manifest.files.length - withheld} files have the listed size and SHA-256`;
  return withheld ? `${compared}; ${withheld} listed files are withheld` : `${compared}, and there is no other`;
}

function* unlistable(manifest) {
  const listed = new Set(manifest.files.map((entry) => entry.path));
  for (const entry of manifest.files) {
    const known = Object.hasOwn(MEMBERS, entry.path) ? MEMBERS[entry.path] : null;
    if (known === null) {
      yield ["manifest.unknown_member", `${shownName(entry.path)} is no member that this verifier knows`];
    } else if (entry.role !== known[0] || entry.media_type !== known[1] || entry.share_class !== known[2]) {
      yield ["manifest.other_role", `${entry.path} is listed with another role, media type or share class`];
    }
  }
  for (const name of Object.keys(MEMBERS)) {
    if (!listed.has(name) && !ASKED_FOR.includes(name)) yield ["manifest.not_listed", `${name} is not listed`];
  }
}

function* extraFiles(manifest, files) {
  const listed = new Set(manifest.files.map((entry) => entry.path));
  for (const name of files.keys()) {
    if (!listed.has(name) && !isUnlisted(name)) {
      yield ["manifest.extra_file", `${shownName(name)} is there and not listed`];
    }
  }
}

function* absentFiles(manifest, files, profile) {
  const allowed = profile === "share" ? withheldMembers(manifest, files) : [];
  for (const { path } of manifest.files) {
    if (!files.has(path) && !allowed.includes(path)) {
      yield ["manifest.absent_file", `${shownName(path)} is listed and not there`];
    }
  }
}

async function alteredFiles(manifest, files) {
  const altered = [];
  for (const entry of manifest.files.filter(({ path }) => files.has(path))) {
    const bytes = files.get(entry.path);
    if (bytes.length !== entry.size) {
      altered.push(["manifest.other_bytes", `${entry.path} has ${bytes.length} bytes; ${entry.size} are listed`]);
    } else if ((await digestOf(bytes)) !== entry.sha256) {
      altered.push(["manifest.other_bytes", `${entry.path} has another SHA-256 than is listed`]);
    }
  }
  return altered;
}
