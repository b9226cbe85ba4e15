import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Version } from '#lib/api/shapes.ts';
import { fileOf, pageOf, Versions } from './versions.svelte.ts';

const version = (rank: number, sealed_at_ms: number | null): Version => ({
  version_id: `v${rank}`, proposal_id: 'p', rank, reason: 'deposit', round: 1, title: 'T', document_seq: 1, opened_at_ms: 1, person: null,
  sealed_at_ms, content_sha256: sealed_at_ms === null ? null : 'ab', key_id: null,
});

let answers: (Version[] | number)[];

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('fetch', () => {
    const next = answers.shift() ?? [];
    return Promise.resolve(typeof next === 'number' ? new Response('{}', { status: next }) : new Response(JSON.stringify({ versions: next })));
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('the newest stands first, and one being sealed settles by itself', async () => {
  answers = [[version(1, 5), version(2, null)], [version(1, 5), version(2, null)], [version(1, 5), version(2, 9)]];
  const versions = new Versions('p');
  await versions.read();
  expect(versions.list.map((one) => one.rank)).toEqual([2, 1]);
  expect(versions.settled).toBeNull();
  await vi.advanceTimersByTimeAsync(4000);
  expect(versions.list[0]?.sealed_at_ms).toBe(9);
  expect(versions.settled?.rank).toBe(2);
  expect(vi.getTimerCount()).toBe(0);
});

test('a failure is told and what was read stays', async () => {
  answers = [[version(1, 5)], 500];
  const versions = new Versions('p');
  await versions.read();
  await versions.read();
  expect([versions.failed !== null, versions.list.length]).toEqual([true, 1]);
});

test('it asks no more after its end', async () => {
  answers = [[version(1, null)]];
  const versions = new Versions('p');
  await versions.read();
  versions.end();
  expect(vi.getTimerCount()).toBe(0);
});

test('files have permanent addresses', () => {
  expect([pageOf(version(1, 1)), fileOf(version(1, 1))]).toEqual(['/api/versions/v1.html', '/api/versions/v1.json']);
});
