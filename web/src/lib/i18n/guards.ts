/**
 * Why an act is refused: the guards of the transitions, the steps that take two people, and what keeps an
 * opinion from being one. `tests/tidy/refusals.rs` holds these tables to the codes of the server.
 */
import { m } from '#lib/paraglide/messages.js';

type Say = () => string;

const guards: Record<string, Say> = {
  porteur_missing: m.problem_porteur_missing,
  porteur_not_accepted: m.problem_porteur_not_accepted,
  sheet_incomplete: m.guard_sheet_incomplete,
  duplicates_unanswered: m.guard_duplicates_unanswered,
  scope_unconfirmed: m.guard_scope_unconfirmed,
  completeness_unconfirmed: m.guard_completeness_unconfirmed,
  points_missing: m.problem_points_missing,
  due_date_past: m.problem_due_date_past,
  due_date_far: m.problem_due_date_far,
  reason_missing: m.guard_reason_missing,
  chantier_unchanged: m.guard_chantier_unchanged,
  chantier_inactive: m.problem_chantier_inactive,
  hearing_missing: m.guard_hearing_missing,
  hearing_closed: m.guard_hearing_closed,
  notice_short: m.guard_notice_short,
  money_unbalanced: m.guard_money_unbalanced,
  vigilances_unanswered: m.guard_vigilances_unanswered,
  opinion_signed: m.guard_opinion_signed,
  opinion_missing: m.guard_opinion_missing,
  opinion_unsigned: m.guard_opinion_unsigned,
  opinion_adjourned: m.guard_opinion_adjourned,
  opinion_not_adjourned: m.guard_opinion_not_adjourned,
  reserves_open: m.guard_reserves_open,
  owner_request_missing: m.guard_owner_request_missing,
  fast_track_closed: m.guard_fast_track_closed,
  opinion_not_favourable: m.guard_opinion_not_favourable,
  request_too_large: m.guard_request_too_large,
  lead_unit_missing: m.guard_lead_unit_missing,
  rank_missing: m.guard_rank_missing,
  ceilings_missing: m.guard_ceilings_missing,
  ceiling_over_request: m.guard_ceiling_over_request,
  reserve_list_twice: m.guard_reserve_list_twice,
  decision_missing: m.guard_decision_missing,
  decision_returned: m.guard_decision_returned,
  decision_not_returned: m.guard_decision_not_returned,
  review_incomplete: m.guard_review_incomplete,
  decision_date_future: m.guard_decision_date_future,
  envelope_overrun: m.guard_envelope_overrun,
  deliberation_used: m.guard_deliberation_used,
  return_due_past: m.guard_return_due_past,
  conditions_open: m.guard_conditions_open,
  blocking_conditions_open: m.guard_blocking_conditions_open,
  agreement_missing: m.guard_agreement_missing,
  agreement_compulsory: m.guard_agreement_compulsory,
  start_missing: m.guard_start_missing,
  start_date_future: m.guard_start_date_future,
  start_report_missing: m.guard_start_report_missing,
  review_date_past: m.guard_review_date_past,
  final_report_missing: m.guard_final_report_missing,
  merge_missing: m.guard_merge_missing,
  merge_unread: m.guard_merge_unread,
  merge_unagreed: m.guard_merge_unagreed,
  children_missing: m.guard_children_missing,
  rows_unallocated: m.guard_rows_unallocated,
  own_preparation: m.guard_own_preparation,
  still_active: m.guard_still_active,
  warnings_missing: m.guard_warnings_missing,
  too_late: m.guard_too_late,
  consent_awaited: m.guard_consent_awaited,
  consent_not_asked: m.guard_consent_not_asked,
  neighbours_not_shown: m.guard_neighbours_not_shown,
  version_unsealed: m.guard_version_unsealed,
  prepared_by_same: m.guard_prepared_by_same,
  role_missing: m.guard_role_missing,
  stage: m.guard_stage,
};

const flaws: Record<string, Say> = {
  not_heard_yet: m.flaw_not_heard_yet,
  votes_negative: m.flaw_votes_negative,
  consensus_has_no_count: m.flaw_consensus_has_no_count,
  votes_missing: m.flaw_votes_missing,
  votes_above_seats: m.flaw_votes_above_seats,
  quorum_missed: m.flaw_quorum_missed,
  value_contradicts_count: m.flaw_value_contradicts_count,
  reserves_missing: m.flaw_reserves_missing,
  reserves_unexpected: m.flaw_reserves_unexpected,
  motive_missing: m.flaw_motive_missing,
};

/** The sentence of a guard or a step; `null` for a code that is none. */
export const guardSentence = (code: string): string | null => guards[code]?.() ?? null;
/** The sentence of what keeps an opinion from being one; `null` for a code that is none. */
export const flawSentence = (code: string): string | null => flaws[code]?.() ?? null;

/** The field of the form where a guard's code belongs. */
const places: Record<string, string> = {
  scope_unconfirmed: 'in_scope',
  completeness_unconfirmed: 'is_complete',
  points_missing: 'points',
  due_date_past: 'due_on',
  due_date_far: 'due_on',
  reason_missing: 'motive',
  chantier_unchanged: 'chantier_id',
  chantier_inactive: 'chantier_id',
  hearing_missing: 'hearing',
  hearing_closed: 'hearing',
  notice_short: 'hearing',
  duplicates_unanswered: 'duplicates',
  porteur_missing: 'porteur_id',
  porteur_not_accepted: 'porteur_id',
  lead_unit_missing: 'lead_unit_id',
  rank_missing: 'rank',
  ceilings_missing: 'ceilings',
  ceiling_over_request: 'ceilings',
};

/** Where the sentence of this code is shown; `null` above the form. */
export const placeOf = (code: string): string | null => places[code] ?? null;
