import { describe, expect, it } from 'vitest';

import type { CopilFile, Envelope, RecordedArbitration } from '#lib/api/shapes.ts';
import { formOf, isTouched, missingIn, requestOf } from './form.ts';
import { sumsOf, yearsOf } from './sums.ts';

const file: CopilFile = {
  proposal_id: 'p', number: 'P-1', title: 'T', summary: '', chantier_id: 'c', porteur: null, version: 4, round: 1, since_ms: 0, lead_unit_id: 'u', opinion: null, reserves: [],
  requested: [{ code: 'FEE', year: 2026, amount_cents: 4_000_000 }], budget_cents: 0, posts: 0, advices: [], reserve_list_count: 0, changed: null, may_arbitrate: true,
};
const envelope = (code: string, amount_cents: number, parent: string | null, awaiting_cents = 0, decided_cents = 0): Envelope => ({
  envelope_id: code, code, year: 2026, label: code, parent, amount_cents, requested_cents: 0, arbitrated_cents: 0, awaiting_cents, decided_cents, committed_cents: 0, remaining_cents: amount_cents - decided_cents,
});
const recorded = (rank: number, amount_cents: number, is_awaiting = true): RecordedArbitration => ({
  proposal_id: 'o', number: null, title: '', value: 'retained', rank, motive: null, arbitrated_on: '2026-11-20', meeting_id: null, ceilings: [{ code: 'FEE', year: 2026, amount_cents }], is_awaiting,
});

describe('an arbitration', () => {
  it('begins with the request as its ceilings, and is untouched', () => {
    const form = formOf(file);
    expect(form.ceilings['FEE 2026']).toContain('40');
    expect(isTouched(form, file)).toBe(false);
    expect(isTouched({ ...form, motive: 'x' }, file)).toBe(true);
  });

  it('says what each advice lacks', () => {
    const form = formOf(file);
    expect(Object.keys(missingIn(form, file))).toEqual(['advice']);
    expect(Object.keys(missingIn({ ...form, advice: 'retained' }, file))).toEqual(['motive', 'rank']);
    expect(Object.keys(missingIn({ ...form, advice: 'retained', motive: 'Utile', rank: '1', ceilings: { 'FEE 2026': '40 001' } }, file))).toEqual(['ceiling FEE 2026']);
    expect(Object.keys(missingIn({ ...form, advice: 'rework', motive: '' }, file))).toEqual(['reason', 'points', 'due_on']);
    expect(Object.keys(missingIn({ ...form, advice: 'not_retained' }, file))).toEqual(['motive']);
  });

  it('asks only for what its transition takes', () => {
    const form = { ...formOf(file), motive: ' Utile ', rank: '2', reason: 'unclear', points: '- Un\n', due_on: '2027-01-04', ceilings: { 'FEE 2026': '12 000,50' } };
    const on = { session_id: 's' };
    expect(requestOf({ ...form, advice: 'retained' }, 4, on)).toEqual({ transition: 'T15', expected_version: 4, session_id: 's', motive: 'Utile', rank: 2, lead_unit_id: 'u', ceilings: [{ code: 'FEE', year: 2026, amount_cents: 1_200_050 }] });
    expect(requestOf({ ...form, advice: 'rework' }, 4, on)).toEqual({ transition: 'T16', expected_version: 4, session_id: 's', reason: 'unclear', points: ['Un'], due_on: '2027-01-04' });
    expect(requestOf({ ...form, advice: 'reserve_list' }, 4, { arbitrated_on: '2026-11-20' })).toEqual({ transition: 'T17', expected_version: 4, arbitrated_on: '2026-11-20', motive: 'Utile' });
  });
});

describe('the sums', () => {
  it('take what is decided, advised and typed, in the envelope and the one around it', () => {
    const envelopes = [envelope('CREER', 100, null, 30, 10), envelope('FEE', 50, 'CREER', 30)];
    const sums = sumsOf(envelopes, [recorded(1, 20), recorded(2, 99, false)], [{ code: 'FEE', year: 2026, amount_cents: 25 }]);
    expect(sums).toEqual([
      { code: 'CREER', year: 2026, parent: null, held: 100, decided: 10, earlier: 10, ranks: [20, 0, 0], draft: 25, left: 35 },
      { code: 'FEE', year: 2026, parent: 'CREER', held: 50, decided: 0, earlier: 10, ranks: [20, 0, 0], draft: 25, left: -5 },
    ]);
  });

  it('are of the years asked for', () => {
    expect(yearsOf([{ code: 'FEE', year: 2027, amount_cents: 1 }, { code: 'FEE', year: 2026, amount_cents: 1 }], 2030)).toEqual([2026, 2027]);
    expect(yearsOf([], 2026)).toEqual([2026]);
  });
});
