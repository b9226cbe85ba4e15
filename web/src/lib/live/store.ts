/**
 * The browser's own copy of a document: one database per (account, document, lineage), never
 * opened for another account. It knows which edits the server has not acknowledged, through
 * reloads and between tabs, and nothing unsent is ever cleared silently.
 *
 * Each tab writes under the client id of its Yjs document: how many edits it made, how many of
 * them are on the server's disk, and up to which clock. A tab that loads the copy also sends what
 * closed tabs left, and settles their count once that is acknowledged.
 */
import * as Y from 'yjs';

import {
  MARKS,
  UPDATES,
  accountPrefix,
  answer,
  databaseNames,
  deleteDatabase,
  documentPrefix,
  done,
  openDatabase,
} from './database';
import { passages, type Passage } from './passages';

/** Whose copy of what. */
export interface StoreName {
  account: string;
  document: string;
  lineage: string;
}

/** What one tab's edits have come to. */
export interface Marks {
  /** Edits made under this client id. */
  made: number;
  /** Of them, those on the server's disk. */
  stored: number;
  /** The Yjs clock up to which they are. */
  clock: number;
}

/** What a copy held when it was opened. */
export interface Loaded {
  /** The log position up to which everything is held; `null` when unknown. */
  after: number | null;
  /** The epoch under which it was last in step. */
  epoch: number | null;
  /** Edits not known to be on the server's disk. */
  unsent: number;
}

/** A copy that could not be sent, kept for its author. */
export interface KeptCopy {
  name: string;
  reason: 'refused' | 'lineage';
  /** The code of the refusal; empty without one. */
  code: string;
  passages: Passage[];
}

/** Why a copy was set aside. */
interface Aside {
  code: string;
  passages: Passage[];
}

const TRIM_OVER = 200;

function lineagePrefix(name: StoreName): string {
  return `${documentPrefix(name.account, name.document)}${encodeURIComponent(name.lineage)}/`;
}

const clientKey = (client: number): string => `client/${client}`;

/** One open copy. */
export class BrowserStore {
  /** Databases that will not be used again are numbered away: `.../0` refused, then `.../1`. */
  readonly name: string;
  #database: IDBDatabase | null;
  #adopted = new Map<number, Marks>();
  #onLost: () => void = () => {};

  private constructor(name: string, database: IDBDatabase | null) {
    this.name = name;
    this.#database = database;
  }

  /** Opens the copy, or a store that keeps nothing where the browser refuses (`kept` says so). */
  static async open(name: StoreName): Promise<BrowserStore> {
    const prefix = lineagePrefix(name);
    for (let generation = 0; ; generation += 1) {
      try {
        const database = await openDatabase(`${prefix}${generation}`);
        if ((await readMark<Aside>(database, 'aside')) === undefined) {
          return new BrowserStore(`${prefix}${generation}`, database);
        }
        database.close();
      } catch {
        return new BrowserStore(`${prefix}${generation}`, null);
      }
    }
  }

  /** Whether edits are kept on this device. */
  get kept(): boolean {
    return this.#database !== null;
  }

  /** Called once when the browser stops keeping edits (full, forbidden). */
  set onLost(told: () => void) {
    this.#onLost = told;
  }

  /** Puts what was kept into `doc`. To be awaited before anything is sent. */
  async load(doc: Y.Doc): Promise<Loaded> {
    const nothing: Loaded = { after: null, epoch: null, unsent: 0 };
    const database = this.#database;
    if (!database) return nothing;
    try {
      const reading = database.transaction([UPDATES, MARKS], 'readonly');
      const updates = reading.objectStore(UPDATES);
      const marks = reading.objectStore(MARKS);
      const [keys, values, names, known] = await Promise.all([
        answer(updates.getAllKeys()),
        answer<Uint8Array[]>(updates.getAll()),
        answer(marks.getAllKeys()),
        answer<unknown[]>(marks.getAll()),
      ]);
      Y.transact(doc, () => values.forEach((update) => Y.applyUpdate(doc, update, this)), this, false);
      const loaded = { ...nothing };
      names.forEach((name, at) => this.#learn(String(name), known[at], loaded));
      if (keys.length > TRIM_OVER) await this.#trim(doc, keys);
      return loaded;
    } catch {
      this.#lose();
      return nothing;
    }
  }

  #learn(name: string, value: unknown, loaded: Loaded): void {
    if (name === 'after') loaded.after = value as number;
    else if (name === 'epoch') loaded.epoch = value as number;
    else if (name.startsWith('client/')) {
      const marks = value as Marks;
      this.#adopted.set(Number(name.slice('client/'.length)), marks);
      loaded.unsent += marks.made - marks.stored;
    }
  }

