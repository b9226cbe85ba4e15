import { afterEach, expect, test, vi } from 'vitest';
import { ApiProblem, api, onSignedOut, path } from './client.ts';

function answering(status: number, body: unknown, headers: Record<string, string> = {}) {
  const fetched = vi.fn(async () => new Response(body === null ? null : JSON.stringify(body), { status, headers }));
  vi.stubGlobal('fetch', fetched);
  return fetched;
}
afterEach(() => vi.unstubAllGlobals());

test('values in a path are encoded', () => {
  expect(path`/api/links/${'a/b?c'}/acceptances`).toBe('/api/links/a%2Fb%3Fc/acceptances');
});

test('a query leaves out what is not asked', async () => {
  const fetched = answering(200, {});
  await api.get('/api/proposals', { query: { text: 'été', cursor: null, stage: undefined, limit: 5 } });
  expect(fetched).toHaveBeenCalledWith('/api/proposals?text=%C3%A9t%C3%A9&limit=5', expect.anything());
});

test('a problem is typed: code, fields, when to come back', async () => {
  answering(422, { code: 'invalid', errors: [{ field: 'title', code: 'too_short' }] });
  await expect(api.post('/api/proposals', {})).rejects.toMatchObject({ status: 422, code: 'invalid', fields: { title: 'too_short' } });
  answering(429, { code: 'too_many' }, { 'retry-after': '30' });
  await expect(api.post('/api/sessions', {})).rejects.toMatchObject({ retry_after_s: 30 });
});

test('no answer, or an answer of something else, is a problem too', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('network')));
  await expect(api.get('/api/me')).rejects.toMatchObject({ status: 0, code: 'offline' });
  vi.stubGlobal('fetch', async () => new Response('<html>bad gateway</html>', { status: 502 }));
  await expect(api.get('/api/me')).rejects.toMatchObject({ status: 502, code: 'internal' });
});

test('an ended session is told once, a wrong password is not', async () => {
  const told = vi.fn();
  onSignedOut(told);
  answering(401, { code: 'bad_credentials' });
  await expect(api.post('/api/sessions', {})).rejects.toBeInstanceOf(ApiProblem);
  expect(told).not.toHaveBeenCalled();
  answering(401, { code: 'unauthenticated' });
  await expect(api.get('/api/chantiers')).rejects.toBeInstanceOf(ApiProblem);
  expect(told).toHaveBeenCalledOnce();
});
