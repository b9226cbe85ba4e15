import { api, path } from '#lib/api/client.ts';
import { orErrorPage } from '#lib/api/load.ts';
import type { BoardPage, ChantierDetail } from '#lib/api/shapes.ts';

export async function load({ params }) {
  const [chantier, board] = await orErrorPage(
    Promise.all([
      api.get<ChantierDetail>(path`/api/chantiers/${params.id}`),
      api.get<BoardPage>('/api/board', { query: { chantier: params.id } }),
    ]),
  );
  return { chantier, board };
}
