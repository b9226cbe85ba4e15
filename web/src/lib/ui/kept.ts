/** What is typed and not sent yet, kept in this tab under a name that says whose it is. */

export type TabStorage = Pick<globalThis.Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** The tab's storage; null where the browser refuses it. */
export function tabStorage(): TabStorage | null {
  try {
    return globalThis.sessionStorage ?? null;
  } catch {
    return null;
  }
}

/** What was kept; null without any. */
export function kept<T extends object>(key: string, from: TabStorage | null = tabStorage()): T | null {
  try {
    const read: unknown = JSON.parse(from?.getItem(key) ?? 'null');
    return read !== null && typeof read === 'object' ? (read as T) : null;
  } catch {
    return null;
  }
}

/** Keeps it; `null` forgets it. */
export function keep(key: string, value: object | null, to: TabStorage | null = tabStorage()): void {
  try {
    if (value === null) to?.removeItem(key);
    else to?.setItem(key, JSON.stringify(value));
  } catch {
    // Storage is refused or full: it lives as long as the page.
  }
}
