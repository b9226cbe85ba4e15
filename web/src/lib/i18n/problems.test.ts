import { expect, test } from 'vitest';
import { ApiProblem } from '#lib/api/problem.ts';
import { overwriteGetLocale } from '#lib/paraglide/runtime.js';
import { fieldSentences, problemSentence, sentencesReady } from './problems.ts';

overwriteGetLocale(() => 'fr');

test('too many tries says when to come back', () => {
  expect(problemSentence(new ApiProblem(429, { code: 'too_many', retry_after_s: 45 }))).toContain('45\u00a0secondes');
  expect(problemSentence(new ApiProblem(429, { code: 'too_many', retry_after_s: 900 }))).toContain('15\u00a0minutes');
});

test('an unknown refusal names its code; an unknown failure says what was kept', () => {
  expect(problemSentence(new ApiProblem(409, { code: 'brand_new' }))).toContain('brand_new');
  expect(problemSentence(new ApiProblem(503, { code: 'brand_new' }))).toContain('conservée');
  expect(problemSentence(new TypeError('boom'))).toContain('conservée');
});

test('before the sentences are loaded the plain ones are said', () => {
  expect(problemSentence(new ApiProblem(0, { code: 'offline' }))).not.toContain('offline');
  expect(problemSentence(new ApiProblem(403, { code: 'warned_lately' }))).not.toContain('warned_lately');
});

test('each wrong field has its sentence', async () => {
  await sentencesReady();
  expect(problemSentence(new ApiProblem(409, { code: 'warned_lately' }))).not.toContain('warned_lately');
  const wrong = new ApiProblem(422, { code: 'invalid', errors: [{ field: 'new_password', code: 'too_short' }, { field: 'email', code: 'invalid' }, { field: 'title', code: 'too_long' }] });
  expect(fieldSentences(wrong)).toEqual({
    new_password: '12 caractères au moins.',
    email: expect.stringContaining('adresse électronique'),
    title: 'Trop long.',
  });
});
