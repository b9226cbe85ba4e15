/**
 * Requests that hang. A browser opens at most six connections to a host over HTTP/1.1, for all its
 * tabs together: tabs that each kept one would leave none for saving, reading, signing out. At most
 * four hang at once; who gets no slot asks briefly and often instead.
 */

/** How many requests may hang at once, over all tabs of this browser. */
const SLOTS = 4;

/** What a request may do. */
export type Slot = 'hang' | 'brief';

/** Whether this page came over a protocol that carries many requests on one connection. */
function many(): boolean {
  const [page] = typeof performance === 'undefined' ? [] : performance.getEntriesByType('navigation');
  return /^h[23]/.test((page as PerformanceNavigationTiming | undefined)?.nextHopProtocol ?? '');
}

/** Runs a request while a slot is held for it, or without one when none is free. */
export async function withSlot<T>(run: (slot: Slot) => Promise<T>): Promise<T> {
  if (many()) return run('hang');
  const locks = typeof navigator === 'undefined' ? undefined : navigator.locks;
  // Over plain http there are no locks to count with: nobody hangs.
  if (!locks) return run('brief');
  for (let slot = 1; slot <= SLOTS; slot += 1) {
    const ran = await locks.request(`chantier.hanging.${slot}`, { ifAvailable: true }, async (lock) =>
      lock ? { value: await run('hang') } : null,
    );
    if (ran) return ran.value;
  }
  return run('brief');
}
