/** What each envelope holds, has given and would have left, as ranks and ceilings are given. Integer cents. */
import type { Amount, Envelope, RecordedArbitration } from '#lib/api/shapes.ts';

export type Sum = {
  code: string;
  year: number;
  parent: string | null;
  held: number;
  decided: number;
  /** Ceilings of other sessions that the Region has not decided on. */
  earlier: number;
  /** Ceilings of this session, rank by rank. */
  ranks: [number, number, number];
  /** What is being typed. */
  draft: number;
  /** What is left after all of it; negative with an overrun. */
  left: number;
};

/** What of these amounts counts in an envelope: its own, and those of the envelopes within it. */
export function countedIn(envelope: Envelope, all: readonly Envelope[], amounts: readonly Amount[]): number {
  const inner = all.filter((one) => one.year === envelope.year && one.parent === envelope.code).map((one) => one.code);
  const counts = (one: Amount): boolean => one.year === envelope.year && (one.code === envelope.code || inner.includes(one.code));
  return amounts.filter(counts).reduce((sum, one) => sum + one.amount_cents, 0);
}

/** The sums of every envelope; `recorded` are the arbitrations of this session. */
export function sumsOf(envelopes: readonly Envelope[], recorded: readonly RecordedArbitration[], draft: readonly Amount[]): Sum[] {
  const awaiting = recorded.filter((one) => one.is_awaiting);
  return envelopes.map((envelope) => {
    const ofRank = (rank: number): number => countedIn(envelope, envelopes, awaiting.filter((one) => one.rank === rank).flatMap((one) => one.ceilings));
    const ranks: Sum['ranks'] = [ofRank(1), ofRank(2), ofRank(3)];
    const session = ranks[0] + ranks[1] + ranks[2];
    const typed = countedIn(envelope, envelopes, draft);
    return {
      code: envelope.code,
      year: envelope.year,
      parent: envelope.parent,
      held: envelope.amount_cents,
      decided: envelope.decided_cents,
      earlier: Math.max(0, envelope.awaiting_cents - session),
      ranks,
      draft: typed,
      left: envelope.remaining_cents - envelope.awaiting_cents - typed,
    };
  });
}

/** The years the table is about: those asked for or advised, else this one alone. */
export function yearsOf(amounts: readonly Amount[], thisYear: number): number[] {
  const years = new Set(amounts.map((one) => one.year));
  return years.size > 0 ? [...years].sort((a, b) => a - b) : [thisYear];
}
