import { describe, expect, it } from 'vitest';

import { gaps, parseCents, parseHundredths, parseWhole, shownCents, totals } from './money.ts';

describe('amounts as people type them', () => {
  it('reads spaces, commas, points and the sign', () => {
    const typed = ['112 000,50', '112000.5 €', '112\u202f000,50\u00a0€', '112.000,50', '112,000.50', "112'000.50 EUR", '112000,5 euros'];
    expect(typed.map(parseCents)).toEqual(typed.map(() => 11_200_050));
    expect(['0', '5', '12.000', '1 234', '0,05'].map(parseCents)).toEqual([0, 500, 1_200_000, 123_400, 5]);
  });

  it('reads nothing else', () => {
    for (const typed of ['', ' ', 'abc', '-5', '1,2,3', '12,345,6', '1.2345', '12 000,505', '5 %', '1e5']) expect(parseCents(typed), typed).toBeNull();
  });

  it('shows them as they are set, and leaves what is none', () => {
    expect(shownCents(11_200_050)).toBe('112\u202f000,50\u00a0€');
    expect(parseCents(shownCents(11_200_050))).toBe(11_200_050);
    expect(shownCents(null, 'douze')).toBe('douze');
    expect(parseHundredths('2,5')).toBe(250);
    expect(['12', '1 200', '', '1,5', 'x'].map(parseWhole)).toEqual([12, 1200, null, null, null]);
  });
});

describe('sums', () => {
  const row = (year: number | null, cents: number | null) => ({ year, cents });

  it('are by year and in all; what cannot be read yet is left out', () => {
    expect(totals([row(2028, 5), row(2027, 2), row(2027, 1), row(2027, null), row(null, 7)])).toEqual({ years: [{ year: 2027, cents: 3 }, { year: 2028, cents: 5 }], cents: 15 });
  });

  it('differ in all, or in the years of a total that fits', () => {
    expect(gaps([row(2027, 118)], [row(2027, 112)])).toEqual([{ year: null, expected: 118, found: 112 }]);
    expect(gaps([row(2027, 5)], [row(2028, 5)])).toEqual([{ year: 2027, expected: 5, found: 0 }, { year: 2028, expected: 0, found: 5 }]);
    expect(gaps([row(2027, 5)], [row(2027, 2), row(2027, 3)])).toEqual([]);
  });
});
