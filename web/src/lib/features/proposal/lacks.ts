/** What the sheet lacks before the deposit, a sentence each. */
import { m } from '#lib/paraglide/messages.js';

const lacks: Record<string, () => string> = {
  context_too_short: m.lack_context_too_short,
  context_too_long: m.lack_context_too_long,
  description_missing: m.lack_description_missing,
  transversal_missing: m.lack_transversal_missing,
  experiment_missing: m.lack_experiment_missing,
};

export const lackSentence = (lack: { code: string }): string => lacks[lack.code]?.() ?? lack.code;
