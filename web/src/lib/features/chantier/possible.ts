/** What may be done to a proposal, asked when a menu opens or a card is dragged; and why not. */
import { api, path } from '#lib/api/client.ts';
import type { Holder, Phase, PossibleMove, Transitions } from '#lib/api/shapes.ts';
import { actWord } from '#lib/i18n/acts.ts';
import { fullName, list } from '#lib/i18n/format.ts';
import { guardSentence } from '#lib/i18n/guards.ts';
import { roleWord } from '#lib/i18n/words.ts';
import { m } from '#lib/paraglide/messages.js';
import type { MenuItem } from '#lib/ui/Menu.svelte';
import { phaseOf } from './board.svelte.ts';

export async function readPossible(proposalId: string): Promise<PossibleMove[]> {
  return (await api.get<Transitions>(path`/api/proposals/${proposalId}/transitions`)).transitions;
}

/** Who could do it: the roles, with who holds them. */
function holders(who: Holder[]): string {
  return list(who.map(({ role, people }) => (people.length > 0 ? m.board_act_person({ role: roleWord(role), names: list(people.map(fullName)) }) : roleWord(role))));
}

/** Why it is not possible for this person now. */
export function whyNot(move: PossibleMove): string {
  const code = move.obstacles[0]?.code ?? '';
  const sentence = code === 'role_missing' ? null : guardSentence(code);
  return sentence ?? m.board_act_for({ who: holders(move.who) });
}

/** The acts of a menu: the possible ones first, then the others with their reason, which their dialog explains. */
export function menuItems(moves: PossibleMove[], onact: (transition: string) => void): MenuItem[] {
  const possible = moves.filter((move) => move.possible);
  const refused = moves.filter((move) => !move.possible);
  return [
    ...possible.map((move) => ({ label: actWord(move.transition), onselect: () => onact(move.transition) })),
    ...refused.map((move, at) => ({ label: m.moves_menu_item_not({ act: actWord(move.transition) }), note: whyNot(move), onselect: () => onact(move.transition), divided: at === 0 && possible.length > 0 })),
  ];
}

/** What dropping a card on a column would do: the acts that lead there, or why none does. */
export type Landing = { acts: PossibleMove[]; why: string };

export function landing(moves: PossibleMove[], phase: Phase): Landing {
  const leading = moves.filter((move) => move.to && phaseOf(move.to) === phase);
  const acts = leading.filter((move) => move.possible);
  const [first] = leading;
  return { acts, why: first ? m.board_drop_refused({ act: actWord(first.transition), why: whyNot(first) }) : m.board_drop_none() };
}
