/** The directories one chooses from as one types. */
import { api } from '#lib/api/client.ts';
import type { FoundTerritory, OrganisationRef } from '#lib/api/shapes.ts';
import { m } from '#lib/paraglide/messages.js';
import type { Choice } from '#lib/ui/Combobox.svelte';

const LEVELS: Record<string, () => string> = { region: m.level_region, department: m.level_department, epci: m.level_epci, commune: m.level_commune };

export async function findTerritories(text: string): Promise<Choice[]> {
  const { territories } = await api.get<{ territories: FoundTerritory[] }>('/api/territories', { query: { text } });
  return territories.map((each) => ({ value: each.territory_code, label: `${each.name} (${each.territory_code})`, detail: LEVELS[each.level]?.() ?? '' }));
}

export async function findOrganisations(text: string): Promise<Choice[]> {
  const { organisations } = await api.get<{ organisations: OrganisationRef[] }>('/api/organisation_names', { query: { text } });
  return organisations.map((each) => ({ value: each.organisation_id, label: each.name, detail: each.short_name === each.name ? '' : each.short_name }));
}
