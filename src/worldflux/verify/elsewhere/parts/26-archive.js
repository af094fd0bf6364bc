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
