/** Who is awaited, and until when, in one sentence. */
import { date, day } from './format.ts';
import { awaitedWord, stageWord } from './words.ts';
import { m } from '#lib/paraglide/messages.js';

/** The awaited party: its key, or the key with what is awaited, until which day and since when. */
export type Awaited = string | { party: string; what?: string | null; due_on?: string | null; since_ms?: number | null };

type Standing = { awaited: Awaited; stage: string; stage_since_ms: number; completion_request?: { due_on: string } | null };

export function awaitedLine(standing: Standing, today: string = new Date().toISOString().slice(0, 10)): string {
  const { awaited } = standing;
  const party = typeof awaited === 'string' ? awaited : awaited.party;
  if (party === 'nobody') return m.proposal_awaited_nobody({ stage: stageWord(standing.stage) });
  const who = awaitedWord(party);
  const due = typeof awaited === 'string' ? standing.completion_request?.due_on : awaited.due_on;
  if (due) return due < today ? m.awaited_late({ who, date: day(due) }) : m.awaited_due({ who, date: day(due) });
  const since = typeof awaited === 'string' ? standing.stage_since_ms : (awaited.since_ms ?? standing.stage_since_ms);
  return m.proposal_awaited({ who, date: date(since) });
}
