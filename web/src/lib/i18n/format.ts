/** Dates, times, numbers and amounts in the language of the interface. Times are those of Paris. */
import { locale } from './locale.ts';

const ZONE = 'Europe/Paris';
const NARROW = '\u202f';
const NO_BREAK = '\u00a0';

function language(): string {
  return locale() === 'fr' ? 'fr-FR' : 'en-GB';
}

function parts(ms: number, options: Intl.DateTimeFormatOptions): Record<string, string> {
  const found = new Intl.DateTimeFormat(language(), { timeZone: ZONE, ...options }).formatToParts(ms);
  return Object.fromEntries(found.map((part) => [part.type, part.value]));
}

/** `23 novembre 2026`, `1er décembre 2026`; `23 November 2026`. */
export function date(ms: number): string {
  const { day, month, year } = parts(ms, { day: 'numeric', month: 'long', year: 'numeric' });
  return `${ordinal(day ?? '')}${NO_BREAK}${month} ${year}`;
}

function ordinal(day: string): string {
  return locale() === 'fr' && day === '1' ? '1er' : day;
}

/** `23 nov.`, with the year when it is not that of `now`. */
export function shortDate(ms: number, now: number = Date.now()): string {
  const { day, month, year } = parts(ms, { day: 'numeric', month: 'short', year: 'numeric' });
  const start = `${ordinal(day ?? '')}${NO_BREAK}${month}`;
  return year === parts(now, { year: 'numeric' }).year ? start : `${start} ${year}`;
}

/** `14 h 30`, `9 h`; `14:30`. */
export function time(ms: number): string {
  const { hour, minute } = parts(ms, { hour: '2-digit', minute: '2-digit', hour12: false });
  if (locale() !== 'fr') return `${hour}:${minute}`;
  const hours = `${Number(hour)}${NO_BREAK}h`;
  return minute === '00' ? hours : `${hours}${NO_BREAK}${minute}`;
}

/** `23 novembre 2026 à 14 h 30`. */
export function dateTime(ms: number): string {
  return locale() === 'fr' ? `${date(ms)} à ${time(ms)}` : `${date(ms)} at ${time(ms)}`;
}

/** `mardi 8 décembre`, with the year when it is not that of `now`. */
export function weekday(ms: number, now: number = Date.now()): string {
  const { weekday: name, day, month, year } = parts(ms, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
  const start = `${name} ${ordinal(day ?? '')}${NO_BREAK}${month}`;
  return year === parts(now, { year: 'numeric' }).year ? start : `${start} ${year}`;
}

/** A day as the API writes it (`2026-11-23`). */
export function day(iso: string): string {
  return date(Date.parse(`${iso}T12:00:00Z`));
}

/** Today in Paris, as the API writes days. */
export function today(now: number = Date.now()): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: ZONE }).format(now);
}

/** `8 décembre`, with the year when it is not that of `on` (both as the API writes days). */
export function shortDay(iso: string, on: string = today()): string {
  const full = day(iso);
  return iso.slice(0, 4) === on.slice(0, 4) ? full.replace(/ \d{4}$/, '') : full;
}

/** `12 500`. */
export function number(value: number): string {
  return new Intl.NumberFormat(language()).format(value);
}

/** `1 234,50 €`; the cents only when there are some. */
export function euros(cents: number): string {
  const whole = cents % 100 === 0;
  const digits = whole ? 0 : 2;
  const amount = new Intl.NumberFormat(language(), { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(cents / 100);
  return locale() === 'fr' ? `${amount}${NO_BREAK}€` : `€${amount}`;
}

/** `97,4 M€` for headlines; smaller amounts in full. */
export function millions(cents: number): string {
  if (Math.abs(cents) < 100_000_000) return euros(cents);
  const amount = new Intl.NumberFormat(language(), { maximumFractionDigits: 1 }).format(cents / 100_000_000);
  return locale() === 'fr' ? `${amount}${NO_BREAK}M€` : `€${amount}m`;
}

/** `62 %`. */
export function percent(share: number): string {
  const amount = new Intl.NumberFormat(language()).format(Math.round(share * 100));
  return locale() === 'fr' ? `${amount}${NARROW}%` : `${amount}%`;
}

/** Whole days from `ms` to `now`, never negative. */
export function daysSince(ms: number, now: number = Date.now()): number {
  return Math.max(0, Math.floor((now - ms) / 86_400_000));
}

/** `Capucine Exemple et Victor Demo`. */
export function list(names: string[]): string {
  return new Intl.ListFormat(language(), { type: 'conjunction' }).format(names);
}

export function fullName(person: { given_name: string; usual_name: string }): string {
  return `${person.given_name} ${person.usual_name}`;
}
