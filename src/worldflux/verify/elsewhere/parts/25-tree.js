/* What the tree of a package may look like: regular files, and one folder `signatures/` of regular files. */

const SIGNATURES = "signatures/";
const SHARE_URL = "share_url.txt";
const MOST_FILES = 10000;
const MOST_SIGNATURES = 64;
const MOST_BYTES = 16 * 1024 ** 3;

const RESERVED_NAME = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[1-9])$/;
// What systems treat specially, and the slashes of other scripts that look like it.
const SPECIAL_CHARACTERS = /[<>:"|?*\\\u2044\u2215\u2216\u2571\u2572\u29f5\u29f8\u29f9]/;
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;
const DRAWS_NOTHING = new RegExp(
  "[\\u034f\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180d\\u180f\\u2800\\u3164\\ufe00-\\ufe0f\\uffa0\\u{e0100}-\\u{e01ef}]",
  "u",
);

function treeFailure(code, message, name, next) {
  return new GateFailure("tree", code, message, { where: shownName(name), next });
}

/** A name as it may be shown: what moves a cursor or draws nothing is written out. */
function shownName(name) {
  const all = Array.from(name.slice(0, 120), (sign) =>
    UNPRINTABLE.test(sign) || DRAWS_NOTHING.test(sign) ? `\\u{${sign.codePointAt(0).toString(16)}}` : sign,
  );
  return all.join("");
}

/**
 * Refuse names that some system cannot hold, and two names that some system takes for one.
 * @param {Iterable<string>} names paths relative to the package
 * @throws {GateFailure} of gate `tree`
 */
function requireSafeNames(names) {
  const known = new Set();
  let signatures = 0;
  for (const name of names) {
    const folded = foldedName(name);
    if (known.has(folded)) {
      throw treeFailure(
        "tree.collision",
        `${shownName(name)} and another file are one name on some systems`,
        name,
        "Find out which of the two the author signed; a package never has both.",
      );
    }
    known.add(folded);
    requireSafeName(name);
    signatures += name.startsWith(SIGNATURES) ? 1 : 0;
  }
  if (known.size > MOST_FILES || signatures > MOST_SIGNATURES) {
    throw treeFailure(
      "tree.too_many_files",
      "there are more files than a package can have",
      "",
      "A package has a dozen members. Is this the right folder?",
    );
  }
}

function requireSafeName(name) {
  const reason = nameFault(name);
  if (reason) {
    throw treeFailure(
      "tree.unsafe_name",
      `the name ${shownName(name)} is not safe: ${reason}`,
      name,
      "No member of a package has such a name; ask the author for the package again.",
    );
  }
  const folder = name.slice(0, name.lastIndexOf("/") + 1);
  if (folder && folder !== SIGNATURES) {
    throw treeFailure(
      "tree.folder",
      `there is a folder ${shownName(folder)}; a package has none but ${SIGNATURES}`,
      name,
      "Remove it; nothing in it belongs to the package.",
    );
  }
}

/** @returns {string|null} why a relative path is not safe on every system */
function nameFault(name) {
  if (!name) return "it is empty";
  if (UNPRINTABLE.test(name) || DRAWS_NOTHING.test(name)) return "it holds control or invisible characters";
  if (name.normalize("NFKC") !== name) return "it has another Unicode form";
  return (
    name
      .split("/")
      .map(componentFault)
      .find((reason) => reason !== null) ?? null
  );
}

function componentFault(part) {
  if (part === "" || part === "." || part === "..") return "it is absolute or climbs out of its folder";
  if (part.startsWith("~") || SPECIAL_CHARACTERS.test(part))
    return "it holds characters that a system treats specially";
  if (part !== part.trim() || part.endsWith(".")) return "it starts or ends with a space or a dot";
  if (RESERVED_NAME.test(part.split(".")[0].trimEnd().toLowerCase())) return "it is a reserved name";
  return utf8Bytes(part).length > 255 ? "it is too long" : null;
}

/** A name as a system compares it that heeds neither case nor the form of characters (Unicode D147). */
function foldedName(name) {
  return Array.from(name.normalize("NFKC"), foldedSign).join("").normalize("NFKC");
}

/** Case folding by way of the capital letter; only the dotless i has a capital that folds to another letter. */
function foldedSign(sign) {
  return sign === "\u0131" ? sign : sign.toLowerCase().toUpperCase().toLowerCase();
}
