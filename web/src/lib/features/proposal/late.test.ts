import { afterEach, expect, test, vi } from 'vitest';

import { LateEdits } from './late.svelte.ts';

afterEach(() => vi.unstubAllGlobals());

/** Answers by the end of what is asked. */
function answers(by: Record<string, [number, unknown]>): void {
  vi.stubGlobal('fetch', async (to: string) => {
    const [, [status, body]] = Object.entries(by).find(([end]) => to.endsWith(end)) ?? ['', [404, { code: 'not_found' }]];
    return new Response(JSON.stringify(body), { status });
  });
}

const LIST = '/late-contributions';

test('who has no late edits is not told that they could not be read', async () => {
  answers({ [LIST]: [503, { code: 'storage_unavailable' }] });
  const late = new LateEdits('doc');
  await late.read();
  expect(late.failed).toBe(false);
});

test('who has some is told, until they can be read', async () => {
  answers({ [LIST]: [200, { contributions: [{ contribution_id: 'one' }] }], '/one': [500, { code: 'internal' }] });
  const late = new LateEdits('doc');
  await late.read();
  expect(late.failed).toBe(true);
  answers({ [LIST]: [503, { code: 'internal' }] });
  await late.read();
  expect(late.failed).toBe(true);
  answers({ [LIST]: [200, { contributions: [{ contribution_id: 'one' }] }], '/one': [200, { contribution_id: 'one', sections: [] }] });
  await late.read();
  expect([late.failed, late.waiting.length]).toEqual([false, 1]);
});
