/** The commission's opinion in words. */
import { m } from '#lib/paraglide/messages.js';

type Say = () => string;

const values: Record<string, Say> = { favourable: m.opinion_favourable, favourable_with_reserves: m.opinion_favourable_with_reserves, unfavourable: m.opinion_unfavourable, adjourned: m.opinion_adjourned };
const modes: Record<string, Say> = { consensus: m.opinion_mode_consensus, vote: m.opinion_mode_vote, written: m.opinion_mode_written };
const counts: Record<string, Say> = { for: m.opinion_for, against: m.opinion_against, abstain: m.opinion_abstain, not_voting: m.opinion_not_voting };
const states: Record<string, Say> = { open: m.reserve_open, addressed: m.reserve_addressed, maintained: m.reserve_maintained };

const say = (words: Record<string, Say>) => (key: string) => words[key]?.() ?? key;

export const valueWord = say(values);
export const opinionModeWord = say(modes);
export const countWord = say(counts);
export const reserveWord = say(states);

/** The badge of a value: a colour that only repeats the word. */
export const valueTone = (value: string): 'positive' | 'caution' | 'danger' | 'plain' =>
  value === 'favourable' ? 'positive' : value === 'favourable_with_reserves' ? 'caution' : value === 'unfavourable' ? 'danger' : 'plain';

/** The badge of a reserve. */
export const reserveTone = (state: string): 'positive' | 'caution' | 'plain' => (state === 'addressed' ? 'positive' : state === 'open' ? 'caution' : 'plain');
