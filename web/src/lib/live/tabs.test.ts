import 'fake-indexeddb/auto';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type * as Y from 'yjs';

import { clearAll, discardCopy, keptCopies, keptCount, unsentCount } from './copies';
import { openDatabase } from './database';
import type { LiveDocument } from './document.svelte';
import { Pages } from './pages.fixture';
import { type, until, type TestServer } from './server.fixture';
import { readMark } from './store';

const NAME = { account: 'acc-1', document: 'doc-1', lineage: 'lin-1' };
/** Nobody listens there: a tab without a network. */
const AWAY = 'ws://127.0.0.1:9';

const pages = new Pages();
/** One more tab of the same person on the same text. */
const tab = (base?: string): Promise<LiveDocument> => pages.open(base === undefined ? {} : { base });
let server: TestServer;

beforeEach(async () => {
  server = await pages.start();
});
afterEach(() => pages.stop());

const words = (doc: Y.Doc): string => doc.getXmlFragment('context').toString();
const saved = (live: LiveDocument): Promise<void> => until('saved', () => live.saved.state === 'saved');
const kept = async (): Promise<string[]> => (await keptCopies(NAME)).map((copy) => copy.passages.map((each) => each.text).join('|'));

/** A tab that is refused: its copy is set aside, and it begins again. */
async function refused(live: LiveDocument, text: string): Promise<void> {
  server.refuse = true;
  const before = live.generation;
  type(live.doc, 'context', text);
  await until('begun again', () => live.generation === before + 1 && live.saved.state === 'saved');
}

describe('two tabs of one person over one copy', () => {
  it('keep what a closed tab had not sent when the other is refused', async () => {
    const [one, two] = [await tab(), await tab(AWAY)];
    await saved(one);
    type(two.doc, 'context', 'Du second onglet');
    await until('kept', async () => (await unsentCount('acc-1')) === 1);
    await two.close();
    await refused(one, 'Refusé');
    expect(await kept()).toEqual(['Refusé\nDu second onglet']);
    expect(await keptCount('acc-1')).toBe(1);
    await clearAll('acc-1', 'sent');
    expect(await kept()).toEqual(['Refusé\nDu second onglet']);
    await clearAll('acc-1', 'everything');
    expect(await kept()).toEqual([]);
  });

  it('keep it, too, when all that the other had typed came too late', async () => {
    const [one, two] = [await tab(), await tab(AWAY)];
    await saved(one);
    type(two.doc, 'context', 'Du second onglet');
    await until('kept', async () => (await unsentCount('acc-1')) === 1);
    await two.close();
    server.late = true;
    type(one.doc, 'context', 'Trop tard');
    await until('begun again', () => one.generation === 1 && one.saved.state === 'saved');
    expect((await keptCopies(NAME)).map(({ reason, passages }) => [reason, passages])).toEqual([['late', [{ section: 'context', text: 'Du second onglet' }]]]);
  });

  it('let one that lives go on in the next copy, where its words are counted and sent', async () => {
    const [one, two] = [await tab(), await tab(AWAY)];
    await saved(one);
    type(two.doc, 'context', 'Avant');
    await until('kept', async () => (await unsentCount('acc-1')) === 1);
    await refused(one, 'Refusé');
    expect(await unsentCount('acc-1')).toBe(0);
    type(two.doc, 'context', 'Après');
    await until('counted in the next', async () => (await unsentCount('acc-1')) === 2);
    await until('offered no more', async () => (await kept()).join() === 'Refusé');
    await two.close();
    await one.close();
    const three = await tab();
    await saved(three);
    await until('sent', () => words(server.doc).includes('Avant') && words(server.doc).includes('Après'));
    expect(words(server.doc)).not.toContain('Refusé');
    await until('settled', async () => (await unsentCount('acc-1')) === 0);
  });

  it('keep the words of both when both are refused before either moved on', async () => {
    const [one, two] = [await tab(), await tab()];
    await saved(one);
    await saved(two);
    server.prompt = false;
    await refused(one, 'Du premier');
    await refused(two, 'Du second');
    expect(await kept()).toEqual(['Du premier\nDu second']);
  });

  it('leave the epoch as it is while one of them holds unsent edits', async () => {
    const [one, two] = [await tab(), await tab(AWAY)];
    await saved(one);
    type(two.doc, 'context', 'Écrit sous la première époque');
    await until('kept', async () => (await unsentCount('acc-1')) === 1);
    const mark = async (name: string): Promise<number | undefined> => {
      const database = await openDatabase('chantier/acc-1/doc-1/lin-1/0');
      const found = await readMark<number>(database, name);
      database.close();
      return found;
    };
    [server.seq, server.epoch] = [5, 2];
    server.closeAll(1012);
    await until('in step again', async () => (await mark('after')) === 5);
    expect(await mark('epoch')).toBe(1);
  });
});

describe('a copy that was discarded', () => {
  it('does not hide the one that is written in now', async () => {
    const one = await tab();
    await saved(one);
    await refused(one, 'Refusé');
    await one.close();
    const two = await tab(AWAY);
    type(two.doc, 'context', 'Pas encore envoyé');
    await until('kept', async () => (await unsentCount('acc-1')) === 1);
    await two.close();
    for (const copy of await keptCopies(NAME)) await discardCopy(copy.name);
    expect(await kept()).toEqual([]);
    const three = await tab();
    expect(words(three.doc)).toContain('Pas encore envoyé');
    await until('sent', () => words(server.doc).includes('Pas encore envoyé'));
  });
});

describe('what an earlier visit left', () => {
  it('is not offered as unsent once it arrived', async () => {
    const one = await tab(AWAY);
    type(one.doc, 'context', 'Hier');
    await until('kept', async () => (await unsentCount('acc-1')) === 1);
    await one.close();
    const two = await tab();
    await saved(two);
    await until('settled', async () => (await unsentCount('acc-1')) === 0);
    await refused(two, 'Aujourd’hui');
    expect(two.unsent?.passages).toEqual([{ section: 'context', text: 'Aujourd’hui' }]);
  });
});
