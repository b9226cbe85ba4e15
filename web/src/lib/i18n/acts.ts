/** The words of the acts on a proposal: each transition and each right as a verb. */
import { m } from '#lib/paraglide/messages.js';

type Say = () => string;

/** Each transition and the right it needs, in the order of the table. */
export const TRANSITIONS: readonly (readonly [transition: string, action: string])[] = [
  ['T02', 'start_drafting'],
  ['T03', 'submit'],
  ['T04', 'admit'],
  ['T05', 'request_completion'],
  ['T06', 'dismiss'],
  ['T07', 'reassign'],
  ['T08', 'freeze'],
  ['T09', 'thaw'],
  ['T10', 'give_opinion'],
  ['T11', 'adjourn'],
  ['T12', 'reconsider'],
  ['T13', 'send_to_copil'],
  ['T14', 'fast_track'],
  ['T15', 'retain'],
  ['T16', 'rework'],
  ['T17', 'keep_in_reserve'],
  ['T18', 'not_retain'],
  ['T19', 'evoke'],
  ['T20', 'decide'],
  ['T21', 'send_back'],
  ['T22', 'confirm_approval'],
  ['T23', 'engage'],
  ['T24', 'begin'],
  ['T25', 'suspend'],
  ['T26', 'complete'],
  ['T27', 'abandon'],
  ['T28', 'withdraw'],
  ['T29', 'merge'],
  ['T30', 'split'],
  ['T31', 'close_inactive'],
  ['T32', 'reopen'],
];

const acts: Record<string, Say> = {
  T01: m.act_t01,
  T02: m.act_t02,
  T03: m.act_t03,
  T04: m.act_t04,
  T05: m.act_t05,
  T06: m.act_t06,
  T07: m.act_t07,
  T08: m.act_t08,
  T09: m.act_t09,
  T10: m.act_t10,
  T11: m.act_t11,
  T12: m.act_t12,
  T13: m.act_t13,
  T14: m.act_t14,
  T15: m.act_t15,
  T16: m.act_t16,
  T17: m.act_t17,
  T18: m.act_t18,
  T19: m.act_t19,
  T20: m.act_t20,
  T21: m.act_t21,
  T22: m.act_t22,
  T23: m.act_t23,
  T24: m.act_t24,
  T25: m.act_t25,
  T26: m.act_t26,
  T27: m.act_t27,
  T28: m.act_t28,
  T29: m.act_t29,
  T30: m.act_t30,
  T31: m.act_t31,
  T32: m.act_t32,
};

const actions: Record<string, Say> = {
  read: m.act_read,
  read_authorship: m.act_read_authorship,
  edit_text: m.act_edit_text,
  edit_sheet: m.act_edit_sheet,
  read_history: m.act_read_history,
  restore_text: m.act_restore_text,
  undo_deletion: m.act_undo_deletion,
  edit_summary: m.act_edit_summary,
  invite_contributors: m.act_invite_contributors,
  accept_porteur: m.act_accept_porteur,
  read_threads: m.act_read_threads,
  comment: m.act_comment,
  close_thread: m.act_close_thread,
  prepare_opinion: m.act_prepare_opinion,
  sign_opinion: m.act_sign_opinion,
  answer_reserve: m.act_answer_reserve,
  warn_inactive: m.act_warn_inactive,
  review_file: m.act_review_file,
  answer_cross_reading: m.act_answer_cross_reading,
  prepare_decision: m.act_prepare_decision,
  rectify_decision: m.act_rectify_decision,
  lift_condition: m.act_lift_condition,
  record_agreement: m.act_record_agreement,
  ask_addendum: m.act_ask_addendum,
  report: m.act_report,
  check_jobs: m.act_check_jobs,
  ...Object.fromEntries(TRANSITIONS.map(([transition, action]) => [action, acts[transition] as Say])),
};

const reasons: Record<string, Say> = {
  incomplete: m.request_reason_incomplete,
  unclear: m.request_reason_unclear,
  funding: m.request_reason_funding,
  documents: m.request_reason_documents,
  other: m.request_reason_other,
};

/** Why a proposal is sent back, in the order of the list. */
export const REASONS = ['incomplete', 'unclear', 'funding', 'documents', 'other'] as const;

/** The act as a verb: what its button says. T25 goes both ways: `stage` is where the proposal stands. */
export function actWord(transition: string, stage?: string): string {
  if (transition === 'T25' && stage) return stage === 'suspended' ? m.act_t25_resume() : m.act_t25_suspend();
  return acts[transition]?.() ?? transition;
}
/** A right as a verb. */
export const actionWord = (action: string): string => actions[action]?.() ?? action;
/** Why it was sent back. */
export const reasonWord = (reason: string): string => reasons[reason]?.() ?? reason;
/** The right a transition needs. */
export const actionOf = (transition: string): string | null => TRANSITIONS.find(([key]) => key === transition)?.[1] ?? null;
/** The transition a right is for. */
export const transitionOf = (action: string): string | null => TRANSITIONS.find(([, key]) => key === action)?.[0] ?? null;
