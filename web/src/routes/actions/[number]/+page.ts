import type { PublicAction } from '#lib/api/action.ts';
import { api, path } from '#lib/api/client.ts';
import { orErrorPage } from '#lib/api/load.ts';

export async function load({ params }) {
  return { action: await orErrorPage(api.get<PublicAction>(path`/api/public/actions/${params.number}`)) };
}
