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
