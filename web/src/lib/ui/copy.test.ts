// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from 'vitest';

import { copyText } from './copy';

afterEach(() => vi.unstubAllGlobals());

test('words go into the clipboard', async () => {
  const writeText = vi.fn(async () => {});
  vi.stubGlobal('navigator', { clipboard: { writeText } });
  expect(await copyText('mots')).toBe(true);
  expect(writeText).toHaveBeenCalledWith('mots');
});

test('on plain http, without a clipboard, they are selected and copied; a failure is told', async () => {
  vi.stubGlobal('navigator', {});
  let selected = '';
  document.execCommand = () => {
    selected = document.querySelector('textarea')?.value ?? '';
    return true;
  };
  expect([await copyText('mots'), selected, document.querySelector('textarea')]).toEqual([true, 'mots', null]);
  document.execCommand = () => false;
  expect(await copyText('mots')).toBe(false);
});
