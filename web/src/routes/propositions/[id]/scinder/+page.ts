import { api, path } from '#lib/api/client.ts';
import { orErrorPage } from '#lib/api/load.ts';
import type { SplitPage } from '#lib/api/joined.ts';
import type { Proposal, Transitions } from '#lib/api/shapes.ts';

export async function load({ params, depends }) {
  depends('app:split');
  const read = <T>(to: string) => orErrorPage(api.get<T>(to));
  const [proposal, split, around] = await Promise.all([
    read<Proposal>(path`/api/proposals/${params.id}`),
    read<SplitPage>(path`/api/proposals/${params.id}/split`),
    read<Transitions>(path`/api/proposals/${params.id}/transitions`),
  ]);
  return { proposal, split, move: around.transitions.find((one) => one.transition === 'T30') ?? null };
}
