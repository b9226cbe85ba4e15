import { describe, expect, it } from 'vitest';
import type { SplitRow } from '#lib/api/joined.ts';
import { openCount, sums, type Place } from './split.ts';

const row = (kind: SplitRow['kind'], row_id: string, year: number, amount: number): SplitRow => ({ kind, row_id, version: 1, year, label: row_id, detail: '', amount_cents: kind === 'job_line' ? null : amount, posts: kind === 'job_line' ? amount : null });
const rows = [row('expense', 'a', 2027, 100), row('expense', 'b', 2027, 50), row('expense', 'c', 2028, 7), row('job_line', 'd', 2027, 3)];

describe('the sums of a split', () => {
  it('lose nothing: what goes somewhere, is dropped or stays open is what there was', () => {
    const places: Record<string, Place> = { a: 0, b: 'dropped', c: 1, d: null };
    const lines = sums(rows, (one) => places[one.row_id] ?? null, 2);
    expect(lines).toEqual([
      { kind: 'expense', year: 2027, before: 150, children: [100, 0], dropped: 50, open: 0 },
      { kind: 'expense', year: 2028, before: 7, children: [0, 7], dropped: 0, open: 0 },
      { kind: 'job_line', year: 2027, before: 3, children: [0, 0], dropped: 0, open: 3 },
    ]);
    for (const line of lines) expect(line.children.reduce((all, one) => all + one, line.dropped + line.open)).toBe(line.before);
  });

  it('leave a row open without a place, with a place that is gone, or dropped without a motive', () => {
    const places: Record<string, Place> = { a: 0, b: 'dropped', c: 2, d: null };
    const count = (motive: string) => openCount(rows, (one) => places[one.row_id] ?? null, () => motive, 2);
    expect(count('')).toBe(3);
    expect(count('Pas repris')).toBe(2);
  });
});
