/** How many things wait for who is signed in: for the bars, on every page. Created by the root layout. */
import { api } from './client.ts';

const SERVER = async () => (await api.get<{ total: number }>('/api/desk/count')).total;
/** The focus that comes back at once asks nothing again. */
const FRESH_MS = 3_000;

export class AwaitedTotal {
  total = $state<number | null>(null);
  #ask: () => Promise<number>;
  #asked_ms = Number.NEGATIVE_INFINITY;
  #turn = 0;

  constructor(ask: () => Promise<number> = SERVER) {
    this.#ask = ask;
  }

  /** Asks again, unless it was just asked; a failure leaves what was known. */
  async refresh(now: number = Date.now()): Promise<void> {
    if (now - this.#asked_ms < FRESH_MS) return;
    this.#asked_ms = now;
    this.#turn += 1;
    const turn = this.#turn;
    try {
      const total = await this.#ask();
      if (turn === this.#turn) this.total = total;
    } catch {
      // Away or signed out: other parts of the page say so.
    }
  }

  /** Nobody is signed in any more. */
  forget(): void {
    this.#turn += 1;
    this.total = null;
    this.#asked_ms = Number.NEGATIVE_INFINITY;
  }
}
