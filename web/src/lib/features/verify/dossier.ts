/** A dossier: a ZIP whose first file is a sealed list of all others. */
import { checksum, crc32, crc32Hex, hex, jsonOf, oneByte, sha256, standsAt, type Bytes, type SignedAs } from './bytes.ts';
import { open, numberIn, sealedFacts, textIn, type Opened } from './envelope.ts';
import { count, firstBroken, hasRow, publicKeys, readJournal } from './journal.ts';
import { changed, noFacts, Wrong, type Facts, type Finding } from './report.ts';
import { ending, first, headerBytes, localHeader, splitTail, type Entry } from './zip.ts';

export const DOSSIER_FORMAT = 'chantier.dossier.1';
export const VERSION_FORMAT = 'chantier.version.1';
const MANIFEST = 'manifest.json';

/** A file as the sealed list names it, and where it stands in the archive. */
type Listed = SignedAs & { path: string; from: number };

function listed(manifest: Opened, manifestBytes: number): Listed[] | null {
  const files = (jsonOf(manifest.content) as { files?: unknown } | null)?.files;
  if (!Array.isArray(files)) return null;
  let at = headerBytes(MANIFEST) + manifestBytes;
  const found: Listed[] = [];
  for (const one of files as Partial<Listed>[]) {
    const { path, bytes, crc32: sum, sha256: hash } = one;
    if (typeof path !== 'string' || typeof bytes !== 'number' || typeof sum !== 'string' || typeof hash !== 'string') return null;
    const from = at + headerBytes(path);
    at = from + bytes;
    found.push({ path, bytes, crc32: sum, sha256: hash, from });
  }
  return found;
}

const bodyOf = (archive: Bytes, file: Listed): Bytes | null => (file.from + file.bytes <= archive.length ? archive.subarray(file.from, file.from + file.bytes) : null);

/** Checks a dossier strictly: every byte, then that its files agree; throws what does not hold. */
export async function checkDossier(archive: Bytes): Promise<Facts> {
  const manifest = first(archive, MANIFEST);
  if (!manifest) throw changed('wrapping');
  const opened = await open(manifest, DOSSIER_FORMAT, MANIFEST);
  const files = listed(opened, manifest.length);
  if (!files) throw changed('wrapping');
  const findings: Finding[] = [];
  for (const file of files) {
    const finding = await fileFinding(archive, file);
    if (finding) findings.push(finding);
  }
  if (findings.length > 0) throw new Wrong(...findings);
  if (!isWrapped(archive, manifest, files)) throw changed('wrapping');
  return agree(archive, opened, files);
}

async function fileFinding(archive: Bytes, file: Listed): Promise<Finding | null> {
  const body = bodyOf(archive, file);
  if (body && hex(await sha256(body)) === file.sha256) return null;
  const suspect = body && (await oneByte(body, file));
  if (!body || !suspect) return { file: file.path, code: 'changed', part: 'file' };
  return { file: file.path, code: 'byte_changed', offset: suspect.offset, is: body[suspect.offset]!, should_be: suspect.should_be };
}

/** Whether all bytes around the files are as the archive's one form has them. */
function isWrapped(archive: Bytes, manifest: Bytes, files: Listed[]): boolean {
  const entries: Entry[] = [{ path: MANIFEST, crc32: crc32(manifest), bytes: manifest.length }];
  let at = headerBytes(MANIFEST) + manifest.length;
  for (const file of files) {
    const entry = { path: file.path, crc32: checksum(file.crc32) ?? 0, bytes: file.bytes };
    if (!standsAt(archive, localHeader(entry), at)) return false;
    at = file.from + file.bytes;
    entries.push(entry);
  }
  const tail = splitTail(archive);
  const end = ending(entries);
  return standsAt(archive, localHeader(entries[0]!), 0) && tail !== null && tail.body.length === at + end.length && standsAt(archive, end, at) && tail.digits === crc32Hex(tail.body);
}

/** Whether the files, each intact, say the same: versions, pages, journal, keys. */
async function agree(archive: Bytes, manifest: Opened, files: Listed[]): Promise<Facts> {
  const needed = (path: string): Bytes => {
    const file = files.find((one) => one.path === path);
    const body = file && bodyOf(archive, file);
    if (!body) throw changed('agreement', path);
    return body;
  };
  const orDisagree = <T>(value: T | null, path: string): T => {
    if (value === null) throw changed('agreement', path);
    return value;
  };
  const facts = noFacts();
  const keys = new Map([[hex(manifest.public_key), manifest.public_key]]);
  const journal = orDisagree(readJournal(needed('journal.json')), 'journal.json');
  const rank = await firstBroken(journal);
  if (rank !== null) throw new Wrong({ file: 'journal.json', code: 'journal_broken', rank });
  for (const { path } of files.filter((file) => /^versions\/.*\.json$/s.test(file.path))) {
    const version = await open(needed(path), VERSION_FORMAT, path);
    const page = path.replace('.json', '.html');
    if (hex(await sha256(needed(page))) !== textIn(version, 'page_sha256')) throw changed('agreement', page);
    const act = version.statement['journal_hash'];
    const isNamed = typeof act !== 'string' || hasRow(journal, numberIn(version, 'journal_rank'), act);
    if (textIn(version, 'proposal_id') !== journal.proposal_id || !isNamed) throw changed('agreement', path);
    keys.set(hex(version.public_key), version.public_key);
    facts.sealed.push(sealedFacts(version));
  }
  const known = orDisagree(publicKeys(needed('keys.json')), 'keys.json');
  if ([...keys.keys()].some((key) => !known.includes(key))) throw changed('agreement', 'keys.json');
  facts.keys = [...keys.values()];
  facts.versions = facts.sealed.length;
  facts.acts = journal.rows.length;
  facts.opinions = orDisagree(count(needed('opinions.json'), 'opinions'), 'opinions.json');
  return facts;
}

/** A byte of the archive as its file's; `archive` is as it should be. */
export async function place(archive: Bytes, offset: number): Promise<{ file: string; offset: number }> {
  const manifest = first(archive, MANIFEST);
  if (!manifest) return { file: '', offset };
  const from = headerBytes(MANIFEST);
  if (offset >= from && offset < from + manifest.length) return { file: MANIFEST, offset: offset - from };
  const opened = await open(manifest, DOSSIER_FORMAT).catch(() => null);
  const files = opened ? (listed(opened, manifest.length) ?? []) : [];
  const held = files.find((file) => offset >= file.from && offset < file.from + file.bytes);
  return held ? { file: held.path, offset: offset - held.from } : { file: '', offset };
}
