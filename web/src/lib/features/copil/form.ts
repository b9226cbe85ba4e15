/** An arbitration as it is typed: what is missing, and the transition it becomes (T15 to T18). */
import type { Amount, CopilFile } from '#lib/api/shapes.ts';
import { parseCents } from '#lib/i18n/amounts.ts';
import { euros } from '#lib/i18n/format.ts';
import { m } from '#lib/paraglide/messages.js';
import type { Advice } from './words.ts';

export type Form = {
  advice: Advice | '';
  /** `1` to `3`. */
  rank: string;
  /** As typed, by envelope and year (`CREER 2026`). */
  ceilings: Record<string, string>;
  lead_unit_id: string;
  motive: string;
  reason: string;
  points: string;
  due_on: string;
};
/** The session it is recorded for: one of ours, or a day. */
export type Chosen = { session_id: string } | { arbitrated_on: string };

export const placeOf = (one: { code: string; year: number }): string => `${one.code} ${one.year}`;

/** The form with the request as its ceilings. */
export function formOf(file: CopilFile): Form {
  const ceilings = Object.fromEntries(file.requested.map((one) => [placeOf(one), euros(one.amount_cents)]));
  return { advice: '', rank: '', ceilings, lead_unit_id: file.lead_unit_id ?? '', motive: '', reason: '', points: '', due_on: '' };
}

export const isTouched = (form: Form, file: CopilFile): boolean => JSON.stringify(form) !== JSON.stringify({ ...formOf(file) });

/** The ceilings that can be read. */
export function ceilingsOf(form: Form): Amount[] {
  return Object.entries(form.ceilings).flatMap(([place, typed]) => {
    const [code = '', year] = place.split(' ');
    const amount_cents = parseCents(typed);
    return amount_cents === null ? [] : [{ code, year: Number(year), amount_cents }];
  });
}

/** One point a line. */
const pointsOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.replace(/^\s*[-*\u2022\u2013]\s+/, '').trim())
    .filter((line) => line !== '');

/** What is missing or wrong, by field. */
export function missingIn(form: Form, file: CopilFile): Record<string, string> {
  if (form.advice === '') return { advice: m.copil_advice_missing() };
  const missing: Record<string, string> = {};
  const look = (field: string, given: boolean, sentence: string = m.copil_field_missing()): void => {
    if (!given) missing[field] = sentence;
  };
  if (form.advice === 'rework') {
    look('reason', form.reason !== '');
    look('points', pointsOf(form.points).length > 0);
    look('due_on', form.due_on !== '');
    return missing;
  }
  look('motive', form.motive.trim().length >= 3, m.copil_motive_missing());
  if (form.advice !== 'retained') return missing;
  look('rank', form.rank !== '');
  look('lead_unit_id', form.lead_unit_id !== '');
  for (const one of file.requested) {
    const cents = parseCents(form.ceilings[placeOf(one)] ?? '');
    look(`ceiling ${placeOf(one)}`, cents !== null, m.copil_amount_wrong());
    if (cents !== null) look(`ceiling ${placeOf(one)}`, cents <= one.amount_cents, m.copil_ceiling_over());
  }
  return missing;
}

const TRANSITIONS: Record<Advice, string> = { retained: 'T15', rework: 'T16', reserve_list: 'T17', not_retained: 'T18' };

/** The transition asked for. */
export function requestOf(form: Form, expected_version: number, chosen: Chosen): Record<string, unknown> {
  const advice = form.advice || 'not_retained';
  const asked = { transition: TRANSITIONS[advice], expected_version, ...chosen };
  if (advice === 'rework') return { ...asked, reason: form.reason, points: pointsOf(form.points), due_on: form.due_on };
  if (advice !== 'retained') return { ...asked, motive: form.motive.trim() };
  return { ...asked, motive: form.motive.trim(), rank: Number(form.rank), ceilings: ceilingsOf(form), lead_unit_id: form.lead_unit_id };
}
