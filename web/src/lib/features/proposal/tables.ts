/** The rows of a sheet as tables: words for keys, figures in local form, totals by year and in all. */
import type { Sheet } from '#lib/api/shapes.ts';
import { day, euros, number } from '#lib/i18n/format.ts';
import { m } from '#lib/paraglide/messages.js';
import type { Column, Line } from './DataTable.svelte';

export type Table = { caption: string; columns: Column[]; lines: Line[] };

type Words = Record<string, () => string>;
const word = (words: Words, key: string | null): string => (key === null ? '' : (words[key]?.() ?? key));

const STATES: Words = { expected: m.state_expected, confirmed: m.state_confirmed, contracted: m.state_contracted, requested: m.state_requested, secured: m.state_secured, refused: m.state_refused };
const FUNDERS: Words = { region: m.funder_region, state: m.funder_state, eu: m.funder_eu, department: m.funder_department, local: m.funder_local, other_public: m.funder_other_public, private: m.funder_private, own: m.funder_own };
const INDICATORS: Words = { output: m.indicator_output, result: m.indicator_result, impact: m.indicator_impact };
const JOBS: Words = { direct: m.job_direct, supported: m.job_supported, induced: m.job_induced, created: m.job_created, maintained: m.job_maintained, forecast: m.job_forecast, decided: m.job_decided, realised: m.job_realised, sustained: m.job_sustained };
const CONTRACTS: Words = { cdi: m.contract_cdi, cdd_6m_plus: m.contract_cdd_6m_plus, cdd_short: m.contract_cdd_short, apprenticeship: m.contract_apprenticeship, insertion: m.contract_insertion, seasonal: m.contract_seasonal, self_employed: m.contract_self_employed, other: m.contract_other };
const CONFIDENCES: Words = { A: m.confidence_a, B: m.confidence_b, C: m.confidence_c };
const NATURES: Words = { operation: m.nature_operation, investment: m.nature_investment, in_kind: m.nature_in_kind };

/** The years of some rows, in order. */
export function yearsOf(rows: { year: number }[]): number[] {
  return [...new Set(rows.map((row) => row.year))].sort((a, b) => a - b);
}

const sum = (rows: { amount_cents: number }[]): number => rows.reduce((all, row) => all + row.amount_cents, 0);

/** Rows by year, a total for each year when there are several, and the total of all. */
function byYear<Row extends { year: number; amount_cents: number; nature: string }>(rows: Row[], cells: (row: Row) => Record<string, string>): Line[] {
  // Contributions in kind balance apart: they are in no other total.
  const cash = (those: Row[]): number => sum(those.filter((row) => row.nature !== 'in_kind'));
  const inKind = sum(rows) - cash(rows);
  const years = yearsOf(rows);
  const lines = years.flatMap((year): Line[] => {
    const those = rows.filter((row) => row.year === year);
    const subtotal: Line = { cells: { item: m.budget_year_total({ year: String(year) }), amount: euros(cash(those)) }, total: true };
    return [...those.map((row) => ({ cells: { year: String(year), amount: euros(row.amount_cents), ...cells(row) } })), ...(years.length > 1 ? [subtotal] : [])];
  });
  const apart: Line[] = inKind > 0 ? [{ cells: { item: m.sheet_in_kind_total(), amount: euros(inKind) } }] : [];
  return [...lines, { cells: { item: m.col_total(), amount: euros(cash(rows)) }, total: true }, ...apart];
}

/** A row's name, with the proposal it was copied from by a merge or a split. */
function named(sheet: Sheet, row: { row_id: string }, label: string): string {
  const origin = sheet.origins.find((one) => one.row_id === row.row_id);
  return origin ? m.sheet_from({ label, title: origin.title }) : label;
}

export function budgetTable(sheet: Sheet): Table {
  return {
    caption: m.budget_caption({ vat: sheet.vat_mode ?? 'TTC' }),
    columns: [
      { key: 'item', title: m.col_item() },
      { key: 'account', title: m.col_account() },
      { key: 'nature', title: m.col_nature() },
      { key: 'year', title: m.col_year(), figure: true },
      { key: 'amount', title: m.col_amount(), figure: true },
    ],
    lines: byYear(sheet.expenses, (row) => ({ item: named(sheet, row, row.label), account: row.account ?? '', nature: word(NATURES, row.nature) })),
  };
}

export function fundingTable(sheet: Sheet): Table {
  return {
    caption: m.funding_caption(),
    columns: [
      { key: 'item', title: m.col_funder() },
      { key: 'kind', title: m.col_kind() },
      { key: 'scheme', title: m.col_scheme() },
      { key: 'state', title: m.col_state() },
      { key: 'year', title: m.col_year(), figure: true },
      { key: 'amount', title: m.col_amount(), figure: true },
    ],
    lines: byYear(sheet.funding, (row) => ({ item: named(sheet, row, row.funder), kind: row.nature === 'in_kind' ? m.sheet_funder_in_kind({ kind: word(FUNDERS, row.kind) }) : word(FUNDERS, row.kind), scheme: row.scheme ?? '', state: word(STATES, row.state) })),
  };
}

