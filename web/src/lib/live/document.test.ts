import 'fake-indexeddb/auto';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';

import type { LiveDocument } from './document.svelte';
import { Pages } from './pages.fixture';
import { type, until, type TestServer } from './server.fixture';
import { unkeptHere } from './unkept';
import { clearAll, discardCopy, keptCopies, unsentCount } from './copies';

const pages = new Pages();
const page = pages.open.bind(pages);
let server: TestServer;

beforeEach(async () => {
  server = await pages.start();
});
afterEach(() => pages.stop());

const words = (doc: Y.Doc, section = 'context'): string => doc.getXmlFragment(section).toString();
/** Every state it says from now on, however short. */
function statesOf(live: LiveDocument): string[] {
  const said: string[] = [];
  let saved = live.saved;
  Object.defineProperty(live, 'saved', {
    get: () => saved,
    set: (now: LiveDocument['saved']) => {
      saved = now;
      said.push(now.state);
    },
  });
  return said;
}
const inState = (live: LiveDocument, state: string): Promise<void> =>
  until(`${state}, is ${live.saved.state}`, () => live.saved.state === state);

describe('a live document', () => {
  it('says saved only when the server has acknowledged', async () => {
    server.prompt = false;
    const live = await page();
    await until('in step', () => live.saved.state === 'saved');
    type(live.doc, 'context', 'Un');
    type(live.doc, 'context', 'Deux');
    expect(live.saved).toEqual({ state: 'pending', edits: 2 });
    await until('the server has it', () => words(server.doc).includes('Deux'));
    expect(live.saved.state).toBe('pending');
    server.acknowledge();
    await inState(live, 'saved');
  });

  it('shows two people the same text', async () => {
    const [one, two] = [await page(), await page()];
    await inState(one, 'saved');
    await inState(two, 'saved');
    type(one.doc, 'context', 'Bonjour');
    await until('the other sees it', () => words(two.doc).includes('Bonjour'));
    expect(two.pending).toBe(0);
  });

  it('says where it is itself, and repeats nobody else', async () => {
    const live = await page();
    await inState(live, 'saved');
    const own = live.doc.clientID;
    await until('it is shown', () => server.awareness.states.has(own));
    for (let at = 0; at < 20; at += 1) server.show(7, { cursor: at });
    await until('the others are seen', () => live.connection?.awareness.states.get(7)?.cursor === 19);
    live.connection?.awareness.setLocalStateField('cursor', 1);
    await until('its own move came', () => server.awareness.states.get(own)?.cursor === 1);
    expect(server.shown.every((ids) => ids.length === 1 && ids[0] === own)).toBe(true);
  });

  it('goes on offline, and sends all when the server is back', async () => {
    const live = await page();
    await inState(live, 'saved');
    server.closeWith = 1012;
    server.closeAll(1012);
    await inState(live, 'offline');
    type(live.doc, 'context', 'Hors connexion');
    expect(live.saved).toEqual({ state: 'offline', edits: 1, kept: true, code: 1012 });
    server.closeWith = null;
    await inState(live, 'saved');
    expect(words(server.doc)).toContain('Hors connexion');
  });

  it('keeps unsent edits through a closed tab and sends them on return', async () => {
    const first = await page();
    await inState(first, 'saved');
    server.closeWith = 1012;
    server.closeAll(1012);
    await inState(first, 'offline');
    type(first.doc, 'context', 'Perdu ?');
    await until('kept', async () => (await unsentCount('acc-1')) === 1);
    await first.close();
    expect(await unsentCount('acc-1', 'doc-1')).toBe(1);

    server.closeWith = null;
    server.prompt = false;
    const second = await page();
    expect(second.pending).toBe(1);
    expect(words(second.doc)).toContain('Perdu ?');
    await until('sent', () => words(server.doc).includes('Perdu ?'));
    expect(await unsentCount('acc-1')).toBe(1);
    server.acknowledge();
    await inState(second, 'saved');
    await until('settled', async () => (await unsentCount('acc-1')) === 0);
    expect(server.queries.at(-1)?.get('after')).toBe('0');
  });

  it('never opens the copy of another account', async () => {
    const first = await page();
    type(first.doc, 'context', 'Secret');
    await until('kept', () => words(server.doc).includes('Secret'));
    await first.close();
    server.closeWith = 4404;
    server.account = 'acc-2';
    const other = await page({ account: 'acc-2' });
    await until('gone', () => other.ended === 'gone');
    expect(words(other.doc)).toBe('');
    expect(await unsentCount('acc-2')).toBe(0);
  });

  it('leaves at once when somebody else is signed in', async () => {
    const first = await page();
    await inState(first, 'saved');
    server.closeAll(1012);
    server.account = 'acc-2';
    await until('signed out', () => first.ended === 'signed_out');
    expect(first.writable).toBe(false);
  });

  it('sets a refused copy aside, offers its words, and begins again with a new client id', async () => {
    type(server.doc, 'context', 'Texte commun');
    const live = await page();
    await inState(live, 'saved');
    const [client, doc] = [live.doc.clientID, live.doc];
    server.refuse = true;
    type(live.doc, 'description', 'Trop tard');
    await until('begun again', () => live.generation === 1 && live.saved.state === 'saved');
    expect(live.unsent).toEqual({
      reason: 'refused',
      code: 'stage',
      passages: [{ section: 'description', text: 'Trop tard' }],
    });
    expect(live.doc).not.toBe(doc);
    expect(live.doc.clientID).not.toBe(client);
    expect(words(live.doc)).toContain('Texte commun');
    expect(words(live.doc, 'description')).toBe('');

    const name = { account: 'acc-1', document: 'doc-1', lineage: 'lin-1' };
    const kept = await keptCopies(name);
    expect(kept.map((copy) => [copy.reason, copy.passages[0]?.text])).toEqual([['refused', 'Trop tard']]);
    await discardCopy(kept[0]?.name ?? '');
    expect(await keptCopies(name)).toEqual([]);
  });

  it('keeps a copy of another lineage apart, and never mixes them', async () => {
    const first = await page();
    await inState(first, 'saved');
    server.closeWith = 1012;
    server.closeAll(1012);
    await inState(first, 'offline');
    type(first.doc, 'context', 'Avant la restauration');
    server.lineage = 'lin-2';
    server.closeWith = null;
    await until('the new lineage', () => first.generation === 1 && first.saved.state === 'saved');
    expect(words(server.doc)).toBe('');
    expect(words(first.doc)).toBe('');
    const kept = await keptCopies({ account: 'acc-1', document: 'doc-1', lineage: 'lin-2' });
    expect(kept.map((copy) => [copy.reason, copy.passages[0]?.text])).toEqual([
      ['lineage', 'Avant la restauration'],
    ]);
    expect(await unsentCount('acc-1')).toBe(1);
  });

  it('turns read-only and back without a reload', async () => {
    const live = await page();
    await inState(live, 'saved');
    expect(live.writable).toBe(true);
    server.notice({ type: 'rights', may: ['read'], epoch: 2 });
    await until('read only', () => !live.writable);
    server.notice({ type: 'rights', may: ['read', 'edit_text'], epoch: 3 });
    await until('writable', () => live.writable);
  });

  it('reads only when the server has a newer schema', async () => {
    server.schema = 2;
    const live = await page();
    await until('outdated', () => live.outdated);
    expect(live.writable).toBe(false);
  });

  it('says suspended when the server cannot store, until it can', async () => {
    const live = await page();
    // An acknowledgement that comes after the notice would lift it: our step 2 is answered first.
    await until('our step 2', () => server.pages.size > 0 && [...server.pages].every((each) => each.counted > 0));
    await inState(live, 'saved');
    server.notice({ type: 'storage', state: 'suspended' });
    await inState(live, 'suspended');
    server.notice({ type: 'storage', state: 'resumed' });
    await inState(live, 'saved');
  });

  it('works, and says so, where the browser keeps nothing', async () => {
    globalThis.indexedDB = {
      open: () => {
        throw new Error('forbidden');
      },
    } as unknown as IDBFactory;
    const live = await page();
    await inState(live, 'saved');
    expect(live.kept).toBe(false);
    type(live.doc, 'context', 'Tout de même');
    await until('the server has it', () => words(server.doc).includes('Tout de même'));
    server.closeWith = 1012;
    server.closeAll(1012);
    await inState(live, 'offline');
    expect(live.saved).toMatchObject({ kept: false });
  });

  it('never marks as held what the browser failed to write', async () => {
    const first = await page();
    await inState(first, 'saved');
    await first.close();
    type(server.doc, 'context', 'Écrit ailleurs');
    server.seq = 7;
    // A full disk is told after the fact: the transaction is taken, then given up.
    const commit = Object.getOwnPropertyDescriptor(IDBTransaction.prototype, 'commit') as PropertyDescriptor;
    IDBTransaction.prototype.commit = function full() {
      this.abort();
    };
    const second = await page();
    await inState(second, 'saved');
    await until('told', () => !second.kept);
    Object.defineProperty(IDBTransaction.prototype, 'commit', commit);
    await second.close();
    const third = await page();
    await inState(third, 'saved');
    expect(server.queries.at(-1)?.get('after')).toBe('0');
  });

  it('says that the session ended, not that the network is away, and shows the words that wait', async () => {
    server.prompt = false;
    const live = await page();
    await inState(live, 'saved');
    type(live.doc, 'context', 'Pas encore envoyé');
    server.closeAll(4401);
    await inState(live, 'ended');
    expect(live.saved).toEqual({ state: 'ended', why: 'signed_out', edits: 1, kept: true });
    expect(live.unsent).toEqual({
      reason: 'signed_out',
      code: 'close_4401',
      passages: [{ section: 'context', text: 'Pas encore envoyé' }],
    });
    expect(await unsentCount('acc-1')).toBe(1);
  });

  it('tells who leaves what only the page holds', async () => {
    globalThis.indexedDB = {
      open: () => {
        throw new Error('forbidden');
      },
    } as unknown as IDBFactory;
    server.prompt = false;
    const live = await page();
    await inState(live, 'saved');
    type(live.doc, 'context', 'Nulle part ailleurs');
    expect([unkeptHere('acc-1'), unkeptHere('acc-2')]).toEqual([1, 0]);
    await until('the server has it', () => words(server.doc).includes('Nulle part'));
    server.acknowledge();
    await inState(live, 'saved');
    expect(unkeptHere('acc-1')).toBe(0);
    type(live.doc, 'context', 'Encore');
    await live.close();
    expect(unkeptHere('acc-1')).toBe(0);
  });

  it('offers the words that wait when access is withdrawn, and when the text was restored', async () => {
    server.prompt = false;
    const live = await page();
    await inState(live, 'saved');
    type(live.doc, 'context', 'Pas encore envoyé');
    server.lineage = 'lin-2';
    server.closeAll(1012);
    await until('the new lineage', () => live.generation === 1 && live.saved.state === 'saved');
    const passages = [{ section: 'context', text: 'Pas encore envoyé' }];
    expect(live.unsent).toEqual({ reason: 'lineage', code: '', passages });
    live.dismiss();
    type(live.doc, 'context', 'Puis exclu');
    server.closeAll(4404);
    await until('gone', () => live.ended === 'gone');
    expect(live.unsent).toEqual({ reason: 'refused', code: 'close_4404', passages: [{ section: 'context', text: 'Puis exclu' }] });
  });

  it('lists a copy of another lineage in which only deletions wait', async () => {
    type(server.doc, 'context', 'Texte commun');
    const live = await page();
    await inState(live, 'saved');
    server.prompt = false;
    live.doc.getXmlFragment('context').delete(0, 1);
    server.lineage = 'lin-2';
    server.closeAll(1012);
    await until('the new lineage', () => live.generation === 1 && live.saved.state === 'saved');
    const kept = await keptCopies({ account: 'acc-1', document: 'doc-1', lineage: 'lin-2' });
    expect(kept.map((copy) => [copy.reason, copy.passages])).toEqual([['lineage', []]]);
  });

  it('says that late edits are kept aside, not that they were refused', async () => {
    const live = await page();
    await inState(live, 'saved');
    const said = statesOf(live);
    server.late = true;
    type(live.doc, 'context', 'Trop tard');
    await until('begun again', () => live.generation === 1 && live.saved.state === 'saved');
    expect(said).toContain('aside');
    expect(said).not.toContain('refused');
    expect([live.unsent, live.late]).toEqual([null, 1]);
  });

  it('begins again after each refusal, as long as something is stored between, and stops with its reason', async () => {
    const live = await page();
    await inState(live, 'saved');
    const refused = async (generation: number): Promise<void> => {
      server.refuse = true;
      type(live.doc, 'context', 'Refusé');
      await until(`generation ${generation}`, () => live.generation === generation && live.saved.state === 'saved');
    };
    for (let generation = 1; generation <= 5; generation += 1) {
      await refused(generation);
      type(live.doc, 'context', 'Accepté');
      await until('stored', () => live.pending === 0);
    }
    for (let generation = 6; generation <= 8; generation += 1) await refused(generation);
    server.refuse = true;
    type(live.doc, 'context', 'Une fois de trop');
    await until('stopped', () => live.stopped === 'stage');
    expect(live.saved).toEqual({ state: 'refused', code: 'stage' });
    expect(await live.whenSaved(60_000)).toBe(false);
  });

  it('knows that this page alone has the words, after a refusal too, and waits for nothing once it ended', async () => {
    globalThis.indexedDB = {
      open: () => {
        throw new Error('forbidden');
      },
    } as unknown as IDBFactory;
    const live = await page();
    await inState(live, 'saved');
    expect(live.holdsAlone).toBe(false);
    server.refuse = true;
    type(live.doc, 'context', 'Refusé');
    await until('begun again', () => live.generation === 1 && live.saved.state === 'saved');
    expect([live.pending, live.holdsAlone, unkeptHere('acc-1')]).toEqual([0, true, 1]);
    live.dismiss();
    expect([live.holdsAlone, unkeptHere('acc-1')]).toEqual([false, 0]);
    server.prompt = false;
    type(live.doc, 'context', 'Pas encore envoyé');
    server.closeAll(4401);
    await inState(live, 'ended');
    expect(live.holdsAlone).toBe(true);
    expect(await live.whenSaved(2 ** 31 - 1)).toBe(false);
  });

  it('clears every copy of an account, and only its copies', async () => {
    const first = await page();
    type(first.doc, 'context', 'Un');
    await inState(first, 'saved');
    await first.close();
    server.account = 'acc-2';
    const other = await page({ account: 'acc-2' });
    await inState(other, 'saved');
    await other.close();
    await clearAll('acc-1', 'sent');
    const names = (await indexedDB.databases()).map((each) => each.name);
    expect(names).toEqual(['chantier/acc-2/doc-1/lin-1/0']);
  });

  it('makes one record of many and still loads the same text', async () => {
    const first = await page();
    for (let edit = 0; edit < 230; edit += 1) type(first.doc, 'context', `Ligne ${edit}`);
    await inState(first, 'saved');
    await first.close();
    const second = await page();
    await second.close();
    server.closeWith = 1012;
    const third = await page();
    expect(words(third.doc)).toContain('Ligne 229');
    expect(third.pending).toBe(0);
  });
});
