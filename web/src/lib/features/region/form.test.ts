import { expect, test } from 'vitest';
import type { DecisionSheet } from '#lib/api/region.ts';
import { cents, firstForm, leftAfter, overruns, requestOf } from './form.ts';

const envelope = (code: string, left_cents: number, parent: string | null = null) => ({ code, year: 2026, parent, amount_cents: left_cents, taken_cents: 0, left_cents });
const sheet = {
  title: 'Titre', session_on: '2026-12-11', session_organ: 'Commission permanente',
  requested: [{ code: 'CREER', year: 2026, amount_cents: 60_000 }], ceilings: [{ code: 'CREER', year: 2026, amount_cents: 50_000 }],
  envelopes: [envelope('CREER', 40_000), envelope('FEE', 10_000, 'CREER')],
} as unknown as DecisionSheet;

test('amounts are read as people type them', () => {
  expect(cents('1 234,5')).toBe(123_450);
  expect(cents('')).toBe(0);
  expect(cents('-3')).toBeNull();
});

test('the form begins with the session and the ceilings', () => {
  const form = firstForm(sheet);
  expect(form).toMatchObject({ value: 'approved', organ: 'Commission permanente', decided_on: '2026-12-11', title: 'Titre', amounts: [{ code: 'CREER', year: 2026, typed: '500' }] });
});

test('what the fund takes is taken from the envelope around it, too', () => {
  const form = { ...firstForm(sheet), amounts: [{ code: 'FEE', year: 2026, typed: '50' }] };
  expect(leftAfter(sheet.envelopes[0]!, sheet, form)).toBe(35_000);
  expect(overruns(sheet, firstForm(sheet)).map(({ envelope: { code }, by }) => [code, by])).toEqual([['CREER', 10_000]]);
  expect(overruns(sheet, { ...firstForm(sheet), value: 'rejected' })).toEqual([]);
});

test('a refusal asks for no money and no points', () => {
  expect(requestOf({ ...firstForm(sheet), value: 'rejected', points: 'un' }, null)).toMatchObject({ amounts: [], points: [], conditions: [] });
});
