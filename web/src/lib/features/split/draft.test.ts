import { expect, test } from 'vitest';
import type { SplitRow } from '#lib/api/joined.ts';
import { emptyDraft, keepDraft, keptDraft } from './draft.ts';

function memory() {
  const held = new Map<string, string>();
  return { held, getItem: (key: string) => held.get(key) ?? null, setItem: (key: string, value: string) => void held.set(key, value), removeItem: (key: string) => void held.delete(key) };
}

const row = (row_id: string): SplitRow => ({ kind: 'expense', row_id, version: 1, year: 2027, label: row_id, detail: '', amount_cents: 1, posts: null });
const first = emptyDraft('Le résumé de départ.');

test('what is typed about a split is found again by this person, on this proposal', () => {
  const tab = memory();
  const typed = { ...emptyDraft('Le résumé de départ.'), chosen: { 'expense a': '1', 'expense b': 'dropped' }, motives: { 'expense b': 'Volet non repris' }, motive: 'Deux objets' };
  typed.children = [{ title: 'Volet commerce', summary: 'x', porteur_id: '' }, { title: '', summary: 'y', porteur_id: 'org-c' }, { title: 'z', summary: '', porteur_id: '' }];
  keepDraft('acc', 'pro', typed, first, tab);
  expect(keptDraft('acc', 'pro', [row('a'), row('b')], tab)).toEqual(typed);
  expect(keptDraft('acc-2', 'pro', [row('a')], tab)).toBeNull();
  expect(keptDraft('acc', 'pro-2', [row('a')], tab)).toBeNull();
});

test('a row that is gone since is left out of it', () => {
  const tab = memory();
  keepDraft('acc', 'pro', { ...first, chosen: { 'expense a': '1', 'expense b': 'dropped' }, motives: { 'expense b': 'Volet non repris' } }, first, tab);
  expect(keptDraft('acc', 'pro', [row('a')], tab)).toMatchObject({ chosen: { 'expense a': '1' }, motives: {} });
});

test('nothing typed, or a draft nobody can read, is no draft', () => {
  const tab = memory();
  keepDraft('acc', 'pro', emptyDraft('Le résumé de départ.'), first, tab);
  expect(tab.held.size).toBe(0);
  tab.setItem('chantier.split.acc.pro', '{"children":[{"title":"seule"}]}');
  expect(keptDraft('acc', 'pro', [], tab)).toBeNull();
  tab.setItem('chantier.split.acc.pro', '{"children":[null,{"title":3}],"motive":7}');
  expect(keptDraft('acc', 'pro', [], tab)).toEqual({ children: [{ title: '', summary: '', porteur_id: '' }, { title: '', summary: '', porteur_id: '' }], chosen: {}, motives: {}, motive: '' });
});
