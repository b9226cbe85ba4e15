/** What is typed about a split and not asked yet: kept in this tab, for this account and proposal. */
import type { SplitRow } from '#lib/api/joined.ts';
import { keep, kept, tabStorage, type DraftStorage } from '#lib/ui/kept.ts';
import { keyOf } from './split.ts';

/** A proposal to come, as typed; without a porteur it keeps the one of today. */
export type Child = { title: string; summary: string; porteur_id: string };
/** `chosen` says by row which child takes it, `dropped`, or nothing yet; `motives` why a row is dropped. */
export type SplitDraft = { children: Child[]; chosen: Record<string, string>; motives: Record<string, string>; motive: string };

/** The most proposals one becomes. */
export const MAX_CHILDREN = 6;

export const emptyChild = (summary: string): Child => ({ title: '', summary, porteur_id: '' });
/** What the form begins with: two proposals that say what this one says. */
export const emptyDraft = (summary: string): SplitDraft => ({ children: [emptyChild(summary), emptyChild(summary)], chosen: {}, motives: {}, motive: '' });

const key = (account: string, proposal: string): string => `chantier.split.${account}.${proposal}`;
const isText = (value: unknown): value is string => typeof value === 'string';

/** What was typed before and not asked; rows that are gone since are left out. Null without any. */
export function keptDraft(account: string, proposal: string, rows: readonly SplitRow[], from: DraftStorage | null = tabStorage()): SplitDraft | null {
  const read = kept<Partial<SplitDraft>>(key(account, proposal), from);
  if (!read || !Array.isArray(read.children) || read.children.length < 2 || read.children.length > MAX_CHILDREN) return null;
  const children = read.children.map((child: Partial<Child> | null): Child => ({
    title: isText(child?.title) ? child.title : '',
    summary: isText(child?.summary) ? child.summary : '',
    porteur_id: isText(child?.porteur_id) ? child.porteur_id : '',
  }));
  const known = new Set(rows.map(keyOf));
  const ofRows = (said: Record<string, string> | undefined) => Object.fromEntries(Object.entries(said ?? {}).filter(([row, value]) => known.has(row) && isText(value)));
  return { children, chosen: ofRows(read.chosen), motives: ofRows(read.motives), motive: isText(read.motive) ? read.motive : '' };
}

/** Keeps it where it differs from what the form began with; `null` forgets it. */
export function keepDraft(account: string, proposal: string, draft: SplitDraft | null, first: SplitDraft, to: DraftStorage | null = tabStorage()): void {
  keep(key(account, proposal), draft && JSON.stringify(draft) !== JSON.stringify(first) ? draft : null, to);
}
