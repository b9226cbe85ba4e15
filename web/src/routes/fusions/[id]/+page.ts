import { api, path } from '#lib/api/client.ts';
import { orErrorPage } from '#lib/api/load.ts';
import type { MergePage } from '#lib/api/joined.ts';

export async function load({ params, depends }) {
  depends('app:merge');
  return { merge: await orErrorPage(api.get<MergePage>(path`/api/merges/${params.id}`)) };
}
