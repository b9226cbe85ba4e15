import { api, path } from '#lib/api/client.ts';
import { orErrorPage } from '#lib/api/load.ts';
import type { Proposal, ThreadPage } from '#lib/api/shapes.ts';
import { readAround } from '#lib/features/proposal/proposal.svelte.ts';

export async function load({ params }) {
  const proposal = await orErrorPage(api.get<Proposal>(path`/api/proposals/${params.id}`));
  // Its threads come with it, so that nothing moves once it is shown; without them the page still stands.
  const asked = proposal.may.includes('read_threads') ? api.get<ThreadPage>(path`/api/proposals/${params.id}/threads`, { query: { limit: 100 } }) : null;
  const [around, threads] = await Promise.all([readAround(proposal), asked?.catch(() => null) ?? null]);
  return { known: { proposal, ...around }, threads };
}
