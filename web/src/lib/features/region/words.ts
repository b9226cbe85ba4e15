/** The Region's words: where a file stands, what is checked, what is decided. */
import type { Amount, Review } from '#lib/api/region.ts';
import { day, euros } from '#lib/i18n/format.ts';
import { m } from '#lib/paraglide/messages.js';

type Say = () => string;

const statuses: Record<string, Say> = { received: m.file_received, complete: m.file_complete, cross_read: m.file_cross_read, scheduled: m.file_scheduled, decided: m.file_decided };
const items: Record<string, Say> = {
  bearer_papers: m.file_item_bearer_papers,
  bank_details: m.file_item_bank_details,
  signed_budget: m.file_item_signed_budget,
  other_funders: m.file_item_other_funders,
  state_aid: m.file_item_state_aid,
  republican_contract: m.file_item_republican_contract,
  test_protocol: m.file_item_test_protocol,
  evaluator: m.file_item_evaluator,
  scaling_conditions: m.file_item_scaling_conditions,
};
const states: Record<string, Say> = { ok: m.file_check_ok, missing: m.file_check_missing, not_applicable: m.file_check_not_applicable };
const answers: Record<string, Say> = { no_remark: m.file_answer_no_remark, favourable: m.file_answer_favourable, remarks: m.file_answer_remarks };
const values: Record<string, Say> = { approved: m.decision_approved, approved_with_conditions: m.decision_approved_with_conditions, rejected: m.decision_rejected, returned: m.decision_returned };
const advices: Record<string, Say> = { retained: m.decision_advice_retained, rework: m.decision_advice_rework, reserve_list: m.decision_advice_reserve_list, not_retained: m.decision_advice_not_retained };
const kinds: Record<string, Say> = { addendum: m.decision_kind_addendum, rectification: m.decision_kind_rectification };

const say = (words: Record<string, Say>) => (key: string) => words[key]?.() ?? key;

export const statusWord = say(statuses);
export const itemWord = say(items);
export const checkWord = say(states);
export const answerWord = say(answers);
export const decisionWord = say(values);
export const adviceWord = say(advices);
export const kindWord = say(kinds);

export const STATUSES = ['received', 'complete', 'cross_read', 'scheduled', 'decided'];
export const CHECK_STATES = ['ok', 'missing', 'not_applicable'];
export const ANSWERS = ['no_remark', 'favourable', 'remarks'];
export const DECISION_VALUES = ['approved', 'approved_with_conditions', 'rejected', 'returned'];

/** The colour only repeats the word. */
export const decisionTone = (value: string): 'positive' | 'caution' | 'danger' | 'plain' => (value === 'approved' ? 'positive' : value === 'approved_with_conditions' ? 'caution' : value === 'rejected' ? 'danger' : 'plain');

/** "Complet, en lecture croisée, session du 11 décembre". */
export function statusSentence(review: Pick<Review, 'status' | 'session_on' | 'completed_at_ms'> & { readings: readonly unknown[] | { asked: number } }): string {
  const asked = 'asked' in review.readings ? review.readings.asked : review.readings.length;
  const scheduled = review.status === 'scheduled';
  const base = scheduled ? statusWord(asked > 0 ? 'cross_read' : 'complete') : statusWord(review.status);
  return review.session_on && review.status !== 'decided' ? `${base}, ${m.file_session_of({ date: day(review.session_on) })}` : base;
}

/** "50 000 € (CREER 2026)". */
export const amountsText = (amounts: readonly Amount[]): string => amounts.map((each) => `${euros(each.amount_cents)} (${each.code} ${each.year})`).join(', ');
export const sum = (amounts: readonly Amount[]): number => amounts.reduce((all, each) => all + each.amount_cents, 0);
