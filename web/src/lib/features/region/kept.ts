/** What is typed about a decision and not saved yet: kept in this tab, for this account. */

type Storage = Pick<globalThis.Storage, 'getItem' | 'setItem' | 'removeItem'>;

function storage(): Storage | null {
  try {
    return globalThis.sessionStorage ?? null;
  } catch {
    return null;
  }
}

const key = (name: string): string => `chantier.decision.${name}`;

export function kept<T extends object>(name: string, from: Storage | null = storage()): T | null {
  try {
    const read: unknown = JSON.parse(from?.getItem(key(name)) ?? 'null');
    return read !== null && typeof read === 'object' ? (read as T) : null;
  } catch {
    return null;
  }
}

/** Keeps it; `null` forgets it. */
export function keep(name: string, value: object | null, to: Storage | null = storage()): void {
  try {
    if (value === null) to?.removeItem(key(name));
    else to?.setItem(key(name), JSON.stringify(value));
  } catch {
    // Storage is refused or full: it lives as long as the page.
  }
}
