/** What a refusal is called in the language of the interface. */
import { m } from '#lib/paraglide/messages.js';
import { ApiProblem } from '#lib/api/problem.ts';
import { number } from './format.ts';
import { flawSentence, guardSentence } from './guards.ts';

const sentences: Record<string, () => string> = {
  offline: m.problem_offline,
  internal: m.problem_internal,
  reading_unavailable: m.problem_reading_unavailable,
  storage_unavailable: m.problem_storage_unavailable,
  bad_credentials: m.problem_bad_credentials,
  unauthenticated: m.problem_unauthenticated,
  not_found: m.problem_not_found,
  role_missing: m.problem_refused,
  stage: m.problem_stage,
  version_changed: m.problem_version_changed,
  too_large: m.problem_too_large,
  invalid: m.problem_invalid,
  malformed: m.problem_invalid,
  email_taken: m.problem_email_taken,
  low_contrast: m.problem_low_contrast,
  link_used: m.problem_link_used,
  link_expired: m.problem_link_expired,
  last_admin: m.problem_last_admin,
  already_set_up: m.problem_already_set_up,
  chantier_inactive: m.problem_chantier_inactive,
  decision_date_future: m.guard_decision_date_future,
  own_preparation: m.guard_own_preparation,
  document_damaged: m.problem_document_damaged,
  document_full: m.problem_document_full,
  head_moved: m.problem_head_moved,
  mandate_held: m.problem_mandate_held,
  owner: m.problem_owner,
  password_changed: m.problem_password_changed,
  porteur_missing: m.problem_porteur_missing,
  porteur_not_accepted: m.problem_porteur_not_accepted,
  roles_exclude_each_other: m.problem_roles_exclude,
  section_closed: m.refusal_section,
  deletion_closed: m.refusal_deletion,
  sheet_incomplete: m.problem_sheet_incomplete,
  row_changed: m.problem_row_changed,
  too_many_rows: m.problem_too_many_rows,
  porteur_changed: m.problem_porteur_changed,
  still_active: m.guard_still_active,
  warned_lately: m.problem_warned_lately,
  notice_short: m.guard_notice_short,
  points_missing: m.problem_points_missing,
  due_date_past: m.problem_due_date_past,
  due_date_far: m.problem_due_date_far,
  session_needed: m.problem_session_needed,
  text_changed: m.problem_text_changed,
  opinion_changed: m.guard_opinion_changed,
  prepared_by_same: m.guard_prepared_by_same,
  reserve_changed: m.guard_reserve_changed,
  too_many_tokens: m.problem_too_many_tokens,
  version_unsealed: m.guard_version_unsealed,
  threads_full: m.problem_threads_full,
  thread_closed: m.problem_thread_closed,
  thread_open: m.problem_thread_open,
  thread_full: m.problem_thread_full,
  not_author: m.problem_not_author,
  message_withdrawn: m.problem_message_withdrawn,
  message_answered: m.problem_message_answered,
  edit_too_late: m.problem_edit_too_late,
  outcome_unsuited: m.problem_outcome_unsuited,
  outcome_of_author: m.problem_outcome_of_author,
  outcome_of_role: m.problem_outcome_of_role,
  id_taken: m.problem_id_taken,
  meeting_changed: m.problem_meeting_changed,
  meeting_over: m.problem_meeting_over,
  opinion_prepared: m.problem_opinion_prepared,
  not_your_direction: m.problem_not_your_direction,
  versions_waiting: m.problem_versions_waiting,
  version_waiting: m.problem_version_waiting,
  agenda_full: m.problem_agenda_full,
  last_validator: m.problem_last_validator,
  own_mandate: m.problem_own_mandate,
  region_affiliation_missing: m.problem_region_affiliation_missing,
  copil_seat_depends: m.problem_copil_seat_depends,
  validator_is_not_replaced: m.problem_validator_not_replaced,
  organisation_closed: m.problem_organisation_closed,
  region_stays: m.problem_region_stays,
  mandates_depend: m.problem_mandates_depend,
  chantier_status: m.problem_chantier_status,
  co_president_missing: m.problem_co_president_missing,
  proposals_on_their_way: m.problem_proposals_on_their_way,
  agreement_known: m.problem_agreement_known,
  agreement_first: m.problem_agreement_first,
  decision_first: m.problem_decision_first,
  addendum_open: m.problem_addendum_open,
  addendum_closed: m.problem_addendum_closed,
  report_changed: m.problem_report_changed,
  report_given: m.problem_report_given,
  action_not_begun: m.problem_action_not_begun,
  period_running: m.problem_period_running,
  merge_alone: m.problem_merge_alone,
  merge_at_copil: m.problem_merge_at_copil,
  merge_too_late: m.problem_merge_too_late,
  merge_elsewhere: m.problem_merge_elsewhere,
  merge_closed: m.problem_merge_closed,
  merge_expired: m.problem_merge_expired,
  plan_outdated: m.problem_plan_outdated,
};

