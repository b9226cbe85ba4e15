import { expect, test } from 'vitest';
import type { AwaitedNow } from '#lib/api/shapes.ts';
import { awaitedSentence, flagSentence, flagShape } from './standing.ts';

const now = (party: string, what: string, due_on: string | null): AwaitedNow => ({ party, what, due_on, since_ms: 0, transition: null });
const TODAY = '2026-11-27';

test('who is awaited, for what, until when', () => {
  expect(awaitedSentence(now('owner', 'draft', null), TODAY)).toBe('Le pilote de la proposition – rédiger et déposer la fiche-action');
  expect(awaitedSentence(now('facilitator', 'admit', '2026-12-08'), TODAY)).toBe('L’animation du chantier – ouvrir la discussion ou demander des compléments, avant le 8\u00a0décembre');
  expect(awaitedSentence(now('commission', 'hear', '2027-01-12'), TODAY)).toBe('La commission – rendre son avis sur la version figée le 12\u00a0janvier 2027');
  expect(awaitedSentence(now('owner', 'complete', '2026-11-26'), TODAY)).toContain('attendu depuis le 26');
  expect(awaitedSentence(now('owner', 'complete', TODAY), TODAY)).toContain('avant le');
  expect(awaitedSentence(now('nobody', 'nothing', null), TODAY)).toBe('Personne n’est attendu');
});

test('what has waited too long has words and a shape', () => {
  expect(flagSentence({ code: 'submitted_stalled', days: 14 })).toBe('En sommeil\u00a0: déposée depuis 14\u00a0jours ouvrés');
  expect(flagSentence({ code: 'request_overdue', days: 1 })).toBe('Compléments en retard de 1\u00a0jour');
  expect(flagShape({ code: 'region_stalled', days: 91 }).shape).toBe('ring');
  expect(flagShape({ code: 'hearing_passed', days: 1 }).shape).toBe('square');
});
