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
