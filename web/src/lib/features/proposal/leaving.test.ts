import { expect, test } from 'vitest';

import { m } from '#lib/paraglide/messages.js';
import { leftSentence, waits } from './leaving.ts';

const live = { pending: 2, kept: true, ended: null, stopped: null, saved: { state: 'offline', edits: 2, kept: true, code: null } } as const;

test('what was left is said as it is', () => {
  expect(leftSentence(live)).toBe(m.writing_left());
  expect(leftSentence({ ...live, saved: { state: 'suspended', edits: 2, kept: true } })).toBe(m.writing_left_suspended());
  expect(leftSentence({ ...live, ended: 'signed_out' })).toBe(m.writing_left_signed_out());
});

test('nothing is promised where nothing waits, or nothing is kept', () => {
  expect(leftSentence({ ...live, pending: 0 })).toBeNull();
  expect(leftSentence({ ...live, kept: false })).toBeNull();
  expect(leftSentence({ ...live, ended: 'gone' })).toBeNull();
});

test('waiting helps only while something may be sent', () => {
  expect(waits(live)).toBe(true);
  expect([waits({ ...live, pending: 0 }), waits({ ...live, ended: 'signed_out' }), waits({ ...live, stopped: 'stage' })]).toEqual([false, false, false]);
});