const fields: Record<string, () => string> = {
  required: m.field_required,
  missing: m.field_required,
  empty: m.field_required,
  too_short: m.field_too_short,
  too_long: m.field_too_long,
  email: m.field_email,
  not_an_email: m.field_email,
  taken: m.problem_email_taken,
  same_as_email: m.field_password_is_email,
  is_email: m.field_password_is_email,
  wrong: m.field_password_wrong,
  low_contrast: m.problem_low_contrast,
  before_start: m.field_date_order,
  no_organisation: m.field_no_organisation,
  not_a_day: m.field_not_a_day,
  not_a_picture: m.field_not_a_picture,
  not_eligible: m.field_not_eligible,
  not_in_this_body: m.field_not_in_this_body,
  out_of_range: m.field_out_of_range,
  past: m.field_past,
  not_past: m.field_not_past,
  too_many_amounts: m.field_too_many_amounts,
  amount_out_of_bounds: m.field_amount_out_of_bounds,
  amount_twice: m.field_amount_twice,
  too_far: m.field_too_far,
  too_many: m.field_too_many,
  region_only: m.field_region_only,
  too_many_points: m.field_too_many_points,
  too_many_mentions: m.field_too_many_mentions,
  unknown: m.field_unknown,
  not_a_number: m.field_not_a_number,
  not_an_account: m.field_not_an_account,
  account_nature: m.field_account_nature,
  not_a_siret: m.field_not_a_siret,
  not_a_uuid: m.field_invalid,
  shares_sum: m.field_shares_sum,
  one_of_two: m.field_one_of_two,
  counts_nowhere: m.field_counts_nowhere,
  sum_differs: m.field_sum_differs,
  over_posts: m.field_over_posts,
  duration_contract: m.field_duration_contract,
  rows_exist: m.field_rows_exist,
  is_porteur: m.field_is_porteur,
  lead_direction: m.field_lead_direction,
  twice: m.field_twice,
  deliberation_used: m.guard_deliberation_used,
  return_due_past: m.guard_return_due_past,
  decision_before_opinion: m.decision_fault_decision_before_opinion,
  transmitted_before_decision: m.decision_fault_transmitted_before_decision,
  enforceable_before_transmission: m.decision_fault_enforceable_before_transmission,
  amounts_unwanted: m.decision_fault_amounts_unwanted,
  envelope_unknown: m.decision_fault_envelope_unknown,
  amount_over_request: m.decision_fault_amount_over_request,
  envelope_overrun: m.decision_fault_envelope_overrun,
  conditions_missing: m.decision_fault_conditions_missing,
  conditions_unwanted: m.decision_fault_conditions_unwanted,
  condition_due_past: m.decision_fault_condition_due_past,
  departure_unmotivated: m.decision_fault_departure_unmotivated,
  questions_missing: m.decision_fault_questions_missing,
  rectification_changes_value: m.decision_fault_rectification_changes_value,
  ends_before_start: m.field_ends_before_start,
  outside_affiliation: m.field_outside_affiliation,
  outside_membership: m.field_outside_membership,
  outside_mandate: m.field_outside_mandate,
  councillor_only: m.field_councillor_only,
  too_many_co_presidents: m.field_too_many_co_presidents,
  seat_taken: m.field_seat_taken,
  suppleant_of_councillor: m.field_suppleant_of_councillor,
  needs_chantier_mandate: m.field_needs_chantier_mandate,
  before_affiliation: m.field_before_affiliation,
  not_a_siren: m.field_not_a_siren,
  siren_of_another: m.field_siren_of_another,
  not_an_rna: m.field_not_an_rna,
  siret_taken: m.field_siret_taken,
  own_network: m.field_own_network,
  already_member: m.field_already_member,
  not_a_code: m.field_not_a_code,
  not_a_slug: m.field_not_a_slug,
  envelope_outside: m.field_envelope_outside,
  outside_programme: m.field_outside_programme,
  parent_missing: m.field_parent_missing,
  over_parent: m.field_over_parent,
  under_child: m.field_under_child,
  organisation_closed: m.problem_organisation_closed,
  region_stays: m.problem_region_stays,
  agreement_number_used: m.field_agreement_number_used,
  signed_before_decision: m.field_signed_before_decision,
  in_the_future: m.field_in_the_future,
  agreement_over_decision: m.field_agreement_over_decision,
  siret_or_rna_missing: m.field_siret_or_rna_missing,
  shares_not_whole: m.field_shares_not_whole,
  agreement_compulsory: m.field_agreement_compulsory,
  progress_fell: m.field_progress_fell,
  jobs_fell: m.field_jobs_fell,
  spending_fell: m.field_spending_fell,
  values_missing: m.field_values_missing,
  jobs_missing: m.field_jobs_missing,
  jobs_estimated: m.field_jobs_estimated,
  job_split_wrong: m.field_job_split_wrong,
  job_fte_wrong: m.field_job_fte_wrong,
  children_count: m.field_children_count,
  row_twice: m.field_row_twice,
  child_or_motive: m.field_child_or_motive,
  unknown_porteur: m.field_unknown_porteur,
};

