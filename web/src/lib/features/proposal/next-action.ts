/** The one thing this person most usefully does now with a proposal, from what they may do. */
import type { Proposal } from '#lib/api/shapes.ts';

export type NextAction = 'start' | 'write' | 'invite' | 'submit' | 'complete' | null;

type Standing = Pick<Proposal, 'may' | 'contributors' | 'lacks'>;

/** The filled button. */
export function nextAction({ may, contributors, lacks }: Standing): NextAction {
  if (may.includes('start_drafting')) return 'start';
  if (may.includes('request_completion')) return 'complete';
  if (may.includes('submit') && lacks.length === 0) return 'submit';
  if (may.includes('edit_text')) return 'write';
  return may.includes('invite_contributors') && contributors.length === 0 ? 'invite' : null;
}

/** What else they may do, in words beside it. */
export function otherActions(proposal: Standing): Exclude<NextAction, null>[] {
  const next = nextAction(proposal);
  const others: Exclude<NextAction, null>[] = [];
  if (next !== 'write' && proposal.may.includes('edit_text')) others.push('write');
  if (next !== 'submit' && proposal.may.includes('submit')) others.push('submit');
  if (next !== 'invite' && proposal.may.includes('invite_contributors')) others.push('invite');
  return others;
}

/** Stages at which a text is fixed, and how the page says it; `null` where it is being written. */
export function frozenAs(stage: string): 'frozen' | 'submitted' | 'later' | null {
  if (stage === 'idea' || stage === 'drafting' || stage === 'in_commission') return null;
  return stage === 'frozen' || stage === 'submitted' ? stage : 'later';
}
