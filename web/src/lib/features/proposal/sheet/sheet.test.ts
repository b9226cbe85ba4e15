import { describe, expect, it } from 'vitest';

import type { Sheet, SheetPage } from '#lib/api/shapes.ts';
import { ApiProblem } from '#lib/api/problem.ts';
import { keepLines, keptLines } from './kept.svelte.ts';
import { SheetState, newId, type Sender } from './sheet.svelte.ts';
import type { Line } from './line.svelte.ts';

type Expense = Sheet['expenses'][number];

const expense = (change: Partial<Expense> = {}): Expense => ({ row_id: 'one', version: 1, changed_by: null, changed_at_ms: null, year: 2027, nature: 'operation', account: '62', label: 'Animation', amount_cents: 100_00, ...change });

const page = (expenses: Expense[], parts: Sheet['parts'] = [], change: Partial<Sheet> = {}): SheetPage => ({
  proposal_id: 'pro',
  porteur: null,
  porteur_accepted_at_ms: null,
  lacks: [],
  may: ['edit_sheet'],
  may_not: [],
  sheet: {
    objectives: [],
    origins: [],
    owner: { text: null, contact_name: null, contact_email: null, capacity: null, legal_form: null, co_porteurs: [] },
    partners: [],
    no_partner: false,
    target_public: { text: null, headcount: null, women_percent: null, tags: [] },
    territories: [],
    calendar: [],
    vat_mode: null,
    expenses,
    funding: [],
    expenses_total_cents: 0,
    funding_total_cents: 0,
    envelope_requests: [],
    indicators: [],
    jobs: [],
    no_jobs_motive: null,
    porteur_declined_at_ms: null,
    parts,
    ...change,
  },
});

/** A server that answers what the test says next; what it was asked is kept. */
class Served implements Sender {
  asked: unknown[][] = [];
  next: (() => Promise<SheetPage>)[] = [];
  #answer(...asked: unknown[]): Promise<SheetPage> {
    this.asked.push(asked);
    return this.next.shift()?.() ?? Promise.reject(new ApiProblem(0, { code: 'offline' }));
  }
  read = () => this.#answer('read');
  add: Sender['add'] = (...all) => this.#answer('add', ...all);
  change: Sender['change'] = (...all) => this.#answer('change', ...all);
  part: Sender['part'] = (...all) => this.#answer('part', ...all);
  remove: Sender['remove'] = (...all) => this.#answer('remove', ...all);
  move: Sender['move'] = (...all) => this.#answer('move', ...all);
  gives(answer: SheetPage): void {
    this.next.push(() => Promise.resolve(answer));
  }
  refuses(status: number, body: ConstructorParameters<typeof ApiProblem>[1]): void {
    this.next.push(() => Promise.reject(new ApiProblem(status, body)));
  }
}

function opened(expenses: Expense[] = [expense()]) {
  const server = new Served();
  const told: SheetPage[] = [];
  const sheet = new SheetState(page(expenses), { sender: server, told: (one) => told.push(one), id: () => 'new', retryMs: 60_000 });
  return { server, sheet, told, line: sheet.rows.budget[0] as Line };
}

function type(line: Line, name: string, value: string) {
  line.typed[name] = value;
  line.touched(name);
}

