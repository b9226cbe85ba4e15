/** The one thing this person most usefully does now with a proposal, and what else there is. */
import type { Opinions, PossibleMove, Proposal, Transitions } from '#lib/api/shapes.ts';
import { TRANSITIONS } from '#lib/i18n/acts.ts';

/** A transition's number, or what is done in place: writing, inviting, the opinion and its reserves, warning the owner. */
export type ActionKey = 'write' | 'invite' | 'prepare' | 'sign' | 'reserves' | 'warn' | `T${number}`;
export type NextAction = ActionKey | null;

type Standing = Pick<Proposal, 'may' | 'contributors' | 'lacks'>;
/** What is known beside the proposal; without it, only its `may` counts. */
export type Around = { moves?: Transitions | null; opinions?: Opinions | null; me?: string };

/** Moves in the order of usefulness; withdrawing and closing are never the one useful act. */
const USEFUL = ['T02', 'T03', 'T04', 'T10', 'T11', 'T13', 'T08', 'T22', 'T32'];

const isTransition = (key: string): key is `T${number}` => /^T\d\d$/.test(key);
const find = (moves: Transitions | null | undefined, transition: string): PossibleMove | undefined => moves?.transitions.find((each) => each.transition === transition);

/** Obstacles the dialog itself lets one overcome. */
const GIVABLE: Record<string, string[]> = { T02: ['porteur_missing', 'porteur_not_accepted'], T29: ['merge_missing'] };

/** Whether the move may be made now, as far as is known. */
function possible(standing: Standing, around: Around, transition: string): boolean {
  const move = find(around.moves, transition);
  if (move) return move.possible || (transition in GIVABLE && move.obstacles.every((obstacle) => GIVABLE[transition]?.includes(obstacle.code)));
  const action = TRANSITIONS.find(([key]) => key === transition)?.[1];
  // Without the moves nobody knows whether every condition is lifted.
  if (around.moves || action === undefined || transition === 'T22' || !standing.may.includes(action)) return false;
  return transition !== 'T03' || standing.lacks.length === 0;
}

/** The opinion of this round, as far as it is made. */
const currentOpinion = ({ opinions }: Around) => opinions?.opinions.findLast((each) => each.given_at_ms === null) ?? null;

function opinionAction(standing: Standing, around: Around): ActionKey | null {
  const opinion = currentOpinion(around);
  if (standing.may.includes('prepare_opinion') && !opinion) return 'prepare';
  if (standing.may.includes('sign_opinion') && opinion && opinion.signed_at_ms === null && opinion.prepared_by !== around.me) return 'sign';
  const given = around.opinions?.opinions.at(-1);
  const isOpen = given?.given_at_ms !== null && given?.reserves.some((reserve) => reserve.state === 'open');
  return standing.may.includes('answer_reserve') && isOpen ? 'reserves' : null;
}

/** A request of somebody else that this person may answer. */
export function requestToAnswer(moves: Transitions | null | undefined): PossibleMove | null {
  return moves?.transitions.find((each) => each.pending?.may_decline) ?? null;
}

/** The filled button. */
export function nextAction(standing: Standing, around: Around = {}): NextAction {
  const asked = requestToAnswer(around.moves)?.transition;
  if (asked && isTransition(asked)) return asked;
  const opinion = opinionAction(standing, around);
  if (opinion) return opinion;
  const writes = standing.may.includes('edit_text');
  for (const transition of USEFUL) {
    // Who writes goes on writing while the discussion lasts; freezing is for who does not.
    if (transition === 'T08' && writes) continue;
    if (isTransition(transition) && possible(standing, around, transition)) return transition;
  }
  if (writes) return 'write';
  return standing.may.includes('invite_contributors') && standing.contributors.length === 0 ? 'invite' : null;
}

/** One entry of the menu of all actions. */
export type OtherAction = { key: ActionKey; possible: boolean };

/** Everything else: first what is possible, then what is not, which explains itself. */
export function otherActions(standing: Standing, around: Around = {}): OtherAction[] {
  const next = nextAction(standing, around);
  const rest: OtherAction[] = [];
  if (standing.may.includes('invite_contributors')) rest.push({ key: 'invite', possible: true });
  if (standing.may.includes('prepare_opinion')) rest.push({ key: 'prepare', possible: true });
  const keys = around.moves ? around.moves.transitions.map((each) => each.transition) : TRANSITIONS.filter(([, action]) => standing.may.includes(action)).map(([transition]) => transition);
  // Whose act it is finds it in the menu, also while nothing calls for it.
  if (standing.may.includes('warn_inactive') && around.moves?.inactivity) rest.push({ key: 'warn', possible: around.moves.inactivity.may_warn });
  for (const key of keys) if (isTransition(key)) rest.push({ key, possible: possible(standing, around, key) });
  return rest.filter((each) => each.key !== next).sort((a, b) => Number(b.possible) - Number(a.possible));
}

/** Whether writing has its own button beside the next action. */
export function writesBeside(standing: Standing, around: Around = {}): boolean {
  return standing.may.includes('edit_text') && nextAction(standing, around) !== 'write';
}

/** Stages at which a text is fixed, and how the page says it; `null` where it is being written. */
export function frozenAs(stage: string): 'frozen' | 'submitted' | 'later' | null {
  if (stage === 'idea' || stage === 'drafting' || stage === 'in_commission') return null;
  return stage === 'frozen' || stage === 'submitted' ? stage : 'later';
}
