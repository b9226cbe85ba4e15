/** Signing out without losing a word: asks first when edits were not sent yet. */
import { ApiProblem, api } from '#lib/api/client.ts';
import { problemSentence } from '#lib/i18n/problems.ts';
import { unkeptHere } from '#lib/live/unkept.ts';
import type { Session } from '#lib/api/session.svelte.ts';

type Kept = {
  unsentCount: (account: string) => Promise<number>;
  keptCount: (account: string) => Promise<number>;
  unkept: (account: string) => number;
  clearAll: (account: string, which: 'everything' | 'sent') => Promise<void>;
};
type Close = () => Promise<void>;

/** The browser's copies; loaded only when someone leaves, since it brings the text engine along. */
const browser: Kept = {
  unsentCount: async (account) => (await import('#lib/live/copies.ts')).unsentCount(account),
  keptCount: async (account) => (await import('#lib/live/copies.ts')).keptCount(account),
  unkept: unkeptHere,
  clearAll: async (account, which) => (await import('#lib/live/copies.ts')).clearAll(account, which),
};
const closeHere: Close = () => api.delete('/api/sessions/current');

export class SignOut {
  /** How many edits wait; 0 when there is nothing to ask. */
  waiting = $state(0);
  /** How many of them only the open page holds: they cannot be kept. */
  unkept = $state(0);
  /** How many copies with words that never arrived wait for a decision. */
  aside = $state(0);
  /** Why one is still signed in. */
  problem = $state<string | null>(null);
  asking = $state(false);
  busy = $state(false);
  #session: Session;
  #done: () => void;
  #kept: Kept;
  #close: Close;

  constructor(session: Session, done: () => void, kept: Kept = browser, close: Close = closeHere) {
    this.#session = session;
    this.#done = done;
    this.#kept = kept;
    this.#close = close;
  }

  async start(): Promise<void> {
    const account = this.#session.me?.account_id;
    if (!account) return;
    this.problem = null;
    this.unkept = this.#kept.unkept(account);
    this.waiting = this.unkept;
    try {
      this.waiting += await this.#kept.unsentCount(account);
      this.aside = await this.#kept.keptCount(account);
    } catch (failure) {
      // What counts them could not be loaded: nobody leaves before it is known what would be lost.
      this.problem = problemSentence(failure);
      this.asking = true;
      return;
    }
    if (this.waiting > 0 || this.aside > 0) this.asking = true;
    else await this.leave('sent');
  }

  /** The answer `wait`: nothing happens, the person stays signed in. */
  stay(): void {
    this.asking = false;
    this.problem = null;
  }

  /** Ends the session. Of the browser's copies all are kept for this account, or all but what is unsent deleted, or everything. */
  async leave(copy: 'keep' | 'sent' | 'everything'): Promise<void> {
    const account = this.#session.me?.account_id;
    if (!account || this.busy) return;
    this.busy = true;
    this.problem = null;
    try {
      await this.#end();
      if (copy !== 'keep') await this.#kept.clearAll(account, copy);
      this.asking = false;
      this.#session.end();
      this.#done();
    } catch (failure) {
      this.problem = problemSentence(failure);
      this.asking = true;
    } finally {
      this.busy = false;
    }
  }

  async #end(): Promise<void> {
    try {
      await this.#close();
    } catch (failure) {
      // Already ended on the server: that is what was wanted.
      if (!(failure instanceof ApiProblem && failure.status === 401)) throw failure;
    }
  }
}
