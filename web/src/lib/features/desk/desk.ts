/** What waits for a person, sorted as they look at it: late, this week, later; and what fits in ten minutes. */
import type { DeskItem } from '#lib/api/shapes.ts';

export type Group = 'late' | 'week' | 'later';

/** Ten minutes, by the estimates. */
export const TEN_MINUTES = 10;

/** The day so many days after another, as the API writes days. */
function plusDays(iso: string, days: number): string {
  return new Date(Date.parse(`${iso}T12:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** The Sunday of the week of this day. */
function sunday(iso: string): string {
  const weekday = new Date(`${iso}T12:00:00Z`).getUTCDay();
  return plusDays(iso, weekday === 0 ? 0 : 7 - weekday);
}

/** Late: past its date, or waiting for too long. This week: due until Sunday. */
export function groupOf(item: DeskItem, today: string): Group {
  if (item.flags.length > 0 || (item.due_on !== null && item.due_on < today)) return 'late';
  return item.due_on !== null && item.due_on <= sunday(today) ? 'week' : 'later';
}

export function grouped(items: DeskItem[], today: string): { group: Group; items: DeskItem[] }[] {
  const groups: Group[] = ['late', 'week', 'later'];
  return groups.map((group) => ({ group, items: items.filter((item) => groupOf(item, today) === group) })).filter((one) => one.items.length > 0);
}

/** The first things, in order, that fit together in ten minutes. */
export function packed(items: DeskItem[], today: string): DeskItem[] {
  let left = TEN_MINUTES;
  const pressing = grouped(items, today).flatMap((one) => one.items);
  return pressing.filter((item) => {
    const fits = item.minutes_estimated <= left;
    if (fits) left -= item.minutes_estimated;
    return fits;
  });
}

/** Where it is done: the act's dialog, the thread, the part of the page. */
export function placeOf(item: DeskItem): string {
  const page = `/propositions/${encodeURIComponent(item.proposal.proposal_id)}`;
  if (item.action) return `${page}?acte=${item.action}`;
  if (item.thread_id) return `${page}#fil-${encodeURIComponent(item.thread_id)}`;
  return page + (PLACES[item.kind] ?? '');
}

const PLACES: Record<string, string> = {
  accept_porteur: '#owner',
  complete: '?rediger',
  draft: '?rediger',
  prepare_opinion: '#avis',
  sign_opinion: '#avis',
  answer_reserves: '#avis',
  decided: '#region',
};
