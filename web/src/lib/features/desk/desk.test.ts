import { expect, test } from 'vitest';
import type { DeskItem } from '#lib/api/shapes.ts';
import { groupOf, grouped, packed, placeOf } from './desk.ts';
import { doWord } from './words.ts';

/** A Friday. */
const TODAY = '2026-11-27';

function item(id: string, change: Partial<DeskItem> = {}): DeskItem {
  return {
    kind: 'draft',
    proposal: { proposal_id: id, number: null, title: id, stage: 'drafting', phase: 'drafting' },
    chantier: { chantier_id: 'CH1', title: 'Chantier' },
    due_on: null,
    since_ms: 0,
    count: 1,
    minutes_estimated: 5,
    action: null,
    thread_id: null,
    flags: [],
    ...change,
  };
}

test('late, this week up to Sunday, later', () => {
  expect(groupOf(item('a', { due_on: '2026-11-26' }), TODAY)).toBe('late');
  expect(groupOf(item('a', { due_on: TODAY }), TODAY)).toBe('week');
  expect(groupOf(item('a', { due_on: '2026-11-29' }), TODAY)).toBe('week');
  expect(groupOf(item('a', { due_on: '2026-11-30' }), TODAY)).toBe('later');
  expect(groupOf(item('a'), TODAY)).toBe('later');
  expect(groupOf(item('a', { flags: [{ code: 'submitted_stalled', days: 12 }] }), TODAY)).toBe('late');
  expect(groupOf(item('a', { due_on: '2026-11-29' }), '2026-11-29')).toBe('week');
  const groups = grouped([item('a'), item('b', { due_on: '2026-11-01' })], TODAY);
  expect(groups.map((one) => [one.group, one.items.length])).toEqual([['late', 1], ['later', 1]]);
});

test('ten minutes are filled with what is most pressing and fits', () => {
  const few = packed([item('long', { minutes_estimated: 30 }), item('a'), item('late', { due_on: '2026-11-01', minutes_estimated: 2 }), item('b'), item('c', { minutes_estimated: 2 })], TODAY);
  expect(few.map((one) => one.proposal.proposal_id)).toEqual(['late', 'a', 'c']);
});

test('each thing leads to where it is done', () => {
  expect(placeOf(item('p', { kind: 'admit', action: 'T04' }))).toBe('/propositions/p?acte=T04');
  expect(placeOf(item('p', { kind: 'mention', thread_id: 'c1' }))).toBe('/propositions/p#fil-c1');
  expect(placeOf(item('p', { kind: 'draft' }))).toBe('/propositions/p?rediger');
  expect(placeOf(item('p', { kind: 'accept_porteur' }))).toBe('/propositions/p#owner');
  expect(placeOf(item('p', { kind: 'discuss' }))).toBe('/propositions/p');
  expect([doWord('sign_opinion'), doWord('arbitrate')]).toEqual(['Lire et signer l’avis', 'Ouvrir la proposition']);
});
