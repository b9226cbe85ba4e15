import { afterEach, expect, test, vi } from 'vitest';

import type { Me, Person, Thread, ThreadMessage, ThreadPage } from '#lib/api/shapes.ts';
import { overwriteGetLocale } from '#lib/paraglide/runtime.js';
import { Drafts, newId } from './drafts.ts';
import { naming, segments } from './segments.ts';
import { Threads } from './threads.svelte.ts';
import { counted, threadAct } from './words.ts';

overwriteGetLocale(() => 'fr');
afterEach(() => vi.unstubAllGlobals());

const person = (id: string): Person => ({ person_id: id, given_name: 'Camille', usual_name: id, organisation: null });
const me: Me = { account_id: 'acc-moi', person: person('moi'), email: '', locale: null, roles: [], may: [] };

function message(id: string, author: string, at: number): ThreadMessage {
  return { message_id: id, author: person(author), body: 'Un mot', mentions: [], created_at_ms: at, edited_at_ms: null, withdrawn_at_ms: null, unseen: false, may: [] };
}

function thread(id: string, more: Partial<Thread> = {}): Thread {
  return { thread_id: id, section: 'budget', kind: 'remark', version: 1, activity_at_ms: 10, closing: null, unanswered: false, unseen: false, mine: false, replies_count: 0, messages: [message(id, 'autre', 10)], may: [], may_not: [], outcomes: [], ...more };
}

const closing = { closed_at_ms: 1, person: null, outcome: 'adopted', note: null };

/** A server that answers with these pages in turn, the last for ever; what it was asked. */
function serves(...pages: (Partial<ThreadPage> | [number, unknown])[]): { method: string; to: string; body: unknown }[] {
  const asked: { method: string; to: string; body: unknown }[] = [];
  let at = 0;
  vi.stubGlobal('fetch', async (to: string, init: RequestInit) => {
    asked.push({ method: init.method ?? '', to, body: init.body ? JSON.parse(String(init.body)) : null });
    if (init.method === 'PUT') return new Response(null, { status: 204 });
    const next = pages[Math.min(at, pages.length - 1)] ?? {};
    at += 1;
    if (Array.isArray(next)) return new Response(JSON.stringify(next[1]), { status: next[0] });
    return new Response(JSON.stringify({ threads: [], next_cursor: null, may: ['read_threads', 'comment'], may_not: [], seen_at_ms: 5, read_at_ms: 20, ...next }));
  });
  return asked;
}

const made = () => new Threads('pro', me, null, new Drafts('acc-moi', 'pro', memory()));

function memory() {
  const kept = new Map<string, string>();
  return { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value), removeItem: (key: string) => void kept.delete(key) };
}

test('every page is read, the threads stand by section, open ones first', async () => {
  const asked = serves({ threads: [thread('b', { closing }), thread('c', { section: null })], next_cursor: '10~c' }, { threads: [thread('a')] });
  const threads = made();
  await threads.read();
  expect(asked.filter((one) => one.method === 'GET').map((one) => one.to)).toEqual(['/api/proposals/pro/threads?limit=100', '/api/proposals/pro/threads?limit=100&cursor=10%7Ec']);
  expect(threads.on('budget').map((one) => one.thread_id)).toEqual(['a', 'b']);
  expect(threads.on('whole').map((one) => one.thread_id)).toEqual(['c']);
  expect(threads.show('open').length).toBe(2);
  expect(threads.find('c') && threads.opened).toBe('whole');
  expect(threads.find('z')).toBe(false);
});

test('new is what others wrote since the last visit, during the whole visit; it is noted once', async () => {
  const asked = serves({ threads: [thread('a')] }, { threads: [thread('a')], seen_at_ms: 20, read_at_ms: 30 });
  const threads = made();
  await threads.read();
  expect(threads.fresh(threads.all)).toBe(1);
  await threads.read();
  expect(threads.fresh(threads.all)).toBe(1);
  expect(threads.isNew({ author: me.person, created_at_ms: 10 })).toBe(false);
  expect(asked.filter((one) => one.method === 'PUT').map((one) => one.body)).toEqual([{ read_at_ms: 20 }]);
});

test('what came with the page is shown at once and not asked for again', async () => {
  const asked = serves({ threads: [thread('a')] });
  const given: ThreadPage = { threads: [thread('a')], next_cursor: null, may: ['read_threads'], may_not: [], seen_at_ms: 5, read_at_ms: 20 };
  const threads = new Threads('pro', me, given, new Drafts('acc-moi', 'pro', memory()));
  expect([threads.state, threads.fresh(threads.all)]).toEqual(['ready', 1]);
  await threads.read();
  expect(asked.map((one) => one.method)).toEqual(['PUT']);
  await threads.read();
  expect(asked.map((one) => one.method)).toEqual(['PUT', 'GET']);
});

test('at the first visit nothing is called new', async () => {
  serves({ threads: [thread('a')], seen_at_ms: null });
  const threads = made();
  await threads.read();
  expect(threads.fresh(threads.all)).toBe(0);
});

