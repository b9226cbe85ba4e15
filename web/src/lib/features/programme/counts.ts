/** How many proposals are in each phase, as a sentence: `2 en rédaction, 1 en commission`. */
import type { Phase, PhaseCounts } from '#lib/api/shapes.ts';
import { number } from '#lib/i18n/format.ts';
import { m } from '#lib/paraglide/messages.js';

const words: Record<Phase, (of: { count: number; shown: string }) => string> = {
  drafting: m.count_drafting,
  commission: m.count_commission,
  copil: m.count_copil,
  region: m.count_region,
  follow_up: m.count_follow_up,
  ended: m.count_ended,
};

export function countsInWords(counts: PhaseCounts): string {
  return (Object.keys(words) as Phase[])
    .filter((phase) => counts[phase] > 0)
    .map((phase) => words[phase]({ count: counts[phase], shown: number(counts[phase]) }))
    .join(', ');
}
