/** The sections of a fiche-action in the order of the sheet, with their headings and what to write there. */
import type { Proposal, Sheet } from '#lib/api/shapes.ts';
import { m } from '#lib/paraglide/messages.js';
import type { SectionKey } from '#lib/editor/sections.ts';

/** Sections written live. */
export type RichKey = SectionKey;
/** Sections made of rows and numbers. */
export type DataKey = 'objectives' | 'owner' | 'partners' | 'target_public' | 'territory' | 'calendar' | 'budget' | 'funding' | 'indicators' | 'jobs';

/** One section of the sheet. */
export type SheetSection = { title: () => string; help: () => string } & ({ kind: 'rich'; key: RichKey } | { kind: 'data'; key: DataKey });

export const SHEET: readonly SheetSection[] = [
  { kind: 'rich', key: 'context', title: m.section_context, help: m.help_context },
  { kind: 'data', key: 'objectives', title: m.section_objectives, help: m.help_objectives },
  { kind: 'rich', key: 'description', title: m.section_description, help: m.help_description },
  { kind: 'data', key: 'owner', title: m.section_owner, help: m.help_owner },
  { kind: 'data', key: 'partners', title: m.section_partners, help: m.help_partners },
  { kind: 'data', key: 'target_public', title: m.section_target_public, help: m.help_target_public },
  { kind: 'data', key: 'territory', title: m.section_territory, help: m.help_territory },
  { kind: 'data', key: 'calendar', title: m.section_calendar, help: m.help_calendar },
  { kind: 'data', key: 'budget', title: m.section_budget, help: m.help_budget },
  { kind: 'data', key: 'funding', title: m.section_funding, help: m.help_funding },
  { kind: 'data', key: 'indicators', title: m.section_indicators, help: m.help_indicators },
  { kind: 'data', key: 'jobs', title: m.section_jobs, help: m.help_jobs },
  { kind: 'rich', key: 'transversal', title: m.section_transversal, help: m.help_transversal },
  { kind: 'rich', key: 'conditions', title: m.section_conditions, help: m.help_conditions },
  { kind: 'rich', key: 'experiment', title: m.section_experiment, help: m.help_experiment },
];

/** The heading of a section. */
export function sectionTitle(key: string): string {
  return SHEET.find((section) => section.key === key)?.title() ?? key;
}

/** Whether a section of rows holds something. */
export function dataFilled(key: DataKey, sheet: Sheet, porteur: boolean): boolean {
  const filled: Record<DataKey, boolean> = {
    objectives: sheet.objectives.length > 0,
    owner: porteur,
    partners: sheet.partners.length > 0 || sheet.no_partner,
    target_public: sheet.target_public.text !== null || sheet.target_public.tags.length > 0 || sheet.target_public.headcount !== null,
    territory: sheet.territories.length > 0,
    calendar: sheet.calendar.length > 0,
    budget: sheet.expenses.length > 0,
    funding: sheet.funding.length > 0,
    indicators: sheet.indicators.length > 0,
    jobs: sheet.jobs.length > 0 || sheet.no_jobs_motive !== null,
  };
  return filled[key];
}

/** One line of the outline. */
export type OutlineLine = { key: string; title: string; filled: boolean; required: boolean; words: number | null };

/** The outline; `live` holds the words being written, which the server may not have counted yet. */
export function outlineOf(proposal: Proposal, live: Partial<Record<RichKey, number>> = {}): OutlineLine[] {
  return SHEET.map((section) => {
    if (section.kind === 'data') {
      const filled = dataFilled(section.key, proposal.sheet, proposal.porteur !== null);
      return { key: section.key, title: section.title(), filled, required: true, words: null };
    }
    const known = proposal.sections.find((each) => each.key === section.key);
    const words = live[section.key] ?? known?.words ?? 0;
    const filled = live[section.key] === undefined ? (known?.filled ?? false) : words > 0;
    return { key: section.key, title: section.title(), filled, required: known?.required ?? false, words };
  });
}
