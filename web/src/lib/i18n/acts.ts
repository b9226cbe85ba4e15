/** The words of the acts on a proposal: each transition and each right as a verb, what it did, why it is refused. */
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
  ['T28', 'withdraw'],
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
  T28: m.act_t28,
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
  ...Object.fromEntries(TRANSITIONS.map(([transition, action]) => [action, acts[transition] as Say])),
};

const done: Record<string, Say> = {
  T02: m.move_done_t02,
  T03: m.move_done_t03,
  T04: m.move_done_t04,
  T05: m.move_done_t05,
  T06: m.move_done_t06,
  T07: m.move_done_t07,
  T08: m.move_done_t08,
  T09: m.move_done_t09,
  T10: m.move_done_t10,
  T11: m.move_done_t11,
  T12: m.move_done_t12,
  T13: m.move_done_t13,
  T28: m.move_done_t28,
  T31: m.move_done_t31,
  T32: m.move_done_t32,
};

const rules: Record<string, Say> = {
  T02: m.rule_t02,
  T03: m.rule_t03,
  T04: m.rule_t04,
  T05: m.rule_t05,
  T06: m.rule_t06,
  T07: m.rule_t07,
  T08: m.rule_t08,
  T09: m.rule_t09,
  T10: m.rule_t10,
  T11: m.rule_t11,
  T12: m.rule_t12,
  T13: m.rule_t13,
  T28: m.rule_t28,
  T31: m.rule_t31,
  T32: m.rule_t32,
  'R-READ': m.rule_read,
  'R-AUTHORS': m.rule_authors,
  'R-EDIT': m.rule_edit,
  'R-SHEET': m.rule_sheet,
  'R-HISTORY': m.rule_history,
  'R-RESTORE': m.rule_restore,
  'R-UNDELETE': m.rule_undelete,
  'R-SUMMARY': m.rule_summary,
  'R-INVITE': m.rule_invite,
  'R-PORTEUR': m.rule_porteur,
  'R-THREADS': m.rule_threads,
  'R-COMMENT': m.rule_comment,
  'R-CLOSE': m.rule_close,
  'R-OPINION': m.rule_opinion,
  'R-SIGN': m.rule_sign,
  'R-RESERVE': m.rule_reserve,
  'R-WARN': m.rule_warn,
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

/** The act as a verb: what its button says. */
export const actWord = (transition: string): string => acts[transition]?.() ?? transition;
/** A right as a verb. */
export const actionWord = (action: string): string => actions[action]?.() ?? action;
/** What the act did, for who did it. */
export const doneSentence = (transition: string): string => done[transition]?.() ?? actWord(transition);
/** A rule in plain words. */
export const ruleSentence = (rule: string): string | null => rules[rule]?.() ?? null;
/** Why it was sent back. */
export const reasonWord = (reason: string): string => reasons[reason]?.() ?? reason;
/** The right a transition needs. */
export const actionOf = (transition: string): string | null => TRANSITIONS.find(([key]) => key === transition)?.[1] ?? null;
/** The transition a right is for. */
export const transitionOf = (action: string): string | null => TRANSITIONS.find(([, key]) => key === action)?.[0] ?? null;
