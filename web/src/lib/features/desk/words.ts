/** What to do, as a verb on a link. */
import { m } from '#lib/paraglide/messages.js';

const doing: Record<string, () => string> = {
  consent: m.desk_do_consent,
  name_porteur: m.desk_do_name_porteur,
  accept_porteur: m.desk_do_accept_porteur,
  start_drafting: m.desk_do_start_drafting,
  complete: m.desk_do_complete,
  draft: m.desk_do_draft,
  admit: m.desk_do_admit,
  answer_threads: m.desk_do_answer_threads,
  discuss: m.desk_do_discuss,
  hear: m.desk_do_hear,
  prepare_opinion: m.desk_do_prepare_opinion,
  sign_opinion: m.desk_do_sign_opinion,
  give_opinion: m.desk_do_give_opinion,
  adjourn: m.desk_do_adjourn,
  answer_reserves: m.desk_do_answer_reserves,
  ask_copil: m.desk_do_ask_copil,
  send_to_copil: m.desk_do_send_to_copil,
  mention: m.desk_do_mention,
  warned: m.desk_do_warned,
  decided: m.desk_do_decided,
};

export const doWord = (kind: string): string => (doing[kind] ?? m.desk_do_other)();
