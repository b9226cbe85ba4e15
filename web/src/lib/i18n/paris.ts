/** Days and times as clocks in Paris show them, from what a person types. */
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
export const isoDay = (ms: number): string => clockOf(ms).slice(0, 10);

/** The time of day in Paris of this instant: `14:30`. */
export const isoTime = (ms: number): string => clockOf(ms).slice(11);

/** The first day on which something may be held that is announced today with so many clear days. */
export function firstDay(clearDays: number, now: number = Date.now()): string {
  return new Date(Date.parse(`${isoDay(now)}T12:00:00Z`) + (clearDays + 1) * DAY_MS).toISOString().slice(0, 10);
}
