/** The words around the deposit and the request for completion. */
import type { Act, Lack, Proposal } from '#lib/api/shapes.ts';
import { euros, fullName } from '#lib/i18n/format.ts';
import { m } from '#lib/paraglide/messages.js';

export const REASONS = ['incomplete', 'unclear', 'funding', 'documents', 'other'] as const;

const reasons: Record<string, () => string> = {
  incomplete: m.request_reason_incomplete,
  unclear: m.request_reason_unclear,
  funding: m.request_reason_funding,
  documents: m.request_reason_documents,
  other: m.request_reason_other,
};

type Figures = { year: string; expected: string; found: string };

const lacks: Record<string, (figures: Figures) => string> = {
  context_too_short: m.lack_context_too_short,
  context_too_long: m.lack_context_too_long,
  description_missing: m.lack_description_missing,
  objectives_missing: m.lack_objectives_missing,
  objectives_too_many: m.lack_objectives_too_many,
  porteur_missing: m.lack_porteur_missing,
  porteur_not_accepted: m.lack_porteur_not_accepted,
  contact_missing: m.lack_contact_missing,
  partners_missing: m.lack_partners_missing,
  target_missing: m.lack_target_missing,
  headcount_missing: m.lack_headcount_missing,
  women_missing: m.lack_women_missing,
  territory_missing: m.lack_territory_missing,
  calendar_missing: m.lack_calendar_missing,
  budget_missing: m.lack_budget_missing,
  vat_missing: m.lack_vat_missing,
  funding_missing: m.lack_funding_missing,
  funding_differs: ({ expected, found }) => m.lack_funding_differs({ expected, found }),
  funding_year_differs: m.lack_funding_year_differs,
  in_kind_differs: ({ expected, found }) => m.lack_in_kind_differs({ expected, found }),
  in_kind_year_differs: m.lack_in_kind_year_differs,
  requests_differ: ({ expected, found }) => m.lack_requests_differ({ expected, found }),
  requests_year_differ: m.lack_requests_year_differ,
  indicators_missing: m.lack_indicators_missing,
  jobs_missing: m.lack_jobs_missing,
  transversal_missing: m.lack_transversal_missing,
  experiment_missing: m.lack_experiment_missing,
};

export const reasonWord = (reason: string): string => reasons[reason]?.() ?? reason;

/** One missing thing in a sentence, with its figures. */
export function lackSentence({ code, year, expected_cents, found_cents }: Lack): string {
  return lacks[code]?.({ year: String(year ?? ''), expected: euros(expected_cents ?? 0), found: euros(found_cents ?? 0) }) ?? code;
}

/** One point a line; bullets typed out of habit are left out. */
export function pointsOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/^\s*[-*\u2022\u2013]\s+/, '').trim())
    .filter((line) => line !== '');
}

/** Who did it, named; the chantier's own words when nobody is. */
export const nameOf = (act: Pick<Act, 'person'>): string => (act.person ? fullName(act.person) : '\u2026');

/** The last act that froze or reopened the text. */
export function lastMove(proposal: Pick<Proposal, 'history'>): Act | null {
  return proposal.history.filter((act) => act.to_stage !== null).reduce<Act | null>((last, act) => (last && last.created_at_ms > act.created_at_ms ? last : act), null);
}

/** What just happened to an open page, in one sentence; `null` when it needs none. */
export function happened(before: Pick<Proposal, 'stage' | 'history'>, now: Pick<Proposal, 'stage' | 'history'>): string | null {
  if (before.history.length === now.history.length || before.stage === now.stage) return null;
  const act = lastMove(now);
  if (act?.act === 'T03') return m.happened_submitted({ name: nameOf(act) });
  return act?.act === 'T05' ? m.happened_thawed({ name: nameOf(act) }) : null;
}
