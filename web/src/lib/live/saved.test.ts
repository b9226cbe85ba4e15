import { expect, test } from 'vitest';

import { Spoken, savedState, type Known, type Saved } from './saved';

const known: Known = { ended: null, refused: null, suspended: false, inStep: true, lost: false, code: null, pending: 0, kept: true };

test('what came after the freeze is kept aside, not refused', () => {
  expect(savedState({ ...known, refused: 'kept_aside' })).toEqual({ state: 'aside' });
  expect(savedState({ ...known, refused: 'stage' })).toEqual({ state: 'refused', code: 'stage' });
});

test('a recovery is told only after the line or the server was away', () => {
  const told = (...states: Saved['state'][]) => {
    const spoken = new Spoken();
    return states.map((state) => spoken.of(state));
  };
  expect(told('opening', 'saved', 'pending', 'saved')).toEqual([null, 'words', null, null]);
  expect(told('saved', 'offline', 'pending', 'saved', 'saved')).toEqual(['words', 'words', null, 'back', null]);
  expect(told('saved', 'suspended', 'saved')).toEqual(['words', 'words', 'back']);
  expect(told('saved', 'refused', 'opening', 'saved')).toEqual(['words', 'words', null, null]);
  expect(told('saved', 'aside', 'opening', 'saved')).toEqual(['words', 'words', null, null]);
});
