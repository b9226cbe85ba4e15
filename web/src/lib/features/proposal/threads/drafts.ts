import { keep, kept, tabStorage, type DraftStorage } from '#lib/ui/kept.ts';

/**
 * What was typed and not yet sent, kept in this tab for this account: it survives navigation, a
 * reload and a failure. Each draft carries the id its message will have, so that sending again after
 * an answer that was lost adds nothing.
 */
export type Draft = { id: string; kind: string; body: string; named: Named[] };
/** Somebody chosen in the list of names. */
export type Named = { person_id: string; name: string };

/** Where something is being said: `new:budget`, `new:`, `reply:{thread}`, `edit:{message}`. */
export type Place = string;

export class Drafts {
  #prefix: string;
  #storage: DraftStorage | null;

  constructor(account: string, proposal: string, storage: DraftStorage | null = tabStorage()) {
    this.#prefix = `chantier.thread.${account}.${proposal}.`;
    this.#storage = storage;
  }

  /** What was kept, if anything was. */
  read(place: Place): Draft | null {
    const { id, kind, body, named } = kept<Partial<Draft>>(this.#prefix + place, this.#storage) ?? {};
    if (typeof id !== 'string' || typeof kind !== 'string' || typeof body !== 'string' || body.trim() === '') return null;
    return { id, kind, body, named: Array.isArray(named) ? named.filter(isNamed) : [] };
  }

  /** Keeps it; nothing typed is nothing kept. */
  keep(place: Place, draft: Draft): void {
    keep(this.#prefix + place, draft.body.trim() === '' ? null : draft, this.#storage);
  }

  drop(place: Place): void {
    keep(this.#prefix + place, null, this.#storage);
  }
}

function isNamed(value: unknown): value is Named {
  return typeof value === 'object' && value !== null && typeof (value as Named).person_id === 'string' && typeof (value as Named).name === 'string';
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
