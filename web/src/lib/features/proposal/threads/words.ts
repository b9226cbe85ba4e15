/** Threads in words: kinds, outcomes, how many there are. */
import type { Thread } from '#lib/api/shapes.ts';
import { number } from '#lib/i18n/format.ts';
import { m } from '#lib/paraglide/messages.js';
import { sectionTitle } from '../sections.ts';

type Say = () => string;

const kinds: Record<string, Say> = { question: m.kind_question, remark: m.kind_remark, vigilance: m.kind_vigilance, support: m.kind_support, suggestion: m.kind_suggestion };
const outcomes: Record<string, { word: Say; help: Say }> = {
  adopted: { word: m.outcome_adopted, help: m.outcome_adopted_help },
  partly: { word: m.outcome_partly, help: m.outcome_partly_help },
  not_adopted: { word: m.outcome_not_adopted, help: m.outcome_not_adopted_help },
  answered: { word: m.outcome_answered, help: m.outcome_answered_help },
  satisfied: { word: m.outcome_satisfied, help: m.outcome_satisfied_help },
  withdrawn: { word: m.outcome_withdrawn, help: m.outcome_withdrawn_help },
};

/** The kinds one may open, in the order they are offered. */
export const KINDS: readonly { key: string; word: Say; help: Say }[] = [
  { key: 'remark', word: m.kind_remark, help: m.kind_remark_help },
  { key: 'question', word: m.kind_question, help: m.kind_question_help },
  { key: 'vigilance', word: m.kind_vigilance, help: m.kind_vigilance_help },
  { key: 'support', word: m.kind_support, help: m.kind_support_help },
];

export const kindWord = (key: string): string => kinds[key]?.() ?? key;
export const outcomeWord = (key: string | null): string => (key === null ? m.outcome_none() : (outcomes[key]?.word() ?? key));
export const outcomeHelp = (key: string): string => outcomes[key]?.help() ?? '';
/** The heading of a section, or what stands for the whole proposal. */
export const placeTitle = (section: string | null): string => (section === null || section === 'whole' ? m.threads_whole() : sectionTitle(section));

/** What stands beside a heading: `2 commentaires, 1 vigilance sans réponse`; only what waits when all do; empty when there is nothing. */
export function counted(threads: Thread[]): { words: string; vigilance: boolean } {
  const open = threads.filter((thread) => thread.closing === null);
  const waiting = (kind: string): number => open.filter((thread) => thread.kind === kind && thread.unanswered).length;
  const [vigilances, questions] = [waiting('vigilance'), waiting('question')];
  const parts: string[] = [];
  if (vigilances > 0) parts.push(m.threads_vigilances({ count: vigilances, shown: number(vigilances) }));
  if (questions > 0) parts.push(m.threads_questions({ count: questions, shown: number(questions) }));
  const say = open.length > 0 ? m.threads_count : m.threads_count_closed;
  const count = open.length > 0 ? open.length : threads.length;
  if (count > vigilances + questions) parts.unshift(say({ count, shown: number(count) }));
  return { words: parts.join(', '), vigilance: vigilances > 0 };
}

/** An act on a thread as the history tells it; `null` for other acts. The journal names kind, section and outcome. */
export function threadAct(act: string, note: string | null): string | null {
  const [kind = '', section = 'whole', outcome = null] = (note ?? '').split(' ');
  const said = { kind: kindWord(kind).toLowerCase(), section: placeTitle(section) };
  if (act === 'thread_opened') return m.history_thread_opened(said);
  if (act === 'thread_reopened') return m.history_thread_reopened(said);
  return act === 'thread_closed' ? m.history_thread_closed({ ...said, outcome: outcomeWord(outcome).toLowerCase() }) : null;
}