/** A sentence for the whole refusal. */
export function problemSentence(failure: unknown): string {
  if (!(failure instanceof ApiProblem)) return m.problem_internal();
  if (failure.status === 429) return m.problem_too_many({ wait: waiting(failure.retry_after_s ?? 60) });
  const known = sentences[failure.code];
  if (known) return known();
  const guard = guardSentence(failure.code);
  if (guard) return guard;
  if (failure.status === 403) return m.problem_refused();
  if (failure.status >= 500) return m.problem_internal();
  return m.problem_other({ code: failure.code });
}

/** The sentence of a code alone. */
export function codeSentence(code: string): string {
  return sentences[code]?.() ?? m.problem_other({ code });
}

/** A sentence for each field that is wrong. */
export function fieldSentences(failure: unknown): Record<string, string> {
  if (!(failure instanceof ApiProblem)) return {};
  return Object.fromEntries(Object.entries(failure.fields).map(([field, code]) => [field, fieldSentence(field, code)]));
}

/** The sentence of one field's code. */
export function fieldSentence(field: string, code: string): string {
  if (field.includes('password') && code === 'too_short') return m.field_password_short();
  if (field === 'email' && !['taken', 'required'].includes(code)) return m.field_email();
  if (code === 'taken' && field !== 'email') return m.field_taken();
  return fields[code]?.() ?? flawSentence(code) ?? m.field_invalid();
}

function waiting(seconds: number): string {
  if (seconds < 90) return m.wait_seconds({ count: seconds, shown: number(seconds) });
  const minutes = Math.ceil(seconds / 60);
  return m.wait_minutes({ count: minutes, shown: number(minutes) });
}
