/** What the administration shows, in words: kinds, states, settings, acts. */
import type { ChantierStatus } from '#lib/api/admin.ts';
import type { AccountState } from '#lib/api/shapes.ts';
import { shortDay, today } from '#lib/i18n/format.ts';
import { m } from '#lib/paraglide/messages.js';
import type { KINDS } from './admin.svelte.ts';

export const kindWords: Record<(typeof KINDS)[number], () => string> = {
  region: m.kind_region,
  state: m.kind_state,
  department: m.kind_department,
  commune: m.kind_commune,
  epci: m.kind_epci,
  chamber: m.kind_chamber,
  prides: m.kind_prides,
  employer_org: m.kind_employer_org,
  trade_union: m.kind_trade_union,
  ess_network: m.kind_ess_network,
  association: m.kind_association,
  company: m.kind_company,
  training_body: m.kind_training_body,
  employment_service: m.kind_employment_service,
};

export const accountWords: Record<AccountState, { word: () => string; tone: 'plain' | 'positive' | 'caution' | 'danger'; shape: 'dot' | 'ring' | 'square' }> = {
  none: { word: m.admin_account_none, tone: 'plain', shape: 'ring' },
  invited: { word: m.admin_account_invited, tone: 'caution', shape: 'ring' },
  active: { word: m.admin_account_active, tone: 'positive', shape: 'dot' },
  deactivated: { word: m.admin_account_deactivated, tone: 'danger', shape: 'square' },
};

type Shown = { word: () => string; tone: 'plain' | 'positive' | 'caution' | 'danger'; shape: 'dot' | 'ring' | 'square' };

export const statusWords: Record<ChantierStatus, Shown> = {
  preparing: { word: m.adm_status_preparing, tone: 'plain', shape: 'ring' },
  active: { word: m.adm_status_active, tone: 'positive', shape: 'dot' },
  suspended: { word: m.adm_status_suspended, tone: 'caution', shape: 'ring' },
  closed: { word: m.adm_status_closed, tone: 'plain', shape: 'square' },
};

/** What a step is called, and what it will do. */
export const stepWords: Record<ChantierStatus, { word: () => string; text: () => string }> = {
  preparing: { word: m.adm_status_preparing, text: m.adm_step_suspended_text },
  active: { word: m.adm_step_active, text: m.adm_step_active_text },
  suspended: { word: m.adm_step_suspended, text: m.adm_step_suspended_text },
  closed: { word: m.adm_step_closed, text: m.adm_step_closed_text },
};

export const settingWords: Record<string, () => string> = {
  commission_notice_days: m.adm_s_commission_notice_days,
  commission_written_days: m.adm_s_commission_written_days,
  copil_notice_days: m.adm_s_copil_notice_days,
  copil_meetings_per_year: m.adm_s_copil_meetings_per_year,
  assises_notice_days: m.adm_s_assises_notice_days,
  assises_meetings_per_year: m.adm_s_assises_meetings_per_year,
  solicitation_minutes: m.adm_s_solicitation_minutes,
  cross_reading_days: m.adm_s_cross_reading_days,
  fast_track_euros: m.adm_s_fast_track_euros,
  stalled_submitted_days: m.adm_s_stalled_submitted_days,
  stalled_in_commission_days: m.adm_s_stalled_in_commission_days,
  stalled_opinion_given_days: m.adm_s_stalled_opinion_given_days,
  stalled_at_region_days: m.adm_s_stalled_at_region_days,
};

export const levelWords: Record<string, () => string> = { pilot: m.adm_level_pilot, active: m.adm_level_active, informed: m.adm_level_informed };
export const membershipWords: Record<string, () => string> = { proposed: m.adm_m_proposed, active: m.adm_m_active, suspended: m.adm_m_suspended, ended: m.adm_m_ended };

export const subjectWords: Record<string, () => string> = {
  programme: m.adm_subject_programme,
  chantier: m.adm_subject_chantier,
  region_unit: m.adm_subject_region_unit,
  organisation: m.adm_subject_organisation,
  person: m.adm_subject_person,
};

export const actWords: Record<string, () => string> = {
  set_up: m.adm_a_set_up,
  invite: m.adm_a_invite,
  give_mandate: m.adm_a_give_mandate,
  end_mandate: m.adm_a_end_mandate,
  drop_mandate: m.adm_a_drop_mandate,
  replace_mandate: m.adm_a_replace_mandate,
  confirm_validator: m.adm_a_confirm_validator,
  refuse_validator: m.adm_a_refuse_validator,
  give_link: m.adm_a_give_link,
  deactivate: m.adm_a_deactivate,
  reactivate: m.adm_a_reactivate,
  rename_person: m.adm_a_rename_person,
  change_employer: m.adm_a_change_employer,
  add_organisation: m.adm_a_add_organisation,
  change_organisation: m.adm_a_change_organisation,
  close_organisation: m.adm_a_close_organisation,
  add_membership: m.adm_a_add_membership,
  change_membership: m.adm_a_change_membership,
  add_chantier: m.adm_a_add_chantier,
  change_chantier: m.adm_a_change_chantier,
  set_chantier_status: m.adm_a_set_chantier_status,
  add_working_group: m.adm_a_add_working_group,
  rename_body: m.adm_a_rename_body,
  add_unit: m.adm_a_add_unit,
  rename_unit: m.adm_a_rename_unit,
  set_programme: m.adm_a_set_programme,
  add_envelope: m.adm_a_add_envelope,
  change_envelope: m.adm_a_change_envelope,
  change_look: m.adm_a_change_look,
  set_logo: m.adm_a_set_logo,
};

/** From when to when, in words; `to` is the first day without it. */
export function spanWords(from: string, to: string | null): string {
  if (to) return m.adm_from_to({ from: shortDay(from), to: shortDay(dayBefore(to)) });
  return from > today() ? m.adm_from_on({ from: shortDay(from) }) : m.adm_since({ from: shortDay(from) });
}

/** The day before, as an ISO day. */
export function dayBefore(iso: string): string {
  return new Date(Date.parse(`${iso}T12:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}
