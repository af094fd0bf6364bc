/* Text from outside, written so that it cannot end a table cell, start a link or make two names look like one. */

const LONGEST_CELL = 160;
const KEPT_OF_LONG_CELL = 96;
const SHORTENED_CELL = /…\[[0-9]+ characters, [0-9a-f]{8}\]$/u;
const MARKDOWN_ACTIVE =
  /[\\`*[\]<#|~&$]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|^[-+>=]|^\p{Nd}+(?=[.)])|(?<=www)\.|:(?=\/\/)/gu;

/** A text as Markdown that shows it literally, on one line, and links to nothing. */
function literal(text) {
  return escapedMarkdown(visibleText(text));
}

/** The same for a table cell: blanks cannot pass for a column's edge, and a long text is cut and told by its digest. */
async function literalCell(text) {
  const shown = visibleText(text).replace(/ {2}/g, " \\u{20}");
  const signs = [...shown];
  if (signs.length <= LONGEST_CELL && !SHORTENED_CELL.test(shown)) return escapedMarkdown(shown);
  const digest = (await hashHex(utf8Bytes(shown))).slice(0, 8);
  return escapedMarkdown(`${signs.slice(0, KEPT_OF_LONG_CELL).join("")}…[${signs.length} characters, ${digest}]`);
}

/** A number that would start a list is followed by the backslash; everything else is preceded by it. */
function escapedMarkdown(text) {
  return text.replace(MARKDOWN_ACTIVE, (found) => (/^\p{Nd}/u.test(found) ? `${found}\\` : `\\${found}`));
}

/** A text with everything invisible or movable written out as `\u{hex}`; distinct texts stay distinct. */
function visibleText(text) {
  if (text === "") return "(empty)";
  if (text === "(empty)") return "\\u{28}empty)";
  const signs = [...text.replaceAll("\\u{", "\\u{5c}u{")];
  const isComposed = text.normalize("NFC") === text;
  return signs.map((sign, at) => (isMisleading(signs, at, isComposed) ? writtenOut(sign) : sign)).join("");
}

function writtenOut(sign) {
  return `\\u{${sign.codePointAt(0).toString(16)}}`;
}

function isMisleading(signs, at, isComposed) {
  const sign = signs[at];
  if (/\s/u.test(sign)) return sign !== " " || at === 0 || at === signs.length - 1;
  if (isInvisible(sign)) return true;
  if (isComposed) return at === 0 && /[\p{Mn}\p{Me}]/u.test(sign);
  if (sign <= "\u007f") return false;
  const pair = (signs[at - 1] ?? "") + sign;
  return combines(sign) || pair.normalize("NFC") !== pair;
}

function isInvisible(sign) {
  return /[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u.test(sign) || DRAWS_NOTHING.test(sign);
}

/** Whether normalisation may move a character (combining class above 0): beside marks of class 240 and 1 it shows. */
function combines(sign) {
  const [below, above] = [`\u0345${sign}`, `${sign}\u0334`];
  return (
    below.normalize("NFD") === `${sign.normalize("NFD")}\u0345` ||
    above.normalize("NFD") === `\u0334${sign.normalize("NFD")}`
  );
}
