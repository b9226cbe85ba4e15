/** The notice of a hearing, in words. */
import { number } from '#lib/i18n/format.ts';
import { m } from '#lib/paraglide/messages.js';

/** `12 jours francs`, or how many are needed. */
export function clearDaysWord(clear: number, needed: number): string {
  if (clear >= needed) return m.move_days({ count: clear, shown: number(clear) });
  return clear <= 0 ? m.move_days_none({ needed: number(needed) }) : m.move_days_short({ count: clear, shown: number(clear), needed: number(needed) });
}
