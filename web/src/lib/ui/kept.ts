/** What is typed and not sent yet, kept under a name that says whose it is: the one place where drafts are kept. */

export type DraftStorage = Pick<globalThis.Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** A storage of the browser; null where it is refused. */
function storageOf(open: () => DraftStorage | undefined): DraftStorage | null {
  try {
    return open() ?? null;
  } catch {
    return null;
  }
}

/** The tab's storage: a reload keeps it, another tab does not see it. */
export const tabStorage = (): DraftStorage | null => storageOf(() => globalThis.sessionStorage);
/** The browser's storage: it outlives the tab. */
export const browserStorage = (): DraftStorage | null => storageOf(() => globalThis.localStorage);

/** What was kept; null without any. */
export function kept<T extends object>(key: string, from: DraftStorage | null = tabStorage()): T | null {
  try {
    const read: unknown = JSON.parse(from?.getItem(key) ?? 'null');
    return read !== null && typeof read === 'object' ? (read as T) : null;
  } catch {
    return null;
  }
}

/** Keeps it; `null` forgets it. */
export function keep(key: string, value: object | null, to: DraftStorage | null = tabStorage()): void {
  try {
    if (value === null) to?.removeItem(key);
    else to?.setItem(key, JSON.stringify(value));
  } catch {
    // Storage is refused or full: it lives as long as the page.
  }
}
