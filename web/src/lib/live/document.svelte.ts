/**
 * One live document: its Yjs document, the browser's copy, the socket, and what to say about them.
 *
 * Order that matters: the copy is read before anything is sent; an edit is written to the copy and
 * counted before the provider sends it; a server of another lineage is left before our text reaches it.
 * After a refusal the copy is set aside with its unsent words and a new Yjs document (a new client
 * id) begins: `generation` changes, and whoever binds editors binds them again.
 */
import * as Y from 'yjs';

import { SCHEMA } from '../editor/sections';
import { Connection } from './connection';
import type { Notice } from './frames';
import { Ledger } from './ledger';
import { passages, type Passage } from './passages';
import { holdUnkept } from './unkept';
import { Presence } from './presence.svelte';
import { savedState, type Saved } from './saved';
import { BrowserStore, type Marks } from './store';

/** What a live document is opened with. */
export interface LiveOptions {
  document: string;
  account: string;
  lineage: string;
  may: string[];
  /** Who I am, for carets; the server says it again in its own words. */
  user: { name: string; organisation: string };
  /** `ws://host/ws`. */
  base: string;
  /** Tests bring their own. */
  socket?: typeof WebSocket;
}

/** Why writing ended for good here. */
export type Ended = 'signed_out' | 'gone';

/** Words that did not reach the text, to be offered to their author. */
export interface Unsent {
  reason: 'refused' | 'lineage' | 'signed_out';
  code: string;
  passages: Passage[];
}

const RESTARTS = 3;

/** See the head of this file. */
export class LiveDocument {
  doc = $state.raw(new Y.Doc());
  /** Changes when `doc` is another one. */
  generation = $state(0);
  /** Whether the copy has been read: editors may be bound. */
  ready = $state(false);
  may = $state.raw<string[]>([]);
  saved = $state.raw<Saved>({ state: 'opening' });
  ended = $state<Ended | null>(null);
  unsent = $state.raw<Unsent | null>(null);
  /** The server's schema is newer than ours: read only, and reload. */
  outdated = $state(false);
  /** Whether edits are kept on this device. */
  kept = $state(true);
  /** By which way the text is connected. */
  way = $state<'websocket' | 'requests'>('websocket');
  /** Refused too often in a row: the code, and nothing is written here until the page is loaded again. */
  stopped = $state<string | null>(null);
  /** How often late edits were handed over to the server, which shows them to their author. */
  late = $state(0);
  /** Topics that changed beside the text; counts up. */
  nudges = $state(0);
  /** How often each of these topics changed, as far as this connection heard. */
  topics = $state<Record<string, number>>({});
  readonly presence = new Presence();

