/** The one form of a dossier's archive: whoever knows its files knows every byte around them. */
import { bytesOf, concat, standsAt, textOf, type Bytes } from './bytes.ts';

/** What stands before the eight digits at the end of the comment. */
export const TAIL = bytesOf('chantier.tail.crc32=');

/** A file as the wrapping names it. */
export type Entry = { path: string; crc32: number; bytes: number };

const LOCAL_BYTES = 30;

/** Numbers of these widths in bytes, little-endian. */
function numbers(...pairs: [value: number, width: 2 | 4][]): Bytes {
  const out = new DataView(new ArrayBuffer(pairs.reduce((all, [, width]) => all + width, 0)));
  let at = 0;
  for (const [value, width] of pairs) {
    if (width === 2) out.setUint16(at, value, true);
    else out.setUint32(at, value, true);
    at += width;
  }
  return new Uint8Array(out.buffer);
}

/** What both headers of a file say alike: UTF-8, stored, 1 January 1980, its checksum and lengths. */
function shared(entry: Entry): Bytes {
  return numbers([0x0800, 2], [0, 2], [0, 2], [0x21, 2], [entry.crc32, 4], [entry.bytes, 4], [entry.bytes, 4], [bytesOf(entry.path).length, 2], [0, 2]);
}

export const headerBytes = (path: string): number => LOCAL_BYTES + bytesOf(path).length;

export function localHeader(entry: Entry): Bytes {
  return concat([numbers([0x04034b50, 4], [20, 2]), shared(entry), bytesOf(entry.path)]);
}

/** All that follows the files but the eight digits at the very end. */
export function ending(entries: Entry[]): Bytes {
  const pieces: Bytes[] = [];
  let offset = 0;
  for (const entry of entries) {
    pieces.push(numbers([0x02014b50, 4], [20, 2], [20, 2]), shared(entry), new Uint8Array(10), numbers([offset, 4]), bytesOf(entry.path));
    offset += headerBytes(entry.path) + entry.bytes;
  }
  const directory = pieces.reduce((all, piece) => all + piece.length, 0);
  pieces.push(numbers([0x06054b50, 4], [0, 4], [entries.length, 2], [entries.length, 2], [directory, 4], [offset, 4], [TAIL.length + 8, 2]), TAIL);
  return concat(pieces);
}

/** The bytes of the first file, as its header tells them, when it has this path. */
export function first(archive: Bytes, path: string): Bytes | null {
  const from = headerBytes(path);
  if (!standsAt(archive, bytesOf(path), LOCAL_BYTES) || archive.length < from) return null;
  const length = new DataView(archive.buffer, archive.byteOffset, archive.length).getUint32(22, true);
  return from + length <= archive.length ? archive.subarray(from, from + length) : null;
}

/** The archive without the eight digits at its end, and those digits. */
export function splitTail(archive: Bytes): { body: Bytes; digits: string | null } | null {
  const body = archive.length - 8;
  if (!standsAt(archive, TAIL, body - TAIL.length)) return null;
  return { body: archive.subarray(0, body), digits: textOf(archive.subarray(body)) };
}
