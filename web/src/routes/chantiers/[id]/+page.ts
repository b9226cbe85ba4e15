import { api, path } from '#lib/api/client.ts';
import { orErrorPage } from '#lib/api/load.ts';
import type { CardPage, ChantierDetail } from '#lib/api/shapes.ts';

export async function load({ params }) {
  const [chantier, cards] = await orErrorPage(
    Promise.all([
      api.get<ChantierDetail>(path`/api/chantiers/${params.id}`),
      api.get<CardPage>('/api/proposals', { query: { chantier: params.id, limit: 200 } }),
    ]),
  );
  return { chantier, cards };
}
