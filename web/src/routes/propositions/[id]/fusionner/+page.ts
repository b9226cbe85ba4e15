import { api, path } from '#lib/api/client.ts';
import { orErrorPage } from '#lib/api/load.ts';
import type { Proposal } from '#lib/api/shapes.ts';

export async function load({ params }) {
  return { proposal: await orErrorPage(api.get<Proposal>(path`/api/proposals/${params.id}`)) };
}
