import { expect, test } from 'vitest';
import { overwriteGetLocale } from '#lib/paraglide/runtime.js';
import { factsOf } from './facts.ts';

overwriteGetLocale(() => 'fr');
const plain = (text: string | null) => text?.replace(/[\u00a0\u202f]/g, ' ') ?? null;
const said = (details: Record<string, unknown>) => factsOf(details).map((fact) => [fact.word, plain(fact.before), plain(fact.value)]);

test('a mandate reads as words: its role, its days, and no empty fact', () => {
  expect(said({ role: 'region_validator', body_id: null, valid_from: '2026-12-01', valid_to: null, awaits_validator: true })).toEqual([
    ['Rôle', null, expect.not.stringContaining('_')],
    ['Premier jour', null, '1er décembre 2026'],
    ['Attend la confirmation d’une personne qui valide', null, 'oui'],
  ]);
});

test('of a change only what changed is told, with what it was', () => {
  const before = { title: 'Programme', annual_budget_cents: 100_000_00, fast_track: true };
  expect(said({ before, after: { ...before, annual_budget_cents: 120_000_00 } })).toEqual([['Budget annuel', '100 000 €', '120 000 €']]);
  expect(said({ body_id: 'b', before: 'Groupe A', after: 'Groupe B' })).toEqual([
    ['Instance (référence)', null, 'b'],
    ['Titre', 'Groupe A', 'Groupe B'],
  ]);
});

test('the steps of a chantier are its statuses, not days; an amount has its unit, a year has none', () => {
  expect(said({ from: 'active', to: 'suspended' })).toEqual([['État', 'Actif', 'Suspendu']]);
  expect(said({ year: 2027, amount_cents: 5_000_00 })).toEqual([['Année', null, '2027'], ['Montant', null, '5 000 €']]);
});
