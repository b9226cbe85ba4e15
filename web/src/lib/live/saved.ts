/** What the page says about saving, from what is known and never by guess. */

/** The saved state, most serious first. */
export type Saved =
  /** The copy is being read, or the first connection is under way. */
  | { state: 'opening' }
  /** The server holds everything on its disk. */
  | { state: 'saved' }
  /** So many edits are not known to be there. */
  | { state: 'pending'; edits: number }
  /** No connection. `kept`: the browser keeps edits through a closed tab; `code`: why it closed. */
  | { state: 'offline'; edits: number; kept: boolean; code: number | null }
  /** The server cannot write: nothing is acknowledged until it can. */
  | { state: 'suspended'; edits: number; kept: boolean }
  /** The text was frozen, and the server keeps what came later for its author. */
  | { state: 'aside' }
  /** The server refused an edit. */
  | { state: 'refused'; code: string }
  /** Nothing is sent from here any more; what was not sent is kept, or is only on this page. */
  | { state: 'ended'; why: 'signed_out' | 'gone'; edits: number; kept: boolean };

/** What is known. */
export interface Known {
  /** The text ended here for good. */
  ended: 'signed_out' | 'gone' | null;
  refused: string | null;
  suspended: boolean;
  /** Connected, and told all that the server had. */
  inStep: boolean;
  /** A connection was lost, or could not be made. */
  lost: boolean;
  /** The close code of that connection. */
  code: number | null;
  pending: number;
  kept: boolean;
}

/** The one sentence to show. */
export function savedState(known: Known): Saved {
  if (known.ended !== null) {
    return { state: 'ended', why: known.ended, edits: known.pending, kept: known.kept };
  }
  if (known.refused === 'kept_aside') return { state: 'aside' };
  if (known.refused !== null) return { state: 'refused', code: known.refused };
  if (known.suspended) return { state: 'suspended', edits: known.pending, kept: known.kept };
  if (!known.inStep && known.lost) {
    return { state: 'offline', edits: known.pending, kept: known.kept, code: known.code };
  }
  if (known.pending > 0) return { state: 'pending', edits: known.pending };
  return known.inStep ? { state: 'saved' } : { state: 'opening' };
}

/** What is said aloud of the saved state: at load, at a failure, at a recovery; typing is silent. */
export class Spoken {
  #away = false;
  #greeted = false;

  /** `words`: the state's own; `back`: everything is saved again; `null`: nothing new to say. */
  of(state: Saved['state']): 'words' | 'back' | null {
    if (state === 'offline' || state === 'suspended') {
      this.#away = true;
      return 'words';
    }
    // What was refused or kept aside is not saved because the text begins again.
    if (state === 'refused' || state === 'aside' || state === 'ended') {
      this.#away = false;
      this.#greeted = true;
      return 'words';
    }
    if (state !== 'saved' || (this.#greeted && !this.#away)) return null;
    const back = this.#away;
    this.#away = false;
    this.#greeted = true;
    return back ? 'back' : 'words';
  }
}

/** How long to wait before the next connection: longer each time, and never all at once. */
export function reconnectDelay(attempt: number, chance: number): number {
  const longest = Math.min(30_000, 500 * 2 ** Math.min(attempt, 6));
  return Math.round(longest * (0.5 + chance / 2));
}
