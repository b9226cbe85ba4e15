import { expect, test } from 'vitest';
import { AwaitedTotal } from './awaited.svelte.ts';

test('it asks again later, not at once', async () => {
  let asked = 0;
  const awaited = new AwaitedTotal(async () => ++asked);
  await awaited.refresh(0);
  await awaited.refresh(2_999);
  expect(awaited.total).toBe(1);
  await awaited.refresh(3_000);
  expect(awaited.total).toBe(2);
});

test('a failure leaves what was known; an answer for who has left is dropped', async () => {
  let answer: Promise<number> = Promise.resolve(4);
  const awaited = new AwaitedTotal(() => answer);
  await awaited.refresh(0);
  answer = Promise.reject(new Error('away'));
  await awaited.refresh(10_000);
  expect(awaited.total).toBe(4);
  answer = Promise.resolve(7);
  const late = awaited.refresh(20_000);
  awaited.forget();
  await late;
  expect(awaited.total).toBeNull();
});
