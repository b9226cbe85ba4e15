/** The facts of an act of administration, in words: what was said, what it was before and is now. */
import { day, euros, number } from '#lib/i18n/format.ts';
import { roleWord } from '#lib/i18n/words.ts';
import { m } from '#lib/paraglide/messages.js';
import { kindWords, levelWords, membershipWords, settingWords, statusWords } from './words.ts';

/** One fact: its name and its value; `before` where it was another value. */
export type Fact = { key: string; word: string; before: string | null; value: string };

const words: Record<string, () => string> = {
  accent: m.fact_accent,
  affiliations: m.fact_affiliations,
  amount_cents: m.fact_amount,
  annual_budget_cents: m.fact_annual_budget,
  annual_jobs_target: m.fact_annual_jobs,
  awaits_validator: m.fact_awaits_validator,
  axis_id: m.fact_axis,
  before_cents: m.fact_amount_before,
  body_id: m.fact_body,
  chantier_id: m.fact_chantier,
  code: m.fact_code,
  college_id: m.fact_college,
  commission_quorum: m.fact_quorum,
  delegation_ids: m.fact_delegations,
  elected: m.fact_elected,
  ends_on: m.fact_ends_on,
  envelope_id: m.fact_envelope,
  fast_track: m.fact_fast_track,
  from: m.fact_from,
  intro: m.fact_intro,
  kind: m.fact_kind,
  label: m.fact_label,
  lead_unit_id: m.fact_lead_unit,
  level: m.fact_level,
  mandate_id: m.fact_mandate,
  mandates: m.fact_mandates,
  media_type: m.fact_media_type,
  membership_id: m.fact_membership,
  memberships: m.fact_memberships,
  motive: m.fact_motive,
  name: m.fact_name,
  network_parent_id: m.fact_network,
  organisation_id: m.fact_organisation,
  proposals: m.fact_proposals,
  region_name: m.fact_region_name,
  rna: m.fact_rna,
  role: m.fact_role,
  second: m.fact_second,
  short_name: m.fact_short_name,
  siren: m.fact_siren,
  siret: m.fact_siret,
  slug: m.fact_slug,
  solicitation_budget_minutes: m.fact_solicitation,
  starts_on: m.fact_starts_on,
  status: m.fact_status,
  territory_code: m.fact_territory,
  title: m.fact_title,
  valid_from: m.fact_valid_from,
  valid_to: m.fact_valid_to,
  year: m.fact_year,
  /** A name alone, before and after. */
  renamed: m.fact_title,
};

/** What keys of the domain are called, by the fact they stand in. */
const valueWords: Record<string, (key: string) => string | undefined> = {
  role: roleWord,
  kind: (key) => kindWords[key as keyof typeof kindWords]?.() ?? unitWords[key]?.(),
  level: (key) => levelWords[key]?.(),
  status: (key) => statusWords[key as keyof typeof statusWords]?.word() ?? membershipWords[key]?.(),
  intro: () => m.fact_changed(),
};
const unitWords: Record<string, () => string> = { direction: m.adm_unit_direction, delegation: m.adm_unit_delegation, permanent: m.adm_kind_permanent, temporary: m.adm_kind_temporary };

const wordOf = (key: string): string => words[key]?.() ?? settingWords[key]?.() ?? key;

function valueOf(key: string, value: unknown): string {
  if (value === null || value === undefined || value === '') return m.fact_nothing();
  if (typeof value === 'boolean') return value ? m.fact_yes() : m.fact_no();
  if (typeof value === 'number') return key.endsWith('_cents') ? euros(value) : key === 'year' ? String(value) : number(value);
  if (Array.isArray(value)) return value.length > 0 ? value.map((one) => valueOf(key, one)).join(', ') : m.fact_nothing();
  if (typeof value === 'object') return JSON.stringify(value);
  const text = String(value);
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return day(text);
  return valueWords[key]?.(text) ?? text;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A chantier's step goes from one status to another: told as any change. */
function stepOf(details: Record<string, unknown>): Record<string, unknown> {
  const { from, to, ...rest } = details;
  return from === undefined || to === undefined ? details : { ...rest, before: { status: from }, after: { status: to } };
}

/** The facts that say something: of a change only what changed, else what was said. */
export function factsOf(details: Record<string, unknown>): Fact[] {
  const { before, after, ...rest } = stepOf(details);
  const facts = Object.entries(rest)
    .filter(([, value]) => value !== null && value !== '')
    .map(([key, value]): Fact => ({ key, word: wordOf(key), before: null, value: valueOf(key, value) }));
  if (before === undefined && after === undefined) return facts;
  if (!isObject(before) || !isObject(after)) return [...facts, { key: 'renamed', word: wordOf('renamed'), before: valueOf('renamed', before), value: valueOf('renamed', after) }];
  const changed = Object.keys({ ...before, ...after }).filter((key) => JSON.stringify(before[key] ?? null) !== JSON.stringify(after[key] ?? null));
  return [...facts, ...changed.map((key): Fact => ({ key, word: wordOf(key), before: valueOf(key, before[key]), value: valueOf(key, after[key]) }))];
}
