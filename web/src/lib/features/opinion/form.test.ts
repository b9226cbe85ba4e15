import { describe, expect, it } from 'vitest';

import { emptyForm, flawsOf, requestOf, seatsLeft, sumOf } from './form.ts';

const around = { seats: [['a'], ['b'], ['c', 'd'], ['e']], recused: ['a'] };
const vote = (inFavour: string, against: string, more = {}) => ({ ...emptyForm('vote'), value: 'favourable', count: { for: inFavour, against, abstain: '', not_voting: '' }, ...more });

describe('the opinion as it is prepared', () => {
  it('counts the seats that may vote: none where a recused organisation sits', () => {
    expect(seatsLeft(around.seats, ['a'])).toBe(3);
    expect(seatsLeft(around.seats, ['a', 'd'])).toBe(2);
    expect(sumOf(vote('2', '1'))).toBe(3);
  });

  it('says each flaw as one types', () => {
    expect(flawsOf(vote('2', '1'), around)).toEqual({});
    expect(flawsOf(vote('3', '1'), around)).toEqual({ count: 'votes_above_seats' });
    expect(flawsOf(vote('2', '1', { recused: ['b'] }), around)).toEqual({ count: 'votes_above_seats' });
    expect(flawsOf(vote('', ''), around)).toEqual({ count: 'votes_missing' });
    expect(flawsOf(vote('-1', '2'), around)).toEqual({ count: 'votes_negative' });
    expect(flawsOf(vote('1', '2'), around)).toEqual({ value: 'value_contradicts_count' });
    expect(flawsOf({ ...emptyForm('consensus'), value: 'favourable_with_reserves' }, around)).toEqual({ reserves: 'reserves_missing' });
    expect(flawsOf({ ...emptyForm('consensus'), value: 'adjourned' }, around)).toEqual({ motive: 'motive_missing' });
    expect(flawsOf(emptyForm(), around)).toEqual({ value: 'required', mode: 'required' });
  });

  it('sends no count with consensus and no reserve but with reserves', () => {
    const sent = requestOf({ ...vote('2', '1'), mode: 'consensus', reserves: ['Une réserve'] }, null);
    expect(sent).toEqual({ value: 'favourable', mode: 'consensus', reserves: [], recused: [], dissents: [] });
    expect(requestOf(vote('2', '1', { value: 'favourable_with_reserves', reserves: [' Une réserve ', ''] }), 4)).toMatchObject({ count: { for: 2, against: 1, abstain: 0, not_voting: 0 }, reserves: ['Une réserve'], expected_version: 4 });
  });
});
