import { expect, test } from 'vitest';
import { Setup, typedNumber } from './setup.svelte.ts';

const prefill = {
  code: 'CREER',
  title: 'Contrat régional',
  region_name: 'Région',
  starts_on: '2025-01-01',
  ends_on: '2028-12-31',
  annual_budget_cents: 10_000_000_000,
  annual_jobs_target: 10_000,
};

test('numbers are read as people type them', () => {
  expect(typedNumber('100 000 000')).toBe(100_000_000);
  expect(typedNumber('1\u202f234,50 €')).toBe(1234.5);
  expect(typedNumber('beaucoup')).toBeNull();
  expect(typedNumber('')).toBeNull();
});

test('the prefilled programme goes out as it came in', () => {
  const form = new Setup(prefill);
  expect(form.check()).toBe(false);
  expect(Object.keys(form.wrong).sort()).toEqual(['email', 'given_name', 'password', 'usual_name']);
  Object.assign(form, { given_name: 'Soline', usual_name: 'Charpente', email: ' s@region.example ', password: 'douze caractères' });
  expect(form.check()).toBe(true);
  expect(form.body('t')).toMatchObject({ ...prefill, token: 't', email: 's@region.example' });
});

test('a programme that ends before it starts is refused here', () => {
  const form = new Setup({ ...prefill, ends_on: '2024-01-01' });
  form.check();
  expect(form.wrong.ends_on).toBeTruthy();
});
