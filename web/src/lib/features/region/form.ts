/** A decision as a validator prepares it: prefilled from the file, its remainders as one types, its request. */
import type { Amount, Decision, DecisionSheet, Envelope } from '#lib/api/region.ts';

export type AmountLine = { code: string; year: number; typed: string };
export type ConditionLine = { text: string; due_on: string; blocking: boolean };
export type DecisionForm = {
  kind: string;
  rectifies_id: string | null;
  value: string;
  organ: string;
  deliberation_ref: string;
  title: string;
  decided_on: string;
  transmitted_on: string;
  enforceable_on: string;
  motive: string;
  override_motive: string;
  reason: string;
  /** One point a line. */
  points: string;
  due_on: string;
  amounts: AmountLine[];
  conditions: ConditionLine[];
};

/** Euros as people type them, in cents; `null` where it is no amount. */
export function cents(typed: string): number | null {
  const bare = typed.replace(/[\s\u00a0\u202f€]/g, '').replace(',', '.');
  if (bare === '') return 0;
  return /^\d{1,11}(\.\d{1,2})?$/.test(bare) ? Math.round(Number(bare) * 100) : null;
}

const typed = (amount_cents: number): string => (amount_cents % 100 === 0 ? String(amount_cents / 100) : (amount_cents / 100).toFixed(2).replace('.', ','));
const same = (a: { code: string; year: number }, b: { code: string; year: number }): boolean => a.code === b.code && a.year === b.year;

/** One line for each envelope and year asked for, advised or given. */
function lines(sheet: DecisionSheet, given: readonly Amount[]): AmountLine[] {
  const known: Amount[] = [];
  for (const each of [...sheet.requested, ...sheet.ceilings, ...given]) if (!known.some((one) => same(one, each))) known.push(each);
  return known.map(({ code, year }) => ({ code, year, typed: typed(given.find((one) => same(one, { code, year }))?.amount_cents ?? 0) }));
}

/** What the file already says: the committee's ceilings, else the request; the session of the review. */
export function firstForm(sheet: DecisionSheet): DecisionForm {
  const given = sheet.ceilings.length > 0 ? sheet.ceilings : sheet.requested;
  return {
    kind: 'initial',
    rectifies_id: null,
    value: 'approved',
    organ: sheet.session_organ ?? '',
    deliberation_ref: '',
    title: sheet.title,
    decided_on: sheet.session_on ?? '',
    transmitted_on: '',
    enforceable_on: '',
    motive: '',
    override_motive: '',
    reason: 'incomplete',
    points: '',
    due_on: '',
    amounts: lines(sheet, given),
    conditions: [],
  };
}

/** The form of what is prepared, or of a decision to correct. */
export function formOf(sheet: DecisionSheet, decision: Decision, kind = decision.kind): DecisionForm {
  const corrects = kind === 'rectification' && decision.kind !== 'rectification';
  return {
    kind,
    rectifies_id: corrects || decision.confirmed_at_ms !== null ? (kind === 'rectification' ? decision.decision_id : null) : decision.rectifies_id,
    value: decision.value,
    organ: decision.organ,
    deliberation_ref: decision.deliberation_ref,
    title: decision.title,
    decided_on: decision.decided_on,
    transmitted_on: decision.transmitted_on ?? '',
    enforceable_on: decision.enforceable_on ?? '',
    motive: decision.motive ?? '',
    override_motive: decision.override_motive ?? '',
    reason: decision.reason ?? 'incomplete',
    points: decision.points.join('\n'),
    due_on: decision.due_on ?? '',
    amounts: lines(sheet, decision.amounts),
    conditions: decision.conditions.map(({ text, due_on, blocking }) => ({ text, due_on, blocking })),
  };
}

/** A change of an action: its own number, its own day, what it adds. */
export function addendumForm(sheet: DecisionSheet): DecisionForm {
  return { ...firstForm(sheet), kind: 'addendum', decided_on: '', organ: '', amounts: lines(sheet, []) };
}

export const approves = (value: string): boolean => value === 'approved' || value === 'approved_with_conditions';

/** What an envelope has left after this decision; the fund lies within the programme's envelope. */
export function leftAfter(envelope: Envelope, sheet: Pick<DecisionSheet, 'envelopes'>, form: Pick<DecisionForm, 'amounts' | 'value'>): number {
  if (!approves(form.value)) return envelope.left_cents;
  const inner = sheet.envelopes.filter((each) => each.year === envelope.year && each.parent === envelope.code).map((each) => each.code);
  const counted = form.amounts.filter((each) => each.year === envelope.year && (each.code === envelope.code || inner.includes(each.code)));
  return envelope.left_cents - counted.reduce((all, each) => all + (cents(each.typed) ?? 0), 0);
}

/** The envelopes this decision would overrun. */
export function overruns(sheet: Pick<DecisionSheet, 'envelopes'>, form: DecisionForm): { envelope: Envelope; by: number }[] {
  return sheet.envelopes
    .map((envelope) => ({ envelope, by: -leftAfter(envelope, sheet, form) }))
    .filter(({ envelope, by }) => by > 0 && leftAfter(envelope, sheet, form) < envelope.left_cents);
}

const orNull = (text: string): string | null => text.trim() || null;

/** The request; what does not belong to the value is left out. */
export function requestOf(form: DecisionForm, expected_version: number | null): Record<string, unknown> {
  const returned = form.value === 'returned';
  const amounts = approves(form.value) ? form.amounts.map(({ code, year, typed: text }) => ({ code, year, amount_cents: cents(text) ?? -1 })) : [];
  return {
    kind: form.kind,
    rectifies_id: form.rectifies_id,
    value: form.value,
    organ: form.organ,
    deliberation_ref: form.deliberation_ref,
    title: form.title,
    decided_on: form.decided_on,
    transmitted_on: orNull(form.transmitted_on),
    enforceable_on: orNull(form.enforceable_on),
    motive: orNull(form.motive),
    override_motive: approves(form.value) ? orNull(form.override_motive) : null,
    reason: returned ? form.reason : null,
    points: returned ? form.points.split('\n').map((point) => point.trim()).filter(Boolean) : [],
    due_on: returned ? orNull(form.due_on) : null,
    amounts,
    conditions: form.value === 'approved_with_conditions' ? form.conditions.filter((each) => each.text.trim() !== '') : [],
    ...(expected_version === null ? {} : { expected_version }),
  };
}
