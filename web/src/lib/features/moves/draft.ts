/** What is typed into the dialog of an act: kept until it is sent or discarded, and made a request. */

import { parseCents } from '#lib/i18n/amounts.ts';
import { keep, kept, tabStorage, type DraftStorage } from '#lib/ui/kept.ts';

/** A meeting planned in place. */
export type NewMeeting = { title: string; day: string; time: string; mode: string; place: string };

export type Draft = {
  motive: string;
  reason: string;
  points: string;
  due_on: string;
  in_scope: boolean;
  is_complete: boolean;
  chantier_id: string;
  porteur_id: string;
  /** A meeting's id, `new`, `written`, or nothing chosen. */
  hearing: string;
  closes_on: string;
  meeting: NewMeeting;
  lead_unit_id: string;
  /** `1` to `3`. */
  rank: string;
  /** The most that may be given, as typed, by envelope and year (`CREER 2026`). */
  ceilings: Record<string, string>;
  /** What is said of each possible duplicate. */
  duplicates: Record<string, { answer: string; note: string }>;
  /** T24: the day the action starts, and what starts. */
  starts_on: string;
  report: string;
  /** T25: the day a suspension is looked at again. */
  review_on: string;
};

export function emptyDraft(): Draft {
  return {
    motive: '',
    reason: '',
    points: '',
    due_on: '',
    in_scope: false,
    is_complete: false,
    chantier_id: '',
    porteur_id: '',
    hearing: '',
    closes_on: '',
    meeting: { title: '', day: '', time: '14:00', mode: 'onsite', place: '' },
    lead_unit_id: '',
    rank: '',
    ceilings: {},
    duplicates: {},
    starts_on: '',
    report: '',
    review_on: '',
  };
}

/** One point a line; bullets typed out of habit are left out. */
export function pointsOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/^\s*[-*\u2022\u2013]\s+/, '').trim())
    .filter((line) => line !== '');
}

/** Ceilings as they are sent: `CREER 2026` is an envelope and its year. */
export function ceilingsOf(typed: Record<string, string>): { code: string; year: number; amount_cents: number }[] {
  return Object.entries(typed).map(([place, amount]) => {
    const [code = '', year] = place.split(' ');
    return { code, year: Number(year), amount_cents: parseCents(amount) ?? 0 };
  });
}

const text = (value: string): string | undefined => value.trim() || undefined;

/** Transitions where a reason is welcome and not asked for. */
const MOTIVE_WELCOME = ['T07', 'T14', 'T28', 'T32'];

/** Whether the dialog offers a reason that nobody must give. */
export const motiveIsWelcome = (transition: string, needs: readonly string[]): boolean => MOTIVE_WELCOME.includes(transition) && !needs.includes('motive');

/** The request: only what this act needs. */
export function requestOf(transition: string, needs: readonly string[], draft: Draft, expected_version: number): Record<string, unknown> {
  const asked = (need: string, fields: Record<string, unknown>): Record<string, unknown> => (needs.includes(need) ? fields : {});
  const motive = needs.includes('motive') || MOTIVE_WELCOME.includes(transition) ? text(draft.motive) : undefined;
  const hearing = draft.hearing === 'written' ? { closes_on: text(draft.closes_on) } : { meeting_id: draft.hearing === 'new' ? undefined : text(draft.hearing) };
  const request = {
    transition,
    expected_version,
    motive,
    ...(transition === 'T02' ? asked('porteur_id', { porteur_id: text(draft.porteur_id) }) : {}),
    ...asked('in_scope', { in_scope: draft.in_scope }),
    ...asked('is_complete', { is_complete: draft.is_complete }),
    ...asked('points', { points: pointsOf(draft.points), reason: text(draft.reason) }),
    ...asked('due_on', { due_on: text(draft.due_on) }),
    ...asked('chantier_id', { chantier_id: text(draft.chantier_id) }),
    ...asked('hearing', hearing),
    ...asked('starts_on', { starts_on: text(draft.starts_on) }),
    ...asked('report', { report: text(draft.report) }),
    ...asked('review_on', { review_on: text(draft.review_on) }),
    ...asked('lead_unit_id', { lead_unit_id: text(draft.lead_unit_id) }),
    ...asked('rank', { rank: draft.rank ? Number(draft.rank) : undefined }),
    ...asked('ceilings', { ceilings: ceilingsOf(draft.ceilings) }),
    ...asked('duplicates', { duplicates: Object.entries(draft.duplicates).filter(([, said]) => said.answer).map(([proposal_id, said]) => ({ proposal_id, answer: said.answer, note: text(said.note) })) }),
  };
  return Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined));
}