  #options: LiveOptions;
  #lineage: string;
  #store: BrowserStore | null = null;
  #connection: Connection | null = null;
  #ledger = new Ledger();
  #inherited = 0;
  #seq = 0;
  #after: number | null = null;
  #epoch: number | null = null;
  /** The epoch the server last told. */
  #told: number | null = null;
  #hello: Extract<Notice, { type: 'hello' }> | null = null;
  #inStep = false;
  #lost = false;
  #code: number | null = null;
  #suspended = false;
  #refused: string | null = null;
  #restarts = 0;
  #closed = false;
  #writing: Promise<void> = Promise.resolve();
  #watchers = new Set<() => void>();
  #unkept: (() => void) | null = null;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#lineage = options.lineage;
    this.may = options.may;
  }

  /** Whether an editor may be bound: the right, the schema, and nothing refused. */
  get writable(): boolean {
    return (
      this.ready &&
      this.ended === null &&
      !this.outdated &&
      this.#generationOpen &&
      this.may.includes('edit_text')
    );
  }

  #generationOpen = $state(true);

  /** The awareness carets and presence share; `null` before the copy is read. */
  get connection(): Connection | null {
    return this.#connection;
  }

  /** Edits not known to be on the server's disk. */
  get pending(): number {
    return this.#ledger.pending;
  }

  /** The log position that this text is known to have reached. */
  get seq(): number {
    return this.#seq;
  }

  /** Whether what the editors hold is on its way into the text, and not refused or kept aside. */
  get faithful(): boolean {
    return this.#generationOpen;
  }

  /** Whether this page alone has words of mine that are not on the server: neither the browser has. */
  get holdsAlone(): boolean {
    return !this.kept && (this.pending > 0 || this.unsent !== null);
  }

  /** Reads the browser's copy, then connects. */
  async open(): Promise<void> {
    const { account, document } = this.#options;
    const store = await BrowserStore.open({ account, document, lineage: this.#lineage });
    if (this.#closed) return store.close();
    const doc = this.doc;
    const loaded = await store.load(doc);
    if (this.#closed || doc !== this.doc) return store.close();
    this.#store = store;
    store.onLost = () => {
      this.kept = false;
      this.#say();
    };
    this.kept = store.kept;
    this.#after = loaded.after;
    this.#epoch = loaded.epoch;
    this.#inherited = loaded.unsent;
    this.#ledger = new Ledger(loaded.unsent);
    doc.on('update', this.#updated);
    this.#connect(doc);
    this.ready = true;
    this.#say();
  }

  /** Waits until the server has everything, at most so long. Answers whether it has. */
  async whenSaved(limitMs: number): Promise<boolean> {
    const saved = (): boolean => this.#settled;
    if (saved()) return true;
    // Nothing is sent from here any more.
    if (this.ended !== null || this.#closed || this.stopped !== null) return false;
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        resolve(saved());
      };
      const look = (): void => {
        if (saved() || this.ended !== null || this.#closed || this.stopped !== null) end();
      };
      const timer = setTimeout(end, limitMs);
      this.#watchers.add(look);
    });
  }

  /** All is on the server's disk, what earlier visits left included. */
  get #settled(): boolean {
    return this.pending === 0 && this.#inStep;
  }

  /** Ends everything; what is unsent stays in the browser's copy. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#unkept?.();
    this.ready = false;
    this.#release();
    this.doc.destroy();
    await this.#writing;
    this.#store?.close();
    this.#store = null;
  }

  /** The words offered after a refusal were copied or are not wanted: stop offering them. */
  dismiss(): void {
    this.unsent = null;
  }

  #connect(doc: Y.Doc): void {
    const connection = new Connection(
      this.#options.base,
      this.#options.document,
      doc,
      {
        params: () => this.#params(),
        opened: () => {
          this.#ledger.connected();
          this.way = connection.way;
        },
        sent: (kind) => this.#ledger.sent(kind, Y.getState(doc.store, doc.clientID)),
        notice: (notice) => this.#heard(notice),
        inStep: () => this.#cameInStep(),
        closed: (code, final) => this.#lostConnection(code, final),
      },
      this.#options.socket,
    );
    this.#connection = connection;
    this.#unkept ??= holdUnkept(this.#options.account, () => (this.holdsAlone ? Math.max(1, this.pending) : 0));
    connection.awareness.setLocalStateField('user', this.#options.user);
    this.presence.follow(connection.awareness);
    connection.connect();
  }

  #params(): Record<string, string> {
    const params: Record<string, string> = {
      notices: '1',
      schema: String(SCHEMA),
      lineage: this.#lineage,
    };
    if (this.#after !== null) params.after = String(this.#after);
    if (this.#epoch !== null) params.epoch = String(this.#epoch);
    return params;
  }

  #updated = (update: Uint8Array, origin: unknown): void => {
    if (origin === this.#store) return;
    if (origin === this.#connection?.provider) {
      this.#keep(update);
      return;
    }
    this.#ledger.edited();
    this.#keep(update, { client: this.doc.clientID, marks: this.#marks() });
    this.#say();
  };

  /**
   * Handed to the browser at once, for the tab may close with the next key. It keeps the order of
   * transactions over the same stores: a mark is never ahead of what it speaks of.
   */
  #keep(update: Uint8Array, mine?: { client: number; marks: Marks }): void {
    const store = this.#store;
    if (store) this.#then(() => store.write(update, mine));
  }

  #then(step: () => Promise<void>): void {
    const written = step();
    this.#writing = this.#writing.then(() => written);
  }

  #marks(): Marks {
    return {
      made: this.#ledger.made - this.#inherited,
      stored: Math.max(0, this.#ledger.stored - this.#inherited),
      clock: this.#ledger.clock,
    };
  }

  #heard(notice: Notice): void {
    switch (notice.type) {
      case 'hello':
        this.#greeted(notice);
        break;
      case 'stored':
        this.#suspended = false;
        this.#seq = Math.max(this.#seq, notice.seq);
        this.#stored(notice.updates);
        break;
      case 'refused':
        void this.#setAside('refused', notice.code);
        break;
      case 'kept_aside':
        this.#keptAside(notice.update);
        break;
      case 'rights':
        this.may = notice.may;
        this.#told = notice.epoch;
        this.#reachedEpoch();
        break;
      case 'storage':
        this.#suspended = notice.state === 'suspended';
        break;
      case 'nudge':
        this.nudges += 1;
        this.topics[notice.topic] = (this.topics[notice.topic] ?? 0) + 1;
        break;
    }
    this.#say();
  }

  #greeted(hello: Extract<Notice, { type: 'hello' }>): void {
    if (hello.account !== '' && hello.account !== this.#options.account) {
      // Somebody else signed in meanwhile: this copy is not theirs to send, nor its words to see.
      this.ended = 'signed_out';
      this.#release();
      return;
    }
    if (hello.lineage !== '' && hello.lineage !== this.#lineage) {
      // Restored from a backup: our history must not flow into that one.
      this.#lineage = hello.lineage;
      this.#offer('lineage', '');
      void this.#startAgain();
      return;
    }
    this.#hello = hello;
    this.#seq = Math.max(this.#seq, hello.seq);
    this.#suspended = false;
    this.#told = hello.epoch;
    this.may = hello.may;
    this.outdated = hello.schema > SCHEMA;
  }

  /**
   * What I sent came too late, and the server holds it for me. What I send next builds on it, so
   * nothing is typed here any more; once all is told, the text begins again as it stands.
   */
  #keptAside(frame: number): void {
    this.#generationOpen = false;
    this.#ledger.keptAside(frame);
    this.#beginAfterLate();
  }

  #beginAfterLate(): void {
    if (this.#generationOpen || !this.#ledger.allHeld || this.#refused !== null) return;
    if (!this.#ledger.someAside) {
      // The connection was lost before all was told, and now it all went into the text.
      this.#generationOpen = true;
      return;
    }
    this.late += 1;
    void this.#setAside('late', 'kept_aside');
  }

  /** While something is unsent the copy goes on naming the epoch under which it was written. */
  #reachedEpoch(): void {
    const [store, after, epoch] = [this.#store, this.#after, this.#told];
    if (!this.#inStep || this.pending > 0 || epoch === null || epoch === this.#epoch) return;
    this.#epoch = epoch;
    if (store && after !== null) void this.#writing.then(() => store.reached(after, epoch));
  }

  #stored(frames: number): void {
    const news = this.#ledger.acknowledged(frames);
    this.#beginAfterLate();
    if (!news) return;
    this.#restarts = 0;
    this.#reachedEpoch();
    const store = this.#store;
    const [client, marks, adopted] = [this.doc.clientID, this.#marks(), this.#ledger.stored >= this.#inherited];
    if (store) this.#then(() => store.settle(client, marks, adopted));
  }

  #cameInStep(): void {
    this.#inStep = true;
    this.#lost = false;
    this.#code = null;
    const hello = this.#hello;
    const store = this.#store;
    if (hello && store) {
      this.#after = hello.seq;
      // With something unsent the copy was written under the epoch it named: that one stays.
      if (this.pending === 0 || this.#epoch === null) this.#epoch = hello.epoch;
      const epoch = this.#epoch;
      // Only once everything up to there is written: a mark ahead of a write that failed would
      // make the server leave out what this copy lacks.
      void this.#writing.then(() => store.reached(hello.seq, epoch));
    }
    this.#say();
  }

  #lostConnection(code: number, final: boolean): void {
    this.#inStep = false;
    this.#lost = true;
    this.#hello = null;
    this.#code = code;
    if (code === 1011) this.#suspended = true;
    if (code === 4401) this.#end('signed_out', code);
    else if (code === 4404) this.#end('gone', code);
    else if (final && this.#refused === null) void this.#setAside('refused', `close_${code}`);
    this.#say();
  }

  /** Nothing goes from here any more: what was not sent stays in the copy, and its words are shown. */
  #end(why: Ended, code: number): void {
    this.ended = why;
    this.#offer(why === 'gone' ? 'refused' : 'signed_out', `close_${code}`);
  }

  /** Shows what was not sent to its author, who may copy it. */
  #offer(reason: Unsent['reason'], code: string): void {
    if (this.pending > 0) this.unsent = { reason, code, passages: this.#unsentWords() };
  }

  /** The words typed here, or left by earlier visits, that the server does not hold. */
  #unsentWords(): Passage[] {
    // What the server keeps aside is shown by it, not twice.
    const marks = { ...this.#marks(), clock: this.#ledger.heldClock };
    const own = this.#store
      ? this.#store.unsentFrom(this.doc.clientID, marks)
      : new Map([[this.doc.clientID, marks.clock]]);
    return passages(this.doc, own);
  }

  /** Keeps what never arrived for its author, and begins again with the server's text. */
  async #setAside(reason: 'refused' | 'late', code: string): Promise<void> {
    if (this.#refused !== null) return;
    this.#refused = code;
    this.#generationOpen = false;
    this.#say();
    const store = this.#store;
    // Late edits are all on the server, which shows them: there is nothing left to offer here.
    const words = reason === 'late' ? [] : this.#unsentWords();
    if (reason !== 'late' && (words.length > 0 || this.pending > 0)) this.unsent = { reason, code, passages: words };
    if (store) {
      this.#then(() => store.setAside(code, words));
      await this.#writing;
    }
    if (reason === 'late' || this.#restarts < RESTARTS) {
      if (reason !== 'late') this.#restarts += 1;
      await this.#startAgain();
    } else {
      this.#release();
      this.stopped = code;
      this.#say();
    }
  }

  async #startAgain(): Promise<void> {
    this.#generationOpen = false;
    this.ready = false;
    this.#release();
    await this.#writing;
    this.#store?.close();
    this.#store = null;
    if (this.#closed) return;
    this.doc.destroy();
    this.doc = new Y.Doc();
    this.generation += 1;
    this.#ledger = new Ledger();
    this.#refused = null;
    this.#hello = null;
    this.#generationOpen = true;
    await this.open();
  }

  #release(): void {
    this.doc.off('update', this.#updated);
    this.presence.close();
    this.#connection?.destroy();
    this.#connection = null;
    this.#inStep = false;
  }

  #say(): void {
    this.saved = savedState({
      ended: this.ended,
      code: this.#code,
      refused: this.#refused,
      suspended: this.#suspended,
      inStep: this.#inStep,
      lost: this.#lost,
      pending: this.#ledger.pending,
      kept: this.kept,
    });
    for (const look of [...this.#watchers]) look();
  }
}
