import { api, path } from '#lib/api/client.ts';
import { orErrorPage } from '#lib/api/load.ts';
import type { ChantierDetail } from '#lib/api/shapes.ts';

export async function load({ params }) {
  return { chantier: await orErrorPage(api.get<ChantierDetail>(path`/api/chantiers/${params.id}`)) };
}
