/** The keys of a followed action in words, and what is typed about it as numbers. */
import { euros, number } from '#lib/i18n/format.ts';
import { m } from '#lib/paraglide/messages.js';

type Say = () => string;

const matters: Record<string, Say> = {
  porteur: m.follow_matter_porteur,
  objectives: m.follow_matter_objectives,
  territory: m.follow_matter_territory,
  jobs: m.follow_matter_jobs,
  amount: m.follow_matter_amount,
  cost: m.follow_matter_cost,
  other: m.follow_matter_other,
};
const states: Record<string, Say> = { asked: m.follow_addendum_asked, decided: m.follow_addendum_decided, withdrawn: m.follow_addendum_withdrawn };
const sure: Record<string, Say> = { A: m.follow_sure_a, B: m.follow_sure_b, C: m.follow_sure_c };
const kinds: Record<string, Say> = { direct: m.follow_jobs_direct, supported: m.follow_jobs_supported };

const say = (table: Record<string, Say>) => (key: string): string => table[key]?.() ?? key;

export const MATTERS = Object.keys(matters);
export const matterWord = say(matters);
export const stateWord = say(states);
export const sureWord = say(sure);
export const jobKindWord = say(kinds);

/** `1er semestre 2026`, `Démarrage`, `Bilan final`. */
export function periodWord(period: string): string {
  if (period === 'start') return m.follow_period_start();
  if (period === 'final') return m.follow_period_final();
  const [year = '', half] = period.split('-');
  return half === 'S1' ? m.follow_period_first({ year }) : m.follow_period_second({ year });
}

/** Euros as people type them, in cents; `null` for nothing or no amount. */
export function centsOf(typed: string): number | null {
  const tidy = typed.replace(/[\s\u00a0\u202f€]/g, '').replace(',', '.');
  return /^\d+(\.\d{1,2})?$/.test(tidy) ? Math.round(Number(tidy) * 100) : null;
}

/** Hundredths as people type them; `null` for nothing or no number. */
export const hundredthsOf = centsOf;

/** A whole number as people type it; `null` for nothing or no number. */
export function wholeOf(typed: string): number | null {
  const tidy = typed.replace(/[\s\u00a0\u202f]/g, '');
  return /^\d+$/.test(tidy) ? Number(tidy) : null;
}

/** Cents or hundredths as a field shows them: `1234,50`. */
export const typedOf = (hundredths: number | null | undefined): string => (hundredths === null || hundredths === undefined ? '' : String(hundredths / 100).replace('.', ','));

export const money = (cents: number | null | undefined): string => (cents === null || cents === undefined ? '' : euros(cents));
export const fte = (hundredths: number): string => number(hundredths / 100);
