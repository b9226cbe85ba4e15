/** The steering committee's advice in words. */
import { m } from '#lib/paraglide/messages.js';

export const ADVICES = ['retained', 'rework', 'reserve_list', 'not_retained'] as const;
export type Advice = (typeof ADVICES)[number];

const advices: Record<string, () => string> = {
  retained: m.copil_advice_retained,
  rework: m.copil_advice_rework,
  reserve_list: m.copil_advice_reserve_list,
  not_retained: m.copil_advice_not_retained,
};

export const adviceWord = (advice: string): string => advices[advice]?.() ?? advice;

/** The badge of an advice: a colour that only repeats the word. */
export const adviceTone = (advice: string): 'positive' | 'caution' | 'danger' | 'plain' =>
  advice === 'retained' ? 'positive' : advice === 'rework' ? 'caution' : advice === 'not_retained' ? 'danger' : 'plain';
