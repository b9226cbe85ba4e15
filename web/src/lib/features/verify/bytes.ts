/** Bytes of sealed files: digits, checksums, hashes, signatures; and which byte explains a checksum. */

export type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

export const bytesOf = (text: string): Bytes => encoder.encode(text);

/** The text of these bytes; `null` when they are none. */
export function textOf(bytes: Bytes): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

/** The value of these bytes as JSON; `null` when they are none. */
export function jsonOf(bytes: Bytes): unknown {
  try {
    return JSON.parse(textOf(bytes) ?? '') as unknown;
  } catch {
    return null;
  }
}

export const hex = (bytes: Bytes): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** The bytes of lower case hexadecimal digits; `null` for anything else. */
export function unhex(text: string): Bytes | null {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) return null;
  return Uint8Array.from({ length: text.length / 2 }, (_, at) => Number.parseInt(text.slice(2 * at, 2 * at + 2), 16));
}

export function same(one: Bytes, other: Bytes): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

export function concat(pieces: Bytes[]): Bytes {
  const all = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** Whether `needle` stands in `bytes` at `at`. */
export function standsAt(bytes: Bytes, needle: Bytes, at: number): boolean {
  if (at < 0 || at + needle.length > bytes.length) return false;
  for (let step = 0; step < needle.length; step += 1) if (bytes[at + step] !== needle[step]) return false;
  return true;
}

/** Where `needle` stands last; -1 for nowhere. */
export function lastIndexOf(bytes: Bytes, needle: Bytes): number {
  for (let at = bytes.length - needle.length; at >= 0; at -= 1) if (standsAt(bytes, needle, at)) return at;
  return -1;
}

export async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

/** Whether the signature of these bytes was made by this key. */
export async function isSigned(key: Bytes, bytes: Bytes, signature: Bytes): Promise<boolean> {
  let known: CryptoKey;
  try {
    known = await crypto.subtle.importKey('raw', key, 'Ed25519', false, ['verify']);
  } catch (failure) {
    // Bytes that are no key are a finding; a browser that does not know such keys is not.
    if (failure instanceof DOMException && failure.name === 'DataError') return false;
    throw failure;
  }
  return crypto.subtle.verify('Ed25519', known, signature, bytes);
}

/** Whether this browser can check hashes and signatures here (it wants https, or this machine). */
export async function canVerify(): Promise<boolean> {
  if (typeof crypto === 'undefined' || crypto.subtle === undefined) return false;
  try {
    await crypto.subtle.importKey('raw', unhex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a')!, 'Ed25519', false, ['verify']);
    return true;
  } catch {
    return false;
  }
}

/** The name of a public key: the first 32 digits of its SHA-256. */
export const keyId = async (key: Bytes): Promise<string> => hex(await sha256(key)).slice(0, 32);

/** One step of CRC-32 for each value of a byte. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let state = byte;
  for (let bit = 0; bit < 8; bit += 1) state = state & 1 ? 0xedb88320 ^ (state >>> 1) : state >>> 1;
  return state >>> 0;
});

/** Which byte's step has this first byte: the first bytes of all steps differ. */
const BY_FIRST = new Uint8Array(256);
TABLE.forEach((step, byte) => (BY_FIRST[step >>> 24] = byte));

export function crc32(bytes: Bytes): number {
  let state = 0xffffffff;
  for (let at = 0; at < bytes.length; at += 1) state = (state >>> 8) ^ TABLE[(state ^ bytes[at]!) & 0xff]!;
  return ~state >>> 0;
}

export const crc32Hex = (bytes: Bytes): string => crc32(bytes).toString(16).padStart(8, '0');

/** The checksum that eight digits say; `null` when they are none. */
export function checksum(digits: string | null): number | null {
  return digits !== null && /^[0-9a-fA-F]{8}$/.test(digits) ? Number.parseInt(digits, 16) : null;
}

/** A byte that may be wrong: where it stands, and what it should be. */
export type Suspect = { offset: number; should_be: number };

/**
 * Every single byte whose change would give `bytes` the checksum `stated`: the difference of the two
 * checksums is rewound over the bytes, from the last one on, and compared with what one byte makes.
 */
export function suspects(bytes: Bytes, stated: number): Suspect[] {
  const found: Suspect[] = [];
  let difference = (crc32(bytes) ^ stated) >>> 0;
  if (difference === 0) return found;
  for (let offset = bytes.length - 1; offset >= 0; offset -= 1) {
    const step = BY_FIRST[difference >>> 24]!;
    if (step !== 0 && TABLE[step] === difference) found.push({ offset, should_be: bytes[offset]! ^ step });
    difference = (((difference ^ TABLE[step]!) << 8) | step) >>> 0;
  }
  return found;
}

/** The same bytes with one of them put right. */
export function repaired(bytes: Bytes, { offset, should_be }: Suspect): Bytes {
  const copy = bytes.slice();
  copy[offset] = should_be;
  return copy;
}

/** What a signed list says of some bytes. */
export type SignedAs = { bytes: number; crc32: string; sha256: string };

/** The one byte that is not the signed one: found by the checksum, confirmed by the SHA-256. */
export async function oneByte(bytes: Bytes, signed: SignedAs): Promise<Suspect | null> {
  const stated = checksum(signed.crc32);
  if (bytes.length !== signed.bytes || stated === null) return null;
  for (const suspect of suspects(bytes, stated)) {
    if (hex(await sha256(repaired(bytes, suspect))) === signed.sha256) return suspect;
  }
  return null;
}
