/** What others do reaches a list within seconds: it is asked for again while the page is looked at, and heard only when it changed. */
import { readIfChanged } from './client.ts';

/** How often it is asked for, while the page is visible. */
export const EVERY_MS = 15_000;

type Query = Parameters<typeof readIfChanged>[1];

/** Keeps a list fresh until the answer is called. Away from the network it stays as it was. */
export function keepFresh<T>(to: string, query: Query, take: (value: T) => void, everyMs: number = EVERY_MS): { now: () => Promise<void>; end: () => void } {
  let tag: string | null = null;
  let ended = false;
  let asking: Promise<void> | null = null;
  let again = false;

  async function read(): Promise<void> {
    try {
      const news = await readIfChanged<T>(to, query, tag);
      if (!news || ended) return;
      tag = news.tag;
      take(news.value);
    } catch {
      // Away, or signed out: other parts of the page say so.
    }
  }

  /** Asks now; an answer under way may be from before what happened: then once more. */
  const now = (): Promise<void> => {
    again = asking !== null;
    asking ??= (async () => {
      do {
        again = false;
        await read();
      } while (again && !ended);
      asking = null;
    })();
    return asking;
  };
  const look = (): void => {
    if (document.visibilityState === 'visible') void now();
  };
  const timer = setInterval(look, everyMs);
  document.addEventListener('visibilitychange', look);
  addEventListener('focus', look);
  addEventListener('online', look);

  return {
    now,
    end: () => {
      ended = true;
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
      removeEventListener('focus', look);
      removeEventListener('online', look);
    },
  };
}
