/**
 * Edits that only an open page holds, because the browser keeps no copy: whoever signs out or
 * leaves is asked first. Small and alone, so that the shell can ask without loading the text engine.
 */

interface Holder {
  account: string;
  count: () => number;
}

const holders = new Set<Holder>();

/** An open text says how many unsent edits it alone holds; the answer ends it. */
export function holdUnkept(account: string, count: () => number): () => void {
  const holder = { account, count };
  holders.add(holder);
  return () => holders.delete(holder);
}

/** How many unsent edits of this account only this page holds. */
export function unkeptHere(account: string): number {
  let count = 0;
  for (const holder of holders) if (holder.account === account) count += holder.count();
  return count;
}