  /** One record instead of many. What another tab adds meanwhile has later keys and stays. */
  async #trim(doc: Y.Doc, keys: IDBValidKey[]): Promise<void> {
    await this.#write((updates) => {
      for (const key of keys) updates.delete(key);
      updates.add(Y.encodeStateAsUpdate(doc));
    });
  }

  /** Keeps an update; `mine` when it was made here. */
  async write(update: Uint8Array, mine?: { client: number; marks: Marks }): Promise<void> {
    await this.#write((updates, marks) => {
      updates.add(update);
      if (mine) marks.put(mine.marks, clientKey(mine.client));
      // Without waiting for the answers: a tab that closes now has already said all it had to say.
      updates.transaction.commit();
    });
  }

  /** The server holds my edits up to `marks.stored`; and, when all were told, those closed tabs left. */
  async settle(client: number, mine: Marks, adopted: boolean): Promise<void> {
    await this.#write((_, marks) => {
      if (mine.made > 0) marks.put(mine, clientKey(client));
      if (!adopted) return;
      for (const [id, then] of this.#adopted) {
        const request = marks.get(clientKey(id));
        request.onsuccess = () => {
          const now = request.result as Marks | undefined;
          // Another tab that lives has gone on since: it settles its own count.
          if (now && now.made === then.made) marks.delete(clientKey(id));
        };
      }
    });
  }

  /** Everything up to this log position is held here. */
  async reached(after: number, epoch: number): Promise<void> {
    await this.#write((_, marks) => {
      marks.put(after, 'after');
      marks.put(epoch, 'epoch');
    });
  }

  /** Client ids under which this copy's unsent text was written, and from which clock on. */
  unsentFrom(client: number, mine: Marks): Map<number, number> {
    const from = new Map([...this.#adopted].map(([id, marks]) => [id, marks.clock]));
    from.set(client, mine.clock);
    return from;
  }

  /** Sets this copy aside for its author: it is not opened for editing again. */
  async setAside(code: string, unsent: Passage[]): Promise<void> {
    await this.#write((_, marks) => marks.put({ code, passages: unsent } satisfies Aside, 'aside'));
  }

  /** Closes it; what was written stays. */
  close(): void {
    this.#database?.close();
    this.#database = null;
    this.#onLost = () => {};
  }

  async #write(writes: (updates: IDBObjectStore, marks: IDBObjectStore) => void): Promise<void> {
    if (!this.#database) return;
    try {
      const writing = this.#database.transaction([UPDATES, MARKS], 'readwrite');
      const end = done(writing);
      // When the lines below fail first, nobody waits for it.
      end.catch(() => {});
      writes(writing.objectStore(UPDATES), writing.objectStore(MARKS));
      await end;
    } catch {
      this.#lose();
    }
  }

  #lose(): void {
    if (!this.#database) return;
    this.#database.close();
    this.#database = null;
    this.#onLost();
  }
}

async function readMark<T>(database: IDBDatabase, key: string): Promise<T | undefined> {
  const marks = database.transaction(MARKS, 'readonly').objectStore(MARKS);
  return (await answer(marks.get(key))) as T | undefined;
}

async function unsentIn(name: string): Promise<number> {
  const database = await openDatabase(name);
  try {
    const marks = database.transaction(MARKS, 'readonly').objectStore(MARKS);
    const [keys, values] = await Promise.all([answer(marks.getAllKeys()), answer<unknown[]>(marks.getAll())]);
    if (keys.includes('aside')) return 0;
    let unsent = 0;
    keys.forEach((key, at) => {
      if (!String(key).startsWith('client/')) return;
      const { made, stored } = values[at] as Marks;
      unsent += made - stored;
    });
    return unsent;
  } finally {
    database.close();
  }
}

/** How many edits of this account this browser holds that the server has not acknowledged. */
export async function unsentCount(account: string, document?: string): Promise<number> {
  const prefix = document ? documentPrefix(account, document) : accountPrefix(account);
  let unsent = 0;
  for (const name of await databaseNames(prefix)) unsent += await unsentIn(name).catch(() => 0);
  return unsent;
}

/** The documents of which this browser holds unsent edits of this account. */
export async function unsentDocuments(account: string): Promise<string[]> {
  const prefix = accountPrefix(account);
  const found = new Set<string>();
  for (const name of await databaseNames(prefix)) {
    const document = name.slice(prefix.length).split('/')[0];
    if (document && (await unsentIn(name).catch(() => 0)) > 0) found.add(decodeURIComponent(document));
  }
  return [...found];
}

/** Removes every copy of this account from this browser. Ask first when `unsentCount` is not nought. */
export async function clearAll(account: string): Promise<void> {
  await Promise.all((await databaseNames(accountPrefix(account))).map(deleteDatabase));
}

/** The copies of a document that were set aside, with what in them never arrived. */
export async function keptCopies(name: StoreName): Promise<KeptCopy[]> {
  const current = lineagePrefix(name);
  const copies: KeptCopy[] = [];
  for (const each of await databaseNames(documentPrefix(name.account, name.document))) {
    const copy = await keptCopy(each, each.startsWith(current)).catch(() => null);
    if (copy && copy.passages.length > 0) copies.push(copy);
  }
  return copies;
}

async function keptCopy(name: string, current: boolean): Promise<KeptCopy | null> {
  const database = await openDatabase(name);
  try {
    const aside = await readMark<Aside>(database, 'aside');
    if (aside) return { name, reason: 'refused', code: aside.code, passages: aside.passages };
    if (current) return null;
    const reading = database.transaction([UPDATES, MARKS], 'readonly');
    const marks = reading.objectStore(MARKS);
    const [updates, keys, values] = await Promise.all([
      answer<Uint8Array[]>(reading.objectStore(UPDATES).getAll()),
      answer(marks.getAllKeys()),
      answer<unknown[]>(marks.getAll()),
    ]);
    const doc = new Y.Doc();
    updates.forEach((update) => Y.applyUpdate(doc, update));
    const from = new Map<number, number>();
    keys.forEach((key, at) => {
      const client = String(key).match(/^client\/(\d+)$/)?.[1];
      if (client) from.set(Number(client), (values[at] as Marks).clock);
    });
    const found = passages(doc, from);
    doc.destroy();
    return { name, reason: 'lineage', code: '', passages: found };
  } finally {
    database.close();
  }
}

/** Forgets a copy that was set aside, when its author says so. */
export async function discardCopy(name: string): Promise<void> {
  await deleteDatabase(name);
}
