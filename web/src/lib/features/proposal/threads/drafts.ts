/**
 * What was typed and not yet sent, kept in this tab for this account: it survives navigation, a
 * reload and a failure. Each draft carries the id its message will have, so that sending again after
 * an answer that was lost adds nothing.
 */
export type Draft = { id: string; kind: string; body: string; named: Named[] };
/** Somebody chosen in the list of names. */
export type Named = { person_id: string; name: string };

type Storage = Pick<globalThis.Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** Where something is being said: `new:budget`, `new:`, `reply:{thread}`, `edit:{message}`. */
export type Place = string;

export class Drafts {
  #prefix: string;
  #storage: Storage | null;

  constructor(account: string, proposal: string, storage: Storage | null = tabStorage()) {
    this.#prefix = `chantier.thread.${account}.${proposal}.`;
    this.#storage = storage;
  }

  /** What was kept, if anything was. */
  read(place: Place): Draft | null {
    try {
      const read: unknown = JSON.parse(this.#storage?.getItem(this.#prefix + place) ?? 'null');
      if (!read || typeof read !== 'object') return null;
      const { id, kind, body, named } = read as Partial<Draft>;
      if (typeof id !== 'string' || typeof kind !== 'string' || typeof body !== 'string' || body.trim() === '') return null;
      return { id, kind, body, named: Array.isArray(named) ? named.filter(isNamed) : [] };
    } catch {
      return null;
    }
  }

  /** Keeps it; nothing typed is nothing kept. */
  keep(place: Place, draft: Draft): void {
    try {
      if (draft.body.trim() === '') this.#storage?.removeItem(this.#prefix + place);
      else this.#storage?.setItem(this.#prefix + place, JSON.stringify(draft));
    } catch {
      // Storage is refused or full: the draft lives as long as the page.
    }
  }

  drop(place: Place): void {
    try {
      this.#storage?.removeItem(this.#prefix + place);
    } catch {
      // Storage is refused: nothing was kept.
    }
  }
}

function isNamed(value: unknown): value is Named {
  return typeof value === 'object' && value !== null && typeof (value as Named).person_id === 'string' && typeof (value as Named).name === 'string';
}

function tabStorage(): Storage | null {
  try {
    return globalThis.sessionStorage ?? null;
  } catch {
    return null;
  }
}

/** A new id, later in sort order than those made before (UUIDv7); also where the page is not served safely. */
export function newId(now: number = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let at = 0; at < 6; at += 1) bytes[at] = Math.floor(now / 2 ** (8 * (5 - at))) & 0xff;
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** How long a message may be, in characters. */
export const BODY_MAX = 4000;
