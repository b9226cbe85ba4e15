import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { HistoryPoint, PastText } from '#lib/api/shapes.ts';
import { Past } from './past.svelte.ts';
import { authorMarks, sizeWords, whoWord } from './past-words.ts';

type Answer = { status?: number; body: unknown };

const person = (given_name: string, usual_name: string) => ({ person_id: usual_name, given_name, usual_name, organisation: null });
const AWA = person('Awa', 'Diallo');
const ZOE = person('Zoé', 'Martin');

function point(seq: number, more: Partial<HistoryPoint> = {}): HistoryPoint {
  return { kind: 'edits', seq, from_seq: seq, started_at_ms: seq, ended_at_ms: seq, added_chars: 1, removed_chars: 0, people: [AWA], ...more } as HistoryPoint;
}

const text = (seq: number, head_seq: number): PastText => ({ seq, head_seq, since_seq: 0, damaged: false, sections: [] });
const page = (points: HistoryPoint[], head_seq: number, next_cursor: number | null = null) => ({
  points, head_seq, next_cursor, damaged: false, may: ['restore_text'], may_not: [],
});

/** Requests that wait to be answered, by what they ask. */
let asked: Map<string, (answer: Answer) => void>;
let sent: Record<string, unknown>[];

beforeEach(() => {
  asked = new Map();
  sent = [];
  vi.stubGlobal('fetch', (to: string, init: RequestInit) => {
    if (init.method === 'POST') sent.push(JSON.parse(String(init.body)) as Record<string, unknown>);
    return new Promise<Response>((resolve) => {
      asked.set(to.replace('/api/documents/doc/', ''), ({ status = 200, body }) => resolve(new Response(JSON.stringify(body), { status })));
    });
  });
});

afterEach(() => vi.unstubAllGlobals());

async function answer(what: string, body: unknown, status = 200): Promise<void> {
  await vi.waitFor(() => expect([...asked.keys()]).toContain(what));
  const say = asked.get(what);
  asked.delete(what);
  say?.({ status, body });
}

/** A history of three moments, looked at in its newest. */
async function opened(): Promise<Past> {
  const past = new Past('doc');
  const read = past.read();
  await answer('history', page([point(30), point(20), point(10)], 30));
  await read;
  await answer('history/30', text(30, 30));
  await vi.waitFor(() => expect(past.fresh?.seq).toBe(30));
  return past;
}

test('the text of one moment is never taken for that of another', async () => {
  const past = await opened();
  past.look(1);
  expect([past.point?.seq, past.text?.seq, past.fresh]).toEqual([20, 30, null]);
  await answer('history/20', text(20, 31));
  await vi.waitFor(() => expect(past.fresh?.seq).toBe(20));
});

test('what is taken back is what was just brought back, and only while one looks at it', async () => {
  const past = await opened();
  const restored = past.restore(20, ['context'], 31);
  await answer('restorations', { seq: 32, undo_seq: 31 });
  await answer('history', page([point(32, { kind: 'restoration' }), point(30)], 32));
  expect(await restored).toEqual({ seq: 32, undo_seq: 31, sections: ['context'] });
  expect(sent).toEqual([{ to_seq: 20, sections: ['context'], expected_seq: 31 }]);
  expect(past.made).not.toBeNull();
  past.look(0);
  expect(past.made).toBeNull();
});

test('a refused undo is not offered again', async () => {
  const past = await opened();
  const made = { seq: 32, undo_seq: 31, sections: ['context'] };
  past.made = made;
  const undone = past.undo(made);
  await answer('restorations', { code: 'stage' }, 403);
  await expect(undone).rejects.toMatchObject({ status: 403 });
  expect(past.made).toBeNull();
});

test('trying again shows that it is being read', async () => {
  const past = new Past('doc');
  const first = past.read();
  await answer('history', { code: 'internal' }, 500);
  await first;
  expect([past.loading, past.failed !== null]).toEqual([false, true]);
  void past.read();
  expect([past.loading, past.failed]).toEqual([true, null]);
});

test('people are named in the order of their names, and one is not many', () => {
  expect(whoWord(point(1, { people: [ZOE, AWA] as never }))).toBe('Awa Diallo et 1 autre personne');
  expect(sizeWords(point(1, { added_chars: 1, removed_chars: 2 }))).toEqual(['+ 1 signe', '− 2 signes']);
});

test('the slider carries its writers’ initials where they change, never on top of each other', () => {
  const points = [point(1), point(2), point(3, { people: [ZOE] as never }), point(4, { kind: 'stage' }), point(5, { people: [ZOE, AWA] as never })];
  expect(authorMarks(points).map(({ at, initials }) => [at, initials])).toEqual([[0, 'AD'], [2, 'ZM'], [4, 'AD+']]);
  const many = Array.from({ length: 400 }, (_, at) => point(at, { people: [at % 2 ? ZOE : AWA] as never }));
  expect(authorMarks(many).length).toBeLessThan(30);
});
