/** The fields of each section and part: how they are called, typed and chosen. The server's rules judge them. */
import { m } from '#lib/paraglide/messages.js';

export type RowSection = 'objectives' | 'partners' | 'calendar' | 'budget' | 'funding' | 'envelope_requests' | 'indicators' | 'jobs';
export type PartName = 'owner' | 'porteur' | 'no_partner' | 'target_public' | 'territory' | 'vat' | 'no_jobs';
export type Place = RowSection | PartName;

export type Kind = 'line' | 'prose' | 'choice' | 'answer' | 'tags' | 'money' | 'whole' | 'hundredths' | 'decimal' | 'day' | 'flag' | 'partner' | 'territories' | 'organisations' | 'shares';
export type Option = [key: string, label: () => string];
export type Field = { name: string; kind: Kind; label: () => string; required?: boolean; options?: Option[]; hint?: () => string; initial?: string; span?: number; more?: boolean };

const line = (name: string, label: () => string, more: Partial<Field> = {}): Field => ({ name, label, kind: 'line', ...more });

const NATURES: Option[] = [['operation', m.nature_operation], ['investment', m.nature_investment], ['in_kind', m.nature_in_kind]];
const FUNDERS: Option[] = [['region', m.funder_region], ['state', m.funder_state], ['eu', m.funder_eu], ['department', m.funder_department], ['local', m.funder_local], ['other_public', m.funder_other_public], ['private', m.funder_private], ['own', m.funder_own]];
const CONTRACTS: Option[] = [['cdi', m.contract_cdi], ['cdd_6m_plus', m.contract_cdd_6m_plus], ['cdd_short', m.contract_cdd_short], ['apprenticeship', m.contract_apprenticeship], ['insertion', m.contract_insertion], ['seasonal', m.contract_seasonal], ['self_employed', m.contract_self_employed], ['other', m.contract_other]];
const SECTORS: Option[] = [...'ABCDEFGHIJKLMNOPQRSTU'].map((letter) => [letter, () => m.sheet_sector_of({ letter, name: sectorName(letter) })]);

function sectorName(letter: string): string {
  const names: Record<string, () => string> = { A: m.naf_a, B: m.naf_b, C: m.naf_c, D: m.naf_d, E: m.naf_e, F: m.naf_f, G: m.naf_g, H: m.naf_h, I: m.naf_i, J: m.naf_j, K: m.naf_k, L: m.naf_l, M: m.naf_m, N: m.naf_n, O: m.naf_o, P: m.naf_p, Q: m.naf_q, R: m.naf_r, S: m.naf_s, T: m.naf_t, U: m.naf_u };
  return names[letter]?.() ?? letter;
}

/** A year that is planned for when nothing else says so. */
const nextYear = (): string => String(new Date().getFullYear() + 1);

const year = (more: Partial<Field> = {}): Field => ({ name: 'year', kind: 'whole', label: m.col_year, required: true, span: 2, ...more, get initial() { return nextYear(); } });
const amount: Field = { name: 'amount_cents', kind: 'money', label: m.col_amount, required: true, span: 3 };

