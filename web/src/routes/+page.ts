import { api } from '#lib/api/client.ts';
import { orErrorPage } from '#lib/api/load.ts';
import type { Chantier, ProgrammePage } from '#lib/api/shapes.ts';

export async function load({ parent }) {
  const { session } = await parent();
  if (!session.me) return { overview: null, chantiers: [] };
  const [overview, { chantiers }] = await orErrorPage(
    Promise.all([api.get<ProgrammePage>('/api/programme'), api.get<{ chantiers: Chantier[] }>('/api/chantiers')]),
  );
  return { overview, chantiers };
}
