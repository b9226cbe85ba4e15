/** Who is awaited, and until when, in one sentence. */
import { date, day } from './format.ts';
import { awaitedWord, stageWord } from './words.ts';
import { m } from '#lib/paraglide/messages.js';
import type { AwaitedNow } from '#lib/api/shapes.ts';

type Standing = { awaited: Pick<AwaitedNow, 'party' | 'due_on' | 'since_ms'>; stage: string };

export function awaitedLine(standing: Standing, today: string = new Date().toISOString().slice(0, 10)): string {
  const { party, due_on, since_ms } = standing.awaited;
  if (party === 'nobody') return m.proposal_awaited_nobody({ stage: stageWord(standing.stage) });
  const who = awaitedWord(party);
  if (due_on === null) return m.proposal_awaited({ who, date: date(since_ms) });
  return due_on < today ? m.awaited_late({ who, date: day(due_on) }) : m.awaited_due({ who, date: day(due_on) });
}
