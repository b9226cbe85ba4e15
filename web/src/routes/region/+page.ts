import { api } from '#lib/api/client.ts';
import { orErrorPage } from '#lib/api/load.ts';
import type { RegionDesk } from '#lib/api/region.ts';
import { askedOf, wantedOf } from '#lib/features/region/desk.ts';

export async function load({ url }) {
  const wanted = wantedOf(url.searchParams);
  return { wanted, desk: await orErrorPage(api.get<RegionDesk>('/api/region/desk', { query: askedOf(wanted) })) };
}
