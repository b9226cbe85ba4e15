import { expect, test } from 'vitest';
import { warnedReceipt, warningLines } from './warning.ts';

const NOW = Date.UTC(2026, 10, 27, 11);
const DAY = 86_400_000;
const asleep = (days: number, ...ago: number[]) => ({ days, warn_from_days: 304, close_from_days: 365, warnings_needed: 2, days_between: 15, warned_at_ms: ago.map((each) => NOW - each * DAY), may_warn: true, obstacle: null });
const lines = (days: number, ...ago: number[]) => warningLines(asleep(days, ...ago), NOW).map((line) => `${line.done ? 'x' : '-'} ${line.text.replaceAll(/[\u00a0\u202f]/g, ' ')}`);

test('each warning given, the next with its first day, then the end', () => {
  expect(lines(300)).toEqual(['- Avertissement 1 : possible à partir du 1er décembre 2026', '- Avertissement 2 : possible à partir du 16 décembre 2026', '- Classement sans suite : possible à partir du 31 janvier 2027, une fois les avertissements donnés']);
  expect(lines(370, 20)).toEqual(['x Avertissement 1 : 7 novembre 2026', '- Avertissement 2 : à donner', '- Classement sans suite : possible une fois les avertissements donnés']);
  expect(lines(370, 40, 20).at(-1)).toBe('- Classement sans suite : possible dès maintenant');
});

test('the receipt says how many are still needed', () => {
  expect(warnedReceipt(asleep(330), NOW)).toContain('Il faut encore 1 avertissement avant');
  expect(warnedReceipt(asleep(330, 20), NOW)).not.toContain('Il faut');
});