export function partnersTable(sheet: Sheet): Table {
  return {
    caption: m.section_partners(),
    columns: [
      { key: 'name', title: m.col_organisation() },
      { key: 'role', title: m.col_role() },
      { key: 'state', title: m.col_state() },
    ],
    lines: sheet.partners.map((row) => ({ cells: { name: row.name, role: row.paid ? m.sheet_paid_role({ role: row.role }) : row.role, state: word(STATES, row.state) } })),
  };
}

export function calendarTable(sheet: Sheet): Table {
  return {
    caption: m.section_calendar(),
    columns: [
      { key: 'step', title: m.col_step() },
      { key: 'start', title: m.col_start() },
      { key: 'end', title: m.col_end() },
      { key: 'milestone', title: m.col_milestone() },
    ],
    lines: sheet.calendar.map((row) => ({
      cells: {
        step: row.label,
        milestone: row.milestone ?? '',
        start: row.starts_on ? day(row.starts_on) : '',
        end: row.ends_on ? day(row.ends_on) : '',
      },
    })),
  };
}

const measure = (value: string | number | null): string => (typeof value === 'number' ? number(value) : (value ?? ''));

export function indicatorsTable(sheet: Sheet): Table {
  return {
    caption: m.section_indicators(),
    columns: [
      { key: 'label', title: m.col_indicator() },
      { key: 'kind', title: m.col_kind() },
      { key: 'unit', title: m.col_unit() },
      { key: 'baseline', title: m.col_baseline(), figure: true },
      { key: 'target', title: m.col_target(), figure: true },
      { key: 'due', title: m.col_due() },
      { key: 'source', title: m.col_source() },
    ],
    lines: sheet.indicators.map((row) => ({
      cells: { label: row.label, kind: word(INDICATORS, row.kind), unit: row.unit ?? '', baseline: measure(row.baseline), target: measure(row.target), due: row.due_on ? day(row.due_on) : '', source: row.source ?? '' },
    })),
  };
}

/** The sum of the lines of one stage; named when there are several. */
function jobsTotal(lines: Sheet['jobs'], stage: string, named: boolean): Table['lines'][number] {
  const add = (pick: (row: Sheet['jobs'][number]) => number): number =>
    lines.filter((row) => row.stage === stage).reduce((all, row) => all + pick(row), 0);
  return {
    total: true,
    cells: {
      kind: named ? `${m.col_total()} (${word(JOBS, stage)})` : m.col_total(),
      women: number(add((row) => row.women)),
      men: number(add((row) => row.men)),
      undisclosed: number(add((row) => row.undisclosed)),
      fte: number(add((row) => row.fte_hundredths) / 100),
      posts: number(add((row) => row.posts)),
    },
  };
}

/** Induced estimates are shown and never added to posts. */
export function jobsTable(sheet: Sheet): Table {
  // What is hoped for and what is there are never one figure, and an estimate is added to nothing (invariant 10).
  const counted = sheet.jobs.filter((row) => row.kind !== 'induced');
  const stages = [...new Set(counted.map((row) => row.stage))];
  const undisclosed = sheet.jobs.some((row) => row.undisclosed > 0);
  return {
    caption: m.jobs_caption(),
    columns: [
      { key: 'kind', title: m.col_job_kind() },
      { key: 'contract', title: m.col_contract() },
      { key: 'year', title: m.col_effect_year(), figure: true },
      { key: 'confidence', title: m.col_confidence() },
      { key: 'women', title: m.col_women(), figure: true },
      { key: 'men', title: m.col_men(), figure: true },
      ...(undisclosed ? [{ key: 'undisclosed', title: m.col_undisclosed(), figure: true }] : []),
      { key: 'fte', title: m.col_fte(), figure: true },
      { key: 'posts', title: m.col_posts(), figure: true },
    ],
    lines: [
      ...sheet.jobs.map((row) => ({
        cells: {
          kind: named(sheet, row, `${word(JOBS, row.kind)}, ${word(JOBS, row.nature)} (${word(JOBS, row.stage)})`),
          contract: word(CONTRACTS, row.contract),
          year: row.effect_year === null ? '' : String(row.effect_year),
          confidence: word(CONFIDENCES, row.confidence),
          women: number(row.women),
          men: number(row.men),
          undisclosed: number(row.undisclosed),
          fte: number(row.fte_hundredths / 100),
          posts: number(row.posts),
        },
      })),
      ...stages.map((stage) => jobsTotal(counted, stage, stages.length > 1)),
    ],
  };
}

const TARGETS: Words = { job_seekers: m.target_tag_job_seekers, far_from_work: m.target_tag_far_from_work, young: m.target_tag_young, senior: m.target_tag_senior, women: m.target_tag_women, disabled: m.target_tag_disabled, employees: m.target_tag_employees, entrepreneurs: m.target_tag_entrepreneurs, companies: m.target_tag_companies };

/** For whom, in words. */
export const targetWords = (tags: string[]): string => tags.map((tag) => word(TARGETS, tag)).join(', ');