/** What is to be given and is not, by field: the code of the guard that would refuse it. */
export function missingIn(needs: readonly string[], draft: Draft, duplicates: readonly { proposal_id: string }[] = []): Record<string, string> {
  const missing: Record<string, string> = {};
  const look = (need: string, field: string, given: boolean, code: string): void => {
    if (needs.includes(need) && !given) missing[field] = code;
  };
  look('motive', 'motive', draft.motive.trim().length >= 3, 'reason_missing');
  look('points', 'reason', draft.reason !== '', 'required');
  look('points', 'points', pointsOf(draft.points).length > 0, 'points_missing');
  look('due_on', 'due_on', draft.due_on !== '', 'due_date_past');
  look('in_scope', 'in_scope', draft.in_scope, 'scope_unconfirmed');
  look('is_complete', 'is_complete', draft.is_complete, 'completeness_unconfirmed');
  look('chantier_id', 'chantier_id', draft.chantier_id !== '', 'chantier_unchanged');
  look('porteur_id', 'porteur_id', draft.porteur_id !== '', 'porteur_missing');
  look('hearing', 'hearing', draft.hearing !== '', 'hearing_missing');
  look('hearing', 'closes_on', draft.hearing !== 'written' || draft.closes_on !== '', 'hearing_missing');
  look('hearing', 'day', draft.hearing !== 'new' || draft.meeting.day !== '', 'hearing_missing');
  look('starts_on', 'starts_on', draft.starts_on !== '', 'start_missing');
  look('report', 'report', draft.report.trim().length >= 3, 'start_report_missing');
  look('review_on', 'review_on', draft.review_on !== '', 'review_date_past');
  look('lead_unit_id', 'lead_unit_id', draft.lead_unit_id !== '', 'lead_unit_missing');
  look('rank', 'rank', draft.rank !== '', 'rank_missing');
  look('ceilings', 'ceilings', Object.values(draft.ceilings).every((typed) => parseCents(typed) !== null), 'not_a_number');
  look('duplicates', 'duplicates', duplicates.every((one) => draft.duplicates[one.proposal_id]?.answer), 'duplicates_unanswered');
  return missing;
}

/** What the dialog fills in by itself. */
const PREFILLED: readonly string[] = ['porteur_id', 'lead_unit_id', 'ceilings'];

/** Whether anything was typed or ticked that is worth keeping. */
export function isTouched(draft: Draft): boolean {
  const empty = emptyDraft();
  return (Object.keys(empty) as (keyof Draft)[]).some((key) => !PREFILLED.includes(key) && JSON.stringify(draft[key]) !== JSON.stringify(empty[key]));
}

const key = (account: string, proposal: string, transition: string): string => `chantier.move.${account}.${proposal}.${transition}`;

/** What was typed before and neither sent nor discarded, in this tab. */
export function keptDraft(account: string, proposal: string, transition: string, from: DraftStorage | null = tabStorage()): Draft | null {
  const read = kept<Partial<Draft>>(key(account, proposal, transition), from);
  if (!read) return null;
  const draft = { ...emptyDraft(), ...read };
  return isTouched(draft) ? draft : null;
}

export function keepDraft(account: string, proposal: string, transition: string, draft: Draft, to: DraftStorage | null = tabStorage()): void {
  keep(key(account, proposal, transition), isTouched(draft) ? draft : null, to);
}

export function dropDraft(account: string, proposal: string, transition: string, from: DraftStorage | null = tabStorage()): void {
  keep(key(account, proposal, transition), null, from);
}
