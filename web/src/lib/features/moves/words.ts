/** What an act does, to whom, whether it can be undone, and what to say once it is done. */
import type { Holder, Proposal } from '#lib/api/shapes.ts';
import { actWord } from '#lib/i18n/acts.ts';
import { dateTime, fullName, list } from '#lib/i18n/format.ts';
import { roleWord } from '#lib/i18n/words.ts';
import { doneSentence } from '#lib/i18n/rules.ts';
import { m } from '#lib/paraglide/messages.js';
import type { Ending } from './move.svelte.ts';

type Say = () => string;
type Told = { what: Say[]; undo: Say; two?: Say };

const told: Record<string, Told> = {
  T02: { what: [m.move_what_t02], undo: m.move_undo_t02 },
  T03: { what: [m.deposit_what, m.deposit_who], undo: m.move_undo_t03 },
  T04: { what: [m.move_what_t04, m.move_who_t04], undo: m.move_undo_t04 },
  T05: { what: [m.request_what], undo: m.move_undo_t05 },
  T06: { what: [m.move_what_t06], undo: m.move_undo_t06, two: m.move_two_t06 },
  T07: { what: [m.move_what_t07], undo: m.move_undo_t07, two: m.move_two_t07 },
  T08: { what: [m.move_what_t08, m.move_who_t08], undo: m.move_undo_t08 },
  T09: { what: [m.move_what_t09, m.move_who_t09], undo: m.move_undo_t09 },
  T10: { what: [m.move_what_t10], undo: m.move_undo_t10 },
  T11: { what: [m.move_what_t11], undo: m.move_undo_t11 },
  T12: { what: [m.move_what_t12], undo: m.move_undo_t12 },
  T13: { what: [m.move_what_t13, m.move_who_t13], undo: m.move_undo_t13, two: m.move_two_t13 },
  T14: { what: [m.move_what_t14], undo: m.move_undo_t14, two: m.move_two_t14 },
  T15: { what: [m.move_what_t15], undo: m.move_undo_t15 },
  T16: { what: [m.move_what_t16], undo: m.move_undo_t16 },
  T17: { what: [m.move_what_t17], undo: m.move_undo_t17 },
  T18: { what: [m.move_what_t18], undo: m.move_undo_t18 },
  T19: { what: [m.move_what_t19], undo: m.move_undo_t19 },
  T20: { what: [m.move_what_t20], undo: m.move_undo_t20 },
  T21: { what: [m.move_what_t21], undo: m.move_undo_t21 },
  T22: { what: [m.move_what_t22], undo: m.move_undo_t22 },
  T23: { what: [m.move_what_t23], undo: m.move_undo_t23 },
  T24: { what: [m.move_what_t24], undo: m.move_undo_t24 },
  T25: { what: [m.move_what_t25], undo: m.move_undo_t25 },
  T26: { what: [m.move_what_t26], undo: m.move_undo_t26, two: m.move_two_t26 },
  T27: { what: [m.move_what_t27], undo: m.move_undo_t27 },
  T28: { what: [m.move_what_t28], undo: m.move_undo_t28, two: m.move_two_t28 },
  T29: { what: [m.move_what_t29], undo: m.move_undo_t29, two: m.move_two_t29 },
  T30: { what: [m.move_what_t30], undo: m.move_undo_t30, two: m.move_two_t30 },
  T31: { what: [m.move_what_t31], undo: m.move_undo_t31 },
  T32: { what: [m.move_what_t32], undo: m.move_undo_t32, two: m.move_two_t32 },
};

/** What will happen, one sentence a paragraph. */
export function whatOf(transition: string, stage?: string): string[] {
  if (transition === 'T25' && stage) return [stage === 'suspended' ? m.move_what_t25_resume() : m.move_what_t25_suspend()];
  return (told[transition]?.what ?? []).map((say) => say());
}
/** Whether it can be undone. */
export const undoOf = (transition: string): string | null => told[transition]?.undo() ?? null;
/** Who else has to agree. */
export const twoOf = (transition: string): string | null => told[transition]?.two?.() ?? null;

/** Roles and who holds them, in one line: `Ines Prototype (Animation du chantier)`. */
export function holdersLine(who: readonly Holder[]): string {
  const named = who.flatMap((holder) => holder.people.map((person) => m.move_who_person({ name: fullName(person), role: roleWord(holder.role) })));
  const empty = who.filter((holder) => holder.people.length === 0).map((holder) => holder.role);
  // Without a co-president a chantier stands still until the administration names one: it is said whoever else is there.
  const vacant = named.length > 0 && empty.includes('co_president') ? [m.move_who_vacant({ role: roleWord('co_president') })] : [];
  const all = named.length > 0 ? [...named, ...vacant] : empty.map((role) => roleWord(role));
  return all.length > 0 ? list(all) : m.move_who_nobody();
}

/** The receipt: what was done, when, by whom, its number, who is awaited now. */
export function receiptOf(transition: string, ending: Ending, proposal: Proposal, awaited: string, at: number = Date.now()): string {
  const act = actWord(transition);
  if (ending === 'asked') return m.move_done_asked({ act });
  if (ending === 'declined') return m.move_done_declined({ act });
  if (ending === 'cancelled') return m.move_done_cancelled({ act });
  const done = doneSentence(transition) ?? actWord(transition);
  const numbered = transition === 'T03' && proposal.number;
  const receipt = numbered ? m.move_receipt_number({ done, number: proposal.number ?? '', date: dateTime(at) }) : m.move_receipt({ done, date: dateTime(at) });
  return `${receipt} ${awaited}`;
}
