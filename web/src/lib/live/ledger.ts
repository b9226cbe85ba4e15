/**
 * Which of my edits are on the server's disk: counted from its acknowledgements, never guessed.
 *
 * Edits are numbered as they are made. A frame covers every edit up to a number; the server
 * acknowledges the first n counted frames of a connection. An update frame covers earlier edits
 * only once this connection has sent its sync step 2, which holds all that was made before.
 */
import type { Counted } from './frames';

interface Covered {
  made: number;
  clock: number;
  /** The server holds it, but not in the text: it came too late. */
  aside?: boolean;
}

export class Ledger {
  #made: number;
  #stored = 0;
  #clock = 0;
  #caughtUp = false;
  #frames: Covered[] = [];
  #acknowledged = 0;

  /** @param inherited edits found unsent in the browser's store: sent with the first step 2. */
  constructor(inherited = 0) {
    this.#made = inherited;
  }

  /** How many edits were made here, inherited ones included. */
  get made(): number {
    return this.#made;
  }

  /** How many of them are on disk. */
  get stored(): number {
    return this.#stored;
  }

  /** The Yjs clock of my client up to which they are. */
  get clock(): number {
    return this.#clock;
  }

  /** How many are not known to be on disk. */
  get pending(): number {
    return this.#made - this.#stored;
  }

  /** Whether this connection has told all that was made before it. */
  get caughtUp(): boolean {
    return this.#caughtUp;
  }

  /** One more edit of mine. */
  edited(): number {
    this.#made += 1;
    return this.#made;
  }

  /** A new connection: its frames are counted from nought. */
  connected(): void {
    this.#frames = [];
    this.#acknowledged = 0;
    this.#caughtUp = false;
  }

  /** A counted frame left on this connection, when my client's clock was `clock`. */
  sent(kind: Counted, clock: number): void {
    if (kind === 'step2') this.#caughtUp = true;
    this.#frames.push(
      this.#caughtUp ? { made: this.#made, clock } : { made: this.#stored, clock: this.#clock },
    );
  }

  /** The server keeps this frame (the first is 1) aside: it came too late for the text. */
  keptAside(frame: number): void {
    const covered = this.#frames[frame - this.#acknowledged - 1];
    if (covered) covered.aside = true;
  }

  /** Whether every edit is held by the server: in the text, or kept aside. */
  get allHeld(): boolean {
    const last = this.#frames.at(-1);
    const told = last === undefined ? this.#stored : last.made;
    return told === this.#made && this.#frames.every((each) => each.aside);
  }

  /** Whether anything on this connection was kept aside. */
  get someAside(): boolean {
    return this.#frames.some((each) => each.aside);
  }

  /** The Yjs clock of my client up to which the server holds my edits, in the text or aside. */
  get heldClock(): number {
    let clock = this.#clock;
    for (const each of this.#frames) {
      if (!each.aside) break;
      clock = Math.max(clock, each.clock);
    }
    return clock;
  }

  /** The server holds the first `frames` counted frames. Answers whether anything became stored. */
  acknowledged(frames: number): boolean {
    const before = this.#stored;
    while (this.#acknowledged < frames) {
      const covered = this.#frames.shift();
      if (!covered) break;
      this.#acknowledged += 1;
      this.#stored = Math.max(this.#stored, covered.made);
      this.#clock = Math.max(this.#clock, covered.clock);
    }
    return this.#stored > before;
  }
}
