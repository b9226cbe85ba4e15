/** Between the API's rows and what stands in the form: texts as they are typed, until they are sent. */
import type { Sheet, SheetPage } from '#lib/api/shapes.ts';
import type { DataKey } from '../sections.ts';
import { FIELDS, type Field, type PartName, type Place, type RowSection } from './fields.ts';
import type { Line } from './line.svelte.ts';
import { parseCents, parseHundredths, parseWhole, shownCents, shownHundredths } from './money.ts';

/** Something chosen from a directory; `share` where posts are spread over several. */
export type Chip = { value: string; label: string; share?: string };
export type Typed = Record<string, string | boolean | string[] | Chip[]>;
export type Row = Record<string, unknown>;
/** A line as the server knows it. */
export type Known = { id: string; version: number; by: string | null; row: Row };

const LISTS: Record<RowSection, keyof Sheet> = { objectives: 'objectives', partners: 'partners', calendar: 'calendar', budget: 'expenses', funding: 'funding', envelope_requests: 'envelope_requests', indicators: 'indicators', jobs: 'jobs' };
export const ROW_SECTIONS = Object.keys(LISTS) as RowSection[];
export const PARTS = ['owner', 'porteur', 'no_partner', 'target_public', 'territory', 'vat', 'no_jobs'] as const;

/** The rows of a section, in their order. */
export function rowsOf(sheet: Sheet, section: RowSection): Known[] {
  const rows = sheet[LISTS[section]] as unknown as (Row & { row_id: string; version: number; changed_by: string | null })[];
  return rows.map((row) => ({ id: row.row_id, version: row.version, by: row.changed_by, row }));
}

/** A part that holds one value, as if it were a row. */
export function partOf({ sheet, porteur }: Pick<SheetPage, 'sheet' | 'porteur'>, part: (typeof PARTS)[number]): Known {
  const state = sheet.parts.find((each) => each.part === part);
  const rows: Record<(typeof PARTS)[number], () => Row> = {
    owner: () => ({ ...sheet.owner }),
    porteur: () => ({ organisation_id: porteur ? [porteur] : [] }),
    no_partner: () => ({ none: sheet.no_partner }),
    target_public: () => ({ ...sheet.target_public }),
    territory: () => ({ codes: sheet.territories }),
    vat: () => ({ vat_mode: sheet.vat_mode }),
    no_jobs: () => ({ motive: sheet.no_jobs_motive }),
  };
  return { id: part, version: state?.version ?? 0, by: state?.changed_by ?? null, row: rows[part]() };
}

type Named = { organisation_id?: string; territory_code?: string; name: string; share_percent?: number };

const chip = (one: Named): Chip => ({
  value: one.organisation_id ?? one.territory_code ?? '',
  label: one.territory_code ? `${one.name} (${one.territory_code})` : one.name,
  ...(one.share_percent === undefined ? {} : { share: String(one.share_percent) }),
});

/** What stands in the form for a row of the server. */
export function typedOf(place: Place, row: Row): Typed {
  const typed: Typed = {};
  for (const field of FIELDS[place]) typed[field.name] = shown(field, row[field.name]);
  if (place === 'partners') typed.organisation_id = (row.organisation_id as string | null) ?? '';
  return typed;
}

function shown(field: Field, value: unknown): Typed[string] {
  if (field.kind === 'flag') return value === true;
  if (field.kind === 'tags') return [...((value as string[] | undefined) ?? [])];
  if (field.kind === 'territories' || field.kind === 'organisations' || field.kind === 'shares') return ((value as Named[] | undefined) ?? []).map(chip);
  if (value === null || value === undefined) return '';
  if (field.kind === 'money') return shownCents(value as number);
  if (field.kind === 'hundredths') return shownHundredths(value as number);
  return field.kind === 'decimal' ? String(value).replace('.', ',') : String(value);
}

/** What stands in a new row's form. */
export function blank(place: Place): Typed {
  const typed = typedOf(place, {});
  for (const { name, initial } of FIELDS[place]) if (initial !== undefined && typed[name] === '') typed[name] = initial;
  return typed;
}

/** The row to send; the first fields that cannot be read yet, with their codes, where there are some. */
export function rowOf(place: Place, typed: Typed): { row: Row; wrong: Record<string, string> } {
  const row: Row = {};
  const wrong: Record<string, string> = {};
  for (const field of FIELDS[place]) {
    const value = typed[field.name];
    const empty = value === '' || value === undefined || (Array.isArray(value) && value.length === 0);
    if (field.required && empty) wrong[field.name] = 'required';
    row[field.name] = empty ? (Array.isArray(value) ? [] : null) : read(field, value, wrong);
  }
  if (place === 'partners') {
    const known = (typed.organisation_id as string) || null;
    row.organisation_id = known;
    if (known) row.name = null;
  }
  if (place === 'porteur') row.organisation_id = (typed.organisation_id as Chip[])[0]?.value ?? null;
  return { row, wrong };
}

function read(field: Field, value: Typed[string], wrong: Record<string, string>): unknown {
  const number = (parsed: number | null): number | null => {
    if (parsed === null) wrong[field.name] = 'not_a_number';
    return parsed;
  };
  switch (field.kind) {
    case 'money':
      return number(parseCents(value as string));
    case 'hundredths':
      return number(parseHundredths(value as string));
    case 'whole':
      return number(parseWhole(value as string));
    case 'territories':
    case 'organisations':
      return (value as Chip[]).map((one) => one.value);
    case 'shares':
      return (value as Chip[]).map((one) => ({ territory_code: one.value, share_percent: number(parseWhole(one.share ?? '')) }));
    case 'line':
    case 'prose':
    case 'choice':
    case 'answer':
    case 'tags':
    case 'decimal':
    case 'day':
    case 'flag':
    case 'partner':
      return value;
  }
}

/** The same values, changed apart from now on; of a proxy too. */
export function copy<T extends Typed | Typed[string]>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** Whether two values of a field say the same. */
export function same(one: Typed[string] | undefined, other: Typed[string] | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The names of the fields in which two states differ. */
export function differing(one: Typed, other: Typed): string[] {
  return Object.keys({ ...one, ...other }).filter((name) => !same(one[name], other[name]));
}

/** A value in words, for a conflict. */
export function inWords(field: Field, value: Typed[string] | undefined, none: string): string {
  if (Array.isArray(value)) {
    const words = value.map((one) => (typeof one === 'string' ? option(field, one) : one.share === undefined ? one.label : `${one.label} ${one.share}\u202f%`));
    return words.join(', ') || none;
  }
  if (typeof value === 'boolean') return value ? '\u2713' : none;
  return value ? option(field, value) : none;
}

const option = (field: Field, key: string): string => field.options?.find(([one]) => one === key)?.[1]() ?? key;

/** The lines of a section of the page. */
export function linesOf(sheet: { rows: Record<RowSection, Line[]>; parts: Record<PartName, Line> }, key: DataKey): Line[] {
  const { rows, parts } = sheet;
  switch (key) {
    case 'owner':
      return [parts.porteur, parts.owner];
    case 'target_public':
    case 'territory':
      return [parts[key]];
    case 'partners':
      return [...rows.partners, parts.no_partner];
    case 'budget':
      return [parts.vat, ...rows.budget];
    case 'funding':
      return [...rows.funding, ...rows.envelope_requests];
    case 'jobs':
      return [...rows.jobs, parts.no_jobs];
    case 'objectives':
    case 'calendar':
    case 'indicators':
      return rows[key];
  }
}
