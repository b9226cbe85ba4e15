/** Amounts of the sheet: as they are shown, and their sums. */
import { euros } from '#lib/i18n/format.ts';

export { parseCents, parseHundredths } from '#lib/i18n/amounts.ts';

/** `112 000,50 €`; what is no amount stays as it was typed. */
export function shownCents(cents: number | null, typed = ''): string {
  return cents === null ? typed : euros(cents);
}

/** `2,5`. */
export function shownHundredths(hundredths: number): string {
  return String(hundredths / 100).replace('.', ',');
}

/** A whole number, or `null`. */
export function parseWhole(typed: string): number | null {
  const bare = typed.replace(/[\s\u00a0\u202f]/g, '');
  return /^\d{1,9}$/.test(bare) ? Number(bare) : null;
}

export type Gap = { year: number | null; expected: number; found: number };
type Row = { year: number | null; cents: number | null };

/** The sums by year and in all; rows whose year or amount cannot be read yet count for what can. */
export function totals(rows: Row[]): { years: { year: number; cents: number }[]; cents: number } {
  const years = new Map<number, number>();
  for (const { year, cents } of rows) if (year !== null && cents !== null) years.set(year, (years.get(year) ?? 0) + cents);
  return {
    years: [...years].sort(([a], [b]) => a - b).map(([year, cents]) => ({ year, cents })),
    cents: rows.reduce((all, { cents }) => all + (cents ?? 0), 0),
  };
}

/** Where two plans differ: in all; where they do not, in which years. */
export function gaps(expected: Row[], found: Row[]): Gap[] {
  const [one, other] = [totals(expected), totals(found)];
  if (one.cents !== other.cents) return [{ year: null, expected: one.cents, found: other.cents }];
  const years = new Set([...one.years, ...other.years].map(({ year }) => year));
  const of = (sums: typeof one, year: number): number => sums.years.find((each) => each.year === year)?.cents ?? 0;
  return [...years]
    .sort((a, b) => a - b)
    .map((year) => ({ year, expected: of(one, year), found: of(other, year) }))
    .filter((gap) => gap.expected !== gap.found);
}
