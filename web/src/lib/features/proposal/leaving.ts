/** What is said when the pen is put down, or the page left, before everything was sent. */
import type { LiveDocument } from '#lib/live/document.svelte.ts';
import { m } from '#lib/paraglide/messages.js';

type Left = Pick<LiveDocument, 'pending' | 'kept' | 'ended' | 'stopped' | 'saved'>;

/** Where what is unsent waits, and for what; `null` when there is nothing true to say. */
export function leftSentence(live: Left): string | null {
  if (live.pending === 0 || !live.kept || live.ended === 'gone' || live.stopped !== null) return null;
  if (live.ended === 'signed_out') return m.writing_left_signed_out();
  return live.saved.state === 'suspended' ? m.writing_left_suspended() : m.writing_left();
}

/** Whether words that only this page holds may still be sent by waiting. */
export function waits(live: Pick<LiveDocument, 'pending' | 'ended' | 'stopped'>): boolean {
  return live.pending > 0 && live.ended === null && live.stopped === null;
}
