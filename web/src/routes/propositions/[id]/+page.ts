import { api, path } from '#lib/api/client.ts';
import { orErrorPage } from '#lib/api/load.ts';
import type { Proposal } from '#lib/api/shapes.ts';
import { readAround } from '#lib/features/proposal/proposal.svelte.ts';

export async function load({ params }) {
  const proposal = await orErrorPage(api.get<Proposal>(path`/api/proposals/${params.id}`));
  return { known: { proposal, ...(await readAround(proposal)) } };
}
