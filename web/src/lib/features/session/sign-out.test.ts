import { expect, test, vi } from 'vitest';
import { ApiProblem } from '#lib/api/problem.ts';
import { Session } from '#lib/api/session.svelte.ts';
import type { Me } from '#lib/api/shapes.ts';
import { SignOut } from './sign-out.svelte.ts';

function flow(unsent: number, close: () => Promise<void> = async () => {}, unkept = 0, aside = 0) {
  const session = new Session();
  session.begin({ account_id: 'acc-1' } as Me);
  const kept = { unsentCount: vi.fn(async () => unsent), keptCount: vi.fn(async () => aside), unkept: () => unkept, clearAll: vi.fn(async () => {}) };
  const done = vi.fn();
  return { session, kept, done, out: new SignOut(session, done, kept, close) };
}

test('with everything sent, the copy is cleared and the session ends', async () => {
  const { session, kept, done, out } = flow(0);
  await out.start();
  expect(kept.clearAll).toHaveBeenCalledWith('acc-1', 'sent');
  expect(session.me).toBeNull();
  expect(done).toHaveBeenCalledOnce();
});

test('with unsent edits one is asked first, and may stay', async () => {
  const { session, kept, out } = flow(3);
  await out.start();
  expect([out.asking, out.waiting]).toEqual([true, 3]);
  out.stay();
  expect(out.asking).toBe(false);
  expect(session.me).not.toBeNull();
  expect(kept.clearAll).not.toHaveBeenCalled();
});

test('one may leave and keep the copy for this account, or delete it', async () => {
  const keeping = flow(3);
  await keeping.out.start();
  await keeping.out.leave('keep');
  expect(keeping.kept.clearAll).not.toHaveBeenCalled();
  expect(keeping.session.me).toBeNull();

  const deleting = flow(3);
  await deleting.out.start();
  await deleting.out.leave('everything');
  expect(deleting.kept.clearAll).toHaveBeenCalledWith('acc-1', 'everything');
});

test('without an answer nothing is cleared, one stays signed in and is told', async () => {
  const { session, kept, out } = flow(0, () => Promise.reject(new ApiProblem(0, { code: 'offline' })));
  await out.start();
  expect(kept.clearAll).not.toHaveBeenCalled();
  expect(session.me).not.toBeNull();
  expect([out.asking, out.waiting, out.busy]).toEqual([true, 0, false]);
  expect(out.problem).toMatch(/./);
  out.stay();
  expect([out.asking, out.problem]).toEqual([false, null]);
});

test('without knowing what waits here nobody leaves', async () => {
  const { session, kept, out } = flow(0);
  kept.unsentCount.mockRejectedValueOnce(new TypeError('Failed to fetch dynamically imported module'));
  await out.start();
  expect([out.asking, out.problem !== null, session.me !== null]).toEqual([true, true, true]);
  expect(kept.clearAll).not.toHaveBeenCalled();
});

test('words that were refused and wait for a decision are asked about', async () => {
  const { session, kept, out } = flow(0, undefined, 0, 2);
  await out.start();
  expect([out.asking, out.waiting, out.aside]).toEqual([true, 0, 2]);
  expect(session.me).not.toBeNull();
  expect(kept.clearAll).not.toHaveBeenCalled();
});

test('a session already ended on the server ends here too', async () => {
  const { session, out } = flow(0, () => Promise.reject(new ApiProblem(401, { code: 'unauthenticated' })));
  await out.start();
  expect(session.me).toBeNull();
});

test('edits that only the page holds are asked about too', async () => {
  const { kept, out } = flow(0, undefined, 2);
  await out.start();
  expect([out.asking, out.waiting, out.unkept]).toEqual([true, 2, 2]);
  expect(kept.clearAll).not.toHaveBeenCalled();
});
