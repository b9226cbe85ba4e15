import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { HttpSocket } from './fallback';

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('a part that is swallowed on its way up is sent again, the same', async () => {
  const parts: string[] = [];
  vi.stubGlobal('fetch', async (to: string, init: RequestInit) => {
    const headers = init.headers as Record<string, string>;
    if (init.method === 'POST') {
      parts.push(`${headers['chantier-part']}: ${(init.body as Uint8Array).length}`);
      if (parts.length > 1) return new Response(null, { status: 204 });
      // A proxy that took it, and answers nothing.
      return new Promise((_, reject) => init.signal?.addEventListener('abort', () => reject(new DOMException('late', 'AbortError'))));
    }
    if (init.method === 'DELETE' || headers['chantier-seat']) return new Promise(() => {});
    return new Response(null, { headers: { 'chantier-seat': 'seat-1', 'chantier-bytes': '0' }, status: to.includes('poll') ? 200 : 503 });
  });
  const socket = new HttpSocket('ws://chantier.test/ws/doc-1');
  await vi.waitFor(() => expect(socket.readyState).toBe(1));
  socket.send(new Uint8Array(4_000));
  await vi.waitFor(() => expect(parts).toHaveLength(1));
  await vi.advanceTimersByTimeAsync(9_000);
  expect(parts).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(parts).toHaveLength(2);
  expect(parts[1]).toBe(parts[0]);
  socket.close();
});
