/** What happened to a proposal under an open page: one sentence for each act. Loaded when something happens. */
import type { Act, Proposal } from '#lib/api/shapes.ts';
import { actWord } from '#lib/i18n/acts.ts';
import { stageWord } from '#lib/i18n/words.ts';
import { m } from '#lib/paraglide/messages.js';
import { isMove, lastMove, requestIn } from './act-lines.ts';
import { frozenAs } from './next-action.ts';
import { nameOf } from './people.ts';

type Say = (about: { name: string }) => string;

const happenings: Record<string, Say> = {
  T02: m.happened_t02,
  T03: m.happened_submitted,
  T04: m.happened_t04,
  T05: m.happened_thawed,
  T06: m.happened_t06,
  T07: m.happened_t07,
  T08: m.happened_t08,
  T09: m.happened_t09,
  T10: m.happened_t10,
  T11: m.happened_t11,
  T12: m.happened_t12,
  T13: m.happened_t13,
  T14: m.happened_t14,
  T15: m.happened_t15,
  T16: m.happened_t16,
  T17: m.happened_t17,
  T18: m.happened_t18,
  T19: m.happened_t19,
  T20: m.happened_t20,
  T21: m.happened_t21,
  T22: m.happened_t22,
  T23: m.happened_t23,
  T24: m.happened_t24,
  T25: m.happened_t25,
  T26: m.happened_t26,
  T27: m.happened_t27,
  T28: m.happened_t28,
  T29: m.happened_t29,
  T30: m.happened_t30,
  T31: m.happened_t31,
  T32: m.happened_t32,
  warned: m.happened_warned,
};

/** Acts that two people do: asked for, declined, taken back. */
const requests: Record<string, (about: { name: string; act: string }) => string> = {
  asked: m.happened_asked,
  declined: m.happened_declined,
  cancelled: m.happened_cancelled,
};

/** What an act did to the page, in one sentence. */
function sentenceOf(act: Act): string | null {
  const request = requestIn(act.act);
  const name = nameOf(act);
  if (request) return requests[request[0]]?.({ name, act: actWord(request[1]) }) ?? null;
  if (act.act === 'T25' && act.to_stage) return act.to_stage === 'suspended' ? m.happened_t25_suspended({ name }) : m.happened_t25_resumed({ name });
  return happenings[act.act]?.({ name }) ?? (act.to_stage ? m.happened_moved({ stage: stageWord(act.to_stage) }) : null);
}

/** What just happened to an open page, in one sentence; `null` when it needs none, or `me` did it. */
export function happened(before: Pick<Proposal, 'history'>, now: Pick<Proposal, 'history'>, me: string | null = null): string | null {
  const news = now.history.slice(before.history.length).filter(isMove);
  const last = news.at(-1);
  return last && (me === null || last.person?.person_id !== me) ? sentenceOf(last) : null;
}

/** What to say to who was writing when the text closed: by a move, or, where others still write, by the end of one's own right. */
export function closedBy(proposal: Pick<Proposal, 'history' | 'stage'>): string {
  const move = frozenAs(proposal.stage) === null ? null : lastMove(proposal);
  const what = move && sentenceOf(move);
  return what ? m.happened_closed_by({ what }) : m.writing_closed();
}
