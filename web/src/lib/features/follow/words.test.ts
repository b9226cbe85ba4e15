import { expect, test } from 'vitest';
import { centsOf, periodWord, typedOf, wholeOf } from './words.ts';

test('amounts are read as people type them', () => {
  expect(centsOf('1 234,5')).toBe(123450);
  expect(centsOf('1\u202f234,50 €')).toBe(123450);
  expect(centsOf('')).toBeNull();
  expect(centsOf('12,345')).toBeNull();
  expect(centsOf('-3')).toBeNull();
  expect(typedOf(123450)).toBe('1234,5');
  expect(typedOf(null)).toBe('');
  expect(wholeOf('1 200')).toBe(1200);
  expect(wholeOf('1,5')).toBeNull();
});

test('periods have their words', () => {
  expect(periodWord('2026-S1')).toBe('1er semestre 2026');
  expect(periodWord('2026-S2')).toBe('2e semestre 2026');
  expect(periodWord('final')).toBe('Bilan final');
});
