/** The administration's values, by the names the client uses. */

export type Setting = { field: string; value: number; min: number; max: number };
export type Envelope = { envelope_id: string; year: number; code: string; label: string; amount_cents: number; parent_id: string | null; version: number };
export type YearCalendar = { year: number; copil: number; copil_needed: number; assises: number; assises_needed: number; is_flagged: boolean };
export type AdminProgramme = {
  code: string;
  title: string;
  starts_on: string;
  ends_on: string;
  annual_budget_cents: number;
  annual_jobs_target: number;
  fast_track: boolean;
  commission_quorum: boolean;
  settings: Setting[];
  envelopes: Envelope[];
  calendar: YearCalendar[];
  version: number;
};

export type ChantierStatus = 'preparing' | 'active' | 'suspended' | 'closed';
export type AdminBody = { body_id: string; kind: string; title: string };
export type AdminChantier = {
  chantier_id: string;
  slug: string;
  title: string;
  description: string;
  kind: string;
  status: ChantierStatus;
  next_statuses: ChantierStatus[];
  axis_id: string | null;
  lead_unit_id: string | null;
  delegation_ids: string[];
  opened_on: string;
  bodies: AdminBody[];
  co_presidents: string[];
  days_without_co_president: number | null;
  days_allowed: number;
  has_copil_seat: boolean;
  on_their_way: number;
  version: number;
};
export type RegionUnit = { region_unit_id: string; kind: string; title: string; version: number };
export type AdminChantiers = { chantiers: AdminChantier[]; units: RegionUnit[]; axes: { axis_id: string; title: string }[] };

export type AdminOrganisation = {
  organisation_id: string;
  name: string;
  short_name: string;
  kind: string;
  college_id: string;
  siret: string | null;
  siren: string | null;
  rna: string | null;
  territory_code: string | null;
  network_parent_id: string | null;
  solicitation_budget_minutes: number;
  closed_at_ms: number | null;
  version: number;
};
export type OrganisationPage = { organisations: AdminOrganisation[]; total: number; next: string | null };
export type OrganisationHolds = { affiliations: number; memberships: number; mandates: number; proposals: number };
export type OrganisationDetail = { organisation: AdminOrganisation; holds: OrganisationHolds };
export type Membership = { membership_id: string; chantier_id: string; chantier_title: string; level: string; status: string; valid_from: string; valid_to: string | null; version: number };

export type Affiliation = { affiliation_id: string; organisation_id: string; organisation_name: string; job_title: string; elected: boolean; valid_from: string; valid_to: string | null };
export type FullMandate = {
  mandate_id: string;
  role: string;
  body_id: string | null;
  body_title: string | null;
  chantier_id: string | null;
  seat: string | null;
  seat_kind: string | null;
  valid_from: string;
  valid_to: string | null;
  designation_ref: string | null;
  awaits_validator: boolean;
};
export type AdminPerson = { person_id: string; given_name: string; usual_name: string; version: number; affiliations: Affiliation[]; mandates: FullMandate[] };

export type JournalAct = { rank: number; act: string; by: string | null; subject: string; subject_id: string; subject_name: string | null; details: Record<string, unknown>; created_at_ms: number };
export type JournalPage = { acts: JournalAct[]; next: number | null };

export type Validator = {
  mandate_id: string;
  person: { person_id: string; given_name: string; usual_name: string; organisation: { name: string } | null };
  body_title: string | null;
  valid_from: string;
  valid_to: string | null;
  given_by: string | null;
  given_at_ms: number | null;
  is_own: boolean;
};
export type Validators = { sitting: Validator[]; awaiting: Validator[]; may: string[] };