/** Fields in the order they are filled; `span` is how wide they are, out of twelve. */
export const FIELDS: Record<Place, Field[]> = {
  objectives: [line('body', m.sheet_objective, { required: true, span: 12 })],
  partners: [
    { name: 'name', kind: 'partner', label: m.col_organisation, required: true, span: 6, hint: m.sheet_partner_hint },
    { name: 'state', kind: 'choice', label: m.col_state, required: true, span: 6, initial: 'expected', options: [['expected', m.state_expected], ['confirmed', m.state_confirmed], ['contracted', m.state_contracted]] },
    line('role', m.col_role, { required: true, span: 12 }),
    { name: 'paid', kind: 'flag', label: m.sheet_partner_paid, span: 12, hint: m.sheet_partner_paid_hint },
  ],
  calendar: [
    line('label', m.col_step, { required: true, span: 12 }),
    { name: 'starts_on', kind: 'day', label: m.col_start, required: true, span: 3 },
    { name: 'ends_on', kind: 'day', label: m.col_end, required: true, span: 3 },
    line('milestone', m.col_milestone, { span: 6 }),
  ],
  budget: [
    line('label', m.col_item, { required: true, span: 12 }),
    { name: 'nature', kind: 'choice', label: m.col_nature, required: true, span: 4, initial: 'operation', options: NATURES },
    line('account', m.col_account, { required: true, span: 3, hint: m.sheet_account_hint }),
    year(),
    amount,
  ],
  funding: [
    line('funder', m.col_funder, { required: true, span: 5 }),
    { name: 'kind', kind: 'choice', label: m.sheet_funder_kind, required: true, span: 4, initial: '', options: FUNDERS },
    { name: 'nature', kind: 'choice', label: m.sheet_funding_nature, required: true, span: 3, initial: 'cash', options: [['cash', m.sheet_in_cash], ['in_kind', m.sheet_in_kind]] },
    line('scheme', m.col_scheme, { span: 4 }),
    { name: 'state', kind: 'choice', label: m.col_state, required: true, span: 3, initial: 'requested', options: [['requested', m.state_requested], ['secured', m.state_secured], ['refused', m.state_refused]] },
    year(),
    amount,
  ],
  envelope_requests: [
    { name: 'code', kind: 'choice', label: m.sheet_envelope, required: true, span: 6, initial: 'CREER', options: [['CREER', m.sheet_envelope_creer], ['FEE', m.sheet_envelope_fee]] },
    year({ span: 3 }),
    amount,
  ],
  indicators: [
    line('label', m.col_indicator, { required: true, span: 8 }),
    { name: 'kind', kind: 'choice', label: m.col_kind, required: true, span: 4, initial: 'output', options: [['output', m.indicator_output], ['result', m.indicator_result], ['impact', m.indicator_impact]] },
    line('unit', m.col_unit, { required: true, span: 3 }),
    { name: 'baseline', kind: 'decimal', label: m.col_baseline, span: 3 },
    { name: 'target', kind: 'decimal', label: m.col_target, required: true, span: 3 },
    { name: 'due_on', kind: 'day', label: m.col_due, span: 3 },
    line('source', m.col_source, { span: 12 }),
  ],
  jobs: [
    { name: 'founding_answer', kind: 'answer', label: m.founding_question, required: true, span: 12, options: [['no', m.founding_no], ['later', m.founding_later], ['less', m.founding_less], ['harder', m.founding_harder], ['yes', m.founding_yes]] },
    { name: 'nature', kind: 'choice', label: m.sheet_job_nature, required: true, span: 4, initial: 'created', options: [['created', m.job_created], ['maintained', m.job_maintained]] },
    { name: 'contract', kind: 'choice', label: m.col_contract, required: true, span: 4, initial: 'cdi', options: CONTRACTS },
    { name: 'duration_months', kind: 'whole', label: m.sheet_duration, span: 4 },
    { name: 'posts', kind: 'whole', label: m.col_posts, required: true, span: 2 },
    { name: 'women', kind: 'whole', label: m.sheet_of_women, required: true, span: 3 },
    { name: 'men', kind: 'whole', label: m.sheet_of_men, required: true, span: 3 },
    { name: 'undisclosed', kind: 'whole', label: m.sheet_of_undisclosed, required: true, span: 4, initial: '0' },
    { name: 'fte_hundredths', kind: 'hundredths', label: m.col_fte, required: true, span: 4, hint: m.sheet_fte_hint },
    year({ name: 'effect_year', label: m.col_effect_year, span: 4 }),
    { name: 'confidence', kind: 'choice', label: m.col_confidence, required: true, span: 4, initial: 'C', options: [['B', m.sheet_confidence_b], ['C', m.sheet_confidence_c]] },
    line('employer_siret', m.sheet_employer, { span: 6, more: true, hint: m.sheet_employer_hint }),
    { name: 'sector', kind: 'choice', label: m.sheet_sector, span: 6, more: true, initial: '', options: SECTORS },
    { name: 'territories', kind: 'shares', label: m.sheet_job_where, span: 12, hint: m.sheet_job_where_hint },
    { name: 'evidence', kind: 'prose', label: m.sheet_evidence, span: 12, more: true, hint: m.sheet_evidence_hint },
    { name: 'overlap_percent', kind: 'whole', label: m.sheet_overlap, span: 12, more: true, hint: m.sheet_overlap_hint },
    { name: 'note', kind: 'prose', label: m.sheet_note, span: 12, more: true },
  ],
  owner: [
    line('contact_name', m.sheet_contact_name, { span: 6 }),
    line('contact_email', m.sheet_contact_email, { span: 6 }),
    { name: 'legal_form', kind: 'choice', label: m.sheet_legal_form, span: 6, initial: '', options: [['association', m.legal_association], ['cooperative', m.legal_cooperative], ['company', m.legal_company], ['public_body', m.legal_public_body], ['chamber', m.legal_chamber], ['union', m.legal_union], ['other', m.legal_other]] },
    { name: 'text', kind: 'prose', label: m.sheet_owner_text, span: 12 },
    { name: 'capacity', kind: 'prose', label: m.sheet_capacity, span: 12 },
    { name: 'co_porteurs', kind: 'organisations', label: m.sheet_co_porteurs, span: 12 },
  ],
  porteur: [{ name: 'organisation_id', kind: 'organisations', label: m.section_owner, required: true, span: 12 }],
  no_partner: [{ name: 'none', kind: 'flag', label: m.sheet_no_partner, span: 12 }],
  target_public: [
    { name: 'tags', kind: 'tags', label: m.sheet_target_tags, span: 12, options: [['job_seekers', m.target_tag_job_seekers], ['far_from_work', m.target_tag_far_from_work], ['young', m.target_tag_young], ['senior', m.target_tag_senior], ['women', m.target_tag_women], ['disabled', m.target_tag_disabled], ['employees', m.target_tag_employees], ['entrepreneurs', m.target_tag_entrepreneurs], ['companies', m.target_tag_companies]] },
    { name: 'text', kind: 'prose', label: m.sheet_target_text, span: 12 },
    { name: 'headcount', kind: 'whole', label: m.sheet_target_headcount, span: 6 },
    { name: 'women_percent', kind: 'whole', label: m.sheet_target_women, span: 6 },
  ],
  territory: [{ name: 'codes', kind: 'territories', label: m.sheet_territory_find, span: 12, hint: m.sheet_territory_hint }],
  vat: [{ name: 'vat_mode', kind: 'choice', label: m.sheet_vat, required: true, span: 6, initial: '', options: [['HT', m.sheet_vat_ht], ['TTC', m.sheet_vat_ttc]] }],
  no_jobs: [{ name: 'motive', kind: 'prose', label: m.sheet_no_jobs_motive, span: 12, hint: m.sheet_no_jobs_hint }],
};

