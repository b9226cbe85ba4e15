/** A meeting as it is typed: what is sent, and what is missing. */
import type { Meeting } from '#lib/api/shapes.ts';
import { instantOf, isoDay, isoTime } from '#lib/i18n/paris.ts';
import { m } from '#lib/paraglide/messages.js';
import { keep, kept } from '#lib/ui/kept.ts';

export type Plan = { title: string; day: string; time: string; minutes: string; mode: string; place: string };

/** How long a meeting may be chosen to last, in minutes. */
export const DURATIONS = [60, 90, 120, 150, 180, 240, 480];

/** What the form begins with: a meeting as it is, or an empty one. */
export function planOf(meeting: Meeting | null): Plan {
  if (!meeting) return { title: '', day: '', time: '14:00', minutes: '120', mode: 'onsite', place: '' };
  return {
    title: meeting.title,
    day: isoDay(meeting.starts_at_ms),
    time: isoTime(meeting.starts_at_ms),
    minutes: String(Math.round((meeting.ends_at_ms - meeting.starts_at_ms) / 60_000)),
    mode: meeting.mode,
    place: meeting.place_name ?? '',
  };
}

/** What is not filled in, by field. */
export function missingIn(plan: Plan): Record<string, string> {
  const missing: Record<string, string> = {};
  if (plan.day === '') missing.starts_at_ms = m.field_required();
  if (!/^\d{1,2}:\d{2}$/.test(plan.time)) missing.time = m.field_invalid();
  return missing;
}

/** What is sent; `untitled` is the title where none is typed. */
export function requestOf(plan: Plan, untitled: string): Record<string, unknown> {
  return {
    title: plan.title.trim() || untitled,
    starts_at_ms: instantOf(plan.day, plan.time.padStart(5, '0')),
    duration_minutes: Number(plan.minutes),
    mode: plan.mode,
    ...(plan.mode !== 'remote' && plan.place.trim() ? { place_name: plan.place.trim() } : {}),
  };
}

/** Whether both say the same. */
export const same = (one: Plan, other: Plan): boolean => (Object.keys(other) as (keyof Plan)[]).every((key) => one[key] === other[key]);

/** What was typed in this tab and not saved; null without any. */
export function keptPlan(key: string): Plan | null {
  const read = kept<Partial<Plan>>(key);
  return read && { ...planOf(null), ...read };
}

/** Keeps what is typed, where it differs from what the form began with; null forgets it. */
export function keepPlan(key: string, plan: Plan | null, first: Plan): void {
  keep(key, plan && !same(plan, first) ? plan : null);
}
