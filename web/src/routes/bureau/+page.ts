import { api } from '#lib/api/client.ts';
import { orErrorPage } from '#lib/api/load.ts';
import type { MergeHead } from '#lib/api/joined.ts';
import type { Desk } from '#lib/api/shapes.ts';

export async function load() {
  const merging = api.get<{ merges: MergeHead[] }>('/api/merges').catch(() => ({ merges: [] }));
  const [desk, { merges }] = await Promise.all([orErrorPage(api.get<Desk>('/api/desk')), merging]);
  return { desk, merges };
}