describe('saving a line', () => {
  it('sends what was typed as the server reads it, and stands as the server tidied it', async () => {
    const { server, sheet, told, line } = opened();
    expect(line.typed.amount_cents).toBe('100\u00a0€');
    type(line, 'amount_cents', '112000.5 €');
    expect([line.state, sheet.unsaved]).toEqual(['typing', 1]);
    server.gives(page([expense({ version: 2, amount_cents: 11_200_050 })]));
    expect(await sheet.save(line)).toBe(true);
    expect(server.asked[0]).toEqual(['change', 'budget', 'one', 1, { label: 'Animation', nature: 'operation', account: '62', year: 2027, amount_cents: 11_200_050 }]);
    expect([line.state, line.saidSaved, line.version, line.typed.amount_cents, sheet.unsaved, told.length]).toEqual(['saved', true, 2, '112\u202f000,50\u00a0€', 0, 1]);
  });

  it('waits until the row is whole, and says what is missing', async () => {
    const { server, sheet } = opened([]);
    const line = sheet.add('budget');
    expect([sheet.unsaved, sheet.add('budget') === line]).toEqual([0, true]);
    type(line, 'label', 'Locaux');
    type(line, 'amount_cents', 'beaucoup');
    expect(await sheet.save(line)).toBe(false);
    expect([line.state, line.wrong, server.asked.length]).toEqual(['incomplete', { account: 'required', amount_cents: 'not_a_number' }, 0]);
    line.restore();
    expect([line.untouched, sheet.unsaved]).toEqual([true, 0]);
    sheet.tidy();
    expect(sheet.rows.budget).toEqual([]);
  });

  it('keeps what was typed when the server is away, and tries again', async () => {
    const { server, sheet, line } = opened();
    type(line, 'label', 'Ateliers');
    expect(await sheet.save(line)).toBe(false);
    expect([line.state, line.code, line.typed.label, sheet.unsaved]).toEqual(['failed', 'offline', 'Ateliers', 1]);
    server.gives(page([expense({ version: 2, label: 'Ateliers' })]));
    sheet.retry();
    await sheet.refresh();
    expect([line.state, sheet.unsaved]).toEqual(['saved', 0]);
    sheet.end();
  });

  it('shows what the server refuses at its field, and does not try again by itself', async () => {
    const { server, sheet, line } = opened();
    type(line, 'account', '69');
    server.refuses(422, { code: 'invalid', errors: [{ field: 'account', code: 'account_nature' }] });
    await sheet.save(line);
    expect([line.state, line.wrong]).toEqual(['failed', { account: 'account_nature' }]);
    sheet.retry();
    expect(server.asked).toHaveLength(1);
    type(line, 'account', '61');
    expect(line.wrong).toEqual({});
  });

  it('keeps what was typed while it was on its way, and sends it after', async () => {
    const { server, sheet, line } = opened();
    type(line, 'label', 'Un');
    server.next.push(async () => {
      type(line, 'label', 'Deux');
      void sheet.save(line);
      return page([expense({ version: 2, label: 'Un' })]);
    });
    server.gives(page([expense({ version: 3, label: 'Deux' })]));
    expect(await sheet.save(line)).toBe(true);
    expect(server.asked.map((asked) => asked[3])).toEqual([1, 2]);
    expect([line.typed.label, line.version]).toEqual(['Deux', 3]);
  });

  it('adds a row once: an answer that was lost does not undo what was typed since', async () => {
    const { server, sheet } = opened([]);
    const line = sheet.add('budget');
    for (const [name, value] of [['label', 'Un'], ['account', '62'], ['year', '2027'], ['amount_cents', '5']] as const) type(line, name, value);
    await sheet.save(line);
    type(line, 'label', 'Deux');
    server.gives(page([expense({ row_id: 'new', label: 'Un', amount_cents: 500 })]));
    await sheet.save(line);
    expect([line.typed.label, line.state]).toEqual(['Deux', 'typing']);
    server.gives(page([expense({ row_id: 'new', version: 2, label: 'Deux', amount_cents: 500 })]));
    expect(await sheet.save(line)).toBe(true);
    expect(server.asked.map((asked) => asked[0])).toEqual(['add', 'add', 'change']);
    sheet.end();
  });
});

describe('two people at once', () => {
  it('joins what others save in other fields, without touching what is typed', () => {
    const { sheet, line } = opened();
    type(line, 'label', 'Ateliers');
    sheet.receive(page([expense({ version: 2, amount_cents: 7, changed_by: 'Renaud' })]));
    expect([line.typed.label, line.typed.amount_cents, line.version, line.state]).toEqual(['Ateliers', '0,07\u00a0€', 2, 'typing']);
  });

  it('shows both values where they wrote in the same field; mine may be kept', async () => {
    const { server, sheet, line } = opened();
    type(line, 'amount_cents', '5');
    server.refuses(409, { code: 'row_changed', now: page([expense({ version: 2, amount_cents: 700, label: 'Leurs mots', changed_by: 'Renaud' })]) });
    expect(await sheet.save(line)).toBe(false);
    expect([line.state, line.disputed, line.theirs?.by, line.theirs?.typed?.amount_cents, line.typed.amount_cents]).toEqual(['conflict', ['label', 'amount_cents'], 'Renaud', '7\u00a0€', '5']);
    line.keepMine();
    server.gives(page([expense({ version: 3, amount_cents: 500, label: 'Leurs mots' })]));
    expect(await sheet.save(line)).toBe(true);
    expect(server.asked[1]?.slice(0, 4)).toEqual(['change', 'budget', 'one', 2]);
    expect(line.typed.label).toBe('Leurs mots');
  });

  it('or theirs be taken', () => {
    const { sheet, line } = opened();
    type(line, 'amount_cents', '5');
    sheet.receive(page([expense({ version: 2, amount_cents: 700 })]));
    line.takeTheirs();
    expect([line.state, line.typed.amount_cents, line.dirty, sheet.unsaved]).toEqual(['saved', '7\u00a0€', false, 0]);
  });

  it('a conflict without a dispute is joined and sent again', async () => {
    const { server, sheet, line } = opened();
    type(line, 'label', 'Ateliers');
    server.refuses(409, { code: 'row_changed', now: page([expense({ version: 2, amount_cents: 700 })]) });
    server.gives(page([expense({ version: 3, amount_cents: 700, label: 'Ateliers' })]));
    await sheet.save(line);
    await sheet.refresh();
    expect([line.state, line.version, line.typed.amount_cents]).toEqual(['saved', 3, '7\u00a0€']);
  });

  it('a row taken out goes, unless something is typed in it', async () => {
    const { server, sheet, line } = opened([expense(), expense({ row_id: 'two' })]);
    type(line, 'label', 'Ateliers');
    sheet.receive(page([]));
    expect(sheet.rows.budget).toEqual([line]);
    expect([line.state, line.theirs?.known]).toEqual(['conflict', null]);
    line.keepMine();
    server.gives(page([expense({ label: 'Ateliers' })]));
    expect(await sheet.save(line)).toBe(true);
    expect(server.asked[0]?.slice(0, 3)).toEqual(['add', 'budget', 'one']);
    type(line, 'label', 'Encore');
    sheet.receive(page([]));
    sheet.giveUp('budget', line);
    expect(sheet.rows.budget).toEqual([]);
  });

  it('new rows of others come in their place, mine stays where it stands', () => {
    const { sheet } = opened();
    const mine = sheet.add('budget');
    type(mine, 'label', 'Le mien');
    sheet.receive(page([expense({ row_id: 'zero' }), expense()]));
    expect(sheet.rows.budget.map((line) => line.id)).toEqual(['zero', 'new', 'one']);
    expect(mine.typed.year).toBe('2027');
  });
});

