import { expect, test } from 'vitest';
import { cents, typedEuros } from './attempt.svelte.ts';

test('euros are read as people type them', () => {
  expect(cents('100 000 000')).toBe(10_000_000_000);
  expect(cents('1\u202f234,56 €')).toBe(123_456);
  expect(cents('12.5')).toBe(1250);
  expect(cents('')).toBeNaN();
  expect(cents('beaucoup')).toBeNaN();
});

test('what is shown is read back as the same amount', () => {
  for (const value of [0, 5, 1250, 10_000_000_000]) expect(cents(typedEuros(value))).toBe(value);
});
