import { expect, test } from 'vitest';

import { m } from '#lib/paraglide/messages.js';
import { closedSentence, refusalSentence } from './refusals.ts';

test('a code has its sentence, and an unknown one is named', () => {
  expect(refusalSentence('stage')).toBe(m.refusal_stage());
  expect(refusalSentence('close_4413')).toBe(m.refusal_too_large());
  expect(refusalSentence('of_another_day')).toContain('of_another_day');
});

test('a line that is only cut has nothing more to say', () => {
  expect(closedSentence(1006)).toBeUndefined();
  expect(closedSentence(null)).toBeUndefined();
  expect(closedSentence(4508)).toBe(m.saved_slow_more());
});
