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
