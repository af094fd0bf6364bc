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
