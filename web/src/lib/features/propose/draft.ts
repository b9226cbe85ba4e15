import { browserStorage, keep, kept, type DraftStorage } from '#lib/ui/kept.ts';

/** What was typed and not yet created, kept in this browser for this account and this chantier only. */
export type Draft = { title: string; summary: string };

const key = (account: string, chantier: string) => `chantier.idea.${account}.${chantier}`;

export function keptDraft(account: string, chantier: string, from: DraftStorage | null = browserStorage()): Draft | null {
  const { title, summary } = kept<Partial<Draft>>(key(account, chantier), from) ?? {};
  if (typeof title !== 'string' || typeof summary !== 'string' || !(title + summary).trim()) return null;
  return { title, summary };
}

/** Keeps it; nothing typed is nothing kept. */
export function keepDraft(account: string, chantier: string, draft: Draft, to: DraftStorage | null = browserStorage()): void {
  keep(key(account, chantier), (draft.title + draft.summary).trim() ? draft : null, to);
}

export function dropDraft(account: string, chantier: string, from: DraftStorage | null = browserStorage()): void {
  keep(key(account, chantier), null, from);
}

export const TITLE = { min: 3, max: 160 };
export const SUMMARY = { min: 40, max: 300 };

/** How many characters a person sees in a text. */
export function length(text: string): number {
  return [...text.trim()].length;
}

/** Where a summary stands against its limits. */
export function counter(summary: string): { state: 'short' | 'left' | 'over'; count: number } {
  const now = length(summary);
  if (now < SUMMARY.min) return { state: 'short', count: SUMMARY.min - now };
  if (now > SUMMARY.max) return { state: 'over', count: now - SUMMARY.max };
  return { state: 'left', count: SUMMARY.max - now };
}
