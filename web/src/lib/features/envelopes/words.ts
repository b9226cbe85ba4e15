/** The numbers of an envelope in words, in the order money comes. */
import { m } from '#lib/paraglide/messages.js';
import type { Envelope } from '#lib/api/shapes.ts';

export type Counter = 'requested' | 'arbitrated' | 'awaiting' | 'decided' | 'committed';

export const COUNTERS: readonly Counter[] = ['requested', 'arbitrated', 'awaiting', 'decided', 'committed'];

const words: Record<string, () => string> = {
  requested: m.env_requested,
  arbitrated: m.env_arbitrated,
  awaiting: m.env_awaiting,
  decided: m.env_decided,
  committed: m.env_committed,
};

export const counterWord = (counter: string): string => words[counter]?.() ?? counter;
export const centsOf = (envelope: Envelope, counter: Counter): number => envelope[`${counter}_cents`];

/** The page of the lines behind a number. */
export const linesAt = (envelope: { code: string; year: number }, counter: string): string => `/enveloppes/${envelope.year}/${encodeURIComponent(envelope.code)}/${counter}`;
