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
