/**
 * The browser's reader of sealed files, with the codes of `server/proof/verify.rs`: first strictly,
 * every byte; and when something is wrong, whether a single byte explains it. Nothing leaves the page.
 */
import { checksum, crc32Hex, repaired, suspects, textOf, type Bytes, type Suspect } from './bytes.ts';
import { checkDossier, place, VERSION_FORMAT } from './dossier.ts';
import { open, sealedFacts, TAIL as JSON_TAIL, TAIL_END } from './envelope.ts';
import { noFacts, Wrong, type Facts, type Finding, type Kind, type Report } from './report.ts';
import { checkSeal, isSeal } from './seal.ts';
import { TAIL as ZIP_TAIL } from './zip.ts';

type Known = Exclude<Kind, 'unknown' | 'seal'>;

/** The fixed bytes of a tail, before its eight digits and after them. */
const TAILS: Record<Known, [before: Bytes, after: Bytes]> = {
  version: [JSON_TAIL, TAIL_END],
  dossier: [ZIP_TAIL, new Uint8Array(0)],
};

/** Checks a file. */
export async function verify(file: Bytes): Promise<Report> {
  if (isSeal(file)) return aloneSeal(file);
  const kind = kindOf(file);
  if (kind === 'unknown') return { kind, findings: [{ file: '', code: 'unreadable' }], facts: noFacts() };
  try {
    return { kind, findings: [], facts: await strictly(kind, file) };
  } catch (failure) {
    if (!(failure instanceof Wrong)) throw failure;
    const finding = await oneByteOf(kind, file);
    return { kind, findings: finding ? [finding] : failure.findings, facts: noFacts() };
  }
}

/** A seal without its text. */
async function aloneSeal(file: Bytes): Promise<Report> {
  try {
    return { kind: 'seal', findings: [], facts: await checkSeal(file, VERSION_FORMAT) };
  } catch (failure) {
    if (!(failure instanceof Wrong)) throw failure;
    return { kind: 'seal', findings: failure.findings, facts: noFacts() };
  }
}

async function strictly(kind: Known, file: Bytes): Promise<Facts> {
  if (kind === 'dossier') return checkDossier(file);
  const opened = await open(file, VERSION_FORMAT);
  return { ...noFacts(), versions: 1, keys: [opened.public_key], sealed: [sealedFacts(opened)] };
}

/** The fixed bytes of a tail that are not as they should be; `null` when the file is too short. */
function tailWrongs(kind: Known, file: Bytes): Suspect[] | null {
  const [before, after] = TAILS[kind];
  const end = file.length - after.length;
  const start = end - 8 - before.length;
  if (start < 0) return null;
  const found: Suspect[] = [];
  const compare = (expected: Bytes, from: number) => expected.forEach((byte, at) => file[from + at] !== byte && found.push({ offset: from + at, should_be: byte }));
  compare(before, start);
  compare(after, end);
  return found;
}

/** What kind of file it is: its end says so, and one byte of it may be wrong. */
function kindOf(file: Bytes): Known | 'unknown' {
  const kinds: Known[] = ['version', 'dossier'];
  return kinds.find((kind) => (tailWrongs(kind, file)?.length ?? 2) <= 1) ?? 'unknown';
}

/** The single byte that explains why the file does not hold, if there is one. */
async function oneByteOf(kind: Known, file: Bytes): Promise<Finding | null> {
  const wrongs = tailWrongs(kind, file) ?? [];
  if (wrongs.length > 0) return holds(kind, file, wrongs[0]!);
  const [before, after] = TAILS[kind];
  const digitsAt = file.length - after.length - 8;
  const digits = file.subarray(digitsAt, digitsAt + 8);
  const body = file.subarray(0, kind === 'version' ? digitsAt - before.length : digitsAt);
  const stated = checksum(textOf(digits));
  for (const suspect of stated === null ? [] : suspects(body, stated)) {
    const finding = await holds(kind, file, suspect);
    if (finding) return finding;
  }
  // A digit of the checksum itself.
  const right = crc32Hex(body);
  const at = digits.findIndex((digit, place) => digit !== right.charCodeAt(place));
  return at < 0 ? null : holds(kind, file, { offset: digitsAt + at, should_be: right.charCodeAt(at) });
}

/** The finding, if the file holds strictly with this byte put right. */
async function holds(kind: Known, file: Bytes, suspect: Suspect): Promise<Finding | null> {
  const whole = repaired(file, suspect);
  try {
    await strictly(kind, whole);
  } catch (failure) {
    if (failure instanceof Wrong) return null;
    throw failure;
  }
  const at = kind === 'dossier' ? await place(whole, suspect.offset) : { file: '', offset: suspect.offset };
  return { ...at, code: 'byte_changed', is: file[suspect.offset]!, should_be: suspect.should_be };
}
