/** Why an act is refused. */
import { m } from '#lib/paraglide/messages.js';

const guards: Record<string, () => string> = {
  porteur_missing: m.problem_porteur_missing,
  porteur_not_accepted: m.problem_porteur_not_accepted,
};

/** The sentence of a guard or a step; `null` for a code that is none. */
export const guardSentence = (code: string): string | null => guards[code]?.() ?? null;
