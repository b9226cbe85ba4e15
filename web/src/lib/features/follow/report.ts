/** The form of a report: what it begins with, and the request it makes. */
import type { ActionPage, Prefilled, Report } from '#lib/api/action.ts';
import { m } from '#lib/paraglide/messages.js';
import { centsOf, hundredthsOf, typedOf, wholeOf } from './words.ts';

export type JobsForm = { job_line_id: string; posts: string; fte: string; women: string; men: string; undisclosed: string; confidence: string; evidence: string };
export type ReportForm = { progress: string; spent: string; body: string; difficulties: string; evidence: string; values: Record<string, string>; jobs: JobsForm[] };

/** A draft goes on as it was; a new report begins with what the last one said. */
export function reportForm(action: ActionPage, period: string): ReportForm {
  const draft = draftOf(action, period);
  const before: Prefilled | null | undefined = period === 'final' ? action.final_report : action.next?.prefilled;
  const from: Prefilled | Report | null = draft ?? before ?? null;
  const progress = from?.progress;
  return {
    progress: progress === null || progress === undefined ? '' : String(progress),
    spent: typedOf(from?.spent_cents),
    body: draft?.body ?? '',
    difficulties: draft?.difficulties ?? '',
    evidence: draft?.evidence ?? '',
    values: Object.fromEntries(action.indicators.map((one) => [one.indicator_id, (from?.values.find((each) => each.indicator_id === one.indicator_id)?.value ?? '').replace('.', ',')])),
    jobs: action.job_lines.map((line) => {
      const known = from?.jobs.find((one) => one.job_line_id === line.job_line_id);
      const shown = (value: number | undefined): string => (value === undefined ? '' : String(value));
      return {
        job_line_id: line.job_line_id,
        posts: shown(known?.posts),
        fte: typedOf(known?.fte_hundredths),
        women: shown(known?.women),
        men: shown(known?.men),
        undisclosed: shown(known?.undisclosed),
        confidence: known?.confidence === 'C' ? 'C' : 'B',
        evidence: known?.evidence ?? '',
      };
    }),
  };
}

/** The report of this period that is saved and not given. */
export function draftOf(action: ActionPage, period: string): Report | null {
  return action.reports.find((one) => one.period === period && !one.submitted_at_ms) ?? null;
}

const text = (typed: string): string | null => typed.trim() || null;

const isNumber = (typed: string, read: (typed: string) => number | null): boolean => typed.trim() === '' || read(typed) !== null;

/** What is typed and is no number, by field: it would be lost without a word. */
export function unreadable(form: ReportForm): Record<string, string> {
  const said = m.field_not_a_number();
  return {
    ...(isNumber(form.progress, wholeOf) ? {} : { progress: said }),
    ...(isNumber(form.spent, centsOf) ? {} : { spent_cents: said }),
    ...(form.jobs.every((one) => isNumber(one.fte, hundredthsOf) && [one.posts, one.women, one.men, one.undisclosed].every((typed) => isNumber(typed, wholeOf))) ? {} : { jobs: said }),
  };
}

/** A line without any figure is left out; an empty figure beside others is zero. */
export function requestOf(form: ReportForm, version: number | null): Record<string, unknown> {
  const filled = form.jobs.filter((one) => [one.posts, one.fte, one.women, one.men, one.undisclosed].some((typed) => typed.trim() !== ''));
  return {
    progress: wholeOf(form.progress),
    spent_cents: centsOf(form.spent),
    body: text(form.body),
    difficulties: text(form.difficulties),
    evidence: text(form.evidence),
    values: Object.entries(form.values).filter(([, value]) => value.trim() !== '').map(([indicator_id, value]) => ({ indicator_id, value })),
    jobs: filled.map((one) => ({
      job_line_id: one.job_line_id,
      posts: wholeOf(one.posts) ?? 0,
      fte_hundredths: hundredthsOf(one.fte) ?? 0,
      women: wholeOf(one.women) ?? 0,
      men: wholeOf(one.men) ?? 0,
      undisclosed: wholeOf(one.undisclosed) ?? 0,
      confidence: one.confidence,
      evidence: text(one.evidence),
    })),
    expected_version: version,
  };
}
