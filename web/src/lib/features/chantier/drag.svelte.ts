/** A card on its way to another column: what is possible there, read when the drag begins. */
import type { BoardRow, Phase, PossibleMove } from '#lib/api/shapes.ts';
import { landing, readPossible, type Landing } from './possible.ts';

export class Drag {
  /** The card that is dragged. */
  row = $state.raw<BoardRow | null>(null);
  /** What may be done to it; null while it is read. */
  moves = $state.raw<PossibleMove[] | null>(null);
  #reading: Promise<PossibleMove[]> | null = null;
  #read: typeof readPossible;

  constructor(read: typeof readPossible = readPossible) {
    this.#read = read;
  }

  begin(row: BoardRow): void {
    this.row = row;
    this.moves = null;
    const reading = this.#read(row.proposal_id);
    this.#reading = reading;
    reading.then(
      (moves) => this.#reading === reading && (this.moves = moves),
      () => {},
    );
  }

  end(): void {
    this.row = null;
  }

  /** What dropping it on this column would do; null on its own one, or before it is known. */
  over(phase: Phase): Landing | null {
    return this.row && this.moves && this.row.phase !== phase ? landing(this.moves, phase) : null;
  }

  /** Drops it: what that does, once it is known; null on its own column. */
  async drop(phase: Phase): Promise<{ row: BoardRow; landing: Landing } | null> {
    const { row } = this;
    const reading = this.#reading;
    this.end();
    if (!row || !reading || row.phase === phase) return null;
    return { row, landing: landing(await reading, phase) };
  }
}
