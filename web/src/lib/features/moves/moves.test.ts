import { afterEach, describe, expect, it, vi } from 'vitest';

import { TRANSITIONS, actWord } from '#lib/i18n/acts.ts';
import { doneSentence, ruleSentence } from '#lib/i18n/rules.ts';
import { awaitedLine } from '#lib/i18n/awaited.ts';
import { emptyDraft, isTouched, keepDraft, keptDraft, missingIn, pointsOf, requestOf } from './draft.ts';
import { firstDay, instantOf, isoDay } from '#lib/i18n/paris.ts';
import { clearDaysWord } from './hearing.ts';
import { Move } from './move.svelte.ts';
import { undoOf, whatOf } from './words.ts';

describe('the words of every act', () => {
  it('say what it is, what it does, whether it can be undone, its rule and its receipt', () => {
    for (const [transition] of TRANSITIONS) {
      expect(actWord(transition)).not.toBe(transition);
      expect(whatOf(transition).length, transition).toBeGreaterThan(0);
      expect(undoOf(transition), transition).toBeTruthy();
      expect(ruleSentence(transition), transition).toBeTruthy();
      expect(doneSentence(transition)).toBeTruthy();
    }
  });

  it('say who is awaited, and until when', () => {
    const since_ms = Date.UTC(2026, 10, 1);
    const at = (party: string, due_on: string | null) => ({ stage: 'frozen', awaited: { party, due_on, since_ms } });
    expect(awaitedLine(at('commission', null), '2026-11-20')).toContain('la commission, depuis le 1er');
    expect(awaitedLine(at('commission', '2026-12-08'), '2026-11-20')).toContain('avant le 8');
    expect(awaitedLine(at('commission', '2026-12-08'), '2026-12-09')).toContain('passée');
    expect(awaitedLine(at('nobody', null))).toContain('Personne');
  });
});

describe('what is typed', () => {
  it('takes one point a line', () => {
    expect(pointsOf('- Le calendrier\n\n \u2022 L\u2019accord \nautre')).toEqual(['Le calendrier', 'L\u2019accord', 'autre']);
    expect(pointsOf(' \n ')).toEqual([]);
  });

  it('is sent only where the act needs it', () => {
    const draft = { ...emptyDraft(), motive: ' Parce que ', points: 'Un', due_on: '2026-12-01', reason: 'unclear', hearing: 'written', closes_on: '2026-12-10' };
    expect(requestOf('T05', ['points', 'due_on'], draft, 3)).toEqual({ transition: 'T05', expected_version: 3, points: ['Un'], reason: 'unclear', due_on: '2026-12-01' });
    expect(requestOf('T08', ['hearing'], draft, 3)).toEqual({ transition: 'T08', expected_version: 3, closes_on: '2026-12-10' });
    expect(requestOf('T08', ['hearing'], { ...draft, hearing: 'm-1' }, 3)).toEqual({ transition: 'T08', expected_version: 3, meeting_id: 'm-1' });
    expect(requestOf('T09', ['motive'], draft, 3)).toEqual({ transition: 'T09', expected_version: 3, motive: 'Parce que' });
    expect(requestOf('T10', [], draft, 3)).toEqual({ transition: 'T10', expected_version: 3 });
  });

  it('says what is missing, by field, with the code of the guard', () => {
    expect(missingIn(['motive'], emptyDraft())).toEqual({ motive: 'reason_missing' });
    expect(missingIn(['in_scope', 'is_complete'], { ...emptyDraft(), in_scope: true })).toEqual({ is_complete: 'completeness_unconfirmed' });
    expect(missingIn(['points', 'due_on'], emptyDraft())).toEqual({ reason: 'required', points: 'points_missing', due_on: 'due_date_past' });
    expect(missingIn(['hearing'], emptyDraft())).toEqual({ hearing: 'hearing_missing' });
    expect(missingIn(['hearing'], { ...emptyDraft(), hearing: 'written' })).toEqual({ closes_on: 'hearing_missing' });
    expect(missingIn(['duplicates'], emptyDraft(), [{ proposal_id: 'p' }])).toEqual({ duplicates: 'duplicates_unanswered' });
    expect(missingIn([], emptyDraft())).toEqual({});
  });

  it('survives the dialog, for this person, proposal and act alone', () => {
    const kept = new Map<string, string>();
    const storage = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value), removeItem: (key: string) => void kept.delete(key) };
    const draft = { ...emptyDraft(), motive: 'Hors champ' };
    keepDraft('me', 'p', 'T06', draft, storage);
    expect(keptDraft('me', 'p', 'T06', storage)).toEqual(draft);
    expect(keptDraft('other', 'p', 'T06', storage)).toBeNull();
    expect(keptDraft('me', 'p', 'T09', storage)).toBeNull();
    keepDraft('me', 'p', 'T06', emptyDraft(), storage);
    expect(kept.size).toBe(0);
    expect(isTouched({ ...emptyDraft(), porteur_id: 'o' })).toBe(false);
  });
});