/** The sections of rows with the word for one more. */
export const ADD: Record<RowSection, () => string> = {
  objectives: m.sheet_add_objective,
  partners: m.sheet_add_partner,
  calendar: m.sheet_add_phase,
  budget: m.sheet_add_expense,
  funding: m.sheet_add_funding,
  envelope_requests: m.sheet_add_request,
  indicators: m.sheet_add_indicator,
  jobs: m.sheet_add_job,
};

/** What one row is called. */
export const ROW: Record<RowSection, (place: number) => string> = {
  objectives: (place) => m.sheet_row_objective({ place }),
  partners: (place) => m.sheet_row_partner({ place }),
  calendar: (place) => m.sheet_row_phase({ place }),
  budget: (place) => m.sheet_row_expense({ place }),
  funding: (place) => m.sheet_row_funding({ place }),
  envelope_requests: (place) => m.sheet_row_request({ place }),
  indicators: (place) => m.sheet_row_indicator({ place }),
  jobs: (place) => m.sheet_row_job({ place }),
};

/** What the founding answer makes of a job: `null` when it counts nowhere, nothing while unanswered. */
export function kindOf(answer: string): 'direct' | 'supported' | null | undefined {
  if (answer === '') return undefined;
  if (answer === 'yes') return null;
  return answer === 'no' ? 'direct' : 'supported';
}
