import { api, path } from '#lib/api/client.ts';
import { orErrorPage } from '#lib/api/load.ts';
import type { MergeHead } from '#lib/api/joined.ts';
import type { Proposal, ThreadPage } from '#lib/api/shapes.ts';
import { readAround } from '#lib/features/proposal/proposal.svelte.ts';

export async function load({ params }) {
  const proposal = await orErrorPage(api.get<Proposal>(path`/api/proposals/${params.id}`));
  // What stands around it comes with it, so that nothing moves once it is shown; without it the page still stands.
  const asked = proposal.may.includes('read_threads') ? api.get<ThreadPage>(path`/api/proposals/${params.id}/threads`, { query: { limit: 100 } }).catch(() => null) : null;
  const merging = api.get<{ merges: MergeHead[] }>(path`/api/proposals/${params.id}/merges`).catch(() => ({ merges: [] }));
  const [threads, around, { merges }] = await Promise.all([asked, readAround(proposal), merging]);
  return { known: { proposal, ...around }, threads, merges: merges.filter((one) => one.closed_at_ms === null) };
}
