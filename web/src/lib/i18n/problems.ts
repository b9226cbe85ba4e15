/** What a refusal is called in the language of the interface. */
import { m } from '#lib/paraglide/messages.js';
import { ApiProblem } from '#lib/api/problem.ts';
import { number } from './format.ts';

/** What is said also when the sentences could not be loaded. */
const plain: Record<string, () => string> = {
  offline: m.problem_offline,
  internal: m.problem_internal,
  unauthenticated: m.problem_unauthenticated,
  not_found: m.problem_not_found,
  version_changed: m.problem_version_changed,
};

let known: typeof import('./sentences.ts') | null = null;

/** Loads the sentences, before a refusal is handed on: whoever shows it needs no waiting. Never fails: the plain ones remain. */
export async function sentencesReady(): Promise<void> {
  known ??= await import('./sentences.ts').catch(() => null);
}

/** A sentence for the whole refusal. */
export function problemSentence(failure: unknown): string {
  if (!(failure instanceof ApiProblem)) return m.problem_internal();
  if (failure.status === 429) return m.problem_too_many({ wait: waiting(failure.retry_after_s ?? 60) });
  const sentence = known?.knownSentence(failure.code) ?? plain[failure.code]?.();
  if (sentence) return sentence;
  if (failure.status === 403) return m.problem_refused();
  if (failure.status >= 500) return m.problem_internal();
  return m.problem_other({ code: failure.code });
}

/** A sentence for each field that is wrong. */
export function fieldSentences(failure: unknown): Record<string, string> {
  if (!(failure instanceof ApiProblem)) return {};
  return Object.fromEntries(Object.entries(failure.fields).map(([field, code]) => [field, known?.fieldSentence(field, code) ?? m.field_invalid()]));
}

function waiting(seconds: number): string {
  if (seconds < 90) return m.wait_seconds({ count: seconds, shown: number(seconds) });
  const minutes = Math.ceil(seconds / 60);
  return m.wait_minutes({ count: minutes, shown: number(minutes) });
}
