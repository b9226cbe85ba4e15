/** Signing out without losing a word: asks first when edits were not sent yet. */
import { ApiProblem, api } from '#lib/api/client.ts';
import { unkeptHere } from '#lib/live/unkept.ts';
import type { Session } from '#lib/api/session.svelte.ts';

type Kept = { unsentCount: (account: string) => Promise<number>; unkept: (account: string) => number; clearAll: (account: string) => Promise<void> };
type Close = () => Promise<void>;

/** The browser's copies; loaded only when someone leaves, since it brings the text engine along. */
const browser: Kept = {
  unsentCount: async (account) => (await import('#lib/live/store.ts')).unsentCount(account),
  unkept: unkeptHere,
  clearAll: async (account) => (await import('#lib/live/store.ts')).clearAll(account),
};
const closeHere: Close = () => api.delete('/api/sessions/current');

export class SignOut {
  /** How many edits wait; 0 when there is nothing to ask. */
  waiting = $state(0);
  /** How many of them only the open page holds: they cannot be kept. */
  unkept = $state(0);
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
    this.unkept = this.#kept.unkept(account);
    this.waiting = (await this.#kept.unsentCount(account)) + this.unkept;
    if (this.waiting > 0) this.asking = true;
    else await this.leave('clear');
  }

  /** The answer `wait`: nothing happens, the person stays signed in. */
  stay(): void {
    this.asking = false;
  }

  /** Ends the session; the browser's copy is kept for this account, or deleted. */
  async leave(copy: 'keep' | 'clear'): Promise<void> {
    const account = this.#session.me?.account_id;
    if (!account || this.busy) return;
    this.busy = true;
    try {
      await this.#end();
      if (copy === 'clear') await this.#kept.clearAll(account);
      this.asking = false;
      this.#session.end();
      this.#done();
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
