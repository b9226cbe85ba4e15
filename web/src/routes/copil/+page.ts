import { api } from '#lib/api/client.ts';
import { orErrorPage } from '#lib/api/load.ts';
import type { Chantier, CopilTable, Sessions } from '#lib/api/shapes.ts';

export async function load() {
  const [table, { chantiers }, sessions] = await orErrorPage(Promise.all([api.get<CopilTable>('/api/copil/table'), api.get<{ chantiers: Chantier[] }>('/api/chantiers'), api.get<Sessions>('/api/committees/meetings')]));
  return { table, chantiers, sessions };
}
