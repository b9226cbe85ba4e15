/**
 * The browser's own copy of a document: one database per (account, document, lineage), never
 * opened for another account. It knows which edits the server has not acknowledged, through
 * reloads and between tabs, and nothing unsent is ever cleared silently.
 *
 * Each tab writes under the client id of its Yjs document: how many edits it made, how many of
 * them are on the server's disk, and up to which clock. A tab that loads the copy also sends what
 * closed tabs left, and settles their count once that is acknowledged. What was set aside for its
 * author is read in `copies.ts`.
 */
import * as Y from 'yjs';

import { MARKS, UPDATES, answer, documentPrefix, done, openDatabase } from './database';
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

/** Why a copy was set aside, and the words in it that did not arrive. */
export interface Aside {
  code: string;
  passages: Passage[];
  /** Those of other tabs, by client id: a tab that lives takes its own along when it moves on. */
  others?: Record<string, Passage[]>;
}

const TRIM_OVER = 200;

/** Every generation of a lineage's copy starts so. */
export function lineagePrefix(name: StoreName): string {
  return `${documentPrefix(name.account, name.document)}${encodeURIComponent(name.lineage)}/`;
}

const clientKey = (client: number): string => `client/${client}`;

/** The marks of every tab in a copy, by client id. */
export function tabMarks(keys: IDBValidKey[], values: unknown[]): Map<number, Marks> {
  const tabs = new Map<number, Marks>();
  keys.forEach((key, at) => {
    const client = String(key).match(/^client\/(\d+)$/)?.[1];
    if (client) tabs.set(Number(client), values[at] as Marks);
  });
  return tabs;
}

/** One record of a copy. */
export async function readMark<T>(database: IDBDatabase, key: string): Promise<T | undefined> {
  const marks = database.transaction(MARKS, 'readonly').objectStore(MARKS);
  return (await answer(marks.get(key))) as T | undefined;
}

/** The generation that is written in: those before it were set aside. */
async function openCurrent(prefix: string): Promise<IDBDatabase> {
  for (let generation = 0; ; generation += 1) {
    const database = await openDatabase(`${prefix}${generation}`);
    if ((await readMark<Aside>(database, 'aside')) === undefined) return database;
    database.close();
  }
}

/** One open copy. */
export class BrowserStore {
  /** Databases that will not be used again are numbered away: `.../0` refused, then `.../1`. */
  readonly #prefix: string;
  #database: IDBDatabase | null;
  #doc: Y.Doc | null = null;
  #adopted = new Map<number, Marks>();
  #mine: { client: number; marks: Marks } | null = null;
  /** Whether this tab set the copy aside itself, and leaves it. */
  #left = false;
  #onLost: () => void = () => {};

  private constructor(prefix: string, database: IDBDatabase | null) {
    this.#prefix = prefix;
    this.#database = database;
  }