describe('days of a hearing', () => {
  it('are those of Paris, also around a clock change', () => {
    expect(new Date(instantOf('2026-12-08', '14:00')).toISOString()).toBe('2026-12-08T13:00:00.000Z');
    expect(new Date(instantOf('2026-07-08', '14:00')).toISOString()).toBe('2026-07-08T12:00:00.000Z');
    expect(instantOf('', '14:00')).toBeNaN();
    expect(isoDay(Date.UTC(2026, 11, 31, 23, 30))).toBe('2027-01-01');
    expect(firstDay(5, Date.UTC(2026, 10, 14, 10))).toBe('2026-11-20');
  });

  it('are counted in words', () => {
    expect(clearDaysWord(12, 5)).toBe('12 jours francs');
    expect(clearDaysWord(4, 5)).toBe('4 jours francs\u00a0: il en faut 5');
    expect(clearDaysWord(1, 5)).toBe('1 jour franc\u00a0: il en faut 5');
    expect(clearDaysWord(0, 5)).toBe('aucun jour franc\u00a0: il en faut 5');
  });
});

describe('the dialog', () => {
  afterEach(() => vi.unstubAllGlobals());

  const proposal = (stage: string, version: number) => ({ proposal_id: 'p', stage, version, history: [], owners: [], porteur: null, chantier: { chantier_id: 'CH1', title: '' } });
  const transitions = (version: number, possible: boolean) => ({
    version,
    transitions: [{ transition: 'T09', action: 'thaw', to: 'in_commission', possible, asks: false, needs: ['motive'], obstacles: possible ? [] : [{ rule: 'T09', code: 'stage' }], who: [], pending: null }],
    hearings: [],
    duplicates: [],
  });

  /** A server that answers each path in turn; the last answer stays. */
  function served(answers: Record<string, [number, unknown][]>) {
    const sent: unknown[] = [];
    vi.stubGlobal('fetch', (to: string, init: RequestInit) => {
      if (init.body) sent.push(JSON.parse(String(init.body)));
      const list = answers[`${init.method} ${to}`] ?? [];
      const answer = list.length > 1 ? list.shift() : list[0];
      if (!answer) return Promise.reject(new TypeError('offline'));
      return Promise.resolve(new Response(JSON.stringify(answer[1]), { status: answer[0], headers: { 'content-type': 'application/json' } }));
    });
    return sent;
  }

  it('stays filled when the stage changed meanwhile, and sends the new version when one confirms', async () => {
    const sent = served({
      'GET /api/proposals/p/transitions': [[200, transitions(3, true)], [200, transitions(4, true)]],
      'GET /api/proposals/p': [[200, proposal('frozen', 3)], [200, proposal('in_commission', 4)]],
      'POST /api/proposals/p/transitions': [[409, { code: 'version_changed' }], [201, proposal('in_commission', 5)]],
    });
    const move = new Move('me', 'p', 'T09');
    await move.read();
    move.draft.motive = 'Une erreur';
    expect(await move.send()).toBeNull();
    expect([move.changed, move.draft.motive, move.wrong]).toEqual(['stage', 'Une erreur', null]);
    expect((await move.send())?.ending).toBe('done');
    expect(sent).toEqual([
      { transition: 'T09', expected_version: 3, motive: 'Une erreur' },
      { transition: 'T09', expected_version: 4, motive: 'Une erreur' },
    ]);
  });

  it('stays filled without a network, and says so', async () => {
    served({ 'GET /api/proposals/p/transitions': [[200, transitions(3, true)]], 'GET /api/proposals/p': [[200, proposal('frozen', 3)]] });
    const move = new Move('me', 'p', 'T09');
    await move.read();
    move.draft.motive = 'Une erreur';
    expect(await move.send()).toBeNull();
    expect(move.wrong).toContain('conservée');
    expect(move.draft.motive).toBe('Une erreur');
    expect(move.busy).toBe(false);
  });

  it('does not send what is not filled in, and is closed where the act is impossible', async () => {
    const sent = served({ 'GET /api/proposals/p/transitions': [[200, transitions(3, true)], [200, transitions(3, false)]], 'GET /api/proposals/p': [[200, proposal('frozen', 3)]] });
    const move = new Move('me', 'p', 'T09');
    await move.read();
    await move.send();
    expect([sent.length, Object.keys(move.fields)]).toEqual([0, ['motive']]);
    expect(move.open).toBe(true);
    await move.read();
    expect(move.open).toBe(false);
  });
});
