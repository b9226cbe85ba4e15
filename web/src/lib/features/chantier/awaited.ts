/** Who is awaited and since when, in words. */
import type { Card } from '#lib/api/shapes.ts';
import { daysSince, number } from '#lib/i18n/format.ts';
import { awaitedWord } from '#lib/i18n/words.ts';
import { m } from '#lib/paraglide/messages.js';

export function daysWord(count: number): string {
  return m.count_days({ count, shown: number(count) });
}

export function awaitedSentence(card: Pick<Card, 'awaited' | 'stage_since_ms'>, now: number = Date.now()): string {
  const who = awaitedWord(card.awaited);
  const days = daysSince(card.stage_since_ms, now);
  return days === 0 ? m.chantier_awaited_today({ who }) : m.chantier_awaited_since({ who, days: daysWord(days) });
}
