// Joined from parts/ by scripts/assemble_verifier.py. Do not edit; edit the parts.
(() => {
"use strict";

// --- 00-interface.js
/*
 * worldflux-verify: checks a WorldFlux evidence package without WorldFlux.
 *
 * A second implementation, written from the published formats and formulas: it shares no line with the Python program.
 * One classic script without dependencies: Node 18 or newer, or any browser with Web Crypto (Ed25519 and P-256).
 * Everything happens on this machine; nothing is sent anywhere.
 *
 * HOW THE PARTS FIT. The files of `parts/` are joined in the order of their numbers, inside one strict-mode function:
 * a top-level name of one part is seen by all others and has to be unique among all parts (the assembler checks it).
 * A part holds declarations only; the last part does the exporting.
 *
 * VALUES. `parseJson` (part 15) returns JSON values whose objects have no prototype: test for a field with
 * `"field" in value`, never with `value.hasOwnProperty`. Integers and floats are both plain numbers; every number is
 * exactly what its text says (the reader refuses all others), so `String(number)` is the shortest decimal form that
 * Python's `repr` gives up to the spelling of exponents.
 *
 * INTERFACE OF THE NUMBERS (parts 50 to 59 define `const WorldfluxNumbers`):
 *
 *   WorldfluxNumbers.recompute({claim, protocol, auditInput, auditInputText, evidence, binding}) -> evidence
 *     `auditInputText`: audit_input.json as it stands; a bootstrap takes its seed from it.
 *     The whole of evidence.json again, as a plain value: id, created_at and render are those of the stored `evidence`;
 *     hashes of claim and protocol are those of the stored evidence too (gate `binding` has compared them with the
 *     files before). `binding`: "bound" | "placeholder", what claim and protocol give. Synchronous, no side effects.
 *
 *   WorldfluxNumbers.cellsOf(lines, auditInput, protocol)
 *       -> {cells, blocks, repeated_starts, episodes}
 *     Counts again from the parsed lines of episode_results.jsonl (an iterable of JSON values that passed the schema),
 *     in the shape that audit_input.json has; `episodes`: how many lines there were. A wrong order of lines or an
 *     episode that stands twice throws `new NumbersError(message)`.
 *
 *   WorldfluxNumbers.compareCells(auditInput, counted) -> [{pointer, stored, recomputed}]
 *     Differences between the stored cells, blocks and repeated starts and those that `cellsOf` counted; pointers into
 *     audit_input.json. An empty list where they agree.
 *
 *   WorldfluxNumbers.compare(stored, recomputed, {episodes}) -> [{pointer, status, stored, recomputed?, reason?}]
 *     One row for every number and verdict of evidence.json and one for every other leaf that differs; status
 *     "recomputed" | "attested" | "mismatch". `episodes`: whether they were counted again;
 *     without them plain counts are "attested".
 *
 *   WorldfluxNumbers.askedFor({claim, protocol, auditInput, evidence})
 *       -> {"stopping.json": value|null, "ppi.json": value|null}
 *     The two members that only a stopping rule or an option of the audit asks for, again as plain values; null where
 *     nobody asked.
 *
 *   WorldfluxNumbers.notRecomputed -> [string]
 *     Sentences: what these parts cannot compute again, for the report's `not_checked`. Empty at best.
 */

/** Raised by the numbers for input that has no meaning; gate `recomputation` reports its message. */
class NumbersError extends Error {}

// --- 05-gates.js
/** The gates of a verification, in order: id, name, and the exit code where one is the first that fails. */
const GATES = Object.freeze(
  [
    ["tree", "safe tree", 10],
    ["json", "strict JSON", 11],
    ["schema", "schemas", 12],
    ["manifest", "manifest equals tree", 13],
    ["signed", "signature present", 14],
    ["signature", "signature good", 15],
    ["subject", "signature is about these bytes", 16],
    ["binding", "members belong together", 17],
    ["recomputation", "numbers follow from episodes", 18],
    ["policy", "signer trusted", 20],
    ["rollback", "not an older package", 19],
  ].map(([id, name, exitCode]) => Object.freeze({ id, name, exitCode })),
);

/** Exit code of a package that is whole and sound, by a signer that nobody here knows. */
const UNKNOWN_SIGNER = 21;
/** Exit code of a command that was called wrongly, or of a file that cannot be read. */
const USAGE = 2;

/** A gate does not let the package pass. */
class GateFailure extends Error {
  /**
   * @param {string} gate id of the gate
   * @param {string} code stable name of the reason
   * @param {string} message one sentence
   * @param {{where?: string, next?: string}} [more] file and place; the first thing to do
   */
  constructor(gate, code, message, more = {}) {
    super(message);
    this.gate = gate;
    this.code = code;
    this.where = more.where;
    this.next = more.next;
  }
}

/** The program was called wrongly; nothing is said about any package. */
class UsageFailure extends Error {}

/** What became of each gate. A failure is never taken back, and the first reason stands. */
class GateLedger {
  constructor() {
    this.reports = new Map();
  }

  /** Run one gate: `check` returns a sentence or throws a `GateFailure`. @returns whether it passed */
  async run(id, check) {
    try {
      this.pass(id, await check());
      return true;
    } catch (error) {
      if (!(error instanceof GateFailure)) throw error;
      this.fail(error);
      return false;
    }
  }

  pass(id, detail) {
    if (!this.failed(id)) this.note(id, "pass", detail);
  }

  skip(id, detail) {
    if (!this.reports.has(id)) this.note(id, "skipped", detail);
  }

  skipRest(detail) {
    for (const gate of GATES) this.skip(gate.id, detail);
  }

  fail(failure) {
    if (this.failed(failure.gate)) return;
    this.note(failure.gate, "fail", failure.message);
    const report = this.reports.get(failure.gate);
    report.code = failure.code;
    if (failure.where) report.where = failure.where;
    if (failure.next) report.next = failure.next;
  }

  failed(id) {
    return this.reports.has(id) && this.reports.get(id).status === "fail";
  }

  passed(id) {
    return this.reports.has(id) && this.reports.get(id).status === "pass";
  }

  /** One report a gate, in the order of the gates and not of the checks. */
  inOrder() {
    return GATES.filter((gate) => this.reports.has(gate.id)).map((gate) => this.reports.get(gate.id));
  }

  firstFailure() {
    return this.inOrder().find((report) => report.status === "fail");
  }

  note(id, status, detail) {
    const gate = GATES.find((entry) => entry.id === id);
    this.reports.set(id, { id, name: gate.name, exit_code: gate.exitCode, status, detail });
  }
}

// --- 10-bytes.js
/** Web Crypto: in browsers and from Node 19 on it is a global; Node 18 keeps it in a module. */
const webCrypto =
  globalThis.crypto && globalThis.crypto.subtle
    ? globalThis.crypto
    : typeof require === "function"
      ? require("node:crypto").webcrypto
      : undefined;

/** @returns {string} lower-case hexadecimal digits */
function hexOf(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @returns {Promise<string>} SHA-256 as 64 hexadecimal digits (FIPS 180-4) */
async function hashHex(bytes) {
  return hexOf(new Uint8Array(await webCrypto.subtle.digest("SHA-256", bytes)));
}

/** @returns {Promise<string>} `sha256:<64 hex digits>` */
async function digestOf(bytes) {
  return `sha256:${await hashHex(bytes)}`;
}

/** Bytes of a text in UTF-8. */
function utf8Bytes(text) {
  return new TextEncoder().encode(text);
}

/** @returns {string|null} the text, or null where the bytes are not UTF-8; a byte order mark is kept */
function utf8Text(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function startsWith(bytes, prefix) {
  return bytes.length >= prefix.length && prefix.every((byte, index) => bytes[index] === byte);
}

function equalBytes(left, right) {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

function joinBytes(...pieces) {
  const joined = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE64_URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/**
 * Decode base64 (RFC 4648, sections 4 and 5) of which there is one spelling only: no white space, full padding, unused
 * bits zero, and one of the two alphabets throughout. `atob` forgives all of these.
 * @returns {Uint8Array|null} null where the text is anything else
 */
function decodeBase64(text) {
  if (text.length % 4 !== 0) return null;
  const alphabet = /[-_]/.test(text) ? BASE64_URL : BASE64;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3);
  for (let at = 0; at < text.length; at += 4) {
    let word = 0;
    for (let place = at; place < at + 4; place += 1) {
      const digit = place < text.length - padding ? alphabet.indexOf(text[place]) : 0;
      if (digit < 0) return null;
      word = word * 64 + digit;
    }
    bytes.set([word >>> 16, (word >>> 8) & 255, word & 255], (at / 4) * 3);
  }
  const unused = bytes.subarray(bytes.length - padding);
  return unused.every((byte) => byte === 0) ? bytes.slice(0, bytes.length - padding) : null;
}

// --- 15-strict-json.js
/*
 * JSON (RFC 8259), read without mercy: whatever two readers could understand differently is refused. `JSON.parse` keeps
 * the last of two equal keys, rounds numbers and takes lone surrogates, so the reader is our own.
 */

const JSON_MAX_BYTES = 64 * 1024 * 1024;
const JSON_MAX_DEPTH = 64;
const JSON_NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
const JSON_PLAIN_TEXT = /[^"\\\u0000-\u001f]*/y;
const JSON_SPACE = /[ \t\n\r]*/y;
const JSON_ESCAPES = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
const BYTE_ORDER_MARKS = [
  [0xef, 0xbb, 0xbf],
  [0xff, 0xfe],
  [0xfe, 0xff],
];
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** Where a whole number was written with a point or an exponent: container to its keys. Such a number is no integer. */
const WRITTEN_AS_FLOAT = new WeakMap();

/**
 * Parse a JSON document.
 * @param {Uint8Array} bytes
 * @param {string} file name for messages
 * @param {{maxBytes?: number, maxDepth?: number}} [limits]
 * @returns {*} objects without prototype, arrays, strings, numbers, booleans, null
 * @throws {GateFailure} of gate `json`
 */
function parseJson(bytes, file, { maxBytes = JSON_MAX_BYTES, maxDepth = JSON_MAX_DEPTH } = {}) {
  if (bytes.length > maxBytes) {
    throw jsonFailure("json.size", `the document is larger than ${maxBytes} bytes`, file);
  }
  if (BYTE_ORDER_MARKS.some((mark) => startsWith(bytes, mark))) {
    throw jsonFailure("json.bom", "the document starts with a byte order mark", file);
  }
  const text = utf8Text(bytes);
  if (text === null) throw jsonFailure("json.encoding", "the document is not UTF-8", file);
  return new JsonReader(text, file, maxDepth).document();
}

function jsonFailure(code, message, where) {
  return new GateFailure("json", code, message, {
    where,
    next: "Write each key once and each number in a form that a double carries exactly.",
  });
}

/** Append one token to a JSON pointer (RFC 6901). */
function pointerJoin(pointer, token) {
  return `${pointer}/${String(token).replace(/~/g, "~0").replace(/\//g, "~1")}`;
}

class JsonReader {
  constructor(text, file, maxDepth) {
    this.text = text;
    this.file = file;
    this.maxDepth = maxDepth;
    this.at = 0;
    this.path = [];
  }

  document() {
    const value = this.value();
    this.space();
    if (this.at < this.text.length) throw this.failure("json.trailing", "there are bytes after the document's end");
    return value;
  }

  value() {
    this.space();
    const first = this.text[this.at];
    if (first === "{") return this.nested(() => this.object());
    if (first === "[") return this.nested(() => this.array());
    if (first === '"') return this.string();
    return this.word("true", true) ?? this.word("false", false) ?? (this.take("null") ? null : this.number());
  }

  word(token, value) {
    return this.take(token) ? value : undefined;
  }

  nested(read) {
    if (this.path.length >= this.maxDepth) {
      throw this.failure("json.depth", `nested deeper than ${this.maxDepth} levels`);
    }
    this.at += 1;
    this.path.push("");
    const value = read();
    this.path.pop();
    return value;
  }

  object() {
    const value = Object.create(null);
    if (this.takeAfterSpace("}")) return value;
    do {
      this.space();
      if (this.text[this.at] !== '"') throw this.failure("json.syntax", "a key in quotes is needed here");
      const key = this.string();
      this.path[this.path.length - 1] = key;
      if (key in value)
        throw this.failure("json.duplicate_key", `the key ${JSON.stringify(key)} appears more than once`);
      this.demand(":");
      this.member(value, key);
    } while (this.takeAfterSpace(","));
    this.demand("}");
    return value;
  }

  array() {
    const value = [];
    if (this.takeAfterSpace("]")) return value;
    do {
      this.path[this.path.length - 1] = value.length;
      this.member(value, value.length);
    } while (this.takeAfterSpace(","));
    this.demand("]");
    return value;
  }

  member(container, key) {
    this.wholeFloat = false;
    container[key] = this.value();
    if (this.wholeFloat) noteWholeFloat(container, key);
    this.wholeFloat = false;
  }

  string() {
    this.at += 1;
    let text = "";
    for (;;) {
      JSON_PLAIN_TEXT.lastIndex = this.at;
      text += JSON_PLAIN_TEXT.exec(this.text)[0];
      this.at = JSON_PLAIN_TEXT.lastIndex;
      if (this.take('"')) break;
      if (!this.take("\\")) throw this.failure("json.syntax", "a string does not end, or holds a control character");
      text += this.escape();
    }
    if (LONE_SURROGATE.test(text)) throw this.failure("json.surrogate", "a lone surrogate has no UTF-8 form");
    return text;
  }

  escape() {
    const sign = this.text[this.at];
    this.at += 1;
    if (sign === "u") {
      const digits = this.text.slice(this.at, this.at + 4);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.failure("json.syntax", "four hexadecimal digits are needed");
      this.at += 4;
      return String.fromCharCode(parseInt(digits, 16));
    }
    if (sign === undefined || !Object.hasOwn(JSON_ESCAPES, sign)) throw this.failure("json.syntax", "no such escape");
    return JSON_ESCAPES[sign];
  }

  number() {
    if (this.take("NaN") || this.take("Infinity") || this.take("-Infinity")) {
      throw this.failure("json.not_finite", "NaN and Infinity are not JSON");
    }
    JSON_NUMBER.lastIndex = this.at;
    const found = JSON_NUMBER.exec(this.text);
    if (!found) throw this.failure("json.syntax", "not JSON: a value is needed here");
    this.at = JSON_NUMBER.lastIndex;
    return /[.eE]/.test(found[0]) ? this.float(found[0]) : this.integer(found[0]);
  }

  integer(token) {
    const number = Number(token);
    if (!Number.isSafeInteger(number)) {
      throw this.failure("json.integer_range", `${token.slice(0, 40)} is beyond 2^53-1, where doubles skip integers`);
    }
    return number === 0 ? 0 : number;
  }

  float(token) {
    const number = Number(token);
    if (!Number.isFinite(number)) {
      throw this.failure("json.overflow", `${token.slice(0, 40)} is too large for a double`);
    }
    if (!isExactDecimal(token, number)) {
      throw this.failure("json.inexact", `${token.slice(0, 40)} would be read as ${number}`);
    }
    this.wholeFloat = Number.isInteger(number);
    return number;
  }

  space() {
    JSON_SPACE.lastIndex = this.at;
    JSON_SPACE.exec(this.text);
    this.at = JSON_SPACE.lastIndex;
  }

  take(token) {
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  takeAfterSpace(token) {
    this.space();
    return this.take(token);
  }

  demand(token) {
    if (!this.takeAfterSpace(token)) throw this.failure("json.syntax", `not JSON: ${token} is needed here`);
  }

  failure(code, message) {
    const line = this.text.slice(0, this.at).split("\n").length;
    const pointer = this.path.reduce(pointerJoin, "");
    return jsonFailure(code, message, `${this.file}${pointer}, line ${line}`);
  }
}

function noteWholeFloat(container, key) {
  const keys = WRITTEN_AS_FLOAT.get(container);
  if (keys) keys.add(key);
  else WRITTEN_AS_FLOAT.set(container, new Set([key]));
}

/** Whether a decimal text has exactly the value of the shortest form of the double that it is read as. */
function isExactDecimal(token, number) {
  if (token === String(number)) return true;
  const written = decimalParts(token);
  const kept = decimalParts(String(number));
  return written !== null && written.digits === kept.digits && written.exponent === kept.exponent;
}

/** Digits without zeros at either end, and the power of ten of the last one; null for an absurd exponent. */
function decimalParts(token) {
  const [, whole, fraction = "", power = "0"] = /^-?([0-9]+)(?:\.([0-9]+))?(?:[eE]([-+]?[0-9]+))?$/.exec(token);
  if (power.replace(/^[-+]?0*/, "").length > 18) return null;
  const all = (whole + fraction).replace(/^0+/, "");
  const digits = all.replace(/0+$/, "");
  if (digits === "") return { digits: "", exponent: 0 };
  return { digits, exponent: Number(power) - fraction.length + (all.length - digits.length) };
}

// --- 17-canonical-json.js
/**
 * The one byte string of a JSON value: RFC 8785, the JSON Canonicalization Scheme. Keys are sorted by UTF-16 units,
 * which is how JavaScript compares texts, and numbers have the form that JavaScript gives them: the scheme was made so.
 * @param {*} value what `parseJson` returned, or plain values of the same kinds
 * @returns {string}
 */
function canonicalJson(value) {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const members = Object.keys(value)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`);
    return `{${members.join(",")}}`;
  }
  return JSON.stringify(value);
}

/** @returns {Promise<string>} `sha256:` of a value's RFC 8785 form */
async function digestOfValue(value) {
  return digestOf(utf8Bytes(canonicalJson(value)));
}

// --- 20-schema.js
/*
 * JSON Schema (draft 2020-12), as much of it as the published schemas use. A keyword that is not known here is refused
 * by the assembler, so that no rule is ever passed over in silence.
 */

/** Published schemas by name, without titles and descriptions. */
const SCHEMAS = {"worldflux.artifact_manifest.v0_draft":{"$defs":{"ManifestFile":{"additionalProperties":false,"properties":{"media_type":{"type":"string"},"path":{"maxLength":255,"minLength":1,"type":"string"},"role":{"type":"string"},"sha256":{"pattern":"^sha256:[0-9a-f]{64}(?!\\n)$","type":"string"},"share_class":{"enum":["hosted","local"]},"size":{"minimum":0,"type":"integer"}},"required":["path","sha256","size","role","media_type","share_class"],"type":"object"}},"additionalProperties":false,"properties":{"evidence_id":{"type":"string"},"files":{"items":{"$ref":"#/$defs/ManifestFile"},"type":"array"},"schema_version":{"enum":["worldflux.artifact_manifest.v0_draft"]},"sequence":{"maximum":9007199254740991,"minimum":1,"type":"integer"},"supersedes":{"pattern":"^sha256:[0-9a-f]{64}(?!\\n)$","type":"string"}},"required":["schema_version","evidence_id","files"],"type":"object"},"worldflux.audit_input.v0_draft":{"$defs":{"BenchmarkFacts":{"additionalProperties":false,"properties":{"pairing":{"enum":["declared","none","recorded"]},"perturbation_axes":{"items":{"type":"string"},"type":"array"},"simulated":{"anyOf":[{"type":"boolean"},{"type":"null"}]},"start_key":{"enum":["environment_seed","episode_index","index_modulo_batch","unknown"]},"starts_note":{"type":"string"},"starts_verified":{"type":"boolean"}},"required":["simulated","perturbation_axes","starts_verified","start_key","pairing","starts_note"],"type":"object"},"Blocks":{"additionalProperties":false,"properties":{"complete":{"minimum":0,"type":"integer"},"repeated":{"minimum":0,"type":"integer"},"seed":{"type":"integer"},"successes":{"type":"string"},"tasks":{"minimum":0,"type":"integer"}},"required":["seed","tasks","complete","repeated"],"type":"object"},"Cell":{"additionalProperties":false,"properties":{"counts":{"$ref":"#/$defs/OutcomeCounts"},"gaps":{"minimum":0,"type":"integer"},"in_plan":{"$ref":"#/$defs/OutcomeCounts"},"planned":{"minimum":0,"type":"integer"},"seed":{"type":"integer"},"sums":{"additionalProperties":{"$ref":"#/$defs/Moments"},"type":"object"},"task":{"type":"string"}},"required":["task","seed","counts","planned","gaps","sums"],"type":"object"},"EpisodeRef":{"additionalProperties":false,"properties":{"episode_index":{"minimum":0,"type":"integer"},"run_seed":{"type":"integer"},"task":{"type":"string"}},"required":["task","run_seed","episode_index"],"type":"object"},"EpisodeStream":{"additionalProperties":false,"properties":{"count":{"minimum":0,"type":"integer"},"path":{"type":"string"},"sha256":{"pattern":"^sha256:[0-9a-f]{64}(?!\\n)$","type":"string"}},"required":["path","sha256","count"],"type":"object"},"Finding":{"additionalProperties":false,"properties":{"code":{"type":"string"},"message":{"type":"string"},"severity":{"enum":["error","info","warning"]},"where":{"anyOf":[{"type":"string"},{"type":"null"}]}},"required":["code","severity","message"],"type":"object"},"InputFile":{"additionalProperties":false,"properties":{"declared":{"type":"object"},"declared_on_command_line":{"items":{"type":"string"},"type":"array"},"episodes":{"minimum":0,"type":"integer"},"format":{"type":"string"},"id":{"type":"string"},"name":{"type":"string"},"requested":{"minimum":0,"type":"integer"},"run_seed":{"type":"integer"},"sha256":{"pattern":"^sha256:[0-9a-f]{64}(?!\\n)$","type":"string"},"size":{"minimum":0,"type":"integer"},"tasks":{"minimum":0,"type":"integer"}},"required":["id","name","sha256","size","format","run_seed","tasks","episodes","declared","declared_on_command_line"],"type":"object"},"Moments":{"additionalProperties":false,"properties":{"count":{"minimum":0,"type":"integer"},"sum":{"type":"number"},"sum_of_squares":{"type":"number"}},"required":["count","sum","sum_of_squares"],"type":"object"},"OutcomeCounts":{"additionalProperties":false,"properties":{"failure":{"minimum":0,"type":"integer"},"infra_error":{"minimum":0,"type":"integer"},"pending":{"minimum":0,"type":"integer"},"skipped":{"minimum":0,"type":"integer"},"success":{"minimum":0,"type":"integer"},"unknown":{"minimum":0,"type":"integer"}},"required":[],"type":"object"},"PlanAge":{"additionalProperties":false,"properties":{"first_episode_at":{"pattern":"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z(?!\\n)$","type":"string"},"freeze":{"pattern":"^sha256:[0-9a-f]{64}(?!\\n)$","type":"string"},"frozen_at":{"pattern":"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z(?!\\n)$","type":"string"},"plan":{"pattern":"^sha256:[0-9a-f]{64}(?!\\n)$","type":"string"},"protocols":{"items":{"pattern":"^sha256:[0-9a-f]{64}(?!\\n)$","type":"string"},"type":"array"},"witness":{"enum":["none","rekor","tsa"]}},"required":["freeze","plan","protocols","witness"],"type":"object"},"RawEvidence":{"additionalProperties":false,"properties":{"copied":{"enum":[false]},"episode":{"$ref":"#/$defs/EpisodeRef"},"id":{"type":"string"},"kind":{"enum":["evaluator_output","run_info","video"]},"name":{"type":"string"},"present":{"type":"boolean"},"redacted_export":{"$ref":"#/$defs/RedactedExport"},"sha256":{"pattern":"^sha256:[0-9a-f]{64}(?!\\n)$","type":"string"},"size":{"minimum":0,"type":"integer"}},"required":["id","kind","name","present"],"type":"object"},"RedactedExport":{"additionalProperties":false,"properties":{"path":{"type":"string"},"sha256":{"pattern":"^sha256:[0-9a-f]{64}(?!\\n)$","type":"string"}},"required":["path","sha256"],"type":"object"},"RepeatedStarts":{"additionalProperties":false,"properties":{"starts":{"minimum":0,"type":"integer"},"sum":{"type":"number"},"sum_of_squares":{"type":"number"},"task":{"type":"string"},"trials":{"minimum":0,"type":"integer"}},"required":["task","starts","trials","sum","sum_of_squares"],"type":"object"},"Reported":{"additionalProperties":false,"properties":{"agrees":{"type":"boolean"},"convention":{"type":"string"},"input":{"type":"string"},"name":{"type":"string"},"recount":{"type":"string"},"text":{"type":"string"},"where":{"type":"string"}},"required":["input","where","name","text","recount","convention","agrees"],"type":"object"},"Requested":{"additionalProperties":false,"properties":{"plan_age":{"$ref":"#/$defs/PlanAge"},"ppi":{"$ref":"#/$defs/SimulationPairs"},"savi":{"type":"boolean"}},"required":[],"type":"object"},"RunFacts":{"additionalProperties":false,"properties":{"benchmark":{"$ref":"#/$defs/BenchmarkFacts"},"evaluator":{"type":"object"},"inputs":{"items":{"$ref":"#/$defs/InputFile"},"type":"array"},"measures":{"enum":["contract","governance","partial_credit","progress","subtasks","video_quality"]},"reported":{"items":{"$ref":"#/$defs/Reported"},"type":"array"},"runs":{"items":{"$ref":"#/$defs/RunSummary"},"type":"array"}},"required":["inputs","runs","evaluator","benchmark"],"type":"object"},"RunSummary":{"additionalProperties":false,"properties":{"bound_by":{"enum":["declared","episode_seed","order","start_seed"]},"in_plan":{"type":"boolean"},"inputs":{"items":{"type":"string"},"type":"array"},"run_seed":{"type":"integer"},"seed_provenance":{"enum":["derived","recorded","unknown"]},"start_seed":{"type":"integer"}},"required":["run_seed","in_plan","bound_by","inputs"],"type":"object"},"SimulationPairs":{"additionalProperties":false,"properties":{"both":{"minimum":0,"type":"integer"},"neither":{"minimum":0,"type":"integer"},"real_only":{"minimum":0,"type":"integer"},"sha256":{"pattern":"^sha256:[0-9a-f]{64}(?!\\n)$","type":"string"},"simulated":{"minimum":0,"type":"integer"},"simulated_only":{"minimum":0,"type":"integer"},"simulated_successes":{"minimum":0,"type":"integer"}},"required":["sha256","both","real_only","simulated_only","neither","simulated","simulated_successes"],"type":"object"},"SourceInfo":{"additionalProperties":false,"properties":{"adapter_version":{"type":"string"},"format":{"type":"string"},"name":{"type":"string"}},"required":["name","format","adapter_version"],"type":"object"}},"additionalProperties":false,"properties":{"blocks":{"items":{"$ref":"#/$defs/Blocks"},"type":"array"},"cells":{"items":{"$ref":"#/$defs/Cell"},"type":"array"},"duplicate":{"minimum":0,"type":"integer"},"episodes":{"$ref":"#/$defs/EpisodeStream"},"findings":{"items":{"$ref":"#/$defs/Finding"},"type":"array"},"missing_evidence":{"items":{"type":"string"},"type":"array"},"raw_evidence":{"items":{"$ref":"#/$defs/RawEvidence"},"type":"array"},"repeated_starts":{"items":{"$ref":"#/$defs/RepeatedStarts"},"type":"array"},"requested":{"$ref":"#/$defs/Requested"},"run":{"$ref":"#/$defs/RunFacts"},"schema_version":{"enum":["worldflux.audit_input.v0_draft"]},"source":{"$ref":"#/$defs/SourceInfo"},"tasks":{"items":{"type":"string"},"type":"array"}},"required":["schema_version","source","run","tasks","cells","blocks","repeated_starts","requested","episodes","duplicate","findings","missing_evidence"],"type":"object"},"worldflux.audit_provenance.v0_draft":{"$defs":{"Material":{"additionalProperties":false,"properties":{"name":{"type":"string"},"role":{"enum":["claim","evaluator_output","plan_freeze","protocol","run_info","simulation_pairs"]},"sha256":{"pattern":"^sha256:[0-9a-f]{64}(?!\\n)$","type":"string"}},"required":["role","name","sha256"],"type":"object"},"Tool":{"additionalProperties":false,"properties":{"libraries":{"additionalProperties":{"type":"string"},"type":"object"},"name":{"type":"string"},"python":{"type":"string"},"render":{"type":"string"},"rules":{"type":"string"},"version":{"type":"string"}},"required":["name","version","rules","render","python","libraries"],"type":"object"}},"additionalProperties":false,"properties":{"created_at":{"pattern":"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?Z(?!\\n)$","type":"string"},"evidence_id":{"type":"string"},"materials":{"items":{"$ref":"#/$defs/Material"},"type":"array"},"reproducible_clock":{"type":"boolean"},"sanitiser":{"type":"string"},"schema_version":{"enum":["worldflux.audit_provenance.v0_draft"]},"tool":{"$ref":"#/$defs/Tool"}},"required":["schema_version","evidence_id","created_at","reproducible_clock","tool","materials","sanitiser"],"type":"object"},"worldflux.claim.v0_draft":{"$defs":{"Applicability":{"additionalProperties":false,"properties":{"benchmark":{"maxLength":400,"minLength":1,"type":"string"},"benchmark_version":{"maxLength":400,"minLength":1,"type":"string"},"camera_distribution":{"maxLength":400,"minLength":1,"type":"string"},"language_template":{"maxLength":400,"minLength":1,"type":"string"},"license_assumptions":{"items":{"maxLength":400,"minLength":1,"type":"string"},"type":"array"},"robot_embodiment":{"maxLength":400,"minLength":1,"type":"string"},"simulator":{"maxLength":400,"minLength":1,"type":"string"}},"required":["benchmark","benchmark_version","robot_embodiment","simulator","camera_distribution","language_template","license_assumptions"],"type":"object"},"Baseline":{"additionalProperties":false,"properties":{"source":{"maxLength":4000,"type":"string"},"successes":{"minimum":0,"type":"integer"},"trials":{"minimum":1,"type":"integer"},"value":{"type":"number"}},"required":["source"],"type":"object"},"ClaimSource":{"additionalProperties":false,"properties":{"section":{"maxLength":4000,"type":"string"},"title":{"maxLength":400,"minLength":1,"type":"string"},"type":{"maxLength":400,"minLength":1,"type":"string"},"url":{"maxLength":4000,"type":"string"}},"required":["type","title","url","section"],"type":"object"},"Curator":{"additionalProperties":false,"properties":{"agent":{"maxLength":400,"minLength":1,"type":"string"},"created_at":{"pattern":"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?Z(?!\\n)$","type":"string"}},"required":["agent","created_at"],"type":"object"},"DecisionRule":{"additionalProperties":false,"properties":{"alpha":{"exclusiveMaximum":0.5,"exclusiveMinimum":0,"type":"number"},"baseline":{"$ref":"#/$defs/Baseline"},"combine":{"enum":["all","any"]},"interval_method":{"enum":["agresti_coull","clopper_pearson","exact","jeffreys","jeffreys_bcd","ppi","wald","wilson"]},"margin":{"minimum":0,"type":"number"},"null_hypothesis":{"maxLength":4000,"minLength":1,"type":"string"},"power_at":{"type":"number"}},"required":["null_hypothesis","margin","alpha","interval_method"],"type":"object"},"ExpectedMetric":{"additionalProperties":false,"properties":{"bounds":{"items":false,"maxItems":2,"minItems":2,"prefixItems":[{"type":"number"},{"type":"number"}],"type":"array"},"name":{"maxLength":400,"minLength":1,"type":"string"},"operator":{"enum":["<","<=","==",">",">="]},"role":{"enum":["exploratory","primary"]},"task":{"maxLength":400,"minLength":1,"type":"string"},"unit":{"maxLength":400,"minLength":1,"type":"string"},"value":{"type":"number"}},"required":["name","operator","value","unit"],"type":"object"},"Selection":{"additionalProperties":false,"properties":{"candidates_scored":{"minimum":1,"type":"integer"},"method":{"maxLength":4000,"minLength":1,"type":"string"}},"required":["candidates_scored","method"],"type":"object"},"Subject":{"additionalProperties":false,"properties":{"checkpoint_uri":{"maxLength":400,"minLength":1,"type":"string"},"id":{"maxLength":400,"minLength":1,"type":"string"},"type":{"maxLength":400,"minLength":1,"type":"string"}},"required":["type","id","checkpoint_uri"],"type":"object"}},"additionalProperties":false,"properties":{"applicability":{"$ref":"#/$defs/Applicability"},"capability":{"maxLength":400,"minLength":1,"type":"string"},"claim_text":{"maxLength":4000,"minLength":1,"type":"string"},"curator":{"$ref":"#/$defs/Curator"},"decision_rule":{"$ref":"#/$defs/DecisionRule"},"expected_metrics":{"items":{"$ref":"#/$defs/ExpectedMetric"},"maxItems":32,"minItems":1,"type":"array"},"id":{"pattern":"^clm_[0-7][0-9A-HJKMNP-TV-Z]{25}(?!\\n)$","type":"string"},"schema_version":{"enum":["worldflux.claim.v0_draft"]},"selection":{"$ref":"#/$defs/Selection"},"slug":{"maxLength":120,"pattern":"^[a-z0-9][a-z0-9._-]*(?!\\n)$","type":"string"},"source":{"$ref":"#/$defs/ClaimSource"},"status":{"maxLength":400,"minLength":1,"type":"string"},"subject":{"$ref":"#/$defs/Subject"}},"required":["schema_version","id","slug","claim_text","subject","capability","applicability","expected_metrics","decision_rule","source","curator","status"],"type":"object"},"worldflux.episode_result.v0_draft":{"additionalProperties":false,"properties":{"attempt":{"minimum":1,"type":"integer"},"criterion":{"enum":["any_step","critic","env_done","final_step","human"]},"episode_index":{"minimum":0,"type":"integer"},"extra":{"additionalProperties":{"anyOf":[{"type":"string"},{"type":"integer"},{"type":"number"},{"type":"boolean"}]},"maxProperties":32,"type":"object"},"failure_detail":{"maxLength":2000,"type":"string"},"failure_reason":{"maxLength":200,"type":"string"},"global_index":{"minimum":0,"type":"integer"},"init_state":{"minimum":0,"type":"integer"},"init_state_provenance":{"enum":["declared","derived","recorded"]},"input":{"type":"string"},"instruction":{"maxLength":2000,"type":"string"},"locator":{"maxLength":400,"type":"string"},"max_reward":{"type":"number"},"max_steps":{"minimum":0,"type":"integer"},"operator":{"maxLength":200,"type":"string"},"outcome":{"enum":["failure","infra_error","pending","skipped","success","unknown"]},"perturbation":{"maxLength":200,"type":"string"},"perturbation_level":{"maxLength":64,"type":"string"},"recorded_at":{"maxLength":64,"type":"string"},"run_seed":{"type":"integer"},"score":{"type":"number"},"score_kind":{"enum":["contract","governance","partial_credit","progress","subtasks","video_quality"]},"score_scale":{"type":"number"},"seed":{"type":"integer"},"seed_provenance":{"enum":["declared","derived","recorded"]},"sim_time_s":{"type":"number"},"source_counts_as_failure":{"type":"boolean"},"start_sha256":{"type":"string"},"steps":{"minimum":0,"type":"integer"},"success":{"type":"boolean"},"sum_reward":{"type":"number"},"task":{"type":"string"},"task_provenance":{"enum":["declared","derived","recorded"]},"variant":{"maxLength":400,"type":"string"},"video":{"type":"string"},"wall_time_s":{"type":"number"}},"required":["episode_index","task","run_seed","outcome"],"type":"object"},"worldflux.evidence.v0_draft":{"$defs":{"Averages":{"additionalProperties":false,"properties":{"macro":{"anyOf":[{"type":"number"},{"type":"null"}]},"micro":{"anyOf":[{"type":"number"},{"type":"null"}]}},"required":["micro","macro"],"type":"object"},"BaselineComparison":{"additionalProperties":false,"properties":{"difference":{"type":"number"},"interval":{"$ref":"#/$defs/Interval"},"p_value":{"$ref":"#/$defs/PValue"},"successes":{"minimum":0,"type":"integer"},"trials":{"minimum":0,"type":"integer"},"verdict":{"enum":["inconclusive","not_testable","refuted","supported","underpowered"]}},"required":["successes","trials","difference","interval","p_value","verdict"],"type":"object"},"ClaimRef":{"additionalProperties":false,"properties":{"hash":{"pattern":"^sha256:[0-9a-f]{64}(?!\\n)$","type":"string"},"id":{"pattern":"^clm_[0-7][0-9A-HJKMNP-TV-Z]{25}(?!\\n)$","type":"string"},"text":{"type":"string"}},"required":["id","hash","text"],"type":"object"},"Denominator":{"additionalProperties":false,"properties":{"best":{"anyOf":[{"maximum":1,"minimum":0,"type":"number"},{"type":"null"}]},"duplicate":{"minimum":0,"type":"integer"},"failure":{"minimum":0,"type":"integer"},"infra_error":{"minimum":0,"type":"integer"},"lost":{"minimum":0,"type":"integer"},"missing":{"minimum":0,"type":"integer"},"not_run":{"minimum":0,"type":"integer"},"observed":{"minimum":0,"type":"integer"},"out_of_protocol":{"minimum":0,"type":"integer"},"pending":{"minimum":0,"type":"integer"},"planned":{"minimum":0,"type":"integer"},"skipped":{"minimum":0,"type":"integer"},"success":{"minimum":0,"type":"integer"},"unknown":{"minimum":0,"type":"integer"},"worst":{"anyOf":[{"maximum":1,"minimum":0,"type":"number"},{"type":"null"}]}},"required":["planned","observed","success","failure","infra_error","pending","skipped","unknown","missing","not_run","lost","out_of_protocol","duplicate","worst","best"],"type":"object"},"Finding":{"additionalProperties":false,"properties":{"code":{"type":"string"},"message":{"type":"string"},"severity":{"enum":["error","info","warning"]},"where":{"anyOf":[{"type":"string"},{"type":"null"}]}},"required":["code","severity","message"],"type":"object"},"Interval":{"additionalProperties":false,"properties":{"confidence":{"maximum":1,"minimum":0,"type":"number"},"lower":{"anyOf":[{"type":"number"},{"type":"null"}]},"method":{"type":"string"},"upper":{"anyOf":[{"type":"number"},{"type":"null"}]}},"required":["method","confidence","lower","upper"],"type":"object"},"MetricEvidence":{"additionalProperties":false,"properties":{"attained_size":{"anyOf":[{"maximum":1,"minimum":0,"type":"number"},{"type":"null"}]},"averages":{"anyOf":[{"$ref":"#/$defs/Averages"},{"type":"null"}]},"baseline":{"$ref":"#/$defs/BaselineComparison"},"decision_trials":{"minimum":0,"type":"integer"},"design_effect":{"type":"number"},"estimand":{"enum":["fixed_tasks","task_population"]},"estimate":{"anyOf":[{"type":"number"},{"type":"null"}]},"flags":{"items":{"type":"string"},"type":"array"},"interval":{"$ref":"#/$defs/Interval"},"interval_descriptive":{"$ref":"#/$defs/Interval"},"k_crit":{"anyOf":[{"type":"integer"},{"type":"null"}]},"k_crit_upper":{"type":"integer"},"k_refute":{"anyOf":[{"type":"integer"},{"type":"null"}]},"method":{"type":"string"},"name":{"type":"string"},"operator":{"enum":["<","<=","==",">",">="]},"p_value":{"anyOf":[{"$ref":"#/$defs/PValue"},{"type":"null"}]},"power":{"anyOf":[{"$ref":"#/$defs/Power"},{"type":"null"}]},"robust":{"type":"boolean"},"role":{"enum":["exploratory","primary"]},"sensitivity":{"items":{"$ref":"#/$defs/SensitivityReading"},"type":"array"},"sequential":{"$ref":"#/$defs/SequentialDecision"},"successes":{"anyOf":[{"minimum":0,"type":"integer"},{"type":"null"}]},"target":{"$ref":"#/$defs/Target"},"task":{"type":"string"},"threshold":{"anyOf":[{"type":"number"},{"type":"null"}]},"threshold_upper":{"type":"number"},"trials":{"minimum":0,"type":"integer"},"unit":{"type":"string"},"value":{"type":"number"},"verdict":{"enum":["inconclusive","not_testable","refuted","supported","underpowered"]}},"required":["name","unit","operator","role","value","threshold","target","estimand","estimate","successes","trials","method","decision_trials","design_effect","interval","interval_descriptive","verdict","robust","flags","sensitivity"],"type":"object"},"PValue":{"additionalProperties":false,"properties":{"adjusted":{"maximum":1,"minimum":0,"type":"number"},"method":{"type":"string"},"value":{"maximum":1,"minimum":0,"type":"number"}},"required":["method","value"],"type":"object"},"Power":{"additionalProperties":false,"properties":{"at":{"type":"number"},"at_claim":{"maximum":1,"minimum":0,"type":"number"},"effective_n":{"minimum":0,"type":"integer"},"mde":{"anyOf":[{"maximum":1,"minimum":0,"type":"number"},{"type":"null"}]},"method":{"type":"string"},"n":{"minimum":0,"type":"integer"},"n_for_80":{"anyOf":[{"minimum":0,"type":"integer"},{"type":"null"}]}},"required":["method","at","n","at_claim","n_for_80","mde"],"type":"object"},"ProtocolRef":{"additionalProperties":false,"properties":{"binding":{"enum":["bound","placeholder"]},"hash":{"pattern":"^sha256:[0-9a-f]{64}(?!\\n)$","type":"string"},"id":{"pattern":"^prt_[0-7][0-9A-HJKMNP-TV-Z]{25}(?!\\n)$","type":"string"},"precedence":{"enum":["declared","not_shown","proven"]}},"required":["id","hash","binding","precedence"],"type":"object"},"Reason":{"additionalProperties":false,"properties":{"code":{"type":"string"},"message":{"type":"string"}},"required":["code","message"],"type":"object"},"Scope":{"additionalProperties":false,"properties":{"benchmark":{"type":"string"},"benchmark_version":{"type":"string"},"episodes_per_task":{"minimum":0,"type":"integer"},"estimand":{"enum":["fixed_tasks","task_population"]},"estimand_declared":{"type":"boolean"},"evaluator":{"type":"string"},"run_seeds":{"items":{"type":"integer"},"type":"array"},"tasks":{"minimum":0,"type":"integer"}},"required":["benchmark","benchmark_version","tasks","run_seeds","episodes_per_task","evaluator","estimand","estimand_declared"],"type":"object"},"SensitivityReading":{"additionalProperties":false,"properties":{"estimate":{"anyOf":[{"type":"number"},{"type":"null"}]},"interval":{"$ref":"#/$defs/Interval"},"note":{"type":"string"},"reading":{"type":"string"},"verdict":{"enum":["inconclusive","not_testable","refuted","supported","underpowered"]}},"required":["reading","estimate","interval","verdict","note"],"type":"object"},"SequentialDecision":{"additionalProperties":false,"properties":{"blocks":{"minimum":0,"type":"integer"},"decided_at":{"anyOf":[{"minimum":0,"type":"integer"},{"type":"null"}]},"log_e_needed":{"type":"number"},"log_e_refute":{"type":"number"},"log_e_support":{"type":"number"}},"required":["blocks","log_e_support","log_e_refute","log_e_needed","decided_at"],"type":"object"},"Slice":{"additionalProperties":false,"properties":{"estimate":{"anyOf":[{"maximum":1,"minimum":0,"type":"number"},{"type":"null"}]},"interval":{"$ref":"#/$defs/Interval"},"key":{"type":"string"},"successes":{"minimum":0,"type":"integer"},"trials":{"minimum":0,"type":"integer"}},"required":["key","successes","trials","estimate","interval"],"type":"object"},"Slices":{"additionalProperties":false,"properties":{"by_seed":{"items":{"$ref":"#/$defs/Slice"},"type":"array"},"by_task":{"items":{"$ref":"#/$defs/Slice"},"type":"array"}},"required":["by_task","by_seed"],"type":"object"},"SourceRef":{"additionalProperties":false,"properties":{"format":{"type":"string"},"name":{"type":"string"}},"required":["name","format"],"type":"object"},"Target":{"additionalProperties":false,"properties":{"status":{"enum":["contradicted","not_shown","shown"]},"value":{"type":"number"}},"required":["value","status"],"type":"object"}},"additionalProperties":false,"properties":{"claim":{"$ref":"#/$defs/ClaimRef"},"claim_boundary":{"type":"string"},"created_at":{"pattern":"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?Z(?!\\n)$","type":"string"},"denominator":{"$ref":"#/$defs/Denominator"},"deployment_summary":{"enum":["environment_unknown_not_assessed","simulation_only_not_assessed"]},"findings":{"items":{"$ref":"#/$defs/Finding"},"type":"array"},"headline":{"type":"string"},"id":{"pattern":"^evd_[0-7][0-9A-HJKMNP-TV-Z]{25}(?!\\n)$","type":"string"},"metrics":{"items":{"$ref":"#/$defs/MetricEvidence"},"type":"array"},"missing_evidence":{"items":{"type":"string"},"type":"array"},"next_falsification_axes":{"items":{"type":"string"},"type":"array"},"observed_verdict":{"enum":["inconclusive","not_testable","refuted","supported","underpowered"]},"protocol":{"$ref":"#/$defs/ProtocolRef"},"reasons":{"items":{"$ref":"#/$defs/Reason"},"type":"array"},"recommendation":{"enum":["cite_within_scope","collect_more_episodes","do_not_cite","enlarge_the_plan","repair_the_input"]},"render":{"type":"string"},"rules":{"type":"string"},"schema_version":{"enum":["worldflux.evidence.v0_draft"]},"scope":{"$ref":"#/$defs/Scope"},"slices":{"$ref":"#/$defs/Slices"},"source":{"$ref":"#/$defs/SourceRef"},"unsupported_claims":{"items":{"type":"string"},"type":"array"},"verdict":{"enum":["inconclusive","not_testable","refuted","supported","underpowered"]}},"required":["schema_version","id","created_at","claim","protocol","source","headline","verdict","reasons","metrics","slices","denominator","findings","missing_evidence","unsupported_claims","next_falsification_axes","claim_boundary","scope","recommendation","deployment_summary","rules","render"],"type":"object"},"worldflux.evidence_statement.v0_draft":{"$defs":{"DigestSet":{"additionalProperties":false,"properties":{"sha256":{"pattern":"^[0-9a-f]{64}(?!\\n)$","type":"string"}},"required":["sha256"],"type":"object"},"EvidencePredicate":{"additionalProperties":false,"properties":{"boundary":{"type":"string"},"claim":{"$ref":"#/$defs/StatedClaim"},"evidence_id":{"type":"string"},"protocol":{"$ref":"#/$defs/StatedProtocol"},"result":{"$ref":"#/$defs/StatedResult"},"sequence":{"minimum":1,"type":"integer"},"signed_at_claimed":{"pattern":"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?Z(?!\\n)$","type":"string"},"supersedes":{"pattern":"^sha256:[0-9a-f]{64}(?!\\n)$","type":"string"},"tool":{"$ref":"#/$defs/StatedTool"}},"required":["evidence_id","sequence","claim","protocol","result","tool","signed_at_claimed","boundary"],"type":"object"},"StatedClaim":{"additionalProperties":false,"properties":{"hash":{"pattern":"^sha256:[0-9a-f]{64}(?!\\n)$","type":"string"},"id":{"pattern":"^clm_[0-7][0-9A-HJKMNP-TV-Z]{25}(?!\\n)$","type":"string"}},"required":["id","hash"],"type":"object"},"StatedProtocol":{"additionalProperties":false,"properties":{"hash":{"pattern":"^sha256:[0-9a-f]{64}(?!\\n)$","type":"string"},"id":{"pattern":"^prt_[0-7][0-9A-HJKMNP-TV-Z]{25}(?!\\n)$","type":"string"}},"required":["id","hash"],"type":"object"},"StatedResult":{"additionalProperties":false,"properties":{"digest":{"pattern":"^sha256:[0-9a-f]{64}(?!\\n)$","type":"string"},"verdict":{"enum":["inconclusive","not_testable","refuted","supported","underpowered"]}},"required":["verdict","digest"],"type":"object"},"StatedTool":{"additionalProperties":false,"properties":{"name":{"type":"string"},"version":{"type":"string"}},"required":["name","version"],"type":"object"},"Subject":{"additionalProperties":false,"properties":{"digest":{"$ref":"#/$defs/DigestSet"},"name":{"maxLength":255,"minLength":1,"type":"string"}},"required":["name","digest"],"type":"object"}},"additionalProperties":false,"properties":{"_type":{"enum":["https://in-toto.io/Statement/v1"]},"predicate":{"$ref":"#/$defs/EvidencePredicate"},"predicateType":{"enum":["urn:worldflux:predicate:robot-policy-evidence:v0.1"]},"subject":{"items":{"$ref":"#/$defs/Subject"},"maxItems":10000,"minItems":1,"type":"array"}},"required":["subject","predicate"],"type":"object"},"worldflux.ppi.v0_draft":{"$defs":{"Interval":{"additionalProperties":false,"properties":{"confidence":{"maximum":1,"minimum":0,"type":"number"},"lower":{"anyOf":[{"type":"number"},{"type":"null"}]},"method":{"type":"string"},"upper":{"anyOf":[{"type":"number"},{"type":"null"}]}},"required":["method","confidence","lower","upper"],"type":"object"},"PpiReading":{"additionalProperties":false,"properties":{"asymptotic":{"type":"boolean"},"estimate":{"type":"number"},"interval":{"$ref":"#/$defs/Interval"},"lam":{"anyOf":[{"type":"number"},{"type":"null"}]},"method":{"enum":["ppi","ppi_betting","real_only"]}},"required":["method","estimate","interval","lam","asymptotic"],"type":"object"},"SimulationPairs":{"additionalProperties":false,"properties":{"both":{"minimum":0,"type":"integer"},"neither":{"minimum":0,"type":"integer"},"real_only":{"minimum":0,"type":"integer"},"sha256":{"pattern":"^sha256:[0-9a-f]{64}(?!\\n)$","type":"string"},"simulated":{"minimum":0,"type":"integer"},"simulated_only":{"minimum":0,"type":"integer"},"simulated_successes":{"minimum":0,"type":"integer"}},"required":["sha256","both","real_only","simulated_only","neither","simulated","simulated_successes"],"type":"object"}},"additionalProperties":false,"properties":{"discordant":{"minimum":0,"type":"integer"},"evidence_id":{"pattern":"^evd_[0-7][0-9A-HJKMNP-TV-Z]{25}(?!\\n)$","type":"string"},"gate_passed":{"type":"boolean"},"pairs":{"$ref":"#/$defs/SimulationPairs"},"readings":{"items":{"$ref":"#/$defs/PpiReading"},"type":"array"},"real":{"minimum":0,"type":"integer"},"reasons":{"items":{"type":"string"},"type":"array"},"schema_version":{"enum":["worldflux.ppi.v0_draft"]}},"required":["schema_version","evidence_id","pairs","real","discordant","gate_passed","reasons","readings"],"type":"object"},"worldflux.protocol.v0_draft":{"$defs":{"Benchmark":{"additionalProperties":false,"properties":{"name":{"maxLength":400,"minLength":1,"type":"string"},"split":{"maxLength":400,"minLength":1,"type":"string"},"task_list":{"items":{"maxLength":400,"minLength":1,"type":"string"},"maxItems":100000,"minItems":1,"type":"array"},"version":{"maxLength":400,"minLength":1,"type":"string"}},"required":["name","version","task_list","split"],"type":"object"},"DenominatorPolicy":{"additionalProperties":false,"properties":{"infra_error":{"enum":["excluded_predeclared","failure","lost"]}},"required":[],"type":"object"},"Evaluator":{"additionalProperties":false,"properties":{"implementation_ref":{"maxLength":4000,"type":"string"},"name":{"maxLength":400,"minLength":1,"type":"string"},"version":{"maxLength":400,"minLength":1,"type":"string"}},"required":["name","version","implementation_ref"],"type":"object"},"Execution":{"additionalProperties":false,"properties":{"action_space":{"maxLength":400,"minLength":1,"type":"string"},"denominator_policy":{"$ref":"#/$defs/DenominatorPolicy"},"episodes_per_task":{"maximum":10000000,"minimum":1,"type":"integer"},"estimand":{"enum":["fixed_tasks","task_population"]},"max_steps_per_episode":{"maximum":10000000,"minimum":1,"type":"integer"},"n_action_steps":{"maximum":10000000,"minimum":1,"type":"integer"},"observation_space":{"items":{"maxLength":400,"minLength":1,"type":"string"},"type":"array"},"reset_policy":{"maxLength":400,"minLength":1,"type":"string"},"seed_semantics":{"enum":["episode_seed","replicate","start_seed"]},"seeds":{"items":{"maximum":9007199254740991,"minimum":0,"type":"integer"},"maxItems":10000,"minItems":1,"type":"array"},"stopping_rule":{"$ref":"#/$defs/StoppingRule"}},"required":["episodes_per_task","seeds","max_steps_per_episode","reset_policy","observation_space","action_space"],"type":"object"},"ModelRuntime":{"additionalProperties":false,"properties":{"checkpoint_uri":{"maxLength":400,"minLength":1,"type":"string"}},"required":["checkpoint_uri"],"type":"object"},"Runtime":{"additionalProperties":false,"properties":{"instance_class_min":{"maxLength":400,"minLength":1,"type":"string"},"max_runtime_seconds":{"minimum":1,"type":"integer"},"provider":{"maxLength":400,"minLength":1,"type":"string"}},"required":["provider","instance_class_min","max_runtime_seconds"],"type":"object"},"StoppingRule":{"additionalProperties":false,"properties":{"check_every":{"maximum":10000000,"minimum":1,"type":"integer"},"method":{"enum":["e_process"]},"min_blocks":{"maximum":10000000,"minimum":1,"type":"integer"}},"required":["method"],"type":"object"}},"additionalProperties":false,"properties":{"benchmark":{"$ref":"#/$defs/Benchmark"},"claim_hash":{"pattern":"^sha256:[0-9a-f]{64}(?!\\n)$","type":"string"},"claim_id":{"pattern":"^clm_[0-7][0-9A-HJKMNP-TV-Z]{25}(?!\\n)$","type":"string"},"evaluator":{"$ref":"#/$defs/Evaluator"},"execution":{"$ref":"#/$defs/Execution"},"id":{"pattern":"^prt_[0-7][0-9A-HJKMNP-TV-Z]{25}(?!\\n)$","type":"string"},"model_runtime":{"$ref":"#/$defs/ModelRuntime"},"runtime":{"$ref":"#/$defs/Runtime"},"schema_version":{"enum":["worldflux.protocol.v0_draft"]}},"required":["schema_version","id","claim_id","claim_hash","benchmark","runtime","execution","evaluator","model_runtime"],"type":"object"},"worldflux.public_view_statement.v0_draft":{"$defs":{"Denominator":{"additionalProperties":false,"properties":{"best":{"anyOf":[{"maximum":1,"minimum":0,"type":"number"},{"type":"null"}]},"duplicate":{"minimum":0,"type":"integer"},"failure":{"minimum":0,"type":"integer"},"infra_error":{"minimum":0,"type":"integer"},"lost":{"minimum":0,"type":"integer"},"missing":{"minimum":0,"type":"integer"},"not_run":{"minimum":0,"type":"integer"},"observed":{"minimum":0,"type":"integer"},"out_of_protocol":{"minimum":0,"type":"integer"},"pending":{"minimum":0,"type":"integer"},"planned":{"minimum":0,"type":"integer"},"skipped":{"minimum":0,"type":"integer"},"success":{"minimum":0,"type":"integer"},"unknown":{"minimum":0,"type":"integer"},"worst":{"anyOf":[{"maximum":1,"minimum":0,"type":"number"},{"type":"null"}]}},"required":["planned","observed","success","failure","infra_error","pending","skipped","unknown","missing","not_run","lost","out_of_protocol","duplicate","worst","best"],"type":"object"},"DigestSet":{"additionalProperties":false,"properties":{"sha256":{"pattern":"^[0-9a-f]{64}(?!\\n)$","type":"string"}},"required":["sha256"],"type":"object"},"Interval":{"additionalProperties":false,"properties":{"confidence":{"maximum":1,"minimum":0,"type":"number"},"lower":{"anyOf":[{"type":"number"},{"type":"null"}]},"method":{"type":"string"},"upper":{"anyOf":[{"type":"number"},{"type":"null"}]}},"required":["method","confidence","lower","upper"],"type":"object"},"PValue":{"additionalProperties":false,"properties":{"adjusted":{"maximum":1,"minimum":0,"type":"number"},"method":{"type":"string"},"value":{"maximum":1,"minimum":0,"type":"number"}},"required":["method","value"],"type":"object"},"Power":{"additionalProperties":false,"properties":{"at":{"type":"number"},"at_claim":{"maximum":1,"minimum":0,"type":"number"},"effective_n":{"minimum":0,"type":"integer"},"mde":{"anyOf":[{"maximum":1,"minimum":0,"type":"number"},{"type":"null"}]},"method":{"type":"string"},"n":{"minimum":0,"type":"integer"},"n_for_80":{"anyOf":[{"minimum":0,"type":"integer"},{"type":"null"}]}},"required":["method","at","n","at_claim","n_for_80","mde"],"type":"object"},"PublicView":{"additionalProperties":false,"properties":{"artifacts":{"items":{"$ref":"#/$defs/ShownArtifact"},"type":"array"},"claim":{"$ref":"#/$defs/ShownClaim"},"claim_boundary":{"type":"string"},"deployment_summary":{"enum":["environment_unknown_not_assessed","simulation_only_not_assessed"]},"display_id":{"type":"string"},"findings":{"items":{"$ref":"#/$defs/ShownFinding"},"type":"array"},"manifest":{"pattern":"^sha256:[0-9a-f]{64}(?!\\n)$","type":"string"},"missing_evidence":{"items":{"type":"string"},"type":"array"},"next_falsification_axes":{"items":{"type":"string"},"type":"array"},"protocol":{"$ref":"#/$defs/ShownProtocol"},"recommendation":{"enum":["cite_within_scope","collect_more_episodes","do_not_cite","enlarge_the_plan","repair_the_input"]},"result":{"$ref":"#/$defs/ShownResult"},"schema_version":{"enum":["worldflux.public_view.v0_draft"]},"scope":{"$ref":"#/$defs/Scope"},"unsupported_claims":{"items":{"type":"string"},"type":"array"}},"required":["schema_version","display_id","manifest","claim","protocol","result","scope","recommendation","deployment_summary","findings","missing_evidence","unsupported_claims","next_falsification_axes","claim_boundary","artifacts"],"type":"object"},"PublicViewPredicate":{"additionalProperties":false,"properties":{"signed_at_claimed":{"pattern":"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?Z(?!\\n)$","type":"string"},"view":{"$ref":"#/$defs/PublicView"}},"required":["view","signed_at_claimed"],"type":"object"},"Reason":{"additionalProperties":false,"properties":{"code":{"type":"string"},"message":{"type":"string"}},"required":["code","message"],"type":"object"},"Scope":{"additionalProperties":false,"properties":{"benchmark":{"type":"string"},"benchmark_version":{"type":"string"},"episodes_per_task":{"minimum":0,"type":"integer"},"estimand":{"enum":["fixed_tasks","task_population"]},"estimand_declared":{"type":"boolean"},"evaluator":{"type":"string"},"run_seeds":{"items":{"type":"integer"},"type":"array"},"tasks":{"minimum":0,"type":"integer"}},"required":["benchmark","benchmark_version","tasks","run_seeds","episodes_per_task","evaluator","estimand","estimand_declared"],"type":"object"},"ShownArtifact":{"additionalProperties":false,"properties":{"kind":{"type":"string"},"name":{"type":"string"},"size":{"enum":["1 KB to 100 KB","10 MB to 1 GB","100 KB to 10 MB","over 1 GB","under 1 KB"]},"state":{"enum":["hosted","withheld"]}},"required":["name","kind","size","state"],"type":"object"},"ShownClaim":{"additionalProperties":false,"properties":{"hash":{"pattern":"^sha256:[0-9a-f]{64}(?!\\n)$","type":"string"},"text":{"type":"string"}},"required":["text","hash"],"type":"object"},"ShownFinding":{"additionalProperties":false,"properties":{"code":{"type":"string"},"count":{"type":"integer"},"severity":{"enum":["error","info","warning"]}},"required":["code","severity","count"],"type":"object"},"ShownMetric":{"additionalProperties":false,"properties":{"decision_trials":{"type":"integer"},"estimate":{"anyOf":[{"type":"number"},{"type":"null"}]},"flags":{"items":{"type":"string"},"type":"array"},"interval":{"$ref":"#/$defs/Interval"},"k_crit":{"anyOf":[{"type":"integer"},{"type":"null"}]},"method":{"type":"string"},"name":{"type":"string"},"operator":{"type":"string"},"p_value":{"anyOf":[{"$ref":"#/$defs/PValue"},{"type":"null"}]},"power":{"anyOf":[{"$ref":"#/$defs/Power"},{"type":"null"}]},"robust":{"type":"boolean"},"role":{"enum":["exploratory","primary"]},"successes":{"anyOf":[{"type":"integer"},{"type":"null"}]},"target":{"$ref":"#/$defs/Target"},"task":{"type":"string"},"threshold":{"anyOf":[{"type":"number"},{"type":"null"}]},"trials":{"type":"integer"},"unit":{"type":"string"},"value":{"type":"number"},"verdict":{"enum":["inconclusive","not_testable","refuted","supported","underpowered"]}},"required":["name","unit","operator","role","value","threshold","target","verdict","estimate","successes","trials","decision_trials","method","interval","robust","flags","k_crit","p_value","power"],"type":"object"},"ShownProtocol":{"additionalProperties":false,"properties":{"binding":{"enum":["bound","placeholder"]},"hash":{"pattern":"^sha256:[0-9a-f]{64}(?!\\n)$","type":"string"},"precedence":{"enum":["declared","not_shown","proven"]}},"required":["hash","binding","precedence"],"type":"object"},"ShownResult":{"additionalProperties":false,"properties":{"denominator":{"$ref":"#/$defs/Denominator"},"headline":{"type":"string"},"metrics":{"items":{"$ref":"#/$defs/ShownMetric"},"type":"array"},"reasons":{"items":{"$ref":"#/$defs/Reason"},"type":"array"},"verdict":{"enum":["inconclusive","not_testable","refuted","supported","underpowered"]}},"required":["verdict","headline","reasons","metrics","denominator"],"type":"object"},"Subject":{"additionalProperties":false,"properties":{"digest":{"$ref":"#/$defs/DigestSet"},"name":{"maxLength":255,"minLength":1,"type":"string"}},"required":["name","digest"],"type":"object"},"Target":{"additionalProperties":false,"properties":{"status":{"enum":["contradicted","not_shown","shown"]},"value":{"type":"number"}},"required":["value","status"],"type":"object"}},"additionalProperties":false,"properties":{"_type":{"enum":["https://in-toto.io/Statement/v1"]},"predicate":{"$ref":"#/$defs/PublicViewPredicate"},"predicateType":{"enum":["urn:worldflux:predicate:public-view:v0.1"]},"subject":{"items":{"$ref":"#/$defs/Subject"},"maxItems":2,"minItems":2,"type":"array"}},"required":["subject","predicate"],"type":"object"},"worldflux.raw_evidence_manifest.v0_draft":{"$defs":{"EpisodeRef":{"additionalProperties":false,"properties":{"episode_index":{"minimum":0,"type":"integer"},"run_seed":{"type":"integer"},"task":{"type":"string"}},"required":["task","run_seed","episode_index"],"type":"object"},"RawEvidence":{"additionalProperties":false,"properties":{"copied":{"enum":[false]},"episode":{"$ref":"#/$defs/EpisodeRef"},"id":{"type":"string"},"kind":{"enum":["evaluator_output","run_info","video"]},"name":{"type":"string"},"present":{"type":"boolean"},"redacted_export":{"$ref":"#/$defs/RedactedExport"},"sha256":{"pattern":"^sha256:[0-9a-f]{64}(?!\\n)$","type":"string"},"size":{"minimum":0,"type":"integer"}},"required":["id","kind","name","present"],"type":"object"},"RedactedExport":{"additionalProperties":false,"properties":{"path":{"type":"string"},"sha256":{"pattern":"^sha256:[0-9a-f]{64}(?!\\n)$","type":"string"}},"required":["path","sha256"],"type":"object"}},"additionalProperties":false,"properties":{"entries":{"items":{"$ref":"#/$defs/RawEvidence"},"type":"array"},"policy":{"type":"string"},"schema_version":{"enum":["worldflux.raw_evidence_manifest.v0_draft"]}},"required":["schema_version","policy","entries"],"type":"object"},"worldflux.review_statement.v0_draft":{"$defs":{"DigestSet":{"additionalProperties":false,"properties":{"sha256":{"pattern":"^[0-9a-f]{64}(?!\\n)$","type":"string"}},"required":["sha256"],"type":"object"},"ReviewPredicate":{"additionalProperties":false,"properties":{"boundary":{"type":"string"},"checked":{"items":{"type":"string"},"type":"array"},"decision":{"enum":["accept","accept_with_limits","reject"]},"limits":{"items":{"maxLength":4000,"minLength":1,"type":"string"},"type":"array"},"note":{"maxLength":4000,"minLength":1,"type":"string"},"reviewer":{"maxLength":200,"minLength":1,"type":"string"},"signed_at_claimed":{"pattern":"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?Z(?!\\n)$","type":"string"},"tool":{"$ref":"#/$defs/StatedTool"},"trust":{"enum":["policy","self","unknown"]}},"required":["decision","note","checked","trust","tool","signed_at_claimed","boundary"],"type":"object"},"StatedTool":{"additionalProperties":false,"properties":{"name":{"type":"string"},"version":{"type":"string"}},"required":["name","version"],"type":"object"},"Subject":{"additionalProperties":false,"properties":{"digest":{"$ref":"#/$defs/DigestSet"},"name":{"maxLength":255,"minLength":1,"type":"string"}},"required":["name","digest"],"type":"object"}},"additionalProperties":false,"properties":{"_type":{"enum":["https://in-toto.io/Statement/v1"]},"predicate":{"$ref":"#/$defs/ReviewPredicate"},"predicateType":{"enum":["urn:worldflux:predicate:review:v0.1"]},"subject":{"items":{"$ref":"#/$defs/Subject"},"maxItems":2,"minItems":2,"type":"array"}},"required":["subject","predicate"],"type":"object"},"worldflux.stopping.v0_draft":{"$defs":{"Look":{"additionalProperties":false,"properties":{"block":{"minimum":0,"type":"integer"},"log_e_refute":{"type":"number"},"log_e_support":{"type":"number"}},"required":["block","log_e_support","log_e_refute"],"type":"object"},"MetricPath":{"additionalProperties":false,"properties":{"decided_after_episodes":{"anyOf":[{"minimum":0,"type":"integer"},{"type":"null"}]},"decided_at":{"anyOf":[{"minimum":0,"type":"integer"},{"type":"null"}]},"decision":{"enum":["none","refuted","supported"]},"name":{"type":"string"},"path":{"items":{"$ref":"#/$defs/Look"},"type":"array"},"threshold":{"type":"number"}},"required":["name","threshold","decision","decided_at","decided_after_episodes","path"],"type":"object"},"StoppingRule":{"additionalProperties":false,"properties":{"check_every":{"maximum":10000000,"minimum":1,"type":"integer"},"method":{"enum":["e_process"]},"min_blocks":{"maximum":10000000,"minimum":1,"type":"integer"}},"required":["method"],"type":"object"}},"additionalProperties":false,"properties":{"alpha":{"type":"number"},"blocks":{"minimum":0,"type":"integer"},"episodes":{"minimum":0,"type":"integer"},"evidence_id":{"pattern":"^evd_[0-7][0-9A-HJKMNP-TV-Z]{25}(?!\\n)$","type":"string"},"log_e_needed":{"type":"number"},"metrics":{"items":{"$ref":"#/$defs/MetricPath"},"type":"array"},"note":{"type":"string"},"planned":{"type":"boolean"},"rule":{"$ref":"#/$defs/StoppingRule"},"schema_version":{"enum":["worldflux.stopping.v0_draft"]},"status":{"enum":["applicable","savi_not_applicable"]},"stopped_early":{"type":"boolean"},"tasks":{"minimum":0,"type":"integer"}},"required":["schema_version","evidence_id","status","note","planned","stopped_early","alpha","log_e_needed","tasks","blocks","episodes","metrics"],"type":"object"},"worldflux.trusted_signers.v0":{"$defs":{"RevokedKey":{"additionalProperties":false,"properties":{"keyid":{"pattern":"^[0-9a-f]{64}(?!\\n)$","type":"string"},"note":{"maxLength":1000,"type":"string"},"reason":{"enum":["ceased","compromised","superseded"]},"revoked_at":{"pattern":"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?Z(?!\\n)$","type":"string"}},"required":["keyid","revoked_at","reason"],"type":"object"},"TrustedSigner":{"additionalProperties":false,"properties":{"algorithm":{"enum":["ecdsa-p256-sha256","ed25519"]},"keyid":{"pattern":"^[0-9a-f]{64}(?!\\n)$","type":"string"},"label":{"maxLength":200,"minLength":1,"type":"string"},"not_after":{"pattern":"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?Z(?!\\n)$","type":"string"},"not_before":{"pattern":"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?Z(?!\\n)$","type":"string"},"projects":{"items":{"pattern":"^clm_[0-9A-Z]*\\*?(?!\\n)$","type":"string"},"type":"array"},"public_key_pem":{"maxLength":10000,"minLength":1,"type":"string"},"roles":{"items":{"enum":["author","reviewer"]},"maxItems":2,"minItems":1,"type":"array"}},"required":["label","keyid","public_key_pem","algorithm","roles"],"type":"object"}},"additionalProperties":false,"properties":{"expires":{"pattern":"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?Z(?!\\n)$","type":"string"},"min_signers":{"maximum":16,"minimum":1,"type":"integer"},"require_timestamp":{"type":"boolean"},"revoked":{"items":{"$ref":"#/$defs/RevokedKey"},"maxItems":1000,"type":"array"},"schema_version":{"enum":["worldflux.trusted_signers.v0"]},"signers":{"items":{"$ref":"#/$defs/TrustedSigner"},"maxItems":1000,"type":"array"},"tsa_roots":{"items":{"maxLength":10000,"minLength":1,"type":"string"},"maxItems":32,"type":"array"},"version":{"minimum":1,"type":"integer"}},"required":["schema_version","version","signers"],"type":"object"}};

const SCHEMA_KEYWORDS = Object.freeze({
  type: (rule, value, place) =>
    [].concat(rule).some((kind) => isOfKind(kind, value, place)) || `it has to be of type ${rule}`,
  enum: (rule, value) =>
    rule.includes(value) || `it is none of ${rule.map((choice) => JSON.stringify(choice)).join(", ")}`,
  minimum: (rule, value) => typeof value !== "number" || value >= rule || `it is below ${rule}`,
  maximum: (rule, value) => typeof value !== "number" || value <= rule || `it is above ${rule}`,
  exclusiveMinimum: (rule, value) => typeof value !== "number" || value > rule || `it is not above ${rule}`,
  exclusiveMaximum: (rule, value) => typeof value !== "number" || value < rule || `it is not below ${rule}`,
  minLength: (rule, value) => typeof value !== "string" || codePoints(value) >= rule || `it is shorter than ${rule}`,
  maxLength: (rule, value) => typeof value !== "string" || codePoints(value) <= rule || `it is longer than ${rule}`,
  pattern: (rule, value) => typeof value !== "string" || patternOf(rule).test(value) || `it does not match ${rule}`,
  minItems: (rule, value) => !Array.isArray(value) || value.length >= rule || `it has fewer than ${rule} entries`,
  maxItems: (rule, value) => !Array.isArray(value) || value.length <= rule || `it has more than ${rule} entries`,
  maxProperties: (rule, value) =>
    !isObject(value) || Object.keys(value).length <= rule || `it has more than ${rule} fields`,
  required: (rule, value) => {
    const missing = isObject(value) ? rule.filter((name) => !(name in value)) : [];
    return missing.length === 0 || `the field ${JSON.stringify(missing[0])} is missing`;
  },
});

/** Keywords that say nothing about validity, or that `schemaFaults` follows itself. */
const SCHEMA_STRUCTURE = Object.freeze([
  "$schema",
  "$id",
  "$ref",
  "$defs",
  "title",
  "description",
  "default",
  "properties",
  "additionalProperties",
  "items",
  "prefixItems",
  "anyOf",
]);

const SCHEMA_PATTERNS = new Map();
const MOST_FAULTS = 20;

function patternOf(rule) {
  if (!SCHEMA_PATTERNS.has(rule)) SCHEMA_PATTERNS.set(rule, new RegExp(rule, "u"));
  return SCHEMA_PATTERNS.get(rule);
}

function codePoints(text) {
  return [...text].length;
}

function isObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** Whether a value has a JSON type; its place tells 1 from 1.0. */
function isOfKind(kind, value, place) {
  switch (kind) {
    case "object":
      return isObject(value);
    case "array":
      return Array.isArray(value);
    case "null":
      return value === null;
    case "integer":
      return Number.isInteger(value) && !isWrittenAsFloat(place);
    default:
      return typeof value === kind;
  }
}

function isWrittenAsFloat({ container, key }) {
  const keys = container && WRITTEN_AS_FLOAT.get(container);
  return Boolean(keys) && keys.has(key);
}

/**
 * All faults of a value, at most some twenty.
 * @param {*} value
 * @param {string} name name of a published schema
 * @returns {{pointer: string, message: string}[]}
 */
function schemaFaults(value, name) {
  const faults = [];
  collectFaults(value, SCHEMAS[name], { root: SCHEMAS[name], above: null, container: null, key: null }, faults);
  return faults;
}

/** JSON pointer of a place; put together only where something is wrong there. */
function pointerOf(place) {
  return place.above === null ? "" : pointerJoin(pointerOf(place.above), place.key);
}

function placeBelow(above, container, key) {
  return { root: above.root, above, container, key };
}

function collectFaults(value, schema, place, faults) {
  if (faults.length >= MOST_FAULTS) return;
  for (const keyword in schema) {
    const check = SCHEMA_KEYWORDS[keyword];
    const outcome = check ? check(schema[keyword], value, place) : true;
    if (outcome !== true) faults.push({ pointer: pointerOf(place), message: outcome });
  }
  if (schema.$ref) collectFaults(value, place.root.$defs[schema.$ref.split("/").pop()], place, faults);
  if (schema.anyOf) alternativeFaults(value, schema, place, faults);
  if (Array.isArray(value)) entryFaults(value, schema, place, faults);
  else if (isObject(value)) fieldFaults(value, schema, place, faults);
}

function alternativeFaults(value, schema, place, faults) {
  const attempts = schema.anyOf.map((alternative) => {
    const found = [];
    collectFaults(value, alternative, place, found);
    return found;
  });
  if (attempts.every((found) => found.length > 0)) {
    // The alternative that failed deepest is the one that was meant.
    faults.push(...attempts.reduce((best, found) => (found[0].pointer.length > best[0].pointer.length ? found : best)));
  }
}

function entryFaults(value, schema, place, faults) {
  const first = schema.prefixItems || [];
  value.forEach((entry, index) => {
    const rule = index < first.length ? first[index] : schema.items;
    const below = placeBelow(place, value, index);
    if (rule === false) faults.push({ pointer: pointerOf(below), message: "there are too many entries" });
    else if (rule) collectFaults(entry, rule, below, faults);
  });
}

function fieldFaults(value, schema, place, faults) {
  const known = schema.properties || {};
  for (const key in value) {
    const rule = Object.hasOwn(known, key) ? known[key] : schema.additionalProperties;
    const below = placeBelow(place, value, key);
    if (rule === false) faults.push({ pointer: pointerOf(below), message: `unknown field ${JSON.stringify(key)}` });
    else if (isObject(rule)) collectFaults(value[key], rule, below, faults);
  }
}

// --- 21-documents.js
/** The members of a package: role, media type, whether a share may hold them (`hosted`) or not (`local`), schema. */
const MEMBERS = Object.freeze({
  "claim.json": ["claim", "application/json", "hosted", "worldflux.claim.v0_draft"],
  "protocol.json": ["protocol", "application/json", "hosted", "worldflux.protocol.v0_draft"],
  "evidence.json": ["evidence", "application/json", "hosted", "worldflux.evidence.v0_draft"],
  "evidence.md": ["report", "text/markdown", "hosted"],
  "audit_input.json": ["audit_input", "application/json", "hosted", "worldflux.audit_input.v0_draft"],
  "audit_provenance.json": ["provenance", "application/json", "hosted", "worldflux.audit_provenance.v0_draft"],
  "episode_results.jsonl": ["episodes", "application/jsonl", "local"],
  "raw_evidence_manifest.json": [
    "raw_evidence",
    "application/json",
    "local",
    "worldflux.raw_evidence_manifest.v0_draft",
  ],
  "failure_evidence_index.jsonl": ["failure_index", "application/jsonl", "local"],
  "failure_replay_manifest.jsonl": ["failure_replays", "application/jsonl", "local"],
  "stopping.json": ["stopping", "application/json", "local", "worldflux.stopping.v0_draft"],
  "ppi.json": ["ppi", "application/json", "local", "worldflux.ppi.v0_draft"],
});
const MANIFEST = "artifact_manifest.json";
const MANIFEST_SCHEMA = "worldflux.artifact_manifest.v0_draft";
/** Members that only a stopping rule or an option of the audit asks for. */
const ASKED_FOR = Object.freeze(["stopping.json", "ppi.json"]);
const TRUST_SCHEMA = "worldflux.trusted_signers.v0";

/** Highest value of a success rate, by its unit. */
const RATE_SCALES = Object.freeze({ ratio: 1, percent: 100 });

/**
 * Read a document: strict JSON, its schema, and the rules between its fields.
 * @throws {GateFailure} of gate `json` or `schema`
 */
function readDocument(bytes, schemaName, file) {
  const value = parseJson(bytes, file);
  requireDocument(value, schemaName, file);
  return value;
}

function requireDocument(value, schemaName, file) {
  const version = isObject(value) ? value.schema_version : undefined;
  if (typeof version === "string" && version !== schemaName) {
    throw new GateFailure(
      "schema",
      "schema.unsupported",
      `this is a ${version.slice(0, 80)} document, not ${schemaName}`,
      {
        where: `${file}/schema_version`,
        next: "It may be newer than this verifier: get the one that belongs to the release that made the package.",
      },
    );
  }
  const faults = schemaFaults(value, schemaName);
  const all = faults.length > 0 ? faults : [...(DOCUMENT_RULES[schemaName] || noFaults)(value)];
  if (all.length === 0) return;
  const shown = all.map((fault) => `${file}${fault.pointer}: ${fault.message}`);
  throw new GateFailure("schema", all[0].code || "document.invalid", shown.join("\n"), {
    where: `${file}${all[0].pointer}`,
    next: "The package was not written by an audit, or was changed by hand.",
  });
}

function* noFaults() {}

/** What a schema cannot say: rules between fields. */
const DOCUMENT_RULES = Object.freeze({
  [MANIFEST_SCHEMA]: manifestFaults,
  "worldflux.claim.v0_draft": claimFaults,
  "worldflux.protocol.v0_draft": protocolFaults,
});

function* manifestFaults(manifest) {
  const sequence = manifest.sequence ?? 1;
  if (sequence > 1 !== "supersedes" in manifest) {
    yield faultAt("schema.sequence", "/sequence", "it is above 1 exactly where supersedes names the package before");
  }
  const paths = manifest.files.map((entry) => entry.path);
  if (!paths.every((path, index) => index === 0 || compareCodePoints(paths[index - 1], path) < 0)) {
    yield faultAt("schema.manifest_order", "/files", "the files are not sorted by path, each once");
  }
}

function* claimFaults(claim) {
  const seen = new Set();
  for (const [index, metric] of claim.expected_metrics.entries()) {
    const pointer = `/expected_metrics/${index}`;
    const label = "task" in metric ? `${metric.name} of ${metric.task}` : metric.name;
    if (seen.has(label)) yield faultAt("claim.metric_twice", pointer, `${label} is promised twice`);
    seen.add(label);
    if ("bounds" in metric && !(metric.bounds[0] < metric.bounds[1])) {
      yield faultAt("claim.bounds", pointer, "the lower bound has to lie below the upper one");
    }
    if (metric.name === "success_rate") yield* rateFaults(metric, claim.decision_rule.margin, pointer);
  }
  if ("baseline" in claim.decision_rule) yield* baselineFaults(claim);
}

function* rateFaults(metric, margin, pointer) {
  if (!Object.hasOwn(RATE_SCALES, metric.unit)) {
    yield faultAt("claim.unit", pointer, "a success rate is given as ratio or percent");
  } else if (!(metric.value >= 0 && metric.value <= RATE_SCALES[metric.unit])) {
    yield faultAt("claim.value", pointer, "a success rate outside its scale");
  } else if (margin >= RATE_SCALES[metric.unit]) {
    yield faultAt("claim.margin", "/decision_rule/margin", "the margin leaves nothing to show");
  }
}

function* baselineFaults(claim) {
  const baseline = claim.decision_rule.baseline;
  const pointer = "/decision_rule/baseline";
  const counted = "successes" in baseline && "trials" in baseline;
  const half = "successes" in baseline !== "trials" in baseline;
  if (half || counted === "value" in baseline) {
    yield faultAt("claim.baseline", pointer, "a baseline is either a value, or successes and trials");
  } else if (counted && !claim.expected_metrics.some((metric) => metric.name === "success_rate")) {
    yield faultAt("claim.baseline", pointer, "counts of a baseline need a success rate to be compared with");
  } else if (counted && baseline.successes > baseline.trials) {
    yield faultAt("claim.baseline", pointer, "a baseline cannot have more successes than trials");
  }
}

function* protocolFaults(protocol) {
  yield* twiceListed(protocol.benchmark.task_list, "/benchmark/task_list");
  yield* twiceListed(protocol.execution.seeds, "/execution/seeds");
}

function* twiceListed(entries, pointer) {
  const seen = new Set();
  for (const [index, entry] of entries.entries()) {
    if (seen.has(entry))
      yield faultAt("protocol.twice", `${pointer}/${index}`, `${JSON.stringify(entry)} stands twice`);
    seen.add(entry);
  }
}

function faultAt(code, pointer, message) {
  return { code, pointer, message };
}

/** Order of two texts by code points, as Python sorts them; JavaScript's own order is by UTF-16 units. */
function compareCodePoints(left, right) {
  const [first, second] = [[...left], [...right]];
  for (let index = 0; index < Math.min(first.length, second.length); index += 1) {
    const difference = first[index].codePointAt(0) - second[index].codePointAt(0);
    if (difference !== 0) return difference;
  }
  return first.length - second.length;
}

// --- 25-tree.js
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

// --- 26-archive.js
/*
 * A packed package: a POSIX tar (ustar, IEEE Std 1003.1), plain or gzipped. Only regular files and the folders of one
 * package are taken; links, devices, extended headers and whatever two readers of tar files could understand
 * differently are refused, also where it would do no harm.
 */

const TAR_BLOCK = 512;
const TAR_MAGICS = Object.freeze(["ustar\x0000", "ustar  \0"]);
const TAR_UNSAFE = Object.freeze({
  1: ["tree.hard_link", "a hard link"],
  2: ["tree.symlink", "a symbolic link"],
  3: ["tree.special_file", "a device"],
  4: ["tree.special_file", "a device"],
  6: ["tree.special_file", "a pipe"],
});
const MOST_END_ZEROS = 1024 ** 2;
const MOST_INFLATED = 4 * 1024 ** 3;
const BELIEVED_INFLATED = 100 * 1024 ** 2;
const MOST_FROM_ONE_BYTE = 100;
const GZIP_TRAILER = 8;

function archiveFailure(code, message, name = "") {
  return treeFailure(code, message, name, "Ask the author for the package again; `worldflux audit pack` writes it.");
}

function damagedArchive(what) {
  return archiveFailure("tree.archive_damaged", `the archive is damaged: ${what}`);
}

/**
 * Unpack a `.tar` or `.tar.gz` in memory.
 * @param {Uint8Array} bytes
 * @returns {Promise<Map<string, Uint8Array>>} files by their path inside the package's folder
 * @throws {GateFailure} of gate `tree`
 */
async function unpackArchive(bytes) {
  return filesOfTar(startsWith(bytes, [0x1f, 0x8b]) ? await inflatedGzip(bytes) : bytes);
}

/** Undo gzip (RFC 1952), of one member and nothing after it, no further than its size makes believable. */
async function inflatedGzip(bytes) {
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  const pieces = [];
  let size = 0;
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      pieces.push(piece.value);
      size += piece.value.length;
      refuseBomb(size, bytes.length);
    }
  } catch (error) {
    reader.cancel().catch(() => undefined);
    throw error instanceof GateFailure
      ? error
      : damagedArchive("it cannot be inflated, or something stands behind its end");
  }
  const inflated = joinBytes(...pieces);
  requireOneMember(bytes, inflated);
  return inflated;
}

function refuseBomb(inflated, compressed) {
  const unbelievable = inflated > BELIEVED_INFLATED && inflated > MOST_FROM_ONE_BYTE * compressed;
  if (unbelievable || inflated > MOST_INFLATED) {
    throw archiveFailure("tree.archive_bomb", "the archive was made to fill a disk, or is larger than fits here");
  }
}

/** The last eight bytes have to speak of all that was inflated: some readers also take what comes after a member. */
function requireOneMember(bytes, inflated) {
  const trailer = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - GZIP_TRAILER);
  if (trailer.getUint32(0, true) !== crc32(inflated) || trailer.getUint32(4, true) !== inflated.length % 2 ** 32) {
    throw archiveFailure("tree.archive_trailing", "something stands behind the end of the compressed archive");
  }
}

/** CRC-32 of RFC 1952 section 8. */
function crc32(bytes) {
  const table = Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
    return value;
  });
  let sum = 0xffffffff;
  for (const byte of bytes) sum = table[(sum ^ byte) & 255] ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}

function filesOfTar(bytes) {
  const entries = [];
  let at = 0;
  while (!isZero(tarBlock(bytes, at))) {
    const entry = tarEntry(tarBlock(bytes, at));
    const end = at + TAR_BLOCK + entry.size;
    const next = Math.ceil(end / TAR_BLOCK) * TAR_BLOCK;
    if (next > bytes.length) throw damagedArchive("it is cut off");
    if (!isZero(bytes.subarray(end, next))) throw damagedArchive("a file is not followed by zeros");
    entries.push({ ...entry, data: bytes.subarray(at + TAR_BLOCK, end) });
    at = next;
  }
  if (!isZero(tarBlock(bytes, at + TAR_BLOCK))) throw damagedArchive("something stands behind its end");
  const rest = bytes.subarray(at + 2 * TAR_BLOCK);
  if (rest.length > MOST_END_ZEROS || !isZero(rest)) {
    throw archiveFailure("tree.archive_trailing", "something stands behind the end of the archive");
  }
  return filesBelowTop(entries);
}

function tarBlock(bytes, at) {
  const block = bytes.subarray(at, at + TAR_BLOCK);
  if (block.length < TAR_BLOCK) throw damagedArchive("it is cut off");
  return block;
}

function isZero(bytes) {
  return bytes.every((byte) => byte === 0);
}

function tarEntry(header) {
  if (!TAR_MAGICS.includes(latin1(header, 257, 265))) throw damagedArchive("it is not in the ustar format");
  if (tarNumber(header, 148, 156) !== tarChecksum(header)) throw damagedArchive("a header has another checksum");
  const name = tarName(header);
  const type = latin1(header, 156, 157);
  if (Object.hasOwn(TAR_UNSAFE, type)) {
    throw archiveFailure(TAR_UNSAFE[type][0], `the archive holds ${TAR_UNSAFE[type][1]}`, name);
  }
  if (!["0", "\0", "5"].includes(type)) {
    throw archiveFailure("tree.archive_extension", "the archive uses an extension of tar", name);
  }
  const [size, isFolder] = [tarNumber(header, 124, 136), type === "5"];
  if (!isZero(header.subarray(157, 257)) || (isFolder && size > 0)) throw damagedArchive("a header contradicts itself");
  return { name: isFolder ? name.replace(/\/$/, "") : name, size, isFolder };
}

function tarName(header) {
  const [name, prefix] = [tarText(header, 0, 100), tarText(header, 345, 500)];
  // In GNU headers the place of the prefix holds other things, which programs read differently.
  const isGnu = latin1(header, 257, 265) !== TAR_MAGICS[0];
  if (!isZero(header.subarray(500)) || (prefix && isGnu))
    throw damagedArchive("a header holds more than the format has");
  return prefix ? `${prefix}/${name}` : name;
}

function latin1(bytes, start, end) {
  return String.fromCharCode(...bytes.subarray(start, end));
}

/** A text field: UTF-8 up to the first NUL; after it nothing but NULs. */
function tarText(header, start, end) {
  const field = header.subarray(start, end);
  const stop = field.indexOf(0) < 0 ? field.length : field.indexOf(0);
  if (!isZero(field.subarray(stop))) throw damagedArchive("a name in it does not end where it ends");
  const text = utf8Text(field.subarray(0, stop));
  if (text === null) throw archiveFailure("tree.unsafe_name", "a name in it is not UTF-8");
  return text;
}

function tarNumber(header, start, end) {
  const found = /^ *([0-7]{1,11})[ \0]+$/.exec(latin1(header, start, end));
  if (!found) throw damagedArchive("a header holds no octal number where one has to be");
  return parseInt(found[1], 8);
}

/** Sum of a header's bytes, its own checksum field read as spaces. */
function tarChecksum(header) {
  return header.reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 32 : byte), 0);
}

/** The files by their path below the one folder that a packed package is. */
function filesBelowTop(entries) {
  const known = new Set();
  const files = new Map();
  const top = entries.length > 0 ? entries[0].name.split("/")[0] : "";
  for (const { name, isFolder, data } of entries) {
    if (known.has(name)) throw archiveFailure("tree.duplicate", "the archive holds a name twice", name);
    known.add(name);
    const reason = nameFault(name);
    if (reason) throw archiveFailure("tree.unsafe_name", `the name ${shownName(name)} is not safe: ${reason}`, name);
    const below = name.slice(top.length + 1);
    if (name.split("/")[0] !== top || (below === "" && !isFolder)) {
      throw archiveFailure("tree.folder", "the archive holds more than one folder", name);
    }
    if (!isFolder) files.set(below, data);
    else if (below !== "" && `${below}/` !== SIGNATURES) throw archiveFailure("tree.folder", "an unknown folder", name);
  }
  return files;
}

// --- 30-ed25519.js
/*
 * Ed25519 (RFC 8032). Web Crypto verifies; what it leaves to the caller is checked here: that a key is a point of the
 * curve in canonical form and not of small order (anybody can sign for such a key), and that S lies below the group's
 * order. Where a browser's Web Crypto has no Ed25519 yet, the same equation is computed with big integers.
 */

const FIELD = 2n ** 255n - 19n;
const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const CURVE_D = inField(-121665n * fieldInverse(121666n));
const ROOT_OF_MINUS_ONE = fieldPower(2n, (FIELD - 1n) / 4n);
const IDENTITY = Object.freeze([0n, 1n, 1n, 0n]);

function inField(number) {
  const rest = number % FIELD;
  return rest < 0n ? rest + FIELD : rest;
}

function fieldPower(base, exponent) {
  let [result, square] = [1n, inField(base)];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = inField(result * square);
    square = inField(square * square);
  }
  return result;
}

function fieldInverse(number) {
  return fieldPower(number, FIELD - 2n);
}

function littleEndian(bytes) {
  return bytes.reduceRight((number, byte) => (number << 8n) | BigInt(byte), 0n);
}

/** Decode a point (RFC 8032 section 5.1.3). @returns extended coordinates, or null where the bytes are no point */
function decodePoint(bytes) {
  const encoded = littleEndian(bytes);
  const sign = encoded >> 255n;
  const y = encoded & (2n ** 255n - 1n);
  if (y >= FIELD) return null;
  const u = inField(y * y - 1n);
  const v = inField(CURVE_D * y * y + 1n);
  let x = inField(u * v ** 3n * fieldPower(u * v ** 7n, (FIELD - 5n) / 8n));
  if (inField(v * x * x) !== u) x = inField(x * ROOT_OF_MINUS_ONE);
  if (inField(v * x * x) !== u || (x === 0n && sign === 1n)) return null;
  if ((x & 1n) !== sign) x = FIELD - x;
  return [x, y, 1n, inField(x * y)];
}

/** Add two points in extended coordinates (RFC 8032 section 5.1.4). */
function addPoints([x1, y1, z1, t1], [x2, y2, z2, t2]) {
  const a = inField((y1 - x1) * (y2 - x2));
  const b = inField((y1 + x1) * (y2 + x2));
  const c = inField(2n * t1 * t2 * CURVE_D);
  const d = inField(2n * z1 * z2);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return [inField(e * f), inField(g * h), inField(f * g), inField(e * h)];
}

function multiplyPoint(factor, point) {
  let [result, doubled] = [IDENTITY, point];
  for (let rest = factor; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = addPoints(result, doubled);
    doubled = addPoints(doubled, doubled);
  }
  return result;
}

function isIdentity([x, y, z]) {
  return inField(x) === 0n && inField(y - z) === 0n;
}

function encodePoint([x, y, z]) {
  const scale = fieldInverse(z);
  const number = inField(y * scale) | ((inField(x * scale) & 1n) << 255n);
  return Uint8Array.from({ length: 32 }, (_, index) => Number((number >> BigInt(8 * index)) & 255n));
}

/** @returns {string|null} why 32 bytes are no usable Ed25519 key */
function ed25519KeyFault(bytes) {
  const point = decodePoint(bytes);
  if (point === null) return "the Ed25519 point is not on the curve, or not in canonical form";
  return isIdentity(multiplyPoint(8n, point))
    ? "the Ed25519 point has small order, so that anybody can sign for it"
    : null;
}

/** Whether `signature` is one of the key over the message, S below the group's order (RFC 8032 section 5.1.7). */
async function verifyEd25519(key, signature, message) {
  if (signature.length !== 64 || littleEndian(signature.subarray(32)) >= GROUP_ORDER) return false;
  let imported;
  try {
    imported = await webCrypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  } catch {
    return verifyByEquation(key, signature, message);
  }
  return webCrypto.subtle.verify({ name: "Ed25519" }, imported, signature, message);
}

/** The same without Web Crypto's help: R has to be S·B - k·A, k = SHA-512(R, A, message). */
async function verifyByEquation(key, signature, message) {
  const hash = await webCrypto.subtle.digest("SHA-512", joinBytes(signature.subarray(0, 32), key, message));
  const k = littleEndian(new Uint8Array(hash)) % GROUP_ORDER;
  const base = decodePoint(encodedBasePoint());
  const [x, y, z, t] = decodePoint(key);
  const minusKey = [inField(-x), y, z, inField(-t)];
  const sum = addPoints(multiplyPoint(littleEndian(signature.subarray(32)), base), multiplyPoint(k, minusKey));
  return equalBytes(encodePoint(sum), signature.subarray(0, 32));
}

/** The base point's encoding: y = 4/5, x positive. */
function encodedBasePoint() {
  return Uint8Array.from({ length: 32 }, (_, index) => (index === 0 ? 0x58 : 0x66));
}

// --- 31-p256.js
/* ECDSA on P-256 with SHA-256 (FIPS 186-5). On the wire a signature is DER; Web Crypto wants r and s side by side. */

const P256_FIELD = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const P256_B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

function bigEndian(bytes) {
  return bytes.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);
}

/** @returns {string|null} why 65 bytes are no uncompressed point of P-256 */
function p256KeyFault(bytes) {
  const [x, y] = [bigEndian(bytes.subarray(1, 33)), bigEndian(bytes.subarray(33))];
  if (x >= P256_FIELD || y >= P256_FIELD) return "the point is not on P-256";
  return (y * y - (x ** 3n - 3n * x + P256_B)) % P256_FIELD === 0n ? null : "the point is not on P-256";
}

/**
 * DER `SEQUENCE {INTEGER r, INTEGER s}` as 64 bytes; null for any other spelling (BER lengths, padding, signs, bytes
 * left over) and for numbers outside 1 to the group's order less 1.
 */
function rawFromDer(der) {
  if (der.length < 8 || der.length > 72 || der[0] !== 0x30 || der[1] !== der.length - 2) return null;
  const first = derInteger(der, 2);
  const second = first && derInteger(der, first.end);
  if (!second || second.end !== der.length) return null;
  const raw = new Uint8Array(64);
  raw.set(first.bytes, 32 - first.bytes.length);
  raw.set(second.bytes, 64 - second.bytes.length);
  return raw;
}

function derInteger(der, at) {
  if (der[at] !== 0x02) return null;
  const content = der.subarray(at + 2, at + 2 + der[at + 1]);
  const isWhole = content.length === der[at + 1] && content.length > 0 && content[0] < 0x80;
  const isPadded = content.length > 1 && content[0] === 0 && content[1] < 0x80;
  if (!isWhole || isPadded) return null;
  const bytes = content[0] === 0 ? content.subarray(1) : content;
  const number = bigEndian(bytes);
  return number === 0n || number >= P256_ORDER ? null : { bytes, end: at + 2 + content.length };
}

async function verifyP256(point, der, message) {
  const raw = rawFromDer(der);
  if (raw === null) return false;
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const key = await webCrypto.subtle.importKey("raw", point, curve, false, ["verify"]);
  return webCrypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, raw, message);
}

// --- 32-keys.js
/* Public keys: one spelling each, the SubjectPublicKeyInfo of RFC 8410 (Ed25519) and RFC 5480 (P-256, uncompressed). */

const ED25519_SPKI = Object.freeze([0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00]);
const P256_SPKI = Object.freeze([
  0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
  0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
]);
// Blanks are those of ASCII: other scripts' blanks and a byte order mark are no white space to every reader.
const PEM_PUBLIC_KEY =
  /^[ \t\n\r\f\v]*-----BEGIN PUBLIC KEY-----\r?\n([A-Za-z0-9+/=\r\n]+)\r?\n-----END PUBLIC KEY-----[ \t\n\r\f\v]*$/;

/**
 * A public key, checked.
 * @param {Uint8Array} spki DER SubjectPublicKeyInfo
 * @returns {Promise<{keyid: string, algorithm: string, verify: function}|{fault: string}>} `keyid`: SHA-256 of the DER
 */
async function publicKey(spki) {
  const kind = kindOfKey(spki);
  if (!kind) return { fault: "not a key that is supported: Ed25519, or ECDSA on P-256 with its point uncompressed" };
  const point = spki.subarray(kind.prefix.length);
  const reason = kind.faultOf(point);
  if (reason) return { fault: reason };
  return {
    keyid: await hashHex(spki),
    algorithm: kind.algorithm,
    verify: (signature, message) => kind.verify(point, signature, message),
  };
}

function kindOfKey(spki) {
  if (spki.length === 44 && startsWith(spki, ED25519_SPKI)) {
    return { prefix: ED25519_SPKI, algorithm: "ed25519", faultOf: ed25519KeyFault, verify: verifyEd25519 };
  }
  if (spki.length === 91 && startsWith(spki, P256_SPKI) && spki[P256_SPKI.length] === 4) {
    return { prefix: P256_SPKI, algorithm: "ecdsa-p256-sha256", faultOf: p256KeyFault, verify: verifyP256 };
  }
  return null;
}

/** A public key from PEM (RFC 7468): nothing but white space may stand around it. */
async function publicKeyFromPem(text) {
  const found = PEM_PUBLIC_KEY.exec(text);
  const spki = found ? decodeBase64(found[1].replace(/[\r\n]/g, "")) : null;
  return spki === null || /[-_]/.test(found[1]) ? { fault: "not one public key in PEM form" } : publicKey(spki);
}

// --- 33-envelope.js
/* DSSE envelopes (Dead Simple Signing Envelope, version 1.0.2). Nothing in one is believed because it stands there. */

const PAYLOAD_TYPE = "application/vnd.in-toto+json";
const MOST_ENVELOPE_SIGNATURES = 8;
/** An envelope is flat and small; fields that DSSE does not know may be neither deep nor large. */
const ENVELOPE_LIMITS = Object.freeze({ maxBytes: 16 * 1024 ** 2, maxDepth: 16 });

function signatureFailure(code, message, file, next) {
  return new GateFailure("signature", code, message, {
    where: file,
    next: next || "Do not use this evidence; get the package from its author again.",
  });
}

/** The bytes that a signature is over: the payload and its type, joined so that neither can be taken for the other. */
function preAuthenticationEncoding(payloadType, payload) {
  const type = utf8Bytes(payloadType);
  return joinBytes(utf8Bytes(`DSSEv1 ${type.length} `), type, utf8Bytes(` ${payload.length} `), payload);
}

/**
 * Read an envelope. Fields that DSSE does not know are ignored.
 * @returns {Promise<{payloadType: string, payload: Uint8Array, signatures: object[]}>}
 * @throws {GateFailure} of gate `signature`
 */
async function readEnvelope(bytes, file) {
  const value = parseSignatureFile(bytes, file, ENVELOPE_LIMITS);
  const payload = base64Field(value, "payload", file);
  const payloadType = textField(value, "payloadType", file);
  const listed = value.signatures;
  if (!Array.isArray(listed) || listed.length === 0) {
    throw signatureFailure("signature.envelope", "not a DSSE envelope: it lists no signatures", file);
  }
  if (listed.length > MOST_ENVELOPE_SIGNATURES) {
    throw signatureFailure("signature.too_many", `${listed.length} signatures in one envelope`, file);
  }
  const signatures = [];
  for (const entry of listed) signatures.push(await envelopeSignature(entry, file));
  refuseRepeated(signatures.map((entry) => entry.keyid).filter(Boolean), file);
  return { payloadType, payload, signatures };
}

/** Whatever is wrong with a signature file as JSON is a fault of the signature, not of the package's documents. */
function parseSignatureFile(bytes, file, limits) {
  try {
    return parseJson(bytes, file, limits);
  } catch (error) {
    if (error instanceof GateFailure) throw signatureFailure(error.code, error.message, error.where);
    throw error;
  }
}

async function envelopeSignature(entry, file) {
  const signature = base64Field(entry, "sig", file);
  const keyid = "keyid" in entry ? textField(entry, "keyid", file) : "";
  const carried = "public_key" in entry ? await publicKey(base64Field(entry, "public_key", file)) : null;
  if (carried && carried.fault) {
    throw signatureFailure("signature.carried_key", `the key that the envelope carries: ${carried.fault}`, file);
  }
  return { signature, keyid, carried };
}

function refuseRepeated(keyids, file) {
  if (new Set(keyids).size < keyids.length) {
    throw signatureFailure("signature.duplicate_key", "one key is named for two signatures", file);
  }
}

function textField(value, name, file) {
  if (!isObject(value) || typeof value[name] !== "string") {
    throw signatureFailure("signature.envelope", `not a DSSE envelope: ${name} is no text`, file);
  }
  return value[name];
}

function base64Field(value, name, file) {
  const bytes = decodeBase64(textField(value, name, file));
  if (bytes === null) {
    throw signatureFailure("signature.base64", `${name} is not base64 as an encoder writes it`, file);
  }
  return bytes;
}

/**
 * Verify every signature of an envelope. Keys that the reader trusts are tried first, all of them, whatever key the
 * envelope names; the key that it carries comes last and proves no more than that the bytes are whole.
 * @param {object[]} trusted keys from a trust file
 * @returns {Promise<{payload: Uint8Array, signedBy: {keyid: string, algorithm: string, known: boolean}[]}>}
 * @throws {GateFailure} of gate `signature`
 */
async function openEnvelope(bytes, file, trusted) {
  const envelope = await readEnvelope(bytes, file);
  const signed = preAuthenticationEncoding(envelope.payloadType, envelope.payload);
  const signedBy = [];
  for (const entry of envelope.signatures) signedBy.push(await signerOf(entry, signed, trusted, file));
  refuseRepeated(
    signedBy.map((signer) => signer.keyid),
    file,
  );
  if (envelope.payloadType !== PAYLOAD_TYPE) {
    throw signatureFailure("signature.payload_type", "the signed payload is no in-toto Statement", file);
  }
  return { payload: envelope.payload, signedBy };
}

async function signerOf(entry, signed, trusted, file) {
  for (const key of trusted) {
    if (await key.verify(entry.signature, signed)) return { keyid: key.keyid, algorithm: key.algorithm, known: true };
  }
  const { carried } = entry;
  if (carried === null && !trusted.some((key) => key.keyid === entry.keyid)) {
    throw signatureFailure(
      "signature.no_key",
      "the key that signed is not at hand, and the file does not carry it",
      file,
      "Ask the signer for the public key and put it into a trust file.",
    );
  }
  const good = carried && carried.keyid === entry.keyid && (await carried.verify(entry.signature, signed));
  if (!good) throw signatureFailure("signature.bad", "the signature is not good over these bytes", file);
  return { keyid: carried.keyid, algorithm: carried.algorithm, known: false };
}

// --- 34-public-view.js
/* The public view: all that a share may ever show of a package, as a function of its evidence and its manifest. */

const VIEW_SIZES = Object.freeze([
  [1e3, "under 1 KB"],
  [1e5, "1 KB to 100 KB"],
  [1e7, "100 KB to 10 MB"],
  [1e9, "10 MB to 1 GB"],
  [Infinity, "over 1 GB"],
]);
const VIEW_METRIC_FIELDS = Object.freeze([
  "name",
  "unit",
  "operator",
  "role",
  "value",
  "threshold",
  "target",
  "verdict",
  "estimate",
  "successes",
  "trials",
  "decision_trials",
  "method",
  "interval",
  "robust",
  "flags",
  "k_crit",
  "p_value",
  "power",
]);

/** @returns the view as a plain value; it is an allow list, so a field that is not named here is not shown */
function publicViewOf(evidence, manifest, manifestDigest) {
  return {
    schema_version: "worldflux.public_view.v0_draft",
    display_id: `wf-${manifestDigest.slice("sha256:".length, "sha256:".length + 12)}`,
    manifest: manifestDigest,
    claim: { text: evidence.claim.text, hash: evidence.claim.hash },
    protocol: pickFields(evidence.protocol, ["hash", "binding", "precedence"]),
    result: {
      ...pickFields(evidence, ["verdict", "headline", "reasons", "denominator"]),
      metrics: evidence.metrics.map(shownMetric),
    },
    ...pickFields(evidence, [
      "scope",
      "recommendation",
      "deployment_summary",
      "missing_evidence",
      "unsupported_claims",
      "next_falsification_axes",
      "claim_boundary",
    ]),
    findings: shownFindings(evidence.findings),
    artifacts: manifest.files.map(shownArtifact),
  };
}

function pickFields(value, names) {
  return Object.fromEntries(names.map((name) => [name, value[name]]));
}

function shownMetric(metric) {
  const shown = Object.fromEntries(VIEW_METRIC_FIELDS.map((name) => [name, metric[name] ?? null]));
  return "task" in metric ? { ...shown, task: metric.task } : shown;
}

/** Codes with their severity, counted, in the order of their first mention. */
function shownFindings(findings) {
  const counted = new Map();
  for (const { code, severity } of findings) {
    const key = JSON.stringify([code, severity]);
    const entry = counted.get(key) || { code, severity, count: 0 };
    entry.count += 1;
    counted.set(key, entry);
  }
  return [...counted.values()];
}

function shownArtifact(entry) {
  const [, size] = VIEW_SIZES.find(([limit]) => entry.size < limit);
  const [kind, , shareClass] = MEMBERS[entry.path];
  return { name: entry.path, kind, size, state: shareClass === "hosted" ? "hosted" : "withheld" };
}

// --- 40-manifest.js
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

// --- 41-signatures.js
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

// --- 42-binding.js
/* Gate `binding`: the members of a package are about each other. Hashes and ids only; no episode is refused here. */

const PLACEHOLDER = /^sha256:([0-9a-f])\1{63}$/;

/** How the protocol names the claim: by its hash, or by a placeholder (one digit 64 times). */
function bindingOf(protocol) {
  return PLACEHOLDER.test(protocol.claim_hash) ? "placeholder" : "bound";
}

/**
 * Compare every hash and id that one member states of another.
 * @param {object} members parsed members by file name
 * @returns {Promise<string>}
 * @throws {GateFailure} of gate `binding`, naming every difference
 */
async function requireBound(manifest, members, files) {
  const differences = [
    ...(await claimAndProtocolDiffer(members)),
    ...idsDiffer(manifest, members),
    ...episodesDiffer(manifest, members),
    ...(await materialsDiffer(members, files)),
  ];
  if (differences.length > 0) {
    throw new GateFailure("binding", differences[0].code, differences.map((each) => each.message).join("\n"), {
      where: differences[0].where,
      next: "Members of different audits were put together; get the package again.",
    });
  }
  return bindingOf(members["protocol.json"]) === "placeholder"
    ? "ids and hashes agree; the protocol holds a placeholder instead of the claim's hash"
    : "claim, protocol, evidence, provenance and episodes name each other's ids and hashes";
}

/** Rows `[code, place, stated, actual]` whose last two differ, as differences. */
function differing(rows) {
  return rows
    .filter(([, , stated, actual]) => stated !== actual)
    .map(([code, where, stated, actual]) => ({ code, where, message: `${where} names ${stated}; it is ${actual}` }));
}

async function claimAndProtocolDiffer(members) {
  const { "claim.json": claim, "protocol.json": protocol, "evidence.json": evidence } = members;
  const [claimHash, protocolHash] = [await digestOfValue(claim), await digestOfValue(protocol)];
  const binding = bindingOf(protocol);
  return differing([
    ["binding.claim_id", "protocol.json/claim_id", protocol.claim_id, claim.id],
    [
      "binding.claim_hash",
      "protocol.json/claim_hash",
      protocol.claim_hash,
      binding === "placeholder" ? protocol.claim_hash : claimHash,
    ],
    ["binding.evidence", "evidence.json/claim/id", evidence.claim.id, claim.id],
    ["binding.evidence", "evidence.json/claim/hash", evidence.claim.hash, claimHash],
    ["binding.evidence", "evidence.json/protocol/id", evidence.protocol.id, protocol.id],
    ["binding.evidence", "evidence.json/protocol/hash", evidence.protocol.hash, protocolHash],
    ["binding.evidence", "evidence.json/protocol/binding", evidence.protocol.binding, binding],
  ]);
}

function idsDiffer(manifest, members) {
  const { "evidence.json": evidence, "audit_provenance.json": provenance } = members;
  return differing([
    ["binding.evidence_id", `${MANIFEST}/evidence_id`, manifest.evidence_id, evidence.id],
    ["binding.evidence_id", "audit_provenance.json/evidence_id", provenance.evidence_id, evidence.id],
    ["binding.evidence_id", "audit_provenance.json/created_at", provenance.created_at, evidence.created_at],
    ["binding.evidence_id", "audit_provenance.json/tool/rules", provenance.tool.rules, evidence.rules],
    ["binding.evidence_id", "audit_provenance.json/tool/render", provenance.tool.render, evidence.render],
  ]);
}

function episodesDiffer(manifest, members) {
  const { path, sha256 } = members["audit_input.json"].episodes;
  const listed = manifest.files.find((entry) => entry.path === "episode_results.jsonl");
  const exports = rawEntries(members).filter((entry) => "redacted_export" in entry);
  return differing([
    ["binding.episodes", "audit_input.json/episodes/path", path, "episode_results.jsonl"],
    ["binding.episodes", "audit_input.json/episodes/sha256", sha256, listed.sha256],
    ...exports.flatMap((entry) => [
      [
        "binding.raw_evidence",
        "raw_evidence_manifest.json/entries",
        entry.redacted_export.path,
        "episode_results.jsonl",
      ],
      ["binding.raw_evidence", "raw_evidence_manifest.json/entries", entry.redacted_export.sha256, sha256],
    ]),
  ]);
}

function rawEntries(members) {
  const raw = members["raw_evidence_manifest.json"];
  return raw ? raw.entries : [];
}

/** What the provenance says was read is what the other members were made of. */
async function materialsDiffer(members, files) {
  const { materials } = members["audit_provenance.json"];
  const place = "audit_provenance.json/materials";
  const stated = new Map(materials.map((entry) => [JSON.stringify([entry.role, entry.name]), entry.sha256]));
  const rows = [];
  for (const [role, name] of [
    ["claim", "claim.json"],
    ["protocol", "protocol.json"],
  ]) {
    const bytes = await digestOf(files.get(name));
    rows.push(["binding.materials", place, stated.get(JSON.stringify([role, name])), bytes]);
  }
  if (members["raw_evidence_manifest.json"]) {
    rows.push(["binding.materials", place, rawFilesOf(materials), rawFilesOf(rawEntries(members))]);
  }
  return differing(rows);
}

/** Names and digests of raw files, as one text: from materials (`role`, `name`) or from raw evidence (`kind`, `id`). */
function rawFilesOf(entries) {
  const files = new Map(
    entries
      .filter((entry) => ["evaluator_output", "run_info"].includes(entry.role || entry.kind) && "sha256" in entry)
      .map((entry) => [entry.role ? entry.name : entry.id, entry.sha256]),
  );
  return JSON.stringify([...files].sort());
}

// --- 43-recomputation.js
/* Gate `recomputation`: every number of a package follows from its episodes, or the package does not pass. */

const RULES_VERSION = "v1";
/** Differences that a report names one by one. */
const MOST_DIFFERENCES = 20;

/** What the numbers give: rows for the report, and the failure of the gate or one sentence. */
async function recomputed(members, files) {
  const { "audit_input.json": auditInput, "evidence.json": evidence, "protocol.json": protocol } = members;
  requireKnownVersions(evidence);
  const episodes = files.has("episode_results.jsonl")
    ? parseLines(files.get("episode_results.jsonl"), "episode_results.jsonl", EPISODE_SCHEMA)
    : null;
  if (episodes) requireCounts(episodes, auditInput, protocol);
  if (episodes) requireFailureLines(files, episodes, auditInput.run.inputs);
  requireFindings(members, episodes);
  const numbers = numbersOf(members, files, episodes !== null);
  const mismatches = numbers.filter((row) => row.status === "mismatch");
  if (mismatches.length > 0) return { numbers, failure: mismatchFailure(mismatches, "evidence.json") };
  const askedFor = askedForFailure(members, episodes !== null);
  if (askedFor) return { numbers, failure: askedFor };
  const report = utf8Text(files.get("evidence.md"));
  if (report === null || report !== (await renderEvidence(evidence))) {
    const message = "evidence.md is not what its renderer makes of the evidence";
    return { numbers, failure: recomputationFailure("recomputation.report", message, "evidence.md") };
  }
  return { numbers, detail: recomputedSentence(numbers, auditInput, episodes) };
}

function requireKnownVersions(evidence) {
  const known = { rules: RULES_VERSION, render: RENDER_VERSION };
  for (const name of Object.keys(known)) {
    if (evidence[name] !== known[name]) {
      throw new GateFailure(
        "schema",
        "schema.newer",
        `${name} ${evidence[name].slice(0, 80)} is newer than this verifier`,
        {
          where: `evidence.json/${name}`,
          next: "Get the verifier that belongs to the release that made the package.",
        },
      );
    }
  }
}

function requireCounts(episodes, auditInput, protocol) {
  const counted = computed(() => WorldfluxNumbers.cellsOf(episodes, auditInput, protocol));
  const stated = auditInput.episodes.count;
  const differences = [
    ...(counted.episodes === stated
      ? []
      : [{ pointer: "/episodes/count", stored: stated, recomputed: counted.episodes }]),
    ...WorldfluxNumbers.compareCells(auditInput, counted),
  ];
  if (differences.length === 0) return;
  const shown = differences.slice(0, MOST_DIFFERENCES).map(differenceSentence("audit_input.json"));
  throw recomputationFailure(
    "recomputation.audit_input",
    shown.join("\n"),
    `audit_input.json${differences[0].pointer}`,
  );
}

function requireFindings(members, episodes) {
  const differences = findingDifferences(members, episodes);
  if (differences.length > 0) {
    const shown = differences.slice(0, MOST_DIFFERENCES).join("\n");
    throw recomputationFailure("recomputation.findings", shown, "audit_input.json/findings");
  }
}

function differenceSentence(file) {
  return ({ pointer, stored, recomputed: again }) =>
    `${file}${pointer} is not what follows: stored ${shownValue(stored)}, recomputed ${shownValue(again)}`;
}

function shownValue(value) {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length <= 100 ? text : `${text.slice(0, 100)}...`;
}

function numbersOf(members, files, hasEpisodes) {
  const {
    "claim.json": claim,
    "protocol.json": protocol,
    "audit_input.json": auditInput,
    "evidence.json": evidence,
  } = members;
  const binding = bindingOf(protocol);
  return computed(() => {
    const auditInputText = utf8Text(files.get("audit_input.json"));
    const again = WorldfluxNumbers.recompute({ claim, protocol, auditInput, auditInputText, evidence, binding });
    return WorldfluxNumbers.compare(evidence, again, { episodes: hasEpisodes });
  });
}

/** The numbers of input that has no meaning are no reason to stop: the gate says that they cannot be computed. */
function computed(compute) {
  try {
    return compute();
  } catch (error) {
    throw recomputationFailure(
      "recomputation.impossible",
      `the numbers cannot be computed: ${error.message}`,
      "audit_input.json",
    );
  }
}

/** What is wrong with the members that only a stopping rule or an option asks for; a share may withhold them. */
function askedForFailure(members, hasEpisodes) {
  const {
    "claim.json": claim,
    "protocol.json": protocol,
    "audit_input.json": auditInput,
    "evidence.json": evidence,
  } = members;
  const again = computed(() => WorldfluxNumbers.askedFor({ claim, protocol, auditInput, evidence }));
  for (const name of ASKED_FOR) {
    const stored = members[name] ?? null;
    if (stored === null && (again[name] === null || !hasEpisodes)) continue;
    if (stored === null || again[name] === null) {
      const message = stored === null ? `${name} was asked for and is not there` : `nobody asked for ${name}`;
      return recomputationFailure(recomputationCode(name), message, name);
    }
    const rows = WorldfluxNumbers.compare(stored, again[name], { episodes: true });
    const mismatches = rows.filter((row) => row.status === "mismatch");
    if (mismatches.length > 0) return mismatchFailure(mismatches, name);
  }
  return null;
}

function recomputationCode(name) {
  return `recomputation.${name.replace(".json", "")}`;
}

function mismatchFailure(mismatches, file) {
  const shown = mismatches.slice(0, MOST_DIFFERENCES).map(differenceSentence(file));
  const more = mismatches.length > MOST_DIFFERENCES ? [`and ${mismatches.length - MOST_DIFFERENCES} more`] : [];
  return recomputationFailure(recomputationCode(file), [...shown, ...more].join("\n"), file + mismatches[0].pointer);
}

function recomputedSentence(numbers, auditInput, episodes) {
  const again = numbers.filter((row) => row.status === "recomputed").length;
  return episodes
    ? `${auditInput.cells.length} cells counted again from ${episodes.length} episodes, ${again} numbers computed again`
    : `${again} numbers computed again from ${auditInput.cells.length} cells; the episodes are withheld`;
}

// --- 44-episodes.js
/* The lines of episode_results.jsonl, and the two lines that each episode leaves behind that did not succeed. */

const EPISODE_SCHEMA = "worldflux.episode_result.v0_draft";
const MOST_LINE_BYTES = 1024 * 1024;
const LINE_END = 10;

/**
 * Parse JSON lines: strict JSON and the schema, line by line.
 * @param {Uint8Array} bytes
 * @param {string} file name for messages
 * @param {string} schemaName what each line has to be
 * @returns {object[]}
 * @throws {GateFailure} of gate `json` or `schema`
 */
function parseLines(bytes, file, schemaName) {
  const values = [];
  for (let start = 0; start < bytes.length;) {
    const found = bytes.indexOf(LINE_END, start);
    const end = found < 0 ? bytes.length : found;
    values.push(parseLine(bytes.subarray(start, end), `${file}, line ${values.length + 1}`, schemaName));
    start = end + 1;
  }
  return values;
}

function parseLine(bytes, place, schemaName) {
  if (bytes.length > MOST_LINE_BYTES) throw jsonFailure("json.size", "a line is longer than 1 MiB", place);
  const value = parseJson(bytes, place);
  const faults = schemaFaults(value, schemaName);
  if (faults.length === 0) return value;
  throw new GateFailure("schema", "schema.episode_line", `not an episode: ${faults[0].pointer} ${faults[0].message}`, {
    where: place,
    next: "The line was not written by an audit; get the package from its author again.",
  });
}

/** Raw file of each episode: they were written down file by file, and an episode may name its own. */
function* ownersOf(inputs) {
  const files = inputs.filter((file) => file.episodes > 0);
  for (const file of files.slice(0, -1)) {
    for (let left = file.episodes; left > 0; left -= 1) yield file.id;
  }
  for (;;) yield files.length > 0 ? files[files.length - 1].id : "unknown";
}

/** What the failure index and the replay lines have to hold, as values. */
function failureLines(episodes, inputs) {
  const index = [];
  const replays = [];
  const owners = ownersOf(inputs);
  episodes.forEach((episode, position) => {
    const input = episode.input ?? owners.next().value;
    if ("input" in episode) owners.next();
    if (episode.outcome === "success") return;
    const place = { task: episode.task, run_seed: episode.run_seed, episode_index: episode.episode_index };
    index.push(
      withoutAbsent({
        ...place,
        outcome: episode.outcome,
        line: position + 1,
        input,
        seed: episode.seed,
        max_reward: episode.max_reward,
        video: episode.video,
        reason: episode.failure_reason,
        locator: episode.locator,
      }),
    );
    const isUnknownStart = !("seed" in episode) && !("init_state" in episode);
    replays.push(
      withoutAbsent({
        ...place,
        input,
        seed: episode.seed,
        seed_provenance: episode.seed_provenance,
        missing: isUnknownStart ? "environment_seed" : undefined,
        init_state: episode.init_state,
      }),
    );
  });
  return { index, replays };
}

function withoutAbsent(value) {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined));
}

/** @throws {GateFailure} of gate `recomputation` where a file of failures is not what the episodes give */
function requireFailureLines(files, episodes, inputs) {
  const { index, replays } = failureLines(episodes, inputs);
  for (const [name, expected] of [
    ["failure_evidence_index.jsonl", index],
    ["failure_replay_manifest.jsonl", replays],
  ]) {
    if (files.has(name) && utf8Text(files.get(name)) !== expected.map(lineText).join("")) {
      throw recomputationFailure(
        "recomputation.failures",
        `${name}: its lines are not those that the episodes give`,
        name,
      );
    }
  }
}

/** A line as an audit writes it: no blanks, fields in their order, and a number with a fraction never as an integer. */
function lineText(record) {
  const fields = Object.entries(record).map(([name, value]) => {
    const text = name === "max_reward" ? floatText(value) : JSON.stringify(value);
    return `${JSON.stringify(name)}:${text}`;
  });
  return `{${fields.join(",")}}\n`;
}

/** The shortest digits of a double: plain from 10^-5 to below 10^16, and with an exponent beyond. */
function floatText(number) {
  const sign = number < 0 || Object.is(number, -0) ? "-" : "";
  const { digits, exponent } = decimalParts(String(Math.abs(number)));
  if (digits === "") return `${sign}0.0`;
  const scale = exponent + digits.length - 1;
  if (scale < -5 || scale > 15) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
    return `${sign}${digits[0]}${fraction}e${scale}`;
  }
  const padded = scale < 0 ? "0".repeat(-scale) + digits : digits.padEnd(scale + 1, "0");
  const point = Math.max(scale, 0) + 1;
  return `${sign}${padded.slice(0, point)}.${padded.slice(point) || "0"}`;
}

function recomputationFailure(code, message, where) {
  return new GateFailure("recomputation", code, message, {
    where,
    next: "The package was changed after the audit; ask its author who changed it.",
  });
}

// --- 44-findings.js
/*
 * Findings that follow from claim, protocol, counts and run facts: those that follow have to be there, and no others of
 * their kind. An author who leaves out the one that speaks against the result is found out here. What a source noted
 * about its files, and what a benchmark registry knew, does not follow from anything in the package and is attested.
 */

const ALWAYS_FOLLOWING = Object.freeze([
  "claim.checkpoint_differs",
  "forensics.errors_concentrated",
  "forensics.overdispersed",
  "forensics.underdispersed",
  "plan.out_of_protocol",
  "plan.task_absent",
  "plan.unequal_counts",
  "ppi.real_differs",
  "protocol.checkpoint_differs",
  "protocol.evaluator_differs",
  "protocol.max_steps_differs",
  "protocol.n_action_steps_differs",
  "seed.overlap",
  "starts.repeated",
  "starts.unverified",
]);
/** These need the order of the outcomes, which cells do not have. */
const FOLLOWING_FROM_EPISODES = Object.freeze(["outcomes.identical", "outcomes.identical_tasks"]);
const WITHOUT_ROWS = "episode_rows";
const ENOUGH_TO_COMPARE = 20;
const MOST_NAMED = 5;

/**
 * Compare findings, runs and labels of missing evidence with what follows.
 * @param {object[]|null} episodes null where they are withheld
 * @returns {string[]} what differs, in sentences
 */
function findingDifferences(members, episodes) {
  const { "claim.json": claim, "protocol.json": protocol, "audit_input.json": auditInput } = members;
  const { hash } = members["evidence.json"].protocol;
  const codes = checkedCodes(episodes);
  const following = [
    ...planFindings(auditInput),
    ...protocolFindings(protocol, auditInput.run),
    ...overlapFindings(auditInput),
    ...(episodes ? outcomeFindings(episodes, auditInput) : []),
    ...unequalCounts(auditInput),
    ...forensicFindings(auditInput),
    ...checkpointFindings(claim, protocol),
    ...startFindings(auditInput),
    ...pairedFindings(auditInput),
  ];
  return [
    ...unmatched(auditInput.findings, following, codes, "does not follow"),
    ...unmatched(following, auditInput.findings, codes, "follows and is not there"),
    ...runDifferences(protocol, auditInput),
    ...absentLabels(claim, protocol, auditInput, hash),
  ];
}

/** Codes of which every finding is computed again here. */
function checkedCodes(episodes) {
  return new Set([...ALWAYS_FOLLOWING, ...(episodes ? FOLLOWING_FROM_EPISODES : [])]);
}

/** Findings of one list, with one of the codes, that the other list lacks; each stands for one of its equals. */
function unmatched(some, others, codes, complaint) {
  const left = others.map(findingText);
  return some
    .filter((finding) => codes.has(finding.code))
    .filter((finding) => {
      const at = left.indexOf(findingText(finding));
      if (at >= 0) left.splice(at, 1);
      return at < 0;
    })
    .map((finding) => `audit_input.json/findings: ${complaint}: ${finding.message} [${finding.code}]`);
}

function findingText({ code, severity, message, where = null }) {
  return JSON.stringify([code, severity, message, where]);
}

function findingOf(code, severity, message, where = null) {
  return { code, severity, message, where };
}

function* planFindings({ tasks, cells }) {
  const beyond = cells.filter((cell) => beyondPlan(cell) > 0);
  if (beyond.length > 0) {
    const [surplus, among] = [sumOf(beyond.map(beyondPlan)), new Set(beyond.map((cell) => cell.task)).size];
    const whose = `${counted(surplus)} episodes of ${counted(among)} task(s)`;
    const message = `${whose} stand outside the plan and are not counted.`;
    yield findingOf("plan.out_of_protocol", "warning", message);
  }
  const observed = new Set(cells.map((cell) => cell.task));
  const absent = tasks.filter((task) => !observed.has(task));
  if (absent.length > 0 && observed.size > 0) {
    const shown = absent.slice(0, MOST_NAMED).join(", ") + (absent.length > MOST_NAMED ? ", ..." : "");
    const message = `${counted(absent.length)} of ${counted(tasks.length)} planned tasks have no episode: ${shown}.`;
    yield findingOf("plan.task_absent", "warning", message);
  }
}

/** Planned tasks that executed different numbers of episodes. */
function* unequalCounts({ tasks, cells }) {
  const executed = new Map(tasks.map((task) => [task, 0]));
  for (const cell of cells.filter((each) => each.planned && executed.has(each.task))) {
    const { success, failure, infra_error: errors, unknown } = plannedCounts(cell);
    executed.set(cell.task, executed.get(cell.task) + success + failure + errors + unknown);
  }
  const begun = [...executed].filter(([, count]) => count > 0);
  const [fewest, most] = extremes(begun.map(([, count]) => count));
  if (begun.length === 0 || fewest === most) return;
  const named = (wanted) => namedTasks(begun.filter(([, count]) => count === wanted).map(([task]) => task));
  const message =
    `The planned tasks executed ${counted(fewest)} to ${counted(most)} episodes each: ${counted(fewest)} in ` +
    `${named(fewest)}, ${counted(most)} in ${named(most)}.`;
  yield findingOf("plan.unequal_counts", "warning", message);
}

function extremes(values) {
  return [
    values.reduce((least, value) => Math.min(least, value), Infinity),
    values.reduce((most, value) => Math.max(most, value), -Infinity),
  ];
}

function namedTasks(names) {
  const more = names.length - MOST_NAMED;
  return names.slice(0, MOST_NAMED).join(", ") + (more > 0 ? ` and ${counted(more)} more` : "");
}

/** Where the run is known to differ from what the protocol says. */
function* protocolFindings(protocol, facts) {
  const { execution, evaluator, model_runtime: model } = protocol;
  const planned = {
    evaluator: [evaluator.name, "name"],
    max_steps: [execution.max_steps_per_episode, "max_steps"],
    n_action_steps: [execution.n_action_steps, "n_action_steps"],
  };
  for (const [name, [stated, fact]] of Object.entries(planned)) {
    const actual = facts.evaluator[fact] ?? null;
    if (stated !== undefined && actual !== null && stated !== actual) {
      const message = `The protocol says ${name} ${stated}; the run had ${factText(facts.evaluator, fact)}.`;
      yield findingOf(`protocol.${name}_differs`, "warning", message);
    }
  }
  for (const input of facts.inputs) {
    const actual = input.declared.checkpoint_uri ?? null;
    if (actual !== null && actual !== model.checkpoint_uri) {
      const declared = factText(input.declared, "checkpoint_uri");
      const message = `The protocol is about ${model.checkpoint_uri}; this input is declared to be of ${declared}.`;
      yield findingOf("protocol.checkpoint_differs", "error", message, input.id);
    }
  }
}

/** A recorded fact in a sentence: truth values in capitals, and 220.0 as it was written. */
function factText(facts, name) {
  const value = facts[name];
  if (typeof value === "boolean") return value ? "True" : "False";
  const isWholeFloat = typeof value === "number" && isWrittenAsFloat({ container: facts, key: name });
  return isWholeFloat ? `${value}.0` : String(value);
}

function* checkpointFindings(claim, protocol) {
  if (claim.subject.checkpoint_uri !== protocol.model_runtime.checkpoint_uri) {
    const where = "protocol.json at /model_runtime/checkpoint_uri";
    yield findingOf("claim.checkpoint_differs", "error", "Claim and protocol name different checkpoints.", where);
  }
}

/** Runs that share environment seeds; at most twenty pairs are named. */
function overlapFindings({ run, cells }) {
  const spans = new Map();
  for (const cell of cells) {
    spans.set(cell.seed, Math.max(spans.get(cell.seed) ?? 0, observedOf(cell.counts) + cell.gaps));
  }
  const ranges = run.runs
    .filter((each) => "start_seed" in each)
    .map((each) => [each.start_seed, each.start_seed + (spans.get(each.run_seed) ?? 0), each.run_seed])
    .sort((left, right) => left[0] - right[0] || left[1] - right[1] || left[2] - right[2]);
  return [...overlappingRanges(ranges)].slice(0, 20).map(([first, second]) => {
    const shared = Math.min(first[1], second[1]) - Math.max(first[0], second[0]);
    const message =
      `The runs with seeds ${first[2]} and ${second[2]} share ${counted(shared)} environment seeds per task: ` +
      "their episodes are not independent.";
    return findingOf("seed.overlap", "error", message);
  });
}

function* overlappingRanges(ranges) {
  for (const [index, earlier] of ranges.entries()) {
    for (const later of ranges.slice(index + 1)) {
      if (later[0] >= earlier[1]) break;
      yield [earlier, later];
    }
  }
}

function* startFindings({ run: { benchmark }, cells, repeated_starts: repeated }) {
  if (cells.length > 0 && !benchmark.starts_verified) {
    const message = `The episodes are not known to start from distinct initial states. ${benchmark.starts_note}`;
    yield findingOf("starts.unverified", "warning", message);
  }
  if (repeated.length > 0) {
    const [trials, states] = [sumOf(repeated.map((task) => task.trials)), sumOf(repeated.map((task) => task.starts))];
    const message =
      `${counted(trials)} trials of ${counted(repeated.length)} task(s) started from ${counted(states)} initial ` +
      `states only; those that share one are averaged and count once. ${benchmark.starts_note}`;
    yield findingOf("starts.repeated", "warning", message);
  }
}

/** Real episodes given beside simulated ones have to be those that are audited. */
function* pairedFindings({ requested: { ppi: pairs }, cells }) {
  if (!pairs) return;
  const successes = sumOf(cells.map((cell) => plannedCounts(cell).success));
  const trials = successes + sumOf(cells.map((cell) => plannedCounts(cell).failure));
  const [given, real] = [pairs.both + pairs.real_only, realEpisodes(pairs)];
  if (given === successes && real === trials) return;
  const message =
    `The file of simulated episodes has ${counted(given)} successes of ${counted(real)} real episodes; ` +
    `the audited ones have ${counted(successes)} of ${counted(trials)}.`;
  yield findingOf("ppi.real_differs", "error", message);
}

/** Runs, and tasks of a run, with the same outcome in every place. */
function outcomeFindings(episodes, { missing_evidence: missing }) {
  if (missing.includes(WITHOUT_ROWS)) return [];
  const sequences = outcomeSequences(episodes);
  return [...identicalRuns(sequences), ...identicalTasks(sequences)];
}

/** The outcomes of each task in each run, in the order of the episodes' indices. */
function outcomeSequences(episodes) {
  const cells = new Map();
  for (const { task, run_seed: seed, episode_index: index, outcome } of episodes) {
    const key = cellKey(task, seed);
    if (!cells.has(key)) cells.set(key, { task, seed, seen: [] });
    cells.get(key).seen.push([index, outcome]);
  }
  return [...cells.values()].map(({ task, seed, seen }) => {
    const outcomes = seen.sort(([left], [right]) => left - right).map(([, outcome]) => outcome);
    const successes = outcomes.filter((outcome) => outcome === "success").length;
    const isMixed = successes > 0 && outcomes.includes("failure");
    return { task, seed, text: outcomes.join(" "), trials: outcomes.length, successes, isMixed };
  });
}

function* identicalRuns(sequences) {
  const runs = new Map();
  for (const sequence of sequences) {
    const run = runs.get(sequence.seed) ?? { seed: sequence.seed, texts: [], trials: 0, isMixed: false };
    run.texts.push(JSON.stringify([sequence.task, sequence.text]));
    run.trials += sequence.trials;
    run.isMixed = run.isMixed || sequence.isMixed;
    runs.set(sequence.seed, run);
  }
  const seen = new Map();
  for (const run of [...runs.values()].filter((each) => each.isMixed).sort((left, right) => left.seed - right.seed)) {
    const key = run.texts.sort().join();
    if (seen.has(key) && run.trials >= ENOUGH_TO_COMPARE) {
      const message =
        `The runs with seeds ${seen.get(key)} and ${run.seed} have the same outcome in every episode; ` +
        "a deterministic policy on the same starts does that, and so does a copied file.";
      yield findingOf("outcomes.identical", "warning", message);
    }
    if (!seen.has(key)) seen.set(key, run.seed);
  }
}

/** Tasks of one run that agree throughout where chance, (p^2 + q^2)^n for each pair, hardly does that. */
function identicalTasks(sequences) {
  const candidates = sequences.filter((each) => each.isMixed && each.trials >= ENOUGH_TO_COMPARE);
  const groups = groupedBy(candidates, ({ seed, text }) => JSON.stringify([seed, text]), []);
  const findings = [...groups.values()]
    .filter((group) => group.length > 1)
    .flatMap((group) => {
      const { seed, successes, trials } = group[0];
      const [rate, mixed] = [successes / trials, candidates.filter((each) => each.seed === seed).length];
      const chance = (rate * rate + (1 - rate) * (1 - rate)) ** trials;
      if (chance * ((mixed * (mixed - 1)) / 2) >= UNLIKELY) return [];
      const number = `${counted(trials)} episodes, ${counted(successes)} of them successes`;
      const message =
        `In the run with seed ${seed}, the tasks ${namedTasks(group.map(({ task }) => task))} have the same outcome ` +
        `in each of ${number} (${chanceText(chance)} for two independent tasks of that rate).`;
      return [findingOf("outcomes.identical_tasks", "warning", message)];
    });
  return findings.slice(0, 20);
}

/** Which runs stand in the plan; where single episodes carry the run seeds, there is one run for each. */
function runDifferences({ execution }, { run, cells }) {
  const planned = new Set(execution.seeds);
  const stored = run.runs.map((each) => [each.run_seed, each.in_plan, each.bound_by]);
  const following =
    execution.seed_semantics === "episode_seed"
      ? [...new Set(cells.map((cell) => cell.seed))].map((seed) => [seed, planned.has(seed), "episode_seed"])
      : stored.map(([seed, , boundBy]) => [seed, planned.has(seed), boundBy]);
  const areWhole = run.runs.every((each) => "seed_provenance" in each);
  if (areWhole && JSON.stringify(stored) === JSON.stringify(following)) return [];
  return ["audit_input.json/run/runs: not the runs that the plan and the cells give"];
}

/** Labels of missing evidence that follow from claim, protocol and run facts. */
function absentLabels(claim, { execution }, { tasks, requested, run, missing_evidence: missing }, protocolHash) {
  const isPathAskedFor = Boolean(requested.savi) || "stopping_rule" in execution;
  const labels = [
    ...(tasks.length > 1 && isPathAskedFor && !("episode_order" in run.evaluator) ? ["episode_order"] : []),
    ...(precedenceOf(requested, protocolHash) === "proven" ? [] : ["plan_precedence"]),
    ...("selection" in claim ? [] : ["checkpoint_selection"]),
  ];
  return labels
    .filter((label) => !missing.includes(label))
    .map((label) => `audit_input.json/missing_evidence: ${label} follows and is not there`);
}

// --- 44-forensics.js
/*
 * Forensic findings: runs that differ less or more than independent episodes would, and infrastructure errors that
 * gather in one task or one run. They follow from the cells alone.
 */

const FEWEST_RUNS_COMPARED = 4;
const MOST_RUNS_COMPARED = 200;
const SMALLEST_VARIANCE = 5;
const ALMOST_IMPOSSIBLE = 0.001;
const UNLIKELY = 0.01;
const SMALLEST_SHOWN_CHANCE = 1e-99;
const MOST_FORENSIC_FINDINGS = 20;
const JACOBI_SWEEPS = 60;

function trialsIn({ success = 0, failure = 0 }) {
  return success + failure;
}

/** A chance with the two digits that anybody reads of it. */
function chanceText(chance, relation = "=") {
  return chance > SMALLEST_SHOWN_CHANCE
    ? `p ${relation} ${general(chance, 2)}`
    : `p < ${general(SMALLEST_SHOWN_CHANCE)}`;
}

function forensicFindings({ cells }) {
  return [
    ...dispersionFindings(cells),
    ...concentrationFindings("task", (cell) => cell.task, cells),
    ...concentrationFindings("the run with seed", (cell) => String(cell.seed), cells),
  ];
}

function* dispersionFindings(cells) {
  const found = runDispersion(countsOfRuns(cells.filter((cell) => trialsIn(cell.counts) > 0)));
  if (found === null) return;
  const [[fewest, most], [least, highest]] = [extremes(found.successes), extremes(found.expected)];
  const arithmetic =
    `successes ${counted(fewest)} to ${counted(most)} where ${groupedFixed(least, 1)} to ${groupedFixed(highest, 1)} ` +
    `were expected, chi-square ${general(found.statistic, 4)} with ${found.degrees} degrees of freedom`;
  if (found.alike < ALMOST_IMPOSSIBLE) {
    const message =
      `The ${found.runs} runs are more alike than independent episodes would be (${arithmetic}, ` +
      `${chanceText(found.alike, "<=")}); runs from the same starts do that, and so do copied or invented numbers.`;
    yield findingOf("forensics.underdispersed", "warning", message);
  }
  if (found.unlike < ALMOST_IMPOSSIBLE) {
    const message =
      `The ${found.runs} runs differ more than chance makes of equal ones (${arithmetic}, ` +
      `${chanceText(found.unlike)}); pooled, they give too narrow an interval.`;
    yield findingOf("forensics.overdispersed", "info", message);
  }
}

/** Successes and trials of each task (rows) in each run (columns); 0 of 0 where a run lacks a task. */
function countsOfRuns(cells) {
  const runs = [...new Set(cells.map((cell) => cell.seed))];
  const table = new Map();
  for (const { task, seed, counts } of cells) {
    if (!table.has(task))
      table.set(
        task,
        runs.map(() => [0, 0]),
      );
    table.get(task)[runs.indexOf(seed)] = [counts.success, trialsIn(counts)];
  }
  return [...table.values()];
}

/**
 * Average partial association of runs and outcomes, each task its own stratum (Landis, Heyman and Koch 1978, Int. Stat.
 * Review 46): d' S^- d with hypergeometric moments, chi-square with R - 1 degrees of freedom. The chance of being as
 * alike is bounded: the root of the statistic is raised by the covering radius of the lattice A_n (Conway and Sloane
 * 1988, ch. 4).
 * @returns {object|null} null where nothing can be said
 */
function runDispersion(table) {
  const runs = table.length > 0 ? table[0].length : 0;
  if (runs < FEWEST_RUNS_COMPARED || runs > MOST_RUNS_COMPARED) return null;
  const { expected, covariance } = hypergeometricMoments(table, runs);
  const axes = principalAxes(covariance).slice(1); // one variance is 0: the deviations of all runs sum to nothing
  if (axes[0].value < SMALLEST_VARIANCE) return null;
  const successes = expected.map((_, run) => sumOf(table.map((row) => row[run][0])));
  const deviations = successes.map((count, run) => withoutNoise(count - expected[run], expected[run]));
  const statistic = sumOf(axes.map(({ value, vector }) => dotProduct(vector, deviations) ** 2 / value));
  const half = Math.floor(runs / 2);
  const radius = Math.sqrt((half * (runs - half)) / runs / axes[0].value);
  return {
    runs,
    successes,
    expected,
    statistic,
    degrees: runs - 1,
    alike: lowerGamma((runs - 1) / 2, (Math.sqrt(Math.max(0, statistic)) + radius) ** 2 / 2),
    unlike: upperGamma((runs - 1) / 2, Math.max(0, statistic) / 2),
  };
}

/** What is left of equal numbers is the noise of floats, of which every machine has its own. */
function withoutNoise(deviation, size) {
  return Math.abs(deviation) <= 1e-12 * size ? 0 : deviation;
}

function dotProduct(left, right) {
  return left.reduce((sum, value, index) => sum + value * right[index], 0);
}

/** Mean and covariance of the runs' successes, given each task's over all runs. */
function hypergeometricMoments(table, runs) {
  const expected = new Array(runs).fill(0);
  const covariance = expected.map(() => new Array(runs).fill(0));
  for (const row of table) {
    const [successes, total] = [sumOf(row.map((each) => each[0])), sumOf(row.map((each) => each[1]))];
    if (total <= 1) continue; // a single episode tells nothing about differences
    const rate = successes / total;
    const spread = (rate * (total - successes)) / (total - 1);
    for (let one = 0; one < runs; one += 1) {
      expected[one] += rate * row[one][1];
      covariance[one][one] += spread * row[one][1];
      for (let other = 0; other < runs; other += 1) {
        covariance[one][other] -= (row[one][1] * row[other][1] * spread) / total;
      }
    }
  }
  return { expected, covariance };
}

/** Eigenvalues and vectors of a symmetric matrix, smallest first (cyclic Jacobi rotations; Golub and Van Loan, 8.5). */
function principalAxes(symmetric) {
  const matrix = symmetric.map((row) => row.slice());
  const vectors = matrix.map((row, index) => row.map((_, column) => (index === column ? 1 : 0)));
  const size = matrix.length;
  for (let sweep = 0; sweep < JACOBI_SWEEPS && !isDiagonal(matrix); sweep += 1) {
    for (let one = 0; one < size; one += 1) {
      for (let other = one + 1; other < size; other += 1) rotatePair(matrix, vectors, one, other);
    }
  }
  return matrix
    .map((row, index) => ({ value: row[index], vector: vectors.map((each) => each[index]) }))
    .sort((left, right) => left.value - right.value);
}

function isDiagonal(matrix) {
  let [outside, inside] = [0, 0];
  matrix.forEach((row, index) => {
    row.forEach((value, column) => {
      if (index === column) inside += value * value;
      else outside += value * value;
    });
  });
  return outside <= 1e-30 * inside;
}

function rotatePair(matrix, vectors, one, other) {
  if (matrix[one][other] === 0) return;
  const theta = (matrix[other][other] - matrix[one][one]) / (2 * matrix[one][other]);
  const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const cosine = 1 / Math.hypot(tangent, 1);
  const sine = tangent * cosine;
  const turn = (row, left, right) => {
    [row[left], row[right]] = [cosine * row[left] - sine * row[right], sine * row[left] + cosine * row[right]];
  };
  for (const row of matrix) turn(row, one, other);
  for (let column = 0; column < matrix.length; column += 1) {
    const [first, second] = [matrix[one][column], matrix[other][column]];
    matrix[one][column] = cosine * first - sine * second;
    matrix[other][column] = sine * first + cosine * second;
  }
  for (const row of vectors) turn(row, one, other);
}

/** log of the gamma function at a multiple of one half, by its recurrence. */
function logGammaOfHalves(shape) {
  let [sum, at] = [shape % 1 === 0 ? 0 : 0.5 * Math.log(Math.PI), shape % 1 === 0 ? 1 : 0.5];
  for (; at < shape; at += 1) sum += Math.log(at);
  return sum;
}

/** Regularised incomplete gamma function P(shape, x) for halves: the series DLMF 8.7.1, or by the other tail. */
function lowerGamma(shape, x) {
  if (x <= 0) return 0;
  if (x >= shape + 1) return 1 - gammaFraction(shape, x);
  let [term, sum] = [1 / shape, 1 / shape];
  for (let index = 1; term > sum * 1e-17; index += 1) {
    term *= x / (shape + index);
    sum += term;
  }
  return sum * Math.exp(shape * Math.log(x) - x - logGammaOfHalves(shape));
}

function upperGamma(shape, x) {
  return x < shape + 1 ? 1 - lowerGamma(shape, x) : gammaFraction(shape, x);
}

/** Q(shape, x) for large x: the continued fraction DLMF 8.9.2 by Lentz's method. */
function gammaFraction(shape, x) {
  let above = 1 / 1e-300;
  let below = 1 / (x + 1 - shape);
  let value = below;
  for (let index = 1; index < 10000; index += 1) {
    const [factor, term] = [-index * (index - shape), x + 2 * index + 1 - shape];
    below = 1 / (term + factor * below);
    above = term + factor / above;
    const step = below * above;
    value *= step;
    if (Math.abs(step - 1) < 1e-16) break;
  }
  return value * Math.exp(shape * Math.log(x) - x - logGammaOfHalves(shape));
}

/** Groups in which infrastructure errors gather: Fisher's exact test against all others, Holm-adjusted. */
function concentrationFindings(kind, nameOf, cells) {
  const groups = [...groupedBy(cells, nameOf, [])].map(([name, members]) => ({
    name,
    errors: sumOf(members.map(({ counts }) => counts.infra_error)),
    executed: sumOf(members.map(({ counts }) => counts.infra_error + trialsIn(counts))),
  }));
  const [errors, executed] = [sumOf(groups.map((group) => group.errors)), sumOf(groups.map((group) => group.executed))];
  if (errors === 0 || groups.length < 2) return [];
  const adjusted = holmAdjusted(groups.map((group) => chanceOfSoMany(group.errors, errors, group.executed, executed)));
  return groups
    .map((group, index) => ({ ...group, chance: adjusted[index] }))
    .filter((group) => group.chance < UNLIKELY)
    .sort((left, right) => left.chance - right.chance)
    .slice(0, MOST_FORENSIC_FINDINGS)
    .map((group) => {
      const here = `${counted(group.errors)} of ${counted(group.executed)} episodes there`;
      const elsewhere = `${counted(errors - group.errors)} of ${counted(executed - group.executed)} elsewhere`;
      const message =
        `Infrastructure errors gather in ${kind} ${group.name}: ${here}, ${elsewhere} ` +
        `(Fisher's exact test, Holm-adjusted ${chanceText(group.chance)}).`;
      return findingOf("forensics.errors_concentrated", "warning", message);
    });
}

/** P(X >= count), X hypergeometric: `drawn` of `total` are drawn, `marked` of `total` are marked. */
function chanceOfSoMany(count, marked, drawn, total) {
  const [lowest, highest] = [Math.max(0, drawn + marked - total), Math.min(drawn, marked)];
  if (count <= lowest) return 1;
  // Summed away from the mean, where the terms fall.
  if (count > (drawn * marked) / total) return Math.min(1, fallingSum(count, highest, 1, { marked, drawn, total }));
  return 1 - Math.min(1, fallingSum(count - 1, lowest, -1, { marked, drawn, total }));
}

function fallingSum(from, to, step, { marked, drawn, total }) {
  let whole = 0;
  for (let count = from; step * count <= step * to; count += step) {
    const ways = logChoose(marked, count) + logChoose(total - marked, drawn - count) - logChoose(total, drawn);
    whole += Math.exp(ways);
    if (Math.exp(ways) <= whole * 1e-17) break;
  }
  return whole;
}

function logChoose(of, some) {
  return some === 0 || some === of ? 0 : -Math.log(of + 1) - logBeta(of - some + 1, some + 1);
}

// --- 45-trust.js
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

// --- 46-expectations.js
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

// --- 47-reviews.js
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

// --- 48-report-markdown.js
/*
 * evidence.md, rendered again from the stored evidence: renderer v1. The words are part of the format, so the bytes
 * have to be the same. Every text that came from outside is written so that Markdown shows it literally.
 */

const RENDER_VERSION = "v1";
const ROWS_SHOWN = 200;
const LARGEST_SHOWN_LOG = Math.log(1e6);

const VERDICT_SENTENCES = Object.freeze({
  supported: "The episodes support the claim by its own rule.",
  refuted: "The episodes refute the claim by its own rule.",
  inconclusive: "The episodes decide nothing, neither for the claim nor against it.",
  underpowered: "The episodes decide nothing, and the plan was too small to expect that they would.",
  not_testable: "The claim could not be tested with this input.",
});
const ESTIMAND_WORDS = Object.freeze({
  fixed_tasks: "exactly the listed tasks",
  task_population: "tasks of the kind of the listed ones",
});
const P_VALUE_WORDS = Object.freeze({
  exact_binomial: "p-value, exact binomial",
  design_effect_score: "p-value, score test with design effect",
  e_value: "p-value, 1 over the e-value",
});
const METHOD_WORDS = Object.freeze({
  wilson: "Wilson",
  clopper_pearson: "Clopper-Pearson",
  jeffreys: "Jeffreys",
  jeffreys_bcd: "Jeffreys, modified",
  agresti_coull: "Agresti-Coull",
  wald: "Wald",
  design_effect_wilson: "Wilson with design effect",
  stratified_wilson: "Wilson, stratified",
  confidence_sequence: "valid at every stopping time",
  miettinen_nurminen: "Miettinen-Nurminen",
  ppi: "prediction-powered",
  stratified_t: "stratified, Student's t",
  bca: "bootstrap over tasks, BCa",
  betting: "betting, over whole runs",
  t: "Student's t over tasks",
});
const MISSING_WORDS = Object.freeze({
  evaluator_version: "which version of the evaluator ran",
  batch_size: "how many environments ran at once (it decides initial states on some benchmarks)",
  n_action_steps: "how many actions of a predicted chunk were executed (worth tens of points on some policies)",
  max_steps: "after how many steps an episode was cut off",
  policy_revision: "which revision of the checkpoint was run",
  simulator_version: "which version of the simulator ran",
  environment_seeds: "from which seed each episode started",
  run_seed: "which of the protocol's seeds each run belongs to",
  episode_length: "how long each episode was",
  success_criterion: "by which rule an episode was called a success",
  benchmark_version: "which version of the benchmark ran",
  operator: "who ran or judged each trial",
  recorded_at: "when each episode ended",
  blinding: "whether the person who judged knew which policy ran",
  episode_rows: "which episode had which outcome; only totals were written",
  infra_errors: "which episodes crashed; a crash leaves nothing behind",
  plan_precedence: "that the plan is older than the run",
  episode_order: "in which order the episodes of several tasks were played",
  checkpoint_selection: "how many checkpoints were scored before this one was reported",
  perturbation: "what was changed against the plain benchmark",
  instruction: "what the policy was told to do",
});

/** @returns {Promise<string>} the report of an evidence, whose `render` is "v1" */
async function renderEvidence(evidence) {
  return (await reportSections(evidence)).filter(Boolean).join("\n");
}

async function reportSections(evidence) {
  const { slices, scope } = evidence;
  return [
    `# Evidence: ${inWords(evidence.verdict)}\n`,
    `**${literal(evidence.headline)}**\n`,
    `Claim: “${literal(evidence.claim.text)}”\n`,
    `${VERDICT_SENTENCES[evidence.verdict]}\n`,
    bullets(evidence.reasons.map((reason) => literal(reason.message))),
    observedSentence(evidence),
    "## The numbers\n",
    ...evidence.metrics.map(metricTable),
    scope.estimand_declared
      ? ""
      : "The protocol does not say what the rate is a rate of; exactly the listed tasks are assumed.\n",
    "## Where the planned episodes went\n",
    denominatorTable(evidence.denominator),
    "## By task\n",
    await slicesTable("Task", slices.by_task),
    "## By run\n",
    await slicesTable("Run seed", slices.by_seed),
    ...findingsTable(evidence.findings),
    "## What is missing\n",
    bullets(evidence.missing_evidence.map((label) => `\`${label}\`: ${MISSING_WORDS[label] ?? inWords(label)}`)),
    "## What this does not show\n",
    bullets(evidence.unsupported_claims.map(literal)),
    "## What would shake it\n",
    bullets(evidence.next_falsification_axes.map(literal)),
    "## What this is\n",
    `${literal(evidence.claim_boundary)}\n`,
    identityTable(evidence),
  ];
}

function observedSentence({ observed_verdict: observed }) {
  if (!observed) return "";
  return (
    "Had the lost episodes simply been left out, the verdict would have read " +
    `*${inWords(observed)}*; leaving them out is not justified.\n`
  );
}

function metricTable(metric) {
  const rows = [
    ["claimed", `${literal(metric.name)} ${literal(metric.operator)} ${general(metric.value)} ${literal(metric.unit)}`],
    ["about", ESTIMAND_WORDS[metric.estimand]],
    ["observed", observedWords(metric)],
    [intervalTitle("95% interval", metric.interval_descriptive), rangeWords(metric.interval_descriptive, metric)],
    [
      intervalTitle(`decision interval (${percent(metric.interval.confidence)})`, metric.interval),
      rangeWords(metric.interval, metric),
    ],
  ];
  if (metric.threshold !== null) rows.push(["tested against", thresholdWords(metric)]);
  rows.push(["the claimed value itself", inWords(metric.target.status)]);
  rows.push(...decisionRows(metric), ...errorRows(metric));
  rows.push(["verdict", `**${inWords(metric.verdict)}**`], ["robust", robustWords(metric)]);
  if (metric.flags.length > 0) rows.push(["flags", metric.flags.map((flag) => `\`${flag}\``).join(", ")]);
  const title = metric.task ? `${metric.name} of ${metric.task}` : metric.name;
  return markdownTable(["", literal(title)], rows) + sensitivityTable(metric);
}

function intervalTitle(title, { method }) {
  return `${title}, ${Object.hasOwn(METHOD_WORDS, method) ? METHOD_WORDS[method] : method}`;
}

function observedWords(metric) {
  const { estimate, averages, successes, trials } = metric;
  if (successes === null) return `${valueWords(estimate, metric)} over ${counted(trials)} episodes`;
  const text = `${counted(successes)} of ${counted(trials)}`;
  if (metric.method === "ppi") return `${text}; with simulated episodes ${valueWords(estimate, metric)}`;
  const rate = estimate === null ? "" : ` (${percent(estimate)})`;
  const { micro = null, macro = null } = averages ?? {};
  const differ = micro !== null && macro !== null && micro !== macro;
  return text + rate + (differ ? `; over episodes ${percent(micro)}, over tasks ${percent(macro)}` : "");
}

function thresholdWords(metric) {
  if (metric.threshold_upper) {
    return `${valueWords(metric.threshold, metric)} to ${valueWords(metric.threshold_upper, metric)}`;
  }
  return `${valueWords(metric.threshold, metric)} (the claimed value with its margin)`;
}

function decisionRows(metric) {
  const { sequential, design_effect: effect, baseline } = metric;
  const rows = [];
  if ((metric.k_crit ?? null) !== null && (metric.k_refute ?? null) !== null)
    rows.push(["decision", countsThatDecide(metric)]);
  if (sequential) rows.push([`e-values over ${counted(sequential.blocks)} complete blocks`, eValuesWords(sequential)]);
  if (effect !== 1) {
    const worth = groupedFixed(metric.decision_trials / effect, 0);
    rows.push(["design effect", `${general(effect, 3)}: worth ${worth} independent episodes`]);
  }
  if (baseline) rows.push(["measured baseline", baselineWords(baseline)]);
  return rows;
}

function eValuesWords(path) {
  const at = path.decided_at === null ? "not reached" : `reached after ${counted(path.decided_at)} blocks`;
  return (
    `for the claim ${eValueWords(path.log_e_support)}, against it ${eValueWords(path.log_e_refute)}; ` +
    `${eValueWords(path.log_e_needed)} decides: ${at}`
  );
}

function baselineWords(baseline) {
  const { lower, upper } = baseline.interval;
  return (
    `${counted(baseline.successes)} of ${counted(baseline.trials)}; ` +
    `difference ${pointsWords(baseline.difference)} points, ${pointsWords(lower)} to ${pointsWords(upper)}: ` +
    inWords(baseline.verdict)
  );
}

function countsThatDecide(metric) {
  const trials = counted(metric.decision_trials);
  if ("k_crit_upper" in metric) {
    return `of ${trials}: ${counted(metric.k_crit)} to ${counted(metric.k_crit_upper)} successes show equality`;
  }
  const upward = [">=", ">"].includes(metric.operator);
  const [support, refute] = upward ? ["at least", "at most"] : ["at most", "at least"];
  const least = `${support} ${counted(metric.k_crit)} successes support`;
  return `of ${trials}: ${least}, ${refute} ${counted(metric.k_refute)} refute`;
}

function errorRows(metric) {
  const { p_value: chance, attained_size: size, power } = metric;
  const rows = [];
  if (chance) {
    const adjusted = chance.adjusted ? `; corrected for several metrics ${general(chance.adjusted, 4)}` : "";
    const title = Object.hasOwn(P_VALUE_WORDS, chance.method) ? P_VALUE_WORDS[chance.method] : "p-value";
    rows.push([title, general(chance.value, 4) + adjusted]);
  }
  if ((size ?? null) !== null)
    rows.push(["error of the test at the plan's size", `${fixed(size, 4)}, computed exactly`]);
  if (power) rows.push(["power of the plan", powerWords(power)]);
  return rows;
}

function powerWords(power) {
  const worth = "effective_n" in power ? `, worth ${counted(power.effective_n)} independent ones` : "";
  const at = `${fixed(power.at_claim, 3)} at a true rate of ${percent(power.at)}`;
  const needed = power.n_for_80 === null ? "" : `; 0.8 takes ${counted(power.n_for_80)} episodes`;
  const reach = power.mde === null ? "" : `; 0.8 is reached from a true rate of ${percent(power.mde)} on`;
  return `${at} (n = ${counted(power.n)}${worth}; exact test)${needed}${reach}`;
}

function robustWords(metric) {
  if (metric.robust) {
    return metric.sensitivity.some(({ reading }) => reading.startsWith("method:"))
      ? "yes: every admissible interval method gives this verdict"
      : "yes: no other interval method is defined for such data";
  }
  return metric.flags.includes("starts_unverified")
    ? "no: it is not known which initial states the episodes started from"
    : "no: see the other readings";
}

function sensitivityTable(metric) {
  if (metric.sensitivity.length === 0) return "";
  const rows = metric.sensitivity.map((reading) => [
    `\`${reading.reading}\``,
    valueWords(reading.estimate, metric),
    rangeWords(reading.interval, metric),
    inWords(reading.verdict) + (reading.verdict === metric.verdict ? "" : " (differs)"),
    literal(reading.note),
  ]);
  const table = markdownTable(["reading", "rate", "decision interval", "verdict", ""], rows, [1, 2]);
  return `\nOther readings of the same episodes. They inform; only the declared one decides.\n\n${table}`;
}

function eValueWords(logValue) {
  if (logValue > LARGEST_SHOWN_LOG) return `10^${fixed(logValue / Math.log(10), 0)}`;
  const value = Math.exp(logValue);
  return value < 100 ? general(value, 3) : groupedFixed(value, 0);
}

function pointsWords(difference) {
  return difference === null ? "?" : signedFixed(100 * difference, 1);
}

function denominatorTable(ledger) {
  const rows = [
    ["planned", ledger.planned, ""],
    ["success", ledger.success, ""],
    ["failure", ledger.failure, ""],
    ["infrastructure error", ledger.infra_error, ""],
    ["pending", ledger.pending, ""],
    ["skipped", ledger.skipped, ""],
    ["unknown", ledger.unknown, ""],
    ["missing", ledger.missing, ""],
    ["so: never run", ledger.not_run, "the rest of the last run, where its tasks stopped together, and later runs"],
    ["so: lost", ledger.lost, "every other planned episode that is neither success nor failure"],
    ["out of protocol", ledger.out_of_protocol, "observed, not planned, not counted"],
    ["duplicate", ledger.duplicate, "observed again, not counted"],
  ].map(([name, count, note]) => [name, counted(count), note]);
  return markdownTable(["Episodes", "n", ""], rows, [1]) + boundsSentence(ledger);
}

function boundsSentence({ worst, best }) {
  if (worst === null || best === null || worst === best) return "";
  return (
    `\nOver everything that was planned, the rate lies between ${percent(worst)} ` +
    `(every unknown episode a failure) and ${percent(best)} (every unknown episode a success).\n`
  );
}

async function slicesTable(title, slices) {
  const rows = [];
  for (const part of slices.slice(0, ROWS_SHOWN)) {
    rows.push([
      await literalCell(part.key),
      counted(part.successes),
      counted(part.trials),
      part.estimate === null ? "" : percent(part.estimate),
      part.trials ? rangeWords(part.interval, null) : "",
    ]);
  }
  const table = markdownTable([title, "successes", "trials", "rate", "95% interval"], rows, [1, 2, 3, 4]);
  const more = slices.length - ROWS_SHOWN;
  return table + (more > 0 ? `\n${counted(more)} more rows are in \`evidence.json\`.\n` : "");
}

function findingsTable(findings) {
  if (findings.length === 0) return [];
  const rows = findings
    .slice(0, ROWS_SHOWN)
    .map((finding) => [
      finding.severity,
      `\`${finding.code}\``,
      literal(finding.message),
      finding.where ? literal(finding.where) : "",
    ]);
  return ["## Findings\n", markdownTable(["", "code", "what was found", "where"], rows)];
}

function identityTable(evidence) {
  const { claim, protocol, source } = evidence;
  const binding =
    protocol.binding === "placeholder"
      ? "**not bound**: its claim hash is a placeholder"
      : "bound to the claim by its hash";
  const rows = [
    ["evidence", `\`${evidence.id}\``, evidence.created_at],
    ["claim", `\`${claim.id}\``, `\`${claim.hash}\``],
    ["protocol", `\`${protocol.id}\``, `\`${protocol.hash}\``],
    ["", "", binding],
    ["source", literal(source.name), `\`${source.format}\``],
    ["rules, renderer", `\`${evidence.rules}\``, `\`${evidence.render}\``],
    ["recommendation", `\`${evidence.recommendation}\``, `\`${evidence.deployment_summary}\``],
  ];
  return `## Identity\n\n${markdownTable(["", "id", "digest"], rows)}`;
}

function bullets(lines) {
  return lines.map((line) => `- ${line}\n`).join("");
}

function rangeWords({ lower, upper }, metric) {
  return lower === null || upper === null
    ? "not known"
    : `${valueWords(lower, metric)} to ${valueWords(upper, metric)}`;
}

/** A rate as a percentage; a score in its own unit. */
function valueWords(number, metric) {
  if (number === null) return "-";
  return metric && metric.successes === null ? general(number, 6) : percent(number);
}

function percent(ratio) {
  return `${fixed(100 * ratio, 1)}%`;
}

function inWords(label) {
  return label.replace(/_/g, " ");
}

function markdownTable(header, rows, right = []) {
  const rule = header.map((_, column) => (right.includes(column) ? "---:" : "---"));
  return [header, rule, ...rows].map((row) => `| ${row.join(" | ")} |\n`).join("");
}

// --- 49-literal-text.js
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

// --- 50-exact.js
/*
 * Exact numbers: decimals as documents state them, fractions, and the way from either to the nearest double.
 *
 * A claim says 0.80 and means the decimal number, not the double beside it. So thresholds are subtracted, and bounds
 * compared with counts, in decimals; task rates with equal weights are fractions.
 */

/** Digits that a sum, product or quotient of decimals keeps, where nothing else is said (IEEE 754-2008 decimal128+). */
const DECIMAL_DIGITS = 28;

/** Ten to a power, as a whole number. */
function tenTo(power) {
  return 10n ** BigInt(power);
}

/** Size of a whole number without its sign. */
function bigAbs(number) {
  return number < 0n ? -number : number;
}

/** Number of decimal digits of a whole number; 1 for 0. */
function digitCount(number) {
  return bigAbs(number).toString().length;
}

/** A whole number divided by a positive one, rounded to the nearest, halves to even. */
function dividedHalfEven(number, divisor) {
  const size = bigAbs(number);
  let quotient = size / divisor;
  const twice = 2n * (size % divisor);
  if (twice > divisor || (twice === divisor && quotient % 2n === 1n)) quotient += 1n;
  return number < 0n ? -quotient : quotient;
}

/** The largest whole number whose square is at most `number` (Newton's iteration from above). */
function wholeRoot(number) {
  if (number < 2n) return number;
  let root = 1n << BigInt((number.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + number / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/**
 * A decimal number, coefficient times ten to the exponent. As in the General Decimal Arithmetic Specification
 * (Cowlishaw 2009) 0.80 and 0.8 are equal numbers that are written differently, and results are rounded half to even.
 */
class Decimal {
  /**
   * @param {bigint} coefficient with its sign
   * @param {number} exponent of ten
   */
  constructor(coefficient, exponent) {
    this.coefficient = coefficient;
    this.exponent = exponent;
  }

  /** The whole number `count`. */
  static whole(count) {
    return new Decimal(BigInt(count), 0);
  }

  /**
   * The decimal that a document states: the shortest decimal form of its double, written with at least one decimal as
   * floating-point numbers are (1.0), without an exponent from 0.0001 up to 10^16.
   */
  static stated(number) {
    const [mantissa, power] = number.toExponential().split("e");
    const digits = mantissa.replace("-", "").replace(".", "");
    const scale = Number(power);
    const sign = number < 0 ? -1n : 1n;
    let exponent = scale - (digits.length - 1);
    let coefficient = sign * BigInt(digits);
    if (scale >= -4 && scale < 16 && exponent > -1) {
      coefficient *= tenTo(exponent + 1);
      exponent = -1;
    }
    return new Decimal(coefficient, exponent);
  }

  /** The decimal that a double is exactly. */
  static ofDouble(number) {
    const { numerator, denominator } = Fraction.ofDouble(number);
    const power = denominator.toString(2).length - 1; // the denominator is a power of two
    return new Decimal(numerator * 5n ** BigInt(power), -power);
  }

  /** The same rounded to so many digits. */
  rounded(digits) {
    const excess = digitCount(this.coefficient) - digits;
    if (excess <= 0) return this;
    const coefficient = dividedHalfEven(this.coefficient, tenTo(excess));
    return new Decimal(coefficient, this.exponent + excess).rounded(digits);
  }

  /** Both coefficients at the smaller exponent. */
  static aligned(one, other) {
    const exponent = Math.min(one.exponent, other.exponent);
    const scaled = (number) => number.coefficient * tenTo(number.exponent - exponent);
    return [scaled(one), scaled(other), exponent];
  }

  plus(other, digits = DECIMAL_DIGITS) {
    const [mine, its, exponent] = Decimal.aligned(this, other);
    return new Decimal(mine + its, exponent).rounded(digits);
  }

  negated() {
    return new Decimal(-this.coefficient, this.exponent);
  }

  minus(other, digits = DECIMAL_DIGITS) {
    return this.plus(other.negated(), digits);
  }

  times(other, digits = DECIMAL_DIGITS) {
    return new Decimal(this.coefficient * other.coefficient, this.exponent + other.exponent).rounded(digits);
  }

  /** This divided by 1 or 100: exact, with no more decimals than it had unless they are needed. */
  dividedByScale(scale) {
    let coefficient = this.coefficient;
    let exponent = this.exponent - (scale === 100 ? 2 : 0);
    while (exponent < this.exponent && coefficient % 10n === 0n) {
      coefficient /= 10n;
      exponent += 1;
    }
    return new Decimal(coefficient, exponent);
  }

  /** Square root of a number of 0 or more, rounded to so many digits. */
  squareRoot(digits) {
    if (this.coefficient === 0n) return new Decimal(0n, 0);
    const missing = Math.max(0, 2 * digits + 2 - digitCount(this.coefficient));
    const shift = missing + (Math.abs(this.exponent - missing) % 2);
    const scaled = this.coefficient * tenTo(shift);
    const root = wholeRoot(scaled);
    // One digit more, which is never a lone 5: what was cut off is told by a last digit of 1.
    const sticky = root * root === scaled ? 0n : 1n;
    return new Decimal(root * 10n + sticky, (this.exponent - shift) / 2 - 1).rounded(digits);
  }

  /** Below 0, 0 or above 0, as this is smaller than, equal to or larger than the other. */
  compare(other) {
    const [mine, its] = Decimal.aligned(this, other);
    return mine < its ? -1 : mine > its ? 1 : 0;
  }

  equals(other) {
    return this.compare(other) === 0;
  }

  isZero() {
    return this.coefficient === 0n;
  }

  /** Whether this lies strictly between 0 and 1. */
  isInsideUnit() {
    return this.coefficient > 0n && this.compare(Decimal.whole(1)) < 0;
  }

  /** The largest whole number that is not above this. */
  floor() {
    if (this.exponent >= 0) return this.coefficient * tenTo(this.exponent);
    const divisor = tenTo(-this.exponent);
    const quotient = this.coefficient / divisor;
    return this.coefficient < 0n && this.coefficient % divisor !== 0n ? quotient - 1n : quotient;
  }

  /** The smallest whole number that is not below this. */
  ceiling() {
    return -this.negated().floor();
  }

  /** The nearest double. */
  toNumber() {
    return Number(`${this.coefficient}e${this.exponent}`);
  }

  toFraction() {
    if (this.exponent >= 0) return new Fraction(this.coefficient * tenTo(this.exponent), 1n);
    return new Fraction(this.coefficient, tenTo(-this.exponent));
  }

  /** Decimals after the point that this needs, trailing zeros not counted. */
  neededPlaces() {
    let [coefficient, exponent] = [this.coefficient, this.exponent];
    if (coefficient === 0n) return 0;
    while (coefficient % 10n === 0n) {
      coefficient /= 10n;
      exponent += 1;
    }
    return Math.max(0, -exponent);
  }

  /** With so many decimals after the point, halves to even. */
  toFixed(places) {
    const shift = this.exponent + places;
    const scaled =
      shift >= 0 ? this.coefficient * tenTo(shift) : dividedHalfEven(this.coefficient, tenTo(-shift));
    const digits = bigAbs(scaled).toString().padStart(places + 1, "0");
    const sign = this.coefficient < 0n ? "-" : "";
    const point = digits.length - places;
    return sign + digits.slice(0, point) + (places ? `.${digits.slice(point)}` : "");
  }

  /** As the specification's to-scientific-string writes it: with an exponent only far from the point. */
  toString() {
    const digits = bigAbs(this.coefficient).toString();
    const scale = this.exponent + digits.length - 1;
    if (this.exponent <= 0 && scale >= -6) return this.toFixed(-this.exponent);
    const sign = this.coefficient < 0n ? "-" : "";
    const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
    return `${sign}${mantissa}E${scale < 0 ? "-" : "+"}${Math.abs(scale)}`;
  }
}

/** Greatest common divisor (Euclid). */
function commonDivisor(one, other) {
  let [a, b] = [bigAbs(one), bigAbs(other)];
  while (b) [a, b] = [b, a % b];
  return a;
}

/** A fraction of whole numbers in lowest terms, its denominator positive. */
class Fraction {
  constructor(numerator, denominator = 1n) {
    const divisor = commonDivisor(numerator, denominator) * (denominator < 0n ? -1n : 1n);
    this.numerator = numerator / divisor;
    this.denominator = denominator / divisor;
  }

  /** The quotient of two counts. */
  static of(numerator, denominator = 1) {
    return new Fraction(BigInt(numerator), BigInt(denominator));
  }

  /** The fraction that a finite double is exactly. */
  static ofDouble(number) {
    const bits = new DataView(new ArrayBuffer(8));
    bits.setFloat64(0, number);
    const raw = bits.getBigUint64(0);
    const stored = (raw >> 52n) & 0x7ffn;
    const mantissa = (raw & 0xfffffffffffffn) | (stored ? 1n << 52n : 0n);
    const power = (stored || 1n) - 1075n;
    const signed = raw >> 63n ? -mantissa : mantissa;
    return power >= 0n ? new Fraction(signed << power, 1n) : new Fraction(signed, 1n << -power);
  }

  plus(other) {
    const numerator = this.numerator * other.denominator + other.numerator * this.denominator;
    return new Fraction(numerator, this.denominator * other.denominator);
  }

  times(other) {
    return new Fraction(this.numerator * other.numerator, this.denominator * other.denominator);
  }

  dividedBy(count) {
    return new Fraction(this.numerator, this.denominator * BigInt(count));
  }

  compare(other) {
    const [mine, its] = [this.numerator * other.denominator, other.numerator * this.denominator];
    return mine < its ? -1 : mine > its ? 1 : 0;
  }

  /** The nearest double. A quotient of 64 bits and more, its last bit telling of a remainder, rounds as all would. */
  toNumber() {
    const width = (number) => bigAbs(number).toString(2).length;
    const shift = Math.max(0, 64 - width(this.numerator) + width(this.denominator));
    const scaled = bigAbs(this.numerator) << BigInt(shift);
    const quotient = scaled / this.denominator;
    const sticky = scaled % this.denominator === 0n ? 0n : 1n;
    const size = Number(quotient | sticky) / 2 ** shift;
    return this.numerator < 0n ? -size : size;
  }

  /** The nearest fraction whose denominator is at most `limit`: the last two convergents' family decides. */
  nearestWithin(limit) {
    const bound = BigInt(limit);
    if (this.denominator <= bound) return this;
    let [before, last] = [[0n, 1n], [1n, 0n]];
    let [rest, divisor] = [this.numerator, this.denominator];
    for (;;) {
      const whole = rest / divisor;
      const next = [before[0] + whole * last[0], before[1] + whole * last[1]];
      if (next[1] > bound) break;
      [before, last, rest, divisor] = [last, next, divisor, rest - whole * divisor];
    }
    const steps = (bound - before[1]) / last[1];
    const between = new Fraction(before[0] + steps * last[0], before[1] + steps * last[1]);
    const convergent = new Fraction(last[0], last[1]);
    const distance = (one) => bigFractionDistance(one, this);
    return distance(convergent).compare(distance(between)) <= 0 ? convergent : between;
  }
}

/** How far two fractions lie apart. */
function bigFractionDistance(one, other) {
  const gap = one.plus(new Fraction(-other.numerator, other.denominator));
  return new Fraction(bigAbs(gap.numerator), gap.denominator);
}

/** Mean of fractions. */
function meanOfFractions(values) {
  return values.reduce((sum, value) => sum.plus(value), Fraction.of(0)).dividedBy(values.length);
}

/** A computed number as documents carry it: rounded to twelve significant digits, halves to even. */
function significant(number) {
  if (!Number.isFinite(number) || number === 0) return number;
  return Decimal.ofDouble(number).rounded(12).toNumber();
}

/** `significant`, or null for null. */
function significantOrNull(number) {
  return number === null ? null : significant(number);
}

// --- 51-text.js
/*
 * Numbers as sentences show them: grouped thousands, fixed decimals, or a few significant digits. All are rounded from
 * the exact value of the double, halves to even, as IEEE 754 asks of conversions (its section 5.12).
 */

/** Digits in groups of three: 1,234,567. */
function grouped(digits) {
  return digits.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** A count with its thousands grouped. */
function counted(count) {
  return grouped(String(count));
}

/** With so many decimals: 0.775. */
function fixed(number, places) {
  if (!Number.isFinite(number)) return unboundedText(number);
  const text = Decimal.ofDouble(number).toFixed(places);
  return Object.is(number, -0) ? `-${text}` : text;
}

/** With so many decimals and grouped thousands: 1,234.5. */
function groupedFixed(number, places) {
  const [whole, decimals] = fixed(number, places).split(".");
  return decimals === undefined ? grouped(whole) : `${grouped(whole)}.${decimals}`;
}

/** With its sign, whichever it is: +0.025. */
function signedFixed(number, places) {
  const text = fixed(number, places);
  return text.startsWith("-") ? text : `+${text}`;
}

function unboundedText(number) {
  return Number.isNaN(number) ? "nan" : number < 0 ? "-inf" : "inf";
}

/** With so many significant digits, no trailing zeros, and an exponent outside 10^-4 to 10^digits: C's %g. */
function general(number, digits = 6) {
  if (!Number.isFinite(number)) return unboundedText(number);
  if (number === 0) return Object.is(number, -0) ? "-0" : "0";
  const rounded = Decimal.ofDouble(number).rounded(digits);
  const scale = rounded.exponent + digitCount(rounded.coefficient) - 1;
  if (scale >= -4 && scale < digits) return rounded.toFixed(rounded.neededPlaces());
  const mantissa = new Decimal(rounded.coefficient, rounded.exponent - scale);
  const power = String(Math.abs(scale)).padStart(2, "0");
  return `${mantissa.toFixed(mantissa.neededPlaces())}e${scale < 0 ? "-" : "+"}${power}`;
}

/** Numbers with the same count of decimals, at least two: 0.75, 0.80, 0.05. */
function fixedPoint(...decimals) {
  const places = Math.max(2, ...decimals.map((decimal) => decimal.neededPlaces()));
  return decimals.map((decimal) => decimal.toFixed(places));
}

// --- 52-special.js
/*
 * Special functions: incomplete beta integrals and their inverse, the normal distribution, Student's t. Relative errors
 * are about 1e-13 near the middle of a distribution and grow with the logarithm of a far tail.
 *
 * Sources: DLMF (NIST Digital Library of Mathematical Functions, dlmf.nist.gov), sections 5.11, 7.9 and 8.17; Loader
 * (2000), Fast and accurate computation of binomial probabilities, for the factor in front of the integral; Lentz
 * (1976, Applied Optics 15, 668-671) in the form of Thompson and Barnett (1986) for continued fractions.
 */

const LOG_TWO_PI = Math.log(2 * Math.PI);
const FRACTION_TERMS = 1_000_000;
const FRACTION_SETTLED = 4e-16;
const FRACTION_TINY = 1e-300;
/** From here on eight terms of Stirling's series give a double's digits. */
const STIRLING_FROM = 16;
const STIRLING = [
  1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400,
];

/** The sum of Stirling's series: what it adds to (x - 1/2) log x - x + log(2 pi)/2 (DLMF 5.11.1). */
function stirlingSeries(x) {
  const inverse = 1 / x;
  return inverse * STIRLING.reduceRight((sum, term) => sum * inverse * inverse + term, 0);
}

/** What log Gamma(x) has beyond (x - 1/2) log x - x + log(2 pi)/2, for x above 0; small x are moved up one by one. */
function stirlingError(x) {
  if (x >= STIRLING_FROM) return stirlingSeries(x);
  let moved = x;
  let product = 1;
  while (moved < STIRLING_FROM) {
    product *= moved;
    moved += 1;
  }
  const logGamma = (moved - 0.5) * Math.log(moved) - moved + stirlingSeries(moved) - Math.log(product);
  return logGamma - ((x - 0.5) * Math.log(x) - x);
}

/**
 * Logarithm of the beta function, by Stirling's series of the three gamma functions with their large parts taken off.
 */
function logBeta(a, b) {
  const sum = a + b;
  const errors = stirlingError(a) + stirlingError(b) - stirlingError(sum);
  const shares = a * logShare(a, b) + b * logShare(b, a);
  return errors + shares + 0.5 * (LOG_TWO_PI + Math.log(sum / a / b));
}

/** log(one / (one + other)), also where the share is close to 1. */
function logShare(one, other) {
  return one > other ? Math.log1p(-other / (one + other)) : Math.log(one / (one + other));
}

/**
 * x log(x/mean) - gap, where gap = x - mean: the deviance of a count; by its series where the two are close (Loader).
 */
function deviance(x, mean, gap) {
  if (Math.abs(gap) >= 0.1 * (x + mean)) return x * Math.log(x / mean) - gap;
  const ratio = gap / (x + mean);
  let sum = gap * ratio;
  let term = 2 * x * ratio;
  for (let odd = 3; ; odd += 2) {
    term *= ratio * ratio;
    const next = sum + term / odd;
    if (next === sum) return sum;
    sum = next;
  }
}

/** Logarithm of x^a (1-x)^b / B(a, b); `y` is 1 - x. */
function logBetaFactor(a, b, x, y) {
  const sum = a + b;
  const errors = stirlingError(sum) - stirlingError(a) - stirlingError(b);
  const gap = a * y - b * x; // a less its mean, without subtracting two large numbers
  const deviances = deviance(a, sum * x, gap) + deviance(b, sum * y, -gap);
  return errors - deviances + 0.5 * (Math.log(a / sum) + Math.log(b) - LOG_TWO_PI);
}

/**
 * The integral from 0 to x over its factor x^a y^b / B(a, b), for x below (a+1)/(a+b+2); NaN where it does not settle.
 *
 * The continued fraction of DiDonato and Morris (1992, ACM TOMS 18, 360-373, equation 9): every other convergent of
 * DLMF 8.17.22, whose own terms nearly cancel where a is large.
 */
function betaFraction(a, b, x, y) {
  let value = awayFromZero(betaFractionTerm(a, b, x, y, 0).below);
  let [c, d] = [value, 0];
  for (let term = 1; term < FRACTION_TERMS; term += 1) {
    const { above, below } = betaFractionTerm(a, b, x, y, term);
    d = 1 / awayFromZero(below + above * d);
    c = awayFromZero(below + above / c);
    value *= c * d;
    if (Math.abs(c * d - 1) < FRACTION_SETTLED) return 1 / value;
  }
  return NaN;
}

function betaFractionTerm(a, b, x, y, m) {
  const before = a + 2 * m - 1;
  const beyond = a * y - b * x + 1 + m * (1 + y);
  const step = m === 0 ? 0 : (m * (b - m) * x) / before;
  const above = m === 0 ? 1 : ((a + m - 1) / before) * (a + b + m - 1) * x * step;
  return { above, below: m + step + ((a + m) / (before + 2)) * beyond };
}

function awayFromZero(number) {
  return Math.abs(number) < FRACTION_TINY ? FRACTION_TINY : number;
}

/** Logarithm of the regularised integral from 0 to x, for x below (a+1)/(a+b+2); `y` is 1 - x. */
function logSmallerBetaPart(a, b, x, y) {
  return logBetaFactor(a, b, x, y) + Math.log(betaFraction(a, b, x, y));
}

/**
 * Both parts of the regularised incomplete beta integral: from 0 to x and from x to 1.
 *
 * @param {number} a above 0
 * @param {number} b above 0
 * @param {number} x 0 to 1
 * @param {number} y 1 - x, where it is known better than by subtracting
 * @returns {{lower: number, upper: number}}
 */
function betaParts(a, b, x, y = 1 - x) {
  if (x <= 0) return { lower: 0, upper: 1 };
  if (y <= 0) return { lower: 1, upper: 0 };
  if (x < (a + 1) / (a + b + 2)) {
    const lower = Math.exp(logSmallerBetaPart(a, b, x, y));
    return { lower, upper: 1 - lower };
  }
  const upper = Math.exp(logSmallerBetaPart(b, a, y, x));
  return { lower: 1 - upper, upper };
}

/** Logarithm of the integral of t^(a-1) (1-t)^(b-1) from 0 to x, not divided by B(a, b); `y` is 1 - x. */
function logIncompleteBeta(a, b, x, y) {
  const isSmaller = x < (a + 1) / (a + b + 2);
  const logShareBelow = isSmaller ? logSmallerBetaPart(a, b, x, y) : Math.log1p(-betaParts(a, b, x, y).upper);
  return logShareBelow + logBeta(a, b);
}

/**
 * The x below which the regularised integral is `lower`.
 *
 * Newton's steps (the derivative is the density) within a bracket that halves where they leave it.
 */
function betaQuantile(a, b, lower) {
  return betaRoot(a, b, (x) => betaParts(a, b, x).lower - lower);
}

/** The x above which the regularised integral is `upper`. */
function betaUpperQuantile(a, b, upper) {
  return betaRoot(a, b, (x) => upper - betaParts(a, b, x).upper);
}

function betaRoot(a, b, excess) {
  let [low, high] = [0, 1];
  let x = a / (a + b);
  for (let step = 0; step < 2000; step += 1) {
    const gap = excess(x);
    if (gap === 0) return x;
    if (gap > 0) high = x;
    else low = x;
    const density = Math.exp(logBetaFactor(a, b, x, 1 - x)) / (x * (1 - x));
    const newton = x - gap / density;
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (Math.abs(next - x) <= 1e-16 * x || next === low || next === high) return next;
    x = next;
  }
  return x;
}

/** 1 - erf(z): the series of erf (DLMF 7.6.2) below 2, the continued fraction of erfc (DLMF 7.9.4) from there on. */
function erfc(z) {
  if (z < 0) return 2 - erfc(-z);
  if (z < 2) return 1 - errorSeries(z);
  if (z > 40) return 0;
  let fraction = z;
  for (let term = 120; term > 0; term -= 1) fraction = z + term / 2 / fraction;
  return Math.exp(-z * z) / Math.sqrt(Math.PI) / fraction;
}

function errorSeries(z) {
  let term = z;
  let sum = z;
  for (let odd = 3; Math.abs(term) > 1e-18 * Math.abs(sum); odd += 2) {
    term *= (2 * z * z) / odd;
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-z * z) * sum;
}

/** Chance of a standard normal number of at most z. */
function normalBelow(z) {
  return 0.5 * erfc(-z / Math.SQRT2);
}

/**
 * Quantile of the standard normal distribution.
 *
 * Starts at the rational approximation 26.2.23 of Abramowitz and Stegun (1964) and takes Halley's steps.
 */
function normalQuantile(probability) {
  if (probability > 0.5) return -normalQuantile(1 - probability);
  const root = Math.sqrt(-2 * Math.log(probability));
  const over = 2.515517 + root * (0.802853 + root * 0.010328);
  const under = 1 + root * (1.432788 + root * (0.189269 + root * 0.001308));
  let z = over / under - root;
  for (let step = 0; step < 4; step += 1) {
    const gap = (normalBelow(z) - probability) * Math.sqrt(2 * Math.PI) * Math.exp((z * z) / 2);
    z -= gap / (1 + (z * gap) / 2);
  }
  return z;
}

/** Chance of a number of at most t under Student's t distribution (DLMF 8.17(i); Student 1908). */
function studentBelow(degrees, t) {
  const squared = t * t;
  const [x, y] = [degrees / (degrees + squared), squared / (degrees + squared)];
  const tail = betaParts(degrees / 2, 0.5, x, y).lower / 2;
  return t < 0 ? tail : 1 - tail;
}

/**
 * Quantile of Student's t distribution for a probability above 1/2.
 *
 * With y = t^2/(degrees + t^2), twice the tail is the upper part of the Beta(1/2, degrees/2) distribution at y; where y
 * is nearer to 1 than to 0, 1 - y is looked for instead.
 */
function studentQuantile(degrees, probability) {
  const tails = 2 * (1 - probability);
  if (betaParts(0.5, degrees / 2, 0.5).upper < tails) {
    const y = betaUpperQuantile(0.5, degrees / 2, tails);
    return Math.sqrt((degrees * y) / (1 - y));
  }
  const x = betaQuantile(degrees / 2, 0.5, tails);
  return Math.sqrt((degrees * (1 - x)) / x);
}

// --- 53-intervals.js
/*
 * Confidence intervals of a success rate, exact binomial tails, and the counts from which a one-sided bound passes a
 * rate. Sources: Wilson (1927, JASA 22, 209-212); Clopper and Pearson (1934, Biometrika 26, 404-413); Brown, Cai and
 * DasGupta (2001, Statistical Science 16, 101-133) for Jeffreys; Agresti and Coull (1998, The American Statistician 52,
 * 119-126).
 */

/** P(X >= successes) for X ~ Binomial(trials, rate): I_rate(successes, trials - successes + 1) (DLMF 8.17.5). */
function atLeast(successes, trials, rate) {
  if (successes <= 0) return 1;
  return successes > trials ? 0 : betaParts(successes, trials - successes + 1, rate).lower;
}

/** P(X <= successes) for X ~ Binomial(trials, rate). */
function atMost(successes, trials, rate) {
  if (successes < 0) return 0;
  return successes >= trials ? 1 : betaParts(successes + 1, trials - successes, rate).upper;
}

/**
 * Wilson's limits for any quantile, of successes that need not be whole; exact 0 without a success, 1 without a
 * failure.
 */
function scoreLimits(successes, trials, quantile) {
  const squared = quantile * quantile;
  const centre = successes + squared / 2;
  const spread = quantile * Math.sqrt((successes * (trials - successes)) / trials + squared / 4);
  const scale = trials + squared;
  return {
    lower: successes === 0 ? 0 : (centre - spread) / scale,
    upper: successes === trials ? 1 : (centre + spread) / scale,
  };
}

/** Rate plus or minus quantile times its standard error, cut off at 0 and 1. */
function waldLimits(successes, trials, quantile) {
  const rate = successes / trials;
  const spread = quantile * Math.sqrt((rate * (1 - rate)) / trials);
  return { lower: Math.max(rate - spread, 0), upper: Math.min(rate + spread, 1) };
}

function jeffreysLimits(successes, failures, tail) {
  const [a, b] = [successes + 0.5, failures + 0.5];
  return { lower: betaQuantile(a, b, tail), upper: betaUpperQuantile(a, b, tail) };
}

/** Limits by method, from successes, trials, the error at each end and the normal quantile that leaves it. */
const LIMITS = {
  wilson: (successes, trials, tail, z) => scoreLimits(successes, trials, z),
  clopper_pearson: (successes, trials, tail) => ({
    lower: successes === 0 ? 0 : betaQuantile(successes, trials - successes + 1, tail),
    upper: successes === trials ? 1 : betaUpperQuantile(successes + 1, trials - successes, tail),
  }),
  jeffreys: (successes, trials, tail) => jeffreysLimits(successes, trials - successes, tail),
  jeffreys_bcd: (successes, trials, tail) => {
    const { lower, upper } = jeffreysLimits(successes, trials - successes, tail);
    return { lower: successes === 0 ? 0 : lower, upper: successes === trials ? 1 : upper };
  },
  agresti_coull: (successes, trials, tail, z) => waldLimits(successes + (z * z) / 2, trials + z * z, z),
  wald: (successes, trials, tail, z) => waldLimits(successes, trials, z),
};

/** Two-sided confidence interval of a rate; [0, 1] without a trial. */
function rateInterval(successes, trials, method, confidence) {
  if (trials === 0) return { lower: 0, upper: 1 };
  return LIMITS[method](successes, trials, (1 - confidence) / 2, normalQuantile((1 + confidence) / 2));
}

/** Digits in which score bounds are computed. */
const BOUND_DIGITS = 60;

/** The count beyond which the one-sided Wilson bound of n/d trials passes p0: n p0 + z sqrt(n d p0 (1 - p0)). */
function scoreBound(trials, p0, quantile, designEffect = 1) {
  const digits = BOUND_DIGITS;
  const n = Decimal.whole(trials);
  const variance = n
    .times(Decimal.stated(designEffect), digits)
    .times(p0, digits)
    .times(Decimal.whole(1).minus(p0, digits), digits);
  const reach = Decimal.ofDouble(quantile).times(variance.squareRoot(digits), digits);
  return n.times(p0, digits).plus(reach, digits);
}

/** The first whole number above a bound. */
function countAbove(bound) {
  return Number(bound.floor()) + 1;
}

/** The last whole number below a bound. */
function countBelow(bound) {
  return Number(bound.ceiling()) - 1;
}

/** Nearer to alpha than this, relatively, a tail probability in doubles cannot tell; whole numbers then decide. */
const TAIL_ERROR = 1e-11;
const TIE_TRIALS = 20_000;

/** Whether P(X >= successes | value) <= alpha, also where the two are equal as decimal numbers. */
function tailIsWithin(successes, trials, value, alpha) {
  const tail = atLeast(successes, trials, value.toNumber());
  if (Math.abs(tail - alpha) > TAIL_ERROR * alpha || trials > TIE_TRIALS) return tail <= alpha;
  return exactTail(successes, trials, value).compare(Decimal.stated(alpha).toFraction()) <= 0;
}

/** P(X >= successes | value), as the fraction that it is. */
function exactTail(successes, trials, value) {
  const { numerator, denominator } = value.toFraction();
  const against = denominator - numerator;
  // Horner's rule over the number of failures keeps every step whole.
  let [sum, ways, power] = [0n, 1n, 1n];
  for (let failures = 0; failures <= trials - successes; failures += 1) {
    sum = sum * numerator + ways * power;
    ways = (ways * BigInt(trials - failures)) / BigInt(failures + 1);
    power *= against;
  }
  return new Fraction(sum * numerator ** BigInt(successes), denominator ** BigInt(trials));
}

/** First count from 0 to `trials` for which `holds`, which stays true once it is; `trials` + 1 where none does. */
function firstCount(trials, guess, holds) {
  let [low, high] = bracketOfFirst(trials, Math.min(Math.max(guess, 0), trials), holds);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** A count for which it does not hold, -1 at the least, and one above for which it does, trials + 1 at the most. */
function bracketOfFirst(trials, guess, holds) {
  if (holds(guess)) {
    for (let high = guess, step = 1; ; step *= 2) {
      const low = high - step;
      if (low < 0) return [-1, high];
      if (!holds(low)) return [low, high];
      high = low;
    }
  }
  for (let low = guess, step = 1; ; step *= 2) {
    const high = low + step;
    if (high > trials) return [low, trials + 1];
    if (holds(high)) return [low, high];
    low = high;
  }
}

/**
 * Fewest successes that show, at one-sided error alpha, that a rate lies above a value; more than `trials` if none do.
 */
function fewestSupporting(trials, value, alpha, method) {
  const byScore = countAbove(scoreBound(trials, value, normalQuantile(1 - alpha)));
  if (method === "wilson") return byScore;
  if (method === "clopper_pearson") {
    return firstCount(trials, byScore, (successes) => tailIsWithin(successes, trials, value, alpha));
  }
  const confidence = Decimal.whole(1).minus(Decimal.stated(alpha)).toNumber();
  const [tail, z, rate] = [1 - confidence, normalQuantile(confidence), value.toNumber()];
  const lowerBound = (successes) => (trials === 0 ? 0 : LIMITS[method](successes, trials, tail, z).lower);
  return firstCount(trials, byScore, (successes) => lowerBound(successes) > rate);
}

/** The count from which on a rate is shown to lie above (fewest) or below (most successes) a value. */
function criticalCount(trials, value, alpha, method, direction) {
  if (direction === "above") return fewestSupporting(trials, value, alpha, method);
  return trials - fewestSupporting(trials, Decimal.whole(1).minus(value), alpha, method);
}

// --- 54-decisions.js
/*
 * What is tested, and what counts decide. A claim about a rate is one or two one-sided hypotheses (two for equality:
 * Schuirmann 1987, J. Pharmacokin. Biopharm. 15, 657-680). Each is decided by a count: the one-sided bound of the
 * declared method passes the threshold exactly from there on.
 *
 * A hypothesis is {direction, target, threshold, margin, alpha, method}, with decimals for the three numbers. A sample
 * is {trials, designEffect, degrees}: what the trials are worth, and the degrees of freedom of that, or null.
 */

const DESIRED_POWER = 0.8;
/** Methods whose disagreement makes a verdict not robust. */
const ADMISSIBLE_METHODS = ["wilson", "clopper_pearson", "jeffreys", "agresti_coull"];

function independentTrials(trials) {
  return { trials, designEffect: 1, degrees: null };
}

/** Whether the trials are independent and weigh the same. */
function isSimple(sample) {
  return sample.designEffect === 1 && sample.degrees === null;
}

/** Quantile that a one-sided bound of error alpha takes: Student's where the variance was estimated. */
function sampleQuantile(sample, alpha) {
  return sample.degrees === null ? normalQuantile(1 - alpha) : studentQuantile(sample.degrees, 1 - alpha);
}

/**
 * The counts that decide a hypothesis: the whole ones (`supporting`, `refuting`) and what successes that need not be
 * whole have to pass (`supportingBeyond`, `refutingBeyond`).
 */
function boundaryOf(hypothesis, sample) {
  const [high, low] = isSimple(sample) ? simpleBounds(hypothesis, sample) : widenedBounds(hypothesis, sample);
  const above = { count: countAbove(high), beyond: high.toFraction() };
  const below = { count: countBelow(low), beyond: low.toFraction() };
  const [support, refute] = hypothesis.direction === "above" ? [above, below] : [below, above];
  return {
    direction: hypothesis.direction,
    supporting: support.count,
    refuting: refute.count,
    supportingBeyond: support.beyond,
    refutingBeyond: refute.beyond,
  };
}

/** Whole counts decide; the bounds stand half-way to the next one. */
function simpleBounds({ threshold, alpha, method }, { trials }) {
  const half = new Decimal(5n, -1);
  const critical = (direction) => Decimal.whole(criticalCount(trials, threshold, alpha, method, direction));
  return [critical("above").minus(half), critical("below").plus(half)];
}

/** With a design effect the score bound of n/d trials decides, whatever the declared method. */
function widenedBounds({ threshold, alpha }, sample) {
  const quantile = sampleQuantile(sample, alpha);
  return [quantile, -quantile].map((z) => scoreBound(sample.trials, threshold, z, sample.designEffect));
}

function supports(boundary, successes) {
  const order = successes.compare(boundary.supportingBeyond);
  return boundary.direction === "above" ? order > 0 : order < 0;
}

function refutes(boundary, successes) {
  const order = successes.compare(boundary.refutingBeyond);
  return boundary.direction === "above" ? order < 0 : order > 0;
}

/**
 * "supported", "refuted" or null. Lost episodes count as failures for support and as successes for refutation; for
 * claims of less, the other way round.
 */
function decidedBy(hypotheses, { sample, least, most }) {
  const bounds = hypotheses.map((one) => boundaryOf(one, sample));
  const upward = (bound) => bound.direction === "above";
  if (bounds.every((bound) => supports(bound, upward(bound) ? least : most))) return "supported";
  if (bounds.some((bound) => refutes(bound, upward(bound) ? most : least))) return "refuted";
  return null;
}

/** What is left when neither side is reached: the plan was too small to expect anything else, or it was not. */
function undecided(power) {
  return power !== null && power < DESIRED_POWER ? "underpowered" : "inconclusive";
}

/** The verdict of a decision that may have been reached; `power` is the chance at the claimed value, or null. */
function verdictOf(found, power) {
  return found || undecided(power);
}

/** Exact binomial p-value against the opposite of what is claimed. */
function exactPValue({ direction, threshold }, successes, trials) {
  return (direction === "above" ? atLeast : atMost)(successes, trials, threshold.toNumber());
}

/** Exact chance of support when the true rate is just a threshold; of two thresholds, the larger chance. */
function attainedSize(hypotheses, trials) {
  const bounds = hypotheses.map((one) => boundaryOf(one, independentTrials(trials)));
  return Math.max(...hypotheses.map((one) => supportProbability(bounds, trials, one.threshold.toNumber())));
}

/** Exact chance that independent trials of this rate give a count that supports every hypothesis. */
function supportProbability(bounds, trials, rate) {
  let [least, most] = [0, trials];
  for (const { direction, supporting } of bounds) {
    if (direction === "above") least = Math.max(least, supporting);
    else most = Math.min(most, supporting);
  }
  return Math.max(0, atLeast(least, trials, rate) - atLeast(most + 1, trials, rate));
}

/** The same hypothesis about another rate, by another method, or at another error. */
function changed(hypothesis, changes) {
  return { ...hypothesis, ...changes };
}

// --- 54-power.js
/*
 * What a plan could have shown: exact power of the binomial test (Clopper-Pearson's bound), the number of episodes from
 * which on it never falls below 0.8, and the smallest difference that it would show.
 *
 * Power against the number of episodes is a saw-tooth. The last number that falls short is found by leaving out ranges
 * that are proved to have none: the critical count and the successes do not fall as n grows, nor do the failures that
 * are allowed and met.
 */

const POWER_METHOD = "clopper_pearson";
const MOST_EPISODES = 10_000_000;
const SMALLEST_DISTANCE = new Decimal(1n, -6);
const ONE_HALF = new Decimal(5n, -1);

/**
 * The one-sided tests that all have to succeed, each told as "above": claims of at most something count failures.
 *
 * @param {{operator: string, threshold: Decimal, thresholdUpper: ?Decimal, at: Decimal, alpha: number}} design
 */
function powerSides({ operator, threshold, thresholdUpper, at }) {
  const flipped = (number) => Decimal.whole(1).minus(number);
  const upward = { threshold, at };
  if (thresholdUpper) return [upward, { threshold: flipped(thresholdUpper), at: flipped(at) }];
  return [operator[0] === ">" ? upward : { threshold: flipped(threshold), at: flipped(at) }];
}

/** Chance that n episodes support the claim at the rate `at`, its least value and what the plan would take. */
function analysePower(design, n) {
  return {
    atClaim: leastPower(design, n, n),
    needed: episodesNeeded(design),
    detectable: detectableRate(design, n),
  };
}

/** A power that no n from `fewest` to `most` falls below; the power itself where the two are one. */
function leastPower(design, fewest, most) {
  const sides = powerSides(design);
  const sum = sides.reduce((total, side) => total + leastSupport(design, side, fewest, most), 0);
  return Math.max(0, sum - (sides.length - 1));
}

function leastSupport({ alpha }, { threshold, at }, fewest, most) {
  const critical = (trials) => fewestSupporting(trials, threshold, alpha, POWER_METHOD);
  const rate = at.toNumber();
  if (threshold.compare(ONE_HALF) > 0) return atLeast(critical(fewest) + most - fewest, most, rate);
  return atLeast(critical(most), fewest, rate);
}

/** Fewest episodes from which on the power stays at 0.8 or more; null where there is no such number in reach. */
function episodesNeeded(design) {
  const distances = powerSides(design).map((side) => side.at.minus(side.threshold));
  const nearest = distances.reduce((least, one) => (one.compare(least) < 0 ? one : least));
  if (nearest.compare(SMALLEST_DISTANCE) < 0) return null;
  if (leastPower(design, MOST_EPISODES, MOST_EPISODES) < DESIRED_POWER) return null;
  const needed = lastFallingShort(design, surelyEnough(design.alpha, distances.length, nearest.toNumber())) + 1;
  return needed <= MOST_EPISODES ? needed : null;
}

/** A number of episodes from which on Hoeffding's inequality (1963, JASA 58, 13-30) proves a power of 0.8. */
function surelyEnough(alpha, sides, distance) {
  const c = Math.sqrt(Math.log(1 / alpha) / 2);
  const b = Math.sqrt(Math.log(sides / (1 - DESIRED_POWER)) / 2);
  const root = (c + b + Math.sqrt((c + b) ** 2 + 4 * distance * (4 * c * c + 1))) / (2 * distance);
  return Math.ceil(root * root);
}

/** Largest n up to `most` whose power is below 0.8; 0 where there is none. */
function lastFallingShort(design, most) {
  const ranges = [[1, most]];
  while (ranges.length) {
    const [first, last] = ranges.pop();
    if (leastPower(design, first, last) >= DESIRED_POWER) continue;
    if (first === last) return first;
    const middle = Math.floor((first + last) / 2);
    ranges.push([first, middle], [middle + 1, last]);
  }
  return 0;
}

/** The true rate nearest to the threshold that n episodes support with a chance of 0.8: a quantile of a Beta. */
function detectableRate(design, n) {
  if (design.thresholdUpper) return null;
  const [{ threshold }] = powerSides(design);
  const fewest = fewestSupporting(n, threshold, design.alpha, POWER_METHOD);
  if (fewest > n) return null;
  const supported = fewest > 0 ? betaQuantile(fewest, n - fewest + 1, DESIRED_POWER) : 0;
  const rate = Math.max(supported, threshold.toNumber());
  return design.operator[0] === ">" ? rate : 1 - rate;
}

// --- 55-evalues.js
/*
 * Decisions that hold whenever somebody stopped: e-processes over complete blocks of one episode per task, and the
 * bounds that go with them. An e-process reaches 1/alpha with probability at most alpha while its hypothesis holds
 * (Ville 1939).
 *
 * For one task: the mixture of likelihood ratios over a Beta(1/2, 1/2) prior truncated at the tested rate (Robbins
 * 1970, Annals of Mathematical Statistics 41, 1397-1409). For several: capital spread over constant bets on the mean of
 * a block (Waudby-Smith and Ramdas 2024, JRSS B 86, 1-27), with the weights of the same prior, on a grid that is fixed
 * in advance.
 *
 * All values are natural logarithms.
 */

const PRIOR = 0.5;
const PANELS = 14;
const BETS_PER_PANEL = 24;
const HALVINGS = 60;
const EVERY_BLOCK_UP_TO = 200;

/**
 * Numbers of blocks at which a process is read where no rule says so: each up to 200, then in steps of 5%, and the
 * last.
 */
function lookSchedule(blocks) {
  const looks = [];
  while (looks.length < Math.min(blocks, EVERY_BLOCK_UP_TO)) looks.push(looks.length + 1);
  while (looks.length && looks[looks.length - 1] < blocks) {
    looks.push(Math.min(Math.floor((looks[looks.length - 1] * 21) / 20), blocks));
  }
  return looks;
}

/** log e against "the rate is at most `value`" ("above"), or at least ("below"), for one task's trials. */
function mixtureLogE(successes, trials, value, direction) {
  const failures = trials - successes;
  const [ones, zeros] = direction === "below" ? [successes, failures] : [failures, successes];
  const [edge, rest] = direction === "below" ? [value, 1 - value] : [1 - value, value];
  const posterior = logIncompleteBeta(PRIOR + ones, PRIOR + zeros, edge, rest);
  const before = logIncompleteBeta(PRIOR, PRIOR, edge, rest);
  return posterior - before - (successes * Math.log(value) + failures * Math.log1p(-value));
}

/** Nodes and weights of Gauss-Legendre quadrature on (-1, 1): roots of the Legendre polynomial by Newton's steps. */
function gaussLegendre(size) {
  const nodes = [];
  for (let index = 0; index < size; index += 1) {
    let x = -Math.cos((Math.PI * (index + 0.75)) / (size + 0.5));
    let slope = 0;
    for (let step = 0; step < 10; step += 1) {
      const { value, derivative } = legendre(size, x);
      x -= value / derivative;
      slope = derivative;
    }
    nodes.push({ node: x, weight: 2 / ((1 - x * x) * slope * slope) });
  }
  return nodes;
}

/** The Legendre polynomial of a degree and its derivative, by Bonnet's recursion. */
function legendre(degree, x) {
  let [before, value] = [1, x];
  for (let n = 1; n < degree; n += 1) [before, value] = [value, ((2 * n + 1) * x * value - n * before) / (n + 1)];
  return { value, derivative: (degree * (x * value - before)) / (x * x - 1) };
}

/** Places and shares on (0, 1), over panels that halve towards 0. */
function betPanels() {
  const quadrature = gaussLegendre(BETS_PER_PANEL);
  const places = [];
  let start = 0;
  for (let panel = PANELS - 1; panel >= 0; panel -= 1) {
    const end = 0.5 ** panel;
    const width = end - start;
    for (const { node, weight } of quadrature) {
      places.push({ place: start + (width * (node + 1)) / 2, share: (width * weight) / 2 });
    }
    start = end;
  }
  const total = places.reduce((sum, { share }) => sum + share, 0);
  return places.map(({ place, share }) => ({ place, share: share / total }));
}

let betPanelsOnce = null;

/** Bets against a value and their shares: under Beta(1/2, 1/2) the angle asin(sqrt(rate)) is uniform. */
function betsAgainst(value, direction) {
  betPanelsOnce = betPanelsOnce || betPanels();
  const edge = Math.asin(Math.sqrt(value));
  const far = direction === "above" ? Math.PI / 2 : 0;
  return betPanelsOnce.map(({ place, share }) => {
    const rate = Math.sin(edge + (far - edge) * place) ** 2;
    return { bet: (rate - value) / (value * (1 - value)), share };
  });
}

/**
 * Logarithm of the capital that bets against a value have won, after each of several tables of counts.
 *
 * @param {number[][]} tables how often each outcome had been observed by each moment
 * @param {number[]} outcomes in [0, 1]
 */
function logCapital(tables, outcomes, value, direction) {
  const bets = betsAgainst(value, direction);
  const gains = bets.map(({ bet }) => outcomes.map((outcome) => Math.log1p((outcome - value) * bet)));
  return tables.map((counts) => {
    const logs = gains.map((gain) => gain.reduce((sum, each, index) => sum + counts[index] * each, 0));
    const highest = logs.reduce((most, each) => Math.max(most, each), -Infinity);
    const sum = logs.reduce((all, each, index) => all + bets[index].share * Math.exp(each - highest), 0);
    return highest + Math.log(sum);
  });
}

/** The edge between rejected values, towards `outer`, and kept ones, towards `inner`, from the rejected side. */
function lastRejected(isRejected, outer, inner) {
  for (let step = 0; step < HALVINGS; step += 1) {
    const middle = (outer + inner) / 2;
    if (middle === outer || middle === inner) break;
    if (isRejected(middle)) outer = middle;
    else inner = middle;
  }
  return outer;
}

/** Bounds of the mean of observations of [0, 1]: the values against which capital has not reached 2/error. */
function capitalBounds(counts, outcomes, error) {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const mean = total ? counts.reduce((sum, count, index) => sum + count * outcomes[index], 0) / total : 0;
  const threshold = Math.log(2 / error);
  const rejected = (direction) => (value) => logCapital([counts], outcomes, value, direction)[0] >= threshold;
  return {
    lower: mean > 0 ? lastRejected(rejected("above"), 0, mean) : 0,
    upper: total && mean < 1 ? lastRejected(rejected("below"), 1, mean) : 1,
  };
}

/** The possible means of a block. */
function blockOutcomes(tasks) {
  return Array.from({ length: tasks + 1 }, (_, successes) => successes / tasks);
}

/** How many blocks up to each look had each number of successes. */
function countsUpTo(blocks, tasks, looks) {
  const running = new Array(tasks + 1).fill(0);
  let read = 0;
  return looks.map((look) => {
    for (; read < look; read += 1) running[blocks[read]] += 1;
    return running.slice();
  });
}

/** log e at each look over complete blocks, for the claim that the mean rate lies `direction` of `value`. */
function blockPath(blocks, tasks, value, direction, looks) {
  const tables = countsUpTo(blocks, tasks, looks);
  if (tasks > 1) return logCapital(tables, blockOutcomes(tasks), value, direction);
  return tables.map(([failures, successes]) => mixtureLogE(successes, failures + successes, value, direction));
}

/** Two-sided bounds of the mean rate over complete blocks that hold at all times at once. */
function blockBounds(blocks, tasks, confidence) {
  const [counts] = countsUpTo(blocks, tasks, [blocks.length]);
  if (tasks > 1) return capitalBounds(counts, blockOutcomes(tasks), 1 - confidence);
  return trialBounds(counts[1], counts[0], confidence);
}

/** The rates that the mixture of likelihood ratios over a Beta(1/2, 1/2) prior has not rejected. */
function trialBounds(successes, failures, confidence) {
  const threshold = -Math.log(1 - confidence);
  const trials = successes + failures;
  const marginal = logBeta(PRIOR + successes, PRIOR + failures) - logBeta(PRIOR, PRIOR);
  const isRejected = (rate) => marginal - logLikelihood(successes, failures, rate) >= threshold;
  const observed = trials ? successes / trials : 0;
  return {
    lower: successes ? lastRejected(isRejected, 0, observed) : 0,
    upper: failures ? lastRejected(isRejected, 1, observed) : 1,
  };
}

function logLikelihood(successes, failures, rate) {
  const ones = successes ? successes * Math.log(rate) : 0;
  return failures ? ones + failures * Math.log1p(-rate) : ones;
}

// --- 56-comparisons.js
/*
 * Comparisons and means: a measured baseline (Miettinen and Nurminen 1985, Statistics in Medicine 4, 213-226;
 * Farrington and Manning 1990, Statistics in Medicine 9, 1447-1454), real episodes beside simulated ones (Angelopoulos,
 * Duchi and Zrnic 2023, arXiv 2311.01453), bounded means by betting (Waudby-Smith and Ramdas 2024), corrections for
 * several tests.
 */

/** The two rates that make the counts likeliest among all that differ by `gap`: the middle root of a cubic. */
function restrictedRates(k1, n1, k2, n2, gap) {
  const total = n1 + n2;
  const square = ((n1 + 2 * n2) * gap - total - k1 - k2) / (3 * total);
  const linear = ((n2 * gap - total - 2 * k2) * gap + k1 + k2) / (3 * total);
  const constant = (k2 * gap * (1 - gap)) / total;
  const twist = square ** 3 - 1.5 * square * linear + constant / 2;
  const size = Math.sqrt(Math.max(square * square - linear, 0));
  const radius = twist < 0 || Object.is(twist, -0) ? -size : size;
  const cosine = radius ? Math.min(1, Math.max(-1, twist / radius ** 3)) : 0;
  const root = 2 * radius * Math.cos((Math.PI + Math.acos(cosine)) / 3) - square;
  const second = Math.min(Math.max(root, 0, -gap), 1, 1 - gap);
  return [Math.min(Math.max(second + gap, 0), 1), second];
}

/** Observed less hypothetical difference, in standard errors at the restricted rates. */
function differenceScore(k1, n1, k2, n2, gap) {
  const [r1, r2] = restrictedRates(k1, n1, k2, n2, gap);
  const beyond = k1 / n1 - k2 / n2 - gap;
  const variance = (r1 * (1 - r1)) / n1 + (r2 * (1 - r2)) / n2;
  if (variance > 0) return beyond / Math.sqrt(variance);
  return beyond ? Math.sign(beyond) * Infinity : 0;
}

/** Score interval of the first rate less the second; [-1, 1] without trials. */
function differenceInterval(k1, n1, k2, n2, confidence) {
  if (!(n1 && n2)) return { lower: -1, upper: 1 };
  const critical = normalQuantile((1 + confidence) / 2) * Math.sqrt((n1 + n2) / (n1 + n2 - 1));
  return {
    lower: lowestAccepted((gap) => differenceScore(k1, n1, k2, n2, gap), k1 / n1 - k2 / n2, critical),
    upper: -lowestAccepted((gap) => differenceScore(k2, n2, k1, n1, gap), k2 / n2 - k1 / n1, critical),
  };
}

/** The lowest difference, from -1 to the observed one, whose score is not above the critical value. */
function lowestAccepted(score, observed, critical) {
  let [refused, accepted] = [-1, observed];
  for (let step = 0; step < HALVINGS; step += 1) {
    const middle = (refused + accepted) / 2;
    if (score(middle) > critical) refused = middle;
    else accepted = middle;
  }
  return accepted;
}

/** One-sided p-value against "the first rate is `margin` or more below the second". */
function nonInferiority(k1, n1, k2, n2, margin) {
  if (!(n1 && n2)) return 1;
  return 0.5 * erfc(differenceScore(k1, n1, k2, n2, -margin) / Math.SQRT2);
}

/** Adjusted p-values by Holm's step-down procedure (1979, Scandinavian Journal of Statistics 6, 65-70). */
function holmAdjusted(values) {
  const order = values.map((_, index) => index).sort((one, other) => values[one] - values[other]);
  return runningAdjusted(order, (rank) => order.length - rank, values, Math.max);
}

/** Adjusted p-values by Benjamini's and Hochberg's step-up procedure (1995, JRSS B 57, 289-300). */
function falseDiscoveryAdjusted(values) {
  const order = values.map((_, index) => index).sort((one, other) => values[other] - values[one]);
  return runningAdjusted(order, (rank) => order.length / (order.length - rank), values, Math.min);
}

function runningAdjusted(order, factor, values, keep) {
  const adjusted = new Array(values.length);
  let running = null;
  order.forEach((index, rank) => {
    const scaled = factor(rank) * values[index];
    running = running === null ? scaled : keep(running, scaled);
    adjusted[index] = Math.min(1, running);
  });
  return adjusted;
}

/** Count, mean and sum of squared deviations of weighted values, [[value, times], ...]. */
function weightedSummary(pairs) {
  const count = pairs.reduce((sum, [, times]) => sum + times, 0);
  const mean = pairs.reduce((sum, [value, times]) => sum + value * times, 0) / count;
  const squares = pairs.reduce((sum, [value, times]) => sum + (value - mean) ** 2 * times, 0);
  return { count, mean, squares };
}

/**
 * Mean of real outcomes, sharpened by simulated ones (PPI++), from counts.
 *
 * @param {{both, real_only, simulated_only, neither, simulated, simulated_successes}} pairs
 * @returns {{estimate, lower, upper, lam, discordant, obstacles: string[]}}
 */
function predictionPowered(pairs, confidence) {
  const table = [
    [1, 1, pairs.both],
    [1, 0, pairs.real_only],
    [0, 1, pairs.simulated_only],
    [0, 0, pairs.neither],
  ];
  const others = [
    [1, pairs.simulated_successes],
    [0, pairs.simulated - pairs.simulated_successes],
  ];
  const lam = tunedWeight(table, others);
  const rectified = weightedSummary(table.map(([real, twin, times]) => [real - lam * twin, times]));
  const simulated = weightedSummary(others.map(([value, times]) => [lam * value, times]));
  const estimate = simulated.mean + rectified.mean;
  const squaredError = simulated.squares / simulated.count ** 2 + rectified.squares / rectified.count ** 2;
  const spread = normalQuantile((1 + confidence) / 2) * Math.sqrt(squaredError);
  const discordant = pairs.real_only + pairs.simulated_only;
  const obstacles = [];
  if (rectified.count < 50) obstacles.push("ppi.few_real");
  if (discordant < 5) obstacles.push("ppi.few_discordant");
  return { estimate, lower: estimate - spread, upper: estimate + spread, lam, discordant, obstacles };
}

/** The weight of least variance, cov(Y, f) / ((1 + n/N) var(f and F)), cut to [0, 1]. */
function tunedWeight(table, others) {
  const real = weightedSummary(table.map(([value, , times]) => [value, times]));
  const twins = table.map(([, value, times]) => [value, times]);
  const twin = weightedSummary(twins);
  const products = table.reduce((sum, [y, f, times]) => sum + (y - real.mean) * (f - twin.mean) * times, 0);
  const every = weightedSummary([...twins, ...others]);
  const variance = every.squares / (every.count - 1);
  if (variance === 0) return 0;
  const { count } = weightedSummary(others);
  return Math.min(1, Math.max(0, products / real.count / ((1 + real.count / count) * variance)));
}

/** Bounds of a real rate that hold in finite samples: betting intervals of the simulated rate and of the gap. */
function predictionPoweredBetting(pairs, confidence) {
  const error = (1 - confidence) / 2;
  const gaps = [pairs.simulated_only, pairs.both + pairs.neither, pairs.real_only];
  const bias = capitalBounds(gaps, [0, 0.5, 1], error);
  const outcomes = [pairs.simulated - pairs.simulated_successes, pairs.simulated_successes];
  const rate = capitalBounds(outcomes, [0, 1], error);
  return {
    lower: Math.max(0, rate.lower + 2 * bias.lower - 1),
    upper: Math.min(1, rate.upper + 2 * bias.upper - 1),
  };
}

/** Bounds of the mean of a fixed number of observations of [0, 1]: predictable plug-in bets of at most 1. */
function bettingInterval(values, confidence) {
  if (!values.length) return { lower: 0, upper: 1 };
  const alpha = 1 - confidence;
  const bets = plugInBets(values, alpha);
  const lower = lastRejectedMean(values, bets, alpha);
  const upper = 1 - lastRejectedMean(values.map((value) => 1 - value), bets, alpha);
  return { lower: Math.min(lower, upper), upper: Math.max(lower, upper) };
}

/** The bet on each observation from those before it; one imagined observation, 1/2 with variance 1/4, comes first. */
function plugInBets(values, alpha) {
  let [sum, squares, variance] = [0.5, 0.25, 0.25];
  return values.map((value, index) => {
    const bet = Math.sqrt((2 * Math.log(2 / alpha)) / (values.length * variance));
    sum += value;
    squares += (value - sum / (index + 2)) ** 2;
    variance = squares / (index + 2);
    return Math.min(bet, 1);
  });
}

/** The largest mean that bets on "above" have rejected at some time. */
function lastRejectedMean(values, bets, alpha) {
  const threshold = Math.log(2 / alpha);
  const isRejected = (mean) => {
    let [capital, highest] = [0, -Infinity];
    values.forEach((value, index) => {
      capital += Math.log1p(Math.min(bets[index], 1 / mean) * (value - mean));
      highest = Math.max(highest, capital);
    });
    return highest >= threshold;
  };
  return lastRejected(isRejected, 0, 1);
}

// --- 56-resampling.js
/*
 * Bounds of the mean of a score over a population of tasks: Student's t (1908, Biometrika 6, 1-25) below 20 tasks, from
 * there on the bias-corrected and accelerated bootstrap (Efron 1987, JASA 82, 171-185). Its resamples come from the
 * counter-based generator Philox 4x64-10 (Salmon et al. 2011, SC '11), so a seed gives the same ones everywhere.
 */

const FEWEST_FOR_BOOTSTRAP = 20;
const RESAMPLES = 9999;
const WORD = 2n ** 64n;

/**
 * Bounds of a mean over clusters.
 *
 * @param {number[]} values one for each task
 * @param {function(): bigint} seed of the resampling, asked for only where there is one
 */
function clusteredMeanInterval(values, confidence, seed) {
  if (values.length < FEWEST_FOR_BOOTSTRAP) return { method: "t", ...studentInterval(values, confidence) };
  return { method: "bca", ...bootstrapInterval(values, confidence, seed) };
}

function studentInterval(values, confidence) {
  const size = values.length;
  const mean = pairwiseSum(values) / size;
  const variance = pairwiseSum(values.map((value) => (value - mean) ** 2)) / (size - 1);
  const spread = (studentQuantile(size - 1, (1 + confidence) / 2) * Math.sqrt(variance)) / Math.sqrt(size);
  return { lower: mean - spread, upper: mean + spread };
}

function bootstrapInterval(values, confidence, seed) {
  if (values.every((value) => value === values[0])) return { lower: values[0], upper: values[0] };
  const means = resampledMeansOnce(values, seed());
  const levels = correctedLevels(values, means, confidence);
  const sorted = Float64Array.from(means).sort();
  return { lower: sampleQuantileOf(sorted, levels[0]), upper: sampleQuantileOf(sorted, levels[1]) };
}

/** Levels Phi(z0 + (z0 + z) / (1 - a (z0 + z))) of the two quantiles. */
function correctedLevels(values, means, confidence) {
  const observed = pairwiseSum(values) / values.length;
  const share = (means.filter((mean) => mean < observed).length + means.filter((mean) => mean <= observed).length) / 2;
  const edge = 0.5 / means.length;
  const bias = normalQuantile(Math.min(Math.max(share / means.length, edge), 1 - edge));
  const acceleration = accelerationOf(values.map((value) => value - observed));
  return [(1 - confidence) / 2, (1 + confidence) / 2].map((level) => {
    const shifted = bias + normalQuantile(level);
    return normalBelow(bias + shifted / Math.max(1 - acceleration * shifted, 1e-12));
  });
}

/** sum(d^3) / (6 sum(d^2)^1.5), of deviations brought to a scale of 1: what the jackknife gives for a mean. */
function accelerationOf(deviations) {
  const largest = deviations.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
  const scaled = deviations.map((each) => each / largest);
  const cubes = scaled.reduce((sum, each) => sum + each ** 3, 0);
  const squares = scaled.reduce((sum, each) => sum + each ** 2, 0);
  return cubes / (6 * squares ** 1.5);
}

/** Linear interpolation between order statistics (Hyndman and Fan 1996, The American Statistician 50, type 7). */
function sampleQuantileOf(sorted, level) {
  const place = level * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  const [step, share] = [sorted[above] - sorted[below], place - below];
  return share < 0.5 ? sorted[below] + step * share : sorted[above] - step * (1 - share);
}

/**
 * Sum in the order in which array libraries add: eight running sums, halves above 128 numbers. Whether a resampled mean
 * equals the observed one hangs on the last bit, so the order is part of the method.
 */
function pairwiseSum(values, start = 0, size = values.length) {
  if (size < 8) {
    let sum = size ? values[start] : 0;
    for (let index = 1; index < size; index += 1) sum += values[start + index];
    return sum;
  }
  if (size > 128) {
    const half = (size >> 1) - ((size >> 1) % 8);
    return pairwiseSum(values, start, half) + pairwiseSum(values, start + half, size - half);
  }
  return eightfoldSum(values, start, size);
}

function eightfoldSum(values, start, size) {
  const sums = Array.from({ length: 8 }, (_, lane) => values[start + lane]);
  const whole = size - (size % 8);
  for (let index = 8; index < whole; index += 1) sums[index % 8] += values[start + index];
  let sum = sums[0] + sums[1] + (sums[2] + sums[3]) + (sums[4] + sums[5] + (sums[6] + sums[7]));
  for (let index = whole; index < size; index += 1) sum += values[start + index];
  return sum;
}

let lastResampling = { of: "", means: [] };

/** The same means for the same values and seed: intervals of several confidences read one set of resamples. */
function resampledMeansOnce(values, seed) {
  const of = `${seed} ${values.join(" ")}`;
  if (lastResampling.of !== of) lastResampling = { of, means: resampledMeans(values, seed) };
  return lastResampling.means;
}

/** Means of resamples with replacement; an index is the upper half of a word, scaled to the number of values. */
function resampledMeans(values, seed) {
  const size = values.length;
  const nextUpperHalf = philoxUpperHalves(seed);
  const drawn = new Float64Array(size);
  const means = [];
  for (let resample = 0; resample < RESAMPLES; resample += 1) {
    for (let place = 0; place < size; place += 1) drawn[place] = values[scaledIndex(nextUpperHalf(), size)];
    means.push(pairwiseSum(drawn) / size);
  }
  return means;
}

/** floor(upper * size / 2^32), exactly: sizes stay far below 2^21, so the product fits a double. */
function scaledIndex(upper, size) {
  return Math.floor((upper * size) / 2 ** 32);
}

/** A function that gives the upper 32 bits of one word after another of Philox 4x64-10. */
function philoxUpperHalves(seed) {
  const key = [seed % WORD, seed / WORD].flatMap((word) => [Number(word >> 32n), Number(word & 0xffffffffn)]);
  const block = new Uint32Array(8);
  let [counter, read] = [0, 8];
  return () => {
    if (read === 8) {
      counter += 1;
      philoxBlock(block, counter, key);
      read = 0;
    }
    read += 2;
    return block[read - 2];
  };
}

const PHILOX_M0 = [0xd2e7470e, 0xe14c6c93];
const PHILOX_M1 = [0xca5a8263, 0x95121157];
const PHILOX_W0 = [0x9e3779b9, 0x7f4a7c15];
const PHILOX_W1 = [0xbb67ae85, 0x84caa73b];

/** The four words of a block, as pairs of 32 bits, the high ones first; written in place, for there are very many. */
function philoxBlock(block, counter, key) {
  block.fill(0);
  block[0] = Math.floor(counter / 2 ** 32);
  block[1] = counter;
  const keys = Uint32Array.from(key);
  const [first, second] = [new Uint32Array(4), new Uint32Array(4)];
  for (let round = 0; round < 10; round += 1) {
    multiplyInto(first, PHILOX_M0, block[0], block[1]);
    multiplyInto(second, PHILOX_M1, block[4], block[5]);
    for (let half = 0; half < 2; half += 1) {
      block[half] = second[half] ^ block[2 + half] ^ keys[half];
      block[4 + half] = first[half] ^ block[6 + half] ^ keys[2 + half];
      block[2 + half] = second[2 + half];
      block[6 + half] = first[2 + half];
    }
    addInto(keys, 0, PHILOX_W0);
    addInto(keys, 2, PHILOX_W1);
  }
}

/** Add a word to the one that stands at a place, modulo 2^64. */
function addInto(words, place, [high, low]) {
  const sum = words[place + 1] + low;
  words[place + 1] = sum;
  words[place] += high + (sum > 0xffffffff ? 1 : 0);
}

/** The product of two words: 128 bits as four times 32, the highest first. */
function multiplyInto(product, [high, low], otherHigh, otherLow) {
  const second = upperProduct(low, otherLow) + lowerProduct(high, otherLow) + lowerProduct(low, otherHigh);
  const carried = Math.floor(second / 2 ** 32) + upperProduct(high, otherLow) + upperProduct(low, otherHigh);
  const third = carried + lowerProduct(high, otherHigh);
  product[0] = upperProduct(high, otherHigh) + Math.floor(third / 2 ** 32);
  product[1] = third;
  product[2] = second;
  product[3] = lowerProduct(low, otherLow);
}

/** The upper 32 bits of the product of two numbers of 32 bits. */
function upperProduct(one, other) {
  const low = (one & 0xffff) * other;
  return Math.floor(((one >>> 16) * other + Math.floor(low / 2 ** 16)) / 2 ** 16);
}

/** The lower 32 bits of it. */
function lowerProduct(one, other) {
  return Math.imul(one, other) >>> 0;
}

// --- 57-design.js
/*
 * How the trials hang together: how many independent observations they are worth, and of what mean. Fixed tasks with
 * equal numbers of episodes are plain binomial trials. Everything else widens the variance by a design effect (Kish
 * 1965, Survey Sampling; Korn and Graubard 1998, Survey Methodology 24, 193-201).
 *
 * A design is {sample, least, most, observed, observedTrials, clustered}: the sample, successes if every lost episode
 * was a failure, if every one was a success, and those observed, at equal weights of the tasks; the counts are
 * fractions.
 */

const FEWEST_CLUSTERS = 5;
const SHARE_DENOMINATOR = 1_000_000;

/** Why nothing can be tested: what takes the place of hypotheses or a design. */
class Obstacle {
  constructor(code, message) {
    this.reason = { code, message };
  }
}

/** Read counts under an estimand; `repeated` has for each task the shares of its initial states, or null. */
function designOf(tallies, estimand, repeated) {
  if (estimand === "task_population") return populationDesign(tallies);
  if (repeated.some((entry) => entry)) return sharedStartsDesign(tallies, repeated);
  return fixedDesign(tallies);
}

/** The observed rate, or null. */
function estimateOf(design) {
  return design.observedTrials ? design.observed.dividedBy(design.observedTrials).toNumber() : null;
}

function pooledDesign(whole) {
  return {
    sample: independentTrials(decisionTrials(whole)),
    least: Fraction.of(whole.successes),
    most: Fraction.of(whole.successes + whole.ambiguous),
    observed: Fraction.of(whole.successes),
    observedTrials: whole.trials,
    clustered: false,
  };
}

function fixedDesign(tallies) {
  if (haveEqualNumbers(tallies)) return pooledDesign(totalTally(tallies));
  const effects = [0, 1].map((share) => unequalEffect(tallies.map((tally) => filledTally(tally, share))));
  return weightedDesign(tallies, Math.max(...effects), null);
}

function haveEqualNumbers(tallies) {
  return new Set(tallies.map(decisionTrials)).size === 1;
}

/**
 * Variance of a mean that gives each task the same weight, over that of as many trials of one rate: were all rates
 * alike, and with the rates as estimated (each by one success and one failure more: Agresti and Coull 1998); the larger
 * counts.
 */
function unequalEffect(tallies) {
  const tried = tallies.filter(decisionTrials);
  const sizes = tried.map(decisionTrials);
  const trials = sumOf(sizes);
  const alike = (trials * sumOf(sizes.map((size) => 1 / size))) / sizes.length ** 2;
  const mean = sumOf(tried.map((tally) => tally.successes / decisionTrials(tally))) / tried.length;
  if (!(mean > 0 && mean < 1)) return significant(alike);
  const smoothed = tried.map((tally) => (tally.successes + 1) / (decisionTrials(tally) + 2));
  const variance = sumOf(smoothed.map((rate, index) => (rate * (1 - rate)) / sizes[index])) / sizes.length ** 2;
  return significant(Math.max(alike, variance / ((mean * (1 - mean)) / trials)));
}

/** Task rates with equal weights, brought to the scale of all trials together. */
function weightedDesign(tallies, designEffect, degrees, rates = null, clustered = false) {
  const shown = rates || tallies.map((tally) => Fraction.of(tally.successes, tally.trials || 1));
  const counted = tallies
    .map((tally, index) => ({ tally, rate: shown[index] }))
    .filter(({ tally }) => decisionTrials(tally));
  const whole = totalTally(counted.map(({ tally }) => tally));
  const trials = decisionTrials(whole);
  const shareTried = ({ tally, rate }) => rate.times(Fraction.of(tally.trials, decisionTrials(tally)));
  const shareLost = ({ tally }) => Fraction.of(tally.ambiguous, decisionTrials(tally));
  const least = meanOfFractions(counted.map(shareTried));
  const gain = meanOfFractions(counted.map(shareLost));
  const tried = counted.filter(({ tally }) => tally.trials).map(({ rate }) => rate);
  return {
    sample: { trials, designEffect, degrees },
    least: least.times(Fraction.of(trials)),
    most: least.plus(gain).times(Fraction.of(trials)),
    observed: meanOfFractions(tried).times(Fraction.of(whole.trials)),
    observedTrials: whole.trials,
    clustered,
  };
}

/** Tasks as a sample of tasks: the spread of their rates is the error. */
function populationDesign(tallies) {
  const tried = tallies.filter((tally) => tally.trials);
  if (tried.length < FEWEST_CLUSTERS) return fewClusters(tried.length);
  const effects = readingsOfLost(tallies).map((share) => taskEffect(tallies.map((tally) => filledTally(tally, share))));
  return weightedDesign(tallies, Math.max(...effects), tried.length - 1, null, true);
}

function fewClusters(count) {
  const message = `${count} task(s) say nothing about a population of tasks; it takes ${FEWEST_CLUSTERS}.`;
  return new Obstacle("estimand.few_clusters", message);
}

/** Shares of success among the lost: left out, none, all. The largest of these design effects counts. */
function readingsOfLost(tallies) {
  return tallies.some((tally) => tally.ambiguous) ? [null, 0, 1] : [null];
}

function filledTally(tally, share) {
  if (share === null) return withoutLost(tally);
  const successes = tally.successes + share * tally.ambiguous;
  return { ...tally, successes, trials: decisionTrials(tally), ambiguous: 0 };
}

/** Variance of the unweighted mean of the tasks' rates, over that of independent trials; 1 at least. */
function taskEffect(tallies) {
  const tried = tallies.filter(decisionTrials);
  const rates = tried.map((tally) => tally.successes / decisionTrials(tally));
  const trials = sumOf(tried.map(decisionTrials));
  const estimate = exactSum(rates) / rates.length;
  const alike = rates.every((rate) => rate === rates[0]);
  if (alike && (estimate === 0 || estimate === 1)) return significant(trials / rates.length);
  const mean = pairwiseSum(rates) / rates.length;
  const variance = pairwiseSum(rates.map((rate) => (rate - mean) ** 2)) / (rates.length - 1) / rates.length;
  return significant(Math.max(1, variance / ((estimate * (1 - estimate)) / trials)));
}

/** Trials of one initial state are one observation of it: shares per state within tasks, tasks at equal weights. */
function sharedStartsDesign(tallies, repeated) {
  const states = (share) =>
    tallies.map((tally, index) => statesOf(tally, repeated[index], share)).filter((each) => each.starts);
  const known = states(null);
  const count = sumOf(known.map((each) => each.starts));
  if (count < FEWEST_CLUSTERS) {
    const message = `All trials started from ${count} initial state(s); it takes ${FEWEST_CLUSTERS} to tell anything.`;
    return new Obstacle("starts.too_few", message);
  }
  const within = known.every((each) => each.starts > 1);
  const degrees = within ? sumOf(known.map((each) => each.starts - 1)) : count - 1;
  const effects = readingsOfLost(tallies).map((share) => statesEffect(states(share), within));
  const rates = tallies.map((tally, index) => rateOfStates(tally, repeated[index]));
  return weightedDesign(tallies, Math.max(...effects), degrees, rates, true);
}

/** States of one task; a lost episode, where it is read as a success or not, has one of its own. */
function statesOf(tally, shares, share) {
  let [starts, sum, squares] = [tally.trials, tally.successes, tally.successes];
  if (shares) {
    starts = shares.starts + tally.trials - shares.trials;
    [sum, squares] = [shares.sum, shares.sum_of_squares];
  }
  if (share === null) return { trials: tally.trials, starts, sum, squares };
  const lost = tally.ambiguous;
  return {
    trials: tally.trials + lost,
    starts: starts + lost,
    sum: sum + share * lost,
    squares: squares + share * lost,
  };
}

function statesVariance({ starts, sum, squares }) {
  return starts > 1 ? Math.max(0, (squares - (sum * sum) / starts) / (starts - 1)) : 0;
}

function statesEffect(states, within) {
  const sum = (name) => sumOf(states.map((each) => each[name]));
  const count = sum("starts");
  // A task of one state has no spread of its own; the spread of all states stands in for it.
  const pooled = statesVariance({ starts: count, sum: sum("sum"), squares: sum("squares") });
  const variances = states.map((each) => (within ? statesVariance(each) : pooled) / each.starts);
  const variance = sumOf(variances) / states.length ** 2;
  const rate = sumOf(states.map((each) => each.sum / each.starts)) / states.length;
  if (!(rate > 0 && rate < 1)) return significant(sum("trials") / count);
  return significant(Math.max(1, variance / ((rate * (1 - rate)) / sum("trials"))));
}

/** Mean over the states of their shares; a fraction again, for its sum was written to twelve digits. */
function rateOfStates(tally, shares) {
  if (!shares || !tally.trials) return Fraction.of(tally.successes, tally.trials || 1);
  const sum = Fraction.ofDouble(shares.sum).nearestWithin(SHARE_DENOMINATOR);
  return sum.dividedBy(shares.starts).times(Fraction.of(shares.trials, tally.trials));
}

// --- 57-ledger.js
/*
 * Where every planned episode went, and what the rules may look at.
 *
 * A tally says what the decision makes of the planned episodes of one task: successes among trials, lost ones that
 * count against whatever is to be shown (`ambiguous`), and those that were never begun. Times are counted in whole
 * episodes.
 */

const OUTCOME_NAMES = ["success", "failure", "infra_error", "pending", "skipped", "unknown"];

/** Counts of every outcome class, absent ones 0. */
function allOutcomes(counts) {
  return Object.fromEntries(OUTCOME_NAMES.map((name) => [name, counts && name in counts ? counts[name] : 0]));
}

/** All episodes of a cell, whatever became of them. */
function observedOf(counts) {
  return OUTCOME_NAMES.reduce((sum, name) => sum + (name in counts ? counts[name] : 0), 0);
}

/** Counts of a cell's episodes that stand in the plan. */
function plannedCounts(cell) {
  if (cell.planned === 0) return allOutcomes(null);
  return allOutcomes("in_plan" in cell ? cell.in_plan : cell.counts);
}

/** Episodes of a cell that the plan does not cover. */
function beyondPlan(cell) {
  return observedOf(cell.counts) - observedOf(plannedCounts(cell));
}

function sumOf(values) {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Entries by a key, keys that are expected first. */
function groupedBy(entries, keyOf, expected) {
  const groups = new Map(expected.map((key) => [key, []]));
  for (const entry of entries) {
    const key = keyOf(entry);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(entry);
  }
  return groups;
}

function sumOfOutcomes(counts) {
  return Object.fromEntries(OUTCOME_NAMES.map((name) => [name, sumOf(counts.map((each) => each[name]))]));
}

/** What a decision divides by: trials, and every lost episode that may not be left out. */
function decisionTrials(tally) {
  return tally.trials + tally.ambiguous;
}

/** The same with the lost episodes left out. */
function withoutLost(tally) {
  return { ...tally, ambiguous: 0 };
}

/** Tallies of several tasks, or of several runs, together. */
function totalTally(tallies) {
  const sum = (name) => sumOf(tallies.map((tally) => tally[name]));
  return {
    successes: sum("successes"),
    trials: sum("trials"),
    ambiguous: sum("ambiguous"),
    notRun: sum("notRun"),
    planned: sum("planned"),
  };
}

/** What the protocol makes of an episode that the infrastructure spoilt. */
function infraErrorPolicy(protocol) {
  const { denominator_policy: policy } = protocol.execution;
  return (policy && policy.infra_error) || "lost";
}

function cellKey(task, seed) {
  return JSON.stringify([task, seed]);
}

/**
 * The ledger of an audit.
 *
 * @returns {{denominator: object, byTask: Map<string, object>, whole: object}}
 */
function ledgerOf(auditInput, protocol) {
  const planned = auditInput.cells.filter((cell) => cell.planned);
  const cells = new Map(planned.map((cell) => [cellKey(cell.task, cell.seed), cell]));
  const totals = sumOfOutcomes([...cells.values()].map(plannedCounts));
  const byTask = talliesByTask(auditInput.tasks, cells, protocol);
  const whole = totalTally([...byTask.values()]);
  return { denominator: denominatorOf(auditInput, protocol, totals, whole), byTask, whole };
}

function denominatorOf(auditInput, protocol, totals, whole) {
  const observed = observedOf(totals);
  return {
    planned: whole.planned,
    observed,
    ...totals,
    missing: whole.planned - observed,
    not_run: whole.notRun,
    lost: whole.planned - totals.success - totals.failure - whole.notRun,
    out_of_protocol: sumOf(auditInput.cells.map(beyondPlan)),
    duplicate: auditInput.duplicate,
    ...extremeRates(totals, whole.planned, infraErrorPolicy(protocol)),
  };
}

/** Lowest and highest rate that the planned episodes can have, whatever the unknown ones were. */
function extremeRates(totals, planned, policy) {
  const counted = planned - (policy === "excluded_predeclared" ? totals.infra_error : 0);
  if (counted === 0) return { worst: null, best: null };
  const certain = totals.failure + (policy === "failure" ? totals.infra_error : 0);
  return { worst: significant(totals.success / counted), best: significant((counted - certain) / counted) };
}

function talliesByTask(tasks, cells, protocol) {
  const { seeds, episodes_per_task: perTask } = protocol.execution;
  const policy = infraErrorPolicy(protocol);
  const begun = new Set([...cells.values()].map((cell) => cell.seed));
  const last = seeds.reduce((place, seed, index) => (begun.has(seed) ? index : place), 0);
  const parts = new Map(tasks.map((task) => [task, []]));
  seeds.forEach((seed, place) => {
    const run = tasks.map((task) => cells.get(cellKey(task, seed)) || null);
    // What an earlier run lacks was not left out because somebody stopped: others were played afterwards.
    const neverBegun = place >= last && stoppedInBalance(run, perTask);
    tasks.forEach((task, index) => parts.get(task).push(tallyOf(run[index], perTask, neverBegun, policy)));
  });
  return new Map([...parts].map(([task, tallies]) => [task, totalTally(tallies)]));
}

function tallyOf(cell, planned, neverBegun, policy) {
  const counts = cell ? plannedCounts(cell) : allOutcomes(null);
  const notRun = neverBegun ? planned - observedOf(counts) : 0;
  const lost = planned - counts.success - counts.failure - notRun;
  return {
    successes: counts.success,
    trials: counts.success + counts.failure + (policy === "failure" ? counts.infra_error : 0),
    ambiguous: policy === "lost" ? lost : lost - counts.infra_error,
    notRun,
    planned,
  };
}

/**
 * Whether every planned task of a run executed the same number of episodes, without a gap: then the rest never began.
 */
function stoppedInBalance(cells, perTask) {
  const executed = cells.map((cell) => {
    if (!cell) return 0;
    const counts = plannedCounts(cell);
    return counts.success + counts.failure + counts.infra_error + counts.unknown;
  });
  const gapless = cells.every((cell) => !cell || cell.gaps === 0 || observedOf(plannedCounts(cell)) === perTask);
  return new Set(executed).size === 1 && gapless;
}

/**
 * All that the rules may look at: the documents, and what follows from them at once.
 *
 * @param {{claim, protocol, auditInput, auditInputText: ?string, evidence}} documents
 */
function givenOf({ claim, protocol, auditInput, auditInputText, evidence }) {
  const { execution } = protocol;
  const ledger = ledgerOf(auditInput, protocol);
  const stopsByRule = "stopping_rule" in execution;
  return {
    claim,
    protocol,
    auditInput,
    ledger,
    rule: claim.decision_rule,
    estimand: "estimand" in execution ? execution.estimand : "fixed_tasks",
    stopsByRule,
    byEProcess: stopsByRule || ledger.denominator.not_run > 0,
    blocks: completeBlocks(auditInput, execution.episodes_per_task),
    seed: () => seedOf(evidence, auditInputText),
  };
}

function seedOf(evidence, auditInputText) {
  if (typeof auditInputText !== "string") {
    throw new NumbersError("a bootstrap takes its seed from the text of audit_input.json, which was not given");
  }
  return resamplingSeed([evidence.claim.hash, evidence.protocol.hash], auditInputText);
}

/** The same at another error. */
function atAlpha(given, alpha) {
  return { ...given, rule: { ...given.rule, alpha } };
}

/** Successes in each complete block, run after run; the first run that is not whole ends them. */
function completeBlocks(auditInput, perTask) {
  const blocks = [];
  for (const run of auditInput.blocks) {
    if ("successes" in run) for (const count of blockCounts(run)) blocks.push(count);
    if (run.complete < perTask) break;
  }
  return blocks;
}

function blockCounts({ successes, tasks }) {
  if (successes === "") return [];
  return successes.split(" ").map((text) => {
    if (!/^\d+$/.test(text) || Number(text) > tasks) {
      throw new NumbersError(`a block of ${tasks} tasks cannot have ${JSON.stringify(text)} successes`);
    }
    return Number(text);
  });
}

/** Tasks that a metric is about; none where it names one that the plan does not have. */
function tasksOf(given, metric) {
  const { byTask } = given.ledger;
  if (!("task" in metric)) return [...byTask.keys()];
  return byTask.has(metric.task) ? [metric.task] : [];
}

function talliesOf(given, metric) {
  return tasksOf(given, metric).map((task) => given.ledger.byTask.get(task));
}

/** For each task of a metric the shares of its initial states where trials share them, else null. */
function repeatedOf(given, metric) {
  const known = new Map(given.auditInput.repeated_starts.map((entry) => [entry.task, entry]));
  return tasksOf(given, metric).map((task) => known.get(task) || null);
}

/** The metric's name, with the task that it is about. */
function metricLabel(metric) {
  return "task" in metric ? `${metric.name} of ${metric.task}` : metric.name;
}

/** The interval method that decides counts; where simulation was to help, the one for the real episodes alone. */
function countingMethod(rule) {
  if (rule.interval_method === "exact") return "clopper_pearson";
  return rule.interval_method === "ppi" ? "wilson" : rule.interval_method;
}

/** Confidence of the decision interval: its ends are the two one-sided bounds. */
function decisionConfidence(alpha) {
  return Decimal.whole(1)
    .minus(Decimal.whole(2).times(Decimal.stated(alpha)))
    .toNumber();
}

// --- 57-seed.js
/*
 * The seed of a bootstrap: taken from the digests of claim, protocol and audit input, so that nobody chooses it. The
 * digest of the audit input is that of its text without layout, so the text is needed, not only the value: 1.0 and 1
 * are one value. SHA-256 as in FIPS 180-4, here because Web Crypto's answers only later.
 */

const SHA_ROUNDS = 64;

/** The first 32 bits of the fractional parts of the square or cube roots of the first primes. */
function primeRootBits(count, root) {
  const words = [];
  for (let candidate = 2n; words.length < count; candidate += 1n) {
    if (!isPrime(candidate)) continue;
    words.push(Number(wholeRootOf(candidate << BigInt(32 * root), root) & 0xffffffffn));
  }
  return words;
}

function isPrime(number) {
  for (let divisor = 2n; divisor * divisor <= number; divisor += 1n) if (number % divisor === 0n) return false;
  return true;
}

/** The largest whole number whose power is at most `number`. */
function wholeRootOf(number, power) {
  let [low, high] = [0n, 1n << BigInt(40)];
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (middle ** BigInt(power) <= number) low = middle;
    else high = middle;
  }
  return low;
}

let shaConstants = null;

/** SHA-256 of bytes, in hexadecimal. */
function sha256Hex(bytes) {
  shaConstants = shaConstants || { start: primeRootBits(8, 2), rounds: primeRootBits(SHA_ROUNDS, 3) };
  const state = Uint32Array.from(shaConstants.start);
  const padded = paddedMessage(bytes);
  for (let offset = 0; offset < padded.length; offset += 64) shaBlock(state, new DataView(padded.buffer, offset, 64));
  return Array.from(state, (word) => word.toString(16).padStart(8, "0")).join("");
}

/** The message, a one, zeros, and its length in bits. */
function paddedMessage(bytes) {
  const padded = new Uint8Array((((bytes.length + 8) >> 6) + 1) * 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  new DataView(padded.buffer).setBigUint64(padded.length - 8, BigInt(bytes.length) * 8n);
  return padded;
}

function rotated(word, places) {
  return (word >>> places) | (word << (32 - places));
}

function shaSchedule(block) {
  const words = new Uint32Array(SHA_ROUNDS);
  for (let t = 0; t < 16; t += 1) words[t] = block.getUint32(4 * t);
  for (let t = 16; t < SHA_ROUNDS; t += 1) {
    const [near, far] = [words[t - 2], words[t - 15]];
    const mixed = rotated(near, 17) ^ rotated(near, 19) ^ (near >>> 10);
    words[t] = words[t - 16] + words[t - 7] + mixed + (rotated(far, 7) ^ rotated(far, 18) ^ (far >>> 3));
  }
  return words;
}

function shaBlock(state, block) {
  const words = shaSchedule(block);
  let [a, b, c, d, e, f, g, h] = state;
  for (let t = 0; t < SHA_ROUNDS; t += 1) {
    const first = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
    const chosen = h + first + ((e & f) ^ (~e & g)) + shaConstants.rounds[t] + words[t];
    const second = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + chosen) | 0, c, b, a, (chosen + second + majority) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, index) => {
    state[index] += word;
  });
}

/** JSON without its layout: the white space between tokens taken out, strings and numbers as they stand. */
function withoutLayout(text) {
  return text.replace(/"(?:[^"\\]|\\.)*"|[ \t\r\n]+/g, (part) => (part[0] === '"' ? part : ""));
}

/** Digest of a text's bytes, as documents write digests. */
function digestOfText(text) {
  return `sha256:${sha256Hex(new TextEncoder().encode(text))}`;
}

/**
 * The seed: the last 64 bits of the digest of the three digests.
 *
 * @param {string[]} digests of claim and protocol
 * @param {string} auditInputText as it stands in audit_input.json
 */
function resamplingSeed(digests, auditInputText) {
  const content = [...digests, digestOfText(withoutLayout(auditInputText))].join(" ");
  return BigInt(`0x${digestOfText(content).slice(-16)}`);
}

// --- 58-early.js
/*
 * Decisions over complete blocks: the claim is decided by the highest e-value at any look, whatever made the run end.
 */

/** What the e-values say of one metric, or why they say nothing. */
function earlyOutcome(metric, hypotheses, given) {
  if (given.estimand === "task_population" || "task" in metric) {
    const rule = "A run that ended early is decided over blocks of all listed tasks";
    return new Obstacle("short_of_plan", `${rule}; for this metric there are none.`);
  }
  const path = pathOf(hypotheses, given);
  const { found, block } = decisionOf(path);
  const [best, worst] = [highest(path.support), highest(path.refute)];
  return {
    found,
    target: earlyTarget(hypotheses, given),
    evidence: earlyEvidence(hypotheses, given, path, block),
    reasons: [...earlyStanding(given), earlyReason({ found, block, best, worst, needed: path.needed }, given)],
  };
}

/** The highest of several logarithms; 0 without any. */
function highest(values) {
  return values.length ? values.reduce((most, each) => Math.max(most, each), -Infinity) : 0;
}

function earlyEvidence(hypotheses, given, path, block) {
  const tasks = given.auditInput.tasks.length;
  const trials = given.blocks.length * tasks;
  const oneCount = tasks === 1 && hypotheses.length === 1;
  const [best, worst] = [highest(path.support), highest(path.refute)];
  return {
    method: "e_process",
    decision_trials: trials,
    interval: sequenceInterval(given),
    k_crit: oneCount ? fewestByEValue(hypotheses[0], hypotheses[0].direction, trials) : null,
    k_refute: oneCount ? fewestByEValue(hypotheses[0], opposite(hypotheses[0].direction), trials) : null,
    p_value: { method: "e_value", value: significant(Math.min(1, Math.exp(-Math.max(0, best)))) },
    sequential: {
      blocks: given.blocks.length,
      log_e_support: significant(best),
      log_e_refute: significant(worst),
      log_e_needed: significant(path.needed),
      decided_at: block,
    },
  };
}

/**
 * Both e-processes at the looks that the protocol's rule allows, or at the default ones: for the claim the least of the
 * hypotheses, against it the greatest.
 */
function pathOf(hypotheses, given) {
  const looks = looksOf(given);
  const tasks = given.auditInput.tasks.length;
  const process = (one, direction) => blockPath(given.blocks, tasks, one.threshold.toNumber(), direction, looks);
  const joined = (paths, keep) => looks.map((_, index) => keep(...paths.map((path) => path[index])));
  return {
    looks,
    support: joined(hypotheses.map((one) => process(one, one.direction)), Math.min),
    refute: joined(hypotheses.map((one) => process(one, opposite(one.direction))), Math.max),
    needed: -Math.log(given.rule.alpha),
  };
}

function looksOf(given) {
  const rule = given.protocol.execution.stopping_rule;
  if (!rule) return lookSchedule(given.blocks.length);
  const [every, fewest] = ["check_every" in rule ? rule.check_every : 1, "min_blocks" in rule ? rule.min_blocks : 1];
  const looks = [];
  for (let look = fewest; look <= given.blocks.length; look += every) looks.push(look);
  return looks;
}

function opposite(direction) {
  return direction === "above" ? "below" : "above";
}

/** The first side to reach what is needed, and at which block. */
function decisionOf({ looks, support, refute, needed }) {
  const index = looks.findIndex((_, place) => support[place] >= needed || refute[place] >= needed);
  if (index < 0) return { found: null, block: null };
  return { found: support[index] >= needed ? "supported" : "refuted", block: looks[index] };
}

/** Bounds of the mean rate that hold at every stopping time. */
function sequenceInterval(given) {
  const confidence = decisionConfidence(given.rule.alpha);
  const { lower, upper } = blockBounds(given.blocks, given.auditInput.tasks.length, confidence);
  return {
    method: "confidence_sequence",
    confidence: significant(confidence),
    lower: significant(lower),
    upper: significant(upper),
  };
}

function earlyTarget(hypotheses, given) {
  const [{ target }] = hypotheses;
  if (hypotheses.length > 1 || !target.isInsideUnit()) return "not_shown";
  return STATUS_OF_DECISION[decisionOf(pathOf([changed(hypotheses[0], { threshold: target })], given)).found];
}

/** Fewest ("below": most) successes among so many trials of one task whose e-value is enough. */
function fewestByEValue({ threshold, alpha }, direction, trials) {
  const upward = direction === "above";
  const value = (upward ? threshold : Decimal.whole(1).minus(threshold)).toNumber();
  const isEnough = (count) => count > trials * value && mixtureLogE(count, trials, value, "above") >= -Math.log(alpha);
  const fewest = firstCount(trials, Math.ceil(trials * value), isEnough);
  return upward ? fewest : trials - fewest;
}

function earlyStanding(given) {
  const { denominator } = given.ledger;
  if (!denominator.not_run) return [];
  const shares = `${counted(denominator.not_run)} of ${counted(denominator.planned)} planned episodes were never run`;
  const message = `${shares}; the decision is one that holds whenever somebody stopped.`;
  const planned = {
    code: "stopping.planned",
    message: "The protocol's stopping rule, an e-process over complete blocks, allows an early end.",
  };
  const unplanned = {
    code: "stopping.unplanned",
    message: "The protocol plans no early end, so the test that the plan would have had is not used.",
  };
  return [{ code: "short_of_plan", message }, given.stopsByRule ? planned : unplanned];
}

function earlyReason({ found, block, best, worst, needed }, given) {
  const tasks = given.auditInput.tasks.length;
  const unit = tasks === 1 ? "episodes" : `blocks of ${counted(tasks)} tasks`;
  const blocks = counted(given.blocks.length);
  if (found === null) {
    const message =
      `Over ${blocks} complete ${unit} the e-value for the claim is at most ${eValueText(best)} and the one ` +
      `against it at most ${eValueText(worst)}; either would decide from ${eValueText(needed)} on.`;
    return { code: "decision.e_value_between", message };
  }
  const isSupported = found === "supported";
  const message =
    `After ${counted(block)} of ${blocks} complete ${unit} the e-value ${isSupported ? "for" : "against"} the claim ` +
    `reached ${eValueText(needed)}; its highest value is ${eValueText(isSupported ? best : worst)}.`;
  return { code: isSupported ? "decision.e_value_supported" : "decision.e_value_refuted", message };
}

/** An e-value from its logarithm: 1.4, 20, 1,370, 10^7. */
function eValueText(logValue) {
  if (logValue > Math.log(1e6)) return `10^${fixed(logValue / Math.log(10), 0)}`;
  const value = Math.exp(logValue);
  return value < 100 ? general(value, 3) : groupedFixed(value, 0);
}

// --- 58-hypotheses.js
/*
 * From a promised success rate to what is tested, what the plan could have shown of it, and its counts and intervals
 * before anything is decided.
 */

const UNIT_SCALES = { ratio: 1, percent: 100 };
const SUCCESS_RATE = "success_rate";
const DESCRIPTIVE_CONFIDENCE = 0.95;

const SCORE_NAMES = [
  "sum_reward", "max_reward", "progress", "partial_credit", "subtasks", "video_quality", "governance", "contract",
];

/** Scores by the metrics that are their means; without a prototype, for the names come from a claim. */
const METRIC_SCORES = Object.assign(
  Object.create(null),
  Object.fromEntries(SCORE_NAMES.flatMap((score) => ["avg", "mean"].map((average) => [`${average}_${score}`, score]))),
);

const MARGIN_NEEDED = "Equality can only be shown within a margin above 0.";

/** The hypotheses of a promised rate; a baseline given as a value makes the stricter of two thresholds. */
function rateHypotheses(metric, rule) {
  if (metric.name !== SUCCESS_RATE) {
    const known = [SUCCESS_RATE, ...Object.keys(METRIC_SCORES)].join(", ");
    const message = `${metric.name} is not a metric that these rules decide; they know ${known}.`;
    return new Obstacle("metric.unknown", message);
  }
  if (metric.operator === "==" && !rule.margin) return new Obstacle("operator.margin_needed", MARGIN_NEEDED);
  const scale = UNIT_SCALES[metric.unit];
  const ratio = (number) => Decimal.stated(number).dividedByScale(scale);
  const [target, margin] = [ratio(metric.value), ratio(rule.margin)];
  const found = directionsOf(metric.operator).map((direction) => ({
    direction,
    target,
    threshold: strictestThreshold(direction, target, margin, baselineValues(rule, scale)),
    margin,
    alpha: rule.alpha,
    method: countingMethod(rule),
  }));
  const outside = found.find((one) => !one.threshold.isInsideUnit());
  if (!outside) return found;
  const left = `The value and the margin leave the threshold ${outside.threshold}`;
  return new Obstacle("threshold.outside", `${left}, which no number of episodes can test.`);
}

function directionsOf(operator) {
  return { ">": ["above"], "<": ["below"], "=": ["above", "below"] }[operator[0]];
}

/** The value of a baseline, in a list: none, or one. */
function baselineValues(rule, scale) {
  return rule.baseline && "value" in rule.baseline ? [Decimal.stated(rule.baseline.value).dividedByScale(scale)] : [];
}

/** The claimed value and a baseline must both be passed, each with the margin. */
function strictestThreshold(direction, target, margin, baselines) {
  const upward = direction === "above";
  const passed = [target, ...baselines].map((value) => (upward ? value.minus(margin) : value.plus(margin)));
  return passed.reduce((strictest, one) => {
    const order = one.compare(strictest);
    return (upward ? order > 0 : order < 0) ? one : strictest;
  });
}

/** Power of the exact test at the claimed value, or null where the value is what is tested against. */
function powerOf(metric, hypotheses, given, designEffect = 1) {
  const { alpha } = given.rule;
  const at = wantedRate(metric, hypotheses, given.rule);
  const isRate = at.coefficient >= 0n && at.compare(Decimal.whole(1)) <= 0;
  if (!isRate || hypotheses.some((one) => at.equals(one.threshold))) return null;
  const n = totalTally(talliesOf(given, metric)).planned;
  const worth = Math.floor(n / designEffect);
  const [threshold, thresholdUpper = null] = hypotheses.map((one) => one.threshold);
  const analysis = analysePower({ operator: metric.operator, threshold, thresholdUpper, at, alpha }, worth);
  return {
    method: POWER_METHOD,
    at: at.toNumber(),
    n,
    ...(worth === n ? {} : { effective_n: worth }),
    at_claim: significant(analysis.atClaim),
    n_for_80: analysis.needed,
    mde: significantOrNull(analysis.detectable),
  };
}

/** The true rate at which power is wanted: the claimed value, unless the claim states another. */
function wantedRate(metric, hypotheses, rule) {
  if (!("power_at" in rule)) return hypotheses[0].target;
  return Decimal.stated(rule.power_at).dividedByScale(UNIT_SCALES[metric.unit]);
}

/** What decides: the declared method, or the one that the design asks for. */
function methodLabel(design, method) {
  if (isSimple(design.sample)) return method;
  return design.clustered ? "design_effect_wilson" : "stratified_wilson";
}

/** An interval of a rate, as evidence carries it. */
function shownInterval(method, confidence, { lower, upper }) {
  return {
    method,
    confidence: significant(confidence),
    lower: Math.max(0, significant(lower)),
    upper: Math.min(1, significant(upper)),
  };
}

function intervalOfCounts(successes, trials, method, confidence) {
  return shownInterval(method, confidence, rateInterval(successes, trials, method, confidence));
}

/** Interval of the observed rate; Wilson's of as many trials as the design is worth, where it has an effect. */
function intervalOfDesign(design, method, confidence) {
  const { sample, observed, observedTrials } = design;
  if (isSimple(sample)) {
    const whole = Number(observed.numerator / observed.denominator);
    return intervalOfCounts(whole, observedTrials, method, confidence);
  }
  const worth = observedTrials / sample.designEffect;
  const successes = (estimateOf(design) || 0) * worth;
  const limits = scoreLimits(successes, worth, sampleQuantile(sample, (1 - confidence) / 2));
  return shownInterval(methodLabel(design, method), confidence, limits);
}

/** Where nothing is known, at the confidence of the decision. */
function unknownInterval(given) {
  return { method: "none", confidence: significant(decisionConfidence(given.rule.alpha)), lower: null, upper: null };
}

/** The counts and intervals of a rate, before anything is decided; `design` may be null. */
function describedRate(metric, hypotheses, given, design) {
  const whole = totalTally(talliesOf(given, metric));
  const method = countingMethod(given.rule);
  const interval = (confidence) => {
    if (design) return intervalOfDesign(design, method, confidence);
    return intervalOfCounts(whole.successes, whole.trials, method, confidence);
  };
  const estimate = design ? estimateOf(design) : whole.trials ? whole.successes / whole.trials : null;
  return {
    ...describedMetric(metric, given),
    threshold: hypotheses.length ? hypotheses[0].threshold.toNumber() : null,
    ...(hypotheses.length > 1 ? { threshold_upper: hypotheses[1].threshold.toNumber() } : {}),
    estimate: significantOrNull(estimate),
    averages: averagesOf(talliesOf(given, metric)),
    successes: whole.successes,
    trials: whole.trials,
    method: design ? methodLabel(design, method) : method,
    decision_trials: decisionTrials(whole),
    design_effect: design ? design.sample.designEffect : 1,
    interval: interval(decisionConfidence(given.rule.alpha)),
    interval_descriptive: interval(DESCRIPTIVE_CONFIDENCE),
  };
}

/** What a metric's evidence says whatever was found. */
function describedMetric(metric, given) {
  return {
    name: metric.name,
    ...("task" in metric ? { task: metric.task } : {}),
    unit: metric.unit,
    operator: metric.operator,
    role: roleOf(metric),
    value: metric.value,
    target: { value: metric.value, status: "not_shown" },
    estimand: given.estimand,
    verdict: "not_testable",
    robust: false,
    flags: [],
    sensitivity: [],
    averages: null,
    k_crit: null,
    k_refute: null,
    p_value: null,
    attained_size: null,
    power: null,
  };
}

function roleOf(metric) {
  return "role" in metric ? metric.role : "primary";
}

function averagesOf(tallies) {
  const tried = tallies.filter((tally) => tally.trials);
  if (!tried.length) return null;
  const whole = totalTally(tallies);
  const macro = sumOf(tried.map((tally) => tally.successes / tally.trials)) / tried.length;
  return { micro: significant(whole.successes / whole.trials), macro: significant(macro) };
}

// --- 58-rate.js
/*
 * A promised success rate, decided: over a whole plan by the declared interval's bound against the threshold, over one
 * that ended early (or may) by e-values.
 *
 * What deciding a metric gives is {metric, evidence, hypotheses, reasons, observedVerdict, flags, countsAs}:
 * `observedVerdict` is the verdict had lost episodes been left out, `countsAs` what the metric brings to the claim's
 * verdict where that is not its own, else null.
 */

function decidedItem(metric, evidence, hypotheses, reasons, observedVerdict, flags = []) {
  return { metric, evidence, hypotheses, reasons, observedVerdict, flags, countsAs: null };
}

function untestable(metric, hypotheses, given, obstacle, verdict = "not_testable") {
  const evidence = { ...describedRate(metric, hypotheses, given, null), verdict };
  return decidedItem(metric, evidence, hypotheses, [obstacle.reason], verdict);
}

/** Decide a promised success rate from the tallies of its tasks. */
function decideRate(metric, given) {
  const hypotheses = rateHypotheses(metric, given.rule);
  if (hypotheses instanceof Obstacle) return untestable(metric, [], given, hypotheses);
  const obstacle = obstacleToCounting(metric, given);
  if (obstacle) return untestable(metric, hypotheses, given, obstacle);
  if (given.byEProcess) return decideEarly(metric, hypotheses, given);
  const tallies = talliesOf(given, metric);
  if (!tallies.every(decisionTrials)) return untestable(metric, hypotheses, given, EMPTY_TASK);
  const design = designOf(tallies, given.estimand, repeatedOf(given, metric));
  if (design instanceof Obstacle) return untestable(metric, hypotheses, given, design);
  return decideWholePlan(metric, hypotheses, design, given);
}

const EMPTY_TASK = new Obstacle(
  "episodes.none_of_a_task",
  "A planned task has no episode that counts: all of them were excluded.",
);

function obstacleToCounting(metric, given) {
  const tallies = talliesOf(given, metric);
  if (!tallies.length) return new Obstacle("metric.unknown_task", `The plan has no task ${metric.task}.`);
  const { run } = given.auditInput;
  if ("measures" in run) {
    const measured = spaced(run.measures);
    const message = `The source measures ${measured}, which is no success and cannot become a success rate.`;
    return new Obstacle("metric.not_measured", message);
  }
  if (totalTally(tallies).trials === 0) {
    return new Obstacle("episodes.none", "No planned episode ended in success or failure.");
  }
  return null;
}

/** Words of a name: not_testable is "not testable". */
function spaced(name) {
  return name.replace(/_/g, " ");
}

/** A plan that was run whole: decide by counts; then simulation, a baseline and the other readings have their say. */
function decideWholePlan(metric, hypotheses, design, given) {
  const power = powerOf(metric, hypotheses, given, design.sample.designEffect);
  const [verdict, reasons] = explainedVerdict(hypotheses, design, power);
  const widened = whatWidens(design, given);
  const evidence = { ...testedRate(metric, hypotheses, design, given), power, verdict };
  const observed = verdictWithoutLost(metric, hypotheses, given, power);
  const explained = widened ? [...reasons, widened] : reasons;
  const item = decidedItem(metric, evidence, hypotheses, explained, observed, wholePlanFlags(design, given));
  const compared = comparedWithBaseline(helpedOut(item, given), given);
  return withReadings(withDisagreement(compared, given), design, given);
}

function testedRate(metric, hypotheses, design, given) {
  const bounds = hypotheses.map((one) => boundaryOf(one, design.sample));
  const { planned } = totalTally(talliesOf(given, metric));
  return {
    ...describedRate(metric, hypotheses, given, design),
    target: { value: metric.value, status: statusOfTarget(hypotheses, design) },
    k_crit: bounds[0].supporting,
    ...(bounds.length > 1 ? { k_crit_upper: bounds[1].supporting } : {}),
    k_refute: bounds[0].refuting,
    p_value: pValueOf(hypotheses, design),
    attained_size: isSimple(design.sample) ? significant(attainedSize(hypotheses, planned)) : null,
  };
}

function verdictWithoutLost(metric, hypotheses, given, power) {
  const design = designOf(talliesOf(given, metric).map(withoutLost), given.estimand, repeatedOf(given, metric));
  if (design instanceof Obstacle) return "not_testable";
  return verdictOf(decidedBy(hypotheses, design), power && power.at_claim);
}

/** The largest p-value of the hypotheses, lost episodes standing against each. */
function pValueOf(hypotheses, design) {
  const simple = isSimple(design.sample);
  const values = hypotheses.map((one) => {
    const successes = (one.direction === "above" ? design.least : design.most).toNumber();
    if (!simple) return scorePValue(one, successes, design.sample);
    return exactPValue(one, Math.floor(successes), design.sample.trials);
  });
  const method = simple ? "exact_binomial" : "design_effect_score";
  return { method, value: significant(Math.min(1, Math.max(...values))) };
}

function scorePValue({ direction, threshold }, successes, { trials, designEffect, degrees }) {
  const rate = threshold.toNumber();
  const statistic = (successes - trials * rate) / Math.sqrt(trials * designEffect * rate * (1 - rate));
  const towards = direction === "above" ? -statistic : statistic;
  return degrees === null ? normalBelow(towards) : studentBelow(degrees, towards);
}

const STATUS_OF_DECISION = { supported: "shown", refuted: "contradicted", null: "not_shown" };

/** Whether the claimed value itself, without the margin, is passed or contradicted. */
function statusOfTarget(hypotheses, design) {
  if (hypotheses.length > 1 || !hypotheses[0].target.isInsideUnit()) return "not_shown";
  return STATUS_OF_DECISION[decidedBy([changed(hypotheses[0], { threshold: hypotheses[0].target })], design)];
}

function wholePlanFlags(design, given) {
  const flags = [];
  if (!isSimple(design.sample)) flags.push("asymptotic");
  if (countingMethod(given.rule) === "wald") flags.push("wald_declared");
  if (given.rule.baseline && "value" in given.rule.baseline) flags.push("baseline_uncertainty_ignored");
  return flags;
}

/** Say where the exact test and the declared method differ. */
function withDisagreement(item, given) {
  const { evidence } = item;
  const { p_value: tested } = evidence;
  if (!tested || tested.method !== "exact_binomial" || evidence.method === "ppi") return item;
  const supported = evidence.verdict === "supported";
  if (tested.value <= given.rule.alpha === supported || (!supported && evidence.baseline)) return item;
  const test = `The exact binomial test (p = ${general(tested.value, 4)})`;
  const message = `${test} and the declared ${countingMethod(given.rule)} method differ.`;
  return {
    ...item,
    reasons: [...item.reasons, { code: "exact_test.disagrees", message }],
    flags: [...item.flags, "exact_test_disagrees"],
  };
}

/** A plan that ended early, or that may: e-values over complete blocks, valid whenever somebody stopped. */
function decideEarly(metric, hypotheses, given) {
  const power = powerOf(metric, hypotheses, given);
  const outcome = earlyOutcome(metric, hypotheses, given);
  if (outcome instanceof Obstacle) return untestable(metric, hypotheses, given, outcome, "inconclusive");
  const verdict = verdictOf(outcome.found, power && power.at_claim);
  const evidence = {
    ...describedRate(metric, hypotheses, given, null),
    ...outcome.evidence,
    target: { value: metric.value, status: outcome.target },
    power,
    verdict,
  };
  const reasons = verdict === "underpowered" ? [...outcome.reasons, lowPower(power)] : outcome.reasons;
  const item = decidedItem(metric, evidence, hypotheses, reasons, verdict);
  return withReadings(comparedWithBaseline(helpedOut(item, given), given), null, given);
}

// --- 58-reasons.js
/*
 * Why a count decides, or does not: the sentences of a verdict over a whole plan.
 */

const POWER_UNDEFINED = {
  code: "power_undefined",
  message: "With margin 0 the power at the claimed value is not defined; state decision_rule.power_at.",
};

/** The verdict and how it came about: [verdict, reasons]. */
function explainedVerdict(hypotheses, design, power) {
  const found = decidedBy(hypotheses, design);
  const bounds = hypotheses.map((one) => boundaryOf(one, design.sample));
  if (found) return [found, [reachedReason(found, bounds, design)]];
  const between = { code: "decision.between", message: betweenMessage(bounds, design) };
  if (power === null) return ["inconclusive", [between, POWER_UNDEFINED]];
  const verdict = undecided(power.at_claim);
  return [verdict, verdict === "underpowered" ? [between, lowPower(power)] : [between]];
}

function reachedReason(found, bounds, design) {
  const trials = counted(design.sample.trials);
  if (found === "supported" && bounds.length > 1) {
    const range = `${counted(bounds[0].supporting)} to ${counted(bounds[1].supporting)}`;
    const message = `${countText(design.least)} of ${trials} succeeded; ${range} show equality within the margin.`;
    return { code: "decision.equal_within", message };
  }
  const isSupported = found === "supported";
  const bound = isSupported ? bounds[0] : bounds.find((one) => refutes(one, towardsClaim(one, design)));
  const upward = bound.direction === "above";
  const against = upward ? design.least : design.most;
  const [successes, critical, more] = isSupported
    ? [against, bound.supporting, upward]
    : [towardsClaim(bound, design), bound.refuting, !upward];
  const words = `${counted(critical)} or ${more ? "more" : "fewer"} ${isSupported ? "support" : "refute"} the claim.`;
  const message = `${countText(successes)} of ${trials} succeeded; ${words}`;
  return { code: isSupported ? "decision.supported" : "decision.refuted", message };
}

/** The count that a refutation reads: every lost episode on the claim's side. */
function towardsClaim(bound, design) {
  return bound.direction === "above" ? design.most : design.least;
}

function betweenMessage(bounds, design) {
  const upward = bounds[0].direction === "above";
  const [against, inFavour] = upward ? [design.least, design.most] : [design.most, design.least];
  const trials = counted(design.sample.trials);
  const upper = bounds.length > 1 ? ` to ${counted(bounds[1].supporting)}` : "";
  return (
    `${countText(against)} of ${trials} supports nothing and ${countText(inFavour)} of ${trials} refutes nothing: ` +
    `${counted(bounds[0].supporting)}${upper} would support, ${counted(bounds[0].refuting)} would refute.`
  );
}

/** A count that need not be whole, with one decimal where it is not. */
function countText(fraction) {
  const value = fraction.toNumber();
  return groupedFixed(value, Number.isInteger(value) ? 0 : 1);
}

/** Why the trials are worth fewer than they are; null where nothing of them hangs together. */
function whatWidens(design, given) {
  if (!design.clustered) return null;
  const { trials, designEffect } = design.sample;
  const message = `${counted(trials)} episodes are worth ${groupedFixed(trials / designEffect, 0)} independent ones`;
  if (given.estimand === "task_population") {
    const why = "the rate is one of a population of tasks, and the tasks differ.";
    return { code: "estimand.task_population", message: `${message}: ${why}` };
  }
  return { code: "starts.clustered", message: `${message}: some share an initial state.` };
}

/** That an undecided result was to be expected. */
function lowPower(power) {
  const worth = "effective_n" in power ? `, worth ${counted(power.effective_n)} independent ones,` : "";
  const plan = `The plan of ${counted(power.n)} episodes${worth} would support a true rate of ${general(power.at)}`;
  const message = `${plan} with probability ${fixed(power.at_claim, 3)}, below ${DESIRED_POWER}.`;
  return { code: "power.low", message };
}

// --- 58-scores.js
/*
 * A promised mean of a score, decided from the moments of each task. For the listed tasks the mean of the task means
 * has the variance of a stratified sample (Cochran 1977, Sampling Techniques, ch. 5) with Satterthwaite's degrees of
 * freedom; for a population of tasks the task means are the sample (part 56-resampling).
 *
 * Moments are {count, sum, squares}: number of episodes of a task, sum of their scores, sum of the squares.
 */

const NO_SPREAD = {
  code: "scores.no_spread",
  message: "All scores are the same, so nothing is known about how far a mean of so many may lie from the true one.",
};

/** Decide a promised mean score; episodes that lack one stand against the claim, where their bounds are known. */
function decideScore(metric, given) {
  const moments = tasksOf(given, metric).map((task) => momentsOf(task, METRIC_SCORES[metric.name], given));
  const planned = talliesOf(given, metric).map(decisionTrials);
  const missing = planned.map((count, index) => Math.max(0, count - moments[index].count));
  const undecidable = (reason, verdict) =>
    decidedItem(metric, scoreEvidence(metric, given, moments, null, verdict), [], [reason], verdict);
  const obstacle = scoreObstacle(metric, given, moments, missing);
  if (obstacle) return undecidable(obstacle.reason, obstacle.verdict);
  const confidence = decisionConfidence(given.rule.alpha);
  const observed = meanScore(moments, given, confidence);
  if (observed.lower === observed.upper) return undecidable(NO_SPREAD, "inconclusive");
  const [low, high] = "bounds" in metric ? metric.bounds : [0, 0];
  const filledWith = (value) => moments.map((each, index) => filledMoments(each, missing[index], value));
  const worst = meanScore(filledWith(low), given, confidence);
  const best = meanScore(filledWith(high), given, confidence);
  const [verdict, reason] = scoreVerdict(metric, given, worst, best);
  const evidence = {
    ...scoreEvidence(metric, given, moments, observed, verdict),
    target: { value: metric.value, status: scoreTarget(metric, worst.lower, best.upper) },
    sensitivity: bettingReading(metric, given),
  };
  const flags = scoreBaseline(given).length ? ["asymptotic", "baseline_uncertainty_ignored"] : ["asymptotic"];
  return decidedItem(metric, evidence, [], [reason], scoreVerdict(metric, given, observed, observed)[0], flags);
}

function momentsOf(task, score, given) {
  const cells = given.auditInput.cells.filter((cell) => cell.task === task && cell.planned && score in cell.sums);
  const sum = (name) => sumOf(cells.map((cell) => cell.sums[score][name]));
  return { count: sum("count"), sum: sum("sum"), squares: sum("sum_of_squares") };
}

/** The same with episodes of an unknown score set to a value. */
function filledMoments({ count, sum, squares }, missing, value) {
  return { count: count + missing, sum: sum + missing * value, squares: squares + missing * (value * value) };
}

function varianceOfMean({ count, sum, squares }) {
  return Math.max(0, squares - (sum * sum) / count) / (count - 1) / count;
}

/** Why a score cannot be decided, with the verdict that follows; or null. */
function scoreObstacle(metric, given, moments, missing) {
  return untestableScore(metric, given, moments) || openScore(metric, given, missing);
}

function untestableScore(metric, given, moments) {
  const because = (code, message) => ({ reason: { code, message }, verdict: "not_testable" });
  if (!moments.length || moments.some((each) => each.count < 2)) {
    const score = METRIC_SCORES[metric.name];
    return because("scores.too_few", `Not every planned task has two episodes that carry a ${score}.`);
  }
  const tasks = new Set(tasksOf(given, metric));
  if (given.auditInput.cells.some((cell) => tasks.has(cell.task) && cell.planned && beyondPlan(cell))) {
    const message = "Sums of scores include episodes beyond the plan and cannot be taken apart.";
    return because("scores.beyond_plan", message);
  }
  if (metric.operator === "==" && !given.rule.margin) return because("operator.margin_needed", MARGIN_NEEDED);
  if (given.estimand === "task_population" && moments.length < FEWEST_CLUSTERS) {
    return { ...fewClusters(moments.length), verdict: "not_testable" };
  }
  return null;
}

function openScore(metric, given, missing) {
  const because = (code, message) => ({ reason: { code, message }, verdict: "inconclusive" });
  if (given.byEProcess) {
    const message = "The run ended before its plan, or may; a mean score is decided for whole plans only.";
    return because("short_of_plan", message);
  }
  if (repeatedOf(given, metric).some((entry) => entry)) {
    const message = "Episodes share initial states; a mean score is decided for distinct ones only.";
    return because("starts.repeated", message);
  }
  if (missing.some((count) => count) && !("bounds" in metric)) {
    const without = `${counted(sumOf(missing))} planned episodes have no score`;
    return because("scores.missing", `${without}, and the claim states no bounds for one.`);
  }
  return null;
}

function meanScore(moments, given, confidence) {
  const means = moments.map(({ count, sum }) => sum / count);
  if (given.estimand !== "task_population") return stratifiedMean(moments, means, confidence);
  return { mean: sumOf(means) / means.length, ...clusteredMeanInterval(means, confidence, given.seed) };
}

function stratifiedMean(moments, means, confidence) {
  const tasks = moments.length;
  const mean = sumOf(means) / tasks;
  const parts = moments.map((each) => varianceOfMean(each) / tasks ** 2);
  const variance = sumOf(parts);
  if (variance === 0) return { method: "stratified_t", mean, lower: mean, upper: mean };
  const spreads = parts.map((part, index) => (part * part) / (moments[index].count - 1));
  const degrees = (variance * variance) / sumOf(spreads);
  const reach = studentQuantile(degrees, (1 + confidence) / 2) * Math.sqrt(variance);
  return { method: "stratified_t", mean, lower: mean - reach, upper: mean + reach };
}

function scoreBaseline(given) {
  return baselineValues(given.rule, 1);
}

/** What the mean has to exceed and what it has to stay below, each a number or null; a baseline's value as well. */
function scoreThresholds({ operator, value }, given) {
  const margin = Decimal.stated(given.rule.margin);
  const strictest = (direction) =>
    strictestThreshold(direction, Decimal.stated(value), margin, scoreBaseline(given)).toNumber();
  const directions = directionsOf(operator);
  return {
    above: directions.includes("above") ? strictest("above") : null,
    below: directions.includes("below") ? strictest("below") : null,
  };
}

/** Support has to hold with every unknown score at its worst, refutation with every one at its best. */
function scoreVerdict(metric, given, worst, best) {
  const { above, below } = scoreThresholds(metric, given);
  const verdict = verdictOfBounds(metric, given, worst.lower, best.upper);
  const limits = [above === null ? "" : `above ${general(above)}`, below === null ? "" : `below ${general(below)}`];
  const tested = limits.filter((text) => text).join(" and ");
  const bounds = `between ${general(worst.lower)} and ${general(best.upper)}`;
  const message = `The mean lies ${bounds}; the claim is a mean ${tested}.`;
  const ending = { supported: "supported", refuted: "refuted", inconclusive: "between" }[verdict];
  return [verdict, { code: `decision.score_${ending}`, message }];
}

/** What a lower and an upper bound of the mean decide. */
function verdictOfBounds(metric, given, lower, upper) {
  const { above, below } = scoreThresholds(metric, given);
  if ((above === null || lower > above) && (below === null || upper < below)) return "supported";
  return (above !== null && upper < above) || (below !== null && lower > below) ? "refuted" : "inconclusive";
}

function scoreEvidence(metric, given, moments, found, verdict) {
  const { above, below } = scoreThresholds(metric, given);
  const known = moments.filter((each) => each.count).map(({ count, sum }) => sum / count);
  const unknown = unknownInterval(given);
  return {
    ...describedMetric(metric, given),
    threshold: above !== null ? above : below,
    ...(metric.operator === "==" ? { threshold_upper: below } : {}),
    estimate: known.length ? significant(sumOf(known) / known.length) : null,
    successes: null,
    trials: sumOf(moments.map((each) => each.count)),
    method: found ? found.method : "none",
    decision_trials: moments.length ? decisionTrials(totalTally(talliesOf(given, metric))) : 0,
    design_effect: 1,
    interval: found ? scoreInterval(found, decisionConfidence(given.rule.alpha)) : unknown,
    interval_descriptive: found
      ? scoreInterval(meanScore(moments, given, DESCRIPTIVE_CONFIDENCE), DESCRIPTIVE_CONFIDENCE)
      : unknown,
    verdict,
  };
}

function scoreInterval({ method, lower, upper }, confidence) {
  const end = (number) => (Number.isFinite(number) ? significant(number) : null);
  return { method, confidence: significant(confidence), lower: end(lower), upper: end(upper) };
}

/** Whether the claimed value itself is passed or contradicted, every unknown score standing against either. */
function scoreTarget({ operator, value }, lower, upper) {
  if (operator === "==") return "not_shown";
  const upward = operator[0] === ">";
  if (upward ? lower > value : upper < value) return "shown";
  return (upward ? upper < value : lower > value) ? "contradicted" : "not_shown";
}

/** The betting interval of the means of whole runs; none without bounds, or with fewer than two such runs. */
function bettingReading(metric, given) {
  const means = meansOfRuns(metric, given);
  if (!("bounds" in metric) || means.length < 2) return [];
  const [low, high] = metric.bounds;
  if (!means.every((mean) => low <= mean && mean <= high)) return [];
  const confidence = decisionConfidence(given.rule.alpha);
  const found = bettingInterval(means.map((mean) => (mean - low) / (high - low)), confidence);
  const [lower, upper] = [found.lower, found.upper].map((end) => low + end * (high - low));
  return [
    {
      reading: "betting",
      estimate: significant(sumOf(means) / means.length),
      interval: scoreInterval({ method: "betting", lower, upper }, confidence),
      verdict: verdictOfBounds(metric, given, lower, upper),
      note: `Bounds that hold for any number of runs, from the means of ${counted(means.length)} whole ones.`,
    },
  ];
}

/** Mean over the tasks of each run in which every planned episode of every task has the score. */
function meansOfRuns(metric, given) {
  const [score, tasks] = [METRIC_SCORES[metric.name], tasksOf(given, metric)];
  const { seeds, episodes_per_task: perTask } = given.protocol.execution;
  const cells = new Map(given.auditInput.cells.map((cell) => [cellKey(cell.task, cell.seed), cell]));
  const runs = seeds.map((seed) => tasks.map((task) => cells.get(cellKey(task, seed))));
  const isWhole = (cell) => cell && score in cell.sums && cell.sums[score].count === perTask;
  const whole = runs.filter((run) => run.every(isWhole));
  return whole.map((run) => sumOf(run.map(({ sums }) => sums[score].sum / sums[score].count)) / run.length);
}

// --- 58-second-opinions.js
/*
 * What else has a say in a promised rate: a measured baseline whose own uncertainty counts, simulated episodes beside
 * the real ones where the claim declares them, and the readings that inform without deciding.
 */

/** Conjoin the comparison with a baseline that was given as counts; without one, nothing changes. */
function comparedWithBaseline(item, given) {
  const { baseline } = given.rule;
  if (!baseline || !("successes" in baseline) || !item.hypotheses.length) return item;
  const tally = totalTally(talliesOf(given, item.metric));
  const clustered = item.evidence.design_effect !== 1;
  if (item.hypotheses.length > 1 || given.byEProcess || clustered || !tally.trials) {
    const message =
      "The baseline's counts are compared only with one-sided claims about a whole plan of independent episodes.";
    return conjoinedWithBaseline(item, { code: "baseline.not_compared", message }, null, "inconclusive");
  }
  const comparison = baselineComparison(item, tally, given);
  const observed = baselineComparison(item, withoutLost(tally), given).verdict;
  const message =
    `Against the baseline's ${counted(baseline.successes)} of ${counted(baseline.trials)} the difference is ` +
    `${signedFixed(comparison.difference, 3)} (p = ${general(comparison.p_value.value, 4)} against the margin).`;
  return conjoinedWithBaseline(item, { code: "baseline.compared", message }, comparison, observed);
}

function baselineComparison(item, tally, given) {
  const { successes, trials } = given.rule.baseline;
  const { alpha } = given.rule;
  const { pValue, isRefuted } = baselineTest(item, tally, given);
  const { lower, upper } = differenceInterval(tally.successes, tally.trials, successes, trials, 1 - 2 * alpha);
  return {
    successes,
    trials,
    difference: significant(tally.successes / tally.trials - successes / trials),
    interval: {
      method: "miettinen_nurminen",
      confidence: significant(1 - 2 * alpha),
      lower: significant(lower),
      upper: significant(upper),
    },
    p_value: { method: "farrington_manning", value: significant(pValue) },
    verdict: pValue < alpha ? "supported" : isRefuted ? "refuted" : "inconclusive",
  };
}

/** The test of "worse than the baseline by the margin or more"; for claims of less, of failures. */
function baselineTest(item, tally, given) {
  const { successes, trials } = given.rule.baseline;
  const margin = Decimal.stated(given.rule.margin).dividedByScale(UNIT_SCALES[item.metric.unit]).toNumber();
  const confidence = 1 - 2 * given.rule.alpha;
  const [n, least, most] = [decisionTrials(tally), tally.successes, tally.successes + tally.ambiguous];
  if (item.hypotheses[0].direction === "above") {
    const { upper } = differenceInterval(most, n, successes, trials, confidence);
    return { pValue: nonInferiority(least, n, successes, trials, margin), isRefuted: upper < -margin };
  }
  const { lower } = differenceInterval(least, n, successes, trials, confidence);
  return { pValue: nonInferiority(n - most, n, trials - successes, trials, margin), isRefuted: lower > margin };
}

/** Supported where both are; refuted where either is. */
function conjoined(own, met) {
  const open = own === "inconclusive" || own === "underpowered";
  return own === "supported" || (met === "refuted" && open) ? met : own;
}

function conjoinedWithBaseline(item, reason, comparison, observed) {
  const own = item.evidence.verdict;
  const met = comparison ? comparison.verdict : "inconclusive";
  const verdict = conjoined(own, met);
  const reasons = [...item.reasons, reason];
  if (verdict !== own) {
    const message = `The claim also has to pass the baseline, and against that it is ${met}.`;
    reasons.push({ code: "baseline.unmet", message });
  }
  const isNew = comparison && !item.flags.includes("asymptotic");
  return {
    ...item,
    evidence: { ...item.evidence, verdict, ...(comparison ? { baseline: comparison } : {}) },
    reasons,
    flags: isNew ? [...item.flags, "asymptotic"] : item.flags,
    observedVerdict: conjoined(item.observedVerdict, observed),
  };
}

/** The verdict of another reading of the same episodes, which has to pass a measured baseline as well. */
function readingWithBaseline(own, item, given) {
  const { baseline } = given.rule;
  if (!baseline || !("successes" in baseline)) return own;
  return conjoined(own, item.evidence.baseline ? item.evidence.baseline.verdict : "inconclusive");
}

/** Show what simulated episodes add, and let them decide where the claim says so and the gate is passed. */
function helpedOut(item, given) {
  const { ppi: pairs } = given.auditInput.requested;
  if (!pairs) {
    if (given.rule.interval_method !== "ppi") return item;
    return notBearing(item, ["the claim declares them, and none were given (--ppi FILE)"]);
  }
  const result = predictionPowered(pairs, decisionConfidence(given.rule.alpha));
  const reading = simulationReading(item, pairs, result, given);
  const shown = { ...item, evidence: { ...item.evidence, sensitivity: [...item.evidence.sensitivity, reading] } };
  const obstacles = simulationObstacles(pairs, result, item, given);
  return obstacles.length ? notBearing(shown, obstacles) : carriedBySimulation(shown, reading, pairs);
}

function realEpisodes(pairs) {
  return pairs.both + pairs.real_only + pairs.simulated_only + pairs.neither;
}

function simulationReading(item, pairs, result, given) {
  const { power } = item.evidence;
  const [simulated, real] = [counted(pairs.simulated), counted(realEpisodes(pairs))];
  return {
    reading: "ppi",
    estimate: significant(result.estimate),
    interval: {
      method: "ppi",
      confidence: significant(decisionConfidence(given.rule.alpha)),
      lower: significant(result.lower),
      upper: significant(result.upper),
    },
    verdict: verdictOf(decidedBySimulation(item.hypotheses, result), power && power.at_claim),
    note: `${simulated} simulated episodes beside ${real} real ones; asymptotic.`,
  };
}

function decidedBySimulation(hypotheses, { lower, upper }) {
  const [least, most] = [Decimal.ofDouble(lower), Decimal.ofDouble(upper)];
  const passes = ({ direction, threshold }) =>
    direction === "above" ? least.compare(threshold) > 0 : most.compare(threshold) < 0;
  const fails = ({ direction, threshold }) =>
    direction === "above" ? most.compare(threshold) < 0 : least.compare(threshold) > 0;
  return hypotheses.every(passes) ? "supported" : hypotheses.some(fails) ? "refuted" : null;
}

const SIMULATION_GATE = {
  "ppi.few_real": "there are fewer than 50 real episodes",
  "ppi.few_discordant": "fewer than 5 pairs of a real and a simulated episode differ",
};

function simulationObstacles(pairs, result, item, given) {
  const { successes, trials, method, decision_trials: decisionCount } = item.evidence;
  const obstacles = given.rule.interval_method === "ppi" ? [] : ["the claim's interval_method is not `ppi`"];
  const [real, realSuccesses] = [realEpisodes(pairs), pairs.both + pairs.real_only];
  if (successes !== realSuccesses || trials !== real) {
    const paired = `its ${counted(realSuccesses)} of ${counted(real)} real episodes`;
    obstacles.push(`${paired} are not the ${counted(successes)} of ${counted(trials)} audited`);
  }
  if (given.byEProcess) obstacles.push("the run ended before its plan, or may");
  else if (decisionCount !== trials) obstacles.push("planned episodes were lost");
  else if (method !== countingMethod(given.rule)) {
    obstacles.push("the audited episodes are clustered, or tasks have unequal numbers of them");
  }
  return [...obstacles, ...result.obstacles.map((code) => SIMULATION_GATE[code])];
}

function notBearing(item, obstacles) {
  const message = `Simulated episodes do not carry the verdict: ${obstacles.join("; ")}.`;
  return {
    ...item,
    reasons: [...item.reasons, { code: "ppi.not_verdict_bearing", message }],
    flags: [...item.flags, "ppi_not_verdict_bearing"],
  };
}

/** The verdict, its interval and the claimed value's status by the real and the simulated episodes together. */
function carriedBySimulation(item, reading, pairs) {
  const { k_crit_upper: dropped, ...kept } = item.evidence;
  const { estimate, interval, verdict } = reading;
  const evidence = {
    ...kept,
    method: "ppi",
    estimate,
    interval,
    target: { ...kept.target, status: statusBySimulation(item.hypotheses, interval) },
    verdict,
    k_crit: null,
    k_refute: null,
    attained_size: null,
    p_value: null,
  };
  const message =
    `With ${counted(pairs.simulated)} simulated episodes beside the real ones the rate is ${fixed(estimate, 4)}, ` +
    `between ${fixed(interval.lower, 4)} and ${fixed(interval.upper, 4)}.`;
  const reasons = [{ code: "ppi.decided", message }, ...item.reasons.slice(1)];
  return { ...item, evidence, reasons, flags: [...item.flags, "asymptotic"] };
}

function statusBySimulation(hypotheses, { lower, upper }) {
  if (hypotheses.length > 1) return "not_shown";
  const target = hypotheses[0].target.toNumber();
  const upward = hypotheses[0].direction === "above";
  if (upward ? lower > target : upper < target) return "shown";
  return (upward ? upper < target : lower > target) ? "contradicted" : "not_shown";
}

// --- 58-sensitivity.js
/*
 * What the verdict would have been under other admissible readings. They inform; the declared reading decides.
 */

const MICRO_AVERAGE = "micro_average";

/** Add the readings to a decided rate, and the flags that follow from them; `design` is null where e-values decided. */
function withReadings(item, design, given) {
  const { verdict } = item.evidence;
  const sensitivity = [...item.evidence.sensitivity, ...readingsOf(item, design, given)];
  const flags = [...item.flags];
  if (sensitivity.some((each) => each.reading === MICRO_AVERAGE && each.verdict !== verdict)) {
    flags.push("aggregation_sensitive");
  }
  const methods = sensitivity.filter((each) => each.reading.startsWith("method:"));
  const known = given.auditInput.run.benchmark.starts_verified;
  const robust = known && methods.every((each) => each.verdict === verdict);
  flags.push(robust ? "robust" : "not_robust");
  return { ...item, evidence: { ...item.evidence, sensitivity, robust }, flags };
}

function readingsOf(item, design, given) {
  const tallies = talliesOf(given, item.metric);
  const ownReadings = design
    ? [
        ...methodReadings(item, design, given),
        ...lostLeftOutReading(item, tallies, given),
        ...independentStartsReading(item, tallies, given),
        ...otherAverageReading(item, design, tallies, given),
        ...bestOfSeveralReading(item, design, given),
      ]
    : asIfPlannedReading(item, tallies, given);
  return [...ownReadings, ...oneStartReading(item, tallies, given), ...populationReading(item, tallies, given)];
}

/** Every admissible interval method; with a design effect only the score bound is defined. */
function methodReadings(item, design, given) {
  if (!isSimple(design.sample)) return [];
  const others = ADMISSIBLE_METHODS.filter(
    (method) => method !== countingMethod(given.rule) || item.evidence.method === "ppi",
  );
  return others.map((method) => {
    const hypotheses = item.hypotheses.map((one) => changed(one, { method }));
    return readingOf(item, `method:${method}`, hypotheses, design, given, "Another admissible interval method.");
  });
}

function lostLeftOutReading(item, tallies, given) {
  if (!totalTally(tallies).ambiguous) return [];
  const observed = designOf(tallies.map(withoutLost), given.estimand, repeatedOf(given, item.metric));
  if (observed instanceof Obstacle) return [];
  const note = "Lost episodes left out, as if they had nothing to do with how they went.";
  return [readingOf(item, "lost_left_out", item.hypotheses, observed, given, note)];
}

function independentStartsReading(item, tallies, given) {
  const shared = repeatedOf(given, item.metric).some((entry) => entry);
  if (!shared || given.estimand !== "fixed_tasks") return [];
  const note = "Episodes that share an initial state taken as independent, which they are not.";
  return readingByDesign(item, "independent_episodes", tallies, "fixed_tasks", given, note);
}

/** The average that did not decide, where tasks have unequal numbers of episodes. */
function otherAverageReading(item, design, tallies, given) {
  if (haveEqualNumbers(tallies) || design.clustered) return [];
  const note = "Every episode weighs the same, not every task.";
  return [readingOf(item, MICRO_AVERAGE, item.hypotheses, pooledDesign(totalTally(tallies)), given, note)];
}

/** The best of several looks better than it is; the error is corrected by Sidak's bound (1967, JASA 62, 626-633). */
function bestOfSeveralReading(item, design, given) {
  const { selection } = given.claim;
  if (!selection || selection.candidates_scored < 2) return [];
  const candidates = selection.candidates_scored;
  const alpha = significant(1 - (1 - given.rule.alpha) ** (1 / candidates));
  const hypotheses = item.hypotheses.map((one) => changed(one, { alpha }));
  const note = `Corrected for the best of ${counted(candidates)} candidates scored on these tasks; conservative.`;
  return [readingOf(item, "best_of_n", hypotheses, design, given, note, alpha)];
}

/** As if the run had been planned to end where it did. */
function asIfPlannedReading(item, tallies, given) {
  if (given.stopsByRule) return [];
  const note = "As if the run had been planned to end where it did; wrong if anybody looked before ending it.";
  return readingByDesign(item, "as_if_planned", tallies, "fixed_tasks", given, note);
}

/** The worst that unknown starts can hide: a harness that plays every episode of a task from one state. */
function oneStartReading(item, tallies, given) {
  if (given.auditInput.run.benchmark.starts_verified || given.estimand !== "fixed_tasks") return [];
  const note = "It is not known from which states the episodes started; here all of a task from a single one.";
  const shares = tallies.map((tally) => {
    if (!tally.trials) return null;
    const share = tally.successes / tally.trials;
    return { starts: 1, trials: tally.trials, sum: share, sum_of_squares: share ** 2 };
  });
  return readingByDesign(item, "one_start_per_task", tallies, "fixed_tasks", given, note, shares);
}

/** What the same counts say about more tasks than these, where the protocol does not say what is meant. */
function populationReading(item, tallies, given) {
  if ("estimand" in given.protocol.execution || "task" in item.metric || tallies.length < 2) return [];
  const note = "The tasks taken as a sample of more tasks of their kind.";
  return readingByDesign(item, "task_population", tallies, "task_population", given, note);
}

function readingByDesign(item, name, tallies, estimand, given, note, shares = tallies.map(() => null)) {
  const design = designOf(tallies, estimand, shares);
  if (design instanceof Obstacle) {
    const { message } = design.reason;
    const interval = unknownInterval(given);
    return [{ reading: name, estimate: null, interval, verdict: "not_testable", note: message }];
  }
  return design.sample.trials ? [readingOf(item, name, item.hypotheses, design, given, note)] : [];
}

function readingOf(item, name, hypotheses, design, given, note, alpha = given.rule.alpha) {
  const { power } = item.evidence;
  const own = verdictOf(decidedBy(hypotheses, design), power && power.at_claim);
  return {
    reading: name,
    estimate: significantOrNull(estimateOf(design)),
    interval: intervalOfDesign(design, hypotheses[0].method, decisionConfidence(alpha)),
    verdict: readingWithBaseline(own, item, given),
    note,
  };
}

// --- 59-1-combination.js
/*
 * Several metrics, one verdict. That all hold needs no correction to be shown (intersection-union test: Berger 1982,
 * Technometrics 24, 295-300), but it has as many chances to be refuted by accident (Bonferroni). That any holds is
 * corrected by Holm, exploratory metrics by Benjamini and Hochberg.
 */

const FIRST_OF_ALL = ["refuted", "not_testable", "underpowered", "inconclusive"];
const FIRST_OF_ANY = ["supported", "inconclusive", "underpowered", "not_testable"];

function combineOf(rule) {
  return "combine" in rule ? rule.combine : "all";
}

function withRole(items, role) {
  return items.filter((item) => roleOf(item.metric) === role);
}

/** Correct for several looks where they are looks. */
function correctedItems(items, given) {
  const adjusted = new Map();
  if (combineOf(given.rule) === "any") adjustInto(adjusted, withRole(items, "primary"), holmAdjusted, given);
  adjustInto(adjusted, withRole(items, "exploratory"), falseDiscoveryAdjusted, given);
  return items.map((item) => withAdjusted(item, adjusted.get(metricLabel(item.metric)), given));
}

function adjustInto(adjusted, items, adjust, given) {
  const tested = items.filter((item) => item.evidence.verdict !== "not_testable");
  if (tested.length < 2) return;
  const values = adjust(tested.map((item) => comparedPValue(item, given.rule.alpha)));
  tested.forEach((item, index) => adjusted.set(metricLabel(item.metric), values[index]));
}

/**
 * A metric's p-value, or its baseline's where that is larger; where an interval decided, alpha if it supports, else 1.
 */
function comparedPValue({ evidence }, alpha) {
  const byInterval = evidence.verdict === "supported" ? alpha : 1;
  const own = evidence.p_value ? evidence.p_value.value : byInterval;
  return evidence.baseline ? Math.max(own, evidence.baseline.p_value.value) : own;
}

function withAdjusted(item, adjusted, given) {
  const exploratory = roleOf(item.metric) === "exploratory";
  const flags = exploratory ? [...item.flags, "exploratory"] : item.flags;
  if (adjusted === undefined) return { ...item, flags };
  const { alpha } = given.rule;
  let { evidence, reasons, observedVerdict } = item;
  if (evidence.p_value) evidence = { ...evidence, p_value: { ...evidence.p_value, adjusted: significant(adjusted) } };
  if (evidence.verdict === "supported" && adjusted > alpha) {
    evidence = { ...evidence, verdict: "inconclusive" };
    const message = `Corrected for several metrics its p-value is ${general(adjusted, 4)}, above ${general(alpha)}.`;
    reasons = [...reasons, { code: exploratory ? "multiple.exploratory" : "multiple.holm", message }];
    observedVerdict = observedVerdict === "supported" ? "inconclusive" : observedVerdict;
  }
  return { ...item, evidence, reasons, flags, observedVerdict };
}

/** Let one of m refuted metrics refute a claim of all only if it is refuted at alpha/m as well. */
function refutationsConfirmed(items, given, decide) {
  const metrics = withRole(items, "primary").length;
  if (combineOf(given.rule) === "any" || metrics < 2) return items;
  const stricter = atAlpha(given, given.rule.alpha / metrics);
  return items.map((item) => {
    const refuted = item.evidence.verdict === "refuted" && roleOf(item.metric) === "primary";
    if (!refuted || decide(item.metric, stricter).evidence.verdict === "refuted") return item;
    const message =
      `${metricLabel(item.metric)} is refuted by itself; as one of ${metrics} chances to refute the claim it would ` +
      `have to be at an error of ${general(stricter.rule.alpha, 3)}, and is not.`;
    return { ...item, reasons: [...item.reasons, { code: "multiple.refutation", message }], countsAs: "inconclusive" };
  });
}

/** The claim's verdict from those of its primary metrics, or from those that ignore lost episodes. */
function combinedVerdict(items, given, observed) {
  const verdicts = withRole(items, "primary").map(
    (item) => item.countsAs || (observed ? item.observedVerdict : item.evidence.verdict),
  );
  if (!verdicts.length) return "not_testable";
  const isAny = combineOf(given.rule) === "any";
  const first = (isAny ? FIRST_OF_ANY : FIRST_OF_ALL).find((verdict) => verdicts.includes(verdict));
  return first || (isAny ? "refuted" : "supported");
}

/** A metric's own flags and those of the whole audit, in its evidence. */
function flaggedItem(item, shared) {
  const { verdict, target } = item.evidence;
  const below = verdict === "supported" && target.status === "contradicted" ? ["below_target"] : [];
  const flags = [...new Set([...item.flags, ...below, ...shared])];
  return { ...item, evidence: { ...item.evidence, flags }, flags };
}

// --- 59-2-wording.js
/*
 * The sentences of evidence.json: what was tested, what was not, what would shake the result.
 */

const PRECEDENCE = "The plan is not shown to precede the run.";

/** Reach, tested hypothesis, verdict, status of the claimed value itself, counts, standing. */
function headlineOf(items, verdict, given, binding) {
  const primary = withRole(items, "primary");
  const tested = primary.map(testedText).join("; ") || "nothing is claimed";
  const parts = [`${reachText(given)}: ${tested}.`, countsText(given)];
  if (primary.length > 1) {
    parts.push(`${combineOf(given.rule) === "all" ? "All together" : "Any of them"}: ${spaced(verdict)}.`);
  }
  parts.push(PRECEDENCE);
  if (binding === "placeholder") parts.push("The protocol names only a placeholder for the claim's hash.");
  return parts.join(" ");
}

function reachText(given) {
  const tasks = given.auditInput.tasks.length;
  if (given.estimand === "task_population") return `On tasks such as these ${counted(tasks)}, this checkpoint`;
  return tasks === 1 ? "On this task, this checkpoint" : `On these ${counted(tasks)} tasks, this checkpoint`;
}

function testedText(item) {
  const { hypotheses, metric, evidence } = item;
  const verdict = spaced(evidence.verdict);
  const label = metricLabel(metric);
  if (!hypotheses.length) {
    return `${label} ${metric.operator} ${general(metric.value)}${scoreMarginText(evidence)}: ${verdict}`;
  }
  const name = label === SUCCESS_RATE ? "" : `${label} `;
  if (hypotheses.length > 1) {
    const [low, high, target] = fixedPoint(...hypotheses.map((one) => one.threshold), hypotheses[0].target);
    return `${name}between ${low} and ${high} (equal to ${target} within the margin): ${verdict}`;
  }
  return name + oneSidedText(hypotheses[0], evidence, verdict);
}

function oneSidedText(hypothesis, evidence, verdict) {
  const { direction, margin: stated } = hypothesis;
  const [threshold, target, margin] = fixedPoint(hypothesis.threshold, hypothesis.target, stated);
  const how = direction === "above" ? "minus" : "plus";
  const hasMargin = !stated.isZero();
  const plain = ` (${target} ${how} margin ${margin})`;
  const parts = [`${direction} ${threshold}`];
  if (hasMargin) parts.push(isPlainMargin(hypothesis) ? plain : ` (margin ${margin}, baseline)`);
  if (evidence.method === "ppi") parts.push(", with simulated episodes beside the real ones");
  parts.push(`: ${verdict}`);
  if (hasMargin && evidence.verdict !== "not_testable") {
    parts.push(`; ${target} itself: ${spaced(evidence.target.status)}`);
  }
  return parts.join("");
}

function scoreMarginText({ threshold, value }) {
  return threshold === null || threshold === value ? "" : ` (tested against ${general(threshold)})`;
}

/** Whether the threshold is the claimed value and the margin alone, no baseline's. */
function isPlainMargin({ target, threshold, margin }) {
  const gap = target.minus(threshold);
  return (gap.coefficient < 0n ? gap.negated() : gap).equals(margin);
}

function countsText(given) {
  const { denominator, whole } = given.ledger;
  const planned = `${counted(denominator.planned)} planned episodes`;
  const { run } = given.auditInput;
  if ("measures" in run) {
    const scored = counted(scoredEpisodes(given.auditInput));
    return `Scores of ${spaced(run.measures)}, no successes: ${scored} of ${planned} have one.`;
  }
  const lost = denominator.lost ? `, with ${counted(denominator.lost)} of ${planned} lost` : "";
  const notRun = denominator.not_run ? `, with ${counted(denominator.not_run)} of ${planned} not run` : "";
  return `${counted(denominator.success)} of ${counted(whole.trials)}${lost}${notRun}.`;
}

/** Planned episodes that carry the score; of a cell that ran beyond its plan, at most what was planned. */
function scoredEpisodes({ cells, run }) {
  const scored = cells.filter((cell) => cell.planned && run.measures in cell.sums);
  return sumOf(scored.map((cell) => Math.min(cell.sums[run.measures].count, cell.planned)));
}

/** What this evidence is, and what it is not. */
function claimBoundaryText({ episodes, tasks }) {
  return (
    `This is a recount of ${counted(episodes.count)} recorded outcomes on ${counted(tasks.length)} listed ` +
    "task(s), decided by the rule that the claim declares. It is not a certification, not a ranking, and no " +
    "statement about deployment."
  );
}

/** What a reader might take from this evidence and must not. */
function unsupportedClaims(items, verdict, given) {
  const { benchmark } = given.auditInput.run;
  const claims = [];
  if (verdict !== "supported") claims.push("The claim as stated: these episodes do not support it.");
  for (const { hypotheses, evidence } of items) {
    if (hypotheses.length !== 1 || evidence.target.status === "shown") continue;
    const [target] = fixedPoint(hypotheses[0].target);
    claims.push(`A success rate ${hypotheses[0].direction} ${target} itself, without the margin.`);
  }
  if (given.estimand === "fixed_tasks") {
    claims.push("Success on other tasks, objects, scenes, instructions or initial states than those listed.");
  }
  claims.push("Success of another checkpoint, or of this one after training, quantisation or conversion.");
  if (benchmark.simulated !== false) claims.push("Success on a real robot.");
  if (!benchmark.starts_verified) claims.push("That the episodes started from distinct, known initial states.");
  claims.push("Safety, or fitness for deployment.");
  return claims;
}

/** What to try next by whoever wants to prove the claim wrong, the cheapest first. */
function nextFalsificationAxes(given) {
  const { auditInput } = given;
  const { denominator } = given.ledger;
  const axes = [];
  if (denominator.not_run) axes.push(`Run the ${counted(denominator.not_run)} planned episodes that were not run.`);
  const scores = "measures" in auditInput.run;
  const without = scores ? denominator.planned - scoredEpisodes(auditInput) : denominator.lost;
  if (without && !(scores && denominator.not_run)) {
    axes.push(`Account for the ${counted(without)} ${scores ? "planned episodes without a score" : "lost episodes"}.`);
  }
  const weakest = weakestCell(auditInput);
  if (weakest) {
    const { success, failure } = plannedCounts(weakest);
    const counts = `${success} of ${success + failure}`;
    axes.push(`More starts of the weakest cell: ${weakest.task}, run seed ${weakest.seed} (${counts}).`);
  }
  for (const axis of auditInput.run.benchmark.perturbation_axes) axes.push(`Vary: ${axis}.`);
  axes.push("Repeat with start seeds that share no environment seed with these runs.");
  return axes;
}

/** The planned cell with the lowest rate, the first of several; null unless there are two with trials. */
function weakestCell({ cells }) {
  const rate = (cell) => {
    const { success, failure } = plannedCounts(cell);
    return success / (success + failure);
  };
  const tried = cells.filter((cell) => cell.planned && !Number.isNaN(rate(cell)));
  if (tried.length < 2) return null;
  return tried.reduce((weakest, cell) => (rate(cell) < rate(weakest) ? cell : weakest));
}

// --- 59-3-evidence.js
/*
 * All of evidence.json again, from claim, protocol and audit input, by rules v1.
 */

const NUMBERS_RULES = "v1";
const RECOMMENDATIONS = {
  supported: "cite_within_scope",
  refuted: "do_not_cite",
  inconclusive: "collect_more_episodes",
  underpowered: "enlarge_the_plan",
  not_testable: "repair_the_input",
};

/** See `WorldfluxNumbers.recompute`. */
function recomputeEvidence(documents) {
  const { claim, protocol, auditInput, evidence, binding } = documents;
  const given = givenOf(documents);
  const { items, verdict, observed } = decideClaim(given);
  const { run, source } = auditInput;
  const { hash } = evidence.protocol;
  return {
    schema_version: evidence.schema_version,
    id: evidence.id,
    created_at: evidence.created_at,
    claim: { id: claim.id, hash: evidence.claim.hash, text: claim.claim_text },
    protocol: { id: protocol.id, hash, binding, precedence: precedenceOf(auditInput.requested, hash) },
    source: { name: source.name, format: source.format },
    headline: headlineOf(items, verdict, given, binding),
    verdict,
    ...(observed === verdict ? {} : { observed_verdict: observed }),
    reasons: claimReasons(items, given, binding),
    metrics: items.map((item) => item.evidence),
    slices: slicesOf(auditInput),
    denominator: given.ledger.denominator,
    findings: auditInput.findings.map((finding) => ({ where: null, ...finding })),
    missing_evidence: auditInput.missing_evidence,
    unsupported_claims: unsupportedClaims(items, verdict, given),
    next_falsification_axes: nextFalsificationAxes(given),
    claim_boundary: claimBoundaryText(auditInput),
    scope: scopeOf(protocol, auditInput),
    recommendation: RECOMMENDATIONS[verdict],
    deployment_summary: run.benchmark.simulated ? "simulation_only_not_assessed" : "environment_unknown_not_assessed",
    rules: NUMBERS_RULES,
    render: evidence.render,
  };
}

/** Whether the protocol is known to be older than the run. Times have one form, in which texts sort as times do. */
function precedenceOf(requested, protocolHash) {
  const age = requested.plan_age;
  if (!age) return "not_shown";
  if (!("frozen_at" in age) || !("first_episode_at" in age)) return "declared";
  if (age.frozen_at >= age.first_episode_at) return "not_shown";
  return age.witness !== "none" && age.protocols.includes(protocolHash) ? "proven" : "declared";
}

/** All metrics decided and combined; `observed` differs from the verdict only where lost episodes make it differ. */
function decideClaim(given) {
  const corrected = correctedItems(
    given.claim.expected_metrics.map((metric) => decideMetric(metric, given)),
    given,
  );
  const confirmed = refutationsConfirmed(corrected, given, decideMetric);
  const verdict = combinedVerdict(confirmed, given, false);
  const withoutLosses = combinedVerdict(confirmed, given, true);
  const sensitive = withoutLosses !== verdict && given.ledger.whole.ambiguous > 0;
  const flags = sharedFlags(given, sensitive);
  const items = confirmed.map((item) => flaggedItem(item, flags));
  return { items, verdict, observed: sensitive ? withoutLosses : verdict };
}

function decideMetric(metric, given) {
  return metric.name in METRIC_SCORES ? decideScore(metric, given) : decideRate(metric, given);
}

function sharedFlags(given, sensitive) {
  const { run, repeated_starts: repeated, findings, requested } = given.auditInput;
  const wantsPath = given.stopsByRule || requested.savi;
  const flags = {
    short_of_plan: given.ledger.denominator.not_run,
    missing_sensitive: sensitive,
    starts_unverified: !run.benchmark.starts_verified,
    starts_repeated: repeated.length,
    seed_overlap: findings.some((finding) => finding.code === "seed.overlap"),
    savi_not_applicable: wantsPath && obstacleToStopping(given),
  };
  return Object.keys(flags).filter((name) => flags[name]);
}

/** Why the run could not be stopped at the end of a block, or null. */
function obstacleToStopping(given) {
  if (given.auditInput.tasks.length === 1) return null;
  const order = given.auditInput.run.evaluator.episode_order;
  if (order === "interleaved") return null;
  if (order === "task_by_task") {
    return "The episodes were played task by task, so no block was complete before the last task began.";
  }
  return "It is not known in which order the episodes were played (episode_order); nothing shows complete blocks.";
}

function claimReasons(items, given, binding) {
  const reasons = items.flatMap((item) => item.reasons);
  if (!withRole(items, "primary").length) {
    const message = "All metrics are exploratory, so none decides the claim.";
    reasons.push({ code: "metrics.only_exploratory", message });
  }
  reasons.push(...lostReasons(given));
  if (binding === "placeholder") {
    const message =
      "The protocol holds a placeholder instead of the claim's hash; it does not show which claim it was for.";
    reasons.push({ code: "binding.placeholder", message });
  }
  const seen = new Map(reasons.map((reason) => [JSON.stringify([reason.code, reason.message]), reason]));
  return [...seen.values()];
}

function lostReasons(given) {
  const lost = given.ledger.whole.ambiguous;
  if (!lost) return [];
  if (given.byEProcess) {
    const message = `${counted(lost)} episodes were lost; the blocks are read up to the first loss.`;
    return [{ code: "lost.ends_blocks", message }];
  }
  if ("measures" in given.auditInput.run) return [];
  const message = `${counted(lost)} lost episodes count as failures for support and as successes for refutation.`;
  return [{ code: "lost.counted_against", message }];
}

/** The same trials, cut by task and by run seed. */
function slicesOf(auditInput) {
  const planned = auditInput.cells.filter((cell) => cell.planned);
  const byTask = groupedBy(planned, (cell) => cell.task, auditInput.tasks);
  if (byTask.size > auditInput.tasks.length) throw new NumbersError("a planned cell is of a task that is not listed");
  const bySeed = groupedBy(planned, (cell) => cell.seed, []);
  const slices = (groups) =>
    [...groups].map(([key, cells]) => sliceOf(String(key), sumOfOutcomes(cells.map(plannedCounts))));
  return { by_task: slices(byTask), by_seed: slices(bySeed) };
}

function sliceOf(key, { success, failure }) {
  const trials = success + failure;
  return {
    key,
    successes: success,
    trials,
    estimate: trials ? significant(success / trials) : null,
    interval: intervalOfCounts(success, trials, "wilson", DESCRIPTIVE_CONFIDENCE),
  };
}

function scopeOf(protocol, auditInput) {
  const { benchmark, execution } = protocol;
  const declared = "estimand" in execution;
  return {
    benchmark: benchmark.name,
    benchmark_version: benchmark.version,
    tasks: auditInput.tasks.length,
    run_seeds: execution.seeds,
    episodes_per_task: execution.episodes_per_task,
    evaluator: auditInput.source.name,
    estimand: declared ? execution.estimand : "fixed_tasks",
    estimand_declared: declared,
  };
}

// --- 59-4-cells.js
/*
 * The cells again, from the lines of episode_results.jsonl: counts of every task and run, sums of scores, complete
 * blocks, and trials that share an initial state.
 */

const HIGHEST_EPISODE_INDEX = 50_000_000;
const LARGEST_SCORE_SUM = 1e300;
/** More parts than doubles that do not overlap can have: 2,100 bits in pieces of 53. */
const EXACT_PARTS = 64;
const SUCCESS_CODE = 1 + OUTCOME_NAMES.indexOf("success");
const FAILURE_CODE = 1 + OUTCOME_NAMES.indexOf("failure");

/** Stored initial states of a task, by benchmark: after so many indices they come again. From its released suites. */
const STORED_STATES = { libero: 50 };

/**
 * Sum of doubles, rounded once (Shewchuk 1997, Discrete & Computational Geometry 18, 305-363): what is left over by
 * each addition is kept, so the order does not matter.
 */
class ExactSum {
  constructor() {
    this.parts = new Float64Array(EXACT_PARTS); // the first `length`: none overlapping another, rising in size
    this.length = 0;
  }

  add(value) {
    const { parts } = this;
    let rest = value;
    let kept = 0;
    for (let place = 0; place < this.length; place += 1) {
      const part = parts[place];
      const isSmaller = Math.abs(rest) < Math.abs(part);
      const sum = rest + part;
      const left = isSmaller ? rest - (sum - part) : part - (sum - rest);
      if (left) parts[kept++] = left;
      rest = sum;
    }
    parts[kept] = rest;
    this.length = kept + 1;
  }

  /** The sum, rounded half to even. */
  get value() {
    const parts = [...this.parts.subarray(0, this.length)];
    let sum = parts.length ? parts.pop() : 0;
    let left = 0;
    while (parts.length && left === 0) {
      const part = parts.pop();
      const next = sum + part;
      left = part - (next - sum);
      sum = next;
    }
    // A remainder of exactly half a unit is a tie only if nothing of its sign lies below it.
    if (parts.length && Math.sign(left) === Math.sign(parts[parts.length - 1])) {
      const twice = left * 2;
      const beyond = sum + twice;
      if (twice === beyond - sum) return beyond;
    }
    return sum;
  }
}

/** Sum of a list, rounded once. */
function exactSum(values) {
  const sum = new ExactSum();
  for (const value of values) sum.add(value);
  return sum.value;
}

/** Count, sum and sum of squares of one score. */
class ScoreMoments {
  constructor() {
    this.count = 0;
    this.sum = new ExactSum();
    this.squares = new ExactSum();
  }

  add(value) {
    const square = value * value;
    if (square > LARGEST_SCORE_SUM) throw new NumbersError("a score is too large to be added up");
    this.count += 1;
    this.sum.add(value);
    this.squares.add(square);
  }

  shown() {
    return { count: this.count, sum: significant(this.sum.value), sum_of_squares: significant(this.squares.value) };
  }
}

/**
 * One task in one run: an outcome code for each episode index, 0 where there is none, and the moments of its scores.
 */
class EpisodeCell {
  constructor(task, seed) {
    Object.assign(this, { task, seed, codes: new Uint8Array(64), length: 0, scores: new Map() });
  }

  enter(episode) {
    const index = episode.episode_index;
    if (index > HIGHEST_EPISODE_INDEX) throw new NumbersError(`${index} cannot be an episode's index`);
    if (index >= this.codes.length) this.grow(index + 1);
    if (this.codes[index]) {
      const run = `the run with seed ${this.seed}`;
      throw new NumbersError(`episode ${index} of task ${JSON.stringify(this.task)} in ${run} comes twice`);
    }
    this.codes[index] = 1 + OUTCOME_NAMES.indexOf(episode.outcome);
    this.length = Math.max(this.length, index + 1);
    for (const name of ["sum_reward", "max_reward"]) if (name in episode) this.score(name).add(episode[name]);
    if ("score" in episode && "score_kind" in episode) this.score(episode.score_kind).add(episode.score);
  }

  grow(needed) {
    const codes = new Uint8Array(Math.max(needed, 2 * this.codes.length));
    codes.set(this.codes);
    this.codes = codes;
  }

  score(name) {
    if (!this.scores.has(name)) this.scores.set(name, new ScoreMoments());
    return this.scores.get(name);
  }

  /** Codes in the order of the index, without the gaps. */
  observed() {
    return this.codes.subarray(0, this.length).filter((code) => code);
  }

  shown(planned) {
    const observed = this.observed();
    const counts = countsOfCodes(observed);
    const sums = Object.fromEntries([...this.scores].map(([name, moments]) => [name, moments.shown()]));
    const partly = planned > 0 && planned < observed.length;
    return {
      task: this.task,
      seed: this.seed,
      counts,
      planned,
      ...(partly ? { in_plan: countsOfCodes(observed.subarray(0, planned)) } : {}),
      gaps: this.length - observed.length,
      sums,
    };
  }
}

function countsOfCodes(codes) {
  const counts = new Array(OUTCOME_NAMES.length + 1).fill(0);
  for (const code of codes) counts[code] += 1;
  return Object.fromEntries(OUTCOME_NAMES.map((name, index) => [name, counts[index + 1]]));
}

/** See `WorldfluxNumbers.cellsOf`. */
function countEpisodes(lines, auditInput, protocol) {
  const cells = new EpisodeCells();
  let episodes = 0;
  for (const line of lines) {
    cells.of(line.task, line.run_seed).enter(line);
    episodes += 1;
  }
  const plan = planOf(auditInput, protocol);
  const starts = startNumbers(auditInput, protocol);
  return {
    cells: cells.inOrder(plan).map((cell) => cell.shown(plan.has(cell) ? plan.perTask : 0)),
    blocks: countBlocks(cells, plan, starts),
    repeated_starts: countRepeatedStarts(cells, plan, starts),
    episodes,
  };
}

/** Cells by task and run seed. */
class EpisodeCells {
  constructor() {
    this.byTask = new Map();
  }

  /** The cell of a task and a run, made where there is none. */
  of(task, seed) {
    if (!this.byTask.has(task)) this.byTask.set(task, new Map());
    const runs = this.byTask.get(task);
    if (!runs.has(seed)) runs.set(seed, new EpisodeCell(task, seed));
    return runs.get(seed);
  }

  /** The cell of a task and a run, or an empty one that is not kept. */
  find(task, seed) {
    const runs = this.byTask.get(task);
    return (runs && runs.get(seed)) || new EpisodeCell(task, seed);
  }

  /** Planned runs and tasks first, in the order of the plan; the others by name and number. */
  inOrder({ tasks, seeds }) {
    const places = (list) => new Map(list.map((entry, place) => [entry, place]));
    const [ofTask, ofSeed] = [places(tasks), places(seeds)];
    const place = (map, entry) => (map.has(entry) ? map.get(entry) : map.size);
    const cells = [...this.byTask.values()].flatMap((runs) => [...runs.values()]);
    return cells.sort(
      (one, other) =>
        place(ofSeed, one.seed) - place(ofSeed, other.seed) ||
        place(ofTask, one.task) - place(ofTask, other.task) ||
        compareTexts(one.task, other.task) ||
        one.seed - other.seed,
    );
  }
}

/** Order of two texts by their code points. */
function compareTexts(one, other) {
  const [mine, its] = [[...one], [...other]];
  const index = mine.findIndex((letter, place) => letter !== its[place]);
  if (index < 0) return mine.length - its.length;
  return index >= its.length ? 1 : mine[index].codePointAt(0) - its[index].codePointAt(0);
}

/** What the protocol plans, and whether the path of each block was asked for. */
function planOf({ tasks, requested }, { execution }) {
  const { seeds, episodes_per_task: perTask } = execution;
  const [plannedTasks, plannedSeeds] = [new Set(tasks), new Set(seeds)];
  const has = (cell) => plannedTasks.has(cell.task) && plannedSeeds.has(cell.seed);
  return { tasks, seeds, perTask, has, pathAskedFor: Boolean(requested.savi) || "stopping_rule" in execution };
}

/**
 * Numbers of the initial states: environment seeds from a run's start seed on, or indices of stored states, which come
 * again after `modulo` of them (0: they do not).
 *
 * @returns {{ofRun: function(number, number): ?number[], ofEpisode: function(number, number): number}} of the first
 * episodes of a run as [start, stop], or null where they are not known; and of one episode
 */
function startNumbers(auditInput, protocol) {
  const { start_key: key } = auditInput.run.benchmark;
  if (key === "unknown") return { ofRun: () => null, ofEpisode: () => null };
  if (key === "environment_seed") return seededStarts(auditInput, protocol);
  const modulo = storedStates(key, auditInput, protocol);
  return {
    ofRun: (seed, episodes) => [0, modulo ? Math.min(episodes, modulo) : episodes],
    ofEpisode: (seed, index) => (modulo ? index % modulo : index),
  };
}

function storedStates(key, auditInput, protocol) {
  if (key === "index_modulo_batch") return Number(auditInput.run.evaluator.batch_size) || 0;
  const name = protocol.benchmark.name.trim().toLowerCase().replace(/[\s_-]+/g, "_");
  return Object.keys(STORED_STATES).includes(name) ? STORED_STATES[name] : 0;
}

function seededStarts(auditInput, protocol) {
  const { execution } = protocol;
  const onePerRun = execution.seed_semantics === "episode_seed";
  const runs = auditInput.run.runs.filter((run) => "start_seed" in run).map((run) => [run.run_seed, run.start_seed]);
  const first = new Map(onePerRun ? execution.seeds.map((seed) => [seed, seed]) : runs);
  const ofRun = (seed, episodes) => {
    if (!first.has(seed)) return null;
    const start = first.get(seed);
    return [start, start + (onePerRun ? Math.min(episodes, 1) : episodes)];
  };
  return { ofRun, ofEpisode: (seed, index) => first.get(seed) + (onePerRun ? 0 : index) };
}

/** Tells of each range of whole numbers which parts did not come before; ranges are [start, stop]. */
class FreshNumbers {
  constructor() {
    this.seen = []; // rising, none touching another
  }

  /** Parts of a range that are in none added before. */
  add([start, stop]) {
    if (start >= stop) return [];
    const met = this.seen.filter(([first, last]) => last >= start && first <= stop);
    const fresh = [];
    let from = start;
    for (const [first, last] of met) {
      if (first > from) fresh.push([from, first]);
      from = Math.max(from, last);
    }
    if (from < stop) fresh.push([from, stop]);
    const joined = [Math.min(start, ...met.map(([first]) => first)), Math.max(stop, ...met.map(([, last]) => last))];
    const others = this.seen.filter(([first, last]) => last < start || first > stop);
    this.seen = [...others, joined].sort((one, other) => one[0] - other[0]);
    return fresh;
  }
}

function lengthOfRanges(ranges) {
  return ranges.reduce((sum, [start, stop]) => sum + stop - start, 0);
}

/** Complete blocks of each planned run: the j-th block holds the j-th episode of each planned task. */
function countBlocks(cells, plan, starts) {
  const runs = plan.seeds.map((seed) => {
    const codes = plan.tasks.map((task) => cells.find(task, seed).codes);
    const complete = codes.reduce((least, each) => leadingTrials(each, least), plan.perTask);
    return { seed, codes, complete };
  });
  const inFull = plan.pathAskedFor || runs.some((run) => run.complete < plan.perTask);
  const before = new FreshNumbers();
  return runs.map(({ seed, codes, complete }) => {
    const numbers = starts.ofRun(seed, complete);
    const offset = numbers ? numbers[0] : 0;
    const fresh = numbers ? before.add(numbers).map(([from, to]) => [from - offset, to - offset]) : [[0, complete]];
    const repeated = complete - lengthOfRanges(fresh);
    const shown = { seed, tasks: plan.tasks.length, complete, repeated };
    return inFull ? { ...shown, successes: blockSuccesses(codes, fresh) } : shown;
  });
}

/** Number of leading episodes that are a success or a failure, `most` at the most. */
function leadingTrials(codes, most) {
  let leading = 0;
  while (leading < most && (codes[leading] === SUCCESS_CODE || codes[leading] === FAILURE_CODE)) leading += 1;
  return leading;
}

function blockSuccesses(codes, ranges) {
  const counts = [];
  for (const [start, stop] of ranges) {
    for (let index = start; index < stop; index += 1) {
      counts.push(codes.reduce((sum, each) => sum + (each[index] === SUCCESS_CODE ? 1 : 0), 0));
    }
  }
  return counts.join(" ");
}

/** Shares of successes per initial state, for each task whose trials share states. */
function countRepeatedStarts(cells, plan, starts) {
  const possible = plan.tasks.filter((task) => canShareStates(task, cells, plan, starts));
  const averaged = possible.map((task) => averagedStates(task, cells, plan, starts));
  return averaged.filter((entry) => entry.starts < entry.trials);
}

/** Whether two episodes of a task can have one state, told from ranges alone. */
function canShareStates(task, cells, plan, starts) {
  const before = new FreshNumbers();
  let [episodes, fresh] = [0, 0];
  for (const seed of plan.seeds) {
    const { length } = cells.find(task, seed);
    const numbers = starts.ofRun(seed, length);
    if (!numbers && length) return false;
    if (!numbers) continue;
    episodes += length;
    fresh += lengthOfRanges(before.add(numbers));
  }
  return fresh < episodes;
}

function averagedStates(task, cells, plan, starts) {
  const states = new Map();
  let trials = 0;
  for (const seed of plan.seeds) {
    for (const { index, success } of plannedTrials(cells.find(task, seed), plan.perTask)) {
      const number = starts.ofEpisode(seed, index);
      const [successes, count] = states.get(number) || [0, 0];
      states.set(number, [successes + success, count + 1]);
      trials += 1;
    }
  }
  const shares = [...states.values()].map(([successes, count]) => successes / count);
  return {
    task,
    starts: shares.length,
    trials,
    sum: significant(exactSum(shares)),
    sum_of_squares: significant(exactSum(shares.map((share) => share * share))),
  };
}

/** Successes and failures among the first `planned` episodes that were observed, by index. */
function plannedTrials({ codes, length }, planned) {
  const trials = [];
  let seen = 0;
  for (let index = 0; index < length && seen < planned; index += 1) {
    if (!codes[index]) continue;
    seen += 1;
    if (codes[index] === SUCCESS_CODE || codes[index] === FAILURE_CODE) {
      trials.push({ index, success: codes[index] === SUCCESS_CODE ? 1 : 0 });
    }
  }
  return trials;
}

// --- 59-5-laws.js
/*
 * What holds of every audit input, whatever its episodes were: all that can be asked of cells whose episodes are
 * withheld. Nothing else keeps an author from writing more successes than episodes.
 */

const SUM_ROUNDING = 1e-9;
const MOST_SIMULATED = 10_000_000;

/** @throws {NumbersError} the first law that is broken */
function requireLaws({ claim, protocol, auditInput, evidence }) {
  const plan = planOf(auditInput, protocol);
  requireLawfulRuns(auditInput, plan);
  requireLabels(claim, auditInput, plan, evidence.protocol.hash);
  requireLawfulCells(auditInput, plan);
  requireLawfulBlocks(auditInput, plan);
  requireLawfulStarts(auditInput, plan);
  requireLawfulRequest(auditInput.requested);
}

function broken(message, pointer) {
  return new NumbersError(`audit_input.json${pointer}: ${message}`);
}

/** Each planned task stands once, and a run is marked as planned exactly where the protocol has its seed. */
function requireLawfulRuns({ tasks, run }, { seeds }) {
  if (new Set(tasks).size < tasks.length) throw broken("a task comes twice", "/tasks");
  run.runs.forEach((each, index) => {
    if (each.in_plan !== seeds.includes(each.run_seed)) {
      throw broken(`the plan says otherwise of the run seed ${each.run_seed}`, `/run/runs/${index}/in_plan`);
    }
  });
}

/** What is missing whatever the episodes were has to be named. */
function requireLabels(claim, { tasks, run, requested, missing_evidence: labels }, { pathAskedFor }, protocolHash) {
  const lacksOrder = tasks.length > 1 && pathAskedFor && !("episode_order" in run.evaluator);
  const following = [
    ...(lacksOrder ? ["episode_order"] : []),
    ...(precedenceOf(requested, protocolHash) === "proven" ? [] : ["plan_precedence"]),
    ...(claim.selection ? [] : ["checkpoint_selection"]),
  ];
  const absent = following.find((label) => !labels.includes(label));
  if (absent) throw broken(`${absent} follows and is not there`, "/missing_evidence");
}

function requireLawfulCells({ cells, episodes, duplicate }, plan) {
  const seen = new Set();
  cells.forEach((cell, index) => {
    const key = cellKey(cell.task, cell.seed);
    const fault = seen.has(key) ? "the cell comes twice" : faultOfCell(cell, plan.has(cell) ? plan.perTask : 0);
    if (fault) throw broken(fault, `/cells/${index}`);
    seen.add(key);
  });
  const counts = sumOf(cells.map((cell) => observedOf(cell.counts)));
  if (counts !== episodes.count) {
    throw broken(`stored ${counted(episodes.count)}, the cells hold ${counted(counts)}`, "/episodes/count");
  }
  if (duplicate !== 0) throw broken("an audit refuses an episode that comes twice", "/duplicate");
}

function faultOfCell(cell, planned) {
  const observed = observedOf(cell.counts);
  if (cell.planned !== planned) return `stored as planned ${counted(cell.planned)}; the plan has ${counted(planned)}`;
  if (observed < 1 || observed > HIGHEST_EPISODE_INDEX + 1 || cell.gaps > HIGHEST_EPISODE_INDEX) {
    return "no cell has so many episodes, or so few";
  }
  if (Object.values(cell.sums).some((moments) => moments.count > observed)) return "more scores than episodes";
  return faultOfPlannedPart(cell, planned, observed);
}

function faultOfPlannedPart(cell, planned, observed) {
  const isPart = planned > 0 && planned < observed;
  if ("in_plan" in cell !== isPart) return "in_plan stands there exactly where the plan covers a part";
  if (!isPart) return null;
  const [within, all] = [allOutcomes(cell.in_plan), allOutcomes(cell.counts)];
  const isPossible = observedOf(within) === planned && OUTCOME_NAMES.every((name) => within[name] <= all[name]);
  return isPossible ? null : `the plan covers ${counted(planned)} of these episodes`;
}

function trialsOfCell(cell) {
  const { success, failure } = plannedCounts(cell);
  return success + failure;
}

function requireLawfulBlocks({ blocks, cells }, plan) {
  const wanted = plan.seeds.map((seed) => `${seed} ${plan.tasks.length}`);
  if (blocks.map((run) => `${run.seed} ${run.tasks}`).join() !== wanted.join()) {
    throw broken("there is one entry for each run of the plan, in order", "/blocks");
  }
  const bySeed = groupedBy(cells.filter((cell) => cell.planned), (cell) => cell.seed, plan.seeds);
  blocks.forEach((run, index) => {
    const trials = bySeed.get(run.seed).map(trialsOfCell);
    const most = trials.length === plan.tasks.length ? trials.reduce((least, each) => Math.min(least, each)) : 0;
    if (run.complete > most || run.repeated > run.complete || !hasLawfulSuccesses(run)) {
      throw broken(`the cells allow ${counted(most)} complete blocks at most`, `/blocks/${index}`);
    }
  });
}

/** Whether there is one number for each block that is new, none above the number of tasks. */
function hasLawfulSuccesses(run) {
  if (!("successes" in run)) return true;
  const texts = run.successes === "" ? [] : run.successes.split(" ");
  const isCount = (text) => /^(0|[1-9]\d*)$/.test(text) && Number(text) <= run.tasks;
  return texts.length === run.complete - run.repeated && texts.every(isCount);
}

function requireLawfulStarts({ repeated_starts: entries, cells }, plan) {
  if (new Set(entries.map((entry) => entry.task)).size < entries.length) {
    throw broken("a task comes twice", "/repeated_starts");
  }
  const byTask = groupedBy(cells.filter((cell) => cell.planned), (cell) => cell.task, plan.tasks);
  entries.forEach((entry, index) => {
    const trials = sumOf((byTask.get(entry.task) || []).map(trialsOfCell));
    if (trials !== entry.trials || !isLawfulAverage(entry)) {
      throw broken("the cells do not allow these averages", `/repeated_starts/${index}`);
    }
  });
}

/** Whether these can be the sums of shares, of which each lies between 0 and 1. */
function isLawfulAverage({ starts, trials, sum, sum_of_squares: squares }) {
  const slack = 1 + SUM_ROUNDING;
  return starts > 0 && starts < trials && squares >= 0 && squares <= sum * slack && sum <= starts * slack;
}

function requireLawfulRequest({ ppi: pairs }) {
  if (!pairs) return;
  const real = realEpisodes(pairs);
  const isPossible =
    real >= 2 && real <= MOST_SIMULATED && pairs.simulated >= 1 && pairs.simulated <= MOST_SIMULATED;
  if (!isPossible || pairs.simulated_successes > pairs.simulated) {
    throw broken("no file of simulated episodes gives these counts", "/requested/ppi");
  }
}

// --- 59-6-compare.js
/*
 * Stored and recomputed side by side. Whole numbers, texts and truth values have to be the same. Numbers with a
 * fraction were written to twelve significant digits by another numerical library and may differ by 1e-9 of their size.
 */

const RELATIVE_TOLERANCE = 1e-9;
/** Of differences of numbers near 1, and of ends that a bisection finds: they can lie at 0 but for their rounding. */
const ROUNDING_NEAR_ZERO = 1e-13;
/** Of log e-values, whose parts grow with the number of trials and cancel: one part in 10^8 of the e-value itself. */
const LOG_TOLERANCE = 1e-8;

/** Fields whose numbers have a fraction; all others are counted. */
const MEASURED_FIELDS = new Set([
  "value", "threshold", "threshold_upper", "estimate", "micro", "macro", "confidence", "lower", "upper",
  "design_effect", "attained_size", "at", "at_claim", "mde", "log_e_support", "log_e_refute", "log_e_needed",
  "difference", "adjusted", "worst", "best", "lam", "alpha",
]);
const NEAR_ZERO_FIELDS = new Set(["lower", "upper", "difference", "estimate", "at_claim", "attained_size"]);
const LOG_FIELDS = new Set(["log_e_support", "log_e_refute", "log_e_needed"]);
const SUM_FIELDS = new Set(["sum", "sum_of_squares"]);
const VERDICT_FIELDS = new Set(["verdict", "observed_verdict"]);

/** Counts that are taken from the cells as they are: without the episodes, the author attests them. */
const ATTESTED_COUNTS = [
  /^\/denominator\/(?!planned|worst|best)\w+$/,
  /^\/slices\/by_(task|seed)\/\d+\/(successes|trials)$/,
  /^\/metrics\/\d+\/(successes|trials|decision_trials|sequential\/blocks)$/,
];

/** See `WorldfluxNumbers.compare`. */
function compareEvidence(stored, recomputed, { episodes }) {
  const rows = [];
  for (const leaf of pairedLeaves(stored, recomputed, "")) {
    const row = rowOf(leaf, episodes);
    if (row) rows.push(row);
  }
  return rows;
}

function rowOf({ pointer, field, stored, recomputed, isEValue }, episodes) {
  const row = { pointer, stored };
  if (recomputed !== undefined) row.recomputed = recomputed;
  if (!sameLeaf(stored, recomputed, field, isEValue)) return { ...row, status: "mismatch" };
  if (typeof stored !== "number" && !VERDICT_FIELDS.has(field)) return null;
  if (episodes || !ATTESTED_COUNTS.some((pattern) => pattern.test(pointer))) return { ...row, status: "recomputed" };
  return { ...row, status: "attested", reason: "counted from episodes that are withheld" };
}

/** Every place where either value has a leaf; a part that only one side has is one place. */
function* pairedLeaves(stored, recomputed, pointer, field = "", isEValue = false) {
  if (isTree(stored) && isTree(recomputed) && Array.isArray(stored) === Array.isArray(recomputed)) {
    const ofE = stored.method === "e_value" && recomputed.method === "e_value";
    for (const key of new Set([...Object.keys(recomputed), ...Object.keys(stored)])) {
      const here = `${pointer}/${key.replace(/~/g, "~0").replace(/\//g, "~1")}`;
      const name = Array.isArray(stored) ? field : key;
      yield* pairedLeaves(ownValue(stored, key), ownValue(recomputed, key), here, name, ofE);
    }
  } else {
    yield { pointer, field, stored, recomputed, isEValue };
  }
}

function isTree(value) {
  return typeof value === "object" && value !== null;
}

function ownValue(tree, key) {
  return Object.prototype.hasOwnProperty.call(tree, key) ? tree[key] : undefined;
}

/** Whether two leaves are the same. */
function sameLeaf(stored, recomputed, field, isEValue) {
  if (typeof stored === "number" && typeof recomputed === "number" && MEASURED_FIELDS.has(field)) {
    return sameMeasure(stored, recomputed, field, isEValue);
  }
  if (isTree(stored) || isTree(recomputed)) return bothEmpty(stored, recomputed);
  return stored === recomputed;
}

/** Two empty lists, or two empty objects: they have no leaves to be compared by. */
function bothEmpty(stored, recomputed) {
  return isTree(stored) && isTree(recomputed) && JSON.stringify(stored) === JSON.stringify(recomputed);
}

function sameMeasure(stored, recomputed, field, isEValue) {
  const gap = Math.abs(stored - recomputed);
  const size = Math.max(Math.abs(stored), Math.abs(recomputed));
  if (gap <= RELATIVE_TOLERANCE * size) return true;
  if (LOG_FIELDS.has(field)) return gap <= LOG_TOLERANCE;
  if (isEValue) return gap <= LOG_TOLERANCE * size;
  return NEAR_ZERO_FIELDS.has(field) && gap <= ROUNDING_NEAR_ZERO;
}

/** Whether two leaves of the counts are the same; sums of scores have a fraction. */
function sameCount(stored, recomputed, field) {
  if (isTree(stored) || isTree(recomputed)) return bothEmpty(stored, recomputed);
  if (stored === undefined || !SUM_FIELDS.has(field)) return stored === recomputed;
  return sameMeasure(stored, recomputed, field, false);
}

/** See `WorldfluxNumbers.compareCells`. */
function compareCounts(auditInput, recounted) {
  const differences = [];
  for (const name of ["cells", "blocks", "repeated_starts"]) {
    for (const { pointer, field, stored, recomputed } of pairedLeaves(auditInput[name], recounted[name], `/${name}`)) {
      if (!sameCount(stored, recomputed, field)) differences.push({ pointer, stored, recomputed });
    }
  }
  return differences;
}

// --- 59-7-asked-for.js
/*
 * stopping.json and ppi.json again: the members that only a stopping rule or an option of the audit asks for.
 */

/** The path of the e-values of every primary success rate; null where nobody asked for it. */
function stoppingAgain(given, evidenceId) {
  if (!given.stopsByRule && !given.auditInput.requested.savi) return null;
  const obstacle = obstacleToStopping(given);
  const { tasks } = given.auditInput;
  const metrics = given.claim.expected_metrics.map((metric) => metricPath(metric, given)).filter((path) => path);
  const rule = given.protocol.execution.stopping_rule;
  return {
    schema_version: "worldflux.stopping.v0_draft",
    evidence_id: evidenceId,
    status: obstacle ? "savi_not_applicable" : "applicable",
    note: obstacle || "",
    planned: given.stopsByRule,
    stopped_early: given.ledger.denominator.not_run > 0,
    alpha: given.rule.alpha,
    log_e_needed: significant(-Math.log(given.rule.alpha)),
    tasks: tasks.length,
    blocks: given.blocks.length,
    episodes: given.blocks.length * tasks.length,
    metrics,
    ...(rule ? { rule: { check_every: 1, min_blocks: 1, ...rule } } : {}),
  };
}

function metricPath(metric, given) {
  const hypotheses = rateHypotheses(metric, given.rule);
  if (hypotheses instanceof Obstacle || "task" in metric || roleOf(metric) !== "primary") return null;
  const path = pathOf(hypotheses, given);
  const { found, block } = decisionOf(path);
  return {
    name: metric.name,
    threshold: hypotheses[0].threshold.toNumber(),
    decision: found || "none",
    decided_at: block,
    decided_after_episodes: block === null ? null : block * given.auditInput.tasks.length,
    path: path.looks.map((look, index) => ({
      block: look,
      log_e_support: significant(path.support[index]),
      log_e_refute: significant(path.refute[index]),
    })),
  };
}

/** Every reading of the real success rate, side by side; null without simulated episodes. */
function simulationAgain(given, evidenceId) {
  const { ppi: pairs } = given.auditInput.requested;
  if (!pairs) return null;
  const confidence = decisionConfidence(given.rule.alpha);
  const result = predictionPowered(pairs, confidence);
  const real = realEpisodes(pairs);
  const successes = pairs.both + pairs.real_only;
  const unweighted = pairs.simulated_successes / pairs.simulated + (pairs.real_only - pairs.simulated_only) / real;
  const alone = rateInterval(successes, real, "wilson", confidence);
  const betting = predictionPoweredBetting(pairs, confidence);
  return {
    schema_version: "worldflux.ppi.v0_draft",
    evidence_id: evidenceId,
    pairs,
    real,
    discordant: result.discordant,
    gate_passed: !result.obstacles.length,
    reasons: result.obstacles,
    readings: [
      simulationRow("real_only", successes / real, alone, confidence, null),
      simulationRow("ppi", result.estimate, result, confidence, result.lam),
      simulationRow("ppi_betting", unweighted, betting, confidence, 1),
    ],
  };
}

function simulationRow(method, estimate, { lower, upper }, confidence, lam) {
  return {
    method,
    estimate: significant(estimate),
    interval: {
      method: method === "real_only" ? "wilson" : method,
      confidence: significant(confidence),
      lower: significant(lower),
      upper: significant(upper),
    },
    lam: significantOrNull(lam),
    asymptotic: method !== "ppi_betting",
  };
}

// --- 59-9-numbers.js
/* The numbers of a package, computed again: what the other parts may use. The contract stands in part 00. */

const WorldfluxNumbers = Object.freeze({
  /** Everything that follows from claim, protocol and audit input, by rules v1. */
  recompute(documents) {
    requireLaws(documents);
    return recomputeEvidence(documents);
  },

  /** The members that only a stopping rule or an option of the audit asks for. */
  askedFor(documents) {
    const given = givenOf(documents);
    const { id } = documents.evidence;
    return { "stopping.json": stoppingAgain(given, id), "ppi.json": simulationAgain(given, id) };
  },

  cellsOf: countEpisodes,
  compareCells: compareCounts,
  compare: compareEvidence,
  notRecomputed: Object.freeze([
    "which tasks the names in the protocol's task list stand for: the tasks of audit_input.json are taken as they are",
  ]),
});

// --- 60-verify.js
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

// --- 70-node.js
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

// --- 80-page.js
/* The page: drop a package, read what became of it. Whatever comes from a package is set as text, never as markup. */

/** Connect the page's controls. */
function startPage(root) {
  const page = new Page(root);
  for (const id of ["package-file", "package-folder"]) {
    page.control(id).addEventListener("click", (event) => {
      event.target.value = "";
    }); // so the same one can come again
    page.control(id).addEventListener("change", (event) => page.take([...event.target.files]));
  }
  page.control("trust-file").addEventListener("change", () => page.again());
  page.control("profile").addEventListener("change", () => page.again());
  connectDropping(root, page);
}

function connectDropping(root, page) {
  const target = page.control("drop");
  const within = (is) => target.classList.toggle("over", is);
  root.addEventListener("dragover", (event) => {
    event.preventDefault();
    within(true);
  });
  root.addEventListener("dragleave", () => within(false));
  root.addEventListener("drop", async (event) => {
    event.preventDefault();
    within(false);
    page.take(await droppedFiles(event.dataTransfer));
  });
}

/** Files that were dropped; a folder with all that lies in it. */
async function droppedFiles(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry()).filter(Boolean);
  if (entries.length !== 1 || !entries[0].isDirectory) return [...transfer.files];
  return filesBelow(entries[0], `${entries[0].name}/`);
}

async function filesBelow(folder, path) {
  const reader = folder.createReader();
  const next = () =>
    new Promise((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
  const files = [];
  for (let entries = await next(); entries.length > 0; entries = await next()) {
    for (const entry of entries) {
      if (entry.isDirectory) files.push(...(await filesBelow(entry, `${path}${entry.name}/`)));
      else files.push(await fileOf(entry, path + entry.name));
    }
  }
  return files;
}

function fileOf(entry, path) {
  return new Promise((resolve, reject) => {
    entry.file((file) => resolve({ path, name: file.name, arrayBuffer: () => file.arrayBuffer() }), reject);
  });
}

class Page {
  constructor(root) {
    this.root = root;
    this.chosen = [];
    this.run = 0;
  }

  control(id) {
    return this.root.querySelector(`#${id}`);
  }

  take(files) {
    if (files.length === 0) return;
    this.chosen = files;
    this.again();
  }

  /** Verify what was chosen, with the trust file and profile that stand there now. */
  async again() {
    if (this.chosen.length === 0) return;
    this.run += 1;
    const run = this.run;
    this.show(element("p", { class: "working", role: "status", text: "Checking every byte and every number…" }));
    await new Promise((resolve) => {
      setTimeout(resolve, 30);
    }); // lets the page paint before the work begins
    const elements = await this.outcome();
    if (run !== this.run) return; // something else was chosen meanwhile
    this.show(...elements);
    const heading = this.root.querySelector("#result h2");
    if (heading) heading.focus();
  }

  async outcome() {
    try {
      return reportElements(await this.verify(), this.name());
    } catch (error) {
      return [problemElement(error)];
    }
  }

  /** What was chosen: the archive, or the folder. */
  name() {
    return chosenPath(this.chosen[0]).split("/")[0];
  }

  async verify() {
    const profile = this.control("profile").value;
    const [trustFile] = this.control("trust-file").files;
    const trust = trustFile ? parseTrust(await bytesOf(trustFile), trustFile.name) : undefined;
    try {
      return await verifyPackage({ files: await this.files(), trust, profile });
    } catch (error) {
      if (error instanceof GateFailure) return refusedTree(error, profile);
      throw error;
    }
  }

  /** One file is an archive; several are a folder. */
  async files() {
    if (this.chosen.length === 1 && !chosenPath(this.chosen[0]).includes("/"))
      return unpackArchive(await bytesOf(this.chosen[0]));
    const files = new Map();
    for (const file of this.chosen) {
      const path = chosenPath(file);
      files.set(path.slice(path.indexOf("/") + 1), await bytesOf(file));
    }
    return files;
  }

  show(...elements) {
    this.control("result").replaceChildren(...elements);
  }
}

function chosenPath(file) {
  return file.path || file.webkitRelativePath || file.name;
}

async function bytesOf(file) {
  return new Uint8Array(await file.arrayBuffer());
}

// --- 82-page-report.js
/* The report as the page shows it, the conclusion first. */

const PAGE_ROWS = 400;
const STATUS_ORDER = Object.freeze(["mismatch", "attested", "recomputed"]);
const STATUS_SIGNS = Object.freeze({ pass: "✓", fail: "✕", skipped: "–" });
const CONCLUSIONS = Object.freeze({
  verified: ["Verified", "The bytes are the signed ones, the signer is one that you trust, and the numbers follow."],
  unknown: [
    "Sound, signer unknown",
    "The bytes are the signed ones and the numbers follow. Whose key signed them, nobody here knows.",
  ],
  refused: ["Refused", "Do not rely on this package."],
});

/** Make an element; `text` is set as text. */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  const { text, ...others } = attributes;
  for (const [name, value] of Object.entries(others)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

function problemElement(error) {
  const known = error instanceof TrustFailure || error instanceof UsageFailure;
  const reason = known
    ? error.message
    : `The verifier itself failed (${error.message}). Nothing is said about the package.`;
  return element(
    "section",
    { class: "conclusion refused" },
    element("h2", { tabindex: "-1", text: "Cannot verify" }),
    element("p", { text: reason }),
  );
}

/** The report: what it comes to, who signed, what the gates say, every number, and what nobody checked. */
function reportElements(report, name) {
  return [
    conclusionElement(report, name),
    ...(report.package ? [packageElement(report)] : []),
    signerElement(report),
    gatesElement(report.gates),
    ...(report.numbers.length > 0 ? [numbersElement(report)] : []),
    ...(report.reviews.length > 0 ? [reviewsElement(report.reviews)] : []),
    listElement("Not checked", report.not_checked),
  ];
}

function conclusionElement(report, name) {
  const kind = report.ok ? "verified" : report.exit_code === UNKNOWN_SIGNER ? "unknown" : "refused";
  const [title, sentence] = CONCLUSIONS[kind];
  const failed = report.gates.find((gate) => gate.status === "fail");
  const reasons = failed
    ? [
        element("p", {}, element("strong", { text: `Failed at: ${failed.name}` })),
        element("p", { class: "reason", text: visibleBlock(failed.detail) }),
        ...(failed.next ? [element("p", { text: failed.next })] : []),
      ]
    : [];
  return element(
    "section",
    { class: `conclusion ${kind}`, "data-exit-code": String(report.exit_code), "data-of": name },
    element("h2", { tabindex: "-1", text: title }),
    ...reasons,
    ...(failed ? [] : [element("p", { text: sentence + attestedSentence(report.counts) })]),
    element("p", {
      class: "quiet",
      text: `${visibleText(name)}: exit code ${report.exit_code}${failed ? `, ${failed.code}` : ""}`,
    }),
  );
}

function attestedSentence({ attested }) {
  return attested > 0
    ? ` ${counted(attested)} counts are the author's word: the episodes behind them are withheld.`
    : "";
}

function visibleBlock(text) {
  return text.split("\n").map(visibleText).join("\n");
}

/** What the package says of itself; where it was refused, nothing of it is shown as if it held. */
function packageElement({ package: shown, ok, exit_code: exitCode }) {
  const holds = ok || exitCode === UNKNOWN_SIGNER;
  const episodes =
    shown.level === "episodes" ? "counted again from every episode" : "computed from counts; episodes withheld";
  return element(
    "section",
    {},
    element("h3", { text: holds ? "What it says" : "What the refused package says" }),
    element("p", { class: `verdict ${holds ? shown.verdict : ""}`, text: inWords(shown.verdict) }),
    element("p", { class: "headline", text: visibleText(shown.headline) }),
    factsElement([
      ["package", shown.manifest.replace("sha256:", "")],
      ["evidence", shown.evidence_id],
      ["claim", shown.claim_id],
      [
        "claim and protocol",
        shown.binding === "bound" ? "bound by hash" : "not bound: the protocol holds a placeholder",
      ],
      ["plan older than the run", inWords(shown.precedence)],
      ...(holds ? [["numbers", episodes]] : []),
      ...(shown.withheld.length > 0 ? [["withheld", shown.withheld.join(", ")]] : []),
    ]),
  );
}

function factsElement(rows) {
  return element(
    "dl",
    {},
    ...rows.flatMap(([name, value]) => [
      element("dt", { text: name }),
      element("dd", /^[0-9a-f]{64}$/.test(value) ? { class: "digest" } : { text: value }, ...digestGroups(value)),
    ]),
  );
}

/** A digest in groups of eight, which people can compare; a text is left to the caller. */
function digestGroups(value) {
  if (!/^[0-9a-f]{64}$/.test(value)) return [];
  return value.match(/.{8}/g).flatMap((group) => [element("span", { text: group }), document.createElement("wbr")]);
}

function signerElement({ signers }) {
  const known = signers.map((signer) =>
    factsElement([
      ["signer", signer.trust === "policy" ? visibleText(signer.label) : "not in a trust file that you gave"],
      ["key", signer.keyid],
      ["algorithm", signer.algorithm],
      ["signed, by the signer's clock", signer.signed_at_claimed],
    ]),
  );
  return element(
    "section",
    {},
    element("h3", { text: "Who signed" }),
    ...(known.length > 0 ? known : [element("p", { text: "No signature of a key was verified." })]),
  );
}

function gatesElement(gates) {
  return element(
    "section",
    {},
    element("h3", { text: "Gates" }),
    element(
      "ol",
      { class: "gates" },
      ...gates.map((gate) =>
        element(
          "li",
          { class: gate.status },
          element("span", { class: "sign", "aria-hidden": "true", text: STATUS_SIGNS[gate.status] }),
          element(
            "div",
            {},
            element(
              "p",
              {},
              element("strong", { text: gate.name }),
              element("span", { class: "status", text: ` ${gate.status}` }),
            ),
            element("p", { class: "detail", text: visibleBlock(gate.detail) }),
          ),
        ),
      ),
    ),
  );
}

function numbersElement({ numbers, counts }) {
  const rows = [...numbers].sort((left, right) => rankOf(left) - rankOf(right));
  const body = element("tbody", {}, ...rows.slice(0, PAGE_ROWS).map(numberRow));
  const more = rows.slice(PAGE_ROWS);
  return element(
    "section",
    {},
    element("h3", { text: "Numbers" }),
    element(
      "p",
      { class: "counts" },
      ...STATUS_ORDER.map((status) =>
        element("span", {
          class: `chip ${counts[status] > 0 ? status : "none"}`,
          text: `${counted(counts[status])} ${status}`,
        }),
      ),
    ),
    element("p", {
      class: "quiet",
      text:
        "recomputed: this page computed it again and found the same. " +
        "attested: the author's count; its episodes are not here. mismatch: it does not follow.",
    }),
    element(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": "All numbers" },
      element(
        "table",
        {},
        element(
          "thead",
          {},
          element(
            "tr",
            {},
            ...["number", "stored", "recomputed", "status"].map((title) =>
              element("th", { scope: "col", text: title }),
            ),
          ),
        ),
        body,
      ),
    ),
    ...(more.length > 0 ? [moreButton(body, more)] : []),
  );
}

/** What does not follow stands first; readings that only inform stand last. */
function rankOf({ status, pointer }) {
  return 2 * STATUS_ORDER.indexOf(status) + (pointer.includes("/sensitivity/") ? 1 : 0);
}

function numberRow(row) {
  const again = row.reason || ("recomputed" in row ? shownValue(row.recomputed) : "");
  return element(
    "tr",
    { class: row.status },
    element("td", { class: "pointer", text: visibleText(row.pointer) }),
    element("td", { class: "value", text: visibleText(shownValue(row.stored)) }),
    element("td", { class: "value", text: again === "" ? "" : visibleText(again) }),
    element("td", { text: row.status }),
  );
}

function moreButton(body, rows) {
  const button = element("button", { type: "button", text: `Show ${counted(rows.length)} more` });
  button.addEventListener("click", () => {
    body.append(...rows.map(numberRow));
    button.remove();
  });
  return button;
}

function reviewsElement(reviews) {
  return element(
    "section",
    {},
    element("h3", { text: "Reviews" }),
    ...reviews.map((review) =>
      factsElement(
        review.good
          ? [
              ["decision", inWords(review.decision)],
              ["note", visibleBlock(review.note)],
              [
                "reviewer",
                review.signer.trust === "policy"
                  ? visibleText(review.signer.label)
                  : "not in a trust file that you gave",
              ],
              ["key", review.signer.keyid],
            ]
          : [
              ["file", visibleText(review.file)],
              ["not counted", visibleBlock(review.problem)],
            ],
      ),
    ),
  );
}

function listElement(title, lines) {
  return element(
    "section",
    {},
    element("h3", { text: title }),
    element("ul", {}, ...lines.map((line) => element("li", { text: visibleText(line) }))),
  );
}

// --- 90-exports.js
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
})();
