/** What a check found, in sentences: those of `server/proof/sentences.rs`. */
import { number } from '#lib/i18n/format.ts';
import { m } from '#lib/paraglide/messages.js';
import type { Finding, Kind, Part, Report } from './report.ts';

const parts: Record<Part, (values: { file: string }) => string> = {
  structure: m.verify_part_structure,
  content: m.verify_part_content,
  signature: m.verify_part_signature,
  tail: m.verify_part_tail,
  file: m.verify_part_file,
  wrapping: m.verify_part_wrapping,
  agreement: m.verify_part_agreement,
};

/** One sentence for a file that holds; `keys` are the names of the keys that signed. */
export function intactSentence(report: Report, keys: string[]): string {
  const { facts } = report;
  const key = keys.map((one) => one.slice(0, 16)).join(', ');
  if (report.kind === 'dossier') {
    const counted = (count: number) => ({ count, shown: number(count) });
    return m.verify_intact_dossier({
      versions: m.verify_versions(counted(facts.versions)),
      opinions: m.verify_opinions(counted(facts.opinions)),
      acts: m.verify_acts(counted(facts.acts)),
      key,
    });
  }
  const one = facts.sealed[0];
  const of = one?.proposal_number ? m.verify_of({ number: one.proposal_number }) : '';
  if (report.kind === 'seal') return m.verify_intact_seal({ rank: String(one?.rank ?? 0), of, key });
  return m.verify_intact_version({ rank: String(one?.rank ?? 0), of, key });
}

/** One sentence for one thing that is wrong. */
export function wrongSentence(kind: Kind, finding: Finding): string {
  const file = finding.file || (kind === 'dossier' ? m.verify_whole_dossier() : kind === 'seal' ? m.verify_whole_seal() : m.verify_whole_version());
  switch (finding.code) {
    case 'byte_changed':
      return m.verify_byte({ at: number(finding.offset + 1), file, is: byteWord(finding.is), should: byteWord(finding.should_be) });
    case 'changed':
      return parts[finding.part]({ file });
    case 'journal_broken':
      return m.verify_journal({ rank: String(finding.rank) });
    case 'key_unknown':
      return m.verify_key_unknown();
    case 'unreadable':
      return m.verify_unreadable();
  }
}

/** A byte, as a letter where it is one: `« e » (0x65)`. */
export function byteWord(byte: number): string {
  const digits = `0x${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  return byte > 0x20 && byte < 0x7f ? `«\u202f${String.fromCharCode(byte)}\u202f» (${digits})` : digits;
}
