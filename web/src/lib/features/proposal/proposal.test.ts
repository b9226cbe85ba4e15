import { describe, expect, it } from 'vitest';

import type { Person } from '#lib/api/shapes.ts';
import { frozenAs, nextAction, otherActions } from './next-action.ts';
import { matching } from './people.ts';

const person = (given_name: string, usual_name: string, name: string): Person => ({
  person_id: usual_name,
  given_name,
  usual_name,
  organisation: { organisation_id: name, name, short_name: name, college_id: 'ECO' },
});

describe('the one action', () => {
  it('is to start where one may, to write where one may, else to invite somebody', () => {
    const none = { contributors: [], lacks: [] };
    expect(nextAction({ ...none, may: ['read', 'edit_text', 'start_drafting'] })).toBe('start');
    expect(nextAction({ ...none, may: ['read', 'edit_text', 'invite_contributors'] })).toBe('write');
    expect(nextAction({ ...none, may: ['read', 'invite_contributors'] })).toBe('invite');
    expect(nextAction({ ...none, may: ['read'] })).toBeNull();
    expect(nextAction({ ...none, may: ['read', 'request_completion'] })).toBe('complete');
    expect(otherActions({ ...none, may: ['edit_text', 'invite_contributors'] })).toEqual(['invite']);
    expect(otherActions({ ...none, may: ['edit_text', 'start_drafting'] })).toEqual(['write']);
  });

  it('is to deposit once nothing is missing, and to write before', () => {
    const owner = { may: ['read', 'edit_text', 'submit'], contributors: [] };
    expect(nextAction({ ...owner, lacks: [] })).toBe('submit');
    expect(otherActions({ ...owner, lacks: [] })).toEqual(['write']);
    const lacks = [{ section: 'context', field: 'text', code: 'context_too_short', year: null, expected_cents: null, found_cents: null }];
    expect(nextAction({ ...owner, lacks })).toBe('write');
    expect(otherActions({ ...owner, lacks })).toEqual(['submit']);
  });

  it('knows where a text is fixed', () => {
    expect(['idea', 'drafting', 'in_commission'].map(frozenAs)).toEqual([null, null, null]);
    expect(['frozen', 'submitted', 'approved'].map(frozenAs)).toEqual(['frozen', 'submitted', 'later']);
  });
});

describe('finding people', () => {
  it('by every word typed, accents or not', () => {
    const people = [person('Inès', 'Prototype', 'Région'), person('Renaud', 'Factice', 'Chambre de commerce')];
    expect(matching(people, 'ines region').map((each) => each.usual_name)).toEqual(['Prototype']);
    expect(matching(people, 'commerce fact').map((each) => each.usual_name)).toEqual(['Factice']);
    expect(matching(people, ' ')).toHaveLength(2);
    expect(matching(people, 'zzz')).toEqual([]);
  });
});
