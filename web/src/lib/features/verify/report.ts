/** What a check found, as values: the same codes as `server/proof/report.rs`. */
import type { Bytes } from './bytes.ts';

export type Kind = 'version' | 'dossier' | 'seal' | 'unknown';
export type Part = 'structure' | 'content' | 'signature' | 'tail' | 'file' | 'wrapping' | 'agreement';

/** One thing that is wrong; `file` is empty for the file that was checked. */
export type Finding = { file: string } & (
  | { code: 'byte_changed'; offset: number; is: number; should_be: number }
  | { code: 'changed'; part: Part }
  | { code: 'journal_broken'; rank: number }
  | { code: 'key_unknown' }
  | { code: 'unreadable' }
);

/** What a version's statement says. */
export type SealedFacts = { rank: number; reason: string; round: number; sealed_at_ms: number; content_sha256: string; proposal_number: string };

/** What a file that holds contains; `keys` are those that signed. */
export type Facts = { versions: number; opinions: number; acts: number; keys: Bytes[]; sealed: SealedFacts[] };

export type Report = { kind: Kind; findings: Finding[]; facts: Facts };

/** A part that does not hold ends the check of its file. */
export class Wrong extends Error {
  readonly findings: Finding[];

  constructor(...findings: Finding[]) {
    super('a sealed file does not hold');
    this.findings = findings;
  }
}

export const changed = (part: Part, file = ''): Wrong => new Wrong({ file, code: 'changed', part });

export const noFacts = (): Facts => ({ versions: 0, opinions: 0, acts: 0, keys: [], sealed: [] });
