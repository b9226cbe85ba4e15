/** The history of a text on its page: its points, the one looked at, its text, and bringing it back. */
import { api, path } from '#lib/api/client.ts';
import type { HistoryPoint, PastText, RestorationDone, TextHistory } from '#lib/api/shapes.ts';
import { problemSentence } from '#lib/i18n/problems.ts';

/** A restoration that was made, and how to take it back. */
export type Made = { undo_seq: number; seq: number; sections: string[] };

export class Past {
  /** Oldest first, as on the slider. */
  points = $state.raw<HistoryPoint[]>([]);
  damaged = $state.raw(false);
  older = $state.raw<number | null>(null);
  may = $state.raw<string[]>([]);
  frozen = $state.raw(false);
  loading = $state.raw(true);
  failed = $state.raw<string | null>(null);
  at = $state.raw(-1);
  /** What was read last: it may be another moment's while the one looked at is on its way. */
  text = $state.raw<PastText | null>(null);
  textFailed = $state.raw<string | null>(null);
  made = $state.raw<Made | null>(null);
  readonly #document: string;
  #asked: AbortController | null = null;
  #known = new Map<number, PastText>();

  constructor(document: string) {
    this.#document = document;
  }

  get point(): HistoryPoint | null {
    return this.points[this.at] ?? null;
  }

  /** The text of the point looked at; `null` until it is there. */
  get fresh(): PastText | null {
    return this.text !== null && this.text.seq === this.point?.seq ? this.text : null;
  }

  /** Whether this person may bring back the point looked at. */
  get restorable(): boolean {
    if (this.may.includes('restore_text')) return true;
    const point = this.point;
    const undoes = this.points.some((next) => next.kind === 'deletion' && next.from_seq - 1 === point?.seq);
    return undoes && this.may.includes('undo_deletion');
  }

  /** Reads the newest points; looks at `seq` if there is such a point, else at the newest. */
  async read(seq: number | null = null): Promise<void> {
    this.failed = null;
    this.loading = this.points.length === 0;
    try {
      const page = await api.get<TextHistory>(path`/api/documents/${this.#document}/history`);
      this.#take(page);
      this.points = [...page.points].reverse();
      this.#known.clear();
      while (seq !== null && this.older !== null && !this.points.some((point) => point.seq === seq)) await this.readOlder();
      const found = seq === null ? -1 : this.points.findLastIndex((point) => point.seq === seq);
      this.look(found >= 0 ? found : this.points.length - 1);
    } catch (failure) {
      this.failed = problemSentence(failure);
    } finally {
      this.loading = false;
    }
  }

  async readOlder(): Promise<void> {
    if (this.older === null) return;
    const page = await api.get<TextHistory>(path`/api/documents/${this.#document}/history`, { query: { before: this.older } });
    this.#take(page);
    this.points = [...page.points.reverse(), ...this.points];
    this.at += page.points.length;
  }

  #take(page: TextHistory): void {
    this.damaged = page.damaged;
    this.older = page.next_cursor;
    this.may = page.may;
    this.frozen = page.may_not.some((one) => one.action === 'restore_text' && one.code === 'stage');
  }

  /** Looks at a point; its text follows. */
  look(at: number): void {
    const before = this.point?.seq;
    this.at = Math.max(0, Math.min(at, this.points.length - 1));
    // Elsewhere, "take it back" would speak of another moment.
    if (this.point?.seq !== before) this.made = null;
    void this.readText();
  }

  async readText(): Promise<void> {
    const point = this.point;
    this.#asked?.abort();
    this.textFailed = null;
    if (!point || point.kind === 'damaged') {
      this.text = null;
      return;
    }
    const known = this.#known.get(point.seq);
    if (known) {
      this.text = known;
      return;
    }
    const asked = new AbortController();
    this.#asked = asked;
    try {
      const text = await api.get<PastText>(path`/api/documents/${this.#document}/history/${point.seq}`, { signal: asked.signal });
      this.#known.set(point.seq, text);
      if (!asked.signal.aborted) this.text = text;
    } catch (failure) {
      if (!asked.signal.aborted) this.textFailed = problemSentence(failure);
    }
  }

  /**
   * Brings the sections back as they were in a text that was read, as far as others have not changed
   * them since; `null` when they already read like that.
   */
  async restore(to_seq: number, sections: string[], expected_seq: number): Promise<Made | null> {
    const body = { to_seq, sections, expected_seq };
    const done = await api.post<RestorationDone>(path`/api/documents/${this.#document}/restorations`, body);
    await this.read();
    this.made = done.seq === null ? null : { seq: done.seq, undo_seq: done.undo_seq, sections };
    return this.made;
  }

  /** Takes the restoration back: the text before it is brought back. */
  async undo(made: Made): Promise<void> {
    try {
      await this.restore(made.undo_seq, made.sections, made.seq);
    } finally {
      // Refused, it would be refused again: the history shows how things stand.
      this.made = null;
    }
  }

  /** The next point of another day, before (`-1`) or after (`1`) the one looked at. */
  otherDay(step: -1 | 1, dayOf: (ms: number) => string): number {
    const day = this.point ? dayOf(this.point.ended_at_ms) : '';
    let at = this.at;
    for (let point = this.points[at]; point && dayOf(point.ended_at_ms) === day; point = this.points[at]) at += step;
    return Math.max(0, Math.min(at, this.points.length - 1));
  }
}
