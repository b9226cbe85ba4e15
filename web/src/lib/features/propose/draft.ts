/** What was typed and not yet created, kept in this browser for this account and this chantier only. */
export type Draft = { title: string; summary: string };

type Storage = Pick<globalThis.Storage, 'getItem' | 'setItem' | 'removeItem'>;

const key = (account: string, chantier: string) => `chantier.idea.${account}.${chantier}`;

function storage(): Storage | null {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}

export function keptDraft(account: string, chantier: string, from: Storage | null = storage()): Draft | null {
  try {
    const read: unknown = JSON.parse(from?.getItem(key(account, chantier)) ?? 'null');
    if (!read || typeof read !== 'object') return null;
    const { title, summary } = read as Partial<Draft>;
    if (typeof title !== 'string' || typeof summary !== 'string' || !(title + summary).trim()) return null;
    return { title, summary };
  } catch {
    return null;
  }
}

export function keepDraft(account: string, chantier: string, draft: Draft, to: Storage | null = storage()): void {
  try {
    if ((draft.title + draft.summary).trim()) to?.setItem(key(account, chantier), JSON.stringify(draft));
    else to?.removeItem(key(account, chantier));
  } catch {
    // Storage is refused or full: the draft lives as long as the page.
  }
}

export function dropDraft(account: string, chantier: string, from: Storage | null = storage()): void {
  try {
    from?.removeItem(key(account, chantier));
  } catch {
    // Storage is refused: nothing was kept.
  }
}

export const TITLE = { min: 3, max: 160 };
export const SUMMARY = { min: 40, max: 300 };

/** How many characters a person sees in a text. */
export function length(text: string): number {
  return [...text.trim()].length;
}

/** Where a summary stands against its limits. */
export function counter(summary: string): { state: 'short' | 'left' | 'over'; count: number } {
  const now = length(summary);
  if (now < SUMMARY.min) return { state: 'short', count: SUMMARY.min - now };
  if (now > SUMMARY.max) return { state: 'over', count: now - SUMMARY.max };
  return { state: 'left', count: SUMMARY.max - now };
}
