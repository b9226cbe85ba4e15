/** A sealed file: `{"content":C,"proof":{..},"tail_crc32":"xxxxxxxx"}`, to the byte. */
import { bytesOf, crc32Hex, hex, isSigned, jsonOf, keyId, lastIndexOf, oneByte, sha256, standsAt, textOf, unhex, type Bytes } from './bytes.ts';
import { changed, Wrong, type SealedFacts } from './report.ts';

const HEAD = bytesOf('{"content":');
const PROOF = bytesOf(',"proof":{"algorithm":"Ed25519","public_key":"');
const SIGNATURE = bytesOf('","signature":"');
const STATEMENT = bytesOf('","statement":');
export const TAIL = bytesOf(',"tail_crc32":"');
export const TAIL_END = bytesOf('"}');

const KEY_DIGITS = 64;
const SIGNATURE_DIGITS = 128;

/** A sealed file that holds. */
export type Opened = { content: Bytes; statement: Record<string, unknown>; public_key: Bytes };

type Parts = { content: Bytes; public_key: Bytes; signature: Bytes; statement: Bytes };

/** The file without its tail, and the tail's digits; `null` when it does not end like one. */
export function splitTail(file: Bytes): { body: Bytes; digits: string | null } | null {
  const end = file.length - TAIL_END.length;
  const body = end - 8 - TAIL.length;
  if (!standsAt(file, TAIL_END, end) || !standsAt(file, TAIL, body)) return null;
  return { body: file.subarray(0, body), digits: textOf(file.subarray(end - 8, end)) };
}

function parts(body: Bytes): Parts | null {
  const at = lastIndexOf(body, PROOF);
  if (!standsAt(body, HEAD, 0) || at < HEAD.length) return null;
  const key = at + PROOF.length;
  const signature = key + KEY_DIGITS + SIGNATURE.length;
  const statement = signature + SIGNATURE_DIGITS + STATEMENT.length;
  if (!standsAt(body, SIGNATURE, key + KEY_DIGITS) || !standsAt(body, STATEMENT, signature + SIGNATURE_DIGITS)) return null;
  const digits = (from: number, count: number) => unhex(textOf(body.subarray(from, from + count)) ?? '-');
  const public_key = digits(key, KEY_DIGITS);
  const signed = digits(signature, SIGNATURE_DIGITS);
  if (!public_key || !signed || statement >= body.length || body[body.length - 1] !== 0x7d) return null;
  return { content: body.subarray(HEAD.length, at), public_key, signature: signed, statement: body.subarray(statement, -1) };
}

export const textIn = (opened: Opened, name: string): string => (typeof opened.statement[name] === 'string' ? opened.statement[name] : '');
export const numberIn = (opened: Opened, name: string): number => (typeof opened.statement[name] === 'number' ? opened.statement[name] : 0);

/** Opens a sealed file and checks all of it; throws what does not hold. */
export async function open(file: Bytes, format: string, name = ''): Promise<Opened> {
  const tail = splitTail(file);
  const found = tail && parts(tail.body);
  if (!found) throw changed('structure', name);
  if (!(await isSigned(found.public_key, found.statement, found.signature))) throw changed('signature', name);
  const statement = jsonOf(found.statement);
  if (statement === null || typeof statement !== 'object' || Array.isArray(statement)) throw changed('signature', name);
  const opened: Opened = { content: found.content, statement: statement as Record<string, unknown>, public_key: found.public_key };
  if (textIn(opened, 'key_id') !== (await keyId(opened.public_key)) || textIn(opened, 'format') !== format) throw changed('signature', name);
  if (hex(await sha256(opened.content)) !== textIn(opened, 'content_sha256')) throw await contentWrong(opened, name);
  if (tail.digits !== crc32Hex(tail.body)) throw changed('tail', name);
  return opened;
}

/** The byte of the content that is not the signed one, or the whole content. */
async function contentWrong(opened: Opened, file: string): Promise<Wrong> {
  const signed = { bytes: numberIn(opened, 'content_bytes'), crc32: textIn(opened, 'content_crc32'), sha256: textIn(opened, 'content_sha256') };
  const suspect = await oneByte(opened.content, signed);
  if (!suspect) return changed('content', file);
  const { offset, should_be } = suspect;
  return new Wrong({ file, code: 'byte_changed', offset: HEAD.length + offset, is: opened.content[offset]!, should_be });
}

/** What a version's statement says. */
export function sealedFacts(opened: Opened): SealedFacts {
  return {
    rank: numberIn(opened, 'rank'),
    reason: textIn(opened, 'reason'),
    round: numberIn(opened, 'round'),
    sealed_at_ms: numberIn(opened, 'sealed_at_ms'),
    content_sha256: textIn(opened, 'content_sha256'),
    proposal_number: textIn(opened, 'proposal_number'),
  };
}
