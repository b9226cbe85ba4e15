/** Where the rows of a proposal go when it is split, and what that sums to: nothing is lost without a word. */
import type { SplitKind, SplitPage, SplitRow } from '#lib/api/joined.ts';
import { euros, number } from '#lib/i18n/format.ts';
import { m } from '#lib/paraglide/messages.js';

/** A row's place: a proposal's number from 0, dropped, or not said yet. */
export type Place = number | 'dropped' | null;
/** One line of the sums: by kind and year, what there is today and where it goes. Cents, or posts for jobs. */
export type SumLine = { kind: SplitKind; year: number; before: number; children: number[]; dropped: number; open: number };

export const keyOf = (row: Pick<SplitRow, 'kind' | 'row_id'>): string => `${row.kind} ${row.row_id}`;
export const weightOf = (row: Pick<SplitRow, 'amount_cents' | 'posts'>): number => row.amount_cents ?? row.posts ?? 0;

/** The sums of a plan, in the order of the rows' kinds and years. */
export function sums(rows: SplitRow[], place: (row: SplitRow) => Place, childCount: number): SumLine[] {
  const lines = new Map<string, SumLine>();
  for (const row of rows) {
    const key = `${row.kind} ${row.year}`;
    const line = lines.get(key) ?? { kind: row.kind, year: row.year, before: 0, children: Array.from({ length: childCount }, () => 0), dropped: 0, open: 0 };
    lines.set(key, line);
    const to = place(row);
    line.before += weightOf(row);
    if (typeof to === 'number' && to < childCount) line.children[to] = (line.children[to] ?? 0) + weightOf(row);
    else if (to === 'dropped') line.dropped += weightOf(row);
    else line.open += weightOf(row);
  }
  return [...lines.values()];
}

/** How many rows go nowhere yet: no place, or dropped without a word why. */
export function openCount(rows: SplitRow[], place: (row: SplitRow) => Place, motive: (row: SplitRow) => string, childCount: number): number {
  return rows.filter((row) => {
    const to = place(row);
    return to === null || (typeof to === 'number' && to >= childCount) || (to === 'dropped' && motive(row).trim().length < 3);
  }).length;
}

const KINDS: Record<SplitKind, () => string> = { expense: m.split_kind_expense, funding: m.split_kind_funding, envelope_request: m.split_kind_envelope_request, job_line: m.split_kind_job_line };
const JOBS: Record<string, () => string> = { direct: m.job_direct, supported: m.job_supported, induced: m.job_induced, created: m.job_created, maintained: m.job_maintained };

/** What rows of a kind are called. */
export const kindWord = (kind: SplitKind): string => KINDS[kind]();
/** A weight in its unit. */
export const weightWord = (kind: SplitKind, value: number): string => (kind === 'job_line' ? m.split_posts({ shown: number(value) }) : euros(value));
/** A row in one line: what it is, its year, its amount or its posts. A job's name is its nature and its kind; a dropped row's name is one word. */
export function rowLabel(row: Pick<SplitRow, 'kind' | 'label' | 'year' | 'amount_cents' | 'posts'> & { detail?: string }): string {
  const word = (key: string) => JOBS[key]?.() ?? key;
  const label = row.kind === 'job_line' ? [row.label, row.detail].filter((key) => key !== undefined).map(word).join(', ') : row.label;
  return m.split_row_to({ label: `${kindWord(row.kind)}, ${label}`, year: String(row.year), amount: weightWord(row.kind, weightOf(row)) });
}

/** What was dropped, summed by kind and year, in the order of the rows. */
export function droppedSums(rows: SplitPage['dropped']): { kind: SplitKind; year: number; value: number }[] {
  const sums = new Map<string, { kind: SplitKind; year: number; value: number }>();
  for (const row of rows) {
    const key = `${row.kind} ${row.year}`;
    const sum = sums.get(key) ?? { kind: row.kind, year: row.year, value: 0 };
    sums.set(key, { ...sum, value: sum.value + weightOf(row) });
  }
  return [...sums.values()];
}