describe('rows and parts', () => {
  it('a row taken out comes back where it was', async () => {
    const { server, sheet, line } = opened([expense(), expense({ row_id: 'two' })]);
    server.gives(page([expense({ row_id: 'two' })]));
    const undo = await sheet.remove('budget', line);
    expect(sheet.rows.budget.map((one) => one.id)).toEqual(['two']);
    server.gives(page([expense({ row_id: 'new' }), expense({ row_id: 'two' })]));
    await undo?.();
    expect(server.asked[1]?.slice(0, 4)).toEqual(['add', 'budget', 'new', 1]);
    expect(sheet.rows.budget.map((one) => one.id)).toEqual(['new', 'two']);
  });

  it('a row moves at once, and back when the server refuses', async () => {
    const { server, sheet, line } = opened([expense(), expense({ row_id: 'two' })]);
    const moved = sheet.move('budget', line, 1);
    expect(sheet.rows.budget.map((one) => one.id)).toEqual(['two', 'one']);
    await moved;
    expect(server.asked[0]).toEqual(['move', 'budget', 'one', 2]);
    expect(sheet.rows.budget.map((one) => one.id)).toEqual(['one', 'two']);
    sheet.end();
  });

  it('a part is saved upon its own version', async () => {
    const { server, sheet } = opened();
    const { territory } = sheet.parts;
    territory.typed.codes = [{ value: '04088', label: 'Forcalquier (04088)' }];
    territory.touched('codes');
    server.gives(page([expense()], [{ part: 'territory', version: 1, changed_by: 'Moi', changed_at_ms: 1 }], { territories: [{ territory_code: '04088', level: 'commune', name: 'Forcalquier' }] }));
    expect(await sheet.save(territory)).toBe(true);
    expect(server.asked[0]).toEqual(['part', 'territory', 0, { codes: ['04088'] }]);
    expect([territory.version, territory.state]).toEqual([1, 'saved']);
  });

  it('makes ids that sort by time', () => {
    const [one, other] = [newId(1_000), newId(2_000)];
    expect(one < other).toBe(true);
    expect(one).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});

describe('what was typed and not saved survives the page', () => {
  const stored = new Map<string, string>();
  const storage = { getItem: (key: string) => stored.get(key) ?? null, setItem: (key: string, value: string) => void stored.set(key, value), removeItem: (key: string) => void stored.delete(key) };
  const typedBefore = () => {
    const { sheet, line } = opened();
    type(line, 'label', 'Ateliers');
    type(sheet.add('budget'), 'label', 'Locaux');
    keepLines('me', 'p', sheet.kept, storage);
  };

  it('upon what the server holds now: rows of one\u2019s own, and new ones where they stood', () => {
    typedBefore();
    expect(keptLines('other', 'p', storage)).toEqual([]);
    const { sheet } = opened([expense({ version: 2, amount_cents: 20_000 })]);
    expect(sheet.takeBack(keptLines('me', 'p', storage))).toBe(2);
    expect(sheet.rows.budget.map((one) => [one.typed.label, one.typed.amount_cents, one.state])).toEqual([['Ateliers', '200\u00a0€', 'typing'], ['Locaux', '', 'typing']]);
    sheet.giveUpAll();
    expect(sheet.rows.budget.map((one) => one.typed.label)).toEqual(['Animation']);
    keepLines('me', 'p', sheet.kept, storage);
    expect(stored.size).toBe(0);
  });

  it('as a conflict where somebody wrote in the same field, or took the row out', () => {
    typedBefore();
    const { sheet } = opened([expense({ version: 2, label: 'Autre' })]);
    sheet.takeBack(keptLines('me', 'p', storage));
    expect([sheet.rows.budget[0]?.state, sheet.rows.budget[0]?.typed.label]).toEqual(['conflict', 'Ateliers']);
    const { sheet: without } = opened([]);
    without.takeBack(keptLines('me', 'p', storage));
    expect(without.rows.budget.map((one) => one.state)).toEqual(['conflict', 'typing']);
  });

  it('and what is no line is left alone', () => {
    stored.set('chantier.sheet.me.p', '[null, 3, {"place": "elsewhere", "id": "x", "typed": {}}]');
    const { sheet } = opened();
    expect(sheet.takeBack(keptLines('me', 'p', storage))).toBe(0);
  });
});
