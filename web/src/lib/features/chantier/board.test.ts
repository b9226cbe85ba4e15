import { describe, expect, test, vi } from 'vitest';
import type { BoardRow, PossibleMove } from '#lib/api/shapes.ts';
import { BoardView, phaseOf, SHOWN, wantedFrom, writeWanted } from './board.svelte.ts';
import { Drag } from './drag.svelte.ts';
import { landing, menuItems, whyNot } from './possible.ts';

function row(id: string, change: Partial<BoardRow> = {}): BoardRow {
  return {
    proposal_id: id,
    number: null,
    title: `Proposition ${id}`,
    porteur: null,
    chantier_id: 'CH1',
    stage: 'drafting',
    phase: 'drafting',
    round: 1,
    awaited: { party: 'owner', what: 'draft', due_on: null, since_ms: 0, transition: null },
    flags: [],
    stage_since_ms: 0,
    stage_days: 3,
    unanswered_vigilance_count: 0,
    unanswered_question_count: 0,
    open_reserve_count: 0,
    next_hearing_on: null,
    request_cents: 0,
    posts: 0,
    mine: false,
    updated_at_ms: 0,
    ...change,
  };
}

const view = (rows: BoardRow[], search = '') => new BoardView(rows, wantedFrom(new URLSearchParams(search)), { awaited: (one) => one.awaited.party });
const ids = (one: BoardView) => one.found.map((each) => each.proposal_id);

const ROWS = [
  row('a', { flags: [{ code: 'request_overdue', days: 2 }], stage_days: 9, porteur: 'Éco' }),
  row('b', { phase: 'commission', stage: 'frozen', awaited: { party: 'commission', what: 'hear', due_on: '2026-12-08', since_ms: 0, transition: null }, stage_days: 30, title: 'Atelier naval' }),
  row('c', { mine: true, stage_days: 1, number: 'CREER-2026-CH1-002', open_reserve_count: 1 }),
];

describe('what is wanted', () => {
  test('goes into the address and comes back', () => {
    const search = new URLSearchParams('onglet=propositions');
    const wanted = { phase: 'commission', awaited: 'owner', text: ' naval ', flagged: true, mine: true, sort: 'days' as const, descending: true };
    writeWanted(wanted, search);
    expect(wantedFrom(search)).toEqual({ ...wanted, text: 'naval' });
    writeWanted(wantedFrom(new URLSearchParams()), search);
    expect(search.toString()).toBe('onglet=propositions');
  });

  test('filters by phase, party, flag, person and words without accents', () => {
    expect(ids(view(ROWS, 'phase=commission'))).toEqual(['b']);
    expect(ids(view(ROWS, 'attendu=owner'))).toEqual(['a', 'c']);
    expect(ids(view(ROWS, 'sommeil=oui'))).toEqual(['a']);
    expect(ids(view(ROWS, 'miennes=oui'))).toEqual(['c']);
    expect(ids(view(ROWS, 'texte=ECO'))).toEqual(['a']);
    expect(ids(view(ROWS, 'texte=naval+atelier'))).toEqual(['b']);
    expect(ids(view(ROWS, 'texte=ch1-002'))).toEqual(['c']);
    const one = view(ROWS, 'texte=rien');
    expect([one.isFiltered, ids(one)]).toEqual([true, []]);
    one.clear();
    expect([one.isFiltered, ids(one)]).toEqual([false, ['a', 'b', 'c']]);
  });

  test('sorts by a column, turns round, and goes back to the order of urgency', () => {
    const one = view(ROWS);
    const order = () => [one.wanted.sort, ids(one).join('')];
    one.sortBy('days');
    expect(order()).toEqual(['days', 'bac']);
    one.sortBy('days');
    expect(order()).toEqual(['days', 'cab']);
    one.sortBy('days');
    expect(order()).toEqual(['urgency', 'abc']);
    one.sortBy('title');
    expect(order()).toEqual(['title', 'bac']);
    one.sortBy('stage');
    expect(order()).toEqual(['stage', 'acb']);
    one.sortBy('flags');
    expect(order()).toEqual(['flags', 'acb']);
    one.sortBy('porteur');
    expect(order()[1]).toMatch(/^a/);
  });

  test('two thousand rows are found at once and shown fifty at a time', () => {
    const many = view(Array.from({ length: 2000 }, (_, at) => row(String(at), { stage_days: at % 50 })));
    many.sortBy('title');
    expect([many.found.length, many.shown.length]).toEqual([2000, SHOWN]);
    many.more();
    expect(many.shown.length).toBe(2 * SHOWN);
    many.want({ text: 'Proposition 1999' });
    expect(many.shown.length).toBe(1);
  });
});

function move(transition: string, to: string | null, code: string | null = null): PossibleMove {
  return { transition, action: transition, asks: false, needs: [], pending: null, to, possible: code === null, obstacles: code ? [{ rule: transition, code }] : [], who: [{ role: 'facilitator', people: [] }] };
}

describe('what is possible', () => {
  const moves = [move('T04', 'in_commission'), move('T05', 'drafting'), move('T06', 'closed', 'role_missing'), move('T28', 'withdrawn', 'porteur_not_accepted'), move('T07', null)];

  test('a menu lists what may be done first, then the rest with why not', () => {
    const chosen: string[] = [];
    const items = menuItems(moves, (transition) => chosen.push(transition));
    expect(items.map((item) => Boolean(item.onselect))).toEqual([true, true, true, true, true]);
    expect(items[3]?.label).toContain('(pourquoi');
    items[0]?.onselect?.();
    expect(chosen).toEqual(['T04']);
    expect(items[3]?.note).toContain('Animation');
    expect(items[4]?.note).toBe('La structure porteuse n’a pas encore accepté.');
    expect(whyNot(move('T08', 'frozen', 'never_heard_of'))).toContain('Animation');
  });

  test('a column takes what leads there, or says why nothing does', () => {
    expect(landing(moves, 'commission').acts.map((one) => one.transition)).toEqual(['T04']);
    const ended = landing(moves, 'ended');
    expect([ended.acts.length, ended.why.includes('Animation')]).toEqual([0, true]);
    expect(landing(moves, 'copil').why).toBe('Aucun acte ne mène ici depuis cette étape.');
    expect([phaseOf('approved'), phaseOf('merged')]).toEqual(['region', 'ended']);
  });

  test('a drag asks once, and a drop on its own column does nothing', async () => {
    const read = vi.fn(async () => moves);
    const drag = new Drag(read);
    const dragged = row('x', { phase: 'drafting', stage: 'submitted' });
    drag.begin(dragged);
    expect(drag.over('commission')).toBeNull();
    await vi.waitFor(() => expect(drag.over('commission')?.acts.length).toBe(1));
    expect(drag.over('drafting')).toBeNull();
    const dropped = await drag.drop('commission');
    expect(dropped?.landing.acts[0]?.transition).toBe('T04');
    expect(drag.row).toBeNull();
    drag.begin(dragged);
    expect(await drag.drop('drafting')).toBeNull();
    expect(await drag.drop('commission')).toBeNull();
    expect(read).toHaveBeenCalledTimes(2);
  });
});
