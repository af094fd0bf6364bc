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