test('what others say is announced together, what one says oneself is not', async () => {
  vi.useFakeTimers();
  const said = thread('a', { version: 2, messages: [message('a', 'autre', 10), message('r', 'autre', 12)] });
  const own = thread('b', { messages: [message('b', 'moi', 12)] });
  serves({ threads: [thread('a')] }, { threads: [said, own] }, { threads: [said, own, thread('d', { kind: 'vigilance' })] });
  const threads = made();
  await threads.read();
  expect(threads.heard).toBe('');
  await threads.read();
  expect(threads.heard).toContain('Camille autre a répondu');
  expect(threads.heard).not.toContain('moi');
  await threads.read();
  expect(threads.heard).not.toContain('Vigilance');
  vi.advanceTimersByTime(5_000);
  expect(threads.heard).toContain('Vigilance');
  threads.end();
  vi.useRealTimers();
});

test('a failed reading keeps what is shown; a refusal shows nothing', async () => {
  serves({ threads: [thread('a')] }, [503, { code: 'storage_unavailable' }], [403, { code: 'role_missing' }]);
  const threads = made();
  await threads.read();
  await threads.read();
  expect([threads.failed, threads.all.length, threads.state]).toEqual([true, 1, 'ready']);
  await threads.read();
  expect([threads.all.length, threads.state]).toEqual([0, 'refused']);
});

test('asked while it reads, it reads once more', async () => {
  const asked = serves({ threads: [] });
  const threads = made();
  const [one, two] = [threads.read(), threads.read()];
  await Promise.all([one, two]);
  await vi.waitFor(() => expect(asked.length).toBe(2));
});

test('what is said goes with its own id, and the answer is shown', async () => {
  const asked = serves([201, thread('new-id', { activity_at_ms: 40 })]);
  const threads = made();
  await threads.begin('whole', 'vigilance', { id: 'new-id', body: 'Attention', mentions: ['p'] });
  expect(asked[0]?.body).toEqual({ thread_id: 'new-id', section: null, kind: 'vigilance', body: 'Attention', mentions: ['p'] });
  expect(threads.all[0]?.thread_id).toBe('new-id');
});

test('a draft is kept for its place, and forgotten with its words', () => {
  const drafts = new Drafts('acc', 'pro', memory());
  drafts.keep('new:budget', { id: 'i', kind: 'question', body: 'Qui ?', named: [{ person_id: 'p', name: 'Camille' }] });
  expect(drafts.read('new:budget')).toEqual({ id: 'i', kind: 'question', body: 'Qui ?', named: [{ person_id: 'p', name: 'Camille' }] });
  expect(drafts.read('new:jobs')).toBeNull();
  drafts.keep('new:budget', { id: 'i', kind: 'question', body: ' ', named: [] });
  expect(drafts.read('new:budget')).toBeNull();
  const broken = memory();
  broken.setItem('chantier.thread.acc.pro.new:', '{"id":3');
  expect(new Drafts('acc', 'pro', broken).read('new:')).toBeNull();
  const full = { ...memory(), setItem: () => { throw new Error('full'); } };
  expect(() => new Drafts('acc', 'pro', full).keep('new:', { id: 'i', kind: '', body: 'x', named: [] })).not.toThrow();
});

test('ids are ordered in time and of the right shape', () => {
  expect(newId(1_793_491_200_000)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(newId(1000) < newId(2000)).toBe(true);
});

test('addresses become links, names are marked, everything else stays words', () => {
  const shown = (body: string, named: Person[] = []) => segments(body, named).map((part) => `${part.kind}:${part.text}`);
  expect(shown('Voir https://a.example/x?y=1. Merci')).toEqual(['words:Voir ', 'link:https://a.example/x?y=1', 'words:. Merci']);
  expect(shown('(https://a.example/w_(z))')).toEqual(['words:(', 'link:https://a.example/w_(z)', 'words:)']);
  expect(shown('javascript:alert(1) http://a.example <b>')).toEqual(['words:javascript:alert(1) http://a.example <b>']);
  expect(shown('@Camille un et @Camille une', [person('un'), person('une')])).toEqual(['person:@Camille un', 'words: et ', 'person:@Camille une']);
  expect(shown('https://')).toEqual(['words:https://']);
});

test('a name is looked for after an @ before the caret', () => {
  expect(naming('Bonjour @Cam', 12)).toEqual({ at: 8, typed: 'Cam' });
  expect(naming('@', 1)).toEqual({ at: 0, typed: '' });
  expect(naming('@Camille Ex', 11)).toEqual({ at: 0, typed: 'Camille Ex' });
  expect(naming('a@b.example', 11)).toBeNull();
  expect(naming('@Camille un deux', 16)).toBeNull();
});

test('counters say in words what waits', () => {
  const vigilance = thread('v', { kind: 'vigilance', unanswered: true });
  expect(counted([])).toEqual({ words: '', vigilance: false });
  expect(counted([vigilance, thread('a'), thread('c', { closing })])).toEqual({ words: '2 commentaires, 1 vigilance sans réponse', vigilance: true });
  expect(counted([vigilance]).words).toBe('1 vigilance sans réponse');
  expect(counted([thread('c', { closing })]).words).toBe('1 commentaire clos');
  expect(threadAct('thread_closed', 'vigilance budget not_adopted')).toBe('Commentaire clos\u00a0: vigilance, Budget prévisionnel, non retenu');
  expect(threadAct('T02', null)).toBeNull();
});
