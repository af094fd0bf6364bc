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
