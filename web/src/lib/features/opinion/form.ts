/** The opinion as the facilitator prepares it: the form, its live check against the seats, its request. */
import type { Opinion, Opinions } from '#lib/api/shapes.ts';

export const VALUES = ['favourable', 'favourable_with_reserves', 'unfavourable', 'adjourned'] as const;
export const MODES = ['consensus', 'vote', 'written'] as const;
export const COUNTED = ['for', 'against', 'abstain', 'not_voting'] as const;
export type Counted = (typeof COUNTED)[number];

export type OpinionForm = {
  value: string;
  mode: string;
  /** As typed: digits, or nothing. */
  count: Record<Counted, string>;
  motive: string;
  reserves: string[];
  recused: string[];
  dissents: { organisation_id: string; text: string }[];
};

export function emptyForm(mode = ''): OpinionForm {
  return { value: '', mode, count: { for: '', against: '', abstain: '', not_voting: '' }, motive: '', reserves: [], recused: [], dissents: [] };
}

/** The form of an opinion already prepared. */
export function formOf(opinion: Opinion): OpinionForm {
  const digits = (votes: number | undefined): string => (votes === undefined ? '' : String(votes));
  const count = opinion.count ?? undefined;
  return {
    value: opinion.value,
    mode: opinion.mode,
    count: { for: digits(count?.for), against: digits(count?.against), abstain: digits(count?.abstain), not_voting: digits(count?.not_voting) },
    motive: opinion.motive ?? '',
    reserves: opinion.reserves.map((reserve) => reserve.text),
    recused: opinion.recusals.filter((each) => each.origin !== 'automatic').map((each) => each.organisation_id),
    dissents: opinion.dissents.map((each) => ({ organisation_id: each.organisation_id ?? '', text: each.text })),
  };
}

/** How many seats may vote: those where none of these organisations sits. */
export function seatsLeft(seats: readonly (readonly string[])[], recused: readonly string[]): number {
  return seats.filter((organisations) => !organisations.some((id) => recused.includes(id))).length;
}

const votes = (typed: string): number => (typed.trim() === '' ? 0 : Number(typed));

export const sumOf = (form: OpinionForm): number => COUNTED.reduce((sum, kind) => sum + (Number.isFinite(votes(form.count[kind])) ? votes(form.count[kind]) : 0), 0);

/** What is wrong as one types, by field: the codes of the server. */
export function flawsOf(form: OpinionForm, around: Pick<Opinions, 'seats' | 'recused'>): Record<string, string> {
  const flaws: Record<string, string> = {};
  const isCounted = form.mode === 'vote' || form.mode === 'written';
  const each = COUNTED.map((kind) => votes(form.count[kind]));
  const left = seatsLeft(around.seats, [...around.recused, ...form.recused]);
  if (form.value === '') flaws.value = 'required';
  if (form.mode === '') flaws.mode = 'required';
  if (isCounted) {
    if (each.some((one) => !Number.isInteger(one))) flaws.count = 'out_of_range';
    else if (each.some((one) => one < 0)) flaws.count = 'votes_negative';
    else if (sumOf(form) === 0) flaws.count = 'votes_missing';
    else if (sumOf(form) > left) flaws.count = 'votes_above_seats';
    else if (contradicts(form.value, votes(form.count.for), votes(form.count.against))) flaws.value ??= 'value_contradicts_count';
  }
  const reserves = form.reserves.filter((text) => text.trim() !== '');
  if (form.value === 'favourable_with_reserves' && reserves.length === 0) flaws.reserves = 'reserves_missing';
  if ((form.value === 'unfavourable' || form.value === 'adjourned') && form.motive.trim().length < 3) flaws.motive = 'motive_missing';
  return flaws;
}

function contradicts(value: string, inFavour: number, against: number): boolean {
  if (value === 'favourable' || value === 'favourable_with_reserves') return inFavour < against;
  return value === 'unfavourable' && against < inFavour;
}

/** The request; empty lines are left out, and what does not belong to the value. */
export function requestOf(form: OpinionForm, expected_version: number | null): Record<string, unknown> {
  const filled = (texts: readonly string[]): string[] => texts.map((text) => text.trim()).filter((text) => text !== '');
  const count = Object.fromEntries(COUNTED.map((kind) => [kind, votes(form.count[kind])]));
  return {
    value: form.value,
    mode: form.mode,
    ...(form.mode === 'consensus' ? {} : { count }),
    ...(form.motive.trim() === '' ? {} : { motive: form.motive.trim() }),
    reserves: form.value === 'favourable_with_reserves' ? filled(form.reserves) : [],
    recused: form.recused,
    dissents: form.dissents.filter((each) => each.text.trim() !== '').map((each) => ({ organisation_id: each.organisation_id || null, text: each.text.trim() })),
    ...(expected_version === null ? {} : { expected_version }),
  };
}
