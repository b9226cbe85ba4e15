/** The warnings before a proposal is closed for inactivity, one line a step: what was done, what comes and when. */
import type { Inactivity } from '#lib/api/shapes.ts';
import { date, number } from '#lib/i18n/format.ts';
import { m } from '#lib/paraglide/messages.js';

const DAY_MS = 86_400_000;

export type Line = { text: string; done: boolean };

/** The steps of an inactive proposal: each warning, then the end. */
export function warningLines(inactivity: Inactivity, now: number = Date.now()): Line[] {
  const { warned_at_ms, warnings_needed, days, warn_from_days, close_from_days, days_between } = inactivity;
  const lines: Line[] = warned_at_ms.map((at, index) => ({ text: m.warn_given({ rank: number(index + 1), date: date(at) }), done: true }));
  const active = now - days * DAY_MS;
  let from = active + warn_from_days * DAY_MS;
  const last = warned_at_ms.at(-1);
  if (last !== undefined) from = last + days_between * DAY_MS;
  for (let rank = lines.length + 1; rank <= warnings_needed; rank += 1) {
    const shown = { rank: number(rank), date: date(from) };
    lines.push({ text: from > now ? m.warn_to_give_from(shown) : m.warn_to_give(shown), done: false });
    from = Math.max(from, now) + days_between * DAY_MS;
  }
  const given = warned_at_ms.length >= warnings_needed;
  const close = active + close_from_days * DAY_MS;
  if (days < close_from_days) lines.push({ text: m.warn_close_from({ date: date(close) }), done: false });
  else lines.push({ text: given ? m.warn_close_now() : m.warn_close_then(), done: false });
  return lines;
}

/** What is said once the owner is warned: when, and how many warnings are still needed. */
export function warnedReceipt(inactivity: Inactivity, now: number = Date.now()): string {
  const left = inactivity.warnings_needed - inactivity.warned_at_ms.length - 1;
  const done = m.warn_done({ date: date(now) });
  return left > 0 ? `${done} ${m.warn_done_more({ count: left, shown: number(left) })}` : done;
}
