/** Who is here, read from the awareness the server signs: one line per person, not per tab. */
import type { Awareness } from 'y-protocols/awareness';

/** A person who has this document open. */
export interface Present {
  name: string;
  organisation: string;
  color: string;
  /** Whether it is the reader of this page. */
  self: boolean;
}

/** What the server writes in each entry. */
export interface PresentUser {
  name?: string;
  organisation?: string;
  color?: string;
}

/** The people of these awareness states, oneself first, then by name. */
export function peopleOf(states: Map<number, unknown>, own: number): Present[] {
  const people = new Map<string, Present>();
  for (const [client, state] of states) {
    const user = (state as { user?: PresentUser } | null)?.user;
    if (!user?.name) continue;
    const key = `${user.name}\n${user.organisation ?? ''}`;
    const self = client === own || (people.get(key)?.self ?? false);
    people.set(key, {
      name: user.name,
      organisation: user.organisation ?? '',
      color: user.color ?? '',
      self,
    });
  }
  return [...people.values()].sort(
    (a, b) => Number(b.self) - Number(a.self) || a.name.localeCompare(b.name, 'fr'),
  );
}

/** The presence of one document, kept up to date until `close`. */
export class Presence {
  people = $state.raw<Present[]>([]);
  #awareness: Awareness | null = null;
  /** An editor that goes away changes its state while the page is being drawn: it is read just after. */
  #told = (): void => queueMicrotask(() => this.#read());

  /** Follows this awareness instead of the one before. */
  follow(awareness: Awareness): void {
    this.close();
    this.#awareness = awareness;
    awareness.on('change', this.#told);
    this.#read();
  }

  /** The name behind a Yjs client id, when they are here. */
  nameOf(client: number): string | null {
    const state = this.#awareness?.getStates().get(client) as { user?: PresentUser } | undefined;
    return state?.user?.name ?? null;
  }

  close(): void {
    this.#awareness?.off('change', this.#told);
    this.#awareness = null;
    this.people = [];
  }

  #read(): void {
    if (this.#awareness) this.people = peopleOf(this.#awareness.getStates(), this.#awareness.clientID);
  }
}

/** Two initials at most, for a label in the text. */
export function initials(name: string): string {
  const words = name.split(/[\s'’-]+/).filter((word) => word !== '');
  const [first = '', last = ''] = [words[0], words.length > 1 ? words[words.length - 1] : ''];
  return `${first.charAt(0)}${last?.charAt(0) ?? ''}`.toLocaleUpperCase('fr');
}
