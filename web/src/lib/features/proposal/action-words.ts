/** What the button of an action says. */
import { actWord, actionWord } from '#lib/i18n/acts.ts';
import { m } from '#lib/paraglide/messages.js';
import type { ActionKey } from './next-action.ts';

const words: Record<string, () => string> = {
  write: m.proposal_write,
  invite: m.proposal_invite,
  prepare: () => actionWord('prepare_opinion'),
  sign: () => actionWord('sign_opinion'),
  warn: () => actionWord('warn_inactive'),
  reserves: () => actionWord('answer_reserve'),
};

export const actionLabel = (action: ActionKey, stage?: string): string => words[action]?.() ?? actWord(action, stage);
