/** What happened to a proposal: one sentence for each act, under an open page and in its history. */
import type { Act, Proposal } from '#lib/api/shapes.ts';
import { actWord } from '#lib/i18n/acts.ts';
import { fullName } from '#lib/i18n/format.ts';
import { stageWord } from '#lib/i18n/words.ts';
import { m } from '#lib/paraglide/messages.js';
import { frozenAs } from './next-action.ts';
import { threadAct } from './threads/words.ts';

type Say = (about: { name: string }) => string;

const happenings: Record<string, Say> = {
  T02: m.happened_t02,
  T03: m.happened_submitted,
  T04: m.happened_t04,
  T05: m.happened_thawed,
  T06: m.happened_t06,
  T07: m.happened_t07,
  T08: m.happened_t08,
  T09: m.happened_t09,
  T10: m.happened_t10,
  T11: m.happened_t11,
  T12: m.happened_t12,
  T13: m.happened_t13,
  T14: m.happened_t14,
  T15: m.happened_t15,
  T16: m.happened_t16,
  T17: m.happened_t17,
  T18: m.happened_t18,
  T19: m.happened_t19,
  T20: m.happened_t20,
  T21: m.happened_t21,
  T22: m.happened_t22,
  T23: m.happened_t23,
  T24: m.happened_t24,
  T25: m.happened_t25,
  T26: m.happened_t26,
  T27: m.happened_t27,
  T28: m.happened_t28,
  T29: m.happened_t29,
  T30: m.happened_t30,
  T31: m.happened_t31,
  T32: m.happened_t32,
  warned: m.happened_warned,
};

/** Acts that two people do: asked for, declined, taken back. */
const requests: Record<string, (about: { name: string; act: string }) => string> = {
  asked: m.happened_asked,
  declined: m.happened_declined,
  cancelled: m.happened_cancelled,
};

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

/** Who did it, named; the chantier's own words when nobody is. */
export const nameOf = (act: Pick<Act, 'person'>): string => (act.person ? fullName(act.person) : '\u2026');

/** `asked:T06`: what became of the request, and of which act. */
function requestIn(act: string): [kind: string, transition: string] | null {
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

/** What an act did to the page, in one sentence. */
function sentenceOf(act: Act): string | null {
  const request = requestIn(act.act);
  const name = nameOf(act);
  if (request) return requests[request[0]]?.({ name, act: actWord(request[1]) }) ?? null;
  if (act.act === 'T25' && act.to_stage) return act.to_stage === 'suspended' ? m.happened_t25_suspended({ name }) : m.happened_t25_resumed({ name });
  return happenings[act.act]?.({ name }) ?? (act.to_stage ? m.happened_moved({ stage: stageWord(act.to_stage) }) : null);
}

/** What just happened to an open page, in one sentence; `null` when it needs none, or `me` did it. */
export function happened(before: Pick<Proposal, 'history'>, now: Pick<Proposal, 'history'>, me: string | null = null): string | null {
  const news = now.history.slice(before.history.length).filter(isMove);
  const last = news.at(-1);
  return last && (me === null || last.person?.person_id !== me) ? sentenceOf(last) : null;
}

/** What to say to who was writing when the text closed: by a move, or, where others still write, by the end of one's own right. */
export function closedBy(proposal: Pick<Proposal, 'history' | 'stage'>): string {
  const move = frozenAs(proposal.stage) === null ? null : lastMove(proposal);
  const what = move && sentenceOf(move);
  return what ? m.happened_closed_by({ what }) : m.writing_closed();
}
