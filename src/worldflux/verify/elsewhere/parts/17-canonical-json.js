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
