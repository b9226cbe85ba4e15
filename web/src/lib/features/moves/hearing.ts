/** Days and times of a hearing, as clocks in Paris show them. */
import { number } from '#lib/i18n/format.ts';
import { m } from '#lib/paraglide/messages.js';

const DAY_MS = 86_400_000;

/** The instant at which clocks in Paris show this day and time; `NaN` when they name none. */
export function instantOf(day: string, time: string): number {
  const shown = Date.parse(`${day}T${time || '00:00'}:00Z`);
  if (Number.isNaN(shown)) return Number.NaN;
  // Paris is one or two hours ahead of UTC: the offset that gives back what was typed.
  const fits = [1, 2].map((hours) => shown - hours * 3_600_000).find((at) => clockOf(at) === `${day} ${time}`);
  return fits ?? shown - 3_600_000;
}

function clockOf(ms: number): string {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Paris', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).formatToParts(ms);
  const at = Object.fromEntries(parts.map((part) => [part.type, part.value]));
  return `${at.year}-${at.month}-${at.day} ${at.hour}:${at.minute}`;
}

/** The ISO day in Paris of this instant. */
export function isoDay(ms: number): string {
  return clockOf(ms).slice(0, 10);
}

/** The first day on which something may be held that is announced today with so many clear days. */
export function firstDay(clearDays: number, now: number = Date.now()): string {
  return new Date(Date.parse(`${isoDay(now)}T12:00:00Z`) + (clearDays + 1) * DAY_MS).toISOString().slice(0, 10);
}

/** `12 jours francs`, or how many are needed. */
export function clearDaysWord(clear: number, needed: number): string {
  if (clear >= needed) return m.move_days({ count: clear, shown: number(clear) });
  return clear <= 0 ? m.move_days_none({ needed: number(needed) }) : m.move_days_short({ count: clear, shown: number(clear), needed: number(needed) });
}
