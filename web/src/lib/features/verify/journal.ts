/** The journal and the keys as a dossier holds them: read back, the chain recomputed. */
import { bytesOf, concat, hex, jsonOf, sha256, unhex, type Bytes } from './bytes.ts';

type Row = Record<string, unknown>;
export type Journal = { proposal_id: string; rows: Row[] };

const asText = (row: Row, name: string): string | null => (typeof row[name] === 'string' ? row[name] : null);
const asNumber = (row: Row, name: string): number | null => (typeof row[name] === 'number' ? row[name] : null);

export function readJournal(bytes: Bytes): Journal | null {
  const value = jsonOf(bytes) as { proposal_id?: unknown; rows?: unknown } | null;
  if (typeof value?.proposal_id !== 'string' || !Array.isArray(value.rows)) return null;
  return { proposal_id: value.proposal_id, rows: value.rows as Row[] };
}

/** A whole number as 8 bytes, big-endian. */
function eight(value: number): Bytes {
  const out = new DataView(new ArrayBuffer(8));
  out.setBigInt64(0, BigInt(value));
  return new Uint8Array(out.buffer);
}

/** A field with its length plus one before it; eight zeros for nothing. */
function field(value: Bytes | string | number | null): Bytes {
  if (value === null) return eight(0);
  const bytes = typeof value === 'string' ? bytesOf(value) : typeof value === 'number' ? eight(value) : value;
  return concat([eight(bytes.length + 1), bytes]);
}

/** The hash of a row after the one before (`docs/versions.md`). */
async function hashOf(row: Row, proposal: string, before: Bytes): Promise<Bytes> {
  const second = (asNumber(row, 'format') ?? 0) >= 2;
  const texts = (...names: string[]) => names.map((name) => field(asText(row, name)));
  const hidden = asText(row, 'text_hash');
  return sha256(
    concat([
      field(before),
      ...(second ? [field('chantier.journal.2')] : []),
      field(proposal),
      field(asNumber(row, 'rank') ?? 0),
      ...texts('act', 'person_id', ...(second ? ['capacity'] : []), 'from_stage', 'to_stage', 'note'),
      ...(second ? [field(hidden === null ? null : unhex(hidden)), ...texts('details', 'version_id')] : []),
      field(asNumber(row, 'document_seq')),
      field(asNumber(row, 'created_at_ms') ?? 0),
    ]),
  );
}

/** Whether the text beside the row, unless erased, is the one that was hashed. */
async function isTextRight(row: Row): Promise<boolean> {
  const text = asText(row, 'text');
  const salt = unhex(asText(row, 'salt') ?? '-');
  if (text === null) return true;
  return salt !== null && hex(await sha256(concat([salt, bytesOf(text)]))) === asText(row, 'text_hash');
}

/** The rank of the first row that does not follow from the one before; `null` when all do. */
export async function firstBroken(journal: Journal): Promise<number | null> {
  let before: Bytes = new Uint8Array(0);
  let rank = 0;
  for (const row of journal.rows) {
    rank += 1;
    const hash = await hashOf(row, journal.proposal_id, before);
    if (asNumber(row, 'rank') !== rank || hex(hash) !== asText(row, 'hash') || !(await isTextRight(row))) return rank;
    before = hash;
  }
  return null;
}

/** Whether the row of this rank has this hash. */
export function hasRow(journal: Journal, rank: number, hash: string): boolean {
  return journal.rows.some((row) => row['rank'] === rank && row['hash'] === hash);
}

/** The public keys of `keys.json`, in hexadecimal; `null` when it is none. */
export function publicKeys(bytes: Bytes): string[] | null {
  const keys = (jsonOf(bytes) as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys)) return null;
  const found = keys.map((one: unknown) => (one as { public_key?: unknown } | null)?.public_key);
  return found.every((key): key is string => typeof key === 'string' && unhex(key) !== null) ? found : null;
}

/** How many items the list of this name has; `null` when there is none. */
export function count(bytes: Bytes, name: string): number | null {
  const list = (jsonOf(bytes) as Row | null)?.[name];
  return Array.isArray(list) ? list.length : null;
}
