/**
 * What this browser holds for an account beside the open text: edits that were not sent, and copies
 * set aside with words that never arrived. Counted, shown to their author, and deleted when they say so.
 */
import * as Y from 'yjs';

import { MARKS, UPDATES, accountPrefix, answer, databaseNames, deleteDatabase, documentPrefix, done, openDatabase } from './database';
import { passages, type Passage } from './passages';
import { lineagePrefix, readMark, tabMarks, type Aside, type StoreName } from './store';

/** A copy that could not be sent, kept for its author. */
export interface KeptCopy {
  name: string;
  reason: 'refused' | 'late' | 'lineage';
  /** The code of the refusal; empty without one. */
  code: string;
  passages: Passage[];
}

/** Opens a database for one reading or change of it. */
async function within<T>(name: string, use: (database: IDBDatabase) => Promise<T>): Promise<T> {
  const database = await openDatabase(name);
  try {
    return await use(database);
  } finally {
    database.close();
  }
}

async function everyTab(database: IDBDatabase): Promise<ReturnType<typeof tabMarks>> {
  const marks = database.transaction(MARKS, 'readonly').objectStore(MARKS);
  const [keys, values] = await Promise.all([answer(marks.getAllKeys()), answer<unknown[]>(marks.getAll())]);
  // A copy that was set aside is not sent any more: its words are counted by `keptCount`.
  return keys.includes('aside') ? new Map() : tabMarks(keys, values);
}

async function unsentIn(name: string): Promise<number> {
  const tabs = await within(name, everyTab);
  return [...tabs.values()].reduce((unsent, { made, stored }) => unsent + made - stored, 0);
}

/** How many edits of this account this browser holds that the server has not acknowledged. */
export async function unsentCount(account: string, document?: string): Promise<number> {
  const prefix = document ? documentPrefix(account, document) : accountPrefix(account);
  let unsent = 0;
  for (const name of await databaseNames(prefix)) unsent += await unsentIn(name).catch(() => 0);
  return unsent;
}

/** How many copies with words that never arrived are kept for this account. */
export async function keptCount(account: string): Promise<number> {
  let kept = 0;
  for (const name of await databaseNames(accountPrefix(account))) {
    const aside = await within(name, (database) => readMark<Aside>(database, 'aside')).catch(() => undefined);
    if (aside && wordsIn(aside).length > 0) kept += 1;
  }
  return kept;
}

/**
 * Removes the copies of this account from this browser: all of them when its person chose that;
 * else only those in which nothing unsent is left.
 */
export async function clearAll(account: string, which: 'everything' | 'sent'): Promise<void> {
  const clear = async (name: string): Promise<void> => {
    if (which === 'everything' || !(await holdsUnsent(name))) await deleteDatabase(name);
  };
  await Promise.all((await databaseNames(accountPrefix(account))).map(clear));
}

/** What cannot be read is taken to hold something. */
async function holdsUnsent(name: string): Promise<boolean> {
  try {
    const aside = await within(name, (database) => readMark<Aside>(database, 'aside'));
    return aside ? wordsIn(aside).length > 0 : (await unsentIn(name)) > 0;
  } catch {
    return true;
  }
}

/** The copies of a document that were set aside, with what in them never arrived. */
export async function keptCopies(name: StoreName): Promise<KeptCopy[]> {
  const current = lineagePrefix(name);
  const copies: KeptCopy[] = [];
  for (const each of await databaseNames(documentPrefix(name.account, name.document))) {
    const copy = await within(each, (database) => keptCopy(each, database, each.startsWith(current))).catch(() => null);
    if (copy) copies.push(copy);
  }
  return copies;
}

async function keptCopy(name: string, database: IDBDatabase, current: boolean): Promise<KeptCopy | null> {
  const aside = await readMark<Aside>(database, 'aside');
  if (aside) {
    const words = wordsIn(aside);
    const reason = aside.code === 'kept_aside' ? 'late' : 'refused';
    return words.length > 0 ? { name, reason, code: aside.code, passages: words } : null;
  }
  if (current) return null;
  const reading = database.transaction([UPDATES, MARKS], 'readonly');
  const marks = reading.objectStore(MARKS);
  const [updates, keys, values] = await Promise.all([
    answer<Uint8Array[]>(reading.objectStore(UPDATES).getAll()),
    answer(marks.getAllKeys()),
    answer<unknown[]>(marks.getAll()),
  ]);
  const waiting = [...tabMarks(keys, values)].filter(([, { made, stored }]) => made > stored);
  // Deletions and formats leave no words: that something waited is said all the same.
  if (waiting.length === 0) return null;
  const doc = new Y.Doc();
  updates.forEach((update) => Y.applyUpdate(doc, update));
  const found = passages(doc, new Map(waiting.map(([client, { clock }]) => [client, clock])));
  doc.destroy();
  return { name, reason: 'lineage', code: '', passages: found };
}

/** The words of every tab, section by section. */
function wordsIn(aside: Aside): Passage[] {
  const found = [...aside.passages, ...Object.values(aside.others ?? {}).flat()];
  const sections = [...new Set(found.map((each) => each.section))];
  const of = (section: string): string => found.filter((each) => each.section === section).map((each) => each.text).join('\n');
  return sections.map((section) => ({ section, text: of(section) }));
}

/** Forgets a copy that was set aside, when its author says so. */
export async function discardCopy(name: string): Promise<void> {
  const aside = await within(name, (database) => readMark<Aside>(database, 'aside'));
  if (!aside) return deleteDatabase(name);
  // Its number stays taken: without it, the copy that is written in now would be hidden behind a new one.
  await within(name, async (database) => {
    const writing = database.transaction([UPDATES, MARKS], 'readwrite');
    writing.objectStore(UPDATES).clear();
    const marks = writing.objectStore(MARKS);
    marks.clear();
    marks.put({ code: aside.code, passages: [] } satisfies Aside, 'aside');
    await done(writing);
  });
}
