/** Lines of the sheet that were typed and not saved: kept in this tab, for who reloads or comes back by mistake. */
import { keep, kept, tabStorage, type DraftStorage } from '#lib/ui/kept.ts';
import type { Place } from './fields.ts';
import type { Line } from './line.svelte.ts';
import type { Typed } from './values.ts';

/** A line as it was typed, upon what the server held then; `at` is where a row stood. */
export type KeptLine = { place: Place; id: string; typed: Typed; base: Typed | null; version: number; at: number };

const key = (account: string, proposal: string): string => `chantier.sheet.${account}.${proposal}`;

/** What is unsaved in these lines; `at` says where a row stands. */
export function unsavedIn(lines: readonly Line[], at: (line: Line) => number): KeptLine[] {
  const mine = lines.filter((line) => line.unsaved);
  return mine.map((line) => ({ place: line.place, id: line.id, typed: $state.snapshot(line.typed) as Typed, base: line.base, version: line.version, at: at(line) }));
}

/** Keeps them; nothing to keep leaves nothing. */
export function keepLines(account: string, proposal: string, lines: readonly KeptLine[], to: DraftStorage | null = tabStorage()): void {
  keep(key(account, proposal), lines.length > 0 ? lines : null, to);
}

/** What was typed before and neither saved nor given up. */
export function keptLines(account: string, proposal: string, from: DraftStorage | null = tabStorage()): KeptLine[] {
  const read = kept<unknown[]>(key(account, proposal), from);
  const isLine = (each: unknown): each is KeptLine => typeof each === 'object' && each !== null && typeof (each as KeptLine).place === 'string' && typeof (each as KeptLine).id === 'string' && typeof (each as KeptLine).typed === 'object';
  return Array.isArray(read) ? read.filter(isLine) : [];
}
