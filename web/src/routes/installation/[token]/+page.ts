import { api, path } from '#lib/api/client.ts';
import { orErrorPage } from '#lib/api/load.ts';
import type { SetupPrefill } from '#lib/api/shapes.ts';
import { opened } from '#lib/features/setup/link.ts';

export async function load({ params }) {
  return { token: params.token, setup: await orErrorPage(opened(api.get<SetupPrefill>(path`/api/setup/${params.token}`))) };
}
