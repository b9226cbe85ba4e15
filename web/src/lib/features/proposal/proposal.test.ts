import { describe, expect, it } from 'vitest';

import type { Opinion, Opinions, Person, PossibleMove } from '#lib/api/shapes.ts';
import { frozenAs, nextAction, otherActions, writesBeside, type Around } from './next-action.ts';
import { matching } from './people.ts';

const person = (given_name: string, usual_name: string, name: string): Person => ({
  person_id: usual_name,
  given_name,
  usual_name,
  organisation: { organisation_id: name, name, short_name: name, college_id: 'ECO' },
});

const move = (transition: string, more: Partial<PossibleMove> = {}): PossibleMove => ({ transition, action: '', to: null, possible: true, asks: false, needs: [], obstacles: [], who: [], pending: null, ...more });
const around = (...transitions: PossibleMove[]): Around => ({ moves: { version: 1, transitions, hearings: [], notice_days: 5, earliest_close: '2026-12-08', duplicates: [], unanswered_vigilance_count: 0, recused: [], directions: [], lead_unit_id: null, requested: [], inactivity: null } });
const refused = (code: string): Partial<PossibleMove> => ({ possible: false, obstacles: [{ rule: 'T', code }] });

describe('the one action', () => {
  const none = { contributors: [], lacks: [] };

  it('is to start where one may, to write where one may, else to invite somebody', () => {
    expect(nextAction({ ...none, may: ['read', 'edit_text', 'start_drafting'] })).toBe('T02');
    expect(nextAction({ ...none, may: ['read', 'edit_text', 'invite_contributors'] })).toBe('write');
    expect(nextAction({ ...none, may: ['read', 'invite_contributors'] })).toBe('invite');
    expect(nextAction({ ...none, may: ['read'] })).toBeNull();
    expect(otherActions({ ...none, may: ['edit_text', 'invite_contributors'] })).toEqual([{ key: 'invite', possible: true }]);
    expect(writesBeside({ ...none, may: ['edit_text', 'start_drafting'] })).toBe(true);
  });

  it('is to deposit once nothing is missing, and to write before', () => {
    const owner = { may: ['read', 'edit_text', 'submit'], contributors: [] };
    expect(nextAction({ ...owner, lacks: [] })).toBe('T03');
    const lacks = [{ section: 'context', field: 'text', code: 'context_too_short', year: null, expected_cents: null, found_cents: null }];
    expect(nextAction({ ...owner, lacks })).toBe('write');
    expect(otherActions({ ...owner, lacks })).toEqual([{ key: 'T03', possible: false }]);
  });

  it('follows the moves that are possible: opening the discussion before asking for more, freezing for who does not write', () => {
    const facilitator = { ...none, may: ['read', 'admit', 'request_completion'] };
    const moves = around(move('T04'), move('T05'), move('T06'), move('T28', refused('role_missing')));
    expect(nextAction(facilitator, moves)).toBe('T04');
    expect(otherActions(facilitator, moves).map((each) => [each.key, each.possible])).toEqual([['T05', true], ['T06', true], ['T28', false]]);
    expect(nextAction({ ...none, may: ['freeze'] }, around(move('T08')))).toBe('T08');
    expect(nextAction({ ...none, may: ['freeze'] }, around(move('T08', refused('vigilances_unanswered'))))).toBeNull();
    expect(nextAction({ ...none, may: ['freeze', 'edit_text'] }, around(move('T08')))).toBe('write');
    expect(nextAction({ ...none, may: ['withdraw'] }, around(move('T28')))).toBeNull();
  });

  it('lets a structure porteuse be named in the dialog', () => {
    expect(nextAction({ ...none, may: ['start_drafting'] }, around(move('T02', refused('porteur_missing'))))).toBe('T02');
  });

  it('is to answer what somebody asked, before anything else', () => {
    const pending = { person: person('Ines', 'Prototype', 'R'), capacity: 'facilitator', motive: null, chantier_id: null, asked_at_ms: 1, awaited: ['co_president'], may_decline: true, may_cancel: false };
    expect(nextAction({ ...none, may: ['dismiss'] }, around(move('T06', { pending })))).toBe('T06');
  });

  it('goes through the opinion: prepared, signed by another, given, its reserves answered, sent on', () => {
    const opinion: Opinion = {
      opinion_id: 'o', version_id: 'v', version_rank: 2, round: 1, value: 'favourable', mode: 'consensus', count: null, seat_count: 3, motive: null, meeting_id: null, heard_on: '2026-12-01',
      prepared_by: 'a', prepared_at_ms: 1, signed_by: null, signed_at_ms: null, given_at_ms: null, version: 1, recusals: [], dissents: [], reserves: [],
    };
    const opinions = (...list: Opinion[]): Opinions => ({ opinions: list, people: [], organisations: [], hearing: null, seat_count: 3, seats: [], recused_count: 0, recused: [] });
    const facilitator = { ...none, may: ['prepare_opinion', 'give_opinion'] };
    const president = { ...none, may: ['sign_opinion'] };
    const unsigned = around(move('T10', refused('opinion_missing')));
    expect(nextAction(facilitator, { ...unsigned, opinions: opinions() })).toBe('prepare');
    expect(nextAction(facilitator, { ...unsigned, opinions: opinions(opinion) })).toBeNull();
    expect(nextAction(president, { ...unsigned, opinions: opinions(opinion), me: 'b' })).toBe('sign');
    expect(nextAction(president, { ...unsigned, opinions: opinions(opinion), me: 'a' })).toBeNull();
    expect(nextAction(facilitator, { ...around(move('T10'), move('T11', refused('opinion_not_adjourned'))), opinions: opinions({ ...opinion, signed_at_ms: 2 }) })).toBe('T10');
    const reserve = { reserve_id: 'r', text: '', state: 'open', answer: null, answered_at_ms: null, version: 1 };
    const given = opinions({ ...opinion, given_at_ms: 3, reserves: [reserve] });
    expect(nextAction({ ...none, may: ['answer_reserve'] }, { ...around(move('T13', refused('role_missing'))), opinions: given })).toBe('reserves');
    expect(nextAction({ ...none, may: ['send_to_copil'] }, { ...around(move('T13')), opinions: given })).toBe('T13');
  });

  it('is to confirm the approval once every condition is lifted, and not before', () => {
    const validator = { ...none, may: ['read', 'confirm_approval'] };
    expect(nextAction(validator, around(move('T22'), move('T27')))).toBe('T22');
    expect(nextAction(validator, around(move('T22', refused('conditions_open'))))).toBeNull();
    expect(nextAction(validator)).toBeNull();
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
