/** What the sheet lacks before the deposit, a sentence each. */
import type { Lack } from '#lib/api/shapes.ts';
import { euros } from '#lib/i18n/format.ts';
import { m } from '#lib/paraglide/messages.js';

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

/** One missing thing in a sentence, with its figures. */
export function lackSentence({ code, year, expected_cents, found_cents }: Lack): string {
  return lacks[code]?.({ year: String(year ?? ''), expected: euros(expected_cents ?? 0), found: euros(found_cents ?? 0) }) ?? code;
}