  /** Opens the copy, or a store that keeps nothing where the browser refuses (`kept` says so). */
  static async open(name: StoreName): Promise<BrowserStore> {
    const prefix = lineagePrefix(name);
    return new BrowserStore(prefix, await openCurrent(prefix).catch(() => null));
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
    this.#doc = doc;
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
      this.#adopted = tabMarks(names, known);
      const read = <T>(name: string): T | null => (known[names.indexOf(name)] as T | undefined) ?? null;
      let unsent = 0;
      for (const { made, stored } of this.#adopted.values()) unsent += made - stored;
      if (keys.length > TRIM_OVER) await this.#trim(doc, keys);
      return { after: read<number>('after'), epoch: read<number>('epoch'), unsent };
    } catch {
      this.#lose();
      return nothing;
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
    if (mine) this.#mine = mine;
    await this.#write((updates, marks) => {
      updates.add(update);
      if (mine) marks.put(mine.marks, clientKey(mine.client));
      // Without waiting for the answers: a tab that closes now has already said all it had to say.
      updates.transaction.commit();
    });
  }

  /** The server holds my edits up to `marks.stored`; and, when all were told, those closed tabs left. */
  async settle(client: number, mine: Marks, adopted: boolean): Promise<void> {
    this.#mine = { client, marks: mine };
    const settled = adopted ? this.#adopted : new Map<number, Marks>();
    // What arrived is nobody's unsent words any more.
    if (adopted) this.#adopted = new Map();
    await this.#write((_, marks) => {
      if (mine.made > 0) marks.put(mine, clientKey(client));
      for (const [id, then] of settled) {
        const request = marks.get(clientKey(id));
        request.onsuccess = () => {
          const now = request.result as Marks | undefined;
          // Another tab that lives has gone on since: it settles its own count.
          if (now && now.made === then.made) marks.delete(clientKey(id));
        };
      }
    });
  }

  /**
   * Everything up to this log position is held here. The epoch stays while any tab's edits are
   * unsent: it is the one under which they were made.
   */
  async reached(after: number, epoch: number): Promise<void> {
    await this.#write((_, marks) => {
      marks.put(after, 'after');
      const [keys, values] = [marks.getAllKeys(), marks.getAll()];
      values.onsuccess = () => {
        const waits = [...tabMarks(keys.result, values.result).values()].some((tab) => tab.made > tab.stored);
        if (!waits || !keys.result.includes('epoch')) marks.put(epoch, 'epoch');
      };
    });
  }

  /** Client ids under which this copy's unsent text was written, and from which clock on. */
  unsentFrom(client: number, mine: Marks): Map<number, number> {
    const from = new Map([...this.#adopted].map(([id, marks]) => [id, marks.clock]));
    from.set(client, mine.clock);
    return from;
  }

  /**
   * Sets this copy aside for its author: it is not opened for editing again. Other tabs may have
   * left words in it that this one never saw: they are read from the copy itself.
   */
  async setAside(code: string, unsent: Passage[]): Promise<void> {
    this.#left = true;
    const [doc, own] = [this.#doc, this.#mine?.client ?? this.#doc?.clientID];
    await this.#write((updates, marks) => {
      const [all, keys, values, before] = [updates.getAll(), marks.getAllKeys(), marks.getAll(), marks.get('aside')];
      before.onsuccess = () => {
        const already = before.result as Aside | undefined;
        const tabs = tabMarks(keys.result, values.result);
        if (own !== undefined) tabs.delete(own);
        const others = { ...already?.others, ...(doc ? wordsOfOthers(doc, all.result as Uint8Array[], tabs) : {}) };
        delete others[String(own)];
        marks.put({ code, passages: [...(already?.passages ?? []), ...unsent], others } satisfies Aside, 'aside');
        // Its words are told now: the next tab that is refused does not find them again.
        if (own !== undefined) marks.delete(clientKey(own));
      };
    });
  }

  /** Closes it; what was written stays. */
  close(): void {
    this.#database?.close();
    this.#database = null;
    this.#onLost = () => {};
  }

  async #write(writes: (updates: IDBObjectStore, marks: IDBObjectStore) => void): Promise<void> {
    const database = this.#database;
    if (!database) return;
    try {
      const writing = database.transaction([UPDATES, MARKS], 'readwrite');
      const end = done(writing);
      // When the lines below fail first, nobody waits for it.
      end.catch(() => {});
      const aside = writing.objectStore(MARKS).get('aside');
      writes(writing.objectStore(UPDATES), writing.objectStore(MARKS));
      await end;
      if (aside.result !== undefined && !this.#left && database === this.#database) await this.#moveOn(database);
    } catch {
      this.#lose();
    }
  }

  /** Another tab set the copy aside: this one goes on in the next, with all that it holds. */
  async #moveOn(old: IDBDatabase): Promise<void> {
    const next = await openCurrent(this.#prefix);
    if (old !== this.#database || this.#left || !this.#doc) return next.close();
    this.#database = next;
    const [doc, tabs] = [this.#doc, new Map(this.#adopted)];
    if (this.#mine) tabs.set(this.#mine.client, this.#mine.marks);
    await this.#write((updates, marks) => {
      updates.add(Y.encodeStateAsUpdate(doc));
      for (const [client, mark] of tabs) marks.put(mark, clientKey(client));
    });
    await takeAlong(old, [...tabs.keys()]);
    old.close();
  }

  #lose(): void {
    if (!this.#database) return;
    this.#database.close();
    this.#database = null;
    this.#onLost();
  }
}

/** What other tabs wrote that the server does not hold and `doc` has never seen, by client id. */
function wordsOfOthers(doc: Y.Doc, updates: Uint8Array[], tabs: Map<number, Marks>): Record<string, Passage[]> {
  const whole = new Y.Doc();
  for (const update of updates) Y.applyUpdate(whole, update);
  const others: Record<string, Passage[]> = {};
  for (const [client, { made, stored, clock }] of tabs) {
    if (made <= stored) continue;
    const found = passages(whole, new Map([[client, Math.max(clock, Y.getState(doc.store, client))]]));
    if (found.length > 0) others[String(client)] = found;
  }
  whole.destroy();
  return others;
}

/** These tabs live, and keep their words elsewhere: nobody is offered them twice. */
async function takeAlong(old: IDBDatabase, clients: number[]): Promise<void> {
  const writing = old.transaction(MARKS, 'readwrite');
  const marks = writing.objectStore(MARKS);
  const request = marks.get('aside');
  request.onsuccess = () => {
    const aside = request.result as Aside | undefined;
    if (!aside?.others) return;
    for (const client of clients) delete aside.others[String(client)];
    marks.put(aside, 'aside');
  };
  await done(writing);
}
