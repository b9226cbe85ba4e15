/** How a proposal stands, in words: who is awaited, for what, until when; what has waited too long. */
import type { AwaitedNow, Flag } from '#lib/api/shapes.ts';
import { m } from '#lib/paraglide/messages.js';
import { daysSince, number, shortDay, today } from './format.ts';
import { awaitedWord } from './words.ts';

type Say = () => string;

const whats: Record<string, Say> = {
  consent: m.what_consent,
  name_porteur: m.what_name_porteur,
  accept_porteur: m.what_accept_porteur,
  start_drafting: m.what_start_drafting,
  complete: m.what_complete,
  draft: m.what_draft,
  admit: m.what_admit,
  answer_threads: m.what_answer_threads,
  discuss: m.what_discuss,
  hear: m.what_hear,
  prepare_opinion: m.what_prepare_opinion,
  sign_opinion: m.what_sign_opinion,
  give_opinion: m.what_give_opinion,
  adjourn: m.what_adjourn,
  answer_reserves: m.what_answer_reserves,
  ask_copil: m.what_ask_copil,
  send_to_copil: m.what_send_to_copil,
  arbitrate: m.what_arbitrate,
  instruct: m.what_instruct,
  sign_agreement: m.what_sign_agreement,
  lift_conditions: m.what_lift_conditions,
  start_action: m.what_start_action,
  report: m.what_report,
  resume: m.what_resume,
  mention: m.what_mention,
  warned: m.what_warned,
  decided: m.what_decided,
};

const flags: Record<string, (values: { days: string }) => string> = {
  submitted_stalled: m.flag_submitted_stalled,
  commission_stalled: m.flag_commission_stalled,
  opinion_stalled: m.flag_opinion_stalled,
  region_stalled: m.flag_region_stalled,
  request_overdue: m.flag_request_overdue,
  hearing_passed: m.flag_hearing_passed,
  report_overdue: m.flag_report_overdue,
  condition_overdue: m.flag_condition_overdue,
  review_overdue: m.flag_review_overdue,
};

/** `12 jours`. */
export function daysWord(count: number): string {
  return m.count_days({ count, shown: number(count) });
}

/** What somebody is awaited for, as a verb. */
export const whatWord = (what: string): string => whats[what]?.() ?? what;

/** `L'animation du chantier – ouvrir la discussion, avant le 8 décembre`. */
export function awaitedSentence(now: AwaitedNow, on: string = today()): string {
  if (now.party === 'nobody') return m.board_nobody();
  const who = capital(awaitedWord(now.party));
  // Somebody may be awaited without a word for what: they are named alone.
  const words = { who, what: whats[now.what]?.() ?? '' };
  if (words.what === '') return now.due_on ? m.board_awaited_only_due({ who, date: shortDay(now.due_on, on) }) : who;
  if (!now.due_on) return m.board_awaited(words);
  const dated = { ...words, date: shortDay(now.due_on, on) };
  if (now.due_on < on) return m.board_awaited_late(dated);
  return now.what === 'hear' ? m.board_awaited_on(dated) : m.board_awaited_due(dated);
}

/** Who is awaited, and for how long already. */
export function awaitedSince(party: string, since_ms: number, now: number = Date.now()): string {
  const who = awaitedWord(party);
  const days = daysSince(since_ms, now);
  return days === 0 ? m.chantier_awaited_today({ who }) : m.chantier_awaited_since({ who, days: daysWord(days) });
}

/** What has waited too long, and for how long. */
export const flagSentence = (flag: Flag): string => flags[flag.code]?.({ days: daysWord(flag.days) }) ?? flag.code;

/** Dormant is a ring, late is a square: the shape says what the colour repeats. */
export function flagShape(flag: Flag): { tone: 'caution' | 'danger'; shape: 'ring' | 'square' } {
  return flag.code.endsWith('_stalled') ? { tone: 'caution', shape: 'ring' } : { tone: 'danger', shape: 'square' };
}

function capital(text: string): string {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}
