import { afterEach, expect, test } from 'vitest';

import { overwriteGetLocale } from '#lib/paraglide/runtime.js';
import { MARKS, shortcutWords } from './tools';

afterEach(() => overwriteGetLocale(() => 'fr'));

test('keys and letters of the tools are those of the language', () => {
  overwriteGetLocale(() => 'fr');
  expect([MARKS[0]?.face, shortcutWords('Mod-Shift-8', false)]).toEqual(['G', 'Ctrl\u202f+\u202fMaj\u202f+\u202f8']);
  overwriteGetLocale(() => 'en');
  expect([MARKS[0]?.face, shortcutWords('Mod-Shift-8', false)]).toEqual(['B', 'Ctrl\u202f+\u202fShift\u202f+\u202f8']);
});
