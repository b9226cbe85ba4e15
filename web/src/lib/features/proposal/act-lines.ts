/** The acts of a proposal in a few words each, as its history tells them. */
import type { Act, Proposal } from '#lib/api/shapes.ts';
import { actWord } from '#lib/i18n/acts.ts';
import { stageWord } from '#lib/i18n/words.ts';
import { m } from '#lib/paraglide/messages.js';
import { threadAct } from './threads/words.ts';

const lines: Record<string, () => string> = {
  T01: m.history_t01,
  T02: m.history_t02,
  T03: m.history_t03,
  T04: m.hist_t04,
  T05: m.history_t05,
  T06: m.hist_t06,
  T07: m.hist_t07,
  T08: m.hist_t08,
  T09: m.hist_t09,
  T10: m.hist_t10,
  T11: m.hist_t11,
  T12: m.hist_t12,
  T13: m.hist_t13,
  T14: m.hist_t14,
  T15: m.hist_t15,
  T16: m.hist_t16,
  T17: m.hist_t17,
  T18: m.hist_t18,
  T19: m.hist_t19,
  T20: m.hist_t20,
  T21: m.hist_t21,
  T22: m.hist_t22,
  T23: m.hist_t23,
  T24: m.hist_t24,
  T25: m.hist_t25,
  T26: m.hist_t26,
  T27: m.hist_t27,
  T28: m.hist_t28,
  T29: m.merge_hist_t29,
  T30: m.merge_hist_t30,
  T31: m.hist_t31,
  T32: m.hist_t32,
  merge_agreed: m.merge_hist_agreed,
  invite: m.history_invite,
  uninvite: m.history_uninvite,
  rename: m.history_rename,
  restore: m.history_restore,
  name_porteur: m.history_name_porteur,
  accept_porteur: m.history_accept_porteur,
  decline_porteur: m.history_decline_porteur,
  file_checked: m.hist_file_checked,
  file_completed: m.hist_file_completed,
  file_reopened: m.hist_file_reopened,
  file_scheduled: m.hist_file_scheduled,
  file_associated: m.hist_file_associated,
  reading_asked: m.hist_reading_asked,
  reading_answered: m.hist_reading_answered,
  decision_prepared: m.hist_decision_prepared,
  decision_given_up: m.hist_decision_given_up,
  decision_addendum: m.hist_decision_addendum,
  decision_rectified: m.hist_decision_rectified,
  condition_lifted: m.hist_condition_lifted,
  opinion_prepared: m.hist_opinion_prepared,
  opinion_signed: m.hist_opinion_signed,
  reserve_answered: m.hist_reserve_answered,
  warned: m.hist_warned,
  hearing_moved: m.hist_hearing_moved,
  agreement_recorded: m.hist_agreement_recorded,
  addendum_asked: m.hist_addendum_asked,
  addendum_withdrawn: m.hist_addendum_withdrawn,
  report_given: m.hist_report_given,
  jobs_checked: m.hist_jobs_checked,
};

const requestLines: Record<string, (about: { act: string }) => string> = { asked: m.hist_asked, declined: m.hist_declined, cancelled: m.hist_cancelled };

/** `asked:T06`: what became of the request, and of which act. */
export function requestIn(act: string): [kind: string, transition: string] | null {
  const [kind, transition] = act.split(':');
  return kind && transition ? [kind, transition] : null;
}

/** The act in a few words, for the history. */
export function actLine(act: Pick<Act, 'act' | 'to_stage' | 'note'>): string {
  const request = requestIn(act.act);
  if (request) return requestLines[request[0]]?.({ act: actWord(request[1]) }) ?? actWord(request[1]);
  if (act.act === 'T25' && act.to_stage) return act.to_stage === 'suspended' ? m.hist_t25_suspended() : m.hist_t25_resumed();
  return lines[act.act]?.() ?? threadAct(act.act, act.note) ?? (act.to_stage ? m.history_moved({ stage: stageWord(act.to_stage) }) : act.act);
}

/** Whether it moved the proposal, or asked to. */
export const isMove = (act: Pick<Act, 'act' | 'to_stage'>): boolean => act.to_stage !== null || /(^|:)T\d\d$/.test(act.act);

/** The last act that moved the proposal. */
export function lastMove(proposal: Pick<Proposal, 'history'>): Act | null {
  return proposal.history.filter((act) => act.to_stage !== null).reduce<Act | null>((last, act) => (last && last.created_at_ms > act.created_at_ms ? last : act), null);
}
