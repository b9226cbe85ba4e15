import { beforeEach, expect, test, vi } from 'vitest';
import { ApiProblem } from '#lib/api/problem.ts';
import type { Proposal } from '#lib/api/shapes.ts';
import { counter, dropDraft, keepDraft, keptDraft } from './draft.ts';
import { Propose } from './propose.svelte.ts';

const kept = new Map<string, string>();
const storage = {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => void kept.set(key, value),
  removeItem: (key: string) => void kept.delete(key),
};
const SUMMARY = 'Un plateau technique partagé pour former les apprentis du bâtiment.';

beforeEach(() => {
  kept.clear();
  vi.stubGlobal('localStorage', storage);
});

test('a draft belongs to one account and one chantier', () => {
  keepDraft('acc-1', 'CH5', { title: 'Atelier', summary: SUMMARY });
  expect(keptDraft('acc-1', 'CH5')?.title).toBe('Atelier');
  expect(keptDraft('acc-2', 'CH5')).toBeNull();
  expect(keptDraft('acc-1', 'CH1')).toBeNull();
  dropDraft('acc-1', 'CH5');
  expect(keptDraft('acc-1', 'CH5')).toBeNull();
});

test('an empty, broken or refused store is no draft', () => {
  keepDraft('acc-1', 'CH5', { title: ' ', summary: '' });
  expect(kept.size).toBe(0);
  kept.set('chantier.idea.acc-1.CH5', '{broken');
  expect(keptDraft('acc-1', 'CH5')).toBeNull();
  const refusing = { getItem: () => { throw new Error('refused'); }, setItem: () => { throw new Error('refused'); }, removeItem: () => {} };
  expect(keptDraft('acc-1', 'CH5', refusing)).toBeNull();
  expect(() => keepDraft('acc-1', 'CH5', { title: 'a', summary: 'b' }, refusing)).not.toThrow();
});

test('the counter says what is missing, left or too much', () => {
  expect(counter('court')).toEqual({ state: 'short', count: 35 });
  expect(counter('a'.repeat(100))).toEqual({ state: 'left', count: 200 });
  expect(counter('é'.repeat(301))).toEqual({ state: 'over', count: 1 });
});

test('near proposals are shown before creation, and what failed keeps the draft', async () => {
  const create = vi.fn<(body: unknown) => Promise<Proposal>>().mockRejectedValueOnce(new ApiProblem(0, { code: 'offline' }));
  const idea = new Propose('acc-1', 'CH5', { neighbours: async () => ({ neighbours: [] }), create });
  await idea.look();
  expect(idea.step).toBe('write');
  expect(Object.keys(idea.wrong)).toEqual(['title', 'summary']);

  [idea.title, idea.summary] = ['Atelier partagé', SUMMARY];
  idea.typed();
  await idea.look();
  expect(idea.step).toBe('near');
  expect(await idea.create()).toBeNull();
  expect(idea.refused).toBeTruthy();
  expect(keptDraft('acc-1', 'CH5')?.summary).toBe(SUMMARY);
  expect(new Propose('acc-1', 'CH5').found).toBe(true);

  create.mockResolvedValueOnce({ proposal_id: 'p' } as Proposal);
  expect((await idea.create())?.proposal_id).toBe('p');
  expect(create).toHaveBeenLastCalledWith({ title: 'Atelier partagé', summary: SUMMARY, chantier_id: 'CH5', neighbours_shown: true });
  expect(keptDraft('acc-1', 'CH5')).toBeNull();
});

test('a field the server refuses leads back to writing', async () => {
  const refusing = () => Promise.reject(new ApiProblem(422, { code: 'invalid', errors: [{ field: 'title', code: 'too_long' }] }));
  const idea = new Propose('acc-1', 'CH5', { neighbours: async () => ({ neighbours: [] }), create: refusing });
  [idea.title, idea.summary] = ['Atelier partagé', SUMMARY];
  await idea.look();
  await idea.create();
  expect(idea.step).toBe('write');
  expect(idea.wrong.title).toBeTruthy();
});
