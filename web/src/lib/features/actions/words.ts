/** The keys of public pages in words. */
import { m } from '#lib/paraglide/messages.js';

type Say = () => string;

const values: Record<string, Say> = {
  approved: m.public_value_approved,
  approved_with_conditions: m.public_value_approved_with_conditions,
  rejected: m.public_value_rejected,
  returned: m.public_value_returned,
};
const opinions: Record<string, Say> = {
  favourable: m.public_opinion_favourable,
  favourable_with_reserves: m.public_opinion_favourable_with_reserves,
  unfavourable: m.public_opinion_unfavourable,
  adjourned: m.public_opinion_adjourned,
};
const advices: Record<string, Say> = {
  retained: m.public_advice_retained,
  rework: m.public_advice_rework,
  reserve_list: m.public_advice_reserve_list,
  not_retained: m.public_advice_not_retained,
};
const kinds: Record<string, Say> = { initial: m.public_decision, addendum: m.public_addendum, rectification: m.public_rectification };
const jobs: Record<string, Say> = { direct: m.follow_jobs_direct, supported: m.follow_jobs_supported };

const say = (table: Record<string, Say>) => (key: string): string => table[key]?.() ?? key;

export const decisionWord = say(values);
export const opinionWord = say(opinions);
export const adviceWord = say(advices);
export const kindWord = say(kinds);
export const jobsWord = say(jobs);

export const decisionTone = (value: string): 'positive' | 'danger' | 'caution' => (value === 'approved' ? 'positive' : value === 'rejected' ? 'danger' : 'caution');
